//! The plain one: function URLs, a global table and replicated buckets. No DNS, no health check, no alarm: clients
//! hold a URL, and ask a parameter now and then whether it is still the one.

use lifeboat_model::topology::{ActiveParameter, Blueprint, Deployment};

use super::{
    Door, Estate, Front, FunctionEstate, Pair, Side, Storage, bucket_pair, iam_role, invented, pair_of_regions, stacks,
};
use crate::estate::ParameterEstate;

pub(super) fn estate(sfx: &str) -> Estate {
    let regions = pair_of_regions("us-west-2");
    let role = Pair::new("primary", "secondary");
    let functions = Pair::from_fn(|side| format!("tap-{sfx}-{}", role.at(side)));
    let buckets = Pair::from_fn(|side| format!("tap-{sfx}-{}-{}", role.at(side), regions.at(side)));
    let table = format!("tap-{sfx}-global");
    let doors = Pair::from_fn(|side| Door {
        host: format!("{}.lambda-url.{}.on.aws", invented(functions.at(side), 32), regions.at(side)),
        address: None,
        health_path: "/",
        balancer: None,
        api: None,
        function: Some(functions.at(side).as_str().into()),
    });
    let mut deployment =
        Deployment::bare(Blueprint::Serverless.as_str(), regions.home.clone(), regions.partner.clone());
    deployment.blueprint = Some(Blueprint::Serverless);
    deployment.parameter_paths = vec![format!("/tap/{sfx}/").into()];
    // Clients ask it which URL to use: nothing else stands between them and a region.
    deployment.active_parameter = Some(ActiveParameter {
        name: format!("/tap/{sfx}/endpoint").as_str().into(),
        home: doors.home.host.clone(),
        partner: doors.partner.host.clone(),
        moves_traffic: true,
    });
    let stacks = stacks(&format!("serverless-{sfx}"), ["primary", "secondary"]);
    Estate {
        front: Front::Fixed,
        aurora: None,
        table: table.into(),
        storage: Storage {
            buckets: bucket_pair(buckets.home, buckets.partner),
            role: iam_role(&format!("serverless-replication-{sfx}")),
            rule: "replicate-all".to_owned(),
            delete_markers: false,
            time_control_minutes: None,
        },
        checks: Vec::new(),
        records: Vec::new(),
        alarms: Vec::new(),
        functions: Side::BOTH
            .into_iter()
            .map(|side| FunctionEstate {
                side,
                name: functions.at(side).as_str().into(),
                runtime: "nodejs22.x",
                code: "tap",
                event_source: None,
            })
            .collect(),
        accelerator: None,
        parameters: vec![
            ParameterEstate {
                name: format!("/tap/{sfx}/table").into(),
                secure: false,
                value: format!("tap-{sfx}-global"),
            },
            ParameterEstate {
                name: format!("/tap/{sfx}/endpoint").into(),
                secure: false,
                value: doors.home.host.clone(),
            },
        ],
        stacks,
        vaults: None,
        groups: None,
        topics: Vec::new(),
        tags: vec![("Project".to_owned(), "Tap".to_owned())],
        doors,
        regions,
        deployment,
    }
}
