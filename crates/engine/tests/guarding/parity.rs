//! Whether the region that is to become active can do what the other one does.

use lifeboat_model::facts::aurora::ServerlessCapacity;
use lifeboat_model::facts::lambda::Function;
use lifeboat_model::facts::parameter::{ParameterKind, ValueDigest};
use lifeboat_model::guard::GuardName;
use lifeboat_model::read::Service;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;

use crate::stage::Stage;

const CAPACITY: GuardName = GuardName::Capacity;
const PARITY: GuardName = GuardName::Parity;

fn both(blueprint: Blueprint) -> [Stage; 2] {
    [Stage::planned(blueprint), Stage::unplanned(blueprint)]
}

fn without_growth(it: &mut Stage) {
    it.plan.steps.retain(|step| step.id.as_str() != "grow");
}

fn group(it: &mut Stage) -> &mut lifeboat_model::facts::capacity::ScalingGroup {
    let to = it.to();
    &mut it.here(&to).scaling_groups.last.as_mut().unwrap().value[0]
}

fn function(it: &mut Stage) -> &mut Function {
    let to = it.to();
    &mut it.here(&to).functions.last.as_mut().unwrap().value.functions[0]
}

#[test]
fn a_group_is_large_enough_or_made_so_by_the_run() {
    for stage in both(Blueprint::Ecommerce) {
        stage.passes(CAPACITY, "ecommerce-app-secondary-dev has 2 of 4 in service and is brought to 4 by the run");
        let plain = || stage.clone().with(without_growth);
        plain().refuses(
            CAPACITY,
            "has 2 in service (of 2, at most 8), 4 are in use",
            "--desired-capacity 4 --max-size 8",
        );
        plain().refuses(CAPACITY, "", "add a `capacity` step to the runbook");
        plain().with(|it| group(it).in_service = 4).passes(CAPACITY, "has 4 of 4 in service");
        let suspended = |it: &mut Stage| group(it).suspended.push("Launch".to_owned());
        stage.clone().with(suspended).refuses(CAPACITY, "Launch of group", "`aws autoscaling resume-processes");
        let gone = |it: &mut Stage| {
            let to = it.to();
            it.here(&to).scaling_groups.last.as_mut().unwrap().value.clear();
        };
        stage.clone().with(gone).refuses(CAPACITY, "does not exist in us-west-2", "lifeboat config check");
        let grown = |it: &mut Stage| {
            let from = it.from();
            it.here(&from).scaling_groups.last.as_mut().unwrap().value[0].desired = 6;
        };
        stage.clone().with(grown).refuses(CAPACITY, "the run brings group", "lifeboat plan");
        let none = |it: &mut Stage| {
            let to = it.to();
            it.deployment.scaling_groups.retain(|group| group.region != to);
        };
        stage.clone().with(none).refuses(CAPACITY, "us-west-2 has none", "us-west-2");
    }
}

#[test]
fn functions_exist_run_and_are_not_fenced() {
    for stage in both(Blueprint::PaymentsServerless) {
        let with = |change: fn(&mut Stage)| stage.clone().with(change);
        with(|it| function(it).reserved_concurrency = Some(0)).refuses(
            CAPACITY,
            "refuses every call: its concurrency is 0",
            "`aws lambda delete-function-concurrency --function-name payment-processor-us-east-2-dev --region us-east-2`",
        );
        with(|it| function(it).reserved_concurrency = Some(10)).refuses(
            CAPACITY,
            "without a limit of its own",
            "delete-function",
        );
        with(|it| function(it).state = "Failed".to_owned()).refuses(
            CAPACITY,
            "is Failed",
            "get-function-configuration",
        );
        with(|it| function(it).name = "another".into()).refuses(CAPACITY, "does not exist", "deploy it");
        with(|it| {
            let to = it.to();
            it.here(&to).functions.last.as_mut().unwrap().value.account_concurrency = Some(100);
        })
        .refuses(CAPACITY, "Lambda may run 100 at once in us-east-2, 1000 in us-east-1", "L-B99A9384");
        with(|it| {
            let to = it.to();
            it.here(&to).functions.last.as_mut().unwrap().value.account_concurrency = None;
        })
        .is_unknown(CAPACITY, "Lambda must answer");
    }
}

#[test]
fn a_limit_is_held_against_the_other_regions_and_a_fence_is_no_size() {
    for (here, there, passes) in [(10, Some(10), true), (10, Some(5), true), (10, Some(11), false), (10, Some(0), true)]
    {
        let stage = Stage::planned(Blueprint::PaymentsServerless).with(|it| {
            function(it).reserved_concurrency = Some(here);
            let from = it.from();
            it.here(&from).functions.last.as_mut().unwrap().value.functions[0].reserved_concurrency = there;
        });
        assert_eq!(stage.judge(CAPACITY).verdict.passes(), passes, "{here} {there:?}");
    }
}

#[test]
fn the_database_has_somewhere_to_run() {
    for stage in both(Blueprint::GlobalAccelerator) {
        let cluster = |it: &mut Stage, change: fn(&mut lifeboat_model::facts::aurora::Cluster)| {
            let to = it.to();
            change(it.here(&to).aurora.last.as_mut().unwrap().value.cluster.as_mut().unwrap());
        };
        stage.clone().with(|it| cluster(it, |it| it.instances.clear())).refuses(
            CAPACITY,
            "has no DB instance that could serve",
            "`aws rds create-db-instance",
        );
        stage
            .clone()
            .with(|it| cluster(it, |it| it.serverless = Some(ServerlessCapacity { min_half_acu: 1, max_half_acu: 1 })))
            .refuses(
                CAPACITY,
                "may grow to 0.5 ACU, us-east-1 to 1",
                "MinCapacity=0.5,MaxCapacity=1 --region us-east-2",
            );
        stage
            .clone()
            .with(|it| {
                let to = it.to();
                it.here(&to).aurora.last.as_mut().unwrap().value.cluster = None;
            })
            .refuses(CAPACITY, "us-east-2 describes no cluster", "add a secondary cluster in us-east-2");
    }
}

#[test]
fn quotas_are_as_large() {
    for stage in both(Blueprint::Ecommerce) {
        let low = |it: &mut Stage| {
            let to = it.to();
            it.here(&to).quotas.last.as_mut().unwrap().value[0].value = 7.0;
        };
        stage.clone().with(low).refuses(
            CAPACITY,
            "is 7 in us-west-2, 256 in us-east-1",
            "request-service-quota-increase",
        );
        let gone = |it: &mut Stage| {
            let to = it.to();
            it.here(&to).quotas.last.as_mut().unwrap().value.clear();
        };
        stage.clone().with(gone).is_unknown(CAPACITY, "Service Quotas must answer");
    }
}

#[test]
fn what_was_not_read_is_not_compared() {
    for (blueprint, service) in [
        (Blueprint::Ecommerce, Service::AutoScaling),
        (Blueprint::Ecommerce, Service::Quotas),
        (Blueprint::PaymentsAurora, Service::Aurora),
        (Blueprint::PaymentsAurora, Service::Lambda),
    ] {
        let planned = || Stage::planned(blueprint);
        for region in [planned().from(), planned().to()] {
            let words = format!("{service} in {region} must answer");
            planned().with(|it| it.forget(&region, service)).is_unknown(CAPACITY, &words);
            planned().with(|it| it.age(&region, service, Duration::from_hours(5))).is_unknown(CAPACITY, &words);
            planned().with(|it| it.silence(&region, service, Duration::from_mins(9))).is_unknown(CAPACITY, &words);
        }
        let unplanned = || Stage::unplanned(blueprint);
        let words = format!("{service} in us-east-1 must answer: it has not been read yet");
        unplanned().with(|it| it.forget(&it.from(), service)).is_unknown(CAPACITY, &words);
    }
}

#[test]
fn a_lost_region_is_compared_with_as_it_last_was() {
    let lost = |blueprint| Stage::unplanned(blueprint).with(|it| it.lose(&it.from(), Duration::from_mins(5)));
    lost(Blueprint::Ecommerce).passes(CAPACITY, "Auto Scaling of us-east-1 is as of 5 min 5 s ago");
    lost(Blueprint::PaymentsAurora).passes(PARITY, "Aurora of us-east-1 is as of 5 min 5 s ago");
    lost(Blueprint::Ecommerce).with(without_growth).refuses(CAPACITY, "4 are in use", "capacity");
    // A rescue is not held up by what only the lost region could tell.
    let never_read = lost(Blueprint::Ecommerce).with(|it| {
        let from = it.from();
        it.here(&from).scaling_groups.last = None;
        it.here(&from).aurora.last = None;
    });
    never_read.passes(CAPACITY, "us-east-1 is lost and never told its Auto Scaling");
    never_read.passes(PARITY, "us-east-1 is lost and never told its Aurora");
}

#[test]
fn both_sides_run_the_same_engine() {
    for stage in both(Blueprint::PaymentsAurora) {
        stage.passes(PARITY, "aurora-postgresql 14.6 in both regions");
        let newer = |it: &mut Stage| {
            let from = it.from();
            it.here(&from).aurora.last.as_mut().unwrap().value.cluster.as_mut().unwrap().engine_version =
                "14.9".to_owned();
        };
        stage.clone().with(newer).refuses(
            PARITY,
            "aurora-postgresql 14.6 in us-east-2 and aurora-postgresql 14.9 in us-east-1",
            "--engine-version 14.9 --apply-immediately --region us-east-2",
        );
        let gone = |it: &mut Stage| {
            let to = it.to();
            it.here(&to).aurora.last.as_mut().unwrap().value.cluster = None;
        };
        stage.clone().with(gone).is_unknown(PARITY, "Aurora must answer in us-east-2 and us-east-1");
    }
}

#[test]
fn both_sides_run_the_same_code() {
    for stage in both(Blueprint::PaymentsServerless) {
        stage.passes(PARITY, "1 of 1 functions run the same code");
        let old = |it: &mut Stage| function(it).code_sha256 = Some("older".to_owned());
        stage.clone().with(old).refuses(PARITY, "runs other code than", "`aws lambda update-function-code");
        let untold = |it: &mut Stage| function(it).code_sha256 = None;
        stage.clone().with(untold).is_unknown(PARITY, "Lambda must answer");
    }
}

#[test]
fn parameters_are_there_and_of_the_same_kind() {
    for stage in both(Blueprint::GlobalAccelerator) {
        let parameters = |it: &mut Stage, change: fn(&mut Vec<lifeboat_model::facts::parameter::Parameter>)| {
            let to = it.to();
            change(&mut it.here(&to).parameters.last.as_mut().unwrap().value);
        };
        stage.passes(PARITY, "3 of 3 parameters of us-east-1 are the same in us-east-2");
        stage
            .clone()
            .with(|it| parameters(it, |all| all.retain(|it| !it.name.as_str().ends_with("feature-flags"))))
            .refuses(
                PARITY,
                "parameter /accelerated/dev/feature-flags is missing in us-east-2",
                "`aws ssm put-parameter --name",
            );
        stage.clone().with(|it| parameters(it, |all| all[0].kind = ParameterKind::List)).refuses(
            PARITY,
            "is a StringList in us-east-2",
            "make it a",
        );
        stage
            .clone()
            .with(|it| parameters(it, |all| all[0].digest = Some(ValueDigest::new([7; 16]))))
            .passes(PARITY, "2 of 3 parameters of us-east-1 are the same in us-east-2; 1 differ: /accelerated/dev/");
        stage
            .clone()
            .with(|it| parameters(it, |all| all[0].digest = None))
            .passes(PARITY, "1 are secret and were not compared");
    }
}
