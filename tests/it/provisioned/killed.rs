//! A process that is killed while it makes or takes away: what it left is gone on with from the journal alone, until all is
//! there or nothing is.

use std::collections::BTreeMap;

use serde_json::json;

use super::slow::{HOME, PARTNER, gadgets, status_of, tell};
use super::{Yard, came, completed};
use crate::it::proxy::{Fault, Matching};

enum Instant {
    /// A request for this operation is on its way, and nobody has served it.
    Asked(&'static str),
    /// It has been served, and the answer never arrived.
    Served(&'static str),
    /// So many of these have been answered, and what they began is under way.
    Under(&'static str, usize),
}

fn killed(yard: &Yard, arguments: &[String], instant: &Instant) {
    match instant {
        Instant::Asked(operation) => yard.proxy.inject(Matching::operation(operation), Fault::Hang),
        Instant::Served(operation) => yard.proxy.inject(Matching::operation(operation), Fault::WithholdReply),
        Instant::Under(..) => {}
    }
    yard.proxy.take();
    let earlier = match instant {
        Instant::Under(operation, _) => yard.proxy.served(operation),
        Instant::Asked(_) | Instant::Served(_) => 0,
    };
    let mut run = yard.begin(arguments);
    match instant {
        Instant::Asked(operation) => yard.proxy.wait_for_request(operation),
        Instant::Served(operation) => yard.proxy.wait_for_answer(operation),
        Instant::Under(operation, count) => yard.proxy.wait_for_answers(operation, earlier + count),
    }
    run.kill().expect("it can be killed");
    run.wait().expect("it ends");
    yard.heal();
}

fn slowly(yard: &Yard, phase: &str) {
    for (region, name) in [(HOME, "/told/base"), (HOME, "/told/side"), (PARTNER, "/told/far")] {
        tell(yard, region, name, &json!({ phase: 1 }));
    }
}

fn made_after(instant: &Instant) {
    let yard = gadgets();
    let before = yard.inventory_of_gadgets();
    slowly(&yard, "CreateSeconds");
    killed(&yard, &yard.up_arguments(), instant);
    completed("resume of up", &yard.resume(&[]));
    for id in ["base", "side", "far"] {
        assert_eq!(status_of(&yard, id), "CREATE_COMPLETE", "{id}");
    }
    completed("down", &yard.down());
    assert_eq!(came(&before, &yard.inventory_of_gadgets()), BTreeMap::new(), "no orphan");
}

fn gone_after(instant: &Instant) {
    let yard = gadgets();
    let before = yard.inventory_of_gadgets();
    completed("up", &yard.up());
    slowly(&yard, "DeleteSeconds");
    killed(&yard, &yard.down_arguments(), instant);
    completed("resume of down", &yard.resume(&[]));
    assert_eq!(came(&before, &yard.inventory_of_gadgets()), BTreeMap::new(), "no orphan");
}

#[test]
fn killed_before_a_change_set_is_there() {
    made_after(&Instant::Asked("CreateChangeSet"));
}

#[test]
fn killed_after_a_change_set_and_before_its_answer() {
    made_after(&Instant::Served("CreateChangeSet"));
}

#[test]
fn killed_after_the_execution_and_before_its_answer() {
    made_after(&Instant::Served("ExecuteChangeSet"));
}

#[test]
fn killed_while_stacks_are_made() {
    made_after(&Instant::Under("ExecuteChangeSet", 2));
    made_after(&Instant::Under("ExecuteChangeSet", 3));
}

#[test]
fn killed_before_a_deletion_is_asked_for() {
    gone_after(&Instant::Asked("DeleteStack"));
}

#[test]
fn killed_after_a_deletion_and_before_its_answer() {
    gone_after(&Instant::Served("DeleteStack"));
}

#[test]
fn killed_while_stacks_are_deleted() {
    gone_after(&Instant::Under("DeleteStack", 1));
    gone_after(&Instant::Under("DeleteStack", 3));
}
