//! The five architectures as the simulator holds them: the topology a console is configured with, and the estate
//! behind it. Every name and id is read off the stacks that made it; nothing is named here.

mod ecommerce;
mod global_accelerator;
mod payments_aurora;
mod payments_serverless;
mod serverless;

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::CustomMetric;
use lifeboat_model::facts::route53::{Alias, HealthCheckKind, RecordSet, Routing};
use lifeboat_model::id::{AccountId, AlarmName, Arn, ClusterId, DeploymentName, DnsName, HealthCheckId, Region};
use lifeboat_model::metric::Measure;
use lifeboat_model::topology::{
    AlarmSelection, ApiTarget, Blueprint, BucketPair, CanaryTarget, Deployment, HealthCheckTarget, InRegion,
    LoadBalancerKind, LoadBalancerTarget, ProbeTarget, QuotaTarget, Takeover, TakeoverLever,
};

use crate::ACCOUNT;
use crate::cloudformation::founding::{self, Founded};
use crate::cloudformation::physical::{self, invented, uuid};
use crate::cloudformation::{Account, Resource, Stack};
use crate::estate::{
    AlarmEstate, AuroraEstate, Balancer, CheckEstate, Comparison, Estate, FunctionEstate, Lever, MissingData,
    ParameterEstate, Storage, Watched,
};
use crate::physics::clients::CANARY_INTERVAL_S;
use crate::physics::metrics::{Catalog, RULE_ID};
use crate::side::{Pair, Side};

/// The object whose presence moves traffic, where the standby takes over.
const MARKER: &str = "takeover/active";

/// The topology of an architecture, with the names it has when its environment suffix is `suffix` and it is made in its
/// usual regions, under its own name.
pub fn deployment(blueprint: Blueprint, suffix: &str) -> Deployment {
    let name = DeploymentName::from(blueprint.as_str());
    let of = |account: &Account| account.founded.get(&name)?.estate.as_ref().map(|estate| estate.deployment.clone());
    let deployment = if suffix == "dev" {
        of(&founding::standing_five(false))
    } else {
        founding::standing_one(blueprint, suffix).ok().as_ref().and_then(of)
    };
    deployment.unwrap_or_else(|| outline(blueprint))
}

/// No more than its name and its regions: known at once, without a walk of templates.
pub fn outline(blueprint: Blueprint) -> Deployment {
    let partner = match blueprint {
        Blueprint::Ecommerce | Blueprint::Serverless => "us-west-2",
        Blueprint::PaymentsAurora | Blueprint::GlobalAccelerator | Blueprint::PaymentsServerless => "us-east-2",
    };
    let bare = Deployment::bare(blueprint.as_str(), Region::from("us-east-1"), Region::from(partner));
    Deployment { blueprint: Some(blueprint), ..bare }
}

/// The estate of a deployment whose stacks stand; `None` where one of them lacks what the architecture is made of.
pub(crate) fn estate_of(account: &Account, name: &DeploymentName, standby_takes_over: bool) -> Option<Estate> {
    let founded = account.founded.get(name)?;
    let site = Site { account, founded };
    let blueprint = founded.blueprint;
    let mut estate = match blueprint {
        Blueprint::Ecommerce => ecommerce::estate(&site),
        Blueprint::PaymentsAurora => payments_aurora::estate(&site),
        Blueprint::GlobalAccelerator => global_accelerator::estate(&site),
        Blueprint::Serverless => serverless::estate(&site),
        Blueprint::PaymentsServerless => payments_serverless::estate(&site),
    }?;
    estate.built_at = founded.since;
    estate.parameters = site.parameters();
    if standby_takes_over && matches!(blueprint, Blueprint::PaymentsAurora | Blueprint::PaymentsServerless) {
        let suffix = site.suffix();
        let_standby_take_over(&mut estate, suffix, blueprint == Blueprint::PaymentsAurora);
    }
    estate.alarms = site.alarms(&estate);
    describe(&mut estate);
    estate.deployment.stacks =
        founded.stacks.values().map(|key| InRegion::new(key.region.clone(), key.name.clone())).collect();
    Some(estate)
}

/// What was made of one deployment.
struct Site<'a> {
    account: &'a Account,
    founded: &'a Founded,
}

impl<'a> Site<'a> {
    fn suffix(&self) -> &'a str {
        self.founded.values.get("EnvironmentSuffix").map_or("", String::as_str)
    }

    fn bare(&self) -> Deployment {
        let regions = &self.founded.regions;
        let mut deployment =
            Deployment::bare(self.founded.name.as_str(), regions.home.clone(), regions.partner.clone());
        deployment.blueprint = Some(self.founded.blueprint);
        deployment
    }

    fn stack(&self, stack: &str) -> Option<&'a Stack> {
        self.account.stacks.get(self.founded.stacks.get(stack)?).map(std::sync::Arc::as_ref)
    }

    fn resource(&self, stack: &str, logical_id: &str) -> Option<&'a Resource> {
        self.stack(stack)?.resources.get(logical_id)
    }

    /// What AWS calls it.
    fn id(&self, stack: &str, logical_id: &str) -> Option<&'a str> {
        self.resource(stack, logical_id)?.id.as_deref()
    }

    fn attribute(&self, stack: &str, logical_id: &str, name: &str) -> Option<&'a str> {
        self.resource(stack, logical_id)?.attributes.get(name)?.as_str()
    }

    fn output(&self, stack: &str, key: &str) -> Option<&'a str> {
        self.stack(stack)?.outputs.get(key).map(String::as_str)
    }

    fn is_on(&self, parameter: &str) -> bool {
        self.founded.values.get(parameter).is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
    }

    /// The same of both sides, by the stack and logical id of each.
    fn ids<T: From<&'a str>>(&self, home: (&str, &str), partner: (&str, &str)) -> Option<Pair<T>> {
        Some(Pair::new(T::from(self.id(home.0, home.1)?), T::from(self.id(partner.0, partner.1)?)))
    }

    fn aurora(&self, engine: &'static str, stacks: Pair<&str>, serverless: Option<(u32, u32)>) -> Option<AuroraEstate> {
        let member = |side: Side| self.resource(stacks.at(side), "DbCluster");
        let version = member(Side::Home)?.text("EngineVersion").to_owned();
        let clusters: Pair<ClusterId> = self.ids((stacks.home, "DbCluster"), (stacks.partner, "DbCluster"))?;
        let arns = Pair::new(
            Arn::from(self.attribute(stacks.home, "DbCluster", "DBClusterArn")?),
            Arn::from(self.attribute(stacks.partner, "DbCluster", "DBClusterArn")?),
        );
        Some(AuroraEstate {
            global: self.id("primary", "GlobalCluster")?.into(),
            engine,
            engine_version: version,
            clusters,
            arns,
            instances: self.ids((stacks.home, "DbInstance"), (stacks.partner, "DbInstance"))?,
            serverless_half_acu: serverless,
        })
    }

    fn balancer(&self, stack: &str, logical_id: &str, group: &str, targets: &[&str]) -> Option<Balancer> {
        let network = self.resource(stack, logical_id)?.text("Type") == "network";
        Some(Balancer {
            kind: if network { LoadBalancerKind::Network } else { LoadBalancerKind::Application },
            arn: self.id(stack, logical_id)?.into(),
            target_group: self.id(stack, group)?.into(),
            fixed_targets: targets.iter().map(|target| (*target).to_owned()).collect(),
        })
    }

    fn storage(&self, home: (&str, &str), partner: (&str, &str), role: (&str, &str)) -> Option<Storage> {
        let bucket = self.resource(home.0, home.1)?;
        let rule = bucket.sent.get("ReplicationConfiguration")?.get("Rules")?.get(0)?;
        let on = |part: Option<&serde_json::Value>| {
            part.and_then(|part| part.get("Status")).and_then(serde_json::Value::as_str) == Some("Enabled")
        };
        let destination = rule.get("Destination");
        Some(Storage {
            buckets: self.ids(home, partner)?,
            rule: rule.get("Id")?.as_str()?.to_owned(),
            role: self.attribute(role.0, role.1, "Arn")?.into(),
            delete_markers: on(rule.get("DeleteMarkerReplication")),
            time_control_minutes: on(destination.and_then(|to| to.get("ReplicationTime"))).then_some(15),
            metrics: on(destination.and_then(|to| to.get("Metrics"))),
        })
    }

    /// A health check as its stack made it.
    fn check(&self, stack: &str, logical_id: &str, side: Side) -> Option<CheckEstate> {
        let config = self.resource(stack, logical_id)?.sent.get("HealthCheckConfig")?;
        let text = |name: &str| config.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let number = |name: &str| {
            config.get(name).and_then(serde_json::Value::as_u64).and_then(|number| u32::try_from(number).ok())
        };
        let (host, path) = (text("FullyQualifiedDomainName"), text("ResourcePath"));
        let (kind, scheme) = match text("Type") {
            "TCP" => (HealthCheckKind::Tcp, "tcp"),
            "HTTP" => (HealthCheckKind::Http, "http"),
            _ => (HealthCheckKind::Https, "https"),
        };
        Some(CheckEstate {
            id: self.id(stack, logical_id)?.into(),
            kind,
            target: format!("{scheme}://{host}:{}{path}", number("Port").unwrap_or(443)),
            interval_s: number("RequestInterval").unwrap_or(30),
            threshold: number("FailureThreshold").unwrap_or(3),
            side,
            lever: None,
        })
    }

    /// Both records of the public name, as their stack made them.
    fn records(&self, stack: &str, records: [&str; 2]) -> Option<Vec<RecordSet>> {
        records.into_iter().map(|logical_id| record_of(self.resource(stack, logical_id)?)).collect()
    }

    fn function(&self, side: Side, stack: &str, logical_id: &str, runtime: &'static str) -> Option<FunctionEstate> {
        Some(FunctionEstate {
            side,
            name: self.id(stack, logical_id)?.into(),
            runtime,
            code: runtime,
            event_source: None,
        })
    }

    fn topics(&self, topics: &[(&str, &str)]) -> Vec<Arn> {
        topics.iter().filter_map(|(stack, logical_id)| self.id(stack, logical_id)).map(Arn::from).collect()
    }

    fn resources(&self) -> impl Iterator<Item = (&'a Stack, &'a Resource)> {
        let stacks: Vec<&Stack> = self
            .founded
            .stacks
            .values()
            .filter_map(|key| self.account.stacks.get(key))
            .map(std::sync::Arc::as_ref)
            .collect();
        stacks.into_iter().flat_map(|stack| stack.resources.values().map(move |resource| (stack, resource)))
    }

    /// Parameters of both regions, each once: their values are the same when they are made.
    fn parameters(&self) -> Vec<ParameterEstate> {
        let mut found: Vec<ParameterEstate> = Vec::new();
        let plain = self.resources().filter(|(_, own)| own.laid.kind == "AWS::SSM::Parameter");
        let plain = plain.filter_map(|(_, own)| Some((own.id.clone()?, false, own.text("Value").to_owned())));
        let secure = (self.founded.blueprint == Blueprint::GlobalAccelerator).then(|| {
            let name = format!("/accelerated/{}/api-key", self.suffix());
            let value = invented(&name, 32);
            (name, true, value)
        });
        for (name, secure, value) in plain.chain(secure) {
            if !found.iter().any(|own| own.name.as_str() == name) {
                found.push(ParameterEstate { name: name.into(), secure, value });
            }
        }
        found
    }

    /// The alarms whose series the estate publishes; of others nothing is known but that they are there.
    fn alarms(&self, estate: &Estate) -> Vec<AlarmEstate> {
        let catalog = Catalog::of(estate);
        let alarms = self.resources().filter(|(_, own)| own.laid.kind == "AWS::CloudWatch::Alarm");
        alarms.filter_map(|(stack, own)| alarm_of(estate, &catalog, &stack.key.region, own)).collect()
    }
}

/// A record as its stack made it.
pub(crate) fn record_of(resource: &Resource) -> Option<RecordSet> {
    let sent = &resource.sent;
    let text = |name: &str| sent.get(name).and_then(serde_json::Value::as_str);
    let alias = sent.get("AliasTarget").and_then(|alias| {
        Some(Alias {
            target: DnsName::normal(alias.get("DNSName")?.as_str()?),
            zone: alias.get("HostedZoneId")?.as_str()?.into(),
            evaluate_target_health: alias
                .get("EvaluateTargetHealth")
                .and_then(serde_json::Value::as_bool)
                .unwrap_or_default(),
        })
    });
    let values = sent.get("ResourceRecords").and_then(serde_json::Value::as_array);
    Some(RecordSet {
        zone: text("HostedZoneId")?.into(),
        name: DnsName::new(text("Name")?),
        record_type: text("Type")?.to_owned(),
        set_identifier: text("SetIdentifier").map(ToOwned::to_owned),
        routing: match text("Failover") {
            Some("PRIMARY") => Routing::FailoverPrimary,
            Some("SECONDARY") => Routing::FailoverSecondary,
            Some(_) | None => Routing::Simple,
        },
        ttl_s: text("TTL")
            .and_then(|ttl| ttl.parse().ok())
            .or_else(|| sent.get("TTL").and_then(serde_json::Value::as_u64).and_then(|ttl| u32::try_from(ttl).ok())),
        values: values.into_iter().flatten().filter_map(serde_json::Value::as_str).map(ToOwned::to_owned).collect(),
        alias,
        health_check: text("HealthCheckId").map(HealthCheckId::from),
    })
}

/// An alarm by the series it watches.
fn alarm_of(estate: &Estate, catalog: &Catalog, region: &Region, own: &Resource) -> Option<AlarmEstate> {
    let watches =
        Side::BOTH.into_iter().flat_map(|side| Measure::ALL.into_iter().map(move |measure| Watched { measure, side }));
    let dimensions = own.sent.get("Dimensions").and_then(serde_json::Value::as_array);
    let mut asked: Vec<(String, String)> = dimensions
        .into_iter()
        .flatten()
        .filter_map(|dimension| {
            Some((dimension.get("Name")?.as_str()?.to_owned(), dimension.get("Value")?.as_str()?.to_owned()))
        })
        .filter(|(name, _)| name != RULE_ID)
        .collect();
    asked.sort();
    let fits = |watched: &Watched| {
        let spec = watched.measure.spec();
        spec.namespace == own.text("Namespace")
            && spec.name == own.text("MetricName")
            && catalog
                .entry(catalog.watched(estate, *watched))
                .is_some_and(|entry| entry.region == *region && entry.dimensions == asked)
    };
    let watches = watches.into_iter().find(fits)?;
    let number = |name: &str| own.sent.get(name).and_then(serde_json::Value::as_f64);
    Some(AlarmEstate {
        name: own.id.as_deref()?.into(),
        region: region.clone(),
        side: estate.side_of(region).unwrap_or(Side::Home),
        watches,
        comparison: match own.text("ComparisonOperator") {
            "LessThanThreshold" => Comparison::LessThanThreshold,
            _ => Comparison::GreaterThanThreshold,
        },
        threshold: number("Threshold").unwrap_or_default(),
        evaluation_periods: own
            .sent
            .get("EvaluationPeriods")
            .and_then(serde_json::Value::as_u64)
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(1),
        missing: match own.text("TreatMissingData") {
            "breaching" => MissingData::Breaching,
            "notBreaching" => MissingData::NotBreaching,
            "ignore" => MissingData::Ignore,
            _ => MissingData::Missing,
        },
    })
}

/// Fills the deployment with what follows from the estate, so that the two cannot disagree.
fn describe(estate: &mut Estate) {
    let regions = &estate.regions;
    let deployment = &mut estate.deployment;
    deployment.account = Some(AccountId::from(ACCOUNT));
    deployment.global_cluster = estate.aurora.as_ref().map(|aurora| aurora.global.clone());
    deployment.tables = vec![estate.table.clone()];
    deployment.buckets = vec![BucketPair {
        source: InRegion::new(regions.home.clone(), estate.storage.buckets.home.clone()),
        destination: InRegion::new(regions.partner.clone(), estate.storage.buckets.partner.clone()),
    }];
    deployment.health_checks = estate
        .checks
        .iter()
        .map(|check| HealthCheckTarget {
            id: check.id.clone(),
            watches: check.lever.is_none().then(|| regions.at(check.side).clone()),
        })
        .collect();
    deployment.alarms = AlarmSelection {
        prefixes: Vec::new(),
        names: estate.alarms.iter().map(|alarm| alarm.name.clone().to_string()).collect(),
    };
    for side in Side::BOTH {
        let (region, door) = (regions.at(side), estate.doors.at(side));
        deployment.load_balancers.extend(door.balancer.as_ref().map(|balancer| LoadBalancerTarget {
            region: region.clone(),
            kind: balancer.kind,
            arn: balancer.arn.clone(),
            target_group: Some(balancer.target_group.clone()),
        }));
        deployment.apis.extend(door.api.as_ref().map(|api| ApiTarget::Rest {
            region: region.clone(),
            api_name: api.name.clone(),
            stage: api.stage.clone(),
        }));
        deployment.probes.push(ProbeTarget { region: Some(region.clone()), url: door.probe.clone() });
    }
    deployment.functions = estate
        .functions
        .iter()
        .map(|function| InRegion::new(regions.at(function.side).clone(), function.name.clone()))
        .collect();
    deployment.accelerators = estate.accelerator.iter().map(|accelerator| accelerator.arn.clone()).collect();
    for side in Side::BOTH {
        let region = regions.at(side);
        deployment
            .vaults
            .extend(estate.vaults.iter().map(|vaults| InRegion::new(region.clone(), vaults.at(side).clone())));
        deployment
            .scaling_groups
            .extend(estate.groups.iter().map(|groups| InRegion::new(region.clone(), groups.at(side).name.clone())));
    }
    let quota =
        |service: &str, code: &str| QuotaTarget { service_code: service.to_owned(), quota_code: code.to_owned() };
    // Servers answer where there are any; functions do elsewhere.
    if deployment.scaling_groups.is_empty() {
        deployment.quotas.push(quota("lambda", "L-B99A9384"));
    } else {
        deployment.quotas.push(quota("ec2", "L-1216C47A"));
    }
    if estate.aurora.is_some() {
        deployment.quotas.push(quota("rds", "L-952B80B8"));
    }
    deployment.topics.clone_from(&estate.topics);
    deployment.replication_role = Some(estate.storage.role.clone());
    // Clients without a public name hold a URL; this name stands for whichever they hold.
    let held = || format!("held-url.{}.lifeboat.test", deployment.name);
    let host = deployment.public_name.as_ref().map_or_else(held, ToString::to_string);
    deployment.canary = Some(canary(&host, estate.aurora.is_some()));
    if let Some(name) = &deployment.public_name {
        let probe = &estate.doors.home.probe;
        let path = probe.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        deployment.probes.insert(0, ProbeTarget { region: None, url: format!("https://{name}/{path}") });
    }
}

/// Every store of the architecture can be asked for a canary by name.
fn canary(host: &str, has_aurora: bool) -> CanaryTarget {
    let kept = StoreKind::ALL.into_iter().filter(|store| has_aurora || *store != StoreKind::Aurora);
    CanaryTarget {
        write_url: format!("https://{host}/canary"),
        read_urls: kept
            .map(|store| (store, format!("https://{host}/canary/{{nonce}}?store={}", store.as_str())))
            .collect(),
        interval: Duration::from_secs(CANARY_INTERVAL_S.unsigned_abs()),
    }
}

/// Puts an inverted check on the primary record, which counts as healthy as long as nobody has pulled the lever. Names
/// then move by nothing but a write in the standby's region: of an object, or, where `by_metric`, of a metric.
fn let_standby_take_over(estate: &mut Estate, suffix: &str, by_metric: bool) {
    let region = estate.regions.partner.clone();
    let id = check_id(&format!("standby-takes-over-{}-{suffix}", estate.deployment.name));
    let (kind, target, own, lever) =
        if by_metric { metric_lever(estate, suffix, &region) } else { marker_lever(estate, &region) };
    let check = CheckEstate { id, kind, target, interval_s: 30, threshold: 3, side: Side::Partner, lever: Some(own) };
    for record in estate.records.iter_mut().filter(|record| record.routing == Routing::FailoverPrimary) {
        record.health_check = Some(check.id.clone());
    }
    estate.deployment.takeovers = vec![Takeover { region, check: check.id.clone(), lever }];
    estate.checks.push(check);
}

type LeverWords = (HealthCheckKind, String, Lever, TakeoverLever);

fn marker_lever(estate: &Estate, region: &Region) -> LeverWords {
    let bucket = estate.storage.buckets.partner.clone();
    let target = format!("https://{bucket}.s3.{region}.amazonaws.com:443/{MARKER}");
    let own = Lever::Marker((bucket.to_string(), MARKER.to_owned()));
    (HealthCheckKind::Https, target, own, TakeoverLever::Marker { bucket, key: MARKER.to_owned() })
}

fn metric_lever(estate: &Estate, suffix: &str, region: &Region) -> LeverWords {
    let metric = CustomMetric {
        region: region.clone(),
        namespace: "Takeover".to_owned(),
        name: "StandbyActive".to_owned(),
        dimensions: vec![("Deployment".to_owned(), format!("{}-{suffix}", estate.deployment.name))],
    };
    let alarm = AlarmName::from(format!("{}-takeover-{suffix}", estate.deployment.name).as_str());
    let target = format!("alarm {alarm} in {region}");
    let own = Lever::Metric { metric: metric.clone(), at_least: 1.0, alarm };
    (HealthCheckKind::CloudwatchMetric, target, own, TakeoverLever::Metric { metric, on: 1, off: 0 })
}

fn arn(service: &str, region: &Region, resource: &str) -> Arn {
    Arn::new(physical::arn(service, region, resource))
}

/// An identifier that AWS would have made up.
fn check_id(name: &str) -> HealthCheckId {
    HealthCheckId::new(uuid(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_deployment_is_named_as_its_blueprint() {
        for blueprint in Blueprint::ALL {
            let deployment = deployment(blueprint, "dev");
            assert_eq!(deployment.name.as_str(), blueprint.as_str());
            assert_eq!(deployment.blueprint, Some(blueprint));
            assert_eq!(deployment.regions.home.as_str(), "us-east-1");
        }
    }

    #[test]
    fn the_documented_names_are_exact() {
        let payments = deployment(Blueprint::PaymentsAurora, "dev");
        assert_eq!(payments.regions.partner.as_str(), "us-east-2");
        assert_eq!(
            payments.global_cluster.as_ref().map(lifeboat_model::id::GlobalClusterId::as_str),
            Some("aurora-global-dev")
        );
        assert_eq!(payments.tables, vec!["payment-transactions-dev".into()]);
        assert_eq!(payments.buckets[0].source.name.as_str(), "dr-primary-bucket-dev");
        assert_eq!(payments.buckets[0].destination.name.as_str(), "dr-secondary-bucket-dev");
        assert_eq!(payments.functions[0].name.as_str(), "payment-processor-primary-dev");
        assert_eq!(
            payments.objectives.rpo_of(lifeboat_model::assessment::StoreKind::Aurora),
            Some(Duration::from_secs(1))
        );
        assert_eq!(payments.objectives.rto, Some(Duration::from_mins(2)));
        let shop = deployment(Blueprint::Ecommerce, "qa");
        assert_eq!(shop.buckets[0].source.name.as_str(), "ecommerce-assets-primary-qa");
        assert_eq!(shop.regions.partner.as_str(), "us-west-2");
        let simple = deployment(Blueprint::Serverless, "dev");
        assert_eq!(simple.tables, vec!["tap-dev-global".into()]);
        assert_eq!(simple.buckets[0].destination.name.as_str(), "tap-dev-secondary-us-west-2");
        let serverless = deployment(Blueprint::PaymentsServerless, "dev");
        assert_eq!(serverless.functions[1].name.as_str(), "payment-processor-us-east-2-dev");
        assert_eq!(serverless.objectives.rto, Some(Duration::from_mins(5)));
    }

    #[test]
    fn no_two_deployments_share_a_resource() {
        let account = founding::standing_five(false);
        let mut seen = BTreeSet::new();
        for founded in account.founded.values() {
            let estate = founded.estate.as_ref().expect("it stands");
            let names = estate
                .deployment
                .stacks
                .iter()
                .map(|stack| stack.name.to_string())
                .chain(estate.alarms.iter().map(|alarm| alarm.name.to_string()))
                .chain(estate.checks.iter().map(|check| check.id.to_string()))
                .chain(estate.functions.iter().map(|function| function.name.to_string()))
                .chain(estate.deployment.parameter_paths.iter().map(ToString::to_string))
                .chain([estate.table.to_string(), estate.storage.buckets.home.to_string()]);
            for name in names {
                assert!(seen.insert(name.clone()), "{name} twice");
            }
        }
    }

    #[test]
    fn an_outline_is_of_the_deployment_that_the_walk_gives() {
        for blueprint in Blueprint::ALL {
            let (outline, whole) = (outline(blueprint), deployment(blueprint, "dev"));
            assert_eq!((&outline.name, &outline.regions), (&whole.name, &whole.regions));
            assert_eq!(outline.blueprint, whole.blueprint);
        }
    }

    #[test]
    fn no_name_is_reserved_by_route_53() {
        for blueprint in Blueprint::ALL {
            let deployment = deployment(blueprint, "dev");
            let ours = |name: &str| name.ends_with(".lifeboat.test") || name.ends_with(".test.local");
            assert!(deployment.records.iter().all(|record| ours(record.name.as_str())));
        }
    }
}
