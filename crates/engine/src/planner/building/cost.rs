//! What a deployment costs a month, as the plan tells it.

use lifeboat_model::plan::CostLine;

use super::Ground;

/// The lines, their sum, and which prices they are of.
pub(super) fn of(ground: &Ground<'_>) -> (Vec<CostLine>, f64, String) {
    let lines: Vec<CostLine> = ground
        .blueprint
        .manifest
        .costs
        .iter()
        .map(|cost| CostLine {
            what: cost.what.clone(),
            usd_month: f64::midpoint(cost.usd_month_from, cost.usd_month_to),
            basis: "what its owners expect".to_owned(),
        })
        .collect();
    let total = lines.iter().map(|line| line.usd_month).sum();
    (lines, total, "as the blueprint's owners expect".to_owned())
}
