//! Clients are led only to where the database has its writer.

use super::footing::Footing;
use super::global_cluster::{heard_since_promotion, told, writers};

pub(super) fn judge(on: &mut Footing<'_>) {
    let Some(id) = &on.deployment().global_cluster else {
        on.saw("the deployment has no Aurora global cluster: what it writes to can be written everywhere");
        return;
    };
    let Some(heard) = heard_since_promotion(on) else { return };
    let (global, to) = (heard.newest, &on.plan().to);
    on.saw(format!("by the word of {} the writer of {id} is {}", heard.newest_from, told(global)));
    if let Some(status) = heard.under_way {
        on.refuse(
            format!("global cluster {id} is {status}: its writer in {to} may not take writes yet"),
            "wait until the promotion has ended; `lifeboat status` shows it",
        );
    }
    match writers(global).as_slice() {
        [only] if only.region().as_ref() == Some(to) => {}
        [] => on.gap(format!("no member of {id} is named as its writer: Aurora must name one")),
        _ => on.refuse(
            format!("the writer is {}, not in {to}: clients led there could not write", told(global)),
            format!("promote the member in {to} first: `lifeboat run {}`", on.plan().runbook),
        ),
    }
}
