//! Parameter Store: names, versions and digests. A value lives as long as hashing it takes.

pub(crate) mod mutate;
pub(crate) mod secret;

use std::fmt;
use std::future::Future;

use aws_sdk_ssm::types::{Parameter as SdkParameter, ParameterStringFilter, ParameterType};
use futures::future::join_all;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::facts::parameter::{Parameter, ParameterKind, ValueDigest};
use lifeboat_model::id::{Arn, ParameterName};
use lifeboat_model::read::Service;
use sha2::{Digest, Sha256};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use crate::clients::Endpoint;
use crate::moment::timestamp;
use crate::partial::{existing, gather};

/// Makes digests of one process comparable with one another and useless to anybody else.
pub(crate) struct DigestKey(Option<[u8; 64]>);

impl DigestKey {
    pub(crate) fn random() -> Self {
        let mut key = [0; 64];
        let source = rustls::crypto::ring::default_provider().secure_random;
        Self(source.fill(&mut key).is_ok().then_some(key))
    }

    /// `None` where the machine gives no randomness: a digest without a key would tell the value to a guesser.
    fn digest(&self, value: &str) -> Option<ValueDigest> {
        let hash = Sha256::new().chain_update(self.0?).chain_update(value.as_bytes()).finalize();
        hash.first_chunk::<16>().copied().map(ValueDigest::new)
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestKey(..)")
    }
}

pub(crate) async fn parameters(
    at: &Endpoint,
    key: &DigestKey,
    paths: &[ParameterName],
    decrypt: bool,
) -> Result<Vec<Parameter>, CloudError> {
    let found = join_all(paths.iter().map(async |path| existing(unlogged(below(at, key, path, decrypt)).await))).await;
    Ok(gather(found)?.into_iter().flatten().collect())
}

/// Carries a request that holds a secret, or whose answer does, with nobody listening: at its most talkative the SDK logs
/// whole answers, and no level of logging may bring a secret to light.
pub(super) async fn unlogged<T>(request: impl Future<Output = T>) -> T {
    request.with_subscriber(NoSubscriber::default()).await
}

/// AWS's limit for a page of `GetParametersByPath`.
const PARAMETERS_A_PAGE: i32 = 10;

async fn below(
    at: &Endpoint,
    key: &DigestKey,
    path: &ParameterName,
    decrypt: bool,
) -> Result<Vec<Parameter>, CloudError> {
    let trimmed = path.as_str().trim_end_matches('/');
    let mut pages = at
        .ssm()
        .get_parameters_by_path()
        .path(if trimmed.is_empty() { "/" } else { trimmed })
        .recursive(true)
        .with_decryption(decrypt)
        .max_results(PARAMETERS_A_PAGE)
        .into_paginator()
        .send();
    let mut parameters = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(at.failure(Service::Parameters, "GetParametersByPath"))?;
        parameters.extend(page.parameters().iter().filter_map(|found| parameter(key, found, decrypt)));
    }
    Ok(parameters)
}

fn parameter(key: &DigestKey, found: &SdkParameter, decrypted: bool) -> Option<Parameter> {
    // What is not decrypted is ciphertext, which differs between regions though the values be equal.
    let readable = decrypted || found.r#type() != Some(&ParameterType::SecureString);
    Some(Parameter {
        name: found.name()?.into(),
        kind: found.r#type().map_or_else(|| ParameterKind::Other(String::new()), |kind| kind.as_str().into()),
        version: found.version(),
        modified_at: found.last_modified_date().and_then(timestamp),
        digest: found.value().filter(|_| readable).and_then(|value| key.digest(value)),
    })
}

/// What is known of a parameter without its value.
pub(crate) async fn named(at: &Endpoint, named: &Named, name: &ParameterName) -> Result<Vec<Found>, CloudError> {
    const OPERATION: &str = "DescribeParameters";
    let filter = ParameterStringFilter::builder().key("Name").option("Equals").values(name.as_str()).build();
    let filter = filter.map_err(|error| {
        at.asked(Service::Discovery, OPERATION).refused(CloudErrorKind::Invalid, &error.to_string())
    })?;
    let mut pages = at.ssm().describe_parameters().parameter_filters(filter).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(at.failure(Service::Discovery, OPERATION))?;
        for parameter in page.parameters().iter().filter(|parameter| parameter.name() == Some(name.as_str())) {
            found.push(Found {
                named: named.clone(),
                id: name.as_str().to_owned(),
                arn: parameter.arn().map(Arn::from),
                state: parameter.r#type().map(|kind| kind.as_str().to_owned()),
                deleted_at: None,
                bytes: None,
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_compare_equal_within_a_process_only() {
        let (one, other) = (DigestKey::random(), DigestKey::random());
        assert!(one.digest("secret").is_some());
        assert_eq!(one.digest("secret"), one.digest("secret"));
        assert_ne!(one.digest("secret"), one.digest("Secret"));
        assert_ne!(one.digest("secret"), other.digest("secret"));
    }

    #[test]
    fn ciphertext_is_never_digested() {
        let sealed = SdkParameter::builder()
            .name("/app/password")
            .r#type(ParameterType::SecureString)
            .value("AQICAHciphertext")
            .version(3)
            .build();
        let key = DigestKey::random();
        let digest = |decrypted| parameter(&key, &sealed, decrypted).expect("it has a name").digest;
        assert_eq!(digest(false), None);
        assert!(digest(true).is_some());
    }
}
