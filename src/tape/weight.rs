//! How much a message weighs on a tape: about as many bytes as it is written with. What comes in great numbers and never
//! weighs much is not looked at.

use std::io::{self, Write};

use lifeboat_tui::Msg;
use serde::Serialize;

/// An entry of a run: most are canaries, and ten thousand are too many to be looked at one by one in the loop.
const ENTRY: usize = 600;

/// What is written is counted, and kept nowhere.
#[derive(Default)]
struct Scales {
    bytes: usize,
}

impl Write for Scales {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.bytes = self.bytes.saturating_add(buffer.len());
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(told: &impl Serialize) -> usize {
    let mut scales = Scales::default();
    match serde_json::to_writer(&mut scales, told) {
        Ok(()) => scales.bytes,
        // What cannot be written is on no tape that anybody reads.
        Err(_) => 0,
    }
}

pub(super) fn of(msg: &Msg) -> usize {
    let itself = size_of::<Msg>();
    match msg {
        Msg::Key(_)
        | Msg::Action(_)
        | Msg::Resized { .. }
        | Msg::Tick(_)
        | Msg::WallClock(_)
        | Msg::Cost { .. }
        | Msg::Tempo { .. }
        | Msg::Access { .. }
        | Msg::LocalOffset(_) => itself,
        // The model holds the same entries, until it is told all of them anew.
        Msg::Run { entries, .. } => itself.saturating_add(entries.len().saturating_mul(ENTRY)),
        Msg::Paste(_)
        | Msg::Observed(_)
        | Msg::History { .. }
        | Msg::Standing { .. }
        | Msg::Proposed { .. }
        | Msg::RunLeft { .. }
        | Msg::Printed { .. }
        | Msg::Logbook { .. }
        | Msg::Journal { .. }
        | Msg::Verified { .. }
        | Msg::Document { .. }
        | Msg::Estate { .. }
        | Msg::StackRead { .. }
        | Msg::Blueprints(_)
        | Msg::Drafted { .. }
        | Msg::TakenAway(_)
        | Msg::Done { .. }
        | Msg::Notice { .. }
        | Msg::Theme(_)
        | Msg::Discovered(_)
        | Msg::Themes(_) => itself.saturating_add(written(msg)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use lifeboat_model::run::{Entry, Operator, RunEvent, RunId};
    use lifeboat_model::time::Timestamp;

    use super::*;
    use crate::commands::plan::example;

    /// A run that many canaries were written in.
    pub(crate) fn run_of(count: u64) -> Vec<Arc<Entry>> {
        let plan = example::failover();
        let by = Operator { arn: None, user: "ada".to_owned(), host: "bridge".to_owned(), process: 1 };
        let hash = plan.hash();
        let first = RunEvent::RunStarted { plan: Box::new(plan), hash, by, reality: None, incident_began_at: None };
        let canary = |number: u64| RunEvent::CanaryWritten {
            nonce: format!("{number:032x}"),
            sent_at: Timestamp::UNIX_EPOCH,
            outcome: Ok(Timestamp::UNIX_EPOCH),
        };
        let entry = |(sequence, event): (u64, RunEvent)| {
            Arc::new(Entry {
                sequence,
                run: RunId::new("payments-failover-1"),
                deployment: "payments".into(),
                at: Timestamp::UNIX_EPOCH,
                event,
                previous: format!("{sequence:064x}"),
                hash: format!("{:064x}", sequence + 1),
            })
        };
        (1..).zip(std::iter::once(first).chain((1..count).map(canary))).map(entry).collect()
    }

    #[test]
    fn what_is_long_weighs_more_than_what_is_short() {
        let notice = |length: usize| of(&Msg::Notice { text: "x".repeat(length), trouble: false });
        assert_eq!(notice(5000) - notice(0), 5000);
        let run = |count| of(&Msg::Run { deployment: "payments".into(), entries: run_of(count), here: false });
        let counted: usize = run_of(1000).iter().map(|entry| written(entry) + size_of::<Entry>()).sum();
        let (guessed, half) = (run(1000), counted / 2);
        assert!((counted - half..counted + half).contains(&guessed), "{guessed} for {counted}");
    }
}
