//! What the deployment in view has, each as the row of the screen that shows it: found by its own name, and by the words
//! beside it, as a resource is by the name that AWS gave it.

use lifeboat_model::assessment::Assessment;
use lifeboat_model::run::RunOutcome;

use super::{Candidate, Choice};
use crate::estate::{Estate, KnownStack, ResourceRow};
use crate::model::{Model, Watched};
use crate::screens::{Screen, alarms, capacity, health, history, overview, replication, stacks};

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
        Candidate { choice, name: name.into(), kind: self.kind, detail: detail.into() }
    }
}

pub(super) fn of(model: &Model, watched: &Watched) -> Vec<Candidate> {
    let assessment = &watched.assessment;
    let mut all = Vec::new();
    all.extend(runbooks(watched));
    all.extend(stores(assessment));
    all.extend(checks(assessment));
    all.extend(names(assessment));
    all.extend(targets(model));
    all.extend(watched.estate.as_ref().map_or_else(|| stacks_of(assessment), stacks_with_resources));
    all.extend(compared(assessment));
    all.extend(steps(watched));
    all.extend(past_runs(watched));
    all.extend(ringing(assessment));
    all
}

fn runbooks(watched: &Watched) -> impl Iterator<Item = Candidate> {
    const PLACE: Place = Place::new(Screen::Runbooks, 0, "runbook");
    let judged = watched.standing.iter().flat_map(|standing| &standing.preflights);
    judged.map(|one| {
        let name = one.runbook.as_str();
        PLACE.row(name, name, "runbook: what it would do, and its guards")
    })
}

fn stores(assessment: &Assessment) -> impl Iterator<Item = Candidate> {
    const PLACE: Place = Place::new(Screen::Replication, 0, "store");
    assessment.stores.iter().map(|store| {
        let detail = format!("{} store, its lag and what is pending", store.kind.as_str());
        PLACE.row(replication::id(store), store.name.as_str(), detail)
    })
}

fn checks(assessment: &Assessment) -> impl Iterator<Item = Candidate> {
    const PLACE: Place = Place::new(Screen::Health, health::CHECKS, "check");
    assessment
        .health_checks
        .iter()
        .map(|check| PLACE.row(check.id.as_str(), check.id.as_str(), format!("health check of {}", check.target)))
}

fn names(assessment: &Assessment) -> impl Iterator<Item = Candidate> {
    const PLACE: Place = Place::new(Screen::Overview, overview::DNS, "name");
    assessment
        .dns
        .iter()
        .map(|dns| PLACE.row(dns.name.as_str(), dns.name.as_str(), "DNS name: what each vantage is answered"))
}

fn targets(model: &Model) -> impl Iterator<Item = Candidate> {
    const PLACE: Place = Place::new(Screen::Health, health::TARGETS, "target");
    health::all_targets(model)
        .into_iter()
        .map(|(id, name, region)| PLACE.row(id, name, format!("behind the front door of {region}: what answers there")))
}

/// As the polls know them: nobody has looked at the resources yet.
fn stacks_of(assessment: &Assessment) -> Vec<Candidate> {
    const PLACE: Place = Place::new(Screen::Capacity, capacity::STACKS, "stack");
    let stacks = assessment.stacks.iter();
    let row =
        |one| PLACE.row(capacity::stack_id(one), one.name.as_str(), format!("stack in {}, {}", one.region, one.status));
    stacks.map(row).collect()
}

fn stacks_with_resources(estate: &Estate) -> Vec<Candidate> {
    const STACK: Place = Place::new(Screen::Stacks, 0, "stack");
    let of_stack = |known: &KnownStack| {
        let status = match known.stack.value() {
            Some(Some(stack)) => stack.status.as_str(),
            Some(None) => "there is none yet",
            None => "not read yet",
        };
        STACK.row(stacks::stack_id(known), known.name.as_str(), format!("stack in {}, {status}", known.region))
    };
    let each = estate.stacks.iter();
    each.flat_map(|known| {
        std::iter::once(of_stack(known)).chain(known.rows().into_iter().map(|row| resource(known, row)))
    })
    .collect()
}

fn resource(known: &KnownStack, row: ResourceRow<'_>) -> Candidate {
    const PLACE: Place = Place::new(Screen::Stacks, 0, "resource");
    let physical = match row {
        ResourceRow::Listed(resource) => resource.physical_id.as_deref(),
        ResourceRow::Described(_) => None,
    };
    let called = physical.map_or_else(String::new, |id| format!("{id}, "));
    let detail = format!("{called}{} of {} in {}", row.resource_type(), known.name, known.region);
    PLACE.row(stacks::resource_id(known, row), row.logical_id(), detail)
}

fn compared(assessment: &Assessment) -> impl Iterator<Item = Candidate> {
    const VAULT: Place = Place::new(Screen::Capacity, capacity::BACKUPS, "vault");
    let vaults = assessment
        .backups
        .iter()
        .map(|one| VAULT.row(capacity::backup_id(one), one.vault.as_str(), format!("backup vault in {}", one.region)));
    let compared = assessment.parity.iter().map(|one| {
        // Compared with the other region, as everything on that pane is.
        let kind = if one.what.starts_with("Parameter") { "parameter" } else { "compared" };
        let place = Place::new(Screen::Capacity, capacity::PARITY, kind);
        place.row(one.what.as_str(), one.what.as_str(), one.detail.as_str())
    });
    vaults.chain(compared)
}

fn steps(watched: &Watched) -> impl Iterator<Item = Candidate> {
    const PLACE: Place = Place::new(Screen::Run, 0, "step");
    let steps = watched.run.iter().filter_map(|run| run.state()).flat_map(|state| &state.plan.steps);
    steps.map(|step| PLACE.row(step.id.as_str(), step.title.as_str(), "step of the run that is shown"))
}

fn past_runs(watched: &Watched) -> impl Iterator<Item = Candidate> {
    const PLACE: Place = Place::new(Screen::History, history::RUNS, "run");
    // Some are known before somebody looked at the journal.
    let read = watched.archive.runs();
    let early = watched.past.iter().filter(|run| !read.iter().any(|known| known.id == run.id));
    let read = read.iter().map(|run| (&run.id, &run.runbook, run.drill, run.outcome, &run.by));
    let early = early.map(|run| (&run.id, &run.runbook, run.drill, run.outcome, &run.by));
    read.chain(early).map(|(id, runbook, drill, outcome, by)| {
        let drill = if drill { "drill of " } else { "" };
        let outcome = outcome.map_or("open", RunOutcome::as_str);
        PLACE.row(id.as_str(), id.as_str(), format!("{drill}{runbook}, {outcome}, by {}", by.user))
    })
}

fn ringing(assessment: &Assessment) -> impl Iterator<Item = Candidate> {
    const PLACE: Place = Place::new(Screen::Alarms, 0, "alarm");
    assessment.alarms.iter().map(|alarm| {
        let detail = format!("alarm in {}, {}", alarm.region, alarm.state);
        PLACE.row(alarms::id(alarm), alarm.name.as_str(), detail)
    })
}
