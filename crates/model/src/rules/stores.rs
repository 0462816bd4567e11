//! Each data store: is it well, how far does replication lag, and what would be lost by failing over now.
//! What cannot be seen is unknown; it is never nothing.

use super::evidence::{Evidence, PERIOD, grown, millis, redated, seconds};
use super::reads::metrics::member_clusters;
use super::regions;
use super::roles::Roles;
use crate::assessment::{Dated, Health, StoreAssessment, StoreKind};
use crate::facts::aurora::{GlobalCluster, Synchronization};
use crate::facts::dynamodb::{Consistency, ReplicaStatus, Table, TableStatus};
use crate::facts::s3::{ReplicationRule, Versioning};
use crate::id::{ClusterId, Region, TableName};
use crate::metric::{Measure, MetricKey, Subject};
use crate::observation::{Freshness, Observed};
use crate::read::Service;
use crate::snapshot::SERIES_KEPT;
use crate::time::{Duration, Timestamp, after, age, before};
use crate::topology::BucketPair;
use crate::wording::{ago, span};

/// AWS's advice for leaving a region: wait ten times the recent greatest replication latency.
const DRAIN_FACTOR: u32 = 10;
/// What counts as recent for that. Longer, and the delay of an outage that is over would be told as loss to come.
const DRAIN_SPAN: Duration = Duration::from_mins(5);
/// What is left out of the usual.
const UNUSUAL_SPAN: Duration = Duration::from_mins(15);

/// Lag this many times its usual is news, whatever the objectives say.
const UNUSUAL_FACTOR: f64 = 10.0;
/// Shorter lag than this is never news.
const UNUSUAL_FROM: Duration = Duration::from_secs(2);
/// How many earlier minutes make a usual.
const USUAL_POINTS: usize = 30;

/// What AWS gives as the time in which S3 Replication Time Control copies nearly everything.
const REPLICATION_TIME_CONTROL: Duration = Duration::from_mins(15);
/// Lag that grows by more than this in a minute is no lag but a standstill, in milliseconds.
const STANDSTILL_MS_PER_MINUTE: f64 = 45_000.0;
/// A standstill shorter than this may be a hiccup.
const STANDSTILL_FROM: Duration = Duration::from_mins(1);

/// Why a store does not allow a failover, beside the number at risk.
pub(super) struct StoreJudgement {
    pub(super) assessed: StoreAssessment,
    /// What must be mended before a failover, each with how.
    pub(super) obstacles: Vec<(String, String)>,
    /// The loss to be expected, without the margin that `at_risk` has.
    pub(super) expected_loss: Option<Dated<Duration>>,
    /// Set where the number at risk cannot be known by design, rather than for want of an answer.
    pub(super) blind_by_design: Option<String>,
    /// What was given up on and is not copied later by itself.
    pub(super) failed_copies: Option<String>,
    /// Whether a failover from the active region would lose from it: not so for replication that runs the other way.
    pub(super) counts: bool,
}

impl StoreJudgement {
    /// Nothing arrives any more: the lag is long, and grows as fast as time passes.
    pub(super) fn stands_still(&self, evidence: &Evidence<'_>) -> bool {
        let lag = self.assessed.lag.as_ref().filter(|lag| lag.freshness == Freshness::Fresh);
        let to_millis = match self.assessed.kind {
            StoreKind::Aurora | StoreKind::DynamoDb => 1.0,
            StoreKind::S3 => 1000.0,
        };
        // A store that is idle has a lag that holds and a series that has ended.
        let is_told = |key: &&MetricKey| evidence.newest(key).is_some_and(|it| it.freshness == Freshness::Fresh);
        let growth = self.assessed.trend.as_ref().filter(is_told).and_then(|key| evidence.growth_per_minute(key));
        lag.is_some_and(|lag| lag.value >= STANDSTILL_FROM)
            && growth.is_some_and(|growth| growth * to_millis >= STANDSTILL_MS_PER_MINUTE)
    }
}

/// Up to which loss a store does what it promises. Copies of objects take as long as Replication Time Control says
/// by design: that a shorter RPO is missed meanwhile is worth a warning, and no news.
/// An RPO that was stated for objects is taken at its word.
pub(super) fn loss_limit(evidence: &Evidence<'_>, kind: StoreKind, name: &str) -> Option<Duration> {
    let objectives = &evidence.deployment.objectives;
    let rpo = objectives.rpo_of(kind)?;
    match kind {
        StoreKind::S3 if !objectives.rpo_by_store.contains_key(&kind) => {
            Some(rpo.max(time_control(evidence, name).unwrap_or(REPLICATION_TIME_CONTROL)))
        }
        StoreKind::Aurora | StoreKind::DynamoDb | StoreKind::S3 => Some(rpo),
    }
}

/// Fresh lag that is many times what it usually was before the last quarter of an hour.
fn unusual_lag(
    evidence: &Evidence<'_>,
    key: Option<&MetricKey>,
    lag: Option<&Dated<Duration>>,
    findings: &mut Findings,
) {
    let (Some(key), Some(lag)) = (key, lag.filter(|lag| lag.freshness == Freshness::Fresh)) else { return };
    let Some(usual) = evidence.median_before(key, UNUSUAL_SPAN, USUAL_POINTS).and_then(millis) else { return };
    if lag.value >= UNUSUAL_FROM && lag.value.as_secs_f64() >= usual.as_secs_f64() * UNUSUAL_FACTOR {
        findings.ill(Health::Degraded, format!("lag of {} is far over its usual {}", span(lag.value), span(usual)));
    }
}

/// Statuses in which an Aurora cluster serves and can be promoted.
pub(super) fn is_settled(status: &str) -> bool {
    matches!(status, "available" | "backing-up")
}

pub(super) fn assess(evidence: &Evidence<'_>, roles: &Roles) -> Vec<StoreJudgement> {
    let deployment = evidence.deployment;
    let aurora = deployment.global_cluster.iter().map(|id| aurora(evidence, roles, id.as_str()));
    let tables = deployment.tables.iter().map(|name| table(evidence, roles, name));
    let buckets = deployment.buckets.iter().map(|pair| bucket(evidence, roles, pair));
    aurora.chain(tables).chain(buckets).collect()
}

/// Collects what is wrong while a store is looked over.
#[derive(Default)]
struct Findings {
    reasons: Vec<(Health, String)>,
    obstacles: Vec<(String, String)>,
}

impl Findings {
    fn ill(&mut self, health: Health, words: impl Into<String>) {
        self.reasons.push((health, words.into()));
    }

    fn bars(&mut self, health: Health, words: impl Into<String>, fix: impl Into<String>) {
        let words = words.into();
        self.reasons.push((health, words.clone()));
        self.obstacles.push((words, fix.into()));
    }

    fn health(&mut self) -> (Health, Vec<String>) {
        self.reasons.sort_by_key(|(health, _)| std::cmp::Reverse(*health));
        let worst = self.reasons.first().map_or(Health::Healthy, |(health, _)| *health);
        (worst, self.reasons.drain(..).map(|(_, words)| words).collect())
    }
}

fn within(evidence: &Evidence<'_>, kind: StoreKind, at_risk: Option<&Dated<Duration>>) -> Option<bool> {
    Some(at_risk?.value <= evidence.deployment.objectives.rpo_of(kind)?)
}

/// Once the region that is written to has fallen silent, what was known before tells nothing of what was written since.
fn unless_silent<T>(evidence: &Evidence<'_>, writer: Option<&Region>, dated: Option<Dated<T>>) -> Option<Dated<T>> {
    let silence = writer.and_then(|region| regions::silence(evidence, region));
    dated.map(|dated| match silence {
        Some(since) if dated.at < since => Dated { freshness: Freshness::Stale, ..dated },
        Some(_) | None => dated,
    })
}

fn lag_findings(
    evidence: &Evidence<'_>,
    kind: StoreKind,
    name: &str,
    lag: Option<&Dated<Duration>>,
    findings: &mut Findings,
) {
    match lag {
        None => findings.ill(Health::Unknown, format!("no data on the replication lag of {name}")),
        Some(lag) if lag.freshness != Freshness::Fresh => {
            let words = format!("the newest lag known is {} old", ago(evidence.now, lag.at));
            findings.ill(Health::Unknown, words);
        }
        Some(lag) => {
            if let Some(limit) = loss_limit(evidence, kind, name).filter(|limit| lag.value > *limit) {
                let words = format!("lag of {} is over its limit of {}", span(lag.value), span(limit));
                findings.ill(Health::Degraded, words);
            }
        }
    }
}

fn scaled(slope: Option<f64>, to_millis: f64) -> Option<f64> {
    slope.map(|slope| slope * to_millis)
}

// ---- Aurora

fn aurora(evidence: &Evidence<'_>, roles: &Roles, name: &str) -> StoreJudgement {
    let mut findings = Findings::default();
    let views: Vec<Observed<&GlobalCluster>> = evidence
        .deployment
        .regions
        .both()
        .into_iter()
        .filter_map(|region| {
            let observed = evidence.observed(region, |here| &here.aurora)?;
            Some(Observed::new(observed.value.global.as_ref()?, observed.at))
        })
        .collect();
    aurora_views(evidence, name, &views, &mut findings);
    let standby = (roles.basis == crate::assessment::RoleBasis::Writer).then(|| roles.standby(evidence)).flatten();
    if let Some(standby) = &standby {
        aurora_standby(evidence, standby, &views, &mut findings);
    }
    let (lag, trend) = match &standby {
        Some(standby) => aurora_lag(evidence, standby),
        None => (None, None),
    };
    let lag = unless_silent(evidence, roles.active.as_ref(), lag);
    lag_findings(evidence, StoreKind::Aurora, name, lag.as_ref(), &mut findings);
    unusual_lag(evidence, trend.as_ref(), lag.as_ref(), &mut findings);
    let at_risk = lag.as_ref().map(|lag| grown(lag, evidence.now));
    let (health, reasons) = findings.health();
    StoreJudgement {
        assessed: StoreAssessment {
            kind: StoreKind::Aurora,
            name: name.to_owned(),
            writer_region: standby.as_ref().and(roles.active.clone()),
            health,
            reasons,
            rpo_target: evidence.deployment.objectives.rpo_of(StoreKind::Aurora),
            within_rpo: within(evidence, StoreKind::Aurora, at_risk.as_ref()),
            slope_ms_per_minute: trend.as_ref().and_then(|key| evidence.slope_per_minute(key)),
            trend,
            lag,
            pending_objects: None,
            pending_bytes: None,
            at_risk: at_risk.clone(),
        },
        obstacles: findings.obstacles,
        expected_loss: at_risk,
        blind_by_design: None,
        failed_copies: None,
        counts: true,
    }
}

fn aurora_views(evidence: &Evidence<'_>, name: &str, views: &[Observed<&GlobalCluster>], findings: &mut Findings) {
    let Some(newest) = views.iter().max_by_key(|view| view.at) else {
        findings.bars(
            Health::Unknown,
            format!("global cluster {name} has not been read from either region"),
            "check the global cluster's name in the configuration, and what RDS answers in both regions",
        );
        return;
    };
    if !evidence.is_recent(newest.at, Service::Aurora) {
        findings.bars(
            Health::Unknown,
            format!("global cluster {name} was last read {} ago", ago(evidence.now, newest.at)),
            "restore the connection to RDS in either region; the roles shown are of that time",
        );
    }
    let mut current = views.iter().filter(|view| age(newest.at, view.at) <= evidence.patience(Service::Aurora));
    if let Some(failover) = current.find_map(|view| view.value.failover.as_ref()) {
        findings.bars(
            Health::Degraded,
            format!("global cluster {name} is already {}", failover.status),
            "wait until the operation under way has ended",
        );
    }
    if !is_settled(&newest.value.status) && newest.value.failover.is_none() {
        findings.ill(Health::Degraded, format!("global cluster {name} is {}", newest.value.status));
    }
    if newest.value.members.iter().filter(|member| member.is_writer).count() == 0 {
        findings.ill(Health::Down, format!("no member of global cluster {name} may write"));
    }
}

fn aurora_standby(
    evidence: &Evidence<'_>,
    standby: &Region,
    views: &[Observed<&GlobalCluster>],
    findings: &mut Findings,
) {
    let newest = views.iter().max_by_key(|view| view.at);
    let member = newest.and_then(|view| view.value.member_in(standby));
    if newest.is_some() && member.is_none() {
        findings.bars(
            Health::Down,
            format!("{standby} has no member in the global cluster"),
            format!("add a secondary cluster in {standby} to the global cluster"),
        );
    }
    if let Some(status) = member.and_then(|member| member.synchronization.as_ref())
        && *status != Synchronization::Connected
    {
        findings.bars(
            Health::Degraded,
            format!("the member in {standby} is {status}"),
            "wait until the member is connected again: its copy is not complete",
        );
    }
    let observed = evidence.observed(standby, |here| &here.aurora);
    match observed.map(|observed| (observed.at, observed.value.cluster.as_ref())) {
        None => findings.ill(Health::Unknown, format!("{standby} has not described its cluster")),
        Some((at, _)) if !evidence.is_recent(at, Service::Aurora) => findings.bars(
            Health::Unknown,
            format!("{standby} described its cluster {} ago", ago(evidence.now, at)),
            format!("restore the connection to RDS in {standby}"),
        ),
        Some((_, None)) => findings.bars(
            Health::Unknown,
            format!("{standby} describes no cluster of the global cluster"),
            format!("check that the secondary cluster in {standby} exists"),
        ),
        Some((_, Some(cluster))) => {
            if !is_settled(&cluster.status) {
                findings.bars(
                    Health::Degraded,
                    format!("standby cluster {} is {}", cluster.id, cluster.status),
                    format!("wait until {} is available, or look at its RDS events", cluster.id),
                );
            }
            if cluster.instances.is_empty() {
                findings.bars(
                    Health::Degraded,
                    format!("standby cluster {} has no instance to promote", cluster.id),
                    format!("add a DB instance to {}", cluster.id),
                );
            }
        }
    }
}

/// The RPO lag where AWS publishes it, else the replication lag; only the standby's region has either.
fn aurora_lag(evidence: &Evidence<'_>, standby: &Region) -> (Option<Dated<Duration>>, Option<MetricKey>) {
    let members = member_clusters(evidence.deployment, evidence.snapshot);
    let clusters: Vec<&ClusterId> =
        members.iter().filter(|(region, _)| region == standby).map(|(_, cluster)| cluster).collect();
    let keys: Vec<MetricKey> = [Measure::AuroraRpoLag, Measure::AuroraReplicationLag]
        .into_iter()
        .flat_map(|measure| {
            clusters.iter().map(move |cluster| MetricKey {
                measure,
                region: standby.clone(),
                subject: Subject::Cluster((*cluster).clone()),
            })
        })
        .collect();
    let read = |key: &MetricKey| {
        let newest = evidence.newest(key)?;
        millis(newest.value).map(|lag| redated(&newest, lag))
    };
    let fresh = keys.iter().find(|key| read(key).is_some_and(|lag| lag.freshness == Freshness::Fresh));
    let chosen = fresh.or_else(|| keys.iter().find(|key| read(key).is_some()));
    match chosen {
        Some(key) => (read(key), Some(key.clone())),
        None => (None, keys.into_iter().next()),
    }
}

// ---- DynamoDB

fn table(evidence: &Evidence<'_>, roles: &Roles, name: &TableName) -> StoreJudgement {
    let mut findings = Findings::default();
    table_states(evidence, roles, name, &mut findings);
    let consistency = strong_consistency(evidence, name);
    let keys = latency_keys(evidence, roles, name);
    let worst_of = |value: &dyn Fn(&MetricKey) -> Option<Dated<f64>>| {
        keys.iter()
            .filter_map(|key| {
                let dated = value(key)?;
                Some((key.clone(), redated(&dated, millis(dated.value)?)))
            })
            .max_by(|(_, a), (_, b)| a.value.cmp(&b.value))
    };
    let (lag, expected_loss, at_risk) = if let Some(read_at) = &consistency {
        // Strongly consistent replicas hold every write that was acknowledged; there is no latency to publish.
        (None, Some(read_at.clone()), Some(read_at.clone()))
    } else {
        let heard = |dated| unless_silent(evidence, roles.active.as_ref(), dated);
        let newest = |key: &MetricKey| Some(held_while_idle(evidence, name, key, evidence.newest(key)?));
        let greatest =
            |key: &MetricKey| Some(held_while_idle(evidence, name, key, evidence.greatest_recent(key, DRAIN_SPAN)?));
        let lag = heard(worst_of(&newest).map(|(_, lag)| lag));
        let lost = |factor: u32| {
            let of = |key: &MetricKey| {
                let recent = greatest(key)?;
                let length = millis(recent.value)?.saturating_mul(factor);
                let most = written_for(evidence, name, key).unwrap_or(Duration::MAX);
                Some(redated(&recent, length.min(most)))
            };
            let worst = keys.iter().filter_map(of).max_by_key(|dated| dated.value);
            heard(worst).map(|worst| grown(&worst, evidence.now))
        };
        (lag, lost(1), lost(DRAIN_FACTOR))
    };
    if consistency.is_none() {
        lag_findings(evidence, StoreKind::DynamoDb, name.as_str(), lag.as_ref(), &mut findings);
        let slowest = worst_of(&|key| evidence.newest(key)).map(|(key, _)| key);
        unusual_lag(evidence, slowest.as_ref(), lag.as_ref(), &mut findings);
    }
    let (health, mut reasons) = findings.health();
    if consistency.is_some() {
        reasons.push("strongly consistent: nothing acknowledged can be lost".to_owned());
    }
    let trend = keys.into_iter().next();
    StoreJudgement {
        assessed: StoreAssessment {
            kind: StoreKind::DynamoDb,
            name: name.as_str().to_owned(),
            writer_region: roles.active.clone(),
            health,
            reasons,
            rpo_target: evidence.deployment.objectives.rpo_of(StoreKind::DynamoDb),
            within_rpo: within(evidence, StoreKind::DynamoDb, at_risk.as_ref()),
            slope_ms_per_minute: trend.as_ref().and_then(|key| evidence.slope_per_minute(key)),
            trend,
            lag,
            pending_objects: None,
            pending_bytes: None,
            at_risk,
        },
        obstacles: findings.obstacles,
        expected_loss,
        blind_by_design: None,
        failed_copies: None,
        counts: true,
    }
}

/// From the active region; from both while none is known to be active.
fn latency_keys(evidence: &Evidence<'_>, roles: &Roles, name: &TableName) -> Vec<MetricKey> {
    let regions = evidence.deployment.regions.both();
    regions
        .into_iter()
        .filter(|from| roles.active.as_ref().is_none_or(|active| active == *from))
        .filter_map(|from| {
            let to = evidence.deployment.regions.other(from)?.clone();
            Some(MetricKey {
                measure: Measure::DynamoReplicationLatency,
                region: from.clone(),
                subject: Subject::Replica { table: name.clone(), to },
            })
        })
        .collect()
}

/// Latency is published for what is replicated. Where its region tells that nothing has been written since, it is as
/// true as when that was read: nothing more can be lost.
fn held_while_idle(evidence: &Evidence<'_>, name: &TableName, latency: &MetricKey, dated: Dated<f64>) -> Dated<f64> {
    if dated.freshness == Freshness::Fresh {
        return dated;
    }
    match idle_as_of(evidence, name, latency) {
        Some(at) => Dated { at, freshness: Freshness::Fresh, ..dated },
        None => dated,
    }
}

/// When it was last seen that nothing was written after the newest point of a table's latency.
fn idle_as_of(evidence: &Evidence<'_>, name: &TableName, latency: &MetricKey) -> Option<Timestamp> {
    let region = &latency.region;
    let read_at = evidence.metrics_read_at(region)?;
    let replicated = evidence.snapshot.points(latency).last()?.at;
    let writes = writes_to(name, region);
    let written = evidence.snapshot.points(&writes);
    // A metric that never came tells nothing, and neither does a CloudWatch that publishes nothing at all.
    let is_told = !written.is_empty() && {
        let others = evidence.snapshot.series.keys().filter(|key| key.region == *region && **key != writes);
        others.filter_map(|key| evidence.newest(key)).any(|newest| newest.freshness == Freshness::Fresh)
    };
    let is_idle = written.iter().filter(|point| point.at > replicated).all(|point| point.value <= 0.0);
    (is_told && is_idle).then_some(read_at)
}

/// For how long a table was written in the region of its latency: no more than that can be missing elsewhere, however
/// slowly the last of it arrived. `None` where nothing tells that it was not written before.
fn written_for(evidence: &Evidence<'_>, name: &TableName, latency: &MetricKey) -> Option<Duration> {
    let region = &latency.region;
    let writes = writes_to(name, region);
    let mut written = evidence.snapshot.points(&writes).iter().filter(|point| point.value > 0.0);
    let first = written.next()?.at;
    let last = written.next_back().map_or(first, |point| point.at);
    // CloudWatch told of the region before, and nothing of this.
    let was_told =
        |key: &MetricKey| evidence.snapshot.points(key).first().is_some_and(|it| after(it.at, PERIOD) < first);
    let is_known = evidence.snapshot.series.keys().filter(|key| key.region == *region).any(was_told);
    let ended = if idle_as_of(evidence, name, latency).is_some() { after(last, PERIOD) } else { evidence.now };
    is_known.then(|| age(ended, first))
}

fn writes_to(name: &TableName, region: &Region) -> MetricKey {
    let subject = Subject::Table(name.clone());
    MetricKey { measure: Measure::DynamoConsumedWrites, region: region.clone(), subject }
}

fn described<'a>(evidence: &Evidence<'a>, region: &Region, name: &TableName) -> Option<Observed<&'a Table>> {
    let observed = evidence.observed(region, |here| &here.tables)?;
    let table = observed.value.iter().find(|table| table.name == *name)?;
    Some(Observed::new(table, observed.at))
}

/// Zero at risk, dated by the newest description that says the table is strongly consistent.
fn strong_consistency(evidence: &Evidence<'_>, name: &TableName) -> Option<Dated<Duration>> {
    let views = evidence.deployment.regions.both().into_iter().filter_map(|region| described(evidence, region, name));
    let newest = views.max_by_key(|view| view.at).filter(|view| view.value.consistency == Consistency::Strong)?;
    let is_recent = evidence.is_recent(newest.at, Service::DynamoDb);
    let freshness = if is_recent { Freshness::Fresh } else { Freshness::Stale };
    Some(grown(&Dated { value: Duration::ZERO, at: newest.at, freshness }, evidence.now))
}

fn table_states(evidence: &Evidence<'_>, roles: &Roles, name: &TableName, findings: &mut Findings) {
    let standby = roles.standby(evidence);
    for region in evidence.deployment.regions.both() {
        let is_standby = standby.as_ref() == Some(region);
        let Some(view) = described(evidence, region, name) else {
            let words = format!("table {name} is not described by {region}");
            if is_standby && evidence.value(region, |here| &here.tables).is_some() {
                findings.bars(Health::Down, words, format!("add a replica of {name} in {region}"));
            } else {
                findings.ill(Health::Unknown, words);
            }
            continue;
        };
        if view.value.status != TableStatus::Active && view.value.status != TableStatus::Updating {
            let words = format!("table {name} in {region} is {}", view.value.status);
            if is_standby {
                findings.bars(Health::Degraded, words, format!("wait until the replica in {region} is ACTIVE"));
            } else {
                findings.ill(Health::Degraded, words);
            }
        }
        if is_standby && !evidence.is_recent(view.at, Service::DynamoDb) {
            findings.bars(
                Health::Unknown,
                format!("table {name} in {region} was last described {} ago", ago(evidence.now, view.at)),
                format!("restore the connection to DynamoDB in {region}"),
            );
        }
        for replica in view.value.replicas.iter().filter(|replica| replica.status != ReplicaStatus::Active) {
            let words = format!("{region} sees the replica of {name} in {} as {}", replica.region, replica.status);
            if standby.as_ref() == Some(&replica.region) {
                let fix = format!("wait until the replica in {} is ACTIVE", replica.region);
                findings.bars(Health::Degraded, words, fix);
            } else {
                findings.ill(Health::Degraded, words);
            }
        }
    }
}

// ---- S3

fn bucket(evidence: &Evidence<'_>, roles: &Roles, declared: &BucketPair) -> StoreJudgement {
    let mut findings = Findings::default();
    let is_back = is_written_at_its_end(evidence, roles, declared);
    let pair = &if is_back { declared.reversed() } else { declared.clone() };
    let rules = rules_of(evidence, pair);
    let one_way = if is_back { one_way(evidence, pair, &rules) } else { None };
    if one_way.is_none() {
        rule_states(evidence, pair, &rules, &mut findings);
    }
    versioning(evidence, pair, &mut findings);
    let counts = roles.active.as_ref().is_none_or(|active| *active == pair.source.region);
    let backlog = Backlog::read(evidence, pair, &rules);
    let unmeasured = backlog.is_blind_by_design();
    if let Some(OneWay { is_known }) = one_way {
        let (from, to) = (&pair.source, &pair.destination);
        let words = format!("objects written in {} are not copied to {}", from.region, to.region);
        let fix = format!(
            "give {} a replication rule to {}; what was written before it needs Batch Replication",
            from.name, to.name
        );
        if is_known {
            findings.bars(Health::Degraded, words, fix);
        } else {
            findings.bars(Health::Unknown, format!("whether {words} is not known"), fix);
        }
    } else {
        backlog_findings(evidence, pair, &backlog, &mut findings);
    }
    // What was not copied before the roles changed is missing now as then.
    let failed = if is_back { backlog.failed + failures(evidence, declared) } else { backlog.failed };
    let failed_copies = (failed >= 1.0).then(|| {
        let (operations, they_need) =
            if failed < 2.0 { ("operation", "it needs") } else { ("operations", "they need") };
        format!("{failed:.0} {operations} failed in the last {}; {they_need} Batch Replication", span(SERIES_KEPT))
    });
    if let Some(words) = &failed_copies {
        findings.ill(Health::Degraded, words.clone());
    }
    let at_risk = backlog.at_risk(evidence).filter(|_| one_way.is_none());
    let expected_loss =
        at_risk.clone().or_else(|| backlog.known_loss(evidence).filter(|_| one_way.is_none() && unmeasured));
    let blind_by_design = if one_way.is_some() {
        Some(format!("what {} was given in {} cannot be told", pair.source.name, pair.source.region))
    } else {
        unmeasured.then(|| {
            format!(
                "what {} has not replicated cannot be known: switch on the rule's replication metrics",
                pair.source.name
            )
        })
    };
    let (health, reasons) = findings.health();
    StoreJudgement {
        assessed: StoreAssessment {
            kind: StoreKind::S3,
            name: pair.source.name.as_str().to_owned(),
            writer_region: Some(pair.source.region.clone()),
            health,
            reasons,
            rpo_target: evidence.deployment.objectives.rpo_of(StoreKind::S3),
            within_rpo: within(evidence, StoreKind::S3, at_risk.as_ref()),
            slope_ms_per_minute: backlog.trend.as_ref().and_then(|key| scaled(evidence.slope_per_minute(key), 1000.0)),
            trend: backlog.trend,
            lag: backlog.latency,
            pending_objects: backlog.objects,
            pending_bytes: backlog.bytes,
            at_risk,
        },
        obstacles: findings.obstacles,
        expected_loss,
        blind_by_design,
        failed_copies: failed_copies.map(|words| format!("bucket {}: {words}", pair.source.name)),
        counts,
    }
}

/// Whether clients write now where a pair's copies go. Unless a pair of its own says how it is copied from there, what
/// counts is the way back.
fn is_written_at_its_end(evidence: &Evidence<'_>, roles: &Roles, pair: &BucketPair) -> bool {
    let written = &pair.destination;
    let is_written = roles.active.as_ref() == Some(&written.region);
    is_written && !evidence.deployment.buckets.iter().any(|other| other.source == *written)
}

/// Clients write where a pair's copies go, and nothing copies anything back.
#[derive(Clone, Copy)]
struct OneWay {
    /// Whether the rules of the bucket that is written to have been read.
    is_known: bool,
}

/// After a role swap a rule of one direction copies nothing: what is written arrives nowhere else.
fn one_way(evidence: &Evidence<'_>, back: &BucketPair, rules: &[&ReplicationRule]) -> Option<OneWay> {
    let mut read = evidence.value(&back.source.region, |here| &here.buckets).into_iter().flatten();
    let is_known = read.any(|bucket| bucket.name == back.source.name);
    let is_copied = rules.iter().any(|rule| rule.enabled);
    (!is_copied).then_some(OneWay { is_known })
}

fn rules_of<'a>(evidence: &Evidence<'a>, pair: &BucketPair) -> Vec<&'a ReplicationRule> {
    evidence
        .value(&pair.source.region, |here| &here.buckets)
        .into_iter()
        .flatten()
        .filter(|bucket| bucket.name == pair.source.name)
        .flat_map(|bucket| &bucket.rules)
        .filter(|rule| rule.destination == pair.destination.name)
        .collect()
}

/// The greatest promise of Replication Time Control on the rules of a pair.
fn time_control(evidence: &Evidence<'_>, source: &str) -> Option<Duration> {
    let ways = evidence.deployment.buckets.iter().flat_map(|pair| [pair.clone(), pair.reversed()]);
    let pair = ways.into_iter().find(|pair| pair.source.name.as_str() == source)?;
    let minutes = rules_of(evidence, &pair).iter().filter_map(|rule| rule.time_control_minutes).max()?;
    Some(Duration::from_mins(u64::from(minutes)))
}

fn rule_states(evidence: &Evidence<'_>, pair: &BucketPair, rules: &[&ReplicationRule], findings: &mut Findings) {
    let source = evidence.value(&pair.source.region, |here| &here.buckets);
    if source.is_none() {
        findings.ill(Health::Unknown, format!("the replication rules of {} have not been read", pair.source.name));
    } else if rules.is_empty() {
        findings.bars(
            Health::Down,
            format!("no rule replicates {} to {}", pair.source.name, pair.destination.name),
            format!("give {} a replication rule again: what is written now is not copied", pair.source.name),
        );
    } else if rules.iter().all(|rule| !rule.enabled) {
        findings.bars(
            Health::Down,
            format!("the rule that replicates {} is switched off", pair.source.name),
            "switch it on: what is written meanwhile is not copied later by itself",
        );
    } else {
        for rule in rules.iter().filter(|rule| !rule.enabled) {
            findings.bars(
                Health::Degraded,
                format!("rule {} of {} is switched off", rule.id, pair.source.name),
                "switch it on: what it covers and is written meanwhile is not copied later by itself",
            );
        }
    }
}

fn versioning(evidence: &Evidence<'_>, pair: &BucketPair, findings: &mut Findings) {
    for end in [&pair.source, &pair.destination] {
        let buckets = evidence.value(&end.region, |here| &here.buckets).into_iter().flatten();
        for bucket in buckets.filter(|bucket| bucket.name == end.name && bucket.versioning != Versioning::Enabled) {
            findings.ill(Health::Degraded, format!("versioning of {} is {}", bucket.name, bucket.versioning));
        }
    }
}

fn backlog_findings(evidence: &Evidence<'_>, pair: &BucketPair, backlog: &Backlog, findings: &mut Findings) {
    let unmeasured = backlog.is_blind_by_design();
    if let (true, [_]) = (unmeasured, backlog.rules.as_slice()) {
        findings.ill(Health::Unknown, "its replication rule publishes no metrics: the backlog cannot be known");
        return;
    }
    lag_findings(evidence, StoreKind::S3, pair.source.name.as_str(), backlog.latency.as_ref(), findings);
    if backlog.rules.len() > 1 {
        for rule in backlog.rules.iter().filter(|rule| rule.is_unread()) {
            let why = if rule.is_metered { "has no data" } else { "publishes no metrics" };
            let words = format!("replication rule {} {why}: the backlog cannot be known", rule.id);
            findings.ill(Health::Unknown, words);
        }
    }
}

/// What has not arrived, over the rules of a pair that are in force, as the destination's region tells it.
struct Backlog {
    latency: Option<Dated<Duration>>,
    objects: Option<Dated<u64>>,
    bytes: Option<Dated<u64>>,
    /// Operations that were given up on, of all that is kept.
    failed: f64,
    trend: Option<MetricKey>,
    rules: Vec<RuleBacklog>,
}

/// What one rule has not brought over.
struct RuleBacklog {
    id: String,
    is_metered: bool,
    latency: Option<Dated<Duration>>,
    objects: Option<Dated<f64>>,
    bytes: Option<Dated<f64>>,
}

impl RuleBacklog {
    fn read(evidence: &Evidence<'_>, pair: &BucketPair, rule: &ReplicationRule) -> Self {
        let newest = |measure| {
            let dated = evidence.newest(&replication_key(pair, &rule.id, measure, &pair.destination.region));
            unless_silent(evidence, Some(&pair.source.region), dated)
        };
        Self {
            id: rule.id.clone(),
            is_metered: rule.metrics,
            latency: newest(Measure::S3ReplicationLatency)
                .and_then(|dated| Some(redated(&dated, seconds(dated.value)?))),
            objects: newest(Measure::S3OperationsPending),
            bytes: newest(Measure::S3BytesPending),
        }
    }

    fn is_unread(&self) -> bool {
        self.latency.is_none() && self.objects.is_none() && self.bytes.is_none()
    }

    /// Nothing only where nothing is known to be pending; else as far back as replication lags.
    fn at_risk(&self) -> Option<Dated<Duration>> {
        let pending = [&self.objects, &self.bytes].into_iter().flatten();
        let is_nothing = pending.clone().all(|dated| dated.value >= 0.0 && dated.value < 1.0);
        match pending.min_by_key(|dated| dated.at) {
            Some(oldest) if is_nothing => Some(redated(oldest, Duration::ZERO)),
            Some(_) | None => self.latency.clone(),
        }
    }
}

impl Backlog {
    fn read(evidence: &Evidence<'_>, pair: &BucketPair, all: &[&ReplicationRule]) -> Self {
        let any_enabled = all.iter().any(|rule| rule.enabled);
        let in_force = all.iter().filter(|rule| rule.enabled || !any_enabled);
        let rules: Vec<RuleBacklog> = in_force.map(|rule| RuleBacklog::read(evidence, pair, rule)).collect();
        let key = |rule: &str, measure, region| replication_key(pair, rule, measure, region);
        Self {
            latency: rules.iter().filter_map(|rule| rule.latency.clone()).max_by_key(|dated| dated.value),
            objects: whole(rules.iter().map(|rule| rule.objects.clone())),
            bytes: whole(rules.iter().map(|rule| rule.bytes.clone())),
            failed: failures(evidence, pair),
            trend: rules.first().map(|rule| key(&rule.id, Measure::S3ReplicationLatency, &pair.destination.region)),
            rules,
        }
    }

    /// Whether all that is missing is what no rule publishes.
    fn is_blind_by_design(&self) -> bool {
        let mut unread = self.rules.iter().filter(|rule| rule.is_unread()).peekable();
        unread.peek().is_some() && unread.all(|rule| !rule.is_metered)
    }

    /// Unknown where one rule's part is.
    fn at_risk(&self, evidence: &Evidence<'_>) -> Option<Dated<Duration>> {
        let parts: Option<Vec<Dated<Duration>>> = self.rules.iter().map(RuleBacklog::at_risk).collect();
        worst_of_rules(evidence, parts?)
    }

    /// Of the rules of which something is known.
    fn known_loss(&self, evidence: &Evidence<'_>) -> Option<Dated<Duration>> {
        worst_of_rules(evidence, self.rules.iter().filter_map(RuleBacklog::at_risk).collect())
    }
}

/// Operations of a pair's rules that were given up on, of all that is kept.
fn failures(evidence: &Evidence<'_>, pair: &BucketPair) -> f64 {
    let since = before(evidence.now, SERIES_KEPT);
    rules_of(evidence, pair)
        .iter()
        .map(|rule| replication_key(pair, &rule.id, Measure::S3OperationsFailed, &pair.source.region))
        .flat_map(|key| evidence.snapshot.points(&key))
        .filter(|point| point.at >= since && point.value > 0.0)
        .fold(0.0, |all, point| all + point.value)
}

fn replication_key(pair: &BucketPair, rule: &str, measure: Measure, region: &Region) -> MetricKey {
    let subject = Subject::Replication {
        source: pair.source.name.clone(),
        destination: pair.destination.name.clone(),
        rule: rule.to_owned(),
    };
    MetricKey { measure, region: region.clone(), subject }
}

/// The greatest, as old as the oldest of them.
fn worst_of_rules(evidence: &Evidence<'_>, parts: Vec<Dated<Duration>>) -> Option<Dated<Duration>> {
    let grown = parts.into_iter().map(|part| grown(&part, evidence.now));
    grown.reduce(|a, b| Dated { value: a.value.max(b.value), ..if a.at <= b.at { a } else { b } })
}

/// The sum over rules, as old as its oldest part and unknown where a part is; a number that is no count is no data.
fn whole(parts: impl Iterator<Item = Option<Dated<f64>>>) -> Option<Dated<u64>> {
    let parts: Option<Vec<Dated<f64>>> = parts.collect();
    let total = parts?
        .into_iter()
        .reduce(|a, b| {
            let value = a.value + b.value;
            Dated { value, ..if a.at <= b.at { a } else { b } }
        })
        .filter(|total| total.value.is_finite() && total.value >= 0.0)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite and not negative; `as` holds at the ends"
    )]
    let count = total.value as u64;
    Some(redated(&total, count))
}

/// How old the oldest number of a store is, for warnings.
pub(super) fn age_of(evidence: &Evidence<'_>, store: &StoreAssessment) -> Option<Duration> {
    store.at_risk.as_ref().map(|dated| age(evidence.now, dated.at))
}
