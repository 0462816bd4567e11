//! What happened since it was looked at last, a sentence each: health, alarms, silent regions, a run's entries, what is
//! asked, what the program has to say, where the tutorial is. What is told once is not told again.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::assessment::Health;
use lifeboat_model::facts::alarm::AlarmState;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::wording::list;

use super::filling;
use crate::acting::line::Line;
use crate::acting::{LiveRun, story};
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::{Screen, overview};
use crate::tutorial::{self, Guidance};

/// What has been told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    health: BTreeMap<DeploymentName, Health>,
    silent: BTreeSet<String>,
    ringing: BTreeSet<String>,
    /// Of whom `silent` and `ringing` are.
    shown: Option<DeploymentName>,
    run: Option<(String, u64)>,
    question: Option<String>,
    /// Where the run stands against its line of reversibility.
    line: Option<Line>,
    notice: Option<String>,
    /// Whether one could fail over, and what would be lost by it, of the deployment that is shown.
    outlook: Option<(DeploymentName, Outlook)>,
    refused: Option<String>,
    /// How many guards refuse each runbook, as far as it was of interest.
    ready: BTreeMap<String, Option<usize>>,
    guidance: Option<Guidance>,
    form: Option<filling::Told>,
}

/// What a change of is told unasked: how many things refuse a failover, and whether the worst loss keeps its objective.
/// The numbers themselves change all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outlook {
    /// `None` where it is not known.
    blockers: Option<usize>,
    is_loss_known: bool,
    within_rpo: Option<bool>,
}

impl Marks {
    /// A line was typed: what is said to it is told even if it was said before.
    pub fn heard(&mut self) {
        self.notice = None;
    }
}

/// The sentences; `marks` then stands where the model does.
pub fn news(marks: &mut Marks, model: &Model) -> Vec<String> {
    let mut said = Vec::new();
    of_health(marks, model, &mut said);
    if let Some(watched) = model.watched() {
        of_outlook(marks, model, watched, &mut said);
        of_deployment(marks, watched, &mut said);
        of_run(marks, model, watched, &mut said);
        of_runbooks(marks, model, watched, &mut said);
    }
    said.extend(filling::news(&mut marks.form, model));
    said.extend(notice(marks, model));
    let guidance = tutorial::guidance(model);
    if guidance != marks.guidance {
        said.extend(
            guidance.iter().map(|now| format!("Tutorial, step {}: {} Next: {}.", now.number, now.look, now.act)),
        );
        marks.guidance = guidance;
    }
    said
}

/// What the program says, where that is new: the one thing that is told even before anything was read.
pub fn notice(marks: &mut Marks, model: &Model) -> Option<String> {
    let notice = model.notice.as_ref().map(|notice| notice.text.clone());
    if notice == marks.notice {
        return None;
    }
    marks.notice.clone_from(&notice);
    notice.map(|text| format!("- {text}"))
}

/// Whether one could fail over now, and at what loss: who listens must not have to ask for what the glass shows all
/// the time.
fn of_outlook(marks: &mut Marks, model: &Model, watched: &Watched, said: &mut Vec<String>) {
    let (name, forecast) = (&watched.deployment.name, &watched.assessment.forecast);
    let count = forecast.blockers.len();
    let now = Outlook {
        blockers: (count > 0 || overview::is_known(forecast)).then_some(count),
        is_loss_known: forecast.rpo.is_some(),
        within_rpo: forecast.rpo_met,
    };
    let before = marks.outlook.replace((name.clone(), now)).filter(|(of, _)| of == name).map(|(_, before)| before);
    let is_nothing_yet = before.is_none() && watched.snapshot.regions.is_empty();
    if before == Some(now) || is_nothing_yet {
        return;
    }
    let look = Look::of(model);
    let words = overview::loss_words(&look, watched).1;
    let over = overview::over_their_rpo(&watched.assessment);
    let loss = match (&forecast.rpo, forecast.rpo_met) {
        (None, _) => "what would be lost is not known".to_owned(),
        (Some(_), Some(true)) => format!("lose up to {words}; every RPO is kept"),
        (Some(_), Some(false)) if over.is_empty() => format!("lose up to {words}, OVER THE RPO"),
        (Some(_), Some(false)) => format!("lose up to {words}; OVER ITS RPO: {}", list(&over)),
        (Some(_), None) => format!("lose up to {words}"),
    };
    let first = forecast.blockers.first().map_or("", |blocker| blocker.what.as_str());
    said.push(match now.blockers {
        None => format!("{name}: whether one could fail over is NOT KNOWN; {loss}"),
        Some(0) => format!("{name} is READY to fail over; {loss}"),
        Some(1) => format!("{name} is NOT READY to fail over, 1 blocker: {first}; {loss}"),
        Some(count) => format!("{name} is NOT READY to fail over, {count} blockers, the first: {first}; {loss}"),
    });
}

fn of_health(marks: &mut Marks, model: &Model, said: &mut Vec<String>) {
    for watched in &model.fleet {
        let (name, now) = (&watched.deployment.name, watched.assessment.health);
        let before = marks.health.insert(name.clone(), now);
        if before != Some(now) && !(before.is_none() && now == Health::Unknown) {
            let reasons = watched
                .assessment
                .regions
                .iter()
                .filter_map(|region| region.reasons.first().map(|reason| format!("{}: {reason}", region.region)));
            let reasons: Vec<String> = if now == Health::Healthy { Vec::new() } else { reasons.collect() };
            let why = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
            said.push(format!("{name} is {}{why}", now.as_str()));
        }
    }
}

fn of_deployment(marks: &mut Marks, watched: &Watched, said: &mut Vec<String>) {
    let is_another = marks.shown.as_ref() != Some(&watched.deployment.name);
    marks.shown = Some(watched.deployment.name.clone());
    let silent: BTreeSet<String> = watched
        .assessment
        .regions
        .iter()
        .filter(|region| region.reachable == Some(false))
        .map(|region| region.region.to_string())
        .collect();
    let ringing: BTreeSet<String> = watched
        .assessment
        .alarms
        .iter()
        .filter(|alarm| alarm.state == AlarmState::Alarm)
        .map(|alarm| format!("{} in {}", alarm.name, alarm.region))
        .collect();
    if !is_another {
        said.extend(silent.difference(&marks.silent).map(|region| format!("{region} is silent: it does not answer")));
        said.extend(marks.silent.difference(&silent).map(|region| format!("{region} answers again")));
        said.extend(ringing.difference(&marks.ringing).map(|alarm| format!("ALARM: {alarm}")));
        said.extend(marks.ringing.difference(&ringing).map(|alarm| format!("no more in ALARM: {alarm}")));
    }
    (marks.silent, marks.ringing) = (silent, ringing);
}

fn of_run(marks: &mut Marks, model: &Model, watched: &Watched, said: &mut Vec<String>) {
    let refused = watched.refused.clone();
    if refused != marks.refused {
        said.extend(refused.iter().flat_map(|why| why.lines()).map(|line| format!("! {line}")));
        marks.refused = refused;
    }
    let Some(run) = watched.run.as_ref() else {
        (marks.run, marks.question, marks.line) = (None, None, None);
        return;
    };
    let (Some(id), Some(state)) = (run.id(), run.state()) else { return };
    let told = marks.run.as_ref().filter(|(known, _)| known == id.as_str()).map(|(_, last)| *last);
    let look = Look::of(model);
    let new = run.story().filter(|entry| match told {
        Some(last) => entry.sequence > last,
        // Of a run that is merely read only its standing is of use, which the screen tells.
        None => run.here,
    });
    said.extend(new.map(|entry| format!("{} {}", look.time_of_day(entry.at), story::sentence(&state.plan, entry).1)));
    // Of a run that was merely read and is past its line, the screen tells.
    let line = run.line();
    let is_known = told.is_some() || run.here || line == Some(Line::Reached);
    let is_news = told.is_none() || line != marks.line;
    said.extend(run.line_told().filter(|_| is_known && is_news).map(|text| format!("! {text}")));
    (marks.line, marks.run) = (line, Some((id.to_string(), run.last_sequence())));
    let question = run.question().filter(|_| !run.is_over()).map(|(_, text)| text.clone());
    if question != marks.question {
        said.extend(question.iter().map(|text| asks(run, text)));
        marks.question = question;
    }
}

fn asks(run: &LiveRun, text: &str) -> String {
    let how = if run.here {
        "`answer` on the screen of the run lists what you can say"
    } else if run.wants_second_person() {
        "`answer` on the screen of the run approves it, for anybody but who executes it"
    } else {
        "it is answered where it is executed"
    };
    format!("QUESTION: {text} ({how})")
}

/// Whether a runbook may run, for whoever waits for that before the list of them.
fn of_runbooks(marks: &mut Marks, model: &Model, watched: &Watched, said: &mut Vec<String>) {
    if model.screen != Screen::Runbooks || !model.dialogs.is_empty() {
        marks.ready.clear();
        return;
    }
    for one in watched.standing.iter().flat_map(|standing| &standing.preflights) {
        let (name, now) = (one.runbook.to_string(), one.refusals());
        if marks.ready.insert(name.clone(), now) != Some(now) {
            said.push(match now {
                None => format!("{name}: no plan can be made now"),
                Some(0) => format!("{name}: every guard lets it run"),
                Some(1) => format!("{name}: 1 guard refuses it"),
                Some(count) => format!("{name}: {count} guards refuse it"),
            });
        }
    }
}
