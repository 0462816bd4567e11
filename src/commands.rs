//! One command a file; here the words become one of them. No command prints but through `Output`, and
//! none ends the process.

use std::ffi::OsString;

use clap::{CommandFactory, Parser};
use color_eyre::Result;
use lifeboat_sim::scenario;

use crate::acting::Case;
use crate::cli::{Cli, Command, Globals};
use crate::config::env::Environment;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::{building, logging, wiring};

pub(crate) mod abort;
pub(crate) mod blueprints;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod console;
pub(crate) mod down;
pub(crate) mod drift;
pub(crate) mod iam;
pub(crate) mod import;
pub(crate) mod journal;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod preflight;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod scenarios;
pub(crate) mod status;
pub(crate) mod themes;
pub(crate) mod up;

/// What every command is given.
pub(crate) struct Context<'a> {
    pub(crate) globals: &'a Globals,
    pub(crate) environment: &'a Environment,
    pub(crate) output: &'a mut Output,
}

impl Context<'_> {
    /// What follows from a run of stacks that ended.
    pub(crate) async fn follow_up(&mut self, case: &Case) -> Result<(), Failure> {
        for said in building::follow_up(case).await? {
            self.output.note(&said).map_err(|error| Failure::error(error.to_string()))?;
        }
        Ok(())
    }
}

/// The words of the command line. `--simulate` takes a scenario or none: a command's name after it is the command, unless
/// a scenario is called the same and another word is the command.
pub(crate) fn arguments(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).chain(["help"]).collect();
    let is_name = |word: &OsString| word.to_str().is_some_and(|text| names.contains(&text));
    let words: Vec<OsString> = words.collect();
    let mut arguments: Vec<OsString> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let others = || words.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, word)| word);
        if let Some(last) = arguments.last_mut().filter(|last| *last == "--simulate")
            && is_name(word)
            && !(is_scenario(word) && others().any(is_name))
        {
            last.push(format!("={}", wiring::CALM));
        }
        arguments.push(word.clone());
    }
    arguments
}

fn is_scenario(word: &OsString) -> bool {
    scenario::builtin().iter().any(|scenario| *word == *scenario.name)
}

/// Parses and performs.
pub(crate) fn run(arguments: Vec<OsString>, environment: &Environment, output: &mut Output) -> Result<Exit> {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            output.usage(&error)?;
            return Ok(if error.use_stderr() { Exit::Usage } else { Exit::Done });
        }
    };
    let _log = logging::begin(&cli.globals, environment);
    let mut context = Context { globals: &cli.globals, environment, output };
    match &cli.command {
        None => console(&mut context, console::Way::Watch),
        Some(Command::Tutorial) => console(&mut context, console::Way::Tutorial),
        Some(Command::Status(arguments)) => in_runtime(status::run(&mut context, arguments)),
        Some(Command::Preflight(arguments)) => in_runtime(preflight::run(&mut context, arguments)),
        Some(Command::Plan(arguments)) => in_runtime(plan::run(&mut context, arguments)),
        Some(Command::Run(arguments)) => in_runtime(run::run(&mut context, arguments)),
        Some(Command::Up(arguments)) => in_runtime(up::run(&mut context, arguments)),
        Some(Command::Down(arguments)) => in_runtime(down::run(&mut context, arguments)),
        Some(Command::Drift(arguments)) => in_runtime(drift::run(&mut context, arguments)),
        Some(Command::Runs) => runs::run(&mut context),
        Some(Command::Resume(arguments)) => in_runtime(resume::run(&mut context, arguments)),
        Some(Command::Abort(arguments)) => in_runtime(abort::run(&mut context, arguments)),
        Some(Command::Journal(command)) => journal::run(&mut context, command),
        Some(Command::Report(arguments)) => report::run(&mut context, arguments),
        Some(Command::Config(command)) => config::run(&mut context, command),
        Some(Command::Import(arguments)) => in_runtime(import::run(&mut context, arguments)),
        Some(Command::Iam(command)) => iam::run(&mut context, command),
        Some(Command::Blueprints(command)) => blueprints::run(&mut context, command),
        Some(Command::Scenarios) => scenarios::run(&mut context),
        Some(Command::Themes) => themes::run(&mut context),
        Some(Command::Completions { shell }) => completions::run(&mut context, *shell),
        Some(Command::Man) => man::run(&mut context),
        Some(Command::Replay { file }) => replay::run(&mut context, file),
    }
}

fn console(context: &mut Context<'_>, way: console::Way) -> Result<Exit> {
    if context.globals.json {
        return Err(Failure::usage("the console has no JSON")
            .hint("`lifeboat status --json` prints what it shows")
            .into());
    }
    in_runtime(console::run(context, way))
}

/// Runs to the end on a runtime of its own, which waits for nothing that is still under way.
fn in_runtime<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    // One for the loop, one for a run, and two that may be held up by a slow disk or by plans that are worked out.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_background();
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(arguments(words.split_whitespace().map(OsString::from)))
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_command_after_simulate_is_the_command() {
        let cli = read("lifeboat --simulate status").unwrap();
        assert_eq!(cli.globals.simulate.as_deref(), Some("calm"));
        assert!(matches!(cli.command, Some(Command::Status(_))));
        let cli = read("lifeboat --simulate region-loss status").unwrap();
        assert_eq!(cli.globals.simulate.as_deref(), Some("region-loss"));
        let cli = read("lifeboat status --simulate --seed 7").unwrap();
        assert_eq!((cli.globals.simulate.as_deref(), cli.globals.seed), (Some("calm"), Some(7)));
        let cli = read("lifeboat --simulate drift").unwrap();
        assert!(matches!(cli.command, Some(Command::Drift(_))));
        for words in ["lifeboat preflight switchover --simulate drift", "lifeboat --simulate drift status"] {
            let cli = read(words).unwrap();
            assert_eq!(cli.globals.simulate.as_deref(), Some("drift"), "{words}");
            assert!(matches!(cli.command, Some(Command::Preflight(_) | Command::Status(_))), "{words}");
        }
    }

    #[test]
    fn lengths_and_paces_that_mean_nothing_are_refused() {
        for words in
            ["status --timeout 0", "--pace 0", "--pace -1", "--pace fast", "--at-offset -5", "--at-offset soon"]
        {
            assert!(read(&format!("lifeboat {words}")).is_err(), "{words}");
        }
        assert!(read("lifeboat --pace max status").is_ok());
    }
}
