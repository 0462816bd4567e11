//! What happens when something panics while the terminal is ours: the terminal first, then the report,
//! then the tape; and the session, which may be on another thread, is told to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether any thread has panicked: from then on no frame may be written, the screen is the user's again.
static HAPPENED: AtomicBool = AtomicBool::new(false);

/// Whether a report stands on the screen that may not be drawn over.
pub(crate) fn has_happened() -> bool {
    HAPPENED.load(Ordering::SeqCst)
}

/// Wakes the session when any thread has panicked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panicked(Arc<Notify>);

impl Panicked {
    pub(crate) async fn happened(&self) {
        self.0.notified().await;
    }
}

/// Puts the terminal's restoration before the hook that is in place (which prints the report). `dump` is called last;
/// it may not panic, and may not wait for a lock that the panicking thread may hold.
pub(crate) fn install(dump: impl Fn() + Send + Sync + 'static) -> Panicked {
    let panicked = Panicked::default();
    let tell = panicked.clone();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        HAPPENED.store(true, Ordering::SeqCst);
        super::give_back();
        report(panic);
        dump();
        // `notify_one` keeps the news for a session that is not waiting at this moment.
        tell.0.notify_one();
    }));
    panicked
}

/// One more line after the report.
pub(crate) fn say(text: &str) {
    use std::io::Write as _;
    // Nobody left to tell.
    drop(writeln!(std::io::stderr(), "{text}"));
}
