//! Opens the journal for its screen, and reads what that shows. Told once is enough: of what did not change nothing is made.

use lifeboat_tui::archive::{Chain, Shelf};

use super::shelf::{self, Whereabouts};
use super::{Asked, Bench, Kept};
use crate::acting::{IfMissing, open_journal};

impl Kept {
    /// `None` where it is what was told last.
    pub(super) fn read(&mut self, bench: &Bench, asked: &Asked) -> Result<Option<Box<Shelf>>, String> {
        let (deployment, query) = asked;
        let folder = bench.journal.as_deref();
        let at = Whereabouts {
            file: folder.map(|folder| folder.display().to_string()),
            exists: folder.is_some_and(std::path::Path::exists),
        };
        let journal = open_journal(folder, IfMissing::Nothing).map_err(|failure| failure.message)?;
        let shelf = shelf::shelf(&*journal, at, (deployment, query), &bench.reality, &mut self.lines);
        if self.told.as_ref().is_some_and(|(of, told)| of == asked && *told == shelf) {
            return Ok(None);
        }
        self.told = Some((asked.clone(), shelf.clone()));
        Ok(Some(Box::new(shelf)))
    }

    pub(super) fn newest(&self) -> u64 {
        self.lines.newest()
    }
}

/// Walks through the whole journal.
pub(super) fn verify(bench: &Bench) -> Chain {
    match open_journal(bench.journal.as_deref(), IfMissing::Nothing) {
        Ok(journal) => shelf::chain(&*journal),
        Err(failure) => Chain::Unreadable { why: failure.message },
    }
}
