//! A calm world that can be tampered with, a plan by hand, and a session that may do everything.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use lifeboat_engine::guards::{self, LockView, Session, Situation};
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::{Assessment, RunHistory};
use lifeboat_model::call::{Call, Capacity, Change};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::id::{GroupName, Region};
use lifeboat_model::observation::{Failure, Reading};
use lifeboat_model::plan::{PLAN_VERSION, Plan, Predicted, Reversible, Step, StepId};
use lifeboat_model::read::{Service, Tempo};
use lifeboat_model::rules::assess;
use lifeboat_model::run::Operator;
use lifeboat_model::runbook::{Mode, RunbookName, StepKind};
use lifeboat_model::snapshot::{RegionSnapshot, Snapshot};
use lifeboat_model::time::{Duration, Timestamp, after, before};
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{ACCOUNT, Scenario, SimCloud, scenario};

const LIMIT: Duration = Duration::from_secs(10);

/// All that a situation is made of, owned.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) deployment: Deployment,
    pub(crate) snapshot: Snapshot,
    pub(crate) now: Timestamp,
    pub(crate) plan: Plan,
    pub(crate) session: Session,
}

pub(crate) type World = (Deployment, Snapshot, Timestamp);

/// Every deployment of a scenario as it is seen at an offset, for the first time.
pub(crate) async fn look(scenario: &Scenario, offset: Duration) -> Vec<World> {
    look_again(scenario, offset, |_| Snapshot::default()).await
}

/// The same, seen so long after the first fault by somebody who had looked just before it.
pub(crate) async fn watch(scenario: &Scenario, length: Duration) -> Vec<World> {
    let onset = scenario.onset().unwrap_or(Duration::from_mins(1));
    let before = look(scenario, onset.saturating_sub(Duration::from_secs(5))).await;
    let held = |deployment: &Deployment| {
        let found = before.iter().find(|(other, _, _)| other.name == deployment.name);
        found.map(|(_, snapshot, _)| snapshot.clone()).unwrap()
    };
    look_again(scenario, onset + length, held).await
}

async fn look_again(scenario: &Scenario, offset: Duration, held: impl Fn(&Deployment) -> Snapshot) -> Vec<World> {
    let cloud = SimCloud::at_offset(scenario.clone(), 1, offset);
    let clock = cloud.clock();
    let mut looks = Vec::new();
    for deployment in cloud.deployments() {
        let mut snapshot = held(&deployment);
        for observation in refresh_once(&deployment, Arc::new(cloud.clone()), cloud.clock(), LIMIT).await {
            snapshot.apply(observation);
        }
        looks.push((deployment, snapshot, clock.now()));
    }
    looks
}

fn calm_worlds() -> &'static BTreeMap<Blueprint, World> {
    static CALM: OnceLock<BTreeMap<Blueprint, World>> = OnceLock::new();
    CALM.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let looks = runtime.block_on(look(&scenario::find("calm").unwrap(), Duration::from_mins(10)));
        looks.into_iter().map(|look| (look.0.blueprint.unwrap(), look)).collect()
    })
}

pub(crate) fn operator(name: &str) -> Operator {
    Operator {
        arn: Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/operator/{name}").into()),
        user: name.to_owned(),
        host: "desk".to_owned(),
        process: 1,
    }
}

impl Stage {
    pub(crate) fn leaving_home((deployment, snapshot, now): World, mode: Mode) -> Self {
        let from = deployment.regions.home.clone();
        let plan = plan(&deployment, &snapshot, mode, &from, now);
        let session = Session {
            access: true,
            operator: operator("ada"),
            lock: LockView::Free,
            open_run: None,
            last_run_ended: None,
            approvals: Vec::new(),
        };
        Self { deployment, snapshot, now, plan, session }
    }

    /// A calm world, from home to the partner.
    pub(crate) fn calm(blueprint: Blueprint, mode: Mode) -> Self {
        Self::leaving_home(calm_worlds()[&blueprint].clone(), mode)
    }

    pub(crate) fn planned(blueprint: Blueprint) -> Self {
        Self::calm(blueprint, Mode::Planned)
    }

    pub(crate) fn unplanned(blueprint: Blueprint) -> Self {
        Self::calm(blueprint, Mode::Unplanned)
    }

    pub(crate) fn from(&self) -> Region {
        self.plan.from.clone()
    }

    pub(crate) fn to(&self) -> Region {
        self.plan.to.clone()
    }

    pub(crate) fn assessment(&self) -> Assessment {
        assess(&self.deployment, &self.snapshot, &RunHistory::default(), Tempo::Fast, self.now)
    }

    pub(crate) fn judge(&self, guard: GuardName) -> GuardReport {
        self.judge_by(guard, &self.assessment())
    }

    pub(crate) fn judge_by(&self, guard: GuardName, assessment: &Assessment) -> GuardReport {
        let report = guards::judge(guard, &self.situation(assessment));
        assert_eq!(report.guard, guard);
        assert!(!report.evidence.is_empty(), "{guard}");
        if let Verdict::Refuse { reason, fix } = &report.verdict {
            assert!(!reason.is_empty() && !fix.is_empty(), "{guard}: {reason} / {fix}");
        }
        report
    }

    pub(crate) fn judge_all(&self, guards: &[GuardName], overrides: &BTreeMap<GuardName, String>) -> Vec<GuardReport> {
        guards::judge_all(guards, &self.situation(&self.assessment()), overrides)
    }

    fn situation<'a>(&'a self, assessment: &'a Assessment) -> Situation<'a> {
        Situation {
            deployment: &self.deployment,
            snapshot: &self.snapshot,
            findings: lifeboat_engine::findings::Findings::none(),
            assessment,
            tempo: Tempo::Fast,
            now: self.now,
            plan: &self.plan,
            session: &self.session,
        }
    }

    pub(crate) fn here(&mut self, region: &Region) -> &mut RegionSnapshot {
        self.snapshot.regions.get_mut(region).unwrap()
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// A service of a region stops answering a while ago; its last answer is from before.
    pub(crate) fn silence(&mut self, region: &Region, service: Service, since: Duration) {
        let (at, last) = (before(self.now, since), before(self.now, since + Duration::from_secs(5)));
        let error = CloudError {
            kind: CloudErrorKind::Timeout,
            service,
            region: region.clone(),
            operation: "Describe".to_owned(),
            message: String::new(),
            request_id: None,
            fix: None,
        };
        let now = self.now;
        let failure = Failure { error, at: now, since: at, attempts: 9 };
        touch(self.here(region), service, Touch::Fail(failure, last));
    }

    /// A service of a region was read so long ago.
    pub(crate) fn age(&mut self, region: &Region, service: Service, age: Duration) {
        let at = before(self.now, age);
        touch(self.here(region), service, Touch::Date(at));
    }

    /// A service of a region was never read.
    pub(crate) fn forget(&mut self, region: &Region, service: Service) {
        if let Some(here) = self.snapshot.regions.get_mut(region) {
            touch(here, service, Touch::Forget);
        }
        if service == Service::Metrics {
            self.snapshot.series.retain(|key, _| key.region != *region);
        }
    }

    /// Every endpoint of a region has been silent for so long.
    pub(crate) fn lose(&mut self, region: &Region, since: Duration) {
        for service in Service::POLLED {
            let is_asked = self.snapshot.regions.get(region).is_some_and(|here| here.contact(service).was_asked());
            if is_asked {
                self.silence(region, service, since);
            }
        }
    }

    pub(crate) fn passes(&self, guard: GuardName, words: &str) {
        let report = self.judge(guard);
        assert_eq!(report.verdict, Verdict::Pass, "{guard}: {}", report.evidence);
        assert!(report.evidence.contains(words), "{guard}: {words}: {}", report.evidence);
    }

    pub(crate) fn refuses(&self, guard: GuardName, words: &str, cure: &str) {
        match self.judge(guard).verdict {
            Verdict::Refuse { reason, fix } => {
                assert!(reason.contains(words), "{guard}: {words}: {reason}");
                assert!(fix.contains(cure), "{guard}: {cure}: {fix}");
            }
            other => panic!("{guard}: {words}: {other:?}"),
        }
    }

    pub(crate) fn is_unknown(&self, guard: GuardName, words: &str) {
        match self.judge(guard).verdict {
            Verdict::Unknown { reason } => assert!(reason.contains(words), "{guard}: {words}: {reason}"),
            other => panic!("{guard}: {words}: {other:?}"),
        }
    }
}

enum Touch {
    Fail(Failure, Timestamp),
    Date(Timestamp),
    Forget,
}

fn touch(here: &mut RegionSnapshot, service: Service, how: Touch) {
    fn apply<T>(reading: &mut Reading<T>, how: Touch) {
        match how {
            Touch::Fail(failure, last) => {
                reading.failure = Some(failure);
                if let Some(held) = &mut reading.last {
                    held.at = last;
                }
            }
            Touch::Date(at) => {
                if let Some(held) = &mut reading.last {
                    held.at = at;
                }
            }
            Touch::Forget => *reading = Reading::default(),
        }
    }
    match service {
        Service::Identity => apply(&mut here.identity, how),
        Service::Aurora => apply(&mut here.aurora, how),
        Service::DynamoDb => apply(&mut here.tables, how),
        Service::S3 => apply(&mut here.buckets, how),
        Service::HealthChecks => apply(&mut here.health_checks, how),
        Service::Records => apply(&mut here.records, how),
        Service::Answers => apply(&mut here.answers, how),
        Service::Metrics => apply(&mut here.metrics, how),
        Service::Alarms => apply(&mut here.alarms, how),
        Service::LoadBalancing => apply(&mut here.target_groups, how),
        Service::Lambda => apply(&mut here.functions, how),
        Service::GlobalAccelerator => apply(&mut here.accelerators, how),
        Service::Parameters => apply(&mut here.parameters, how),
        Service::Stacks => apply(&mut here.stacks, how),
        Service::Backup => apply(&mut here.backup, how),
        Service::AutoScaling => apply(&mut here.scaling_groups, how),
        Service::Quotas => apply(&mut here.quotas, how),
        Service::Probes => apply(&mut here.probes, how),
        Service::Discovery | Service::Notices | Service::Keys | Service::Network => {}
    }
}

// ---- plans

pub(crate) fn step(id: &str, kind: StepKind, group: usize, calls: Vec<Call>) -> Step {
    Step {
        id: StepId::new(id),
        kind,
        title: id.to_owned(),
        group,
        reversible: Step::reversible(&calls),
        calls,
        verify: Vec::new(),
        guards: Vec::new(),
        temporary: false,
        expected: Some(Duration::from_mins(1)),
        expected_basis: "test".to_owned(),
        timeout: Duration::from_mins(15),
        optional: false,
        inject: false,
        after: Vec::new(),
        repeats: None,
    }
}

fn plan(deployment: &Deployment, snapshot: &Snapshot, mode: Mode, from: &Region, now: Timestamp) -> Plan {
    let to = deployment.regions.other(from).unwrap().clone();
    let writer = || {
        let facts = snapshot.region(&to)?.aurora.value()?;
        Some(facts.global.as_ref()?.writer()?.cluster.clone())
    };
    let mut steps = Vec::new();
    if !deployment.tables.is_empty() && mode == Mode::Planned {
        steps.push(step("drain", StepKind::DynamodbDrain, 0, Vec::new()));
    }
    if !deployment.buckets.is_empty() && mode == Mode::Planned {
        steps.push(step("backlog", StepKind::S3Backlog, 0, Vec::new()));
    }
    steps.extend(promotion(deployment, snapshot, mode, from, &to));
    steps.extend(growth(deployment, snapshot, &to));
    Plan {
        objectives: deployment.objectives.clone(),
        version: PLAN_VERSION,
        runbook: RunbookName::new(if mode == Mode::Planned { "switchover" } else { "failover" }),
        mode,
        deployment: deployment.name.clone(),
        account: Some(ACCOUNT.into()),
        from: from.clone(),
        to: to.clone(),
        drill: false,
        made_at: now,
        writer: writer(),
        guards: GuardName::COMPOSABLE.to_vec(),
        steps,
        predicted: Predicted { length: Some(Duration::from_mins(10)), ..Predicted::default() },
        build: None,
        notes: Vec::new(),
    }
}

fn promotion(deployment: &Deployment, snapshot: &Snapshot, mode: Mode, from: &Region, to: &Region) -> Option<Step> {
    let global_cluster = deployment.global_cluster.clone()?;
    let target = snapshot.region(to)?.aurora.value()?.global.as_ref()?.member_in(to)?.cluster.clone();
    Some(match mode {
        Mode::Planned => {
            let call = Call::SwitchoverGlobalCluster { global_cluster, target, writer_region: from.clone() };
            step("promote", StepKind::AuroraSwitchover, 1, vec![call])
        }
        Mode::Unplanned => {
            let call = Call::FailoverGlobalCluster { global_cluster, target, target_region: to.clone() };
            step("promote", StepKind::AuroraFailover, 1, vec![call])
        }
    })
}

/// Every group of the standby to four.
fn growth(deployment: &Deployment, snapshot: &Snapshot, to: &Region) -> Vec<Step> {
    let here: Vec<&GroupName> =
        deployment.scaling_groups.iter().filter(|it| it.region == *to).map(|it| &it.name).collect();
    let read = snapshot.region(to).and_then(|here| here.scaling_groups.value());
    here.into_iter()
        .filter_map(|name| {
            let held = read?.iter().find(|group| group.name == *name)?;
            let before = Capacity { min: held.min, desired: held.desired, max: held.max };
            let capacity = Change::new(before, Capacity { desired: 4, ..before });
            let call = Call::SetCapacity { region: to.clone(), group: name.clone(), capacity };
            Some(step("grow", StepKind::Capacity, 2, vec![call]))
        })
        .collect()
}

pub(crate) fn minutes_ago(stage: &Stage, minutes: u64) -> Timestamp {
    before(stage.now, Duration::from_mins(minutes))
}

pub(crate) fn in_minutes(stage: &Stage, minutes: u64) -> Timestamp {
    after(stage.now, Duration::from_mins(minutes))
}

#[test]
fn a_plan_by_hand_can_be_taken_back_up_to_its_promotion() {
    let stage = Stage::planned(Blueprint::Ecommerce);
    let promotion = stage.plan.steps.iter().find(|step| step.kind.promotes()).unwrap();
    assert!(matches!(promotion.reversible, Reversible::No(_)));
    assert_eq!(stage.plan.point_of_no_return(), Some(promotion.group));
}
