//! Fixed addresses: Global Accelerator before network load balancers, Aurora Serverless v2, backups copied across.

use std::time::Duration;

use lifeboat_model::id::DnsName;
use lifeboat_model::objective::Objectives;
use lifeboat_model::topology::ActiveParameter;

use super::{Pair, Side, Site, arn, check_id};
use crate::estate::{AcceleratorEstate, Api, Door, Estate, Front};

/// Behind each network load balancer stands one of the region's own, which reaches the function.
const TARGETS: [&str; 2] = ["10.0.10.21", "10.0.20.22"];

pub(super) fn estate(site: &Site<'_>) -> Option<Estate> {
    let regions = site.founded.regions.clone();
    let stacks = Pair::new("primary", "secondary");
    let database = Pair::new("primary-database", "secondary-database");
    let targets: &[&str] = if site.is_on("NlbTargets") { &TARGETS } else { &[] };
    let door = |side: Side| {
        let stack = stacks.at(side);
        let probe = site.output(stack, "ApiEndpoint")?;
        let api_host = probe.split_once("://")?.1.split('/').next()?.to_owned();
        Some(Door {
            host: site.attribute(stack, "Nlb", "DNSName")?.to_owned(),
            api_host: Some(api_host),
            address: None,
            probe: probe.to_owned(),
            balancer: Some(site.balancer(stack, "Nlb", "NlbTargetGroup", targets)?),
            api: Some(Api { name: site.output(stack, "ApiName")?.to_owned(), stage: "prod".to_owned() }),
            function: Some(site.id(stack, "EventFunction")?.into()),
        })
    };
    let group = |logical_id: &str| {
        let dial = site.resource("global", logical_id)?.sent.get("TrafficDialPercentage")?.as_f64()?;
        Some((site.id("global", logical_id)?.into(), dial))
    };
    let (home, partner): ((_, f64), (_, f64)) = (group("PrimaryEndpointGroup")?, group("SecondaryEndpointGroup")?);
    let own = site.resource("global", "Accelerator")?;
    let addresses = own.attributes.get("Ipv4Addresses")?.as_array()?;
    let accelerator = AcceleratorEstate {
        arn: own.id.as_deref()?.into(),
        name: own.text("Name").to_owned(),
        dns_name: own.attribute("DnsName").to_owned(),
        addresses: addresses.iter().filter_map(|address| address.as_str()).map(ToOwned::to_owned).collect(),
        groups: Pair::new(home.0, partner.0),
        listener: site.id("global", "AcceleratorListener")?.into(),
        dials_percent: Pair::new(home.1, partner.1),
    };
    let mut deployment = site.bare();
    deployment.objectives =
        Objectives { rpo: None, rto: None, expected_promotion: Some(Duration::from_mins(1)), ..Objectives::default() };
    deployment.public_name = Some(DnsName::new(accelerator.dns_name.clone()));
    deployment.parameter_paths = vec![format!("/accelerated/{}/", site.suffix()).into()];
    deployment.compare_secure_parameters = true;
    // Applications ask the cluster that the parameter names, which is the active region's own.
    deployment.active_parameter = Some(ActiveParameter {
        name: site.id("primary-database", "DatabaseEndpoint")?.into(),
        home: site.output(database.home, "Endpoint")?.to_owned(),
        partner: site.output(database.partner, "Endpoint")?.to_owned(),
        moves_traffic: false,
    });
    // What feeds the functions is the owners' own, and stands in no template.
    let function = |side: Side| {
        let mut function = site.function(side, stacks.at(side), "EventFunction", "python3.11")?;
        function.event_source = Some((
            check_id(&format!("mapping-{}", function.name)).to_string(),
            arn("sqs", regions.at(side), &format!("accelerated-events-{}", site.suffix())),
        ));
        Some(function)
    };
    Some(Estate {
        front: Front::Accelerator,
        aurora: Some(site.aurora("aurora-postgresql", database, Some((1, 2)))?),
        table: site.id("stores", "StateTable")?.into(),
        storage: site.storage(("stores", "DataBucket"), ("secondary", "DataBucket"), ("stores", "ReplicationRole"))?,
        checks: vec![
            site.check("global", "PrimaryHealthCheck", Side::Home)?,
            site.check("global", "SecondaryHealthCheck", Side::Partner)?,
        ],
        records: Vec::new(),
        alarms: Vec::new(),
        functions: vec![function(Side::Home)?, function(Side::Partner)?],
        parameters: Vec::new(),
        vaults: Some(site.ids(("primary", "BackupVault"), ("secondary", "BackupVault"))?),
        groups: None,
        topics: site.topics(&[("primary", "AlertTopic"), ("secondary", "AlertTopic")]),
        built_at: 0,
        accelerator: Some(accelerator),
        doors: Pair::new(door(Side::Home)?, door(Side::Partner)?),
        regions: regions.clone(),
        deployment,
    })
}
