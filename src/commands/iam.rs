//! `lifeboat iam`: the least-privilege policies, generated from the tables of reads and of calls.

use std::collections::BTreeSet;

use color_eyre::Result;
use lifeboat_model::rules::iam::{operator_policy, provisioner_policies, read_only_policy};
use lifeboat_model::topology::Deployment;

use crate::building;
use crate::cli::IamCommand;
use crate::commands::Context;
use crate::config;
use crate::config::diagnostic::suggest;
use crate::exit::{Exit, Failure};

/// For the deployments of the configuration, or the one that is named; without any, for all that there could be.
pub(crate) fn run(context: &mut Context<'_>, command: &IamCommand) -> Result<Exit> {
    let deployments = match context.globals.simulate {
        Some(_) => Vec::new(),
        None => configured(context)?,
    };
    let policy = match command {
        IamCommand::ReadOnly => read_only_policy(&deployments),
        IamCommand::Operator => operator_policy(&deployments),
        IamCommand::Provisioner { blueprints } => return provisioner(context, &deployments, blueprints),
    };
    context.output.json(&policy)?;
    Ok(Exit::Done)
}

/// Always a list: one policy may not be that long. What is not known of a type is said beside it, never guessed.
fn provisioner(context: &mut Context<'_>, deployments: &[Deployment], blueprints: &[String]) -> Result<Exit> {
    let mut types = BTreeSet::new();
    for named in blueprints {
        let blueprint = building::blueprint(named)?;
        let resources = blueprint.templates.values().flat_map(|template| &template.resources);
        types.extend(resources.map(|resource| resource.resource_type.clone()));
    }
    let provisioner = provisioner_policies(deployments, &types);
    context.output.json(&provisioner.policies.into())?;
    for kind in &provisioner.unknown {
        let what = format!("note: what CloudFormation does for {kind} is not known here; add its actions yourself");
        context.output.note(&what)?;
    }
    Ok(Exit::Done)
}

fn configured(context: &mut Context<'_>) -> Result<Vec<Deployment>> {
    let config = config::load(context.globals, context.environment)?;
    let discovers = config.deployments.iter().any(|entry| entry.discover.is_some());
    let all: Vec<Deployment> = config.deployments.into_iter().map(|entry| entry.deployment).collect();
    let chosen = match context.globals.deployment.as_deref() {
        None => all,
        Some(name) => {
            let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
            let hint = suggest(name, names);
            let one = all.iter().find(|one| one.name.as_str() == name).cloned();
            vec![one.ok_or_else(|| Failure::usage(format!("there is no deployment `{name}`")).hint(hint))?]
        }
    };
    if discovers {
        context.output.note(
            "note: what is discovered at the start is not known here; the policy is for everything there could be",
        )?;
        return Ok(Vec::new());
    }
    Ok(chosen)
}
