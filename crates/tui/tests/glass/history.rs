//! What happened before: what is drawn of it, what is asked of the journal for it, and what its keys do.

use lifeboat_model::run::RunId;
use lifeboat_tui::archive::{Place, Query, Shelf, WINDOW, Writing};
use lifeboat_tui::screens::Screen;
use lifeboat_tui::{Effect, Key, Model, Msg, update, view_text};

use super::camera::photograph_of;
use super::hands::{SIZES, press, sized};
use super::worlds::runs::Telling;
use super::worlds::{self, NAME, State, past};

const ENTRIES: u64 = 1_234;

/// On the screen of the history, with a journal that answers so.
fn reading(size: (u16, u16), tell: &dyn Fn(&Query) -> Result<Shelf, String>) -> Model {
    let mut model = sized(worlds::live(State::Normal), size);
    keys(&mut model, "9", tell);
    model
}

/// Presses keys, and answers what they ask of the journal.
fn keys(model: &mut Model, keys: &str, tell: &dyn Fn(&Query) -> Result<Shelf, String>) {
    for key in keys.split_whitespace() {
        let effects = update(model, Msg::Key(key.parse::<Key>().unwrap()));
        past::answer(model, effects, tell);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a journal may fail to answer")]
fn full(query: &Query) -> Result<Shelf, String> {
    Ok(past::shelf(query, ENTRIES))
}

#[expect(clippy::unnecessary_wraps, reason = "a journal may fail to answer")]
fn nothing(query: &Query) -> Result<Shelf, String> {
    Ok(Shelf { runs: Ok(Vec::new()), outstanding: Ok(Vec::new()), ..past::shelf(query, 0) })
}

#[expect(clippy::unnecessary_wraps, reason = "a journal may fail to answer")]
fn normal(query: &Query) -> Result<Shelf, String> {
    let runs = past::runs().split_off(1);
    Ok(Shelf { runs: Ok(runs), outstanding: Ok(Vec::new()), ..past::shelf(query, ENTRIES) })
}

fn unread(_: &Query) -> Result<Shelf, String> {
    let why = "the journal /var/lib/lifeboat/journal.sqlite cannot be opened: database is locked; another program \
               keeps it open: close that, and try again";
    Err(why.to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "a journal may fail to answer")]
fn damaged(query: &Query) -> Result<Shelf, String> {
    let why = "the journal /var/lib/lifeboat/journal.sqlite is damaged: database disk image is malformed; keep it as \
               evidence, and put the newest copy of it in its place"
        .to_owned();
    let (runs, outstanding, window) = (Err(why.clone()), Err(why.clone()), Err(why));
    Ok(Shelf { runs, outstanding, window, ..past::shelf(query, ENTRIES) })
}

fn told(model: &Model) -> String {
    view_text(model).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn document(model: &mut Model, writing: Writing, keys: &str) {
    let outcome = Ok(Box::new(past::document()));
    let _ = update(model, Msg::Document { deployment: NAME.into(), writing, outcome });
    press(model, keys);
}

#[test]
fn the_history_in_every_state_at_every_size() {
    for size in SIZES {
        let mut model = reading(size, &normal);
        let _ = update(&mut model, past::whole(ENTRIES));
        photograph_of("history", "told", model);

        photograph_of("history", "nothing", reading(size, &nothing));

        let mut model = reading(size, &full);
        let _ = update(&mut model, past::broken());
        keys(&mut model, "tab j j", &full);
        photograph_of("history", "broken", model);

        let mut model = reading(size, &full);
        let _ = update(&mut model, past::whole(1_200));
        keys(&mut model, "j = j tab tab", &full);
        photograph_of("history", "marked", model);

        photograph_of("history", "locked", reading(size, &unread));
        photograph_of("history", "damaged", reading(size, &damaged));
        // What was read before stays, with its age.
        let mut model = reading(size, &full);
        let query = model.fleet[0].archive.asked.clone().unwrap();
        let at = model.fleet[0].archive.read_at.unwrap();
        let _ = update(&mut model, Msg::Tick(lifeboat_model::time::after(at, std::time::Duration::from_secs(194))));
        let outcome = unread(&query).map(|_| None);
        let _ = update(&mut model, Msg::Journal { deployment: NAME.into(), query, at, outcome });
        photograph_of("history", "stale-journal", model);
    }
}

#[test]
fn a_drill_is_called_one_once_and_each_count_says_of_what() {
    let drills = |query: &Query| {
        let mut runs = past::runs().split_off(1);
        for run in &mut runs {
            (run.runbook, run.drill) = ("drill".into(), true);
        }
        runs[0].runbook = "switchover".into();
        Ok(Shelf { runs: Ok(runs), outstanding: Ok(Vec::new()), ..past::shelf(query, ENTRIES) })
    };
    let mut model = reading((200, 60), &drills);
    let _ = update(&mut model, past::whole(ENTRIES));
    let text = told(&model);
    assert!(!text.contains("drill drill") && text.contains("switchover drill"), "{text}");
    assert!(
        text.contains("every run they hold ") && text.contains("all 1,234 entries of the journal verified"),
        "{text}"
    );
}

#[test]
fn what_is_read_in_full_at_every_size() {
    for size in SIZES {
        let failed = past::runs()[2].id.clone();
        let mut model = reading(size, &full);
        // Those that are open come first.
        keys(&mut model, "j j j j enter", &full);
        document(&mut model, Writing::Report(failed), "");
        photograph_of("history-report", "told", model);

        let mut model = reading(size, &full);
        keys(&mut model, "tab enter", &full);
        photograph_of("history-entry", "asked", model);

        let mut model = reading(size, &full);
        let _ = update(&mut model, past::broken());
        keys(&mut model, "enter", &full);
        photograph_of("history-chain", "broken", model);

        let mut model = reading(size, &full);
        keys(&mut model, "tab tab enter", &full);
        photograph_of("history-outstanding", "kept", model);
    }
}

#[test]
fn the_smallest_window_shows_what_matters_of_the_history() {
    let mut model = reading((80, 24), &full);
    let _ = update(&mut model, past::broken());
    let text = told(&model);
    for words in [
        "CUT OFF",
        "BROKEN at entry 731",
        "it was changed",
        "17m02s of 15 min",
        "74.2 s Aurora",
        "2 temporary changes are still there",
        "the actions of 4 alarms muted",
    ] {
        assert!(text.contains(words), "{words}\n{}", view_text(&model));
    }
}

#[test]
fn opening_it_asks_for_the_journal_and_has_it_verified_once() {
    let mut model = worlds::live(State::Normal);
    let effects = update(&mut model, Msg::Key("9".parse().unwrap()));
    assert!(effects.contains(&Effect::VerifyJournal), "{effects:?}");
    let asked = Effect::ReadJournal { deployment: NAME.into(), query: Query::default() };
    assert!(effects.contains(&asked), "{effects:?}");
    let again = update(&mut model, Msg::Key("j".parse().unwrap()));
    assert_eq!(again, []);
    assert!(told(&model).contains("the chain is being verified"));
    let _ = update(&mut model, past::whole(7));
    assert!(told(&model).contains("chain whole, 7 entries verified 14:03:02"), "{}", view_text(&model));
    assert_eq!(update(&mut model, Msg::Key("v".parse().unwrap())), [Effect::VerifyJournal]);
    assert_eq!(update(&mut model, Msg::Key("v".parse().unwrap())), []);
}

/// The sequence of the entry under the cursor.
fn cursor(model: &Model) -> Option<u64> {
    model.screens.of(Screen::History).cursor(1).id.map(|id| id.parse().unwrap())
}

#[test]
fn ten_thousand_entries_are_read_one_after_the_other_and_few_of_them_are_held() {
    let tell = |query: &Query| Ok(past::shelf(query, 10_000));
    let mut model = reading((120, 40), &tell);
    keys(&mut model, "tab g", &tell);
    assert_eq!(cursor(&model), Some(10_000));
    for expected in (1..10_000).rev() {
        keys(&mut model, "j", &tell);
        assert_eq!(cursor(&model), Some(expected));
    }
    assert_eq!(model.fleet[0].archive.shelf.as_ref().unwrap().window.as_ref().unwrap().lines.len(), WINDOW);
    keys(&mut model, "g", &tell);
    assert_eq!(cursor(&model), Some(10_000));
    keys(&mut model, "G", &tell);
    assert_eq!(cursor(&model), Some(1));
    keys(&mut model, "k pageup", &tell);
    assert_eq!(cursor(&model), Some(32));
}

#[test]
fn whoever_jumps_before_the_entries_are_there_arrives_with_them() {
    let mut model = worlds::live(State::Normal);
    let mut effects = Vec::new();
    for key in ["9", "tab", "G"] {
        effects.extend(update(&mut model, Msg::Key(key.parse().unwrap())));
    }
    past::answer(&mut model, effects, &full);
    assert_eq!(cursor(&model), Some(1));
}

#[test]
fn an_answer_to_what_was_asked_before_is_not_shown_for_what_is_asked_now() {
    let mut model = reading((120, 40), &full);
    let before = model.fleet[0].archive.asked.clone().unwrap();
    let effects = update(&mut model, Msg::Key("j".parse().unwrap()));
    let [Effect::ReadJournal { query, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(query.run, Some(past::runs()[0].id.clone()));
    let shelf = Ok(Some(Box::new(past::shelf(&before, 3))));
    let old = Msg::Journal { deployment: NAME.into(), query: before, at: worlds::now(), outcome: shelf };
    let _ = update(&mut model, old);
    let text = told(&model);
    assert!(text.contains("the entries are being read") && !text.contains("canary: acknowledged"), "{text}");
}

#[test]
fn a_filter_belongs_to_the_pane_in_which_it_was_opened() {
    let mut model = reading((120, 40), &full);
    keys(&mut model, "/ d r i l l enter", &full);
    let text = told(&model);
    assert!(text.contains("switchover drill") && !text.contains("provision"), "{text}");
    assert_eq!(model.fleet[0].archive.asked.as_ref().unwrap().filter, "");
    keys(&mut model, "esc tab / ! c a n a r y enter", &full);
    assert_eq!(model.fleet[0].archive.asked.as_ref().unwrap().filter, "!canary");
    assert!(told(&model).contains("provision"));
}

#[test]
fn a_journal_that_was_taken_away_is_not_called_whole() {
    let mut model = reading((120, 40), &full);
    let _ = update(&mut model, past::whole(ENTRIES));
    assert!(told(&model).contains("chain whole"));
    let query = model.fleet[0].archive.asked.clone().unwrap();
    let gone = Shelf { exists: false, ..nothing(&query).unwrap() };
    let outcome = Ok(Some(Box::new(gone)));
    let _ = update(&mut model, Msg::Journal { deployment: NAME.into(), query, at: worlds::now(), outcome });
    let text = told(&model);
    for words in
        ["1,234 were whole 14:03:02, now 0 are there", "its folder was taken away", "unknown: there is no journal"]
    {
        assert!(text.contains(words), "{words}\n{}", view_text(&model));
    }
    assert!(!text.contains("chain whole") && !text.contains("nothing is left to put back"));
}

#[test]
fn two_runs_are_compared_the_older_first_whichever_was_marked() {
    let runs = past::runs();
    let ids = |before: usize, after: usize| Writing::Comparison {
        before: runs[before].id.clone(),
        after: runs[after].id.clone(),
    };
    // The rows: all, then the two that are open, then the newest of the others.
    for keys_pressed in ["j j = j =", "j j j = k ="] {
        let mut model = reading((120, 40), &full);
        let mut last = Vec::new();
        for key in keys_pressed.split(' ') {
            last = update(&mut model, Msg::Key(key.parse().unwrap()));
            past::answer(&mut model, last.clone(), &full);
        }
        assert_eq!(last, [Effect::ReadDocument { deployment: NAME.into(), writing: ids(3, 1) }]);
        assert_eq!(model.fleet[0].archive.marked, None);
    }
    let mut model = reading((120, 40), &full);
    keys(&mut model, "j = =", &full);
    assert_eq!(model.fleet[0].archive.marked, None);
    keys(&mut model, "g =", &full);
    assert!(told(&model).contains("choose a run"), "{}", view_text(&model));
}

#[test]
fn a_broken_chain_is_said_wherever_one_is() {
    let mut model = reading((120, 40), &full);
    press(&mut model, "1");
    let _ = update(&mut model, past::broken());
    assert!(told(&model).contains("the journal is BROKEN at entry 731"), "{}", view_text(&model));
}

#[test]
fn a_run_is_reported_from_the_journal_on_the_screen_of_the_run_too() {
    let mut model = worlds::live(State::Normal);
    let entries = Telling::running().entries;
    let run = entries[0].run.clone();
    let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries, here: true });
    press(&mut model, "8");
    let writing = Writing::Report(run);
    let asked = Effect::ReadDocument { deployment: NAME.into(), writing: writing.clone() };
    assert_eq!(update(&mut model, Msg::Key("o".parse().unwrap())), [asked]);
    assert!(told(&model).contains("it is being read from the journal"));
    // Another one's is not taken for it.
    let other = Writing::Report(RunId::new("another"));
    let outcome = Err("there is no such run in the journal".to_owned());
    let _ = update(&mut model, Msg::Document { deployment: NAME.into(), writing: other, outcome });
    assert!(told(&model).contains("it is being read from the journal"));
    document(&mut model, writing, "");
    assert!(told(&model).contains("which misses the objective of 15 min"), "{}", view_text(&model));
    assert_eq!(model.document_in_view().map(|(name, _)| name.as_str()), Some(NAME));
}

/// Another process may hold it for as long as it likes: nobody takes what was read before for what there is.
#[test]
fn a_journal_that_keeps_one_waiting_is_said_to_be_read_until_it_answers() {
    let mut model = reading((120, 40), &full);
    let tick = |model: &mut Model| drop(update(model, Msg::Tick(worlds::now())));
    for _ in 0..4 {
        tick(&mut model);
        assert!(!told(&model).contains("reading"), "{}", view_text(&model));
    }
    tick(&mut model);
    assert!(told(&model).contains("reading… what is shown was read"), "{}", view_text(&model));
    let query = model.fleet[0].archive.asked.clone().unwrap();
    let _ = update(&mut model, Msg::Journal { deployment: NAME.into(), query, at: worlds::now(), outcome: Ok(None) });
    assert!(!told(&model).contains("reading"), "{}", view_text(&model));
}

#[test]
fn the_columns_of_its_tables_can_be_chosen() {
    for (tabs, column) in [("", "OUTCOME"), ("tab", "WHAT HAPPENED")] {
        let mut model = reading((200, 60), &full);
        keys(&mut model, tabs, &full);
        keys(&mut model, "C", &full);
        assert!(told(&model).contains(column), "{}", view_text(&model));
        keys(&mut model, "j space esc", &full);
        let hidden: usize = model.display.hidden.values().map(std::collections::BTreeSet::len).sum();
        assert_eq!(hidden, 1);
    }
}

#[test]
fn each_place_is_asked_for_once() {
    let tell = |query: &Query| Ok(past::shelf(query, 10_000));
    let mut model = reading((120, 40), &tell);
    keys(&mut model, "tab", &tell);
    let mut asked = Vec::new();
    for _ in 0..WINDOW - 1 {
        let effects = update(&mut model, Msg::Key("j".parse().unwrap()));
        asked.extend(effects);
    }
    // Nobody answers: the cursor waits at the edge of what is held.
    let places: Vec<Place> = asked
        .iter()
        .filter_map(|effect| match effect {
            Effect::ReadJournal { query, .. } => Some(query.place),
            _ => None,
        })
        .collect();
    assert_eq!(places.len(), 1, "{places:?}");
}
