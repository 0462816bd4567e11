//! What a change is sent with: one attempt, on a connection of its own. A request whose answer is lost may have been
//! served, so nothing here repeats it; and on a fresh connection a network that is gone shows itself before anything
//! was sent, which is the one failure that leaves no doubt. Only the operator has hands.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::error::operation::BuildError;
use aws_types::request_id::RequestId;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::Region;

use crate::clients::{Connections, Endpoint, Endpoints, https};
use crate::error::Asked;
use crate::settings::Timeouts;

/// One region's hand.
#[derive(Debug)]
pub(crate) struct Hand {
    /// For what must be looked at before something is changed.
    pub(crate) at: Arc<Endpoint>,
    /// For the change itself.
    pub(crate) once: Endpoint,
    pub(crate) limits: Timeouts,
}

impl Hand {
    pub(crate) fn receipt(&self, answer: &impl RequestId) -> Receipt {
        Receipt { request_id: answer.request_id().map(str::to_owned), at: self.at.now(), detail: None }
    }

    /// Of a page that took a request for each of its things; one of them names them all.
    pub(crate) fn page_of_many(
        &self,
        outcomes: Vec<Result<Option<String>, CloudError>>,
        what: &str,
    ) -> Result<Receipt, CloudError> {
        let (mut went, mut request_id, mut refused) = (0_usize, None, None);
        for outcome in outcomes {
            match outcome {
                Ok(id) => {
                    went += 1;
                    request_id = request_id.or(id);
                }
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Ok(Receipt { request_id, at: self.at.now(), detail: Some(told(went, what, refused)?) })
    }

    /// Of what needed no request.
    pub(crate) fn noted(&self, detail: &str) -> Receipt {
        Receipt { request_id: None, at: self.at.now(), detail: Some(detail.to_owned()) }
    }

    /// What is to be deleted, and is not there, is deleted.
    pub(crate) fn gone_already(&self, error: CloudError) -> Result<Receipt, CloudError> {
        match error.kind {
            CloudErrorKind::NotFound => {
                Ok(Receipt { request_id: error.request_id, ..self.noted("it was gone already") })
            }
            _ => Err(error),
        }
    }
}

/// What a page came to. It failed only if nothing went: what was refused is met again by the next page, and alone in the
/// end.
pub(crate) fn told(went: usize, what: &str, refused: Option<CloudError>) -> Result<String, CloudError> {
    match refused {
        None => Ok(format!("{went} {what}")),
        // What was sent and not answered must be known to be so, whatever else went.
        Some(error) if went == 0 || error.kind == CloudErrorKind::OutcomeUnknown => Err(error),
        Some(error) => Ok(format!("{went} {what}; not all: {}", error.message)),
    }
}

/// Classifies the failure of a call, for `map_err`.
pub(crate) fn failure<E>(call: &Call) -> impl Fn(SdkError<E, HttpResponse>) -> CloudError + use<E>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let asked = Asked::changing(call);
    move |error| asked.failed(&error)
}

/// What looking first came to. A look that nobody answered leaves no doubt about the change: it was not sent.
pub(crate) fn looked<T>(answer: Result<T, CloudError>) -> Result<T, CloudError> {
    answer.map_err(|error| match error.kind {
        CloudErrorKind::Timeout | CloudErrorKind::ServiceFailure | CloudErrorKind::Malformed => CloudError {
            kind: CloudErrorKind::Unreachable,
            message: format!("nothing was sent, since nothing could be seen first: {}", error.message),
            ..error
        },
        _ => error,
    })
}

/// A call that is refused here, so that it is never sent.
pub(crate) fn unsent(call: &Call, kind: CloudErrorKind, why: &str) -> CloudError {
    Asked::changing(call).refused(kind, &format!("nothing was sent: {why}"))
}

/// A request that lacks what the API demands; for `map_err`.
pub(crate) fn incomplete(call: &Call) -> impl Fn(BuildError) -> CloudError {
    move |error| unsent(call, CloudErrorKind::Invalid, &crate::error::chain(&error))
}

/// All regions' hands, each made when first used.
#[derive(Debug, Default)]
pub(crate) struct Hands(Mutex<BTreeMap<Region, Arc<Hand>>>);

impl Hands {
    pub(crate) async fn at(&self, region: &Region, endpoints: &Endpoints) -> Arc<Hand> {
        let at = endpoints.at(region).await;
        let mut by_region = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(by_region.entry(region.clone()).or_insert_with(|| Arc::new(hand(at, endpoints))))
    }
}

fn hand(at: Arc<Endpoint>, endpoints: &Endpoints) -> Hand {
    let limits = endpoints.settings().timeouts;
    let http = endpoints.transport().http.clone().unwrap_or_else(|| https(Connections::Fresh));
    let once = at.with(|sdk| {
        // All the time that a question has for its attempts goes to the one.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(limits.connect)
            .operation_attempt_timeout(limits.operation)
            .operation_timeout(limits.operation)
            .build();
        sdk.http_client(http).retry_config(RetryConfig::disabled()).timeout_config(timeouts)
    });
    Hand { at, once, limits }
}
