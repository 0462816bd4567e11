//! Clients can be moved without a control plane that is lost. Judged from how things are set up, so that it says in calm
//! weather what it would say in the storm.
//!
//! A planned run needs its levers' control planes to answer. An unplanned one asks nothing of the region that is left:
//! where that is us-east-1, Route 53's control plane is lost with it, and clients move only by a write in the standby
//! (standby takes over), by an accelerator, or because the old region's own health check fails by itself. That it would
//! is not enough while the region answers and the check passes: then the database would be promoted away from clients
//! that stay.

use std::collections::BTreeSet;

use lifeboat_model::call::Plane;
use lifeboat_model::facts::global_accelerator::{Accelerator, EndpointGroup, EndpointHealth};
use lifeboat_model::facts::route53::{HealthCheck, HealthCheckKind, RecordSet, Routing};
use lifeboat_model::id::{DnsName, HealthCheckId, Region};
use lifeboat_model::observation::Freshness;
use lifeboat_model::plan::{Condition, Step};
use lifeboat_model::read::Service;
use lifeboat_model::rules::aws_cli::inversion;
use lifeboat_model::rules::region_of_record;
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::{RecordTarget, Takeover, TakeoverLever};
use lifeboat_model::wording::span;

use super::footing::Footing;
use super::needs::Needs;

/// Route 53 takes no other.
const THRESHOLDS: std::ops::RangeInclusive<u32> = 1..=10;

pub(super) fn services(needs: &Needs<'_>) -> BTreeSet<(Region, Service)> {
    let by_name =
        [Service::HealthChecks, Service::Records, Service::Answers].map(|service| (Region::route53(), service));
    let by_accelerator = [(Region::accelerator(), Service::GlobalAccelerator)];
    let is_lost =
        |region: &Region| needs.plan.mode == lifeboat_model::runbook::Mode::Unplanned && *region == needs.plan.from;
    let by_lever =
        [(needs.plan.to.clone(), Service::Alarms)].into_iter().filter(|_| !needs.deployment.takeovers.is_empty());
    by_name.into_iter().chain(by_accelerator).chain(by_lever).filter(|(region, _)| !is_lost(region)).collect()
}

pub(super) fn judge(on: &mut Footing<'_>) {
    let deployment = on.deployment();
    plan_itself(on);
    let moves_by_parameter = deployment.active_parameter.as_ref().filter(|it| it.moves_traffic);
    let has_any = !deployment.records.is_empty()
        || !deployment.accelerators.is_empty()
        || deployment.takeovers.iter().any(|it| it.region == on.plan().to);
    if !has_any {
        match (moves_by_parameter, &deployment.public_name) {
            (Some(parameter), _) => on.saw(format!("clients follow parameter {}, which {} holds itself", parameter.name, on.plan().to)),
            (None, Some(name)) => on.gap(format!(
                "how clients of {name} are moved is not known: name its records, accelerator or parameter in the configuration"
            )),
            (None, None) => on.saw("the deployment has no name that moves: clients choose the region themselves"),
        }
        return;
    }
    if !deployment.accelerators.is_empty() {
        accelerators(on);
    }
    if !deployment.records.is_empty() {
        names(on);
    }
}

/// A plan that asks the lost region's control plane for anything about traffic cannot be carried out.
fn plan_itself(on: &mut Footing<'_>) {
    if !on.is_unplanned() {
        return;
    }
    let plan = on.plan();
    let asks_lost = |step: &&Step| {
        step.kind.moves_traffic()
            && step.calls.iter().any(|call| call.plane() == Plane::Control && call.endpoint_region() == plan.from)
    };
    if let Some(step) = plan.steps.iter().find(asks_lost) {
        on.refuse(
            format!("step {} asks a control plane in {}, the region that is lost", step.id, plan.from),
            format!("make the plan again: `lifeboat plan {}`", plan.runbook),
        );
    }
}

// ---- accelerators

fn accelerators(on: &mut Footing<'_>) {
    let home = Region::accelerator();
    let answers = on.is_heard(&home, Service::GlobalAccelerator) && !is_lost(on, &home);
    let Some(read) = on.as_last_said(&home, Service::GlobalAccelerator, |here| &here.accelerators) else { return };
    for arn in &on.deployment().accelerators {
        let Some(accelerator) = read.iter().find(|it| it.arn == *arn) else {
            on.gap(format!("accelerator {arn} is not described: Global Accelerator in {home} must answer"));
            continue;
        };
        one_accelerator(on, accelerator, answers);
    }
}

fn one_accelerator(on: &mut Footing<'_>, accelerator: &Accelerator, answers: bool) {
    let (to, name) = (&on.plan().to, &accelerator.name);
    let group = accelerator.groups.iter().find(|group| group.region == *to && !group.endpoints.is_empty());
    let Some(group) = group else {
        on.refuse(
            format!("accelerator {name} has no endpoint in {to}"),
            format!("add an endpoint group of {to} to the accelerator's listener"),
        );
        return;
    };
    if !accelerator.enabled {
        on.refuse(
            format!("accelerator {name} is disabled and sends clients nowhere"),
            format!(
                "`aws globalaccelerator update-accelerator --accelerator-arn {} --enabled --region us-west-2`",
                accelerator.arn
            ),
        );
    }
    if answers {
        on.saw(format!("accelerator {name} can be moved: Global Accelerator in {} answers", Region::accelerator()));
    } else if !on.is_unplanned() {
        on.refuse(
            format!("Global Accelerator in {} does not answer: its dials cannot be moved", Region::accelerator()),
            "wait until it answers: a planned run has the time; `lifeboat status` shows when",
        );
    } else if takes_over(group) {
        on.saw(format!(
            "Global Accelerator in {} does not answer, and accelerator {name} goes to {to} by itself once {} is unhealthy",
            Region::accelerator(),
            on.plan().from
        ));
    } else {
        on.refuse(
            format!(
                "Global Accelerator in {} does not answer, and accelerator {name} would not go to {to} by itself: no endpoint \
                 there has a weight and is healthy",
                Region::accelerator()
            ),
            format!("give the endpoints of {to} a weight while the API answers: only weight 0 keeps failover out"),
        );
    }
}

/// Failover ignores the dial; only weight 0 keeps it out.
fn takes_over(group: &EndpointGroup) -> bool {
    group.endpoints.iter().any(|it| it.weight != Some(0) && it.health == Some(EndpointHealth::Healthy))
}

fn is_lost(on: &Footing<'_>, region: &Region) -> bool {
    on.is_unplanned() && *region == on.plan().from
}

// ---- names

/// What is known of Route 53's settings.
struct Settings<'a> {
    checks: &'a [HealthCheck],
    records: &'a [RecordSet],
    /// Whether they can be changed.
    answers: bool,
}

impl<'a> Settings<'a> {
    fn read(on: &mut Footing<'a>) -> Option<Self> {
        let home = Region::route53();
        let deployment = on.deployment();
        let records = on.as_last_said(&home, Service::Records, |here| &here.records)?;
        let checks: &[HealthCheck] = if deployment.health_checks.is_empty() {
            &[]
        } else {
            on.as_last_said(&home, Service::HealthChecks, |here| &here.health_checks)?
        };
        let is_heard = |service| on.is_heard(&home, service);
        let answers = !is_lost(on, &home)
            && is_heard(Service::Records)
            && (deployment.health_checks.is_empty() || is_heard(Service::HealthChecks));
        Some(Self { checks, records, answers })
    }

    fn check(&self, id: &HealthCheckId) -> Option<&'a HealthCheck> {
        self.checks.iter().find(|check| check.id == *id)
    }
}

fn names(on: &mut Footing<'_>) {
    let left: Vec<&RecordTarget> =
        on.deployment().records.iter().filter(|target| !is_moved(on, &target.name)).collect();
    if left.is_empty() {
        return;
    }
    let Some(settings) = Settings::read(on) else { return };
    for target in left {
        let of_name: Vec<&RecordSet> = settings
            .records
            .iter()
            .filter(|record| record.zone == target.zone && record.name == target.name)
            .filter(|record| matches!(record.record_type.as_str(), "A" | "AAAA" | "CNAME"))
            .collect();
        let of_region = |region: &Region| -> Vec<&RecordSet> {
            of_name
                .iter()
                .copied()
                .filter(|it| region_of_record(on.deployment(), it).as_ref() == Some(region))
                .collect()
        };
        let (leaving, arriving) = (of_region(&on.plan().from), of_region(&on.plan().to));
        if leaving.is_empty() || arriving.is_empty() {
            let missing = if arriving.is_empty() { &on.plan().to } else { &on.plan().from };
            on.gap(format!("no record of {} is known to lead to {missing}: Route 53 records must tell", target.name));
            continue;
        }
        one_name(on, &settings, target.name.as_str(), &leaving, &arriving);
    }
}

/// Whether every answer that was just given leads clients away already: then the lever has been pulled.
fn is_moved(on: &mut Footing<'_>, name: &DnsName) -> bool {
    let to = &on.plan().to;
    let answers = on.situation.assessment.dns.iter().filter(|it| it.name == *name).flat_map(|it| &it.answers);
    let lately: Vec<_> = answers.filter(|answer| answer.freshness == Freshness::Fresh).collect();
    let is_moved = on.is_unplanned() && !lately.is_empty() && lately.iter().all(|it| it.region.as_ref() == Some(to));
    if is_moved {
        for answer in &lately {
            on.rests_on(answer.at);
        }
        on.saw(format!("{name}: {} answers of DNS lead to {to} already", lately.len()));
    }
    is_moved
}

fn one_name(
    on: &mut Footing<'_>,
    settings: &Settings<'_>,
    name: &str,
    leaving: &[&RecordSet],
    arriving: &[&RecordSet],
) {
    let home = Region::route53();
    if let Some(takeover) = by_takeover(on, settings, leaving) {
        stays_pulled(on, settings, takeover);
        on.saw(format!("{name}: {}", told(takeover)));
        return;
    }
    if let Some(how) = by_letting_go(on, settings, arriving) {
        on.saw(format!("{name}: {how}"));
        return;
    }
    if settings.answers {
        on.saw(format!("{name}: Route 53's control plane in {home} answers, and is not in the region that is left"));
        return;
    }
    if !on.is_unplanned() {
        on.refuse(
            format!("Route 53's control plane in {home} does not answer: clients of {name} cannot be moved"),
            "wait until it answers: a planned run has the time; `lifeboat status` shows when",
        );
        return;
    }
    let why = if is_lost(on, &home) { "is lost with the region that is left" } else { "does not answer" };
    let by_itself: Result<Vec<String>, String> =
        leaving.iter().map(|record| leaves_by_itself(on, settings, record)).collect();
    match by_itself {
        Ok(_) if let Some(held) = leaving.iter().find_map(|record| holds_clients(on, record)) => {
            if is_waited_for(on, name) {
                on.saw(format!("{name} stays while {}: nothing is promoted before it leaves by itself", held.by));
            } else {
                stays(on, name, &held);
            }
        }
        Ok(how) => on.saw(format!("{name}: Route 53's control plane in {home} {why}; {}", how.join("; "))),
        Err(trouble) => {
            let to = &on.plan().to;
            on.refuse(
                format!("Route 53's control plane in {home} {why}, and clients of {name} do not leave by themselves: {trouble}"),
                format!(
                    "let the standby take over: put an inverted health check that watches a marker in {to} on the record of \
                     {}, and declare it under `takeovers` in the configuration (`lifeboat config show`)",
                    on.plan().from
                ),
            );
        }
    }
}

/// What keeps clients in the region that is left, for a while or for good: only its answer to Route 53 could make them
/// leave, and it gives the good one.
struct Held {
    by: String,
    check: Option<HealthCheckId>,
}

/// While the region that is left answers, a name that leaves it by itself leaves only once its check fails. At the
/// beginning of a loss Route 53 goes on telling of a check that passes, and that region answers nothing any more.
fn holds_clients(on: &Footing<'_>, record: &RecordSet) -> Option<Held> {
    let from = &on.plan().from;
    let region = on.situation.assessment.regions.iter().find(|it| it.region == *from)?;
    if region.reachable != Some(true) {
        return None;
    }
    let Some(id) = &record.health_check else {
        let here = on.situation.snapshot.region(from)?;
        let targets = here.target_groups.value().filter(|_| on.is_heard(from, Service::LoadBalancing))?;
        return targets
            .iter()
            .any(|group| group.healthy() > 0)
            .then(|| Held { by: format!("the load balancer of {from} has healthy targets"), check: None });
    };
    let assessed = on.situation.assessment.health_checks.iter().find(|it| it.id == *id)?;
    let passes = assessed.passing.as_ref().is_some_and(|dated| dated.value && dated.freshness == Freshness::Fresh);
    passes.then(|| Held { by: format!("health check {id} passes"), check: Some(id.clone()) })
}

/// Whether the plan promotes nothing before clients have left.
fn is_waited_for(on: &Footing<'_>, name: &str) -> bool {
    let plan = on.plan();
    if !plan.steps.iter().any(|step| step.kind.promotes()) {
        return true;
    }
    let waits = |condition: &Condition| matches!(condition, Condition::Leaves { name: of, region, .. } if of.as_str() == name && *region == plan.from);
    plan.steps
        .iter()
        .take_while(|step| !step.kind.promotes())
        .any(|step| step.kind == StepKind::WaitFor && step.verify.iter().any(waits))
}

fn stays(on: &mut Footing<'_>, name: &str, held: &Held) {
    let (from, to) = (&on.plan().from, &on.plan().to);
    let until = match &held.check {
        Some(check) => format!("health check {check} fails"),
        None => "its load balancer has no healthy target".to_owned(),
    };
    let by_hand = held.check.as_ref().map(|check| {
        format!(
            "or make the check fail by `{}`, and take that back once what it asks falls silent, as it would pass again \
             then; ",
            inversion(check, true)
        )
    });
    on.refuse(
        format!(
            "clients of {name} would stay in {from}: it answers, {}, and no lever of the plan moves them",
            held.by
        ),
        format!(
            "leave {from} while it answers by `lifeboat run switchover`, which loses nothing; {}or let the standby take over: \
             declare a marker or metric in {to} under `takeovers` in the configuration. This passes as soon as {until} or \
             {from} answers no more",
            by_hand.unwrap_or_default()
        ),
    );
}

/// A write in the region that is to become active makes the old region's record fail.
fn by_takeover<'a>(on: &Footing<'a>, settings: &Settings<'_>, leaving: &[&RecordSet]) -> Option<&'a Takeover> {
    let mut mine = on.deployment().takeovers.iter().filter(|it| it.region == on.plan().to);
    mine.find(|takeover| moves(on, settings, leaving, takeover))
}

/// A metric lever is one point, and silence after it: only an alarm that ignores missing data stays where that put it.
fn stays_pulled(on: &mut Footing<'_>, settings: &Settings<'_>, takeover: &Takeover) {
    let TakeoverLever::Metric { .. } = &takeover.lever else { return };
    let alarm = settings.check(&takeover.check).and_then(|check| check.alarm.as_ref());
    let read = alarm.and_then(|(region, name)| {
        let facts = on.situation.snapshot.region(region)?.alarms.value()?;
        Some((region, facts.alarms.iter().find(|alarm| alarm.name == *name)?))
    });
    let Some((region, alarm)) = read else {
        on.saw(format!(
            "whether the alarm that health check {} watches ignores missing data, as it must for the lever to stay pulled, \
             is not known: it is not among the deployment's alarms",
            takeover.check
        ));
        return;
    };
    let name = &alarm.name;
    match alarm.metric.as_ref().and_then(|metric| metric.missing_data.as_deref()) {
        Some("ignore") => on.saw(format!("alarm {name} in {region} stays as the lever put it")),
        Some(other) => on.refuse(
            format!(
                "alarm {name} in {region} treats missing data as {other}: the lever is one point, and would let go by itself"
            ),
            format!("set TreatMissingData of alarm {name} in {region} to `ignore`: `aws cloudwatch put-metric-alarm`"),
        ),
        None => on.gap(format!("how alarm {name} in {region} treats missing data is not known")),
    }
}

/// A planned run takes back what was written in the region that is left, and the other region's record passes again.
fn by_letting_go(on: &Footing<'_>, settings: &Settings<'_>, arriving: &[&RecordSet]) -> Option<String> {
    let theirs = on.deployment().takeovers.iter().filter(|it| it.region == on.plan().from && !on.is_unplanned());
    let holds = |takeover: &&Takeover| {
        is_set(settings, takeover) && arriving.iter().all(|record| hangs_on(settings, record, takeover))
    };
    theirs.filter(holds).map(|takeover| format!("{} is let go", lever(takeover))).next()
}

fn moves(on: &Footing<'_>, settings: &Settings<'_>, leaving: &[&RecordSet], takeover: &Takeover) -> bool {
    let from = &on.plan().from;
    let stands_in_lost = match &takeover.lever {
        TakeoverLever::Marker { .. } => false,
        TakeoverLever::Metric { metric, .. } => metric.region == *from,
    };
    let alarm = settings.check(&takeover.check).and_then(|check| check.alarm.as_ref());
    let watches_lost = alarm.is_some_and(|(region, _)| region == from);
    !stands_in_lost
        && !watches_lost
        && is_set(settings, takeover)
        && leaving.iter().all(|record| hangs_on(settings, record, takeover))
}

fn is_set(settings: &Settings<'_>, takeover: &Takeover) -> bool {
    settings.check(&takeover.check).is_some_and(|check| check.inverted && !check.disabled)
}

/// Whether a record's answer depends on the check that watches the lever: by itself or as one of several.
fn hangs_on(settings: &Settings<'_>, record: &RecordSet, takeover: &Takeover) -> bool {
    match &record.health_check {
        Some(id) if *id == takeover.check => true,
        Some(id) => settings.check(id).is_some_and(|check| needs_child(check, &takeover.check)),
        None => false,
    }
}

/// Whether a calculated check fails when just this child does.
fn needs_child(check: &HealthCheck, child: &HealthCheckId) -> bool {
    let all = u32::try_from(check.children.len()).unwrap_or(u32::MAX);
    let is_plain = !check.disabled && !check.inverted;
    is_plain
        && check.kind == HealthCheckKind::Calculated
        && check.threshold == Some(all)
        && check.children.contains(child)
}

fn lever(takeover: &Takeover) -> String {
    match &takeover.lever {
        TakeoverLever::Marker { bucket, key } => format!("object {key} in {bucket}"),
        TakeoverLever::Metric { metric, .. } => format!("metric {} in {}", metric.name, metric.region),
    }
}

fn told(takeover: &Takeover) -> String {
    format!("the standby takes over by {}, which inverted health check {} watches", lever(takeover), takeover.check)
}

/// Whether Route 53 stops answering with a record of the lost region without being asked to, and how.
fn leaves_by_itself(on: &Footing<'_>, settings: &Settings<'_>, record: &RecordSet) -> Result<String, String> {
    let from = &on.plan().from;
    if matches!(record.routing, Routing::Simple) {
        return Err(format!("the record of {from} is simple: its answer is always the same"));
    }
    if matches!(record.routing, Routing::FailoverSecondary) {
        return Err(format!(
            "the record of {from} is the secondary: clients leave it only when the primary's check passes again"
        ));
    }
    let Some(id) = &record.health_check else {
        return by_target_health(on, record);
    };
    let Some(check) = settings.check(id) else {
        return Err(format!("health check {id}, on which it depends, is not known"));
    };
    fails_with(on, settings, check, 0)
}

/// An alias asks the load balancer that it leads to.
fn by_target_health(on: &Footing<'_>, record: &RecordSet) -> Result<String, String> {
    let from = &on.plan().from;
    match &record.alias {
        Some(alias) if alias.evaluate_target_health && alias.target.as_str().contains(".elb.") => {
            Ok(format!("the alias of {from} asks its load balancer's own health"))
        }
        Some(_) | None => Err(format!("the record of {from} has no health check")),
    }
}

/// Calculated checks of calculated checks go no deeper.
const DEPTH: usize = 4;

/// Whether a check fails once the region it watches is lost.
fn fails_with(on: &Footing<'_>, settings: &Settings<'_>, check: &HealthCheck, depth: usize) -> Result<String, String> {
    let (id, from) = (&check.id, &on.plan().from);
    if check.disabled {
        return Err(format!("health check {id} is disabled, which counts as healthy for ever"));
    }
    if check.inverted {
        return Err(format!("health check {id} is inverted: it passes when its region is lost"));
    }
    if check.kind == HealthCheckKind::Calculated {
        return calculated(on, settings, check, depth);
    }
    let watched =
        on.situation.assessment.health_checks.iter().find(|it| it.id == *id).and_then(|it| it.region.as_ref());
    if watched != Some(from) {
        let watched = watched.map_or_else(|| "no region that is known".to_owned(), ToString::to_string);
        return Err(format!("health check {id} watches {watched}, not {from}"));
    }
    if matches!(check.kind, HealthCheckKind::CloudwatchMetric | HealthCheckKind::RecoveryControl) {
        return Err(format!("health check {id} asks no endpoint: it knows what a lost region last told"));
    }
    match (check.threshold, check.interval_s) {
        (Some(threshold), Some(interval_s)) if THRESHOLDS.contains(&threshold) => {
            let length = Duration::from_secs(u64::from(interval_s) * u64::from(threshold));
            Ok(format!("health check {id} fails by itself {} after {from} is lost", span(length)))
        }
        (Some(threshold), Some(_)) => Err(format!("health check {id} has a threshold of {threshold}")),
        (None, _) | (_, None) => Err(format!("the threshold and interval of health check {id} are not known")),
    }
}

/// It fails once fewer children pass than its threshold.
fn calculated(on: &Footing<'_>, settings: &Settings<'_>, check: &HealthCheck, depth: usize) -> Result<String, String> {
    let id = &check.id;
    let Some(threshold) = check.threshold.and_then(|it| usize::try_from(it).ok()) else {
        return Err(format!("the threshold of health check {id} is not known"));
    };
    if depth >= DEPTH {
        return Err(format!("health check {id} stands on too many others to be told"));
    }
    let fails = |child: &HealthCheckId| {
        settings.check(child).is_some_and(|child| fails_with(on, settings, child, depth + 1).is_ok())
    };
    let left = check.children.iter().filter(|child| !fails(child)).count();
    if left < threshold && threshold <= check.children.len() {
        Ok(format!(
            "health check {id} fails by itself: {left} of its {} children would pass, {threshold} must",
            check.children.len()
        ))
    } else {
        Err(format!(
            "health check {id} would not fail: {left} of its {} children pass, {threshold} must",
            check.children.len()
        ))
    }
}
