//! The session has operator access.

use super::footing::Footing;

pub(super) fn judge(on: &mut Footing<'_>) {
    if on.situation.session.access {
        on.saw("the session has operator access");
    } else {
        let runbook = &on.plan().runbook;
        on.refuse(
            "the session is read-only",
            format!("begin it with operator access: `lifeboat run {runbook} --operate`"),
        );
    }
}
