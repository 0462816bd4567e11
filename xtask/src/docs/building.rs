//! Pages about what can be built: the parameters of the built-in blueprints, and the prices that costs are made of.

use lifeboat_blueprint::blueprint;
use lifeboat_blueprint::cost::prices;
use lifeboat_blueprint::manifest::Parameter;

use super::table::Table;

pub(super) fn parameters() -> String {
    let mut page = String::from(
        "# Parameters of the blueprints\n\nSet with `--parameter NAME=VALUE` of `lifeboat up` and `lifeboat plan \
         provision`, or in the form that `b` opens in the console.\n",
    );
    for blueprint in blueprint::builtin() {
        let manifest = &blueprint.manifest;
        let mut table = Table::new(&["name", "what it is", "kind", "without it", "may be", "a change of it"]);
        for parameter in &manifest.parameters {
            table.row([
                format!("`{}`", parameter.name),
                parameter.about.clone(),
                parameter.kind.as_str().to_owned(),
                if parameter.default.is_empty() { "nothing".to_owned() } else { format!("`{}`", parameter.default) },
                bounds(parameter),
                change(parameter),
            ]);
        }
        page += &format!(
            "\n## {}\n\n{} Home is `{}`, partner `{}`, unless you say otherwise.\n\n{table}",
            manifest.name, manifest.purpose, manifest.home.default, manifest.partner.default
        );
    }
    page
}

fn bounds(parameter: &Parameter) -> String {
    let mut said = Vec::new();
    if !parameter.allowed.is_empty() {
        let allowed: Vec<String> = parameter.allowed.iter().map(|value| format!("`{value}`")).collect();
        said.push(allowed.join(", "));
    }
    match (parameter.min, parameter.max) {
        (Some(min), Some(max)) => said.push(format!("{min} to {max}")),
        (Some(min), None) => said.push(format!("at least {min}")),
        (None, Some(max)) => said.push(format!("at most {max}")),
        (None, None) => {}
    }
    said.extend(parameter.pattern.as_ref().map(|pattern| format!("`{pattern}`")));
    said.extend(parameter.max_length.map(|length| format!("at most {length} characters")));
    said.join("; ")
}

fn change(parameter: &Parameter) -> String {
    match (&parameter.permanent, parameter.replaces.is_empty()) {
        (Some(why), _) => format!("is refused while it stands: {why}"),
        (None, false) => format!("replaces {}", parameter.replaces.join(", ")),
        (None, true) => String::new(),
    }
}

pub(super) fn prices_page() -> String {
    let prices = prices();
    let mut table = Table::new(&["what", "USD", "per", "looked up"]);
    for (what, price) in prices.known() {
        let source = price.source.clone().unwrap_or_else(|| "not looked up: told as such".to_owned());
        table.row([format!("`{what}`"), price.usd.to_string(), price.per.clone(), source]);
    }
    let mut usage = Table::new(&["what", "in a month", "what is meant"]);
    for (what, used) in prices.usages() {
        usage.row([format!("`{what}`"), format!("{} {}", used.amount, used.unit), used.about.clone()]);
    }
    let not_counted: Vec<String> = prices.not_counted.iter().map(|what| format!("- {what}")).collect();
    format!(
        "# Prices\n\nWhat `lifeboat blueprints show`, plans and the Stacks screen say of costs is computed from this table: \
         gathered {} for {}, the same\nin {}, from {}. What has no price is told to have none, and makes a total \"at \
         least\".\n\n{table}\n## A month of use\n\n{usage}\n## What is not counted\n\n{}",
        prices.date,
        prices.region,
        prices.same_in.join(", "),
        prices.source,
        not_counted.join("\n")
    )
}
