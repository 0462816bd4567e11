//! `lifeboat man`: the manual page, generated from the command line's types, the table of exit codes and
//! the table of environment variables.

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use color_eyre::Result;

use crate::cli::Cli;
use crate::commands::Context;
use crate::config::env::VARIABLES;
use crate::exit::Exit;

pub(crate) fn run(context: &mut Context<'_>) -> Result<Exit> {
    context.output.data(&String::from_utf8(page()?)?)?;
    Ok(Exit::Done)
}

fn page() -> Result<Vec<u8>> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut more = Roff::new();
    more.control("SH", ["COMMANDS"]);
    commands(&mut more, &command, &mut Vec::new());
    more.control("SH", ["EXIT STATUS"]);
    for exit in Exit::ALL {
        more.control("TP", []);
        more.text([bold(exit.code().to_string())]);
        more.text([roman(exit.meaning())]);
    }
    more.control("SH", ["ENVIRONMENT"]);
    for (name, meaning) in VARIABLES {
        more.control("TP", []);
        more.text([bold(*name)]);
        more.text([roman(*meaning)]);
    }
    more.text([roman(
        "AWS's own variables, profiles and single sign-on are honoured as the AWS command line honours them.",
    )]);
    more.to_writer(&mut page)?;
    Ok(page)
}

/// Every command with its own options; those that mean the same everywhere have been told already.
fn commands(page: &mut Roff, command: &Command, path: &mut Vec<String>) {
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        path.push(inner.get_name().to_owned());
        if inner.get_subcommands().next().is_none() {
            page.control("TP", []);
            page.text([bold(path.join(" "))]);
            page.text([roman(inner.get_about().map(ToString::to_string).unwrap_or_default())]);
            let own = inner.get_arguments().filter(|argument| !argument.is_global_set());
            for argument in own.filter(|argument| !["help", "version"].contains(&argument.get_id().as_str())) {
                page.control("br", []);
                page.text([bold(argument.to_string()), roman(": "), roman(help(argument))]);
            }
        }
        commands(page, inner, path);
        path.pop();
    }
}

fn help(argument: &clap::Arg) -> String {
    argument.get_help().map(ToString::to_string).unwrap_or_default()
}
