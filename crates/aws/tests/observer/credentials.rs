//! Credentials that expire, are missing, or hang: a state with a command that mends it, and a new login is seen
//! without a restart.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use lifeboat_aws::{AwsObserver, AwsSettings, SessionState, Transport};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::time::Timestamp;
use serde_json::json;

use super::stage::{Answers, FIX, Login, Logins, answer, key_of, observer, settings};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn home() -> Region {
    Region::from("us-east-1")
}

fn question() -> Read {
    Read::Tables { tables: vec!["orders".into()] }
}

/// Refuses every key but one.
fn accepting(key: &'static str) -> Answers {
    Answers::by(move |request: &HttpRequest| {
        let signed_by = request.headers().get("authorization").unwrap_or_default();
        if signed_by.contains(&format!("Credential={key}/")) {
            answer(200, &[], json!({ "Table": { "TableName": "orders", "TableStatus": "ACTIVE" } }).to_string())
        } else {
            answer(400, &[], json!({ "__type": "ExpiredTokenException", "message": "expired" }).to_string())
        }
    })
}

async fn kind(observer: &AwsObserver) -> Result<(), CloudErrorKind> {
    match observer.read(&home(), &question()).await {
        Ok(Facts::Tables(_)) => Ok(()),
        Ok(other) => panic!("other facts: {other:?}"),
        Err(error) => {
            if error.kind.is_credentials() {
                assert_eq!(error.fix.as_deref(), Some(FIX), "a state comes with what mends it");
            }
            Err(error.kind)
        }
    }
}

#[tokio::test]
async fn a_new_login_is_picked_up_within_the_very_read() {
    let logins = Logins::of("AKIANEW");
    let observer = observer(settings(), accepting("AKIANEW"), &logins);
    assert_eq!(kind(&observer).await, Ok(()));
    let renewed = Logins::of("AKIAOLD");
    let observer = super::stage::observer(settings(), accepting("AKIANEW"), &renewed);
    assert_eq!(kind(&observer).await, Err(CloudErrorKind::ExpiredCredentials));
    assert_eq!(observer.session(&home(), NOW).await, SessionState::Expired { fix: FIX.to_owned() });
    assert_eq!(observer.usage().requests, 1, "the same credentials are not sent twice");

    renewed.now(Login::As(key_of("AKIANEW")));
    assert_eq!(kind(&observer).await, Ok(()));
    assert_eq!(observer.session(&home(), NOW).await, SessionState::Good { expires_at: None });
}

#[tokio::test]
async fn credentials_that_age_in_hand_are_replaced_without_a_word() {
    let logins = Logins::of("AKIAONE");
    // The key that is good changes while the first is cached, as when a session ends and a person logs in again.
    let client = Answers::by({
        let good = std::sync::Mutex::new("AKIAONE");
        move |request| {
            let mut good = good.lock().expect("not poisoned");
            let signed_by = request.headers().get("authorization").unwrap_or_default();
            if signed_by.contains(*good) {
                *good = "AKIATWO";
                answer(200, &[], json!({ "Table": { "TableName": "orders", "TableStatus": "ACTIVE" } }).to_string())
            } else {
                answer(400, &[], json!({ "__type": "ExpiredTokenException", "message": "expired" }).to_string())
            }
        }
    });
    let observer = observer(settings(), client, &logins);
    assert_eq!(kind(&observer).await, Ok(()));
    logins.now(Login::As(key_of("AKIATWO")));
    assert_eq!(kind(&observer).await, Ok(()), "the refusal of the old key is not shown");
    assert_eq!(observer.usage().requests, 3);
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_and_a_login_mends_it() {
    let logins = Logins::of("AKIANEW");
    logins.now(Login::Nobody);
    let observer = observer(settings(), accepting("AKIANEW"), &logins);
    assert_eq!(observer.session(&home(), NOW).await, SessionState::Unasked);
    assert_eq!(kind(&observer).await, Err(CloudErrorKind::MissingCredentials));
    assert_eq!(observer.session(&home(), NOW).await, SessionState::Missing { fix: FIX.to_owned() });
    assert_eq!(observer.usage().requests, 0);

    logins.now(Login::As(key_of("AKIANEW")));
    assert_eq!(kind(&observer).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_is_given_up() {
    let logins = Logins::of("AKIANEW");
    logins.now(Login::Hanging);
    // With the usual limits: the provider's must be the first to end, or nobody learns what hung.
    let observer = observer(AwsSettings::default(), accepting("AKIANEW"), &logins);
    assert_eq!(kind(&observer).await, Err(CloudErrorKind::Timeout));
    let state = observer.session(&home(), NOW).await;
    assert!(matches!(state, SessionState::Unavailable { .. }), "{state:?}");

    logins.now(Login::As(key_of("AKIANEW")));
    assert_eq!(kind(&observer).await, Ok(()));
}

#[tokio::test]
async fn credentials_about_to_expire_are_said_to_be() {
    let mut credentials = key_of("AKIANEW");
    let expires_at: Timestamp = "2100-01-01T00:00:00Z".parse().expect("a time");
    *credentials.expiry_mut() = Some(expires_at.into());
    let logins = Logins::of("AKIANEW");
    logins.now(Login::As(credentials));
    let observer = observer(settings(), accepting("AKIANEW"), &logins);
    assert_eq!(kind(&observer).await, Ok(()));
    let state = async |now: &str| observer.session(&home(), now.parse().expect("a time")).await;
    assert_eq!(state("2099-12-31T23:00:00Z").await, SessionState::Good { expires_at: Some(expires_at) });
    let fix = FIX.to_owned();
    assert_eq!(state("2099-12-31T23:50:00Z").await, SessionState::Expiring { expires_at, fix: fix.clone() });
    assert_eq!(state("2100-01-01T00:00:00Z").await, SessionState::Expired { fix });
}

#[tokio::test]
async fn one_regions_provider_does_not_keep_another_from_answering() {
    let logins = Logins::of("AKIANEW");
    logins.now(Login::Nobody);
    let observer = observer(settings(), accepting("AKIANEW"), &logins);
    assert!(kind(&observer).await.is_err());
    logins.now(Login::As(key_of("AKIANEW")));
    assert!(observer.read(&Region::from("us-west-2"), &question()).await.is_ok());
    assert_eq!(observer.session(&home(), NOW).await, SessionState::Missing { fix: FIX.to_owned() }, "not asked since");
}

#[tokio::test]
async fn a_profile_that_does_not_exist_is_missing_credentials_not_silence() {
    let mut settings = settings();
    settings.profile = Some("no-such-profile-of-lifeboats".to_owned());
    let http = aws_smithy_runtime_api::client::http::SharedHttpClient::new(accepting("AKIANEW"));
    let observer = AwsObserver::with_transport(settings, Transport { http: Some(http), credentials: None });
    let error = observer.read(&home(), &question()).await.expect_err("nobody is logged in");
    assert_eq!(error.kind, CloudErrorKind::MissingCredentials, "{error}");
    assert!(error.fix.is_some_and(|fix| fix.contains("`no-such-profile-of-lifeboats` is not among the profiles")));
    assert_eq!(observer.usage().requests, 0);
}
