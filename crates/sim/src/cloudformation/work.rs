//! How a stack's operation goes on: which resource begins when, how long it takes, what a failure does to the rest. Each
//! begins as soon as what it waits for is over, so that an operation takes as long as its longest chain.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_blueprint::Reference;
use lifeboat_model::id::Region;
use serde_json::{Value, json};

use super::change::{Action, Changed, Laid};
use super::contents::Orphan;
use super::physical::{self, Made, Place};
use super::{Account, Key, Nature, Replaced, Resource, Stack, Status, Wanted, change, refusals};
use crate::ACCOUNT;
use crate::cloud::{arn_of, tags_of};
use crate::draw::Topic;
use crate::faults::{self, Operation};

/// How long CloudFormation waits for network interfaces that Lambda gives back late.
const PATIENCE_S: i64 = 600;
/// Until a lost region is asked again.
const LOST_RETRY_S: i64 = 15;
/// The longest that changing something in place takes.
const CHANGE_AT_MOST_S: i64 = 60;

/// What is being done to a stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    tasks: BTreeMap<String, Task>,
}

#[derive(Clone, Debug)]
struct Task {
    act: Act,
    /// The tasks that must be over first.
    waits: BTreeSet<String>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Create,
    Modify,
    /// Back to what it was before the update.
    Revert,
    Delete,
    /// Deletes what was replaced.
    DropReplaced,
}

impl Act {
    fn begins(self) -> &'static str {
        match self {
            Self::Create => "CREATE_IN_PROGRESS",
            Self::Modify | Self::Revert => "UPDATE_IN_PROGRESS",
            Self::Delete | Self::DropReplaced => "DELETE_IN_PROGRESS",
        }
    }

    fn ends(self) -> &'static str {
        match self {
            Self::Create => "CREATE_COMPLETE",
            Self::Modify | Self::Revert => "UPDATE_COMPLETE",
            Self::Delete | Self::DropReplaced => "DELETE_COMPLETE",
        }
    }

    fn fails(self) -> &'static str {
        match self {
            Self::Create => "CREATE_FAILED",
            Self::Modify | Self::Revert => "UPDATE_FAILED",
            Self::Delete | Self::DropReplaced => "DELETE_FAILED",
        }
    }

    fn operation(self) -> Operation {
        match self {
            Self::Create => Operation::Create,
            Self::Modify | Self::Revert => Operation::Update,
            Self::Delete | Self::DropReplaced => Operation::Delete,
        }
    }
}

#[derive(Clone, Debug)]
enum State {
    Waiting,
    Running { until: i64, ends: Result<(), String> },
    Done,
    Failed,
}

impl Work {
    fn new(tasks: impl IntoIterator<Item = (String, Act, BTreeSet<String>)>) -> Self {
        let tasks: BTreeMap<String, Task> =
            tasks.into_iter().map(|(id, act, waits)| (id, Task { act, waits, state: State::Waiting })).collect();
        let known: BTreeSet<String> = tasks.keys().cloned().collect();
        let mut work = Self { tasks };
        for task in work.tasks.values_mut() {
            task.waits.retain(|id| known.contains(id));
        }
        work
    }

    fn ready(&self) -> Vec<String> {
        let over = |id: &String| self.tasks.get(id).is_none_or(|task| matches!(task.state, State::Done));
        self.tasks
            .iter()
            .filter(|(_, task)| matches!(task.state, State::Waiting) && task.waits.iter().all(over))
            .map(|(id, _)| id.clone())
            .collect()
    }

    fn running(&self) -> impl Iterator<Item = (&String, i64)> {
        self.tasks.iter().filter_map(|(id, task)| match task.state {
            State::Running { until, .. } => Some((id, until)),
            State::Waiting | State::Done | State::Failed => None,
        })
    }

    fn failed(&self) -> Vec<&str> {
        self.tasks.iter().filter(|(_, task)| matches!(task.state, State::Failed)).map(|(id, _)| id.as_str()).collect()
    }

    fn begun(&self) -> Vec<String> {
        self.tasks.iter().filter(|(_, task)| !matches!(task.state, State::Waiting)).map(|(id, _)| id.clone()).collect()
    }
}

/// Each waits for those that need it.
fn deletions<'a>(
    resources: &'a BTreeMap<String, Resource>,
    which: impl Fn(&str, &Resource) -> bool + 'a,
) -> impl Iterator<Item = (String, Act, BTreeSet<String>)> + 'a {
    let needing = |id: &str| {
        let needs = |(_, other): &(&String, &Resource)| other.laid.depends_on.contains(id);
        resources.iter().filter(needs).map(|(other, _)| other.clone()).collect::<BTreeSet<_>>()
    };
    resources
        .iter()
        .filter(move |(id, resource)| which(id, resource))
        .map(move |(id, _)| (id.clone(), Act::Delete, needing(id)))
}

/// How long something usually takes, in seconds.
fn usual_s(kind: &str, act: Act) -> i64 {
    let known = lifeboat_blueprint::durations::usual(kind);
    let create = i64::try_from(known.create.as_secs()).unwrap_or(i64::MAX);
    match act {
        Act::Create => create,
        Act::Modify | Act::Revert => create.min(CHANGE_AT_MOST_S),
        Act::Delete | Act::DropReplaced => i64::try_from(known.delete.as_secs()).unwrap_or(i64::MAX),
    }
}

impl Account {
    /// Lets everything happen up to a second.
    pub(crate) fn advance_to(&mut self, nature: Nature<'_>, second: i64) {
        while let Some((at, key, id)) = self.next() {
            if at > second {
                break;
            }
            self.now = self.now.max(at);
            self.finish(nature, &key, &id);
            self.go_on(nature, &key);
        }
        self.now = self.now.max(second);
    }

    /// What ends next: when, in which stack, of which resource.
    pub(super) fn next(&self) -> Option<(i64, Key, String)> {
        self.stacks
            .iter()
            .filter_map(|(key, stack)| Some((key, stack.work.as_ref()?)))
            .flat_map(|(key, work)| work.running().map(move |(id, until)| (until, key, id)))
            .min()
            .map(|(until, key, id)| (until, key.clone(), id.clone()))
    }

    pub(super) fn begin_create(&mut self, nature: Nature<'_>, key: &Key, wanted: Wanted) {
        let now = self.now;
        let Ok(evaluated) = change::evaluate(key, &wanted) else { return };
        let Some(stack) = self.stack_mut(key) else { return };
        stack.wanted = Some(wanted);
        stack.resources =
            change::laid(&evaluated).into_iter().map(|(id, laid)| (id, Resource::waiting(laid))).collect();
        stack.become_(now, Status::CreateInProgress, Some("User Initiated"));
        let tasks =
            stack.resources.iter().map(|(id, resource)| (id.clone(), Act::Create, resource.laid.depends_on.clone()));
        stack.work = Some(Work::new(tasks));
        self.go_on(nature, key);
    }

    pub(super) fn begin_update(&mut self, nature: Nature<'_>, key: &Key, wanted: Wanted, changes: &[Changed]) {
        let now = self.now;
        let Ok(evaluated) = change::evaluate(key, &wanted) else { return };
        let laid = change::laid(&evaluated);
        let Some(stack) = self.stack_mut(key) else { return };
        let Some(old) = stack.wanted.replace(wanted) else { return };
        let before = stack.resources.iter().map(|(id, resource)| (id.clone(), resource.laid.clone())).collect();
        stack.before = Some((old, before));
        for (id, laid) in laid {
            match stack.resources.get_mut(&id) {
                Some(resource) => resource.laid = laid,
                None => {
                    stack.resources.insert(id, Resource::waiting(laid));
                }
            }
        }
        stack.updated_at = Some(now);
        stack.become_(now, Status::UpdateInProgress, Some("User Initiated"));
        let tasks = changes.iter().filter_map(|change| {
            let act = match change.action {
                Action::Add => Act::Create,
                Action::Modify | Action::Replace | Action::MayReplace => Act::Modify,
                Action::Remove => return None,
            };
            let waits = stack.resources.get(&change.logical_id)?.laid.depends_on.clone();
            Some((change.logical_id.clone(), act, waits))
        });
        stack.work = Some(Work::new(tasks));
        self.go_on(nature, key);
    }

    /// Deletes a stack; its resources go in the reverse order of their making.
    pub(crate) fn begin_delete(&mut self, nature: Nature<'_>, key: &Key) {
        let now = self.now;
        self.change_sets.retain(|(own, _), _| own != key);
        let Some(stack) = self.stack_mut(key) else { return };
        if stack.status == Status::DeleteInProgress {
            return;
        }
        stack.before = None;
        stack.become_(now, Status::DeleteInProgress, Some("User Initiated"));
        // What was only begun is there all the same, and goes too.
        stack.work = Some(Work::new(deletions(&stack.resources, |_, resource| resource.id.is_some())));
        self.go_on(nature, key);
    }

    pub(crate) fn continue_rollback(&mut self, nature: Nature<'_>, key: &Key) {
        let now = self.now;
        let Some(stack) = self.stack_mut(key) else { return };
        stack.become_(now, Status::UpdateRollbackInProgress, Some("User Initiated"));
        if let Some(work) = &mut stack.work {
            for task in work.tasks.values_mut().filter(|task| matches!(task.state, State::Failed)) {
                task.state = State::Waiting;
            }
        } else {
            let all: Vec<String> = stack.resources.keys().cloned().collect();
            revert(stack, &all);
        }
        self.go_on(nature, key);
    }

    /// Begins what can begin, and goes over to what comes next where nothing is left.
    pub(super) fn go_on(&mut self, nature: Nature<'_>, key: &Key) {
        loop {
            let Some(stack) = self.stacks.get(key) else { return };
            let Some(work) = &stack.work else { return };
            let building = matches!(stack.status, Status::CreateInProgress | Status::UpdateInProgress);
            let failed = !work.failed().is_empty();
            if building && failed {
                self.turn_back(key);
                continue;
            }
            let ready = work.ready();
            if ready.is_empty() {
                if work.running().next().is_some() {
                    return;
                }
                if !self.end_phase(nature, key) {
                    return;
                }
                continue;
            }
            for id in ready {
                self.start(nature, key, &id);
            }
        }
    }

    /// A failure: what is under way is cancelled, and the stack goes back.
    fn turn_back(&mut self, key: &Key) {
        let now = self.now;
        let Some(stack) = self.stack_mut(key) else { return };
        let Some(mut work) = stack.work.take() else { return };
        let failed = work.failed().join(", ");
        let begun = work.begun();
        let running: Vec<String> = work.running().map(|(id, _)| id.clone()).collect();
        for id in running {
            let Some(task) = work.tasks.get_mut(&id) else { continue };
            task.state = State::Failed;
            let (status, words) = match task.act {
                Act::Create => ("CREATE_FAILED", "Resource creation cancelled"),
                Act::Modify | Act::Revert | Act::Delete | Act::DropReplaced => {
                    ("UPDATE_FAILED", "Resource update cancelled")
                }
            };
            mark(stack, &id, now, status, Some(words));
        }
        if stack.status == Status::CreateInProgress {
            let words = format!("The following resource(s) failed to create: [{failed}]. Rollback requested by user.");
            stack.become_(now, Status::RollbackInProgress, Some(&words));
            stack.work = Some(Work::new(deletions(&stack.resources, |_, resource| resource.id.is_some())));
        } else {
            let words = format!("The following resource(s) failed to update: [{failed}]. ");
            stack.become_(now, Status::UpdateRollbackInProgress, Some(&words));
            revert(stack, &begun);
        }
    }

    /// What comes after everything of a phase is over. Whether there is more to do.
    fn end_phase(&mut self, nature: Nature<'_>, key: &Key) -> bool {
        let now = self.now;
        let Some(stack) = self.stack_mut(key) else { return false };
        let failed: Vec<String> = stack
            .work
            .as_ref()
            .map(|work| work.failed().into_iter().map(ToOwned::to_owned).collect())
            .unwrap_or_default();
        let listed = failed.join(", ");
        let not_deleted = format!("The following resource(s) failed to delete: [{listed}]. ");
        match stack.status {
            Status::CreateInProgress => {
                stack.work = None;
                tell_outputs(stack);
                stack.become_(now, Status::CreateComplete, None);
                self.found(nature, key);
            }
            Status::RollbackInProgress => {
                stack.work = None;
                let (status, words) = if failed.is_empty() {
                    (Status::RollbackComplete, None)
                } else {
                    (Status::RollbackFailed, Some(not_deleted))
                };
                stack.become_(now, status, words.as_deref());
            }
            Status::DeleteInProgress => {
                stack.work = None;
                if failed.is_empty() {
                    stack.become_(now, Status::DeleteComplete, None);
                    self.let_go(key);
                } else {
                    stack.become_(now, Status::DeleteFailed, Some(&not_deleted));
                }
            }
            Status::UpdateInProgress => {
                tell_outputs(stack);
                stack.become_(now, Status::UpdateCompleteCleanupInProgress, None);
                clean_up(stack);
                self.found(nature, key);
                return true;
            }
            Status::UpdateRollbackInProgress if failed.is_empty() => {
                if let Some((wanted, _)) = stack.before.clone() {
                    stack.wanted = Some(wanted);
                }
                stack.become_(now, Status::UpdateRollbackCompleteCleanupInProgress, None);
                clean_up(stack);
                return true;
            }
            Status::UpdateRollbackInProgress => {
                let words = format!("The following resource(s) failed to update: [{listed}]. ");
                stack.become_(now, Status::UpdateRollbackFailed, Some(&words));
                return false;
            }
            Status::UpdateCompleteCleanupInProgress | Status::UpdateRollbackCompleteCleanupInProgress => {
                let status = if stack.status == Status::UpdateCompleteCleanupInProgress {
                    Status::UpdateComplete
                } else {
                    Status::UpdateRollbackComplete
                };
                stack.work = None;
                stack.before = None;
                let of_template = wanted_ids(stack);
                // What could not be deleted is the stack's no longer, and stays.
                let orphans: Vec<(String, Resource)> = stack
                    .resources
                    .extract_if(.., |id, _| !of_template.contains(id))
                    .filter(|(_, own)| own.stands)
                    .collect();
                let replaced: Vec<(Resource, Box<Replaced>)> = stack
                    .resources
                    .values_mut()
                    .filter_map(|resource| resource.replaced.take().map(|old| (resource.clone(), old)))
                    .collect();
                tell_outputs(stack);
                let words = (!failed.is_empty())
                    .then(|| format!("Update successful. One or more resources could not be deleted. {not_deleted}"));
                stack.become_(now, status, words.as_deref());
                let mut left: Vec<Orphan> = orphans.iter().map(|(_, resource)| orphan(stack, resource, now)).collect();
                for (resource, old) in replaced {
                    let old = Resource { id: Some(old.id), attributes: old.attributes, sent: old.sent, ..resource };
                    left.push(orphan(stack, &old, now));
                }
                for orphan in left {
                    self.contents.keep(orphan);
                }
                self.found(nature, key);
            }
            Status::ReviewInProgress
            | Status::CreateComplete
            | Status::RollbackComplete
            | Status::RollbackFailed
            | Status::DeleteComplete
            | Status::DeleteFailed
            | Status::UpdateComplete
            | Status::UpdateRollbackComplete
            | Status::UpdateRollbackFailed => stack.work = None,
        }
        false
    }

    /// A stack that is gone is known by its id alone.
    fn let_go(&mut self, key: &Key) {
        if let Some(stack) = self.stacks.remove(key) {
            self.change_sets.retain(|(own, _), _| own != key);
            self.forget(&stack);
            self.gone.insert(stack.id.clone(), stack);
        }
    }

    fn start(&mut self, nature: Nature<'_>, key: &Key, id: &str) {
        let now = self.now;
        let Some(stack) = self.stacks.get(key) else { return };
        let (Some(task), Some(resource)) =
            (stack.work.as_ref().and_then(|work| work.tasks.get(id)), stack.resources.get(id))
        else {
            return;
        };
        let act = task.act;
        let state = match act {
            Act::Create => self.start_create(nature, key, id),
            Act::Modify => self.start_modify(nature, key, id, false),
            Act::Revert => self.start_modify(nature, key, id, true),
            Act::Delete if resource.laid.retained && resource.stands => {
                let orphan = orphan(stack, resource, now);
                self.contents.keep(orphan);
                if let Some(stack) = self.stack_mut(key) {
                    if let Some(resource) = stack.resources.get_mut(id) {
                        (resource.stands, resource.id) = (false, None);
                    }
                    mark(stack, id, now, "DELETE_SKIPPED", None);
                }
                State::Done
            }
            Act::Delete | Act::DropReplaced => self.start_delete(nature, key, id, act),
        };
        let Some(stack) = self.stack_mut(key) else { return };
        if let Some(task) = stack.work.as_mut().and_then(|work| work.tasks.get_mut(id)) {
            task.state = state;
        }
    }

    fn start_create(&mut self, nature: Nature<'_>, key: &Key, id: &str) -> State {
        let now = self.now;
        let Some(stack) = self.stacks.get(key) else { return State::Failed };
        let Some(resource) = stack.resources.get(id) else { return State::Failed };
        let kind = resource.laid.kind.clone();
        let settled = settle(stack, &resource.laid);
        if let Some(stack) = self.stack_mut(key) {
            mark(stack, id, now, "CREATE_IN_PROGRESS", None);
        }
        let sent = match settled {
            Ok(sent) => sent,
            Err(why) => return running(now + 1, Err(why)),
        };
        if let Some(why) = refusals::create(self, nature, key, id, &kind, &sent) {
            let topic = topic(key, id, "refused");
            return running(now + nature.draw.seconds(topic, now, 1, 4), Err(why));
        }
        let made = self.make(key, id, &kind, &sent);
        let (takes, ends) = self.fate(nature, key, id, &kind, Act::Create);
        if let Some(stack) = self.stack_mut(key) {
            if let Some(resource) = stack.resources.get_mut(id) {
                (resource.id, resource.attributes, resource.sent) = (Some(made.id), made.attributes, sent);
            }
            mark(stack, id, now, "CREATE_IN_PROGRESS", Some("Resource creation Initiated"));
        }
        running(now + takes, ends)
    }

    fn start_modify(&mut self, nature: Nature<'_>, key: &Key, id: &str, back: bool) -> State {
        let now = self.now;
        let act = if back { Act::Revert } else { Act::Modify };
        let Some(stack) = self.stacks.get(key) else { return State::Failed };
        let Some(resource) = stack.resources.get(id) else { return State::Failed };
        let (kind, was) = (resource.laid.kind.clone(), resource.sent.clone());
        let sent = match settle(stack, &resource.laid) {
            Ok(sent) => sent,
            Err(why) => {
                if let Some(stack) = self.stack_mut(key) {
                    mark(stack, id, now, act.begins(), None);
                }
                return running(now + 1, Err(why));
            }
        };
        // It went back to what it was by taking up again what the update had put aside.
        if back && sent == was {
            return State::Done;
        }
        let replaces = change::replaces_settled(&kind, &was, &sent);
        if let Some(stack) = self.stack_mut(key) {
            let words = replaces
                .then_some("Requested update requires the creation of a new physical resource; hence creating one.");
            mark(stack, id, now, act.begins(), words);
        }
        if replaces {
            let custom_named = refusals::replace(&kind, &was, &sent);
            if let Some(why) = custom_named.or_else(|| refusals::create(self, nature, key, id, &kind, &sent)) {
                return running(now + 2, Err(why));
            }
            let made = self.make(key, id, &kind, &sent);
            let (takes, ends) = self.fate(nature, key, id, &kind, Act::Create);
            if let Some(resource) = self.stack_mut(key).and_then(|stack| stack.resources.get_mut(id)) {
                let old = Replaced {
                    id: resource.id.clone().unwrap_or_default(),
                    sent: was,
                    attributes: resource.attributes.clone(),
                    made_at: resource.made_at,
                };
                resource.replaced = Some(Box::new(old));
                (resource.id, resource.attributes, resource.sent, resource.made_at) =
                    (Some(made.id), made.attributes, sent, now);
            }
            return running(now + takes, ends);
        }
        // What an update is taken back to stood before, whatever stands beside it for now.
        if let Some(why) = refusals::modify(self, key, id, &kind, &sent).filter(|_| !back) {
            return running(now + 2, Err(why));
        }
        let (takes, ends) = self.fate(nature, key, id, &kind, act);
        if ends.is_ok()
            && let Some(resource) = self.stack_mut(key).and_then(|stack| stack.resources.get_mut(id))
        {
            if kind == "AWS::SSM::Parameter" {
                resource.attributes.insert("Value".to_owned(), sent.get("Value").cloned().unwrap_or_default());
            }
            resource.sent = sent;
        }
        running(now + takes, ends)
    }

    fn start_delete(&mut self, nature: Nature<'_>, key: &Key, id: &str, act: Act) -> State {
        let now = self.now;
        let Some(resource) = self.stacks.get(key).and_then(|stack| stack.resources.get(id)) else { return State::Done };
        let kind = resource.laid.kind.clone();
        let (physical, sent) = match (act, &resource.replaced) {
            (Act::DropReplaced, Some(old)) => (old.id.clone(), old.sent.clone()),
            (_, _) => (resource.id.clone().unwrap_or_default(), resource.sent.clone()),
        };
        let stands = resource.stands;
        if let Some(stack) = self.stack_mut(key) {
            mark(stack, id, now, act.begins(), None);
        }
        if !stands && act == Act::Delete {
            return running(now + 1, Ok(()));
        }
        if let Some(why) = refusals::delete(self, nature, key, id, &kind, &physical, &sent) {
            let topic = topic(key, id, "kept");
            return running(now + nature.draw.seconds(topic, now, 2, 6), Err(why));
        }
        if let Some(free_at) = self.contents.interfaces_until(&key.region, &physical).filter(|free_at| *free_at > now) {
            let is_group = kind == "AWS::EC2::SecurityGroup";
            if is_group && free_at - now > PATIENCE_S {
                let words = format!("resource {physical} has a dependent object (Service: Ec2, Status Code: 400)");
                return running(now + PATIENCE_S, Err(words));
            }
            let (takes, ends) = self.fate(nature, key, id, &kind, act);
            return running(free_at + takes, ends);
        }
        let (takes, ends) = self.fate(nature, key, id, &kind, act);
        running(now + takes, ends)
    }

    /// How long something takes and how it ends, as far as that is chance and the scenario's will.
    fn fate(&self, nature: Nature<'_>, key: &Key, id: &str, kind: &str, act: Act) -> (i64, Result<(), String>) {
        let topic = topic(key, id, act.begins());
        let deed =
            faults::ResourceDeed { stack: &key.name, region: &key.region, logical_id: id, operation: act.operation() };
        let meant = faults::of_resource(nature.scenario, nature.draw, deed, self.now);
        let usual = usual_s(kind, act) as f64;
        let takes = nature.draw.between(topic, self.now, 0.8, 1.25) * usual * meant.slower;
        #[expect(clippy::cast_possible_truncation, reason = "hours in seconds, at most")]
        let takes = (takes.round() as i64).max(1);
        match meant.fails {
            // It is noticed somewhere on the way.
            Some(why) => ((takes / 2).max(1), Err(why)),
            None => (takes, Ok(())),
        }
    }

    pub(super) fn make(&mut self, key: &Key, id: &str, kind: &str, sent: &Value) -> Made {
        let before = self.made.entry(format!("{}/{}/{id}", key.region, key.name)).or_default();
        let place = Place { region: &key.region, stack: key.name.as_str(), logical_id: id, before: *before };
        let made = physical::make(kind, sent, place);
        *before += 1;
        made
    }

    /// Something has come to its end.
    fn finish(&mut self, nature: Nature<'_>, key: &Key, id: &str) {
        let now = self.now;
        let Some(stack) = self.stack_mut(key) else { return };
        let Some(task) = stack.work.as_mut().and_then(|work| work.tasks.get_mut(id)) else { return };
        let State::Running { until, ends } = &mut task.state else { return };
        if faults::region_is_lost(nature.scenario, &key.region, now) {
            *until = now + LOST_RETRY_S;
            return;
        }
        let (ends, act) = (ends.clone(), task.act);
        task.state = if ends.is_ok() { State::Done } else { State::Failed };
        if let Err(why) = ends {
            mark(stack, id, now, act.fails(), Some(&why));
            return;
        }
        mark(stack, id, now, act.ends(), None);
        self.take_effect(nature, key, id, act);
    }

    fn take_effect(&mut self, nature: Nature<'_>, key: &Key, id: &str, act: Act) {
        let now = self.now;
        let Some(resource) = self.stack_mut(key).and_then(|stack| stack.resources.get_mut(id)) else { return };
        match act {
            Act::Create => {
                (resource.stands, resource.made_at) = (true, now);
                let made = resource.clone();
                self.contents.made(&key.region, &made);
            }
            Act::Modify | Act::Revert => {}
            Act::Delete => {
                let gone = resource.clone();
                (resource.stands, resource.id) = (false, None);
                if gone.stands {
                    self.contents.deleted(nature, &key.region, &gone, now);
                }
            }
            Act::DropReplaced => {
                if let Some(old) = resource.replaced.take() {
                    let gone =
                        Resource { id: Some(old.id), sent: old.sent, attributes: old.attributes, ..resource.clone() };
                    self.contents.deleted(nature, &key.region, &gone, now);
                }
            }
        }
    }

    /// Makes a stack at once, as it was made long ago.
    pub(super) fn stand(&mut self, key: &Key, wanted: Wanted, at: i64) -> Result<(), String> {
        let evaluated = change::evaluate(key, &wanted)?;
        let mut stack = Stack {
            id: self.new_stack_id(key),
            key: key.clone(),
            status: Status::ReviewInProgress,
            reason: None,
            created_at: at,
            updated_at: None,
            protected: false,
            wanted: Some(wanted),
            outputs: BTreeMap::new(),
            resources: change::laid(&evaluated).into_iter().map(|(id, laid)| (id, Resource::waiting(laid))).collect(),
            events: Vec::new(),
            drift_asked_at: Some(-3 * 3_600),
            work: None,
            before: None,
        };
        stack.become_(at, Status::CreateInProgress, Some("User Initiated"));
        for laid in evaluated.in_order() {
            let (id, kind) = (&laid.logical_id, &laid.resource_type);
            let sent = stack.resources.get(id).map_or(Ok(Value::Null), |resource| settle(&stack, &resource.laid))?;
            let made = self.make(key, id, kind, &sent);
            if let Some(resource) = stack.resources.get_mut(id) {
                (resource.id, resource.attributes, resource.sent) = (Some(made.id), made.attributes, sent);
                (resource.stands, resource.made_at) = (true, at);
                self.contents.made(&key.region, resource);
            }
            mark(&mut stack, id, at, "CREATE_COMPLETE", None);
        }
        tell_outputs(&mut stack);
        stack.become_(at, Status::CreateComplete, None);
        self.stacks.insert(key.clone(), Arc::new(stack));
        Ok(())
    }
}

/// What stays when its stack lets go of it.
fn orphan(stack: &Stack, resource: &Resource, since: i64) -> Orphan {
    Orphan {
        region: stack.key.region.clone(),
        kind: resource.laid.kind.clone(),
        id: resource.id.clone().unwrap_or_default(),
        arn: arn_of(&stack.key.region, resource).unwrap_or_else(|| resource.id.clone().unwrap_or_default()),
        tags: tags_of(stack, resource, &stack.key.region).into_iter().collect(),
        since,
    }
}

fn topic(key: &Key, id: &str, operation: &str) -> Topic {
    Topic::new(&format!("{}/{}/{id}", key.region, key.name), operation)
}

fn running(until: i64, ends: Result<(), String>) -> State {
    State::Running { until, ends }
}

/// Says of a resource, in the list and among the events, how it is.
fn mark(stack: &mut Stack, id: &str, at: i64, status: &'static str, reason: Option<&str>) {
    if let Some(resource) = stack.resources.get_mut(id) {
        resource.status = status;
        resource.reason = reason.map(ToOwned::to_owned);
        resource.since = at;
    }
    stack.tell(at, id, status, reason);
}

/// The logical ids of what a stack is made from now.
fn wanted_ids(stack: &Stack) -> BTreeSet<String> {
    let evaluated = stack.wanted.as_ref().and_then(|wanted| change::evaluate(&stack.key, wanted).ok());
    evaluated.map(|evaluated| evaluated.resources.into_iter().map(|own| own.logical_id).collect()).unwrap_or_default()
}

/// Deletes what the stack no longer has, and what was replaced.
fn clean_up(stack: &mut Stack) {
    let of_template = wanted_ids(stack);
    let gone = deletions(&stack.resources, |id, own| !of_template.contains(id) && own.id.is_some());
    let replaced = stack
        .resources
        .iter()
        .filter(|(_, own)| own.replaced.is_some())
        .map(|(id, own)| (id.clone(), Act::DropReplaced, own.laid.depends_on.clone()));
    // A replaced resource goes before what it needed, as in every deletion: the others here are never needed by it.
    let replaced: Vec<_> = replaced.map(|(id, act, _)| (id, act, BTreeSet::new())).collect();
    stack.work = Some(Work::new(gone.chain(replaced).collect::<Vec<_>>()));
}

/// Sets out to bring back what an update had begun to change.
fn revert(stack: &mut Stack, begun: &[String]) {
    let Some((_, before)) = stack.before.clone() else { return };
    let mut tasks = Vec::new();
    for (id, laid) in &before {
        let Some(resource) = stack.resources.get_mut(id) else { continue };
        resource.laid = laid.clone();
        if !begun.contains(id) {
            continue;
        }
        // What was put aside is taken up again, and its replacement goes with the cleaning.
        if let Some(mut old) = resource.replaced.take() {
            let id = resource.id.take().unwrap_or_default();
            let new = Replaced {
                id,
                sent: std::mem::take(&mut resource.sent),
                attributes: std::mem::take(&mut resource.attributes),
                made_at: resource.made_at,
            };
            resource.id = Some(std::mem::take(&mut old.id));
            resource.sent = old.sent;
            resource.attributes = old.attributes;
            resource.made_at = old.made_at;
            resource.replaced = Some(Box::new(new));
        }
        tasks.push((id.clone(), Act::Revert, laid.depends_on.clone()));
    }
    stack.work = Some(Work::new(tasks));
}

/// The properties of a resource with everything in them known.
fn settle(stack: &Stack, laid: &Laid) -> Result<Value, String> {
    let known = |reference: &Reference| known(stack, reference);
    laid.properties.settle(&known).map_err(|unsettled| {
        let asked: Vec<String> = laid
            .properties
            .references()
            .iter()
            .filter(|reference| self::known(stack, reference).is_none())
            .map(|reference| match reference {
                Reference::GetAtt { attribute, .. } => {
                    format!("Requested attribute {attribute} does not exist in schema for the resource")
                }
                other => format!("Template error: {other} cannot be resolved"),
            })
            .collect();
        if asked.is_empty() { format!("Template error: {unsettled}") } else { asked.join("; ") }
    })
}

fn known(stack: &Stack, reference: &Reference) -> Option<Value> {
    match reference {
        Reference::Ref(id) => stack.resources.get(id)?.id.clone().map(Value::String),
        Reference::GetAtt { logical_id, attribute } => {
            stack.resources.get(logical_id)?.attributes.get(attribute).cloned()
        }
        Reference::StackId => Some(json!(stack.id)),
        Reference::Account => Some(json!(ACCOUNT)),
        Reference::Zones { region } => Some(json!(Account::zones(&Region::from(region.as_str())))),
        Reference::Parameter { told, .. } => public_parameter(told, &stack.key.region).map(Value::String),
    }
}

/// What AWS itself keeps in Parameter Store, such as the newest machine image; others' values are not looked up.
fn public_parameter(told: &str, region: &Region) -> Option<String> {
    let name = told.strip_prefix("<value of ")?.strip_suffix('>')?;
    let known = name.starts_with("/aws/service/");
    known.then(|| format!("ami-0{}", physical::invented(&format!("{name} in {region}"), 16)))
}

fn tell_outputs(stack: &mut Stack) {
    let evaluated = stack.wanted.as_ref().and_then(|wanted| change::evaluate(&stack.key, wanted).ok());
    let Some(evaluated) = evaluated else { return };
    let told = |value: &lifeboat_blueprint::Value| {
        let settled = value.settle(&|reference| known(stack, reference)).ok()?;
        Some(match settled {
            Value::String(text) => text,
            other => other.to_string(),
        })
    };
    stack.outputs = evaluated.outputs.iter().filter_map(|(name, value)| Some((name.clone(), told(value)?))).collect();
}
