//! The two doors to a cloud. Reading and changing are two traits, so that read-only access is a type:
//! a session without operator access holds an `Arc<dyn Observe>` and can make no mutating request.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Receipt};
use crate::cloud_error::CloudError;
use crate::facts::Facts;
use crate::id::{DeploymentName, Region};
use crate::read::Read;
use crate::run::TrueLoss;
use crate::time::Timestamp;
use crate::topology::CanaryTarget;

/// Whether facts are of the world or of a rehearsal. The screen may never leave it in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reality {
    Live,
    /// The scenario's name.
    Simulated(String),
}

impl Reality {
    pub fn is_simulated(&self) -> bool {
        matches!(self, Self::Simulated(_))
    }
}

/// How many requests have been sent since the start, retries included, for the cost meter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub requests: u64,
    /// Metrics asked for by `GetMetricData`, which is what AWS bills.
    pub metrics: u64,
}

#[async_trait]
pub trait Observe: Send + Sync {
    /// Asks `region`'s endpoint. The answer's variant belongs to the read's (`Read::Tables` gives
    /// `Facts::Tables`). Resources that do not exist are left out of the lists rather than failing the rest. A resource
    /// that could not be asked (throttled, denied, no answer) fails the read: what is known of it must grow old in
    /// view, not look as if it did not exist.
    async fn read(&self, region: &Region, read: &Read) -> Result<Facts, CloudError>;

    fn reality(&self) -> Reality;

    fn usage(&self) -> Usage;

    /// What really happened to a deployment's clients from `since` on, where that can be known: on the simulator only.
    fn truth(&self, _deployment: &DeploymentName, _since: Timestamp) -> Option<TrueLoss> {
        None
    }
}

#[async_trait]
pub trait Mutate: Observe {
    /// Performs the call once, at `call.endpoint_region()`. `CloudErrorKind::OutcomeUnknown` means that it may or may
    /// not have happened: probe, never repeat blind.
    async fn perform(&self, call: &Call) -> Result<Receipt, CloudError>;

    /// Writes one canary through the public name, as a client does, on a connection and a resolution of its own: a
    /// connection kept from before would hide that clients have been moved. `Ok` only when the application
    /// acknowledged it. It is no AWS request: no IAM action belongs to it, and its error names the home region, or the
    /// public name itself where nobody knows which region it led to.
    async fn write_canary(&self, canary: &CanaryTarget, nonce: &str) -> Result<Receipt, CloudError>;
}
