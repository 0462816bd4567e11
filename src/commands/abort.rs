//! `lifeboat abort`: gives a run up that stopped or was cut off, and takes back what can be taken back.

use color_eyre::Result;

use crate::acting::{self, Case, PATIENCE};
use crate::building;
use crate::cli::AbortArguments;
use crate::commands::Context;
use crate::commands::run::conduct::{Act, Manner, conduct};
use crate::commands::run::typed::Typed;
use crate::exit::Exit;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &AbortArguments) -> Result<Exit> {
    let mut case = Case::to_act(context).await?;
    let run = case.run(arguments.run.as_deref())?;
    case.needs_access()?;
    let before = case.journal.entries(&run).map_err(|error| acting::journal_failure(&error))?;
    building::leave_clients_alone(&mut case, &before);
    let view = case.look(PATIENCE).await?;
    let surroundings = case.surroundings(view, None)?;
    let typed = if context.output.json { None } else { Typed::listen() };
    let manner = Manner { typed, orders: Vec::new() };
    conduct(context.output, Act::Abort { run, before }, &surroundings, manner).await
}
