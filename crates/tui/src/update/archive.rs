//! Reading what happened before: what is asked of the journal while its screen is in view, and what its keys do. Which
//! entries are wanted follows from the screen alone, so that they are asked for whatever led there.

use lifeboat_model::document::Document;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::time::Timestamp;

use super::open_page;
use crate::archive::{Archive, Chain, MARGIN, Place, Query, Reading, Shelf, Writing};
use crate::dialogs::{About, Dialog};
use crate::effect::Effect;
use crate::model::Model;
use crate::screens::{self, Screen, history};
use crate::scroll::Step;

// ---- What comes back

pub(super) fn told(
    model: &mut Model,
    deployment: &DeploymentName,
    query: Query,
    at: Timestamp,
    outcome: Result<Option<Box<Shelf>>, String>,
) {
    let is_shown = model.watched().is_some_and(|watched| watched.deployment.name == *deployment);
    let Some(archive) = model.find_mut(deployment).map(|watched| &mut watched.archive) else { return };
    // Something else was asked for since; its answer is on the way.
    if archive.asked.as_ref() != Some(&query) {
        return;
    }
    archive.silent_quarters = 0;
    match outcome {
        Err(why) => archive.trouble = Some(why),
        Ok(shelf) => {
            (archive.read_at, archive.trouble) = (Some(at), None);
            let place = query.place;
            if let Some(shelf) = shelf {
                archive.shelf = Some(*shelf);
                archive.told = Some(query);
            }
            if archive.jump == Some(place) {
                archive.jump = None;
                if is_shown {
                    land(model, place);
                }
            }
        }
    }
}

/// Puts the cursor where it was to jump to.
fn land(model: &mut Model, place: Place) {
    let items = screens::items(model, Screen::History, history::JOURNAL);
    let index = match place {
        Place::Start => 0,
        Place::End => items.len().saturating_sub(1),
        Place::Around(_) => return,
    };
    if let Some(cursor) = model.screens.of_mut(Screen::History).cursor_mut(history::JOURNAL) {
        cursor.put(index, &items);
    }
}

pub(super) fn verified(model: &mut Model, at: Timestamp, chain: Chain) {
    model.proof.under_way = false;
    if let Chain::Broken { sequence, .. } = &chain {
        model.complain(format!("the journal is BROKEN at entry {sequence}: its screen tells why"));
    }
    model.proof.last = Some((at, chain));
}

pub(super) fn document(
    model: &mut Model,
    deployment: &DeploymentName,
    writing: &Writing,
    outcome: Result<Box<Document>, String>,
) {
    let Some(watched) = model.find_mut(deployment) else { return };
    if let Some(reading) = watched.archive.reading.as_mut().filter(|reading| reading.writing == *writing) {
        reading.told = Some(outcome);
    }
}

// ---- What is asked for

/// What the screen shows and was not asked for yet.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::History || model.watched().is_none() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if !model.proof.under_way && model.proof.last.is_none() {
        model.proof.under_way = true;
        effects.push(Effect::VerifyJournal);
    }
    let Some(wanted) = wanted(model) else { return effects };
    let Some(watched) = model.watched_mut() else { return effects };
    let before = watched.archive.asked.replace(wanted.clone());
    let is_another_list = before.is_none_or(|before| !before.is_of_same_list(&wanted));
    effects.push(Effect::ReadJournal { deployment: watched.deployment.name.clone(), query: wanted });
    if is_another_list {
        watched.archive.jump = None;
        if let Some(cursor) = model.screens.of_mut(Screen::History).cursor_mut(history::JOURNAL) {
            *cursor = screens::Cursor::default();
        }
    }
    effects
}

/// `None` where what was asked for last will do.
fn wanted(model: &Model) -> Option<Query> {
    let archive = &model.watched()?.archive;
    let query = history::query(model);
    let Some(asked) = archive.asked.as_ref().filter(|asked| asked.is_of_same_list(&query)) else { return Some(query) };
    let place = archive.jump.or_else(|| near_the_edge(model, archive)).unwrap_or(asked.place);
    (place != asked.place).then_some(Query { place, ..query })
}

/// Around the cursor, where it is near the edge of what is held and there is more beyond.
fn near_the_edge(model: &Model, archive: &Archive) -> Option<Place> {
    let window = archive.answered().filter(|_| archive.asked == archive.told)?;
    let sequence: u64 = model.screens.of(Screen::History).cursor(history::JOURNAL).id?.parse().ok()?;
    let index = window.lines.iter().position(|line| line.sequence == sequence)?;
    let near_begin = index < MARGIN && !window.begins();
    let near_end = index + MARGIN >= window.lines.len() && !window.ends();
    (near_begin || near_end).then_some(Place::Around(sequence))
}

// ---- What keys do

/// Moves the cursor, and to the very first or last entry even where that is not held.
pub(super) fn step(model: &mut Model, step: Step) {
    let is_journal = model.screen == Screen::History && model.screens.of(Screen::History).pane == history::JOURNAL;
    if is_journal && let Some(watched) = model.watched_mut() {
        let archive = &mut watched.archive;
        let held = archive.answered().map(|window| (window.begins(), window.ends()));
        archive.jump = match (step, held) {
            // What is not there yet is jumped to once it is.
            (Step::Top, Some((false, _)) | None) => Some(Place::Start),
            (Step::Bottom, Some((_, false)) | None) => Some(Place::End),
            (_, Some(_) | None) => None,
        };
        if archive.jump.is_some() {
            return;
        }
    }
    screens::step(model, step);
}

/// Has it read, and shows the page that it will be on.
pub(super) fn open(model: &mut Model, writing: Writing) -> Vec<Effect> {
    let Some(watched) = model.watched_mut() else { return Vec::new() };
    let deployment = watched.deployment.name.clone();
    let is_known = watched.archive.reading.as_ref().is_some_and(|reading| reading.writing == writing);
    if !is_known {
        watched.archive.reading = Some(Reading { writing: writing.clone(), told: None });
    }
    open_page(model, Dialog::Message { about: About::Document(writing.clone()), top: 0 });
    vec![Effect::ReadDocument { deployment, writing }]
}

/// How the run went that the screen of the run shows.
pub(super) fn report(model: &mut Model) -> Vec<Effect> {
    let run = model.watched().and_then(|watched| watched.run.as_ref()).and_then(|run| run.id().cloned());
    if let Some(run) = run {
        return open(model, Writing::Report(run));
    }
    model.say("no run is known that could be reported; the history lists those that there were");
    Vec::new()
}

/// Marks a run; on the second one shows both.
pub(super) fn compare(model: &mut Model) -> Vec<Effect> {
    let Some(run) = history::chosen_run(model) else {
        model.say("choose a run among the runs first: it is compared with a second one");
        return Vec::new();
    };
    let Some(archive) = model.watched_mut().map(|watched| &mut watched.archive) else { return Vec::new() };
    let marked = archive.marked.take().filter(|marked| archive.run(marked).is_some());
    let Some(other) = marked else {
        archive.marked = Some(run.clone());
        model.say(format!("{run} is marked: = on another run shows both side by side"));
        return Vec::new();
    };
    if other == run {
        model.say("no run is marked any more");
        return Vec::new();
    }
    let begun = |id| archive.run(id).map(|run| run.started_at);
    let (before, after) = if begun(&run) < begun(&other) { (run, other) } else { (other, run) };
    open(model, Writing::Comparison { before, after })
}

pub(super) fn verify(model: &mut Model) -> Vec<Effect> {
    if model.proof.under_way {
        model.say("the journal is being verified already");
        return Vec::new();
    }
    model.proof.under_way = true;
    vec![Effect::VerifyJournal]
}
