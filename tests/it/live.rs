//! `lifeboat status` on an account that another client has filled: what it says is what was put there.

use serde_json::{Value, json};

use crate::it::harness::ministack;
use crate::it::program::Deployed;

/// The one element of an array of objects whose field has this value.
pub(crate) fn one<'a>(array: &'a Value, field: &str, value: &str) -> &'a Value {
    let all = array.as_array().unwrap_or_else(|| panic!("no array: {array}"));
    let found: Vec<_> = all.iter().filter(|element| element[field] == value).collect();
    assert_eq!(found.len(), 1, "one element with {field} = {value} in {array:#}");
    found[0]
}

/// Roles by region.
pub(crate) fn roles(status: &Value) -> Vec<(String, String)> {
    let regions = status["regions"].as_array().unwrap_or_else(|| panic!("no regions: {status:#}"));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    regions.iter().map(|region| (text(&region["region"]), text(&region["role"]))).collect()
}

#[test]
fn status_reports_the_very_values_that_another_client_put() {
    let deployed = Deployed::on(ministack());
    let filled = &deployed.filled;
    let (home, partner) = (filled.home(), filled.partner());
    let status = deployed.status();

    assert_eq!(status["version"], 1);
    assert_eq!(status["simulated"], false);
    assert_eq!(status["access"], "read-only");
    assert_eq!(
        roles(&status),
        [(home.to_string(), "active".to_owned()), (partner.to_string(), "standby".to_owned())],
        "by Aurora's IsWriter"
    );
    for region in status["regions"].as_array().expect("regions") {
        assert_eq!(region["reachable"], true, "{region}");
    }

    let aurora = one(&status["stores"], "store", "aurora");
    assert_eq!(aurora["name"], filled.text("global_cluster"));
    assert_eq!(aurora["writer_region"], home.as_str());
    assert_eq!(aurora["lag_ms"].as_f64(), Some(filled.number("rpo_lag_ms")));
    assert_eq!(aurora["at_risk_s"].as_f64(), Some(filled.number("rpo_lag_ms") / 1000.0));

    let table = one(&status["stores"], "store", "dynamodb");
    assert_eq!(table["name"], filled.text("table"));
    assert_eq!(table["lag_ms"].as_f64(), Some(filled.number("dynamodb_latency_ms")));
    assert_eq!(table["at_risk_s"].as_f64(), Some(10.0 * filled.number("dynamodb_latency_ms") / 1000.0));

    let s3 = status["stores"].as_array().expect("stores").iter().filter(|store| store["store"] == "s3");
    let forward: Vec<_> = s3.filter(|store| !store["pending_bytes"].is_null()).collect();
    assert_eq!(forward.len(), 1, "the direction in use has a backlog, the other publishes nothing: {status:#}");
    assert_eq!(forward[0]["pending_bytes"].as_f64(), Some(filled.number("s3_pending_bytes")));
    assert_eq!(forward[0]["pending_objects"].as_f64(), Some(filled.number("s3_pending_operations")));
    assert_eq!(forward[0]["lag_ms"].as_f64(), Some(1000.0 * filled.number("s3_latency_s")));

    for (check, percent) in [("home_check", "home_healthy_percent"), ("partner_check", "partner_healthy_percent")] {
        let check = one(&status["health_checks"], "id", filled.text(check));
        assert_eq!(check["healthy_percent"].as_f64(), Some(filled.number(percent)));
    }
    for alarm in filled.made["alarms"].as_array().expect("fill.py lists its alarms") {
        let shown = one(&status["alarms"], "name", alarm["name"].as_str().expect("a name"));
        assert_eq!((&shown["state"], &shown["region"]), (&alarm["state"], &alarm["region"]));
    }
    let dns = one(&status["dns"], "name", filled.text("record"));
    assert_eq!(dns["active_region"], home.as_str());
    assert_eq!(status["if_failed_over_now"]["rpo_target_s"].as_f64(), Some(60.0));
    assert_eq!(status["if_failed_over_now"]["rto_target_s"].as_f64(), Some(300.0));
    assert!(!status.to_string().contains("987654"), "a series of the wrong region is shown: {status:#}");
}

#[test]
fn roles_follow_a_switchover_made_elsewhere_within_one_refresh() {
    let deployed = Deployed::on(ministack());
    let filled = &deployed.filled;
    let (home, partner) = (filled.home().to_string(), filled.partner().to_string());
    assert_eq!(roles(&deployed.status())[0], (home.clone(), "active".to_owned()));

    deployed.account.boto("swap.py", &["--global-cluster", filled.text("global_cluster"), "--lag-ms", "77"]);

    let status = deployed.status();
    assert_eq!(roles(&status), [(home, "standby".to_owned()), (partner.clone(), "active".to_owned())]);
    let aurora = one(&status["stores"], "store", "aurora");
    assert_eq!(aurora["writer_region"], partner.as_str());
    assert_eq!(aurora["lag_ms"].as_f64(), Some(77.0), "read from the old writer's region now");
}

#[test]
fn status_says_the_rto_term_by_term() {
    let deployed = Deployed::on(ministack());
    let status = deployed.status();
    let forecast = &status["if_failed_over_now"];
    let term = |name: &str| &one(&forecast["rto_terms"], "name", name)["s"];
    // The health checks ask every 10 s and want 3 failures; the promotion is as the configuration states it; the
    // records live 60 s. How long the standby takes to grow from 2 instances to 4 nobody has measured.
    assert_eq!(*term("detection"), 30, "{forecast:#}");
    assert_eq!(*term("promotion"), 90, "{forecast:#}");
    assert_eq!(*term("dns"), 60, "{forecast:#}");
    assert!(term("capacity").is_null(), "{forecast:#}");
    assert!(forecast["rto_s"].is_null(), "a part is not the whole: {forecast:#}");
    assert_eq!(forecast["rto_at_least_s"], 180);
}

#[test]
fn a_stack_name_is_enough_to_find_a_deployment() {
    let deployed = Deployed::on(ministack());
    let filled = &deployed.filled;
    let name = filled.text("home_stack");
    let ran =
        deployed.run(&["import", "--stack", name, "--home", "us-east-1", "--partner", "us-east-2", "--name", "found"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains(name), "{}", ran.stdout);
}

#[test]
fn a_machine_without_credentials_is_told_how_to_get_some() {
    let deployed = Deployed::on(ministack());
    let mut variables = deployed.account.variables();
    variables.retain(|(name, _)| !["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].contains(name));
    let configuration = deployed.configuration.to_str().expect("UTF-8");
    let ran = crate::it::program::program(
        &["--config", configuration, "status", "--json"],
        &variables,
        deployed.folder.path(),
    );
    assert_eq!(ran.code, Some(5), "not known to be ready: {ran:?}");
    let status = ran.json();
    assert_eq!(
        status["stores"].as_array().map(|stores| stores.iter().all(|store| store["lag_ms"].is_null())),
        Some(true)
    );
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(shown.contains("aws "), "a command that mends it is named: {shown}");
    assert!(deployed.proxy.take().is_empty(), "nothing is sent without credentials");
    assert_eq!(json!(false), status["simulated"]);
}
