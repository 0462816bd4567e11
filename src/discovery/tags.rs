//! A deployment from a tag that all its resources bear: each resource's ARN says what it is.

use std::collections::BTreeMap;

use lifeboat_model::facts::Facts;
use lifeboat_model::id::{Arn, Region};
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::topology::Deployment;

use crate::discovery::resources::{DiscoveryError, Resource, Resources, assemble};
use crate::discovery::{Found, places_to_ask};

/// Asks both regions, and those that answer for what has no region. One good answer is enough to go on with.
pub(crate) async fn discover(
    stated: &Deployment,
    key: &str,
    value: &str,
    cloud: &dyn Observe,
) -> Result<Found, DiscoveryError> {
    let read = Read::Tagged { key: key.to_owned(), value: value.to_owned() };
    let places = places_to_ask(&stated.regions);
    let answers = futures::future::join_all(places.iter().map(|region| cloud.read(region, &read))).await;
    let mut resources = Resources::new();
    let mut failures = Vec::new();
    for (region, answer) in places.iter().zip(answers) {
        match answer {
            Ok(Facts::Tagged(tagged)) => resources.extend(found_in(region, &tagged)),
            Ok(_) => {}
            Err(error) => failures.push(error),
        }
    }
    if resources.is_empty() {
        return Err(match failures.into_iter().next() {
            Some(error) => error.into(),
            None => DiscoveryError::Nothing(format!("with the tag {key}={value}")),
        });
    }
    let mut found = assemble(stated, resources, cloud).await;
    found.warnings.extend(failures.into_iter().map(|error| format!("some regions could not be searched: {error}")));
    Ok(found)
}

fn found_in(asked: &Region, tagged: &BTreeMap<Arn, BTreeMap<String, String>>) -> Resources {
    tagged
        .keys()
        .filter_map(|arn| resource(arn).map(|one| (arn.region().unwrap_or_else(|| asked.clone()), one)))
        .collect()
}

/// What an ARN names; `None` for the many kinds that are not watched.
pub(crate) fn resource(arn: &Arn) -> Option<Resource> {
    let service = arn.as_str().split(':').nth(2)?;
    let tail = arn.resource()?;
    let after = |prefix: &str| tail.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    Some(match service {
        "rds" => match tail.split_once(':')? {
            ("global-cluster", id) => Resource::GlobalCluster(id.into()),
            ("cluster", id) => Resource::Cluster(id.to_owned()),
            _ => return None,
        },
        "dynamodb" => Resource::Table(after("table/")?.split('/').next()?.into()),
        "s3" => Resource::Bucket(Some(tail).filter(|name| !name.contains('/'))?.into()),
        "route53" => match tail.split_once('/')? {
            ("healthcheck", id) => Resource::HealthCheck(id.into()),
            ("hostedzone", id) => Resource::Zone(id.into()),
            _ => return None,
        },
        "cloudwatch" => Resource::Alarm(after("alarm:")?.to_owned()),
        "elasticloadbalancing" => match tail.split_once('/')?.0 {
            "loadbalancer" => Resource::LoadBalancer(arn.clone()),
            "targetgroup" => Resource::TargetGroup(arn.clone()),
            _ => return None,
        },
        "apigateway" => match tail.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
            ["restapis", id] => Resource::RestApi((*id).to_owned()),
            ["apis", id] => Resource::HttpApi((*id).to_owned()),
            _ => return None,
        },
        "lambda" => Resource::Function(after("function:")?.split(':').next()?.into()),
        "globalaccelerator" => Some(tail)
            .filter(|tail| tail.starts_with("accelerator/") && tail.matches('/').count() == 1)
            .map(|_| Resource::Accelerator(arn.clone()))?,
        "backup" => Resource::Vault(after("backup-vault:")?.into()),
        "autoscaling" => Resource::ScalingGroup(tail.rsplit_once("autoScalingGroupName/")?.1.into()),
        "ssm" => Resource::Parameter(format!("/{}", after("parameter/")?).into()),
        "cloudformation" => Resource::Stack(after("stack/")?.split('/').next()?.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_what_it_names() {
        let of = |text: &str| resource(&Arn::from(text));
        let balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0a1b";
        let cases = [
            (
                "arn:aws:rds::123456789012:global-cluster:aurora-global-dev",
                Resource::GlobalCluster("aurora-global-dev".into()),
            ),
            ("arn:aws:dynamodb:us-east-1:123456789012:table/orders", Resource::Table("orders".into())),
            ("arn:aws:s3:::shop-assets", Resource::Bucket("shop-assets".into())),
            ("arn:aws:route53:::healthcheck/abc-1", Resource::HealthCheck("abc-1".into())),
            ("arn:aws:cloudwatch:us-east-1:123456789012:alarm:lag", Resource::Alarm("lag".to_owned())),
            ("arn:aws:lambda:us-east-1:123456789012:function:pay", Resource::Function("pay".into())),
            ("arn:aws:apigateway:us-east-1::/restapis/a1b2", Resource::RestApi("a1b2".to_owned())),
            ("arn:aws:ssm:us-east-1:123456789012:parameter/app/dev/url", Resource::Parameter("/app/dev/url".into())),
            ("arn:aws:cloudformation:us-east-1:123456789012:stack/shop/0-1-2", Resource::Stack("shop".into())),
            (balancer, Resource::LoadBalancer(balancer.into())),
        ];
        for (text, wanted) in cases {
            assert_eq!(of(text), Some(wanted), "{text}");
        }
        for other in ["arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1", "arn:aws:rds:us-east-1:123456789012:db:x", "x"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
