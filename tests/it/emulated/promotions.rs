//! A standby is promoted, by plan and by force, and another client sees one new writer in both regions.

use serde_json::json;

use super::{Operated, lines};
use crate::it::harness::ministack;

/// Everything that the emulator serves both the reading and the changing of.
const WHOLE: [&str; 9] = [
    "aurora",
    "dynamodb",
    "names",
    "functions",
    "scaling_groups",
    "load_balancers",
    "topics",
    "active_parameter",
    "canary",
];

#[test]
fn a_switchover_is_asked_of_the_writers_region_once_and_journaled() {
    let operated = Operated::on(ministack(), &["aurora"]);
    operated.completes("switchover", &[]);

    operated.assert_promoted();
    operated.assert_journaled(&["switchover-global-cluster"]);
    let sent = operated.deployed.proxy.take();
    let promotions: Vec<_> = sent.iter().filter(|it| it.operation == "SwitchoverGlobalCluster").collect();
    assert_eq!(promotions.len(), 1, "{promotions:?}");
    assert_eq!(promotions[0].region, "us-east-1", "the region of the writer");
    let others = ["FailoverGlobalCluster", "RemoveFromGlobalCluster"];
    assert!(sent.iter().all(|it| !others.contains(&it.operation.as_str())));
}

#[test]
fn a_failover_accepts_loss_asks_only_the_region_that_remains_and_is_journaled() {
    let operated = Operated::on(ministack(), &["aurora", "active_parameter", "canary"]);
    let events = operated.completes("failover", &[]);

    operated.assert_promoted();
    operated.assert_parameter("us-east-2", "us-east-2");
    operated.assert_parameter("us-east-1", "served from us-east-1");
    operated.assert_journaled(&["failover-global-cluster", "put-parameter"]);
    let sent = operated.deployed.proxy.take();
    let promotions: Vec<_> = sent.iter().filter(|it| it.operation == "FailoverGlobalCluster").collect();
    assert_eq!(promotions.len(), 1, "{promotions:?}");
    assert_eq!(promotions[0].region, "us-east-2", "the region of the member that is promoted");
    assert!(promotions[0].body.contains("AllowDataLoss=true"), "{}", promotions[0].body);
    let changes =
        sent.iter().filter(|it| !["Describe", "Get", "List", "Test"].iter().any(|ask| it.operation.starts_with(ask)));
    let regions: Vec<_> = changes.map(|it| (it.region.as_str(), it.operation.as_str())).collect();
    assert!(
        regions.iter().all(|(region, _)| *region == "us-east-2"),
        "nothing is asked of the region given up: {regions:?}"
    );
    let predicted = &events[0]["plan"]["predicted"]["rpo_s"]["aurora"];
    assert_eq!(predicted.as_f64(), Some(0.412), "the lag that another client put is the loss that is named");
}

#[test]
fn a_whole_deployment_is_moved_without_a_failed_write_and_all_of_it_is_seen_elsewhere() {
    let operated = Operated::on(ministack(), &WHOLE);
    let (home_topic, partner_group) =
        (operated.text("home_topic").to_owned(), operated.text("partner_group").to_owned());
    let listening = operated.deployed.account.boto("listen.py", &[&home_topic]);
    let events = operated.completes("switchover", &[]);

    operated.assert_promoted();
    for region in ["us-east-1", "us-east-2"] {
        operated.assert_parameter(region, "us-east-2");
    }
    let group = operated.look(&["--group", "us-east-2", &partner_group]);
    assert_eq!(group["group"], json!({ "min": 1, "desired": 4, "max": 6 }));
    let function = operated.look(&["--concurrency", "us-east-1", operated.text("home_function")]);
    assert_eq!(function["concurrency"], 25, "the fence is taken back");
    assert_exchanged(&operated);
    let queue = listening["queue"].as_str().expect("listen.py prints it");
    let notices = operated.look(&["--notices", "us-east-1", queue]);
    let told: Vec<_> = notices["notices"].as_array().expect("notices").iter().map(|it| &it["message"]).collect();
    assert_eq!(
        told,
        ["switchover of payments from us-east-1 to us-east-2 begins.", "switchover of payments: us-east-2 is active."]
    );

    let last = events.last().expect("a run tells something");
    assert_eq!((&last["rto_s"], &last["rpo_s"]["aurora"], &last["ledger"]), (&json!(0), &json!(0), &json!([])));
    let written = events.iter().filter(|event| event["event"] == "canary_written");
    for nonce in written.map(|event| event["nonce"].as_str().expect("a nonce")) {
        assert_eq!(operated.application.written(nonce), 1, "{nonce} arrived once");
    }
    let mut calls: Vec<String> = operated.journaled_calls().into_iter().map(|(call, _)| call).collect();
    calls.sort();
    assert_eq!(
        calls,
        [
            "change-record",
            "change-record",
            "publish-notice",
            "publish-notice",
            "publish-notice",
            "publish-notice",
            "put-parameter",
            "put-parameter",
            "set-capacity",
            "set-function-concurrency",
            "switchover-global-cluster",
        ]
    );
    let report = operated.deployed.run(&["report", events[0]["run"].as_str().expect("its name"), "--format", "json"]);
    assert_eq!(report.code, Some(0), "{report:?}");
    assert_eq!(lines(&report.stdout.replace('\n', " ")).len(), 1);
}

/// Another client lists what was the standby's host under the primary record, and the other way round.
pub(super) fn assert_exchanged(operated: &Operated) {
    let seen = operated.look(&["--records", operated.text("zone"), operated.text("record")]);
    let records = seen["records"].as_array().expect("records");
    for (role, host) in [("PRIMARY", "partner_host"), ("SECONDARY", "home_host")] {
        let record = records.iter().find(|record| record["Failover"] == role).expect("both are listed");
        assert_eq!(record["ResourceRecords"], json!([{ "Value": operated.text(host) }]), "{seen}");
    }
}
