//! The plan that is proposed, to be read before anything is begun: what it is for, what is lost by it, what refuses it,
//! and every step in its order with the line of reversibility drawn across.

use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::plan::{Build, Plan, Reversible, Step, StepId};
use lifeboat_model::rules::aws_cli;
use lifeboat_model::runbook::{Mode, PROVISION};

use crate::acting::{Proposal, mending, words};
use crate::action::{Action, Context};
use crate::estate::is_about_stacks;
use crate::format;
use crate::look::Look;
use crate::model::{Access, Model, Watched};
use crate::screens::{Page, runbooks};
use crate::theme::Role;

mod build;

pub(super) fn page(model: &Model, look: &Look<'_>, watched: &Watched, calls: bool) -> Option<Page> {
    let proposing = watched.proposing.as_ref()?;
    let drill = if proposing.drill { " as a drill" } else { "" };
    let mut page = Page::new(format!("Proposed: {}{drill}", proposing.runbook));
    if let Some(why) = &proposing.refused {
        page.fact("no plan", Role::Danger, format!("{} {why}", look.symbols.danger));
        page.sentence(Role::Muted, "it is tried again every few seconds while this page is open");
        return Some(page);
    }
    let Some(proposal) = &watched.proposal else {
        page.sentence(Role::Unknown, "the plan is being made");
        return Some(page);
    };
    changes(&mut page, look, proposal);
    how_to_begin(&mut page, model, look, proposal);
    what(&mut page, look, watched, &proposal.plan);
    // What stands in the way is read first, and of stacks there is much else to read.
    match &proposal.plan.build {
        Some(build) => {
            guards(&mut page, model, look, proposal);
            build::tell(&mut page, look, &proposal.plan, build);
        }
        None if is_about_stacks(&proposal.plan) => guards(&mut page, model, look, proposal),
        None => {
            costs(&mut page, look, &proposal.plan);
            guards(&mut page, model, look, proposal);
        }
    }
    steps(&mut page, look, &proposal.plan, calls);
    if !proposal.plan.notes.is_empty() {
        page.heading("To know before");
        for note in &proposal.plan.notes {
            page.fact(look.symbols.dash, Role::Text, note.clone());
        }
    }
    page.heading("What is approved");
    page.fact("hash", Role::Text, proposal.hash.to_string());
    page.fact("phrase", Role::Text, proposal.plan.phrase());
    Some(page)
}

fn changes(page: &mut Page, look: &Look<'_>, proposal: &Proposal) {
    if proposal.changes.is_empty() {
        return;
    }
    page.sentence(
        Role::Danger,
        format!("{} The plan is another one than you read: read it again.", look.symbols.danger),
    );
    for change in &proposal.changes {
        page.fact(look.symbols.dash, Role::Caution, change.clone());
    }
    page.sentence(Role::Text, "");
}

/// The way on, or what stands in it: first, because it is what the page is for.
fn how_to_begin(page: &mut Page, model: &Model, look: &Look<'_>, proposal: &Proposal) {
    let refusing = proposal.refusing();
    let key = |action| {
        model.keymap.shown(action, Context::Proposal).map_or_else(|| "the palette".to_owned(), ToString::to_string)
    };
    let only_access = refusing.iter().all(|report| report.guard == GuardName::Access);
    let is_only_access = model.access_here() == Access::ReadOnly && only_access;
    let is_nothing = proposal.plan.build.as_ref().is_some_and(Build::is_nothing);
    if is_nothing && proposal.runbook.as_str() == PROVISION {
        let text = format!("{} everything stands as the blueprint has it: nothing is to be done", look.symbols.ok);
        page.fact("stands", Role::Ok, text);
    } else if is_only_access {
        let text = match model.pinned_here() {
            Some(why) => {
                format!("{} every other guard passes, but access stays read-only: {why}", look.symbols.caution)
            }
            None => format!(
                "{} every other guard passes; access is read-only: {} raises it first",
                look.symbols.caution,
                key(Action::RaiseAccess)
            ),
        };
        page.fact("stands", Role::Caution, text);
    } else if refusing.is_empty() {
        let count = proposal.reports.len();
        let text = format!("{} all {count} guards pass: {} begins it", look.symbols.ok, key(Action::Begin));
        page.fact("stands", Role::Ok, text);
    } else {
        let names: Vec<&str> = refusing.iter().map(|report| report.guard.as_str()).collect();
        let count =
            if names.len() == 1 { "1 guard refuses".to_owned() } else { format!("{} guards refuse", names.len()) };
        let text = format!("{} {count}, and it cannot begin: {}", look.symbols.danger, names.join(", "));
        page.fact("stands", Role::Danger, text);
        if refusing.iter().any(|report| report.guard == GuardName::SecondPerson) {
            let hash = proposal.hash.short();
            let (drill, as_drill) = if proposal.drill { (" --drill", ", as a drill too") } else { ("", "") };
            let text = format!(
                "it must be somebody else than whoever begins it: on their own screen {} on this very page ({hash}{as_drill}), \
                 or `lifeboat run {}{drill} --approve {hash}`",
                key(Action::ApprovePlan),
                proposal.runbook
            );
            page.fact("", Role::Caution, text);
        }
    }
}

fn what(page: &mut Page, look: &Look<'_>, watched: &Watched, plan: &Plan) {
    if let Some(purpose) = runbooks::purpose(watched, &plan.runbook) {
        page.fact("purpose", Role::Text, purpose);
    }
    if plan.drill {
        page.fact("drill", Role::Caution, "a rehearsal: it fails if it injected or observed nothing");
        page.fact("", Role::Caution, words::injected(plan));
    }
    if is_about_stacks(plan) {
        page.fact("regions", Role::Heading, format!("{} and {}", plan.to, plan.from));
        if plan.mode == Mode::Unplanned {
            page.fact("mode", Role::Danger, "a region does not answer: what can be done without it is done");
        }
    } else {
        page.fact("leads", Role::Heading, format!("{} {} {}", plan.from, look.symbols.arrow, plan.to));
        page.fact("mode", Role::Text, words::mode(plan.mode));
    }
    let account = plan.account.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string);
    page.fact("account", if plan.account.is_some() { Role::Text } else { Role::Unknown }, account);
    if let Some(writer) = &plan.writer {
        page.fact("writer now", Role::Text, writer.to_string());
    }
    page.fact(
        "made",
        Role::Muted,
        format!("{}, {} ago; made anew while you read", look.time_of_day(plan.made_at), look.age(plan.made_at)),
    );
}

fn costs(page: &mut Page, look: &Look<'_>, plan: &Plan) {
    page.heading("What it costs");
    let losses = words::losses(plan);
    if losses.is_empty() {
        page.fact("lost by it", Role::Text, words::loss(plan));
    }
    for (kind, is_lost, said) in losses {
        let over = plan.predicted.rpo.get(&kind).copied().flatten().zip(plan.objectives.rpo_of(kind));
        let against = match over {
            Some((loss, target)) if loss > target => format!(", over the RPO of {}", format::target(target)),
            Some((_, target)) if is_lost => format!(", within the RPO of {}", format::target(target)),
            Some(_) | None => String::new(),
        };
        let role = if is_lost { Role::Danger } else { Role::Text };
        page.fact("lost by it", role, format!("{}: {said}{against}", words::store(kind)));
    }
    let (role, rto) = match (plan.predicted.rto, plan.objectives.rto) {
        (None, _) => (Role::Unknown, format!("{} not known", look.symbols.unknown)),
        (Some(rto), None) => (Role::Text, format!("{}; no RTO is set", format::duration(rto))),
        (Some(rto), Some(target)) if rto > target => (
            Role::Danger,
            format!("{} {}, over the RTO of {}", look.symbols.danger, format::duration(rto), format::target(target)),
        ),
        (Some(rto), Some(target)) => (
            Role::Ok,
            format!("{} {}, within the RTO of {}", look.symbols.ok, format::duration(rto), format::target(target)),
        ),
    };
    page.fact("clients wait", role, rto);
    let whole = plan.predicted.length.map_or_else(|| "not known".to_owned(), format::duration);
    page.fact("whole run", if plan.predicted.length.is_some() { Role::Text } else { Role::Unknown }, whole);
}

fn urgency(report: &GuardReport) -> u8 {
    match (&report.verdict, report.allows()) {
        (Verdict::Refuse { .. }, false) => 0,
        (Verdict::Unknown { .. }, false) => 1,
        (_, true) => 2,
        (Verdict::Pass, false) => 3,
    }
}

/// What refuses first, each with its fix.
fn guards(page: &mut Page, model: &Model, look: &Look<'_>, proposal: &Proposal) {
    page.heading("Guards");
    let mut reports: Vec<&GuardReport> = proposal.reports.iter().collect();
    reports.sort_by_key(|report| urgency(report));
    for report in reports {
        guard(page, look, report, mending::fix_here(model, report));
        if let Some(past) = mending::past_here(model, report) {
            page.fact("", Role::Muted, format!("or: {past}"));
        }
    }
}

pub(super) fn guard(page: &mut Page, look: &Look<'_>, report: &GuardReport, fix: Option<String>) {
    let age = report.read_at.map_or_else(String::new, |at| format!(" ({} ago)", look.age(at)));
    let (role, said) = match &report.verdict {
        Verdict::Pass => (Role::Ok, format!("{} {}{age}", look.symbols.ok, report.evidence)),
        Verdict::Refuse { reason, .. } => (Role::Danger, format!("{} refuses: {reason}{age}", look.symbols.danger)),
        Verdict::Unknown { reason } => {
            (Role::Unknown, format!("{} not known, which refuses: {reason}{age}", look.symbols.unknown))
        }
    };
    let role = if report.verdict.passes() { Role::Text } else { role };
    page.fact(report.guard.as_str(), role, said);
    if let Some(fix) = fix {
        page.fact("", Role::Text, format!("fix: {fix}"));
    }
    if let Some(reason) = &report.overridden {
        page.fact("", Role::Caution, format!("overridden: {reason}"));
    }
}

fn steps(page: &mut Page, look: &Look<'_>, plan: &Plan, calls: bool) {
    page.heading(if calls { "Steps, with each call (c hides them)" } else { "Steps (c shows each call)" });
    if plan.groups().any(|group| group.len() > 1) {
        page.fact("", Role::Muted, "those that have their first number in common go side by side");
    }
    let line = plan.point_of_no_return();
    for (number, group) in plan.groups().enumerate() {
        if line.is_some() && group.first().map(|step| step.group) == line {
            page.sentence(
                Role::Danger,
                format!("{0}{0} above this line everything can be taken back, below it not {0}{0}", look.rule()),
            );
        }
        for (index, step) in group.iter().enumerate() {
            let number = number + 1;
            let label = if group.len() == 1 { number.to_string() } else { format!("{number}.{}", index + 1) };
            page.fact(&label, Role::Heading, step.title.clone());
            tell(page, look, step, calls);
        }
    }
    if line.is_none() {
        page.sentence(Role::Ok, format!("{} every step can be taken back", look.symbols.ok));
    }
}

fn tell(page: &mut Page, look: &Look<'_>, step: &Step, calls: bool) {
    let mut traits = vec![format!("expected: {}", words::expected(step))];
    traits.extend(step.temporary.then(|| "put back at the end".to_owned()));
    traits.extend(step.optional.then(|| "the run goes on without it".to_owned()));
    traits.extend(step.inject.then(|| "the fault of this drill".to_owned()));
    page.fact("", Role::Muted, format!("  {}", traits.join(", ")));
    if !step.after.is_empty() {
        let after: Vec<&str> = step.after.iter().map(StepId::as_str).collect();
        page.fact("", Role::Muted, format!("  after {}", after.join(", ")));
    }
    if let Reversible::No(reason) = &step.reversible {
        page.fact("", Role::Danger, format!("  {} cannot be taken back: {reason}", look.symbols.caution));
    }
    if calls {
        for call in &step.calls {
            let commands = aws_cli::command(call);
            page.fact("", Role::Text, format!("  {} in {}", call.operation(), call.endpoint_region()));
            if !commands.is_empty() {
                page.fact("", Role::Accent, format!("  {}", aws_cli::posix(&commands)));
            }
        }
        if step.calls.is_empty() {
            page.fact("", Role::Muted, "  it changes nothing by itself");
        }
    }
}
