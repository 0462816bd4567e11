//! The planner against the simulator's worlds: refresh, snapshot, rules, plan. What a plan says is held as text for
//! every architecture and every built-in runbook; what no plan may do is tried on many more.

#[path = "planning/telling.rs"]
mod telling;
#[path = "planning/worlds.rs"]
mod worlds;

use lifeboat_engine::planner::{Intent, plan};
use lifeboat_engine::runbooks;

use worlds::World;

#[tokio::test]
async fn show() {
    for look in World::calm().await.looks().await {
        for runbook in runbooks::builtin() {
            match plan(&runbook, &Intent::default(), &look.known()) {
                Ok(plan) => println!("{}", telling::text(&plan)),
                Err(cannot) => println!("{} {}: {cannot} ({})\n", runbook.name, look.deployment.name, cannot.fix()),
            }
        }
    }
}
