//! In which order the rows of the health screen stand, where another than that in which they were read is wanted.

use lifeboat_model::assessment::{Assessment, DnsAnswerAssessment, DnsAssessment, HealthCheckAssessment};
use lifeboat_model::observation::Freshness;

use super::{ANSWERS, CHECKS, Item, TARGETS, answers, targets};
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::Screen;
use crate::theme::Role;

pub const SORTS: &[&str] = &["as it was read", "what fails first", "name"];

const FAILING_FIRST: usize = 1;
const BY_NAME: usize = 2;

/// Smaller needs eyes sooner. What is not known comes before what is well.
type Urgency = u8;

pub(super) fn ordered(model: &Model, watched: &Watched, pane: usize, mut items: Vec<Item>) -> Vec<Item> {
    match model.screens.of(Screen::Health).sort {
        FAILING_FIRST => {
            let urgencies = urgencies(&Look::of(model), watched, pane);
            // What has no urgency of its own stands in its usual order already.
            items.sort_by_key(|item| urgencies.get(item.source).copied().unwrap_or_default());
        }
        BY_NAME => items.sort_by(|one, other| one.id.cmp(&other.id)),
        _ => {}
    }
    items
}

/// Of each row of the list that the pane's items come from.
fn urgencies(look: &Look<'_>, watched: &Watched, pane: usize) -> Vec<Urgency> {
    let assessment: &Assessment = &watched.assessment;
    match pane {
        CHECKS => assessment.health_checks.iter().map(of_check).collect(),
        ANSWERS => answers(assessment).map(|(dns, answer)| of_answer(dns, answer)).collect(),
        TARGETS => targets(look, watched).iter().map(|target| of_role(target.state(look).0)).collect(),
        _ => Vec::new(),
    }
}

fn of_check(check: &HealthCheckAssessment) -> Urgency {
    match &check.passing {
        Some(passing) if !passing.value => 0,
        Some(passing) if passing.freshness == Freshness::Fresh => 2,
        Some(_) | None => 1,
    }
}

fn of_answer(dns: &DnsAssessment, answer: &DnsAnswerAssessment) -> Urgency {
    let leads_elsewhere = dns.active_region.is_some() && dns.active_region != answer.region;
    if answer.code != "NOERROR" || leads_elsewhere {
        0
    } else if answer.freshness != Freshness::Fresh {
        1
    } else {
        2
    }
}

fn of_role(role: Role) -> Urgency {
    let known = [(Role::Danger, 0), (Role::Caution, 1), (Role::Ok, 3)];
    known.into_iter().find(|(one, _)| *one == role).map_or(2, |(_, urgency)| urgency)
}
