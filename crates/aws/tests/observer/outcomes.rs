//! What is known after a call failed: that nothing changed, or that nobody can say. Over real sockets where it is the
//! connection that fails, with the operator's own transport.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lifeboat_aws::{AwsOperator, AwsSettings, Transport};
use lifeboat_model::call::Call;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::Region;
use lifeboat_model::port::Mutate;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::silence::{hanging, listener, refusing};
use super::stage::{FIX, Login, Logins, Wire, answer, operator, settings};

fn call() -> Call {
    Call::PutItem {
        region: "us-east-1".into(),
        table: "orders".into(),
        key_name: "id".to_owned(),
        key: "canary".to_owned(),
        attributes: Vec::new(),
    }
}

fn pointed(address: SocketAddr) -> AwsOperator {
    let settings = AwsSettings {
        endpoint_urls: [(Region::from("us-east-1"), format!("http://{address}"))].into(),
        // What is lost must be seen to be lost once, however often questions are repeated.
        max_attempts: 3,
        ..settings()
    };
    let mut settings = settings;
    settings.timeouts.operation = Duration::from_millis(400);
    let transport = Transport { http: None, credentials: Some(Arc::new(Logins::of("AKIATEST"))) };
    AwsOperator::with_transport(settings, transport)
}

async fn failed(operator: &AwsOperator) -> CloudError {
    operator.perform(&call()).await.expect_err("it was made to fail")
}

/// Reads a request, says this and closes. The count is of requests that were read.
async fn closing_after(said: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let (listener, address) = listener().await;
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            if stream.read(&mut asked).await.is_ok_and(|read| read > 0) {
                seen.fetch_add(1, Ordering::SeqCst);
                // That the other side may be gone is what the test is about.
                drop(stream.write_all(said.as_bytes()).await);
            }
        }
    });
    (address, count)
}

#[tokio::test]
async fn where_no_connection_stands_nothing_happened() {
    let error = failed(&pointed(refusing().await)).await;
    assert_eq!(error.kind, CloudErrorKind::Unreachable, "{error}");
    assert_eq!(error.operation, "PutItem");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_unreachable() {
    let mut settings = settings();
    settings.endpoint_urls = [(Region::from("us-east-1"), "http://no-such-host.invalid".to_owned())].into();
    let transport = Transport { http: None, credentials: Some(Arc::new(Logins::of("AKIATEST"))) };
    let error = failed(&AwsOperator::with_transport(settings, transport)).await;
    assert_eq!(error.kind, CloudErrorKind::Unreachable, "{error}");
}

#[tokio::test]
async fn a_connection_that_is_never_made_whole_has_carried_nothing() {
    // It is accepted, and then nobody speaks TLS.
    let mut settings = settings();
    settings.endpoint_urls = [(Region::from("us-east-1"), format!("https://{}", hanging().await))].into();
    settings.timeouts.connect = Duration::from_millis(200);
    let transport = Transport { http: None, credentials: Some(Arc::new(Logins::of("AKIATEST"))) };
    let error = failed(&AwsOperator::with_transport(settings, transport)).await;
    assert_eq!(error.kind, CloudErrorKind::Unreachable, "{error}");
}

#[tokio::test]
async fn an_answer_that_never_comes_leaves_the_outcome_unknown() {
    let error = failed(&pointed(hanging().await)).await;
    assert_eq!(error.kind, CloudErrorKind::OutcomeUnknown, "{error}");
}

#[tokio::test]
async fn a_connection_that_ends_after_the_request_leaves_the_outcome_unknown_and_is_not_tried_again() {
    for said in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let (address, count) = closing_after(said).await;
        let error = failed(&pointed(address)).await;
        assert_eq!(error.kind, CloudErrorKind::OutcomeUnknown, "{said:?}: {error}");
        assert_eq!(count.load(Ordering::SeqCst), 1, "{said:?}");
    }
}

#[tokio::test]
async fn every_call_has_a_connection_of_its_own() {
    let said = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}";
    let (listener, address) = listener().await;
    let connections = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            seen.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                while stream.read(&mut asked).await.is_ok_and(|read| read > 0) {
                    if stream.write_all(said.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    let operator = pointed(address);
    for _ in 0..3 {
        assert!(operator.perform(&call()).await.is_ok());
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

/// What is made of one answer, and how often it was asked for.
async fn answered(status: u16, body: String) -> (CloudError, usize) {
    let wire = Wire::default();
    let answers = wire.answering(move |_| answer(status, &[("retry-after", "7".to_owned())], body.clone()));
    let mut settings = settings();
    settings.max_attempts = 3;
    let operator = operator(settings, answers, &Logins::of("AKIATEST"));
    let error = operator.perform(&call()).await.expect_err("it was refused");
    (error, wire.take().len())
}

#[tokio::test]
async fn a_refusal_in_words_has_changed_nothing_and_a_failing_service_cannot_say() {
    let throttled = CloudErrorKind::Throttled { retry_after: Some(Duration::from_secs(7)) };
    for (status, code, expected) in [
        (400, "ThrottlingException", throttled.clone()),
        (503, "SlowDown", throttled.clone()),
        (400, "TooManyUpdates", throttled),
        (400, "AccessDeniedException", CloudErrorKind::Denied { action: None }),
        (400, "ResourceNotFoundException", CloudErrorKind::NotFound),
        (400, "ResourceInUseException", CloudErrorKind::Conflict),
        (400, "TransactionInProgressException", CloudErrorKind::Conflict),
        (400, "ScalingActivityInProgress", CloudErrorKind::Conflict),
        (409, "OperationAborted", CloudErrorKind::Conflict),
        (400, "InvalidGlobalClusterStateFault", CloudErrorKind::Conflict),
        (400, "ValidationException", CloudErrorKind::Invalid),
        (500, "InternalServerError", CloudErrorKind::OutcomeUnknown),
        (503, "ServiceUnavailable", CloudErrorKind::OutcomeUnknown),
        (400, "RequestTimeout", CloudErrorKind::OutcomeUnknown),
        (408, "SomethingNew", CloudErrorKind::OutcomeUnknown),
    ] {
        let (error, sent) = answered(status, json!({ "__type": code, "message": "no" }).to_string()).await;
        assert_eq!(error.kind, expected, "{status} {code}");
        assert_eq!(sent, 1, "{status} {code} was asked again");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_the_outcome_unknown() {
    for status in [200, 502] {
        let (error, sent) = answered(status, "<html>a gateway's page</html>".to_owned()).await;
        assert_eq!((error.kind, sent), (CloudErrorKind::OutcomeUnknown, 1), "{status}");
    }
}

#[tokio::test]
async fn a_denial_names_the_operators_policy() {
    let words = json!({ "__type": "AccessDeniedException", "message": "no" }).to_string();
    let fix = answered(400, words).await.0.fix.expect("there is one");
    assert!(fix.contains("`dynamodb:PutItem`") && fix.contains("lifeboat iam operator"), "{fix}");
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_and_a_new_login_is_found() {
    let wire = Wire::default();
    let logins = Logins::of("AKIAOLD");
    let answers = wire.answering(|_| answer(200, &[], "{}"));
    logins.now(Login::Nobody);
    let operator = operator(settings(), answers, &logins);
    let error = operator.perform(&call()).await.expect_err("nobody is logged in");
    assert_eq!((error.kind, error.fix.as_deref()), (CloudErrorKind::MissingCredentials, Some(FIX)));
    assert!(wire.take().is_empty());
    logins.now(Login::As(super::stage::key_of("AKIANEW")));
    assert!(operator.perform(&call()).await.is_ok());
    assert_eq!(wire.take().len(), 1);
}

#[tokio::test]
async fn credentials_that_cannot_be_asked_for_in_time_leave_no_doubt() {
    let wire = Wire::default();
    let logins = Logins::of("AKIAOLD");
    logins.now(Login::Hanging);
    let mut settings = settings();
    settings.timeouts.credentials = Duration::from_millis(50);
    let operator = operator(settings, wire.answering(|_| answer(200, &[], "{}")), &logins);
    let error = operator.perform(&call()).await.expect_err("the provider hangs");
    assert_eq!(error.kind, CloudErrorKind::Unreachable, "{error}");
    assert!(wire.take().is_empty());
}

#[tokio::test]
async fn a_session_that_has_expired_is_renewed_and_the_call_is_made_once() {
    let wire = Wire::default();
    let logins = Logins::of("AKIAOLD");
    let renewing = logins.clone();
    let answers = wire.answering(move |sent| {
        if sent.text().contains("canary") && renewed(&renewing) {
            answer(200, &[], "{}")
        } else {
            answer(400, &[], json!({ "__type": "ExpiredTokenException", "message": "expired" }).to_string())
        }
    });
    let operator = operator(settings(), answers, &logins);
    assert!(operator.perform(&call()).await.is_ok());
    assert_eq!(wire.take().len(), 2, "refused once, and once with the new login");
}

/// Logs in anew at the first question, and tells from the second on that somebody has.
fn renewed(logins: &Logins) -> bool {
    let before = format!("{logins:?}").contains("AKIANEW");
    logins.now(Login::As(super::stage::key_of("AKIANEW")));
    before
}

#[tokio::test]
async fn a_call_that_was_signed_for_the_wrong_time_is_signed_again_for_the_right_one() {
    let wire = Wire::default();
    let far = "Fri, 01 Jan 2038 10:30:00 GMT".to_owned();
    let answers = wire.answering(move |sent| {
        let date = [("date", far.clone())];
        if sent.signed_at.starts_with("20380101T10") {
            return answer(200, &date, "{}");
        }
        let words = json!({ "__type": "InvalidSignatureException", "message": "Signature expired: too early" });
        answer(400, &date, words.to_string())
    });
    let operator = operator(settings(), answers, &Logins::of("AKIATEST"));
    let outcome = operator.perform(&call()).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(wire.take().len(), 2);
    assert!(operator.perform(&call()).await.is_ok());
    assert_eq!(wire.take().len(), 1, "the time is known from then on");
}
