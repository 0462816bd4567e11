//! The commented sample that `config init` writes, made from the schema: it cannot lack a key, nor
//! name one that does not exist.

#![expect(clippy::format_push_string, reason = "short texts, and `write!` to a string has an error that cannot happen")]

use crate::config::schema::{CONSOLE, DEPLOYMENT, KEYS_EXAMPLE, Key, NESTED, TOP, VERSION};

/// What marks a line as an example to uncomment, rather than prose: `#key`, without a space.
const EXAMPLE: char = '#';

/// The sample: only `version` is in effect, so that it says just what holds without it.
pub(crate) fn sample() -> String {
    let mut text = String::from(
        "# Lifeboat's configuration.\n\
         # Lines that begin with `#` and a space explain; those without the space are examples to uncomment.\n\
         # `lifeboat config check` names every mistake, `lifeboat config show` what is in effect and why.\n\n",
    );
    text.push_str(&format!("version = {VERSION}\n\n"));
    if let Some(deployment) = TOP.key("deployment") {
        example(&mut text, deployment);
    }
    heading(&mut text, TOP.key("console"), "[console]");
    for key in CONSOLE.keys {
        example(&mut text, key);
    }
    heading(&mut text, TOP.key("keys"), "[keys]");
    text.push_str(&format!("{EXAMPLE}{KEYS_EXAMPLE}\n\n"));
    heading(&mut text, TOP.key("deployments"), "[deployments.payments-prod]");
    for key in DEPLOYMENT.keys {
        example(&mut text, key);
    }
    text
}

fn heading(text: &mut String, key: Option<&Key>, title: &str) {
    if let Some(key) = key {
        text.push_str(&format!("# {}\n{EXAMPLE}{title}\n\n", key.meaning));
    }
}

fn example(text: &mut String, key: &Key) {
    let default = match key.default {
        Some(default) => format!("Without it: {default}."),
        None => "Needed.".to_owned(),
    };
    text.push_str(&format!("# {} {default}\n", key.meaning));
    if let Some((_, nested)) = NESTED.iter().find(|(name, _)| *name == key.name) {
        for inner in nested.keys {
            let default = inner.default.map_or_else(|| "needed".to_owned(), |default| format!("without it: {default}"));
            text.push_str(&format!("#   `{} = {}`: {} ({default})\n", inner.name, inner.example, inner.meaning));
        }
    }
    text.push_str(&format!("{EXAMPLE}{} = {}\n\n", key.name, key.example));
}

/// The sample with its examples in effect.
#[cfg(test)]
pub(crate) fn uncommented() -> String {
    let is_example = |line: &str| line.starts_with(EXAMPLE) && !line.starts_with("# ");
    sample()
        .lines()
        .map(|line| if is_example(line) { line.trim_start_matches(EXAMPLE) } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}
