//! A report as a page: what stands where, and in which words.

use std::collections::BTreeSet;

use lifeboat_model::document::Document;
use lifeboat_model::guard::GuardName;
use lifeboat_model::incident::Note;
use lifeboat_model::plan::{Build, BuildResource, BuildStack, ResourceAction};
use lifeboat_model::port::Reality;
use lifeboat_model::run::{RunOutcome, StepStatus};
use lifeboat_model::runbook::TEARDOWN;
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::wording::{list, span};

use super::words::{answer_words, identity, mode_word, person, store_word, verdict};
use super::{Against, Answered, Canaries, Chain, LedgerState, Report, StepTold};

/// How many marks of the strip stand on a line, and how many lines there are at most.
const STRIP_COLUMNS: usize = 80;
const STRIP_LINES: usize = 6;

pub(super) fn page(report: &Report) -> Document {
    let mut page = Document::default();
    let drill = if report.drill { "Drill" } else { "Run" };
    page.title(format!("{drill} {}: {} of {}", report.run, report.runbook, report.deployment));
    warnings(&mut page, report);
    page.paragraph(summary(report));
    page.list(facts(report));
    if let Some(build) = &report.build {
        stacks(&mut page, build);
    } else {
        objectives(&mut page, report);
        phases(&mut page, report);
        canaries(&mut page, &report.canaries);
    }
    steps(&mut page, report);
    guards(&mut page, report);
    questions(&mut page, report);
    ledger(&mut page, report);
    calls(&mut page, report);
    incidents(&mut page, report);
    timeline(&mut page, report);
    evidence(&mut page, report);
    page
}

fn warnings(page: &mut Document, report: &Report) {
    if let Chain::Broken { at_sequence, why, before_this_run_ended } = &report.evidence.chain {
        let meaning = if *before_this_run_ended {
            "nothing of this report is proved."
        } else {
            "this run lies before it; what came after it is not proved."
        };
        page.warning(format!("The journal's evidence is broken at entry {at_sequence}: {why}; {meaning}"));
    }
    if let Some(contradiction) = &report.evidence.contradiction {
        page.warning(format!("The journal's evidence contradicts itself: {contradiction}."));
    }
    let run = &report.run;
    match report.ending.outcome {
        None => page.warning(format!(
            "This run is not over, or was cut off: this is how far it got. Go on with `lifeboat resume {run}`."
        )),
        Some(RunOutcome::Stopped) => {
            page.warning(format!("This run stopped and waits for a person: `lifeboat resume {run}`."));
        }
        Some(RunOutcome::Failed | RunOutcome::Aborted | RunOutcome::Completed) => {}
    }
    let left = report.ledger.iter().filter(|item| item.is_left()).count();
    if left > 0 && report.ending.outcome.is_some() {
        page.warning(format!("Not everything temporary was put back: see the restore ledger ({left})."));
    }
}

impl super::LedgerTold {
    fn is_left(&self) -> bool {
        match self.state {
            LedgerState::Open | LedgerState::Kept { .. } => true,
            LedgerState::Restored | LedgerState::Undone => false,
        }
    }
}

fn summary(report: &Report) -> String {
    if let Some(build) = &report.build {
        return built(report, build);
    }
    let mut sentences = vec![format!(
        "{} {} {} from {} to {}, {}.",
        outcome(report.ending.outcome),
        mode_word(report.mode),
        report.runbook,
        report.from,
        report.to,
        lasted(report)
    )];
    if let Some(reason) = &report.ending.reason {
        sentences.push(format!("Reason: {reason}."));
    }
    sentences.push(match report.rto.measured {
        None if report.rto.at_least.is_some() => format!(
            "Clients could not write for at least {}{}; the whole of it was not seen.",
            report.rto.at_least.map(span).unwrap_or_default(),
            kept(&report.rto)
        ),
        None => "How long clients could not write was not measured.".to_owned(),
        Some(Duration::ZERO) => format!("Clients could always write{}.", kept(&report.rto)),
        Some(length) => format!("Clients could not write for {}{}.", span(length), kept(&report.rto)),
    });
    sentences.extend(losses(report));
    sentences.join(" ")
}

/// A run that made stacks or took them away: whether, and at what cost.
fn built(report: &Report, build: &Build) -> String {
    let mut sentences = vec![format!(
        "{} {} of {} in {} and {}, {}.",
        outcome(report.ending.outcome),
        report.runbook,
        build.blueprint,
        report.to,
        report.from,
        lasted(report)
    )];
    if let Some(reason) = &report.ending.reason {
        sentences.push(format!("Reason: {reason}."));
    }
    let no_longer = if report.runbook.as_str() == TEARDOWN { " no longer" } else { "" };
    sentences.push(format!("It costs{no_longer} ${:.2} a month (prices {}).", build.usd_month, build.prices));
    sentences.join(" ")
}

/// Each stack with what was to become of it.
fn stacks(page: &mut Document, build: &Build) {
    page.heading("Stacks");
    let row = |stack: &BuildStack| {
        let changed = stack.resources.iter().filter(|resource| resource.action != ResourceAction::Keep).count();
        [
            stack.action.as_str().to_owned(),
            stack.name.to_string(),
            stack.region.to_string(),
            changed.to_string(),
            stack.status.clone().unwrap_or_else(|| "not there".to_owned()),
        ]
    };
    page.table(["", "stack", "region", "resources", "before"], build.stacks.iter().map(row).collect());
    let lost: Vec<String> = build
        .loses_data()
        .map(|(stack, resource)| {
            let BuildResource { logical_id, resource_type, action, .. } = resource;
            format!("{} of {logical_id} ({resource_type}) in {}: what it held is lost", action.as_str(), stack.name)
        })
        .collect();
    page.list(lost);
}

/// What each store lost; those of which the same is to be said, in one sentence.
fn losses(report: &Report) -> Vec<String> {
    let of = |wanted: Option<Duration>| -> Vec<&str> {
        let same = report.rpo.iter().filter(|(_, against)| against.measured == wanted);
        same.map(|(store, _)| store_word(*store)).collect()
    };
    let mut sentences = Vec::new();
    let (nothing, unknown) = (of(Some(Duration::ZERO)), of(None));
    if !nothing.is_empty() {
        sentences.push(format!("{} lost nothing that was acknowledged.", list(&nothing)));
    }
    for (store, against) in &report.rpo {
        if let Some(length) = against.measured.filter(|length| !length.is_zero()) {
            sentences.push(format!("{} lost {}{}.", store_word(*store), span(length), kept(against)));
        }
    }
    if !unknown.is_empty() {
        sentences.push(format!("What {} lost was not measured.", list(&unknown)));
    }
    sentences
}

fn kept(against: &Against) -> String {
    match (against.objective, against.met) {
        (Some(objective), Some(true)) => format!(", within the objective of {}", span(objective)),
        (Some(objective), Some(false)) => format!(", which misses the objective of {}", span(objective)),
        (_, _) => String::new(),
    }
}

fn outcome(outcome: Option<RunOutcome>) -> &'static str {
    match outcome {
        Some(RunOutcome::Completed) => "Completed:",
        Some(RunOutcome::Failed) => "Failed:",
        Some(RunOutcome::Aborted) => "Given up:",
        Some(RunOutcome::Stopped) => "Stopped:",
        None => "Not over:",
    }
}

fn lasted(report: &Report) -> String {
    match report.predicted_length {
        Some(predicted) => format!("in {} (the plan said {})", span(report.length), span(predicted)),
        None => format!("in {}", span(report.length)),
    }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn facts(report: &Report) -> Vec<String> {
    let reality = match &report.reality {
        None => "the journal does not say".to_owned(),
        Some(Reality::Live) => "AWS".to_owned(),
        Some(Reality::Simulated(scenario)) => format!("simulator, scenario {scenario}"),
    };
    let account = report.account.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
    let mut facts = vec![
        format!("drill: {}", if report.drill { "yes" } else { "no" }),
        format!("where: {reality}"),
        format!("account: {account}"),
    ];
    facts.extend(report.incident_began_at.map(|at| format!("incident since: {}", moment(at))));
    facts.extend([
        format!("begun: {}", moment(report.started_at)),
        format!("last entry: {}", moment(report.last_at)),
        format!("started by: {}, process {}", identity(&report.started_by), report.started_by.process),
    ]);
    facts.extend(report.approvals.iter().map(|approved| match &approved.typed {
        Some(phrase) => format!("approved by: {}, typing “{phrase}”", identity(&approved.by)),
        None => format!("approved by: {}, as second person", identity(&approved.by)),
    }));
    if report.approvals.is_empty() {
        facts.push("approved by: nobody".to_owned());
    }
    facts.push(format!("plan: {}", report.plan_hash.short()));
    facts
}

/// `—` where nobody knows: never a zero.
fn length(length: Option<Duration>) -> String {
    length.map_or_else(|| "—".to_owned(), span)
}

fn met(against: &Against) -> String {
    match (against.met, against.objective) {
        (Some(true), _) => "kept",
        (Some(false), _) => "MISSED",
        (None, Some(_)) => "not measured",
        (None, None) => "no objective",
    }
    .to_owned()
}

fn objectives(page: &mut Document, report: &Report) {
    page.heading("RTO and RPO");
    let line = |name: String, against: &Against| {
        [
            name,
            match (against.measured, against.at_least) {
                (None, Some(least)) => format!("at least {}", span(least)),
                (measured, _) => length(measured),
            },
            length(against.objective),
            met(against),
            length(against.predicted),
            length(against.truth),
        ]
    };
    let mut rows = vec![line("RTO".to_owned(), &report.rto)];
    rows.extend(report.rpo.iter().map(|(store, against)| line(format!("RPO {}", store_word(*store)), against)));
    page.table(["", "measured", "objective", "", "predicted", "truth"], rows);
    if let Some(why) = report.no_rto {
        page.paragraph(format!("The RTO is not measured: {why}."));
    }
    if let Some(longest) = report.rto.truth_longest {
        page.paragraph(format!(
            "The truth is the simulator's: what its clients lived through. Of all vantages, the longest could not \
             write for {}.",
            span(longest)
        ));
    }
}

fn phases(page: &mut Document, report: &Report) {
    page.heading("Phases");
    let row = |name: &str, what: &str, value| [name.to_owned(), length(value), what.to_owned()];
    page.table(
        ["phase", "length", "from, to"],
        vec![
            row("detection", "first failed canary or declared incident, to the plan", report.phases.detection),
            row("decision", "the plan, to its approval", report.phases.decision),
            row("execution", "the approval, to the last call's answer", report.phases.execution),
            row("verification", "the last call's answer, to the first good canary", report.phases.verification),
        ],
    );
}

fn canaries(page: &mut Document, canaries: &Canaries) {
    page.heading("Canaries");
    if canaries.written == 0 {
        page.paragraph("None were written: nobody knows what clients saw.");
        return;
    }
    page.paragraph(format!(
        "{} written, {} failed. Each mark is one in the order of writing: `.` acknowledged, `X` failed.",
        canaries.written, canaries.failed
    ));
    page.literal(&strip(canaries));
    let sought: Vec<String> = canaries
        .sought
        .iter()
        .map(|sought| {
            let lost = if sought.missing.is_empty() { "none".to_owned() } else { sought.missing.join(" ") };
            let found =
                format!("{}: {} found, {} could not be asked", store_word(sought.store), sought.found, sought.unknown);
            format!("{found}; acknowledged and missing: {lost}")
        })
        .collect();
    page.list(sought);
}

/// One mark a canary; where there are very many, one for several, which shows a failure if any failed.
fn strip(canaries: &Canaries) -> String {
    let room = STRIP_COLUMNS * STRIP_LINES;
    let each = canaries.strip.len().div_ceil(room).max(1);
    let marks: Vec<_> = canaries
        .strip
        .chunks(each)
        .filter_map(|some| some.first().map(|first| (first.offset, some.iter().any(|canary| canary.failure.is_some()))))
        .collect();
    let mut lines: Vec<String> = marks
        .chunks(STRIP_COLUMNS)
        .filter_map(|line| {
            let (offset, _) = line.first()?;
            let marks: String = line.iter().map(|(_, failed)| if *failed { 'X' } else { '.' }).collect();
            Some(format!("{:>10}  {marks}", clock(*offset)))
        })
        .collect();
    if each > 1 {
        lines.push(format!("            each mark stands for {each}"));
    }
    lines.join("\n")
}

/// `+12:07.3`, `+1:02:07.3`: from the run's beginning.
fn clock(offset: Duration) -> String {
    let tenths = offset.as_millis() / 100;
    let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60);
    if hours > 0 {
        format!("+{hours}:{minutes:02}:{seconds:02}.{}", tenths % 10)
    } else {
        format!("+{minutes}:{seconds:02}.{}", tenths % 10)
    }
}

fn status(step: &StepTold) -> &'static str {
    match step.status {
        StepStatus::Pending => "not begun",
        StepStatus::Begun => "begun, end unknown",
        StepStatus::Done => "done",
        StepStatus::Failed => "FAILED",
        StepStatus::Skipped => "skipped",
        StepStatus::Undone => "taken back",
    }
}

fn steps(page: &mut Document, report: &Report) {
    page.heading("Steps");
    let groups: BTreeSet<usize> = report.steps.iter().map(|step| step.group).collect();
    let rows = report.steps.iter().map(|step| {
        [
            // From 1, whatever the plan began with.
            groups.range(..=step.group).count().to_string(),
            step.title.clone(),
            status(step).to_owned(),
            length(step.expected),
            length(step.actual),
            step.attempts.to_string(),
        ]
    });
    page.table(["group", "step", "outcome", "expected", "actual", "attempts"], rows.collect());
    let reasons = report
        .steps
        .iter()
        .filter_map(|step| step.reason.as_ref().map(|reason| format!("{}: {}: {reason}", step.title, status(step))));
    page.list(reasons.collect());
    if !report.plan_notes.is_empty() {
        page.paragraph("What the plan said before:");
        page.list(report.plan_notes.clone());
    }
    let faults = report.faults.iter().map(|fault| format!("{} fault observed: {}", clock(fault.offset), fault.what));
    page.list(faults.collect());
}

fn guards(page: &mut Document, report: &Report) {
    page.heading("Guards");
    if report.guards.is_empty() {
        page.paragraph("None were judged.");
        return;
    }
    let against: Vec<String> = report
        .guards
        .iter()
        .filter(|told| !told.report.verdict.passes())
        .map(|told| {
            let whose = told.step.as_ref().map(|step| format!(", before {step}")).unwrap_or_default();
            let overridden = told.report.overridden.as_ref();
            let overridden = overridden.map(|why| format!("; overridden: {why}")).unwrap_or_default();
            let said = verdict(&told.report.verdict);
            format!("{} {}{whose} {said}{overridden}", clock(told.offset), told.report.guard)
        })
        .collect();
    let passed = report.guards.len() - against.len();
    page.paragraph(format!("{passed} of {} judgements passed. The last of each for the run:", report.guards.len()));
    page.list(newest(report));
    if !against.is_empty() {
        page.paragraph("Every judgement that did not pass:");
        page.list(against);
    }
    if report.overrides.is_empty() {
        return;
    }
    page.paragraph("Overridden:");
    let passed =
        |guard| report.guards.iter().filter(|told| told.report.guard == guard).all(|told| told.report.verdict.passes());
    let overrides = report.overrides.iter().map(|it| {
        let needless = if passed(it.guard) { " (it passed all the same)" } else { "" };
        format!("{} {} by {}: {}{needless}", clock(it.offset), it.guard, identity(&it.by), it.reason)
    });
    page.list(overrides.collect());
}

/// The last report of each guard that was judged for the run, else for a step.
fn newest(report: &Report) -> Vec<String> {
    let of_run =
        |guard: &GuardName| report.guards.iter().rev().find(|told| told.report.guard == *guard && told.step.is_none());
    let of_any = |guard: &GuardName| report.guards.iter().rev().find(|told| told.report.guard == *guard);
    GuardName::all()
        .filter_map(|guard| of_run(&guard).or_else(|| of_any(&guard)))
        .map(|told| {
            let word = match (told.report.verdict.passes(), &told.report.overridden) {
                (true, _) => "pass",
                (false, Some(_)) => "overridden",
                (false, None) => "REFUSED",
            };
            format!("{}: {word}: {}", told.report.guard, told.report.evidence)
        })
        .collect()
}

fn questions(page: &mut Document, report: &Report) {
    if report.questions.is_empty() {
        return;
    }
    page.heading("Questions");
    let asked = report.questions.iter().map(|question| {
        let answer = match &question.answer {
            None => "nobody answered".to_owned(),
            Some(Answered { answer, by, after }) => {
                format!("{} answered {} after {}", person(by), answer_words(answer), span(*after))
            }
        };
        format!("{} {}: {} — {answer}", clock(question.offset), question.step, question.text)
    });
    page.list(asked.collect());
}

fn ledger(page: &mut Document, report: &Report) {
    page.heading("Restore ledger");
    if report.ledger.is_empty() {
        page.paragraph("Nothing temporary was changed.");
        return;
    }
    let items = report.ledger.iter().map(|item| {
        let state = match &item.state {
            LedgerState::Restored => "put back".to_owned(),
            LedgerState::Undone => "taken back with its step".to_owned(),
            LedgerState::Kept { reason } => format!("STILL THERE, could not be put back: {reason}"),
            LedgerState::Open => "STILL THERE".to_owned(),
        };
        format!("{}: {state}", item.what)
    });
    page.list(items.collect());
    let left: Vec<&str> = report
        .ledger
        .iter()
        .filter(|item| item.is_left() && !item.restore.is_empty())
        .map(|item| item.restore.as_str())
        .collect();
    if !left.is_empty() {
        page.paragraph("What puts back what is still there:");
        page.literal(&left.join("\n"));
    }
}

fn calls(page: &mut Document, report: &Report) {
    page.heading("Calls");
    if report.steps.iter().all(|step| step.calls.is_empty()) {
        page.paragraph("Nothing was asked of AWS.");
        return;
    }
    for step in report.steps.iter().filter(|step| !step.calls.is_empty()) {
        page.paragraph(format!("{} ({}):", step.title, step.id));
        for call in &step.calls {
            let undo = if call.undo { "to take it back, " } else { "" };
            let again = if call.attempt > 1 { format!(", attempt {}", call.attempt) } else { String::new() };
            let took = call.took.map(|took| format!(" after {}", span(took))).unwrap_or_default();
            let outcome = match call.accepted {
                Some(true) => format!("accepted{took}"),
                Some(false) if call.needless => format!("nothing to delete{took}"),
                Some(false) => format!("failed{took}"),
                None => "no answer is recorded".to_owned(),
            };
            let said = call.said.as_ref().map(|said| format!(": {said}")).unwrap_or_default();
            let found = call.found.as_ref().map(|found| format!("; looked for: {found}")).unwrap_or_default();
            let request = call.request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default();
            page.list(vec![format!(
                "{} {undo}{} in {}{again}: {outcome}{said}{found}{request}",
                clock(call.started),
                call.operation,
                call.endpoint_region
            )]);
            if !call.command.is_empty() {
                page.literal(&call.command);
            }
        }
    }
}

/// What was said beside the run, in the order in which it was said.
fn incidents(page: &mut Document, report: &Report) {
    for incident in &report.incidents {
        page.heading(format!("Incident: {}", incident.text));
        let mut said = vec![
            format!("{} it began", moment(incident.began_at)),
            format!("{} declared by {}", moment(incident.declared_at), person(&incident.by)),
        ];
        said.extend(incident.notes.iter().map(noted));
        said.extend(
            incident
                .closed
                .iter()
                .map(|closed| format!("{} closed by {}: {}", moment(closed.at), person(&closed.by), closed.text)),
        );
        page.list(said);
    }
    if !report.notes.is_empty() {
        page.heading("Notes");
        page.list(report.notes.iter().map(noted).collect());
    }
}

fn noted(note: &Note) -> String {
    format!("{} {}: {}", moment(note.at), person(&note.by), note.text)
}

fn timeline(page: &mut Document, report: &Report) {
    page.heading("Timeline");
    page.list(report.timeline.iter().map(|moment| format!("{} {}", clock(moment.offset), moment.text)).collect());
}

fn evidence(page: &mut Document, report: &Report) {
    page.heading("Evidence");
    let evidence = &report.evidence;
    let chain = match &evidence.chain {
        Chain::NotVerified => "The journal was not verified for this report.".to_owned(),
        Chain::Whole { journal_entries, .. } => {
            format!("The journal was verified: {journal_entries} entries, each as it was written.")
        }
        Chain::Broken { at_sequence, why, .. } => format!("The journal is BROKEN at entry {at_sequence}: {why}."),
        Chain::Unreadable { why } => format!("The journal could not be verified: {why}."),
    };
    page.paragraph(format!(
        "{} entries of the journal, {} to {}. {chain}",
        evidence.entries, evidence.first_sequence, evidence.last_sequence
    ));
    let mut hashes = vec![
        format!("first entry {}", evidence.first_hash),
        format!("last entry  {}", evidence.last_hash),
        format!("plan        {}", report.plan_hash),
    ];
    if let Chain::Whole { journal_head, .. } = &evidence.chain {
        hashes.push(format!("journal     {journal_head}"));
    }
    page.literal(&hashes.join("\n"));
}
