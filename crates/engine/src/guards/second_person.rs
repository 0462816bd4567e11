//! Where the deployment asks for it, a second identity has approved this very plan, and lately.

use lifeboat_model::id::Arn;
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::wording::{ago, span};

use super::footing::Footing;

/// What was approved longer ago was approved for another situation.
const HOLDS: Duration = Duration::from_hours(1);

pub(super) fn judge(on: &mut Footing<'_>) {
    if !on.deployment().policy.two_person {
        on.saw("the deployment asks for no second person");
        return;
    }
    let session = on.situation.session;
    let Some(own) = &session.operator.arn else {
        on.gap("who begins the run is not known to AWS, so nobody can be told to be another: STS must answer");
        return;
    };
    let hash = on.plan().hash();
    let of_others: Vec<(&Arn, bool, Timestamp)> = session
        .approvals
        .iter()
        .filter_map(|(by, approved, at)| Some((by.arn.as_ref()?, *approved == hash, *at)))
        .filter(|(by, _, _)| *by != own)
        .collect();
    let now = on.now();
    let holds = |at: Timestamp| at <= now && age(now, at) <= HOLDS;
    if let Some((by, _, at)) = of_others.iter().rev().find(|(_, is_this, at)| *is_this && holds(*at)) {
        on.saw(format!("{by} approved plan {} {} ago", hash.short(), ago(now, *at)));
        return;
    }
    let reason = if let Some((by, _, at)) = of_others.iter().rev().find(|(_, is_this, _)| *is_this) {
        format!("{by} approved plan {} {} ago; an approval holds for {}", hash.short(), ago(now, *at), span(HOLDS))
    } else if let Some((by, _, _)) = of_others.last() {
        format!("{by} approved another plan than {}", hash.short())
    } else if session.approvals.iter().any(|(_, approved, _)| *approved == hash) {
        format!("plan {} was approved by nobody but {own} or callers that AWS does not know", hash.short())
    } else {
        format!("plan {} has been approved by no second person", hash.short())
    };
    on.refuse(reason, format!("have another identity approve it: `lifeboat run {} --approve`", on.plan().runbook));
}
