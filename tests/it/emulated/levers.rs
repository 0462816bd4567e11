//! Clients are led elsewhere, by each lever that an emulator holds, through runbooks of the user's own.

use serde_json::json;

use super::Operated;
use super::promotions::assert_exchanged;
use crate::it::filled::Filled;
use crate::it::harness::{ministack, moto};

/// A runbook of one step.
fn only(kind: &str) -> String {
    format!(
        "name = \"only\"\npurpose = \"One step.\"\nmode = \"planned\"\ndirection = \"to-standby\"\nguards = []\n\n\
         [[step]]\nkind = \"{kind}\"\n"
    )
}

#[test]
fn records_exchange_what_they_point_at_and_another_client_lists_them_so() {
    let operated = Operated::on(ministack(), &["names"]);
    operated.add_runbook("only", &only("record-change"));
    operated.completes("only", &[]);
    assert_exchanged(&operated);
    operated.assert_journaled(&["change-record", "change-record"]);
    assert_eq!(operated.deployed.proxy.served("ChangeResourceRecordSets"), 2);
}

#[test]
fn a_health_check_is_inverted_and_another_client_reads_it_so() {
    // The one emulator that writes the switches of a health check as Route 53 does.
    let own = moto().known_account("123456789012", "emulated");
    let filled = Filled::fill_names(&own, "inverted");
    let operated = Operated::of(moto(), &own, filled, &["names"]);
    operated.add_runbook("only", &only("health-check-inversion"));
    // It answers nothing to how CloudWatch is asked today: the one thing that is not known is gone on against.
    let reason = "freshness=the emulator has no metrics";
    let events = operated.completes("only", &["--override", reason]);
    let overridden: Vec<_> = events.iter().filter(|event| event["event"] == "overridden").collect();
    assert_eq!(overridden.len(), 1, "{overridden:?}");
    assert_eq!(overridden[0]["reason"], "the emulator has no metrics");
    for (check, inverted) in [("home_check", true), ("partner_check", false)] {
        let seen = own.boto("look.py", &["--check", operated.text(check)]);
        assert_eq!(seen["check"]["config"]["Inverted"], json!(inverted), "{check}: {seen}");
        assert_ne!(seen["check"]["config"]["Disabled"], json!(true), "disabled would mean healthy: {seen}");
    }
    operated.assert_journaled(&["set-health-check-inverted"]);
    assert_eq!(operated.deployed.proxy.served("UpdateHealthCheck"), 1);
}

#[test]
fn the_parameter_that_names_the_active_region_is_changed_in_both() {
    let operated = Operated::on(ministack(), &["aurora", "active_parameter"]);
    operated.add_runbook("only", &only("parameter"));
    operated.completes("only", &[]);
    for region in ["us-east-1", "us-east-2"] {
        operated.assert_parameter(region, "us-east-2");
    }
    operated.assert_journaled(&["put-parameter", "put-parameter"]);
}
