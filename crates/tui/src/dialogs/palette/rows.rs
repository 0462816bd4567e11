//! What a deployment has, each as the row of the screen that shows it: found by its own name, by the name that AWS gave it,
//! and in the deployment in view by the words beside it. Rows are shown one by one and made into candidates where they are
//! wanted, so that a fleet of many thousands costs a key no more than it must.

use std::ops::ControlFlow;

use lifeboat_model::assessment::Assessment;
use lifeboat_model::run::RunOutcome;
use lifeboat_model::runbook::RunbookName;

use super::{Candidate, Choice};
use crate::estate::{KnownStack, ResourceRow};
use crate::look::Look;
use crate::model::Watched;
use crate::screens::{Screen, alarms, capacity, health, history, overview, replication, stacks};

/// To whom each row is shown: what it is called, how else, and what makes the candidate of it. Whoever has seen enough
/// breaks off.
pub(super) type Show<'a> = dyn FnMut(&str, &str, &dyn Fn() -> Candidate) -> ControlFlow<()> + 'a;

/// Where the rows of one kind are.
#[derive(Clone, Copy)]
struct Place {
    screen: Screen,
    pane: usize,
    kind: &'static str,
}

impl Place {
    const fn new(screen: Screen, pane: usize, kind: &'static str) -> Self {
        Self { screen, pane, kind }
    }

    fn row(self, id: impl Into<String>, name: impl Into<String>, detail: impl Into<String>) -> Candidate {
        let choice = Choice::Row { screen: self.screen, pane: self.pane, id: id.into() };
        let (name, detail) = (name.into(), detail.into());
        Candidate { choice, name, also: String::new(), kind: self.kind, detail, of: None }
    }
}

pub(super) fn each(look: &Look<'_>, watched: &Watched, show: &mut Show<'_>) -> ControlFlow<()> {
    let assessment = &watched.assessment;
    regions(watched, show)?;
    runbooks(watched, show)?;
    stores(assessment, show)?;
    checks(assessment, show)?;
    names(assessment, show)?;
    targets(look, watched, show)?;
    all_stacks(watched, show)?;
    compared(assessment, show)?;
    steps(watched, show)?;
    past_runs(watched, show)?;
    ringing(assessment, show)
}

fn regions(watched: &Watched, show: &mut Show<'_>) -> ControlFlow<()> {
    watched.deployment.regions.both().into_iter().try_for_each(|region| {
        show(region.as_str(), "", &|| Candidate {
            choice: Choice::Region(region.clone()),
            name: region.to_string(),
            also: String::new(),
            kind: "region",
            detail: "everything known of this region".to_owned(),
            of: None,
        })
    })
}

fn runbooks(watched: &Watched, show: &mut Show<'_>) -> ControlFlow<()> {
    const PLACE: Place = Place::new(Screen::Runbooks, 0, "runbook");
    let judged = watched.standing.iter().flat_map(|standing| &standing.preflights).map(|one| &one.runbook);
    let of_stacks = watched.standing.iter().flat_map(|standing| &standing.of_stacks).map(|one| &one.runbook);
    judged
        .chain(of_stacks)
        .map(RunbookName::as_str)
        .try_for_each(|name| show(name, "", &|| PLACE.row(name, name, "runbook: what it would do, and its guards")))
}

fn stores(assessment: &Assessment, show: &mut Show<'_>) -> ControlFlow<()> {
    const PLACE: Place = Place::new(Screen::Replication, 0, "store");
    assessment.stores.iter().try_for_each(|store| {
        show(&store.name, "", &|| {
            let detail = format!("{} store, its lag and what is pending", store.kind.as_str());
            PLACE.row(replication::id(store), store.name.as_str(), detail)
        })
    })
}

fn checks(assessment: &Assessment, show: &mut Show<'_>) -> ControlFlow<()> {
    const PLACE: Place = Place::new(Screen::Health, health::CHECKS, "check");
    assessment.health_checks.iter().try_for_each(|check| {
        let name = check.id.as_str();
        show(name, "", &|| PLACE.row(name, name, format!("health check of {}", check.target)))
    })
}

fn names(assessment: &Assessment, show: &mut Show<'_>) -> ControlFlow<()> {
    const PLACE: Place = Place::new(Screen::Overview, overview::DNS, "name");
    assessment.dns.iter().try_for_each(|dns| {
        let name = dns.name.as_str();
        show(name, "", &|| PLACE.row(name, name, "DNS name: what each vantage is answered"))
    })
}

fn targets(look: &Look<'_>, watched: &Watched, show: &mut Show<'_>) -> ControlFlow<()> {
    const PLACE: Place = Place::new(Screen::Health, health::TARGETS, "target");
    health::all_targets(look, watched).into_iter().try_for_each(|(id, name, region)| {
        show(&name, "", &|| {
            PLACE.row(id.as_str(), name.as_str(), format!("behind the front door of {region}: what answers there"))
        })
    })
}

fn all_stacks(watched: &Watched, show: &mut Show<'_>) -> ControlFlow<()> {
    match &watched.estate {
        Some(estate) => estate.stacks.iter().try_for_each(|known| stack_with_resources(known, show)),
        None => stacks_of(&watched.assessment, show),
    }
}

/// As the polls know them: nobody has looked at the resources yet.
fn stacks_of(assessment: &Assessment, show: &mut Show<'_>) -> ControlFlow<()> {
    const PLACE: Place = Place::new(Screen::Capacity, capacity::STACKS, "stack");
    assessment.stacks.iter().try_for_each(|one| {
        show(one.name.as_str(), "", &|| {
            PLACE.row(capacity::stack_id(one), one.name.as_str(), format!("stack in {}, {}", one.region, one.status))
        })
    })
}

fn stack_with_resources(known: &KnownStack, show: &mut Show<'_>) -> ControlFlow<()> {
    const STACK: Place = Place::new(Screen::Stacks, 0, "stack");
    show(known.name.as_str(), "", &|| {
        let status = match known.stack.value() {
            Some(Some(stack)) => stack.status.as_str(),
            Some(None) => "there is none yet",
            None => "not read yet",
        };
        STACK.row(stacks::stack_id(known), known.name.as_str(), format!("stack in {}, {status}", known.region))
    })?;
    known.rows().into_iter().try_for_each(|row| {
        let physical = match row {
            ResourceRow::Listed(resource) => resource.physical_id.as_deref(),
            ResourceRow::Described(_) => None,
        };
        let physical = physical.unwrap_or_default();
        show(row.logical_id(), physical, &|| resource(known, row, physical))
    })
}

fn resource(known: &KnownStack, row: ResourceRow<'_>, physical: &str) -> Candidate {
    const PLACE: Place = Place::new(Screen::Stacks, 0, "resource");
    let called = if physical.is_empty() { String::new() } else { format!("{physical}, ") };
    let detail = format!("{called}{} of {} in {}", row.resource_type(), known.name, known.region);
    let candidate = PLACE.row(stacks::resource_id(known, row), row.logical_id(), detail);
    Candidate { also: physical.to_owned(), ..candidate }
}

fn compared(assessment: &Assessment, show: &mut Show<'_>) -> ControlFlow<()> {
    const VAULT: Place = Place::new(Screen::Capacity, capacity::BACKUPS, "vault");
    assessment.backups.iter().try_for_each(|one| {
        let name = one.vault.as_str();
        show(name, "", &|| VAULT.row(capacity::backup_id(one), name, format!("backup vault in {}", one.region)))
    })?;
    assessment.parity.iter().try_for_each(|one| {
        // Compared with the other region, as everything on that pane is.
        let kind = if one.what.starts_with("Parameter") { "parameter" } else { "compared" };
        let place = Place::new(Screen::Capacity, capacity::PARITY, kind);
        show(&one.what, "", &|| place.row(one.what.as_str(), one.what.as_str(), one.detail.as_str()))
    })
}

fn steps(watched: &Watched, show: &mut Show<'_>) -> ControlFlow<()> {
    const PLACE: Place = Place::new(Screen::Run, 0, "step");
    let mut steps = watched.run.iter().filter_map(|run| run.state()).flat_map(|state| &state.plan.steps);
    steps.try_for_each(|step| {
        show(&step.title, "", &|| PLACE.row(step.id.as_str(), step.title.as_str(), "step of the run that is shown"))
    })
}

fn past_runs(watched: &Watched, show: &mut Show<'_>) -> ControlFlow<()> {
    const PLACE: Place = Place::new(Screen::History, history::RUNS, "run");
    // Some are known before somebody looked at the journal.
    let read = watched.archive.runs();
    let early = watched.past.iter().filter(|run| !read.iter().any(|known| known.id == run.id));
    let read = read.iter().map(|run| (&run.id, &run.runbook, run.drill, run.outcome, &run.by));
    let early = early.map(|run| (&run.id, &run.runbook, run.drill, run.outcome, &run.by));
    read.chain(early).try_for_each(|(id, runbook, drill, outcome, by)| {
        show(id.as_str(), "", &|| {
            let drill = if drill { "drill of " } else { "" };
            let outcome = outcome.map_or("open", RunOutcome::as_str);
            PLACE.row(id.as_str(), id.as_str(), format!("{drill}{runbook}, {outcome}, by {}", by.user))
        })
    })
}

fn ringing(assessment: &Assessment, show: &mut Show<'_>) -> ControlFlow<()> {
    const PLACE: Place = Place::new(Screen::Alarms, 0, "alarm");
    assessment.alarms.iter().try_for_each(|alarm| {
        show(alarm.name.as_str(), "", &|| {
            let detail = format!("alarm in {}, {}", alarm.region, alarm.state);
            PLACE.row(alarms::id(alarm), alarm.name.as_str(), detail)
        })
    })
}
