//! Incidents and notes: how one is declared by keys, what every screen says of it, and how it is told.

use lifeboat_model::incident::{Incident, Logbook, Note};
use lifeboat_model::run::{RunEvent, RunId, RunOutcome};
use lifeboat_tui::acting::PastRun;
use lifeboat_tui::dialogs::{About, Dialog};
use lifeboat_tui::{Effect, Model, Msg, RequestId, update, view_text};

use super::camera::photograph_of;
use super::hands::{SIZES, keys, model_in, press, reader_in, said, sized, type_in};
use super::worlds::runs::{self, Telling};
use super::worlds::{self, NAME, State};

fn model() -> Model {
    reader_in(State::Failing)
}

fn note(seconds_ago: u64, text: &str) -> Note {
    Note { at: worlds::ago(seconds_ago), text: text.to_owned(), by: runs::operator() }
}

pub(crate) fn incident() -> Incident {
    Incident {
        began_at: worlds::ago(724),
        declared_at: worlds::ago(600),
        text: "writes are refused in us-east-1".to_owned(),
        by: runs::operator(),
        notes: vec![note(400, "the provider says: an outage of one zone")],
        closed: None,
    }
}

/// What the journal has beside runs: these incidents, and a run that came after.
pub(crate) fn logged(model: &mut Model, incidents: Vec<Incident>) {
    let past = vec![PastRun {
        id: RunId::new("payments-aurora-switchover-1"),
        runbook: "switchover".into(),
        drill: false,
        started_at: worlds::ago(300),
        last_at: worlds::ago(200),
        outcome: Some(RunOutcome::Aborted),
        by: runs::operator(),
        served_since: None,
    }];
    let logbook = Logbook { incidents, notes: vec![note(90_000, "of last week")] };
    let _ = update(model, Msg::Logbook { deployment: NAME.into(), logbook, past });
}

#[test]
fn an_incident_is_declared_by_when_it_began_and_what_is_known() {
    let mut model = model();
    assert_eq!(keys(&mut model, "i"), []);
    type_in(&mut model, "-12m");
    assert_eq!(keys(&mut model, "enter"), []);
    assert!(view_text(&model).contains("It began 12m"), "{}", view_text(&model));
    type_in(&mut model, "writes fail");
    let effects = keys(&mut model, "enter");
    let began_at = worlds::ago(720);
    let wanted = Effect::DeclareIncident {
        request: RequestId(1),
        deployment: NAME.into(),
        began_at,
        text: "writes fail".to_owned(),
    };
    assert_eq!(effects, [wanted]);
    assert_eq!(model.dialogs, []);
}

/// Its page is where what happens next is written, and where it is closed.
#[test]
fn the_page_of_an_incident_opens_once_it_is_declared_here_and_not_for_anybody_elses() {
    let is_on_page =
        |model: &Model| matches!(model.dialogs.last(), Some(Dialog::Message { about: About::Incident, .. }));
    let mut model = model();
    press(&mut model, "i n o w enter w r i t e s enter");
    assert_eq!(model.dialogs, []);
    logged(&mut model, vec![incident()]);
    assert!(is_on_page(&model), "{:?}", model.dialogs);
    press(&mut model, "q");
    logged(&mut model, vec![incident()]);
    assert!(!is_on_page(&model));
    let mut other = super::incident::model();
    logged(&mut other, vec![incident()]);
    assert!(!is_on_page(&other));
    // What was opened meanwhile stays in view.
    let mut busy = super::incident::model();
    press(&mut busy, "i n o w enter w r i t e s enter ?");
    logged(&mut busy, vec![incident()]);
    assert!(matches!(busy.dialogs.as_slice(), [Dialog::Help { .. }]));
}

#[test]
fn leaving_says_that_the_incident_stays_open_and_how_it_is_closed() {
    for key in ["q", "ctrl+c"] {
        let mut model = model();
        assert_eq!(keys(&mut model, key), [Effect::Quit]);
        logged(&mut model, vec![incident()]);
        assert_eq!(keys(&mut model, key), []);
        assert!(said(&model).contains("the incident stays open: i twice closes it"), "{}", said(&model));
        assert_eq!(keys(&mut model, &format!("1 {key}")), []);
        assert_eq!(keys(&mut model, key), [Effect::Quit]);
        let closed = Incident { closed: Some(note(10, "mended")), ..incident() };
        logged(&mut model, vec![closed]);
        assert_eq!(keys(&mut model, &format!("1 {key}")), [Effect::Quit]);
    }
}

#[test]
fn what_is_no_moment_or_says_nothing_declares_nothing() {
    for typed in ["", "12", "tomorrow", "-12"] {
        let mut model = model();
        press(&mut model, "i");
        type_in(&mut model, typed);
        assert_eq!(keys(&mut model, "enter enter"), [], "{typed}");
        assert!(matches!(model.dialogs.last(), Some(Dialog::Reason(_))), "{typed}");
        assert!(!said(&model).is_empty());
    }
    let mut model = model();
    press(&mut model, "i n o w enter");
    assert_eq!(keys(&mut model, "enter space enter"), []);
}

#[test]
fn every_screen_counts_the_incident_and_what_is_left_of_the_recovery_time() {
    let mut model = model();
    logged(&mut model, vec![incident()]);
    for screen in ["1", "2", "3", "4", "5", "6", "7", "8"] {
        press(&mut model, screen);
        let text = view_text(&model);
        assert!(text.contains("incident 12m04s, declared by ada 13:53"), "{screen}\n{text}");
        assert!(text.contains("2m56s of 15 min left"), "{screen}\n{text}");
    }
    let mut long_ago = incident();
    long_ago.began_at = worlds::ago(1200);
    logged(&mut model, vec![long_ago]);
    assert!(view_text(&model).contains("15 min is over by 5m00s"), "{}", view_text(&model));
    let closed = Incident { closed: Some(note(10, "mended")), ..incident() };
    logged(&mut model, vec![closed]);
    assert!(!view_text(&model).contains("incident 12m"), "{}", view_text(&model));
}

#[test]
fn the_incident_of_another_deployment_is_told_too() {
    let mut model = model();
    let logbook = Logbook { incidents: vec![incident()], notes: Vec::new() };
    let other = model.fleet[1].deployment.name.clone();
    let _ = update(&mut model, Msg::Logbook { deployment: other.clone(), logbook, past: Vec::new() });
    assert!(view_text(&model).contains(&format!("incident of {other} 12m04s")), "{}", view_text(&model));
}

#[test]
fn its_page_tells_what_was_said_and_done_in_order_and_closes_it() {
    let mut model = model();
    logged(&mut model, vec![incident()]);
    let mut telling = Telling::running();
    telling.tell(5, RunEvent::Noted { text: "asked the database team".to_owned(), by: runs::operator() });
    let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries: telling.entries, here: true });
    press(&mut model, "i");
    assert!(matches!(model.dialogs.last(), Some(Dialog::Message { about: About::Incident, .. })));
    let effects = keys(&mut model, "y");
    let [Effect::Copy { text, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let order: Vec<usize> =
        ["it began", "declared by ada", "outage of one zone", "switchover begun", "ABORTED", "database team"]
            .map(|words| text.rfind(words).unwrap_or_else(|| panic!("{words}\n{text}")))
            .to_vec();
    assert!(order.is_sorted(), "{order:?}\n{text}");
    assert!(!text.contains("of last week"), "{text}");
    press(&mut model, "i");
    // Nothing is closed by a key held down.
    assert_eq!(keys(&mut model, "enter enter enter"), []);
    type_in(&mut model, "the zone is back");
    let effects = keys(&mut model, "enter");
    let closed = |effect: &Effect| matches!(effect, Effect::CloseIncident { text, .. } if text == "the zone is back");
    assert!(effects.len() == 1 && closed(&effects[0]), "{effects:?}");
}

#[test]
fn a_note_is_written_from_any_screen_and_page() {
    for place in ["1", "8", "i", "?"] {
        let mut model = model();
        logged(&mut model, vec![incident()]);
        press(&mut model, place);
        assert_eq!(keys(&mut model, "m"), [], "{place}");
        type_in(&mut model, "  asked the team ");
        let effects = keys(&mut model, "enter");
        let [Effect::Note { request, text, .. }] = effects.as_slice() else { panic!("{place}: {effects:?}") };
        assert_eq!(text, "asked the team");
        let _ =
            update(&mut model, Msg::Done { request: *request, outcome: Err("nothing was written: disk".to_owned()) });
        assert!(said(&model).contains("nothing was written"), "{}", said(&model));
    }
}

#[test]
fn incidents_and_notes_at_every_size() {
    for (columns, rows) in SIZES {
        let at = |keys: &str, open: bool| {
            let mut model = model();
            let _ = update(&mut model, Msg::Resized { columns, rows });
            if open {
                logged(&mut model, vec![incident()]);
            }
            press(&mut model, keys);
            model
        };
        photograph_of("incident", "began", at("i - 1 2", false));
        photograph_of("incident", "known", at("i - 1 2 m enter w r i", false));
        photograph_of("incident", "overview", at("1", true));
        photograph_of("incident", "page", at("i", true));
        photograph_of("incident", "closing", at("i i", true));
        photograph_of("note", "writing", at("m a s k", true));
        let mut over = at("1", false);
        logged(&mut over, vec![Incident { closed: Some(note(10, "the zone is back")), ..incident() }]);
        over.dialogs.push(Dialog::Message { about: About::Incident, top: 0 });
        photograph_of("incident", "closed", over);
    }
}

// ---- Before the journal was read

fn unread() -> Model {
    let mut model = model_in(State::Failing);
    model.fleet[0].logbook = None;
    model
}

/// One may be open already.
#[test]
fn before_the_journal_was_read_nobody_is_told_that_there_is_no_incident() {
    let mut model = unread();
    assert!(view_text(&model).contains("whether an incident is declared is not known"), "{}", view_text(&model));
    assert_eq!(keys(&mut model, "i"), []);
    assert_eq!(model.dialogs, []);
    assert!(said(&model).contains("not known"), "{}", said(&model));
    press(&mut model, "D");
    let page = view_text(&model);
    assert!(page.contains("which tells of incidents, was not read yet"), "{page}");
    press(&mut model, "esc");
    logged(&mut model, Vec::new());
    assert!(!view_text(&model).contains("whether an incident"), "{}", view_text(&model));
    press(&mut model, "i");
    assert!(view_text(&model).contains("When did it begin?"), "{}", view_text(&model));
}

#[test]
fn the_clock_of_a_run_says_that_it_does_not_know_of_an_incident() {
    for size in SIZES {
        let mut model = sized(unread(), size);
        let _ =
            update(&mut model, Msg::Run { deployment: NAME.into(), entries: Telling::running().entries, here: true });
        press(&mut model, "8");
        assert!(view_text(&model).contains("incident: not known"), "{}", view_text(&model));
        logged(&mut model, Vec::new());
        assert!(!view_text(&model).contains("incident: not known"), "{}", view_text(&model));
    }
}

/// A run that answers the incident, as the list has it.
fn answered(drill: bool, served: Option<u64>, outcome: RunOutcome) -> PastRun {
    PastRun {
        id: RunId::new("payments-aurora-failover-1"),
        runbook: "failover".into(),
        drill,
        started_at: worlds::ago(300),
        last_at: worlds::ago(200),
        outcome: Some(outcome),
        by: runs::operator(),
        served_since: served.map(worlds::ago),
    }
}

fn page_with(past: Vec<PastRun>) -> String {
    let mut model = sized(model(), (200, 60));
    model.fleet[0].run = None;
    let logbook = Logbook { incidents: vec![incident()], notes: Vec::new() };
    let _ = update(&mut model, Msg::Logbook { deployment: NAME.into(), logbook, past });
    press(&mut model, "i");
    view_text(&model)
}

/// The recovery time ends when clients can write again, and not when somebody closes the incident.
#[test]
fn the_recovery_time_of_an_incident_ends_with_the_first_good_write() {
    let text = page_with(vec![answered(false, Some(224), RunOutcome::Completed)]);
    assert!(text.contains("clients can write again, after 8m20s of 15 min"), "{text}");
    // A rehearsal serves nobody, what did not come to its end promises nothing, and what saw nothing tells nothing.
    for past in [
        answered(true, Some(224), RunOutcome::Completed),
        answered(false, Some(224), RunOutcome::Aborted),
        answered(false, None, RunOutcome::Completed),
    ] {
        let text = page_with(vec![past.clone()]);
        assert!(text.contains("2m56s of 15 min left"), "{past:?} {text}");
        assert!(!text.contains("can write again"), "{text}");
    }
    // Of two that answer it the newer tells.
    let mut earlier = answered(false, Some(600), RunOutcome::Completed);
    earlier.started_at = worlds::ago(700);
    let text = page_with(vec![answered(false, None, RunOutcome::Completed), earlier]);
    assert!(!text.contains("can write again"), "{text}");
}
