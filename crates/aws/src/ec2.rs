//! EC2: which Availability Zones this account may use.

use aws_sdk_ec2::types::{AvailabilityZone, AvailabilityZoneState};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;

/// By name. Local and Wavelength Zones are none: no load balancer or database of a template could be there.
pub(crate) async fn zones(at: &Endpoint) -> Result<Vec<String>, CloudError> {
    let answer = at
        .ec2()
        .describe_availability_zones()
        .send()
        .await
        .map_err(at.failure(Service::Network, "DescribeAvailabilityZones"))?;
    let mut names: Vec<String> = answer
        .availability_zones()
        .iter()
        .filter(|zone| is_usable(zone))
        .filter_map(|zone| zone.zone_name().map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

fn is_usable(zone: &AvailabilityZone) -> bool {
    zone.state() == Some(&AvailabilityZoneState::Available)
        && zone.zone_type().is_none_or(|kind| kind == "availability-zone")
}
