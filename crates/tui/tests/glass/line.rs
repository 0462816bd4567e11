//! The last reversible moment: told when a run comes to it and when it is past, once each, whoever executes the run.

use std::sync::Arc;

use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::run::{Answer, Entry, RunEvent, StepOutcome};
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_tui::linear::{Marks, news};
use lifeboat_tui::{Effect, Model, Msg, update, view_text};

use super::hands::{self, press, sized};
use super::worlds::runs::{self, Telling};
use super::worlds::{self, NAME};

const REACHED: &str = "LAST REVERSIBLE MOMENT: next is Promote payments-partner in us-east-2 (writes that had";
const PASSED: &str = "from here on not to be taken back: Promote payments-partner in us-east-2 (writes that had";

fn model() -> Model {
    sized(hands::model(), (200, 60))
}

/// All that is called out while the entries come, with time enough between them for each to be heard.
fn hear(model: &mut Model, entries: &[Arc<Entry>], here: bool) -> Vec<String> {
    let msg = Msg::Run { deployment: NAME.into(), entries: entries.to_vec(), here };
    let mut effects = update(model, msg);
    for _ in 0..50 {
        effects.extend(update(model, Msg::Tick(worlds::now())));
    }
    let text = |effect| if let Effect::Alert { text } = effect { Some(text) } else { None };
    effects.into_iter().filter_map(text).collect()
}

/// With one step more before the last that can be taken back.
fn plan() -> Plan {
    let mut plan = runs::plan(Mode::Unplanned);
    let mut notice = plan.steps[0].clone();
    (notice.id, notice.kind) = (StepId::new("notice-0"), StepKind::Notice);
    plan.steps.iter_mut().for_each(|step| step.group += 1);
    plan.steps.insert(0, notice);
    plan
}

/// Before the line, at it, past it.
fn telling() -> (Telling, [usize; 3]) {
    let mut telling = Telling::of(plan(), 60);
    telling.begin(59, "notice-0");
    let ahead = telling.entries.len();
    telling.end(58, "notice-0", 1, StepOutcome::Done);
    telling.begin(57, "mute-1");
    let reached = telling.entries.len();
    telling.end(51, "mute-1", 7, StepOutcome::Done);
    telling.done(50, "approval-2", 0);
    telling.begin(49, "promote-3");
    let call = runs::plan(Mode::Unplanned).steps[2].calls[0].clone();
    telling.tell(49, RunEvent::CallStarted { step: StepId::new("promote-3"), index: 0, call: Box::new(call) });
    let passed = telling.entries.len();
    (telling, [ahead, reached, passed])
}

fn of_line(said: &[String]) -> Vec<&String> {
    said.iter().filter(|text| text.contains("reversible moment:") || text.contains("from here on")).collect()
}

#[test]
fn it_is_called_out_once_when_it_comes_and_once_when_it_is_past() {
    for here in [true, false] {
        let (telling, [ahead, reached, passed]) = telling();
        let mut model = model();
        let part = |from: usize, to: usize| telling.entries[from..to].to_vec();
        assert_eq!(of_line(&hear(&mut model, &part(0, ahead), here)), Vec::<&String>::new(), "here: {here}");
        let said = hear(&mut model, &part(ahead, reached), here);
        assert_eq!(of_line(&said).len(), 1, "here: {here}, {said:?}");
        assert!(said.iter().any(|text| text.contains("payments-aurora: last reversible moment:")), "{said:?}");
        let said = hear(&mut model, &part(reached, passed), here);
        assert_eq!(of_line(&said).len(), 1, "here: {here}, {said:?}");
        assert!(said.iter().any(|text| text.contains(PASSED)), "{said:?}");
        // The whole of it again, as after a gap, is no news.
        assert_eq!(of_line(&hear(&mut model, &part(0, passed), here)), Vec::<&String>::new(), "here: {here}");
    }
}

#[test]
fn the_screen_of_the_run_and_every_other_say_so_while_it_lasts() {
    let (telling, [ahead, reached, passed]) = telling();
    let at = |count: usize, key: &str| {
        let mut model = model();
        hear(&mut model, &telling.entries[..count], true);
        press(&mut model, key);
        view_text(&model)
    };
    assert!(!at(ahead, "8").contains("REVERSIBLE"), "{}", at(ahead, "8"));
    assert!(at(reached, "8").contains(REACHED), "{}", at(reached, "8"));
    assert!(at(reached, "1").contains("failover is at its last reversible moment: 8"), "{}", at(reached, "1"));
    assert!(at(passed, "8").contains(PASSED) && !at(passed, "8").contains("LAST REVERSIBLE"), "{}", at(passed, "8"));
    assert!(at(passed, "1").contains("past its last reversible moment: 8"), "{}", at(passed, "1"));
}

#[test]
fn a_console_that_opens_on_it_is_told_and_one_that_opens_long_after_it_is_not_woken() {
    let (telling, [_, reached, passed]) = telling();
    assert_eq!(of_line(&hear(&mut model(), &telling.entries[..reached], false)).len(), 1);
    assert_eq!(of_line(&hear(&mut model(), &telling.entries[..passed], false)).len(), 0);
}

#[test]
fn a_run_that_is_given_up_before_it_never_comes_to_it() {
    let (mut telling, [_, reached, _]) = telling();
    telling.entries.truncate(reached);
    let mut model = model();
    hear(&mut model, &telling.entries, true);
    let step = StepId::new("mute-1");
    telling.tell(40, RunEvent::Question { step: step.clone(), text: "go on?".to_owned(), approves: None });
    telling.tell(39, RunEvent::Answered { step, answer: Answer::Abort, by: runs::operator() });
    let said = hear(&mut model, &telling.entries[reached..], true);
    assert_eq!(of_line(&said), Vec::<&String>::new(), "{said:?}");
    press(&mut model, "8");
    assert!(!view_text(&model).contains("LAST REVERSIBLE"), "{}", view_text(&model));
}

#[test]
fn who_listens_hears_both_in_a_line_each() {
    let (telling, [ahead, reached, passed]) = telling();
    let (mut model, mut marks) = (model(), Marks::default());
    let mut said = Vec::new();
    let mut from = 0;
    for to in [ahead, reached, reached, passed, passed] {
        hear(&mut model, &telling.entries[from..to], true);
        said.extend(news(&mut marks, &model));
        from = to;
    }
    let of_line: Vec<&String> = said
        .iter()
        .filter(|line| line.starts_with("! ") && (line.contains("reversible moment:") || line.contains("from here on")))
        .collect();
    assert_eq!(of_line.len(), 2, "{said:#?}");
    assert!(of_line[0].contains("last reversible moment") && of_line[1].contains(PASSED), "{of_line:?}");
}
