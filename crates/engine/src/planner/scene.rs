//! Where a run leads from and to, and the live facts that its steps need. It looks up; what follows from it is decided
//! by the kinds.

use lifeboat_model::assessment::{Dated, Health, RegionAssessment, Role, StoreAssessment, StoreKind};
use lifeboat_model::call::Call;
use lifeboat_model::facts::aurora::GlobalCluster;
use lifeboat_model::facts::capacity::ScalingGroup;
use lifeboat_model::facts::global_accelerator::Accelerator;
use lifeboat_model::facts::lambda::Function;
use lifeboat_model::facts::route53::{HealthCheck, RecordSet};
use lifeboat_model::facts::s3::Bucket;
use lifeboat_model::id::{Arn, BucketName, FunctionName, GroupName, HealthCheckId, Region};
use lifeboat_model::observation::Reading;
use lifeboat_model::rules::aws_cli::{command, posix};
use lifeboat_model::runbook::{Direction, Mode, Runbook, StepKind};
use lifeboat_model::snapshot::RegionSnapshot;
use lifeboat_model::time::Duration;

use super::{CannotPlan, Known};

pub(super) struct Scene<'a> {
    pub(super) known: Known<'a>,
    pub(super) runbook: &'a Runbook,
    pub(super) mode: Mode,
    pub(super) from: Region,
    pub(super) to: Region,
    /// Why `from` counts as active although no live signal says so.
    presumed: Option<String>,
}

impl<'a> Scene<'a> {
    pub(super) fn set(runbook: &'a Runbook, known: &Known<'a>) -> Result<Self, CannotPlan> {
        let (active, presumed) = active(runbook, known)?;
        let home = &known.deployment.regions.home;
        if runbook.direction == Direction::ToHome && active == *home {
            return Err(CannotPlan::AlreadyHome { home: home.clone() });
        }
        let Some(to) = known.deployment.regions.other(&active) else {
            return Err(CannotPlan::NoActiveRegion { why: format!("{active} is not a region of the deployment") });
        };
        Ok(Self { known: *known, runbook, mode: runbook.mode, to: to.clone(), from: active, presumed })
    }

    /// Between two given regions, whoever seems active now: a run that is under way keeps its ends.
    pub(super) fn between(runbook: &'a Runbook, known: &Known<'a>, from: Region, to: Region) -> Self {
        Self { known: *known, runbook, mode: runbook.mode, from, to, presumed: None }
    }

    pub(super) fn is_planned(&self) -> bool {
        self.mode == Mode::Planned
    }

    /// Whether an endpoint in this region may be asked: in unplanned mode the region that is left is given up.
    pub(super) fn may_ask(&self, region: &Region) -> bool {
        self.is_planned() || *region != self.from
    }

    pub(super) fn may_send(&self, call: &Call) -> bool {
        self.may_ask(&call.endpoint_region())
    }

    pub(super) fn opening_notes(&self) -> Vec<String> {
        self.presumed.iter().cloned().collect()
    }

    /// While the region that is left still serves, giving it up loses what nobody has to lose.
    pub(super) fn better_way(&self) -> Option<String> {
        let left = self.region_assessment(&self.from).filter(|_| !self.is_planned())?;
        let serves = left.reachable == Some(true)
            && left.role == Role::Active
            && matches!(left.health, Health::Healthy | Health::Degraded);
        serves.then(|| {
            format!(
                "{} answers and serves clients: where its guards pass, `lifeboat run switchover` leaves it and loses \
                 nothing.",
                self.from
            )
        })
    }

    pub(super) fn fill_in(&self, text: &str) -> String {
        let mode = match self.mode {
            Mode::Planned => "planned",
            Mode::Unplanned => "unplanned",
        };
        [
            ("{deployment}", self.known.deployment.name.as_str()),
            ("{runbook}", self.runbook.name.as_str()),
            ("{from}", self.from.as_str()),
            ("{to}", self.to.as_str()),
            ("{mode}", mode),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (place, value)| text.replace(place, value))
    }

    pub(super) fn not_read(&self, what: impl Into<String>, region: &Region) -> CannotPlan {
        let failure = self.region_assessment(region).is_some_and(|it| it.reachable == Some(false));
        let why = if failure { "the region does not answer" } else { "it has not been read, or does not exist there" };
        CannotPlan::NotRead { what: what.into(), region: region.clone(), why: why.to_owned() }
    }

    pub(super) fn region_assessment(&self, region: &Region) -> Option<&'a RegionAssessment> {
        self.known.assessment.regions.iter().find(|it| it.region == *region)
    }

    fn value<T>(&self, region: &Region, of: impl FnOnce(&'a RegionSnapshot) -> &'a Reading<T>) -> Option<&'a T> {
        self.known.snapshot.region(region).map(of).and_then(Reading::value)
    }

    // ------ Aurora.

    /// The newest word on the global cluster; in unplanned mode that of the region that remains comes first.
    pub(super) fn global_cluster(&self) -> Option<&'a GlobalCluster> {
        let mut views: Vec<_> = [&self.to, &self.from]
            .into_iter()
            .filter_map(|region| {
                let last = self.known.snapshot.region(region)?.aurora.last.as_ref()?;
                Some((*region == self.to, last.at, last.value.global.as_ref()?))
            })
            .collect();
        let planned = self.is_planned();
        views.sort_by_key(|(remains, at, _)| (!planned && *remains, *at));
        views.pop().map(|(_, _, global)| global)
    }

    /// Who writes, as far as is known.
    pub(super) fn writer(&self) -> Option<Arn> {
        self.global_cluster().and_then(GlobalCluster::writer).map(|member| member.cluster.clone())
    }

    /// The member that is to become the writer.
    pub(super) fn target(&self) -> Option<Arn> {
        let member = self.global_cluster().and_then(|global| global.member_in(&self.to));
        let cluster = || self.value(&self.to, |here| &here.aurora).and_then(|facts| facts.cluster.as_ref());
        member.map(|member| member.cluster.clone()).or_else(|| cluster().map(|cluster| cluster.arn.clone()))
    }

    // ------ What serves.

    pub(super) fn functions_in(&self, region: &Region) -> impl Iterator<Item = &'a FunctionName> {
        let region = region.clone();
        self.known.deployment.functions.iter().filter(move |it| it.region == region).map(|it| &it.name)
    }

    /// `None` where the region's functions have not been read.
    pub(super) fn live_functions(&self, region: &Region) -> Option<&'a [Function]> {
        self.value(region, |here| &here.functions).map(|facts| facts.functions.as_slice())
    }

    pub(super) fn scaling_group(&self, region: &Region, name: &GroupName) -> Option<&'a ScalingGroup> {
        self.value(region, |here| &here.scaling_groups)?.iter().find(|group| group.name == *name)
    }

    /// Whether writes to the region that is left stop before its stores drain. A fence without anything that moves the
    /// clients would only be an outage.
    pub(super) fn is_fenced(&self) -> bool {
        self.is_planned()
            && self.runbook.steps.iter().any(|spec| spec.kind == StepKind::Fence)
            && self.has_functions_on_both_sides()
            && self.moves_clients()
            && super::traffic::turns_on_functions_of_the_one_left(self).is_none()
    }

    /// Whether clients go on writing to the region that is left although the runbook meant to stop them. A runbook
    /// without a fence has its own way, or none, and its author knows.
    pub(super) fn writes_go_on(&self) -> bool {
        self.runbook.steps.iter().any(|spec| spec.kind == StepKind::Fence) && !self.is_fenced()
    }

    /// A function in one region alone is no serving path: it is what fails over.
    pub(super) fn has_functions_on_both_sides(&self) -> bool {
        [&self.from, &self.to].into_iter().all(|region| self.functions_in(region).next().is_some())
    }

    /// Whether the deployment has anything by which clients can be led elsewhere.
    pub(super) fn moves_clients(&self) -> bool {
        let deployment = self.known.deployment;
        !deployment.accelerators.is_empty()
            || !deployment.records.is_empty()
            || !deployment.takeovers.is_empty()
            || deployment.active_parameter.as_ref().is_some_and(|parameter| parameter.moves_traffic)
    }

    // ------ Stores.

    pub(super) fn bucket(&self, region: &Region, name: &BucketName) -> Option<&'a Bucket> {
        self.value(region, |here| &here.buckets)?.iter().find(|bucket| bucket.name == *name)
    }

    pub(super) fn store(&self, kind: StoreKind, name: &str) -> Option<&'a StoreAssessment> {
        self.known.assessment.stores.iter().find(|store| store.kind == kind && store.name == name)
    }

    // ------ Signposts.

    pub(super) fn records(&self) -> Option<&'a [RecordSet]> {
        self.value(&Region::route53(), |here| &here.records).map(Vec::as_slice)
    }

    pub(super) fn check(&self, id: &HealthCheckId) -> Option<&'a HealthCheck> {
        self.value(&Region::route53(), |here| &here.health_checks)?.iter().find(|check| check.id == *id)
    }

    /// Route 53's verdict on a check, inversion included.
    pub(super) fn passes(&self, id: &HealthCheckId) -> Option<bool> {
        self.verdict(id).map(|dated| dated.value)
    }

    /// The same with when it was read, and whether it may still be trusted.
    pub(super) fn verdict(&self, id: &HealthCheckId) -> Option<&'a Dated<bool>> {
        let judged = self.known.assessment.health_checks.iter().find(|check| check.id == *id)?;
        judged.passing.as_ref()
    }

    pub(super) fn accelerator(&self, arn: &Arn) -> Option<&'a Accelerator> {
        self.value(&Region::accelerator(), |here| &here.accelerators)?.iter().find(|it| it.arn == *arn)
    }

    pub(super) fn alarms(&self, region: &Region) -> Option<&'a [lifeboat_model::facts::alarm::Alarm]> {
        self.value(region, |here| &here.alarms).map(|facts| facts.alarms.as_slice())
    }

    /// A part of the expected recovery time, with where it comes from.
    pub(super) fn term(&self, name: &str) -> Option<(Option<Duration>, String)> {
        let term = self.known.assessment.forecast.rto_terms.iter().find(|term| term.name == name)?;
        Some((term.length, term.basis.clone()))
    }
}

/// The region that is to be left. In an unplanned run that is the one that is lost, where one is: clients may have been
/// led away from it already by a health check, and then what is left of the failover is done.
fn active(runbook: &Runbook, known: &Known<'_>) -> Result<(Region, Option<String>), CannotPlan> {
    let active = known.assessment.forecast.from.as_ref();
    // Once clients have left a lost region by themselves it is not the active one any more, and yet it is the one to
    // leave: nobody may be led there, and the rest of the application has still to move.
    if let Some(lost) =
        lost(known).filter(|_| runbook.mode == Mode::Unplanned && runbook.direction == Direction::ToStandby)
    {
        let note = match active {
            Some(active) if active == lost => None,
            Some(active) => {
                Some(format!("{lost} is lost and {active} is active already; what is left to move leaves {lost}."))
            }
            None => Some(format!(
                "Nothing that can be read tells which region was active; {lost} is taken to have been, because it is lost."
            )),
        };
        return Ok((lost.clone(), note));
    }
    if let Some(active) = active {
        return Ok((active.clone(), None));
    }
    let why = known.assessment.forecast.blockers.first().map(|blocker| blocker.what.clone());
    Err(CannotPlan::NoActiveRegion { why: why.unwrap_or_else(|| "nothing live tells".to_owned()) })
}

/// The one region of the two that is lost.
fn lost<'a>(known: &Known<'a>) -> Option<&'a Region> {
    let regions = &known.assessment.regions;
    let mut lost = regions.iter().filter(|it| it.health == Health::Down || it.reachable == Some(false));
    match (lost.next(), lost.next()) {
        (Some(one), None) if regions.len() == 2 => Some(&one.region),
        _ => None,
    }
}

/// What must be done by hand once a region that is given up answers again.
pub(super) fn by_hand(why: &str, call: &Call) -> String {
    format!("{why}. Once {} answers: `{}`.", call.endpoint_region(), posix(&command(call)))
}
