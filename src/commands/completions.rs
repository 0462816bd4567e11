//! `lifeboat completions`: completions for a shell, generated from the command line's own types.

use clap::CommandFactory;
use clap_complete::Shell;
use color_eyre::Result;

use crate::cli::Cli;
use crate::commands::Context;
use crate::exit::Exit;

pub(crate) fn run(context: &mut Context<'_>, shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lifeboat", &mut script);
    context.output.data(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
