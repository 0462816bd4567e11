//! Scenarios: what goes wrong and when, as TOML. The built-in ones and a user's own are read by the same code,
//! and every mistake is told with its line and its cure.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::id::Region;
use lifeboat_model::read::Service;
use serde::Deserialize;
use toml::Spanned;

use crate::draw::digest;
use crate::faults::Operation;

/// The scenarios that come with the program, in the order in which they are best learnt.
const BUILTIN: [(&str, &str); 24] = [
    ("calm.toml", include_str!("../../../scenarios/calm.toml")),
    ("region-loss.toml", include_str!("../../../scenarios/region-loss.toml")),
    ("replica-lag.toml", include_str!("../../../scenarios/replica-lag.toml")),
    ("gray-failure.toml", include_str!("../../../scenarios/gray-failure.toml")),
    ("control-plane-outage.toml", include_str!("../../../scenarios/control-plane-outage.toml")),
    ("split-brain-risk.toml", include_str!("../../../scenarios/split-brain-risk.toml")),
    ("stuck-dns.toml", include_str!("../../../scenarios/stuck-dns.toml")),
    ("throttled.toml", include_str!("../../../scenarios/throttled.toml")),
    ("expired-credentials.toml", include_str!("../../../scenarios/expired-credentials.toml")),
    ("drift.toml", include_str!("../../../scenarios/drift.toml")),
    ("slow-promotion.toml", include_str!("../../../scenarios/slow-promotion.toml")),
    ("standby-loss.toml", include_str!("../../../scenarios/standby-loss.toml")),
    ("partition.toml", include_str!("../../../scenarios/partition.toml")),
    ("lost-replies.toml", include_str!("../../../scenarios/lost-replies.toml")),
    ("half-deleted.toml", include_str!("../../../scenarios/half-deleted.toml")),
    ("throttled-changes.toml", include_str!("../../../scenarios/throttled-changes.toml")),
    ("denied-changes.toml", include_str!("../../../scenarios/denied-changes.toml")),
    ("stuck-promotion.toml", include_str!("../../../scenarios/stuck-promotion.toml")),
    ("expiry-mid-run.toml", include_str!("../../../scenarios/expiry-mid-run.toml")),
    ("region-returns.toml", include_str!("../../../scenarios/region-returns.toml")),
    ("standby-takes-over.toml", include_str!("../../../scenarios/standby-takes-over.toml")),
    ("empty-account.toml", include_str!("../../../scenarios/empty-account.toml")),
    ("failing-stacks.toml", include_str!("../../../scenarios/failing-stacks.toml")),
    ("slow-stacks.toml", include_str!("../../../scenarios/slow-stacks.toml")),
];

/// A scripted course of faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub name: String,
    /// What it is for, in a sentence.
    pub purpose: String,
    /// The seed used when none is asked for.
    pub seed: u64,
    /// Whether payments deployments are built so that the standby takes over: the primary record's health check is
    /// inverted and watches an object (payments-serverless) or a metric (payments-aurora) in the standby.
    pub standby_takes_over: bool,
    /// Whether nothing stands at first: no deployment, no stack.
    pub empty_account: bool,
    pub(crate) faults: Vec<Fault>,
    /// Of the text it was read from: two scenarios of one name are not the same world.
    pub(crate) digest: u64,
}

/// One fault and when it holds, in seconds of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) from: i64,
    /// Excluded; `None` when it stays.
    pub(crate) until: Option<i64>,
    pub(crate) kind: FaultKind,
}

impl Fault {
    pub(crate) fn holds_at(&self, second: i64) -> bool {
        second >= self.from && self.until.is_none_or(|until| second < until)
    }
}

/// A region as a scenario names it. `home` and `partner` mean each deployment's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Home,
    Partner,
    Named(Region),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FaultKind {
    /// Nothing in the region answers or works.
    RegionLoss { region: Place },
    /// The two regions do not reach each other; everybody else reaches both.
    Partition,
    /// The services' APIs fail; what they run goes on.
    ControlPlaneOutage { services: Vec<Service>, region: Option<Place> },
    /// Requests are refused as too many. No services named means all.
    Throttling { services: Vec<Service>, region: Option<Place>, chance: f64, changes_only: bool },
    /// The identity may not do this. No services named means all.
    Denial { services: Vec<Service>, changes_only: bool },
    /// A change is made and its answer never comes.
    LostReply { services: Vec<Service>, chance: f64 },
    /// Promotions take this many times as long.
    SlowPromotion { factor: f64 },
    /// Promotions begin and do not end while this lasts.
    StuckPromotion,
    /// These resolvers keep an answer beyond its TTL.
    StuckDns { vantages: Vec<usize> },
    /// The credentials run out, and every request is refused for it.
    CredentialExpiry,
    /// A deletion of the region's stack stopped half-way.
    PartialDelete { region: Place },
    /// The region is no longer what was deployed.
    Drift { region: Place, what: Vec<Drifted> },
    /// Clients fail while the platform's own signals stay good.
    GrayFailure { region: Place, share: f64 },
    /// These stores take this many times as long to replicate.
    SlowReplication { stores: Vec<StoreKind>, factor: f64 },
    /// The old writer goes on accepting writes after a failover, as long as anybody reaches it.
    FencingFails,
    /// CloudFormation cannot make, change or delete a resource. No operation named means each.
    ResourceFailure {
        which: Which,
        operations: Vec<Operation>,
        chance: f64,
        /// AWS's words.
        says: Option<String>,
    },
    /// CloudFormation takes this many times as long for a resource.
    SlowResource { which: Which, factor: f64 },
}

/// Resources of stacks: none named means all. A stack is meant by its name or by the end of it, after a hyphen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Which {
    pub(crate) stacks: Vec<String>,
    pub(crate) resources: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drifted {
    Stack,
    Parameter,
    FunctionCode,
    Capacity,
    Quota,
    ReplicationRule,
}

/// What is wrong with a scenario, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct ScenarioError {
    pub file: String,
    pub line: usize,
    pub message: String,
    pub fix: String,
}

/// The scenarios that come with the program.
pub fn builtin() -> Vec<Scenario> {
    BUILTIN.iter().filter_map(|(file, text)| parse(file, text).ok()).collect()
}

/// The built-in scenario of that name.
pub fn find(name: &str) -> Option<Scenario> {
    builtin().into_iter().find(|scenario| scenario.name == name)
}

/// A scenario from a file of the user's.
pub fn load(path: &Path) -> Result<Scenario, ScenarioError> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&file, &text),
        Err(error) => Err(ScenarioError {
            line: 0,
            message: format!("cannot be read: {error}"),
            fix: format!("check that `{file}` exists and is readable"),
            file,
        }),
    }
}

/// Where a built-in scenario and a scenario in a file meet.
pub fn parse(file: &str, text: &str) -> Result<Scenario, ScenarioError> {
    let source = Source { file, text };
    let raw: RawScenario = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        source.error(at, error.message().to_owned(), "compare with `lifeboat scenarios` and its examples".to_owned())
    })?;
    let faults = raw.fault.iter().map(|fault| source.fault(fault)).collect::<Result<Vec<_>, _>>()?;
    let name = raw.name.get_ref();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Err(source.error(
            raw.name.span().start,
            format!("`{name}` is not a scenario's name"),
            "use lower-case letters, digits and hyphens".to_owned(),
        ));
    }
    Ok(Scenario {
        name: name.clone(),
        purpose: raw.purpose,
        seed: raw.seed.unwrap_or(1),
        standby_takes_over: raw.standby_takes_over.unwrap_or(false),
        empty_account: raw.empty_account.unwrap_or(false),
        faults,
        digest: digest(text.as_bytes()),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    name: Spanned<String>,
    purpose: String,
    seed: Option<u64>,
    standby_takes_over: Option<bool>,
    empty_account: Option<bool>,
    #[serde(default)]
    fault: Vec<Spanned<RawFault>>,
}

/// Every field any kind of fault may have. Flat, so that an unknown field is found at its own line; which of
/// them a kind may have is checked afterwards.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFault {
    at: Spanned<String>,
    #[serde(rename = "for")]
    length: Option<Spanned<String>>,
    kind: Spanned<String>,
    region: Option<Spanned<String>>,
    services: Option<Spanned<Vec<Spanned<String>>>>,
    stores: Option<Spanned<Vec<Spanned<String>>>>,
    what: Option<Spanned<Vec<Spanned<String>>>>,
    vantages: Option<Spanned<Vec<Spanned<String>>>>,
    chance: Option<Spanned<f64>>,
    share: Option<Spanned<f64>>,
    factor: Option<Spanned<f64>>,
    changes_only: Option<Spanned<bool>>,
    stacks: Option<Spanned<Vec<Spanned<String>>>>,
    resources: Option<Spanned<Vec<Spanned<String>>>>,
    operations: Option<Spanned<Vec<Spanned<String>>>>,
    says: Option<Spanned<String>>,
}

impl RawFault {
    fn present(&self) -> impl Iterator<Item = (&'static str, usize)> {
        [
            ("region", self.region.as_ref().map(|field| field.span().start)),
            ("services", self.services.as_ref().map(|field| field.span().start)),
            ("stores", self.stores.as_ref().map(|field| field.span().start)),
            ("what", self.what.as_ref().map(|field| field.span().start)),
            ("vantages", self.vantages.as_ref().map(|field| field.span().start)),
            ("chance", self.chance.as_ref().map(|field| field.span().start)),
            ("share", self.share.as_ref().map(|field| field.span().start)),
            ("factor", self.factor.as_ref().map(|field| field.span().start)),
            ("changes_only", self.changes_only.as_ref().map(|field| field.span().start)),
            ("stacks", self.stacks.as_ref().map(|field| field.span().start)),
            ("resources", self.resources.as_ref().map(|field| field.span().start)),
            ("operations", self.operations.as_ref().map(|field| field.span().start)),
            ("says", self.says.as_ref().map(|field| field.span().start)),
        ]
        .into_iter()
        .filter_map(|(name, at)| at.map(|at| (name, at)))
    }
}

const KINDS: &[(&str, &[&str])] = &[
    ("region-loss", &["region"]),
    ("partition", &[]),
    ("control-plane-outage", &["services", "region"]),
    ("throttling", &["services", "region", "chance", "changes_only"]),
    ("denial", &["services", "changes_only"]),
    ("lost-reply", &["services", "chance"]),
    ("slow-promotion", &["factor"]),
    ("stuck-promotion", &[]),
    ("stuck-dns", &["vantages"]),
    ("credential-expiry", &[]),
    ("partial-delete", &["region"]),
    ("drift", &["region", "what"]),
    ("gray-failure", &["region", "share"]),
    ("slow-replication", &["stores", "factor"]),
    ("fencing-fails", &[]),
    ("resource-failure", &["stacks", "resources", "operations", "chance", "says"]),
    ("slow-resource", &["stacks", "resources", "factor"]),
];

/// The services by the names AWS users know.
const SERVICES: &[(&str, &[Service])] = &[
    ("sts", &[Service::Identity]),
    ("rds", &[Service::Aurora]),
    ("dynamodb", &[Service::DynamoDb]),
    ("s3", &[Service::S3]),
    ("route53", &[Service::HealthChecks, Service::Records, Service::Answers]),
    ("cloudwatch", &[Service::Metrics, Service::Alarms]),
    ("elb", &[Service::LoadBalancing]),
    ("lambda", &[Service::Lambda]),
    ("global-accelerator", &[Service::GlobalAccelerator]),
    ("ssm", &[Service::Parameters]),
    ("cloudformation", &[Service::Stacks, Service::Discovery]),
    ("backup", &[Service::Backup]),
    ("autoscaling", &[Service::AutoScaling]),
    ("service-quotas", &[Service::Quotas]),
    ("sns", &[Service::Notices]),
    ("kms", &[Service::Keys]),
    ("ec2", &[Service::Network]),
];

const STORES: &[(&str, StoreKind)] =
    &[("aurora", StoreKind::Aurora), ("dynamodb", StoreKind::DynamoDb), ("s3", StoreKind::S3)];

const OPERATIONS: &[(&str, Operation)] =
    &[("create", Operation::Create), ("update", Operation::Update), ("delete", Operation::Delete)];

const DRIFTS: &[(&str, Drifted)] = &[
    ("stack", Drifted::Stack),
    ("parameter", Drifted::Parameter),
    ("function-code", Drifted::FunctionCode),
    ("capacity", Drifted::Capacity),
    ("quota", Drifted::Quota),
    ("replication-rule", Drifted::ReplicationRule),
];

/// Where the simulated clients sit and look names up.
pub(crate) const VANTAGES: [&str; 4] = ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1"];
/// Where the console itself sits among them: its probes and canaries go where clients of this vantage are led.
pub(crate) const CANARY_VANTAGE: usize = 0;

struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, at: usize, message: String, fix: String) -> ScenarioError {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        ScenarioError { file: self.file.to_owned(), line, message, fix }
    }

    fn fault(&self, fault: &Spanned<RawFault>) -> Result<Fault, ScenarioError> {
        let raw = fault.get_ref();
        let here = fault.span().start;
        let kind = raw.kind.get_ref().as_str();
        let Some((_, allowed)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            return Err(self.error(
                raw.kind.span().start,
                format!("`{kind}` is no kind of fault"),
                format!("use one of: {}", names.join(", ")),
            ));
        };
        if let Some((field, at)) = raw.present().find(|(field, _)| !allowed.contains(field)) {
            return Err(self.error(
                at,
                format!("a `{kind}` has no `{field}`"),
                format!("remove `{field}`{}", listed("; it may have: ", allowed)),
            ));
        }
        let from = self.seconds(&raw.at)?;
        let until = match &raw.length {
            None => None,
            Some(length) => Some(from.saturating_add(self.seconds(length)?)),
        };
        let kind = self.kind(kind, raw, here)?;
        Ok(Fault { from, until, kind })
    }

    fn kind(&self, kind: &str, raw: &RawFault, here: usize) -> Result<FaultKind, ScenarioError> {
        Ok(match kind {
            "region-loss" => FaultKind::RegionLoss { region: self.region(raw, here)? },
            "partition" => FaultKind::Partition,
            "control-plane-outage" => {
                let services = self.services(raw)?;
                if services.is_empty() {
                    return Err(self.missing(here, "services", "services = [\"route53\"]"));
                }
                FaultKind::ControlPlaneOutage { services, region: self.optional_region(raw)? }
            }
            "throttling" => FaultKind::Throttling {
                services: self.services(raw)?,
                region: self.optional_region(raw)?,
                chance: self.share(raw.chance.as_ref(), 1.0, "chance")?,
                changes_only: raw.changes_only.as_ref().is_some_and(|only| *only.get_ref()),
            },
            "denial" => FaultKind::Denial {
                services: self.services(raw)?,
                changes_only: raw.changes_only.as_ref().is_some_and(|only| *only.get_ref()),
            },
            "stuck-promotion" => FaultKind::StuckPromotion,
            "lost-reply" => FaultKind::LostReply {
                services: self.services(raw)?,
                chance: self.share(raw.chance.as_ref(), 1.0, "chance")?,
            },
            "slow-promotion" => FaultKind::SlowPromotion { factor: self.factor(raw, here)? },
            "stuck-dns" => FaultKind::StuckDns { vantages: self.vantages(raw)? },
            "credential-expiry" => FaultKind::CredentialExpiry,
            "partial-delete" => FaultKind::PartialDelete { region: self.region(raw, here)? },
            "drift" => FaultKind::Drift {
                region: self.region(raw, here)?,
                what: self.named(raw.what.as_ref(), DRIFTS, "thing that drifts")?,
            },
            "gray-failure" => FaultKind::GrayFailure {
                region: self.region(raw, here)?,
                share: self.share(raw.share.as_ref(), 0.5, "share")?,
            },
            "slow-replication" => FaultKind::SlowReplication {
                stores: self.named(raw.stores.as_ref(), STORES, "store")?,
                factor: self.factor(raw, here)?,
            },
            "resource-failure" => FaultKind::ResourceFailure {
                which: Self::which(raw),
                operations: self.named(raw.operations.as_ref(), OPERATIONS, "operation")?,
                chance: self.share(raw.chance.as_ref(), 1.0, "chance")?,
                says: raw.says.as_ref().map(|says| says.get_ref().clone()),
            },
            "slow-resource" => FaultKind::SlowResource { which: Self::which(raw), factor: self.factor(raw, here)? },
            // The table of kinds was looked at before.
            _ => FaultKind::FencingFails,
        })
    }

    fn which(raw: &RawFault) -> Which {
        let words = |list: &Option<Spanned<Vec<Spanned<String>>>>| {
            list.iter().flat_map(Spanned::get_ref).map(|word| word.get_ref().clone()).collect()
        };
        Which { stacks: words(&raw.stacks), resources: words(&raw.resources) }
    }

    fn missing(&self, here: usize, field: &str, example: &str) -> ScenarioError {
        self.error(here, format!("`{field}` is missing"), format!("add `{example}`"))
    }

    fn seconds(&self, text: &Spanned<String>) -> Result<i64, ScenarioError> {
        let wrong = || {
            self.error(
                text.span().start,
                format!("`{}` is not a length of time", text.get_ref()),
                "write it as `90s`, `5m` or `1h 30m`".to_owned(),
            )
        };
        let length: jiff::SignedDuration = text.get_ref().parse().map_err(|_| wrong())?;
        if length.is_negative() { Err(wrong()) } else { Ok(length.as_secs()) }
    }

    fn region(&self, raw: &RawFault, here: usize) -> Result<Place, ScenarioError> {
        self.optional_region(raw)?.ok_or_else(|| self.missing(here, "region", "region = \"home\""))
    }

    fn optional_region(&self, raw: &RawFault) -> Result<Option<Place>, ScenarioError> {
        let Some(text) = &raw.region else { return Ok(None) };
        match text.get_ref().as_str() {
            "home" => Ok(Some(Place::Home)),
            "partner" => Ok(Some(Place::Partner)),
            code if Region::is_well_formed(code) => Ok(Some(Place::Named(Region::from(code)))),
            other => Err(self.error(
                text.span().start,
                format!("`{other}` is not a region"),
                "write `home`, `partner` or a code such as `us-east-1`".to_owned(),
            )),
        }
    }

    fn services(&self, raw: &RawFault) -> Result<Vec<Service>, ScenarioError> {
        let groups = self.named(raw.services.as_ref(), SERVICES, "service")?;
        Ok(groups.into_iter().flatten().copied().collect())
    }

    fn vantages(&self, raw: &RawFault) -> Result<Vec<usize>, ScenarioError> {
        let Some(list) = &raw.vantages else { return Ok(vec![VANTAGES.len().saturating_sub(1)]) };
        let table: Vec<(&str, usize)> = VANTAGES.iter().enumerate().map(|(index, name)| (*name, index)).collect();
        self.named(Some(list), &table, "place where clients sit")
    }

    fn named<T: Copy>(
        &self,
        list: Option<&Spanned<Vec<Spanned<String>>>>,
        table: &[(&str, T)],
        noun: &str,
    ) -> Result<Vec<T>, ScenarioError> {
        let Some(list) = list else { return Ok(Vec::new()) };
        list.get_ref()
            .iter()
            .map(|word| {
                let known = table.iter().find(|(name, _)| name == word.get_ref());
                known.map(|(_, value)| *value).ok_or_else(|| {
                    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
                    self.error(
                        word.span().start,
                        format!("`{}` is no {noun}", word.get_ref()),
                        format!("use any of: {}", names.join(", ")),
                    )
                })
            })
            .collect()
    }

    fn share(&self, value: Option<&Spanned<f64>>, default: f64, field: &str) -> Result<f64, ScenarioError> {
        match value {
            None => Ok(default),
            Some(value) if (0.0..=1.0).contains(value.get_ref()) => Ok(*value.get_ref()),
            Some(value) => Err(self.error(
                value.span().start,
                format!("`{field}` is {}", value.get_ref()),
                "use a number from 0.0 to 1.0".to_owned(),
            )),
        }
    }

    fn factor(&self, raw: &RawFault, here: usize) -> Result<f64, ScenarioError> {
        match &raw.factor {
            None => Err(self.missing(here, "factor", "factor = 10.0")),
            Some(value) if (1.0..=10_000.0).contains(value.get_ref()) => Ok(*value.get_ref()),
            Some(value) => Err(self.error(
                value.span().start,
                format!("`factor` is {}", value.get_ref()),
                "use a number from 1.0 to 10000.0".to_owned(),
            )),
        }
    }
}

fn listed(before: &str, names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!("{before}{}", names.join(", ")) }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// How long after the start the first fault begins; `None` when nothing ever goes wrong.
impl Scenario {
    pub fn onset(&self) -> Option<Duration> {
        self.faults
            .iter()
            .map(|fault| fault.from)
            .min()
            .and_then(|from| u64::try_from(from).ok())
            .map(Duration::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_scenario_loads_under_its_file_name() {
        for (file, text) in BUILTIN {
            let scenario = parse(file, text).unwrap_or_else(|error| panic!("{error}; {}", error.fix));
            assert_eq!(format!("{}.toml", scenario.name), file);
            assert!(scenario.purpose.ends_with('.'), "{file}: a purpose is a sentence");
        }
        assert_eq!(builtin().len(), BUILTIN.len());
    }

    #[test]
    fn only_what_is_calm_is_without_faults() {
        for scenario in builtin() {
            let calm = matches!(scenario.name.as_str(), "calm" | "empty-account");
            assert_eq!(scenario.faults.is_empty(), calm, "{scenario}");
        }
        assert_eq!(find("region-loss").and_then(|scenario| scenario.onset()), Some(Duration::from_mins(1)));
    }

    #[test]
    fn mistakes_name_their_line_and_their_cure() {
        let head = "name = \"mine\"\npurpose = \"A test.\"\n";
        let cases: &[(&str, usize, &str, &str)] = &[
            (
                "[[fault]]\nat = \"10s\"\nkind = \"region-lost\"\nregion = \"home\"\n",
                5,
                "no kind of fault",
                "region-loss",
            ),
            ("[[fault]]\nat = \"soon\"\nkind = \"partition\"\n", 4, "not a length of time", "90s"),
            ("[[fault]]\nat = \"-5s\"\nkind = \"partition\"\n", 4, "not a length of time", "90s"),
            ("[[fault]]\nat = \"10s\"\nkind = \"region-loss\"\n", 3, "`region` is missing", "region = \"home\""),
            ("[[fault]]\nat = \"10s\"\nkind = \"partition\"\nregion = \"home\"\n", 6, "has no `region`", "remove"),
            (
                "[[fault]]\nat = \"10s\"\nkind = \"partition\"\ncolour = \"red\"\n",
                6,
                "unknown field `colour`",
                "compare",
            ),
            ("[[fault]]\nat = \"10s\"\nkind = \"throttling\"\nchance = 2.0\n", 6, "`chance` is 2", "0.0 to 1.0"),
            ("[[fault]]\nat = \"10s\"\nkind = \"throttling\"\nservices = [\"ec3\"]\n", 6, "no service", "rds"),
            ("[[fault]]\nat = \"10s\"\nkind = \"slow-promotion\"\n", 3, "`factor` is missing", "factor = 10.0"),
            ("[[fault]]\nat = \"10s\"\nkind = \"region-loss\"\nregion = \"mars\"\n", 6, "not a region", "home"),
            ("seed = \"one\"\n", 3, "invalid type", "compare"),
        ];
        for (body, line, message, fix) in cases {
            let error = parse("mine.toml", &format!("{head}{body}")).expect_err(body);
            assert_eq!(error.line, *line, "{body}: {error}");
            assert!(error.message.contains(message), "{body}: {error}");
            assert!(error.fix.contains(fix), "{body}: {}", error.fix);
        }
    }

    #[test]
    fn every_kind_service_store_and_drift_is_described_where_users_look() {
        let described = BUILTIN[0].1;
        let words = KINDS.iter().map(|(name, _)| *name).chain(SERVICES.iter().map(|(name, _)| *name));
        let words = words.chain(STORES.iter().map(|(name, _)| *name)).chain(DRIFTS.iter().map(|(name, _)| *name));
        let words = words.chain(OPERATIONS.iter().map(|(name, _)| *name));
        for word in words.chain(VANTAGES) {
            assert!(described.contains(word), "`{word}` is not described");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_told_apart() {
        let error = load(Path::new("no-such-scenario.toml")).expect_err("there is no such file");
        assert!(error.to_string().starts_with("no-such-scenario.toml:0: cannot be read"), "{error}");
    }
}
