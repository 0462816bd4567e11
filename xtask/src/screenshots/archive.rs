//! What the journal tells the glass, read as the program reads it: its own sources are compiled in, because the program as
//! a whole needs the AWS SDK, and these files do not.

use lifeboat_engine::journal::Journal;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::port::Reality;
use lifeboat_tui::Msg;
use lifeboat_tui::archive::{Chain, Query, Shelf};

#[path = "../../../src/session/archive/lines.rs"]
mod lines;
#[path = "../../../src/session/archive/shelf.rs"]
mod shelf;
#[path = "../../../src/session/writing/told.rs"]
mod told;

/// Where the journal of a picture is said to be: where it would be by default, of nobody in particular.
const FILE: &str = "~/.local/share/lifeboat/journal";

pub(super) fn shelf(journal: &dyn Journal, deployment: &DeploymentName, query: &Query, reality: &Reality) -> Shelf {
    let at = shelf::Whereabouts { file: Some(FILE.to_owned()), exists: true };
    shelf::shelf(journal, at, (deployment, query), reality, &mut lines::Lines::default())
}

pub(super) fn chain(journal: &dyn Journal) -> Chain {
    shelf::chain(journal)
}

/// Whether an incident is open, and the newest runs.
pub(super) fn logbook(journal: &dyn Journal, deployment: &DeploymentName) -> Result<Msg, String> {
    let (logbook, past) = told::read(journal, deployment).map_err(|error| error.to_string())?;
    Ok(Msg::Logbook { deployment: deployment.clone(), logbook, past })
}
