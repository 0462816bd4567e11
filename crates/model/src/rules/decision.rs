//! Should one fail over at all? Written criteria, each held against what is known now: it says what speaks for it, what
//! speaks against it and what nobody knows. It decides nothing; a person does.

use serde::{Deserialize, Serialize};

use super::aws_cli::inversion;
use super::dns::checks_of_region;
use super::evidence::Evidence;
use super::health_checks::configured;
use super::roles::accelerator_target;
use crate::assessment::{
    AUTHORITY, Assessment, DnsAnswerAssessment, Health, RegionAssessment, Role, RoleBasis, RunHistory, StoreAssessment,
    StoreKind,
};
use crate::facts::load_balancing::TargetHealth;
use crate::guard::{GuardName, GuardReport, Verdict};
use crate::id::Region;
use crate::observation::Freshness;
use crate::preflight::{Preflight, Standing};
use crate::read::{Service, Tempo};
use crate::runbook::Mode;
use crate::snapshot::Snapshot;
use crate::time::{Duration, Timestamp, age};
use crate::topology::Deployment;
use crate::wording::{ago, list, span};

/// A change that is younger than this may be the cause, and is taken back sooner than a region is left.
const RECENT_CHANGE: Duration = Duration::from_hours(1);

/// The runbook whose guards tell whether a failover may begin.
const FAILOVER: &str = "failover";

/// What a criterion says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speaks {
    For,
    Against,
    /// What would tell is not read, or too old.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    ClientsSuffer,
    WholeRegion,
    DatabaseToo,
    NoRecentChange,
    StandbyReady,
    WithinRpo,
    WaitingCostsMore,
}

impl Criterion {
    pub const ALL: [Self; 7] = [
        Self::ClientsSuffer,
        Self::WholeRegion,
        Self::DatabaseToo,
        Self::NoRecentChange,
        Self::StandbyReady,
        Self::WithinRpo,
        Self::WaitingCostsMore,
    ];

    /// As it stands on the card: what must hold for a failover to be right.
    pub fn words(self) -> &'static str {
        match self {
            Self::ClientsSuffer => "clients of the active region are failed",
            Self::WholeRegion => "it is the region, not a zone or some hosts",
            Self::DatabaseToo => "the database too, not the compute alone",
            Self::NoRecentChange => "nothing was changed within the last hour",
            Self::StandbyReady => "the standby is ready",
            Self::WithinRpo => "what would be lost is within the RPO",
            Self::WaitingCostsMore => "waiting costs more than switching",
        }
    }
}

/// One criterion, held against the facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    pub criterion: Criterion,
    pub speaks: Speaks,
    pub evidence: String,
    /// When the oldest fact it rests on was true; `None` where there is none.
    pub at: Option<Timestamp>,
}

/// What the criteria come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// Nothing fails that a failover would mend.
    Stay,
    /// A failover would not end well: mend the standby first.
    MendStandby,
    /// Clients are led away from the writer, which no failover mends.
    LeadClients,
    /// Take the change back, which is sooner done and loses nothing.
    RollBack,
    /// The database is well: mend the compute, or have it write across.
    MendCompute,
    /// A zone or some hosts: shift away from them.
    ShiftAway,
    /// All else speaks for it, and there still is time.
    Prepare,
    FailOver,
    /// All speaks for it but what is lost.
    WeighLoss,
    /// Too much is unknown.
    FindOut,
}

impl Advice {
    pub const ALL: [Self; 10] = [
        Self::Stay,
        Self::MendStandby,
        Self::LeadClients,
        Self::RollBack,
        Self::MendCompute,
        Self::ShiftAway,
        Self::Prepare,
        Self::FailOver,
        Self::WeighLoss,
        Self::FindOut,
    ];

    pub fn words(self) -> &'static str {
        match self {
            Self::Stay => "stay: nothing is seen to fail that a failover would mend",
            Self::MendStandby => "not now: a failover would not end well; mend what blocks it first",
            Self::LeadClients => {
                "lead clients to the region that writes: they are sent to the other one, and a failover mends no name"
            }
            Self::RollBack => "take the change back first: that is sooner done, and loses nothing",
            Self::MendCompute => {
                "mend the compute first: the database is well; write forwarding or new instances need no failover"
            }
            Self::ShiftAway => "shift away from the zone or the hosts that fail: the region itself answers",
            Self::Prepare => "prepare it: all else speaks for it, and there is still time to look for the cause",
            Self::WeighLoss => {
                "weigh the loss: all else speaks for it, but more is lost than the RPO allows, and that stays lost"
            }
            Self::FailOver => "fail over: every criterion that is known speaks for it",
            Self::FindOut => "find out first what is not known: a failover cannot be taken back for nothing",
        }
    }
}

/// The card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub from: Option<Region>,
    pub to: Option<Region>,
    pub advice: Advice,
    /// In the order in which they are asked.
    pub criteria: Vec<Judged>,
    /// How long one can still wait so that a failover is over within the RTO; `None` where that cannot be told.
    pub decide_within: Option<Duration>,
}

/// What the criteria are held against.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub deployment: &'a Deployment,
    pub snapshot: &'a Snapshot,
    pub assessment: &'a Assessment,
    /// Where the runbooks stand; `None` until they were judged.
    pub standing: Option<&'a Standing>,
    pub tempo: Tempo,
    /// When the incident began, where somebody declared it.
    pub since: Option<Timestamp>,
}

/// Holds the criteria against all that is known.
pub fn decide(known: &Known<'_>, now: Timestamp) -> Decision {
    let Known { deployment, snapshot, assessment, standing, tempo, since } = *known;
    let history = RunHistory::default();
    let evidence = Evidence { deployment, snapshot, history: &history, tempo, now };
    let case = Case { evidence, standing, assessment, since };
    let criteria = vec![
        case.clients_suffer(),
        case.whole_region(),
        case.database_too(),
        case.no_recent_change(),
        case.standby_ready(),
        case.within_rpo(),
        case.waiting_costs_more(),
    ];
    Decision {
        from: assessment.forecast.from.clone(),
        to: assessment.forecast.to.clone(),
        advice: match case.astray() {
            Some(_) => Advice::LeadClients,
            None => advice(&criteria, case.active().is_some_and(|active| active.reachable == Some(false))),
        },
        decide_within: case.decide_within(),
        criteria,
    }
}

/// What weighs most comes first: whether anything fails at all, then what would mend it at a lower price. In a region that
/// is not heard from nothing can be taken back or mended.
fn advice(criteria: &[Judged], is_silent: bool) -> Advice {
    let of = |wanted| criteria.iter().find(|judged| judged.criterion == wanted).map(|judged| judged.speaks);
    let against = |wanted| of(wanted) == Some(Speaks::Against);
    let cheaper = [
        (Criterion::ClientsSuffer, Advice::Stay),
        (Criterion::NoRecentChange, Advice::RollBack),
        (Criterion::DatabaseToo, Advice::MendCompute),
        (Criterion::WholeRegion, Advice::ShiftAway),
        (Criterion::StandbyReady, Advice::MendStandby),
    ];
    let counts = |criterion| !(is_silent && criterion == Criterion::NoRecentChange);
    if let Some((_, advice)) = cheaper.into_iter().find(|(criterion, _)| against(*criterion) && counts(*criterion)) {
        return advice;
    }
    let must_be_known =
        [Criterion::ClientsSuffer, Criterion::WholeRegion, Criterion::StandbyReady, Criterion::WithinRpo];
    if must_be_known.into_iter().any(|criterion| of(criterion) == Some(Speaks::Unknown)) {
        return Advice::FindOut;
    }
    if against(Criterion::WaitingCostsMore) {
        Advice::Prepare
    } else if against(Criterion::WithinRpo) {
        Advice::WeighLoss
    } else {
        Advice::FailOver
    }
}

struct Case<'a> {
    evidence: Evidence<'a>,
    standing: Option<&'a Standing>,
    assessment: &'a Assessment,
    since: Option<Timestamp>,
}

fn judged(criterion: Criterion, speaks: Speaks, evidence: impl Into<String>, at: Option<Timestamp>) -> Judged {
    Judged { criterion, speaks, evidence: evidence.into(), at }
}

fn nobody_active(criterion: Criterion) -> Judged {
    judged(criterion, Speaks::Unknown, "which region is active is not known", None)
}

impl Case<'_> {
    fn in_role(&self, role: Role) -> Option<&RegionAssessment> {
        self.assessment.regions.iter().find(|region| region.role == role)
    }

    fn active(&self) -> Option<&RegionAssessment> {
        self.in_role(Role::Active)
    }

    fn clients_suffer(&self) -> Judged {
        let criterion = Criterion::ClientsSuffer;
        let Some(active) = self.active() else { return nobody_active(criterion) };
        if let Some(towards) = self.astray() {
            let hold = self.hold(&towards).map_or_else(String::new, |command| format!("; `{command}` leads them back"));
            let evidence = format!("they are led to {towards}, and the writer is in {}{hold}", active.region);
            return judged(criterion, Speaks::For, evidence, active.last_answer);
        }
        let why = active.reasons.first().map_or_else(String::new, |why| format!(": {why}"));
        let evidence = format!("{} is {}{why}", active.region, active.health.as_str());
        let speaks = match active.health {
            Health::Down | Health::Degraded => Speaks::For,
            Health::Healthy => Speaks::Against,
            Health::Unknown => Speaks::Unknown,
        };
        judged(criterion, speaks, evidence, active.last_answer)
    }

    /// Where clients are led, if that is not where the writer is: every write fails there, however well both regions are.
    fn astray(&self) -> Option<Region> {
        // A writer that is not heard from is nowhere to lead anybody.
        let is_well = |active: &&RegionAssessment| {
            active.reachable == Some(true) && matches!(active.health, Health::Healthy | Health::Degraded)
        };
        let active = self.active().filter(|active| active.role_basis == RoleBasis::Writer).filter(is_well)?;
        let is_now = |answer: &&DnsAnswerAssessment| {
            answer.vantage == AUTHORITY && answer.freshness == Freshness::Fresh && answer.region.is_some()
        };
        let named = self.assessment.dns.iter().flat_map(|name| &name.answers).filter(is_now);
        let named = named.filter_map(|answer| answer.region.clone());
        let dialled = accelerator_target(&self.evidence)
            .filter(|(_, at)| self.evidence.is_recent(*at, Service::GlobalAccelerator))
            .map(|(region, _)| region);
        named.chain(dialled).find(|towards| *towards != active.region)
    }

    /// What holds clients away from a region whose health check passes, whatever its database does: an inversion, as in a
    /// failover. Not where the check is inverted or disabled already, nor where there is more than one.
    fn hold(&self, towards: &Region) -> Option<String> {
        let mut checks = checks_of_region(&self.evidence, towards);
        checks.dedup();
        let [id] = checks.as_slice() else { return None };
        let check = configured(&self.evidence, id)?.value;
        (!check.inverted && !check.disabled).then(|| inversion(id, true))
    }

    /// How many of the region's services answer, and how many of its targets are healthy.
    fn whole_region(&self) -> Judged {
        let criterion = Criterion::WholeRegion;
        let Some(active) = self.active() else { return nobody_active(criterion) };
        if active.reachable == Some(false) {
            let evidence = format!("no service of {} answers", active.region);
            return judged(criterion, Speaks::For, evidence, active.last_answer);
        }
        let (silent, asked) = self.silent_services(&active.region);
        let services = format!("{silent} of {asked} services are silent");
        let most_are_silent = silent * 2 > asked;
        let found = self.targets(&active.region);
        let (say, counted) = match found {
            None => ("its targets are not read".to_owned(), None),
            Some((healthy, targets, at)) if self.evidence.is_recent(at, Service::LoadBalancing) => {
                (format!("{healthy} of {targets} targets are healthy"), Some((healthy, targets)))
            }
            Some((healthy, targets, at)) => {
                (format!("{healthy} of {targets} targets were healthy {}", self.when_read(at)), None)
            }
        };
        let speaks = match counted {
            _ if most_are_silent => Speaks::For,
            Some((0, 1..)) => Speaks::For,
            None | Some((_, 0)) => Speaks::Unknown,
            Some((_, _)) => Speaks::Against,
        };
        let at = found.map(|(_, _, at)| at).or(active.last_answer);
        judged(criterion, speaks, format!("{services}; {say}"), at)
    }

    /// How many of the services that were asked are silent. A refusal says something of the asker, not of the region.
    fn silent_services(&self, region: &Region) -> (usize, usize) {
        let contacts = || self.evidence.here(region).into_iter().flat_map(crate::snapshot::RegionSnapshot::contacts);
        let asked = contacts().filter(|it| it.answered_at.is_some() || it.failure.is_some()).count();
        let silent = contacts().filter(|it| it.failure.is_some_and(|failure| failure.error.kind.is_silence())).count();
        (silent, asked)
    }

    /// What is too old to judge by is told all the same, as the past: it is the most that is known.
    fn when_read(&self, at: Timestamp) -> String {
        format!("when last read, {} ago", ago(self.evidence.now, at))
    }

    /// Healthy targets, all that take requests, and when they were read, however long ago.
    fn targets(&self, region: &Region) -> Option<(usize, usize, Timestamp)> {
        let observed = self.evidence.observed(region, |here| &here.target_groups)?;
        let serving = |health: &TargetHealth| *health != TargetHealth::Draining && *health != TargetHealth::Unused;
        let targets = observed.value.iter().flat_map(|group| &group.targets).filter(|it| serving(&it.health));
        let healthy = observed.value.iter().map(crate::facts::load_balancing::TargetGroup::healthy).sum();
        Some((healthy, targets.count(), observed.at))
    }

    /// Aurora well while targets fail is a matter of the compute.
    fn database_too(&self) -> Judged {
        let criterion = Criterion::DatabaseToo;
        let Some(active) = self.active() else { return nobody_active(criterion) };
        let aurora: Vec<&StoreAssessment> =
            self.assessment.stores.iter().filter(|store| store.kind == StoreKind::Aurora).collect();
        let Some(store) = aurora.first() else {
            return judged(criterion, Speaks::For, "there is no database that only one region writes", None);
        };
        let observed = self.evidence.observed(&active.region, |here| &here.aurora);
        let is_recent = observed.is_some_and(|it| self.evidence.is_recent(it.at, Service::Aurora));
        let at = observed.map(|it| it.at);
        if active.reachable == Some(false) {
            return judged(
                criterion,
                Speaks::For,
                format!("{} is not heard from, nor is its database", active.region),
                at,
            );
        }
        let status = observed.and_then(|it| it.value.cluster.as_ref()).map(|cluster| cluster.status.as_str());
        match (is_recent, status) {
            (true, Some("available")) if store.health == Health::Down => {
                let why = store.reasons.first().map_or("it is down", String::as_str);
                judged(criterion, Speaks::For, format!("{}: {why}", store.name), at)
            }
            (true, Some("available")) => {
                let evidence =
                    format!("{} is available in {}: the compute may be mended without it", store.name, active.region);
                judged(criterion, Speaks::Against, evidence, at)
            }
            (true, Some(status)) => {
                judged(criterion, Speaks::For, format!("{} is {status} in {}", store.name, active.region), at)
            }
            (is_recent, status) => {
                let was = status.zip(at).filter(|_| !is_recent).map(|(status, at)| {
                    format!("{} was {status} in {} {}", store.name, active.region, self.when_read(at))
                });
                let unread = || format!("how {} is in {} is not read", store.name, active.region);
                judged(criterion, Speaks::Unknown, was.unwrap_or_else(unread), at)
            }
        }
    }

    /// From the stacks; what is deployed by other hands is not seen here, and that is said.
    fn no_recent_change(&self) -> Judged {
        let criterion = Criterion::NoRecentChange;
        let (mut changed, mut unread, mut oldest) = (Vec::new(), Vec::new(), None::<Timestamp>);
        for target in &self.evidence.deployment.stacks {
            let observed = self.evidence.observed(&target.region, |here| &here.stacks);
            let Some((read_at, stack)) =
                observed.and_then(|it| Some((it.at, it.value.iter().find(|stack| stack.name == target.name)?)))
            else {
                unread.push(format!("{} in {}", target.name, target.region));
                continue;
            };
            oldest = Some(oldest.map_or(read_at, |oldest| oldest.min(read_at)));
            let is_recent = self.evidence.is_recent(read_at, Service::Stacks);
            if !is_recent {
                let ago = ago(self.evidence.now, read_at);
                unread.push(format!("{} in {} for {ago}", target.name, target.region));
            }
            let newest = [stack.updated_at, stack.created_at, stack.events.first().map(|event| event.at)];
            match newest.into_iter().flatten().max() {
                Some(at) if self.is_young(at) => {
                    changed.push(format!("{} in {} {} ago", stack.name, target.region, ago(self.evidence.now, at)));
                }
                Some(_) | None if !stack.is_in_progress() => {}
                Some(_) | None if is_recent => {
                    changed.push(format!("{} in {} is being changed", stack.name, target.region));
                }
                Some(_) | None if self.is_young(read_at) => {
                    let when = self.when_read(read_at);
                    changed.push(format!("{} in {} was being changed {when}", stack.name, target.region));
                }
                Some(_) | None => {}
            }
        }
        if !changed.is_empty() {
            return judged(criterion, Speaks::Against, format!("changed: {}", list(&changed)), oldest);
        }
        if self.evidence.deployment.stacks.is_empty() {
            return judged(criterion, Speaks::Unknown, "no stack of it is known; ask who deploys", None);
        }
        if !unread.is_empty() {
            return judged(criterion, Speaks::Unknown, format!("not read: {}", list(&unread)), oldest);
        }
        let evidence = "no stack was changed; what is deployed beside stacks is not seen here";
        judged(criterion, Speaks::For, evidence, oldest)
    }

    fn is_young(&self, at: Timestamp) -> bool {
        age(self.evidence.now, at) <= RECENT_CHANGE
    }

    /// By the guards of the failover itself. What would be lost is a criterion of its own, and whether this session may
    /// act says nothing of the standby.
    fn standby_ready(&self) -> Judged {
        let criterion = Criterion::StandbyReady;
        let Some(standby) = self.in_role(Role::Standby) else {
            return judged(criterion, Speaks::Unknown, "which region stands by is not known", None);
        };
        let is_ill = matches!(standby.health, Health::Degraded | Health::Down);
        let why = standby.reasons.first().filter(|_| is_ill).map_or_else(String::new, |why| format!(" ({why})"));
        let (at, is) = (standby.last_answer, format!("{} is {}{why}", standby.region, standby.health.as_str()));
        let of_failover = |it: &&Preflight| it.mode == Mode::Unplanned && it.runbook.as_str() == FAILOVER;
        // Clients that were led there already fail until its database is promoted, which a failover mends: whether it could
        // serve them then is what its guard judges.
        let Some(preflight) = self.standing.and_then(|standing| standing.preflights.iter().find(of_failover)) else {
            let speaks = if is_ill { Speaks::Against } else { Speaks::Unknown };
            return judged(criterion, speaks, format!("{is}; the guards of a failover are not judged yet"), at);
        };
        if standby.health == Health::Unknown {
            return judged(criterion, Speaks::Unknown, is, at);
        }
        if let Err(why) = &preflight.plan {
            return judged(criterion, Speaks::Against, format!("{is}; no plan can be made: {}", why.reason), at);
        }
        let elsewhere = [GuardName::Access, GuardName::Lag];
        let open = preflight.reports.iter().filter(|it| !it.allows() && !elsewhere.contains(&it.guard));
        let (refused, unknown): (Vec<&GuardReport>, Vec<&GuardReport>) =
            open.partition(|report| matches!(report.verdict, Verdict::Refuse { .. }));
        let names = |reports: &[&GuardReport]| list(&reports.iter().map(|it| it.guard.as_str()).collect::<Vec<_>>());
        match (refused.is_empty(), unknown.is_empty()) {
            (false, _) => judged(criterion, Speaks::Against, format!("{is}; refused by {}", names(&refused)), at),
            (true, false) => judged(criterion, Speaks::Unknown, format!("{is}; not known: {}", names(&unknown)), at),
            (true, true) => judged(criterion, Speaks::For, format!("{is}, and no guard refuses"), at),
        }
    }

    fn within_rpo(&self) -> Judged {
        let forecast = &self.assessment.forecast;
        let at = forecast.rpo.as_ref().map(|lost| lost.at);
        let of = forecast.rpo_store.as_ref().map_or_else(String::new, |(kind, _)| format!(" of {}", kind.as_str()));
        let lost = forecast.rpo.as_ref().map_or_else(
            || "what would be lost is not known".to_owned(),
            |lost| format!("up to {}{of} would be lost", span(lost.value)),
        );
        // Each store is held to its own objective: the one that loses most need not be one that has any.
        let worst = forecast.rpo_store.as_ref().and_then(|(kind, name)| {
            self.assessment.stores.iter().find(|store| store.kind == *kind && store.name == *name)
        });
        let target = worst.and_then(|store| store.rpo_target);
        let of_it = match (target, worst.and_then(|store| store.within_rpo)) {
            (Some(target), Some(true)) => format!(", within its RPO of {}", span(target)),
            (Some(target), Some(false)) => format!(", over its RPO of {}", span(target)),
            (Some(target), None) => format!("; its RPO is {}", span(target)),
            (None, _) if worst.is_some() => "; no RPO is set for it".to_owned(),
            (None, _) => String::new(),
        };
        let over: Vec<&str> = self
            .assessment
            .stores
            .iter()
            .filter(|store| store.within_rpo == Some(false) && worst.is_none_or(|worst| worst.name != store.name))
            .map(|store| store.name.as_str())
            .collect();
        let others = if over.is_empty() { String::new() } else { format!("; over its RPO: {}", list(&over)) };
        let (speaks, target) = match forecast.rpo_met {
            Some(true) if target.is_none() => (Speaks::For, format!("{of_it}; every RPO that is set is kept")),
            Some(true) => (Speaks::For, of_it),
            Some(false) => (Speaks::Against, format!("{of_it}{others}")),
            None if forecast.rpo_target.is_none() => (Speaks::Unknown, "; no RPO is set".to_owned()),
            None => (Speaks::Unknown, of_it),
        };
        judged(Criterion::WithinRpo, speaks, format!("{lost}{target}"), at)
    }

    /// How long one can still wait.
    fn decide_within(&self) -> Option<Duration> {
        let forecast = &self.assessment.forecast;
        let used = age(self.evidence.now, self.since?);
        Some(forecast.rto_target?.saturating_sub(used).saturating_sub(forecast.rto?))
    }

    fn waiting_costs_more(&self) -> Judged {
        let criterion = Criterion::WaitingCostsMore;
        let forecast = &self.assessment.forecast;
        let now = Some(self.evidence.now);
        let unknown = |why: &str| judged(criterion, Speaks::Unknown, why, None);
        let Some(since) = self.since else { return unknown("nobody has declared when the incident began") };
        let Some(objective) = forecast.rto_target else { return unknown("no RTO is set") };
        let used = age(self.evidence.now, since);
        let Some(switching) = forecast.rto else {
            let least = span(forecast.rto_at_least);
            return unknown(&format!("a failover takes at least {least}, the rest is not known"));
        };
        let left = objective.saturating_sub(used);
        let says = format!("{} of {} left; a failover takes {}", span(left), span(objective), span(switching));
        if switching >= left {
            let late = switching.saturating_sub(left);
            let over =
                if late.is_zero() { String::new() } else { format!(": the RTO is missed by {} already", span(late)) };
            return judged(criterion, Speaks::For, format!("{says}{over}"), now);
        }
        let within = span(left.saturating_sub(switching));
        judged(criterion, Speaks::Against, format!("{says}: there are {within} to decide in"), now)
    }
}

#[cfg(test)]
mod tests;
