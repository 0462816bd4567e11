//! Guards about Aurora's global cluster: who writes, whether that has changed, whether all are in step.

use lifeboat_model::facts::aurora::{FailoverState, FailoverStatus, GlobalCluster, Synchronization};
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::Region;
use lifeboat_model::read::Service;
use lifeboat_model::time::{Duration, before};
use lifeboat_model::topology::Blueprint;

use crate::stage::Stage;

fn planned() -> Stage {
    Stage::planned(Blueprint::PaymentsAurora)
}

fn unplanned() -> Stage {
    Stage::unplanned(Blueprint::PaymentsAurora)
}

fn global<'a>(stage: &'a mut Stage, region: &Region) -> &'a mut GlobalCluster {
    stage.here(region).aurora.last.as_mut().unwrap().value.global.as_mut().unwrap()
}

/// What a region says from now on.
fn says(stage: &mut Stage, regions: &[Region], change: impl Fn(&mut GlobalCluster)) {
    for region in regions {
        change(global(stage, region));
    }
}

fn both(stage: &Stage) -> [Region; 2] {
    [stage.from(), stage.to()]
}

fn swap(cluster: &mut GlobalCluster) {
    for member in &mut cluster.members {
        member.is_writer = !member.is_writer;
    }
}

fn switching(cluster: &mut GlobalCluster) {
    cluster.failover =
        Some(FailoverState { status: FailoverStatus::SwitchingOver, from: None, to: None, data_loss_allowed: None });
}

/// A region described the cluster so long before now, and is still fresh.
fn dated(stage: &mut Stage, region: &Region, age: Duration) {
    let at = before(stage.now, age);
    stage.here(region).aurora.last.as_mut().unwrap().at = at;
}

#[test]
fn the_writer_is_who_the_plan_believes() {
    planned().passes(GuardName::Writer, "the writer of aurora-global-dev is aurora-primary-dev in us-east-1");
    unplanned().passes(GuardName::Writer, "by the word of us-east-2");
    let swapped = planned().with(|it| {
        let both = both(it);
        says(it, &both, swap);
    });
    swapped.refuses(
        GuardName::Writer,
        "the writer of aurora-global-dev is aurora-dr-dev in us-east-2, the plan believes aurora-primary-dev in us-east-1",
        "`lifeboat plan switchover`",
    );
    planned().with(|it| it.plan.writer = None).is_unknown(GuardName::Writer, "does not know the writer");
    planned()
        .with(|it| it.plan.writer = Some("arn:aws:rds:us-east-2:123456789012:cluster:aurora-dr-dev".into()))
        .refuses(
            GuardName::Writer,
            "the plan leaves us-east-1, its writer is aurora-dr-dev in us-east-2",
            "lifeboat plan",
        );
    // A plan that promotes nothing need not leave the writer behind.
    planned()
        .with(|it| {
            let both = both(it);
            says(it, &both, swap);
            it.plan.steps.retain(|step| !step.kind.promotes());
            it.plan.writer = Some("arn:aws:rds:us-east-2:123456789012:cluster:aurora-dr-dev".into());
        })
        .passes(GuardName::Writer, "it is in us-east-2 already, and nothing is to be promoted");
}

#[test]
fn nothing_is_promoted_while_a_promotion_is_under_way() {
    for guard in [GuardName::Writer, GuardName::Synchronized, GuardName::DatabaseBeforeTraffic] {
        for asked in [[0, 1].as_slice(), &[0], &[1]] {
            let stage = planned().with(|it| {
                let regions: Vec<Region> = asked.iter().map(|index| both(it)[*index].clone()).collect();
                says(it, &regions, switching);
            });
            stage.refuses(guard, "switching-over", "wait until");
        }
    }
    // An unplanned run takes the word of the region it goes to.
    unplanned().with(|it| says(it, &[it.to()], switching)).refuses(GuardName::Writer, "switching-over", "wait until");
}

#[test]
fn one_writer_and_one_member_to_promote() {
    planned()
        .with(|it| {
            let both = both(it);
            says(it, &both, |cluster| cluster.members.iter_mut().for_each(|member| member.is_writer = true));
        })
        .refuses(GuardName::Writer, "has 2 writers at once", "fence the other one");
    planned()
        .with(|it| {
            let both = both(it);
            says(it, &both, |cluster| cluster.members.iter_mut().for_each(|member| member.is_writer = false));
        })
        .is_unknown(GuardName::Writer, "no member of aurora-global-dev is named as its writer");
    for guard in [GuardName::Writer, GuardName::Synchronized] {
        planned()
            .with(|it| {
                let both = both(it);
                says(it, &both, |cluster| cluster.members.retain(|member| member.is_writer));
            })
            .refuses(guard, "no member in us-east-2", "add a secondary cluster in us-east-2");
    }
}

#[test]
fn regions_that_contradict_each_other_tell_nothing() {
    for guard in [GuardName::Writer, GuardName::Synchronized, GuardName::DatabaseBeforeTraffic] {
        planned()
            .with(|it| says(it, &[it.from()], swap))
            .is_unknown(guard, "the regions disagree about Aurora's writer");
    }
    // Words of different moments are a change: the newer one holds.
    planned()
        .with(|it| {
            let from = it.from();
            says(it, std::slice::from_ref(&from), swap);
            dated(it, &from, Duration::from_secs(11));
        })
        .passes(GuardName::Writer, "by the word of us-east-2");
    planned()
        .with(|it| {
            let to = it.to();
            says(it, std::slice::from_ref(&to), swap);
            dated(it, &it.from(), Duration::from_secs(11));
        })
        .refuses(GuardName::Writer, "the plan believes", "lifeboat plan");
}

#[test]
fn a_planned_run_hears_both_regions_and_an_unplanned_one_only_where_it_goes() {
    for guard in [GuardName::Writer, GuardName::Synchronized, GuardName::DatabaseBeforeTraffic] {
        for region in both(&planned()) {
            let words = format!("Aurora in {region} must answer");
            planned().with(|it| it.forget(&region, Service::Aurora)).is_unknown(guard, &words);
            planned().with(|it| it.silence(&region, Service::Aurora, Duration::from_secs(5))).is_unknown(guard, &words);
            planned().with(|it| it.age(&region, Service::Aurora, Duration::from_secs(13))).is_unknown(guard, &words);
        }
        unplanned()
            .with(|it| it.forget(&it.to(), Service::Aurora))
            .is_unknown(guard, "Aurora in us-east-2 must answer: it has not been read yet");
    }
    for change in [
        |it: &mut Stage| it.forget(&it.from(), Service::Aurora),
        |it: &mut Stage| it.silence(&it.from(), Service::Aurora, Duration::from_mins(4)),
    ] {
        unplanned().with(change).passes(GuardName::Writer, "by the word of us-east-2");
        unplanned().with(change).passes(GuardName::Synchronized, "are connected");
    }
    // A region that still answers is believed, though it need not be asked.
    unplanned().with(|it| says(it, &[it.from()], swap)).is_unknown(GuardName::Writer, "the regions disagree");
}

#[test]
fn clients_follow_the_database() {
    for (stage, run) in [(planned(), "switchover"), (unplanned(), "failover")] {
        stage.refuses(
            GuardName::DatabaseBeforeTraffic,
            "the writer is aurora-primary-dev in us-east-1, not in us-east-2",
            &format!("`lifeboat run {run}`"),
        );
    }
    let promoted = |it: &mut Stage| {
        let both = both(it);
        says(it, &both, swap);
    };
    planned().with(promoted).passes(GuardName::DatabaseBeforeTraffic, "aurora-dr-dev in us-east-2");
    unplanned()
        .with(promoted)
        .with(|it| it.lose(&it.from(), Duration::from_mins(5)))
        .passes(GuardName::DatabaseBeforeTraffic, "by the word of us-east-2");
    // After a promotion by force the old region may go on naming its own writer, and is not asked again.
    let only_there = |it: &mut Stage| says(it, &[it.to()], swap);
    unplanned().with(only_there).passes(GuardName::DatabaseBeforeTraffic, "by the word of us-east-2");
    planned().with(only_there).is_unknown(GuardName::DatabaseBeforeTraffic, "the regions disagree");
}

#[test]
fn every_member_is_in_step() {
    planned().passes(
        GuardName::Synchronized,
        "aurora-primary-dev in us-east-1 and aurora-dr-dev in us-east-2 are connected",
    );
    let with = |status: Option<Synchronization>| {
        planned().with(|it| {
            let both = both(it);
            says(it, &both, |cluster| {
                for member in cluster.members.iter_mut().filter(|member| !member.is_writer) {
                    member.synchronization.clone_from(&status);
                }
            });
        })
    };
    with(Some(Synchronization::PendingResync)).refuses(
        GuardName::Synchronized,
        "aurora-dr-dev in us-east-2 is pending-resync",
        "wait until it is connected",
    );
    with(None).is_unknown(GuardName::Synchronized, "whether aurora-dr-dev in us-east-2 is synchronized is not told");
}

#[test]
fn without_a_global_cluster_there_is_nothing_to_ask() {
    let stage = Stage::planned(Blueprint::Serverless);
    stage.passes(GuardName::Writer, "no Aurora global cluster");
    stage.passes(GuardName::DatabaseBeforeTraffic, "no Aurora global cluster");
    stage.passes(GuardName::Synchronized, "no Aurora global cluster");
}

#[test]
fn a_region_that_knows_no_such_cluster_is_no_word() {
    for guard in [GuardName::Writer, GuardName::DatabaseBeforeTraffic, GuardName::Synchronized] {
        unplanned()
            .with(|it| it.here(&it.to()).aurora.last.as_mut().unwrap().value.global = None)
            .is_unknown(guard, "Aurora in us-east-2 knows no such global cluster");
    }
}
