//! `lifeboat plan`: a runbook made concrete for a deployment as it is now, shown and not run.

use color_eyre::Result;
use lifeboat_model::plan::Plan;
use lifeboat_model::port::Reality;
use lifeboat_model::time::Duration;

use crate::acting::{self, Case, View};
use crate::building::{Building, Purpose, Wish};
use crate::cli::{BuildArguments, PlanArguments, PlanFormat};
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
    let (case, plan, _) =
        made(context, &arguments.runbook, &arguments.build, arguments.drill, arguments.timeout).await?;
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

/// The plan of a runbook, or of the stacks that a blueprint describes, with what it was made from.
pub(crate) async fn made(
    context: &mut Context<'_>,
    runbook: &str,
    build: &BuildArguments,
    drill: bool,
    patience: Duration,
) -> Result<(Case, Plan, View)> {
    let building = match Wish::of(runbook) {
        Some(Wish::Provision) => Building::to_provision(context, build, Purpose::Look).await?,
        Some(Wish::Teardown) => {
            let named = build.blueprint.as_deref().or(build.name.as_deref());
            Building::of_what_stands(context, named, Wish::Teardown, Purpose::Look).await?
        }
        Some(Wish::Drift) | None => {
            let case = Case::to_look(context).await?;
            let runbook = case.runbook(runbook)?;
            let view = case.look(patience).await?;
            let plan = case.plan(&runbook, drill, &view).map_err(|error| acting::unplannable(&error, &view))?;
            return Ok((case, plan, view));
        }
    };
    let (plan, view) = building.plan(patience).await?;
    Ok((building.case, plan, view))
}

/// As text, in the colours of standard output.
pub(crate) fn shown(context: &Context<'_>, plan: &Plan, reality: &Reality) -> String {
    text::of(plan, reality, &|emphasis, text| context.output.paint(emphasis, text))
}
