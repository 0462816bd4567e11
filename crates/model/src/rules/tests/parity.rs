//! Both regions side by side, and what stands on what.

use super::*;
use crate::assessment::{CapacityRow, Dependency, Health, Parity};
use crate::facts::backup::{CopyJob, CopyState};

fn calm() -> World {
    World::calm(everything())
}

fn row(world: &World, what: &str) -> CapacityRow {
    let rows = world.judged().parity;
    let names: Vec<String> = rows.iter().map(|row| row.what.clone()).collect();
    rows.into_iter().find(|row| row.what == what).unwrap_or_else(|| panic!("{what} among {names:?}"))
}

#[test]
fn in_the_calm_everything_is_the_same() {
    for row in calm().judged().parity {
        assert_eq!(row.verdict, Parity::Same, "{row:?}");
        assert!(row.home.is_some() && row.partner.is_some());
    }
}

#[test]
fn a_side_that_was_not_read_is_unknown_and_never_the_same() {
    let mut world = calm();
    world.snapshot.regions.remove(&Region::from(PARTNER));
    for row in world.judged().parity {
        assert_eq!(row.verdict, Parity::Unknown, "{row:?}");
    }
}

#[test]
fn a_comparison_with_a_side_that_has_fallen_silent_says_when_it_was_read() {
    assert!(calm().judged().parity.iter().all(|row| row.last_read.is_none()));
    let world = calm().later(Duration::from_mins(1)).all_fail(HOME, &CloudErrorKind::Timeout);
    for row in world.judged().parity {
        assert!(row.last_read.is_some_and(|at| at < world.now), "{row:?}");
    }
}

#[test]
fn differences_are_judged_by_what_they_mean() {
    let function = |change: &dyn Fn(&mut Function)| {
        let mut facts = functions();
        change(&mut facts.functions[0]);
        Facts::Functions(facts)
    };
    let small = ScalingGroup { max: 2, ..scaling(2).swap_remove(0) };
    let mut older = aurora(PARTNER, HOME);
    older.cluster.as_mut().unwrap().engine_version = "16.4".to_owned();
    let lower = LambdaFacts { account_concurrency: Some(10), ..functions() };
    let Facts::Quotas(mut quotas) = calm_answer(&everything(), HOME, &Read::Quotas { quotas: everything().quotas })
    else {
        panic!("quotas are answered with quotas");
    };
    let quota = Quota { value: 10.0, ..quotas.swap_remove(0) };
    let secret = Parameter { kind: ParameterKind::Secure, digest: None, ..parameter(1, 7) };
    let cases: Vec<(World, &str, Parity)> = vec![
        (calm().says(PARTNER, Facts::ScalingGroups(scaling(1))), "Auto Scaling web", Parity::Expected),
        (
            calm().says(HOME, Facts::ScalingGroups(scaling(6))).says(PARTNER, Facts::ScalingGroups(vec![small])),
            "Auto Scaling web",
            Parity::Different,
        ),
        (
            calm().says(PARTNER, function(&|it| it.code_sha256 = Some("xyz=".to_owned()))),
            "Lambda code pay",
            Parity::Different,
        ),
        (
            calm().says(PARTNER, function(&|it| it.reserved_concurrency = Some(0))),
            "Lambda concurrency pay",
            Parity::Different,
        ),
        (calm().says(PARTNER, Facts::Functions(lower)), "Lambda account concurrency", Parity::Different),
        (calm().says(PARTNER, Facts::Aurora(older)), "Aurora engine version", Parity::Different),
        (calm().says(PARTNER, Facts::Quotas(vec![quota])), "Quota Concurrent executions", Parity::Different),
        (calm().says(PARTNER, Facts::Parameters(vec![parameter(2, 9)])), "Parameter /shop/flag", Parity::Different),
        (calm().says(PARTNER, Facts::Parameters(Vec::new())), "Parameter /shop/flag", Parity::Different),
        (
            calm().says(HOME, Facts::Parameters(vec![secret.clone()])).says(PARTNER, Facts::Parameters(vec![secret])),
            "Parameter /shop/flag",
            Parity::Unknown,
        ),
    ];
    for (world, what, verdict) in cases {
        let row = row(&world, what);
        assert_eq!(row.verdict, verdict, "{row:?}");
        assert!(!row.detail.is_empty(), "{row:?}");
    }
}

#[test]
fn equal_values_are_the_same_whatever_their_versions() {
    let world = calm().says(PARTNER, Facts::Parameters(vec![parameter(9, 7)]));
    assert_eq!(row(&world, "Parameters").verdict, Parity::Same);
}

#[test]
fn drift_is_expected_while_the_roles_are_swapped() {
    let drifted = || Facts::Stacks(vec![Stack { drift: DriftStatus::Drifted, ..stack("shop-p") }]);
    let normal = calm().says(HOME, drifted()).judged().stacks.swap_remove(0);
    assert_eq!(normal.health, Health::Degraded);
    let swapped = [HOME, PARTNER]
        .into_iter()
        .fold(calm().says(HOME, drifted()), |world, region| world.says(region, Facts::Aurora(aurora(region, PARTNER))));
    let swapped = swapped.judged().stacks.swap_remove(0);
    assert_eq!(swapped.health, Health::Healthy);
    assert!(swapped.detail.contains("expected"));
}

#[test]
fn copies_are_found_where_they_leave_and_shown_where_they_arrive() {
    let copy = |state: CopyState, minute: u32| CopyJob {
        id: "one".to_owned(),
        resource: None,
        destination_vault: Some(Arn::new(format!("arn:aws:backup:{PARTNER}:{ACCOUNT}:backup-vault:vault"))),
        state,
        created_at: None,
        completed_at: Some(format!("2026-01-05T10:{minute:02}:00Z").parse().unwrap()),
        message: Some("the key is missing".to_owned()),
    };
    let vaults = |copies| {
        let vault = Vault { name: "vault".into(), recovery_points: 3, newest: Some(noon()), locked: None };
        Facts::Vaults(BackupFacts { vaults: vec![vault], copies })
    };
    let good = calm().says(HOME, vaults(vec![copy(CopyState::Completed, 30), copy(CopyState::Completed, 10)]));
    let rows = good.judged().backups;
    assert_eq!(rows[1].newest_copy.unwrap().to_string(), "2026-01-05T10:30:00Z");
    assert_eq!((rows[0].newest_copy, &rows[0].trouble), (None, &None));
    let bad = calm().says(HOME, vaults(vec![copy(CopyState::Failed, 30)])).judged().backups;
    assert!(bad[0].trouble.as_ref().unwrap().contains("the key is missing"));
}

fn dependency(world: &World, region: &str, service: Service) -> Dependency {
    let all = world.judged().dependencies;
    all.into_iter().find(|it| it.region.as_str() == region && it.service == service).unwrap()
}

#[test]
fn every_service_that_is_polled_stands_in_the_dependencies() {
    let judged = calm().judged();
    let listed: Vec<_> = judged.dependencies.iter().map(|it| (it.region.clone(), it.service)).collect();
    let polled: Vec<_> = crate::rules::reads::polled(&everything()).into_iter().collect();
    assert_eq!(listed, polled);
    assert!(judged.dependencies.iter().all(|it| it.ok == Some(true) && !it.facts.is_empty()), "{judged:?}");
}

#[test]
fn what_fails_says_since_when_what_hangs_on_it_and_what_mends_it() {
    let world = calm().fails(HOME, Service::Aurora, CloudErrorKind::Timeout).later(Duration::from_mins(3)).fails(
        HOME,
        Service::Aurora,
        CloudErrorKind::Timeout,
    );
    let aurora = dependency(&world, HOME, Service::Aurora);
    assert_eq!((aurora.ok, aurora.last_answer), (Some(false), Some(noon())));
    assert_eq!(aurora.failure, Some(("timed out".to_owned(), noon())));
    assert!(aurora.actions.iter().any(|action| action.contains("fail over")));
    assert_eq!(dependency(&world, PARTNER, Service::Stacks).ok, Some(true));
    let denied = CloudErrorKind::Denied { action: Some("ssm:GetParametersByPath".to_owned()) };
    let fix = dependency(&calm().fails(HOME, Service::Parameters, denied), HOME, Service::Parameters).fix.unwrap();
    assert!(fix.contains("ssm:GetParametersByPath") && fix.contains("lifeboat iam read-only"), "{fix}");
    let expired = calm().fails(HOME, Service::Stacks, CloudErrorKind::ExpiredCredentials);
    assert!(dependency(&expired, HOME, Service::Stacks).fix.unwrap().contains("aws sso login"));
}

#[test]
fn an_old_answer_is_no_proof_that_a_service_answers() {
    let world = calm().later(Duration::from_mins(4));
    assert_eq!(dependency(&world, HOME, Service::Aurora).ok, None);
    assert_eq!(dependency(&world, HOME, Service::Quotas).ok, Some(true));
    let unread = World { snapshot: Snapshot::default(), ..calm() };
    assert!(unread.judged().dependencies.iter().all(|it| it.ok.is_none()));
}
