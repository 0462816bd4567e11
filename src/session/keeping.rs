//! Files beside the loop: dumps of the screen, what the console remembers, and the user's themes, which are looked at
//! again and again. What comes of it is told as messages.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lifeboat_engine::clock::SystemClock;
use lifeboat_model::time::{Clock, Timestamp};
use lifeboat_tui::remembered::Remembered;
use lifeboat_tui::{Effect, Msg};
use tokio::sync::mpsc;

use crate::remembered;
use crate::themes::Watched;

/// Each is an answer to a key or to a file that was saved.
const TELLINGS: usize = 16;
/// Between two looks at the folder of themes: soon enough for whoever has just saved one, and nothing to the machine.
const EVERY: Duration = Duration::from_secs(1);
/// Dumps of the same second.
const MOST: u32 = 100;

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
    pub(crate) fn perform(&self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Dump { text } => {
                let (folder, tell) = (self.data_dir.join("dumps"), self.tell.clone());
                tokio::task::spawn_blocking(move || {
                    let msg = match dump(&folder, &text, SystemClock.now()) {
                        Ok(path) => notice(format!("the screen is in {}", path.display()), false),
                        Err(error) => {
                            notice(format!("the screen was not written to {}: {error}", folder.display()), true)
                        }
                    };
                    // Nobody listens any more when the console is being left.
                    drop(tell.blocking_send(msg));
                });
                None
            }
            Effect::Remember(kept) => {
                let refused = self.remember.try_send(kept).is_err();
                refused.then(|| notice("what the console remembers was not kept: the disk is slow".to_owned(), true))
            }
            Effect::Quit
            | Effect::Copy { .. }
            | Effect::Refresh { .. }
            | Effect::SetTempo { .. }
            | Effect::Redraw
            | Effect::Alert { .. }
            | Effect::Tutorial
            | Effect::ReadJournal { .. }
            | Effect::VerifyJournal
            | Effect::ReadDocument { .. }
            | Effect::Blueprints
            | Effect::Draft { .. }
            | Effect::Propose { .. }
            | Effect::Print { .. }
            | Effect::ApproveAsSecond { .. }
            | Effect::Abort { .. }
            | Effect::RaiseAccess { .. }
            | Effect::LowerAccess { .. }
            | Effect::DeclareIncident { .. }
            | Effect::CloseIncident { .. }
            | Effect::Note { .. }
            | Effect::Begin { .. }
            | Effect::Resume { .. }
            | Effect::Say { .. } => None,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
