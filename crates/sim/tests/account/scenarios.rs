//! Each scenario does what its purpose says, seen through the same reads and rules as a console's.

use crate::looking::{assessed, at};
use lifeboat_model::topology::Blueprint;

#[tokio::test]
async fn calm_has_no_blocker_for_any_architecture() {
    for blueprint in Blueprint::ALL {
        for offset in [0, 30, 600, 3_600] {
            let assessment = assessed(&at("calm", offset), blueprint).await;
            assert!(assessment.forecast.blockers.is_empty(), "{blueprint} at {offset}: {:#?}", assessment.forecast);
            assert!(assessment.contradictions.is_empty(), "{blueprint}: {:#?}", assessment.contradictions);
        }
    }
}

#[tokio::test]
async fn a_lost_region_blocks_or_warns_after_its_onset_and_not_before() {
    let before = assessed(&at("region-loss", 59), Blueprint::PaymentsAurora).await;
    assert!(before.forecast.blockers.is_empty(), "{:#?}", before.forecast);
    let after = assessed(&at("region-loss", 300), Blueprint::PaymentsAurora).await;
    assert!(!after.forecast.blockers.is_empty(), "{:#?}", after.forecast);
}
