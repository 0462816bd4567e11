//! From the keys to a word for the run: the list of what can be said to it, and the keys that go straight to one of its
//! choices. Each choice is made from where its consequence stands written.

use lifeboat_model::run::{RunId, RunState};
use lifeboat_model::runbook::Mode;

use super::acting::say;
use crate::acting::choices::{Choice, Does};
use crate::acting::{LiveRun, Question, Saying};
use crate::dialogs::Dialog;
use crate::dialogs::answer::{self, Asking};
use crate::dialogs::confirm::{Confirm, What};
use crate::dialogs::reason::{For, Reason};
use crate::effect::Effect;
use crate::model::{Access, Model, Watched};

/// What can be said to the run that is executed here.
pub(super) fn answer(model: &mut Model) {
    let run = model.watched().and_then(|watched| watched.run.as_ref());
    match run.filter(|run| !run.is_over() && (run.here || run.wants_second_person())) {
        Some(run) => {
            let asking = Asking::of(run);
            model.dialogs.push(Dialog::Answer(asking));
        }
        None => answer_nothing(model),
    }
}

/// Says why nothing can be said to the run.
fn answer_nothing(model: &mut Model) {
    match model.watched().and_then(|watched| watched.run.as_ref()) {
        None => model.say("no run is known that could be answered"),
        Some(run) if run.is_over() => model.say("the run is over: nothing more can be said to it"),
        Some(_) if model.watched().is_some_and(Watched::is_left) => {
            model.complain("nobody executes it: R goes on with it here, A gives it up");
        }
        Some(_) => model.complain("it is not executed here: it is answered where it is, or R goes on with it here"),
    }
}

/// Why a run that is open may not be taken up from here.
fn why_not_taken_up(model: &Model, watched: &Watched, key: &str) -> Option<String> {
    if let Some(holder) = watched.open_run().and_then(|open| open.holder.as_ref()) {
        let who = crate::acting::words::person(holder);
        return Some(format!("{who} executes it: wait for its end, or stop it there"));
    }
    let is_read_only = model.access_to(watched) == Access::ReadOnly;
    is_read_only.then(|| match model.pinned_here() {
        Some(why) => format!("access stays read-only: {why}"),
        None => format!("access is read-only: O raises it, then {key} again"),
    })
}

pub(super) fn resume(model: &mut Model) {
    let Some(watched) = model.watched() else { return };
    let Some(run) = &watched.run else { return model.say("no run is known that could be gone on with") };
    if run.has_left_changes() || run.is_putting_back() {
        put_back(model);
    } else if run.is_over() {
        model.say("the run is over: there is nothing to go on with");
    } else if watched.is_acting_here() {
        model.say("it is executed here already");
    } else if let Some(why) = why_not_taken_up(model, watched, "R") {
        model.complain(why);
    } else {
        let asking = Asking::of(run);
        model.dialogs.push(Dialog::Answer(asking));
    }
}

/// What a run that is over changed for as long as it lasted is put back, where that is still to be done.
fn put_back(model: &mut Model) {
    let Some(watched) = model.watched() else { return };
    let Some((id, hash)) = watched.run.as_ref().and_then(|run| Some((run.id()?.clone(), run.state()?.hash.clone())))
    else {
        return;
    };
    let open = watched.standing.as_ref().and_then(|standing| standing.open_run.as_ref());
    if watched.is_acting_here() {
        model.say("it is executed here already");
    } else if let Some(open) = open.filter(|open| open.id != id) {
        let text = format!("{} is not over, and comes first: `lifeboat resume {}`", open.id, open.id);
        model.complain(text);
    } else if let Some(why) = why_not_taken_up(model, watched, "R") {
        model.complain(why);
    } else {
        model.dialogs.push(Dialog::Confirm(Confirm::new(What::PutBack { run: id }, Some(hash), model.wall)));
    }
}

/// Gives up a run: one that is executed here, or one that nobody executes.
pub(super) fn abort(model: &mut Model) {
    let Some(watched) = model.watched() else { return };
    let Some(run) = &watched.run else { return model.say("no run is known that could be given up") };
    let known = run.id().cloned().zip(run.state().map(|state| state.hash.clone()));
    if run.is_over() || run.is_putting_back() {
        model.say("the run is over: there is nothing to give up");
    } else if run.here && run.is_given_up() {
        model.say("it is given up already, and being taken back");
    } else if run.here {
        let question = run.question().cloned();
        confirm_of_run(model, What::Abort { question });
    } else if watched.is_acting_here() {
        model.say("a run is being begun here: wait until it has");
    } else if let Some(why) = why_not_taken_up(model, watched, "A") {
        model.complain(why);
    } else if let Some((run, hash)) = known {
        model.dialogs.push(Dialog::Confirm(Confirm::new(What::AbortLeft { run }, Some(hash), model.wall)));
    }
}

pub(super) fn pause(model: &mut Model) -> Vec<Effect> {
    let run = model.watched().and_then(|watched| watched.run.as_ref()).filter(|run| run.here && !run.is_over());
    let Some(state) = run.and_then(LiveRun::state) else {
        model.say("no run is executed here that could be paused");
        return Vec::new();
    };
    let (what, words) = if state.paused {
        (Saying::GoOn, "the run is let go on")
    } else {
        (Saying::Pause, "what is begun is finished, then the run pauses; p lets it go on")
    };
    model.say(words);
    say(model, None, what)
}

/// Enter among the choices.
pub(super) fn choose(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Answer(asking)) = model.dialogs.last().cloned() else { return Vec::new() };
    let Some(chosen) = answer::choices(model).into_iter().nth(asking.selected) else { return Vec::new() };
    model.dialogs.pop();
    match chosen.does {
        Does::Nothing => Vec::new(),
        Does::Say(what) => {
            model.say(format!("said: {}", chosen.name));
            say(model, asking.question, what)
        }
        Does::SkipWithReason => {
            if let Some(question) = asking.question {
                model.dialogs.push(Dialog::Reason(Reason::new(For::Skip { question })));
            }
            Vec::new()
        }
        Does::TypePhrase => about_question(model, asking.question, |question| What::Approve { question }),
        Does::ApproveAsSecond => about_question(model, asking.question, |question| What::SecondOfRun { question }),
        Does::ConfirmAbort => {
            confirm_of_run(model, What::Abort { question: asking.question });
            Vec::new()
        }
        Does::GiveUpLeft => {
            abort(model);
            Vec::new()
        }
        Does::Resume => asking.run.map_or_else(Vec::new, |run| resume_now(model, run)),
    }
}

/// What has a key of its own among the choices.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Straight {
    Retry,
    Skip,
    Unplanned,
}

impl Straight {
    fn is(self, choice: &Choice) -> bool {
        match self {
            Self::Retry => choice.does == Does::Say(Saying::Retry),
            Self::Skip => choice.does == Does::SkipWithReason,
            Self::Unplanned => choice.does == Does::Say(Saying::GoUnplanned),
        }
    }

    fn why_not(self, state: &RunState) -> &'static str {
        match self {
            Self::Retry if state.question.is_none() => "the run asks nothing: nothing waits to be tried again",
            Self::Retry => "what it asks is not answered by trying again: a lists the answers",
            Self::Skip if state.question.is_none() => "the run asks nothing: a step is skipped where it is asked about",
            Self::Skip => "what it asks is not answered by skipping: a lists the answers",
            Self::Unplanned if state.plan.mode == Mode::Unplanned => {
                "the plan counts on nothing from that region already"
            }
            Self::Unplanned if state.plan.build.is_some() => {
                "a plan of stacks has no emergency: a lists what can be said"
            }
            Self::Unplanned => "not now: a lists what can be said to the run",
        }
    }
}

/// Opens the list on one of the choices, beside what follows from it; enter chooses.
pub(super) fn straight_to(model: &mut Model, wanted: Straight) {
    let run = model.watched().and_then(|watched| watched.run.as_ref());
    let Some((run, state)) =
        run.and_then(|run| Some((run, run.state()?))).filter(|(run, _)| run.here && !run.is_over())
    else {
        return answer_nothing(model);
    };
    let (asking, why_not) = (Asking::of(run), wanted.why_not(state));
    match answer::choices(model).iter().position(|choice| wanted.is(choice)) {
        Some(selected) => model.dialogs.push(Dialog::Answer(Asking { selected, ..asking })),
        None => model.say(why_not),
    }
}

fn about_question(model: &mut Model, question: Option<Question>, what: fn(Question) -> What) -> Vec<Effect> {
    if let Some(question) = question {
        confirm_of_run(model, what(question));
    }
    Vec::new()
}

fn confirm_of_run(model: &mut Model, what: What) {
    let state = model.watched().and_then(|watched| watched.run.as_ref()).and_then(LiveRun::state);
    if let Some(hash) = state.map(|state| state.hash.clone()) {
        model.dialogs.push(Dialog::Confirm(Confirm::new(what, Some(hash), model.wall)));
    }
}

fn resume_now(model: &mut Model, run: RunId) -> Vec<Effect> {
    let Some(watched) = model.watched_mut() else { return Vec::new() };
    watched.beginning = Some(format!("{run} is being gone on with"));
    watched.refused = None;
    vec![Effect::Resume { deployment: watched.deployment.name.clone(), run }]
}
