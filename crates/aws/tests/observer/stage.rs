//! What the tests put in place of the network and of a person who logs in.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_cbor::Encoder;
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use lifeboat_aws::{AwsObserver, AwsOperator, AwsSettings, CredentialSource, Timeouts, Transport};
use lifeboat_model::id::Region;
use serde_json::Value;

/// Short enough for a test, long enough for a loaded machine to answer from memory.
pub(crate) fn settings() -> AwsSettings {
    AwsSettings {
        max_attempts: 1,
        timeouts: Timeouts { lookup: Duration::from_secs(2), ..Timeouts::default() },
        ..AwsSettings::default()
    }
}

pub(crate) fn observer(settings: AwsSettings, http: impl HttpClient + 'static, logins: &Logins) -> AwsObserver {
    let transport = Transport { http: Some(SharedHttpClient::new(http)), credentials: Some(Arc::new(logins.clone())) };
    AwsObserver::with_transport(settings, transport)
}

pub(crate) fn operator(settings: AwsSettings, http: impl HttpClient + 'static, logins: &Logins) -> AwsOperator {
    let transport = Transport { http: Some(SharedHttpClient::new(http)), credentials: Some(Arc::new(logins.clone())) };
    AwsOperator::with_transport(settings, transport)
}

/// One request as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) host: String,
    /// With its query.
    pub(crate) path: String,
    /// What it was signed for: `us-east-1/rds`.
    pub(crate) signed_for: String,
    /// When it was signed.
    pub(crate) signed_at: String,
    /// The header of AWS's JSON protocols.
    pub(crate) target: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    fn of(request: &HttpRequest) -> Self {
        let uri = request.uri();
        let (_, rest) = uri.split_once("://").expect("a whole address");
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let signature = request.headers().get("authorization").expect("every request is signed");
        let scope: Vec<&str> = signature.split('/').collect();
        Self {
            method: request.method().to_owned(),
            host: host.to_owned(),
            path: format!("/{path}"),
            signed_for: format!("{}/{}", scope[2], scope[3]),
            signed_at: request.headers().get("x-amz-date").expect("every signature has a time").to_owned(),
            target: request.headers().get("x-amz-target").map(str::to_owned),
            body: request.body().bytes().unwrap_or_default().to_vec(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// All that was sent, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<Mutex<Vec<Sent>>>);

impl Wire {
    /// Notes each request and answers it.
    pub(crate) fn answering(&self, answer: impl Fn(&Sent) -> HttpResponse + Send + Sync + 'static) -> Answers {
        let sent = Arc::clone(&self.0);
        Answers::by(move |request| {
            let request = Sent::of(request);
            let answer = answer(&request);
            sent.lock().expect("no test panics with the lock").push(request);
            answer
        })
    }

    pub(crate) fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.0.lock().expect("no test panics with the lock"))
    }
}

/// Answers each request by a function of it.
#[derive(Clone)]
pub(crate) struct Answers(Arc<dyn Fn(&HttpRequest) -> HttpResponse + Send + Sync>);

impl Answers {
    pub(crate) fn by(answer: impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static) -> Self {
        Self(Arc::new(answer))
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answers(..)")
    }
}

impl HttpConnector for Answers {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok((self.0)(&request)))
    }
}

impl HttpClient for Answers {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

pub(crate) fn answer(status: u16, headers: &[(&'static str, String)], body: impl Into<String>) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status");
    let mut answer = HttpResponse::new(status, SdkBody::from(body.into()));
    for (name, value) in headers {
        answer.headers_mut().insert(*name, value.clone());
    }
    answer
}

/// An answer in the protocol of CloudWatch, from JSON; `{"epoch": 60}` stands for a moment.
pub(crate) fn cbor_answer(body: &Value) -> HttpResponse {
    let mut encoder = Encoder::new(Vec::new());
    encode(&mut encoder, body);
    let mut answer = HttpResponse::new(StatusCode::try_from(200).expect("a status"), encoder.into_writer().into());
    answer.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
    answer
}

fn encode(encoder: &mut Encoder, json: &Value) {
    match json {
        Value::Null => encoder.null(),
        Value::Bool(flag) => encoder.boolean(*flag),
        Value::Number(number) => encoder.double(number.as_f64().expect("a number")),
        Value::String(text) => encoder.str(text),
        Value::Array(members) => {
            encoder.array(members.len());
            for member in members {
                encode(encoder, member);
            }
            encoder
        }
        Value::Object(fields) => {
            if let Some(second) = fields.get("epoch").and_then(Value::as_i64) {
                encoder.timestamp(&DateTime::from_secs(second))
            } else {
                encoder.map(fields.len());
                for (name, value) in fields {
                    encoder.str(name);
                    encode(encoder, value);
                }
                encoder
            }
        }
    };
}

/// The requests and answers of a file in `tests/replay/`, in the order in which they must be sent.
pub(crate) fn recording(name: &str) -> StaticReplayClient {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let exchanges: Vec<Value> = serde_json::from_str(&text).expect("a recording is a list");
    StaticReplayClient::new(
        exchanges.iter().map(|exchange| recorded(&exchange["request"], &exchange["response"])).collect(),
    )
}

fn recorded(request: &Value, response: &Value) -> ReplayEvent {
    let mut sent = HttpRequest::new(SdkBody::from(body(&request["body"])));
    sent.set_uri(request["uri"].as_str().expect("a uri")).expect("a good uri");
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        sent.headers_mut().insert(name.clone(), value.as_str().expect("a header").to_owned());
    }
    let status = u16::try_from(response["status"].as_u64().expect("a status")).expect("a small status");
    ReplayEvent::new(sent, answer(status, &[], body(&response["body"])))
}

/// A body is text as it stands, or JSON; lists of strings are the lines of a text.
fn body(recorded: &Value) -> String {
    match recorded {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).map(str::trim).collect(),
        json => json.to_string(),
    }
}

/// What a person has logged in with, as the files on disk would hold it.
#[derive(Clone, Debug)]
pub(crate) struct Logins(Arc<Mutex<Login>>);

#[derive(Clone, Debug)]
pub(crate) enum Login {
    As(Credentials),
    Nobody,
    /// The provider never comes back: a process that waits for a person.
    Hanging,
}

pub(crate) const FIX: &str = "aws sso login --profile dr";

impl Logins {
    pub(crate) fn of(key: &str) -> Self {
        Self(Arc::new(Mutex::new(Login::As(key_of(key)))))
    }

    pub(crate) fn now(&self, login: Login) {
        *self.0.lock().expect("no test panics with the lock") = login;
    }
}

pub(crate) fn key_of(key: &str) -> Credentials {
    Credentials::new(key, "secret-of-the-test", Some("token-of-the-test".to_owned()), None, "test")
}

/// As the SDK's profile provider does, it keeps what it read when it was made.
#[derive(Debug)]
struct Remembering(Login);

impl ProvideCredentials for Remembering {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        match &self.0 {
            Login::As(credentials) => future::ProvideCredentials::ready(Ok(credentials.clone())),
            Login::Nobody => future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("nobody logged in"))),
            Login::Hanging => future::ProvideCredentials::new(std::future::pending()),
        }
    }
}

#[async_trait]
impl CredentialSource for Logins {
    async fn provider(&self, _: &Region) -> SharedCredentialsProvider {
        let login = self.0.lock().expect("no test panics with the lock").clone();
        SharedCredentialsProvider::new(Remembering(login))
    }

    async fn fix(&self, _: Option<&Credentials>) -> String {
        FIX.to_owned()
    }
}
