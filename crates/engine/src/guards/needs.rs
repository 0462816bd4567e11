//! Which facts guards ask for, as services of regions. In an unplanned run nothing is asked of the region that is left.

use std::collections::BTreeSet;

use lifeboat_model::id::Region;
use lifeboat_model::plan::Plan;
use lifeboat_model::read::Service;
use lifeboat_model::runbook::Mode;
use lifeboat_model::topology::Deployment;

/// What says how well a region is, beside those who watch it from outside.
pub(super) const HEALTH_FROM_INSIDE: [Service; 5] =
    [Service::Aurora, Service::DynamoDb, Service::Metrics, Service::LoadBalancing, Service::Lambda];

/// Those who watch regions from outside.
const HEALTH_FROM_OUTSIDE: [Service; 4] =
    [Service::HealthChecks, Service::Answers, Service::GlobalAccelerator, Service::Probes];

pub(super) struct Needs<'a> {
    pub(super) plan: &'a Plan,
    pub(super) deployment: &'a Deployment,
    pub(super) polled: &'a BTreeSet<(Region, Service)>,
}

impl Needs<'_> {
    /// The regions of the pair that must answer.
    pub(super) fn regions(&self) -> Vec<Region> {
        match self.plan.mode {
            Mode::Planned => vec![self.plan.from.clone(), self.plan.to.clone()],
            Mode::Unplanned => vec![self.plan.to.clone()],
        }
    }

    /// One service of the regions that must answer.
    pub(super) fn of_those_needed(&self, service: Service) -> BTreeSet<(Region, Service)> {
        self.regions().into_iter().map(|region| (region, service)).collect()
    }

    /// The caller, as the region that is to become active knows it: credentials are one set.
    pub(super) fn identity(&self) -> BTreeSet<(Region, Service)> {
        BTreeSet::from([(self.plan.to.clone(), Service::Identity)])
    }

    /// Whatever vouches for a region, inside it and around it.
    pub(super) fn health(&self, region: &Region) -> BTreeSet<(Region, Service)> {
        let inside = HEALTH_FROM_INSIDE.into_iter().map(|service| (region.clone(), service));
        let outside = self.polled.iter().filter(|(_, service)| HEALTH_FROM_OUTSIDE.contains(service));
        let is_lost = |place: &Region| self.plan.mode == Mode::Unplanned && *place == self.plan.from;
        let mut all: BTreeSet<_> = inside.chain(outside.filter(|(place, _)| !is_lost(place)).cloned()).collect();
        // What Route 53's checks see is a metric, too.
        if !self.deployment.health_checks.is_empty() && !is_lost(&Region::route53()) {
            all.insert((Region::route53(), Service::Metrics));
        }
        all
    }
}
