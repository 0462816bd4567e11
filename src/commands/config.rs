//! `lifeboat config`: write a commented sample, show what is in effect and why, name every mistake.

#![expect(clippy::format_push_string, reason = "short texts, and `write!` to a string has an error that cannot happen")]

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use color_eyre::Result;
use lifeboat_model::read::Tempo;
use serde_json::{Value, json};

use crate::cli::ConfigCommand;
use crate::commands::Context;
use crate::config::diagnostic::{Place, Severity};
use crate::config::layers::{Origin, Sourced};
use crate::config::sample::sample;
use crate::config::{self, Checked, Config, writer};
use crate::exit::{Exit, Failure};

pub(crate) fn run(context: &mut Context<'_>, command: &ConfigCommand) -> Result<Exit> {
    match command {
        ConfigCommand::Init { print } => init(context, *print),
        ConfigCommand::Show => show(context),
        ConfigCommand::Check => check(context),
    }
}

fn init(context: &mut Context<'_>, print: bool) -> Result<Exit> {
    if print {
        context.output.data(&sample())?;
        return Ok(Exit::Done);
    }
    let place = config::location(context.globals, context.environment)?;
    let shown = place.value.display();
    write_new(&place.value, &sample()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::error(format!("`{shown}` exists already, and is left as it is"))
            .hint("`lifeboat config init --print` prints the sample instead"),
        _ => Failure::error(format!("cannot write `{shown}`: {error}"))
            .hint("`lifeboat config init --print` prints the sample instead"),
    })?;
    context.output.note(&format!("written: {shown}"))?;
    context.output.note("next: uncomment what you have, then `lifeboat config check`")?;
    Ok(Exit::Done)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

fn check(context: &mut Context<'_>) -> Result<Exit> {
    let place = config::location(context.globals, context.environment)?;
    let shown = place.value.display().to_string();
    let Some(checked) = config::check(&place)? else {
        return Err(Failure::error(format!("there is no configuration file `{shown}`"))
            .hint("`lifeboat config init` writes a commented one; without any, the simulator is shown")
            .into());
    };
    let errors = checked.diagnostics.count(Severity::Error);
    let warnings = checked.diagnostics.count(Severity::Warning);
    if context.output.json {
        context.output.json(&as_json(&checked))?;
    } else {
        let mut text = checked.render();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&summary(&shown, errors, warnings, checked.config.deployments.len()));
        context.output.data(&text)?;
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Error })
}

fn summary(file: &str, errors: usize, warnings: usize, deployments: usize) -> String {
    let counted = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => format!("{file}: no mistakes, {}", counted(deployments, "deployment")),
        (0, warnings) => {
            format!("{file}: {}, {}", counted(warnings, "warning"), counted(deployments, "deployment"))
        }
        (errors, 0) => format!("{file}: {}", counted(errors, "mistake")),
        (errors, warnings) => format!("{file}: {}, {}", counted(errors, "mistake"), counted(warnings, "warning")),
    }
}

fn as_json(checked: &Checked) -> Value {
    let list: Vec<Value> = checked
        .diagnostics
        .sorted()
        .iter()
        .map(|diagnostic| {
            let place = Place::of(&checked.text, diagnostic.span.start);
            json!({
                "severity": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
                "line": place.line,
                "column": place.column,
                "message": diagnostic.message,
                "fix": diagnostic.fix,
            })
        })
        .collect();
    json!({ "version": 1, "file": checked.path, "ok": !checked.diagnostics.has_errors(), "diagnostics": list })
}

fn show(context: &mut Context<'_>) -> Result<Exit> {
    let config = config::load(context.globals, context.environment)?;
    if let Some(warnings) = &config.warnings {
        context.output.note(warnings.trim_end())?;
    }
    if context.output.json {
        context.output.json(&effective_json(&config))?;
    } else {
        context.output.data(&effective(&config))?;
    }
    Ok(Exit::Done)
}

/// A setting as text, with who said it.
struct Setting {
    name: &'static str,
    /// As TOML has it; `None` where it is left open.
    value: Option<String>,
    json: Value,
    origin: Origin,
}

fn settings(config: &Config) -> Vec<Setting> {
    let text = |name, said: &Option<Sourced<String>>| Setting {
        name,
        value: said.as_ref().map(|said| toml_edit::Value::from(said.value.as_str()).to_string()),
        json: said.as_ref().map_or(Value::Null, |said| json!(said.value)),
        origin: said.as_ref().map_or(Origin::Default, |said| said.origin.clone()),
    };
    let flag = |name, said: &Sourced<bool>| Setting {
        name,
        value: Some(said.value.to_string()),
        json: json!(said.value),
        origin: said.origin.clone(),
    };
    let console = &config.console;
    let tempo = console.tempo.as_ref().map(|tempo| {
        let word = match tempo.value {
            Tempo::Calm => "calm",
            Tempo::Fast => "fast",
        };
        Sourced { value: word.to_owned(), origin: tempo.origin.clone() }
    });
    let notices = Sourced { value: console.notices.value.as_str().to_owned(), origin: console.notices.origin.clone() };
    vec![
        text("theme", &console.theme),
        flag("ascii", &console.ascii),
        flag("color", &console.color),
        flag("utc", &console.utc),
        text("notices", &Some(notices)),
        text("tempo", &tempo),
    ]
}

fn effective(config: &Config) -> String {
    let mut text = String::new();
    match &config.file {
        Some(file) => text.push_str(&format!("# file: {} ({})\n", file.value.display(), file.origin)),
        None => text.push_str("# file: none\n"),
    }
    let data_dir = &config.data_dir;
    text.push_str(&format!("# data folder: {} ({})\n", data_dir.value.display(), data_dir.origin));
    if let Some(deployment) = &config.deployment {
        let value = toml_edit::Value::from(deployment.value.as_str());
        text.push_str(&format!("\ndeployment = {value}  # {}\n", deployment.origin));
    }
    text.push_str("\n[console]\n");
    for setting in settings(config) {
        match setting.value {
            Some(value) => text.push_str(&format!("{} = {value}  # {}\n", setting.name, setting.origin)),
            None => text.push_str(&format!("# {}: left open ({})\n", setting.name, left_open(setting.name))),
        }
    }
    if config.deployments.is_empty() {
        text.push_str("\n# deployments: none, so the simulator is shown\n");
    }
    for entry in &config.deployments {
        let mut section = writer::section(&entry.deployment, &entry.access, entry.discover.as_ref());
        writer::annotate(&mut section, |key| match entry.lines.get(key) {
            Some(line) => Origin::File(*line).to_string(),
            None => Origin::Default.to_string(),
        });
        text.push_str(&format!("\n[deployments.{}]\n{section}", entry.deployment.name));
    }
    text
}

fn left_open(name: &str) -> &'static str {
    config::schema::CONSOLE.key(name).and_then(|key| key.default).unwrap_or("nothing")
}

fn effective_json(config: &Config) -> Value {
    let sourced = |value: Value, origin: &Origin| json!({ "value": value, "from": origin.to_string() });
    let console: serde_json::Map<String, Value> = settings(config)
        .into_iter()
        .map(|setting| (setting.name.to_owned(), sourced(setting.json, &setting.origin)))
        .collect();
    let deployments: Vec<Value> = config
        .deployments
        .iter()
        .map(|entry| {
            let access = &entry.access;
            json!({
                "deployment": entry.deployment,
                "access": access.read_only.then_some(config::schema::READ_ONLY),
                "profile": access.profile,
                "role_arn": access.role_arn,
                "endpoint_urls": access.endpoint_urls,
                "resolvers": access.resolvers.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "lines": entry.lines,
            })
        })
        .collect();
    json!({
        "version": 1,
        "file": config.file.as_ref().map(|file| sourced(json!(file.value), &file.origin)),
        "data_dir": sourced(json!(config.data_dir.value), &config.data_dir.origin),
        "deployment": config.deployment.as_ref().map(|said| sourced(json!(said.value), &said.origin)),
        "console": console,
        "deployments": deployments,
    })
}
