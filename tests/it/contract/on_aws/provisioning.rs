//! Stacks, secrets and leftovers on the AWS layer, against emulators, and what another client sees of them.

use std::sync::Arc;

use lifeboat_model::call::Call;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::id::Region;
use lifeboat_model::read::Read;
use serde_json::Value;

use super::Stage;
use super::calls::changeable;
use crate::it::contract::changes::Changeable;
use crate::it::contract::provisioning;
use crate::it::contract::world;
use crate::it::harness::{Account, ministack, moto};
use crate::it::observer::{now, operator};
use crate::it::resolver::Resolver;

/// An account with nothing in it.
fn bare(account: &Account) -> Changeable {
    let operator = Arc::new(operator(account, &Resolver::start()));
    let suffix = &account.access_key_id[account.access_key_id.len() - 4..];
    let name = format!("p{}", suffix.to_lowercase());
    let deployment = lifeboat_model::topology::Deployment::bare(name.as_str(), "us-east-1", "us-east-2");
    Changeable { world: world(operator.clone(), deployment, now()), operator, pass: Box::new(|| {}) }
}

#[tokio::test]
async fn a_stack_is_made_changed_compared_and_taken_away() {
    provisioning::a_stack_is_made_changed_compared_and_taken_away(&bare(&ministack().account())).await;
}

#[tokio::test]
async fn what_was_only_looked_at_leaves_nothing() {
    provisioning::what_was_only_looked_at_leaves_nothing(&bare(&ministack().account())).await;
    provisioning::what_was_only_looked_at_leaves_nothing(&bare(&moto().account())).await;
}

#[tokio::test]
async fn a_creation_that_fails_goes_back_and_says_why() {
    provisioning::a_creation_that_fails_goes_back_and_says_why(&bare(&ministack().account())).await;
}

#[tokio::test]
async fn a_secret_is_made_once_and_copied() {
    provisioning::a_secret_is_made_once_and_copied(&bare(&ministack().account())).await;
    provisioning::a_secret_is_made_once_and_copied(&bare(&moto().account())).await;
}

/// What another client has left in an account.
struct Left {
    names: Value,
}

impl Left {
    fn by(account: &Account) -> Self {
        let suffix = account.access_key_id[account.access_key_id.len() - 6..].to_lowercase();
        Self { names: account.boto("leave.py", &[&suffix, "us-east-1", "us-east-2"]) }
    }

    fn text(&self, name: &str) -> &str {
        self.names[name].as_str().expect("leave.py prints it")
    }
}

async fn found(changing: &Changeable, named: Named) -> Vec<Found> {
    match changing.world.read(&"us-east-1".into(), Read::Named { names: vec![named] }).await {
        Facts::Named(found) => found,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_bucket_is_emptied_of_versions_markers_and_unfinished_uploads() {
    for account in [ministack().account(), moto().account()] {
        let left = Left::by(&account);
        let region = Region::from("us-east-2");
        provisioning::a_bucket_is_emptied(&bare(&account), &region, &left.text("bucket").into()).await;
        account.boto("gone.py", &[left.text("bucket"), "us-east-2"]);
    }
}

#[tokio::test]
async fn what_is_left_is_found_by_name_and_nothing_else_is() {
    let account = ministack().account();
    let (left, changing) = (Left::by(&account), bare(&account));
    let ids = |found: &[Found]| found.iter().map(|it| it.id.clone()).collect::<Vec<_>>();

    let group = left.text("group");
    let mut groups = ids(&found(&changing, Named::LogGroup(group.to_owned())).await);
    groups.sort();
    assert_eq!(groups, [group.to_owned(), format!("{group}/errors")]);

    let secrets = found(&changing, Named::Secret(left.text("secret").to_owned())).await;
    assert_eq!(ids(&secrets), [left.text("secret")]);
    assert!(secrets[0].deleted_at.is_some(), "it waits for its deletion: {secrets:?}");

    assert_eq!(ids(&found(&changing, Named::KmsKey(left.text("alias").to_owned())).await), [left.text("key")]);
    let snapshots = found(&changing, Named::DbClusterSnapshot(left.text("cluster").into())).await;
    assert_eq!(ids(&snapshots), [left.text("snapshot")]);

    for named in [
        Named::LogGroup("/nobody".to_owned()),
        Named::Secret("nobody".to_owned()),
        Named::SsmParameter("/nobody".into()),
        Named::KmsKey("alias/aws/rds".to_owned()),
        Named::RecoveryPoint("nobody".into()),
        Named::DbClusterSnapshot("nobody".into()),
        Named::Table("nobody".into()),
        Named::Bucket("nobody-has-a-bucket-of-this-name".into()),
    ] {
        assert_eq!(found(&changing, named).await, []);
    }
}

#[tokio::test]
async fn a_key_is_described_by_its_alias() {
    let account = ministack().account();
    let (left, changing) = (Left::by(&account), bare(&account));
    let call = Call::MakeManagedKey { region: "us-east-1".into(), alias: left.text("alias").to_owned() };
    let receipt = changing.operator.perform(&call).await.expect("it is there");
    assert!(receipt.detail.expect("its ARN").ends_with(left.text("key")));
}

#[tokio::test]
async fn what_a_region_offers_is_asked_before_anything_is_made() {
    for account in [ministack().account(), moto().account()] {
        let changing = bare(&account);
        for region in ["us-east-1", "us-east-2"] {
            let Facts::AvailabilityZones(zones) = changing.world.read(&region.into(), Read::AvailabilityZones).await
            else {
                panic!("zones")
            };
            assert!(zones.len() >= 3 && zones.iter().all(|zone| zone.starts_with(region)), "{zones:?}");
        }
    }
    let changing = bare(&ministack().account());
    for (version, offered) in [("14.6", true), ("99.9", false)] {
        let read = Read::EngineVersions { engine: "aurora-postgresql".to_owned(), version: version.to_owned() };
        let Facts::EngineVersions(found) = changing.world.read(&"us-east-1".into(), read).await else {
            panic!("versions")
        };
        assert_eq!(found.iter().any(|it| it.version == version && it.global_databases), offered, "{found:?}");
    }
}

#[tokio::test]
async fn a_vault_without_recovery_points_is_empty_and_one_that_is_gone_too() {
    let stage = Stage::set();
    let changing = changeable(&stage);
    let vault = stage.world.deployment.vaults.first().expect("there is a vault").clone();
    for (name, told) in [(vault.name.clone(), "nothing was left"), ("nobody".into(), "the vault is gone")] {
        let call = Call::EmptyVault { region: vault.region.clone(), vault: name };
        let receipt = changing.operator.perform(&call).await.expect("there is nothing to delete");
        assert_eq!(receipt.detail.as_deref(), Some(told));
    }
}

#[tokio::test]
async fn a_zone_is_told_with_the_records_that_nobody_named() {
    let stage = Stage::set();
    let zones = vec![stage.filled.text("zone").into(), "ZNOBODY".into()];
    let Facts::ZoneRecords(records) = stage.world.read(&Region::route53(), Read::ZoneRecords { zones }).await else {
        panic!("records")
    };
    let kinds: Vec<&str> = records.iter().map(|record| record.record_type.as_str()).collect();
    assert!(kinds.contains(&"NS") && kinds.contains(&"SOA"), "{kinds:?}");
    assert!(records.iter().any(|record| record.name.as_str() == stage.filled.text("record")), "{records:?}");
}
