//! The one place that turns what the SDK says went wrong into what can be done about it. Nothing else may read
//! an AWS error code. What leaves here is one clean line: no control characters, no signatures, no tokens.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use hyper_util::client::legacy::Error as Connecting;
use lifeboat_model::call::{Call, Purpose};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::Region;
use lifeboat_model::read::{OPERATIONS, Service};

/// The request that failed.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) service: Service,
    pub(crate) region: Region,
    /// As the API spells it.
    pub(crate) operation: &'static str,
    /// The IAM actions of a request that changes something, and whose policy holds them; `None` for a question.
    changing: Option<(&'static [&'static str], Purpose)>,
}

/// What mends a request that was signed for the wrong time.
const CLOCK: &str = "set this machine's clock: AWS refuses requests that are minutes off";

/// Whether AWS refused a request for the time it was signed with.
pub(crate) fn is_of_clock(error: &CloudError) -> bool {
    error.fix.as_deref() == Some(CLOCK)
}

/// How far a failed request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    /// It never left this machine.
    Nobody,
    /// It may have been read, and was not refused in words.
    Perhaps,
}

impl Asked {
    pub(crate) fn reading(service: Service, region: Region, operation: &'static str) -> Self {
        Self { service, region, operation, changing: None }
    }

    pub(crate) fn changing(call: &Call) -> Self {
        Self {
            service: call.service(),
            region: call.endpoint_region(),
            operation: call.operation(),
            changing: Some((call.iam_actions(), call.purpose())),
        }
    }

    /// Classifies a failure of the SDK.
    pub(crate) fn failed<E>(&self, error: &SdkError<E, HttpResponse>) -> CloudError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let request_id = error.raw_response().and_then(request_id);
        let (kind, reached, message) = match error {
            SdkError::TimeoutError(_) => (CloudErrorKind::Timeout, Reached::Perhaps, "no answer in time".to_owned()),
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                // The connector calls "other" what is not its own, such as credentials that were not found.
                Some(connector) => {
                    let words = chain(connector);
                    let words = words.strip_prefix("other: ").unwrap_or(&words).to_owned();
                    (not_sent(connector), reached(connector), words)
                }
                None => (CloudErrorKind::Unreachable, Reached::Perhaps, chain(error)),
            },
            SdkError::ConstructionFailure(_) => {
                (credentials_failure(error).unwrap_or(CloudErrorKind::Invalid), Reached::Nobody, chain(error))
            }
            SdkError::ResponseError(response) => {
                let words = format!("HTTP {}", response.raw().status().as_u16());
                (unreadable(response.raw()), Reached::Perhaps, words)
            }
            SdkError::ServiceError(answer) => {
                let meta = answer.err().meta();
                let code = meta.code().unwrap_or_default();
                let words = meta.message().unwrap_or_default();
                let kind = self.of_change(refusal(code, words, answer.raw()), Reached::Perhaps);
                let mut refused = self.error(kind, &spoken(code, words, answer.raw()), request_id);
                if is_skewed(code, words) {
                    refused.fix = Some(CLOCK.to_owned());
                }
                return refused;
            }
            // `SdkError` may grow.
            _ => (CloudErrorKind::Malformed, Reached::Perhaps, chain(error)),
        };
        self.error(self.of_change(kind, reached), &message, request_id)
    }

    /// What a failure means where the request was to change something: unless it surely was not read, or was refused
    /// in words, it may have been served. A question stays what it is.
    fn of_change(&self, kind: CloudErrorKind, reached: Reached) -> CloudErrorKind {
        match (kind, reached) {
            (kind, _) if self.changing.is_none() => kind,
            (CloudErrorKind::Timeout | CloudErrorKind::Unreachable, Reached::Nobody) => CloudErrorKind::Unreachable,
            (
                CloudErrorKind::Timeout
                | CloudErrorKind::Unreachable
                | CloudErrorKind::ServiceFailure
                | CloudErrorKind::Malformed,
                _,
            ) => CloudErrorKind::OutcomeUnknown,
            (kind, _) => kind,
        }
    }

    /// An answer that came but does not hold what it must.
    pub(crate) fn malformed(&self, what: &str) -> CloudError {
        self.error(CloudErrorKind::Malformed, what, None)
    }

    /// One of the many that a request was about, refused by the code that AWS gave for it alone.
    pub(crate) fn part_refused(&self, code: &str, words: &str) -> CloudError {
        let kind = by_code(code, words, None).unwrap_or(CloudErrorKind::Invalid);
        let spoken = if code.is_empty() { words.to_owned() } else { format!("{code}: {words}") };
        self.error(kind, &spoken, None)
    }

    /// A part of an answer that says of itself that it failed.
    pub(crate) fn refused(&self, kind: CloudErrorKind, words: &str) -> CloudError {
        self.error(kind, words, None)
    }

    fn error(&self, kind: CloudErrorKind, message: &str, request_id: Option<String>) -> CloudError {
        let fix = self.fix(&kind);
        CloudError {
            kind,
            service: self.service,
            region: self.region.clone(),
            operation: self.operation.to_owned(),
            message: clean(message),
            request_id,
            fix,
        }
    }

    /// What mends it, where the operation alone says so. Credentials are mended by [`crate::session`].
    fn fix(&self, kind: &CloudErrorKind) -> Option<String> {
        let CloudErrorKind::Denied { action } = kind else { return None };
        let listed = OPERATIONS.iter().find(|row| row.name == self.operation);
        let needed = match self.changing {
            Some((actions, _)) => actions.first().copied(),
            None => listed.and_then(|row| row.iam),
        };
        let action = action.as_deref().or(needed)?;
        // What is asked only in order to change something is not in the table of reads.
        let policy = match self.changing {
            Some((_, Purpose::Provisioning)) => "provisioner",
            Some((_, Purpose::Operating)) => "operator",
            None if listed.is_none() => "operator",
            None => "read-only",
        };
        Some(format!("allow `{action}`; `lifeboat iam {policy}` prints the whole policy"))
    }
}

/// The IAM actions, conditions and resources behind a denial are told in one sentence of fixed form.
fn denied_action(words: &str) -> Option<String> {
    let (_, rest) = words.split_once("not authorized to perform: ")?;
    let action: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '*' | '-')).collect();
    action.contains(':').then_some(action)
}

/// Whether a request came at the wrong time rather than with the wrong credentials: this machine's clock is off.
fn is_skewed(code: &str, words: &str) -> bool {
    matches!(code, "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture")
        || words.contains("Signature expired")
        || words.contains("Signature not yet current")
}

/// Whether CloudFormation, which has one code for all that is wrong, means that a stack is in the wrong state.
fn is_of_state(words: &str) -> bool {
    let of_a_stack = ["_IN_PROGRESS state", "_COMPLETE state", "_FAILED state", "already in progress"];
    let protected = words.contains("TerminationProtection is enabled");
    protected || words.contains("already exists") || of_a_stack.iter().any(|part| words.contains(part))
}

/// A refusal, by the code AWS gave; by the HTTP status where it gave none.
fn refusal(code: &str, words: &str, answer: &HttpResponse) -> CloudErrorKind {
    // Query and JSON protocols decorate codes: `AWS.SimpleQueueService.NotFound`, `com.amazon#Throttled`.
    let code = code.rsplit(['#', '.']).next().unwrap_or(code);
    by_code(code, words, retry_after(answer)).unwrap_or_else(|| by_status(answer))
}

fn by_code(code: &str, words: &str, wait: Option<Duration>) -> Option<CloudErrorKind> {
    let has = |part: &str| code.contains(part);
    Some(match code {
        _ if is_skewed(code, words) => CloudErrorKind::ExpiredCredentials,
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" | "InvalidToken" => {
            CloudErrorKind::ExpiredCredentials
        }
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "UnrecognizedClient"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "AuthFailure"
        | "AuthMissingFailure"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException" => CloudErrorKind::MissingCredentials,
        // An input that names what is not there is a wrong input, not a stack that is missing.
        "ValidationError" if words.starts_with("Parameter validation failed") => CloudErrorKind::Invalid,
        "ValidationError" if is_of_state(words) => CloudErrorKind::Conflict,
        "InvalidChangeSetStatus" | "InvalidChangeSetStatusException" | "StaleRequestException" => {
            CloudErrorKind::Conflict
        }
        // CloudFormation has no code of its own for a stack that is not there.
        // Nor has Auto Scaling for a group.
        "ValidationError" if words.contains("does not exist") || words.contains("not found") => {
            CloudErrorKind::NotFound
        }
        "HealthCheckVersionMismatch" => CloudErrorKind::Conflict,
        // Route 53 has one code for all that is wrong with a change of records: here, that they are not what they
        // were believed to be.
        "InvalidChangeBatch" if words.contains("already exists") || words.contains("do not match") => {
            CloudErrorKind::Conflict
        }
        "InvalidChangeBatch" if words.contains("not found") => CloudErrorKind::NotFound,
        "RequestTimeout" | "RequestTimeoutException" => CloudErrorKind::Timeout,
        _ if has("AccessDenied") || has("UnauthorizedOperation") || has("NotAuthorized") || code == "Forbidden" => {
            CloudErrorKind::Denied { action: denied_action(words) }
        }
        _ if has("Throttl")
            || has("TooManyRequests")
            || has("RequestLimitExceeded")
            || has("SlowDown")
            || has("ProvisionedThroughputExceeded")
            || has("BandwidthLimitExceeded")
            || has("TooManyUpdates")
            || has("PriorRequestNotComplete") =>
        {
            CloudErrorKind::Throttled { retry_after: wait }
        }
        _ if has("NotFound") || code.starts_with("NoSuch") || has("DoesNotExist") => CloudErrorKind::NotFound,
        _ if has("Conflict")
            || has("VersionMismatch")
            || has("ResourceInUse")
            || has("InProgress")
            || has("OperationAborted")
            || has("ResourceContention")
            || has("InvalidState")
            || has("StateFault")
            || has("AlreadyExists") =>
        {
            CloudErrorKind::Conflict
        }
        _ if has("InternalFailure")
            || has("InternalServer")
            || has("InternalError")
            || has("ServiceUnavailable")
            || has("InternalService")
            || code == "ServiceException" =>
        {
            CloudErrorKind::ServiceFailure
        }
        _ => return None,
    })
}

fn by_status(answer: &HttpResponse) -> CloudErrorKind {
    match answer.status().as_u16() {
        401 => CloudErrorKind::MissingCredentials,
        403 => CloudErrorKind::Denied { action: None },
        404 => CloudErrorKind::NotFound,
        408 => CloudErrorKind::Timeout,
        409 | 412 => CloudErrorKind::Conflict,
        429 => CloudErrorKind::Throttled { retry_after: retry_after(answer) },
        500..=599 => CloudErrorKind::ServiceFailure,
        300..=499 => CloudErrorKind::Invalid,
        _ => CloudErrorKind::Malformed,
    }
}

/// An answer that the SDK could not read. A proxy or a failing front end speaks HTML: there the status tells more.
fn unreadable(answer: &HttpResponse) -> CloudErrorKind {
    match answer.status().as_u16() {
        403 | 429 | 500..=599 => by_status(answer),
        _ => CloudErrorKind::Malformed,
    }
}

fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    let seconds = answer.headers().get("retry-after")?.trim().parse().ok()?;
    // A server may not put the console to sleep.
    Some(Duration::from_secs(seconds).min(Duration::from_mins(5)))
}

/// Why a request did not leave, or lost its way.
fn not_sent(error: &ConnectorError) -> CloudErrorKind {
    if error.is_timeout() {
        CloudErrorKind::Timeout
    } else if error.is_io() {
        CloudErrorKind::Unreachable
    } else if error.is_user() {
        CloudErrorKind::Invalid
    } else {
        credentials_failure(error).unwrap_or(CloudErrorKind::Unreachable)
    }
}

/// A request that found no connection, or no credentials, or was not well formed, was never read.
fn reached(error: &ConnectorError) -> Reached {
    let unconnected = |cause: &(dyn Error + 'static)| {
        cause.downcast_ref::<Connecting>().is_some_and(Connecting::is_connect)
            || cause.is::<ResolveDnsError>()
            || cause.is::<CredentialsError>()
    };
    if error.is_user() || sources(error).any(unconnected) { Reached::Nobody } else { Reached::Perhaps }
}

/// What failed in finding credentials, if that is what failed.
fn credentials_failure(error: &(dyn Error + 'static)) -> Option<CloudErrorKind> {
    let found = sources(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())?;
    Some(credentials(found))
}

/// A failure to find credentials, by what a person can do about it.
pub(crate) fn credentials(error: &CredentialsError) -> CloudErrorKind {
    match error {
        CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => {
            CloudErrorKind::MissingCredentials
        }
        CredentialsError::ProviderTimedOut(_) => CloudErrorKind::Timeout,
        other => provider_failure(other),
    }
}

/// A provider that asked somebody (STS, SSO, a process) and was refused. Its error types are private or many:
/// what they share is the connector's error and AWS's codes in their text.
fn provider_failure(error: &(dyn Error + 'static)) -> CloudErrorKind {
    if let Some(connector) = sources(error).find_map(|cause| cause.downcast_ref::<ConnectorError>()) {
        return if connector.is_timeout() { CloudErrorKind::Timeout } else { CloudErrorKind::Unreachable };
    }
    let text = chain(error);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["xpired", "UnauthorizedException", "InvalidGrant", "InvalidClient"]) {
        CloudErrorKind::ExpiredCredentials
    } else if says(&["AccessDenied", "Forbidden"]) {
        CloudErrorKind::Denied { action: denied_action(&text) }
    } else if says(&["Throttl", "TooManyRequests", "SlowDown"]) {
        CloudErrorKind::Throttled { retry_after: None }
    } else if says(&["timed out", "timeout"]) {
        CloudErrorKind::Timeout
    } else {
        CloudErrorKind::MissingCredentials
    }
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// An error and its causes in one line, each said once.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for cause in sources(error) {
        let words = cause.to_string();
        if !text.contains(&words) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&words);
        }
    }
    clean(&text)
}

/// AWS's own words with its code; the status where there are none.
fn spoken(code: &str, words: &str, answer: &HttpResponse) -> String {
    match (code, words) {
        ("", "") => format!("HTTP {}", answer.status().as_u16()),
        (code, "") => code.to_owned(),
        ("", words) => words.to_owned(),
        (code, words) => format!("{code}: {words}"),
    }
}

/// The longest message that is kept, in characters.
const MESSAGE_KEPT: usize = 400;

/// One line fit for a terminal and a bug report. A refused signature is answered with the canonical request,
/// session token and all: only its first sentence is kept.
pub(crate) fn clean(text: &str) -> String {
    let text = ["The Canonical String", "The canonical string", "x-amz-security-token", "X-Amz-Security-Token"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()
        .and_then(|end| text.get(..end))
        .unwrap_or(text);
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(MESSAGE_KEPT) {
        line.truncate(end);
        line.push('…');
    }
    line
}

fn request_id(answer: &HttpResponse) -> Option<String> {
    ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
        .iter()
        .find_map(|name| answer.headers().get(*name))
        .map(clean)
}
