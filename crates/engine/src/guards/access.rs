//! The session has operator access.

use lifeboat_model::runbook::TEARDOWN;

use super::footing::Footing;

pub(super) fn judge(on: &mut Footing<'_>) {
    if on.situation.session.access {
        on.saw("the session has operator access");
    } else {
        let runbook = &on.plan().runbook;
        let command = match &on.plan().build {
            Some(_) if runbook.as_str() == TEARDOWN => "down".to_owned(),
            Some(_) => "up".to_owned(),
            None => format!("run {runbook}"),
        };
        on.refuse("the session is read-only", format!("begin it with operator access: `lifeboat {command} --operate`"));
    }
}
