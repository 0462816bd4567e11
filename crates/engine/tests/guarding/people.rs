//! Guards about who acts and when: access, lock, identity, credentials, freeze windows, delays, second persons.

use std::collections::BTreeMap;

use lifeboat_engine::guards::LockView;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::guard::{GuardName, Verdict};
use lifeboat_model::policy::FreezeWindow;
use lifeboat_model::read::Service;
use lifeboat_model::run::RunId;
use lifeboat_model::time::{Duration, after};
use lifeboat_model::topology::Blueprint;

use crate::stage::{Stage, in_minutes, minutes_ago, operator};

fn stage() -> Stage {
    Stage::planned(Blueprint::PaymentsAurora)
}

#[test]
fn a_read_only_session_may_not_run() {
    stage().passes(GuardName::Access, "operator access");
    stage().with(|it| it.session.access = false).refuses(
        GuardName::Access,
        "read-only",
        "lifeboat run switchover --operate",
    );
}

#[test]
fn one_run_at_a_time() {
    stage().passes(GuardName::Lock, "nobody holds the lock");
    stage().with(|it| it.session.lock = LockView::Mine).passes(GuardName::Lock, "this session holds");
    let held = |it: &mut Stage| {
        it.session.lock = LockView::Held { by: operator("grace"), since: minutes_ago(it, 3) };
    };
    stage().with(held).refuses(
        GuardName::Lock,
        "grace on desk (process 1, arn:aws:sts::",
        "wait until grace has ended it",
    );
    stage().with(held).refuses(GuardName::Lock, "for 3 min", "grace");
    let open = |it: &mut Stage| it.session.open_run = Some(RunId::new("r-7"));
    for lock in [LockView::Free, LockView::Mine] {
        let stage = stage().with(open).with(|it| it.session.lock = lock);
        stage.refuses(GuardName::Lock, "run r-7 of payments-aurora is not over", "`lifeboat resume r-7`");
        stage.refuses(GuardName::Lock, "", "`lifeboat abort r-7`");
    }
    stage().with(open).with(held).refuses(GuardName::Lock, "grace", "`lifeboat resume r-7` or `lifeboat abort r-7`");
}

#[test]
fn only_the_account_of_plan_and_deployment_is_acted_in() {
    let account = "210987654321";
    stage().passes(GuardName::Identity, "in account 123456789012");
    stage().with(|it| it.plan.account = Some(account.into())).refuses(
        GuardName::Identity,
        "which the plan was made for".trim_start_matches("which "),
        "account 210987654321",
    );
    stage().with(|it| it.deployment.account = Some(account.into())).refuses(
        GuardName::Identity,
        "the deployment is in 210987654321",
        "AWS_PROFILE",
    );
    stage()
        .with(|it| {
            it.plan.account = None;
            it.deployment.account = None;
        })
        .is_unknown(GuardName::Identity, "names an account");
    stage()
        .with(|it| it.plan.account = None)
        .with(|it| it.deployment.account = Some("123456789012".into()))
        .passes(GuardName::Identity, "123456789012");
    // Another region's word that the account is wrong counts as well.
    stage()
        .with(|it| {
            it.deployment.account = Some("123456789012".into());
            let from = it.from();
            it.here(&from).identity.last.as_mut().unwrap().value.account = account.into();
        })
        .refuses(GuardName::Identity, "another account than 123456789012", "AWS_PROFILE");
}

#[test]
fn who_acts_must_be_known_now() {
    for guard in [GuardName::Identity, GuardName::Credentials] {
        let elsewhere_silent = || stage().with(|it| it.silence(&it.from(), Service::Identity, Duration::from_mins(5)));
        elsewhere_silent()
            .with(|it| it.forget(&it.to(), Service::Identity))
            .is_unknown(guard, "STS in us-east-2 must answer");
        elsewhere_silent()
            .with(|it| it.age(&it.to(), Service::Identity, Duration::from_mins(3)))
            .is_unknown(guard, "it was last read 3 min ago");
        elsewhere_silent()
            .with(|it| it.silence(&it.to(), Service::Identity, Duration::from_mins(1)))
            .is_unknown(guard, "it has failed for 60 s (timed out)");
        // The region that is left need not tell who the caller is, and may where the other is silent.
        stage().with(|it| it.lose(&it.from(), Duration::from_mins(5))).passes(guard, "");
        stage().with(|it| it.lose(&it.to(), Duration::from_mins(5))).passes(guard, "");
    }
}

#[test]
fn credentials_that_cannot_be_used_refuse_with_their_own_cure() {
    for (kind, words) in [
        (CloudErrorKind::ExpiredCredentials, "have expired"),
        (CloudErrorKind::MissingCredentials, "no AWS credentials were found"),
    ] {
        for guard in [GuardName::Identity, GuardName::Credentials] {
            let spoilt = |it: &mut Stage| {
                let to = it.to();
                it.silence(&to, Service::Aurora, Duration::from_secs(10));
                let failure = it.here(&to).aurora.failure.as_mut().unwrap();
                failure.error.kind = kind.clone();
                failure.error.fix = Some("`aws sso login --profile dr`".to_owned());
            };
            stage().with(spoilt).refuses(guard, words, "aws sso login --profile dr");
        }
    }
}

#[test]
fn credentials_outlive_the_run_and_a_margin() {
    let ending = |minutes: u64| {
        stage().with(|it| {
            let (to, ends) = (it.to(), in_minutes(it, minutes));
            it.here(&to).identity.last.as_mut().unwrap().value.expires_at = Some(ends);
        })
    };
    ending(25).passes(GuardName::Credentials, "the run 10 min (predicted) and a margin of 15 min");
    ending(24).refuses(GuardName::Credentials, "expire in 24 min", "aws sso login");
    // Without a prediction the run may take as long as its time-outs allow.
    let unpredicted = |minutes| {
        ending(minutes).with(|it| {
            it.plan.predicted.length = None;
            it.plan.steps.iter_mut().for_each(|step| step.expected = None);
        })
    };
    unpredicted(45).passes(GuardName::Credentials, "with the time-outs of steps");
    unpredicted(44).refuses(GuardName::Credentials, "expire in 44 min", "aws sso login");
    stage()
        .with(|it| {
            let to = it.to();
            it.here(&to).identity.last.as_mut().unwrap().value.expires_at = None;
        })
        .passes(GuardName::Credentials, "long-lived");
}

fn freeze(it: &mut Stage) {
    it.deployment.policy.freeze_windows = vec![FreezeWindow {
        reason: "start of the year".to_owned(),
        cron: "0 0 5 1 *".to_owned(),
        time_zone: "Europe/Amsterdam".to_owned(),
        lasts: Duration::from_hours(24),
    }];
}

#[test]
fn nothing_planned_begins_in_a_freeze() {
    stage().passes(GuardName::FreezeWindow, "no freeze windows");
    stage().with(freeze).refuses(
        GuardName::FreezeWindow,
        "\"start of the year\" is on",
        "--override freeze-window=REASON",
    );
    stage().with(freeze).refuses(
        GuardName::FreezeWindow,
        "until 2026-01-05T23:00:00Z",
        "wait until 2026-01-05T23:00:00Z",
    );
    stage()
        .with(freeze)
        .with(|it| it.deployment.policy.freeze_windows[0].cron = "0 0 6 1 *".to_owned())
        .passes(GuardName::FreezeWindow, "none is open");
    stage()
        .with(freeze)
        .with(|it| it.deployment.policy.freeze_windows[0].time_zone = "Europe/Atlantis".to_owned())
        .is_unknown(GuardName::FreezeWindow, "`Europe/Atlantis` is no time zone");
}

#[test]
fn a_lost_region_does_not_wait_for_a_freeze_but_its_rehearsal_does() {
    let unplanned = || Stage::unplanned(Blueprint::PaymentsAurora).with(freeze);
    unplanned().passes(GuardName::FreezeWindow, "planned runs and drills only");
    unplanned().with(|it| it.plan.drill = true).refuses(GuardName::FreezeWindow, "is on", "wait until");
}

#[test]
fn runs_keep_their_distance() {
    let after_a_run = |minutes: u64| {
        stage().with(|it| {
            it.deployment.policy.minimum_delay = Some(Duration::from_mins(30));
            it.session.last_run_ended = Some(minutes_ago(it, minutes));
        })
    };
    stage().passes(GuardName::MinimumDelay, "asks for no delay");
    after_a_run(30).passes(GuardName::MinimumDelay, "30 min ago");
    after_a_run(29).refuses(GuardName::MinimumDelay, "29 min ago", "--override minimum-delay=REASON");
    after_a_run(29).with(|it| it.session.last_run_ended = None).passes(GuardName::MinimumDelay, "no run");
    after_a_run(0)
        .with(|it| it.session.last_run_ended = Some(in_minutes(it, 2)))
        .is_unknown(GuardName::MinimumDelay, "one of the clocks is wrong");
    let unplanned = Stage::unplanned(Blueprint::Ecommerce).with(|it| {
        it.deployment.policy.minimum_delay = Some(Duration::from_mins(30));
        it.session.last_run_ended = Some(minutes_ago(it, 5));
    });
    unplanned.refuses(GuardName::MinimumDelay, "5 min ago", "lifeboat run failover");
}

#[test]
fn a_second_person_is_another_identity_that_approved_this_plan_lately() {
    let with = |by: &str, minutes: u64, this: bool| {
        let by = operator(by);
        stage().with(move |it| {
            it.deployment.policy.two_person = true;
            let hash = if this { it.plan.hash() } else { "0123456789abcdef".into() };
            let at = minutes_ago(it, minutes);
            it.session.approvals.push((by, hash, at));
        })
    };
    stage().passes(GuardName::SecondPerson, "no second person");
    with("grace", 59, true).passes(GuardName::SecondPerson, "assumed-role/operator/grace approved plan");
    with("grace", 61, true).refuses(GuardName::SecondPerson, "61 min ago; an approval holds for 60 min", "--approve");
    with("grace", 5, false).refuses(
        GuardName::SecondPerson,
        "approved another plan",
        "lifeboat run switchover --approve",
    );
    with("ada", 5, true).refuses(GuardName::SecondPerson, "by nobody but", "--approve");
    stage().with(|it| it.deployment.policy.two_person = true).refuses(
        GuardName::SecondPerson,
        "by no second person",
        "--approve",
    );
    with("grace", 5, true).with(|it| it.session.approvals[0].0.arn = None).refuses(
        GuardName::SecondPerson,
        "callers that name nobody",
        "--approve",
    );
    with("grace", 5, true).with(|it| it.session.approvals[0].2 = in_minutes(it, 1)).refuses(
        GuardName::SecondPerson,
        "",
        "--approve",
    );
    with("grace", 5, true)
        .with(|it| it.session.operator.arn = None)
        .is_unknown(GuardName::SecondPerson, "STS must answer");
    // A session that an SDK named is another one each time, or the same for all: it is nobody's.
    for session in
        ["assume-role-from-profile-1736067600000", "botocore-session-1736067600", "lifeboat", "i-0123456789abcdef0"]
    {
        let nobody = || with("grace", 5, true).with(|it| it.session.approvals[0].0.arn = operator(session).arn);
        nobody().refuses(GuardName::SecondPerson, "callers that name nobody", "--approve");
        with("grace", 5, true)
            .with(|it| it.session.operator.arn = operator(session).arn)
            .is_unknown(GuardName::SecondPerson, "`role_session_name`");
    }
    // A valid approval counts whatever came after it.
    with("grace", 5, true)
        .with(|it| {
            let at = minutes_ago(it, 1);
            it.session.approvals.push((operator("alan"), "feed".into(), at));
        })
        .passes(GuardName::SecondPerson, "grace");
}

#[test]
fn an_override_stands_only_where_it_is_needed_and_allowed() {
    let stage = stage().with(|it| {
        it.session.access = false;
        freeze(it);
    });
    let all: BTreeMap<GuardName, String> =
        GuardName::COMPOSABLE.into_iter().map(|guard| (guard, "the owner said so".to_owned())).collect();
    for report in stage.judge_all(&GuardName::COMPOSABLE, &all) {
        let is_needed = !report.verdict.passes();
        assert_eq!(report.overridden.is_some(), is_needed && report.guard.can_be_overridden(), "{}", report.guard);
    }
    let find = |overrides: &BTreeMap<GuardName, String>, guard| {
        stage.judge_all(&[guard], overrides).into_iter().next().unwrap()
    };
    let frozen = find(&all, GuardName::FreezeWindow);
    assert_eq!(frozen.overridden.as_deref(), Some("the owner said so"));
    assert!(frozen.allows());
    assert!(!find(&all, GuardName::Access).allows());
    assert!(!find(&BTreeMap::new(), GuardName::FreezeWindow).allows());
    let blank = BTreeMap::from([(GuardName::FreezeWindow, "  ".to_owned())]);
    assert!(!find(&blank, GuardName::FreezeWindow).allows(), "a blank is no reason");
}

#[test]
fn facts_of_another_time_or_deployment_judge_nothing() {
    let stage = stage();
    let assessment = stage.assessment();
    let later = stage.clone().with(|it| it.now = after(it.now, Duration::from_secs(31)));
    let other = stage.clone().with(|it| it.plan.deployment = "payments".into());
    let abroad = stage.clone().with(|it| it.plan.to = "eu-west-1".into());
    let turned = stage.clone().with(|it| it.plan.to = it.plan.from.clone());
    for guard in GuardName::COMPOSABLE {
        for (stage, words) in [
            (&later, "was judged 31 s ago, not now"),
            (&other, "make the plan again"),
            (&abroad, "are not the two regions"),
            (&turned, "are not the two regions"),
        ] {
            match stage.judge_by(guard, &assessment).verdict {
                Verdict::Unknown { reason } => assert!(reason.contains(words), "{guard}: {reason}"),
                other => panic!("{guard}: {words}: {other:?}"),
            }
        }
    }
}
