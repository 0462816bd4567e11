//! What no emulator serves, by recorded exchanges. The replaying client answers in order whatever is asked, so
//! each test also asserts that just the recorded requests were sent.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_smithy_http_client::test_util::StaticReplayClient;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::aurora::{FailoverStatus, ServerlessCapacity, Synchronization};
use lifeboat_model::facts::backup::CopyState;
use lifeboat_model::facts::global_accelerator::EndpointHealth;
use lifeboat_model::facts::route53::{HealthCheckKind, Vantage};
use lifeboat_model::facts::stack::DriftStatus;
use lifeboat_model::id::{AlarmName, Arn, DnsName, Region};
use lifeboat_model::port::Observe;
use lifeboat_model::read::{OPERATIONS, Read};
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::{QuotaTarget, RecordTarget};

use super::stage::{Logins, observer, recording, settings};

/// Asks one question of a recording; the facts, once all recorded requests were sent as recorded.
async fn replay(name: &str, region: &str, read: Read) -> Facts {
    replay_of(&recording(name), region, read).await
}

async fn replay_of(recording: &StaticReplayClient, region: &str, read: Read) -> Facts {
    let mut settings = settings();
    // Nobody answers on the discard port of this machine: resolvers say nothing here.
    settings.resolvers = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 9))];
    settings.timeouts.lookup = Duration::from_millis(50);
    let observer = observer(settings, recording.clone(), &Logins::of("AKIATEST"));
    let facts = observer.read(&Region::from(region), &read).await.expect("the recording holds an answer");
    recording.assert_requests_match(&[]);
    only_known_operations(&observer.operations());
    facts
}

fn only_known_operations(sent: &BTreeMap<String, u64>) {
    assert!(!sent.is_empty(), "nothing was counted");
    for name in sent.keys() {
        assert!(OPERATIONS.iter().any(|row| row.name == name), "{name} is not in the table of reads");
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

#[tokio::test]
async fn an_accelerator_is_told_with_all_its_groups() {
    let arn = Arn::from("arn:aws:globalaccelerator::123456789012:accelerator/1234abcd");
    let read = Read::Accelerators { accelerators: vec![arn.clone()] };
    let Facts::Accelerators(found) = replay("global_accelerator", "us-west-2", read).await else {
        panic!("other facts")
    };
    let [accelerator] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&accelerator.arn, accelerator.status.as_str(), accelerator.enabled), (&arn, "IN_PROGRESS", true));
    assert_eq!(accelerator.addresses, ["198.51.100.1", "198.51.100.2"]);
    assert_eq!(accelerator.dns_name, Some(DnsName::from("a1234.awsglobalaccelerator.com")));
    let [home, partner] = accelerator.groups.as_slice() else { panic!("{:?}", accelerator.groups) };
    assert_eq!((home.dial_percent, home.interval_s, home.threshold), (Some(100.0), Some(10), Some(3)));
    assert_eq!(home.endpoints[0].health, Some(EndpointHealth::Unhealthy));
    assert_eq!(home.endpoints[0].reason.as_deref(), Some("No targets"));
    assert_eq!((&partner.region, partner.dial_percent), (&Region::from("us-west-2"), Some(0.0)));
    assert_eq!(partner.endpoints[0].weight, Some(0));
    assert_eq!(partner.endpoints[0].health, Some(EndpointHealth::Other("WARMING".to_owned())), "a new state parses");
}

#[tokio::test]
async fn a_health_check_is_told_with_its_traps_and_its_checkers() {
    let read = Read::HealthChecks { checks: vec!["hc-home".into()] };
    let Facts::HealthChecks(found) = replay("health_check", "us-east-1", read).await else { panic!("other facts") };
    let [check] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((check.version, &check.kind), (7, &HealthCheckKind::Https));
    assert_eq!(check.target, "https://api.home.example.com:8443/healthz");
    assert!(check.inverted && check.disabled);
    assert_eq!(check.passing_percent(), Some(50.0));
    let [good, bad] = check.checkers.as_slice() else { panic!("{:?}", check.checkers) };
    assert_eq!((good.region.as_str(), good.address.as_str(), good.passed), ("us-east-1", "192.0.2.10", true));
    assert_eq!(good.checked_at, Some(at("2026-03-04T05:06:07.890Z")));
    assert!(!bad.passed && bad.status.starts_with("Failure: Connection timed out"));
}

#[tokio::test]
async fn a_health_check_whose_status_cannot_be_read_is_told_without_checkers() {
    let read = Read::HealthChecks { checks: vec!["hc-tcp".into()] };
    let found = replay("health_check_without_status", "us-east-1", read).await;
    let Facts::HealthChecks(found) = found else { panic!("other facts") };
    assert_eq!((found[0].target.as_str(), found[0].interval_s), ("tcp://192.0.2.1:5432", Some(30)));
    assert_eq!(found[0].checkers, []);
    assert_eq!(found[0].passing_percent(), None, "unknown is not zero");
}

#[tokio::test]
async fn a_check_on_an_alarm_is_not_asked_for_checkers_it_cannot_have() {
    let read = Read::HealthChecks { checks: vec!["hc-alarm".into()] };
    let found = replay("health_check_of_an_alarm", "us-east-1", read).await;
    let Facts::HealthChecks(found) = found else { panic!("other facts") };
    assert_eq!(found[0].alarm, Some((Region::from("us-west-2"), AlarmName::from("standby-takes-over"))));
    assert_eq!((found[0].interval_s, found[0].inverted), (None, true));
}

#[tokio::test]
async fn the_authority_is_asked_for_a_cname_where_it_has_no_address() {
    let record = RecordTarget { zone: "Z123".into(), name: "app.example.com".into() };
    let read = Read::Answers { records: vec![record] };
    let Facts::Answers(found) = replay("dns_answer", "us-east-1", read).await else { panic!("other facts") };
    let authority = found.iter().find(|answer| answer.vantage == Vantage::Authority).expect("it answered");
    assert_eq!((authority.record_type.as_str(), authority.code.as_str()), ("CNAME", "NOERROR"));
    assert_eq!(authority.values, ["standby.example.com"]);
    let silent = found.iter().find(|answer| answer.vantage != Vantage::Authority).expect("the resolver is told too");
    assert_eq!(silent.vantage, Vantage::Resolver("127.0.0.1:9".to_owned()));
    assert_ne!(silent.code, "NOERROR");
    assert!(silent.values.is_empty());
}

#[tokio::test]
async fn copies_that_left_the_vaults_are_told_newest_first() {
    let read = Read::Vaults { vaults: vec!["shop-vault".into()] };
    let Facts::Vaults(found) = replay("backup", "us-east-1", read).await else { panic!("other facts") };
    let [vault] = found.vaults.as_slice() else { panic!("{:?}", found.vaults) };
    assert_eq!((vault.recovery_points, vault.locked), (3, Some(true)));
    assert_eq!(vault.newest, Some(at("2026-01-02T00:00:00Z")), "a partial recovery point restores nothing");
    let told: Vec<_> = found.copies.iter().map(|copy| (copy.id.as_str(), &copy.state)).collect();
    assert_eq!(told, [("newer", &CopyState::Failed), ("older", &CopyState::Completed)]);
    assert_eq!(found.copies[0].message.as_deref(), Some("Access Denied trying to call AWS Backup service"));
}

#[tokio::test]
async fn a_quota_that_does_not_exist_is_left_out() {
    let quota = |service: &str, code: &str| QuotaTarget { service_code: service.into(), quota_code: code.into() };
    let read = Read::Quotas { quotas: vec![quota("lambda", "L-B99A9384"), quota("vpc", "L-00000000")] };
    let Facts::Quotas(found) = replay("quotas", "us-east-2", read).await else { panic!("other facts") };
    let [quota] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((quota.quota_code.as_str(), quota.value, quota.unit.as_deref()), ("L-B99A9384", 1000.0, Some("None")));
}

#[tokio::test]
async fn a_switchover_under_way_is_told_though_the_sdk_does_not_know_the_word() {
    let read = Read::Aurora { global_cluster: "shop-global".into() };
    let Facts::Aurora(found) = replay("aurora_switchover", "us-east-2", read).await else { panic!("other facts") };
    let global = found.global.expect("it exists");
    let failover = global.failover.as_ref().expect("it is under way");
    assert_eq!(failover.status, FailoverStatus::SwitchingOver);
    assert_eq!(failover.data_loss_allowed, Some(false));
    assert_eq!(global.writer().map(|member| member.cluster.region()), Some(Some(Region::from("us-east-1"))));
    assert_eq!(global.members[1].synchronization, Some(Synchronization::Other("half-there".to_owned())));
    let cluster = found.cluster.expect("its member here");
    assert_eq!(cluster.id.as_str(), "shop-partner");
    assert_eq!(cluster.serverless, Some(ServerlessCapacity { min_half_acu: 1, max_half_acu: 32 }));
    assert_eq!((cluster.encrypted, cluster.backup_retention_days), (true, Some(7)));
}

#[tokio::test]
async fn a_stack_that_was_rolled_back_is_told_with_the_reason() {
    let read = Read::Stacks { stacks: vec!["shop-data".into()] };
    let Facts::Stacks(found) = replay("stack_rolled_back", "us-east-1", read).await else { panic!("other facts") };
    let [stack] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((stack.status.as_str(), &stack.drift), ("UPDATE_ROLLBACK_COMPLETE", &DriftStatus::Drifted));
    assert!(stack.termination_protection);
    assert_eq!(stack.outputs.get("BucketName").map(String::as_str), Some("shop-home"));
    assert_eq!(stack.events[0].reason.as_deref(), Some("Access denied"));
}

#[tokio::test]
async fn a_stack_that_does_not_exist_is_left_out_though_aws_calls_the_request_invalid() {
    let read = Read::Stacks { stacks: vec!["shop-gone".into()] };
    assert_eq!(replay("stack_gone", "us-east-1", read).await, Facts::Stacks(Vec::new()));
}
