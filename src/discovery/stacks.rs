//! A deployment from its CloudFormation stacks: the type and physical id of each resource.

use lifeboat_model::facts::Facts;
use lifeboat_model::facts::stack::StackResource;
use lifeboat_model::id::{Arn, DnsName, Region, StackName};
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::topology::{Deployment, InRegion};

use crate::discovery::Found;
use crate::discovery::resources::{DiscoveryError, Resource, Resources, assemble};

/// Asks each region for its stacks. A region that fails is said in the warnings; both failing is an error.
pub(crate) async fn discover(
    stated: &Deployment,
    wanted: &[InRegion<StackName>],
    cloud: &dyn Observe,
) -> Result<Found, DiscoveryError> {
    let of = |region: &Region| -> Vec<StackName> {
        wanted.iter().filter(|stack| stack.region == *region).map(|stack| stack.name.clone()).collect()
    };
    let ask = |region: Region| {
        let stacks = of(&region);
        async move {
            if stacks.is_empty() {
                return (region, Ok(Facts::StackResources(Vec::new())));
            }
            let answer = cloud.read(&region, &Read::StackResources { stacks }).await;
            (region, answer)
        }
    };
    let [home, partner] = stated.regions.both().map(Clone::clone);
    let answers: [_; 2] = futures::future::join(ask(home), ask(partner)).await.into();
    let mut resources = Resources::new();
    let mut failures = Vec::new();
    for (region, answer) in answers {
        match answer {
            Ok(Facts::StackResources(list)) => {
                for stack in of(&region) {
                    if list.iter().any(|resource| resource.stack == stack) {
                        resources.push((region.clone(), Resource::Stack(stack)));
                    }
                }
                resources.extend(list.iter().filter_map(resource).map(|one| (region.clone(), one)));
            }
            Ok(_) => {}
            Err(error) => failures.push(error),
        }
    }
    if resources.is_empty() {
        return Err(match failures.into_iter().next() {
            Some(error) => error.into(),
            None => DiscoveryError::Nothing(format!("in the stacks {}", names(wanted))),
        });
    }
    let mut found = assemble(stated, resources, cloud).await;
    found.warnings.extend(failures.into_iter().map(|error| format!("some stacks could not be read: {error}")));
    Ok(found)
}

fn names(wanted: &[InRegion<StackName>]) -> String {
    let mut names: Vec<&str> = wanted.iter().map(|stack| stack.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// `None` for the many kinds that are not watched.
fn resource(described: &StackResource) -> Option<Resource> {
    let id = described.physical_id.as_deref()?;
    if described.status == "DELETE_COMPLETE" {
        return None;
    }
    Some(match described.resource_type.as_str() {
        "AWS::RDS::GlobalCluster" => Resource::GlobalCluster(id.into()),
        "AWS::RDS::DBCluster" => Resource::Cluster(id.to_owned()),
        "AWS::DynamoDB::GlobalTable" => Resource::Table(id.into()),
        "AWS::S3::Bucket" => Resource::Bucket(id.into()),
        "AWS::Route53::HealthCheck" => Resource::HealthCheck(id.into()),
        "AWS::Route53::HostedZone" => Resource::Zone(id.into()),
        "AWS::Route53::RecordSet" => Resource::RecordName(DnsName::normal(id)),
        "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => Resource::Alarm(id.to_owned()),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => Resource::LoadBalancer(Arn::from(id)),
        "AWS::ElasticLoadBalancingV2::TargetGroup" => Resource::TargetGroup(Arn::from(id)),
        "AWS::ApiGateway::RestApi" => Resource::RestApi(id.to_owned()),
        "AWS::ApiGatewayV2::Api" => Resource::HttpApi(id.to_owned()),
        "AWS::Lambda::Function" => Resource::Function(id.into()),
        "AWS::GlobalAccelerator::Accelerator" => Resource::Accelerator(Arn::from(id)),
        "AWS::Backup::BackupVault" => Resource::Vault(id.into()),
        "AWS::AutoScaling::AutoScalingGroup" => Resource::ScalingGroup(id.into()),
        "AWS::SSM::Parameter" => Resource::Parameter(id.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_watched_type_becomes_its_resource_and_others_none() {
        let described = |resource_type: &str, physical_id: Option<&str>| StackResource {
            stack: "s".into(),
            logical_id: "L".to_owned(),
            physical_id: physical_id.map(str::to_owned),
            resource_type: resource_type.to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
            reason: None,
            updated_at: None,
        };
        let of = |kind: &str, id: &str| resource(&described(kind, Some(id)));
        assert_eq!(of("AWS::RDS::GlobalCluster", "g"), Some(Resource::GlobalCluster("g".into())));
        assert_eq!(of("AWS::Route53::RecordSet", "API.acme.org."), Some(Resource::RecordName("api.acme.org".into())));
        assert_eq!(of("AWS::EC2::VPC", "vpc-1"), None);
        assert_eq!(resource(&described("AWS::S3::Bucket", None)), None);
    }
}
