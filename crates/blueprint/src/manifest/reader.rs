//! From TOML to a [`Manifest`], section by section. A section that cannot be read is told and left empty, so that the
//! others are still read.

use std::time::Duration;

use toml_edit::Document;

use super::braces::{is_identifier, is_parameter};
use super::toml::{Source, Table};
use super::{
    AuroraTeardown, Check, CheckKind, CostEstimate, Counts, DeploymentIf, ExpectedDrift, FORMAT, Form, Leftover,
    LeftoverKind, Manifest, Module, OutputForm, Outputs, Parameter, ParameterKind, Refusal, RegionChoice, Side, Stack,
    Step, StepKind, Teardown, When, names,
};
use crate::mistake::{Mistake, Mistakes};
use crate::template::whole_pattern;

const MANIFEST_KEYS: [&str; 22] = [
    "check",
    "cost",
    "counts",
    "deployment",
    "deployment_if",
    "expected_drift",
    "format",
    "modules",
    "name",
    "notes",
    "objectives",
    "outputs",
    "parameters",
    "protected",
    "purpose",
    "refusal",
    "regions",
    "stack",
    "step",
    "tags",
    "teardown",
    "title",
];
const OBJECTIVE_KEYS: [&str; 6] = ["rpo", "rpo_aurora", "rpo_dynamodb", "rpo_s3", "rto", "expected_promotion"];
const PARAMETER_KEYS: [&str; 14] = [
    "about",
    "allowed",
    "configuration",
    "default",
    "environment",
    "fix",
    "max",
    "max_length",
    "min",
    "pattern",
    "permanent",
    "region",
    "replaces",
    "type",
];
const STACK_KEYS: [&str; 11] = [
    "after",
    "after_steps",
    "aurora_cluster",
    "capabilities",
    "id",
    "inputs",
    "name",
    "only_if",
    "region",
    "tags",
    "template",
];
const CAPABILITIES: [(&str, &str); 2] =
    [("CAPABILITY_IAM", "CAPABILITY_IAM"), ("CAPABILITY_NAMED_IAM", "CAPABILITY_NAMED_IAM")];
const ENGINES: [(&str, &str); 2] = [("aurora-mysql", "aurora-mysql"), ("aurora-postgresql", "aurora-postgresql")];
const SIDES: [(&str, Side); 2] = [("home", Side::Home), ("partner", Side::Partner)];
const DURATION: &str = "([0-9]+(ms|s|m|h))( ?[0-9]+(ms|s|m|h))*";

pub(super) fn read(file: &str, text: &str) -> Result<Manifest, Vec<Mistake>> {
    let mut source = Source { text, mistakes: Mistakes::of(file) };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let line = source.line(error.span());
            let what = format!("is not TOML: {}", error.message().replace('\n', " "));
            source.mistakes.add(line, what, "mend the syntax");
            return Err(source.mistakes.into_list());
        }
    };
    let root = Table { line: 1, owner: "the manifest", entries: document.as_table() };
    let manifest = manifest(&mut source, &root);
    let mut mistakes = source.mistakes;
    match manifest {
        Some(manifest) => {
            names::check(&manifest, &mut mistakes);
            mistakes.judge(manifest)
        }
        None => Err(mistakes.into_list()),
    }
}

fn manifest(source: &mut Source<'_>, root: &Table<'_>) -> Option<Manifest> {
    source.known_keys(root, &MANIFEST_KEYS);
    let format = source.whole(root, "format");
    if source.need(root, "format", format, "1").is_some_and(|format| format != FORMAT) {
        let line = source.key_line(root.entries, "format");
        source.mistakes.add(line, "is of a format that this version does not know", format!("write format = {FORMAT}"));
    }
    let name = source.identifier(root, "name");
    let name = source.need(root, "name", name, "\"my-blueprint\"");
    let title = source.needed_text(root, "title", "\"My blueprint\"");
    let purpose = source.needed_text(root, "purpose", "\"What it is, in a sentence.\"");
    let protected = source.flag(root, "protected").unwrap_or(false);
    let notes = source.plain_texts(root, "notes");
    let objectives = objectives(source, root);
    let regions = regions(source, root);
    let tags = source.braced_table(root, "tags", "`tags`");
    let parameters = parameters(source, root);
    let checks = source.tables(root, "check", "a check").iter().filter_map(|table| check(source, table)).collect();
    let stacks: Vec<Stack> =
        source.tables(root, "stack", "a stack").iter().filter_map(|table| stack(source, table)).collect();
    if root.entries.get("stack").is_none() {
        source.mistakes.add(1, "has no stack", "add at least one [[stack]]");
    }
    let steps = source.tables(root, "step", "a step").iter().filter_map(|table| step(source, table)).collect();
    let teardown = teardown(source, root);
    let refusals =
        source.tables(root, "refusal", "a refusal").iter().filter_map(|table| refusal(source, table)).collect();
    let expected_drift = source
        .tables(root, "expected_drift", "an expected drift")
        .iter()
        .filter_map(|table| drift(source, table))
        .collect();
    let outputs = outputs(source, root);
    let deployment = source.table(root, "deployment", "`deployment`");
    let deployment = source.need(root, "deployment", deployment, "a table: [deployment]");
    let deployment = deployment.map(|table| source.form_of_table(&table, &[]));
    let deployment_if = source
        .tables(root, "deployment_if", "an addition to the deployment")
        .iter()
        .filter_map(|table| deployment_if(source, table))
        .collect();
    let modules = modules(source, root);
    let counts = counts(source, root);
    let costs = source.tables(root, "cost", "a cost").iter().filter_map(|table| cost(source, table)).collect();
    let (home, partner) = regions?;
    Some(Manifest {
        name: name?,
        title: title?,
        purpose: purpose?,
        protected,
        notes,
        objectives,
        home,
        partner,
        tags,
        parameters,
        checks,
        stacks,
        steps,
        teardown,
        refusals,
        expected_drift,
        outputs: outputs?,
        deployment: deployment?,
        deployment_if,
        modules,
        counts,
        costs,
    })
}

fn objectives(source: &mut Source<'_>, root: &Table<'_>) -> Vec<(String, String)> {
    let Some(table) = source.table(root, "objectives", "`objectives`") else { return Vec::new() };
    source.known_keys(&table, &OBJECTIVE_KEYS);
    let present = OBJECTIVE_KEYS.iter().filter(|key| table.entries.get(key).is_some());
    present.filter_map(|key| Some(((*key).to_owned(), duration_text(source, &table, key)?))).collect()
}

fn duration_text(source: &mut Source<'_>, table: &Table<'_>, key: &str) -> Option<String> {
    source.fitting(table, key, DURATION, "a length of time", "write a number with its unit: 500ms, 30s, 2m, 1h 30m")
}

/// `text` fits [`DURATION`].
fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let unit = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit);
        let number: u64 = number.parse().ok()?;
        let ms = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        total = total.checked_add(Duration::from_millis(number.checked_mul(ms)?))?;
        rest = behind.trim_start();
    }
    Some(total)
}

fn regions(source: &mut Source<'_>, root: &Table<'_>) -> Option<(RegionChoice, RegionChoice)> {
    let table = source.table(root, "regions", "`regions`");
    let table = source.need(root, "regions", table, "a table: [regions.home] and [regions.partner]")?;
    source.known_keys(&table, &["home", "partner"]);
    let mut one = |key: &str, owner: &'static str| {
        let inner = source.table(&table, key, owner);
        let inner = source.need(&table, key, inner, "a table")?;
        source.known_keys(&inner, &["parameter", "default", "environment", "configuration"]);
        let parameter = source.logical_id(&inner, "parameter");
        let parameter = source.need(&inner, "parameter", parameter, "\"PrimaryRegion\"");
        let default = source.region(&inner, "default");
        let default = source.need(&inner, "default", default, "\"us-east-1\"");
        let environment = source.plain_texts(&inner, "environment");
        let configuration = source.plain_texts(&inner, "configuration");
        Some(RegionChoice { line: inner.line, parameter: parameter?, default: default?, environment, configuration })
    };
    let home = one("home", "`regions.home`");
    let partner = one("partner", "`regions.partner`");
    Some((home?, partner?))
}

fn parameters(source: &mut Source<'_>, root: &Table<'_>) -> Vec<Parameter> {
    let table = source.table(root, "parameters", "`parameters`");
    let Some(table) = source.need(root, "parameters", table, "a table: [parameters.EnvironmentSuffix]") else {
        return Vec::new();
    };
    if table.entries.get("EnvironmentSuffix").is_none() {
        source.mistakes.add(
            table.line,
            "`parameters` lacks `EnvironmentSuffix`",
            "add [parameters.EnvironmentSuffix], by which several can stand in one account",
        );
    }
    let mut found = Vec::new();
    for (name, _) in table.entries.iter() {
        let line = source.key_line(table.entries, name);
        if !is_parameter(name) {
            source.mistakes.add(line, format!("`{name}` is no name of a parameter"), "use letters and digits only");
            continue;
        }
        let owner = format!("parameter `{name}`");
        if let Some(inner) = source.table(&table, name, &owner)
            && let Some(parameter) = parameter(source, &Table { line, ..inner }, name)
        {
            found.push(parameter);
        }
    }
    found
}

fn parameter(source: &mut Source<'_>, table: &Table<'_>, name: &str) -> Option<Parameter> {
    source.known_keys(table, &PARAMETER_KEYS);
    let kinds = ParameterKind::ALL.map(|kind| (kind.as_str(), kind));
    let kind = source.choice(table, "type", &kinds);
    let kind = source.need(table, "type", kind, "\"string\"");
    let about = source.needed_text(table, "about", "\"What it is.\"");
    let fix = source.text(table, "fix");
    let pattern = source.text(table, "pattern");
    if let Some(pattern) = &pattern
        && let Err(error) = whole_pattern(pattern)
    {
        let line = source.key_line(table.entries, "pattern");
        source.mistakes.add(line, format!("`{pattern}` is no pattern: {error}"), "mend the pattern");
    }
    let max_length = source.count(table, "max_length", 1);
    let (min, max) = (source.whole(table, "min"), source.whole(table, "max"));
    let region = source.choice(table, "region", &SIDES);
    let environment = source.plain_texts(table, "environment");
    let configuration = source.plain_texts(table, "configuration");
    let replaces = source.logical_ids(table, "replaces");
    let permanent = source.text(table, "permanent");
    if permanent.is_some() && replaces.is_empty() {
        let line = source.key_line(table.entries, "permanent");
        let what = format!("{} is permanent, and replaces nothing", table.owner);
        source.mistakes.add(line, what, "say in `replaces` which resources a change of it would replace");
    }
    let allowed = allowed(source, table);
    let default = kind.and_then(|kind| default(source, table, kind));
    if kind == Some(ParameterKind::Certificate) && table.entries.get("region").is_none() {
        source.mistakes.add(
            table.line,
            format!("{} lacks `region`", table.owner),
            "add region = \"home\" or \"partner\"",
        );
    }
    Some(Parameter {
        name: name.to_owned(),
        line: table.line,
        kind: kind?,
        default: default?,
        pattern,
        max_length,
        allowed,
        min,
        max,
        region,
        environment,
        configuration,
        replaces,
        permanent,
        about: about?,
        fix,
    })
}

fn allowed(source: &mut Source<'_>, table: &Table<'_>) -> Vec<String> {
    let Some(item) = table.entries.get("allowed") else { return Vec::new() };
    let line = source.key_line(table.entries, "allowed");
    let found: Vec<String> = item
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|value| {
            value.as_str().map(str::to_owned).or_else(|| value.as_integer().map(|number| number.to_string()))
        })
        .collect();
    let length = item.as_array().map_or(0, toml_edit::Array::len);
    let mut distinct = found.clone();
    distinct.sort();
    distinct.dedup();
    if found.is_empty() || found.len() != length || distinct.len() != length {
        source.mistakes.add(
            line,
            format!("`allowed` of {} is not a list of different texts or whole numbers", table.owner),
            "write allowed = [\"one\", \"other\"]",
        );
    }
    found
}

fn default(source: &mut Source<'_>, table: &Table<'_>, kind: ParameterKind) -> Option<String> {
    let item = source.need(table, "default", table.entries.get("default"), "…")?;
    let (found, wanted) = match kind {
        ParameterKind::Boolean => (item.as_bool().map(|flag| flag.to_string()), "true or false"),
        ParameterKind::Integer => (item.as_integer().map(|number| number.to_string()), "a whole number"),
        ParameterKind::Text | ParameterKind::Domain | ParameterKind::Certificate => {
            (item.as_str().map(str::to_owned), "text")
        }
    };
    if found.is_none() {
        let line = source.key_line(table.entries, "default");
        source.mistakes.add(line, format!("`default` of {} is not {wanted}", table.owner), "write one of its type");
    }
    found
}

fn check(source: &mut Source<'_>, table: &Table<'_>) -> Option<Check> {
    const KINDS: [&str; 7] =
        ["regions-differ", "unreserved-domain", "together", "needs", "name-length", "engine-version", "zones"];
    let kind = source.choice(table, "kind", &KINDS.map(|kind| (kind, kind)));
    let kind = source.need(table, "kind", kind, "\"regions-differ\"")?;
    let keys: &[&str] = match kind {
        "unreserved-domain" => &["kind", "parameter"],
        "together" => &["kind", "parameters", "why"],
        "needs" => &["kind", "parameter", "needs", "why"],
        "name-length" => &["kind", "name", "of", "max"],
        "engine-version" => &["kind", "engine", "version", "regions"],
        "zones" => &["kind", "count", "regions"],
        _ => &["kind"],
    };
    source.known_keys(table, keys);
    let parameter = |source: &mut Source<'_>, key: &str| {
        let found = source.logical_id(table, key);
        source.need(table, key, found, "\"ParentDomain\"")
    };
    let sides = |source: &mut Source<'_>| {
        let found = source.sides(table, "regions");
        source.need(table, "regions", found, "[\"home\", \"partner\"]")
    };
    let kind = match kind {
        "unreserved-domain" => CheckKind::UnreservedDomain { parameter: parameter(source, "parameter")? },
        "together" => {
            let parameters = source.logical_ids(table, "parameters");
            let why = source.needed_text(table, "why", "\"why\"");
            if table.entries.get("parameters").is_none() || parameters.len() < 2 {
                source.mistakes.add(table.line, "`together` needs two parameters or more", "name them in `parameters`");
                return None;
            }
            CheckKind::Together { parameters, why: why? }
        }
        "needs" => {
            let (one, other) = (parameter(source, "parameter"), parameter(source, "needs"));
            let why = source.needed_text(table, "why", "\"why\"");
            CheckKind::Needs { parameter: one?, needs: other?, why: why? }
        }
        "name-length" => {
            let name = source.needed_braced(table, "name", "\"name-{EnvironmentSuffix}\"");
            let of = source.needed_text(table, "of", "\"S3 bucket\"");
            let max = source.count(table, "max", 1);
            let max = source.need(table, "max", max, "63");
            CheckKind::NameLength { name: name?, of: of?, max: max? }
        }
        "engine-version" => {
            let engine = source.choice(table, "engine", &ENGINES);
            let engine = source.need(table, "engine", engine, "\"aurora-postgresql\"");
            let version = source.needed_text(table, "version", "\"16.8\"");
            let regions = sides(source);
            CheckKind::EngineVersion { engine: engine?.to_owned(), version: version?, regions: regions? }
        }
        "zones" => {
            let count = source.count(table, "count", 1);
            let count = source.need(table, "count", count, "2");
            let regions = sides(source);
            CheckKind::Zones { count: usize::try_from(count?).unwrap_or(usize::MAX), regions: regions? }
        }
        _ => CheckKind::RegionsDiffer,
    };
    Some(Check { line: table.line, kind })
}

fn stack(source: &mut Source<'_>, table: &Table<'_>) -> Option<Stack> {
    source.known_keys(table, &STACK_KEYS);
    let id = source.identifier(table, "id");
    let id = source.need(table, "id", id, "\"primary\"");
    let name = source.needed_braced(table, "name", "\"stack-{EnvironmentSuffix}\"");
    let template =
        source.fitting(table, "template", "[a-z0-9-]+\\.yaml", "a template's file", "name a .yaml file of this folder");
    let template = source.need(table, "template", template, "\"primary.yaml\"");
    let region = source.place(table, "region");
    let region = source.need(table, "region", region, "\"home\"");
    let given = source.texts(table, "capabilities");
    source.need(table, "capabilities", table.entries.get("capabilities"), "[]");
    for (text, line) in given.iter().filter(|(text, _)| !CAPABILITIES.iter().any(|(known, _)| known == text)) {
        source.mistakes.add(*line, format!("there is no capability `{text}`"), "write CAPABILITY_NAMED_IAM");
    }
    let tags = source.braced_table(table, "tags", "`tags`");
    let after = source.identifiers(table, "after");
    let after_steps = source.identifiers(table, "after_steps");
    let only_if = source.logical_id(table, "only_if");
    let aurora_cluster = source.logical_id(table, "aurora_cluster");
    let inputs = source.braced_table(table, "inputs", "`inputs`");
    Some(Stack {
        line: table.line,
        id: id?,
        name: name?,
        template: template?,
        region: region?,
        capabilities: given.into_iter().map(|(text, _)| text).collect(),
        tags,
        after,
        after_steps,
        only_if,
        aurora_cluster,
        inputs,
    })
}

fn step(source: &mut Source<'_>, table: &Table<'_>) -> Option<Step> {
    let id = source.identifier(table, "id");
    let id = source.need(table, "id", id, "\"empty-bucket\"");
    let kind = source.choice(table, "kind", &StepKind::NAMES.map(|kind| (kind, kind)));
    let kind = source.need(table, "kind", kind, "\"empty-bucket\"");
    let when = source.choice(table, "when", &[("create", When::Create), ("delete", When::Delete)]);
    let when = source.need(table, "when", when, "\"delete\"");
    let after = source.identifiers(table, "after");
    let before = source.identifiers(table, "before");
    let only_if = source.logical_id(table, "only_if");
    let why = source.text(table, "why");
    let kind = step_kind(source, table, kind?);
    if let (Some(kind), Some(when)) = (&kind, when) {
        let fits = match kind {
            StepKind::ManagedKey { .. } | StepKind::GlobalWriterEndpoint { .. } | StepKind::SecureParameter { .. } => {
                When::Create
            }
            StepKind::DeleteParameter { .. }
            | StepKind::EmptyBucket { .. }
            | StepKind::EmptyVault { .. }
            | StepKind::ForeignRecords { .. } => When::Delete,
        };
        if fits != when {
            let line = source.key_line(table.entries, "when");
            let word = if fits == When::Create { "create" } else { "delete" };
            source.mistakes.add(
                line,
                format!("`{}` is no step of that time", kind.as_str()),
                format!("write when = \"{word}\""),
            );
        }
    }
    Some(Step { line: table.line, id: id?, when: when?, after, before, only_if, why, kind: kind? })
}

fn step_kind(source: &mut Source<'_>, table: &Table<'_>, kind: &str) -> Option<StepKind> {
    const EVERY: [&str; 7] = ["id", "kind", "when", "after", "before", "only_if", "why"];
    let own: &[&str] = match kind {
        "managed-key" => &["region", "alias"],
        "global-writer-endpoint" => &["region", "global_cluster"],
        "secure-parameter" => &["regions", "name", "length"],
        "delete-parameter" => &["regions", "name"],
        "empty-bucket" => &["region", "bucket", "stop_replication"],
        "empty-vault" => &["region", "vault"],
        _ => &["zone"],
    };
    let keys: Vec<&str> = EVERY.iter().chain(own).copied().collect();
    source.known_keys(table, &keys);
    let place = |source: &mut Source<'_>| {
        let found = source.place(table, "region");
        source.need(table, "region", found, "\"home\"")
    };
    let sides = |source: &mut Source<'_>| {
        let found = source.sides(table, "regions");
        source.need(table, "regions", found, "[\"home\", \"partner\"]")
    };
    let path = |source: &mut Source<'_>| {
        let found = source.needed_braced(table, "name", "\"/app/{EnvironmentSuffix}/key\"")?;
        if found.source.starts_with('/') {
            return Some(found);
        }
        source.mistakes.add(found.line, format!("`{}` is no path of Parameter Store", found.source), "begin it with /");
        None
    };
    Some(match kind {
        "managed-key" => {
            let alias =
                source.fitting(table, "alias", "alias/aws/[a-z0-9]+", "an alias of AWS's own", "write alias/aws/rds");
            let (region, alias) = (place(source), source.need(table, "alias", alias, "\"alias/aws/rds\""));
            StepKind::ManagedKey { region: region?, alias: alias? }
        }
        "global-writer-endpoint" => {
            let region = place(source);
            let global_cluster = source.needed_braced(table, "global_cluster", "\"{primary.GlobalClusterId}\"");
            StepKind::GlobalWriterEndpoint { region: region?, global_cluster: global_cluster? }
        }
        "secure-parameter" => {
            let (regions, name) = (sides(source), path(source));
            let length = source.count(table, "length", 16);
            let length = source.need(table, "length", length, "40")?;
            if length > 512 {
                let line = source.key_line(table.entries, "length");
                source.mistakes.add(line, "`length` is more than 512", "write 512 or less");
            }
            StepKind::SecureParameter { regions: regions?, name: name?, length: usize::try_from(length).unwrap_or(512) }
        }
        "delete-parameter" => {
            let (regions, name) = (sides(source), path(source));
            StepKind::DeleteParameter { regions: regions?, name: name? }
        }
        "empty-bucket" => {
            let region = place(source);
            let bucket = source.needed_braced(table, "bucket", "\"{primary.BucketName}\"");
            let stop_replication = source.flag(table, "stop_replication").unwrap_or(false);
            StepKind::EmptyBucket { region: region?, bucket: bucket?, stop_replication }
        }
        "empty-vault" => {
            let region = place(source);
            let vault = source.needed_braced(table, "vault", "\"{primary.VaultName}\"");
            StepKind::EmptyVault { region: region?, vault: vault? }
        }
        _ => StepKind::ForeignRecords { zone: source.needed_braced(table, "zone", "\"{global.ZoneId}\"")? },
    })
}

fn teardown(source: &mut Source<'_>, root: &Table<'_>) -> Teardown {
    let Some(table) = source.table(root, "teardown", "`teardown`") else { return Teardown::default() };
    source.known_keys(&table, &["aurora", "leftovers"]);
    let aurora = source.table(&table, "aurora", "`teardown.aurora`").and_then(|inner| {
        source.known_keys(&inner, &["global_cluster", "stacks"]);
        let global_cluster = source.needed_braced(&inner, "global_cluster", "\"{primary.GlobalClusterId}\"");
        let stacks = source.identifiers(&inner, "stacks");
        if stacks.len() != 2 {
            let what = "`teardown.aurora` does not name two stacks";
            source.mistakes.add(inner.line, what, "name the stacks of the two clusters");
        }
        Some(AuroraTeardown { line: inner.line, global_cluster: global_cluster?, stacks })
    });
    let leftovers =
        source.tables(&table, "leftovers", "a leftover").iter().filter_map(|inner| leftover(source, inner)).collect();
    Teardown { aurora, leftovers }
}

fn leftover(source: &mut Source<'_>, table: &Table<'_>) -> Option<Leftover> {
    source.known_keys(table, &["kind", "region", "name"]);
    let kinds = LeftoverKind::ALL.map(|kind| (kind.as_str(), kind));
    let kind = source.choice(table, "kind", &kinds);
    let kind = source.need(table, "kind", kind, "\"log-group\"");
    let regions: &[(&str, &[Side])] = &[("home", &[Side::Home]), ("partner", &[Side::Partner]), ("both", &Side::BOTH)];
    let region = source.choice(table, "region", regions);
    let region = source.need(table, "region", region, "\"both\"");
    let name = source.needed_braced(table, "name", "\"name-{EnvironmentSuffix}\"");
    Some(Leftover { line: table.line, kind: kind?, regions: region?.to_vec(), name: name? })
}

fn refusal(source: &mut Source<'_>, table: &Table<'_>) -> Option<Refusal> {
    source.known_keys(table, &["stack", "resource", "says", "because", "retry"]);
    let (stack, resource) = resource_of(source, table);
    let says = source.needed_text(table, "says", "\"what AWS says\"");
    let because = source.needed_text(table, "because", "\"why\"");
    let retry = duration_text(source, table, "retry");
    let retry = source.need(table, "retry", retry, "\"5m\"");
    let length = retry.as_deref().and_then(duration);
    if let (Some(text), None) = (&retry, length) {
        let line = source.key_line(table.entries, "retry");
        source.mistakes.add(line, format!("`{text}` is longer than anybody waits"), "write a shorter time");
    }
    Some(Refusal {
        line: table.line,
        stack: stack?,
        resource: resource?,
        says: says?,
        because: because?,
        retry: length?,
    })
}

fn drift(source: &mut Source<'_>, table: &Table<'_>) -> Option<ExpectedDrift> {
    source.known_keys(table, &["stack", "resource", "paths", "because"]);
    let (stack, resource) = resource_of(source, table);
    let because = source.needed_text(table, "because", "\"why\"");
    let paths = source.texts(table, "paths");
    if paths.is_empty() || paths.iter().any(|(path, _)| !path.starts_with('/')) {
        source.mistakes.add(table.line, "`paths` of an expected drift are no paths", "write paths = [\"/Property\"]");
    }
    let paths = paths.into_iter().map(|(path, _)| path).collect();
    Some(ExpectedDrift { line: table.line, stack: stack?, resource: resource?, paths, because: because? })
}

fn resource_of(source: &mut Source<'_>, table: &Table<'_>) -> (Option<String>, Option<String>) {
    let stack = source.identifier(table, "stack");
    let stack = source.need(table, "stack", stack, "\"primary\"");
    let resource = source.logical_id(table, "resource");
    (stack, source.need(table, "resource", resource, "\"Bucket\""))
}

fn outputs(source: &mut Source<'_>, root: &Table<'_>) -> Option<Outputs> {
    let table = source.table(root, "outputs", "`outputs`");
    let table = source.need(root, "outputs", table, "a table: [outputs] and [outputs.keys]")?;
    source.known_keys(&table, &["files", "keys", "environment"]);
    source.need(&table, "files", table.entries.get("files"), "[\"flat-outputs.json\"]");
    let files = source.texts(&table, "files");
    let files = files.iter().filter_map(|(text, line)| source.braced_of(text, *line)).collect();
    let mut found = Outputs { files, ..Outputs::default() };
    let keys = source.table(&table, "keys", "`outputs.keys`");
    if let Some(keys) = source.need(&table, "keys", keys, "a table: [outputs.keys]") {
        for (key, item) in keys.entries.iter() {
            let form = if item.as_array().is_some() {
                let texts = source.texts(&keys, key);
                let braced = texts.iter().filter_map(|(text, line)| source.braced_of(text, *line));
                Some(OutputForm::List(braced.collect()))
            } else {
                source.braced(&keys, key).map(OutputForm::One)
            };
            found.keys.extend(form.map(|form| (key.to_owned(), form)));
        }
    }
    if let Some(environment) = source.table(&table, "environment", "`outputs.environment`") {
        for (key, _) in environment.entries.iter() {
            let name = source.fitting(
                &environment,
                key,
                "[A-Z][A-Z0-9_]*",
                "the name of a variable",
                "use capital letters, digits and underscores",
            );
            found.environment.extend(name.map(|name| (key.to_owned(), name)));
        }
    }
    Some(found)
}

fn deployment_if(source: &mut Source<'_>, table: &Table<'_>) -> Option<DeploymentIf> {
    let parameter = source.logical_id(table, "parameter");
    let parameter = source.need(table, "parameter", parameter, "\"StandbyAlarms\"");
    let unless = source.logical_id(table, "unless");
    let adds: Form = source.form_of_table(table, &["parameter", "unless"]);
    Some(DeploymentIf { line: table.line, parameter: parameter?, unless, adds })
}

fn modules(source: &mut Source<'_>, root: &Table<'_>) -> Vec<Module> {
    let Some(table) = source.table(root, "modules", "`modules`") else { return Vec::new() };
    let mut found = Vec::new();
    for (name, _) in table.entries.iter() {
        let mut resources = Vec::new();
        for (text, line) in source.texts(&table, name) {
            match text.split_once('.') {
                Some((stack, id)) if is_identifier(stack) && crate::template::is_logical_id(id) => {
                    let resource = (stack.to_owned(), id.to_owned());
                    if resources.contains(&resource) {
                        source.mistakes.add(line, format!("`{text}` is named twice in `{name}`"), "leave one out");
                    }
                    resources.push(resource);
                }
                _ => source.mistakes.add(line, format!("`{text}` is no resource of a stack"), "write stack.Resource"),
            }
        }
        found.push(Module { name: name.to_owned(), line: source.key_line(table.entries, name), resources });
    }
    found
}

fn counts(source: &mut Source<'_>, root: &Table<'_>) -> Option<Counts> {
    const NUMBERS: [&str; 4] = ["home", "partner", "global", "total"];
    const STACKS: [&str; 3] = ["home_stacks", "partner_stacks", "global_stacks"];
    const TEXTS: [&str; 2] = ["also", "without"];
    let table = source.table(root, "counts", "`counts`")?;
    let keys: Vec<&str> = NUMBERS.iter().chain(&STACKS).chain(&TEXTS).copied().chain(["beyond_stacks"]).collect();
    source.known_keys(&table, &keys);
    for key in STACKS.iter().chain(&TEXTS) {
        source.need(&table, key, table.entries.get(key), "[]");
    }
    let [home, partner, global, total] = NUMBERS.map(|key| {
        let count = source.count(&table, key, 0);
        source.need(&table, key, count, "1").and_then(|count| usize::try_from(count).ok())
    });
    let [home_stacks, partner_stacks, global_stacks] = STACKS.map(|key| source.identifiers(&table, key));
    let beyond_stacks = source.identifiers(&table, "beyond_stacks");
    let [also, without] = TEXTS.map(|key| source.plain_texts(&table, key));
    Some(Counts {
        line: table.line,
        home: home?,
        partner: partner?,
        global: global?,
        total: total?,
        home_stacks,
        partner_stacks,
        global_stacks,
        beyond_stacks,
        also,
        without,
    })
}

fn cost(source: &mut Source<'_>, table: &Table<'_>) -> Option<CostEstimate> {
    source.known_keys(table, &["what", "usd_month", "usd_month_from", "usd_month_to"]);
    let what = source.needed_text(table, "what", "\"NAT gateways\"");
    let one = source.number(table, "usd_month");
    let range = (source.number(table, "usd_month_from"), source.number(table, "usd_month_to"));
    let (from, to) = match (one, range) {
        (Some(one), (None, None)) => (one, one),
        (None, (Some(from), Some(to))) => (from, to),
        _ => {
            let fix = "write usd_month, or usd_month_from and usd_month_to";
            source.mistakes.add(table.line, "a cost has not one amount", fix);
            return None;
        }
    };
    Some(CostEstimate { line: table.line, what: what?, usd_month_from: from, usd_month_to: to })
}
