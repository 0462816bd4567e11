//! `lifeboat scenarios`: what the simulator can play, each with its purpose.

use color_eyre::Result;
use lifeboat_sim::scenario;
use serde_json::json;

use crate::commands::Context;
use crate::exit::Exit;
use crate::output::columns;

pub(crate) fn run(context: &mut Context<'_>) -> Result<Exit> {
    let scenarios = scenario::builtin();
    if context.output.json {
        let list: Vec<_> = scenarios.iter().map(|one| json!({ "name": one.name, "purpose": one.purpose })).collect();
        context.output.json(&json!({ "version": 1, "scenarios": list }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 2]> = scenarios.into_iter().map(|one| [one.name, one.purpose]).collect();
    context.output.data(&columns(&rows))?;
    Ok(Exit::Done)
}
