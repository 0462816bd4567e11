//! What follows from a run of stacks that ended: outputs are written, and what is kept of the deployment is brought up to
//! date, or forgotten once nothing is left. It asks; it changes nothing in AWS.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use lifeboat_blueprint::{
    Gathered, InputValue, Missing, StackPlan, StepAction, outputs_file, outputs_file_names, stacks,
};
use lifeboat_engine::findings;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{GlobalClusterId, Region, StackName};
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::run::RunOutcome;
use lifeboat_model::time::Duration;

use super::choosing::{from_kept, mistakes};
use super::{PATIENCE, Wish};
use crate::acting::{Case, journal_failure};
use crate::exit::{Exit, Failure};
use crate::provisioned::{self, Kept};

/// Health checks and metrics tell of what was just made after minutes, which in a hurried world would never pass.
const FIRST_METRICS: Duration = Duration::from_mins(10);

/// What follows from a run of `provision` or `teardown` that ended, whoever began it: outputs are written, what is kept
/// is brought up to date, or forgotten once nothing is left.
/// Gives what there is to say of it.
pub(crate) async fn follow_up(case: &Case) -> Result<Vec<String>, Failure> {
    let heads = case.journal.runs(Some(case.name())).map_err(|error| journal_failure(&error))?;
    let Some(head) = heads.first() else { return Ok(Vec::new()) };
    let (Some(wish), Some(RunOutcome::Completed)) = (Wish::of(head.runbook.as_str()), head.outcome) else {
        return Ok(Vec::new());
    };
    let Some(folder) = &case.wiring.provisioned else { return Ok(Vec::new()) };
    if wish == Wish::Teardown {
        return provisioned::forget(folder, case.name()).map(|()| Vec::new());
    }
    let Some(kept) = provisioned::load(folder, case.name())? else { return Ok(Vec::new()) };
    let kept = refreshed(case, kept).await?;
    provisioned::keep(folder, &kept)?;
    if case.wiring.is_hurried {
        case.wiring.clock.sleep(FIRST_METRICS).await;
    }
    write_outputs(&kept)
}

/// With what the stacks tell now.
async fn refreshed(case: &Case, mut kept: Kept) -> Result<Kept, Failure> {
    let (blueprint, chosen) = from_kept(&kept)?;
    let plan = stacks(&blueprint, &chosen).map_err(|found| mistakes("the blueprint with what was chosen", &found))?;
    let question =
        |region: &Region, name: &StackName| findings::question(region, Read::Stacks { stacks: vec![name.clone()] });
    let asked: Vec<PlannedRead> = plan.stacks.iter().map(|spec| question(&spec.region, &spec.name)).collect();
    let (cloud, clock) = (&case.wired.cloud, &case.wiring.clock);
    let known = findings::find(case.name(), Arc::clone(cloud), Arc::clone(clock), &asked, PATIENCE).await;
    for spec in &plan.stacks {
        let reading = known.get(&question(&spec.region, &spec.name));
        let Some(Facts::Stacks(stacks)) = reading.and_then(|reading| reading.value()) else { continue };
        if let Some(stack) = stacks.iter().find(|stack| stack.name == spec.name && stack.is_complete()) {
            kept.outputs.insert(spec.id.clone(), stack.outputs.clone());
        }
    }
    kept.answers.extend(answers(case, &plan, &kept).await);
    let table = lifeboat_blueprint::deployment(&blueprint.manifest, &chosen, &kept.gathered());
    match table {
        Ok(table) => kept.deployment = toml::Table::try_from(table).ok(),
        Err(missing) => return Err(not_told("how it is watched", &missing)),
    }
    Ok(kept)
}

/// What steps found out: the endpoint that follows the writer.
async fn answers(case: &Case, plan: &StackPlan, kept: &Kept) -> BTreeMap<String, String> {
    let mut answers = BTreeMap::new();
    for step in &plan.steps {
        let StepAction::GlobalWriterEndpoint { region, global_cluster } = &step.action else {
            continue;
        };
        let Some(id) = text(global_cluster, kept) else { continue };
        let asked = findings::question(region, Read::Aurora { global_cluster: GlobalClusterId::from(id) });
        let (cloud, clock) = (&case.wired.cloud, &case.wiring.clock);
        let questions = std::slice::from_ref(&asked);
        let known = findings::find(case.name(), Arc::clone(cloud), Arc::clone(clock), questions, PATIENCE).await;
        if let Some(Facts::Aurora(facts)) = known.get(&asked).and_then(|reading| reading.value())
            && let Some(endpoint) = facts.global.as_ref().and_then(|global| global.endpoint.clone())
        {
            answers.insert(step.id.clone(), endpoint);
        }
    }
    answers
}

fn text(value: &InputValue, kept: &Kept) -> Option<String> {
    match value {
        InputValue::Literal(text) => Some(text.clone()),
        InputValue::Output { id, key, .. } => kept.outputs.get(id)?.get(key).cloned(),
        InputValue::StepAnswer { step, .. } => kept.answers.get(step).cloned(),
        InputValue::Text(parts) => parts.iter().map(|part| text(part, kept)).collect(),
    }
}

fn not_told(what: &str, missing: &[Missing]) -> Failure {
    let lines: Vec<String> = missing.iter().map(|missing| format!("  {missing}")).collect();
    Failure {
        exit: Exit::RunFailed,
        ..Failure::error(format!("everything stands, but {what} cannot be told\n{}", lines.join("\n")))
    }
    .hint("see what the stacks tell with `aws cloudformation describe-stacks`, and `lifeboat up` again")
}

/// With the architecture's own keys, under its own names.
fn write_outputs(kept: &Kept) -> Result<Vec<String>, Failure> {
    let mut told = Vec::new();
    let (blueprint, chosen) = from_kept(kept)?;
    let gathered: Gathered = kept.gathered();
    let table = outputs_file(&blueprint.manifest, &chosen, &gathered)
        .map_err(|missing| not_told("its outputs file", &missing))?;
    let mut text = serde_json::to_string_pretty(&table).unwrap_or_default();
    text.push('\n');
    let folder = &kept.outputs_folder;
    for name in outputs_file_names(&blueprint.manifest, &chosen) {
        let path = folder.join(name);
        let failed = |error: std::io::Error| {
            let failure =
                Failure::error(format!("everything stands, but `{}` could not be written: {error}", path.display()));
            Failure { exit: Exit::RunFailed, ..failure }
                .hint("`lifeboat up` again with `--outputs DIR` writes it elsewhere")
        };
        fs::create_dir_all(folder).map_err(failed)?;
        fs::write(&path, &text).map_err(failed)?;
        told.push(format!("outputs written to `{}`", path.display()));
    }
    Ok(told)
}
