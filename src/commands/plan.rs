//! `lifeboat plan`: a runbook made concrete for a deployment as it is now, shown and not run.

use color_eyre::Result;
use lifeboat_model::plan::Plan;
use lifeboat_model::port::Reality;

use crate::acting::{self, Case};
use crate::cli::{PlanArguments, PlanFormat};
use crate::commands::Context;
use crate::exit::Exit;

pub(crate) mod aws_cli;
#[cfg(test)]
pub(crate) mod example;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod text;
pub(crate) mod words;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &PlanArguments) -> Result<Exit> {
    let case = Case::to_look(context).await?;
    let runbook = case.runbook(&arguments.runbook)?;
    let view = case.look(arguments.timeout).await?;
    let plan = case.plan(&runbook, arguments.drill, &view).map_err(|error| acting::unplannable(&error, &view))?;
    let usual = if context.output.json { PlanFormat::Json } else { PlanFormat::Text };
    let (deployment, reality) = (&case.wired.deployment, &case.wiring.reality);
    match arguments.format.unwrap_or(usual) {
        PlanFormat::Text => context.output.data(&shown(context, &plan, reality))?,
        PlanFormat::Json => context.output.json(&json::of(&plan, reality))?,
        PlanFormat::AwsCli => context.output.data(&aws_cli::of(&plan, deployment))?,
        PlanFormat::Markdown => context.output.data(&markdown::of(&plan, deployment, reality))?,
    }
    Ok(Exit::Done)
}

/// As text, in the colours of standard output.
pub(crate) fn shown(context: &Context<'_>, plan: &Plan, reality: &Reality) -> String {
    text::of(plan, reality, &|emphasis, text| context.output.paint(emphasis, text))
}
