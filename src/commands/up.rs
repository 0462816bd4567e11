//! `lifeboat up`: makes what a blueprint describes, or changes what stands to it. It is `run provision`, with what only
//! that needs to be told.

use color_eyre::Result;

use crate::building::{Building, Purpose};
use crate::cli::UpArguments;
use crate::commands::Context;
use crate::commands::run::{build, overrides};
use crate::exit::Exit;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &UpArguments) -> Result<Exit> {
    let overrides = overrides(&arguments.approval.overrides)?;
    let building = Building::to_provision(context, &arguments.build, Purpose::of(&arguments.approval)).await?;
    let exit = build(context, &building, &arguments.approval, overrides).await?;
    context.follow_up(&building.case).await?;
    Ok(exit)
}
