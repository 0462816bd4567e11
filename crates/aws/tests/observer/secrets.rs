//! A secret is in the request that writes it, and nowhere else: not in what is returned, not in an error, not in what is
//! logged, however much is logged.

use std::io;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::Region;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber;
use tracing_subscriber::fmt::MakeWriter;

use super::stage::{Logins, Sent, Wire, answer, observer, operator, settings};

/// Everything that anybody logs.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Logged {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no test panics with the lock")).into_owned()
    }
}

impl io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics with the lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logged {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

struct Performed {
    outcome: Result<Receipt, CloudError>,
    sent: Vec<Sent>,
    logged: String,
}

async fn performed(call: &Call, answers: impl Fn(&Sent) -> HttpResponse + Send + Sync + 'static) -> Performed {
    let (wire, logged) = (Wire::default(), Logged::default());
    let operator = operator(settings(), wire.answering(answers), &Logins::of("AKIATEST"));
    let everything =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(logged.clone()).finish();
    let outcome = operator.perform(call).with_subscriber(everything).await;
    Performed { outcome, sent: wire.take(), logged: logged.text() }
}

fn ensure(copy_from: Option<Region>) -> Call {
    Call::EnsureSecureParameter { region: "us-east-2".into(), name: "/shop/api-key".into(), copy_from, length: 40 }
}

fn missing() -> HttpResponse {
    answer(400, &[], json!({ "__type": "ParameterNotFound" }).to_string())
}

fn asks(sent: &Sent, operation: &str) -> bool {
    sent.target.as_deref() == Some(&format!("AmazonSSM.{operation}"))
}

fn written(sent: &[Sent]) -> Value {
    let put: Vec<&Sent> = sent.iter().filter(|sent| asks(sent, "PutParameter")).collect();
    let [put] = put.as_slice() else { panic!("it is written once: {sent:?}") };
    put.json()
}

fn is_nowhere(secret: &str, performed: &Performed) {
    let told = format!("{:?} {}", performed.outcome, serde_json::to_string(&performed.outcome).expect("JSON"));
    assert!(!told.contains(secret), "{told}");
    assert!(!performed.logged.is_empty(), "the log was not listened to");
    if let Some(place) = performed.logged.find(secret) {
        let around = &performed.logged[performed.logged[..place].rfind('\n').unwrap_or(0)..place];
        panic!("it was logged after: {around}");
    }
}

#[tokio::test]
async fn a_secret_that_is_made_is_in_the_request_that_writes_it_and_nowhere_else() {
    let performed = performed(&ensure(None), |sent| {
        if asks(sent, "GetParameter") { missing() } else { answer(200, &[], json!({ "Version": 1 }).to_string()) }
    })
    .await;
    let mut request = written(&performed.sent);
    let Value::String(secret) = request["Value"].take() else { panic!("a value") };
    assert!(secret.len() == 40 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let rest = json!({ "Name": "/shop/api-key", "Type": "SecureString", "Value": null, "Overwrite": false });
    assert_eq!(request, rest);
    assert_eq!(performed.outcome.as_ref().expect("it is made").detail.as_deref(), Some("made"));
    is_nowhere(&secret, &performed);
}

#[tokio::test]
async fn no_two_secrets_are_alike() {
    let answers = |sent: &Sent| {
        if asks(sent, "GetParameter") { missing() } else { answer(200, &[], json!({ "Version": 1 }).to_string()) }
    };
    let one = written(&performed(&ensure(None), answers).await.sent);
    let other = written(&performed(&ensure(None), answers).await.sent);
    assert_ne!(one["Value"], other["Value"]);
}

#[tokio::test]
async fn a_secret_is_copied_from_where_it_is_held_to_where_it_is_missing() {
    let secret = "held-in-the-other-region";
    let performed = performed(&ensure(Some("us-east-1".into())), move |sent| {
        if asks(sent, "PutParameter") {
            return answer(200, &[], json!({ "Version": 1 }).to_string());
        }
        match sent.signed_for.as_str() {
            "us-east-1/ssm" => {
                answer(200, &[], json!({ "Parameter": { "Type": "SecureString", "Value": secret } }).to_string())
            }
            _ => missing(),
        }
    })
    .await;
    assert_eq!(written(&performed.sent)["Value"], secret);
    assert_eq!(performed.outcome.as_ref().expect("it is copied").detail.as_deref(), Some("copied"));
    is_nowhere(secret, &performed);
    // What is there already is looked for without asking what it says.
    let looks: Vec<(String, Value)> = performed
        .sent
        .iter()
        .filter(|sent| asks(sent, "GetParameter"))
        .map(|sent| (sent.signed_for.clone(), sent.json()["WithDecryption"].clone()))
        .collect();
    assert_eq!(looks, [("us-east-2/ssm".to_owned(), json!(false)), ("us-east-1/ssm".to_owned(), json!(true))]);
}

#[tokio::test]
async fn a_secret_that_is_there_is_kept_and_a_plain_value_in_its_place_is_not_written_over() {
    let there = |kind: &'static str| {
        move |_: &Sent| answer(200, &[], json!({ "Parameter": { "Type": kind, "Value": "AQICAHcipher" } }).to_string())
    };
    let kept = performed(&ensure(None), there("SecureString")).await;
    assert_eq!(kept.outcome.as_ref().expect("it is kept").detail.as_deref(), Some("kept"));
    assert_eq!(kept.sent.len(), 1);
    let plain = performed(&ensure(None), there("String")).await;
    assert_eq!(plain.outcome.expect_err("it hides nothing").kind, CloudErrorKind::Conflict);
    assert_eq!(plain.sent.len(), 1);
}

#[tokio::test]
async fn what_the_other_region_does_not_hold_is_not_made_up() {
    let nowhere = performed(&ensure(Some("us-east-1".into())), |_| missing()).await;
    let error = nowhere.outcome.expect_err("there is nothing to copy");
    assert_eq!(error.kind, CloudErrorKind::NotFound);
    assert!(error.message.contains("us-east-1 has no /shop/api-key to copy"), "{error:?}");
    assert!(nowhere.sent.iter().all(|sent| asks(sent, "GetParameter")), "{:?}", nowhere.sent);
}

#[tokio::test]
async fn one_that_could_be_guessed_is_not_made() {
    for length in [0, 15, 1025] {
        let call =
            Call::EnsureSecureParameter { region: "us-east-2".into(), name: "/k".into(), copy_from: None, length };
        let refused = performed(&call, |_| missing()).await;
        assert_eq!(refused.outcome.expect_err("it is refused").kind, CloudErrorKind::Invalid, "{length}");
        assert!(refused.sent.iter().all(|sent| asks(sent, "GetParameter")));
    }
}

#[tokio::test]
async fn a_refusal_that_repeats_the_request_tells_nothing_of_it() {
    let performed = performed(&ensure(None), |sent| {
        if asks(sent, "GetParameter") {
            return missing();
        }
        let value = sent.json()["Value"].as_str().expect("a value").to_owned();
        let message = format!("1 validation error detected: Value '{value}' at 'value' is not allowed");
        answer(400, &[], json!({ "__type": "ValidationException", "message": message }).to_string())
    })
    .await;
    let secret = written(&performed.sent)["Value"].as_str().expect("a value").to_owned();
    let message = &performed.outcome.as_ref().expect_err("it is refused").message;
    assert!(message.contains("Value '(the value)' at 'value'"), "{message}");
    is_nowhere(&secret, &performed);
}

#[tokio::test]
async fn secrets_that_are_only_compared_are_logged_no_more_than_those_that_are_written() {
    let secret = "compared-in-both-regions";
    let (wire, logged) = (Wire::default(), Logged::default());
    let answers = wire.answering(move |_| {
        let parameter = json!({ "Name": "/shop/api-key", "Type": "SecureString", "Value": secret, "Version": 1 });
        answer(200, &[], json!({ "Parameters": [parameter] }).to_string())
    });
    let observer = observer(settings(), answers, &Logins::of("AKIATEST"));
    let everything =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(logged.clone()).finish();
    let read = Read::Parameters { paths: vec!["/shop".into()], decrypt: true };
    let region = Region::from("us-east-1");
    let facts = observer.read(&region, &read).with_subscriber(everything).await.expect("they are read");
    assert_eq!(wire.take().len(), 1);
    assert!(!format!("{facts:?}").contains(secret) && !logged.text().contains(secret), "{facts:?}");
}
