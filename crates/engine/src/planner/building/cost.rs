//! What a deployment costs a month, as the plan tells it: from prices whose source and date stand beside the sum.

use lifeboat_blueprint::cost;
use lifeboat_model::plan::CostLine;

use super::Ground;

/// What the sum does not hold, and why it may be wrong.
pub(super) fn notes(ground: &Ground<'_>) -> Vec<String> {
    let cost = cost::cost(ground.blueprint, ground.chosen);
    cost.map(|cost| cost.notes.iter().map(|note| format!("Cost: {note}.")).collect()).unwrap_or_default()
}

/// The lines, their sum, and which prices they are of.
pub(super) fn of(ground: &Ground<'_>) -> (Vec<CostLine>, f64, String) {
    let Ok(cost) = cost::cost(ground.blueprint, ground.chosen) else {
        return (Vec::new(), 0.0, "what it costs is not known".to_owned());
    };
    let lines: Vec<CostLine> = cost
        .lines
        .iter()
        .map(|line| CostLine {
            what: line.what.clone(),
            usd_month: line.usd_month,
            basis: match line.usd_month {
                Some(_) => line.basis.clone(),
                None => format!("{}; no price of it is known", line.basis),
            },
        })
        .collect();
    let least = if cost.is_at_least() { "at least, because something has no known price; " } else { "" };
    let prices = format!("{least}as of {} by {}", cost.prices_of, cost.source);
    (lines, cost.total_usd, prices)
}
