//! A run whose process is killed is gone on with from the journal alone, and the emulator is asked for one promotion,
//! whenever the kill came.

use std::process::Child;

use serde_json::Value;

use super::promotions::assert_exchanged;
use super::{Operated, lines};
use crate::it::harness::ministack;
use crate::it::proxy::{Fault, Matching};

/// When the process dies.
enum Instant {
    /// A request for this operation is on its way, and nobody has served it.
    Asked(&'static str),
    /// The emulator has served it, and the answer never arrived.
    Served(&'static str),
    /// So many requests have been sent since it began.
    After(usize),
}

/// Clients follow a parameter, which is read faster than Route 53 lets itself be asked.
const LED_BY_PARAMETER: [&str; 3] = ["aurora", "functions", "leading_parameter"];
const LED_BY_NAMES: [&str; 2] = ["aurora", "names"];

fn killed_and_resumed(runbook: &str, promotion: &str, parts: &[&str], instant: &Instant) {
    let operated = Operated::on(ministack(), parts);
    let proxy = &operated.deployed.proxy;
    proxy.take();
    match instant {
        Instant::Asked(operation) => proxy.inject(Matching::operation(operation), Fault::Hang),
        Instant::Served(operation) => proxy.inject(Matching::operation(operation), Fault::WithholdReply),
        Instant::After(_) => {}
    }
    let phrase = operated.phrase(runbook);
    let mut run: Child = operated.begin(&["run", runbook, "--operate", "--json", "--confirm", &phrase]);
    match instant {
        Instant::Asked(operation) => proxy.wait_for_request(operation),
        Instant::Served(operation) => proxy.wait_for_answer(operation),
        Instant::After(count) => proxy.wait_for_requests(*count),
    }
    run.kill().expect("it can be killed");
    run.wait().expect("it ends");
    operated.heal();

    let before = operated.journal();
    if before.is_empty() {
        assert!(matches!(instant, Instant::After(_)), "a call was sent without an intent in the journal");
        assert_eq!(proxy.served(promotion), 0);
        return;
    }
    let resumed = operated.deployed.run(&["resume", "--operate", "--json"]);
    let last = lines(&resumed.stdout).last().cloned().unwrap_or_default();
    match resumed.code {
        Some(0) => {
            assert_eq!(last["outcome"], "completed", "{last}");
            operated.assert_promoted();
            if parts.contains(&"leading_parameter") {
                operated.assert_parameter("us-east-2", "us-east-2");
            } else {
                assert_exchanged(&operated);
            }
        }
        Some(4) => {
            assert_eq!(last["outcome"], "stopped", "{last}");
            let asked = |event: &Value| event["event"] == "question";
            assert!(lines(&resumed.stdout).iter().any(asked), "it stops with a question: {}", resumed.stdout);
        }
        _ => panic!("{resumed:?}"),
    }
    assert_eq!(proxy.served(promotion), 1, "one promotion, whatever happened");
    operated.journal();
}

fn switched(parts: &[&str], instant: &Instant) {
    killed_and_resumed("switchover", "SwitchoverGlobalCluster", parts, instant);
}

#[test]
fn killed_before_the_promotion_arrives() {
    switched(&LED_BY_PARAMETER, &Instant::Asked("SwitchoverGlobalCluster"));
}

#[test]
fn killed_after_the_promotion_and_before_its_answer() {
    switched(&LED_BY_PARAMETER, &Instant::Served("SwitchoverGlobalCluster"));
    killed_and_resumed(
        "failover",
        "FailoverGlobalCluster",
        &LED_BY_PARAMETER,
        &Instant::Served("FailoverGlobalCluster"),
    );
}

#[test]
fn killed_after_the_promotion_while_clients_are_moved() {
    switched(&LED_BY_NAMES, &Instant::Asked("ChangeResourceRecordSets"));
    switched(&LED_BY_PARAMETER, &Instant::Served("PutParameter"));
}

#[test]
fn killed_while_the_old_writer_is_fenced() {
    switched(&LED_BY_PARAMETER, &Instant::Served("PutFunctionConcurrency"));
}

#[test]
fn killed_at_no_moment_in_particular() {
    for count in [1, 20, 30, 40] {
        switched(&LED_BY_PARAMETER, &Instant::After(count));
    }
}
