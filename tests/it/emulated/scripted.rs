//! The plan as a script of `aws` commands does what the run would have done, with AWS's own command line and nothing of
//! Lifeboat.

use super::Operated;
use super::promotions::assert_exchanged;
use crate::it::harness::ministack;

/// The script of a plan, run with what is typed to it: whether it went through, and all it said.
fn scripted(operated: &Operated, runbook: &str, typed: &str) -> (bool, String) {
    let planned = operated.deployed.run(&["plan", runbook, "--format", "aws-cli"]);
    assert_eq!(planned.code, Some(0), "{planned:?}");
    let is_called = |line: &str| !line.starts_with('#') && line.contains("lifeboat ");
    assert!(!planned.stdout.lines().any(is_called), "nothing of Lifeboat is called: {}", planned.stdout);
    let ran = operated.deployed.account.script(&planned.stdout, typed);
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    (ran.status.success(), said)
}

#[test]
fn the_failovers_script_fails_over() {
    let operated = Operated::on(ministack(), &["aurora", "scaling_groups", "topics", "active_parameter", "canary"]);
    let phrase = operated.phrase("failover");
    let (refused, said) = scripted(&operated, "failover", "yes\n");
    assert!(!refused && said.contains("not the phrase"), "{said}");
    assert_eq!(operated.deployed.proxy.served("FailoverGlobalCluster"), 0);

    let (done, said) = scripted(&operated, "failover", &format!("{phrase}\n"));
    assert!(done && said.contains(&format!("done: {phrase}")), "{said}");
    operated.assert_promoted();
    operated.assert_parameter("us-east-2", "us-east-2");
    operated.assert_parameter("us-east-1", "served from us-east-1");
    assert_eq!(operated.deployed.proxy.served("FailoverGlobalCluster"), 1);
}

#[test]
fn the_switchovers_script_switches_over_and_a_second_time_promotes_nothing() {
    let operated = Operated::on(ministack(), &["aurora", "names", "functions", "active_parameter"]);
    let phrase = operated.phrase("switchover");
    let planned = operated.deployed.run(&["plan", "switchover", "--format", "aws-cli"]).stdout;
    for _ in 0..2 {
        let ran = operated.deployed.account.script(&planned, &format!("{phrase}\n"));
        let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{said}");
        operated.assert_promoted();
        assert_exchanged(&operated);
        for region in ["us-east-1", "us-east-2"] {
            operated.assert_parameter(region, "us-east-2");
        }
        let function = operated.look(&["--concurrency", "us-east-1", operated.text("home_function")]);
        assert_eq!(function["concurrency"], 25, "the fence is taken back");
    }
    assert_eq!(operated.deployed.proxy.served("SwitchoverGlobalCluster"), 1);
}
