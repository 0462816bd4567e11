//! `lifeboat import`: a deployment's section of the configuration, from an outputs file, from stacks or by
//! a tag. Prints it, or adds it to the file; what could not be known is told either way.

use std::fs;
use std::io;
use std::path::Path;

use color_eyre::Result;
use lifeboat_model::id::{DeploymentName, Region, StackName};
use lifeboat_model::topology::{Deployment, InRegion};
use serde_json::json;

use crate::cli::ImportArguments;
use crate::commands::Context;
use crate::config::diagnostic::Diagnostics;
use crate::config::env::{DR_REGION, ENVIRONMENT_SUFFIX, PRIMARY_REGION};
use crate::config::file::{Access, is_deployment_name, split_tag};
use crate::config::writer::CannotAdd;
use crate::config::{self, reader, writer};
use crate::discovery::resources::DiscoveryError;
use crate::discovery::{Found, outputs, stacks, tags};
use crate::exit::{Exit, Failure};
use crate::wiring;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &ImportArguments) -> Result<Exit> {
    if let Some(name) = arguments.name.as_deref().filter(|name| !is_deployment_name(name)) {
        return Err(Failure::usage(format!("`{name}` cannot name a deployment"))
            .hint("use letters, digits, `-`, `_` and `.`, at most 64 of them")
            .into());
    }
    let access = Access { profile: arguments.profile.clone(), ..Access::default() };
    let found = match &arguments.file {
        Some(path) => outputs::read_file(path, &hints(context, arguments)?)?,
        None => explored(context, arguments, &access).await?,
    };
    if arguments.write {
        add(context, &found.deployment, &access)?;
    } else if !context.output.json {
        context.output.data(&writer::text(&found.deployment, &access, None))?;
    }
    if context.output.json {
        let mut value = serde_json::to_value(&found)?;
        if let Some(table) = value.as_object_mut() {
            table.insert("version".to_owned(), json!(1));
        }
        context.output.json(&value)?;
    } else {
        tell(context, &found)?;
    }
    Ok(Exit::Done)
}

fn region(text: Option<&str>, from: &str) -> Result<Option<Region>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let mut mistakes = Diagnostics::default();
    if let Some(region) = reader::region(text, &(0..0), &mut mistakes) {
        Ok(Some(region))
    } else {
        let hint = mistakes.sorted().first().and_then(|mistake| mistake.fix.clone()).unwrap_or_default();
        Err(Failure::usage(format!("`{text}` is not a region ({from})")).hint(hint))
    }
}

fn hints(context: &Context<'_>, arguments: &ImportArguments) -> Result<outputs::Hints, Failure> {
    let variable = |name| context.environment.get(name);
    Ok(outputs::Hints {
        name: arguments.name.as_deref().map(DeploymentName::from),
        home: region(arguments.home.as_deref(), "--home")?,
        partner: region(arguments.partner.as_deref(), "--partner")?,
        suffix: variable(ENVIRONMENT_SUFFIX).map(str::to_owned),
        environment_home: region(variable(PRIMARY_REGION), PRIMARY_REGION)?,
        environment_partner: region(variable(DR_REGION), DR_REGION)?,
    })
}

async fn explored(context: &Context<'_>, arguments: &ImportArguments, access: &Access) -> Result<Found, Failure> {
    if arguments.tag.is_none() && arguments.stacks.is_empty() {
        return Err(Failure::usage("nothing to import from")
            .hint("give an outputs file, or `--stack NAME`, or `--tag KEY=VALUE`"));
    }
    let hints = hints(context, arguments)?;
    let home = hints.home.or(hints.environment_home);
    let partner = hints.partner.or(hints.environment_partner);
    let (Some(home), Some(partner)) = (home, partner) else {
        return Err(
            Failure::usage("stacks and tags do not tell the two regions").hint("add `--home REGION --partner REGION`")
        );
    };
    if home == partner {
        return Err(Failure::usage(format!("`--home` and `--partner` are both `{home}`")).hint("name two regions"));
    }
    let fallback = arguments.stacks.first().cloned().filter(|name| is_deployment_name(name));
    let name = hints.name.or_else(|| fallback.map(DeploymentName::from)).unwrap_or_else(|| "imported".into());
    let stated = Deployment::bare(name, home, partner);
    let cloud = wiring::explorer(context.globals, context.environment, access)?;
    let outcome = if let Some(tag) = arguments.tag.as_deref() {
        let (key, value) = split_tag(tag).ok_or_else(|| {
            Failure::usage(format!("`{tag}` is not a tag")).hint("write key and value: `--tag Application=payments`")
        })?;
        tags::discover(&stated, &key, &value, cloud.as_ref()).await
    } else {
        let wanted: Vec<InRegion<StackName>> = stated
            .regions
            .both()
            .into_iter()
            .flat_map(|region| arguments.stacks.iter().map(|name| InRegion::new(region.clone(), name.as_str())))
            .collect();
        stacks::discover(&stated, &wanted, cloud.as_ref()).await
    };
    outcome.map_err(|error| match error {
        DiscoveryError::Cloud(error) => {
            let failure = Failure::error(error.to_string());
            match error.fix {
                Some(fix) => failure.hint(fix),
                None => failure
                    .hint("check the name, the account and the regions; `--profile NAME` reads with another profile"),
            }
        }
        DiscoveryError::Nothing(place) => Failure::error(format!("nothing that is watched was found {place}"))
            .hint("check the name, the account and the regions; `--profile NAME` reads with another profile"),
    })
}

/// Adds the section to the configuration; the file is replaced whole or not at all.
fn add(context: &mut Context<'_>, deployment: &Deployment, access: &Access) -> Result<()> {
    let place = config::location(context.globals, context.environment)?;
    let path = &place.value;
    let shown = path.display().to_string();
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::error(format!("cannot read `{shown}`: {error}")).into()),
    };
    let after = writer::add(&before, deployment, access).map_err(|error| {
        let failure = Failure::error(format!("`{shown}` is left as it is: {error}"));
        match error {
            CannotAdd::Exists(_) => failure.hint("give another name with `--name NAME`, or remove the section first"),
            CannotAdd::NotToml(_) => failure.hint("`lifeboat config check` names its mistakes"),
            CannotAdd::OtherForm => failure.hint("write each deployment as `[deployments.NAME]`"),
        }
    })?;
    replace(path, &after)
        .map_err(|error| Failure::error(format!("cannot write `{shown}`, which is left as it was: {error}")))?;
    context.output.note(&format!("added to {shown}: [deployments.{}]", deployment.name))?;
    Ok(())
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

fn tell(context: &mut Context<'_>, found: &Found) -> Result<()> {
    let output = &mut *context.output;
    for warning in &found.warnings {
        output.note(&format!("warning: {warning}"))?;
    }
    if !found.derived.is_empty() {
        output.note("\nnot in the input, but it follows:")?;
        for derived in &found.derived {
            output.note(&format!("  {} = {} ({})", derived.what, derived.value, derived.from))?;
        }
    }
    if !found.unknown.is_empty() {
        output.note("\nnot known, and worth adding:")?;
        for unknown in &found.unknown {
            output.note(&format!("  {}\n    {}", unknown.what, unknown.fix))?;
        }
    }
    if !found.unused.is_empty() {
        output.note("\nnot used:")?;
        for unused in &found.unused {
            output.note(&format!("  {unused}"))?;
        }
    }
    Ok(())
}
