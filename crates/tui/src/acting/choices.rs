//! What a person can say to a run as it stands now, each with what follows from it. What a question wants is read from
//! the state it was asked in; the executor hears no answer to another question.

use lifeboat_model::run::{RunState, StepStatus};
use lifeboat_model::runbook::{Mode, StepKind};

use super::{LiveRun, Question, Saying, words};

/// What follows from choosing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Nothing,
    Say(Saying),
    /// A reason is wanted first.
    SkipWithReason,
    /// The phrase of the plan is wanted first.
    TypePhrase,
    /// It is wanted in writing.
    ConfirmAbort,
    Resume,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) consequence: String,
    pub(crate) does: Does,
}

fn choice(name: &'static str, does: Does, consequence: impl Into<String>) -> Choice {
    Choice { name, consequence: consequence.into(), does }
}

/// What does the least harm comes first: a key that is pressed once too often chooses it.
pub(crate) fn of(run: &LiveRun) -> Vec<Choice> {
    let Some(state) = run.state() else { return Vec::new() };
    if !run.here {
        return if run.is_over() { Vec::new() } else { taking_over(run) };
    }
    if run.is_putting_back() {
        return vec![choice("nothing", Does::Nothing, "it goes on as it is: only what was left is put back")];
    }
    match &state.question {
        Some(question) if state.approves.is_some() => approving(state, question),
        Some(question) => answering(run, state, question),
        None if run.is_over() => Vec::new(),
        None => speaking(run, state),
    }
}

fn taking_over(run: &LiveRun) -> Vec<Choice> {
    let again = if run.question().is_some() { "; its question is asked again" } else { "" };
    vec![
        choice("leave it", Does::Nothing, "nothing is done; it stays as it is"),
        choice(
            "go on with it",
            Does::Resume,
            format!("what was begun is looked for first, then the next step is begun{again}"),
        ),
    ]
}

fn abort() -> Choice {
    choice("abort", Does::ConfirmAbort, "the run is given up: what can be taken back is taken back, the last first")
}

fn go_unplanned(state: &RunState) -> Option<Choice> {
    (state.plan.mode == Mode::Planned && state.plan.build.is_none()).then(|| {
        choice(
            "go on unplanned",
            Does::Say(Saying::GoUnplanned),
            format!(
                "the rest is planned anew without {}; you read what is lost by it and type its phrase before anything is done",
                state.plan.from
            ),
        )
    })
}

fn stop() -> Choice {
    choice("stop here", Does::Say(Saying::No), "nothing more is done: the run stops and waits to be gone on with")
}

fn approving(state: &RunState, _: &Question) -> Vec<Choice> {
    vec![
        stop(),
        choice(
            "approve",
            Does::TypePhrase,
            format!("the plan {} is carried out; lost by it: {}", state.hash.short(), words::loss(&state.plan)),
        ),
        abort(),
    ]
}

fn answering(run: &LiveRun, state: &RunState, (step, _): &Question) -> Vec<Choice> {
    let planned = state.plan.step(step);
    let is_unseen = state.calls.iter().any(|((of, _), record)| of == step && record.outcome.is_none());
    let optional = planned.is_some_and(|step| step.optional);
    let is_approval = planned.is_some_and(|step| step.kind == StepKind::Approval);
    let skip = |what: &str| choice("skip with a reason", Does::SkipWithReason, what);
    match state.status(step) {
        StepStatus::Begun if is_unseen => vec![
            skip("the run stops here: what may have happened is left to you"),
            choice("yes, it happened", Does::Say(Saying::Yes), "it is not sent again, and the step goes on from there"),
            choice("no, it did not", Does::Say(Saying::No), "it is sent now: twice, if it did happen"),
            abort(),
        ],
        // A plan that was made in the middle of the run is asked about at its approval, or at its first step.
        StepStatus::Pending | StepStatus::Done | StepStatus::Skipped | StepStatus::Undone => judging(),
        StepStatus::Begun if is_approval => judging(),
        StepStatus::Begun | StepStatus::Failed => {
            let tries = state.began.get(step).map_or(0, |(_, attempt)| *attempt);
            let mut all = vec![
                choice(
                    "retry",
                    Does::Say(Saying::Retry),
                    format!("its guards are judged and it is begun again (attempt {})", tries + 1),
                ),
                skip(if optional {
                    "the run goes on without it"
                } else {
                    "the run goes on as if it were done: make sure that it is, or is not needed"
                }),
                stop(),
            ];
            if !run.is_given_up() {
                all.extend(go_unplanned(state));
                all.push(abort());
            }
            all
        }
    }
}

fn judging() -> Vec<Choice> {
    vec![
        choice("judge again", Does::Say(Saying::Retry), "everything is read anew, and the guards are judged again"),
        choice(
            "skip with a reason",
            Does::SkipWithReason,
            "what refuses is overridden with your reason, where that is allowed; it is journaled",
        ),
        stop(),
        abort(),
    ]
}

/// Nothing is asked: what may be said all the same.
fn speaking(run: &LiveRun, state: &RunState) -> Vec<Choice> {
    let mut all = vec![choice("nothing", Does::Nothing, "it goes on as it is")];
    all.push(if state.paused {
        choice("go on", Does::Say(Saying::GoOn), "the next step is begun")
    } else {
        choice(
            "pause",
            Does::Say(Saying::Pause),
            "what is begun is finished, and nothing more is begun until you let it go on",
        )
    });
    if !run.is_given_up() {
        all.extend(go_unplanned(state));
        all.push(abort());
    }
    all
}
