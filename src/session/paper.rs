//! A plan on paper, from the screen: the same Markdown as `lifeboat plan` prints, in a file of its own that nothing is
//! ever written over.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use lifeboat_model::plan::Plan;
use lifeboat_model::port::Reality;
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::Deployment;

use crate::commands::plan::markdown;

/// Names that are tried: one a second, and nobody presses a key more often than this within one.
const NAMES: u32 = 100;

/// Writes it, and gives where it is.
pub(super) fn write(
    folder: &Path,
    plan: &Plan,
    deployment: &Deployment,
    (reality, at): (&Reality, Timestamp),
) -> Result<PathBuf, String> {
    let text = markdown::of(plan, deployment, reality);
    let not_written = |error: &io::Error| format!("`{}` cannot be written: {error}", folder.display());
    fs::create_dir_all(folder).map_err(|error| not_written(&error))?;
    let plain = format!("{}-{}-{}", plan.deployment, plan.runbook, at.strftime("%Y%m%d-%H%M%S"));
    for number in 1..=NAMES {
        let name = if number == 1 { format!("{plain}.md") } else { format!("{plain}-{number}.md") };
        let path = folder.join(name);
        // Nothing that is there is written over, whoever put it there.
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(not_written(&error)),
        };
        return match file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
            Ok(()) => Ok(path),
            Err(error) => {
                // Half a plan is worse than none.
                drop(fs::remove_file(&path));
                Err(not_written(&error))
            }
        };
    }
    Err(format!("`{}` has {NAMES} copies of this second already", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::plan::example;

    fn written(folder: &Path) -> Result<PathBuf, String> {
        let plan = example::failover();
        let deployment = example::deployment();
        write(folder, &plan, &deployment, (&Reality::Live, Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn a_copy_is_never_written_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (written(folder.path()).unwrap(), written(folder.path()).unwrap());
        assert_ne!(first, second);
        let text = fs::read_to_string(&first).unwrap();
        assert!(text.starts_with("# ") && text.contains("## Steps"), "{text}");
        assert_eq!(text, fs::read_to_string(&second).unwrap());
    }

    #[test]
    fn where_it_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a-file");
        fs::write(&file, "").unwrap();
        assert!(written(&file).unwrap_err().contains("cannot be written"));
    }
}
