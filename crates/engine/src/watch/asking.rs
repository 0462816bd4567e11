//! One question to one region, with an end to the patience.

use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{DeploymentName, Region};
use lifeboat_model::port::Observe;
use lifeboat_model::read::{OPERATIONS, Read, Service};
use lifeboat_model::snapshot::Observation;
use lifeboat_model::time::{Clock, Duration};

/// Asks, and stamps the outcome with the moment it arrived. An answer that does not come within `patience` is a
/// time-out: a region may hang for ever.
pub(crate) async fn ask(
    deployment: &DeploymentName,
    cloud: &dyn Observe,
    clock: &dyn Clock,
    region: &Region,
    read: &Read,
    patience: Duration,
) -> Observation {
    let outcome = tokio::select! {
        // An answer that is there counts, even when patience ends at the same moment.
        biased;
        outcome = cloud.read(region, read) => outcome,
        () = clock.sleep(patience) => Err(silence(region, read.service(), patience)),
    };
    stamped(deployment, clock, region, read.service(), outcome)
}

pub(super) fn stamped(
    deployment: &DeploymentName,
    clock: &dyn Clock,
    region: &Region,
    service: Service,
    outcome: Result<Facts, CloudError>,
) -> Observation {
    Observation { deployment: deployment.clone(), region: region.clone(), service, at: clock.now(), outcome }
}

pub(super) fn silence(region: &Region, service: Service, patience: Duration) -> CloudError {
    let operation = OPERATIONS.iter().find(|operation| operation.service == service);
    CloudError {
        kind: CloudErrorKind::Timeout,
        service,
        region: region.clone(),
        operation: operation.map_or(service.label(), |operation| operation.name).to_owned(),
        message: format!("no answer within {} s", patience.as_secs()),
        request_id: None,
        fix: None,
    }
}
