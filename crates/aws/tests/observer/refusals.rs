//! Refusals, by what can be done about them; and what a list is worth when one of its members is refused.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use serde_json::json;

use super::stage::{Answers, FIX, Logins, answer, observer, settings};

fn tables(names: &[&str]) -> Read {
    Read::Tables { tables: names.iter().map(|name| (*name).into()).collect() }
}

async fn refused(status: u16, code: &str, words: &str) -> CloudError {
    let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": words }).to_string();
    failing(status, body).await
}

async fn failing(status: u16, body: String) -> CloudError {
    let headers = [("retry-after", "7".to_owned()), ("x-amzn-requestid", "REQ-1".to_owned())];
    let client = Answers::by(move |_| answer(status, &headers, body.clone()));
    let observer = observer(settings(), client, &Logins::of("AKIATEST"));
    observer.read(&Region::from("us-east-1"), &tables(&["orders"])).await.expect_err("it was refused")
}

#[tokio::test]
async fn a_refusal_is_classified_by_what_can_be_done() {
    let throttled = CloudErrorKind::Throttled { retry_after: Some(Duration::from_secs(7)) };
    let denied = CloudErrorKind::Denied { action: None };
    for (status, code, expected) in [
        (400, "ExpiredTokenException", CloudErrorKind::ExpiredCredentials),
        (403, "ExpiredToken", CloudErrorKind::ExpiredCredentials),
        (400, "RequestExpired", CloudErrorKind::ExpiredCredentials),
        (403, "InvalidClientTokenId", CloudErrorKind::MissingCredentials),
        (400, "UnrecognizedClientException", CloudErrorKind::MissingCredentials),
        (403, "AccessDenied", denied.clone()),
        (400, "AccessDeniedException", denied.clone()),
        (403, "UnauthorizedOperation", denied.clone()),
        (400, "Throttling", throttled.clone()),
        (400, "ThrottlingException", throttled.clone()),
        (429, "TooManyRequestsException", throttled.clone()),
        (400, "ProvisionedThroughputExceededException", throttled.clone()),
        (503, "SlowDown", throttled.clone()),
        (400, "RequestLimitExceeded", throttled.clone()),
        // Route 53, until the change before has gone through.
        (400, "PriorRequestNotComplete", throttled),
        (400, "ConflictException", CloudErrorKind::Conflict),
        (409, "HealthCheckVersionMismatch", CloudErrorKind::Conflict),
        (400, "ResourceInUseException", CloudErrorKind::Conflict),
        (400, "ValidationException", CloudErrorKind::Invalid),
        (500, "InternalFailure", CloudErrorKind::ServiceFailure),
        (503, "SomethingNew", CloudErrorKind::ServiceFailure),
        (418, "SomethingElse", CloudErrorKind::Invalid),
    ] {
        let error = refused(status, code, "no").await;
        assert_eq!(error.kind, expected, "{status} {code}");
        assert_eq!(error.operation, "DescribeTable");
        assert_eq!(error.request_id.as_deref(), Some("REQ-1"), "{code}");
        assert!(error.message.contains(code), "{code}: {}", error.message);
    }
}

#[tokio::test]
async fn a_denial_names_the_action_and_what_mends_it() {
    let words = "User: arn:aws:iam::123456789012:user/sre is not authorized to perform: dynamodb:DescribeTable on \
                 resource: arn:aws:dynamodb:us-east-1:123456789012:table/orders because no identity-based policy allows it";
    let error = refused(400, "AccessDeniedException", words).await;
    assert_eq!(error.kind, CloudErrorKind::Denied { action: Some("dynamodb:DescribeTable".to_owned()) });
    let fix = error.fix.expect("there is one");
    assert!(fix.contains("`dynamodb:DescribeTable`") && fix.contains("lifeboat iam read-only"), "{fix}");
}

#[tokio::test]
async fn expired_credentials_come_with_the_command_that_renews_them() {
    assert_eq!(refused(400, "ExpiredTokenException", "The security token is expired").await.fix.as_deref(), Some(FIX));
}

#[tokio::test]
async fn a_wrong_clock_is_not_blamed_on_the_login() {
    let error =
        refused(400, "InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than").await;
    assert_eq!(error.kind, CloudErrorKind::ExpiredCredentials);
    assert!(error.fix.is_some_and(|fix| fix.contains("clock")));
}

#[tokio::test]
async fn a_message_holds_no_signature_no_token_and_no_escape() {
    let words = "The request signature we calculated does not match.\n\nThe Canonical String for this request should \
                 have been 'POST\n/\nx-amz-security-token:FwoGZXIvYXdz\n'";
    let error = refused(400, "SignatureDoesNotMatch", words).await;
    assert_eq!(error.kind, CloudErrorKind::MissingCredentials);
    assert_eq!(error.message, "SignatureDoesNotMatch: The request signature we calculated does not match.");
    let error = refused(400, "ValidationException", "\u{1b}[31mred\u{7}\nsecond line").await;
    assert_eq!(error.message, "ValidationException: [31mred second line");
}

#[tokio::test]
async fn a_front_end_that_speaks_html_is_known_by_its_status() {
    let html = || "<html><body>Service Unavailable</body></html>".to_owned();
    assert_eq!(failing(503, html()).await.kind, CloudErrorKind::ServiceFailure);
    assert_eq!(failing(200, html()).await.kind, CloudErrorKind::Malformed);
}

/// Answers for `orders`; for any other table, as told.
fn only_orders(status: u16, code: &'static str) -> Answers {
    Answers::by(move |request: &HttpRequest| {
        let asked: serde_json::Value =
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).expect("JSON");
        if asked["TableName"] == "orders" {
            let table = json!({ "Table": { "TableName": "orders", "TableStatus": "ACTIVE", "ItemCount": 3 } });
            answer(200, &[], table.to_string())
        } else {
            answer(status, &[], json!({ "__type": code, "message": "no" }).to_string())
        }
    })
}

#[tokio::test]
async fn a_member_that_does_not_exist_is_left_out() {
    let client = only_orders(400, "ResourceNotFoundException");
    let observer = observer(settings(), client, &Logins::of("AKIATEST"));
    let read = observer.read(&Region::from("us-east-1"), &tables(&["gone", "orders"])).await;
    let Ok(Facts::Tables(found)) = read else { panic!("{read:?}") };
    assert_eq!(found.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(), ["orders"]);
    let read = observer.read(&Region::from("us-east-1"), &tables(&["gone"])).await;
    assert_eq!(read, Ok(Facts::Tables(Vec::new())), "that nothing exists is knowledge too");
}

#[tokio::test]
async fn a_member_that_is_throttled_or_denied_may_not_look_as_if_it_did_not_exist() {
    for (code, expected) in [
        ("ThrottlingException", CloudErrorKind::Throttled { retry_after: None }),
        ("AccessDeniedException", CloudErrorKind::Denied { action: None }),
    ] {
        let observer = observer(settings(), only_orders(400, code), &Logins::of("AKIATEST"));
        let read = observer.read(&Region::from("us-east-1"), &tables(&["orders", "other"])).await;
        assert_eq!(read.map_err(|error| error.kind), Err(expected));
    }
}

#[tokio::test]
async fn every_attempt_is_counted() {
    let mut settings = settings();
    settings.max_attempts = 2;
    let observer = observer(settings, only_orders(500, "InternalServerError"), &Logins::of("AKIATEST"));
    let region = Region::from("us-east-1");
    assert!(observer.read(&region, &tables(&["orders"])).await.is_ok());
    assert_eq!(observer.usage().requests, 1);
    assert!(observer.read(&region, &tables(&["other"])).await.is_err());
    assert_eq!(observer.usage().requests, 3, "the retry is a request");
    assert_eq!(observer.operations().get("DescribeTable"), Some(&3));
}
