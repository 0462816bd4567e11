//! The very requests that stacks are made and taken away by, and what becomes of a call whose answer got lost.

use std::collections::BTreeSet;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use lifeboat_model::call::{Call, LateValue, Receipt, StackInput, TemplateText};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::port::Mutate;
use serde_json::json;

use super::stage::{Logins, Sent, Wire, answer, operator, settings};

/// Performs a call against these answers; what came of it and what was sent.
async fn performed(
    call: &Call,
    answers: impl Fn(&Sent) -> HttpResponse + Send + Sync + 'static,
) -> (Result<Receipt, CloudError>, Vec<Sent>) {
    let wire = Wire::default();
    let operator = operator(settings(), wire.answering(answers), &Logins::of("AKIATEST"));
    let outcome = operator.perform(call).await;
    (outcome, wire.take())
}

/// The one request of a call.
async fn only(call: &Call) -> Sent {
    let (_, sent) = performed(call, |_| answer(400, &[], String::new())).await;
    let [only] = sent.as_slice() else { panic!("{sent:?}") };
    only.clone()
}

fn form(request: &Sent) -> BTreeSet<String> {
    let text = request.text();
    text.split('&').filter(|field| !field.starts_with("Version=")).map(str::to_owned).collect()
}

fn fields(fields: &[&str]) -> BTreeSet<String> {
    fields.iter().map(|field| (*field).to_owned()).collect()
}

fn change_set(creates: bool) -> Call {
    let is_it = |call: &Call| matches!(call, Call::CreateChangeSet { creates: own, .. } if *own == creates);
    Call::samples().into_iter().find(is_it).expect("there is a sample")
}

fn refused(code: &str, words: &str) -> HttpResponse {
    answer(
        400,
        &[],
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error></ErrorResponse>"
        ),
    )
}

fn accepted(operation: &str, result: &str) -> HttpResponse {
    answer(
        200,
        &[],
        format!(
            "<{operation}Response><{operation}Result>{result}</{operation}Result><ResponseMetadata>\
             <RequestId>R</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

fn asks(sent: &Sent, operation: &str) -> bool {
    sent.text().starts_with(&format!("Action={operation}&"))
}

// ---- Change sets

#[tokio::test]
async fn a_change_set_names_what_was_planned_and_nothing_else() {
    let common = [
        "Action=CreateChangeSet",
        "StackName=shop-dr",
        "ChangeSetName=lifeboat-provision-1",
        "TemplateBody=Resources%3A%0A%20%20Topic%3A%0A%20%20%20%20Type%3A%20AWS%3A%3ASNS%3A%3ATopic%0A",
        "Parameters.member.1.ParameterKey=EnvironmentSuffix",
        "Parameters.member.1.ParameterValue=dev",
        "Parameters.member.2.ParameterKey=HomeVpc",
        "Capabilities.member.1=CAPABILITY_NAMED_IAM",
        "Tags.member.1.Key=Environment",
        "Tags.member.1.Value=dev",
    ];
    for (creates, own) in [
        (
            true,
            ["ChangeSetType=CREATE", "OnStackFailure=ROLLBACK", "Parameters.member.2.ParameterValue=vpc-1"].as_slice(),
        ),
        (false, ["ChangeSetType=UPDATE", "Parameters.member.2.UsePreviousValue=true"].as_slice()),
    ] {
        let mut sent = form(&only(&change_set(creates)).await);
        sent.retain(|field| !field.starts_with("Description="));
        assert_eq!(sent, fields(&[&common, own].concat()), "creates: {creates}");
    }
}

#[tokio::test]
async fn a_call_that_is_not_settled_or_too_large_is_never_sent() {
    let Call::CreateChangeSet { region, stack, change_set, creates, template, capabilities, tags, .. } =
        change_set(true)
    else {
        panic!("the sample makes a change set");
    };
    let late = LateValue::Output {
        region: region.clone(),
        stack: "shop".into(),
        key: "VpcId".to_owned(),
        list: false,
        optional: false,
    };
    let call = |value: LateValue, template: TemplateText| Call::CreateChangeSet {
        region: region.clone(),
        stack: stack.clone(),
        change_set: change_set.clone(),
        creates,
        template,
        inputs: vec![StackInput { key: "VpcId".to_owned(), value }],
        capabilities: capabilities.clone(),
        tags: tags.clone(),
    };
    let huge = TemplateText::new("#".repeat(TemplateText::LIMIT + 1));
    for (call, words) in [
        (call(late, template.clone()), "the value of VpcId is not known yet"),
        (call(LateValue::Literal("vpc-1".to_owned()), huge), "the template has 51201 bytes"),
    ] {
        let (outcome, sent) = performed(&call, |_| answer(500, &[], String::new())).await;
        let error = outcome.expect_err("it was not sent");
        assert_eq!((&error.kind, sent.len()), (&CloudErrorKind::Invalid, 0), "{error:?}");
        assert!(error.message.contains(words), "{error:?}");
    }
}

/// What a change set that is there says of itself, in the answer to whoever asks.
async fn described_as(call: &Call, description: String) -> (Result<Receipt, CloudError>, Vec<Sent>) {
    performed(call, move |sent| {
        if asks(sent, "CreateChangeSet") {
            refused("AlreadyExistsException", "ChangeSet lifeboat-provision-1 cannot be created due to a mismatch")
        } else {
            accepted(
                "DescribeChangeSet",
                &format!("<Description>{description}</Description><ChangeSetId>arn:aws:cs</ChangeSetId>"),
            )
        }
    })
    .await
}

#[tokio::test]
async fn a_change_set_that_an_earlier_sending_made_is_known_again_and_anothers_is_not() {
    let call = change_set(true);
    let sent = only(&call).await.text();
    let description = sent.split('&').find_map(|field| field.strip_prefix("Description=")).expect("it says what it is");
    let own = description.replace("%20", " ");
    let (outcome, sent) = described_as(&call, own.clone()).await;
    assert_eq!(outcome.expect("it is its own").detail.as_deref(), Some("arn:aws:cs"));
    assert!(sent.len() == 2 && asks(&sent[1], "DescribeChangeSet"), "{sent:?}");

    let (outcome, _) = described_as(&call, "somebody else's".to_owned()).await;
    assert_eq!(outcome.expect_err("it is not").kind, CloudErrorKind::Conflict);
    let (outcome, _) = described_as(&change_set(false), own).await;
    assert_eq!(outcome.expect_err("another call made it").kind, CloudErrorKind::Conflict);
}

/// By its token a later one of the same name would be taken for the one that failed.
#[tokio::test]
async fn neither_an_execution_nor_a_deletion_bears_a_token() {
    let execute =
        Call::samples().into_iter().find(|call| matches!(call, Call::ExecuteChangeSet { .. })).expect("a sample");
    let sent = form(&only(&execute).await);
    assert!(!sent.iter().any(|field| field.contains("Token")), "{sent:?}");
    let Call::ExecuteChangeSet { region, stack, .. } = execute else { panic!("it executes") };

    let delete = form(&only(&Call::DeleteStack { region, stack }).await);
    assert_eq!(delete, fields(&["Action=DeleteStack", "StackName=shop-dr"]));
}

#[tokio::test]
async fn what_is_gone_already_is_deleted() {
    let is_deletion = |call: &Call| {
        matches!(call, Call::DeleteStack { .. } | Call::DeleteChangeSet { .. } | Call::DeleteParameter { .. })
    };
    let mut seen = 0;
    for call in Call::samples().into_iter().filter(is_deletion) {
        let (outcome, _) = performed(&call, |sent| match &sent.target {
            Some(_) => answer(400, &[], json!({ "__type": "ParameterNotFound", "message": "" }).to_string()),
            None => refused("ValidationError", "Stack with id shop-dr does not exist"),
        })
        .await;
        assert_eq!(outcome.expect("it is gone").detail.as_deref(), Some("it was gone already"), "{call:?}");
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[tokio::test]
async fn protection_drift_and_a_stuck_rollback_are_asked_in_the_words_of_the_api() {
    for (wanted, expected) in [
        (
            "UpdateTerminationProtection",
            ["Action=UpdateTerminationProtection", "StackName=shop-dr", "EnableTerminationProtection=true"].as_slice(),
        ),
        ("DetectStackDrift", ["Action=DetectStackDrift", "StackName=shop-dr"].as_slice()),
        ("ContinueUpdateRollback", ["Action=ContinueUpdateRollback", "StackName=shop-dr"].as_slice()),
    ] {
        let call = Call::samples().into_iter().find(|call| call.operation() == wanted).expect("a sample");
        assert_eq!(form(&only(&call).await), fields(expected));
    }
}

#[tokio::test]
async fn the_id_of_a_detection_is_on_its_receipt() {
    let call = Call::DetectDrift { region: "us-east-2".into(), stack: "shop-dr".into() };
    let id = "<StackDriftDetectionId>b78ac9b0</StackDriftDetectionId>";
    let (outcome, _) = performed(&call, move |_| accepted("DetectStackDrift", id)).await;
    assert_eq!(outcome.expect("it began").detail.as_deref(), Some("b78ac9b0"));
}

#[tokio::test]
async fn one_code_for_all_that_is_wrong_is_told_apart_by_its_words() {
    let conflict = CloudErrorKind::Conflict;
    for (code, words, kind) in [
        ("ValidationError", "Stack [shop] does not exist", CloudErrorKind::NotFound),
        ("ChangeSetNotFound", "ChangeSet [lifeboat-1] does not exist", CloudErrorKind::NotFound),
        ("ValidationError", "Stack:arn:aws:x is in UPDATE_IN_PROGRESS state and can not be updated.", conflict.clone()),
        ("ValidationError", "Stack:arn:aws:x is in ROLLBACK_COMPLETE state and can not be updated.", conflict.clone()),
        (
            "ValidationError",
            "Stack [shop] already exists and cannot be created again with the changeSet",
            conflict.clone(),
        ),
        ("ValidationError", "Drift detection is already in progress for stack shop", conflict.clone()),
        ("ValidationError", "Stack [shop] cannot be deleted while TerminationProtection is enabled", conflict.clone()),
        ("InvalidChangeSetStatus", "ChangeSet cannot be executed in its current status of [FAILED]", conflict.clone()),
        ("OperationInProgressException", "another operation is in progress", conflict.clone()),
        ("TokenAlreadyExistsException", "the token is taken", conflict),
        (
            "ValidationError",
            "Parameter validation failed: parameter value vpc-1 for parameter name Vpc does not exist",
            CloudErrorKind::Invalid,
        ),
        ("ValidationError", "Template format error: unsupported structure.", CloudErrorKind::Invalid),
        (
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_NAMED_IAM]",
            CloudErrorKind::Invalid,
        ),
        ("LimitExceededException", "Limit for stack has been exceeded", CloudErrorKind::Invalid),
    ] {
        let call = Call::ContinueUpdateRollback { region: "us-east-2".into(), stack: "shop".into() };
        let (outcome, _) = performed(&call, move |_| refused(code, words)).await;
        assert_eq!(outcome.expect_err("it is refused").kind, kind, "{code}: {words}");
    }
}

// ---- Keys

#[tokio::test]
async fn a_managed_key_is_made_by_being_asked_for_by_its_alias() {
    let call = Call::MakeManagedKey { region: "us-east-2".into(), alias: "alias/aws/rds".to_owned() };
    let request = only(&call).await;
    assert_eq!(request.target.as_deref(), Some("TrentService.DescribeKey"));
    assert_eq!(request.json(), json!({ "KeyId": "alias/aws/rds" }));
    let arn = "arn:aws:kms:us-east-2:123456789012:key/1";
    let metadata = json!({ "KeyMetadata": { "KeyId": "1", "Arn": arn, "KeyState": "Enabled" } });
    let (outcome, _) = performed(&call, move |_| answer(200, &[], metadata.to_string())).await;
    assert_eq!(outcome.expect("it is there").detail.as_deref(), Some(arn));
}

// ---- Buckets

fn bucket() -> Call {
    Call::EmptyBucket { region: "us-east-2".into(), bucket: "shop-dr".into() }
}

const VERSIONS: &str = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker>\
    <Version><Key>a</Key><VersionId>1</VersionId></Version><Version><Key>b</Key><VersionId>null</VersionId></Version>\
    <DeleteMarker><Key>a</Key><VersionId>2</VersionId></DeleteMarker></ListVersionsResult>";
const NO_VERSIONS: &str = "<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>";

#[tokio::test]
async fn a_page_of_a_bucket_goes_with_every_version_and_every_marker() {
    let (outcome, sent) = performed(&bucket(), |sent| match sent.method.as_str() {
        "GET" => answer(200, &[], VERSIONS),
        _ => answer(200, &[("x-amz-request-id", "R".to_owned())], "<DeleteResult></DeleteResult>"),
    })
    .await;
    let receipt = outcome.expect("it went");
    assert_eq!(receipt.detail.as_deref(), Some("3 versions and delete markers"));
    let [list, delete] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((list.method.as_str(), list.path.as_str()), ("GET", "/?versions"));
    assert_eq!((delete.method.as_str(), delete.path.as_str()), ("POST", "/?delete"));
    let object =
        |key: &str, version: &str| format!("<Object><Key>{key}</Key><VersionId>{version}</VersionId></Object>");
    let expected = [object("a", "1"), object("b", "null"), object("a", "2")].concat();
    let body = delete.text();
    assert!(body.contains(&expected) && body.contains("<Quiet>true</Quiet>"), "{body}");
}

/// The answer to a deletion in which so many of the page's three things were refused.
async fn with_refusals(count: usize, code: &'static str) -> Result<Receipt, CloudError> {
    let (outcome, _) = performed(&bucket(), move |sent| {
        if sent.method == "GET" {
            return answer(200, &[], VERSIONS);
        }
        let one = format!("<Error><Key>a</Key><Code>{code}</Code><Message>no</Message></Error>");
        answer(200, &[], format!("<DeleteResult>{}</DeleteResult>", one.repeat(count)))
    })
    .await;
    outcome
}

#[tokio::test]
async fn a_page_of_which_a_part_is_refused_says_so_and_one_that_is_refused_whole_has_failed() {
    let part = with_refusals(1, "AccessDenied").await.expect("two went").detail.expect("it says how many");
    assert!(part.starts_with("2 versions and delete markers; not all: AccessDenied: a: no"), "{part}");
    let denied = with_refusals(3, "AccessDenied").await.expect_err("none went");
    assert!(matches!(denied.kind, CloudErrorKind::Denied { .. }), "{denied:?}");
    let fix = denied.fix.expect("what mends it");
    assert!(fix.contains("s3:DeleteObjectVersion") && fix.contains("lifeboat iam provisioner"), "{fix}");
    let throttled = with_refusals(3, "SlowDown").await.expect_err("none went");
    assert!(matches!(throttled.kind, CloudErrorKind::Throttled { .. }), "{throttled:?}");
}

#[tokio::test]
async fn uploads_that_were_never_finished_go_last_and_an_empty_bucket_is_left_alone() {
    let uploads = "<ListMultipartUploadsResult><Upload><Key>big</Key><UploadId>u1</UploadId></Upload>\
        <Upload><Key>bigger</Key><UploadId>u2</UploadId></Upload></ListMultipartUploadsResult>";
    let world = |uploads: &'static str| {
        move |sent: &Sent| match (sent.method.as_str(), sent.path.as_str()) {
            ("GET", "/?versions") => answer(200, &[], NO_VERSIONS),
            ("GET", _) => answer(200, &[], uploads),
            ("DELETE", path) if path.contains("u2") => answer(404, &[], "<Error><Code>NoSuchUpload</Code></Error>"),
            ("DELETE", _) => answer(204, &[("x-amz-request-id", "R".to_owned())], ""),
            _ => panic!("{sent:?}"),
        }
    };
    let (outcome, sent) = performed(&bucket(), world(uploads)).await;
    let receipt = outcome.expect("they went");
    assert_eq!((receipt.detail.as_deref(), receipt.request_id.as_deref()), (Some("2 unfinished uploads"), Some("R")));
    assert_eq!(sent.iter().filter(|sent| sent.method == "DELETE").count(), 2);

    let (outcome, sent) =
        performed(&bucket(), world("<ListMultipartUploadsResult></ListMultipartUploadsResult>")).await;
    assert_eq!(outcome.expect("nothing to do").detail.as_deref(), Some("nothing was left"));
    assert!(sent.iter().all(|sent| sent.method == "GET"), "{sent:?}");

    let gone = |_: &Sent| answer(404, &[], "<Error><Code>NoSuchBucket</Code></Error>");
    let (outcome, sent) = performed(&bucket(), gone).await;
    assert_eq!(outcome.expect("nothing to do").detail.as_deref(), Some("the bucket is gone"));
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn a_bucket_that_nobody_could_look_into_is_not_touched() {
    let (outcome, sent) = performed(&bucket(), |_| answer(503, &[], String::new())).await;
    assert_eq!(outcome.expect_err("nobody answered").kind, CloudErrorKind::Unreachable);
    assert!(sent.iter().all(|sent| sent.method == "GET"), "{sent:?}");
}

// ---- Vaults

fn vault() -> Call {
    Call::EmptyVault { region: "us-east-2".into(), vault: "shop".into() }
}

fn point(id: &str, status: &str, parent: Option<&str>) -> serde_json::Value {
    json!({ "RecoveryPointArn": format!("arn:aws:backup:us-east-2:1:recovery-point:{id}"), "Status": status, "ParentRecoveryPointArn": parent })
}

#[tokio::test]
async fn recovery_points_go_one_by_one_except_those_that_go_by_themselves() {
    let points = json!({ "RecoveryPoints": [
        point("whole", "COMPLETED", None),
        point("part", "COMPLETED", Some("arn:aws:backup:us-east-2:1:recovery-point:whole")),
        point("going", "DELETING", None),
        point("spent", "EXPIRED", None),
    ]});
    let (outcome, sent) = performed(&vault(), move |sent| match sent.method.as_str() {
        "GET" => answer(200, &[], points.to_string()),
        _ => answer(204, &[("x-amzn-requestid", "R".to_owned())], ""),
    })
    .await;
    let receipt = outcome.expect("they went");
    assert_eq!((receipt.detail.as_deref(), receipt.request_id.as_deref()), (Some("2 recovery points"), Some("R")));
    let deleted: Vec<&str> = sent
        .iter()
        .filter(|sent| sent.method == "DELETE")
        .map(|sent| sent.path.rsplit("%3A").next().unwrap_or(""))
        .collect();
    assert_eq!(deleted, ["whole", "spent"]);
}

#[tokio::test]
async fn a_vault_that_is_not_there_is_told_from_one_that_may_not_be_seen() {
    let world = |vaults: serde_json::Value| {
        move |sent: &Sent| {
            if sent.path.contains("recovery-points") {
                answer(403, &[("x-amzn-errortype", "AccessDeniedException".to_owned())], "{}")
            } else {
                answer(200, &[], vaults.to_string())
            }
        }
    };
    let others = json!({ "BackupVaultList": [{ "BackupVaultName": "other" }] });
    let (outcome, _) = performed(&vault(), world(others)).await;
    assert_eq!(outcome.expect("nothing to do").detail.as_deref(), Some("the vault is gone"));
    let own = json!({ "BackupVaultList": [{ "BackupVaultName": "other" }, { "BackupVaultName": "shop" }] });
    let (outcome, sent) = performed(&vault(), world(own)).await;
    let error = outcome.expect_err("it may not be seen");
    assert!(matches!(error.kind, CloudErrorKind::Denied { .. }), "{error:?}");
    assert!(sent.iter().all(|sent| sent.method == "GET"), "{sent:?}");
}
