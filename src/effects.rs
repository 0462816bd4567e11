//! Performs what the glass asks for. Holds no state; what was done comes back as messages with their
//! request's number. Nothing in here waits.

use std::collections::BTreeMap;

use lifeboat_engine::watch::Watch;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::read::Tempo;
use lifeboat_tui::alert::{self, Means};
use lifeboat_tui::osc52::{self, Passage};
use lifeboat_tui::{Effect, Msg};

use crate::session::Keep;

/// The pollers at work, by deployment; empty until the clouds are open.
pub(crate) type Watches = BTreeMap<DeploymentName, Watch>;

/// What is left for the session to do, which owns the terminal and the loop.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Performed {
    pub(crate) leave: bool,
    pub(crate) redraw: bool,
    /// For the terminal, beside the frames.
    pub(crate) bytes: Vec<u8>,
    pub(crate) answers: Vec<Msg>,
    /// The operator chose a tempo.
    pub(crate) tempo: Option<(DeploymentName, Tempo)>,
    /// What is to be proposed, begun, gone on with or said, which is the conductor's affair, or read of the journal.
    pub(crate) act: Option<Effect>,
    /// What is to be kept in files.
    pub(crate) keep: Option<Keep>,
    /// Leave for the tutorial's world.
    pub(crate) tutorial: bool,
}

/// How the person at the terminal is reached beside the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) passage: Passage,
    pub(crate) means: Means,
    /// What is copied is told as lines: there is no terminal that would put it on a clipboard.
    pub(crate) linear: bool,
}

pub(crate) fn perform(effect: Effect, watches: &Watches, reach: Reach) -> Performed {
    let passage = reach.passage;
    match effect {
        Effect::Quit => Performed { leave: true, ..Performed::default() },
        Effect::Redraw => Performed { redraw: true, ..Performed::default() },
        Effect::Copy { request, text } if reach.linear => Performed {
            bytes: format!("{}\n", text.trim_end()).into_bytes(),
            answers: vec![Msg::Done { request, outcome: Ok(()) }],
            ..Performed::default()
        },
        Effect::Copy { request, text } => {
            let (bytes, outcome) = match copied(&text, passage) {
                Some(bytes) => (bytes, Ok(())),
                None => (Vec::new(), Err(too_long(&text))),
            };
            if passage == Passage::Direct {
                return Performed { bytes, answers: vec![Msg::Done { request, outcome }], ..Performed::default() };
            }
            // Whether it arrives is not known here: the text is kept where it can be fetched, and what was done is said
            // once it is.
            let keep = Some(Keep::Copy { request, text, passage, outcome });
            Performed { bytes, keep, ..Performed::default() }
        }
        Effect::Refresh { request, deployment } => {
            let outcome = match watches.get(&deployment) {
                Some(watch) => {
                    watch.refresh();
                    Ok(())
                }
                None => Err(format!("{deployment} is not being read yet")),
            };
            Performed { answers: vec![Msg::Done { request, outcome }], ..Performed::default() }
        }
        Effect::SetTempo { deployment, tempo } => {
            if let Some(watch) = watches.get(&deployment) {
                watch.set_tempo(tempo);
            }
            Performed { tempo: Some((deployment, tempo)), ..Performed::default() }
        }
        Effect::Alert { text } => {
            let bytes = alert::sequence("Lifeboat", &text, reach.means, passage).into_bytes();
            Performed { bytes, ..Performed::default() }
        }
        Effect::Tutorial => Performed { leave: true, tutorial: true, ..Performed::default() },
        Effect::Dump { text } => Performed { keep: Some(Keep::Dump { text }), ..Performed::default() },
        Effect::Remember(kept) => Performed { keep: Some(Keep::Remember(kept)), ..Performed::default() },
        act @ (Effect::Propose { .. }
        | Effect::Begin { .. }
        | Effect::Abort { .. }
        | Effect::Print { .. }
        | Effect::ApproveAsSecond { .. }
        | Effect::Resume { .. }
        | Effect::RaiseAccess { .. }
        | Effect::LowerAccess { .. }
        | Effect::DeclareIncident { .. }
        | Effect::CloseIncident { .. }
        | Effect::Note { .. }
        | Effect::Say { .. }
        | Effect::Blueprints
        | Effect::Draft { .. }
        | Effect::ReadJournal { .. }
        | Effect::VerifyJournal
        | Effect::ReadDocument { .. }) => Performed { act: Some(act), ..Performed::default() },
    }
}

fn too_long(text: &str) -> String {
    let (length, most) = (text.len().div_ceil(1000), osc52::LONGEST / 1000);
    format!("not copied: {length} KB is more than terminals put on a clipboard ({most} KB)")
}

/// In tmux the sequence goes out both plain, which it takes with `set-clipboard on`, and wrapped for the terminal
/// outside, which it lets pass with `allow-passthrough on`: which of the two holds is not ours to know, and the same
/// text twice does no harm.
fn copied(text: &str, passage: Passage) -> Option<Vec<u8>> {
    let mut bytes = osc52::sequence(text, passage)?;
    if passage == Passage::Tmux {
        bytes.insert_str(0, &osc52::sequence(text, Passage::Direct)?);
    }
    Some(bytes.into_bytes())
}

#[cfg(test)]
mod tests {
    use lifeboat_tui::RequestId;

    use super::*;

    fn perform_alone(effect: Effect) -> Performed {
        perform(effect, &Watches::new(), Reach::default())
    }

    #[test]
    fn every_request_is_answered_by_its_number() {
        let request = RequestId(7);
        for effect in [
            Effect::Copy { request, text: "us-east-1".to_owned() },
            Effect::Copy { request, text: "x".repeat(osc52::LONGEST + 1) },
            Effect::Refresh { request, deployment: "payments".into() },
        ] {
            let answers = perform_alone(effect.clone()).answers;
            assert!(matches!(answers.as_slice(), [Msg::Done { request: RequestId(7), .. }]), "{effect:?}: {answers:?}");
        }
    }

    #[test]
    fn what_is_too_long_for_a_clipboard_is_said_to_be() {
        let effect = Effect::Copy { request: RequestId(1), text: "x".repeat(osc52::LONGEST + 1) };
        let performed = perform_alone(effect);
        assert!(performed.bytes.is_empty());
        assert!(matches!(performed.answers.as_slice(), [Msg::Done { outcome: Err(_), .. }]));
    }

    #[test]
    fn a_call_goes_out_by_the_means_that_are_wanted() {
        let call = || Effect::Alert { text: "payments is DOWN".to_owned() };
        assert!(perform_alone(call()).bytes.is_empty());
        let means = Means { bell: true, osc_9: false, osc_777: true };
        let bytes = perform(call(), &Watches::new(), Reach { means, ..Reach::default() }).bytes;
        assert_eq!(bytes, b"\x1b]777;notify;Lifeboat;payments is DOWN\x07\x07");
    }

    #[test]
    fn what_may_not_arrive_is_kept_too() {
        let copy = |passage, text: &str| {
            let effect = Effect::Copy { request: RequestId(1), text: text.to_owned() };
            perform(effect, &Watches::new(), Reach { passage, ..Reach::default() }).keep
        };
        assert_eq!(copy(Passage::Direct, "a"), None);
        for passage in [Passage::Tmux, Passage::Screen] {
            let kept = |text: &str, outcome| {
                Some(Keep::Copy { request: RequestId(1), text: text.to_owned(), passage, outcome })
            };
            assert_eq!(copy(passage, "a"), kept("a", Ok(())));
            let long = "x".repeat(osc52::LONGEST + 1);
            assert_eq!(copy(passage, &long), kept(&long, Err(too_long(&long))));
        }
    }

    #[test]
    fn tmux_is_told_in_both_of_its_languages() {
        let effect = Effect::Copy { request: RequestId(1), text: "a".to_owned() };
        let bytes = perform(effect, &Watches::new(), Reach { passage: Passage::Tmux, ..Reach::default() }).bytes;
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("\x1b]52;c;YQ==\x07") && text.contains("\x1bPtmux;"), "{text:?}");
    }
}
