//! `lifeboat down`: takes a deployment away, and looks for what is left. It is `run teardown`.

use color_eyre::Result;

use crate::building::{Building, Purpose, Wish};
use crate::cli::DownArguments;
use crate::commands::Context;
use crate::commands::run::{build, overrides};
use crate::exit::Exit;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &DownArguments) -> Result<Exit> {
    let overrides = overrides(&arguments.approval.overrides)?;
    let purpose = Purpose::of(&arguments.approval);
    let building = Building::of_what_stands(context, arguments.name.as_deref(), Wish::Teardown, purpose).await?;
    let exit = build(context, &building, &arguments.approval, overrides).await?;
    context.follow_up(&building.case).await?;
    Ok(exit)
}
