//! Pages about the program itself. Its tables are compiled in from its own sources: the program as a
//! whole needs the AWS SDK, and these files do not.

use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory as _};

use super::table::Table;

#[expect(dead_code, reason = "only the table is needed here; the program uses the rest")]
#[path = "../../../src/cli.rs"]
mod cli;
#[expect(dead_code, reason = "only the table is needed here; the program uses the rest")]
#[path = "../../../src/config/env.rs"]
mod env;
#[expect(dead_code, reason = "only the table is needed here; the program uses the rest")]
#[path = "../../../src/exit.rs"]
mod exit;
#[expect(dead_code, reason = "only the table is needed here; the program uses the rest")]
#[path = "../../../src/config/schema.rs"]
mod schema;

pub(super) fn command_line() -> String {
    let mut command = cli::Cli::command();
    command.build();
    let mut page = format!("# Command line\n\n{}\n", plain(command.get_long_about().or(command.get_about())));
    page += "\n## Options that work everywhere\n\n";
    page += &options(command.get_arguments().filter(|option| option.is_global_set()));
    for subcommand in visible(&command) {
        describe(&mut page, "lifeboat", subcommand, 2);
    }
    page
}

/// Why the program would not take these words (its own name first), if it would not. A command that is only named may
/// lack what it needs, but nothing in it may be unknown.
pub(crate) fn refusal(words: &[String], whole: bool) -> Option<String> {
    let error = cli::Cli::command().try_get_matches_from(words).err()?;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => None,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
            if !whole =>
        {
            None
        }
        _ => {
            let told = error.render().to_string();
            let first = told.lines().next().unwrap_or_default();
            Some(first.strip_prefix("error: ").unwrap_or("the program asks for more").to_owned())
        }
    }
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set() && subcommand.get_name() != "help")
}

fn describe(page: &mut String, parent: &str, command: &Command, level: usize) {
    let name = format!("{parent} {}", command.get_name());
    let own: Vec<&Arg> = command.get_arguments().filter(|option| !option.is_global_set()).collect();
    *page +=
        &format!("\n{} `{name}`\n\n{}\n", "#".repeat(level), plain(command.get_long_about().or(command.get_about())));
    let table = options(own.into_iter());
    if !table.is_empty() {
        *page += &format!("\n{table}");
    }
    for subcommand in visible(command) {
        describe(page, &name, subcommand, level + 1);
    }
}

fn options<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let mut table = Table::new(&["option", "what it does"]);
    let mut any = false;
    for argument in arguments.filter(|argument| !argument.is_hide_set() && argument.get_id() != "help") {
        any = true;
        table.row([format!("`{}`", spelling(argument)), plain(argument.get_long_help().or(argument.get_help()))]);
    }
    if any { table.to_string() } else { String::new() }
}

fn spelling(argument: &Arg) -> String {
    let takes_value = argument.get_action().takes_values();
    let values: Vec<String> =
        argument.get_value_names().filter(|_| takes_value).into_iter().flatten().map(ToString::to_string).collect();
    match argument.get_long() {
        None => values.join(" "),
        Some(long) if values.is_empty() => format!("--{long}"),
        Some(long) => {
            let optional = argument.get_num_args().is_some_and(|count| count.min_values() == 0);
            let value = values.join(" ");
            if optional { format!("--{long} [{value}]") } else { format!("--{long} {value}") }
        }
    }
}

fn plain(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

pub(super) fn exit_codes() -> String {
    let mut table = Table::new(&["code", "meaning"]);
    for exit in exit::Exit::ALL {
        table.row([exit.code().to_string(), exit.meaning().to_owned()]);
    }
    format!("# Exit codes\n\nScripts may rely on these: none is ever reused or changed.\n\n{table}")
}

pub(super) fn environment() -> String {
    let mut table = Table::new(&["variable", "what it does"]);
    for (name, meaning) in env::VARIABLES {
        table.row([format!("`{name}`"), (*meaning).to_owned()]);
    }
    format!(
        "# Environment\n\n{table}\nAWS's own variables (`AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL` and the rest) are \
         honoured as every AWS tool does.\nA flag wins over a variable, a variable over the configuration file."
    )
}

pub(super) fn configuration() -> String {
    let mut page = String::from(
        "# Configuration\n\n`lifeboat config init` writes a commented file, `lifeboat config check` names every mistake \
         with its line, and\n`lifeboat config show` says what is in effect and where each value comes from.\n",
    );
    for section in [schema::TOP, schema::CONSOLE, schema::DEPLOYMENT] {
        page += &section_table(&section);
    }
    for (_, section) in schema::NESTED {
        page += &section_table(section);
    }
    page
}

fn section_table(section: &schema::Section) -> String {
    let mut table = Table::new(&["key", "example", "without it", "what it is"]);
    for key in section.keys {
        let default = key.default.unwrap_or("must be stated");
        table.row([
            format!("`{}`", key.name),
            format!("`{}`", key.example),
            default.to_owned(),
            key.meaning.to_owned(),
        ]);
    }
    format!("\n## {}\n\n{table}", heading(section.title))
}

/// `[console]` as code, words as words.
fn heading(title: &str) -> String {
    if title.starts_with('[') { format!("`{title}`") } else { title.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_visible_command_is_on_the_page() {
        let page = command_line();
        for name in ["status", "config init", "config check", "import", "iam read-only", "scenarios", "themes"] {
            assert!(page.contains(&format!("`lifeboat {name}`")), "{name}");
        }
        assert!(page.contains("`--simulate [SCENARIO]`"), "{page}");
    }

    #[test]
    fn a_command_that_the_program_has_not_is_refused_by_its_words() {
        let refused = |line: &str, whole| refusal(&line.split(' ').map(str::to_owned).collect::<Vec<_>>(), whole);
        assert_eq!(refused("lifeboat run failover --operate", true), None);
        assert_eq!(refused("lifeboat --help", true), None);
        assert!(refused("lifeboat rescue", true).is_some_and(|why| why.contains("rescue")));
        assert!(refused("lifeboat status --colour", false).is_some_and(|why| why.contains("--colour")));
        // To name a command is not to type it.
        for named in ["lifeboat journal", "lifeboat run"] {
            assert_eq!(refused(named, false), None, "{named}");
            assert!(refused(named, true).is_some(), "{named}");
        }
    }

    #[test]
    fn the_configuration_page_names_every_key() {
        let page = configuration();
        for key in schema::DEPLOYMENT.keys {
            assert!(page.contains(&format!("`{}`", key.name)), "{}", key.name);
        }
    }
}
