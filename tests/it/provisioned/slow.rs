//! Stacks that take their time, and stacks that fail: what is told of them, in AWS's own words, and that it can be gone on
//! with after the fix.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::lowering::BUILDER;
use super::{Yard, came, completed, tail};
use crate::it::harness::ministack;
use crate::it::program::Ran;

pub(super) const HOME: &str = "us-east-1";
pub(super) const PARTNER: &str = "us-east-2";

const MANIFEST: &str = r#"format = 1
name = "gadgets"
title = "Gadgets"
purpose = "A topic and something slow in two regions."
protected = false
notes = []

[objectives]

[regions.home]
parameter = "HomeRegion"
default = "us-east-1"
[regions.partner]
parameter = "PartnerRegion"
default = "us-east-2"

[tags]
Environment = "{EnvironmentSuffix}"
"lifeboat:deployment" = "{deployment}"

[parameters.EnvironmentSuffix]
type = "string"
default = "dev"
about = "Ends every name."

[[stack]]
id = "base"
name = "gadgets-{EnvironmentSuffix}-base"
template = "part.yaml"
region = "home"
capabilities = []
[stack.inputs]
Part = "base"

[[stack]]
id = "far"
name = "gadgets-{EnvironmentSuffix}-far"
template = "part.yaml"
region = "partner"
capabilities = []
[stack.inputs]
Part = "far"
Before = "{base.TopicName}"

[[stack]]
id = "side"
name = "gadgets-{EnvironmentSuffix}-side"
template = "part.yaml"
region = "home"
capabilities = []
[stack.inputs]
Part = "side"

[teardown]
leftovers = []

[outputs]
files = ["flat-outputs.json"]
[outputs.keys]
topic = "{far.TopicName}"

[deployment]
topics = ["{base.TopicArn}", "{far.TopicArn}"]
"#;

/// A stack of one topic and one slow thing, which asks how it shall behave where it is told to.
fn part(version: &str) -> String {
    let service = "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:";
    format!(
        r"AWSTemplateFormatVersion: '2010-09-09'
Description: A topic and something slow
Parameters:
  EnvironmentSuffix: {{Type: String, Default: dev}}
  Part: {{Type: String}}
  Before: {{Type: String, Default: nothing}}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {{TopicName: !Sub 'gadgets-${{Part}}-${{EnvironmentSuffix}}'}}
  Slow:
    Type: Custom::Wait
    Properties:
      ServiceToken: !Sub '{service}{BUILDER}'
      ToldBy: !Sub '/told/${{Part}}'
      After: !Ref Topic
      Version: '{version}'
Outputs:
  TopicName: {{Value: !GetAtt Topic.TopicName}}
  TopicArn: {{Value: !Ref Topic}}
"
    )
}

/// A blueprint of three stacks, of which those of the home region can go side by side.
pub(super) fn gadgets() -> Yard {
    let yard = Yard::empty(ministack(), "gadgets", [HOME, PARTNER]);
    set(&yard, "1");
    for (region, name) in [(HOME, "/told/base"), (HOME, "/told/side"), (PARTNER, "/told/far")] {
        tell(&yard, region, name, &json!({}));
    }
    yard
}

pub(super) fn set(yard: &Yard, version: &str) {
    let files = [("manifest.toml", MANIFEST.to_owned()), ("part.yaml", part(version))];
    yard.write(&files.map(|(file, text)| (file.to_owned(), text)).into());
}

/// From now on that part behaves so.
pub(super) fn tell(yard: &Yard, region: &str, name: &str, behaviour: &Value) {
    let arguments = ["ssm", "put-parameter", "--overwrite", "--type", "String", "--region", region, "--name", name];
    let told = yard.own.aws(
        &[&arguments[..], &["--value", &behaviour.to_string()]]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    );
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

fn tell_far(yard: &Yard, behaviour: &Value) {
    tell(yard, PARTNER, "/told/far", behaviour);
}

pub(super) fn status_of(yard: &Yard, id: &str) -> Value {
    let stacks = yard.stacks();
    let (_, region, name) = stacks.iter().find(|(of, ..)| of == id).expect("there is such a stack");
    yard.stack(region, name)["status"].clone()
}

/// It ended short of what it was for, and says why in the words that were given.
fn stopped(what: &str, ran: &Ran, words: &str) {
    assert!(!matches!(ran.code, Some(0) | None), "{what} did not stop: {}\n{}", ran.stderr, tail(&ran.stdout));
    assert!(
        ran.stdout.contains(words) || ran.stderr.contains(words),
        "{what} does not tell `{words}`: {:?} {}\n{}",
        ran.code,
        ran.stderr,
        tail(&ran.stdout)
    );
}

/// What a custom resource becomes only AWS can say: a plan stops before more is done than was approved, and the next one names
/// it. What becomes of a stack that is told something by another is not known before that one is changed.
fn up_as_named(yard: &Yard) -> Ran {
    for _ in 0..3 {
        let ran = yard.up();
        if !ran.stdout.contains("AWS would do more") {
            return ran;
        }
        assert!(ran.stdout.contains("REPLACE Slow"), "{}", tail(&ran.stdout));
        yard.abort();
    }
    panic!("what AWS would do is never named by a plan");
}

#[test]
fn a_stack_that_cannot_be_made_is_rolled_back_and_made_after_the_fix() {
    let yard = gadgets();
    let before = yard.inventory_of_gadgets();
    let words = "The quota of gadgets in this region is 0.";
    tell_far(&yard, &json!({ "CreateFails": words }));
    stopped("up", &yard.up(), words);
    let status = status_of(&yard, "far");
    assert_eq!(status, "ROLLBACK_COMPLETE", "nothing half made is left standing");
    let far = came(&before, &yard.inventory_of_gadgets());
    assert!(!far.contains_key(&format!("{PARTNER} sns Topics")), "what it had made is taken back: {far:?}");

    tell_far(&yard, &json!({}));
    yard.abort();
    completed("up after the fix", &yard.up());
    assert_eq!(status_of(&yard, "far"), "CREATE_COMPLETE");
    completed("down", &yard.down());
    assert_eq!(came(&before, &yard.inventory_of_gadgets()), BTreeMap::new());
}

#[test]
fn what_fails_holds_up_only_what_needs_it_and_the_rest_is_kept_by_the_next_plan() {
    let yard = gadgets();
    let before = yard.inventory_of_gadgets();
    let words = "The gadgets have run out.";
    tell(&yard, HOME, "/told/base", &json!({ "CreateFails": words }));
    stopped("up", &yard.up(), words);
    assert_eq!(status_of(&yard, "side"), "CREATE_COMPLETE", "it needs nothing of what failed");
    let far = status_of(&yard, "far");
    assert!(far.is_null() || far == "REVIEW_IN_PROGRESS", "it needs what failed: {far}");
    tell(&yard, HOME, "/told/base", &json!({}));
    let given_up = yard.resume(&["--answer", "abort"]);
    assert!(given_up.stdout.contains("aborted"), "{}\n{}", given_up.stderr, tail(&given_up.stdout));
    completed("up after the fix", &yard.up());
    for id in ["base", "side", "far"] {
        assert_eq!(status_of(&yard, id), "CREATE_COMPLETE", "{id}");
    }
    completed("down", &yard.down());
    assert_eq!(came(&before, &yard.inventory_of_gadgets()), BTreeMap::new());
}

#[test]
fn a_change_that_fails_is_rolled_back_and_made_after_the_fix() {
    let yard = gadgets();
    completed("up", &yard.up());
    set(&yard, "2");
    let words = "A gadget of version 2 does not fit.";
    tell_far(&yard, &json!({ "UpdateFails": words, "FailsAt": "2" }));
    stopped("the change", &up_as_named(&yard), words);
    assert_eq!(status_of(&yard, "far"), "UPDATE_ROLLBACK_COMPLETE");

    tell_far(&yard, &json!({}));
    yard.abort();
    completed("the change after the fix", &up_as_named(&yard));
    for id in ["base", "side", "far"] {
        assert_eq!(status_of(&yard, id), "UPDATE_COMPLETE", "{id}");
    }
    completed("down", &yard.down());
}

#[test]
fn a_deletion_that_fails_is_told_and_gone_on_with() {
    let yard = gadgets();
    let before = yard.inventory_of_gadgets();
    completed("up", &yard.up());
    let words = "Somebody holds on to a gadget.";
    tell_far(&yard, &json!({ "DeleteFails": words }));
    stopped("down", &yard.down(), words);
    assert_eq!(status_of(&yard, "far"), "DELETE_FAILED");
    assert_eq!(status_of(&yard, "base"), "CREATE_COMPLETE", "what another stands on stays until that is gone");

    tell_far(&yard, &json!({}));
    completed("resume", &yard.resume(&["--answer", "retry"]));
    assert_eq!(came(&before, &yard.inventory_of_gadgets()), BTreeMap::new());
}
