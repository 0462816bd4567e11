//! From a runbook and what is known to a plan: every call with all its arguments. Pure: it asks nothing and changes
//! nothing, and a plan it gives keeps what [`invariants`] demands whatever the runbook's author wrote.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::assessment::{Assessment, RunHistory};
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::Region;
use lifeboat_model::plan::{PLAN_VERSION, Plan, Predicted, Step, StepId};
use lifeboat_model::runbook::{Mode, Runbook, StepKind, StepSpec};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Duration, Timestamp, after};
use lifeboat_model::topology::Deployment;

mod aurora;
pub mod building;
mod invariants;
mod measured;
mod moved;
mod mutes;
mod part;
mod predict;
mod replication;
mod scene;
mod serving;
mod traffic;
mod unplanned;
mod waits;

pub use invariants::{Broken, invariants};
pub use unplanned::unplanned;

use part::Part;
use scene::Scene;

/// Everything a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub deployment: &'a Deployment,
    pub snapshot: &'a Snapshot,
    pub assessment: &'a Assessment,
    pub history: &'a RunHistory,
    pub now: Timestamp,
}

/// What is wanted of a plan beyond its runbook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    /// Whether the run is a rehearsal, whatever the runbook says.
    pub drill: bool,
}

/// Why no plan can be made. Each says what a person can do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotPlan {
    #[error("no region is known to be active, so there is no standby to move to: {why}")]
    NoActiveRegion { why: String },
    #[error("the home region {home} is active already")]
    AlreadyHome { home: Region },
    #[error("{to} is active already: {there}")]
    AlreadyActive { to: Region, there: String },
    #[error("{what} of {region} is not known: {why}")]
    NotRead { what: String, region: Region, why: String },
    #[error("how far table {table} lags behind is not known, so how long it drains is not known either")]
    LatencyUnknown { table: String },
    #[error("line {line} of the runbook names {what}, which the deployment does not have")]
    NotThere { what: String, line: usize },
    #[error("nothing can move the clients of {name} by `{kind}`: {why}")]
    NoLever { kind: StepKind, name: String, why: String },
    #[error("line {line} of the runbook breaks a rule that no plan may break: {broken}")]
    Breaks { broken: Broken, line: usize },
}

impl CannotPlan {
    /// What a person can do about it.
    pub fn fix(&self) -> String {
        match self {
            Self::NoActiveRegion { .. } => {
                "see with `lifeboat status` which facts are missing or contradict each other, and mend that first"
                    .to_owned()
            }
            Self::AlreadyHome { .. } => {
                "nothing is to be done; to leave the home region use `switchover` or `failover`".to_owned()
            }
            Self::AlreadyActive { .. } => {
                "nothing is to be moved; `failback` leads back once the other region is well again".to_owned()
            }
            Self::NotRead { region, .. } => {
                format!(
                    "restore the connection to {region} and the right to read it, or use `failover` where it is lost"
                )
            }
            Self::LatencyUnknown { .. } => {
                "see whether CloudWatch answers and the table replicates; `failover` does not wait for it".to_owned()
            }
            Self::NotThere { .. } => "correct the runbook, or add it to the deployment's configuration".to_owned(),
            Self::NoLever { .. } => "use `traffic`, which takes whatever the deployment has".to_owned(),
            Self::Breaks { broken, .. } => broken.fix().to_owned(),
        }
    }
}

/// Makes a runbook concrete.
pub fn plan(runbook: &Runbook, intent: &Intent, known: &Known<'_>) -> Result<Plan, CannotPlan> {
    let scene = Scene::set(runbook, known)?;
    let mut notes = scene.opening_notes();
    // No runbook's author has to think of it.
    let waiting = StepSpec::of(StepKind::WaitFor);
    let mut groups: Vec<Group<'_>> = Vec::new();
    for together in runbook.steps.chunk_by(|one, other| one.group.is_some() && one.group == other.group) {
        let mut group = Group::default();
        for spec in together {
            for part in parts(spec, &scene, &mut notes)? {
                group.0.push((spec, part));
            }
        }
        if group.0.iter().any(|(spec, _)| spec.kind == StepKind::AuroraFailover) {
            groups.push(Group(traffic::leaving(&scene).into_iter().map(|part| (&waiting, part)).collect()));
        }
        groups.push(group);
    }
    groups.retain(|group| !group.0.is_empty());
    let drill = runbook.drill || intent.drill;
    let mut plan = Plan {
        version: PLAN_VERSION,
        runbook: runbook.name.clone(),
        mode: runbook.mode,
        deployment: known.deployment.name.clone(),
        account: known.assessment.identity.account.clone(),
        from: scene.from.clone(),
        to: scene.to.clone(),
        drill,
        made_at: known.now,
        writer: scene.writer(),
        guards: Vec::new(),
        steps: Vec::new(),
        predicted: Predicted::default(),
        objectives: known.deployment.objectives.clone(),
        build: None,
        notes: Vec::new(),
    };
    let lines = number(&mut plan, groups);
    plan.guards = guards(runbook, plan.steps.iter().any(|step| step.kind.promotes()));
    if drill {
        inject(&mut plan, &mut notes);
    }
    measured::expect(&mut plan, known.history);
    notes.extend(moved::still_missing(&plan, &scene)?);
    plan.predicted = predict::predict(&plan, &scene);
    end_mutes(&mut plan, runbook);
    notes.extend(scene.better_way());
    notes.extend(irreversible(&plan));
    plan.notes = deduplicated(notes);
    match invariants(&plan) {
        Ok(()) => Ok(plan),
        Err(broken) => {
            let line = broken.step().and_then(|step| lines.get(step)).copied().unwrap_or(1);
            Err(CannotPlan::Breaks { broken, line })
        }
    }
}

#[derive(Default)]
struct Group<'a>(Vec<(&'a StepSpec, Part)>);

fn parts(spec: &StepSpec, scene: &Scene<'_>, notes: &mut Vec<String>) -> Result<Vec<Part>, CannotPlan> {
    match spec.kind {
        StepKind::MuteAlarms => Ok(mutes::mute(scene, notes)),
        StepKind::Notice => Ok(mutes::notice(spec, scene, notes)),
        StepKind::Fence => serving::fence(spec, scene, notes),
        StepKind::PauseConsumers => serving::pause_consumers(spec, scene, notes),
        StepKind::StartConsumers => serving::start_consumers(spec, scene, notes),
        StepKind::Capacity => serving::capacity(spec, scene, notes),
        StepKind::LambdaInvoke => serving::invoke(spec, scene),
        StepKind::Approval => Ok(vec![waits::approval(spec, scene)]),
        StepKind::AuroraSwitchover => aurora::switchover(scene, notes),
        StepKind::AuroraFailover => aurora::failover(scene, notes),
        StepKind::DynamodbDrain => replication::drain(spec, scene, notes),
        StepKind::S3Backlog => Ok(replication::backlog(spec, scene, notes)),
        StepKind::S3ReverseReplication => replication::replicate(spec, scene, notes),
        StepKind::Parameter => Ok(traffic::parameter(scene, notes)),
        StepKind::Traffic => traffic::any(scene, notes),
        StepKind::StandbyTakesOver => traffic::standby_takes_over(scene, notes),
        StepKind::Accelerator => traffic::accelerator(scene, notes),
        StepKind::HealthCheckInversion => traffic::inversion(scene, notes),
        StepKind::RecordChange => traffic::record_change(scene, notes),
        StepKind::Canary => Ok(waits::canary(scene, notes)),
        StepKind::WaitFor => Ok(waits::wait_for(spec, scene, notes)),
        StepKind::RestoreLedger => Ok(vec![waits::restore()]),
        // No runbook is written of these: `provision` and `teardown` make them from a blueprint.
        StepKind::Stack
        | StepKind::DeleteStack
        | StepKind::ManagedKey
        | StepKind::GlobalWriterEndpoint
        | StepKind::SecureParameter
        | StepKind::DeleteParameter
        | StepKind::EmptyBucket
        | StepKind::EmptyVault
        | StepKind::ForeignRecords
        | StepKind::Leftovers
        | StepKind::DetectDrift => Ok(Vec::new()),
    }
}

/// Gives the parts their groups and unique names. Returns the line each step was written on.
fn number(plan: &mut Plan, groups: Vec<Group<'_>>) -> BTreeMap<StepId, usize> {
    let mut lines = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (group, members) in (1..).zip(groups) {
        for (spec, part) in members.0 {
            let id = unique(&part.id, &taken);
            taken.insert(id.clone());
            lines.insert(id.clone(), spec.line);
            plan.steps.push(part.into_step(spec, id, group));
        }
    }
    lines
}

fn unique(wanted: &str, taken: &BTreeSet<StepId>) -> StepId {
    let numbered =
        |number: usize| StepId::new(if number == 1 { wanted.to_owned() } else { format!("{wanted}-{number}") });
    (1..=taken.len() + 1).map(numbered).find(|id| !taken.contains(id)).unwrap_or_else(|| StepId::new(wanted))
}

/// What is judged of every plan, whether or not its runbook names it. Who writes is compared only where something is
/// still to be promoted: once the writer is where it is to go, that must not hold up the rest.
fn guards(runbook: &Runbook, promotes: bool) -> Vec<GuardName> {
    let mut guards = runbook.guards.clone();
    guards.extend([
        GuardName::Access,
        GuardName::Lock,
        GuardName::Identity,
        GuardName::Freshness,
        GuardName::MinimumDelay,
        GuardName::Credentials,
        GuardName::SecondPerson,
    ]);
    if promotes {
        guards.push(GuardName::Writer);
    }
    if runbook.mode == Mode::Planned {
        guards.push(GuardName::FreezeWindow);
    }
    guards.sort_unstable();
    guards.dedup();
    guards
}

/// A drill whose fault this deployment cannot take is a drill of the move itself: clients notice that too.
fn inject(plan: &mut Plan, notes: &mut Vec<String>) {
    if plan.steps.iter().any(|step| step.inject) {
        return;
    }
    let moves = |step: &&mut Step| step.kind.moves_traffic() && !step.calls.is_empty();
    let place = match plan.steps.iter_mut().find(moves) {
        Some(step) => Some(step),
        None => plan.steps.iter_mut().find(|step| step.kind.promotes()),
    };
    match place {
        Some(step) => {
            step.inject = true;
            notes.push(format!("The drill's fault is the step `{}`: nothing else in it can be noticed by clients.", step.id));
        }
        None => notes.push(
            "Nothing in this drill can be noticed by clients, so it cannot prove anything: it will be reported as failed."
                .to_owned(),
        ),
    }
}

/// A mute rule ends by itself well after the plan, in case nobody is left to take it back.
fn end_mutes(plan: &mut Plan, runbook: &Runbook) {
    const TIMES_THE_LENGTH: u32 = 4;
    /// Alarms of a run that nobody ends are not silent for longer, however long people may think about an approval.
    const AT_MOST: Duration = Duration::from_hours(6);
    let length = plan.predicted.length.unwrap_or_else(|| plan.groups().filter_map(longest_timeout).sum());
    let at_least = runbook
        .steps
        .iter()
        .filter(|spec| spec.kind == StepKind::MuteAlarms)
        .map(|spec| part::length_of(spec, "at-least"))
        .max()
        .unwrap_or_default();
    let until = after(plan.made_at, length.saturating_mul(TIMES_THE_LENGTH).min(AT_MOST).max(at_least));
    for call in plan.steps.iter_mut().flat_map(|step| &mut step.calls) {
        if let lifeboat_model::call::Call::MuteAlarms { until: ends, .. } = call {
            *ends = until;
        }
    }
}

fn longest_timeout(group: &[Step]) -> Option<Duration> {
    group.iter().filter(|step| step.kind != StepKind::Approval).map(|step| step.timeout).max()
}

fn irreversible(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .filter_map(|step| match &step.reversible {
            lifeboat_model::plan::Reversible::No(reason) => Some(format!("`{}` cannot be undone: {reason}.", step.id)),
            lifeboat_model::plan::Reversible::Yes | lifeboat_model::plan::Reversible::NothingToUndo => None,
        })
        .collect()
}

fn deduplicated(notes: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for note in notes {
        if !kept.contains(&note) {
            kept.push(note);
        }
    }
    kept
}
