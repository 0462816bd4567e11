//! From single resources, however they were found, to a deployment: the last steps are the same for
//! stacks and for tags. What a resource's name does not tell is asked of the cloud, or said to be unknown.

use std::collections::BTreeMap;

use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{
    AccountId, Arn, BucketName, DnsName, FunctionName, GlobalClusterId, GroupName, HealthCheckId, ParameterName,
    Region, StackName, TableName, VaultName, ZoneId,
};
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::topology::{
    ApiTarget, BucketPair, Deployment, HealthCheckTarget, InRegion, LoadBalancerKind, LoadBalancerTarget, RecordTarget,
};

use crate::discovery::{Found, Unknown, gaps};

/// A resource of a kind that is watched, as a stack or a tag names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resource {
    GlobalCluster(GlobalClusterId),
    /// A cluster, or an instance of one: its global cluster is named by no name of it.
    Cluster(String),
    Table(TableName),
    Bucket(BucketName),
    HealthCheck(HealthCheckId),
    Zone(ZoneId),
    RecordName(DnsName),
    Alarm(String),
    LoadBalancer(Arn),
    TargetGroup(Arn),
    /// Its id; CloudWatch wants its name, which only API Gateway knows.
    RestApi(String),
    HttpApi(String),
    Function(FunctionName),
    Accelerator(Arn),
    Stack(StackName),
    Vault(VaultName),
    ScalingGroup(GroupName),
    Parameter(ParameterName),
}

/// Resources with the region they were found in.
pub(crate) type Resources = Vec<(Region, Resource)>;

/// `stated`'s name, regions and access with the resources as its parts.
pub(crate) async fn assemble(stated: &Deployment, mut resources: Resources, cloud: &dyn Observe) -> Found {
    resources.sort();
    resources.dedup();
    let mut deployment =
        Deployment::bare(stated.name.clone(), stated.regions.home.clone(), stated.regions.partner.clone());
    deployment.blueprint = stated.blueprint;
    let mut found = Found::of(deployment);
    found.deployment.account = account(&resources);
    simple_parts(&mut found, &resources);
    balancers(&mut found, &resources);
    records(&mut found, &resources);
    rest_apis(&mut found, &resources);
    clusters(&mut found, &resources);
    buckets(&mut found, &resources, cloud).await;
    health_checks(&mut found, &resources, cloud).await;
    found.unknown.extend(gaps::of(&found.deployment));
    found
}

fn account(resources: &Resources) -> Option<AccountId> {
    resources.iter().find_map(|(_, resource)| match resource {
        Resource::LoadBalancer(arn) | Resource::TargetGroup(arn) | Resource::Accelerator(arn) => arn.account(),
        _ => None,
    })
}

fn simple_parts(found: &mut Found, resources: &Resources) {
    let deployment = &mut found.deployment;
    for (region, resource) in resources {
        if !deployment.regions.contains(region) && !matches!(resource, Resource::Accelerator(_)) {
            continue;
        }
        let region = region.clone();
        match resource.clone() {
            Resource::GlobalCluster(id) => deployment.global_cluster = deployment.global_cluster.take().or(Some(id)),
            Resource::Table(name) => push(&mut deployment.tables, name),
            Resource::Alarm(name) => push(&mut deployment.alarms.names, name),
            Resource::HttpApi(api_id) => push(&mut deployment.apis, ApiTarget::Http { region, api_id }),
            Resource::Function(name) => push(&mut deployment.functions, InRegion { region, name }),
            Resource::Accelerator(arn) => push(&mut deployment.accelerators, arn),
            Resource::Stack(name) => push(&mut deployment.stacks, InRegion { region, name }),
            Resource::Vault(name) => push(&mut deployment.vaults, InRegion { region, name }),
            Resource::ScalingGroup(name) => push(&mut deployment.scaling_groups, InRegion { region, name }),
            Resource::Parameter(name) => {
                if let Some(folder) = folder(&name) {
                    push(&mut deployment.parameter_paths, folder);
                }
            }
            Resource::Cluster(_)
            | Resource::Bucket(_)
            | Resource::HealthCheck(_)
            | Resource::Zone(_)
            | Resource::RecordName(_)
            | Resource::LoadBalancer(_)
            | Resource::TargetGroup(_)
            | Resource::RestApi(_) => {}
        }
    }
}

fn push<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if !list.contains(&one) {
        list.push(one);
    }
}

/// The path a parameter is in: `/app/dev/` of `/app/dev/db-endpoint`.
fn folder(name: &ParameterName) -> Option<ParameterName> {
    let end = name.as_str().rfind('/')?;
    let path = name.as_str().get(..=end)?;
    (path.len() > 1).then(|| ParameterName::from(path))
}

/// A load balancer's target group is not in either's name: where a region has one of each, they belong together.
fn balancers(found: &mut Found, resources: &Resources) {
    let mut by_region: BTreeMap<&Region, (Vec<&Arn>, Vec<&Arn>)> = BTreeMap::new();
    for (region, resource) in resources {
        match resource {
            Resource::LoadBalancer(arn) => by_region.entry(region).or_default().0.push(arn),
            Resource::TargetGroup(arn) => by_region.entry(region).or_default().1.push(arn),
            _ => {}
        }
    }
    for (region, (balancers, groups)) in by_region {
        let group = match (balancers.as_slice(), groups.as_slice()) {
            ([_], [group]) => Some((*group).clone()),
            _ => None,
        };
        for arn in balancers {
            let kind = match arn.resource() {
                Some(resource) if resource.starts_with("loadbalancer/net/") => LoadBalancerKind::Network,
                Some(resource) if resource.starts_with("loadbalancer/app/") => LoadBalancerKind::Application,
                _ => continue,
            };
            if group.is_none() {
                found.unknown.push(Unknown {
                    what: format!("the target group of `{arn}`"),
                    fix: "add it as `target_group`; `aws elbv2 describe-target-groups --load-balancer-arn` shows it"
                        .to_owned(),
                });
            }
            found.deployment.load_balancers.push(LoadBalancerTarget {
                region: region.clone(),
                kind,
                arn: arn.clone(),
                target_group: group.clone(),
            });
        }
    }
}

/// Records belong to the one zone among the resources; with several it cannot be told which.
fn records(found: &mut Found, resources: &Resources) {
    let mut zones: Vec<&ZoneId> = Vec::new();
    let mut names: Vec<&DnsName> = Vec::new();
    for (_, resource) in resources {
        match resource {
            Resource::Zone(zone) if !zones.contains(&zone) => zones.push(zone),
            Resource::RecordName(name) if !names.contains(&name) => names.push(name),
            _ => {}
        }
    }
    match (zones.as_slice(), names.as_slice()) {
        ([zone], [_, ..]) => {
            found.deployment.records =
                names.iter().map(|name| RecordTarget { zone: (*zone).clone(), name: (*name).clone() }).collect();
            if let [name] = names.as_slice() {
                found.deployment.public_name = Some((*name).clone());
            }
        }
        ([], []) => {}
        _ => found.unknown.push(Unknown {
            what: format!("which names of which hosted zones decide ({} zones, {} names)", zones.len(), names.len()),
            fix: "add `records`; `aws route53 list-resource-record-sets --hosted-zone-id ZONE` shows them".to_owned(),
        }),
    }
}

fn rest_apis(found: &mut Found, resources: &Resources) {
    let ids: Vec<&str> = resources
        .iter()
        .filter_map(|(_, resource)| match resource {
            Resource::RestApi(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    if !ids.is_empty() {
        found.unknown.push(Unknown {
            what: format!("the names of the REST APIs {}, under which CloudWatch counts", ids.join(", ")),
            fix: "add `apis`; `aws apigateway get-rest-apis` shows them".to_owned(),
        });
    }
}

fn clusters(found: &mut Found, resources: &Resources) {
    let ids: Vec<&str> = resources
        .iter()
        .filter_map(|(_, resource)| match resource {
            Resource::Cluster(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    if !ids.is_empty() && found.deployment.global_cluster.is_none() {
        found.unknown.push(Unknown {
            what: format!("the global cluster of the Aurora clusters {}", ids.join(", ")),
            fix: "add `aurora`; `aws rds describe-global-clusters` shows it".to_owned(),
        });
    }
}

/// Which bucket replicates to which is read from the buckets themselves.
async fn buckets(found: &mut Found, resources: &Resources, cloud: &dyn Observe) {
    let pair = found.deployment.regions.clone();
    let mut places: BTreeMap<BucketName, Region> = BTreeMap::new();
    for (region, resource) in resources {
        if let Resource::Bucket(name) = resource
            && pair.contains(region)
        {
            places.insert(name.clone(), region.clone());
        }
    }
    let mut replicated = false;
    for region in pair.both() {
        let here: Vec<BucketName> =
            places.iter().filter(|(_, place)| *place == region).map(|(name, _)| name.clone()).collect();
        if here.is_empty() {
            continue;
        }
        match cloud.read(region, &Read::Buckets { buckets: here }).await {
            Ok(Facts::Buckets(described)) => {
                for bucket in described {
                    for rule in bucket.rules {
                        let Some(other) = pair.other(region) else { continue };
                        let to = places.get(&rule.destination).unwrap_or(other).clone();
                        replicated = true;
                        push(
                            &mut found.deployment.buckets,
                            BucketPair {
                                source: InRegion { region: region.clone(), name: bucket.name.clone() },
                                destination: InRegion { region: to, name: rule.destination },
                            },
                        );
                    }
                }
            }
            Ok(_) => {}
            Err(error) => found.warnings.push(format!("the replication of buckets could not be read: {error}")),
        }
    }
    if !places.is_empty() && !replicated {
        let names: Vec<&str> = places.keys().map(BucketName::as_str).collect();
        found.unknown.push(Unknown {
            what: format!("which of the buckets {} replicates to which", names.join(", ")),
            fix: "add `s3`; `aws s3api get-bucket-replication --bucket NAME` shows it".to_owned(),
        });
    }
}

/// The region a check watches is read from its target, where the target's name says it.
async fn health_checks(found: &mut Found, resources: &Resources, cloud: &dyn Observe) {
    let checks: Vec<HealthCheckId> = resources
        .iter()
        .filter_map(|(_, resource)| match resource {
            Resource::HealthCheck(id) => Some(id.clone()),
            _ => None,
        })
        .collect();
    if checks.is_empty() {
        return;
    }
    let described = match cloud.read(&Region::route53(), &Read::HealthChecks { checks: checks.clone() }).await {
        Ok(Facts::HealthChecks(described)) => described,
        Ok(_) => Vec::new(),
        Err(error) => {
            found.warnings.push(format!("what the health checks watch could not be read: {error}"));
            Vec::new()
        }
    };
    let pair = found.deployment.regions.clone();
    for id in checks {
        let target = described.iter().find(|check| check.id == id).map_or("", |check| check.target.as_str());
        let watches = pair.both().into_iter().find(|region| target.contains(region.as_str())).cloned();
        push(&mut found.deployment.health_checks, HealthCheckTarget { id, watches });
    }
}

/// The errors of several questions, of which one good answer is enough.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoveryError {
    #[error("{0}")]
    Cloud(#[from] CloudError),
    #[error("nothing that is watched was found {0}")]
    Nothing(String),
}
