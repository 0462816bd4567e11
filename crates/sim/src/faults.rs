//! What a scenario's faults mean at a moment: conditions for the physics of one deployment, and the fate of one
//! request. What may fail is bounded here: a request fails cleanly or loses its reply; no answer is ever falsified.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::id::{Region, StackName};
use lifeboat_model::read::Service;
use serde::{Deserialize, Serialize};

use crate::draw::{Draw, Topic};
use crate::estate::Estate;
use crate::scenario::{Drifted, Fault, FaultKind, Place, Scenario, VANTAGES, Which};
use crate::side::{Pair, Side};

/// What holds for one deployment at one second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conditions {
    pub(crate) lost: Pair<bool>,
    pub(crate) partitioned: bool,
    /// How many times slower than usual.
    pub(crate) aurora_slow: f64,
    pub(crate) dynamodb_slow: f64,
    pub(crate) s3_slow: f64,
    pub(crate) promotion_slow: f64,
    pub(crate) fencing_fails: bool,
    /// The share of clients' requests that fail without a trace.
    pub(crate) gray: Pair<f64>,
    pub(crate) stuck: [bool; VANTAGES.len()],
    pub(crate) drift: Pair<DriftFlags>,
    pub(crate) half_deleted: Pair<bool>,
    /// Whether clients who ask Parameter Store there are not answered.
    pub(crate) parameters_silent: Pair<bool>,
    /// No promotion comes to its end.
    pub(crate) promotion_stuck: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each kind of drift is there or not, independently of the others")]
pub(crate) struct DriftFlags {
    pub(crate) stack: bool,
    pub(crate) parameter: bool,
    pub(crate) function_code: bool,
    pub(crate) capacity: bool,
    pub(crate) quota: bool,
    pub(crate) replication_rule: bool,
}

impl DriftFlags {
    fn set(&mut self, what: Drifted) {
        match what {
            Drifted::Stack => self.stack = true,
            Drifted::Parameter => self.parameter = true,
            Drifted::FunctionCode => self.function_code = true,
            Drifted::Capacity => self.capacity = true,
            Drifted::Quota => self.quota = true,
            Drifted::ReplicationRule => self.replication_rule = true,
        }
    }
}

impl Conditions {
    pub(crate) fn calm() -> Self {
        Self {
            lost: Pair::default(),
            partitioned: false,
            aurora_slow: 1.0,
            dynamodb_slow: 1.0,
            s3_slow: 1.0,
            promotion_slow: 1.0,
            fencing_fails: false,
            gray: Pair::default(),
            stuck: [false; VANTAGES.len()],
            drift: Pair::default(),
            half_deleted: Pair::default(),
            parameters_silent: Pair::default(),
            promotion_stuck: false,
        }
    }

    /// The conditions at a second, and the next second at which they may differ.
    pub(crate) fn at(scenario: &Scenario, regions: &Pair<Region>, second: i64) -> (Self, i64) {
        let mut conditions = Self::calm();
        let mut next = i64::MAX;
        for fault in &scenario.faults {
            for edge in [Some(fault.from), fault.until].into_iter().flatten().filter(|edge| *edge > second) {
                next = next.min(edge);
            }
            if fault.holds_at(second) {
                conditions.add(fault, regions);
            }
        }
        (conditions, next)
    }

    fn add(&mut self, fault: &Fault, regions: &Pair<Region>) {
        match &fault.kind {
            FaultKind::RegionLoss { region } => each(region, regions, |side| *self.lost.at_mut(side) = true),
            FaultKind::Partition => self.partitioned = true,
            FaultKind::SlowPromotion { factor } => self.promotion_slow = *factor,
            FaultKind::StuckPromotion => self.promotion_stuck = true,
            FaultKind::StuckDns { vantages } => {
                for (index, stuck) in self.stuck.iter_mut().enumerate() {
                    *stuck |= vantages.contains(&index);
                }
            }
            FaultKind::PartialDelete { region } => {
                each(region, regions, |side| *self.half_deleted.at_mut(side) = true);
            }
            FaultKind::Drift { region, what } => each(region, regions, |side| {
                for drifted in what {
                    self.drift.at_mut(side).set(*drifted);
                }
            }),
            FaultKind::GrayFailure { region, share } => {
                each(region, regions, |side| *self.gray.at_mut(side) = *share);
            }
            FaultKind::SlowReplication { stores, factor } => {
                for store in stores {
                    match store {
                        StoreKind::Aurora => self.aurora_slow = *factor,
                        StoreKind::DynamoDb => self.dynamodb_slow = *factor,
                        StoreKind::S3 => self.s3_slow = *factor,
                    }
                }
            }
            FaultKind::FencingFails => self.fencing_fails = true,
            // These are about requests, not about the deployment.
            FaultKind::ControlPlaneOutage { services, region } if services.contains(&Service::Parameters) => {
                for side in Side::BOTH {
                    if region.as_ref().is_none_or(|place| means(place, side, regions)) {
                        *self.parameters_silent.at_mut(side) = true;
                    }
                }
            }
            FaultKind::ControlPlaneOutage { .. }
            | FaultKind::Throttling { .. }
            | FaultKind::Denial { .. }
            | FaultKind::LostReply { .. }
            | FaultKind::CredentialExpiry
            // And these about stacks that change.
            | FaultKind::ResourceFailure { .. }
            | FaultKind::SlowResource { .. } => {}
        }
    }

    /// Whether the two regions exchange data.
    pub(crate) fn linked(&self) -> bool {
        !self.partitioned && !self.lost.home && !self.lost.partner
    }
}

fn each(place: &Place, regions: &Pair<Region>, mut act: impl FnMut(Side)) {
    for side in Side::BOTH {
        if means(place, side, regions) {
            act(side);
        }
    }
}

fn means(place: &Place, side: Side, regions: &Pair<Region>) -> bool {
    match place {
        Place::Home => side == Side::Home,
        Place::Partner => side == Side::Partner,
        Place::Named(region) => regions.at(side) == region,
    }
}

/// One request, as far as its fate depends on it.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// The region whose endpoint is asked.
    pub(crate) region: &'a Region,
    pub(crate) service: Service,
    pub(crate) operation: &'a str,
    /// Whether it would change something.
    pub(crate) changes: bool,
    /// The deployment it is about; `None` when it is about the account.
    pub(crate) estate: Option<&'a Estate>,
}

impl Request<'_> {
    fn is_at(&self, place: &Place) -> bool {
        match (place, self.estate) {
            (Place::Named(region), _) => self.region == region,
            (Place::Home, Some(estate)) => self.region == estate.region(Side::Home),
            (Place::Partner, Some(estate)) => self.region == estate.region(Side::Partner),
            // Asked about the account alone: us-east-1 is every deployment's home, the others are partners.
            (Place::Home, None) => *self.region == Region::route53(),
            (Place::Partner, None) => *self.region != Region::route53(),
        }
    }

    fn concerns(&self, services: &[Service]) -> bool {
        services.is_empty() || services.contains(&self.service)
    }
}

/// Why a request is refused or unanswered at this second; `None` when it is served.
pub(crate) fn refusal(scenario: &Scenario, draw: Draw, request: Request<'_>, second: i64) -> Option<CloudErrorKind> {
    let now = || scenario.faults.iter().filter(move |fault| fault.holds_at(second));
    if now().any(|fault| matches!(&fault.kind, FaultKind::RegionLoss { region } if request.is_at(region))) {
        return Some(CloudErrorKind::Timeout);
    }
    if now().any(|fault| fault.kind == FaultKind::CredentialExpiry) {
        return Some(CloudErrorKind::ExpiredCredentials);
    }
    now().find_map(|fault| match &fault.kind {
        FaultKind::ControlPlaneOutage { services, region }
            if request.concerns(services) && region.as_ref().is_none_or(|region| request.is_at(region)) =>
        {
            Some(CloudErrorKind::ServiceFailure)
        }
        FaultKind::Throttling { services, region, chance, changes_only }
            if request.concerns(services)
                && (request.changes || !changes_only)
                && region.as_ref().is_none_or(|region| request.is_at(region))
                && draw.happens(Topic::new(request.region.as_str(), request.operation), second, *chance) =>
        {
            Some(CloudErrorKind::Throttled { retry_after: Some(Duration::from_secs(1)) })
        }
        FaultKind::Denial { services, changes_only }
            if request.concerns(services) && (request.changes || !changes_only) =>
        {
            Some(CloudErrorKind::Denied { action: None })
        }
        FaultKind::ControlPlaneOutage { .. }
        | FaultKind::Throttling { .. }
        | FaultKind::Denial { .. }
        | FaultKind::RegionLoss { .. }
        | FaultKind::Partition
        | FaultKind::LostReply { .. }
        | FaultKind::SlowPromotion { .. }
        | FaultKind::StuckPromotion
        | FaultKind::StuckDns { .. }
        | FaultKind::CredentialExpiry
        | FaultKind::PartialDelete { .. }
        | FaultKind::Drift { .. }
        | FaultKind::GrayFailure { .. }
        | FaultKind::SlowReplication { .. }
        | FaultKind::FencingFails
        | FaultKind::ResourceFailure { .. }
        | FaultKind::SlowResource { .. } => None,
    })
}

/// Whether the answer to a change that was made gets lost on its way.
pub(crate) fn loses_reply(scenario: &Scenario, draw: Draw, request: Request<'_>, second: i64) -> bool {
    scenario.faults.iter().filter(|fault| fault.holds_at(second)).any(|fault| match &fault.kind {
        FaultKind::LostReply { services, chance } => {
            request.concerns(services)
                && draw.happens(Topic::new(request.region.as_str(), request.operation).nth(1), second, *chance)
        }
        FaultKind::ControlPlaneOutage { .. }
        | FaultKind::Throttling { .. }
        | FaultKind::Denial { .. }
        | FaultKind::RegionLoss { .. }
        | FaultKind::Partition
        | FaultKind::SlowPromotion { .. }
        | FaultKind::StuckPromotion
        | FaultKind::StuckDns { .. }
        | FaultKind::CredentialExpiry
        | FaultKind::PartialDelete { .. }
        | FaultKind::Drift { .. }
        | FaultKind::GrayFailure { .. }
        | FaultKind::SlowReplication { .. }
        | FaultKind::FencingFails
        | FaultKind::ResourceFailure { .. }
        | FaultKind::SlowResource { .. } => false,
    })
}

/// When the credentials in use at a second run out by the scenario's will. Those that were renewed after an expiry are
/// others.
pub(crate) fn credentials_end(scenario: &Scenario, second: i64) -> Option<i64> {
    let expiries = scenario.faults.iter().filter(|fault| fault.kind == FaultKind::CredentialExpiry);
    expiries.filter(|fault| fault.until.is_none_or(|until| second < until)).map(|fault| fault.from).min()
}

/// What CloudFormation does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Update,
    Delete,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// One thing that CloudFormation is about to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResourceDeed<'a> {
    pub(crate) stack: &'a StackName,
    pub(crate) region: &'a Region,
    pub(crate) logical_id: &'a str,
    pub(crate) operation: Operation,
}

/// What the scenario wants of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Meant {
    /// In AWS's words.
    pub(crate) fails: Option<String>,
    pub(crate) slower: f64,
}

pub(crate) fn of_resource(scenario: &Scenario, draw: Draw, deed: ResourceDeed<'_>, second: i64) -> Meant {
    let mut meant = Meant { fails: None, slower: 1.0 };
    let topic =
        Topic::new(&format!("{}/{}/{}", deed.region, deed.stack, deed.logical_id), deed.operation.as_str()).nth(7);
    for fault in scenario.faults.iter().filter(|fault| fault.holds_at(second)) {
        match &fault.kind {
            FaultKind::ResourceFailure { which, operations, chance, says }
                if which.means(deed)
                    && (operations.is_empty() || operations.contains(&deed.operation))
                    && draw.happens(topic, second, *chance) =>
            {
                let usual =
                    "Resource handler returned message: \"Internal failure\" (HandlerErrorCode: InternalFailure)";
                meant.fails = Some(says.clone().unwrap_or_else(|| usual.to_owned()));
            }
            FaultKind::SlowResource { which, factor } if which.means(deed) => meant.slower *= *factor,
            FaultKind::ResourceFailure { .. }
            | FaultKind::SlowResource { .. }
            | FaultKind::ControlPlaneOutage { .. }
            | FaultKind::Throttling { .. }
            | FaultKind::Denial { .. }
            | FaultKind::RegionLoss { .. }
            | FaultKind::Partition
            | FaultKind::LostReply { .. }
            | FaultKind::SlowPromotion { .. }
            | FaultKind::StuckPromotion
            | FaultKind::StuckDns { .. }
            | FaultKind::CredentialExpiry
            | FaultKind::PartialDelete { .. }
            | FaultKind::Drift { .. }
            | FaultKind::GrayFailure { .. }
            | FaultKind::SlowReplication { .. }
            | FaultKind::FencingFails => {}
        }
    }
    meant
}

impl Which {
    fn means(&self, deed: ResourceDeed<'_>) -> bool {
        let ends = |own: &String| deed.stack.as_str() == own || deed.stack.as_str().ends_with(&format!("-{own}"));
        (self.stacks.is_empty() || self.stacks.iter().any(ends))
            && (self.resources.is_empty() || self.resources.iter().any(|own| own == deed.logical_id))
    }
}

/// Whether nothing of a region works at this second, asked about the account: us-east-1 is home, the others partners.
pub(crate) fn region_is_lost(scenario: &Scenario, region: &Region, second: i64) -> bool {
    let request = Request { region, service: Service::Stacks, operation: "", changes: true, estate: None };
    let now = scenario.faults.iter().filter(|fault| fault.holds_at(second));
    now.into_iter().any(|fault| matches!(&fault.kind, FaultKind::RegionLoss { region } if request.is_at(region)))
}
