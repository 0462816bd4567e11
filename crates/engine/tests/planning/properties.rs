//! Runbooks, deployments and facts as chance makes them: never a panic, never a plan that breaks an invariant.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use lifeboat_engine::planner::{Intent, invariants, plan, unplanned};
use lifeboat_model::facts::route53::Routing;
use lifeboat_model::id::Region;
use lifeboat_model::observation::Reading;
use lifeboat_model::plan::StepId;
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::assess;
use lifeboat_model::run::StepStatus;
use lifeboat_model::runbook::{Direction, Mode, Runbook, StepKind, StepSpec};
use lifeboat_model::time::Duration;
use lifeboat_model::topology::{ActiveParameter, Blueprint, Takeover, TakeoverLever};
use proptest::prelude::*;

use super::worlds::{Look, World};

/// Every architecture in the calm, switched over, and with its home region lost.
static LOOKS: LazyLock<Vec<Look>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut looks = Vec::new();
        for blueprint in Blueprint::ALL {
            let world = World::calm();
            let calm = world.look(blueprint).await;
            assert_eq!(world.carry_out(&calm.plan("switchover").unwrap()).await, [""; 0]);
            let switched = world.look(blueprint).await;
            let lost = World::home_lost(Duration::from_mins(3));
            looks.push(lost.look_again(calm.clone()).await);
            looks.push(lost.look(blueprint).await);
            looks.extend([calm, switched]);
        }
        looks
    })
});

fn step() -> impl Strategy<Value = StepSpec> {
    let with = prop::option::of((
        prop::sample::select(vec![
            "direction",
            "condition",
            "function",
            "region",
            "percent",
            "factor",
            "functions",
            "store",
        ]),
        prop::sample::select(vec!["both", "forward", "synchronized", "from", "to", "0", "400", "payment-", "s3", "ü"]),
    ));
    (
        prop::sample::select(StepKind::COMPOSABLE.to_vec()),
        prop::option::of(prop::sample::select(vec!["one", "two"])),
        any::<bool>(),
        any::<bool>(),
        with,
    )
        .prop_map(|(kind, group, optional, inject, with)| StepSpec {
            kind,
            group: group.map(str::to_owned),
            title: None,
            guards: Vec::new(),
            timeout: None,
            optional,
            inject,
            with: with.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            line: 1,
        })
}

fn any_runbook() -> impl Strategy<Value = Runbook> {
    (prop::collection::vec(step(), 0..16), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(steps, planned, home, drill)| Runbook {
            name: "any".into(),
            purpose: String::new(),
            mode: if planned { Mode::Planned } else { Mode::Unplanned },
            direction: if home { Direction::ToHome } else { Direction::ToStandby },
            drill,
            guards: Vec::new(),
            steps,
        },
    )
}

fn runbook() -> impl Strategy<Value = Runbook> {
    let built_in = prop::sample::select(lifeboat_engine::runbooks::builtin());
    prop_oneof![built_in.clone(), built_in.clone(), any_runbook(), shuffled(built_in)]
}

/// A built-in runbook with its steps in another order, some of them missing.
fn shuffled(built_in: impl Strategy<Value = Runbook>) -> impl Strategy<Value = Runbook> {
    built_in.prop_flat_map(|runbook| {
        let count = runbook.steps.len();
        (Just(runbook.clone()), prop::sample::subsequence(runbook.steps, 0..=count).prop_shuffle())
            .prop_map(|(runbook, steps)| Runbook { steps, ..runbook })
    })
}

/// What may be missing or odd of a deployment and of what is known of it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that chance leaves out or turns round")]
struct Oddity {
    forgets: Vec<(prop::sample::Index, u8)>,
    without: u8,
    weighted: bool,
    inverted: bool,
    disabled: bool,
    weightless: bool,
    source_off: bool,
    parameter: Option<bool>,
    takeover: bool,
}

fn oddity() -> impl Strategy<Value = Oddity> {
    (
        prop::collection::vec((any::<prop::sample::Index>(), 0..12_u8), 0..6),
        0..16_u8,
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.2),
        any::<bool>(),
        prop::option::weighted(0.4, any::<bool>()),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(forgets, without, weighted, inverted, disabled, weightless, source_off, parameter, takeover)| Oddity {
                forgets,
                without,
                weighted,
                inverted,
                disabled,
                weightless,
                source_off,
                parameter,
                takeover,
            },
        )
}

fn odd(look: &Look, oddity: &Oddity) -> Look {
    let Look { mut deployment, mut snapshot, history, now, .. } = look.clone();
    let regions: Vec<Region> = snapshot.regions.keys().cloned().collect();
    for (which, what) in &oddity.forgets {
        let here = snapshot.regions.get_mut(&regions[which.index(regions.len())]).unwrap();
        match what {
            0 => here.aurora = Reading::default(),
            1 => here.buckets = Reading::default(),
            2 => here.health_checks = Reading::default(),
            3 => here.records = Reading::default(),
            4 => here.answers = Reading::default(),
            5 => here.alarms = Reading::default(),
            6 => here.functions = Reading::default(),
            7 => here.accelerators = Reading::default(),
            8 => here.scaling_groups = Reading::default(),
            9 => here.tables = Reading::default(),
            10 => here.metrics = Reading::default(),
            _ => snapshot.series.clear(),
        }
    }
    match oddity.without {
        0 => deployment.records.clear(),
        1 => deployment.functions.clear(),
        2 => deployment.accelerators.clear(),
        3 => deployment.global_cluster = None,
        4 => deployment.buckets.clear(),
        5 => deployment.tables.clear(),
        6 => deployment.canary = None,
        7 => deployment.topics.clear(),
        8 => deployment.health_checks.clear(),
        _ => {}
    }
    for here in snapshot.regions.values_mut() {
        if let Some(records) = &mut here.records.last {
            for record in records.value.iter_mut().filter(|_| oddity.weighted) {
                record.routing = Routing::Weighted(if record.routing == Routing::FailoverPrimary { 100 } else { 0 });
            }
        }
        if let Some(checks) = &mut here.health_checks.last {
            for check in &mut checks.value {
                check.inverted |= oddity.inverted;
                check.disabled |= oddity.disabled;
            }
        }
        if let Some(accelerators) = &mut here.accelerators.last {
            let groups = accelerators.value.iter_mut().flat_map(|it| &mut it.groups);
            for endpoint in groups.flat_map(|group| &mut group.endpoints).filter(|_| oddity.weightless) {
                endpoint.weight = Some(0);
            }
        }
        if let Some(functions) = &mut here.functions.last {
            for source in functions.value.functions.iter_mut().flat_map(|it| &mut it.event_sources) {
                if oddity.source_off { "Disabled" } else { "Enabled" }.clone_into(&mut source.state);
            }
        }
    }
    deployment.active_parameter = oddity.parameter.map(|moves_traffic| ActiveParameter {
        name: "/active".into(),
        home: "home".to_owned(),
        partner: "partner".to_owned(),
        moves_traffic,
    });
    if oddity.takeover {
        deployment.takeovers = vec![Takeover {
            region: deployment.regions.partner.clone(),
            check: "takeover".into(),
            lever: TakeoverLever::Marker { bucket: "marker".into(), key: "active".to_owned() },
        }];
    }
    let assessment = assess(&deployment, &snapshot, &history, Tempo::Fast, now);
    Look { deployment, snapshot, assessment, history, now }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_breaks_an_invariant(
        which in any::<prop::sample::Index>(),
        runbook in runbook(),
        oddity in oddity(),
        drill in any::<bool>(),
        over in any::<prop::sample::Index>(),
    ) {
        let look = odd(&LOOKS[which.index(LOOKS.len())], &oddity);
        match plan(&runbook, &Intent { drill }, &look.known()) {
            Ok(made) => {
                prop_assert_eq!(invariants(&made), Ok(()));
                prop_assert_ne!(&made.from, &made.to);
                prop_assert!(made.steps.windows(2).all(|two| matches!(two[1].group - two[0].group, 0 | 1)));
                let done = over.index(made.steps.len() + 1);
                let statuses: BTreeMap<StepId, StepStatus> =
                    made.steps.iter().take(done).map(|step| (step.id.clone(), StepStatus::Done)).collect();
                if let Ok(changed) = unplanned(&made, &statuses, Some(&runbook), &look.known()) {
                    let left = changed.steps.iter().filter(|step| !statuses.contains_key(&step.id));
                    for call in left.flat_map(|step| &step.calls) {
                        prop_assert_ne!(call.endpoint_region(), changed.from.clone());
                    }
                }
            }
            Err(cannot) => prop_assert!(!cannot.to_string().is_empty() && !cannot.fix().is_empty()),
        }
    }

    /// The same of what is known gives the same plan: a hash that is approved is one that can be made again.
    #[test]
    fn a_plan_is_a_function_of_what_is_known(which in any::<prop::sample::Index>(), runbook in runbook()) {
        let look = &LOOKS[which.index(LOOKS.len())];
        let made = || plan(&runbook, &Intent::default(), &look.known()).map(|plan| (plan.hash(), plan.phrase()));
        prop_assert_eq!(made(), made());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    /// What the other property says would be empty if no plan were ever made.
    #[test]
    fn a_built_in_runbook_is_mostly_planned_however_odd_the_deployment(
        looks in prop::collection::vec((any::<prop::sample::Index>(), oddity()), 60),
    ) {
        let runbooks = lifeboat_engine::runbooks::builtin();
        let made: usize = looks
            .iter()
            .map(|(which, oddity)| {
                let look = odd(&LOOKS[which.index(LOOKS.len())], oddity);
                runbooks.iter().filter(|it| plan(it, &Intent::default(), &look.known()).is_ok()).count()
            })
            .sum();
        prop_assert!(made > 60, "{made} of 240");
    }
}
