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

    /// Whatever vouches for the region that is to become active, inside it and around it.
    pub(super) fn health(&self) -> BTreeSet<(Region, Service)> {
        let is_lost = |place: &Region| self.plan.mode == Mode::Unplanned && *place == self.plan.from;
        self.vouchers(&self.plan.to).into_iter().filter(|(place, _)| !is_lost(place)).collect()
    }

    /// Whatever vouches for either region.
    pub(super) fn health_of_both(&self) -> BTreeSet<(Region, Service)> {
        [&self.plan.from, &self.plan.to].into_iter().flat_map(|region| self.vouchers(region)).collect()
    }

    fn vouchers(&self, region: &Region) -> BTreeSet<(Region, Service)> {
        let inside = HEALTH_FROM_INSIDE.into_iter().map(|service| (region.clone(), service));
        let outside = self.polled.iter().filter(|(_, service)| HEALTH_FROM_OUTSIDE.contains(service)).cloned();
        // What Route 53's checks see is a metric, too.
        let checks = (!self.deployment.health_checks.is_empty()).then(|| (Region::route53(), Service::Metrics));
        inside.chain(outside).chain(checks).collect()
    }
}
