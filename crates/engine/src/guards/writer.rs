//! Compare and swap: who the plan names as Aurora's writer still is it, and no promotion is under way.

use super::footing::Footing;
use super::global_cluster::{heard, short, told, writers};

pub(super) fn judge(on: &mut Footing<'_>) {
    let Some(id) = &on.deployment().global_cluster else {
        on.saw("the deployment has no Aurora global cluster, so there is no writer to change");
        return;
    };
    let plan = on.plan();
    let again = format!("make the plan again: `lifeboat plan {}`", plan.runbook);
    let Some(planned) = &plan.writer else {
        on.gap(format!("the plan does not know the writer of {id}: {again}"));
        return;
    };
    let Some(heard) = heard(on) else { return };
    let global = heard.newest;
    on.saw(format!("by the word of {} the writer of {id} is {}", heard.newest_from, told(global)));
    if let Some(status) = &heard.under_way {
        on.refuse(
            format!("global cluster {id} is already {status}"),
            "wait until the operation under way has ended; `lifeboat status` shows it",
        );
    }
    match writers(global).as_slice() {
        [] => on.gap(format!("no member of {id} is named as its writer: Aurora must name one")),
        [only] if *only == planned => {}
        [only] => on.refuse(
            format!("the writer of {id} is {}, the plan believes {}", short(only), short(planned)),
            again.clone(),
        ),
        several => on.refuse(
            format!("{id} has {} writers at once: {}", several.len(), told(global)),
            "find out which of them takes writes and fence the other one before anything is moved",
        ),
    }
    let promotes = plan.steps.iter().any(|step| step.kind.promotes());
    if !promotes && planned.region().as_ref() == Some(&plan.to) {
        on.saw(format!("it is in {} already, and nothing is to be promoted", plan.to));
    } else if planned.region().as_ref() != Some(&plan.from) {
        on.refuse(format!("the plan leaves {}, its writer is {}", plan.from, short(planned)), again);
    }
    if global.member_in(&plan.to).is_none() {
        on.refuse(
            format!("{id} has no member in {} that could be promoted", plan.to),
            format!("add a secondary cluster in {} to {id}", plan.to),
        );
    }
}
