//! `lifeboat replay`: plays a session's tape to its end and prints the screen it ended on, as text.

use std::path::Path;

use color_eyre::Result;
use lifeboat_tui::view_text;

use crate::commands::Context;
use crate::exit::{Exit, Failure};
use crate::tape;

pub(crate) fn run(context: &mut Context<'_>, file: &Path) -> Result<Exit> {
    let model = tape::replay(file).map_err(|error| Failure::error(error.to_string()))?;
    context.output.data(&view_text(&model))?;
    Ok(Exit::Done)
}
