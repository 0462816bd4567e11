//! Files beside the loop: dumps of the screen, what the console remembers, and the user's themes, which are looked at
//! again and again. What comes of it is told as messages.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lifeboat_engine::clock::SystemClock;
use lifeboat_model::time::{Clock, Timestamp};
use lifeboat_tui::osc52::Passage;
use lifeboat_tui::remembered::Remembered;
use lifeboat_tui::{Msg, RequestId};
use tokio::sync::mpsc;

use crate::remembered;
use crate::themes::Watched;

/// Each is an answer to a key or to a file that was saved.
const TELLINGS: usize = 16;
/// Between two looks at the folder of themes: soon enough for whoever has just saved one, and nothing to the machine.
const EVERY: Duration = Duration::from_secs(1);
/// Dumps of the same second.
const MOST: u32 = 100;
/// The newest text that was copied where it may not arrive, in the data folder.
const COPY: &str = "copied.txt";

/// What is to be kept in files.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Keep {
    Dump {
        text: String,
    },
    /// A text that was sent to a clipboard through something that may swallow it, or that was too long to be sent.
    Copy {
        request: RequestId,
        text: String,
        passage: Passage,
        /// Why it was not sent, where it was not.
        outcome: Result<(), String>,
    },
    Remember(Remembered),
}

pub(crate) struct Keeper {
    data_dir: PathBuf,
    tell: mpsc::Sender<Msg>,
    /// What is to be remembered goes one after the other, the newest last.
    remember: mpsc::Sender<Remembered>,
}

impl Keeper {
    /// What there is to tell comes from the other end.
    pub(crate) fn start(data_dir: PathBuf, themes: Option<Watched>) -> (Self, mpsc::Receiver<Msg>) {
        let (tell, told) = mpsc::channel(TELLINGS);
        let (remember, asked) = mpsc::channel(TELLINGS);
        tokio::spawn(keep(data_dir.clone(), asked, tell.clone()));
        if let Some(themes) = themes {
            tokio::spawn(watch(themes, tell.clone()));
        }
        (Self { data_dir, tell, remember }, told)
    }

    /// Gives what there is to say at once.
    pub(crate) fn perform(&self, keep: Keep) -> Option<Msg> {
        match keep {
            Keep::Dump { text } => {
                let folder = self.data_dir.join("dumps");
                self.write(move || {
                    vec![match dump(&folder, &text, SystemClock.now()) {
                        Ok(path) => notice(format!("the screen is in {}", path.display()), false),
                        Err(error) => {
                            notice(format!("the screen was not written to {}: {error}", folder.display()), true)
                        }
                    }]
                });
                None
            }
            Keep::Copy { request, text, passage, outcome } => {
                let path = self.data_dir.join(COPY);
                self.write(move || {
                    let (said, trouble) = said_of_copy(passage, outcome);
                    let kept = match replace(&path, &text) {
                        Ok(()) => notice(format!("{said}; it is in {}", path.display()), trouble),
                        Err(error) => notice(format!("{said}; it is not in {} either: {error}", path.display()), true),
                    };
                    // What was asked for is done, and in the same breath said for what it is.
                    vec![Msg::Done { request, outcome: Ok(()) }, kept]
                });
                None
            }
            Keep::Remember(kept) => {
                let refused = self.remember.try_send(kept).is_err();
                refused.then(|| notice("what the console remembers was not kept: the disk is slow".to_owned(), true))
            }
        }
    }

    /// Beside the loop; what came of it is told.
    fn write(&self, work: impl FnOnce() -> Vec<Msg> + Send + 'static) {
        let tell = self.tell.clone();
        tokio::task::spawn_blocking(move || {
            for msg in work() {
                // Nobody listens any more when the console is being left.
                drop(tell.blocking_send(msg));
            }
        });
    }
}

/// What was done with a text that is to be on a clipboard beyond a multiplexer, and what it takes to arrive; and whether
/// that is trouble.
fn said_of_copy(passage: Passage, outcome: Result<(), String>) -> (String, bool) {
    let said = match (passage, outcome) {
        (_, Err(why)) => return (why, true),
        (Passage::Tmux, Ok(())) => "sent to tmux; it arrives with `set-clipboard on` or `allow-passthrough on`",
        (Passage::Screen, Ok(())) => "sent through screen; it arrives where the terminal takes OSC 52",
        (Passage::Direct, Ok(())) => "sent to the terminal",
    };
    (said.to_owned(), false)
}

fn notice(text: String, trouble: bool) -> Msg {
    Msg::Notice { text, trouble }
}

async fn keep(data_dir: PathBuf, mut asked: mpsc::Receiver<Remembered>, tell: mpsc::Sender<Msg>) {
    while let Some(kept) = asked.recv().await {
        let folder = data_dir.clone();
        let outcome = tokio::task::spawn_blocking(move || remembered::write(&folder, &kept)).await;
        if let Ok(Err(why)) = outcome {
            // Nobody listens any more when the console is being left.
            drop(tell.send(notice(why, true)).await);
        }
    }
}

/// As long as somebody listens.
async fn watch(mut themes: Watched, tell: mpsc::Sender<Msg>) {
    loop {
        SystemClock.sleep(EVERY).await;
        let looked = tokio::task::spawn_blocking(move || {
            let news = themes.look();
            (themes, news)
        });
        let Ok((back, news)) = looked.await else { return };
        themes = back;
        let Some((all, problems)) = news else { continue };
        let mut told = vec![Msg::Themes(all)];
        // The first is enough to begin with; the next is told once it is mended.
        told.extend(problems.into_iter().next().map(|text| {
            notice(format!("the theme as it was stays: {}", text.lines().next().unwrap_or_default()), true)
        }));
        for msg in told {
            if tell.send(msg).await.is_err() {
                return;
            }
        }
    }
}

/// To a file that was not there before, which nobody else may read: a screen names accounts.
fn dump(folder: &Path, text: &str, now: Timestamp) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let moment: String = now.to_string().split('.').next().unwrap_or_default().replace(['-', ':', 'Z'], "");
    for number in 1..=MOST {
        let name = if number == 1 { format!("screen-{moment}.txt") } else { format!("screen-{moment}-{number}.txt") };
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("{MOST} were written within a second")))
}

/// The newest copy takes the place of the one before, whole or not at all, and nobody else may read it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    // One that was left by a process that died has whatever rights it had.
    drop(fs::remove_file(&beside));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    async fn told(keep: Keep) -> (tempfile::TempDir, String, bool) {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, mut told) = Keeper::start(folder.path().join("data"), None);
        assert!(keeper.perform(keep).is_none());
        assert!(matches!(told.recv().await, Some(Msg::Done { request: RequestId(1), .. })));
        let Some(Msg::Notice { text, trouble }) = told.recv().await else { panic!("nothing is told") };
        (folder, text, trouble)
    }

    #[tokio::test]
    async fn a_copy_through_a_multiplexer_is_kept_and_the_notice_says_what_it_takes() {
        let copy =
            |passage, outcome| Keep::Copy { request: RequestId(1), text: "us-east-1".to_owned(), passage, outcome };
        for (keep, wanted, is_trouble) in [
            (copy(Passage::Tmux, Ok(())), "set-clipboard on", false),
            (copy(Passage::Screen, Ok(())), "sent through screen", false),
            (copy(Passage::Tmux, Err("too long".to_owned())), "too long", true),
        ] {
            let (folder, text, trouble) = told(keep).await;
            let path = folder.path().join("data").join(COPY);
            assert!(text.contains(wanted) && text.contains(&path.display().to_string()), "{text}");
            assert_eq!(trouble, is_trouble, "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), "us-east-1");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn the_newest_copy_takes_the_place_of_the_one_before_and_of_its_rights() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(COPY);
        fs::write(&path, "what was there before, and longer").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        replace(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    fn at() -> Timestamp {
        "2026-03-01T14:03:07.5Z".parse().unwrap()
    }

    #[test]
    fn two_dumps_of_one_second_are_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let dumps = folder.path().join("dumps");
        let (first, second) = (dump(&dumps, "one", at()).unwrap(), dump(&dumps, "two", at()).unwrap());
        assert!(first.ends_with("screen-20260301T140307.txt") && second.ends_with("screen-20260301T140307-2.txt"));
        assert_eq!(
            (fs::read_to_string(first).unwrap().as_str(), fs::read_to_string(second).unwrap().as_str()),
            ("one", "two")
        );
    }

    #[test]
    fn where_no_folder_can_be_the_dump_fails_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(dump(&file, "text", at()).is_err());
    }
}
