//! One region silent, slow or refusing: the other stays fresh, and what is not known is said to be unknown.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::Value;

use crate::it::filled::NAME;
use crate::it::harness::ministack;
use crate::it::live::{one, roles};
use crate::it::program::Deployed;
use crate::it::proxy::{Fault, Matching};
use crate::it::tour::live_console;

/// Every number in the tree that is zero, by its path. Nothing that could not be read may be among them.
fn zeros(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(number) if number.as_f64() == Some(0.0) => found.push(path.to_owned()),
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                zeros(element, &format!("{path}[{index}]"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                zeros(field, &format!("{path}.{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// With the standby's region silent: its numbers are null, the active region's are as they were.
fn assert_partner_unknown_and_home_fresh(deployed: &Deployed, status: &Value) {
    let filled = &deployed.filled;
    let (home, partner) = (filled.home(), filled.partner());
    assert_eq!(one(&status["regions"], "region", home.as_str())["reachable"], true, "{status:#}");
    assert_eq!(one(&status["regions"], "region", partner.as_str())["reachable"], false, "{status:#}");
    assert_eq!(roles(status)[0], (home.to_string(), "active".to_owned()), "told by the region that answers");

    // Aurora's lag and the S3 backlog are published in the silent region, DynamoDB's latency in the other.
    let aurora = one(&status["stores"], "store", "aurora");
    for field in ["lag_ms", "at_risk_s"] {
        assert!(aurora[field].is_null(), "{field} of {aurora}");
    }
    for store in status["stores"].as_array().expect("stores").iter().filter(|store| store["store"] == "s3") {
        for field in ["lag_ms", "pending_objects", "pending_bytes", "at_risk_s"] {
            assert!(store[field].is_null(), "{field} of {store}");
        }
    }
    let table = one(&status["stores"], "store", "dynamodb");
    assert_eq!(
        table["lag_ms"].as_f64(),
        Some(filled.number("dynamodb_latency_ms")),
        "fresh from the region that answers"
    );
    let check = one(&status["health_checks"], "id", filled.text("partner_check"));
    assert_eq!(check["healthy_percent"].as_f64(), Some(filled.number("partner_healthy_percent")), "us-east-1 answers");
    assert!(status["if_failed_over_now"]["rpo_s"].is_null(), "a part is not the whole: {status:#}");

    let failing: Vec<_> =
        status["dependencies"].as_array().expect("dependencies").iter().filter(|d| d["ok"] == false).collect();
    assert!(!failing.is_empty(), "what is down is listed");
    assert!(failing.iter().all(|dependency| dependency["region"] == partner.as_str()), "{failing:#?}");

    let mut found = Vec::new();
    for part in ["stores", "if_failed_over_now"] {
        zeros(&status[part], part, &mut found);
    }
    found.retain(|path| !path.ends_with("age_s"));
    assert_eq!(found, Vec::<String>::new(), "nothing unknown is zero");
}

#[test]
fn a_region_that_refuses_leaves_the_other_fresh() {
    let deployed = Deployed::on(ministack());
    deployed.inject(Matching::region("us-east-2"), Fault::Refuse);
    let ran = deployed.run(&["status", "--json"]);
    assert_eq!(ran.code, Some(5), "not ready: {}", ran.stderr);
    assert_partner_unknown_and_home_fresh(&deployed, &ran.json());
}

#[test]
fn a_region_where_nobody_listens_leaves_the_other_fresh() {
    let mut deployed = Deployed::on(ministack());
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
    let endpoints = [("us-east-1", deployed.proxy.endpoint()), ("us-east-2", format!("http://{closed}"))];
    deployed.configuration =
        deployed.filled.configuration(deployed.folder.path(), deployed.resolver.address(), &endpoints);
    let ran = deployed.run(&["status", "--json"]);
    assert_eq!(ran.code, Some(5), "not ready: {}", ran.stderr);
    assert_partner_unknown_and_home_fresh(&deployed, &ran.json());
}

#[test]
fn a_region_that_hangs_leaves_the_other_fresh_and_is_given_up_in_time() {
    let deployed = Deployed::on(ministack());
    deployed.inject(Matching::region("us-east-2"), Fault::Hang);
    // That this ends at all is the assertion: the region never answers.
    let ran = deployed.run(&["status", "--json", "--timeout", "4"]);
    assert_eq!(ran.code, Some(5), "not ready: {}", ran.stderr);
    assert_partner_unknown_and_home_fresh(&deployed, &ran.json());
}

#[test]
fn a_region_that_throttles_leaves_the_other_fresh_and_still_counts_as_reached() {
    let deployed = Deployed::on(ministack());
    deployed.inject(Matching::region("us-east-2"), Fault::Throttle);
    let ran = deployed.run(&["status", "--json"]);
    let status = ran.json();
    assert_eq!(ran.code, Some(5), "not ready: {}", ran.stderr);
    let (home, partner) = (deployed.filled.home(), deployed.filled.partner());
    assert_eq!(one(&status["regions"], "region", home.as_str())["reachable"], true);
    // An answer that says "too often" is an answer.
    assert_eq!(one(&status["regions"], "region", partner.as_str())["reachable"], true, "{status:#}");
    let aurora = one(&status["stores"], "store", "aurora");
    assert!(aurora["lag_ms"].is_null(), "{aurora}");
    let table = one(&status["stores"], "store", "dynamodb");
    assert_eq!(table["lag_ms"].as_f64(), Some(deployed.filled.number("dynamodb_latency_ms")));
}

#[test]
fn a_failing_service_takes_only_its_own_facts_with_it() {
    let deployed = Deployed::on(ministack());
    deployed.inject(Matching::operation("DescribeTable"), Fault::Fail);
    let status = deployed.status();
    let aurora = one(&status["stores"], "store", "aurora");
    assert_eq!(aurora["lag_ms"].as_f64(), Some(deployed.filled.number("rpo_lag_ms")));
    for region in status["regions"].as_array().expect("regions") {
        assert_eq!(region["reachable"], true, "{region}");
    }
    let failing: Vec<_> =
        status["dependencies"].as_array().expect("dependencies").iter().filter(|d| d["ok"] == false).collect();
    assert_eq!(failing.len(), 2, "DynamoDB in both regions: {failing:#?}");
}

#[test]
fn slow_answers_are_answers() {
    let deployed = Deployed::on(ministack());
    let calm = deployed.status();
    deployed.inject(Matching::region("us-east-2"), Fault::Delay(Duration::from_millis(300)));
    let slow = deployed.status();
    assert_eq!(one(&calm["stores"], "store", "aurora")["lag_ms"], one(&slow["stores"], "store", "aurora")["lag_ms"]);
    assert_eq!(roles(&calm), roles(&slow));
}

#[test]
fn expired_credentials_are_said_with_their_fix_and_recover() {
    let deployed = Deployed::on(ministack());
    deployed.inject(Matching::everything(), Fault::Expire);
    let ran = deployed.run(&["status", "--deployment", NAME]);
    assert_eq!(ran.code, Some(5), "not known to be ready: {ran:?}");
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(shown.contains("expired"), "{shown}");
    let fix = deployed.run(&["status", "--json"]).json();
    let fixes = fix["dependencies"].as_array().expect("dependencies").iter().filter_map(|d| d["fix"].as_str());
    assert!(fixes.count() > 0, "the command that mends it: {fix:#}");

    deployed.heal();
    let status = deployed.status();
    assert_eq!(
        one(&status["stores"], "store", "aurora")["lag_ms"].as_f64(),
        Some(deployed.filled.number("rpo_lag_ms"))
    );
}

#[test]
fn the_console_says_that_credentials_expired_and_recovers_in_place() {
    let deployed = Deployed::on(ministack());
    let mut console = live_console(&deployed);
    console.wait_for(&["LIVE", "ACTIVE", "STANDBY"]);
    deployed.inject(Matching::everything(), Fault::Expire);
    console.press("r");
    console.wait_for(&["expired"]);
    deployed.heal();
    console.press("r");
    console.wait_gone("expired");
    console.wait_for(&["ACTIVE", "STANDBY"]);
    console.press("q");
    assert!(console.ended().success());
}

#[test]
fn the_console_stays_live_while_a_region_hangs() {
    let deployed = Deployed::on(ministack());
    let mut console = live_console(&deployed);
    console.wait_for(&["LIVE", "ACTIVE", "STANDBY"]);
    // The lag that us-east-2 publishes is known before it falls silent.
    console.press("2");
    console.wait_for(&["412"]);
    deployed.inject(Matching::region("us-east-2"), Fault::Hang);
    deployed.proxy.take();
    console.press("r");
    // Screens answer at once while the region's requests hang, and the other region goes on being asked.
    for (number, title) in [("2", "Replication"), ("3", "Health"), ("1", "Overview")] {
        console.press(number);
        console.wait_for(&[&format!("▸{number} {title}")]);
    }
    console.press("2");
    // What was known of it stays, and grows old in view.
    console.wait_for(&["us-east-2 is silent", "412"]);
    console.press("q");
    assert!(console.ended().success());
    let asked = deployed.proxy.take();
    assert!(asked.iter().any(|request| request.region == "us-east-1"), "{asked:?}");
}
