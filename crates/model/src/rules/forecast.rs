//! "If you failed over now": what would be lost, how long it would take, what is in the way.

use super::aws_cli::{command, posix};
use super::contradictions::standing_still;
use super::evidence::Evidence;
use super::health_checks::configured;
use super::regions::{RegionJudgement, balancers_without_target, failing_probes, silent_for};
use super::roles::Roles;
use super::stores::{StoreJudgement, age_of, loss_limit};
use crate::assessment::{
    AlarmAssessment, Blocker, Dated, Forecast, Health, HealthCheckAssessment, IdentityAssessment, RtoTerm, StoreKind,
};
use crate::call::Call;
use crate::id::{HealthCheckId, Region};
use crate::observation::Freshness;
use crate::read::Service;
use crate::time::{Duration, age};
use crate::wording::{ago, lasting, list, span};

mod terms;

/// Credentials that end sooner than this may end in the middle of a run.
const CREDENTIALS_MARGIN: Duration = Duration::from_hours(1);

/// Everything judged so far, from which the forecast follows.
pub(super) struct Judged<'a> {
    pub(super) roles: &'a Roles,
    pub(super) identity: &'a IdentityAssessment,
    pub(super) regions: &'a [RegionJudgement],
    pub(super) stores: &'a [StoreJudgement],
    pub(super) checks: &'a [HealthCheckAssessment],
    pub(super) alarms: &'a [AlarmAssessment],
}

impl Judged<'_> {
    fn region(&self, region: &Region) -> Option<&RegionJudgement> {
        self.regions.iter().find(|judged| judged.assessed.region == *region)
    }
}

pub(super) fn assess(evidence: &Evidence<'_>, judged: &Judged<'_>) -> Forecast {
    let objectives = &evidence.deployment.objectives;
    let from = judged.roles.active.clone();
    let to = judged.roles.standby(evidence);
    let rto_terms = terms::terms(evidence, judged, from.as_ref(), to.as_ref());
    let rto = rto_terms.iter().map(|term| term.length).sum::<Option<Duration>>().filter(|_| from.is_some());
    let worst = worst(judged);
    let forecast = Forecast {
        rpo: worst.map(|(_, at_risk)| at_risk.clone()),
        rpo_store: worst.map(|(store, _)| (store.assessed.kind, store.assessed.name.clone())),
        rpo_target: objectives.headline_rpo(),
        rpo_met: rpo_met(judged),
        rto,
        rto_at_least: rto_terms.iter().filter_map(|term| term.length).sum(),
        rto_target: objectives.rto,
        blockers: blockers(evidence, judged, from.as_ref(), to.as_ref()),
        warnings: Vec::new(),
        last_rehearsed: evidence.history.last_rehearsed,
        rto_terms,
        from,
        to,
    };
    Forecast { warnings: warnings(evidence, judged, &forecast), ..forecast }
}

/// The worst of the stores that a failover would lose from. A store of which nothing can be known by design is named
/// in the warnings; one that merely has not been seen makes the whole unknown.
fn worst<'a>(judged: &Judged<'a>) -> Option<(&'a StoreJudgement, &'a Dated<Duration>)> {
    let stores = judged.stores.iter().filter(|store| store.counts);
    let at_risk: Option<Vec<_>> =
        stores.map(|store| store.assessed.at_risk.as_ref().map(|at_risk| (store, at_risk))).collect();
    at_risk?.into_iter().max_by_key(|(_, at_risk)| at_risk.value)
}

fn rpo_met(judged: &Judged<'_>) -> Option<bool> {
    let with_target: Vec<Option<bool>> = judged
        .stores
        .iter()
        .filter(|store| store.counts && store.assessed.rpo_target.is_some())
        .map(|store| store.assessed.within_rpo)
        .collect();
    if with_target.contains(&Some(false)) {
        return Some(false);
    }
    (!with_target.is_empty() && with_target.iter().all(Option::is_some)).then_some(true)
}

fn blockers(evidence: &Evidence<'_>, judged: &Judged<'_>, from: Option<&Region>, to: Option<&Region>) -> Vec<Blocker> {
    let mut blockers = Vec::new();
    by_identity(judged, evidence, &mut blockers);
    match (from, to) {
        (Some(from), Some(to)) => {
            by_active(evidence, judged, from, to, &mut blockers);
            by_standby(evidence, judged, from, to, &mut blockers);
        }
        _ => by_roles(evidence, judged, &mut blockers),
    }
    by_stores(evidence, judged, &mut blockers);
    by_replication(evidence, judged, &mut blockers);
    by_lever(evidence, &mut blockers);
    blockers
}

fn block(blockers: &mut Vec<Blocker>, what: impl Into<String>, fix: impl Into<String>) {
    blockers.push(Blocker { what: what.into(), fix: fix.into() });
}

fn by_identity(judged: &Judged<'_>, evidence: &Evidence<'_>, blockers: &mut Vec<Blocker>) {
    if let Some((words, fix)) = &judged.identity.trouble {
        block(blockers, words.clone(), fix.clone().unwrap_or_default());
    }
    if let (true, Some(account), Some(expected)) =
        (judged.identity.wrong_account, &judged.identity.account, &evidence.deployment.account)
    {
        block(
            blockers,
            format!("the credentials are of account {account}, the deployment is in {expected}"),
            format!("use a profile or role of account {expected}"),
        );
    }
}

/// How to leave for `to` by hand, in a command that can be copied where it is more than moving clients.
fn way_over(evidence: &Evidence<'_>, to: &Region) -> String {
    let cluster = evidence.value(to, |here| &here.aurora).and_then(|facts| facts.cluster.as_ref());
    let Some((global_cluster, cluster)) = evidence.deployment.global_cluster.as_ref().zip(cluster) else {
        return format!("fail over to {to}: `lifeboat run failover --operate`");
    };
    let promotion = Call::FailoverGlobalCluster {
        global_cluster: global_cluster.clone(),
        target: cluster.arn.clone(),
        target_region: to.clone(),
    };
    format!(
        "fail over to {to}: `lifeboat run failover --operate`; by hand the database's part is `{}`",
        posix(&command(&promotion))
    )
}

fn by_roles(evidence: &Evidence<'_>, judged: &Judged<'_>, blockers: &mut Vec<Blocker>) {
    let is_lost = |it: &&RegionJudgement| it.assessed.health == Health::Down || it.assessed.reachable == Some(false);
    let lost: Vec<&Region> = judged.regions.iter().filter(is_lost).map(|it| &it.assessed.region).collect();
    let left: Vec<&Region> = judged.regions.iter().filter(|it| !is_lost(it)).map(|it| &it.assessed.region).collect();
    if let Some(split) = &judged.roles.split {
        block(
            blockers,
            format!("no region can be called active: {}", split.what),
            "find out which region takes writes before anything is moved; fence the other one",
        );
    } else if let ([lost], [left]) = (lost.as_slice(), left.as_slice()) {
        block(
            blockers,
            format!("region {lost} is lost, and nothing that can be read tells which region is active"),
            format!("if clients were served from {lost}, {}", way_over(evidence, left)),
        );
    } else {
        block(
            blockers,
            "no region is known to be active, so there is no standby to move to",
            "see which facts are missing in the list of dependencies, and restore them",
        );
    }
}

/// With its active region gone a pair is not ready, although failing over is possible and may be right.
fn by_active(evidence: &Evidence<'_>, judged: &Judged<'_>, from: &Region, to: &Region, blockers: &mut Vec<Blocker>) {
    let Some(active) = judged.region(from) else { return };
    if active.assessed.health == Health::Down {
        let why = active.assessed.reasons.first().map(|reason| format!(" ({reason})")).unwrap_or_default();
        block(
            blockers,
            format!("active region {from} is down{why}: nothing reaches {to} any more, and the loss grows"),
            format!("accept the loss shown, and {}", way_over(evidence, to)),
        );
    } else if active.assessed.reachable == Some(false) {
        block(
            blockers,
            format!(
                "active region {from} does not answer{}; whether it is down is not known",
                silent_for(evidence, active)
            ),
            format!("look at {from} from another network; if it is down, {}", way_over(evidence, to)),
        );
    } else {
        by_unheard(active, "active", blockers);
    }
}

fn by_unheard(judged: &RegionJudgement, role: &str, blockers: &mut Vec<Blocker>) {
    if !judged.unheard.is_empty() {
        let region = &judged.assessed.region;
        block(
            blockers,
            format!("how well the {role} region {region} is, is not known: {}", judged.unheard.join("; ")),
            "restore what is named, or see the dependencies for what does not answer",
        );
    }
}

fn by_standby(evidence: &Evidence<'_>, judged: &Judged<'_>, from: &Region, to: &Region, blockers: &mut Vec<Blocker>) {
    let Some(standby) = judged.region(to) else { return };
    if standby.assessed.health == Health::Down {
        let why = standby.assessed.reasons.first().cloned().unwrap_or_default();
        block(
            blockers,
            format!("standby region {to} is down: {why}"),
            format!("mend {to} before anything is moved there"),
        );
    } else if standby.assessed.reachable == Some(false) {
        block(
            blockers,
            format!("standby region {to} does not answer{}", silent_for(evidence, standby)),
            format!("restore the connection to {to}; nothing can be moved to a region that cannot be seen"),
        );
    } else {
        by_unheard(standby, "standby", blockers);
    }
    for (url, failing) in failing_probes(evidence, to) {
        block(
            blockers,
            format!("clients moved to standby {to} would not be served: {url} {failing}"),
            format!("mend what {to} answers before anything is moved there"),
        );
    }
    let functions = evidence.value(to, |here| &here.functions);
    let fenced = functions.iter().flat_map(|facts| &facts.functions).filter(|it| it.reserved_concurrency == Some(0));
    for function in fenced {
        block(
            blockers,
            format!("function {} in standby {to} refuses every call: its concurrency is 0", function.name),
            format!(
                "take the limit off: `aws lambda delete-function-concurrency --function-name {} --region {to}`",
                function.name
            ),
        );
    }
    // A pair of empty load balancers is a design without targets; one that is empty on one side only is a fault.
    let has_target = |region| balancers_without_target(evidence, region).map(|(without, seen)| without.len() < seen);
    if has_target(to) == Some(false) && has_target(from) != Some(false) {
        block(
            blockers,
            format!("no load balancer of standby {to} has a healthy target"),
            format!("start instances in {to} and wait until their targets are healthy"),
        );
    }
}

/// With the link between two living regions cut, a promotion makes a second writer.
fn by_replication(evidence: &Evidence<'_>, judged: &Judged<'_>, blockers: &mut Vec<Blocker>) {
    let (Some(from), Some(what)) = (&judged.roles.active, standing_still(evidence, judged.regions, judged.stores))
    else {
        return;
    };
    block(
        blockers,
        what,
        format!(
            "restore the link between the regions; where that cannot be waited for, fence the writer in {from} first"
        ),
    );
}

fn by_stores(evidence: &Evidence<'_>, judged: &Judged<'_>, blockers: &mut Vec<Blocker>) {
    let is_active_lost = judged
        .roles
        .active
        .as_ref()
        .and_then(|active| judged.region(active))
        .is_some_and(|active| active.assessed.health == Health::Down || active.assessed.reachable == Some(false));
    let remedy = |otherwise: &str| {
        if is_active_lost {
            "it cannot be known while the active region is lost; failing over accepts this loss"
        } else {
            otherwise
        }
        .to_owned()
    };
    for store in judged.stores.iter().filter(|store| store.counts) {
        let name = &store.assessed.name;
        for (what, fix) in &store.obstacles {
            block(blockers, what.clone(), fix.clone());
        }
        match (&store.expected_loss, &store.blind_by_design) {
            (None, None) => block(
                blockers,
                format!("what would be lost of {} {name} is not known", label(store.assessed.kind)),
                remedy("no data on its lag: see whether CloudWatch metrics of both regions answer"),
            ),
            (Some(loss), _) if loss.freshness != Freshness::Fresh => block(
                blockers,
                format!(
                    "what would be lost of {} {name} was last known {} ago",
                    label(store.assessed.kind),
                    ago(evidence.now, loss.at)
                ),
                remedy("its lag has no fresh data: see whether replication still runs and CloudWatch metrics answer"),
            ),
            _ => {}
        }
        if !is_active_lost {
            over_rpo(evidence, store, blockers);
        }
    }
}

/// The loss to be expected against the RPO. Copies of objects take as long as Replication Time Control promises
/// by design: up to that, missing a shorter RPO is a warning, not today's fault.
fn over_rpo(evidence: &Evidence<'_>, store: &StoreJudgement, blockers: &mut Vec<Blocker>) {
    let limit = loss_limit(evidence, store.assessed.kind, &store.assessed.name);
    let (Some(loss), Some(limit)) = (&store.expected_loss, limit) else { return };
    if loss.value > limit {
        block(
            blockers,
            format!(
                "{} of {} {} would be lost, against {} of {}",
                span(loss.value),
                label(store.assessed.kind),
                store.assessed.name,
                if store.assessed.rpo_target == Some(limit) { "an RPO" } else { "a replication promise" },
                span(limit)
            ),
            "wait for replication to catch up, or lower the write load",
        );
    }
}

fn label(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Aurora => "Aurora",
        StoreKind::DynamoDb => "table",
        StoreKind::S3 => "bucket",
    }
}

/// The control plane that moves clients. Its failure leaves the data plane's own way.
fn by_lever(evidence: &Evidence<'_>, blockers: &mut Vec<Blocker>) {
    let silent = |region: &Region, service: Service| {
        evidence
            .here(region)
            .and_then(|here| here.contact(service).failure)
            .filter(|failure| failure.error.kind.is_silence())
            .map(|failure| lasting(evidence.now, failure.since))
    };
    let deployment = evidence.deployment;
    if !deployment.accelerators.is_empty()
        && let Some(since) = silent(&Region::accelerator(), Service::GlobalAccelerator)
    {
        block(
            blockers,
            format!("Global Accelerator's API ({}) does not answer{since}", Region::accelerator()),
            "dials cannot be moved; it still leaves unhealthy endpoints by itself, so shut the old region's door",
        );
    }
    if !deployment.records.is_empty() {
        let services = [Service::HealthChecks, Service::Records];
        if let Some(since) = services.into_iter().find_map(|service| silent(&Region::route53(), service)) {
            block(
                blockers,
                format!("Route 53's API ({}) does not answer{since}", Region::route53()),
                "checks and records cannot be changed; health checks still fail over by themselves, so shut the old region's \
                 door, or use a standby-takes-over check",
            );
        }
    }
}

fn warnings(evidence: &Evidence<'_>, judged: &Judged<'_>, forecast: &Forecast) -> Vec<String> {
    let mut warnings = Vec::new();
    about_time(evidence, forecast, &mut warnings);
    about_stores(evidence, judged, &mut warnings);
    about_standby(evidence, judged, forecast, &mut warnings);
    about_alarms(evidence, judged.alarms, &mut warnings);
    about_credentials(evidence, judged.identity, &mut warnings);
    for check in judged.checks {
        warnings.extend(check.traps.iter().map(|trap| format!("health check {}: {trap}", check.id)));
    }
    warnings
}

fn about_time(evidence: &Evidence<'_>, forecast: &Forecast, warnings: &mut Vec<String>) {
    match (forecast.rto, forecast.rto_target) {
        (Some(rto), Some(target)) if rto > target => {
            warnings.push(format!("recovery would take {}, over the RTO of {}", span(rto), span(target)));
        }
        (None, Some(target)) if forecast.rto_at_least > target => {
            let least = span(forecast.rto_at_least);
            warnings.push(format!("recovery would take at least {least}, over the RTO of {}", span(target)));
        }
        (None, _) if forecast.from.is_some() => {
            let unknown: Vec<&str> =
                forecast.rto_terms.iter().filter(|term| term.length.is_none()).map(|term| term.name.as_str()).collect();
            warnings.push(format!("how long recovery would take is not known: {}", list(&unknown)));
        }
        _ => {}
    }
    warnings.extend(forecast.rehearsal_warning(evidence.now));
}

fn about_stores(evidence: &Evidence<'_>, judged: &Judged<'_>, warnings: &mut Vec<String>) {
    for store in judged.stores.iter().filter(|store| store.counts) {
        let (name, kind) = (&store.assessed.name, label(store.assessed.kind));
        warnings.extend(store.blind_by_design.clone());
        warnings.extend(store.failed_copies.clone());
        let is_over = store.assessed.within_rpo == Some(false);
        let is_blocked = loss_limit(evidence, store.assessed.kind, name)
            .zip(store.expected_loss.as_ref())
            .is_some_and(|(limit, loss)| loss.value > limit);
        if let Some(at_risk) = store.assessed.at_risk.as_ref().filter(|_| is_over && !is_blocked) {
            let why = match store.assessed.kind {
                StoreKind::DynamoDb => "with the margin AWS advises, ten times the recent latency",
                StoreKind::Aurora | StoreKind::S3 => "which its kind of replication does not promise to prevent",
            };
            warnings.push(format!("up to {} of {kind} {name} may be lost, over the RPO, {why}", span(at_risk.value)));
        }
        if let Some(at_risk) = store.assessed.at_risk.as_ref().filter(|it| it.freshness != Freshness::Fresh) {
            let old = age_of(evidence, &store.assessed).unwrap_or_default();
            warnings.push(format!(
                "the lag of {kind} {name} is {} old; its {} at risk include that time",
                span(old),
                span(at_risk.value)
            ));
        }
    }
}

fn about_standby(evidence: &Evidence<'_>, judged: &Judged<'_>, forecast: &Forecast, warnings: &mut Vec<String>) {
    let Some(to) = &forecast.to else { return };
    if let Some(standby) = judged.region(to).filter(|it| it.assessed.health == Health::Degraded) {
        let reasons = &standby.assessed.reasons;
        warnings.push(format!("standby {to} is degraded: {}", reasons.join("; ")));
    }
    for row in super::parity::assess(evidence) {
        if row.verdict == crate::assessment::Parity::Different {
            warnings.push(format!("{} differs: {}", row.what, row.detail));
        }
    }
}

fn about_alarms(evidence: &Evidence<'_>, alarms: &[AlarmAssessment], warnings: &mut Vec<String>) {
    let orphaned = alarms.iter().filter(|alarm| alarm.orphaned_by_role_swap);
    // One that waits for its turn while another sees what there is to see is as it was built.
    for alarm in orphaned.filter(|alarm| !super::alarms::is_watched_elsewhere(evidence, &alarm.region)) {
        warnings.push(format!(
            "alarm {} in {} watches lag that is published in the other region while this one is active",
            alarm.name, alarm.region
        ));
    }
    let muted: Vec<&str> =
        alarms.iter().filter(|alarm| !alarm.actions_enabled).map(|alarm| alarm.name.as_str()).collect();
    if !muted.is_empty() {
        warnings.push(format!("alarms whose actions are off: {}", list(&muted)));
    }
}

fn about_credentials(evidence: &Evidence<'_>, identity: &IdentityAssessment, warnings: &mut Vec<String>) {
    if let Some(ends) = identity.expires_at.filter(|_| identity.trouble.is_none()) {
        let left = age(ends, evidence.now);
        if left < CREDENTIALS_MARGIN {
            warnings.push(format!("the credentials expire in {}", span(left)));
        }
    }
}

/// Seconds between a checker's requests times how many must fail, for the checks that move clients off a region.
fn check_interval(evidence: &Evidence<'_>, id: &HealthCheckId) -> Option<(u32, u32)> {
    let check = configured(evidence, id)?.value;
    check.interval_s.zip(check.threshold)
}

/// One named part.
fn term(name: &str, length: Option<Duration>, basis: impl Into<String>) -> RtoTerm {
    RtoTerm { name: name.to_owned(), length, basis: basis.into() }
}
