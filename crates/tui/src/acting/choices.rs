//! What a person can say to a run as it stands now, each with what follows from it in this very run. What a question wants is
//! read from the state it was asked in; the executor hears no answer to another question.

use lifeboat_model::call::Call;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::{Step, StepId};
use lifeboat_model::run::{Asks, RunState, StepStatus};
use lifeboat_model::runbook::Mode;
use lifeboat_model::wording::list;

use super::{LiveRun, Question, Saying, undo, words};
use crate::format;
use crate::model::Watched;

/// What follows from choosing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Nothing,
    Say(Saying),
    /// A reason is wanted first.
    SkipWithReason,
    /// The phrase of the plan is wanted first.
    TypePhrase,
    /// The same of a second person, who is not the one that executes.
    ApproveAsSecond,
    /// It is wanted in writing.
    ConfirmAbort,
    Resume,
    /// The same of a run that nobody executes.
    GiveUpLeft,
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
pub(crate) fn of(watched: &Watched, run: &LiveRun) -> Vec<Choice> {
    let Some(state) = run.state() else { return Vec::new() };
    let ground = Ground { watched, run, state };
    if !run.here {
        return if run.is_over() { Vec::new() } else { ground.elsewhere() };
    }
    if run.is_putting_back() {
        return vec![choice("nothing", Does::Nothing, "it goes on as it is: only what was left is put back")];
    }
    match &state.question {
        Some(_) if state.approves.is_some() => ground.approving(),
        Some(question) => ground.answering(question),
        None if run.is_over() => Vec::new(),
        None => ground.speaking(),
    }
}

/// What consequences are told from.
struct Ground<'a> {
    watched: &'a Watched,
    run: &'a LiveRun,
    state: &'a RunState,
}

impl Ground<'_> {
    fn elsewhere(&self) -> Vec<Choice> {
        let mut all = vec![choice("leave it", Does::Nothing, "nothing is done; it stays as it is")];
        all.extend(self.second());
        if !self.is_held() {
            all.push(choice("go on with it", Does::Resume, self.gone_on()));
            if !self.run.is_putting_back() && !self.run.is_given_up() {
                all.push(choice(undo::name(self.state), Does::GiveUpLeft, undo::in_short(self.state)));
            }
        }
        all
    }

    /// Whether somebody executes it, as far as is known.
    fn is_held(&self) -> bool {
        self.watched.open_run().is_some_and(|open| open.holder.is_some())
    }

    /// What whoever goes on with it does first.
    fn gone_on(&self) -> String {
        if self.run.is_putting_back() {
            return "what it left is put back, and nothing else is done: the run itself is over".to_owned();
        }
        if self.run.is_given_up() {
            return format!("it was given up, and is only taken back from here on: {}", undo::in_short(self.state));
        }
        let begun = self.titles(|status| status == StepStatus::Begun);
        let begun = if begun.is_empty() { "what was begun".to_owned() } else { format!("what was begun ({begun})") };
        let failed = self.titles(|status| status == StepStatus::Failed);
        let next = if self.run.question().is_some() {
            "; its question is asked again".to_owned()
        } else if failed.is_empty() {
            self.next(None).map_or_else(String::new, |next| format!(", then \"{next}\" is begun"))
        } else {
            format!(", then it asks about what failed ({failed})")
        };
        format!("{begun} is looked for first{next}")
    }

    /// Somebody else's word, where the run waits for just that.
    fn second(&self) -> Option<Choice> {
        self.run.wants_second_person().then(|| {
            choice(
                "approve as the second person",
                Does::ApproveAsSecond,
                format!(
                    "your approval of plan {} is journaled, if you are another than who executes it; lost by it: {}. \
                     Whoever executes it then lets it judge again",
                    self.state.hash.short(),
                    words::loss(&self.state.plan)
                ),
            )
        })
    }

    fn abort(&self) -> Choice {
        choice(undo::name(self.state), Does::ConfirmAbort, undo::in_short(self.state))
    }

    fn go_unplanned(&self) -> Option<Choice> {
        let plan = &self.state.plan;
        (plan.mode == Mode::Planned && plan.build.is_none()).then(|| {
            choice(
                "go on unplanned",
                Does::Say(Saying::GoUnplanned),
                format!(
                    "emergency: the rest is planned anew without {}; {}. You read what is lost by it and type its phrase \
                     before anything is done",
                    plan.from,
                    at_risk(self.watched)
                ),
            )
        })
    }

    fn stop(&self) -> Choice {
        let mut stays = vec!["nothing more is done: the run stops and waits to be gone on with".to_owned()];
        if !self.state.ledger.is_empty() {
            let items: Vec<&str> = self.state.ledger.iter().map(|item| item.what.as_str()).collect();
            stays.push(format!("meanwhile stay: {}", few(&items)));
        }
        stays.extend(self.without_writes());
        choice("stop here", Does::Say(Saying::No), stays.join("; "))
    }

    fn without_writes(&self) -> Option<String> {
        self.run.canaries().failing.is_some().then(|| "clients cannot write meanwhile".to_owned())
    }

    fn approving(&self) -> Vec<Choice> {
        let state = self.state;
        vec![
            self.stop(),
            choice(
                "approve",
                Does::TypePhrase,
                format!("the plan {} is carried out; lost by it: {}", state.hash.short(), words::loss(&state.plan)),
            ),
            self.abort(),
        ]
    }

    /// Exactly the answers that the question takes.
    fn answering(&self, (step, _): &Question) -> Vec<Choice> {
        let planned = self.state.plan.step(step);
        match self.state.asks_of(step) {
            Asks::WhetherItHappened => self.whether_it_happened(step),
            // A plan that was made in the middle of the run is asked about at its approval, or at its first step.
            Asks::Judgement | Asks::Approval => self.judging(),
            Asks::Failure => {
                let mut all = vec![
                    choice("retry", Does::Say(Saying::Retry), self.retried(step, planned)),
                    choice("skip with a reason", Does::SkipWithReason, self.skipped(step, planned)),
                    self.stop(),
                ];
                all.extend(self.ways_out());
                all
            }
        }
    }

    fn ways_out(&self) -> Vec<Choice> {
        if self.run.is_given_up() {
            return Vec::new();
        }
        self.go_unplanned().into_iter().chain([self.abort()]).collect()
    }

    fn whether_it_happened(&self, step: &StepId) -> Vec<Choice> {
        let operation = self.state.unseen_call(step).map_or("it", Call::operation);
        let stop = self.stop();
        let reason = "stopped here, as nobody knows whether it happened".to_owned();
        let mut all = vec![
            Choice {
                does: Does::Say(Saying::Skip { reason }),
                consequence: format!(
                    "{}. Nothing is said of {operation}: whoever goes on looks for it again, and is asked where it still \
                     cannot be seen",
                    stop.consequence
                ),
                ..stop
            },
            choice(
                "yes, it happened",
                Does::Say(Saying::Yes),
                format!("{operation} is not sent again, and the step goes on from there"),
            ),
            choice(
                "no, it did not",
                Does::Say(Saying::No),
                format!("{operation} is sent now: twice, if it did happen"),
            ),
        ];
        all.extend(self.ways_out());
        all
    }

    /// What is judged and sent again.
    fn retried(&self, id: &StepId, step: Option<&Step>) -> String {
        let tries = self.state.began.get(id).map_or(0, |(_, attempt)| *attempt);
        let attempt = format!("(attempt {})", tries + 1);
        let Some(step) = step else { return format!("its guards are judged and it is begun again {attempt}") };
        let names: Vec<&str> = step.guards.iter().map(|guard| guard.as_str()).collect();
        let judged = match names.as_slice() {
            [] => String::new(),
            names => format!("judged again: {}; ", list(names)),
        };
        let mut sent: Vec<String> =
            step.calls.iter().map(|call| format!("{} in {}", call.operation(), call.endpoint_region())).collect();
        sent.dedup();
        let sent = match sent.as_slice() {
            [] => "it waits again for what must be seen".to_owned(),
            sent => format!("unless it is seen to be done already, {} is sent again", few(sent)),
        };
        let length = step.expected.map_or_else(String::new, |length| format!(", about {}", format::duration(length)));
        format!("{judged}{sent}{length} {attempt}")
    }

    fn skipped(&self, id: &StepId, step: Option<&Step>) -> String {
        let next = self.next(Some(id)).map_or_else(|| "its end".to_owned(), |next| format!("\"{next}\""));
        let has_sent = self.state.calls.keys().any(|(of, _)| of == id);
        let stays = if has_sent { "; what it sent stays as it is" } else { "" };
        if step.is_some_and(|step| step.optional) {
            format!("the run goes on without it, with {next}{stays}")
        } else {
            format!("the run goes on with {next} as if it were done: make sure that it is, or is not needed{stays}")
        }
    }

    fn judging(&self) -> Vec<Choice> {
        let judged = if self.run.wants_second_person() {
            let plan = &self.state.plan;
            format!(
                "once somebody else than you has approved plan {}: on their own screen by 8 and a, or by \
                 `lifeboat run {} --approve {}`",
                self.state.hash.short(),
                plan.runbook,
                self.state.hash.short()
            )
        } else {
            "everything is read anew, and the guards are judged again".to_owned()
        };
        vec![
            choice("judge again", Does::Say(Saying::Retry), judged),
            choice("skip with a reason", Does::SkipWithReason, self.overriding()),
            self.stop(),
            self.abort(),
        ]
    }

    /// What a reason would come to where guards refuse: one that nobody may override stops the run.
    fn overriding(&self) -> String {
        let refusing: Vec<GuardName> =
            self.run.plan_reports().iter().filter(|report| !report.allows()).map(|report| report.guard).collect();
        let names: Vec<&str> = refusing.iter().map(|guard| guard.as_str()).collect();
        let barred: Vec<&str> =
            refusing.iter().filter(|guard| !guard.can_be_overridden()).map(|guard| guard.as_str()).collect();
        match (names.as_slice(), barred.as_slice()) {
            ([], _) => "what refuses is overridden with your reason, where that is allowed; it is journaled".to_owned(),
            (names, []) => format!("{} overridden with your reason, which is journaled", is_or_are(names)),
            (_, barred) => format!("the run stops: nobody may override {}", list(barred)),
        }
    }

    /// Nothing is asked: what may be said all the same.
    fn speaking(&self) -> Vec<Choice> {
        let next = self.next(None);
        let mut all = vec![choice("nothing", Does::Nothing, "it goes on as it is")];
        all.push(if self.state.paused {
            let next = next.map_or_else(|| "the next step".to_owned(), |next| format!("\"{next}\""));
            choice("go on", Does::Say(Saying::GoOn), format!("{next} is begun"))
        } else {
            let begun = self.titles(|status| status == StepStatus::Begun);
            let begun = if begun.is_empty() { "what is begun".to_owned() } else { begun };
            let writes = self.without_writes().map_or_else(String::new, |text| format!("; {text}"));
            choice(
                "pause",
                Does::Say(Saying::Pause),
                format!("finished first: {begun}. Nothing more is begun until you let it go on{writes}"),
            )
        });
        if !self.run.is_given_up() {
            all.extend(self.go_unplanned());
            all.push(self.abort());
        }
        all
    }

    fn titles(&self, wanted: impl Fn(StepStatus) -> bool) -> String {
        let steps = self.state.plan.steps.iter().filter(|step| wanted(self.state.status(&step.id)));
        few(&steps.map(|step| step.title.as_str()).collect::<Vec<_>>())
    }

    /// The first step that is still to come, but for one.
    fn next(&self, but: Option<&StepId>) -> Option<&str> {
        let is_to_come = |step: &&Step| self.state.status(&step.id) == StepStatus::Pending && Some(&step.id) != but;
        self.state.plan.steps.iter().find(is_to_come).map(|step| step.title.as_str())
    }
}

fn is_or_are(names: &[&str]) -> String {
    if names.len() == 1 { format!("{} is", list(names)) } else { format!("{} are", list(names)) }
}

fn few<T: AsRef<str>>(items: &[T]) -> String {
    const NAMED: usize = 2;
    let more = items.len().saturating_sub(NAMED);
    let mut named: Vec<String> = items.iter().take(NAMED).map(|item| item.as_ref().to_owned()).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    list(&named)
}

/// What a failover now would lose of each store, as far as it is known.
fn at_risk(watched: &Watched) -> String {
    let stores: Vec<String> = watched
        .assessment
        .stores
        .iter()
        .map(|store| {
            let risk = store.at_risk.as_ref();
            let risk = risk.map_or_else(|| "unknown".to_owned(), |risk| format::duration(risk.value));
            format!("{} {risk}", words::store(store.kind))
        })
        .collect();
    if stores.is_empty() {
        "what it loses is not known".to_owned()
    } else {
        format!("at risk now: {}", stores.join(", "))
    }
}
