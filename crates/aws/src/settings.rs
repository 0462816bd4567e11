//! Everything the AWS layer is told from outside. It reads no configuration file of Lifeboat's and
//! decides nothing: what is not said here is left to the SDK's own chain.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use lifeboat_model::id::{Arn, Region};

/// How to reach AWS. The default is the SDK's own chain: environment, profiles, SSO, web identity, containers, EC2.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    /// A profile named on purpose: its credentials are used even where the environment holds others.
    pub profile: Option<String>,
    /// A role to assume with the credentials found, in each region by that region's own STS.
    pub role_arn: Option<Arn>,
    /// One endpoint for all services of a region: an emulator, a proxy, a private gateway.
    /// `AWS_ENDPOINT_URL` and its kin work without it.
    pub endpoint_urls: BTreeMap<Region, String>,
    pub timeouts: Timeouts,
    /// Attempts at one request, the first included.
    pub max_attempts: u32,
    /// Whom to ask for DNS answers, beside Route 53 itself. Empty: the system's own resolver.
    pub resolvers: Vec<SocketAddr>,
}

/// Every wait is bounded, so that a region that hangs is known to hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands, TLS included.
    pub connect: Duration,
    /// One attempt at a request.
    pub attempt: Duration,
    /// A request with all its attempts.
    pub operation: Duration,
    /// Until credentials are found, where the chain asks the network or a process; less where an attempt is shorter.
    pub credentials: Duration,
    /// One GET of a probe, all in all.
    pub probe: Duration,
    /// One DNS question to one resolver.
    pub lookup: Duration,
}

impl Timeouts {
    /// Credentials are looked for within an attempt: theirs must end first, or the reason would be lost.
    pub(crate) fn to_find_credentials(self) -> Duration {
        self.credentials.min(self.attempt * 3 / 4)
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            attempt: Duration::from_secs(7),
            operation: Duration::from_secs(15),
            credentials: Duration::from_secs(5),
            probe: Duration::from_secs(5),
            lookup: Duration::from_secs(3),
        }
    }
}

impl Default for AwsSettings {
    fn default() -> Self {
        Self {
            profile: None,
            role_arn: None,
            endpoint_urls: BTreeMap::new(),
            timeouts: Timeouts::default(),
            max_attempts: 3,
            resolvers: Vec::new(),
        }
    }
}
