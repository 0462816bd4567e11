//! Calls on the AWS layer: the suite of `Mutate`, what another client sees of its effects, and what is known after a
//! request or its answer was lost on the way.

use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::{Call, Change};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::port::Mutate;
use lifeboat_model::topology::CanaryTarget;
use serde_json::{Value, json};

use super::Stage;
use crate::it::application::Application;
use crate::it::contract::World;
use crate::it::contract::changes::{self, Changeable};
use crate::it::harness::{Account, moto};
use crate::it::observer::{now, operator};
use crate::it::proxy::{Fault, Matching};
use crate::it::resolver::Resolver;
use crate::it::samples;

pub(super) fn changeable(stage: &Stage) -> Changeable {
    let operator = Arc::new(operator(&stage.account, &stage.resolver));
    let world = World {
        cloud: operator.clone(),
        deployment: stage.filled.deployment(),
        now: now(),
        unserved: stage.world.unserved.clone(),
    };
    // Here time passes by itself, and the emulator does at once what it is asked.
    Changeable { world, operator, pass: Box::new(|| {}) }
}

#[tokio::test]
async fn calls_do_what_they_say_and_are_taken_back() {
    let stage = Stage::set();
    let changing = changeable(&stage);
    changes::a_group_takes_its_sizes(&changing).await;
    changes::a_function_answers(&changing).await;
    changes::a_function_is_fenced_and_let_go(&changing).await;
    changes::an_event_source_is_stopped_and_started(&changing).await;
    changes::a_parameter_is_changed_and_a_secret_is_not(&changing).await;
    changes::a_record_is_replaced_deleted_and_made_anew(&changing).await;
    changes::replication_is_switched_off_taken_away_and_given_back(&changing).await;
    changes::a_metric_is_put_where_it_is_watched(&changing).await;
    changes::a_health_check_is_turned_over_at_its_version_only(&changing).await;
    changes::an_item_a_marker_and_a_notice_are_taken(&changing).await;
    changes::a_standby_is_promoted_both_ways(&changing).await;
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_changed() {
    changes::what_does_not_exist_cannot_be_changed(&changeable(&Stage::set())).await;
}

#[tokio::test]
async fn the_second_emulator_turns_a_health_check_over_too() {
    let account = moto().account();
    let made = account.boto("checks.py", &[]);
    let operator = operator(&account, &Resolver::start());
    let id = made["plain"].as_str().expect("checks.py prints it");
    let call = Call::SetHealthCheckInverted { check: id.into(), version: 1, inverted: Change::new(false, true) };
    let before = account.boto("look.py", &["--check", id]);
    operator.perform(&call).await.expect("it is accepted");
    let after = account.boto("look.py", &["--check", id]);
    let mut expected = before["check"]["config"].clone();
    expected["Inverted"] = json!(true);
    assert_eq!(after["check"]["config"], expected, "nothing but the sense has changed");
}

#[tokio::test]
async fn a_canary_is_acknowledged_by_the_application_and_found_there() {
    let stage = Stage::set();
    let application = Application::start();
    let mut changing = changeable(&stage);
    changing.world.deployment.canary = Some(CanaryTarget {
        write_url: application.url("/orders"),
        read_urls: [(StoreKind::Aurora, application.url("/orders/{nonce}"))].into(),
        interval: Duration::from_secs(1),
    });
    changes::a_canary_is_acknowledged_and_found(&changing, StoreKind::Aurora).await;
    assert_eq!(application.written("0123456789abcdef"), 1);
}

/// What another client sees under one heading.
fn seen(account: &Account, arguments: &[&str]) -> Value {
    let name = arguments[0].trim_start_matches("--").to_owned();
    account.boto("look.py", arguments)[name].clone()
}

#[tokio::test]
async fn another_client_sees_what_was_changed() {
    let stage = Stage::set();
    let filled = &stage.filled;
    let t = |name: &str| filled.text(name);
    let operator = operator(&stage.account, &stage.resolver);
    let listener = stage.account.boto("listen.py", &[t("home_topic")]);
    let listener = |name: &str| listener[name].as_str().expect("listen.py prints it");
    let calls = samples::calls(filled, now());
    let (home, partner) = (filled.home(), filled.partner());
    let (home, partner) = (home.as_str(), partner.as_str());
    let find = |wanted: &dyn Fn(&Call) -> bool| calls.iter().find(|call| wanted(call)).expect("there is a sample");

    let put = find(&|call| matches!(call, Call::PutItem { .. }));
    operator.perform(put).await.expect("it is accepted");
    let item = json!({ "id": { "S": "canary" }, "nonce": { "S": "1" } });
    for region in [partner, home] {
        assert_eq!(seen(&stage.account, &["--item", region, t("table"), "id", "canary"]), item, "in {region}");
    }
    operator.perform(find(&|call| matches!(call, Call::DeleteItem { .. }))).await.expect("it is accepted");
    assert!(seen(&stage.account, &["--item", partner, t("table"), "id", "canary"]).is_null());

    for (present, expected) in [(true, json!([{ "key": "takeover", "size": 0 }])), (false, json!([]))] {
        let call = find(&|call| matches!(call, Call::PutMarker { present: change, .. } if change.to == present));
        operator.perform(call).await.expect("it is accepted");
        assert_eq!(seen(&stage.account, &["--object", partner, t("partner_bucket"), "takeover"]), expected);
    }

    operator.perform(find(&|call| matches!(call, Call::PutMetric { .. }))).await.expect("it is accepted");
    assert_eq!(
        seen(&stage.account, &["--metric", partner, "Lifeboat", "Takeover"]),
        json!([{ "dimensions": { "Deployment": "payments" }, "values": [1.0] }])
    );
    assert_eq!(seen(&stage.account, &["--metric", home, "Lifeboat", "Takeover"]), json!([]));

    operator.perform(find(&|call| matches!(call, Call::SetCapacity { .. }))).await.expect("it is accepted");
    assert_eq!(
        seen(&stage.account, &["--group", partner, t("partner_group")]),
        json!({ "min": 4, "desired": 4, "max": 6 })
    );

    for (reserved, expected) in [(Some(0), json!(0)), (None, Value::Null)] {
        let is_it = |call: &Call| matches!(call, Call::SetFunctionConcurrency { reserved: change, .. } if change.to == reserved);
        operator.perform(find(&is_it)).await.expect("it is accepted");
        assert_eq!(seen(&stage.account, &["--concurrency", home, t("home_function")]), expected);
    }
    operator.perform(find(&|call| matches!(call, Call::SetEventSource { .. }))).await.expect("it is accepted");
    let state = seen(&stage.account, &["--mapping", home, t("event_source")]);
    assert!(state == "Enabled" || state == "Enabling", "{state}");

    operator.perform(find(&|call| matches!(call, Call::PutParameter { .. }))).await.expect("it is accepted");
    let name = format!("{}db-name", t("parameter_path"));
    assert_eq!(
        seen(&stage.account, &["--parameter", partner, &name]),
        json!({ "value": "other", "type": "String", "version": 2 })
    );
    assert_eq!(seen(&stage.account, &["--parameter", home, &name])["value"], "payments", "in one region only");

    operator.perform(find(&|call| matches!(call, Call::ChangeRecord { before: Some(_), .. }))).await.expect("accepted");
    let records = seen(&stage.account, &["--records", t("zone"), t("record")]);
    let ttls: Vec<_> =
        records.as_array().expect("a list").iter().map(|it| (&it["SetIdentifier"], &it["TTL"])).collect();
    assert_eq!(ttls, [(&json!(home), &json!(30)), (&json!(partner), &json!(60))]);

    let before = seen(&stage.account, &["--replication", home, t("home_bucket")]);
    operator.perform(find(&|call| matches!(call, Call::PutReplication { .. }))).await.expect("it is accepted");
    let mut expected = before;
    expected["Rules"][0]["Status"] = json!("Disabled");
    assert_eq!(seen(&stage.account, &["--replication", home, t("home_bucket")]), expected, "and nothing else");

    operator.perform(find(&|call| matches!(call, Call::PublishNotice { .. }))).await.expect("it is accepted");
    assert_eq!(
        seen(&stage.account, &["--notices", listener("region"), listener("queue")]),
        json!([{ "subject": "drill", "message": "a drill begins" }])
    );

    operator.perform(find(&|call| matches!(call, Call::FailoverGlobalCluster { .. }))).await.expect("it is accepted");
    let aurora = stage.account.boto("look.py", &["--global-cluster", t("global_cluster")]);
    for region in [home, partner] {
        let writer = aurora["aurora"][region]["writer"][0].as_str().expect("one writes");
        assert!(writer.ends_with(t("partner_cluster")), "{aurora}");
    }
}

/// Every call of the samples that the emulator serves and that a look from outside can tell apart from its absence.
async fn failed(stage: &Stage, call: &Call, fault: Fault) -> (CloudError, usize) {
    stage.proxy.inject(Matching::everything(), fault);
    stage.proxy.take();
    // Three attempts at a question: a call must have one all the same.
    let operator = operator(&stage.account, &stage.resolver);
    let error = operator.perform(call).await.expect_err("the fault is in the way");
    stage.proxy.heal();
    let sent = stage.proxy.take().iter().filter(|request| request.operation == call.operation()).count();
    (error, sent)
}

fn appended(stage: &Stage) -> Call {
    Call::PutItem {
        region: stage.filled.partner(),
        table: stage.filled.text("table").into(),
        key_name: "id".to_owned(),
        key: "lost".to_owned(),
        attributes: Vec::new(),
    }
}

fn is_there(stage: &Stage) -> bool {
    let partner = stage.filled.partner();
    !seen(&stage.account, &["--item", partner.as_str(), stage.filled.text("table"), "id", "lost"]).is_null()
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_outcome_unknown_and_the_change_made_once() {
    let stage = Stage::set();
    let (error, sent) = failed(&stage, &appended(&stage), Fault::LoseReply).await;
    assert_eq!((error.kind, sent), (CloudErrorKind::OutcomeUnknown, 1));
    assert!(is_there(&stage), "it happened");

    // Once: a version counts how often a parameter was put.
    let name = format!("{}db-name", stage.filled.text("parameter_path"));
    let partner = stage.filled.partner();
    let version = || seen(&stage.account, &["--parameter", partner.as_str(), &name])["version"].clone();
    let call = Call::PutParameter {
        region: partner.clone(),
        name: name.as_str().into(),
        value: Change::new("payments".to_owned(), "other".to_owned()),
    };
    assert_eq!(version(), 1);
    stage.proxy.inject(Matching::operation("PutParameter"), Fault::LoseReply);
    let error = operator(&stage.account, &stage.resolver).perform(&call).await.expect_err("its answer is lost");
    assert_eq!((error.kind, error.operation.as_str()), (CloudErrorKind::OutcomeUnknown, "PutParameter"));
    assert_eq!(version(), 2);
}

#[tokio::test]
async fn a_request_that_is_cut_off_leaves_the_outcome_unknown_though_nothing_happened() {
    let stage = Stage::set();
    let (error, sent) = failed(&stage, &appended(&stage), Fault::Refuse).await;
    assert_eq!((error.kind, sent), (CloudErrorKind::OutcomeUnknown, 1));
    assert!(!is_there(&stage));
}

#[tokio::test]
async fn a_service_that_fails_cannot_say_what_became_of_a_call() {
    let stage = Stage::set();
    let (error, sent) = failed(&stage, &appended(&stage), Fault::Fail).await;
    assert_eq!((error.kind, sent), (CloudErrorKind::OutcomeUnknown, 1));
}

#[tokio::test]
async fn where_nobody_listens_nothing_happened() {
    let stage = Stage::set();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let nobody = stage.account.through(format!("http://{}", closed.expect("a loopback port is free")));
    let error = operator(&nobody, &stage.resolver).perform(&appended(&stage)).await.expect_err("nobody listens");
    assert_eq!(error.kind, CloudErrorKind::Unreachable);
    assert!(!is_there(&stage));
}

#[tokio::test]
async fn a_call_of_every_protocol_that_is_throttled_or_refused_changes_nothing_and_is_sent_once() {
    let stage = Stage::set();
    let throttled: fn(&CloudErrorKind) -> bool = |kind| matches!(kind, CloudErrorKind::Throttled { .. });
    let expired: fn(&CloudErrorKind) -> bool = |kind| *kind == CloudErrorKind::ExpiredCredentials;
    for (fault, is) in [(Fault::Throttle, throttled), (Fault::Expire, expired)] {
        for call in samples::calls(&stage.filled, now()) {
            let (error, sent) = failed(&stage, &call, fault.clone()).await;
            assert!(is(&error.kind), "{call:?}: {error:?}");
            // What is looked at first is throttled first, and then the call itself is never sent.
            let looks = match &call {
                Call::PutReplication { rules, .. } => !rules.to.is_empty(),
                Call::PutParameter { .. } => true,
                _ => false,
            };
            assert_eq!(sent, usize::from(!looks), "{call:?}");
        }
    }
    assert!(!is_there(&stage));
    let group = seen(&stage.account, &["--group", stage.filled.partner().as_str(), stage.filled.text("partner_group")]);
    assert_eq!(group["desired"], 2);
}
