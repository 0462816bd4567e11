//! From planned to unplanned in the middle of a run: what is over stays as it was, what is left is made anew without the
//! region that is given up.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::call::Call;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::{Plan, Step, StepId};
use lifeboat_model::run::StepStatus;
use lifeboat_model::runbook::{Direction, Mode, Runbook, StepKind, StepSpec};

use super::invariants::{invariants_of, looks_at};
use super::part::Part;
use super::scene::Scene;
use super::{CannotPlan, Known, deduplicated, end_mutes, guards, irreversible, measured, parts, predict, waits};

/// What becomes of the steps of a kind that are not over.
enum Fate {
    /// They stand as they are, except those that ask the region that is given up.
    Kept,
    /// They are made anew from what is known now, as this kind.
    Anew(StepKind),
    /// They ask only the region that is given up.
    Dropped,
}

fn fate(kind: StepKind) -> Fate {
    match kind {
        StepKind::MuteAlarms
        | StepKind::Notice
        | StepKind::Approval
        | StepKind::Canary
        | StepKind::LambdaInvoke
        | StepKind::WaitFor
        | StepKind::RestoreLedger => Fate::Kept,
        StepKind::AuroraSwitchover | StepKind::AuroraFailover => Fate::Anew(StepKind::AuroraFailover),
        StepKind::Capacity
        | StepKind::StartConsumers
        | StepKind::Parameter
        | StepKind::HealthCheckInversion
        | StepKind::RecordChange
        | StepKind::StandbyTakesOver
        | StepKind::Accelerator
        | StepKind::Traffic => Fate::Anew(kind),
        StepKind::Fence
        | StepKind::PauseConsumers
        | StepKind::DynamodbDrain
        | StepKind::S3Backlog
        | StepKind::S3ReverseReplication
        // Of no runbook that leads from one region to the other.
        | StepKind::Stack
        | StepKind::DeleteStack
        | StepKind::ManagedKey
        | StepKind::GlobalWriterEndpoint
        | StepKind::SecureParameter
        | StepKind::DeleteParameter
        | StepKind::EmptyBucket
        | StepKind::EmptyVault
        | StepKind::ForeignRecords
        | StepKind::Leftovers
        | StepKind::DetectDrift => Fate::Dropped,
    }
}

/// The plan from here on for a run whose active region has been lost or given up. Steps that are done or were skipped
/// keep their ids and calls; none of those that are left asks the region that is given up. `written` is the runbook that
/// the running plan was made from, which says how its steps are to be made anew.
pub fn unplanned(
    running: &Plan,
    statuses: &BTreeMap<StepId, StepStatus>,
    written: Option<&Runbook>,
    known: &Known<'_>,
) -> Result<Plan, CannotPlan> {
    let runbook = without_the_one_left(running);
    let scene = Scene::between(&runbook, known, running.from.clone(), running.to.clone());
    let status = |step: &Step| statuses.get(&step.id).copied().unwrap_or(StepStatus::Pending);
    let is_over = |step: &&Step| matches!(status(step), StepStatus::Done | StepStatus::Skipped);
    let mut over: Vec<Step> = running.steps.iter().filter(is_over).cloned().collect();
    let mut writing = Writing {
        scene: &scene,
        written: written.map_or(&[][..], |runbook| &runbook.steps),
        over: over.iter().map(|step| (step.kind, step.id.clone())).collect(),
        notes: vec![format!("From here on {} is given up: nothing is asked of it.", running.from)],
        // What began under an id and is not over is not mixed up with what takes its place.
        taken: running
            .steps
            .iter()
            .filter(|step| status(step) != StepStatus::Pending)
            .map(|it| it.id.clone())
            .collect(),
        approved: over.iter().any(|step| step.kind == StepKind::Approval),
        left: Vec::new(),
    };
    for group in running.groups() {
        let left: Vec<&Step> = group.iter().filter(|step| !is_over(step)).collect();
        writing.group(&left)?;
    }
    let Writing { notes, left, .. } = writing;
    let mut runbook = runbook.clone();
    if !is_decided(&over, &scene) {
        runbook.guards.push(GuardName::Lag);
    }
    let mut plan = Plan {
        mode: Mode::Unplanned,
        made_at: known.now,
        account: known.assessment.identity.account.clone().or_else(|| running.account.clone()),
        writer: scene.writer(),
        guards: guards(&runbook, left.iter().any(|step| step.kind.promotes())),
        steps: left,
        notes: Vec::new(),
        ..running.clone()
    };
    measured::expect(&mut plan, known.history);
    plan.predicted = predict::predict(&plan, &scene);
    end_mutes(&mut plan, &runbook);
    let mut all_notes = notes;
    all_notes.extend(irreversible(&plan));
    plan.notes = deduplicated(all_notes);
    let ids_over: BTreeSet<StepId> = over.iter().map(|step| step.id.clone()).collect();
    over.append(&mut plan.steps);
    plan.steps = over;
    number_groups(&mut plan.steps);
    match invariants_of(&plan, &ids_over) {
        Ok(()) => Ok(plan),
        Err(broken) => Err(CannotPlan::Breaks { broken, line: 1 }),
    }
}

/// Whether what is lost was decided by what is done already: once the database has moved, waiting saves nothing more.
fn is_decided(over: &[Step], scene: &Scene<'_>) -> bool {
    let has_moved = scene.writer().and_then(|writer| writer.region()).as_ref() == Some(&scene.to);
    has_moved || over.iter().any(|step| step.kind.promotes())
}

/// The running plan's runbook, as far as an unplanned plan needs one.
fn without_the_one_left(running: &Plan) -> Runbook {
    Runbook {
        name: running.runbook.clone(),
        purpose: String::new(),
        mode: Mode::Unplanned,
        direction: Direction::ToStandby,
        drill: running.drill,
        guards: vec![GuardName::StandbyHealth, GuardName::TrafficLever],
        steps: Vec::new(),
    }
}

struct Writing<'a> {
    scene: &'a Scene<'a>,
    /// The steps of the runbook that the running plan was made from.
    written: &'a [StepSpec],
    /// What is over of each kind, and is not made again.
    over: BTreeSet<(StepKind, StepId)>,
    notes: Vec<String>,
    taken: BTreeSet<StepId>,
    /// Whether somebody has said yes, or will have been asked before what comes next.
    approved: bool,
    left: Vec<Step>,
}

impl Writing<'_> {
    /// Steps of one group that are not over.
    fn group(&mut self, steps: &[&Step]) -> Result<(), CannotPlan> {
        let mut made: BTreeSet<StepKind> = BTreeSet::new();
        for step in steps {
            match fate(step.kind) {
                Fate::Kept => self.keep(step),
                Fate::Dropped => {
                    self.notes.push(format!("`{}` is left out: {} is given up.", step.id, self.scene.from));
                }
                Fate::Anew(kind) if made.insert(kind) => self.anew(kind, step, steps)?,
                Fate::Anew(_) => {}
            }
        }
        Ok(())
    }

    fn keep(&mut self, step: &Step) {
        let asked = step.calls.iter().map(Call::endpoint_region).chain(step.verify.iter().filter_map(looks_at));
        if asked.into_iter().any(|region| region == self.scene.from) {
            self.notes.push(format!("`{}` is left out: {} is given up.", step.id, self.scene.from));
            return;
        }
        let id = self.free(step.id.as_str());
        let optional = step.optional || step.kind == StepKind::MuteAlarms;
        self.left.push(Step { id, optional, ..step.clone() });
    }

    fn anew(&mut self, kind: StepKind, model: &Step, steps: &[&Step]) -> Result<(), CannotPlan> {
        for spec in self.specs(kind, model, steps) {
            let mut parts = parts(&spec, self.scene, &mut self.notes)?;
            parts.retain(|part| !self.over.contains(&(model.kind, StepId::new(&part.id))));
            if kind.promotes() && !parts.is_empty() {
                self.ask_anew();
            }
            for part in parts {
                self.push(&spec, part, model.group);
            }
        }
        Ok(())
    }

    /// How steps are made anew: as their runbook has it, where it still has them, else as the steps themselves say. What
    /// only a region that is there could meet is not asked of them any more.
    fn specs(&self, kind: StepKind, model: &Step, steps: &[&Step]) -> Vec<StepSpec> {
        let can_hold = |guard: &GuardName| !matches!(guard, GuardName::BothHealthy | GuardName::Synchronized);
        let written: Vec<&StepSpec> = self.written.iter().filter(|spec| spec.kind == model.kind).collect();
        if written.is_empty() {
            return vec![StepSpec {
                guards: model.guards.iter().copied().filter(can_hold).collect(),
                timeout: Some(model.timeout),
                optional: model.optional,
                inject: model.inject,
                ..StepSpec::of(kind)
            }];
        }
        let anew = |spec: &StepSpec| StepSpec {
            kind,
            group: None,
            title: spec.title.clone().filter(|_| kind == model.kind),
            guards: spec.guards.iter().copied().filter(can_hold).collect(),
            optional: model.optional,
            inject: model.inject,
            ..spec.clone()
        };
        // One step for each resource: which of them, and how, is what tells several such specs apart.
        let is_by_resource = matches!(model.kind, StepKind::Capacity | StepKind::StartConsumers);
        let is_alone = written.len() == 1;
        let all = written.into_iter().map(anew);
        if is_by_resource && !is_alone {
            all.filter(|spec| self.names_one_of(spec, steps)).collect()
        } else {
            all.take(1).collect()
        }
    }

    /// Whether any of these steps would be made by this spec.
    fn names_one_of(&self, spec: &StepSpec, steps: &[&Step]) -> bool {
        let is_of = |step: &Step, part: &Part| {
            let rest = step.id.as_str().strip_prefix(part.id.as_str()).filter(|_| step.kind == spec.kind);
            rest.is_some_and(|rest| {
                rest.is_empty() || rest.strip_prefix('-').is_some_and(|it| it.parse::<u32>().is_ok())
            })
        };
        let made = parts(spec, self.scene, &mut Vec::new()).unwrap_or_default();
        steps.iter().any(|step| made.iter().any(|part| is_of(step, part)))
    }

    /// What was approved was to lose nothing. Losing something is another question.
    fn ask_anew(&mut self) {
        let is_asked = self.left.iter().any(|step| step.kind == StepKind::Approval);
        if !self.approved || is_asked {
            return;
        }
        let text = format!("Go on without {}, and lose what it has not replicated?", self.scene.from);
        let spec = StepSpec { with: BTreeMap::from([("text".to_owned(), text)]), ..StepSpec::of(StepKind::Approval) };
        let part = waits::approval(&spec, self.scene);
        // A group of its own, between those of the running plan.
        self.push(&spec, Part { id: "approve-loss".to_owned(), ..part }, 0);
    }

    fn push(&mut self, spec: &StepSpec, part: Part, group: usize) {
        let id = self.free(&part.id);
        self.left.push(part.into_step(spec, id, group));
    }

    fn free(&mut self, wanted: &str) -> StepId {
        let id = super::unique(wanted, &self.taken);
        self.taken.insert(id.clone());
        id
    }
}

/// From one on; steps that stood together still do.
fn number_groups(steps: &mut [Step]) {
    let mut before = None;
    let mut number = 0;
    for step in steps {
        if before != Some(step.group) {
            number += 1;
        }
        before = Some(step.group);
        step.group = number;
    }
}
