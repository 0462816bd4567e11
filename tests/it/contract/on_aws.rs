//! The contract on the AWS layer, against emulators that another client has filled, and what only a real wire shows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::aurora::{FailoverStatus, Synchronization};
use lifeboat_model::facts::route53::Vantage;
use lifeboat_model::id::Region;
use lifeboat_model::metric::{Measure, MetricQuery, Window};
use lifeboat_model::read::Read;
use lifeboat_model::time::{Timestamp, before};

use super::{World, assert_failed};
use crate::it::filled::Filled;
use crate::it::harness::{Account, enforcing, ministack, moto};
use crate::it::observer::{Keys, now, observer, observer_with, settings};
use crate::it::proxy::{Fault, Matching, Proxy};
use crate::it::recorded;
use crate::it::resolver::Resolver;

mod calls;
mod provisioning;
mod whole;

/// What stands behind a world on the AWS layer, kept as long as it is asked.
struct Stage {
    world: World,
    filled: Filled,
    proxy: Proxy,
    account: Account,
    resolver: Resolver,
}

impl Stage {
    fn set() -> Self {
        let own = ministack().account();
        let filled = Filled::fill(&own);
        let proxy = Proxy::before(ministack());
        let account = proxy.of(&own);
        let resolver = Resolver::start();
        resolver.set(filled.text("record"), filled.text("home_host"));
        proxy.inject(
            Matching::operation("TestDNSAnswer"),
            recorded::dns_answer(filled.text("record"), filled.text("home_host")),
        );
        proxy.inject(Matching::operation("GetHealthCheckStatus"), recorded::checkers(14, 2, now()));
        let world = World {
            cloud: Arc::new(observer(&account, &resolver)),
            deployment: filled.deployment(),
            now: now(),
            unserved: BTreeSet::new(),
        };
        Self { world, filled, proxy, account, resolver }
    }

    fn aurora(&self) -> Read {
        Read::Aurora { global_cluster: self.filled.text("global_cluster").into() }
    }

    async fn newest(&self, measure: Measure) -> f64 {
        let queries = self.world.queries().await;
        let published_in = match measure {
            Measure::DynamoReplicationLatency => self.filled.home(),
            _ => self.filled.partner(),
        };
        let is_it = |query: &&MetricQuery| query.key.measure == measure && query.key.region == published_in;
        let query = queries.iter().find(is_it).expect("a refresh asks for it, there");
        let window = Window { from: before(now(), Duration::from_mins(5)), to: now() };
        let series = self.world.series(query, window).await.expect("it is published");
        series.points.last().expect("it is published every minute").value
    }
}

#[tokio::test]
async fn the_contract_holds() {
    super::holds(&Stage::set().world).await;
}

#[tokio::test]
async fn every_read_is_answered_by_its_own_facts() {
    let stage = Stage::set();
    let seen = super::every_read_is_answered_by_its_own_facts(&stage.world).await;
    // Quotas and accelerators are served by no emulator, and the deployment has no URL to probe.
    let all = [
        "identity",
        "aurora",
        "tables",
        "buckets",
        "health-checks",
        "records",
        "answers",
        "metrics",
        "alarms",
        "target-groups",
        "functions",
        "parameters",
        "stacks",
        "vaults",
        "scaling-groups",
        "stack-resources",
        "tagged",
        "stack-events",
        "change-set",
        "stack-drifts",
        "drift-detection",
        "stack-templates",
        "template-verdict",
        "bucket-contents",
        "engine-versions",
        "availability-zones",
        "named",
        "zone-records",
    ];
    assert_eq!(seen, BTreeSet::from(all));
}

#[tokio::test]
async fn numbers_are_those_that_another_client_put_in_the_right_region() {
    let stage = Stage::set();
    for (measure, name) in [
        (Measure::AuroraRpoLag, "rpo_lag_ms"),
        (Measure::AuroraReplicationLag, "replication_lag_ms"),
        (Measure::DynamoReplicationLatency, "dynamodb_latency_ms"),
        (Measure::S3ReplicationLatency, "s3_latency_s"),
        (Measure::S3BytesPending, "s3_pending_bytes"),
        (Measure::S3OperationsPending, "s3_pending_operations"),
    ] {
        let (read, put) = (stage.newest(measure).await, stage.filled.number(name));
        assert_eq!(read.to_bits(), put.to_bits(), "{measure:?}: {read} was read, {put} was put");
    }
}

#[tokio::test]
async fn a_gap_stays_a_gap() {
    let stage = Stage::set();
    let newest: Timestamp = stage.filled.text("newest_point").parse().expect("fill.py prints RFC 3339");
    let query = super::lag_query(&stage.world).await;
    let window = Window { from: before(newest, Duration::from_mins(20)), to: newest };
    let series = stage.world.series(&query, window).await.expect("the lag is published");
    let minutes: Vec<_> = series.points.iter().map(|point| newest.duration_since(point.at).as_mins()).collect();
    let expected: Vec<_> = (1..=20).rev().filter(|back| !(12..=14).contains(back)).collect();
    assert_eq!(minutes, expected, "no point where none was put, and none left out");
}

#[tokio::test]
async fn facts_are_those_that_another_client_reads() {
    let stage = Stage::set();
    let home = stage.filled.home();
    let function = format!("--function={home}/{}", stage.filled.text("home_function"));
    let seen = stage.account.boto("look.py", &["--table", stage.filled.text("table"), &function]);

    let Facts::Functions(functions) =
        stage.world.read(&home, Read::Functions { functions: vec![stage.filled.text("home_function").into()] }).await
    else {
        panic!("functions are answered with functions")
    };
    let found = functions.functions.first().expect("the function exists");
    assert_eq!(found.code_sha256.as_deref(), seen["function"]["code_sha256"].as_str());
    assert_eq!(found.reserved_concurrency, Some(25));
    assert!(functions.account_concurrency.is_some());

    let partner = stage.filled.partner();
    for (region, count) in [(&home, "parameters_home"), (&partner, "parameters_partner")] {
        let paths = vec![stage.filled.text("parameter_path").into()];
        let Facts::Parameters(parameters) = stage.world.read(region, Read::Parameters { paths, decrypt: true }).await
        else {
            panic!("parameters are answered with parameters")
        };
        assert_eq!(
            parameters.len() as u64,
            stage.filled.made[count].as_u64().expect("fill.py counts them"),
            "all pages"
        );
        assert!(parameters.iter().all(|parameter| parameter.digest.is_some()));
    }

    let groups = vec![stage.filled.text("home_group").into()];
    let Facts::ScalingGroups(groups) = stage.world.read(&home, Read::ScalingGroups { groups }).await else {
        panic!("groups are answered with groups")
    };
    assert_eq!(groups.iter().map(|group| (group.min, group.desired, group.max)).collect::<Vec<_>>(), [(1, 4, 6)]);
}

#[tokio::test]
async fn parameters_of_both_regions_compare_by_their_values_alone() {
    let stage = Stage::set();
    let mut digests = Vec::new();
    for region in stage.world.deployment.regions.both() {
        let paths = vec![stage.filled.text("parameter_path").into()];
        let Facts::Parameters(parameters) = stage.world.read(region, Read::Parameters { paths, decrypt: true }).await
        else {
            panic!("parameters are answered with parameters")
        };
        let digest = |tail: &str| {
            let found = parameters.iter().find(|parameter| parameter.name.as_str().ends_with(tail));
            found.expect("it was put").digest.clone()
        };
        digests.push((digest("db-name"), digest("api-key"), digest("region-note")));
    }
    let [home, partner] = [&digests[0], &digests[1]];
    assert_eq!((&home.0, &home.1), (&partner.0, &partner.1), "the same values, secure or not");
    assert_ne!(home.2, partner.2, "other values");
}

#[tokio::test]
async fn every_question_goes_to_the_endpoint_of_its_region() {
    let stage = Stage::set();
    stage.proxy.take();
    stage.world.refresh().await;
    let pair = [stage.filled.home(), stage.filled.partner()].map(|region| region.as_str().to_owned());
    for request in stage.proxy.take() {
        match request.service.as_str() {
            "route53" => assert_eq!(request.region, Region::route53().as_str(), "{request:?}"),
            _ => assert!(pair.contains(&request.region), "{request:?}"),
        }
        assert_eq!(request.access_key_id, stage.account.access_key_id);
    }
}

#[tokio::test]
async fn states_that_the_sdk_does_not_know_are_kept_as_they_are() {
    let stage = Stage::set();
    let global_cluster = stage.filled.text("global_cluster");
    let [writer, target] = ["home_cluster", "partner_cluster"].map(|name| stage.filled.text(name).to_owned());
    let arn = |region: &Region, cluster: &str| format!("arn:aws:rds:{region}:123456789012:cluster:{cluster}");
    let (writer, target) = (arn(&stage.filled.home(), &writer), arn(&stage.filled.partner(), &target));
    stage.proxy.inject(
        Matching::operation("DescribeGlobalClusters"),
        recorded::switching_over(global_cluster, &writer, &target),
    );
    let Facts::Aurora(facts) = stage.world.read(&stage.filled.home(), stage.aurora()).await else {
        panic!("Aurora is answered with Aurora")
    };
    let global = facts.global.expect("it is there");
    assert_eq!(global.status, "switching-over");
    let failover = global.failover.as_ref().expect("one is under way");
    assert_eq!(failover.status, FailoverStatus::SwitchingOver);
    assert_eq!(failover.data_loss_allowed, Some(false));
    let target = global.members.iter().find(|member| !member.is_writer).expect("one member does not write");
    assert_eq!(target.synchronization, Some(Synchronization::Other("re-synchronizing-someday".to_owned())));
}

type Kind = fn(&CloudErrorKind) -> bool;

#[tokio::test]
async fn each_failure_is_told_by_what_can_be_done_about_it() {
    let stage = Stage::set();
    let (home, partner) = (stage.filled.home(), stage.filled.partner());
    let faults: [(Fault, Kind); 5] = [
        (Fault::Throttle, |kind| matches!(kind, CloudErrorKind::Throttled { .. })),
        (Fault::Fail, |kind| *kind == CloudErrorKind::ServiceFailure),
        (Fault::Refuse, |kind| *kind == CloudErrorKind::Unreachable),
        (Fault::LoseReply, |kind| *kind == CloudErrorKind::Unreachable),
        (Fault::Expire, |kind| *kind == CloudErrorKind::ExpiredCredentials),
    ];
    // One read of each of AWS's protocols.
    let reads = [
        stage.aurora(),
        Read::Tables { tables: vec![stage.filled.text("table").into()] },
        Read::Buckets { buckets: vec![stage.filled.text("partner_bucket").into()] },
        Read::Functions { functions: vec![stage.filled.text("partner_function").into()] },
        Read::Alarms {
            selection: stage.world.deployment.alarms.clone(),
            history_since: before(now(), Duration::from_mins(5)),
        },
        Read::Vaults { vaults: vec![stage.filled.text("partner_vault").into()] },
        Read::Stacks { stacks: vec![stage.filled.text("partner_stack").into()] },
    ];
    for (fault, is) in faults {
        stage.proxy.inject(Matching::region("us-east-2"), fault.clone());
        for read in &reads {
            let outcome = stage.world.try_read(&partner, read.clone()).await;
            let error = assert_failed(outcome, &partner, is);
            assert_eq!(error.service, read.service(), "{fault:?}: {error:?}");
        }
        assert!(stage.world.try_read(&home, stage.aurora()).await.is_ok(), "the other region answers during {fault:?}");
    }
    stage.proxy.heal();
    for read in reads {
        assert!(stage.world.try_read(&partner, read.clone()).await.is_ok(), "{} answers again", super::name(&read));
    }
}

#[tokio::test]
async fn a_region_that_hangs_is_given_up_while_the_other_answers() {
    let stage = Stage::set();
    let (home, partner) = (stage.filled.home(), stage.filled.partner());
    stage.proxy.inject(Matching::region("us-east-2"), Fault::Hang);
    let mut quick = settings(&stage.account, &stage.resolver);
    quick.timeouts.attempt = Duration::from_millis(300);
    quick.timeouts.operation = Duration::from_millis(600);
    let cloud = observer_with(&Keys::of(&stage.account), quick);
    let read = stage.aurora();
    let (hung, fine) = tokio::join!(
        lifeboat_model::port::Observe::read(&cloud, &partner, &read),
        lifeboat_model::port::Observe::read(&cloud, &home, &read)
    );
    assert_failed(hung, &partner, |kind| *kind == CloudErrorKind::Timeout);
    assert!(fine.is_ok());
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_on_is_unreachable() {
    let own = ministack().account();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let nobody = own.through(format!("http://{}", closed.expect("a loopback port is free")));
    let cloud = observer(&nobody, &Resolver::start());
    let region = Region::from("us-east-2");
    let outcome = lifeboat_model::port::Observe::read(&cloud, &region, &Read::Identity).await;
    assert_failed(outcome, &region, |kind| *kind == CloudErrorKind::Unreachable);
}

#[tokio::test]
async fn after_a_new_login_the_same_observer_answers_again() {
    let stage = Stage::set();
    let old = ministack().account();
    let keys = Keys::of(&stage.proxy.of(&old));
    let cloud = observer_with(&keys, settings(&stage.account, &stage.resolver));
    let home = stage.filled.home();
    stage.proxy.inject(Matching::everything(), Fault::Expire);
    let outcome = lifeboat_model::port::Observe::read(&cloud, &home, &Read::Identity).await;
    let error = assert_failed(outcome, &home, |kind| *kind == CloudErrorKind::ExpiredCredentials);
    assert_eq!(error.fix.as_deref(), Some("log in anew"));
    stage.proxy.heal();
    keys.log_in(&stage.account);
    let Ok(Facts::Identity(identity)) = lifeboat_model::port::Observe::read(&cloud, &home, &Read::Identity).await
    else {
        panic!("the new login answers")
    };
    assert_eq!(identity.account.as_str(), stage.account.access_key_id);
}

#[tokio::test]
async fn what_an_identity_may_not_read_is_denied_with_the_action_named() {
    let root = enforcing().known_account("test", "test");
    let nothing =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}]}"#;
    let user = root.boto_given("user.py", &["denied-reader"], nothing);
    let text = |name: &str| user[name].as_str().expect("user.py prints it").to_owned();
    let account = enforcing().known_account(&text("access_key_id"), &text("secret_access_key"));
    let cloud = observer(&account, &Resolver::start());
    let region = Region::from("us-east-1");
    let reads = [
        (Read::Aurora { global_cluster: "any".into() }, "rds:DescribeGlobalClusters"),
        (Read::Tables { tables: vec!["any".into()] }, "dynamodb:DescribeTable"),
        (Read::Functions { functions: vec!["any".into()] }, "lambda:"),
    ];
    for (read, action) in reads {
        let outcome = lifeboat_model::port::Observe::read(&cloud, &region, &read).await;
        let error = assert_failed(outcome, &region, |kind| matches!(kind, CloudErrorKind::Denied { .. }));
        let CloudErrorKind::Denied { action: named } = &error.kind else { unreachable!("it was just asserted") };
        assert!(named.as_ref().is_some_and(|named| named.starts_with(action)), "{error:?}");
    }
    let identity = lifeboat_model::port::Observe::read(&cloud, &region, &Read::Identity).await;
    assert!(matches!(identity, Ok(Facts::Identity(_))), "who one is needs no permission: {identity:?}");
}

#[tokio::test]
async fn inverted_and_disabled_health_checks_are_seen_as_such() {
    assert_switches_seen(&moto().account()).await;
}

#[tokio::test]
async fn the_second_emulator_says_the_same_once_its_booleans_are_repaired() {
    let proxy = Proxy::before(ministack());
    proxy.inject(Matching::operation("GetHealthCheckStatus"), recorded::checkers(16, 0, now()));
    assert_switches_seen(&proxy.of(&ministack().account())).await;
}

async fn assert_switches_seen(account: &Account) {
    let made = account.boto("checks.py", &[]);
    let id = |name: &str| made[name].as_str().expect("checks.py prints it");
    let cloud = observer(account, &Resolver::start());
    let read = Read::HealthChecks { checks: ["plain", "inverted", "disabled"].map(|name| id(name).into()).into() };
    let outcome = lifeboat_model::port::Observe::read(&cloud, &Region::route53(), &read).await;
    let Ok(Facts::HealthChecks(checks)) = outcome else { panic!("{outcome:?}") };
    let seen: BTreeSet<_> = checks.iter().map(|check| (check.id.as_str(), check.inverted, check.disabled)).collect();
    assert_eq!(
        seen,
        BTreeSet::from([(id("plain"), false, false), (id("inverted"), true, false), (id("disabled"), false, true)])
    );
}

#[tokio::test]
async fn answers_are_those_of_route_53_and_of_the_resolver() {
    let stage = Stage::set();
    let records = stage.world.deployment.records.clone();
    let Facts::Answers(answers) = stage.world.read(&Region::route53(), Read::Answers { records }).await else {
        panic!("answers are answered with answers")
    };
    let home = stage.filled.text("home_host");
    let from = |authority: bool| {
        answers.iter().filter(move |answer| (answer.vantage == Vantage::Authority) == authority).collect::<Vec<_>>()
    };
    for answers in [from(true), from(false)] {
        assert!(answers.iter().all(|answer| answer.code == "NOERROR"), "{answers:?}");
        assert!(answers.iter().any(|answer| answer.values == [home]), "the name behind the alias is told: {answers:?}");
    }
}

#[tokio::test]
async fn checkers_are_read_one_by_one() {
    let stage = Stage::set();
    let checks = vec![stage.filled.text("home_check").into()];
    let Facts::HealthChecks(checks) = stage.world.read(&Region::route53(), Read::HealthChecks { checks }).await else {
        panic!("health checks are answered with health checks")
    };
    let check = checks.first().expect("it exists");
    assert_eq!(check.checkers.len(), 16);
    assert_eq!(check.passing_percent(), Some(87.5));
    assert_eq!((check.interval_s, check.threshold), (Some(10), Some(3)));
}

#[tokio::test]
async fn without_their_status_health_checks_are_still_told() {
    // The emulator itself refuses GetHealthCheckStatus; AWS does not promise it either.
    let own = ministack().account();
    let filled = Filled::fill(&own);
    let cloud = observer(&own, &Resolver::start());
    let read = Read::HealthChecks { checks: vec![filled.text("home_check").into()] };
    let outcome = lifeboat_model::port::Observe::read(&cloud, &Region::route53(), &read).await;
    let Ok(Facts::HealthChecks(checks)) = outcome else { panic!("{outcome:?}") };
    assert!(checks.first().expect("it exists").checkers.is_empty());
}

#[tokio::test]
async fn roles_follow_a_switchover_made_by_somebody_else() {
    let stage = Stage::set();
    assert_eq!(super::the_writer_is_told_by_the_cloud(&stage.world).await, stage.filled.home());
    stage.account.boto("swap.py", &["--global-cluster", stage.filled.text("global_cluster"), "--lag-ms", "77"]);
    assert_eq!(super::the_writer_is_told_by_the_cloud(&stage.world).await, stage.filled.partner());
    let query = super::lag_query(&stage.world).await;
    assert_eq!(query.key.region, stage.filled.home(), "the lag is published by the standby, which is the old writer");
    let series = stage.world.series(&query, stage.world.window(3)).await.expect("it was put there");
    assert_eq!(series.points.last().map(|point| point.value), Some(77.0));
}
