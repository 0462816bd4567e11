//! What stands of a deployment, as CloudFormation tells it: its stacks with every resource, what differs from the
//! templates, what it costs. Read beside the polls while somebody looks, and kept here reading by reading.

use std::collections::BTreeSet;

use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::stack::{CLOCKS_DIFFER_BY, Stack, StackEvent, StackResource};
use lifeboat_model::id::{Region, StackName};
use lifeboat_model::observation::Reading;
use lifeboat_model::plan::{Condition, Plan, Step};
use lifeboat_model::run::RunState;
use lifeboat_model::time::{Duration, Timestamp, after};
use serde::{Deserialize, Serialize};

pub mod kinds;

/// What a month costs, and how far that number can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    pub usd_month: f64,
    /// Something has no known price, and is not counted.
    pub is_at_least: bool,
    /// Some prices could not be looked up: they are taken from memory.
    pub has_guesses: bool,
}

/// Something that is not as its template has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differing {
    pub logical_id: String,
    pub resource_type: String,
    pub what: String,
    /// A run exchanged the roles: this is how it should be, and why.
    pub because: Option<String>,
}

/// A resource that the blueprint describes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    pub logical_id: String,
    pub resource_type: String,
}

/// A stack of the deployment: what is known of it beforehand, and what was read of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownStack {
    /// Within the manifest, or its name where no manifest is known.
    pub id: String,
    pub name: StackName,
    pub region: Region,
    /// `None` where no blueprint says what it costs.
    pub bill: Option<Bill>,
    pub described: Vec<Described>,
    /// `None` in it: there is no such stack.
    #[serde(default)]
    pub stack: Reading<Option<Stack>>,
    #[serde(default)]
    pub resources: Reading<Vec<StackResource>>,
    #[serde(default)]
    pub drift: Reading<Vec<Differing>>,
}

/// All stacks of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estate {
    /// From which blueprint, and where that is from.
    pub blueprint: Option<String>,
    /// Why less is known than could be, and what would let it be seen.
    pub gap: Option<String>,
    /// Its manifest says that it must not be taken away.
    pub protected: bool,
    pub bill: Option<Bill>,
    /// When the prices were valid, and what they leave out.
    pub prices: Vec<String>,
    pub stacks: Vec<KnownStack>,
}

/// What was read of one stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum StackNews {
    Stack(Option<Box<Stack>>),
    Resources(Vec<StackResource>),
    Drift(Vec<Differing>),
    /// The same as before, read again: of a long run nothing is told twice.
    Unchanged(StackPart),
    Failed(StackPart, CloudError),
}

/// Which of the readings of a stack is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackPart {
    Stack,
    Resources,
    Drift,
}

impl Estate {
    pub fn stack(&self, region: &Region, name: &StackName) -> Option<&KnownStack> {
        self.stacks.iter().find(|known| known.name == *name && known.region == *region)
    }

    fn stack_mut(&mut self, region: &Region, name: &StackName) -> Option<&mut KnownStack> {
        self.stacks.iter_mut().find(|known| known.name == *name && known.region == *region)
    }

    /// What is known beforehand anew; what was read of the same stacks stays read.
    pub(crate) fn succeeding(mut self, before: Option<Self>) -> Self {
        for known in before.into_iter().flat_map(|before| before.stacks) {
            if let Some(stack) = self.stack_mut(&known.region, &known.name) {
                (stack.stack, stack.resources, stack.drift) = (known.stack, known.resources, known.drift);
            }
        }
        self
    }

    pub(crate) fn take(&mut self, region: &Region, name: &StackName, at: Timestamp, news: StackNews) {
        let Some(known) = self.stack_mut(region, name) else { return };
        match news {
            StackNews::Stack(stack) => known.stack.succeed(stack.map(|stack| *stack), at),
            StackNews::Resources(resources) => known.resources.succeed(resources, at),
            StackNews::Drift(differing) => known.drift.succeed(differing, at),
            StackNews::Unchanged(StackPart::Stack) => again(&mut known.stack, at),
            StackNews::Unchanged(StackPart::Resources) => again(&mut known.resources, at),
            StackNews::Unchanged(StackPart::Drift) => again(&mut known.drift, at),
            StackNews::Failed(StackPart::Stack, error) => known.stack.fail(error, at),
            StackNews::Failed(StackPart::Resources, error) => known.resources.fail(error, at),
            StackNews::Failed(StackPart::Drift, error) => known.drift.fail(error, at),
        }
    }

    /// How many resources differ from their templates by comparisons that were begun at `begun` and over at `over`; `None`
    /// until every stack that stands was compared, and what came of it was read: what is read while AWS still compares is
    /// what it has found so far.
    pub fn drifted_between(&self, begun: Timestamp, over: Timestamp) -> Option<usize> {
        let mut count = 0_usize;
        for known in &self.stacks {
            let Some(stack) = known.stack.value()? else { continue };
            let is_read = known.drift.failure.is_none() && known.drift.last.as_ref()?.at >= over;
            // It is AWS's clock that says when it was begun, and this one when the run was.
            if !is_read || after(stack.drift_checked_at?, CLOCKS_DIFFER_BY) < begun {
                return None;
            }
            count = count.saturating_add(known.drifted().count());
        }
        Some(count)
    }

    /// The newest first, of all stacks together, each with its stack.
    pub fn events(&self) -> Vec<(&KnownStack, &StackEvent)> {
        let stacks = self.stacks.iter().filter_map(|known| Some((known, known.stack.value()?.as_ref()?)));
        let mut events: Vec<_> =
            stacks.flat_map(|(known, stack)| stack.events.iter().map(move |event| (known, event))).collect();
        events.sort_by_key(|(_, event)| std::cmp::Reverse(event.at));
        events
    }
}

/// The same value, read again.
fn again<T: Clone>(reading: &mut Reading<T>, at: Timestamp) {
    if let Some(value) = reading.value().cloned() {
        reading.succeed(value, at);
    }
}

/// How a resource or a stack is doing, by AWS's word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    Failed,
    /// Something is done to it.
    Changing,
    Settled,
    /// The blueprint has it, and AWS does not list it.
    Absent,
}

/// By the word alone: AWS makes new ones, and says with their ends what they mean.
pub fn doing(status: &str) -> Doing {
    if status.ends_with("_FAILED") || status.contains("ROLLBACK") && !status.ends_with("CLEANUP_IN_PROGRESS") {
        // What was taken back stands as it was before, and what was asked of it was not done.
        Doing::Failed
    } else if status.ends_with("_IN_PROGRESS") {
        Doing::Changing
    } else {
        Doing::Settled
    }
}

impl KnownStack {
    /// `None` where it was never read.
    pub fn doing(&self) -> Option<Doing> {
        self.stack.value().map(|stack| stack.as_ref().map_or(Doing::Absent, |stack| doing(&stack.status)))
    }

    /// All its resources as the blueprint and AWS know them together: what failed first, then what is under way, and
    /// what is yet to come last.
    pub fn rows(&self) -> Vec<ResourceRow<'_>> {
        let listed = self.resources.value().map(Vec::as_slice).unwrap_or_default();
        let known: BTreeSet<&str> = listed.iter().map(|resource| resource.logical_id.as_str()).collect();
        let described = self.described.iter().filter(|described| !known.contains(described.logical_id.as_str()));
        let mut rows: Vec<ResourceRow<'_>> = listed.iter().map(ResourceRow::Listed).collect();
        // Of a stack that was never read nobody knows what is there.
        if self.resources.value().is_some() {
            rows.extend(described.map(ResourceRow::Described));
        }
        rows.sort_by_key(ResourceRow::doing);
        rows
    }

    /// How many of its resources are as they were asked to be, and of how many.
    pub fn settled(&self) -> Option<(usize, usize)> {
        let listed = self.resources.value()?;
        let done = listed.iter().filter(|resource| doing(&resource.status) == Doing::Settled);
        Some((done.count(), listed.len().max(self.described.len())))
    }

    /// What differs from the template, without what a run may have changed.
    pub fn drifted(&self) -> impl Iterator<Item = &Differing> {
        self.drift.value().into_iter().flatten().filter(|differing| differing.because.is_none())
    }
}

/// A resource of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ResourceRow<'a> {
    Listed(&'a StackResource),
    Described(&'a Described),
}

impl<'a> ResourceRow<'a> {
    pub fn logical_id(&self) -> &'a str {
        match self {
            Self::Listed(resource) => &resource.logical_id,
            Self::Described(described) => &described.logical_id,
        }
    }

    pub fn resource_type(&self) -> &'a str {
        match self {
            Self::Listed(resource) => &resource.resource_type,
            Self::Described(described) => &described.resource_type,
        }
    }

    pub fn doing(&self) -> Doing {
        match self {
            Self::Listed(resource) => doing(&resource.status),
            Self::Described(_) => Doing::Absent,
        }
    }
}

/// The stack that a step makes, changes, deletes or compares.
pub fn stack_of(step: &Step) -> Option<(&Region, &StackName)> {
    step.verify.iter().find_map(|condition| match condition {
        Condition::StackComplete { region, stack, .. }
        | Condition::StackGone { region, stack, .. }
        | Condition::DriftDetected { region, stack, .. } => Some((region, stack)),
        _ => None,
    })
}

/// How long something has been done to a stack, and how long it should still take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnderWay {
    pub began: Timestamp,
    pub expected: Option<Duration>,
}

/// The steps of a run that are about this stack, as far as one is begun and not over.
pub fn under_way(state: &RunState, region: &Region, name: &StackName) -> Option<UnderWay> {
    use lifeboat_model::run::StepStatus;
    let step = state
        .plan
        .steps
        .iter()
        .find(|step| stack_of(step) == Some((region, name)) && state.status(&step.id) == StepStatus::Begun)?;
    let (began, _) = state.began.get(&step.id)?;
    Some(UnderWay { began: *began, expected: step.expected })
}

/// Whether a plan is about stacks: it makes them, takes them away or compares them.
pub fn is_about_stacks(plan: &Plan) -> bool {
    plan.build.is_some() || plan.steps.iter().any(|step| stack_of(step).is_some())
}
