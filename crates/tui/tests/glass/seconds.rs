//! A second person's approval from their own screen, and what giving a run up is called.

use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::plan::StepId;
use lifeboat_model::run::{RunEvent, RunId};
use lifeboat_model::runbook::Mode;
use lifeboat_tui::acting::{Proposal, Saying};
use lifeboat_tui::{Access, Effect, Model, Msg, update, view_text};

use super::hands::{self, keys, press, proposed, reader_in, type_in};
use super::worlds::runs::{self, RUN, Telling};
use super::worlds::{NAME, State};

const PHRASE: &str = "failover payments-aurora us-east-2";

fn model() -> Model {
    let mut model = reader_in(State::Normal);
    model.fleet[0].deployment.policy.two_person = true;
    model
}

pub(crate) fn refusing() -> GuardReport {
    GuardReport {
        guard: GuardName::SecondPerson,
        verdict: Verdict::refuse("plan has been approved by no second person", "have another identity approve it"),
        evidence: String::new(),
        read_at: None,
        overridden: None,
    }
}

/// A switchover that became a failover, which nobody but its executor has approved.
pub(crate) fn telling() -> Telling {
    let mut telling = Telling::running();
    let plan = Box::new(runs::plan(Mode::Unplanned));
    let hash = plan.hash();
    telling.tell(9, RunEvent::ModeChanged { mode: Mode::Unplanned, plan, hash, by: runs::operator() });
    telling.tell(8, RunEvent::GuardsJudged { step: None, reports: vec![refusing()] });
    let text = "The plan is now b9880f75dc22, and the guard second-person refuses. Judge again?".to_owned();
    telling.tell(7, RunEvent::Question { step: StepId::new("approval-2"), text, approves: None });
    telling
}

fn watching(here: bool) -> Model {
    let mut model = model();
    model.access = if here { Access::Operate } else { Access::ReadOnly };
    hands::run(&mut model, telling(), here);
    press(&mut model, "8");
    model
}

#[test]
fn who_watches_from_elsewhere_approves_by_the_phrase_even_read_only() {
    let mut model = watching(false);
    assert!(view_text(&model).contains("it waits for a second person: a approves it"), "{}", view_text(&model));
    assert_eq!(keys(&mut model, "a enter"), [], "the first choice leaves it");
    assert_eq!(keys(&mut model, "a j enter"), []);
    assert!(view_text(&model).contains("as the second person"), "{}", view_text(&model));
    assert_eq!(type_in(&mut model, "failover payments-aurora"), []);
    assert_eq!(keys(&mut model, "enter"), []);
    assert_eq!(type_in(&mut model, " us-east-2"), []);
    let wanted = Effect::ApproveAsSecond {
        deployment: NAME.into(),
        run: Some(RunId::new(RUN)),
        plan: Box::new(runs::plan(Mode::Unplanned)),
        typed: PHRASE.to_owned(),
    };
    assert_eq!(keys(&mut model, "enter"), [wanted]);
    assert_eq!(model.dialogs, []);
}

#[test]
fn who_executes_it_is_told_that_it_must_be_somebody_else_and_by_which_way() {
    let mut model = watching(true);
    press(&mut model, "a");
    let text = view_text(&model).split_whitespace().collect::<Vec<_>>().join(" ");
    let hash = runs::plan(Mode::Unplanned).hash();
    let way = format!("`lifeboat run failover --approve {}`", hash.short());
    assert!(text.contains("somebody else than you") && text.contains("by 8 and a"), "{text}");
    assert!(text.contains(way.rsplit_once(' ').unwrap().1), "{text}");
    assert!(!text.contains("approve as the second person"), "{text}");
    let asked = model.fleet[0].run.as_ref().unwrap().question().unwrap().clone();
    let again = Effect::Say { deployment: NAME.into(), question: Some(asked), what: Saying::Retry };
    assert_eq!(keys(&mut model, "enter"), [again]);
}

#[test]
fn what_the_run_no_longer_asks_is_not_approved() {
    let mut model = watching(false);
    press(&mut model, "a j enter");
    type_in(&mut model, PHRASE);
    let mut later = telling();
    let known = later.entries.len();
    let by = runs::operator();
    later.tell(1, RunEvent::Answered { step: StepId::new("approval-2"), answer: lifeboat_model::run::Answer::No, by });
    let entries = later.entries.split_off(known);
    let _ = update(&mut model, Msg::Run { deployment: NAME.into(), entries, here: false });
    assert_eq!(model.dialogs, []);
    assert_eq!(keys(&mut model, "enter"), []);
}

#[test]
fn a_plan_that_is_yet_to_be_begun_is_approved_on_its_page() {
    let mut model = model();
    press(&mut model, "7 x");
    let mut reports = runs::passing();
    reports.push(refusing());
    let plan = runs::plan(Mode::Planned);
    let proposal = Proposal::new("switchover".into(), false, plan.clone(), reports);
    let _ = update(&mut model, proposed(proposal.clone()));
    let text = view_text(&model).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("it must be somebody else than whoever begins it: on their own screen a"), "{text}");
    let mut nobody_asks = model.clone();
    nobody_asks.fleet[0].deployment.policy.two_person = false;
    assert_eq!(keys(&mut nobody_asks, "a"), []);
    assert!(hands::said(&nobody_asks).contains("asks for no second person"));
    assert_eq!(keys(&mut model, "a"), []);
    type_in(&mut model, "switchover payments-aurora us-east-2");
    // The plan is made anew meanwhile, and is the same.
    let _ = update(&mut model, proposed(proposal));
    let typed = "switchover payments-aurora us-east-2".to_owned();
    let wanted = Effect::ApproveAsSecond { deployment: NAME.into(), run: None, plan: Box::new(plan), typed };
    assert_eq!(keys(&mut model, "enter"), [wanted]);
}

#[test]
fn a_choice_that_undoes_is_named_so_with_what_it_undoes_and_what_stays() {
    let of = |telling: Telling, key: &str| {
        let mut model = model();
        model.access = Access::Operate;
        hands::run(&mut model, telling, true);
        press(&mut model, key);
        view_text(&model).split_whitespace().filter(|word| *word != "━").collect::<Vec<_>>().join(" ")
    };
    let mut begun = Telling::new(Mode::Planned, 30);
    begun.begin(29, "mute-1");
    let nothing = of(Telling { entries: begun.entries.clone() }, "8 a");
    assert!(nothing.contains("abort") && !nothing.contains("abort and undo"), "{nothing}");
    assert!(nothing.contains("nothing was changed by it yet"), "{nothing}");
    let call = Box::new(runs::plan(Mode::Planned).steps[0].calls[0].clone());
    begun.tell(28, RunEvent::CallStarted { step: StepId::new("mute-1"), index: 0, call });
    let muted = of(Telling { entries: begun.entries.clone() }, "8 a");
    assert!(muted.contains("abort and undo"), "{muted}");
    assert!(muted.contains("undoes 1 step by 1 request in about 1 s, the last first: Mute 1 alarm"), "{muted}");
    let confirming = of(begun, "8 a j j j enter");
    assert!(confirming.contains("Undoes 1 step by 1 request in about 1 s, the last first:"), "{confirming}");
    assert!(confirming.contains("Mute 1 alarm in us-east-2: 1 request"), "{confirming}");
    let moved = of(Telling::running(), "8 a");
    assert!(moved.contains("STAYS as it is: Promote payments-partner"), "{moved}");
}
