//! A deployment as its section of the configuration: what `import` prints and adds, and `config show`
//! shows. The reader's other half: what is written here reads back as it was.

use std::time::Duration;

use jiff::SignedDuration;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use lifeboat_model::id::Region;
use lifeboat_model::topology::{ApiTarget, Deployment, InRegion};

use crate::config::file::{Access, Discover};
use crate::config::schema::{self, VERSION};

mod acting;

/// A list longer than this on one line is broken into lines.
const LINE: usize = 100;

/// The section's keys and values.
pub(crate) fn section(deployment: &Deployment, access: &Access, discover: Option<&Discover>) -> Table {
    let mut table = Table::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            table.insert(key, Item::Value(value));
        }
    };
    put("blueprint", deployment.blueprint.map(|blueprint| blueprint.as_str().into()));
    put("home", Some(deployment.regions.home.as_str().into()));
    put("partner", Some(deployment.regions.partner.as_str().into()));
    put("account", deployment.account.as_ref().map(|account| account.as_str().into()));
    put("access", access.read_only.then(|| schema::READ_ONLY.into()));
    put("profile", access.profile.as_deref().map(Value::from));
    put("role_arn", access.role_arn.as_ref().map(|arn| arn.as_str().into()));
    put("endpoint_urls", pairs(access.endpoint_urls.iter().map(|(region, url)| (region.as_str(), url.as_str()))));
    put("objectives", objectives(deployment));
    put("public_name", deployment.public_name.as_ref().map(|name| name.as_str().into()));
    put("aurora", pairs(deployment.global_cluster.iter().map(|id| ("global_cluster", id.as_str()))));
    put("dynamodb", within("tables", strings(deployment.tables.iter().map(AsRef::as_ref))));
    put("s3", buckets(deployment));
    put(
        "health_checks",
        list(deployment.health_checks.iter().map(|check| {
            let watches = check.watches.as_ref().map(|region| ("watches", region.as_str()));
            pairs([("id", check.id.as_str())].into_iter().chain(watches))
        })),
    );
    put(
        "records",
        list(
            deployment
                .records
                .iter()
                .map(|record| pairs([("zone", record.zone.as_str()), ("name", record.name.as_str())])),
        ),
    );
    put("resolvers", strings(access.resolvers.iter().map(ToString::to_string)));
    put("alarms", alarms(deployment));
    put(
        "load_balancers",
        list(deployment.load_balancers.iter().map(|balancer| {
            let group = balancer.target_group.as_ref().map(|arn| ("target_group", arn.as_str()));
            pairs([("arn", balancer.arn.as_str())].into_iter().chain(group))
        })),
    );
    put("apis", list(deployment.apis.iter().map(api)));
    put("functions", regional(deployment, &deployment.functions));
    put("accelerators", strings(deployment.accelerators.iter().map(AsRef::as_ref)));
    put("parameters", parameters(deployment));
    put("stacks", regional(deployment, &deployment.stacks));
    put("vaults", regional(deployment, &deployment.vaults));
    put("scaling_groups", regional(deployment, &deployment.scaling_groups));
    put(
        "quotas",
        list(
            deployment
                .quotas
                .iter()
                .map(|quota| pairs([("service", quota.service_code.as_str()), ("code", quota.quota_code.as_str())])),
        ),
    );
    put(
        "probes",
        list(deployment.probes.iter().map(|probe| {
            let region = probe.region.as_ref().map(|region| ("region", region.as_str()));
            pairs([("url", probe.url.as_str())].into_iter().chain(region))
        })),
    );
    acting::put(deployment, &mut put);
    put("discover", discover.and_then(|discover| self::discover(deployment, discover)));
    break_long_lines(&mut table);
    table
}

/// The section with its head, as a file of its own would hold it.
pub(crate) fn text(deployment: &Deployment, access: &Access, discover: Option<&Discover>) -> String {
    let mut document = DocumentMut::new();
    document.insert("deployments", Item::Table(parent(deployment, section(deployment, access, discover))));
    document.to_string()
}

fn parent(deployment: &Deployment, section: Table) -> Table {
    let mut deployments = Table::new();
    deployments.set_implicit(true);
    deployments.insert(deployment.name.as_str(), Item::Table(section));
    deployments
}

/// Why a section could not be added to a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CannotAdd {
    #[error("the file is not TOML: {0}")]
    NotToml(String),
    #[error("the file has a deployment `{0}` already")]
    Exists(String),
    #[error("`deployments` is not written as tables")]
    OtherForm,
}

/// `file` with the deployment added at its end; everything that stood there stays as it was, comments included.
pub(crate) fn add(file: &str, deployment: &Deployment, access: &Access) -> Result<String, CannotAdd> {
    let mut document: DocumentMut = file.parse().map_err(|error: toml_edit::TomlError| {
        CannotAdd::NotToml(error.message().lines().next().unwrap_or_default().to_owned())
    })?;
    if document.get("version").is_none() {
        document.insert("version", Item::Value(VERSION.into()));
    }
    let name = deployment.name.as_str();
    let added = section(deployment, access, None);
    match document.get_mut("deployments") {
        None => {
            document.insert("deployments", Item::Table(parent(deployment, added)));
        }
        Some(Item::Table(deployments)) => {
            if deployments.contains_key(name) {
                return Err(CannotAdd::Exists(name.to_owned()));
            }
            deployments.insert(name, Item::Table(added));
        }
        Some(_) => return Err(CannotAdd::OtherForm),
    }
    if let Some(Item::Table(added)) =
        document.get_mut("deployments").and_then(Item::as_table_mut).and_then(|deployments| deployments.get_mut(name))
    {
        added.decor_mut().set_prefix("\n");
    }
    Ok(document.to_string())
}

/// Puts a comment behind every key of a section.
pub(crate) fn annotate(section: &mut Table, comment: impl Fn(&str) -> String) {
    for (key, item) in section.iter_mut() {
        if let Item::Value(value) = item {
            value.decor_mut().set_suffix(format!("  # {}", comment(key.get())));
        }
    }
}

fn objectives(deployment: &Deployment) -> Option<Value> {
    let objectives = &deployment.objectives;
    let by_store = objectives.rpo_by_store.iter().map(|(kind, rpo)| (schema::rpo_key(*kind), Some(*rpo)));
    let rest = [("rto", objectives.rto), ("expected_promotion", objectives.expected_promotion)];
    let stated = std::iter::once(("rpo", objectives.rpo)).chain(by_store).chain(rest);
    let lengths: Vec<(&str, String)> =
        stated.filter_map(|(key, length)| length.map(|length| (key, self::length(length)))).collect();
    pairs(lengths.iter().map(|(key, length)| (*key, length.as_str())))
}

/// A length as the configuration has it: `1s`, `2m`, `1h 30m`.
pub(crate) fn length(length: Duration) -> String {
    SignedDuration::try_from(length).map_or_else(|_| format!("{}s", length.as_secs()), |length| format!("{length:#}"))
}

fn buckets(deployment: &Deployment) -> Option<Value> {
    let regions = &deployment.regions;
    list(deployment.buckets.iter().map(|pair| {
        let usual = pair.source.region == regions.home && pair.destination.region == regions.partner;
        let names = [("source", pair.source.name.as_str()), ("destination", pair.destination.name.as_str())];
        let places =
            [("source_region", pair.source.region.as_str()), ("destination_region", pair.destination.region.as_str())];
        pairs(names.into_iter().chain(places.into_iter().filter(|_| !usual)))
    }))
}

fn alarms(deployment: &Deployment) -> Option<Value> {
    let selection = &deployment.alarms;
    let mut table = InlineTable::new();
    for (key, names) in [("prefixes", &selection.prefixes), ("names", &selection.names)] {
        if let Some(names) = strings(names) {
            table.insert(key, names);
        }
    }
    (!table.is_empty()).then_some(Value::InlineTable(table))
}

fn api(api: &ApiTarget) -> Option<Value> {
    match api {
        ApiTarget::Rest { region, api_name, stage } => {
            pairs([("region", region.as_str()), ("rest", api_name.as_str()), ("stage", stage.as_str())])
        }
        ApiTarget::Http { region, api_id } => pairs([("region", region.as_str()), ("http", api_id.as_str())]),
    }
}

fn parameters(deployment: &Deployment) -> Option<Value> {
    let mut table = InlineTable::new();
    table.insert("paths", strings(deployment.parameter_paths.iter().map(AsRef::as_ref))?);
    if deployment.compare_secure_parameters {
        table.insert("compare_secure", true.into());
    }
    Some(Value::InlineTable(table))
}

/// One list where both regions have the same names, else a list for each region.
fn regional<N: AsRef<str>>(deployment: &Deployment, names: &[InRegion<N>]) -> Option<Value> {
    let of = |region: &Region| -> Vec<&str> {
        names.iter().filter(|one| one.region == *region).map(|one| one.name.as_ref()).collect()
    };
    let (home, partner) = (of(&deployment.regions.home), of(&deployment.regions.partner));
    if home == partner {
        return strings(home);
    }
    let mut table = InlineTable::new();
    for (region, names) in [(&deployment.regions.home, home), (&deployment.regions.partner, partner)] {
        if let Some(names) = strings(names) {
            table.insert(region.as_str(), names);
        }
    }
    (!table.is_empty()).then_some(Value::InlineTable(table))
}

fn discover(deployment: &Deployment, discover: &Discover) -> Option<Value> {
    match discover {
        Discover::Stacks(stacks) => within("stacks", regional(deployment, stacks)),
        Discover::Tag { key, value } => pairs([("tag", format!("{key}={value}").as_str())]),
        Discover::Outputs(path) => pairs([("outputs", path.to_string_lossy().as_ref())]),
    }
}

fn within(key: &str, value: Option<Value>) -> Option<Value> {
    let mut table = InlineTable::new();
    table.insert(key, value?);
    Some(Value::InlineTable(table))
}

fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Value> {
    let table: InlineTable = pairs.into_iter().collect();
    (!table.is_empty()).then_some(Value::InlineTable(table))
}

fn strings<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Option<Value> {
    let array: Array = names.into_iter().map(|name| Value::from(name.as_ref())).collect();
    (!array.is_empty()).then_some(Value::Array(array))
}

fn list(values: impl Iterator<Item = Option<Value>>) -> Option<Value> {
    let array: Array = values.flatten().collect();
    (!array.is_empty()).then_some(Value::Array(array))
}

fn break_long_lines(table: &mut Table) {
    for (key, item) in table.iter_mut() {
        let length = key.get().len() + item.to_string().len();
        if let Item::Value(Value::Array(array)) = item
            && length > LINE
        {
            for value in array.iter_mut() {
                value.decor_mut().set_prefix("\n    ");
            }
            array.set_trailing("\n");
            array.set_trailing_comma(true);
        }
    }
}
