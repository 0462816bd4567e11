//! Reference pages made from the tables that the program itself runs on, so that no page can say anything
//! else than the code does.

use lifeboat_model::read::{OPERATIONS, Service, Tempo};
use lifeboat_sim::scenario;
use lifeboat_tui::Keymap;
use lifeboat_tui::action::{Action, Context, Group};
use lifeboat_tui::theme::{Ground, Role, Theme};

use crate::tree::Generated;

mod acting;
mod building;
mod program;
mod source;
mod table;

pub(crate) use program::refusal;
use table::Table;

pub(crate) const FOLDER: &str = "docs/generated";

/// Every page.
pub(crate) fn pages() -> Vec<Generated> {
    [
        ("keys.md", "cargo xtask docs, from the table of actions in crates/tui/src/action.rs", keys()),
        ("themes.md", "cargo xtask docs, from themes/ and the roles in crates/tui/src/theme.rs", themes()),
        ("scenarios.md", "cargo xtask docs, from scenarios/ and crates/sim/src/scenario.rs", scenarios()),
        ("reads.md", "cargo xtask docs, from the table of reads in crates/model/src/read.rs", reads()),
        ("guards.md", "cargo xtask docs, from crates/model/src/guard.rs", acting::guards()),
        ("runbooks.md", "cargo xtask docs, from runbooks/ and crates/model/src/runbook.rs", acting::builtin_runbooks()),
        ("calls.md", "cargo xtask docs, from crates/model/src/call.rs", acting::calls()),
        ("events.md", "cargo xtask docs, from crates/model/src/run.rs", acting::events()),
        ("decision.md", "cargo xtask docs, from crates/model/src/rules/decision.rs", acting::decision()),
        ("parameters.md", "cargo xtask docs, from blueprints/", building::parameters()),
        ("prices.md", "cargo xtask docs, from blueprints/prices.toml", building::prices_page()),
        ("command-line.md", "cargo xtask docs, from src/cli.rs", program::command_line()),
        ("exit-codes.md", "cargo xtask docs, from src/exit.rs", program::exit_codes()),
        ("configuration.md", "cargo xtask docs, from src/config/schema.rs", program::configuration()),
        ("environment.md", "cargo xtask docs, from src/config/env.rs", program::environment()),
    ]
    .into_iter()
    .map(|(name, source, text)| Generated {
        path: format!("{FOLDER}/{name}").into(),
        text: format!("<!-- Written by {source}. Do not edit. -->\n\n{}\n", text.trim_end()),
    })
    .collect()
}

fn keys() -> String {
    let keymap = Keymap::default();
    let mut page = String::from(
        "# Keys\n\nThe keys at the start; any of them can be changed under `[keys]` in the configuration, by the \
         action's name.\nIn the console `?` lists those that work on the screen in view, with your own changes.\n",
    );
    for group in Group::ALL {
        let mut table = Table::new(&["keys", "name", "what it does", "where"]);
        for action in Action::ALL.iter().filter(|action| action.entry().group == group) {
            let entry = action.entry();
            let keys: Vec<String> = keymap.chords(*action).map(|chord| format!("`{chord}`")).collect();
            let keys = if keys.is_empty() { "none: by the palette".to_owned() } else { keys.join(", ") };
            table.row([keys, format!("`{}`", entry.name), entry.description.to_owned(), places(*action)]);
        }
        page += &format!("\n## {}\n\n{table}", group.title());
    }
    page
}

/// Where an action works: in words when that is everywhere or on every screen, else by name.
fn places(action: Action) -> String {
    let works = |context: &Context| action.entry().contexts.contains(*context);
    let (screens, rest): (Vec<Context>, Vec<Context>) =
        Context::ALL.into_iter().partition(|context| matches!(context, Context::Screen(_)));
    if Context::ALL.iter().all(works) {
        return "everywhere".to_owned();
    }
    let mut places = Vec::new();
    if screens.iter().all(works) {
        places.push("every screen");
    } else {
        places.extend(screens.iter().filter(|context| works(context)).map(|context| context.name()));
    }
    places.extend(rest.iter().filter(|context| works(context)).map(|context| context.name()));
    places.join(", ")
}

fn themes() -> String {
    let mut list = Table::new(&["name", "background", "what it is for"]);
    for theme in Theme::built_in() {
        let ground = match theme.ground {
            Ground::Dark => "dark",
            Ground::Light => "light",
            Ground::Terminal => "the terminal's own",
        };
        list.row([format!("`{}`", theme.name), ground.to_owned(), theme.purpose.clone()]);
    }
    let mut roles = Table::new(&["role", "kind"]);
    for role in Role::ALL {
        let kind = if role.is_text() { "text" } else { "lines and curves" };
        roles.row([format!("`{}`", role.name()), kind.to_owned()]);
    }
    format!(
        "# Themes\n\nChosen with `--theme NAME`, with `theme = \"NAME\"` under `[console]`, or by the terminal's \
         background. A theme of your\nown is a file in the folder `themes` beside the configuration, in the form of \
         those in `themes/`; `inherits` begins with\nanother one. `NO_COLOR`, `--no-color` and terminals without \
         colours get `monochrome`: nothing is said by colour alone.\n\n{list}\n## Roles\n\nEvery theme says how each \
         of these looks.\n\n{roles}"
    )
}

fn scenarios() -> String {
    let mut table = Table::new(&["name", "what it is for"]);
    for scenario in scenario::builtin() {
        table.row([format!("`{}`", scenario.name), scenario.purpose]);
    }
    format!(
        "# Scenarios of the simulator\n\nChosen with `--simulate NAME`. A path to a TOML file of the same form is a \
         scenario of your own.\n\n{table}\n{}",
        acting::faults()
    )
}

fn reads() -> String {
    let mut cadences = Table::new(&["what", "calm", "fast"]);
    for service in Service::POLLED {
        let every = |tempo| seconds(service.cadence(tempo).as_secs());
        cadences.row([service.label().to_owned(), every(Tempo::Calm), every(Tempo::Fast)]);
    }
    let mut operations = Table::new(&["what", "API operation", "IAM action"]);
    for operation in OPERATIONS {
        let iam = operation.iam.map_or_else(|| "none needed".to_owned(), |action| format!("`{action}`"));
        operations.row([operation.service.label().to_owned(), format!("`{}`", operation.name), iam]);
    }
    format!(
        "# What is read\n\n## How often\n\nCalm is the tempo of a healthy deployment. Fast is for an incident: at the \
         operator's wish, and by itself while the\ndeployment in view is ill. The simulator is always read \
         fast.\n\n{cadences}\n## API operations\n\nLifeboat sends these and no others; `lifeboat iam read-only` prints \
         the policy that allows just them.\n\n{operations}"
    )
}

/// In the largest unit that tells it whole.
fn seconds(count: u64) -> String {
    let whole = |unit: u64| count >= unit && count.is_multiple_of(unit);
    if whole(3600) {
        format!("{} h", count / 3600)
    } else if whole(60) {
        format!("{} min", count / 60)
    } else {
        format!("{count} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_on_the_page_of_keys() {
        let page = keys();
        for action in Action::ALL {
            assert!(page.contains(&format!("`{}`", action.entry().name)), "{action:?}");
        }
    }

    #[test]
    fn lengths_are_told_in_the_unit_people_use() {
        assert_eq!(seconds(15), "15 s");
        assert_eq!(seconds(60), "1 min");
        assert_eq!(seconds(300), "5 min");
        assert_eq!(seconds(3600), "1 h");
        assert_eq!(seconds(90), "90 s");
    }
}
