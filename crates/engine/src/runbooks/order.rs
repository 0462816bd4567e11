//! What no order of steps may do, whatever the deployment: seen in the runbook alone, so that its author is told the
//! line, and not the person who needs it.

use std::collections::BTreeMap;

use lifeboat_model::runbook::{Mode, Runbook, StepKind, StepSpec};

use super::reading::Mistakes;

pub(super) fn check(runbook: &Runbook, mistakes: &mut Mistakes<'_>) {
    by_mode(runbook, mistakes);
    by_place(runbook, mistakes);
    by_ledger(runbook, mistakes);
    groups(runbook, mistakes);
    switches(runbook, mistakes);
    drill(runbook, mistakes);
}

fn by_mode(runbook: &Runbook, mistakes: &mut Mistakes<'_>) {
    for step in &runbook.steps {
        let kind = step.kind;
        match runbook.mode {
            Mode::Planned if kind == StepKind::AuroraFailover => mistakes.add(
                step.line,
                "`aurora-failover` loses data, and this runbook is planned",
                "use `aurora-switchover`, or mode = \"unplanned\"",
            ),
            Mode::Unplanned if kind == StepKind::AuroraSwitchover => mistakes.add(
                step.line,
                "`aurora-switchover` asks the region that is lost, and would hang",
                "use `aurora-failover`, or mode = \"planned\"",
            ),
            Mode::Unplanned if asks_only_the_one_left(kind) => mistakes.add(
                step.line,
                format!("`{kind}` asks the region that is left, and in unplanned mode nothing is asked of it"),
                "leave it out, or use mode = \"planned\"",
            ),
            Mode::Unplanned if step.with.get("region").is_some_and(|region| region == "from") => mistakes.add(
                step.line,
                format!("`{kind}` asks the region that is left, and in unplanned mode nothing is asked of it"),
                "use region = \"to\", or mode = \"planned\"",
            ),
            Mode::Planned | Mode::Unplanned => {}
        }
    }
}

fn asks_only_the_one_left(kind: StepKind) -> bool {
    matches!(
        kind,
        StepKind::Fence
            | StepKind::PauseConsumers
            | StepKind::DynamodbDrain
            | StepKind::S3Backlog
            | StepKind::S3ReverseReplication
    )
}

fn by_place(runbook: &Runbook, mistakes: &mut Mistakes<'_>) {
    let steps = &runbook.steps;
    let promotion = steps.iter().position(|step| step.kind.promotes());
    let approval = steps.iter().position(|step| step.kind == StepKind::Approval);
    for (index, step) in steps.iter().enumerate() {
        let kind = step.kind;
        if let Some(promotion) = promotion.filter(|promotion| index < *promotion) {
            let line = steps.get(promotion).map_or(step.line, |step| step.line);
            if kind.moves_traffic() || kind == StepKind::Parameter {
                mistakes.add(
                    step.line,
                    format!("`{kind}` leads clients to a database that is promoted only on line {line}"),
                    "move it below the promotion",
                );
            } else if kind == StepKind::StartConsumers {
                mistakes.add(
                    step.line,
                    format!("`{kind}` starts consumers of a database that is promoted only on line {line}"),
                    "move it below the promotion",
                );
            }
        }
        if promotion.is_some_and(|promotion| index > promotion) && kind.promotes() {
            mistakes.add(step.line, "promotes a second time", "leave one of the promotions out");
        }
        let cannot_be_undone = kind.promotes() || kind == StepKind::LambdaInvoke;
        if cannot_be_undone && approval.is_none_or(|approval| index < approval) {
            mistakes.add(
                step.line,
                format!("`{kind}` cannot be undone, and no approval stands above it"),
                "add a [[step]] with kind = \"approval\" above it",
            );
        }
    }
}

fn is_temporary(kind: StepKind) -> bool {
    matches!(kind, StepKind::MuteAlarms | StepKind::Fence | StepKind::PauseConsumers)
}

/// The ledger is last: what changes something afterwards would be put back by nobody.
fn by_ledger(runbook: &Runbook, mistakes: &mut Mistakes<'_>) {
    let steps = &runbook.steps;
    let place = steps.iter().position(|step| step.kind == StepKind::RestoreLedger);
    let Some(place) = place else {
        if let Some(step) = steps.iter().find(|step| is_temporary(step.kind)) {
            mistakes.add(
                step.line,
                format!("`{}` is temporary, and nothing puts it back", step.kind),
                "add a [[step]] with kind = \"restore-ledger\" at the end",
            );
        }
        return;
    };
    for step in steps.iter().skip(place + 1) {
        if step.kind == StepKind::RestoreLedger {
            mistakes.add(step.line, "puts the ledger back a second time", "leave one out");
        } else {
            mistakes.add(
                step.line,
                format!("`{}` stands below `restore-ledger`", step.kind),
                "move it above: the ledger is the last step",
            );
        }
    }
}

fn groups(runbook: &Runbook, mistakes: &mut Mistakes<'_>) {
    let mut ended: BTreeMap<&str, usize> = BTreeMap::new();
    let mut before: Option<&StepSpec> = None;
    for step in &runbook.steps {
        let group = step.group.as_deref();
        let held = before.and_then(|before| before.group.as_deref());
        if let Some(name) = group.filter(|_| group != held) {
            if let Some(line) = ended.get(name) {
                mistakes.add(
                    step.line,
                    format!("group `{name}` began on line {line} and ended before this step"),
                    "put its steps next to one another, or name this group differently",
                );
            }
            ended.entry(name).or_insert(step.line);
        }
        before = Some(step);
    }
    for together in runbook.steps.chunk_by(|one, other| one.group.is_some() && one.group == other.group) {
        side_by_side(together, mistakes);
    }
}

/// What must come after one another cannot go side by side.
fn side_by_side(together: &[StepSpec], mistakes: &mut Mistakes<'_>) {
    if together.len() < 2 {
        return;
    }
    let promotes = together.iter().any(|step| step.kind.promotes());
    for step in together {
        let alone = matches!(step.kind, StepKind::Approval | StepKind::RestoreLedger | StepKind::Canary);
        let after_promotion =
            step.kind.moves_traffic() || matches!(step.kind, StepKind::Parameter | StepKind::StartConsumers);
        if alone {
            mistakes.add(
                step.line,
                format!("`{}` goes side by side with other steps", step.kind),
                "leave out its `group`: what stands above it must be over first",
            );
        } else if promotes && after_promotion {
            mistakes.add(
                step.line,
                format!("`{}` goes side by side with the promotion", step.kind),
                "give it a group of its own below the promotion",
            );
        }
    }
    let fences = together.iter().any(|step| matches!(step.kind, StepKind::Fence | StepKind::PauseConsumers));
    for step in together.iter().filter(|_| fences) {
        if matches!(step.kind, StepKind::DynamodbDrain | StepKind::S3Backlog) {
            mistakes.add(
                step.line,
                format!("`{}` goes side by side with what stops the writes", step.kind),
                "give it a group of its own below",
            );
        }
    }
}

fn switches(runbook: &Runbook, mistakes: &mut Mistakes<'_>) {
    for step in &runbook.steps {
        let kind = step.kind;
        let decisive =
            kind.promotes() || kind.moves_traffic() || matches!(kind, StepKind::Approval | StepKind::RestoreLedger);
        if step.optional && decisive {
            mistakes.add(step.line, format!("`{kind}` cannot be optional"), "leave out `optional`");
        }
        if step.inject && !injects(kind) {
            mistakes.add(
                step.line,
                format!("`{kind}` changes nothing that anybody could notice, so it injects no fault"),
                "put `inject` on the step that does, such as `fence`",
            );
        }
    }
}

fn injects(kind: StepKind) -> bool {
    kind.promotes()
        || kind.moves_traffic()
        || matches!(kind, StepKind::Fence | StepKind::PauseConsumers | StepKind::LambdaInvoke)
}

fn drill(runbook: &Runbook, mistakes: &mut Mistakes<'_>) {
    if runbook.drill && !runbook.steps.iter().any(|step| step.inject) {
        let line = runbook.steps.first().map_or(1, |step| step.line);
        mistakes.add(line, "is a drill that injects nothing", "put inject = true on the step that is the fault");
    }
}
