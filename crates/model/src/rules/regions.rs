//! How well each region is, and why. Silence towards Lifeboat is not yet an outage: it takes a second witness.

use super::evidence::Evidence;
use super::health_checks;
use super::roles::Roles;
use super::traffic;
use crate::assessment::{Dated, Health, HealthCheckAssessment, RegionAssessment, Role};
use crate::facts::alarm::{Alarm, AlarmState};
use crate::facts::global_accelerator::EndpointHealth;
use crate::facts::probe::ProbeOutcome;
use crate::facts::route53::HealthCheck;
use crate::id::{Arn, Region};
use crate::observation::Freshness;
use crate::read::Service;
use crate::snapshot::Contact;
use crate::time::Timestamp;
use crate::wording::{ago, lasting, list};

/// A share of failing requests that is an illness, in percent.
pub(super) const ERRORS_DEGRADED_PERCENT: f64 = 5.0;
/// A share of failing requests at which the door might as well be shut, in percent.
const ERRORS_DOWN_PERCENT: f64 = 50.0;

/// What one witness says of a region's front door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Bad,
    /// The witness has not been heard lately.
    Unheard,
}

/// Where a witness stands: outside it sees what clients see; inside it may see a region whose doors are shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standpoint {
    Outside,
    Inside,
}

struct Witness {
    who: String,
    standpoint: Standpoint,
    verdict: Verdict,
    /// When what it saw was so; `None` where it saw nothing.
    at: Option<Timestamp>,
    /// A sentence, where the verdict is not good.
    words: String,
}

pub(super) struct RegionJudgement {
    pub(super) assessed: RegionAssessment,
    /// What should be known of it and is not.
    pub(super) unheard: Vec<String>,
}

pub(super) fn assess(evidence: &Evidence<'_>, roles: &Roles, checks: &[HealthCheckAssessment]) -> Vec<RegionJudgement> {
    let regions = evidence.deployment.regions.both();
    let mut judged: Vec<RegionJudgement> =
        regions.into_iter().map(|region| judge(evidence, roles, checks, region)).collect();
    if judged.iter().all(|it| it.assessed.reachable == Some(false)) {
        for judgement in &mut judged {
            let words = "neither region answers: the trouble may be this machine's own network".to_owned();
            judgement.assessed.reasons.push(words);
        }
    }
    judged
}

/// How the endpoints of a region behave towards Lifeboat.
struct Reach {
    reachable: Option<bool>,
    last_answer: Option<Timestamp>,
    silent: Vec<(Service, Timestamp)>,
}

impl Reach {
    fn silent_since(&self) -> Option<Timestamp> {
        self.silent.iter().map(|(_, since)| *since).min()
    }
}

fn reach(evidence: &Evidence<'_>, region: &Region) -> Reach {
    let Some(here) = evidence.here(region) else {
        return Reach { reachable: None, last_answer: None, silent: Vec::new() };
    };
    let speaking: Vec<Contact<'_>> = here.contacts().filter(|contact| contact.service.speaks_for_region()).collect();
    let silent: Vec<(Service, Timestamp)> = speaking
        .iter()
        .filter_map(|contact| Some((contact.service, contact.failure?)))
        .filter(|(_, failure)| failure.error.kind.is_silence())
        .map(|(service, failure)| (service, failure.since))
        .collect();
    // What is asked once an hour may be an hour old and still good, but it does not say that the region answers now.
    let is_recent =
        |at: Timestamp, service: Service| evidence.is_recent(at, service) && evidence.is_recent(at, Service::Metrics);
    let answers = speaking.iter().any(|contact| match contact.failure {
        None => contact.answered_at.is_some_and(|at| is_recent(at, contact.service)),
        // A refusal is an answer; a request that could not be signed was never sent.
        Some(failure) => {
            let kind = &failure.error.kind;
            !kind.is_silence() && !kind.is_credentials() && is_recent(failure.at, contact.service)
        }
    });
    let reachable = match (answers, silent.is_empty()) {
        (true, _) => Some(true),
        (false, false) => Some(false),
        (false, true) => None,
    };
    let last_answer = speaking.iter().filter_map(|contact| contact.answered_at).max();
    Reach { reachable, last_answer, silent }
}

/// Since when nothing at all has been heard of a region whose endpoints are asked; `None` while any answers.
pub(super) fn silence(evidence: &Evidence<'_>, region: &Region) -> Option<Timestamp> {
    let reach = reach(evidence, region);
    reach.silent_since().filter(|_| reach.reachable == Some(false))
}

fn judge(evidence: &Evidence<'_>, roles: &Roles, checks: &[HealthCheckAssessment], region: &Region) -> RegionJudgement {
    let reach = reach(evidence, region);
    let role = roles.of(region);
    let mut witnesses = Vec::new();
    by_checks(evidence, checks, region, &mut witnesses);
    by_probes(evidence, region, &mut witnesses);
    by_accelerator(evidence, region, &mut witnesses);
    if reach.reachable == Some(false) {
        by_resolvers(evidence, roles, region, &mut witnesses);
    }
    by_targets(evidence, region, &mut witnesses);
    let errors_percent = traffic::errors_percent(evidence, region);
    by_errors(errors_percent.as_ref(), &mut witnesses);
    if let (Some(false), Some(since)) = (reach.reachable, reach.silent_since()) {
        discount(&mut witnesses, region, since);
    }

    let mut reasons = front_door(&witnesses, reach.reachable);
    by_reach(evidence, region, &reach, &mut reasons);
    by_parts(evidence, region, role, &mut reasons);
    if let Some(caveat) = roles.caveat.as_ref().filter(|_| role == Role::Active) {
        reasons.push((Health::Healthy, caveat.clone()));
    }
    reasons.sort_by_key(|(health, _)| std::cmp::Reverse(*health));
    let unheard = unheard(region, &reach, &witnesses);
    RegionJudgement {
        assessed: RegionAssessment {
            region: region.clone(),
            role,
            role_basis: roles.basis,
            health: health(&reach, &witnesses, &reasons),
            reasons: reasons.into_iter().map(|(_, words)| words).collect(),
            reachable: reach.reachable,
            last_answer: reach.last_answer,
            traffic: traffic::rate(evidence, region),
            errors_percent,
        },
        unheard,
    }
}

/// Once a region is silent, that it was well before tells nothing, and what it said of its own inside still less.
fn discount(witnesses: &mut Vec<Witness>, region: &Region, since: Timestamp) {
    witnesses.retain(|witness| witness.standpoint == Standpoint::Outside);
    let was_well = |it: &&mut Witness| it.verdict == Verdict::Good && it.at.is_some_and(|at| at < since);
    for witness in witnesses.iter_mut().filter(was_well) {
        witness.verdict = Verdict::Unheard;
        witness.words = format!("{} has not been heard since {region} fell silent", witness.who);
    }
}

/// The worst of the reasons; unknown where nobody says that it is well.
fn health(reach: &Reach, witnesses: &[Witness], reasons: &[(Health, String)]) -> Health {
    let worst = reasons.iter().map(|(health, _)| *health).max().unwrap_or(Health::Healthy);
    let is_vouched = reach.reachable == Some(true) || witnesses.iter().any(|witness| witness.verdict == Verdict::Good);
    if worst == Health::Healthy && !is_vouched { Health::Unknown } else { worst }
}

/// What leaves it open how well the region is: nothing, where somebody outside has just seen it well.
fn unheard(region: &Region, reach: &Reach, witnesses: &[Witness]) -> Vec<String> {
    let is_vouched = witnesses.iter().any(|it| it.standpoint == Standpoint::Outside && it.verdict == Verdict::Good);
    let mut unheard: Vec<String> = witnesses
        .iter()
        .filter(|witness| witness.verdict == Verdict::Unheard && !is_vouched)
        .map(|witness| witness.words.clone())
        .collect();
    if reach.reachable.is_none() {
        unheard.insert(0, format!("no endpoint of {region} has answered lately"));
    }
    unheard
}

/// Down when outside everybody heard says so and inside nobody says otherwise; degraded when the witnesses differ, or
/// when there is but one, and the region itself answers: a single look may have met a single fault.
fn front_door(witnesses: &[Witness], reachable: Option<bool>) -> Vec<(Health, String)> {
    let count = |standpoint, verdict| {
        witnesses.iter().filter(|witness| witness.standpoint == standpoint && witness.verdict == verdict).count()
    };
    let accusers = count(Standpoint::Outside, Verdict::Bad);
    let is_vouched = count(Standpoint::Outside, Verdict::Good) > 0;
    let is_down = accusers >= if reachable == Some(true) { 2 } else { 1 }
        && !is_vouched
        && count(Standpoint::Inside, Verdict::Good) == 0;
    witnesses
        .iter()
        .filter_map(|witness| match witness.verdict {
            Verdict::Good => None,
            // Told, and no illness where somebody else outside has just seen it well.
            Verdict::Unheard if is_vouched => Some((Health::Healthy, witness.words.clone())),
            Verdict::Unheard => Some((Health::Unknown, witness.words.clone())),
            Verdict::Bad if is_down => Some((Health::Down, witness.words.clone())),
            Verdict::Bad => Some((Health::Degraded, witness.words.clone())),
        })
        .collect()
}

fn by_reach(evidence: &Evidence<'_>, region: &Region, reach: &Reach, reasons: &mut Vec<(Health, String)>) {
    match (reach.reachable, reach.silent_since()) {
        (Some(false), Some(since)) => {
            let words = match reach.last_answer {
                Some(at) => {
                    format!("no endpoint of {region} answers; the last answer came {} ago", ago(evidence.now, at))
                }
                None => format!("no endpoint of {region} answers{}", lasting(evidence.now, since)),
            };
            reasons.push((Health::Unknown, words));
        }
        (Some(true), Some(since)) => {
            let names: Vec<&str> = reach.silent.iter().map(|(service, _)| service.label()).collect();
            let words = format!("{} of {region} without answer{}", list(&names), lasting(evidence.now, since));
            reasons.push((Health::Degraded, words));
        }
        (None, _) => match reach.last_answer {
            Some(at) => {
                let words = format!("{region} was last heard {} ago", ago(evidence.now, at));
                reasons.push((Health::Unknown, words));
            }
            None => reasons.push((Health::Unknown, format!("nothing has been read from {region} yet"))),
        },
        (Some(_), None) => {}
    }
}

fn verdict(dated: &Dated<bool>) -> Verdict {
    match (dated.freshness, dated.value) {
        (Freshness::Fresh, true) => Verdict::Good,
        (Freshness::Fresh, false) => Verdict::Bad,
        (Freshness::Pending | Freshness::Stale | Freshness::Unavailable, _) => Verdict::Unheard,
    }
}

fn by_checks(evidence: &Evidence<'_>, checks: &[HealthCheckAssessment], region: &Region, witnesses: &mut Vec<Witness>) {
    for check in checks.iter().filter(|check| check.region.as_ref() == Some(region)) {
        let configured = health_checks::configured(evidence, &check.id);
        if check.passing.is_some() && configured.is_some_and(|it| it.value.disabled && it.value.checkers.is_empty()) {
            // A disabled check without checkers is no witness, and never will be.
            continue;
        }
        let seen = health_checks::sees(evidence, check);
        let verdict = seen.as_ref().map_or(Verdict::Unheard, verdict);
        let words = match (verdict, &seen) {
            (Verdict::Unheard, Some(seen)) => {
                format!("health check {} was last heard {} ago", check.id, ago(evidence.now, seen.at))
            }
            (Verdict::Unheard, None) => format!("nothing is known from health check {}", check.id),
            (Verdict::Good | Verdict::Bad, _) => format!("health check {} fails{}", check.id, share(check)),
        };
        witnesses.push(Witness {
            who: format!("health check {}", check.id),
            standpoint: Standpoint::Outside,
            verdict,
            at: seen.map(|seen| seen.at),
            words,
        });
    }
}

fn share(check: &HealthCheckAssessment) -> String {
    check
        .healthy_percent
        .as_ref()
        .map_or_else(String::new, |percent| format!(" ({:.0} % of its checkers pass)", percent.value))
}

fn by_probes(evidence: &Evidence<'_>, region: &Region, witnesses: &mut Vec<Witness>) {
    let configured = evidence.deployment.probes.iter().filter(|probe| probe.region.as_ref() == Some(region));
    let observed = evidence.observed(region, |here| &here.probes);
    for target in configured {
        let probe = observed.and_then(|observed| observed.value.iter().find(|probe| probe.target == *target));
        let is_recent = observed.is_some_and(|observed| evidence.is_recent(observed.at, Service::Probes));
        let (verdict, words) = match probe.filter(|_| is_recent) {
            None => (Verdict::Unheard, format!("{} has not been probed lately", target.url)),
            Some(probe) if probe.outcome.is_good() => (Verdict::Good, String::new()),
            Some(probe) => (Verdict::Bad, format!("{} {}", target.url, failing(&probe.outcome))),
        };
        witnesses.push(Witness {
            who: target.url.clone(),
            standpoint: Standpoint::Outside,
            verdict,
            at: observed.map(|observed| observed.at),
            words,
        });
    }
}

/// The addresses of a region that were probed lately and serve nobody, each with what a client meets.
pub(super) fn failing_probes(evidence: &Evidence<'_>, region: &Region) -> Vec<(String, String)> {
    let recent = evidence
        .observed(region, |here| &here.probes)
        .filter(|observed| evidence.is_recent(observed.at, Service::Probes));
    let here =
        recent.iter().flat_map(|observed| &observed.value).filter(|it| it.target.region.as_ref() == Some(region));
    here.filter(|probe| !probe.outcome.is_good())
        .map(|probe| (probe.target.url.clone(), failing(&probe.outcome)))
        .collect()
}

/// What a client of a failing address meets.
pub(super) fn failing(outcome: &ProbeOutcome) -> String {
    match outcome {
        ProbeOutcome::Answered { status, .. } => format!("answers with status {status}"),
        ProbeOutcome::Failed { reason } => format!("does not answer: {reason}"),
    }
}

fn by_accelerator(evidence: &Evidence<'_>, region: &Region, witnesses: &mut Vec<Witness>) {
    let Some(observed) = evidence.observed(&Region::accelerator(), |here| &here.accelerators) else { return };
    let is_recent = evidence.is_recent(observed.at, Service::GlobalAccelerator);
    for accelerator in &observed.value {
        for group in accelerator.groups.iter().filter(|group| group.region == *region) {
            let known: Vec<&EndpointHealth> = group.endpoints.iter().filter_map(|it| it.health.as_ref()).collect();
            let is_good = known.contains(&&EndpointHealth::Healthy);
            let is_bad = !is_good && known.contains(&&EndpointHealth::Unhealthy);
            let (verdict, words) = match (is_recent, is_good, is_bad) {
                (true, true, _) => (Verdict::Good, String::new()),
                (true, false, true) => {
                    (Verdict::Bad, format!("accelerator {} sees no healthy endpoint in {region}", accelerator.name))
                }
                (false, _, _) => (
                    Verdict::Unheard,
                    format!("accelerator {} was last read {} ago", accelerator.name, ago(evidence.now, observed.at)),
                ),
                (true, false, false) => continue,
            };
            witnesses.push(Witness {
                who: format!("accelerator {}", accelerator.name),
                standpoint: Standpoint::Outside,
                verdict,
                at: Some(observed.at),
                words,
            });
        }
    }
}

/// Only for a region that is silent: when every resolver that can be placed sends clients away from the region that
/// wrote last, Route 53's checkers have given it up, although its API cannot be asked.
fn by_resolvers(evidence: &Evidence<'_>, roles: &Roles, region: &Region, witnesses: &mut Vec<Witness>) {
    if roles.of(region) != Role::Active || roles.basis != crate::assessment::RoleBasis::Writer {
        return;
    }
    let answers: Vec<_> = super::dns::assess(evidence, &[])
        .into_iter()
        .flat_map(|post| post.assessed.answers)
        .filter(|answer| evidence.is_recent(answer.at, Service::Answers))
        .collect();
    let placed: Vec<&Region> = answers.iter().filter_map(|answer| answer.region.as_ref()).collect();
    if !placed.is_empty() && placed.iter().all(|other| *other != region) {
        let words = format!("DNS sends clients away from {region}");
        witnesses.push(Witness {
            who: "DNS".to_owned(),
            standpoint: Standpoint::Outside,
            verdict: Verdict::Bad,
            at: answers.iter().map(|answer| answer.at).min(),
            words,
        });
    }
}

/// Load balancers of a region that have targets registered by name, and whether one of them is healthy.
pub(super) fn balancers_without_target(evidence: &Evidence<'_>, region: &Region) -> Option<(Vec<Arn>, usize)> {
    let observed = evidence.observed(region, |here| &here.target_groups)?;
    if !evidence.is_recent(observed.at, Service::LoadBalancing) {
        return None;
    }
    let mut without = Vec::new();
    let mut seen = 0;
    for target in evidence.deployment.load_balancers.iter().filter(|target| target.region == *region) {
        let group = observed.value.iter().find(|group| Some(&group.arn) == target.target_group.as_ref());
        if let Some(group) = group {
            seen += 1;
            if group.healthy() == 0 {
                without.push(target.arn.clone());
            }
        }
    }
    (seen > 0).then_some((without, seen))
}

pub(super) fn short_name(arn: &Arn) -> &str {
    let resource = arn.resource().unwrap_or(arn.as_str());
    resource.strip_prefix("loadbalancer/").unwrap_or(resource).split('/').nth(1).unwrap_or(resource)
}

fn by_targets(evidence: &Evidence<'_>, region: &Region, witnesses: &mut Vec<Witness>) {
    let Some((without, seen)) = balancers_without_target(evidence, region) else { return };
    let mut inside = |who: String, verdict, words| {
        witnesses.push(Witness { who, standpoint: Standpoint::Inside, verdict, at: None, words });
    };
    for arn in &without {
        let who = format!("load balancer {}", short_name(arn));
        inside(who.clone(), Verdict::Bad, format!("{who} has no healthy target"));
    }
    if without.len() < seen {
        inside("load balancers".to_owned(), Verdict::Good, String::new());
    }
}

/// Few errors vouch for nothing: a door that nobody comes through fails nobody.
fn by_errors(errors: Option<&Dated<f64>>, witnesses: &mut Vec<Witness>) {
    let is_ill = |it: &&Dated<f64>| it.freshness == Freshness::Fresh && it.value >= ERRORS_DEGRADED_PERCENT;
    let Some(errors) = errors.filter(is_ill) else { return };
    witnesses.push(Witness {
        who: "traffic".to_owned(),
        // A door where most requests fail is seen from outside as shut.
        standpoint: if errors.value >= ERRORS_DOWN_PERCENT { Standpoint::Outside } else { Standpoint::Inside },
        verdict: Verdict::Bad,
        at: Some(errors.at),
        words: format!("{:.0} % of its requests fail", errors.value),
    });
}

/// The region's own parts, as they describe themselves.
fn by_parts(evidence: &Evidence<'_>, region: &Region, role: Role, reasons: &mut Vec<(Health, String)>) {
    let mut degraded = |words: String| reasons.push((Health::Degraded, words));
    if let Some(cluster) = evidence.value(region, |here| &here.aurora).and_then(|facts| facts.cluster.as_ref())
        && !super::stores::is_settled(&cluster.status)
    {
        degraded(format!("Aurora cluster {} is {}", cluster.id, cluster.status));
    }
    for function in evidence.value(region, |here| &here.functions).iter().flat_map(|facts| &facts.functions) {
        if function.state == "Failed" {
            degraded(format!("function {} has failed", function.name));
        }
        if function.reserved_concurrency == Some(0) && role != Role::Standby {
            degraded(format!("function {} is fenced: its concurrency is 0", function.name));
        }
    }
    for group in evidence.value(region, |here| &here.scaling_groups).into_iter().flatten() {
        if group.in_service < group.desired {
            degraded(format!("{} has {} of {} instances in service", group.name, group.in_service, group.desired));
        }
    }
    let alarms = evidence.value(region, |here| &here.alarms).into_iter().flat_map(|facts| &facts.alarms);
    let ringing: Vec<&str> = alarms.filter(|alarm| rings(evidence, alarm)).map(|alarm| alarm.name.as_str()).collect();
    match ringing.as_slice() {
        [] => {}
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            degraded(format!("in ALARM: {} and {} more", [*first, *second, *third].join(", "), rest.len()));
        }
        few => degraded(format!("in ALARM: {}", list(few))),
    }
}

/// An inverted health check fails while what it asks is well: its alarm tells of the inversion, which somebody wanted.
fn rings(evidence: &Evidence<'_>, alarm: &Alarm) -> bool {
    let watches = |check: &HealthCheck| {
        alarm.metric.as_ref().is_some_and(|metric| {
            let id = ("HealthCheckId".to_owned(), check.id.to_string());
            metric.namespace == "AWS/Route53" && metric.name == "HealthCheckStatus" && metric.dimensions.contains(&id)
        })
    };
    let checks = evidence.value(&Region::route53(), |here| &here.health_checks).into_iter().flatten();
    let is_of_inversion = checks.filter(|check| check.inverted).any(watches);
    alarm.state == AlarmState::Alarm && !is_of_inversion
}

/// How long a region's endpoints have been silent, as the end of a sentence.
pub(super) fn silent_for(evidence: &Evidence<'_>, judged: &RegionJudgement) -> String {
    judged.assessed.last_answer.map_or_else(String::new, |at| lasting(evidence.now, at))
}
