//! What the journal says of a session and of the runs before it, as guards want it. It reads; what follows from it is the
//! guards' to say.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::{Operator, RunId};
use lifeboat_model::time::Timestamp;

use crate::guards::{LockView, Session};
use crate::journal::{Journal, JournalError, RunHead, approvals};

/// Of somebody who looks, or would begin something. `access`: whether anything may be changed.
pub fn session(
    journal: &dyn Journal,
    deployment: &DeploymentName,
    operator: Operator,
    access: bool,
) -> Result<Session, JournalError> {
    let heads = journal.runs(Some(deployment))?;
    let holder = journal.holder(deployment)?;
    Ok(Session {
        access,
        operator,
        lock: holder.map_or(LockView::Free, |(by, since)| LockView::Held { by, since }),
        open_run: open(heads.iter()),
        last_run_ended: last_ended(heads.iter()),
        approvals: approvals(journal, deployment)?,
    })
}

/// Of a run that holds the lock: `own` is not among the runs before it.
pub(crate) fn session_of_run(
    journal: &dyn Journal,
    deployment: &DeploymentName,
    operator: Operator,
    own: Option<&RunId>,
) -> Result<Session, JournalError> {
    let heads = journal.runs(Some(deployment))?;
    let others = || heads.iter().filter(|head| own != Some(&head.id));
    Ok(Session {
        access: true,
        operator,
        lock: LockView::Mine,
        open_run: open(others()),
        last_run_ended: last_ended(others()),
        approvals: approvals(journal, deployment)?,
    })
}

fn open<'a>(mut heads: impl Iterator<Item = &'a RunHead>) -> Option<RunId> {
    heads.find(|head| head.is_open()).map(|head| head.id.clone())
}

fn last_ended<'a>(heads: impl Iterator<Item = &'a RunHead>) -> Option<Timestamp> {
    heads.filter(|head| !head.is_open()).map(|head| head.last_at).max()
}
