//! The last messages of a session and the model they began with, so that a screen that went wrong can be
//! seen again: `update` is pure, and a tape played back ends on the same screen. Written only when something
//! panicked or somebody asked, and then without account numbers, sessions or anything pasted.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use lifeboat_tui::{Model, Msg, update};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod redact;
mod weight;

/// Half an hour of a watched deployment.
const MESSAGES: usize = 3000;
/// About as much as that comes to where it is busy: whatever is told, the tape does not grow with it. A single message may
/// weigh more; then it is the only one.
const BYTES: usize = 4 << 20;

/// What is written; a reader of an unknown version refuses.
const VERSION: u32 = 1;

/// The recorder: the last messages, and the model as it was before the first of them. What falls off the beginning happens to
/// that model, as it happened to the session's own: there is one more model, and no more.
#[derive(Debug)]
pub(crate) struct Tape {
    start: Model,
    /// Each with what it weighs, about.
    messages: VecDeque<(Msg, usize)>,
    /// What the messages come to.
    bytes: usize,
}

/// A tape as it stands in a file.
#[derive(Debug, Deserialize, Serialize)]
struct Written {
    version: u32,
    start: Model,
    messages: Vec<Msg>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TapeError {
    #[error("`{path}` cannot be read: {source}")]
    Unreadable { path: String, source: io::Error },
    #[error("`{path}` is not a tape of this version: {source}")]
    Foreign { path: String, source: serde_json::Error },
    #[error("`{path}` is a tape of version {version}, and this is version {VERSION}")]
    Version { path: String, version: u32 },
}

impl Tape {
    pub(crate) fn new(start: Model) -> Self {
        Self { start, messages: VecDeque::new(), bytes: 0 }
    }

    /// Notes what is about to happen.
    pub(crate) fn record(&mut self, msg: &Msg) {
        let weight = weight::of(msg);
        self.bytes = self.bytes.saturating_add(weight);
        self.messages.push_back((msg.clone(), weight));
        // The newest is not tried here: should it bring the session down, it is on the tape and not in its model.
        while self.messages.len() > 1 && (self.messages.len() > MESSAGES || self.bytes > BYTES) {
            let Some((oldest, weight)) = self.messages.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(weight);
            // What its effects did came back as messages.
            drop(update(&mut self.start, oldest));
        }
    }

    fn written(&self) -> Written {
        let messages = self.messages.iter().map(|(msg, _)| msg.clone()).collect();
        Written { version: VERSION, start: self.start.clone(), messages }
    }

    /// Redacted, as JSON.
    fn to_json(&self) -> serde_json::Result<Value> {
        let mut value = serde_json::to_value(self.written())?;
        redact::redact(&mut value);
        Ok(value)
    }
}

/// A tape that the panic hook can reach.
#[derive(Clone, Debug)]
pub(crate) struct SharedTape {
    tape: Arc<Mutex<Option<Tape>>>,
    folder: PathBuf,
}

impl SharedTape {
    /// Holds nothing until [`SharedTape::begin`].
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { tape: Arc::default(), folder: data_dir.join("tapes") }
    }

    pub(crate) fn begin(&self, start: Model) {
        if let Ok(mut tape) = self.tape.lock() {
            *tape = Some(Tape::new(start));
        }
    }

    pub(crate) fn record(&self, msg: &Msg) {
        if let Ok(mut tape) = self.tape.lock()
            && let Some(tape) = tape.as_mut()
        {
            tape.record(msg);
        }
    }

    /// Writes what there is; gives the file. Never waits: who panicked may hold the tape.
    pub(crate) fn dump(&self) -> io::Result<Option<PathBuf>> {
        let Ok(tape) = self.tape.try_lock() else { return Ok(None) };
        let Some(tape) = tape.as_ref() else { return Ok(None) };
        let json = tape.to_json()?;
        std::fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("tape-{}.json", std::process::id()));
        // Names of resources are in it: for the operator's eyes.
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        serde_json::to_writer(&mut file, &json)?;
        file.flush()?;
        Ok(Some(path))
    }
}

/// Plays a tape to its end: the model as it was when the tape was written.
pub(crate) fn replay(path: &Path) -> Result<Model, TapeError> {
    let shown = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| TapeError::Unreadable { path: shown(), source })?;
    let foreign = |source| TapeError::Foreign { path: shown(), source };
    let value: Value = serde_json::from_str(&text).map_err(foreign)?;
    // The version is looked at before the rest, which another version may have changed.
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if version != u64::from(VERSION) => {
            return Err(TapeError::Version { path: shown(), version: u32::try_from(version).unwrap_or(u32::MAX) });
        }
        Some(_) | None => {}
    }
    let Written { start, messages, .. } = serde_json::from_value(value).map_err(foreign)?;
    let mut model = start;
    for msg in messages {
        // What the effects did is on the tape as well, as messages.
        drop(update(&mut model, msg));
    }
    Ok(model)
}

#[cfg(test)]
mod tests {
    use lifeboat_model::port::Reality;
    use lifeboat_model::time::Timestamp;
    use lifeboat_model::topology::Deployment;
    use lifeboat_tui::{Key, Opening, view_text};

    use super::*;

    fn model() -> Model {
        let deployments = vec![Deployment::bare("payments", "us-east-1", "us-east-2")];
        Model::new(Opening::new(Reality::Simulated("calm".to_owned()), deployments, Timestamp::UNIX_EPOCH))
    }

    fn play(model: &mut Model, tape: &SharedTape, messages: impl IntoIterator<Item = Msg>) {
        for msg in messages {
            tape.record(&msg);
            drop(update(model, msg));
        }
    }

    fn tick(seconds: usize) -> Msg {
        Msg::Tick(Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap())
    }

    #[test]
    fn a_tape_played_back_ends_on_the_same_screen() {
        let folder = tempfile::tempdir().unwrap();
        let tape = SharedTape::new(folder.path());
        let mut model = model();
        tape.begin(model.clone());
        let keys = ["2", "6", "?", "j", "esc", ":", "h"].map(|key| Msg::Key(key.parse::<Key>().unwrap()));
        play(&mut model, &tape, [Msg::Resized { columns: 100, rows: 30 }, tick(1_700_000_000)]);
        play(&mut model, &tape, keys);
        let path = tape.dump().unwrap().unwrap();
        assert_eq!(view_text(&replay(&path).unwrap()), view_text(&model));
    }

    #[test]
    fn a_long_session_keeps_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let tape = SharedTape::new(folder.path());
        let mut model = model();
        tape.begin(model.clone());
        play(&mut model, &tape, (0..MESSAGES * 3 + 10).map(tick));
        play(&mut model, &tape, [Msg::Key(Key::char('3'))]);
        let kept = tape.tape.lock().unwrap().as_ref().unwrap().written().messages.len();
        assert_eq!(kept, MESSAGES);
        let path = tape.dump().unwrap().unwrap();
        assert_eq!(replay(&path).unwrap(), model);
    }

    /// A row that is told again and again while somebody looks, each time whole.
    fn shelf() -> Msg {
        let text = "x".repeat(1 << 20);
        Msg::Notice { text, trouble: false }
    }

    #[test]
    fn a_tape_does_not_grow_with_what_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let tape = SharedTape::new(folder.path());
        let mut model = model();
        tape.begin(model.clone());
        play(&mut model, &tape, (0..100).map(|_| shelf()));
        play(&mut model, &tape, [Msg::Key(Key::char('3'))]);
        {
            let held = tape.tape.lock().unwrap();
            let held = held.as_ref().unwrap();
            assert!((BYTES - (1 << 20)..=BYTES).contains(&held.bytes), "{}", held.bytes);
            let weighed: usize = held.messages.iter().map(|(_, weight)| weight).sum();
            assert_eq!(weighed, held.bytes);
        }
        let path = tape.dump().unwrap().unwrap();
        assert_eq!(view_text(&replay(&path).unwrap()), view_text(&model));
    }

    /// Ten thousand entries are held once, by the model and the tape and each copy of either.
    #[test]
    fn the_entries_of_a_run_are_held_once() {
        let folder = tempfile::tempdir().unwrap();
        let tape = SharedTape::new(folder.path());
        let mut model = model();
        tape.begin(model.clone());
        let entries = crate::tape::weight::tests::run_of(10_000);
        let first = std::sync::Arc::clone(&entries[0]);
        play(&mut model, &tape, [Msg::Run { deployment: "payments".into(), entries, here: false }]);
        let copy = model.clone();
        // Here, on the tape, in the model and in its copy.
        assert_eq!(std::sync::Arc::strong_count(&first), 4);
        let path = tape.dump().unwrap().unwrap();
        assert_eq!(view_text(&replay(&path).unwrap()), view_text(&copy));
    }

    #[test]
    fn a_tape_of_another_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tape.json");
        std::fs::write(&path, r#"{"version":99,"reel":[]}"#).unwrap();
        assert!(matches!(replay(&path), Err(TapeError::Version { version: 99, .. })));
    }
}
