//! The shop: servers behind application load balancers, Aurora, alias records that evaluate their target's health.

use std::time::Duration;

use lifeboat_model::id::DnsName;
use lifeboat_model::objective::Objectives;
use lifeboat_model::topology::{ActiveParameter, RecordTarget};

use super::{Pair, Side, Site};
use crate::estate::{Door, Estate, Front, GroupEstate};

/// What its owners size the home region's group to: clients need it, and no template says it.
const SERVING: u32 = 4;

pub(super) fn estate(site: &Site<'_>) -> Option<Estate> {
    let regions = site.founded.regions.clone();
    let app = Pair::new("primary-app", "secondary-app");
    let door = |side: Side, address: &str| {
        let stack = app.at(side);
        let host = site.attribute(stack, "Alb", "DNSName")?;
        let scheme = if site.is_on("PrimaryCertificateArn") { "https" } else { "http" };
        Some(Door {
            host: host.to_owned(),
            api_host: None,
            address: Some(address.to_owned()),
            probe: format!("{scheme}://{host}/health"),
            balancer: Some(site.balancer(stack, "Alb", "AppTargetGroup", &[])?),
            api: None,
            function: None,
        })
    };
    let group = |side: Side| {
        let stack = app.at(side);
        let own = site.resource(stack, "AppAutoScalingGroup")?;
        let size = |name: &str| own.text(name).parse().ok();
        let (min, max) = (size("MinSize")?, size("MaxSize")?);
        let desired = if side == Side::Home { SERVING.clamp(min, max) } else { min };
        Some(GroupEstate { name: site.id(stack, "AppAutoScalingGroup")?.into(), min, desired, max })
    };
    let name = DnsName::new(site.output("global", "PublicName")?);
    let mut deployment = site.bare();
    deployment.objectives =
        Objectives { rpo: None, rto: None, expected_promotion: Some(Duration::from_mins(1)), ..Objectives::default() };
    deployment.records = vec![RecordTarget { zone: site.id("global", "HostedZone")?.into(), name: name.clone() }];
    deployment.public_name = Some(name);
    deployment.parameter_paths = vec![format!("/ecommerce/{}/", site.suffix()).into()];
    deployment.active_parameter = Some(ActiveParameter {
        name: site.id("automation", "ActiveRegionParameter")?.into(),
        home: regions.home.to_string(),
        partner: regions.partner.to_string(),
        moves_traffic: false,
    });
    Some(Estate {
        front: Front::Dns,
        aurora: Some(site.aurora("aurora-mysql", Pair::new("primary-database", "secondary-database"), None)?),
        table: site.id("stores", "SessionsTable")?.into(),
        storage: site.storage(
            ("stores", "AssetsBucket"),
            ("secondary", "AssetsBucket"),
            ("stores", "ReplicationRole"),
        )?,
        checks: vec![site.check("global", "PrimaryHealthCheck", Side::Home)?],
        records: site.records("global", ["PrimaryRecord", "SecondaryRecord"])?,
        alarms: Vec::new(),
        functions: vec![site.function(Side::Partner, "automation", "FailoverFunction", "python3.11")?],
        accelerator: None,
        parameters: Vec::new(),
        vaults: None,
        groups: Some(Pair::new(group(Side::Home)?, group(Side::Partner)?)),
        topics: site.topics(&[("primary", "AlertTopic"), ("secondary", "AlertTopic")]),
        built_at: 0,
        doors: Pair::new(door(Side::Home, "203.0.113.20")?, door(Side::Partner, "198.51.100.20")?),
        regions,
        deployment,
    })
}
