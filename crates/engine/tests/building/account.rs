//! A simulated account, what is planned for it and who carries it out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lifeboat_blueprint::{Blueprint, Chosen, StackPlan, find, stacks};
use lifeboat_engine::approval::Approval;
use lifeboat_engine::findings::{self, Findings};
use lifeboat_engine::journal::{Journal, MemoryJournal};
use lifeboat_engine::planner::building::{CannotBuild, Earlier, Ground, provision, teardown};
use lifeboat_engine::run::{self, Order, RunError, Surroundings};
use lifeboat_model::assessment::RunHistory;
use lifeboat_model::call::{Call, Change};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{DeploymentName, Region};
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::Plan;
use lifeboat_model::port::{Mutate, Observe, Reality, Usage};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::run::{Answer, Entry, Operator, RunEvent, RunId, RunOutcome, RunState};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::topology::{Deployment, InRegion};
use lifeboat_sim::{Pace, Scenario, SimCloud, scenario};
use tokio::sync::mpsc;

pub(crate) const FIVE: [&str; 5] =
    ["ecommerce", "payments-aurora", "global-accelerator", "serverless", "payments-serverless"];

pub(crate) struct Account {
    pub(crate) cloud: SimCloud,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) blueprint: Blueprint,
    pub(crate) chosen: Chosen,
    /// What was made with other parameters.
    pub(crate) earlier: Vec<Earlier>,
    /// What nobody answers while a plan is made.
    pub(crate) unanswered: fn(&Read) -> bool,
    deployment: Arc<Deployment>,
}

impl Account {
    pub(crate) fn new(scenario: &str, blueprint: &str) -> Self {
        Self::of(scenario::find(scenario).expect("there is such a scenario"), 1, blueprint)
    }

    /// In a world where this goes wrong, as a scenario's file says it.
    pub(crate) fn with_fault(fault: &str, blueprint: &str) -> Self {
        let text = format!("name = \"own\"\npurpose = \"For one test.\"\nseed = 1\n\n[[fault]]\n{fault}\n");
        Self::of(scenario::parse("own.toml", &text).expect("it is a scenario"), 1, blueprint)
    }

    pub(crate) fn of(scenario: Scenario, seed: u64, blueprint: &str) -> Self {
        let cloud = SimCloud::fresh(scenario, seed, Pace::Max);
        cloud.sim_clock().advance(Duration::from_mins(2));
        let blueprint = find(blueprint).expect("it is built in").clone();
        let name = DeploymentName::from(blueprint.manifest.name.as_str());
        let chosen = Chosen::defaults(&blueprint.manifest, name);
        let deployment = Arc::new(bare(&blueprint, &chosen));
        Self {
            cloud,
            journal: Arc::new(MemoryJournal::new()),
            blueprint,
            chosen,
            earlier: Vec::new(),
            unanswered: |_| false,
            deployment,
        }
    }

    pub(crate) fn with(self, parameter: &str, value: &str) -> Self {
        self.with_all(&[(parameter, value)])
    }

    /// Those that come only together.
    pub(crate) fn with_all(mut self, values: &[(&str, &str)]) -> Self {
        self.chosen.values.extend(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.deployment = Arc::new(bare(&self.blueprint, &self.chosen));
        self
    }

    /// Another deployment of the same blueprint, beside the one that stands.
    pub(crate) fn named(mut self, name: &str, suffix: &str) -> Self {
        self.chosen.deployment = DeploymentName::from(name);
        self.with("EnvironmentSuffix", suffix)
    }

    /// Its stacks, as they are noted when they are made.
    pub(crate) fn noted(&self) -> Vec<Earlier> {
        let stacks = self.stacks().stacks.into_iter();
        stacks.map(|spec| Earlier { id: spec.id, region: spec.region, name: spec.name }).collect()
    }

    pub(crate) async fn planned(&self, takes_away: bool) -> Plan {
        let plan = if takes_away { self.teardown().await } else { self.provision().await };
        plan.expect("a plan can be made")
    }

    /// The same once nothing is under way any more.
    pub(crate) async fn settled(&self, takes_away: bool) -> Plan {
        for _ in 0..120 {
            let plan = if takes_away { self.teardown().await } else { self.provision().await };
            match plan {
                Ok(plan) => return plan,
                Err(CannotBuild::Busy { .. }) => self.cloud.sim_clock().advance(Duration::from_mins(1)),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("something is still under way after two hours")
    }

    /// Somebody protects a stack.
    pub(crate) async fn protect(&self, id: &str) {
        let stacks = self.stacks();
        let spec = stacks.stack(id).expect("there is such a stack");
        let on = Change::new(false, true);
        let call = Call::SetTerminationProtection { region: spec.region.clone(), stack: spec.name.clone(), on };
        self.cloud.perform(&call).await.expect("it is accepted");
    }

    /// Somebody begins to delete a stack.
    pub(crate) async fn begin_deletion(&self, id: &str) {
        let stacks = self.stacks();
        let spec = stacks.stack(id).expect("there is such a stack");
        let call = Call::DeleteStack { region: spec.region.clone(), stack: spec.name.clone() };
        self.cloud.perform(&call).await.expect("it is accepted");
    }

    /// The other region becomes the writer of the database.
    pub(crate) async fn switch_over(&self) {
        let of = self.cloud.deployments().into_iter().find(|it| it.name == self.chosen.deployment).expect("it stands");
        let global_cluster = of.global_cluster.expect("it has a database");
        let read = Read::Aurora { global_cluster: global_cluster.clone() };
        let facts = self.cloud.read(&self.chosen.home, &read).await.expect("it answers");
        let Facts::Aurora(facts) = facts else { panic!("{facts:?}") };
        let global = facts.global.expect("it is there");
        let target = global.member_in(&self.chosen.partner).expect("it has a reader").cluster.clone();
        let writer_region = self.chosen.home.clone();
        self.cloud
            .perform(&Call::SwitchoverGlobalCluster { global_cluster, target, writer_region })
            .await
            .expect("it is accepted");
        self.cloud.sim_clock().advance(Duration::from_mins(10));
    }

    pub(crate) fn stacks(&self) -> StackPlan {
        stacks(&self.blueprint, &self.chosen).expect("it comes to stacks")
    }

    pub(crate) async fn provision(&self) -> Result<Plan, CannotBuild> {
        self.plan(provision::questions, provision::provision).await
    }

    pub(crate) async fn teardown(&self) -> Result<Plan, CannotBuild> {
        self.plan(teardown::questions, teardown::teardown).await
    }

    async fn plan(
        &self,
        questions: fn(&Ground<'_>) -> Vec<PlannedRead>,
        plan: fn(&Ground<'_>) -> Result<Plan, CannotBuild>,
    ) -> Result<Plan, CannotBuild> {
        let (stacks, objectives, lengths) = (self.stacks(), Objectives::default(), BTreeMap::new());
        let account = "123456789012".into();
        let mut findings = Findings::default();
        for _ in 0..5 {
            let ground = self.ground(&stacks, &objectives, &lengths, &account, &findings);
            let asked: Vec<PlannedRead> =
                questions(&ground).into_iter().filter(|asked| findings.get(asked).is_none()).collect();
            if asked.is_empty() {
                break;
            }
            let cloud = Arc::new(Deaf { cloud: self.cloud.clone(), to: self.unanswered }) as Arc<dyn Observe>;
            let found =
                findings::find(&self.chosen.deployment, cloud, self.cloud.clock(), &asked, Duration::from_secs(30));
            findings.join(found.await);
        }
        plan(&self.ground(&stacks, &objectives, &lengths, &account, &findings))
    }

    fn ground<'a>(
        &'a self,
        stacks: &'a StackPlan,
        objectives: &'a Objectives,
        lengths: &'a BTreeMap<lifeboat_model::plan::StepId, (Duration, usize)>,
        account: &'a lifeboat_model::id::AccountId,
        findings: &'a Findings,
    ) -> Ground<'a> {
        Ground {
            blueprint: &self.blueprint,
            chosen: &self.chosen,
            stacks,
            earlier: &self.earlier,
            account: Some(account),
            objectives,
            findings,
            lengths,
            now: self.cloud.clock().now(),
        }
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            deployment: Arc::clone(&self.deployment),
            cloud: Arc::new(self.cloud.clone()) as Arc<dyn Mutate>,
            clock: self.cloud.clock(),
            journal: Arc::clone(&self.journal) as Arc<dyn Journal>,
            operator: operator(),
            runbooks: Vec::new(),
            history: RunHistory::default(),
            known: Snapshot::default(),
            incident_began_at: None,
        }
    }

    /// From the plan to the end, with a person who says something to entries.
    pub(crate) async fn run(
        &self,
        plan: Plan,
        mut person: impl FnMut(&Entry) -> Option<Order> + Send,
    ) -> Result<RunState, RunError> {
        let surroundings = self.surroundings();
        let approval = Approval::by_phrase(&plan, &plan.hash(), &plan.phrase(), operator(), self.cloud.clock().now())
            .expect("the phrase is right");
        // The simulated credentials last two hours.
        let overrides = BTreeMap::from([(GuardName::Credentials, "they are renewed".to_owned())]);
        let (orders, hears) = mpsc::channel(64);
        let mut orders = Some(orders);
        let mut seen = |entry: &Entry| {
            if let (Some(order), Some(orders)) = (person(entry), &orders) {
                orders.try_send(order).expect("there is room");
            } else if matches!(entry.event, RunEvent::Question { .. }) {
                // Nobody answers.
                orders = None;
            }
        };
        self.bounded(run::start(plan, approval, overrides, &surroundings, hears, &mut seen)).await
    }

    pub(crate) async fn resume(&self, run: &RunId) -> Result<RunState, RunError> {
        let surroundings = self.surroundings();
        let (orders, hears) = mpsc::channel(1);
        drop(orders);
        self.bounded(run::resume(run, &surroundings, hears, &mut |_| {})).await
    }

    async fn bounded<T>(&self, work: impl Future<Output = T> + Send) -> T {
        tokio::select! {
            biased;
            done = work => done,
            () = self.cloud.clock().sleep(Duration::from_hours(72)) => {
                panic!("it is still running after three days\n{}", told(&self.entries()))
            }
        }
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let records = self.journal.records(None, 0).expect("it can be read");
        records.iter().map(|it| it.entry().expect("it is whole")).collect()
    }
}

/// A cloud that is silent about some of what it is asked.
struct Deaf {
    cloud: SimCloud,
    to: fn(&Read) -> bool,
}

#[async_trait]
impl Observe for Deaf {
    async fn read(&self, region: &Region, read: &Read) -> Result<Facts, CloudError> {
        if !(self.to)(read) {
            return self.cloud.read(region, read).await;
        }
        Err(CloudError {
            kind: CloudErrorKind::Timeout,
            service: read.service(),
            region: region.clone(),
            operation: "asked".to_owned(),
            message: "no answer".to_owned(),
            request_id: None,
            fix: None,
        })
    }

    fn reality(&self) -> Reality {
        self.cloud.reality()
    }

    fn usage(&self) -> Usage {
        self.cloud.usage()
    }
}

/// An answer to the question of this entry.
pub(crate) fn reply(entry: &Entry, answer: Answer) -> Option<Order> {
    let RunEvent::Question { step, text, .. } = &entry.event else { return None };
    Some(Order::Answer { step: step.clone(), question: text.clone(), answer })
}

pub(crate) fn outcome(state: &RunState) -> Option<RunOutcome> {
    state.ended.map(|(outcome, _)| outcome)
}

fn bare(blueprint: &Blueprint, chosen: &Chosen) -> Deployment {
    let mut deployment = Deployment::bare(chosen.deployment.clone(), chosen.home.clone(), chosen.partner.clone());
    let stacks = stacks(blueprint, chosen).expect("it comes to stacks").stacks;
    let pair = [&chosen.home, &chosen.partner];
    deployment.stacks = stacks
        .iter()
        .filter(|spec| pair.contains(&&spec.region))
        .map(|spec| InRegion::new(spec.region.clone(), spec.name.clone()))
        .collect();
    deployment
}

fn operator() -> Operator {
    Operator {
        arn: Some("arn:aws:sts::123456789012:assumed-role/operator/ann".into()),
        user: "ann".to_owned(),
        host: "desk".to_owned(),
        process: 7,
    }
}

/// A run as lines, to be read in a failure: no template is in them.
pub(crate) fn told(entries: &[Entry]) -> String {
    let mut lines = String::new();
    for entry in entries {
        let what = match &entry.event {
            RunEvent::RunStarted { plan, .. } => {
                let steps: Vec<_> = plan.steps.iter().map(|step| step.id.as_str()).collect();
                format!("run_started {steps:?}")
            }
            RunEvent::GuardsJudged { step, reports } => {
                let refused: Vec<_> = reports.iter().filter(|it| !it.allows()).collect();
                format!("guards_judged {step:?} refused {refused:?}")
            }
            RunEvent::CallStarted { step, call, .. } => {
                format!("call_started {step} {} in {}", call.operation(), call.endpoint_region())
            }
            other => format!("{other:?}"),
        };
        lines.push_str(&format!("{:>4} {:.0} {what}\n", entry.sequence, entry.at));
    }
    lines
}
