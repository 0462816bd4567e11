//! What is in a bucket that must go, counted and deleted a page at a time.

use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, MultipartUpload, ObjectIdentifier};
use aws_types::request_id::RequestId;
use futures::future::join_all;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::s3::BucketContents;
use lifeboat_model::id::BucketName;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::error::Asked;
use crate::hand::{Hand, failure, incomplete, looked, told};
use crate::partial::{existing, gather};

/// How many pages of a thousand are counted: whoever reads on learns only how long emptying takes.
const PAGES_COUNTED: usize = 5;
/// Unfinished uploads have no request that ends many.
const UPLOADS_A_PAGE: i32 = 100;
const UPLOADS_AT_ONCE: usize = 8;

pub(crate) async fn contents(at: &Endpoint, names: &[BucketName]) -> Result<Vec<BucketContents>, CloudError> {
    gather(join_all(names.iter().map(async |name| existing(counted(at, name).await))).await)
}

async fn counted(at: &Endpoint, name: &BucketName) -> Result<BucketContents, CloudError> {
    let mut contents =
        BucketContents { name: name.clone(), versions: 0, delete_markers: 0, uploads: 0, is_more: false };
    let mut from = None;
    for _ in 0..PAGES_COUNTED {
        let page = page(at, name, from).await?;
        contents.versions += count(page.versions());
        contents.delete_markers += count(page.delete_markers());
        from = next(&page);
        if from.is_none() {
            break;
        }
    }
    let (uploads, has_more_uploads) = uploads(at, name).await?;
    contents.uploads = count(&uploads);
    contents.is_more = from.is_some() || has_more_uploads;
    Ok(contents)
}

fn count<T>(things: &[T]) -> u64 {
    u64::try_from(things.len()).unwrap_or(u64::MAX)
}

/// Where the next page begins.
type Marker = (Option<String>, Option<String>);

fn next(page: &ListObjectVersionsOutput) -> Option<Marker> {
    let marker = || (page.next_key_marker().map(str::to_owned), page.next_version_id_marker().map(str::to_owned));
    (page.is_truncated() == Some(true)).then(marker).filter(|(key, _)| key.is_some())
}

async fn page(at: &Endpoint, name: &BucketName, from: Option<Marker>) -> Result<ListObjectVersionsOutput, CloudError> {
    let (key, version) = from.unwrap_or_default();
    at.s3()
        .list_object_versions()
        .bucket(name.as_str())
        .set_key_marker(key)
        .set_version_id_marker(version)
        .send()
        .await
        .map_err(at.failure(Service::S3, "ListObjectVersions"))
}

/// One page of them, and whether there are more.
async fn uploads(at: &Endpoint, name: &BucketName) -> Result<(Vec<MultipartUpload>, bool), CloudError> {
    let answer = at
        .s3()
        .list_multipart_uploads()
        .bucket(name.as_str())
        .max_uploads(UPLOADS_A_PAGE)
        .send()
        .await
        .map_err(at.failure(Service::S3, "ListMultipartUploads"))?;
    let has_more = answer.is_truncated() == Some(true);
    Ok((answer.uploads.unwrap_or_default(), has_more))
}

/// One page, from the beginning of what is left. Nothing is left of a bucket that is gone.
pub(crate) async fn empty(hand: &Hand, call: &Call, name: &BucketName) -> Result<Receipt, CloudError> {
    let Some(page) = existing(looked(page(&hand.at, name, None).await))? else {
        return Ok(hand.noted("the bucket is gone"));
    };
    let objects = identifiers(call, &page)?;
    if !objects.is_empty() {
        return delete(hand, call, name, objects).await;
    }
    let (uploads, _) = looked(uploads(&hand.at, name).await)?;
    if uploads.is_empty() {
        return Ok(hand.noted("nothing was left"));
    }
    abort(hand, call, name, &uploads).await
}

fn identifiers(call: &Call, page: &ListObjectVersionsOutput) -> Result<Vec<ObjectIdentifier>, CloudError> {
    let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
    let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
    let named = versions.chain(markers).filter_map(|(key, version)| Some((key?, version)));
    named
        .map(|(key, version)| ObjectIdentifier::builder().key(key).set_version_id(version.map(str::to_owned)).build())
        .collect::<Result<_, _>>()
        .map_err(incomplete(call))
}

async fn delete(
    hand: &Hand,
    call: &Call,
    name: &BucketName,
    objects: Vec<ObjectIdentifier>,
) -> Result<Receipt, CloudError> {
    let asked = objects.len();
    let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build().map_err(incomplete(call))?;
    let answer =
        hand.once.s3().delete_objects().bucket(name.as_str()).delete(delete).send().await.map_err(failure(call))?;
    let refused = answer.errors().len();
    let first = answer.errors().first().map(|error| {
        let words = format!("{}: {}", error.key().unwrap_or("?"), error.message().unwrap_or_default());
        Asked::changing(call).part_refused(error.code().unwrap_or_default(), &words)
    });
    let detail = told(asked.saturating_sub(refused), "versions and delete markers", first)?;
    Ok(Receipt { detail: Some(detail), ..hand.receipt(&answer) })
}

async fn abort(
    hand: &Hand,
    call: &Call,
    name: &BucketName,
    uploads: &[MultipartUpload],
) -> Result<Receipt, CloudError> {
    let mut ended = Vec::new();
    for together in uploads.chunks(UPLOADS_AT_ONCE) {
        ended.extend(join_all(together.iter().map(|upload| abort_one(hand, call, name, upload))).await);
    }
    hand.page_of_many(ended, "unfinished uploads")
}

async fn abort_one(
    hand: &Hand,
    call: &Call,
    name: &BucketName,
    upload: &MultipartUpload,
) -> Result<Option<String>, CloudError> {
    let abort = hand.once.s3().abort_multipart_upload().bucket(name.as_str());
    let abort = abort.set_key(upload.key().map(str::to_owned)).set_upload_id(upload.upload_id().map(str::to_owned));
    let answer = existing(abort.send().await.map_err(failure(call)))?;
    Ok(answer.and_then(|answer| answer.request_id().map(str::to_owned)))
}
