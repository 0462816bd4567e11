//! A world that outlives the process: scenario, seed, the log of its mutations and its clock's anchor, as JSON lines,
//! each durable before it counts. States beside it are a cache, thrown away at the least doubt.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lifeboat_model::time::{Timestamp, age};
use serde::{Deserialize, Serialize};

use crate::clock::{Pace, wall};
use crate::cloud::{Deed, Entry};
use crate::draw::digest;
use crate::scenario::Scenario;
use crate::world::State;

/// Of the file's form.
const VERSION: u32 = 1;
/// Of the physics: a state computed by other physics is not this world's.
const PHYSICS: u32 = 4;
const FILE: &str = "world.jsonl";
/// Seconds of a world that are worth writing a state down for.
const WORTH_KEEPING_S: i64 = 6 * 3_600;

/// Why a simulated world could not be kept or found again.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    #[error("cannot {what} `{}`", path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{}:{line}: {message}\n\nhint: {fix}", path.display())]
    Damaged { path: PathBuf, line: usize, message: String, fix: String },
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    World {
        version: u32,
        scenario: String,
        digest: u64,
        seed: u64,
        /// Tells a world that was begun anew from the one before.
        opened_at: Timestamp,
    },
    /// At this moment of the machine's, it was this late in the world, and time went on like this.
    Clock {
        offset_ms: u64,
        wall: Timestamp,
        pace: String,
    },
    Mutation(Box<Entry>),
}

/// What is in the file.
#[derive(Clone, Debug, PartialEq)]
struct Contents {
    opened_at: Timestamp,
    entries: Vec<Entry>,
    anchor: Anchor,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Anchor {
    offset: Duration,
    wall: Timestamp,
    pace: Pace,
}

impl Anchor {
    fn offset_at(&self, wall: Timestamp) -> Duration {
        match self.pace {
            Pace::Real(factor) => {
                self.offset.saturating_add(age(wall, self.wall).mul_f64(factor.clamp(0.0, 100_000.0)))
            }
            Pace::Max | Pace::Stepped => self.offset,
        }
    }
}

impl Contents {
    /// Time goes on with the machine's, and is never before what has already happened.
    fn offset_at(&self, wall: Timestamp) -> Duration {
        let last = self.entries.last().map_or(0, |entry| u64::try_from(entry.second).unwrap_or_default());
        self.anchor.offset_at(wall).max(Duration::from_secs(last))
    }
}

/// What a world is like when it is opened.
pub(crate) struct Opened {
    pub(crate) entries: Vec<Entry>,
    pub(crate) offset: Duration,
    pub(crate) pace: Pace,
}

/// What others did meanwhile.
pub(crate) struct News {
    pub(crate) entries: Vec<Entry>,
    /// Whether it is another world now, under the same name.
    pub(crate) begun_anew: bool,
    /// Set when others moved the clock.
    pub(crate) clock: Option<(Duration, Pace)>,
}

/// A handle on a kept world; its copies are the same handle.
#[derive(Clone)]
pub(crate) struct Kept {
    folder: Arc<Folder>,
    /// The file's length and change time when it was last read.
    seen: Option<(u64, std::time::SystemTime)>,
    opened_at: Timestamp,
    anchor: Anchor,
}

struct Folder {
    path: PathBuf,
    file: File,
    /// The newest second of each deployment's world that is written down.
    checkpointed: Mutex<BTreeMap<String, i64>>,
}

fn failed<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> SimError + 'a {
    move |source| SimError::File { what, path: path.to_owned(), source }
}

impl Kept {
    pub(crate) fn open(
        dir: &Path,
        scenario: &Scenario,
        seed: u64,
        pace: Option<Pace>,
        fresh: bool,
    ) -> Result<(Self, Opened), SimError> {
        let folder = dir.join(folder_name(scenario, seed));
        std::fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
        let path = folder.join(FILE);
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(failed("open", &path))?;
        file.lock().map_err(failed("lock", &path))?;
        let outcome = Self::enter(&mut file, &path, scenario, seed, pace, fresh);
        let unlocked = file.unlock().map_err(failed("unlock", &path));
        let contents = outcome?;
        unlocked?;
        let (offset, pace) = (contents.offset_at(wall()), contents.anchor.pace);
        let folder = Folder { path, file, checkpointed: Mutex::default() };
        let kept = Self {
            seen: stamp(&folder.file),
            folder: Arc::new(folder),
            opened_at: contents.opened_at,
            anchor: contents.anchor,
        };
        Ok((kept, Opened { entries: contents.entries, offset, pace }))
    }

    /// Reads the world, begins it where there is none, and sets its pace where one is asked for: whoever does not care
    /// must not change it for somebody who begins the world at the same moment.
    fn enter(
        file: &mut File,
        path: &Path,
        scenario: &Scenario,
        seed: u64,
        pace: Option<Pace>,
        fresh: bool,
    ) -> Result<Contents, SimError> {
        let text = whole_lines(file, path)?;
        if fresh || text.is_empty() {
            // One that is begun anew goes on as the one before did.
            let before = || parse(path, &text).ok().map(|contents| contents.anchor.pace);
            return begin(file, path, scenario, seed, pace.or_else(before).unwrap_or(Pace::Real(1.0)));
        }
        let mut contents = parse(path, &text)?;
        if let Some(pace) = pace.filter(|pace| *pace != contents.anchor.pace) {
            let now = wall();
            contents.anchor = Anchor { offset: contents.offset_at(now), wall: now, pace };
            write(file, path, &clock_line(&contents.anchor))?;
        }
        Ok(contents)
    }

    /// What other processes have done since the file was last read; `None` when nothing.
    pub(crate) fn news(&mut self, known: &[Entry]) -> Result<Option<News>, SimError> {
        let now = stamp(&self.folder.file);
        if now == self.seen {
            return Ok(None);
        }
        let path = &self.folder.path;
        let mut text = String::new();
        let mut file = &self.folder.file;
        file.seek(SeekFrom::Start(0)).map_err(failed("read", path))?;
        file.read_to_string(&mut text).map_err(failed("read", path))?;
        // A line without its end is still being written.
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
        if text.is_empty() {
            return Ok(None);
        }
        let contents = parse(path, &text)?;
        self.seen = now;
        let begun_anew = contents.opened_at != self.opened_at;
        let moved = contents.anchor != self.anchor || begun_anew;
        self.anchor = contents.anchor;
        self.opened_at = contents.opened_at;
        if !moved && contents.entries == known {
            return Ok(None);
        }
        let clock = moved.then(|| (contents.offset_at(wall()), contents.anchor.pace));
        Ok(Some(News { entries: contents.entries, begun_anew, clock }))
    }

    pub(crate) fn lock(&self) -> Result<(), SimError> {
        self.folder.file.lock().map_err(failed("lock", &self.folder.path))
    }

    pub(crate) fn unlock(&self) {
        if let Err(error) = self.folder.file.unlock() {
            tracing::warn!(%error, "the kept world stays locked until this process ends");
        }
    }

    /// Durable when it returns, except for a canary: there are many, and one that is lost with the machine is one lost
    /// write more of a world in which writes are lost.
    pub(crate) fn append(&mut self, entry: &Entry) -> Result<(), SimError> {
        let line = Line::Mutation(Box::new(entry.clone()));
        put(&self.folder.file, &self.folder.path, &line)?;
        if !matches!(entry.deed, Deed::Canary { .. }) {
            sync(&self.folder.file, &self.folder.path)?;
        }
        self.seen = stamp(&self.folder.file);
        Ok(())
    }

    /// Notes where a clock that does not follow the machine's has come to.
    pub(crate) fn anchor(&mut self, offset: Duration, pace: Pace) -> Result<(), SimError> {
        let anchor = Anchor { offset, wall: wall(), pace };
        self.lock()?;
        let written = write(&self.folder.file, &self.folder.path, &clock_line(&anchor));
        self.unlock();
        written
    }

    /// Named by the moment at which the world began: one that is begun anew leaves what the one before had.
    pub(crate) fn belongings(&self) -> PathBuf {
        let begun = self.opened_at.as_nanosecond();
        self.folder.path.with_file_name(format!("since-{begun}"))
    }

    fn checkpoint_path(&self, name: &str) -> PathBuf {
        self.folder.path.with_file_name(format!("{name}.state"))
    }

    fn checkpointed(&self) -> MutexGuard<'_, BTreeMap<String, i64>> {
        self.folder.checkpointed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a state down when enough has happened since the last one. It may fail: everything can be computed again.
    pub(crate) fn checkpoint(&self, name: &str, state: &State, applied: usize, entries: &[Entry]) {
        let mut checkpointed = self.checkpointed();
        let last = checkpointed.entry(name.to_owned()).or_default();
        if state.now - *last < WORTH_KEEPING_S {
            return;
        }
        *last = state.now;
        drop(checkpointed);
        let remembered = Remembered { key: self.key(entries.get(..applied).unwrap_or_default()), applied, state };
        let path = self.checkpoint_path(name);
        let Ok(mut bytes) = postcard::to_allocvec(&remembered) else { return };
        bytes.extend(digest(&bytes).to_le_bytes());
        let temporary = path.with_extension(format!("state-{}", std::process::id()));
        let written = std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, &path));
        if let Err(error) = written {
            tracing::debug!(%error, "a state was not written down; it will be computed again");
        }
    }

    /// The state written down, when it is surely one of this world's past.
    pub(crate) fn remembered(&self, name: &str, entries: &[Entry], second: i64) -> Option<(State, usize)> {
        let bytes = std::fs::read(self.checkpoint_path(name)).ok()?;
        let (body, check) = bytes.split_at_checked(bytes.len().checked_sub(8)?)?;
        if digest(body).to_le_bytes() != check {
            return None;
        }
        let Remembered { key, applied, state }: Remembered<State> = postcard::from_bytes(body).ok()?;
        let (before, after) = entries.split_at_checked(applied)?;
        let fits =
            key == self.key(before) && state.now <= second && after.iter().all(|entry| entry.second >= state.now);
        if fits {
            self.checkpointed().insert(name.to_owned(), state.now);
        }
        fits.then_some((state, applied))
    }

    /// What a state depends on besides its second.
    fn key(&self, entries: &[Entry]) -> u64 {
        let entries = serde_json::to_string(entries).unwrap_or_default();
        let program = env!("CARGO_PKG_VERSION");
        digest(format!("{PHYSICS}/{program}/{}/{entries}", self.opened_at).as_bytes())
    }
}

/// Another scenario, or another text of the same name, is another world.
fn folder_name(scenario: &Scenario, seed: u64) -> String {
    format!("{}-seed{seed}-{:08x}", scenario.name, scenario.digest >> 32)
}

#[derive(Serialize, Deserialize)]
struct Remembered<S> {
    key: u64,
    applied: usize,
    state: S,
}

/// Length and change time, by which a change is noticed without reading.
fn stamp(file: &File) -> Option<(u64, std::time::SystemTime)> {
    let metadata = file.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

fn clock_line(anchor: &Anchor) -> Line {
    Line::Clock {
        offset_ms: u64::try_from(anchor.offset.as_millis()).unwrap_or(u64::MAX),
        wall: anchor.wall,
        pace: anchor.pace.to_string(),
    }
}

fn begin(file: &File, path: &Path, scenario: &Scenario, seed: u64, pace: Pace) -> Result<Contents, SimError> {
    file.set_len(0).map_err(failed("empty", path))?;
    let opened_at = wall();
    let header =
        Line::World { version: VERSION, scenario: scenario.name.clone(), digest: scenario.digest, seed, opened_at };
    write(file, path, &header)?;
    let anchor = Anchor { offset: Duration::ZERO, wall: opened_at, pace };
    write(file, path, &clock_line(&anchor))?;
    Ok(Contents { opened_at, entries: Vec::new(), anchor })
}

fn write(file: &File, path: &Path, line: &Line) -> Result<(), SimError> {
    put(file, path, line)?;
    sync(file, path)
}

fn sync(file: &File, path: &Path) -> Result<(), SimError> {
    file.sync_data().map_err(failed("write", path))
}

fn put(mut file: &File, path: &Path, line: &Line) -> Result<(), SimError> {
    let mut text = serde_json::to_string(line).map_err(std::io::Error::from).map_err(failed("write", path))?;
    text.push('\n');
    file.write_all(text.as_bytes()).map_err(failed("write", path))
}

/// The file's text without a last line that a crash cut short: nobody was told that it counts.
fn whole_lines(file: &mut File, path: &Path) -> Result<String, SimError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).map_err(failed("read", path))?;
    file.read_to_end(&mut bytes).map_err(failed("read", path))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole == 0 && !bytes.is_empty() && !bytes.starts_with(b"{") {
        return Err(damaged(path, 1, "the file does not begin with a world".to_owned()));
    }
    if whole < bytes.len() {
        file.set_len(whole as u64).map_err(failed("mend", path))?;
        bytes.truncate(whole);
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
        damaged(path, line, "is not text".to_owned())
    })
}

fn damaged(path: &Path, line: usize, message: String) -> SimError {
    SimError::Damaged {
        path: path.to_owned(),
        line,
        message,
        fix: "begin this world anew with `--fresh`, or restore the file".to_owned(),
    }
}

fn parse(path: &Path, text: &str) -> Result<Contents, SimError> {
    let mut opened_at = None;
    let mut anchor = None;
    let mut entries: Vec<Entry> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line: Line = serde_json::from_str(line)
            .map_err(|error| damaged(path, number, format!("the line cannot be understood: {error}")))?;
        match line {
            Line::World { version, opened_at: at, .. } if number == 1 => {
                if version != VERSION {
                    return Err(damaged(path, number, format!("the file's version is {version}, not {VERSION}")));
                }
                opened_at = Some(at);
            }
            Line::World { .. } => return Err(damaged(path, number, "a world begins in the middle".to_owned())),
            Line::Clock { offset_ms, wall, pace } => {
                let pace = match pace.as_str() {
                    "stepped" => Pace::Stepped,
                    other => {
                        Pace::parse(other).ok_or_else(|| damaged(path, number, format!("`{other}` is not a pace")))?
                    }
                };
                anchor = Some(Anchor { offset: Duration::from_millis(offset_ms), wall, pace });
            }
            Line::Mutation(entry) => {
                if entries.last().is_some_and(|last| last.second > entry.second) {
                    return Err(damaged(path, number, "a change stands before an earlier one".to_owned()));
                }
                entries.push(*entry);
            }
        }
    }
    match (opened_at, anchor) {
        (Some(opened_at), Some(anchor)) => Ok(Contents { opened_at, entries, anchor }),
        (None, _) => Err(damaged(path, 1, "the file does not begin with a world".to_owned())),
        (Some(_), None) => Err(damaged(path, 2, "the world's clock is missing".to_owned())),
    }
}
