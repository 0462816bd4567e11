//! The head of the screen of a run: who executes it, how it stands, what is left of the recovery time, whether clients
//! can write, what is still to be put back.

use lifeboat_model::plan::Step;
use lifeboat_model::run::StepStatus;
use lifeboat_model::runbook::DRIFT;
use lifeboat_model::time::{Duration, age};
use ratatui::text::{Line, Span};

use super::{Scene, outcome_sign, refusal, rto_against};
use crate::acting::canaries::{self, Canaries, Sign};
use crate::acting::clock::{self, Clock, Since};
use crate::acting::line::Line as Reversibility;
use crate::acting::outlook::{self, Left};
use crate::acting::{Ending, WindingUp, words};
use crate::action::Action;
use crate::estate::{is_about_stacks, stack_of};
use crate::format;
use crate::look::Look;
use crate::theme::Role;
use crate::view::fitted;
use crate::widgets::pane::wrapped;

/// From this share of the recovery time on it is said to run out.
const RUNNING_OUT_PERCENT: u128 = 75;

/// Its first words in capitals, up to the colon: no colour is needed to see it.
fn uppercased(sentence: &str) -> String {
    match sentence.split_once(':') {
        Some((head, rest)) => format!("{}:{rest}", head.to_uppercase()),
        None => sentence.to_uppercase(),
    }
}

impl Scene<'_> {
    /// The run in a word, at the right end of its head.
    pub(super) fn standing(&self) -> (Role, String) {
        let (look, took) = (self.look, format::age(self.elapsed()));
        if let Some(ending) = self.run.ending() {
            let (role, mark) = outcome_sign(look, ending.outcome);
            return (role, format!("{mark} {} {took}", words::outcome(ending.outcome)));
        }
        let (caution, running) = (look.symbols.caution, look.symbols.selected);
        if self.watched.is_left() {
            (Role::Caution, format!("{caution} NOBODY EXECUTES IT {took}"))
        } else if self.run.question().is_some() {
            (Role::Caution, format!("{caution} ASKS {took}"))
        } else if self.state.paused {
            (Role::Caution, format!("{caution} PAUSED {took}"))
        } else if self.run.is_putting_back() {
            (Role::Accent, format!("{running} PUTTING BACK"))
        } else if self.run.is_given_up() {
            (Role::Caution, format!("{caution} ABORTING {took}"))
        } else {
            (Role::Accent, format!("{running} RUNNING {took}"))
        }
    }

    pub(super) fn head(&self, width: u16) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        if let Some(why) = &self.watched.refused {
            lines.extend(wrapped(self.look, refusal(self.look, why), width));
        }
        if let Some(trouble) = self.run.trouble() {
            let said = vec![(
                Role::Danger,
                format!("{} the journal is not understood from here on: {trouble}", self.look.symbols.danger),
            )];
            lines.extend(wrapped(self.look, said, width));
        }
        lines.push(self.who(width));
        lines.extend(self.left(width));
        lines.extend(self.ended(width));
        lines.extend(self.line_of_reversibility(width));
        if self.is_about_stacks() {
            lines.extend(self.stacks(width));
        } else {
            if !self.run.is_over() && !self.run.is_putting_back() && !self.is_measured() {
                lines.extend(self.rto(width));
            }
            lines.extend(self.waits(width));
            lines.push(self.clients(width));
            lines.push(self.sides(width));
        }
        lines.extend(self.ledger(width));
        lines
    }

    /// That the run has come to where not everything can be taken back any more, or is past it.
    fn line_of_reversibility(&self, width: u16) -> Option<Line<'static>> {
        let (look, told) = (self.look, self.run.line_told()?);
        let (role, mark) = match self.run.line()? {
            Reversibility::Ahead => return None,
            Reversibility::Reached => (Role::Banner, look.symbols.caution),
            Reversibility::Passed => (Role::Danger, look.symbols.danger),
        };
        let told = if role == Role::Banner { uppercased(&told) } else { told };
        Some(Line::from(look.span(role, look.truncate(&format!(" {mark} {told} "), usize::from(width)))))
    }

    /// Nobody goes on with it by itself: what a person can do about that, on a line that nothing takes the room from.
    fn left(&self, width: u16) -> Option<Line<'static>> {
        let look = self.look;
        let (on, up) = (self.key(Action::ResumeRun), self.key(Action::AbortRun));
        let said = format!("{} nobody executes it: {on} goes on with it, {up} gives it up", look.symbols.caution);
        self.watched.is_left().then(|| self.row("left", vec![(0, vec![look.span(Role::Caution, said)])], width))
    }

    /// Why it goes on though no step is under way: before the first, and after the last.
    fn waits(&self, width: u16) -> Option<Line<'static>> {
        let is_executed = self.run.here || !self.watched.is_left();
        let said = match self.run.winding_up() {
            Some(WindingUp::Effect) => {
                "no effect of what was injected is seen yet; without one the drill fails (minutes at most)"
            }
            Some(WindingUp::Measuring) => "every step is over; the canaries are looked for in every store",
            None if is_executed && self.watched.deployment.canary.is_some() && self.run.sees_first() => {
                "nothing is begun yet: how clients fare is seen first, for 20 s at most"
            }
            None => return None,
        };
        Some(self.row("waits", vec![(0, vec![self.look.span(Role::Accent, said)])], width))
    }

    fn row(&self, label: &str, groups: Vec<(u8, Vec<Span<'static>>)>, width: u16) -> Line<'static> {
        let look = self.look;
        let gap = look.span(Role::Muted, "  ");
        let line = fitted(groups, width.saturating_sub(10), &gap);
        let mut spans = vec![look.span(Role::Muted, format!(" {label:<8} "))];
        spans.extend(line.spans);
        Line::from(spans)
    }

    fn who(&self, width: u16) -> Line<'static> {
        let (look, plan) = (self.look, &self.state.plan);
        let drill = if plan.drill { "DRILL, " } else { "" };
        let what = if self.is_about_stacks() {
            vec![look.span(Role::Heading, format!("{} of {}", plan.runbook, plan.deployment))]
        } else {
            vec![
                look.span(Role::Heading, format!("{} {} {}", plan.from, look.symbols.arrow, plan.to)),
                look.span(Role::Text, format!(", {drill}{}", words::mode_word(plan.mode))),
            ]
        };
        let mut groups =
            vec![(0, what), (3, vec![look.span(Role::Muted, format!("begun by {}", words::person(&self.state.by)))])];
        groups.push((1, vec![self.executed_by()]));
        self.row("run", groups, width)
    }

    fn executed_by(&self) -> Span<'static> {
        let look = self.look;
        if let Some(what) = self.watched.beginning.as_ref().filter(|_| !self.run.here) {
            return look.span(Role::Accent, what.clone());
        }
        if self.watched.is_settling_here() {
            return look.span(Role::Accent, "over; what follows from it is being written");
        }
        if self.run.is_over() {
            return look.span(Role::Muted, "over");
        }
        if self.run.here {
            return look.span(Role::Text, "executed here");
        }
        match self.watched.open_run() {
            Some(open) => match &open.holder {
                Some(holder) => {
                    look.span(Role::Text, format!("executed by {}, process {}", words::person(holder), holder.process))
                }
                // Its own line says so.
                None => Span::default(),
            },
            None => look.span(Role::Unknown, format!("{} who executes it is not known yet", look.symbols.unknown)),
        }
    }

    /// How it ended, where it did.
    fn ended(&self, width: u16) -> Vec<Line<'static>> {
        let Some(ending) = self.run.ending() else { return Vec::new() };
        let (role, mark) = outcome_sign(self.look, ending.outcome);
        let mut says = Vec::new();
        if let Some(why) = &ending.reason {
            says.push((role, format!("{mark} {}: {why}", words::outcome(ending.outcome))));
        }
        if !self.is_about_stacks() {
            let lost: Vec<String> = words::rpo(&ending.measured, ending.truth.as_ref())
                .into_iter()
                .map(|(kind, said)| format!("{} {said}", words::store(kind)))
                .collect();
            let lost = if lost.is_empty() { "not measured".to_owned() } else { lost.join(", ") };
            if self.run.is_over() || self.is_measured() {
                says.push(self.measured_rto(ending));
            }
            says.push((Role::Text, format!("RPO {lost}")));
        }
        says.push((Role::Muted, format!("{} opens the report", self.key(Action::ReportRun))));
        wrapped(self.look, says, width)
    }

    /// Whether it stands still, or is over, with a word on its recovery time: no clock stands beside that.
    fn is_measured(&self) -> bool {
        let measured = self.run.ending().map(|ending| &ending.measured);
        measured.is_some_and(|it| it.rto.is_some() || it.rto_at_least.is_some() || it.why_no_rto().is_some())
    }

    fn measured_rto(&self, ending: &Ending) -> (Role, String) {
        let rto = words::rto(&ending.measured, ending.truth.as_ref());
        let target = self.state.plan.objectives.rto;
        let so_far = if self.run.is_over() { "" } else { " so far" };
        let least = ending.measured.rto_at_least.filter(|least| target.is_some_and(|target| *least > target));
        let (role, against) = rto_against(self.look, ending.measured.rto.or(least), target);
        (role, format!("RTO{so_far} {rto}{against}"))
    }

    fn is_about_stacks(&self) -> bool {
        is_about_stacks(&self.state.plan)
    }

    /// How far the stacks are, and how long the rest should take: no client is part of it.
    fn stacks(&self, width: u16) -> Vec<Line<'static>> {
        let (look, plan) = (self.look, &self.state.plan);
        let of: Vec<&Step> = plan.steps.iter().filter(|step| stack_of(step).is_some()).collect();
        let is_done = |step: &&&Step| self.state.status(&step.id) == StepStatus::Done;
        let count = format!("{} of {} stacks done", of.iter().filter(is_done).count(), of.len());
        let where_more = format!("{} shows each resource", self.key(Action::ShowStacks));
        let mut lines = vec![self.row(
            "stacks",
            vec![(0, vec![look.span(Role::Text, count)]), (1, vec![look.span(Role::Muted, where_more)])],
            width,
        )];
        lines.extend(self.drifted(width));
        if !self.run.is_over() {
            lines.push(self.row("ends", vec![(0, vec![self.ends()])], width));
        }
        lines
    }

    /// What a comparison that is over has found, as far as the stacks were read since.
    fn drifted(&self, width: u16) -> Option<Line<'static>> {
        let look = self.look;
        if self.state.plan.runbook.as_str() != DRIFT || !self.run.is_over() {
            return None;
        }
        let key = self.key(Action::ShowStacks);
        let (role, said) = match self.run.found_by_comparing(self.watched.estate.as_ref()) {
            None => (Role::Unknown, format!("{} what differs is being read: {key} shows it", look.symbols.unknown)),
            Some(0) => (Role::Ok, format!("{} nothing differs from the templates", look.symbols.ok)),
            Some(1) => (
                Role::Caution,
                format!("{} 1 resource differs from its template: {key} shows it", look.symbols.caution),
            ),
            Some(count) => (
                Role::Caution,
                format!("{} {count} resources differ from their templates: {key} shows each", look.symbols.caution),
            ),
        };
        Some(self.row("found", vec![(0, vec![look.span(role, said)])], width))
    }

    /// When the whole of it is over, if what is to come takes as long as it is expected to.
    fn ends(&self) -> Span<'static> {
        let look = self.look;
        if let Some(why) = self.stands_still() {
            return look.span(Role::Unknown, format!("{} {why}: its end is not known", look.symbols.unknown));
        }
        match outlook::until_over(self.state, look.now) {
            None => look.span(Role::Unknown, format!("{} how long is not known", look.symbols.unknown)),
            Some(Left { length, late: None }) => {
                let of = self.state.plan.predicted.length;
                let of = of.map_or_else(String::new, |whole| format!(" of {}", format::duration(whole)));
                look.span(Role::Text, format!("about {} left{of}", format::age(length)))
            }
            Some(Left { length, late: Some(late) }) => {
                let late = format!("{} late by {}", look.symbols.caution, format::age(late));
                let least = if length.is_zero() {
                    "its end is not known".to_owned()
                } else {
                    format!("not over before another {}", format::age(length))
                };
                look.span(Role::Caution, format!("{late}: {least}"))
            }
        }
    }

    /// Why it does not go on by itself, where it does not: no time that passes brings its end nearer.
    fn stands_still(&self) -> Option<&'static str> {
        if self.watched.is_left() || self.run.ending().is_some() {
            Some("nobody executes it")
        } else if self.run.question().is_some() {
            Some("it asks")
        } else if self.state.paused {
            Some("paused")
        } else {
            None
        }
    }

    /// How much of the recovery time is used up.
    fn rto(&self, width: u16) -> Option<Line<'static>> {
        let look = self.look;
        let target = self.state.plan.objectives.rto.filter(|target| !target.is_zero());
        let (from, since, served) = match clock::of(self.run, self.watched, look.now)? {
            Clock::Running { from, since } => (from, since, None),
            Clock::Served { from, since, at } => (from, since, Some(at)),
            Clock::NoOutage { since } => {
                let at = look.time_of_day(since);
                return Some(self.without_clock(
                    Role::Text,
                    format!("no outage seen: no write failed since {at}"),
                    width,
                ));
            }
            Clock::Unknown => {
                let said = format!("{} whether there is an outage is not known", look.symbols.unknown);
                return Some(self.without_clock(Role::Unknown, said, width));
            }
        };
        let used = age(served.unwrap_or(look.now), from);
        let incident = self.unknown_incident(since == Since::Incident);
        let Some(target) = target else {
            let again = if served.is_some() { ", and clients can write again" } else { "" };
            let said = format!("{} {}{again}; no RTO is set", format::age(used), since.words());
            return Some(self.row("RTO", vec![(0, vec![look.span(Role::Text, said)]), (1, incident)], width));
        };
        let percent = used.as_millis().saturating_mul(100).checked_div(target.as_millis()).unwrap_or(u128::MAX);
        let role = match percent {
            0..RUNNING_OUT_PERCENT => Role::Ok,
            RUNNING_OUT_PERCENT..=100 => Role::Caution,
            _ => Role::Danger,
        };
        let cells = if width >= 110 { 40_usize } else { 20 };
        let filled = usize::try_from(percent.min(100)).unwrap_or(100).saturating_mul(cells).div_ceil(100).min(cells);
        let bar = vec![
            look.span(role, look.symbols.used.repeat(filled)),
            look.span(Role::Border, look.symbols.left.repeat(cells - filled)),
        ];
        let outlook = if served.is_some() { Vec::new() } else { self.outlook(used, target) };
        Some(self.row(
            "RTO",
            vec![
                // In a small window it is of more use to be told than to be drawn.
                (4, bar),
                (0, vec![look.span(role, self.burnt(used, target, served.is_some()))]),
                (2, incident),
                // Beside the age of the run a number of another clock must say of which.
                (1, vec![look.span(Role::Muted, since.words())]),
                (3, outlook),
            ],
            width,
        ))
    }

    /// What is used up of it, and what is left.
    fn burnt(&self, used: Duration, target: Duration, is_served: bool) -> String {
        let look = self.look;
        let (took, of, over) = (format::age(used), format::target(target), format::age(used.saturating_sub(target)));
        match (target.checked_sub(used), is_served) {
            (Some(_), true) => format!("{} clients can write again after {took} of {of}", look.symbols.ok),
            (None, true) => format!("{} clients can write again after {took}, {over} over {of}", look.symbols.danger),
            (Some(left), false) => format!("{took} of {of}, {} left", format::age(left)),
            (None, false) => format!("{} {over} over {of}", look.symbols.danger),
        }
    }

    fn without_clock(&self, role: Role, said: String, width: u16) -> Line<'static> {
        let target = self.state.plan.objectives.rto.filter(|target| !target.is_zero());
        let target =
            target.map_or_else(|| "no RTO is set".to_owned(), |target| format!("RTO {}", format::target(target)));
        let of = self.look.span(Role::Muted, target);
        self.row("RTO", vec![(0, vec![self.look.span(role, said)]), (1, vec![of])], width)
    }

    /// Time may have run for longer than the run: nobody can tell before the journal was read.
    fn unknown_incident(&self, declared: bool) -> Vec<Span<'static>> {
        if declared || self.run.is_over() || self.watched.knows_of_incidents() {
            return Vec::new();
        }
        vec![self.look.span(Role::Unknown, format!("{} incident: not known", self.look.symbols.unknown))]
    }

    /// When clients will be served again, if what is to come takes as long as it is expected to.
    fn outlook(&self, used: Duration, target: Duration) -> Vec<Span<'static>> {
        let look = self.look;
        if let Some(why) = self.stands_still() {
            // That nobody executes it has a line of its own.
            let is_told = self.watched.is_left() || self.run.ending().is_some();
            let said = format!("{} {why}: end not known", look.symbols.unknown);
            return if is_told { Vec::new() } else { vec![look.span(Role::Unknown, said)] };
        }
        let Some(Left { length, late }) = outlook::until_served(self.state, look.now) else { return Vec::new() };
        let ends = used.saturating_add(length);
        let (role, mark) =
            if ends > target { (Role::Danger, look.symbols.danger) } else { (Role::Ok, look.symbols.ok) };
        let said = match late.map(format::age) {
            None if length.is_zero() => return Vec::new(),
            None => return vec![look.span(role, format!("{mark} ends about {}", format::age(ends)))],
            Some(late) if length.is_zero() => format!("late by {late}: end not known"),
            Some(late) => format!("late by {late}: not before {}", format::age(ends)),
        };
        let (role, mark) = if ends > target { (role, mark) } else { (Role::Caution, look.symbols.caution) };
        vec![look.span(role, format!("{mark} {said}"))]
    }

    /// Whether clients can write, and how it has been lately.
    fn clients(&self, width: u16) -> Line<'static> {
        let (look, canaries) = (self.look, self.run.canaries());
        if canaries.is_empty() {
            let none = if self.watched.deployment.canary.is_none() {
                "no canary is configured: whether clients can write is not seen"
            } else {
                "no canary was written yet"
            };
            return self.row(
                "clients",
                vec![(0, vec![look.span(Role::Unknown, format!("{} {none}", look.symbols.unknown))])],
                width,
            );
        }
        let apart = canaries::apart(self.watched.deployment.canary.as_ref());
        let goes_on = self.run.ended_at().is_none().then_some(look.now);
        let room = usize::from(width).saturating_sub(62).clamp(10, 100);
        let mut strip: Vec<Span<'static>> = Vec::new();
        for row in canaries.strip(room, apart, goes_on).chunk_by(|one, other| one == other) {
            let (role, sign) = match row.first() {
                Some(Sign::Good) => (Role::Ok, "."),
                Some(Sign::Failed) => (Role::Danger, "X"),
                Some(Sign::Unseen) | None => (Role::Unknown, look.symbols.unknown),
            };
            strip.push(look.span(role, sign.repeat(row.len())));
        }
        let counts =
            format!("{} good, {} failed", format::count(canaries.acknowledged), format::count(canaries.failed));
        let (role, word) = self.writes(canaries, apart);
        self.row(
            "clients",
            vec![(0, vec![look.span(role, word)]), (2, strip), (1, vec![look.span(Role::Muted, counts)])],
            width,
        )
    }

    /// Whether they can write, as far as anybody looks; else how it was when somebody did last.
    fn writes(&self, canaries: &Canaries, apart: Duration) -> (Role, String) {
        let look = self.look;
        let (unknown, danger) = (look.symbols.unknown, look.symbols.danger);
        let could = if canaries.failing.is_some() { "could not write" } else { "could write" };
        if let (true, Some(last)) = (self.run.ended_at().is_some(), canaries.newest()) {
            let at = look.time_of_day(last);
            let rest = if self.run.is_over() { "" } else { "; nobody looks now" };
            let (role, mark) = match (canaries.failing.is_some(), self.run.is_over()) {
                (true, _) => (Role::Danger, danger),
                (false, true) => (Role::Ok, look.symbols.ok),
                (false, false) => (Role::Unknown, unknown),
            };
            return (role, format!("{mark} they {could} when last looked, at {at}{rest}"));
        }
        if let Some(silent) = canaries.unseen_for(look.now, apart) {
            return (Role::Unknown, format!("{unknown} not looked at for {}; they {could} then", format::age(silent)));
        }
        match &canaries.failing {
            None => (Role::Ok, format!("{} they can write", look.symbols.ok)),
            Some((since, _)) => {
                // Since when is older than what was seen first.
                let least = if canaries.is_begin_unseen(apart) { "at least " } else { "" };
                (Role::Danger, format!("{danger} they cannot write for {least}{}", look.age(*since)))
            }
        }
    }

    /// Both regions and every store, as the screens beside tell them.
    fn sides(&self, width: u16) -> Line<'static> {
        let look = self.look;
        let assessment = &self.watched.assessment;
        let mut groups = Vec::new();
        for region in &assessment.regions {
            let (role, mark) = if region.reachable == Some(false) {
                (Role::Stale, look.symbols.unknown)
            } else {
                (Look::health_role(region.health), look.symbols.health(region.health))
            };
            let silent = if region.reachable == Some(false) { "silent" } else { region.health.as_str() };
            groups.push((0, vec![look.span(role, format!("{mark} {} {silent}", region.region))]));
        }
        // The one that is waited for is the one that has to be seen where there is not room for all.
        let awaited = self.run.awaited_store();
        let mut stores: Vec<_> = assessment.stores.iter().collect();
        stores.sort_by_key(|store| Some(store.kind) != awaited);
        for store in stores {
            let role = if store.within_rpo == Some(false) { Role::Danger } else { Role::Text };
            let (role, lag) = look.dated(store.at_risk.as_ref(), |lag| format::duration(*lag), role);
            groups.push((
                2,
                vec![look.span(Role::Muted, format!("{} ", words::store(store.kind))), look.span(role, lag)],
            ));
        }
        self.row("now", groups, width)
    }

    /// What is still to be put back.
    fn ledger(&self, width: u16) -> Vec<Line<'static>> {
        let (look, items) = (self.look, &self.state.ledger);
        if items.is_empty() {
            return Vec::new();
        }
        let kept = items.iter().filter(|item| self.state.kept.contains(&item.step)).count();
        let said: Vec<&str> = items.iter().map(|item| item.what.as_str()).collect();
        let how = if self.run.has_left_changes() && !self.run.here {
            format!(" ({} does it)", self.key(Action::ResumeRun))
        } else {
            String::new()
        };
        let (role, count) = if kept > 0 {
            (Role::Danger, format!("{} {kept} could not be put back{how}: ", look.symbols.danger))
        } else if self.run.is_over() {
            (Role::Caution, format!("{} {} still to be put back{how}: ", look.symbols.caution, items.len()))
        } else {
            (Role::Text, format!("{}: ", items.len()))
        };
        let room = usize::from(width.saturating_sub(11));
        let text = look.truncate(&format!("{count}{}", said.join("; ")), room);
        vec![self.row("put back", vec![(0, vec![look.span(role, text)])], width)]
    }
}
