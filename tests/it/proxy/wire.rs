//! What a request to AWS asks for, and how each of AWS's protocols words a refusal.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Response};

/// What the signature says of a request: who asks which service of which region.
#[derive(Debug, Default)]
pub(super) struct Signed {
    pub(super) access_key_id: String,
    pub(super) region: String,
    pub(super) service: String,
}

impl Signed {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let scope = header.split_once("Credential=").map_or("", |(_, rest)| rest.split(',').next().unwrap_or_default());
        match scope.split('/').collect::<Vec<_>>().as_slice() {
            [key, _date, region, service, "aws4_request"] => {
                Self { access_key_id: (*key).to_owned(), region: (*region).to_owned(), service: (*service).to_owned() }
            }
            _ => Self::default(),
        }
    }
}

/// The operation's name as the API spells it.
pub(super) fn operation(head: &Parts, body: &Bytes, service: &str) -> String {
    let path = head.uri.path();
    if let Some(target) = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok()) {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    if let Some((_, operation)) = path.split_once("/operation/") {
        return operation.to_owned();
    }
    if let Some(action) = form_field(body, "Action") {
        return action;
    }
    let query = head.uri.query().unwrap_or_default();
    let asks = |name: &str| query.split('&').any(|part| part.split('=').next() == Some(name));
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let known = match (service, &head.method, parts.as_slice()) {
        ("route53", &Method::GET, [_, "healthcheck", _]) => Some("GetHealthCheck"),
        ("route53", &Method::GET, [_, "healthcheck", _, "status"]) => Some("GetHealthCheckStatus"),
        ("route53", &Method::GET, [_, "hostedzone", _, "rrset"]) => Some("ListResourceRecordSets"),
        ("route53", &Method::GET, [_, "testdnsanswer"]) => Some("TestDNSAnswer"),
        ("route53", &Method::POST, [_, "healthcheck", _]) => Some("UpdateHealthCheck"),
        ("route53", &Method::POST, [_, "hostedzone", _, "rrset"]) => Some("ChangeResourceRecordSets"),
        ("lambda", &Method::PUT, [_, "functions", _, "concurrency"]) => Some("PutFunctionConcurrency"),
        ("lambda", &Method::DELETE, [_, "functions", _, "concurrency"]) => Some("DeleteFunctionConcurrency"),
        ("lambda", &Method::PUT, [_, "event-source-mappings", _]) => Some("UpdateEventSourceMapping"),
        ("lambda", &Method::POST, [_, "functions", _, "invocations"]) => Some("Invoke"),
        ("s3", &Method::PUT, [_]) if asks("replication") => Some("PutBucketReplication"),
        ("s3", &Method::DELETE, [_]) if asks("replication") => Some("DeleteBucketReplication"),
        ("s3", &Method::PUT, [_, _, ..]) => Some("PutObject"),
        ("s3", &Method::DELETE, [_, _, ..]) => Some("DeleteObject"),
        ("lambda", &Method::GET, [_, "functions", _, "configuration"]) => Some("GetFunctionConfiguration"),
        ("lambda", &Method::GET, [_, "functions", _, "concurrency"]) => Some("GetFunctionConcurrency"),
        ("lambda", &Method::GET, [_, "event-source-mappings"]) => Some("ListEventSourceMappings"),
        ("lambda", &Method::GET, [_, "account-settings"]) => Some("GetAccountSettings"),
        ("backup", &Method::GET, ["backup-vaults", _]) => Some("DescribeBackupVault"),
        ("backup", &Method::GET, ["backup-vaults", _, "recovery-points"]) => Some("ListRecoveryPointsByBackupVault"),
        ("backup", &Method::GET, ["copy-jobs"]) => Some("ListCopyJobs"),
        ("s3", &Method::GET, [_]) if asks("replication") => Some("GetBucketReplication"),
        ("s3", &Method::GET, [_]) if asks("versioning") => Some("GetBucketVersioning"),
        _ => None,
    };
    known.map_or_else(|| format!("{} {path}", head.method), str::to_owned)
}

fn form_field(body: &Bytes, name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    text.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
}

/// How a service writes its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Query,
    RestXml,
    S3,
    Json,
    Lambda,
    Cbor,
}

impl Protocol {
    pub(super) fn of(head: &Parts, service: &str) -> Self {
        if head.uri.path().contains("/operation/") {
            return Self::Cbor;
        }
        match service {
            "s3" => Self::S3,
            "route53" => Self::RestXml,
            "lambda" => Self::Lambda,
            _ if head.headers.contains_key("x-amz-target") || service == "backup" => Self::Json,
            _ => Self::Query,
        }
    }

    pub(super) fn throttled(self) -> Response<Full<Bytes>> {
        match self {
            Self::S3 => self.error(503, "SlowDown", "Please reduce your request rate."),
            Self::Lambda => self.error(429, "TooManyRequestsException", "Rate Exceeded."),
            Self::Query | Self::RestXml => self.error(400, "Throttling", "Rate exceeded"),
            Self::Json | Self::Cbor => self.error(400, "ThrottlingException", "Rate exceeded"),
        }
    }

    pub(super) fn failing(self) -> Response<Full<Bytes>> {
        let code = match self {
            Self::S3 | Self::Query | Self::RestXml => "InternalFailure",
            Self::Json | Self::Cbor | Self::Lambda => "InternalServerError",
        };
        self.error(500, code, "We encountered an internal error. Please try again.")
    }

    pub(super) fn expired(self) -> Response<Full<Bytes>> {
        match self {
            Self::S3 => self.error(400, "ExpiredToken", "The provided token has expired."),
            Self::Query | Self::RestXml => {
                self.error(403, "ExpiredToken", "The security token included in the request is expired")
            }
            Self::Json | Self::Cbor => {
                self.error(400, "ExpiredTokenException", "The security token included in the request is expired")
            }
            Self::Lambda => {
                self.error(403, "ExpiredTokenException", "The security token included in the request is expired")
            }
        }
    }

    fn error(self, status: u16, code: &str, message: &str) -> Response<Full<Bytes>> {
        let request_id = "00000000-0000-0000-0000-000000000000";
        let (content_type, body): (&str, Vec<u8>) = match self {
            Self::Query | Self::RestXml => (
                "text/xml",
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>{request_id}</RequestId></ErrorResponse>"
                )
                .into_bytes(),
            ),
            Self::S3 => (
                "application/xml",
                format!(
                    "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
                )
                .into_bytes(),
            ),
            Self::Json => {
                ("application/x-amz-json-1.1", format!(r#"{{"__type":"{code}","message":"{message}"}}"#).into_bytes())
            }
            Self::Lambda => ("application/json", format!(r#"{{"Type":"User","message":"{message}"}}"#).into_bytes()),
            Self::Cbor => ("application/cbor", cbor_map(&[("__type", code), ("message", message)])),
        };
        let mut answer = reply(status, content_type, body);
        let headers = answer.headers_mut();
        headers.insert("x-amzn-requestid", request_id.parse().expect("it is ASCII"));
        if self == Self::Cbor {
            headers.insert("smithy-protocol", "rpc-v2-cbor".parse().expect("it is ASCII"));
        }
        if matches!(self, Self::Lambda | Self::Json) {
            headers.insert("x-amzn-errortype", code.parse().expect("it is ASCII"));
        }
        answer
    }
}

pub(super) fn reply(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, content_type)
        .body(Full::new(body.into()))
        .expect("the status and the header are well formed")
}

/// A CBOR map of texts, each shorter than 256 bytes (RFC 8949, major types 5 and 3).
fn cbor_map(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = vec![0xa0 | u8::try_from(entries.len()).expect("a few entries")];
    for text in entries.iter().flat_map(|(name, value)| [name, value]) {
        let length = u8::try_from(text.len()).expect("a short text");
        bytes.extend([0x78, length]);
        bytes.extend(text.as_bytes());
    }
    bytes
}
