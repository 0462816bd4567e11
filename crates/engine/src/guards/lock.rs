//! No other run of the deployment is open, and nobody else holds its lock.

use lifeboat_model::run::Operator;
use lifeboat_model::time::Timestamp;
use lifeboat_model::wording::ago;

use super::LockView;
use super::footing::Footing;

pub(super) fn judge(on: &mut Footing<'_>) {
    let session = on.situation.session;
    let open = session.open_run.as_ref();
    match (&session.lock, open) {
        (LockView::Held { by, since }, open) => {
            let fix = match open {
                Some(run) => format!(
                    "see what it does with `lifeboat attach {run}`; once its session is gone, `lifeboat resume {run}` \
                     or `lifeboat abort {run}`"
                ),
                None => format!("wait until {} has ended it, or ask {} to", by.user, by.user),
            };
            on.refuse(held(on, by, *since), fix);
        }
        (LockView::Free | LockView::Mine, Some(run)) => on.refuse(
            format!("run {run} of {} is not over", on.deployment().name),
            format!("`lifeboat resume {run}` goes on with it, `lifeboat abort {run}` takes back what can be"),
        ),
        (LockView::Free, None) => on.saw(format!("nobody holds the lock of {}", on.deployment().name)),
        (LockView::Mine, None) => on.saw(format!("this session holds the lock of {}", on.deployment().name)),
    }
}

fn held(on: &Footing<'_>, by: &Operator, since: Timestamp) -> String {
    let Operator { arn, user, host, process } = by;
    let arn = arn.as_ref().map(|arn| format!(", {arn}")).unwrap_or_default();
    format!(
        "{user} on {host} (process {process}{arn}) has held the lock of {} for {}",
        on.deployment().name,
        ago(on.now(), since)
    )
}
