//! The file in which the console keeps a person's taste from one session to the next. It may be lost without harm: what
//! cannot be read is told and begun anew, and a version that is not known is left alone.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lifeboat_tui::remembered::{Remembered, VERSION};

const FILE: &str = "console.json";

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// What was kept, or nothing, and what is wrong with the file where something is.
pub(crate) fn read(data_dir: &Path) -> (Remembered, Option<String>) {
    let path = path(data_dir);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (Remembered::default(), None),
        Err(error) => return (Remembered::default(), Some(trouble(&path, &error.to_string()))),
    };
    match serde_json::from_str::<Remembered>(&text) {
        Ok(kept) if kept.version == VERSION => (kept, None),
        Ok(kept) => {
            let why = format!("it is of version {}, and this Lifeboat knows {VERSION}", kept.version);
            // Whoever comes from a newer one has been greeted.
            (Remembered { greeted: true, ..Remembered::default() }, Some(trouble(&path, &why)))
        }
        Err(error) => (Remembered::default(), Some(trouble(&path, &error.to_string()))),
    }
}

fn trouble(path: &Path, why: &str) -> String {
    format!("what the console remembers in `{}` cannot be used: {why}", path.display())
}

/// Keeps it whole or not at all: a session that ends half way leaves what was there.
pub(crate) fn write(data_dir: &Path, kept: &Remembered) -> Result<(), String> {
    let path = path(data_dir);
    let attempt = || -> io::Result<()> {
        if is_foreign(&path) {
            return Err(io::Error::other("it was written by another version of Lifeboat"));
        }
        fs::create_dir_all(data_dir)?;
        let beside = data_dir.join(format!("{FILE}.new"));
        let mut file = fs::File::create(&beside)?;
        file.write_all(&serde_json::to_vec_pretty(kept)?)?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    attempt().map_err(|error| format!("what the console remembers cannot be kept in `{}`: {error}", path.display()))
}

fn is_foreign(path: &Path) -> bool {
    let kept = fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Remembered>(&text).ok());
    kept.is_some_and(|kept| kept.version != VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        assert_eq!(read(&data), (Remembered::default(), None));
        let mut kept = Remembered { greeted: true, ..Remembered::default() };
        kept.hidden.entry("STATE ALARM".to_owned()).or_default().insert("STATE".to_owned());
        write(&data, &kept).unwrap();
        assert_eq!(read(&data), (kept, None));
    }

    #[test]
    fn what_is_broken_is_told_and_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path(folder.path()), "{").unwrap();
        let (kept, trouble) = read(folder.path());
        assert_eq!(kept, Remembered::default());
        assert!(trouble.unwrap().contains(FILE));
        write(folder.path(), &Remembered::default()).unwrap();
        assert_eq!(read(folder.path()).1, None);
    }

    #[test]
    fn what_a_newer_one_wrote_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path(folder.path()), r#"{"version":9,"more":1}"#).unwrap();
        assert!(read(folder.path()).1.unwrap().contains("version 9"));
        assert!(write(folder.path(), &Remembered::default()).is_err());
        assert!(fs::read_to_string(path(folder.path())).unwrap().contains("\"more\""));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(write(&file.join("data"), &Remembered::default()).unwrap_err().contains("cannot be kept"));
    }
}
