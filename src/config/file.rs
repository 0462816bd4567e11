//! What a configuration file says: text to deployments and settings, with every mistake found in one
//! pass. Nothing is merged here, and nothing is read but the text.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::path::PathBuf;

use toml::de::{DeTable, DeValue};
use url::Url;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::id::{
    AccountId, Arn, BucketName, DeploymentName, DnsName, GlobalClusterId, HealthCheckId, ParameterName, Region,
    StackName, TableName, ZoneId,
};
use lifeboat_model::objective::Objectives;
use lifeboat_model::read::Tempo;
use lifeboat_model::topology::{
    AlarmSelection, ApiTarget, Blueprint, BucketPair, Deployment, HealthCheckTarget, InRegion, LoadBalancerKind,
    LoadBalancerTarget, ProbeTarget, QuotaTarget, RecordTarget, RegionPair,
};

use crate::config::Notices;
use crate::config::diagnostic::{Diagnostics, Place, suggest};
use crate::config::reader::{Said, Table, arn, describe, region};
use crate::config::schema;

mod acting;

/// What the file says, and nothing that it does not.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FileConfig {
    pub(crate) deployment: Option<Said<String>>,
    pub(crate) theme: Option<Said<String>>,
    pub(crate) ascii: Option<Said<bool>>,
    pub(crate) color: Option<Said<bool>>,
    pub(crate) utc: Option<Said<bool>>,
    pub(crate) notices: Option<Said<Notices>>,
    pub(crate) tempo: Option<Said<Tempo>>,
    /// In the order of the file.
    pub(crate) deployments: Vec<DeploymentEntry>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeploymentEntry {
    pub(crate) deployment: Deployment,
    pub(crate) access: Access,
    pub(crate) discover: Option<Discover>,
    /// The runbooks that its schedules name, each where it stands.
    pub(crate) scheduled: Vec<Said<String>>,
    /// The line on which each of its keys stands.
    pub(crate) lines: BTreeMap<String, usize>,
    pub(crate) span: Range<usize>,
}

/// How AWS is reached for a deployment, where AWS's own chain is not enough, and whether only to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    /// Nothing is to be changed there, whatever the session may elsewhere.
    pub(crate) read_only: bool,
    pub(crate) profile: Option<String>,
    pub(crate) role_arn: Option<Arn>,
    pub(crate) endpoint_urls: BTreeMap<Region, String>,
    pub(crate) resolvers: Vec<SocketAddr>,
}

/// Where more of the deployment's resources are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Discover {
    Stacks(Vec<InRegion<StackName>>),
    Tag {
        key: String,
        value: String,
    },
    /// Relative to the configuration's folder.
    Outputs(PathBuf),
}

/// Reads the whole text. The configuration is complete only when no diagnostic is an error.
pub(crate) fn parse(text: &str) -> (FileConfig, Diagnostics) {
    let mut out = Diagnostics::default();
    let (document, mistakes) = DeTable::parse_recoverable(text);
    for mistake in &mistakes {
        let span = mistake.span().unwrap_or(0..0);
        let message = mistake.message().lines().collect::<Vec<_>>().join(", ");
        let fix = message.contains("duplicate").then(|| "each key and each table stands once: remove one".to_owned());
        out.error(span, message, fix);
    }
    if !mistakes.is_empty() {
        out.forgive_absences();
    }
    let top = Table::open(&schema::TOP, schema::TOP.title.to_owned(), document.get_ref(), 0..0, &mut out);
    version(&top, &mut out);
    let mut config = FileConfig { deployment: top.text("deployment", &mut out), ..FileConfig::default() };
    console(&top, &mut config, &mut out);
    config.deployments = deployments(&top, text, &mut out);
    if let Some(chosen) = &config.deployment {
        known_deployment(chosen, &top, &mut out);
    }
    // On a line that is not TOML, what else seems wrong is the same mistake seen again.
    let line = |span: &Range<usize>| Place::of(text, span.start).line;
    let broken: Vec<usize> = mistakes.iter().filter_map(toml::de::Error::span).map(|span| line(&span)).collect();
    out.retain(|diagnostic, number| number < mistakes.len() || !broken.contains(&line(&diagnostic.span)));
    (config, out)
}

fn version(top: &Table<'_>, out: &mut Diagnostics) {
    match top.value("version") {
        None => out.absent(
            0..0,
            "the file does not say its version",
            format!("begin it with `version = {}`", schema::VERSION),
        ),
        Some(value) => {
            let known = matches!(value.get_ref(), DeValue::Integer(number) if number.to_string() == schema::VERSION.to_string());
            if !known {
                out.error(
                    value.span(),
                    format!(
                        "`version` is {}, and this program reads version {}",
                        describe(value.get_ref()),
                        schema::VERSION
                    ),
                    format!("write `version = {}`, or use the Lifeboat the file was written for", schema::VERSION),
                );
            }
        }
    }
}

fn console(top: &Table<'_>, config: &mut FileConfig, out: &mut Diagnostics) {
    let Some(table) = top.table("console", &schema::CONSOLE, out) else { return };
    config.theme = table.text("theme", out);
    config.ascii = table.flag("ascii", out);
    config.color = table.flag("color", out);
    config.utc = table.flag("utc", out);
    config.notices = table.text("notices", out).and_then(|said| {
        said.and_then(|text, span| {
            let known = Notices::ALL.into_iter().find(|notices| notices.as_str() == text);
            if known.is_none() {
                let hint = suggest(&text, Notices::ALL.map(Notices::as_str));
                out.error(span.clone(), format!("`{text}` is no way to be called"), hint);
            }
            known
        })
    });
    config.tempo = table.text("tempo", out).and_then(|said| {
        said.and_then(|text, span| match text.as_str() {
            "calm" => Some(Tempo::Calm),
            "fast" => Some(Tempo::Fast),
            other => {
                out.error(span.clone(), format!("`{other}` is not a tempo"), suggest(other, ["calm", "fast"]));
                None
            }
        })
    });
}

fn deployments(top: &Table<'_>, text: &str, out: &mut Diagnostics) -> Vec<DeploymentEntry> {
    let Some(value) = top.value("deployments") else { return Vec::new() };
    let DeValue::Table(table) = value.get_ref() else {
        let message = format!("`deployments` must hold tables, and is {}", describe(value.get_ref()));
        out.error(value.span(), message, "write `[deployments.NAME]`, a table for each deployment".to_owned());
        return Vec::new();
    };
    let mut entries = Vec::new();
    for (name, value) in table {
        let title = format!("[deployments.{}]", name.get_ref());
        if !is_deployment_name(name.get_ref()) {
            out.error(
                name.span(),
                format!("`{}` cannot name a deployment", name.get_ref()),
                "use letters, digits, `-`, `_` and `.`, at most 64 of them".to_owned(),
            );
        }
        match value.get_ref() {
            DeValue::Table(inner) => {
                let table = Table::open(&schema::DEPLOYMENT, title, inner, name.span(), out);
                let lines = inner
                    .keys()
                    .map(|key| (key.get_ref().to_string(), Place::of(text, key.span().start).line))
                    .collect();
                if let Some(mut entry) = deployment(name.get_ref(), &table, out) {
                    entry.lines = lines;
                    entries.push(entry);
                }
            }
            other => out.error(
                value.span(),
                format!("{title} must be a table, and is {}", describe(other)),
                format!("write `{title}` on a line of its own, and its keys below"),
            ),
        }
    }
    entries.sort_by_key(|entry| entry.span.start);
    entries
}

pub(crate) fn is_deployment_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn known_deployment(chosen: &Said<String>, top: &Table<'_>, out: &mut Diagnostics) {
    let Some(DeValue::Table(table)) = top.value("deployments").map(toml::Spanned::get_ref) else {
        out.error(
            chosen.span.clone(),
            format!("there is no deployment `{}` in this file", chosen.value),
            "remove the line: without deployments the simulator is shown".to_owned(),
        );
        return;
    };
    if !table.contains_key(chosen.value.as_str()) {
        let names: Vec<&str> = table.keys().map(|key| key.get_ref().as_ref()).collect();
        out.error(
            chosen.span.clone(),
            format!("there is no deployment `{}` in this file", chosen.value),
            suggest(&chosen.value, names),
        );
    }
}

/// Reads the parts of one deployment; each method reads one key.
struct Parts<'t, 'a, 'd> {
    table: &'t Table<'a>,
    /// `None` while either region is missing or malformed: what depends on them is then not judged.
    pair: Option<RegionPair>,
    account: Option<AccountId>,
    out: &'d mut Diagnostics,
}

fn deployment(name: &str, table: &Table<'_>, out: &mut Diagnostics) -> Option<DeploymentEntry> {
    let pair = region_pair(table, out);
    let account = account(table, out);
    let mut parts = Parts { table, pair, account, out };
    let blueprint = parts.blueprint();
    let access = parts.access();
    let objectives = parts.objectives();
    let public_name = parts.table.text("public_name", parts.out).and_then(|said| parts.dns_name(&said));
    let global_cluster = parts.global_cluster();
    let tables = parts.tables();
    let buckets = parts.buckets();
    let health_checks = parts.health_checks();
    let records = parts.records();
    let alarms = parts.alarms();
    let load_balancers = parts.load_balancers();
    let apis = parts.apis();
    let functions = parts.regional("functions");
    let accelerators = parts.accelerators();
    let (parameter_paths, compare_secure_parameters) = parts.parameters();
    let stacks = parts.regional("stacks");
    let vaults = parts.regional("vaults");
    let scaling_groups = parts.regional("scaling_groups");
    let quotas = parts.quotas();
    let probes = parts.probes();
    let acting::Acting { canary, active_parameter, takeovers, topics, replication_role, policy } =
        parts.acting(&health_checks);
    let scheduled = parts.scheduled();
    let discover = parts.discover();
    let account = parts.account.clone();
    let regions = parts.pair.clone()?;
    let deployment = Deployment {
        name: DeploymentName::from(name),
        blueprint,
        account,
        regions,
        objectives,
        public_name,
        global_cluster,
        tables,
        buckets,
        health_checks,
        records,
        alarms,
        load_balancers,
        apis,
        functions,
        accelerators,
        parameter_paths,
        compare_secure_parameters,
        stacks,
        vaults,
        scaling_groups,
        quotas,
        probes,
        canary,
        active_parameter,
        takeovers,
        topics,
        replication_role,
        policy,
    };
    let states_some =
        schema::DEPLOYMENT.names().filter(|key| WATCHED.contains(key)).any(|key| table.value(key).is_some());
    if !states_some {
        out.absent(
            table.span(),
            format!("{} names nothing to watch", table.title()),
            "add what it consists of (`aurora`, `dynamodb`, `s3`, `health_checks`, …), or `discover`; \
             `lifeboat import FILE` writes it from an outputs file"
                .to_owned(),
        );
    }
    Some(DeploymentEntry { deployment, access, discover, scheduled, lines: BTreeMap::new(), span: table.span() })
}

/// The keys of which a deployment needs at least one.
const WATCHED: &[&str] = &[
    "aurora",
    "dynamodb",
    "s3",
    "health_checks",
    "records",
    "alarms",
    "load_balancers",
    "apis",
    "functions",
    "accelerators",
    "parameters",
    "stacks",
    "vaults",
    "scaling_groups",
    "probes",
    "discover",
];

fn region_pair(table: &Table<'_>, out: &mut Diagnostics) -> Option<RegionPair> {
    let home = table.region("home", out);
    let partner = table.region("partner", out);
    let home = table.need("home", home, out);
    let partner = table.need("partner", partner, out);
    let (home, partner) = (home?, partner?);
    if home.value == partner.value {
        out.error(
            partner.span,
            format!("`home` and `partner` are both `{}`", home.value),
            "name two regions: one cannot stand in for itself".to_owned(),
        );
        return None;
    }
    Some(RegionPair { home: home.value, partner: partner.value })
}

fn account(table: &Table<'_>, out: &mut Diagnostics) -> Option<AccountId> {
    let said = table.text("account", out)?;
    if AccountId::is_well_formed(&said.value) {
        return Some(AccountId::from(said.value));
    }
    out.error(
        said.span,
        format!("`{}` is not an account number", said.value),
        "write all twelve digits in quotes, zeros in front included, without dashes".to_owned(),
    );
    None
}

impl Parts<'_, '_, '_> {
    fn blueprint(&mut self) -> Option<Blueprint> {
        let said = self.table.text("blueprint", self.out)?;
        let blueprint = Blueprint::parse(&said.value);
        if blueprint.is_none() {
            let fix = suggest(&said.value, Blueprint::ALL.map(Blueprint::as_str));
            self.out.error(said.span, format!("there is no blueprint `{}`", said.value), fix);
        }
        blueprint
    }

    fn access(&mut self) -> Access {
        let read_only = self.table.text("access", self.out).is_some_and(|said| {
            let known = said.value == schema::READ_ONLY;
            if !known {
                self.out.error(
                    said.span,
                    format!("`{}` is no access that can be given here", said.value),
                    "write `access = \"read-only\"`, or leave it out: `--operate` gives more, session by session"
                        .to_owned(),
                );
            }
            known
        });
        let profile = self.table.text("profile", self.out).map(|said| said.value);
        let example = "arn:aws:iam::123456789012:role/lifeboat-read";
        let role_arn =
            self.table.text("role_arn", self.out).and_then(|said| arn(&said, "iam", "role/", example, self.out));
        let mut endpoint_urls = BTreeMap::new();
        for (name, url) in self.table.named_texts("endpoint_urls", self.out) {
            let Some(region) = region(&name.value, &name.span, self.out) else { continue };
            if self.web_address(&url).is_some() {
                endpoint_urls.insert(region, url.value);
            }
        }
        let mut resolvers = Vec::new();
        for said in self.table.texts("resolvers", self.out) {
            let address = said.value.parse::<SocketAddr>().ok();
            let address = address.or_else(|| said.value.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53)));
            match address {
                Some(address) => resolvers.push(address),
                None => self.out.error(
                    said.span,
                    format!("`{}` is not the address of a resolver", said.value),
                    "write an IP address, with a port where it is not 53: `1.1.1.1`, `127.0.0.1:5353`".to_owned(),
                ),
            }
        }
        Access { read_only, profile, role_arn, endpoint_urls, resolvers }
    }

    fn objectives(&mut self) -> Objectives {
        let Some(table) = self.table.table("objectives", &schema::OBJECTIVES, self.out) else {
            return Objectives::default();
        };
        let rto = table.length("rto", self.out);
        if let Some(said) = rto.as_ref().filter(|said| said.value.is_zero()) {
            self.out.error(
                said.span.clone(),
                "an RTO of zero cannot be met",
                "write the longest outage that is allowed, such as `2m`".to_owned(),
            );
        }
        let mut rpo_of = |key| table.length(key, self.out).map(|said| said.value);
        Objectives {
            rpo: rpo_of("rpo"),
            rpo_by_store: StoreKind::ALL
                .into_iter()
                .filter_map(|kind| Some((kind, rpo_of(schema::rpo_key(kind))?)))
                .collect(),
            rto: rto.map(|said| said.value),
            expected_promotion: table.length("expected_promotion", self.out).map(|said| said.value),
        }
    }

    fn dns_name(&mut self, said: &Said<String>) -> Option<DnsName> {
        let name = said.value.trim_end_matches('.');
        let fine = name.contains('.')
            && name.len() <= 253
            && name.split('.').all(|label| {
                (1..=63).contains(&label.len())
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_*".contains(&byte))
            });
        if !fine {
            let fix = if said.value.contains("://") {
                "write the host alone, without `https://` and path"
            } else {
                "write a full name, such as `api.payments.acme.org`"
            };
            self.out.error(said.span.clone(), format!("`{}` is not a DNS name", said.value), fix.to_owned());
            return None;
        }
        let name = DnsName::normal(name);
        if let Some(reserved) = reserved(&name) {
            self.out.warning(
                said.span.clone(),
                format!(
                    "`{reserved}` is reserved: Route 53 refuses to hold a zone of it, so this name leads nowhere on AWS"
                ),
                "use a domain of your own".to_owned(),
            );
        }
        Some(name)
    }

    fn global_cluster(&mut self) -> Option<GlobalClusterId> {
        let table = self.table.table("aurora", &schema::AURORA, self.out)?;
        let said = table.text("global_cluster", self.out);
        let said = table.need("global_cluster", said, self.out)?;
        if said.value.starts_with("arn:") || said.value.contains('.') {
            self.out.error(
                said.span,
                format!("`{}` is not a global cluster's identifier", said.value),
                "write its identifier alone, as `aws rds describe-global-clusters` shows it".to_owned(),
            );
            return None;
        }
        Some(GlobalClusterId::from(said.value))
    }

    fn tables(&mut self) -> Vec<TableName> {
        let Some(table) = self.table.table("dynamodb", &schema::DYNAMODB, self.out) else { return Vec::new() };
        let names = table.texts("tables", self.out);
        let present = table.value("tables").map(|_| ());
        table.need("tables", present, self.out);
        names
            .into_iter()
            .filter_map(|said| {
                let fine = (3..=255).contains(&said.value.len())
                    && said.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
                if !fine {
                    self.out.error(
                        said.span,
                        format!("`{}` is not a table's name", said.value),
                        "write the name alone, not its ARN: 3 to 255 letters, digits, `-`, `_` and `.`".to_owned(),
                    );
                }
                fine.then(|| TableName::from(said.value))
            })
            .collect()
    }

    /// A region that must be one of the deployment's.
    fn own_region(&mut self, said: &Said<String>) -> Option<Region> {
        let pair = self.pair.clone();
        let region = match (said.value.as_str(), &pair) {
            ("home", Some(pair)) => pair.home.clone(),
            ("partner", Some(pair)) => pair.partner.clone(),
            (text, _) => region(text, &said.span, self.out)?,
        };
        if let Some(pair) = pair.filter(|pair| !pair.contains(&region)) {
            self.out.error(
                said.span.clone(),
                format!("`{region}` is not a region of {}", self.table.title()),
                format!("its regions are `{}` and `{}`", pair.home, pair.partner),
            );
            return None;
        }
        Some(region)
    }

    fn bucket(&mut self, table: &Table<'_>, key: &str) -> Option<BucketName> {
        let said = table.text(key, self.out);
        let said = table.need(key, said, self.out)?;
        let name = &said.value;
        let ends = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let fine = (3..=63).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
            && ends(name.as_bytes().first())
            && ends(name.as_bytes().last());
        if !fine {
            self.out.error(
                said.span.clone(),
                format!("`{name}` is not a bucket's name"),
                "write the name alone: 3 to 63 lower-case letters, digits, `-` and `.`".to_owned(),
            );
        }
        fine.then(|| BucketName::from(said.value))
    }

    fn buckets(&mut self) -> Vec<BucketPair> {
        let mut pairs: Vec<BucketPair> = Vec::new();
        for table in self.table.tables("s3", &schema::S3, self.out) {
            let source = self.bucket(&table, "source");
            let destination = self.bucket(&table, "destination");
            let stated = |key: &str, parts: &mut Self| {
                table
                    .text(key, parts.out)
                    .and_then(|said| parts.own_region(&said).map(|region| Said::new(region, said.span)))
            };
            let from = stated("source_region", self);
            let to = stated("destination_region", self);
            let Some(pair) = self.pair.clone() else { continue };
            let from_region = match (&from, &to) {
                (Some(from), _) => from.value.clone(),
                (None, Some(to)) => pair.other(&to.value).unwrap_or(&pair.home).clone(),
                (None, None) => pair.home.clone(),
            };
            let to_region = match &to {
                Some(to) => to.value.clone(),
                None => pair.other(&from_region).unwrap_or(&pair.partner).clone(),
            };
            if from_region == to_region {
                self.out.error(
                    to.or(from).map_or(table.span(), |said| said.span),
                    format!("source and destination are both in `{from_region}`"),
                    "replication between the regions has its source in one and its destination in the other".to_owned(),
                );
                continue;
            }
            let (Some(source), Some(destination)) = (source, destination) else { continue };
            let same = format!("`{source}` to `{destination}` is listed twice in `s3`");
            if source == destination {
                self.out.error(
                    table.span(),
                    format!("`{source}` is both source and destination"),
                    "bucket names are unique in all of AWS: name two".to_owned(),
                );
                continue;
            }
            let replication = BucketPair {
                source: InRegion { region: from_region, name: source },
                destination: InRegion { region: to_region, name: destination },
            };
            if pairs.contains(&replication) {
                self.out.error(table.span(), same, "remove one".to_owned());
            } else {
                pairs.push(replication);
            }
        }
        pairs
    }

    fn health_checks(&mut self) -> Vec<HealthCheckTarget> {
        let mut checks: Vec<HealthCheckTarget> = Vec::new();
        for table in self.table.tables("health_checks", &schema::HEALTH_CHECK, self.out) {
            let id = table.text("id", self.out);
            let watches = table.text("watches", self.out).and_then(|said| self.own_region(&said));
            let Some(id) = table.need("id", id, self.out) else { continue };
            let fine =
                id.value.len() <= 64 && id.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !fine {
                self.out.error(
                    id.span,
                    format!("`{}` is not a health check's id", id.value),
                    "write the id that `aws route53 list-health-checks` shows, not a name or an ARN".to_owned(),
                );
            } else if checks.iter().any(|check| check.id.as_str() == id.value) {
                self.out.error(
                    id.span,
                    format!("`{}` is listed twice in `health_checks`", id.value),
                    "remove one".to_owned(),
                );
            } else {
                checks.push(HealthCheckTarget { id: HealthCheckId::from(id.value), watches });
            }
        }
        checks
    }

    fn records(&mut self) -> Vec<RecordTarget> {
        let mut records: Vec<RecordTarget> = Vec::new();
        for table in self.table.tables("records", &schema::RECORD, self.out) {
            let zone = table.text("zone", self.out);
            let name = table.text("name", self.out);
            let zone = table.need("zone", zone, self.out).and_then(|said| self.zone(&said));
            let name = table.need("name", name, self.out).and_then(|said| self.dns_name(&said));
            let (Some(zone), Some(name)) = (zone, name) else { continue };
            let record = RecordTarget { zone, name };
            if records.contains(&record) {
                self.out.error(
                    table.span(),
                    format!("`{}` is listed twice in `records`", record.name),
                    "remove one".to_owned(),
                );
            } else {
                records.push(record);
            }
        }
        records
    }

    fn zone(&mut self, said: &Said<String>) -> Option<ZoneId> {
        let id = said.value.trim_start_matches('/').trim_start_matches("hostedzone/");
        let fine =
            (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !fine {
            self.out.error(
                said.span.clone(),
                format!("`{}` is not a hosted zone's id", said.value),
                "write the id that `aws route53 list-hosted-zones` shows, such as `Z0123456789ABCDEFGHIJ`".to_owned(),
            );
        }
        fine.then(|| ZoneId::from(id))
    }

    fn alarms(&mut self) -> AlarmSelection {
        let Some(table) = self.table.table("alarms", &schema::ALARMS, self.out) else {
            return AlarmSelection::default();
        };
        let plain = |list: Vec<Said<String>>| list.into_iter().map(|said| said.value).collect::<Vec<String>>();
        let selection = AlarmSelection {
            prefixes: plain(table.texts("prefixes", self.out)),
            names: plain(table.texts("names", self.out)),
        };
        let neither = table.value("prefixes").is_none() && table.value("names").is_none();
        if neither {
            self.out.error(
                table.span(),
                format!("{} selects no alarm", table.title()),
                "add `prefixes = [\"payments-prod-\"]` or `names = [\"…\"]`".to_owned(),
            );
        }
        selection
    }

    /// An ARN of the deployment's own account and, where it has a region, of its regions.
    fn own_arn(&mut self, said: &Said<String>, service: &str, resource: &str, example: &str) -> Option<Arn> {
        let parsed = arn(said, service, resource, example, self.out)?;
        if let (Some(stated), Some(found)) = (&self.account, parsed.account())
            && *stated != found
        {
            self.out.error(
                said.span.clone(),
                format!("`{}` belongs to account {found}, and `account` is {stated}", said.value),
                "correct whichever is wrong".to_owned(),
            );
            return None;
        }
        match parsed.region() {
            None => Some(parsed),
            Some(region) => self.own_region(&Said::new(region.as_str().to_owned(), said.span.clone())).map(|_| parsed),
        }
    }

    fn load_balancers(&mut self) -> Vec<LoadBalancerTarget> {
        let mut targets: Vec<LoadBalancerTarget> = Vec::new();
        let [balancer_example, group_example] = ["arn", "target_group"]
            .map(|name| schema::LOAD_BALANCER.key(name).map(|key| key.example.trim_matches('"')).unwrap_or_default());
        for table in self.table.tables("load_balancers", &schema::LOAD_BALANCER, self.out) {
            let said = table.text("arn", self.out);
            let group = table
                .text("target_group", self.out)
                .and_then(|said| self.own_arn(&said, "elasticloadbalancing", "targetgroup/", group_example));
            let Some(said) = table.need("arn", said, self.out) else { continue };
            let Some(parsed) = self.own_arn(&said, "elasticloadbalancing", "loadbalancer/", balancer_example) else {
                continue;
            };
            let kind = match parsed.resource() {
                Some(resource) if resource.starts_with("loadbalancer/app/") => LoadBalancerKind::Application,
                Some(resource) if resource.starts_with("loadbalancer/net/") => LoadBalancerKind::Network,
                _ => {
                    self.out.error(
                        said.span,
                        format!("`{}` is neither an application nor a network load balancer", said.value),
                        "only `loadbalancer/app/…` and `loadbalancer/net/…` are watched".to_owned(),
                    );
                    continue;
                }
            };
            let Some(region) = parsed.region() else {
                self.out.error(said.span, "the ARN names no region", format!("for example `{balancer_example}`"));
                continue;
            };
            if targets.iter().any(|target| target.arn == parsed && target.target_group == group) {
                self.out.error(
                    said.span,
                    format!("`{}` is listed twice in `load_balancers`", said.value),
                    "remove one".to_owned(),
                );
            } else {
                targets.push(LoadBalancerTarget { region, kind, arn: parsed, target_group: group });
            }
        }
        targets
    }

    fn apis(&mut self) -> Vec<ApiTarget> {
        let mut apis: Vec<ApiTarget> = Vec::new();
        for table in self.table.tables("apis", &schema::API, self.out) {
            let region = table.text("region", self.out);
            let region = table.need("region", region, self.out).and_then(|said| self.own_region(&said));
            let rest = table.text("rest", self.out);
            let http = table.text("http", self.out);
            let stage = table.text("stage", self.out);
            if let (Some(stage), true) = (&stage, http.is_some()) {
                self.out.error(
                    stage.span.clone(),
                    "`stage` belongs to a REST API: an HTTP API's metrics have none",
                    "remove it".to_owned(),
                );
            }
            let api = match (rest, http, region) {
                (Some(rest), None, Some(region)) => ApiTarget::Rest {
                    region,
                    api_name: rest.value,
                    stage: stage.map_or_else(|| "prod".to_owned(), |said| said.value),
                },
                (None, Some(http), Some(region)) => ApiTarget::Http { region, api_id: http.value },
                (Some(_), None, None) | (None, Some(_), None) => continue,
                (Some(_), Some(_), _) | (None, None, _) => {
                    self.out.error(
                        table.span(),
                        format!("{} must have either `rest` or `http`", table.title()),
                        "`rest = \"NAME\"` for a REST API, `http = \"ID\"` for an HTTP API".to_owned(),
                    );
                    continue;
                }
            };
            if apis.contains(&api) {
                self.out.error(
                    table.span(),
                    format!("`{}` is listed twice in `apis`", api.label()),
                    "remove one".to_owned(),
                );
            } else {
                apis.push(api);
            }
        }
        apis
    }

    fn regional<N: From<String> + PartialEq>(&mut self, key: &str) -> Vec<InRegion<N>> {
        let groups = self.table.regional(key, self.out);
        let mut list: Vec<InRegion<N>> = Vec::new();
        for (region, names) in groups {
            let regions: Vec<Region> = match (region, &self.pair) {
                (Some(said), _) => self.own_region(&said).into_iter().collect(),
                (None, Some(pair)) => pair.both().map(Clone::clone).to_vec(),
                (None, None) => Vec::new(),
            };
            for said in names {
                if said.value.starts_with("arn:") {
                    self.out.error(
                        said.span,
                        format!("`{}` is an ARN, and `{key}` takes names", said.value),
                        "write the name alone; its region is the list's".to_owned(),
                    );
                    continue;
                }
                for region in &regions {
                    let one = InRegion { region: region.clone(), name: N::from(said.value.clone()) };
                    // `home` and the home region's own code may both stand in the table.
                    if list.contains(&one) {
                        let message = format!("`{}` is listed twice in `{key}` for {region}", said.value);
                        self.out.error(said.span.clone(), message, "remove one".to_owned());
                    } else {
                        list.push(one);
                    }
                }
            }
        }
        // Home first, however the file has it.
        if let Some(pair) = &self.pair {
            list.sort_by_key(|one| one.region != pair.home);
        }
        list
    }

    fn accelerators(&mut self) -> Vec<Arn> {
        let example = "arn:aws:globalaccelerator::123456789012:accelerator/1234abcd-abcd-1234-abcd-1234abcdefgh";
        let list = self.table.texts("accelerators", self.out);
        list.iter().filter_map(|said| self.own_arn(said, "globalaccelerator", "accelerator/", example)).collect()
    }

    fn parameters(&mut self) -> (Vec<ParameterName>, bool) {
        let Some(table) = self.table.table("parameters", &schema::PARAMETERS, self.out) else {
            return (Vec::new(), false);
        };
        let present = table.value("paths").map(|_| ());
        table.need("paths", present, self.out);
        let mut paths = Vec::new();
        for said in table.texts("paths", self.out) {
            if said.value.starts_with('/') {
                paths.push(ParameterName::from(said.value));
            } else {
                self.out.error(
                    said.span,
                    format!("`{}` is not a path of parameters", said.value),
                    format!("a path begins with a slash: `/{}`", said.value),
                );
            }
        }
        let compare_secure = table.flag("compare_secure", self.out).is_some_and(|said| said.value);
        (paths, compare_secure)
    }

    fn quotas(&mut self) -> Vec<QuotaTarget> {
        let mut quotas: Vec<QuotaTarget> = Vec::new();
        for table in self.table.tables("quotas", &schema::QUOTA, self.out) {
            let service = table.text("service", self.out);
            let code = table.text("code", self.out);
            let service = table.need("service", service, self.out);
            let Some(code) = table.need("code", code, self.out) else { continue };
            if !code.value.starts_with("L-") {
                self.out.error(
                    code.span,
                    format!("`{}` is not a quota's code", code.value),
                    "write the code that `aws service-quotas list-service-quotas` shows, such as `L-B99A9384`"
                        .to_owned(),
                );
                continue;
            }
            let Some(service) = service else { continue };
            let quota = QuotaTarget { service_code: service.value, quota_code: code.value };
            if quotas.contains(&quota) {
                let message = format!("`{}` is listed twice in `quotas`", quota.quota_code);
                self.out.error(table.span(), message, "remove one".to_owned());
            } else {
                quotas.push(quota);
            }
        }
        quotas
    }

    fn probes(&mut self) -> Vec<ProbeTarget> {
        let mut probes: Vec<ProbeTarget> = Vec::new();
        for table in self.table.tables("probes", &schema::PROBE, self.out) {
            let url = table.text("url", self.out);
            let region = table.text("region", self.out).and_then(|said| self.own_region(&said));
            let Some(url) = table.need("url", url, self.out) else { continue };
            if self.web_address(&url).is_none() {
                continue;
            }
            let probe = ProbeTarget { region, url: url.value };
            if probes.iter().any(|earlier| earlier.url == probe.url) {
                self.out.error(
                    url.span,
                    format!("`{}` is listed twice in `probes`", probe.url),
                    "remove one".to_owned(),
                );
            } else {
                probes.push(probe);
            }
        }
        probes
    }

    fn web_address(&mut self, said: &Said<String>) -> Option<Url> {
        let parsed =
            Url::parse(&said.value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if let Some(url) = &parsed
            && (!url.username().is_empty() || url.password().is_some())
        {
            self.out.secret(
                said.span.clone(),
                "the URL holds a user name or password",
                "leave it out: what stands here is shown and logged",
            );
            return None;
        }
        if parsed.is_none() {
            self.out.error(
                said.span.clone(),
                format!("`{}` is not a web address", said.value),
                "write it whole, such as `https://api.payments.acme.org/health`".to_owned(),
            );
        }
        parsed
    }

    fn discover(&mut self) -> Option<Discover> {
        let table = self.table.table("discover", &schema::DISCOVER, self.out)?;
        let stated: Vec<&str> = schema::DISCOVER.names().filter(|key| table.value(key).is_some()).collect();
        if stated.len() != 1 {
            self.out.error(
                table.span(),
                format!("{} must have exactly one of `stacks`, `tag` and `outputs`", table.title()),
                "for example `discover = { tag = \"Application=payments\" }`".to_owned(),
            );
            return None;
        }
        if let Some(said) = table.text_if(stated.first() == Some(&"tag"), "tag", self.out) {
            return self.tag(&said);
        }
        if let Some(said) = table.text_if(stated.first() == Some(&"outputs"), "outputs", self.out) {
            return Some(Discover::Outputs(PathBuf::from(said.value)));
        }
        if stated.first() != Some(&"stacks") {
            return None;
        }
        let mut inner = Parts { table: &table, pair: self.pair.clone(), account: None, out: &mut *self.out };
        let stacks = inner.regional("stacks");
        (!stacks.is_empty()).then_some(Discover::Stacks(stacks))
    }

    fn tag(&mut self, said: &Said<String>) -> Option<Discover> {
        if let Some((key, value)) = split_tag(&said.value) {
            Some(Discover::Tag { key, value })
        } else {
            self.out.error(
                said.span.clone(),
                format!("`{}` is not a tag", said.value),
                "write key and value: `Application=payments`".to_owned(),
            );
            None
        }
    }
}

impl Table<'_> {
    fn text_if(&self, wanted: bool, key: &str, out: &mut Diagnostics) -> Option<Said<String>> {
        if wanted { self.text(key, out) } else { None }
    }
}

/// `Key=Value`, both present.
pub(crate) fn split_tag(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    (!key.is_empty() && !value.is_empty()).then(|| (key.to_owned(), value.to_owned()))
}

/// The reserved domain that a name is under, if any.
pub(crate) fn reserved(name: &DnsName) -> Option<&'static str> {
    ["example.com", "example.org", "example.net"]
        .into_iter()
        .find(|domain| name.as_str() == *domain || name.as_str().ends_with(&format!(".{domain}")))
}
