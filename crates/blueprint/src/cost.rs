//! What a blueprint costs a month, line by line, from a table of prices and what a month of use is taken to be. What has
//! no price is said to have none: it is never counted as nothing.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use lifeboat_model::id::Region;

use crate::blueprint::Blueprint;
use crate::chosen::Chosen;
use crate::manifest::CostEstimate;
use crate::mistake::Mistake;
use crate::stacks::{StackPlan, StackSpec, stacks};
use crate::template::Resource;
use crate::value::Value;

const SOURCE: &str = include_str!("../../../blueprints/prices.toml");

/// The table of prices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices {
    /// When they were gathered.
    pub date: String,
    pub region: String,
    /// Regions in which AWS charges the same.
    pub same_in: Vec<String>,
    pub source: String,
    pub not_counted: Vec<String>,
    free: Vec<String>,
    usage: BTreeMap<String, Usage>,
    price: BTreeMap<String, Price>,
}

impl Prices {
    /// Every price, by what it is for.
    pub fn known(&self) -> impl Iterator<Item = (&str, &Price)> {
        self.price.iter().map(|(what, price)| (what.as_str(), price))
    }

    /// Everything that a month is taken to need, by what it is of.
    pub fn usages(&self) -> impl Iterator<Item = (&str, &Usage)> {
        self.usage.iter().map(|(what, usage)| (what.as_str(), usage))
    }
}

/// What a month of use is taken to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    pub amount: f64,
    pub unit: String,
    pub about: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    pub usd: f64,
    pub per: String,
    /// Where it was looked up; `None` where it could not be.
    pub source: Option<String>,
}

/// What a month costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// The dearest first; those without a price last.
    pub lines: Vec<CostLine>,
    /// Of the lines that have a price.
    pub total_usd: f64,
    pub prices_of: String,
    pub source: String,
    /// What the total does not hold, and why it may be wrong.
    pub notes: Vec<String>,
    /// What the architecture's owners expect.
    pub expected: Vec<CostEstimate>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CostLine {
    pub what: String,
    pub resource_type: String,
    /// As `stack.LogicalId`.
    pub resources: Vec<String>,
    pub unit_price_usd: Option<f64>,
    /// What the unit price is for.
    pub per: String,
    pub quantity: f64,
    /// `None` where there is no price.
    pub usd_month: Option<f64>,
    /// How the quantity came about.
    pub basis: String,
    /// Whether the price was looked up.
    pub looked_up: bool,
}

/// A quantity of something that is charged.
struct Charge {
    what: &'static str,
    price: String,
    quantity: f64,
    basis: String,
}

impl Cost {
    /// Whether a price in it could not be looked up.
    pub fn has_guesses(&self) -> bool {
        self.lines.iter().any(|line| line.usd_month.is_some() && !line.looked_up)
    }

    /// Whether the total leaves something out because it has no price.
    pub fn is_at_least(&self) -> bool {
        self.lines.iter().any(|line| line.usd_month.is_none())
    }
}

/// `None` where a line of the file cannot be read; a test holds that there is none.
fn table() -> &'static Prices {
    static TABLE: OnceLock<Prices> = OnceLock::new();
    TABLE.get_or_init(|| read(SOURCE).unwrap_or_default())
}

fn read(text: &str) -> Option<Prices> {
    let file: toml::Table = text.parse().ok()?;
    let text_of = |key: &str| Some(file.get(key)?.as_str()?.to_owned());
    let texts_of = |key: &str| -> Option<Vec<String>> {
        file.get(key)?.as_array()?.iter().map(|item| Some(item.as_str()?.to_owned())).collect()
    };
    let field = |entry: &toml::Value, key: &str| Some(entry.get(key)?.as_str()?.to_owned());
    let number = |entry: &toml::Value, key: &str| -> Option<f64> {
        let value = entry.get(key)?;
        value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
    };
    let usage = file.get("usage")?.as_table()?.iter().map(|(key, entry)| {
        let usage =
            Usage { amount: number(entry, "amount")?, unit: field(entry, "unit")?, about: field(entry, "about")? };
        Some((key.clone(), usage))
    });
    let price = file.get("price")?.as_table()?.iter().map(|(key, entry)| {
        let price = Price { usd: number(entry, "usd")?, per: field(entry, "per")?, source: field(entry, "source") };
        Some((key.clone(), price))
    });
    Some(Prices {
        date: text_of("date")?,
        region: text_of("region")?,
        same_in: texts_of("same_in")?,
        source: text_of("source")?,
        not_counted: texts_of("not_counted")?,
        free: texts_of("free")?,
        usage: usage.collect::<Option<_>>()?,
        price: price.collect::<Option<_>>()?,
    })
}

pub fn prices() -> &'static Prices {
    table()
}

pub fn cost(blueprint: &Blueprint, chosen: &Chosen) -> Result<Cost, Vec<Mistake>> {
    let plan = stacks(blueprint, chosen)?;
    Ok(cost_of(blueprint, chosen, &plan, |_| true, table()))
}

/// The same of each stack alone, by its id within the manifest.
pub fn by_stack(blueprint: &Blueprint, chosen: &Chosen) -> Result<BTreeMap<String, Cost>, Vec<Mistake>> {
    let plan = stacks(blueprint, chosen)?;
    let of = |stack: &StackSpec| cost_of(blueprint, chosen, &plan, |other| other.id == stack.id, table());
    Ok(plan.stacks.iter().map(|stack| (stack.id.clone(), of(stack))).collect())
}

fn cost_of(
    blueprint: &Blueprint,
    chosen: &Chosen,
    plan: &StackPlan,
    counts: impl Fn(&StackSpec) -> bool,
    prices: &Prices,
) -> Cost {
    let mut lines: BTreeMap<(String, String), CostLine> = BTreeMap::new();
    for stack in plan.stacks.iter().filter(|stack| counts(stack)) {
        for resource in &stack.evaluated.resources {
            let name = format!("{}.{}", stack.id, resource.logical_id);
            let meter = Meter { prices, plan, stack, resource, home: stack.region == chosen.home };
            for charge in meter.charges() {
                add(&mut lines, prices, &name, &resource.resource_type, charge);
            }
        }
    }
    let mut lines: Vec<CostLine> = lines.into_values().collect();
    lines.sort_by(|one, other| {
        let by_price = other.usd_month.unwrap_or(-1.0).total_cmp(&one.usd_month.unwrap_or(-1.0));
        by_price.then_with(|| one.what.cmp(&other.what))
    });
    Cost {
        total_usd: lines.iter().filter_map(|line| line.usd_month).sum(),
        notes: notes(chosen, prices, &lines),
        lines,
        prices_of: prices.date.clone(),
        source: prices.source.clone(),
        expected: blueprint.manifest.costs.clone(),
    }
}

fn add(
    lines: &mut BTreeMap<(String, String), CostLine>,
    prices: &Prices,
    name: &str,
    resource_type: &str,
    charge: Charge,
) {
    if charge.quantity <= 0.0 {
        return;
    }
    let price = prices.price.get(&charge.price);
    let line = lines.entry((resource_type.to_owned(), charge.price)).or_insert_with(|| CostLine {
        what: charge.what.to_owned(),
        resource_type: resource_type.to_owned(),
        resources: Vec::new(),
        unit_price_usd: price.map(|price| price.usd),
        per: price.map_or_else(String::new, |price| price.per.clone()),
        quantity: 0.0,
        usd_month: price.map(|_| 0.0),
        basis: charge.basis,
        looked_up: price.is_some_and(|price| price.source.is_some()),
    });
    if !line.resources.iter().any(|known| known == name) {
        line.resources.push(name.to_owned());
    }
    line.quantity += charge.quantity;
    line.usd_month = line.unit_price_usd.map(|usd| usd * line.quantity);
}

fn notes(chosen: &Chosen, prices: &Prices, lines: &[CostLine]) -> Vec<String> {
    let mut notes = Vec::new();
    let elsewhere: Vec<&str> = [&chosen.home, &chosen.partner]
        .into_iter()
        .map(Region::as_str)
        .filter(|region| !prices.same_in.iter().any(|same| same == region))
        .collect();
    if !elsewhere.is_empty() {
        notes.push(format!("prices are those of {}; {} charges otherwise", prices.region, elsewhere.join(" and ")));
    }
    if lines.iter().any(|line| line.usd_month.is_none()) {
        notes.push("the total is at least that: some lines have no price".to_owned());
    }
    if lines.iter().any(|line| line.usd_month.is_some() && !line.looked_up) {
        notes.push("some prices could not be looked up; they are marked".to_owned());
    }
    notes.extend(prices.not_counted.iter().map(|what| format!("not counted: {what}")));
    notes
}

/// What one resource is charged for.
struct Meter<'a> {
    prices: &'a Prices,
    plan: &'a StackPlan,
    stack: &'a StackSpec,
    resource: &'a Resource,
    /// Traffic is taken to be there alone.
    home: bool,
}

impl Meter<'_> {
    fn text(&self, path: &str) -> Option<String> {
        self.resource.properties.at(path).and_then(Value::scalar)
    }

    fn usage(&self, key: &str) -> f64 {
        self.prices.usage.get(key).map_or(0.0, |usage| usage.amount)
    }

    /// `count` of something for the whole month.
    fn hours(&self, what: &'static str, price: impl Into<String>, count: f64) -> Charge {
        let hours = self.usage("hours");
        Charge { what, price: price.into(), quantity: count * hours, basis: format!("{hours} hours a month") }
    }

    fn monthly(what: &'static str, price: &str, count: f64) -> Charge {
        Charge { what, price: price.to_owned(), quantity: count, basis: "a month each".to_owned() }
    }

    /// So much of a usage.
    fn used(&self, what: &'static str, price: &str, usage: &str, times: f64) -> Charge {
        let (amount, about) = match self.prices.usage.get(usage) {
            Some(usage) => (usage.amount, format!("{} {}: {}", usage.amount, usage.unit, usage.about)),
            None => (0.0, String::new()),
        };
        Charge { what, price: price.to_owned(), quantity: amount * times, basis: about }
    }

    /// The same where traffic is.
    fn traffic(&self, what: &'static str, price: &str, usage: &str) -> Charge {
        self.used(what, price, usage, if self.home { 1.0 } else { 0.0 })
    }

    fn charges(&self) -> Vec<Charge> {
        let kind = self.resource.resource_type.as_str();
        match kind {
            "AWS::ApiGateway::RestApi" => vec![self.traffic("REST API, requests", "api-gateway.rest", "api-requests")],
            "AWS::ApiGateway::Stage" => self.traced("TracingEnabled", "true", "API traces"),
            "AWS::ApiGatewayV2::Api" => vec![self.traffic("HTTP API, requests", "api-gateway.http", "api-requests")],
            "AWS::AutoScaling::AutoScalingGroup" => self.servers(),
            "AWS::Backup::BackupVault" => {
                vec![self.used("backups of Aurora", "backup.aurora-storage", "backup-storage", 1.0)]
            }
            "AWS::Backup::RestoreTestingPlan" => {
                vec![self.used("restore tests", "backup.restore-test", "restore-tests", 1.0)]
            }
            "AWS::CloudWatch::Alarm" => vec![Self::monthly("alarms", "cloudwatch.alarm", 1.0)],
            "AWS::CloudWatch::Dashboard" => vec![Self::monthly("dashboards", "cloudwatch.dashboard", 1.0)],
            "AWS::DynamoDB::GlobalTable" => self.table(),
            "AWS::EC2::EIP" => vec![self.hours("public addresses", "ec2.address", 1.0)],
            "AWS::EC2::NatGateway" => vec![
                self.hours("NAT gateways", "ec2.nat-hour", 1.0),
                self.traffic("NAT gateways, data", "ec2.nat-data", "nat-data"),
            ],
            "AWS::EC2::VPCEndpoint" => self.endpoint(),
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => self.balancer(),
            "AWS::Events::EventBus" => vec![self.traffic("events", "events.custom", "events")],
            "AWS::FIS::ExperimentTemplate" => {
                let actions = self.resource.properties.at("Actions").map_or(0, |actions| actions.entries().len());
                vec![self.used("experiments", "fis.action-minute", "experiment-minutes", actions as f64)]
            }
            "AWS::GlobalAccelerator::Accelerator" => vec![
                self.hours("accelerators", "global-accelerator.hour", 1.0),
                self.used("accelerators, data", "global-accelerator.transfer", "accelerator-transfer", 1.0),
            ],
            "AWS::KMS::Key" => vec![Self::monthly("keys", "kms.key", 1.0)],
            "AWS::Lambda::Function" => self.function(),
            "AWS::Logs::LogGroup" => vec![self.traffic("logs", "cloudwatch.logs", "logs")],
            "AWS::RDS::DBCluster" => self.cluster(),
            "AWS::RDS::DBInstance" => self.database(),
            "AWS::Route53::HealthCheck" => self.health_check(),
            "AWS::Route53::HostedZone" => vec![
                Self::monthly("hosted zones", "route53.zone", 1.0),
                self.used("DNS queries", "route53.queries", "dns-queries", 1.0),
            ],
            "AWS::S3::Bucket" => self.bucket(),
            "AWS::SecretsManager::Secret" => {
                let replicas = self.resource.properties.at("ReplicaRegions").map_or(0, |list| list.items().len());
                vec![Self::monthly("secrets, each replica too", "secrets.secret", 1.0 + replicas as f64)]
            }
            _ if self.prices.free.iter().any(|free| free == kind) => Vec::new(),
            _ => vec![Charge {
                what: "no price is known",
                price: String::new(),
                quantity: 1.0,
                basis: "a type that the table of prices does not have".to_owned(),
            }],
        }
    }

    fn traced(&self, path: &str, on: &str, what: &'static str) -> Vec<Charge> {
        let is_on = self.text(path).as_deref() == Some(on);
        let charge = self.traffic(what, "xray.traces", "traced-requests");
        if is_on { vec![charge] } else { Vec::new() }
    }

    fn servers(&self) -> Vec<Charge> {
        let count = self.text("MinSize").and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        let template = self
            .resource
            .depends_on
            .iter()
            .filter_map(|id| self.stack.evaluated.resource(id))
            .find(|other| other.resource_type == "AWS::EC2::LaunchTemplate");
        let data = template.and_then(|template| template.properties.get("LaunchTemplateData"));
        let size = data.and_then(|data| data.get("InstanceType")).and_then(Value::scalar).unwrap_or_default();
        let disk = data.and_then(|data| data.at("BlockDeviceMappings/0/Ebs/VolumeSize")).and_then(Value::scalar);
        let disk = disk.and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        vec![
            self.hours("servers, as many as there are at least", format!("ec2.{size}"), count),
            Self::monthly("servers' disks", "ec2.gp3", count * disk),
            self.hours("servers' public addresses", "ec2.address", count),
        ]
    }

    fn table(&self) -> Vec<Charge> {
        let replicas = self.resource.properties.at("Replicas").map(Value::items).unwrap_or_default();
        let count = replicas.len() as f64;
        let recovered = replicas
            .iter()
            .filter(|replica| {
                let recovery = replica.at("PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled");
                recovery.and_then(Value::scalar).as_deref() == Some("true")
            })
            .count();
        vec![
            self.used("table writes, in each region", "dynamodb.writes", "table-writes", count),
            self.used("table reads", "dynamodb.reads", "table-reads", 1.0),
            self.used("table storage, in each region", "dynamodb.storage", "table-storage", count),
            self.used("recovery to a point in time", "dynamodb.recovery", "table-storage", recovered as f64),
        ]
    }

    fn endpoint(&self) -> Vec<Charge> {
        if self.text("VpcEndpointType").as_deref() != Some("Interface") {
            return Vec::new();
        }
        let zones = self.resource.properties.at("SubnetIds").map_or(1, |list| list.items().len().max(1));
        vec![self.hours("interface endpoints", "ec2.interface-endpoint", zones as f64)]
    }

    fn balancer(&self) -> Vec<Charge> {
        let network = self.text("Type").as_deref() == Some("network");
        let (what, hour, unit_of, unit) = if network {
            ("network load balancers", "elb.network-hour", "network load balancers, use", "elb.network-unit")
        } else {
            (
                "application load balancers",
                "elb.application-hour",
                "application load balancers, use",
                "elb.application-unit",
            )
        };
        let units = if self.home { self.usage("balancer-units") } else { 0.0 };
        let mut charges = vec![self.hours(what, hour, 1.0), self.hours(unit_of, unit, units)];
        if self.text("Scheme").as_deref() == Some("internet-facing") {
            // An address in each zone; a list that is handed in is taken as two.
            let zones = self.resource.properties.at("Subnets").map_or(0, |list| list.items().len()).max(2);
            charges.push(self.hours("load balancers' public addresses", "ec2.address", zones as f64));
        }
        charges
    }

    fn function(&self) -> Vec<Charge> {
        let memory_mb = self.text("MemorySize").and_then(|text| text.parse::<f64>().ok()).unwrap_or(128.0);
        let requests = if self.home { self.usage("api-requests") } else { 0.0 };
        let seconds = self.usage("function-seconds");
        let mut charges = vec![
            self.traffic("functions, requests", "lambda.requests", "api-requests"),
            Charge {
                what: "functions, compute",
                price: "lambda.gb-seconds".to_owned(),
                quantity: requests * 1_000_000.0 * seconds * memory_mb / 1024.0,
                basis: format!("{requests} million requests of {seconds} s with {memory_mb} MB"),
            },
        ];
        charges.extend(self.traced("TracingConfig/Mode", "Active", "function traces"));
        charges
    }

    fn cluster(&self) -> Vec<Charge> {
        vec![
            self.used("Aurora storage", "aurora.storage", "database-storage", 1.0),
            self.traffic("Aurora I/O", "aurora.requests", "database-requests"),
            self.traffic("Aurora replicated writes", "aurora.replicated-writes", "database-replicated"),
        ]
    }

    fn database(&self) -> Vec<Charge> {
        let class = self.text("DBInstanceClass").unwrap_or_default();
        if class != "db.serverless" {
            return vec![self.hours("Aurora instances", format!("aurora.{class}"), 1.0)];
        }
        // It is in the same stack, or in another of the plan under the name that the property gives.
        let cluster = self
            .resource
            .depends_on
            .iter()
            .filter_map(|id| self.stack.evaluated.resource(id))
            .find(|other| is_cluster(other));
        let everywhere =
            || self.plan.stacks.iter().flat_map(|stack| &stack.evaluated.resources).find(|other| is_cluster(other));
        let least = cluster
            .or_else(everywhere)
            .and_then(|cluster| cluster.properties.at("ServerlessV2ScalingConfiguration/MinCapacity"))
            .and_then(Value::scalar)
            .and_then(|text| text.parse::<f64>().ok());
        vec![self.hours("Aurora capacity, as much as there is at least", "aurora.capacity-unit", least.unwrap_or(0.5))]
    }

    fn health_check(&self) -> Vec<Charge> {
        let config = |key: &str| self.text(&format!("HealthCheckConfig/{key}"));
        let kind = config("Type").unwrap_or_default();
        let options = usize::from(kind.starts_with("HTTPS"))
            + usize::from(kind.ends_with("STR_MATCH"))
            + usize::from(config("RequestInterval").as_deref() == Some("10"))
            + usize::from(config("MeasureLatency").as_deref() == Some("true"));
        vec![
            Self::monthly("health checks", "route53.health-check", 1.0),
            Self::monthly("health checks, HTTPS and other options", "route53.health-check-option", options as f64),
        ]
    }

    fn bucket(&self) -> Vec<Charge> {
        let rules = self.resource.properties.at("ReplicationConfiguration/Rules").map(Value::items).unwrap_or_default();
        let has =
            |path: &str| rules.iter().any(|rule| rule.at(path).and_then(Value::scalar).as_deref() == Some("Enabled"));
        let replicates = if rules.is_empty() { 0.0 } else { 1.0 };
        let timed = if has("Destination/ReplicationTime/Status") { 1.0 } else { 0.0 };
        // Bytes and operations that wait, the latency, and what failed.
        let metrics = if has("Destination/Metrics/Status") { 4.0 } else { 0.0 };
        vec![
            self.used("S3 storage", "s3.storage", "bucket-storage", 1.0),
            self.used("S3 writes", "s3.puts", "bucket-puts", 1.0),
            self.used("S3 replication, transfer", "ec2.transfer", "bucket-written", replicates),
            self.used("S3 replication in 15 minutes", "s3.replication-time", "bucket-written", timed),
            Self::monthly("S3 replication metrics", "cloudwatch.metric", metrics),
        ]
    }
}

fn is_cluster(resource: &Resource) -> bool {
    resource.resource_type == "AWS::RDS::DBCluster"
}
