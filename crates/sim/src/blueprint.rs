//! The five architectures as the simulator holds them: the topology a console is configured with, and the estate
//! behind it. Names are the architectures' own; where they leave one open it is chosen here and nowhere else.

mod ecommerce;
mod global_accelerator;
mod payments_aurora;
mod payments_serverless;
mod serverless;

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::CustomMetric;
use lifeboat_model::facts::route53::{HealthCheckKind, RecordSet, Routing};
use lifeboat_model::id::{
    AccountId, AlarmName, Arn, BucketName, ClusterId, DnsName, HealthCheckId, InstanceId, Region, ZoneId,
};
use lifeboat_model::metric::Measure;
use lifeboat_model::topology::{
    AlarmSelection, ApiTarget, Blueprint, BucketPair, CanaryTarget, Deployment, HealthCheckTarget, InRegion,
    LoadBalancerTarget, ProbeTarget, QuotaTarget, Takeover, TakeoverLever,
};

use crate::ACCOUNT;
use crate::draw::digest;
use crate::estate::{
    AcceleratorEstate, AlarmEstate, Api, AuroraEstate, Balancer, CheckEstate, Comparison, Door, Estate, Front,
    FunctionEstate, GroupEstate, Holds, Lever, MissingData, StackEstate, Storage, Watched,
};
use crate::physics::clients::CANARY_INTERVAL_S;
use crate::side::{Pair, Side};

/// The object whose presence moves traffic, where the standby takes over.
const MARKER: &str = "takeover/active";

/// The topology of an architecture, with the names it has when its environment suffix is `suffix`.
pub fn deployment(blueprint: Blueprint, suffix: &str) -> Deployment {
    estate(blueprint, suffix, false).deployment
}

/// With `standby_takes_over`, the payments' traffic moves by a write in the standby's region alone.
pub(crate) fn estate(blueprint: Blueprint, suffix: &str, standby_takes_over: bool) -> Estate {
    let mut estate = match blueprint {
        Blueprint::Ecommerce => ecommerce::estate(suffix),
        Blueprint::PaymentsAurora => payments_aurora::estate(suffix),
        Blueprint::GlobalAccelerator => global_accelerator::estate(suffix),
        Blueprint::Serverless => serverless::estate(suffix),
        Blueprint::PaymentsServerless => payments_serverless::estate(suffix),
    };
    if standby_takes_over && matches!(blueprint, Blueprint::PaymentsAurora | Blueprint::PaymentsServerless) {
        let_standby_take_over(&mut estate, suffix, blueprint == Blueprint::PaymentsAurora);
    }
    estate.tags.push(("Environment".to_owned(), suffix.to_owned()));
    estate.tags.push(("lifeboat:deployment".to_owned(), estate.deployment.name.to_string()));
    describe(&mut estate);
    fill_stacks(&mut estate);
    estate
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
        deployment.probes.push(ProbeTarget {
            region: Some(region.clone()),
            url: format!("https://{}{}", door.host, door.health_path),
        });
    }
    deployment.functions = estate
        .functions
        .iter()
        .map(|function| InRegion::new(regions.at(function.side).clone(), function.name.clone()))
        .collect();
    deployment.accelerators = estate.accelerator.iter().map(|accelerator| accelerator.arn.clone()).collect();
    deployment.stacks =
        estate.stacks.iter().map(|stack| InRegion::new(regions.at(stack.side).clone(), stack.name.clone())).collect();
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
    if !deployment.functions.is_empty() {
        deployment.quotas.push(quota("lambda", "L-B99A9384"));
    }
    if !deployment.scaling_groups.is_empty() {
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
        let path = estate.doors.home.health_path;
        deployment.probes.insert(0, ProbeTarget { region: None, url: format!("https://{name}{path}") });
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

// ------ The words in which the five files are written.

fn pair_of_regions(partner: &str) -> Pair<Region> {
    Pair::new(Region::from("us-east-1"), Region::from(partner))
}

/// A made-up identifier of `digits` lower-case hexadecimal digits, the same for the same name.
fn invented(name: &str, digits: usize) -> String {
    let text = format!("{:016x}{:016x}", digest(name.as_bytes()), digest(format!("{name}/more").as_bytes()));
    text.chars().take(digits).collect()
}

fn check_id(name: &str) -> HealthCheckId {
    let digits = invented(name, 32);
    let group = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    HealthCheckId::new(format!(
        "{}-{}-{}-{}-{}",
        group(0, 8),
        group(8, 12),
        group(12, 16),
        group(16, 20),
        group(20, 32)
    ))
}

fn zone_id(name: &str) -> ZoneId {
    ZoneId::new(format!("Z{}", invented(name, 20).to_uppercase()))
}

fn arn(service: &str, region: &Region, resource: &str) -> Arn {
    Arn::new(format!("arn:aws:{service}:{region}:{ACCOUNT}:{resource}"))
}

fn balancer(
    kind: lifeboat_model::topology::LoadBalancerKind,
    region: &Region,
    name: &str,
    targets: &[&str],
) -> Balancer {
    let short = match kind {
        lifeboat_model::topology::LoadBalancerKind::Application => "app",
        lifeboat_model::topology::LoadBalancerKind::Network => "net",
    };
    let id = invented(&format!("{name}{region}"), 16);
    Balancer {
        kind,
        arn: arn("elasticloadbalancing", region, &format!("loadbalancer/{short}/{name}/{id}")),
        target_group: arn(
            "elasticloadbalancing",
            region,
            &format!("targetgroup/{name}/{}", invented(&format!("targets{name}{region}"), 16)),
        ),
        fixed_targets: targets.iter().map(|target| (*target).to_owned()).collect(),
    }
}

fn api_host(region: &Region, name: &str) -> String {
    format!("{}.execute-api.{region}.amazonaws.com", invented(&format!("{name}{region}"), 10))
}

fn cluster_arns(regions: &Pair<Region>, clusters: &Pair<ClusterId>) -> Pair<Arn> {
    Pair::from_fn(|side| arn("rds", regions.at(side), &format!("cluster:{}", clusters.at(side))))
}

/// Where applications of one region reach its member cluster.
pub(crate) fn cluster_endpoint(id: &ClusterId, region: &Region) -> String {
    format!("{id}.cluster-{:012x}.{region}.rds.amazonaws.com", digest(id.as_str().as_bytes()) >> 16)
}

fn instances(clusters: &Pair<ClusterId>) -> Pair<InstanceId> {
    Pair::from_fn(|side| InstanceId::new(format!("{}-1", clusters.at(side))))
}

fn https_check(name: &str, host: &str, path: &str, side: Side) -> CheckEstate {
    CheckEstate {
        id: check_id(name),
        kind: HealthCheckKind::Https,
        target: format!("https://{host}:443{path}"),
        interval_s: 30,
        threshold: 3,
        side,
        lever: None,
    }
}

/// A PRIMARY and a SECONDARY CNAME with a TTL of 60 s.
fn failover_names(
    zone: &ZoneId,
    name: &DnsName,
    hosts: [&str; 2],
    checks: [Option<HealthCheckId>; 2],
) -> Vec<RecordSet> {
    let [home, partner] = hosts;
    let [home_check, partner_check] = checks;
    let record = |identifier: &str, routing: Routing, host: &str, health_check: Option<HealthCheckId>| RecordSet {
        zone: zone.clone(),
        name: name.clone(),
        record_type: "CNAME".to_owned(),
        set_identifier: Some(identifier.to_owned()),
        routing,
        ttl_s: Some(60),
        values: vec![host.to_owned()],
        alias: None,
        health_check,
    };
    vec![
        record("primary", Routing::FailoverPrimary, home, home_check),
        record("secondary", Routing::FailoverSecondary, partner, partner_check),
    ]
}

/// What an alarm is, in the order in which one says it.
struct AlarmWords<'a> {
    name: &'a str,
    /// The side in whose region it stands, which is where it sees metrics.
    stands: Side,
    measure: Measure,
    /// The side whose resource it watches.
    of: Side,
    comparison: Comparison,
    threshold: f64,
    evaluation_periods: u32,
    missing: MissingData,
}

fn alarm(regions: &Pair<Region>, words: &AlarmWords<'_>) -> AlarmEstate {
    AlarmEstate {
        name: words.name.into(),
        region: regions.at(words.stands).clone(),
        side: words.stands,
        watches: Watched { measure: words.measure, side: words.of },
        comparison: words.comparison,
        threshold: words.threshold,
        evaluation_periods: words.evaluation_periods,
        missing: words.missing,
    }
}

/// An alarm on a health check's status: in us-east-1, where alone that metric is.
fn check_alarm(regions: &Pair<Region>, name: &str, of: Side) -> AlarmEstate {
    alarm(
        regions,
        &AlarmWords {
            name,
            stands: Side::Home,
            measure: Measure::HealthCheckStatus,
            of,
            comparison: Comparison::LessThanThreshold,
            threshold: 1.0,
            evaluation_periods: 1,
            missing: MissingData::Breaching,
        },
    )
}

/// A stack for each region and a global one; what they hold follows from the rest.
fn stacks(prefix: &str, roles: [&str; 2]) -> Vec<StackEstate> {
    let [home, partner] = roles;
    let stack = |side: Side, role: &str, holds: Holds| StackEstate {
        side,
        name: format!("{prefix}-{role}").into(),
        holds,
        outputs: Vec::new(),
        resources: Vec::new(),
    };
    vec![
        stack(Side::Home, home, Holds::Region),
        stack(Side::Partner, partner, Holds::Region),
        stack(Side::Home, "global", Holds::Global),
    ]
}

/// The physical ids under which CloudFormation knows what a stack holds.
fn fill_stacks(estate: &mut Estate) {
    let filled: Vec<_> = estate
        .stacks
        .iter()
        .map(|stack| match stack.holds {
            Holds::Region => regional_resources(estate, stack.side),
            Holds::Global => global_resources(estate),
        })
        .collect();
    for (stack, (resources, outputs)) in estate.stacks.iter_mut().zip(filled) {
        stack.resources = resources;
        stack.outputs = outputs;
    }
}

type Held = (Vec<(String, &'static str, String)>, Vec<(&'static str, String)>);

fn regional_resources(estate: &Estate, side: Side) -> Held {
    let door = estate.doors.at(side);
    let mut held = Vec::new();
    let mut outputs = Vec::new();
    let mut add = |logical: &str, kind: &'static str, id: String| held.push((logical.to_owned(), kind, id));
    if let Some(aurora) = &estate.aurora {
        if side == Side::Home {
            add("GlobalCluster", "AWS::RDS::GlobalCluster", aurora.global.to_string());
        }
        add("DbCluster", "AWS::RDS::DBCluster", aurora.clusters.at(side).to_string());
        add("DbInstance", "AWS::RDS::DBInstance", aurora.instances.at(side).to_string());
        outputs.push(("ClusterId", aurora.clusters.at(side).to_string()));
    }
    add("Bucket", "AWS::S3::Bucket", estate.storage.buckets.at(side).to_string());
    outputs.push(("BucketName", estate.storage.buckets.at(side).to_string()));
    if let Some(balancer) = &door.balancer {
        add("LoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", balancer.arn.to_string());
        add("TargetGroup", "AWS::ElasticLoadBalancingV2::TargetGroup", balancer.target_group.to_string());
        outputs.push(("LoadBalancerDns", door.host.clone()));
    }
    if let Some(api) = &door.api {
        add("RestApi", "AWS::ApiGateway::RestApi", invented(&api.name, 10));
        outputs.push(("ApiName", api.name.clone()));
    }
    for (number, function) in (1..).zip(estate.functions.iter().filter(|function| function.side == side)) {
        add(&format!("Function{number}"), "AWS::Lambda::Function", function.name.to_string());
    }
    if let Some(groups) = &estate.groups {
        add("AppAutoScalingGroup", "AWS::AutoScaling::AutoScalingGroup", groups.at(side).name.to_string());
    }
    if let Some(vaults) = &estate.vaults {
        add("Vault", "AWS::Backup::BackupVault", vaults.at(side).to_string());
    }
    let region = estate.region(side);
    for (number, topic) in (1..).zip(estate.topics.iter().filter(|topic| topic.region().as_ref() == Some(region))) {
        add(&format!("Topic{number}"), "AWS::SNS::Topic", topic.to_string());
    }
    for (number, parameter) in (1..).zip(estate.parameters.iter().filter(|parameter| !parameter.secure)) {
        add(&format!("Parameter{number}"), "AWS::SSM::Parameter", parameter.name.to_string());
    }
    let own = estate.alarms.iter().filter(|alarm| alarm.side == side && !watches_check(alarm));
    for (number, alarm) in (1..).zip(own) {
        add(&format!("Alarm{number}"), "AWS::CloudWatch::Alarm", alarm.name.to_string());
    }
    (held, outputs)
}

fn global_resources(estate: &Estate) -> Held {
    let mut held = vec![("Table".to_owned(), "AWS::DynamoDB::GlobalTable", estate.table.to_string())];
    let mut outputs = vec![("TableName", estate.table.to_string())];
    let mut add = |logical: String, kind: &'static str, id: String| held.push((logical, kind, id));
    if let Some(record) = estate.deployment.records.first() {
        add("Zone".to_owned(), "AWS::Route53::HostedZone", record.zone.to_string());
        outputs.push(("PublicName", record.name.to_string()));
    }
    for (number, record) in (1..).zip(&estate.records) {
        add(format!("Record{number}"), "AWS::Route53::RecordSet", record.name.to_string());
    }
    for (number, check) in (1..).zip(&estate.checks) {
        add(format!("HealthCheck{number}"), "AWS::Route53::HealthCheck", check.id.to_string());
    }
    for (number, alarm) in (1..).zip(estate.alarms.iter().filter(|alarm| watches_check(alarm))) {
        add(format!("HealthAlarm{number}"), "AWS::CloudWatch::Alarm", alarm.name.to_string());
    }
    if let Some(accelerator) = &estate.accelerator {
        add("Accelerator".to_owned(), "AWS::GlobalAccelerator::Accelerator", accelerator.arn.to_string());
        outputs.push(("AcceleratorDns", accelerator.dns_name.clone()));
    }
    (held, outputs)
}

fn watches_check(alarm: &AlarmEstate) -> bool {
    alarm.watches.measure == Measure::HealthCheckStatus
}

fn iam_role(name: &str) -> Arn {
    Arn::new(format!("arn:aws:iam::{ACCOUNT}:role/{name}"))
}

fn bucket_pair(home: String, partner: String) -> Pair<BucketName> {
    Pair::new(home.into(), partner.into())
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
        let mut seen = BTreeSet::new();
        for blueprint in Blueprint::ALL {
            let estate = estate(blueprint, "dev", false);
            let names = estate
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
    fn no_name_is_reserved_by_route_53() {
        for blueprint in Blueprint::ALL {
            let deployment = deployment(blueprint, "dev");
            assert!(deployment.records.iter().all(|record| record.name.as_str().ends_with(".lifeboat.test")));
        }
    }
}
