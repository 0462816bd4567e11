//! `lifeboat blueprints`: what can be built, looked at, copied and held to its rules. Nothing here asks AWS.

mod show;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use color_eyre::Result;
use lifeboat_blueprint::{
    Blueprint, Chosen, Cost, Finding, Mistake, Origin, Rule, SCHEMA, SCHEMA_FILE, StackPlan, builtin, builtin_names,
    cost, lint, read, stacks,
};
use lifeboat_model::id::DeploymentName;
use serde_json::{Value, json};

use crate::building::blueprint_files;
use crate::cli::BlueprintsCommand;
use crate::commands::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Emphasis, columns, number};

/// As a deployment is called that nobody has named: nothing is made of it.
const UNNAMED: &str = "unnamed";

pub(crate) fn run(context: &mut Context<'_>, command: &BlueprintsCommand) -> Result<Exit> {
    match command {
        BlueprintsCommand::List => list(context),
        BlueprintsCommand::Show { blueprint } => show(context, blueprint),
        BlueprintsCommand::Export { blueprint, folder } => export(context, blueprint, folder),
        BlueprintsCommand::Lint { blueprint } => judge(context, blueprint.as_deref()),
    }
}

/// What a blueprint comes to with its defaults.
struct ByDefault<'a> {
    blueprint: &'a Blueprint,
    chosen: Chosen,
    plan: StackPlan,
    cost: Cost,
}

impl<'a> ByDefault<'a> {
    fn of(blueprint: &'a Blueprint) -> Result<Self, Vec<Mistake>> {
        let chosen = Chosen::defaults(&blueprint.manifest, DeploymentName::from(UNNAMED));
        let (plan, cost) = (stacks(blueprint, &chosen)?, cost(blueprint, &chosen)?);
        Ok(Self { blueprint, chosen, plan, cost })
    }

    fn resources(&self) -> usize {
        self.plan.stacks.iter().map(|stack| stack.evaluated.resources.len()).sum()
    }
}

fn list(context: &mut Context<'_>) -> Result<Exit> {
    let all: Vec<ByDefault<'_>> = builtin().iter().filter_map(|blueprint| ByDefault::of(blueprint).ok()).collect();
    if context.output.json {
        let list: Vec<Value> = all
            .iter()
            .map(|one| {
                let manifest = &one.blueprint.manifest;
                json!({
                    "name": manifest.name,
                    "title": manifest.title,
                    "purpose": manifest.purpose,
                    "home": one.chosen.home.as_str(),
                    "partner": one.chosen.partner.as_str(),
                    "stacks": one.plan.stacks.len(),
                    "resources": one.resources(),
                    "usd_month": number(one.cost.total_usd),
                })
            })
            .collect();
        context.output.json(&json!({ "version": 1, "blueprints": list }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 4]> = all
        .iter()
        .map(|one| {
            [
                one.blueprint.name().to_owned(),
                format!("{} stacks, {} resources", one.plan.stacks.len(), one.resources()),
                format!("about {:.0} USD a month", one.cost.total_usd),
                one.blueprint.manifest.purpose.clone(),
            ]
        })
        .collect();
    context.output.data(&columns(&rows))?;
    Ok(Exit::Done)
}

fn show(context: &mut Context<'_>, named: &str) -> Result<Exit> {
    let (files, origin) = blueprint_files(named)?;
    let found = read(&files, origin).and_then(|blueprint| match ByDefault::of(&blueprint) {
        Ok(ByDefault { chosen, plan, cost, .. }) => Ok((blueprint, chosen, plan, cost)),
        Err(mistakes) => Err(mistakes),
    });
    match found {
        Ok((blueprint, chosen, plan, cost)) => {
            let one = ByDefault { blueprint: &blueprint, chosen, plan, cost };
            if context.output.json {
                context.output.json(&show::json(&one))?;
            } else {
                let text = show::text(&one, &|emphasis: Emphasis, text: &str| context.output.paint(emphasis, text));
                context.output.data(&text)?;
            }
            Ok(Exit::Done)
        }
        Err(mistakes) => {
            if context.output.json {
                context.output.json(&json!({ "version": 1, "name": named, "mistakes": told(&mistakes) }))?;
            }
            for mistake in &mistakes {
                context.output.note(&mistake.to_string())?;
            }
            let noun = if mistakes.len() == 1 { "mistake" } else { "mistakes" };
            Err(Failure::error(format!("the blueprint in `{named}` has {} {noun}", mistakes.len()))
                .hint(format!("`lifeboat blueprints lint {named}` holds it to every rule"))
                .into())
        }
    }
}

fn export(context: &mut Context<'_>, named: &str, folder: &Path) -> Result<Exit> {
    let (mut files, _) = blueprint_files(named)?;
    files.insert(SCHEMA_FILE.to_owned(), SCHEMA.to_owned());
    let shown = folder.display().to_string();
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Failure::error(format!("{what}: {error}")).hint("see that you may write there, or name another folder")
    };
    let there: Vec<&str> =
        files.keys().filter(|file| folder.join(file).symlink_metadata().is_ok()).map(String::as_str).collect();
    if !there.is_empty() {
        return Err(Failure::error(format!("`{shown}` holds {} already; nothing was written", there.join(", ")))
            .hint("name another folder, or move those away")
            .into());
    }
    fs::create_dir_all(folder).map_err(|error| failed(&format!("`{shown}` cannot be made"), &error))?;
    for (file, text) in &files {
        let path = folder.join(file);
        // Whoever was quicker keeps theirs.
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut to| to.write_all(text.as_bytes()));
        written.map_err(|error| failed(&format!("`{}` cannot be written", path.display()), &error))?;
    }
    if context.output.json {
        let names: Vec<&String> = files.keys().collect();
        context.output.json(&json!({ "version": 1, "folder": shown, "files": names }))?;
    } else {
        context.output.data(&format!(
            "{} files in {shown}\n`lifeboat blueprints lint {shown}` holds them to the rules, and `lifeboat up {shown}` builds them",
            files.len()
        ))?;
    }
    Ok(Exit::Done)
}

/// A blueprint as it was found: with mistakes it can be held to no rule.
struct Judged {
    name: String,
    origin: Origin,
    mistakes: Vec<Mistake>,
    findings: Vec<Finding>,
}

fn judged(named: &str, files: &BTreeMap<String, String>, origin: Origin) -> Judged {
    match read(files, origin.clone()) {
        Ok(blueprint) => {
            let findings = lint(&blueprint);
            // What cannot be evaluated with its own defaults can be built by nobody who changes nothing.
            let mistakes = ByDefault::of(&blueprint).err().unwrap_or_default();
            Judged { name: blueprint.name().to_owned(), origin, mistakes, findings }
        }
        Err(mistakes) => Judged { name: named.to_owned(), origin, mistakes, findings: Vec::new() },
    }
}

fn judge(context: &mut Context<'_>, named: Option<&str>) -> Result<Exit> {
    let names: Vec<&str> = named.map_or_else(|| builtin_names().collect(), |one| vec![one]);
    let mut all = Vec::new();
    for name in names {
        let (files, origin) = blueprint_files(name)?;
        all.push(judged(name, &files, origin));
    }
    let clean = all.iter().all(|one| one.mistakes.is_empty() && one.findings.is_empty());
    if context.output.json {
        let list: Vec<Value> = all.iter().map(judged_json).collect();
        context.output.json(&json!({ "version": 1, "rules": Rule::ALL.len(), "blueprints": list }))?;
    } else {
        context.output.data(&judged_text(&all))?;
    }
    Ok(if clean { Exit::Done } else { Exit::Error })
}

fn judged_json(one: &Judged) -> Value {
    let findings: Vec<Value> = one
        .findings
        .iter()
        .map(|finding| {
            json!({
                "file": finding.file,
                "line": finding.line,
                "rule": finding.rule.as_str(),
                "resource": finding.resource,
                "what": finding.what,
                "fix": finding.fix,
            })
        })
        .collect();
    json!({
        "name": one.name,
        "origin": one.origin.to_string(),
        "mistakes": told(&one.mistakes),
        "findings": findings,
    })
}

fn told(mistakes: &[Mistake]) -> Vec<Value> {
    let each = mistakes
        .iter()
        .map(|mistake| json!({ "file": mistake.file, "line": mistake.line, "what": mistake.what, "fix": mistake.fix }));
    each.collect()
}

fn judged_text(all: &[Judged]) -> String {
    let mut lines = Vec::new();
    for one in all {
        // Files of one blueprint need no folder in front; of several they do.
        let prefix = if all.len() > 1 { format!("{}/", one.name) } else { String::new() };
        lines.extend(one.mistakes.iter().map(|mistake| format!("{prefix}{mistake}")));
        lines.extend(one.findings.iter().map(|finding| format!("{prefix}{finding}")));
    }
    let (mistakes, findings) = all
        .iter()
        .fold((0, 0), |(mistakes, findings), one| (mistakes + one.mistakes.len(), findings + one.findings.len()));
    let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
    lines.push(match (mistakes, findings) {
        (0, 0) => format!("no mistake, and none of {} rules broken: {}", Rule::ALL.len(), names.join(", ")),
        (0, findings) => format!("{findings} {} of {} rules", plural(findings, "breach", "breaches"), Rule::ALL.len()),
        (mistakes, 0) => format!("{mistakes} {}", plural(mistakes, "mistake", "mistakes")),
        (mistakes, findings) => format!(
            "{mistakes} {}, {findings} {} of {} rules",
            plural(mistakes, "mistake", "mistakes"),
            plural(findings, "breach", "breaches"),
            Rule::ALL.len()
        ),
    });
    lines.join("\n")
}

fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}
