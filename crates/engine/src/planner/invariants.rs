//! What no plan may do, whoever wrote its runbook. Seen in the plan alone, so that whatever made it can be wrong.

use std::collections::BTreeSet;

use lifeboat_model::call::{Call, Change};
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Condition, Plan, Step, StepId};
use lifeboat_model::runbook::{Mode, StepKind};

/// An invariant that does not hold, and the step by which.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("`{step}` leads clients to a database that is promoted only later")]
    TrafficBeforeDatabase { step: StepId },
    #[error("`{step}` starts consumers of a database that is promoted only later")]
    ConsumersBeforeDatabase { step: StepId },
    #[error("`{step}` leaves no region that serves")]
    NothingServes { step: StepId },
    #[error("`{step}` cannot be undone, and no approval stands above it")]
    IrreversibleAboveApproval { step: StepId },
    #[error("`{step}` asks {region}, which is given up")]
    AsksTheLost { step: StepId, region: Region },
    #[error("two steps are named `{step}`")]
    NamedTwice { step: StepId },
    #[error("`{step}` is temporary and cannot be put back")]
    NoUndo { step: StepId },
    #[error("`{step}` is temporary, and nothing after it puts it back")]
    NoLedger { step: StepId },
    #[error("`{step}` stands in a group that is over")]
    Disordered { step: StepId },
    #[error("`{step}` waits for `{after}`, which does not stand above it in its group")]
    WaitsInVain { step: StepId, after: StepId },
    #[error("`{step}` deletes what it must not: {why}")]
    Deletes { step: StepId, why: String },
    #[error("`{step}` is to be repeated and has nothing to repeat, or has and is not to be")]
    Repeats { step: StepId },
}

impl Broken {
    /// The step by which it is broken.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::TrafficBeforeDatabase { step }
            | Self::ConsumersBeforeDatabase { step }
            | Self::NothingServes { step }
            | Self::IrreversibleAboveApproval { step }
            | Self::AsksTheLost { step, .. }
            | Self::NamedTwice { step }
            | Self::NoUndo { step }
            | Self::NoLedger { step }
            | Self::Disordered { step }
            | Self::WaitsInVain { step, .. }
            | Self::Deletes { step, .. }
            | Self::Repeats { step } => Some(step),
        }
    }

    /// What the runbook's author can do.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::TrafficBeforeDatabase { .. } | Self::ConsumersBeforeDatabase { .. } => {
                "move it into a group below the promotion"
            }
            Self::NothingServes { .. } => "leave it out, or have the other region serve first",
            Self::IrreversibleAboveApproval { .. } => "add a [[step]] with kind = \"approval\" above it",
            Self::AsksTheLost { .. } => "leave it out, or use mode = \"planned\"",
            Self::NamedTwice { .. }
            | Self::Disordered { .. }
            | Self::WaitsInVain { .. }
            | Self::Deletes { .. }
            | Self::Repeats { .. } => "this is a fault of Lifeboat: please report it",
            Self::NoUndo { .. } => "leave it out: what it was before is not known",
            Self::NoLedger { .. } => "add a [[step]] with kind = \"restore-ledger\" at the end",
        }
    }
}

/// The first invariant that does not hold.
pub fn invariants(plan: &Plan) -> Result<(), Broken> {
    invariants_of(plan, &BTreeSet::new())
}

/// The same of a plan that is being carried out: what is over asks nobody any more.
pub(super) fn invariants_of(plan: &Plan, over: &BTreeSet<StepId>) -> Result<(), Broken> {
    names_and_groups(plan)?;
    database_first(plan)?;
    approval_first(plan)?;
    ledger_last(plan)?;
    // Who takes a deployment away leaves nothing that serves, and that is what was approved.
    if plan.build.is_none() {
        one_serves(plan)?;
    }
    if plan.mode == Mode::Unplanned {
        for step in plan.steps.iter().filter(|step| !over.contains(&step.id)) {
            lost_is_left_alone(plan, step)?;
        }
    }
    Ok(())
}

fn names_and_groups(plan: &Plan) -> Result<(), Broken> {
    let mut seen = BTreeSet::new();
    // Of the same group: that what is waited for stands above makes circles impossible.
    let mut above = BTreeSet::new();
    let mut group = 0;
    for step in &plan.steps {
        if !seen.insert(&step.id) {
            return Err(Broken::NamedTwice { step: step.id.clone() });
        }
        if step.group < group {
            return Err(Broken::Disordered { step: step.id.clone() });
        }
        if step.group > group {
            above.clear();
        }
        if let Some(after) = step.after.iter().find(|id| !above.contains(id)) {
            return Err(Broken::WaitsInVain { step: step.id.clone(), after: after.clone() });
        }
        above.insert(&step.id);
        group = step.group;
    }
    Ok(())
}

fn database_first(plan: &Plan) -> Result<(), Broken> {
    let promotions = plan.steps.iter().filter(|step| step.calls.iter().any(is_promotion));
    let Some(promoted_in) = promotions.map(|step| step.group).max() else { return Ok(()) };
    for step in plan.steps.iter().filter(|step| step.group <= promoted_in) {
        let leads = step.kind.moves_traffic() || step.calls.iter().any(leads_clients);
        if leads {
            return Err(Broken::TrafficBeforeDatabase { step: step.id.clone() });
        }
        let starts = step.calls.iter().any(|call| matches!(call, Call::SetEventSource { enabled, .. } if enabled.to));
        if starts {
            return Err(Broken::ConsumersBeforeDatabase { step: step.id.clone() });
        }
    }
    Ok(())
}

fn is_promotion(call: &Call) -> bool {
    matches!(call, Call::SwitchoverGlobalCluster { .. } | Call::FailoverGlobalCluster { .. })
}

fn leads_clients(call: &Call) -> bool {
    match call {
        Call::SetHealthCheckInverted { .. }
        | Call::ChangeRecord { .. }
        | Call::PutMetric { .. }
        | Call::PutMarker { .. }
        | Call::UpdateEndpointGroup { .. }
        | Call::PutParameter { .. } => true,
        Call::SwitchoverGlobalCluster { .. }
        | Call::FailoverGlobalCluster { .. }
        | Call::SetCapacity { .. }
        | Call::SetFunctionConcurrency { .. }
        | Call::SetEventSource { .. }
        | Call::MuteAlarms { .. }
        | Call::UnmuteAlarms { .. }
        | Call::PublishNotice { .. }
        | Call::InvokeFunction { .. }
        | Call::PutItem { .. }
        | Call::DeleteItem { .. }
        | Call::PutReplication { .. }
        | Call::CreateChangeSet { .. }
        | Call::ExecuteChangeSet { .. }
        | Call::DeleteChangeSet { .. }
        | Call::DeleteStack { .. }
        | Call::ContinueUpdateRollback { .. }
        | Call::SetTerminationProtection { .. }
        | Call::DetectDrift { .. }
        | Call::MakeManagedKey { .. }
        | Call::EnsureSecureParameter { .. }
        | Call::DeleteParameter { .. }
        | Call::EmptyBucket { .. }
        | Call::EmptyVault { .. } => false,
    }
}

fn approval_first(plan: &Plan) -> Result<(), Broken> {
    let approved_in = plan.steps.iter().find(|step| step.kind == StepKind::Approval).map(|step| step.group);
    let cannot_be_undone = |step: &&Step| !step.is_reversible() || step.undo().is_none();
    match plan.steps.iter().find(cannot_be_undone) {
        Some(step) if approved_in.is_none_or(|approved| approved >= step.group) => {
            Err(Broken::IrreversibleAboveApproval { step: step.id.clone() })
        }
        Some(_) | None => Ok(()),
    }
}

fn ledger_last(plan: &Plan) -> Result<(), Broken> {
    let ledger = plan.steps.iter().rposition(|step| step.kind == StepKind::RestoreLedger);
    for (place, step) in plan.steps.iter().enumerate().filter(|(_, step)| step.temporary) {
        if step.undo().is_none_or(|undo| undo.is_empty()) {
            return Err(Broken::NoUndo { step: step.id.clone() });
        }
        if ledger.is_none_or(|ledger| ledger < place) {
            return Err(Broken::NoLedger { step: step.id.clone() });
        }
    }
    Ok(())
}

/// The region that becomes active keeps what serves in it, and no accelerator is closed on both sides.
fn one_serves(plan: &Plan) -> Result<(), Broken> {
    let mut opened: BTreeSet<&str> = BTreeSet::new();
    for step in &plan.steps {
        for call in &step.calls {
            let leaves_nothing = match call {
                Call::SetFunctionConcurrency { region, reserved: Change { to: Some(0), .. }, .. } => *region == plan.to,
                Call::SetCapacity { region, capacity: Change { from: Some(from), to }, .. } => {
                    *region == plan.to && (to.desired < from.desired || to.min < from.min || to.max < from.max)
                }
                Call::UpdateEndpointGroup { group, dial_percent, weights } => {
                    let accelerator = group.as_str().split("/endpoint-group/").next().unwrap_or_default();
                    let is_open = dial_percent.to > 0.0 && weights.iter().any(|(_, weight)| weight.to > 0);
                    if is_open {
                        opened.insert(accelerator);
                    }
                    !is_open && !opened.contains(accelerator)
                }
                Call::ChangeRecord { after: None, .. } => true,
                Call::SwitchoverGlobalCluster { .. }
                | Call::FailoverGlobalCluster { .. }
                | Call::SetHealthCheckInverted { .. }
                | Call::ChangeRecord { .. }
                | Call::PutMetric { .. }
                | Call::PutMarker { .. }
                | Call::SetCapacity { .. }
                | Call::SetFunctionConcurrency { .. }
                | Call::SetEventSource { .. }
                | Call::PutParameter { .. }
                | Call::MuteAlarms { .. }
                | Call::UnmuteAlarms { .. }
                | Call::PublishNotice { .. }
                | Call::InvokeFunction { .. }
                | Call::PutItem { .. }
                | Call::DeleteItem { .. }
                | Call::PutReplication { .. }
                | Call::CreateChangeSet { .. }
                | Call::ExecuteChangeSet { .. }
                | Call::DeleteChangeSet { .. }
                | Call::DeleteStack { .. }
                | Call::ContinueUpdateRollback { .. }
                | Call::SetTerminationProtection { .. }
                | Call::DetectDrift { .. }
                | Call::MakeManagedKey { .. }
                | Call::EnsureSecureParameter { .. }
                | Call::DeleteParameter { .. }
                | Call::EmptyBucket { .. }
                | Call::EmptyVault { .. } => false,
            };
            if leaves_nothing {
                return Err(Broken::NothingServes { step: step.id.clone() });
            }
        }
    }
    Ok(())
}

/// Neither a request nor a look: both would hang on the day they are needed.
fn lost_is_left_alone(plan: &Plan, step: &Step) -> Result<(), Broken> {
    let asked = step.calls.iter().map(Call::endpoint_region).chain(step.verify.iter().filter_map(looks_at));
    match asked.into_iter().find(|region| *region == plan.from) {
        Some(region) => Err(Broken::AsksTheLost { step: step.id.clone(), region }),
        None => Ok(()),
    }
}

/// The region whose endpoint has to answer before a condition can hold.
pub(super) fn looks_at(condition: &Condition) -> Option<Region> {
    match condition {
        Condition::WriterIs { target_region: region, .. }
        | Condition::Synchronized { region, .. }
        | Condition::ReplicationIs { region, .. }
        | Condition::InService { region, .. }
        | Condition::CapacityIs { region, .. }
        | Condition::ConcurrencyIs { region, .. }
        | Condition::EventSourceIs { region, .. }
        | Condition::AlarmsQuiet { region }
        | Condition::ChangeSetReady { region, .. }
        | Condition::StackComplete { region, .. }
        | Condition::StackIs { region, .. }
        | Condition::StackGone { region, .. }
        | Condition::StackProtected { region, .. }
        | Condition::DriftDetected { region, .. }
        | Condition::BucketEmpty { region, .. }
        | Condition::VaultEmpty { region, .. }
        | Condition::ParameterThere { region, .. }
        | Condition::ParameterGone { region, .. }
        | Condition::WriterEndpointKnown { region, .. }
        | Condition::NothingLeft { region, .. } => Some(region.clone()),
        // Its metrics are published where objects arrive.
        Condition::BacklogEmpty { destination, .. } => Some(destination.region.clone()),
        Condition::CheckInverted { .. } | Condition::RecordIs { .. } | Condition::RecordsGone { .. } => Some(Region::route53()),
        Condition::GroupIs { .. } => Some(Region::accelerator()),
        // Resolvers answer when Route 53's API does not.
        Condition::AnswersLeadTo { .. }
        // That it answers nothing is an answer too.
        | Condition::Leaves { .. }
        | Condition::AtRiskAtMost { .. }
        | Condition::Elapsed { .. }
        | Condition::CanaryServed => None,
    }
}
