//! The text of the plans that users meet.

use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;

use super::telling;
use super::worlds::{Look, World};

fn held(look: &Look, runbook: &str, world: &str) {
    let text = match look.plan(runbook) {
        Ok(plan) => telling::text(&plan),
        Err(cannot) => format!("cannot plan: {cannot}\nfix: {}\n", cannot.fix()),
    };
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("plans");
    let name = format!("{}-{runbook}-{world}", look.deployment.name);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[tokio::test]
async fn plans_made_in_the_calm() {
    let world = World::calm();
    for blueprint in Blueprint::ALL {
        let look = world.look(blueprint).await;
        for runbook in ["switchover", "failover", "failback", "drill"] {
            held(&look, runbook, "calm");
        }
    }
}

#[tokio::test]
async fn failovers_while_the_home_region_is_lost() {
    let world = World::home_lost(Duration::from_mins(2));
    for blueprint in Blueprint::ALL {
        held(&world.look(blueprint).await, "failover", "home-lost");
    }
}

#[tokio::test]
async fn failbacks_after_a_switchover() {
    for blueprint in Blueprint::ALL {
        let world = World::calm();
        let plan = world.look(blueprint).await.plan("switchover").unwrap();
        assert_eq!(world.carry_out(&plan).await, [""; 0], "{blueprint}");
        held(&world.look(blueprint).await, "failback", "switched-over");
    }
}
