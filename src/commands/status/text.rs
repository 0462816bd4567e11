//! A status as text of eighty columns: the answer first, then both regions, then what it rests on. States
//! are words; colour, where there is any, only repeats them.

use std::time::Duration;

use lifeboat_model::assessment::{Dated, Forecast, Health, Role, StoreAssessment, StoreKind};
use lifeboat_model::facts::alarm::AlarmState;
use lifeboat_model::observation::Freshness;
use lifeboat_model::port::Reality;
use lifeboat_model::time::{Timestamp, age};
use lifeboat_model::wording::span;
use unicode_width::UnicodeWidthStr;

use crate::commands::status::Status;
use crate::output::{Emphasis, TIED, wrap};

const WIDTH: usize = 80;

type Paint<'a> = &'a dyn Fn(Emphasis, &str) -> String;

pub(crate) fn of(status: &Status<'_>, paint: Paint<'_>) -> String {
    let mut page = Page { lines: Vec::new(), paint, now: status.assessment.at };
    page.head(status);
    page.verdict(status);
    page.runs(status);
    page.regions(status);
    page.forecast(&status.assessment.forecast);
    page.stores(status);
    page.health_checks(status);
    page.alarms(status);
    page.dns(status);
    page.contradictions(status);
    page.dependencies(status);
    page.cost(status);
    let mut text = page.lines.join("\n").replace(TIED, " ");
    text.push('\n');
    text
}

struct Page<'a> {
    lines: Vec<String>,
    paint: Paint<'a>,
    now: Timestamp,
}

impl Page<'_> {
    fn paint(&self, emphasis: Emphasis, text: &str) -> String {
        (self.paint)(emphasis, text)
    }

    fn title(&mut self, text: &str) {
        let title = self.paint(Emphasis::Strong, text);
        self.lines.push(String::new());
        self.lines.push(title);
    }

    /// A paragraph: `first` before its first line, spaces of the same width before the others.
    fn paragraph(&mut self, first: &str, text: &str) {
        let indent = " ".repeat(first.width());
        for (number, line) in wrap(text, WIDTH.saturating_sub(first.width())).into_iter().enumerate() {
            self.lines.push(format!("{}{line}", if number == 0 { first } else { &indent }));
        }
    }

    /// Columns of cells; the last cell of a row flows over several lines.
    fn table(&mut self, rows: &[Row]) {
        let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let width = |column: usize| {
            rows.iter()
                .filter(|row| column + 1 < row.cells.len() || row.rest.is_some())
                .filter_map(|row| row.cells.get(column))
                .map(|cell| cell.text.width())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in rows {
            let mut plain = 2;
            let mut line = "  ".to_owned();
            for (cell, width) in row.cells.iter().zip(&widths) {
                let painted =
                    cell.emphasis.map_or_else(|| cell.text.clone(), |emphasis| self.paint(emphasis, &cell.text));
                line.push_str(&painted);
                let gap = width.saturating_sub(cell.text.width()) + 2;
                line.push_str(&" ".repeat(gap));
                plain += cell.text.width() + gap;
            }
            match &row.rest {
                // A rest that would be squeezed to a sliver begins on a line of its own.
                Some(rest) if plain + 24 > WIDTH && plain + rest.width() > WIDTH => {
                    self.lines.push(line.trim_end().to_owned());
                    self.paragraph("      ", rest);
                }
                Some(rest) => {
                    let mut wrapped = wrap(rest, WIDTH.saturating_sub(plain)).into_iter();
                    line.push_str(&wrapped.next().unwrap_or_default());
                    self.lines.push(line.trim_end().to_owned());
                    self.lines.extend(wrapped.map(|more| format!("{}{more}", " ".repeat(plain))));
                }
                None => self.lines.push(line.trim_end().to_owned()),
            }
            for note in &row.notes {
                self.paragraph("    - ", note);
            }
        }
    }

    fn head(&mut self, status: &Status<'_>) {
        let assessment = &status.assessment;
        let world = match &status.reality {
            Reality::Live => "LIVE".to_owned(),
            Reality::Simulated(scenario) => format!("SIMULATED, {scenario}"),
        };
        let account = assessment.identity.account.as_ref();
        let account = account.map_or_else(|| "account unknown".to_owned(), |account| format!("account {account}"));
        let name = self.paint(Emphasis::Strong, assessment.deployment.as_str());
        let access = if status.standing.may_act { "may act" } else { "read-only" };
        self.lines.push(format!("{name}  {world}  {access}  {account}"));
        self.lines.push(format!("read at {:.0}", assessment.at));
        if let Some((what, fix)) = &assessment.identity.trouble {
            self.lines.push(String::new());
            let label = self.paint(Emphasis::Bad, "credentials");
            self.lines.push(format!("{label}: {}", wrap(what, WIDTH - 13).join("\n             ")));
            if let Some(fix) = fix {
                self.paragraph("  fix: ", fix);
            }
        }
        if assessment.identity.wrong_account {
            let text = self.paint(Emphasis::Bad, "wrong account");
            self.lines.push(format!("{text}: these are not the deployment's credentials"));
        }
    }

    fn verdict(&mut self, status: &Status<'_>) {
        let forecast = &status.assessment.forecast;
        let way = match (&forecast.from, &forecast.to) {
            (Some(from), Some(to)) => format!(" from {from} to {to}"),
            (None, Some(to)) => format!(" to {to}"),
            (Some(from), None) => format!(" from {from}"),
            (None, None) => String::new(),
        };
        self.lines.push(String::new());
        if status.is_ready() {
            let word = self.paint(Emphasis::Good, "READY");
            self.lines.push(format!("{word} to fail over{way}"));
        } else {
            let word = self.paint(Emphasis::Bad, "NOT READY");
            self.lines.push(format!("{word} to fail over{way}"));
        }
        for blocker in &forecast.blockers {
            self.paragraph("  - ", &blocker.what);
            if !blocker.fix.is_empty() {
                self.paragraph("    fix: ", &blocker.fix);
            }
        }
        if forecast.blockers.is_empty() && !status.is_ready() {
            self.paragraph("  - ", "which region is active is not known, and so neither is where to fail over to");
        }
        for warning in &forecast.warnings {
            self.paragraph("  note: ", warning);
        }
    }

    /// What is under way, and what is due; nothing where neither is.
    fn runs(&mut self, status: &Status<'_>) {
        let standing = &status.standing;
        if standing.open_run.is_none() && standing.lock.is_none() && standing.scheduled.is_empty() {
            return;
        }
        self.title("Runs");
        if let Some(run) = &standing.open_run {
            let label = self.paint(Emphasis::Warning, "not over");
            let stands = if run.outcome.is_some() { "waits to be gone on with" } else { "goes on, or was cut off" };
            self.lines.push(format!("  {label}  {}, {stands}", run.id));
        }
        if let Some((by, since)) = &standing.lock {
            let text =
                format!("{} on {} (process {}), for {}", by.user, by.host, by.process, rough(age(self.now, *since)));
            self.paragraph("  acts now  ", &text);
        }
        let mut lines = Vec::new();
        for one in &standing.scheduled {
            let drill = if one.schedule.drill { ", a drill" } else { "" };
            let overdue = one.due.overdue_since.map(|since| format!("; OVERDUE since {since:.0}"));
            lines.push(format!(
                "{}{drill}: next {:.0}{}",
                one.schedule.runbook,
                one.due.next,
                overdue.unwrap_or_default()
            ));
        }
        for line in lines {
            self.paragraph("  due       ", &line);
        }
    }

    fn regions(&mut self, status: &Status<'_>) {
        self.title("Regions");
        let rows: Vec<Row> = status
            .assessment
            .regions
            .iter()
            .map(|region| {
                let reach = match region.reachable {
                    Some(true) => "answers".to_owned(),
                    Some(false) => match region.last_answer {
                        Some(at) => format!("does not answer, last did {}", ago(self.now, at)),
                        None => "does not answer".to_owned(),
                    },
                    None => "not asked".to_owned(),
                };
                let traffic = region.traffic.as_ref().map(|dated| format!("{:.1} requests/s", dated.value));
                let errors = region.errors_percent.as_ref().map(|dated| format!("{:.1} % failing", dated.value));
                let rest: Vec<String> = [Some(reach), traffic, errors].into_iter().flatten().collect();
                let role = match region.role {
                    Role::Active | Role::Standby => Cell::plain(region.role.as_str()),
                    Role::Unknown => Cell::of("role unknown", Emphasis::Warning),
                };
                Row::of([Cell::plain(region.region.as_str()), role, health(region.health)])
                    .rest(rest.join(", "))
                    .notes(region.reasons.clone())
            })
            .collect();
        self.table(&rows);
    }

    fn forecast(&mut self, forecast: &Forecast) {
        self.title("If you failed over now");
        let lost = forecast.rpo.as_ref().map(|dated| {
            let old = if dated.freshness == Freshness::Fresh { String::new() } else { ", old".to_owned() };
            format!("up to {}{old}", length(dated.value))
        });
        let of = forecast.rpo_store.as_ref().map(|(kind, name)| format!("{} {name}; ", kind.as_str()));
        let met = match (forecast.rpo_target, forecast.rpo_met) {
            (None, _) => "no RPO stated",
            (Some(_), None) => "RPO not known to be met",
            (Some(_), Some(true)) => "every RPO met",
            (Some(_), Some(false)) => "RPO missed",
        };
        let mut rows = vec![
            Row::of([Cell::plain("data lost"), Cell::plain(lost.as_deref().unwrap_or("unknown"))])
                .rest(format!("{}{met}", of.unwrap_or_default())),
        ];
        let outage = match forecast.rto {
            Some(rto) => length(rto),
            None if forecast.rto_at_least.is_zero() => "unknown".to_owned(),
            None => format!("unknown, at least {}", length(forecast.rto_at_least)),
        };
        rows.push(Row::of([Cell::plain("outage"), Cell::plain(&outage)]).rest(against(
            "RTO",
            forecast.rto,
            forecast.rto_target,
        )));
        let rehearsed = forecast.last_rehearsed.map_or_else(|| "never".to_owned(), |at| ago(self.now, at));
        rows.push(Row::of([Cell::plain("rehearsed"), Cell::plain(&rehearsed)]));
        self.table(&rows);
        let terms: Vec<Row> = forecast
            .rto_terms
            .iter()
            .map(|term| {
                let told = term.length.map_or_else(|| "unknown".to_owned(), length);
                Row::of([Cell::plain(&format!("  {}", term.name)), Cell::plain(&told)]).rest(term.basis.clone())
            })
            .collect();
        self.table(&terms);
    }

    fn stores(&mut self, status: &Status<'_>) {
        if status.assessment.stores.is_empty() {
            return;
        }
        self.title("Stores");
        let rows: Vec<Row> = status
            .assessment
            .stores
            .iter()
            .map(|store| {
                Row::of([Cell::plain(store.kind.as_str()), health(store.health), Cell::plain(&store.name)])
                    .rest(self.store(store))
                    .notes(store.reasons.clone())
            })
            .collect();
        self.table(&rows);
    }

    fn store(&self, store: &StoreAssessment) -> String {
        let mut parts = Vec::new();
        if let Some(writer) = &store.writer_region {
            parts.push(match store.kind {
                StoreKind::Aurora => format!("writer {writer}"),
                StoreKind::DynamoDb | StoreKind::S3 => format!("written in {writer}"),
            });
        }
        parts.push(match &store.lag {
            Some(dated) => format!("lag {} {}", length(dated.value), self.dated(dated)),
            None => "lag unknown".to_owned(),
        });
        if let Some(dated) = &store.pending_objects {
            parts.push(format!("{} objects", dated.value));
        }
        if let Some(dated) = &store.pending_bytes {
            parts.push(format!("{} pending", bytes(dated.value)));
        }
        parts.push(match &store.at_risk {
            Some(dated) => format!("at risk {}", length(dated.value)),
            None => "at risk unknown".to_owned(),
        });
        if let (Some(within), Some(target)) = (store.within_rpo, store.rpo_target) {
            parts.push(format!("{} its RPO of {}", if within { "within" } else { "over" }, length(target)));
        }
        parts.join(", ")
    }

    fn dated<T>(&self, dated: &Dated<T>) -> String {
        match dated.freshness {
            Freshness::Fresh => format!("({})", ago(self.now, dated.at)),
            Freshness::Stale | Freshness::Pending | Freshness::Unavailable => {
                format!("(old: {})", ago(self.now, dated.at))
            }
        }
    }

    fn health_checks(&mut self, status: &Status<'_>) {
        if status.assessment.health_checks.is_empty() {
            return;
        }
        self.title("Health checks");
        let rows: Vec<Row> = status
            .assessment
            .health_checks
            .iter()
            .map(|check| {
                let verdict = match check.passing.as_ref().map(|dated| dated.value) {
                    Some(true) => Cell::of("passing", Emphasis::Good),
                    Some(false) => Cell::of("failing", Emphasis::Bad),
                    None => Cell::of("unknown", Emphasis::Warning),
                };
                let region = check.region.as_ref().map_or("no region", |region| region.as_str());
                let target = Some(check.target.clone()).filter(|target| !target.is_empty());
                let percent = check.healthy_percent.as_ref();
                let percent = percent.map(|dated| format!("{:.0} % of checkers", dated.value));
                let read = check.passing.as_ref().map(|dated| self.dated(dated));
                let rest: Vec<String> = [percent, read].into_iter().flatten().collect();
                let notes = target.into_iter().chain(check.traps.clone()).collect();
                Row::of([Cell::plain(region), verdict]).rest(rest.join(" ")).notes(notes)
            })
            .collect();
        self.table(&rows);
    }

    fn alarms(&mut self, status: &Status<'_>) {
        let alarms = &status.assessment.alarms;
        if alarms.is_empty() {
            return;
        }
        let quiet = alarms.iter().filter(|alarm| alarm.state == AlarmState::Ok).count();
        self.title(&format!("Alarms: {quiet} of {} are OK", alarms.len()));
        let rows: Vec<Row> = alarms
            .iter()
            .filter(|alarm| alarm.state != AlarmState::Ok || alarm.freshness != Freshness::Fresh)
            .map(|alarm| {
                let state = match &alarm.state {
                    AlarmState::Ok => Cell::plain("OK"),
                    AlarmState::Alarm => Cell::of("ALARM", Emphasis::Bad),
                    AlarmState::InsufficientData => Cell::of("INSUFFICIENT_DATA", Emphasis::Warning),
                    AlarmState::Other(text) => Cell::of(text, Emphasis::Warning),
                };
                let since = alarm.since.map(|at| format!("since {at:.0}"));
                let old = (alarm.freshness != Freshness::Fresh).then(|| "not read lately".to_owned());
                let rest: Vec<String> = [Some(alarm.name.to_string()), since, old].into_iter().flatten().collect();
                let mut notes = Vec::new();
                if alarm.orphaned_by_role_swap {
                    notes.push(
                        "the series it watches is published in the other region while this one is active".to_owned(),
                    );
                }
                Row::of([Cell::plain(alarm.region.as_str()), state]).rest(rest.join(", ")).notes(notes)
            })
            .collect();
        self.table(&rows);
    }

    fn dns(&mut self, status: &Status<'_>) {
        if status.assessment.dns.is_empty() {
            return;
        }
        self.title("DNS");
        for name in &status.assessment.dns {
            let leads = name
                .active_region
                .as_ref()
                .map_or_else(|| "where it leads is unknown".to_owned(), |region| format!("leads to {region}"));
            self.paragraph("  ", &format!("{}  {leads}", name.name));
            let rows: Vec<Row> = name
                .answers
                .iter()
                .map(|answer| {
                    let values = if answer.values.is_empty() { answer.code.clone() } else { answer.values.join(", ") };
                    let region = answer.region.as_ref().map_or("region unknown", |region| region.as_str());
                    Row::of([Cell::plain(&format!("  {}", answer.vantage)), Cell::plain(region)]).rest(values)
                })
                .collect();
            self.table(&rows);
        }
    }

    fn contradictions(&mut self, status: &Status<'_>) {
        if status.assessment.contradictions.is_empty() {
            return;
        }
        self.title("Contradictions");
        for contradiction in &status.assessment.contradictions {
            self.paragraph("  - ", &contradiction.what);
        }
    }

    fn dependencies(&mut self, status: &Status<'_>) {
        let dependencies = &status.assessment.dependencies;
        let failing: Vec<_> = dependencies.iter().filter(|one| one.ok != Some(true)).collect();
        let answering = dependencies.len() - failing.len();
        if dependencies.is_empty() {
            return;
        }
        self.title(&format!("Services: {answering} of {} answer", dependencies.len()));
        let rows: Vec<Row> = failing
            .into_iter()
            .map(|dependency| {
                let why = dependency.failure.as_ref().map_or("not asked", |(what, _)| what.as_str());
                let mut notes = Vec::new();
                if !dependency.facts.is_empty() {
                    notes.push(format!("not known: {}", dependency.facts.join(", ")));
                }
                if !dependency.actions.is_empty() {
                    notes.push(format!("cannot be done: {}", dependency.actions.join(", ")));
                }
                notes.extend(dependency.fix.as_ref().map(|fix| format!("fix: {fix}")));
                Row::of([Cell::plain(dependency.region.as_str()), Cell::plain(dependency.service.label())])
                    .rest(why.to_owned())
                    .notes(notes)
            })
            .collect();
        self.table(&rows);
    }

    fn cost(&mut self, status: &Status<'_>) {
        let cost = &status.cost;
        let text = format!(
            "watching this costs about {:.0} requests and ${:.2} an hour",
            cost.requests_per_hour, cost.usd_per_hour
        );
        let text = self.paint(Emphasis::Dim, &text);
        self.lines.push(String::new());
        self.lines.push(text);
    }
}

struct Cell {
    text: String,
    emphasis: Option<Emphasis>,
}

impl Cell {
    fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), emphasis: None }
    }

    fn of(text: &str, emphasis: Emphasis) -> Self {
        Self { text: text.to_owned(), emphasis: Some(emphasis) }
    }
}

struct Row {
    cells: Vec<Cell>,
    rest: Option<String>,
    notes: Vec<String>,
}

impl Row {
    fn of(cells: impl IntoIterator<Item = Cell>) -> Self {
        Self { cells: cells.into_iter().collect(), rest: None, notes: Vec::new() }
    }

    fn rest(mut self, rest: String) -> Self {
        self.rest = Some(rest).filter(|rest| !rest.is_empty());
        self
    }

    fn notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }
}

fn health(health: Health) -> Cell {
    let emphasis = match health {
        Health::Healthy => Emphasis::Good,
        Health::Unknown | Health::Degraded => Emphasis::Warning,
        Health::Down => Emphasis::Bad,
    };
    Cell::of(health.as_str(), emphasis)
}

/// The target, and whether it is met.
fn against(name: &str, value: Option<Duration>, target: Option<Duration>) -> String {
    match (value, target) {
        (_, None) => format!("no {name} stated"),
        (None, Some(target)) => format!("{name} {}: not known to be met", length(target)),
        (Some(value), Some(target)) if value <= target => format!("{name} {}: met", length(target)),
        (Some(_), Some(target)) => format!("{name} {}: missed", length(target)),
    }
}

fn ago(now: Timestamp, then: Timestamp) -> String {
    format!("{}{TIED}ago", rough(age(now, then)))
}

fn bytes(count: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let named = units.get(unit).copied().unwrap_or_default();
    if unit == 0 { format!("{count}{TIED}{named}") } else { format!("{value:.1}{TIED}{named}") }
}

/// A length for people, in the one or two units that matter.
/// As the reasons word it, so that one length is never told in two ways.
fn length(length: Duration) -> String {
    span(length).replace(' ', &TIED.to_string())
}

fn rough(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..120 => format!("{seconds}{TIED}s"),
        120..7200 if seconds.is_multiple_of(60) || seconds >= 600 => format!("{}{TIED}min", seconds / 60),
        120..7200 => format!("{}{TIED}min{TIED}{}{TIED}s", seconds / 60, seconds % 60),
        7200..172_800 => format!("{}{TIED}h", seconds / 3600),
        _ => format!("{}{TIED}days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_the_unit_that_matters() {
        let cases = [
            (130, "130 ms"),
            (1300, "1.3 s"),
            (30_000, "30 s"),
            (90_000, "90 s"),
            (150_000, "2 min 30 s"),
            (300_000, "5 min"),
            (7_200_000, "2 h"),
            (345_600_000, "4 d"),
        ];
        for (milliseconds, told) in cases {
            assert_eq!(length(Duration::from_millis(milliseconds)).replace(TIED, " "), told);
        }
    }

    #[test]
    fn a_missed_objective_is_not_called_unknown_nor_an_unknown_one_met() {
        let second = Duration::from_secs(1);
        assert_eq!(against("RPO", Some(second * 2), Some(second)), format!("RPO 1{TIED}s: missed"));
        assert_eq!(against("RPO", None, Some(second)), format!("RPO 1{TIED}s: not known to be met"));
        assert_eq!(against("RPO", None, None), "no RPO stated");
    }

    #[test]
    fn no_line_is_longer_than_the_width_but_for_a_single_word() {
        let lines = wrap("one two threefour five", 9);
        assert_eq!(lines, ["one two", "threefour", "five"]);
        assert_eq!(wrap("", 9), [""]);
    }
}
