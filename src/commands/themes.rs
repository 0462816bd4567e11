//! `lifeboat themes`: the colour themes, the program's and the user's own.

use color_eyre::Result;
use lifeboat_tui::theme::Ground;
use serde_json::json;

use crate::commands::Context;
use crate::exit::Exit;
use crate::output::columns;
use crate::{config, themes};

pub(crate) fn run(context: &mut Context<'_>) -> Result<Exit> {
    let place = config::location(context.globals, context.environment)?;
    let known = themes::Known::beside(Some(&place.value));
    for problem in known.problems() {
        context.output.note(&format!("warning: {problem}"))?;
    }
    let themes = known.themes;
    if context.output.json {
        let list: Vec<_> = themes
            .iter()
            .map(|theme| json!({ "name": theme.name, "background": ground(theme.ground), "purpose": theme.purpose }))
            .collect();
        context.output.json(&json!({ "version": 1, "themes": list }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 3]> =
        themes.into_iter().map(|theme| [theme.name, ground(theme.ground).to_owned(), theme.purpose]).collect();
    context.output.data(&columns(&rows))?;
    Ok(Exit::Done)
}

fn ground(ground: Ground) -> &'static str {
    match ground {
        Ground::Dark => "dark",
        Ground::Light => "light",
        Ground::Terminal => "any",
    }
}
