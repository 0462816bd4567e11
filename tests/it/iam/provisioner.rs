//! The provisioner's policies: enough to make stacks, change them and take them away, as the program itself does; an
//! operator's is enough for none of it. What a stack holds is out of the reach of both, except through CloudFormation.

use std::sync::Arc;

use lifeboat_model::call::{Call, Purpose};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::id::Region;
use lifeboat_model::topology::Deployment;
use serde_json::Value;

use super::{commands, for_this_version, is_denied, listed};
use crate::it::contract::changes::Changeable;
use crate::it::contract::{provisioning, world};
use crate::it::filled::Filled;
use crate::it::harness::{Account, enforcing_changes};
use crate::it::observer::{now, operator};
use crate::it::program::program;
use crate::it::resolver::Resolver;
use crate::it::samples;

/// Somebody who has exactly what a command prints.
fn user(policy: &str, suffix: &str) -> Account {
    let root = enforcing_changes().known_account("test", "test");
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let printed = program(&["iam", policy], &root.variables(), folder.path());
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let made = root.boto_given("user.py", &[&format!("{policy}-{suffix}")], &printed.stdout);
    let text = |name: &str| made[name].as_str().expect("user.py prints it").to_owned();
    enforcing_changes().known_account(&text("access_key_id"), &text("secret_access_key"))
}

fn changeable(account: &Account, suffix: &str) -> Changeable {
    let operator = Arc::new(operator(account, &Resolver::start()));
    let deployment = Deployment::bare(suffix, "us-east-1", "us-east-2");
    Changeable { world: world(operator.clone(), deployment, now()), operator, pass: Box::new(|| {}) }
}

async fn blocking<T: Send + 'static>(make: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(make).await.expect("it is set up")
}

#[tokio::test]
async fn whoever_has_the_policies_makes_stacks_and_takes_them_away_as_the_program_does() {
    let (account, left) = blocking(|| {
        let root = enforcing_changes().known_account("test", "test");
        (user("provisioner", "pmakes"), root.boto("leave.py", &["pmakes", "us-east-1", "us-east-2"]))
    })
    .await;
    let changing = changeable(&account, "pmakes");
    provisioning::a_stack_is_made_changed_compared_and_taken_away(&changing).await;
    provisioning::a_creation_that_fails_goes_back_and_says_why(&changing).await;
    provisioning::a_secret_is_made_once_and_copied(&changing).await;
    let bucket = left["bucket"].as_str().expect("leave.py prints it");
    provisioning::a_bucket_is_emptied(&changing, &Region::from("us-east-2"), &bucket.into()).await;
}

#[tokio::test]
async fn an_operator_can_neither_make_a_stack_nor_delete_one() {
    let (operating, making) = blocking(|| (user("operator", "pdenied"), user("provisioner", "pdenied"))).await;
    let (operating, making) = (changeable(&operating, "pdenied"), changeable(&making, "pdenied"));
    let stack = provisioning::a_stack_stands(&making).await;
    for call in provisioning::whatever_makes_or_takes_away(&making, &stack) {
        let error = operating.operator.perform(&call).await.expect_err("an operator may not");
        assert!(matches!(error.kind, CloudErrorKind::Denied { .. }), "{call:?}: {error:?}");
        assert!(error.fix.as_deref().is_some_and(|fix| fix.contains("lifeboat iam provisioner")), "{error:?}");
    }
    assert!(provisioning::stands(&making, &stack).await, "nothing has happened to it");
    provisioning::is_deleted(&making, &stack).await;
}

/// What somebody with these policies may do by no other way than through CloudFormation.
fn direct() -> Vec<Vec<String>> {
    [
        vec!["sns", "create-topic", "--name", "direct"],
        vec!["dynamodb", "delete-table", "--table-name", "direct"],
        vec!["rds", "delete-db-cluster", "--db-cluster-identifier", "direct", "--skip-final-snapshot"],
        vec!["ec2", "delete-vpc", "--vpc-id", "vpc-1"],
        vec!["iam", "create-role", "--role-name", "direct", "--assume-role-policy-document", "{}"],
        vec!["lambda", "delete-function", "--function-name", "direct"],
        vec!["kms", "create-key"],
    ]
    .map(|words| words.into_iter().map(str::to_owned).collect())
    .into()
}

#[test]
fn what_stacks_are_made_of_is_within_reach_of_cloudformation_alone() {
    let account = user("provisioner", "pdirect");
    for command in direct() {
        let output = account.aws(&command);
        assert!(is_denied(&output), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn every_call_of_provisioning_is_denied_to_an_operator_as_it_is_printed() {
    let root = enforcing_changes().known_account("test", "test");
    let (account, filled) = (user("operator", "pprinted"), Filled::fill_as(&root, "pprinted"));
    let unrefused = listed("## Calls that no emulator refuses");
    for call in samples::provisioning(&filled) {
        assert_eq!(call.purpose(), Purpose::Provisioning);
        // An operator may write the one parameter that says which region is active, and whoever reads may describe keys.
        let is_shared = matches!(call, Call::EnsureSecureParameter { .. } | Call::MakeManagedKey { .. });
        if is_shared || unrefused.contains(call.operation()) {
            continue;
        }
        for command in commands(&call) {
            let output = account.aws(&for_this_version(&command[1..]));
            assert!(is_denied(&output), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn the_policies_of_a_blueprint_hold_what_its_types_need_and_say_what_is_not_known() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let printed = |arguments: &[&str]| program(arguments, &[], folder.path());
    let length = |ran: &crate::it::program::Ran| ran.stdout.len();
    let (all, one) = (printed(&["iam", "provisioner"]), printed(&["iam", "provisioner", "serverless"]));
    assert_eq!((all.code, one.code), (Some(0), Some(0)), "{all:?} {one:?}");
    assert!(length(&one) < length(&all), "one needs less than all");
    assert!(!one.stdout.contains("rds:CreateDBCluster") && one.stdout.contains("dynamodb:CreateTable"), "{one:?}");
    let policies: Value = one.json();
    assert!(policies.as_array().is_some_and(|list| !list.is_empty()), "{policies}");
    let unknown = printed(&["iam", "provisioner", "no-such-blueprint"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    // Every type of every built-in template is known.
    assert!(!all.stderr.contains("is not known here"), "{all:?}");
    for blueprint in ["ecommerce", "payments-aurora", "global-accelerator", "serverless", "payments-serverless"] {
        let printed = printed(&["iam", "provisioner", blueprint]);
        assert!(printed.code == Some(0) && !printed.stderr.contains("is not known here"), "{blueprint}: {printed:?}");
    }
}
