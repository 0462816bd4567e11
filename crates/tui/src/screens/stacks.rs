//! What stands of a deployment: every stack with its resources, how each is doing in AWS's own words, what differs from
//! the templates, what it costs; and while stacks are made or taken away, how far that has got.

use std::cmp::Reverse;

use lifeboat_model::facts::stack::{Stack, StackEvent};
use lifeboat_model::id::Region;
use lifeboat_model::rules::aws_show::Thing;
use lifeboat_model::run::{RunState, StepStatus};
use lifeboat_model::time::{Duration, Timestamp, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::newest_first::NewestFirst;
use super::{Item, Page, Screen, filtered, order};
use crate::acting::LiveRun;
use crate::action::{Action, Context};
use crate::estate::{Bill, Doing, Estate, KnownStack, ResourceRow, doing, is_about_stacks, stack_of};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Stage, Watched};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane::{self, Pane};
use crate::widgets::table::{Cell, Column};

mod about;
mod tree;

use tree::sign;

pub const PANES: &[&str] = &["Stacks", "Events"];

pub const SORTS: &[&str] = &["what is in trouble first", "name", "newest change first"];

const EVENTS: usize = 1;
const BY_NAME: usize = 1;
const NEWEST_FIRST: usize = 2;
/// How often they are read while they are in view and nothing is done to them.
pub const EVERY: Duration = Duration::from_mins(1);

/// A row of the tree.
#[derive(Clone, Copy)]
pub(super) enum Row<'a> {
    Stack(&'a KnownStack),
    Resource(&'a KnownStack, ResourceRow<'a>),
}

impl Row<'_> {
    fn stack(&self) -> &KnownStack {
        match self {
            Self::Stack(known) | Self::Resource(known, _) => known,
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Stack(known) => stack_id(known),
            Self::Resource(known, row) => resource_id(known, *row),
        }
    }

    fn copy(&self) -> String {
        match self {
            Self::Stack(known) => known.name.to_string(),
            Self::Resource(_, ResourceRow::Listed(resource)) => {
                resource.physical_id.clone().unwrap_or_else(|| resource.logical_id.clone())
            }
            Self::Resource(_, ResourceRow::Described(described)) => described.logical_id.clone(),
        }
    }
}

pub(crate) fn stack_id(known: &KnownStack) -> String {
    format!("{}/{}", known.region, known.name)
}

pub(crate) fn resource_id(known: &KnownStack, row: ResourceRow<'_>) -> String {
    format!("{}/{}", stack_id(known), row.logical_id())
}

/// Whether the resources of a stack are shown: as somebody chose, else where something is to be seen.
fn is_open(model: &Model, known: &KnownStack) -> bool {
    let folds = &model.screens.of(Screen::Stacks).folds;
    folds.get(&stack_id(known)).copied().unwrap_or_else(|| {
        let is_restless = |row: &ResourceRow<'_>| matches!(row.doing(), Doing::Failed | Doing::Changing);
        matches!(known.doing(), Some(Doing::Failed | Doing::Changing)) || known.rows().iter().any(is_restless)
    })
}

/// The stacks of the home region first, within a region those in trouble first.
fn ordered<'a>(watched: &'a Watched, estate: &'a Estate, sort: usize) -> Vec<&'a KnownStack> {
    let mut stacks: Vec<&KnownStack> = estate.stacks.iter().collect();
    let place = |region: &Region| {
        let [home, partner] = watched.deployment.regions.both();
        (*region != *home, *region != *partner)
    };
    match sort {
        BY_NAME => stacks.sort_by_key(|known| known.name.clone()),
        NEWEST_FIRST => {
            stacks.sort_by_key(|known| Reverse(known.stack.value().and_then(|stack| changed_at(stack.as_ref()?))));
        }
        _ => stacks.sort_by_key(|known| known.doing() != Some(Doing::Failed)),
    }
    // Regions stay together: each has its heading.
    stacks.sort_by_key(|known| place(&known.region));
    stacks
}

fn changed_at(stack: &Stack) -> Option<Timestamp> {
    stack.updated_at.or(stack.created_at)
}

/// What is doing worst comes first by itself.
fn resources(known: &KnownStack, sort: usize) -> Vec<ResourceRow<'_>> {
    let changed = |row: &ResourceRow<'_>| match row {
        ResourceRow::Listed(resource) => resource.updated_at,
        ResourceRow::Described(_) => None,
    };
    let mut rows = known.rows();
    match sort {
        BY_NAME => rows.sort_by(|one, other| one.logical_id().cmp(other.logical_id())),
        NEWEST_FIRST => rows.sort_by_key(|row| Reverse(changed(row))),
        _ => {}
    }
    rows
}

fn rows<'a>(model: &'a Model, watched: &'a Watched) -> Vec<Row<'a>> {
    let Some(estate) = &watched.estate else { return Vec::new() };
    let is_filtered = !model.screens.of(Screen::Stacks).filter.trim().is_empty();
    let mut rows = Vec::new();
    let sort = model.screens.of(Screen::Stacks).sort;
    for known in ordered(watched, estate, sort) {
        let resources = resources(known, sort);
        let own = filtered(model, Screen::Stacks, resources, |row| {
            let status = match row {
                ResourceRow::Listed(resource) => resource.status.as_str(),
                ResourceRow::Described(_) => "to come",
            };
            vec![row.logical_id(), row.resource_type(), status, known.name.as_str(), known.region.as_str()]
        });
        let status = known.stack.value().and_then(Option::as_ref).map_or("", |stack| stack.status.as_str());
        let is_named =
            !filtered(model, Screen::Stacks, [()], |()| vec![known.name.as_str(), known.region.as_str(), status])
                .is_empty();
        if !is_named && own.is_empty() {
            continue;
        }
        rows.push(Row::Stack(known));
        // Who looks for a resource wants to see it.
        if is_open(model, known) || is_filtered && !is_named {
            rows.extend(own.into_iter().map(|row| Row::Resource(known, row)));
        }
    }
    rows
}

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    let Some(watched) = model.watched() else { return Vec::new() };
    if pane == EVENTS {
        let events = watched.estate.iter().flat_map(Estate::events).enumerate();
        let words = |(known, event): &(&KnownStack, &StackEvent)| {
            format!("{} {} {}", known.name, event.logical_id, event.status)
        };
        let told: Vec<(usize, String, String)> =
            events.map(|(index, pair)| (index, event_id(pair.0, pair.1), words(&pair))).collect();
        return filtered(model, Screen::Stacks, &told, |(_, _, said)| vec![said.as_str()])
            .into_iter()
            .map(|(index, id, said)| Item::new(*index, id.clone(), said.clone()))
            .collect();
    }
    rows(model, watched).iter().enumerate().map(|(index, row)| Item::new(index, row.id(), row.copy())).collect()
}

/// What a row is, for whoever wants to see it by AWS's own words: a stack, one resource of it, or what happened to it.
pub(crate) fn thing_at(model: &Model, pane: usize, id: &str) -> Option<Thing> {
    let watched = model.watched()?;
    if pane == EVENTS {
        let (known, _) =
            watched.estate.as_ref()?.events().into_iter().find(|(known, event)| event_id(known, event) == id)?;
        return Some(Thing::StackEvents { region: known.region.clone(), name: known.name.clone() });
    }
    let row = rows(model, watched).into_iter().find(|row| row.id() == id)?;
    Some(match row {
        Row::Stack(known) => Thing::Stack { region: known.region.clone(), name: known.name.clone() },
        Row::Resource(known, row) => Thing::StackResource {
            region: known.region.clone(),
            stack: known.name.clone(),
            logical_id: row.logical_id().to_owned(),
        },
    })
}

/// The columns of a pane that is a table.
pub(crate) fn columns(pane: usize) -> &'static [Column] {
    if pane == EVENTS { &[] } else { tree::COLUMNS }
}

fn event_id(known: &KnownStack, event: &StackEvent) -> String {
    // Recorded answers may lack AWS's own.
    if event.id.is_empty() {
        format!("{}/{}/{}/{}", stack_id(known), event.at, event.logical_id, event.status)
    } else {
        event.id.clone()
    }
}

/// The stack under the cursor, or that of the resource under it.
pub(crate) fn toggle(model: &mut Model) -> bool {
    let state = model.screens.of(Screen::Stacks);
    let Some(index) = state.cursor(0).index_in(&items(model, 0)) else { return false };
    let Some((id, open)) = model.watched().and_then(|watched| {
        let rows = rows(model, watched);
        rows.get(index).map(|row| (stack_id(row.stack()), is_open(model, row.stack())))
    }) else {
        return false;
    };
    let state = model.screens.of_mut(Screen::Stacks);
    state.folds.insert(id.clone(), !open);
    if let Some(cursor) = state.cursor_mut(0) {
        // What was folded away is no longer there to stand on.
        cursor.id = Some(id);
    }
    true
}

/// Unfolds the stack that this resource is in.
pub(crate) fn unfold(model: &mut Model, id: &str) {
    let Some(estate) = model.watched().and_then(|watched| watched.estate.as_ref()) else { return };
    let is_in = |known: &&KnownStack| known.rows().into_iter().any(|row| resource_id(known, row) == id);
    if let Some(stack) = estate.stacks.iter().find(is_in).map(stack_id) {
        model.screens.of_mut(Screen::Stacks).folds.insert(stack, true);
    }
}

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    let watched = model.watched()?;
    let estate = watched.estate.as_ref()?;
    if pane == EVENTS {
        let (known, event) = estate.events().into_iter().find(|(known, event)| event_id(known, event) == id)?;
        return Some(about::event(look, known, event));
    }
    for known in &estate.stacks {
        if stack_id(known) == id {
            return Some(about::stack(look, estate, known));
        }
        let of = |row: &ResourceRow<'_>| Row::Resource(known, *row).id() == id;
        if let Some(row) = known.rows().into_iter().find(of) {
            return Some(about::resource(look, known, row));
        }
    }
    None
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let state = model.screens.of(Screen::Stacks);
    let title = super::titled("Stacks", &state.filter);
    let run = building_run(watched);
    let head = head(model, look, watched, run, area.width);
    let needs = u16::try_from(head.len()).unwrap_or(u16::MAX);
    let Some(estate) = watched.estate.as_ref().filter(|estate| !estate.stacks.is_empty()) else {
        let body = Pane::new(&title, true).draw(look, area, buffer);
        return pane::lines(head, body, buffer);
    };
    let wanted = if area.height >= 24 {
        (area.height / 3).max(8)
    } else if area.height >= 18 {
        5
    } else {
        0
    };
    let focused_below = state.pane == EVENTS;
    let wanted = if wanted == 0 && focused_below { area.height / 2 } else { wanted };
    let (above, below) = carve::rows(area, area.height.saturating_sub(wanted));
    let (role, aside) = aside(look, estate, (!state.filter.is_empty()).then(|| rows(model, watched).len()));
    let order = order(model, Screen::Stacks).map_or_else(String::new, |order| format!(", {order}"));
    let pane = Pane::new(&title, !focused_below).aside(role, aside, look).aside(Role::Muted, order, look);
    let needs = needs.min(above.height.saturating_sub(1) / 2);
    let (lines, selected) = tree::lines(model, watched);
    let body = pane.rows(lines.len(), selected, needs.saturating_add(1)).draw(look, above, buffer);
    let (top, tree) = carve::rows(body, needs);
    pane::lines(head, top, buffer);
    tree::draw(model, look, watched, run.map(|(_, state)| state), tree, buffer);
    draw_events(model, look, estate, below, buffer);
}

/// The run that makes, deletes or compares these stacks, while it is under way.
fn building_run(watched: &Watched) -> Option<(&LiveRun, &RunState)> {
    let run = watched.run.as_ref().filter(|run| !run.is_over())?;
    run.state().filter(|state| is_about_stacks(&state.plan)).map(|state| (run, state))
}

/// What all stacks together come to, and how many rows of them a filter leaves.
fn aside(look: &Look<'_>, estate: &Estate, left: Option<usize>) -> (Role, String) {
    let oldest = estate.stacks.iter().map(|known| known.stack.last.as_ref().map(|last| last.at)).min().flatten();
    let read = oldest.map_or_else(|| "not read yet".to_owned(), |at| format!("read {} ago", look.age(at)));
    let settled: Option<Vec<(usize, usize)>> = estate.stacks.iter().map(KnownStack::settled).collect();
    let count = settled.map_or_else(String::new, |settled| {
        format!(", {} resources", settled.iter().map(|(_, all)| all).sum::<usize>())
    });
    let left = left.map_or_else(String::new, |left| format!("{left} shown of "));
    (Role::Muted, format!("{left}{} stacks{count}, {read}", estate.stacks.len()))
}

/// `$12.30 a month`, and what is wrong with that number.
pub(crate) fn month(bill: &Bill) -> String {
    let least = if bill.is_at_least { "at least " } else { "" };
    let guesses = if bill.has_guesses { " (some prices not looked up)" } else { "" };
    format!("{least}{} a month{guesses}", format::dollars(bill.usd_month))
}

fn head(
    model: &Model,
    look: &Look<'_>,
    watched: &Watched,
    run: Option<(&LiveRun, &RunState)>,
    width: u16,
) -> Vec<Line<'static>> {
    let mut says: Vec<(Role, String)> = Vec::new();
    let key = |action: Action| {
        let context = Context::Screen(Screen::Stacks);
        model.keymap.shown(action, context).map_or_else(|| action.entry().name.to_owned(), ToString::to_string)
    };
    match (&watched.stage, &watched.estate) {
        (Stage::Gone, _) => {
            says.push((Role::Ok, format!("{} {} was taken away.", look.symbols.ok, watched.deployment.name)));
            says.push((
                Role::Text,
                "What its run looked for and did not find is on the screen of the run (8).".to_owned(),
            ));
            says.push((Role::Text, format!("{} lists what can be built.", key(Action::OpenBlueprints))));
        }
        (Stage::Standing | Stage::Unmade, None) => {
            says.push((Role::Unknown, format!("{} nothing has been read of its stacks yet", look.symbols.unknown)));
        }
        (Stage::Standing | Stage::Unmade, Some(estate)) => {
            says.extend(run.map(|(run, state)| (Role::Accent, progress(look, estate, run, state))));
            says.extend(first_failure(look, estate));
            if let Some(gap) = &estate.gap {
                let mut lines = gap.lines();
                let first = lines.next().unwrap_or_default();
                says.push((Role::Caution, format!("{} {first}", look.symbols.unknown)));
                says.extend(lines.map(|line| (Role::Text, line.to_owned())));
            }
            let guard = protection(estate);
            if let Some(blueprint) = &estate.blueprint {
                let money = estate.bill.as_ref().map_or_else(|| "what it costs is unknown".to_owned(), month);
                let drift = drift_in_words(look, estate);
                says.push((Role::Muted, format!("{blueprint}: {money}; {guard}; {drift}")));
            }
        }
    }
    pane::wrapped(look, says, width)
}

/// How far a run has got, and how long it should still take.
fn progress(look: &Look<'_>, estate: &Estate, run: &LiveRun, state: &RunState) -> String {
    let plan = &state.plan;
    let about: Vec<_> = plan.steps.iter().filter(|step| stack_of(step).is_some()).collect();
    let done = about.iter().filter(|step| state.status(&step.id) == StepStatus::Done).count();
    let settled: Vec<(usize, usize)> = estate.stacks.iter().filter_map(KnownStack::settled).collect();
    let (have, all) = settled.iter().fold((0, 0), |(have, all), (one, of)| (have + one, all + of));
    let took = age(look.now, state.started_at);
    let left = match plan.predicted.length.map(|length| (length.checked_sub(took), length)) {
        Some((Some(left), _)) => format!("about {} left", format::age(left)),
        Some((None, length)) => format!("{} longer than expected", format::age(took.saturating_sub(length))),
        None => "how long is not known".to_owned(),
    };
    let asks = if run.question().is_some() { "; it ASKS (8)" } else { "" };
    format!(
        "{} {} for {}, {left}; {done} of {} steps about stacks done, {have} of {all} resources settled{asks}",
        look.symbols.selected,
        plan.runbook,
        format::age(took),
        about.len()
    )
}

/// What somebody looks for first, with AWS's words.
fn first_failure(look: &Look<'_>, estate: &Estate) -> Option<(Role, String)> {
    let failed: Vec<(&KnownStack, ResourceRow<'_>)> = estate
        .stacks
        .iter()
        .flat_map(|known| known.rows().into_iter().map(move |row| (known, row)))
        .filter(|(_, row)| row.doing() == Doing::Failed)
        .collect();
    let (known, ResourceRow::Listed(resource)) = failed.first()? else { return None };
    let more = if failed.len() > 1 { format!(" (and {} more)", failed.len() - 1) } else { String::new() };
    let why = resource.reason.as_deref().unwrap_or("AWS says no more");
    let text = format!(
        "{} {} of {} is {}: {why}{more}",
        look.symbols.danger, resource.logical_id, known.name, resource.status
    );
    Some((Role::Danger, text))
}

/// By the manifest, and by AWS stack for stack: either refuses a teardown.
fn protection(estate: &Estate) -> String {
    let stacks = estate.stacks.iter().filter_map(|known| known.stack.value()?.as_ref());
    let is_protected = |stack: &&Stack| stack.termination_protection;
    match (estate.protected, stacks.filter(is_protected).count()) {
        (true, _) => "its manifest protects it from being taken away".to_owned(),
        (false, 0) => "not protected".to_owned(),
        (false, count) => format!("{count} of {} stacks protected", estate.stacks.len()),
    }
}

fn drift_in_words(look: &Look<'_>, estate: &Estate) -> String {
    let stacks = estate.stacks.iter().filter_map(|known| known.stack.value()?.as_ref().map(|stack| (known, stack)));
    let looked: Vec<Option<Timestamp>> = stacks.clone().map(|(_, stack)| stack.drift_checked_at).collect();
    let Some(oldest) = looked.iter().flatten().min() else {
        return "drift never looked for".to_owned();
    };
    let drifted: usize = stacks.map(|(known, _)| known.drifted().count()).sum();
    let what = if drifted == 0 { "no drift".to_owned() } else { format!("{drifted} DRIFTED") };
    let never = match looked.iter().filter(|at| at.is_none()).count() {
        0 => String::new(),
        never => format!(", never in {never} of {}", looked.len()),
    };
    format!("{what} when looked for {} ago{never}", look.age(*oldest))
}

fn draw_events(model: &Model, look: &Look<'_>, estate: &Estate, area: Rect, buffer: &mut Buffer) {
    const COLUMNS: &[Column] = &[
        Column::left("", 14).growing(16),
        Column::left("", 22).growing(34).named(),
        Column::left("", 18).growing(30).named(),
        Column::left("", 20).growing(44).named(),
        Column::left("", 10).growing(120).dropped(1),
    ];
    let events = estate.events();
    let pane = NewestFirst {
        screen: Screen::Stacks,
        pane: EVENTS,
        title: "Events",
        columns: COLUMNS,
        items: &items(model, EVENTS),
        empty: "AWS told no event of these stacks",
    };
    pane.draw(model, look, area, buffer, |item| {
        events.get(item.source).map_or_else(Vec::new, |(known, event)| {
            let (role, mark) = sign(look, doing(&event.status));
            vec![
                Cell::new(Role::Muted, look.day_and_time(event.at)),
                Cell::new(role, format!("{mark} {}", event.status)),
                Cell::new(Role::Text, event.logical_id.clone()),
                Cell::new(Role::Muted, known.name.to_string()),
                Cell::new(Role::Text, event.reason.clone().unwrap_or_default()),
            ]
        })
    });
}
