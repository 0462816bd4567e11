//! The plain one: function URLs, a global table and replicated buckets. No DNS, no health check, no alarm: clients
//! hold a URL, and ask a parameter now and then whether it is still the one.

use lifeboat_model::topology::ActiveParameter;

use super::{Pair, Side, Site};
use crate::estate::{Door, Estate, Front};

pub(super) fn estate(site: &Site<'_>) -> Option<Estate> {
    let regions = site.founded.regions.clone();
    let stacks = Pair::new("primary", "secondary");
    let url = |side: Side| site.output(stacks.at(side), "FunctionUrl");
    let door = |side: Side| {
        let url = url(side)?;
        let host = url.split_once("://")?.1.trim_end_matches('/');
        Some(Door {
            host: host.to_owned(),
            api_host: None,
            address: None,
            probe: url.to_owned(),
            balancer: None,
            api: None,
            function: Some(site.id(stacks.at(side), "TapFunction")?.into()),
        })
    };
    let mut deployment = site.bare();
    deployment.parameter_paths = vec![format!("/tap/{}/", site.suffix()).into()];
    // Clients ask it which URL to use: nothing else stands between them and a region.
    deployment.active_parameter = Some(ActiveParameter {
        name: site.id("primary-endpoint", "EndpointParameter")?.into(),
        home: url(Side::Home)?.to_owned(),
        partner: url(Side::Partner)?.to_owned(),
        moves_traffic: true,
    });
    Some(Estate {
        front: Front::Fixed,
        aurora: None,
        table: site.id("global", "GlobalTable")?.into(),
        storage: site.storage(("primary", "Bucket"), ("secondary", "Bucket"), ("primary", "ReplicationRole"))?,
        checks: Vec::new(),
        records: Vec::new(),
        alarms: Vec::new(),
        functions: vec![
            site.function(Side::Home, "primary", "TapFunction", "nodejs22.x")?,
            site.function(Side::Partner, "secondary", "TapFunction", "nodejs22.x")?,
        ],
        accelerator: None,
        parameters: Vec::new(),
        vaults: None,
        groups: None,
        topics: site.topics(&[("primary", "AlertTopic"), ("secondary", "AlertTopic")]),
        built_at: 0,
        doors: Pair::new(door(Side::Home)?, door(Side::Partner)?),
        regions,
        deployment,
    })
}
