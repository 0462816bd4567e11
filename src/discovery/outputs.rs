//! A deployment from an outputs file: `flat-outputs.json`, `pulumi-outputs-SUFFIX.json`, or what Pulumi and
//! others print. Text to deployment; the keys of the five architectures are in `outputs/words.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lifeboat_model::id::{AccountId, Arn, DeploymentName, DnsName, HealthCheckId, Region, ZoneId};
use lifeboat_model::objective::Objectives;
use lifeboat_model::topology::{
    Blueprint, BucketPair, Deployment, HealthCheckTarget, InRegion, LoadBalancerKind, LoadBalancerTarget, ProbeTarget,
    RecordTarget,
};

use crate::config::file::{is_deployment_name, reserved};
use crate::discovery::outputs::document::Document;
use crate::discovery::outputs::words::{Meaning, Side};
use crate::discovery::{Derived, Found, Unknown, gaps};
use crate::exit::Failure;

pub(crate) mod document;
pub(crate) mod place;
pub(crate) mod words;

/// What is known besides the file. What the file says wins over the environment, and a flag over the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hints {
    pub(crate) name: Option<DeploymentName>,
    pub(crate) home: Option<Region>,
    pub(crate) partner: Option<Region>,
    pub(crate) suffix: Option<String>,
    pub(crate) environment_home: Option<Region>,
    pub(crate) environment_partner: Option<Region>,
}

impl Hints {
    /// The deployment states its name and regions itself.
    pub(crate) fn of(stated: &Deployment) -> Self {
        Self {
            name: Some(stated.name.clone()),
            home: Some(stated.regions.home.clone()),
            partner: Some(stated.regions.partner.clone()),
            ..Self::default()
        }
    }
}

pub(crate) fn read_file(path: &Path, hints: &Hints) -> Result<Found, Failure> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::error(format!("cannot read the outputs file `{shown}`: {error}"))
            .hint("`pulumi stack output --json > flat-outputs.json` writes one")
    })?;
    read(&text, &shown, hints)
}

/// `file` is for messages, and for the suffix in its name.
pub(crate) fn read(text: &str, file: &str, hints: &Hints) -> Result<Found, Failure> {
    let document = Document::parse(text, file)?;
    let Some(architecture) = words::architecture(&document)? else { return Err(words::nothing_known(&document)) };
    let mut reading = Reading::new(&document, Some(architecture), hints);
    reading.take_words();
    if !reading.mistakes.is_empty() {
        let shown: Vec<String> = reading.mistakes.iter().map(|mistake| format!("{file}:{mistake}")).collect();
        return Err(Failure::error(format!("the outputs file has mistakes\n\n{}", shown.join("\n"))));
    }
    if reading.useful == 0 {
        return Err(words::nothing_known(&document));
    }
    reading.into_found(file)
}

/// A deployment in the making.
struct Reading<'a> {
    document: &'a Document<'a>,
    hints: &'a Hints,
    parts: Parts,
    /// Which region each key puts a side in.
    votes: Vec<Vote>,
    accounts: BTreeMap<AccountId, String>,
    derived: Vec<Derived>,
    unknown: Vec<Unknown>,
    unused: Vec<String>,
    warnings: Vec<String>,
    mistakes: Vec<String>,
    /// How many keys told something.
    useful: usize,
    blueprint: Option<Blueprint>,
}

struct Vote {
    side: Side,
    region: Region,
    key: String,
}

/// What the keys said, before it is known where the sides are.
#[derive(Default)]
struct Parts {
    suffix: Option<String>,
    stated: BTreeMap<Side, Region>,
    clusters: BTreeMap<Side, String>,
    global_cluster: Option<String>,
    buckets: BTreeMap<Side, String>,
    tables: Vec<String>,
    zone: Option<ZoneId>,
    public_name: Option<DnsName>,
    functions: Vec<(Option<Region>, Side, String)>,
    checks: Vec<(Option<Side>, String)>,
    alarms: Vec<String>,
    accelerators: Vec<Arn>,
    balancers: BTreeMap<Side, Arn>,
    target_groups: BTreeMap<Side, Arn>,
    hosts: Vec<String>,
    apis: Vec<(Side, String)>,
    vaults: Vec<(Side, String)>,
    parameters: Vec<String>,
    probes: Vec<(Option<Side>, String)>,
}

impl<'a> Reading<'a> {
    fn new(document: &'a Document<'a>, blueprint: Option<Blueprint>, hints: &'a Hints) -> Self {
        Self {
            document,
            hints,
            parts: Parts::default(),
            votes: Vec::new(),
            accounts: BTreeMap::new(),
            derived: Vec::new(),
            unknown: Vec::new(),
            unused: Vec::new(),
            warnings: Vec::new(),
            mistakes: Vec::new(),
            useful: 0,
            blueprint,
        }
    }

    fn take_words(&mut self) {
        let document = self.document;
        for output in &document.outputs {
            let Some(meaning) = words::meaning(self.blueprint, output) else {
                self.unused.push(words::unused(&output.key));
                continue;
            };
            if output.value.is_null() {
                self.unused.push(format!("{} (it is null: the stack had no value for it)", output.key));
                continue;
            }
            let values = match document.texts(output) {
                Ok(values) => values,
                Err(mistake) => {
                    self.mistakes.push(mistake);
                    continue;
                }
            };
            if values.len() > 1 && !meaning.takes_many() {
                self.mistakes
                    .push(document.at(&output.key, &format!("`{}` must be one string, and is a list", output.key)));
                continue;
            }
            for value in values {
                match self.take(&output.key, meaning, value.trim()) {
                    Ok(()) => {}
                    Err(wanted) => {
                        let mistake = format!("`{}` is `{value}`, which is not {wanted}", output.key);
                        self.mistakes.push(document.at(&output.key, &mistake));
                    }
                }
            }
        }
    }

    fn vote(&mut self, side: Side, region: Option<Region>, key: &str) {
        if let Some(region) = region {
            self.votes.push(Vote { side, region, key: key.to_owned() });
        }
    }

    fn account(&mut self, arn: &Arn, key: &str) {
        // Documents write `...` where the number is: that is no account.
        if let Some(account) = arn.account().filter(|account| AccountId::is_well_formed(account.as_str())) {
            self.accounts.entry(account).or_insert_with(|| key.to_owned());
        }
    }

    /// `Err` says what the value should have been.
    fn take(&mut self, key: &str, meaning: Meaning, value: &str) -> Result<(), &'static str> {
        if value.is_empty() {
            self.unused.push(format!("{key} (it is empty)"));
            return Ok(());
        }
        self.useful += 1;
        match meaning {
            Meaning::Suffix => self.parts.suffix = Some(value.to_owned()),
            Meaning::Region(side) => {
                let region = place::region(value).ok_or("a region, such as `us-east-1`")?;
                self.parts.stated.insert(side, region.clone());
                self.vote(side, Some(region), key);
            }
            Meaning::Ignored => {
                self.useful -= 1;
                self.unused.push(key.to_owned());
            }
            Meaning::Topic => {
                let arn = place::arn(value, "sns").ok_or("the ARN of an SNS topic")?;
                self.account(&arn, key);
                self.useful -= 1;
                self.unused.push(format!("{key} (only its account is used)"));
            }
            Meaning::AuroraEndpoint(side) => {
                let host = place::aurora_host(value)
                    .ok_or("an Aurora endpoint, such as `NAME.cluster-ID.REGION.rds.amazonaws.com`")?;
                self.vote(side, host.region, key);
                self.parts.clusters.insert(side, host.cluster);
            }
            Meaning::GlobalCluster => self.parts.global_cluster = Some(value.to_owned()),
            Meaning::ApiUrl(side) => {
                let api = place::api(value)
                    .ok_or("an API's URL, such as `https://ID.execute-api.REGION.amazonaws.com/STAGE`")?;
                self.vote(side, Some(api.region), key);
                self.parts.apis.push((side, api.id));
                // The root of a stage answers 403 whatever the health: only a URL with a path can be asked.
                if api.has_path {
                    self.parts.probes.push((Some(side), value.to_owned()));
                }
            }
            Meaning::FunctionUrl(side) => {
                let region = place::function_url(value)
                    .ok_or("a function's URL, such as `https://ID.lambda-url.REGION.on.aws/`")?;
                self.vote(side, Some(region), key);
                self.parts.probes.push((Some(side), value.to_owned()));
            }
            Meaning::Bucket(side) => {
                let name = place::bucket(value).ok_or("a bucket's name or ARN")?;
                // The architecture ends its buckets' names with their region.
                if self.blueprint == Some(Blueprint::Serverless) {
                    self.vote(side, place::region_at_end(&name), key);
                }
                self.parts.buckets.insert(side, name);
            }
            Meaning::Table => {
                let name = place::last_name(value, "dynamodb", "table/").ok_or("a table's name or ARN")?;
                self.parts.tables.push(name);
            }
            Meaning::Zone => {
                let id = place::zone(value).ok_or("a hosted zone's id, such as `Z0123456789ABCDEFGHIJ`")?;
                self.parts.zone = Some(id);
            }
            Meaning::PublicName => {
                let name = place::dns_name(value).ok_or("a DNS name or a URL")?;
                self.public_name(name);
            }
            Meaning::AcceleratorName => {
                let name = place::dns_name(value).ok_or("an accelerator's DNS name")?;
                self.parts.public_name = Some(name);
            }
            Meaning::Function(side) => self.function(side, key, value).ok_or("a function's name or ARN")?,
            Meaning::Check(side) => {
                let id = place::health_check(value).ok_or("a health check's id")?;
                self.parts.checks.push((side, id));
            }
            Meaning::Alarm => {
                let (arn, name) = place::alarm(value).ok_or("an alarm's name or ARN")?;
                if let Some(arn) = arn {
                    self.account(&arn, key);
                }
                if !self.parts.alarms.contains(&name) {
                    self.parts.alarms.push(name);
                }
            }
            Meaning::Accelerator => {
                let arn = place::arn(value, "globalaccelerator").ok_or("an accelerator's ARN")?;
                self.account(&arn, key);
                self.parts.accelerators.push(arn);
            }
            Meaning::LoadBalancer(side) => {
                let arn = place::arn(value, "elasticloadbalancing").ok_or("a load balancer's ARN")?;
                self.account(&arn, key);
                self.vote(side, arn.region(), key);
                self.parts.balancers.insert(side, arn);
            }
            Meaning::TargetGroup(side) => {
                let arn = place::arn(value, "elasticloadbalancing").ok_or("a target group's ARN")?;
                self.account(&arn, key);
                self.vote(side, arn.region(), key);
                self.parts.target_groups.insert(side, arn);
            }
            Meaning::LoadBalancerName(side) => {
                let region =
                    place::balancer_host(value).ok_or("a load balancer's DNS name, ending `.elb.amazonaws.com`")?;
                self.vote(side, region, key);
                self.parts.hosts.push(value.to_owned());
            }
            Meaning::Vault(side) => {
                let name = place::last_name(value, "backup", "backup-vault:").ok_or("a vault's name or ARN")?;
                self.parts.vaults.push((side, name));
            }
            Meaning::Parameter => {
                let path = place::parameter_path(value).ok_or("a parameter's name or path, beginning with `/`")?;
                if !self.parts.parameters.contains(&path) {
                    self.parts.parameters.push(path);
                }
            }
        }
        Ok(())
    }

    fn public_name(&mut self, name: DnsName) {
        if let Some(domain) = reserved(&name) {
            self.warnings.push(format!(
                "`{name}` is under `{domain}`, which is reserved: Route 53 refuses to hold a zone of it"
            ));
        }
        self.parts.public_name = Some(name);
    }

    fn function(&mut self, side: Side, key: &str, value: &str) -> Option<()> {
        let name = place::last_name(value, "lambda", "function:")?;
        let mut region = None;
        if value.starts_with("arn:") {
            let arn = Arn::from(value);
            self.account(&arn, key);
            region = arn.region();
            self.vote(side, region.clone(), key);
        }
        self.parts.functions.push((region, side, name));
        Some(())
    }

    fn derive(&mut self, what: &str, value: &str, from: &str) {
        self.derived.push(Derived { what: what.to_owned(), value: value.to_owned(), from: from.to_owned() });
    }

    fn into_found(mut self, file: &str) -> Result<Found, Failure> {
        let home = self.region(Side::Home, file)?;
        let partner = self.region(Side::Partner, file)?;
        if home == partner {
            return Err(Failure::error(format!("`{file}` puts both sides in {home}: {}", self.voters(&home)))
                .hint("name the regions with `--home REGION` and `--partner REGION`"));
        }
        let suffix = self.suffix(file);
        let name = self.name(suffix.as_deref());
        let mut deployment = Deployment::bare(name, home.clone(), partner.clone());
        deployment.blueprint = self.blueprint;
        deployment.account = self.one_account();
        deployment.objectives = self.objectives();
        self.fixed_names(suffix.as_deref(), [&home, &partner]);
        self.fill(&mut deployment, &home, &partner);
        self.unused.dedup();
        let mut unknown = self.unknown;
        unknown.extend(gaps::of(&deployment));
        Ok(Found { deployment, derived: self.derived, unknown, unused: self.unused, warnings: self.warnings })
    }

    fn voters(&self, region: &Region) -> String {
        let keys: Vec<String> =
            self.votes.iter().filter(|vote| vote.region == *region).map(|vote| format!("`{}`", vote.key)).collect();
        if keys.is_empty() { "neither is told by a key".to_owned() } else { keys.join(", ") }
    }

    fn region(&mut self, side: Side, file: &str) -> Result<Region, Failure> {
        let (hint, variable) = match side {
            Side::Home => (&self.hints.home, &self.hints.environment_home),
            Side::Partner => (&self.hints.partner, &self.hints.environment_partner),
        };
        let votes: Vec<&Vote> = self.votes.iter().filter(|vote| vote.side == side).collect();
        let first = votes.first();
        if let Some(other) = first.and_then(|first| votes.iter().find(|vote| vote.region != first.region)) {
            let first = first.map_or("", |first| first.key.as_str());
            let message = format!(
                "the file contradicts itself: `{first}` and `{}` are of one side, and in different regions",
                other.key
            );
            return Err(
                Failure::error(self.document.at(&other.key, &message)).hint("check that the file is of one deployment")
            );
        }
        if let (Some(hint), Some(vote)) = (hint, first)
            && *hint != vote.region
        {
            let message = format!("`{}` is in {}, and not in {hint} as was stated", vote.key, vote.region);
            return Err(Failure::error(format!("{file}:{}", self.document.at(&vote.key, &message)))
                .hint(format!("correct the region, or check that `{file}` is of this deployment")));
        }
        if let Some(known) = hint.clone().or_else(|| first.map(|vote| vote.region.clone())) {
            return Ok(known);
        }
        if let Some(region) = variable.clone() {
            self.derive(side.key(), region.as_str(), "the environment, since no key tells");
            return Ok(region);
        }
        if let Some(blueprint) = self.blueprint {
            let region = Region::from(words::usual_region(blueprint, side));
            self.derive(side.key(), region.as_str(), "the architecture's default, since no key tells");
            return Ok(region);
        }
        Err(Failure::error(format!("nothing in `{file}` tells the {} region", side.key()))
            .hint(format!("give it with `--{} REGION`", side.key())))
    }

    fn suffix(&mut self, file: &str) -> Option<String> {
        if let Some(suffix) = self.parts.suffix.clone() {
            return Some(suffix);
        }
        let parts = &self.parts;
        let bucket = parts.buckets.get(&Side::Home).map(String::as_str);
        let table = parts.tables.first().map(String::as_str);
        let named = match self.blueprint {
            Some(Blueprint::Ecommerce) => bucket.and_then(|name| name.strip_prefix("ecommerce-assets-primary-")),
            Some(Blueprint::PaymentsAurora) => bucket
                .and_then(|name| name.strip_prefix("dr-primary-bucket-"))
                .or_else(|| table.and_then(|name| name.strip_prefix("payment-transactions-"))),
            Some(Blueprint::Serverless) => {
                table.and_then(|name| name.strip_prefix("tap-")).and_then(|name| name.strip_suffix("-global"))
            }
            Some(Blueprint::PaymentsServerless) => parts
                .public_name
                .as_ref()
                .and_then(|name| name.as_str().strip_prefix("api.payment-"))
                .and_then(|name| name.split('.').next()),
            Some(Blueprint::GlobalAccelerator) | None => None,
        };
        let file_name = Path::new(file).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let from_file = file_name.strip_prefix("pulumi-outputs-").and_then(|name| name.strip_suffix(".json"));
        let suffix = named.or(from_file).map(str::to_owned);
        if suffix.is_none()
            && let Some(suffix) = self.hints.suffix.clone()
        {
            self.derive("the suffix of its names", &suffix, "the environment's `ENVIRONMENT_SUFFIX`");
            return Some(suffix);
        }
        suffix
    }

    fn name(&self, suffix: Option<&str>) -> DeploymentName {
        if let Some(name) = &self.hints.name {
            return name.clone();
        }
        let kind = self.blueprint.map_or("imported", Blueprint::as_str);
        let name = suffix.map_or_else(|| kind.to_owned(), |suffix| format!("{kind}-{suffix}"));
        if is_deployment_name(&name) { DeploymentName::from(name) } else { DeploymentName::from(kind) }
    }

    fn one_account(&mut self) -> Option<AccountId> {
        let mut accounts = self.accounts.iter();
        match (accounts.next(), accounts.next()) {
            (Some((account, _)), None) => Some(account.clone()),
            (Some((one, key)), Some((other, other_key))) => {
                self.warnings.push(format!(
                    "`{key}` is of account {one} and `{other_key}` of account {other}: `account` is left out"
                ));
                None
            }
            (None, _) => None,
        }
    }

    fn objectives(&mut self) -> Objectives {
        let Some((blueprint, (kind, rpo, rto))) =
            self.blueprint.and_then(|blueprint| words::objectives(blueprint).map(|stated| (blueprint, stated)))
        else {
            return Objectives::default();
        };
        let value = format!(
            "{} {}, rto {}",
            crate::config::schema::rpo_key(kind),
            crate::config::writer::length(rpo),
            crate::config::writer::length(rto)
        );
        self.derive("objectives", &value, &format!("what `{blueprint}` promises"));
        Objectives { rpo_by_store: [(kind, rpo)].into(), rto: Some(rto), ..Objectives::default() }
    }

    /// Names that the architecture itself fixes, once the suffix is known.
    fn fixed_names(&mut self, suffix: Option<&str>, regions: [&Region; 2]) {
        let (Some(suffix), Some(blueprint)) = (suffix, self.blueprint) else { return };
        let rule = format!("`{blueprint}` fixes the name");
        match blueprint {
            Blueprint::PaymentsAurora if self.parts.global_cluster.is_none() => {
                let own = |side: Side, role: &str| {
                    self.parts.clusters.get(&side).is_none_or(|id| *id == format!("aurora-{role}-{suffix}"))
                };
                if self.parts.clusters.is_empty() {
                    return;
                }
                if !own(Side::Home, "primary") || !own(Side::Partner, "dr") {
                    self.warnings.push(
                        "the Aurora clusters do not have the architecture's names, so the global cluster's is not taken for granted"
                            .to_owned(),
                    );
                    return;
                }
                let id = format!("aurora-global-{suffix}");
                self.derive("aurora.global_cluster", &id, &rule);
                self.parts.global_cluster = Some(id);
            }
            Blueprint::Serverless if self.parts.functions.is_empty() => {
                for (side, role) in [(Side::Home, "primary"), (Side::Partner, "secondary")] {
                    let name = format!("tap-{suffix}-{role}");
                    self.derive("functions", &name, &rule);
                    self.parts.functions.push((None, side, name));
                }
            }
            Blueprint::PaymentsServerless => {
                for (side, region) in Side::BOTH.into_iter().zip(regions) {
                    if self.parts.functions.len() < 2 {
                        let name = format!("payment-processor-{region}-{suffix}");
                        self.derive("functions", &name, &rule);
                        self.parts.functions.push((None, side, name));
                    }
                    if let std::collections::btree_map::Entry::Vacant(empty) = self.parts.buckets.entry(side) {
                        let name = empty.insert(format!("payment-docs-{region}-{suffix}")).clone();
                        self.derive("s3", &name, &rule);
                    }
                }
            }
            Blueprint::Ecommerce | Blueprint::PaymentsAurora | Blueprint::GlobalAccelerator | Blueprint::Serverless => {
            }
        }
    }

    fn fill(&mut self, deployment: &mut Deployment, home: &Region, partner: &Region) {
        let at = |side: Side| match side {
            Side::Home => home.clone(),
            Side::Partner => partner.clone(),
        };
        let parts = std::mem::take(&mut self.parts);
        deployment.global_cluster = parts.global_cluster.map(Into::into);
        deployment.tables = parts.tables.into_iter().map(Into::into).collect();
        match (parts.buckets.get(&Side::Home), parts.buckets.get(&Side::Partner)) {
            (Some(source), Some(destination)) => deployment.buckets.push(BucketPair {
                source: InRegion::new(home.clone(), source.as_str()),
                destination: InRegion::new(partner.clone(), destination.as_str()),
            }),
            (Some(one), None) | (None, Some(one)) => self.unknown.push(Unknown {
                what: format!("the bucket that `{one}` is replicated with"),
                fix: "add `s3`; `aws s3api get-bucket-replication --bucket NAME` shows it".to_owned(),
            }),
            (None, None) => {}
        }
        deployment.records = match (parts.zone, &parts.public_name) {
            (Some(zone), Some(name)) => vec![RecordTarget { zone, name: name.clone() }],
            (Some(_), None) | (None, _) => Vec::new(),
        };
        deployment.public_name = parts.public_name;
        deployment.health_checks = parts
            .checks
            .into_iter()
            .map(|(side, id)| HealthCheckTarget { id: HealthCheckId::from(id), watches: side.map(at) })
            .collect();
        deployment.alarms.names = parts.alarms;
        deployment.functions = parts
            .functions
            .into_iter()
            .map(|(region, side, name)| InRegion::new(region.unwrap_or_else(|| at(side)), name))
            .collect();
        deployment.accelerators = parts.accelerators;
        for (side, arn) in parts.balancers {
            let kind = match arn.resource() {
                Some(resource) if resource.starts_with("loadbalancer/net/") => LoadBalancerKind::Network,
                Some(_) | None => LoadBalancerKind::Application,
            };
            let target_group = parts.target_groups.get(&side).cloned();
            if target_group.is_none() {
                self.unknown.push(Unknown {
                    what: format!("the target group of `{arn}`"),
                    fix: "add it as `target_group`; `aws elbv2 describe-target-groups` shows it".to_owned(),
                });
            }
            deployment.load_balancers.push(LoadBalancerTarget { region: at(side), kind, arn, target_group });
        }
        if deployment.load_balancers.is_empty() && !parts.hosts.is_empty() {
            self.unused.push(format!("{} (a host name does not tell the load balancer's ARN)", parts.hosts.join(", ")));
        }
        if !parts.apis.is_empty() {
            let ids: Vec<String> = parts.apis.iter().map(|(side, id)| format!("{id} in {}", at(*side))).collect();
            self.unused.push(format!("the APIs' ids: {} (CloudWatch counts under their names)", ids.join(", ")));
        }
        deployment.vaults = parts.vaults.into_iter().map(|(side, name)| InRegion::new(at(side), name)).collect();
        deployment.parameter_paths = parts.parameters.into_iter().map(Into::into).collect();
        deployment.probes =
            parts.probes.into_iter().map(|(side, url)| ProbeTarget { region: side.map(at), url }).collect();
    }
}
