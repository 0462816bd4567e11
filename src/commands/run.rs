//! `lifeboat run`: plans, judges, asks for the phrase, and has the plan carried out. Whether anything may be done is
//! decided by guards and by the approval, not here.

use std::collections::BTreeMap;

use color_eyre::Result;
use jiff::tz::TimeZone;
use lifeboat_engine::approval::{Approval, NotApproved};
use lifeboat_engine::guards::{self, NotASecond, Session};
use lifeboat_engine::journal;
use lifeboat_engine::planner::CannotPlan;
use lifeboat_engine::seconds;
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::plan::{Build, Plan, PlanHash};
use lifeboat_model::run::{Operator, RunState};
use lifeboat_model::runbook::{Mode, Runbook};
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::wording::span;
use serde_json::json;

use crate::acting::{self, Case, PATIENCE, View};
use crate::building::{Building, Purpose, Wish};
use crate::cli::{ApprovalArguments, BuildArguments, RunArguments};
use crate::commands::{Context, plan, runs};
use crate::config::diagnostic::nearest;
use crate::config::env;
use crate::exit::{Exit, Failure};
use conduct::{Act, Manner, conduct};
use typed::Typed;
use when::Side;

pub(crate) mod conduct;
mod events;
mod progress;
mod tree;
pub(crate) mod typed;
mod when;

/// How long a hurried world is let go on at a time, and how often.
const MOMENT: Duration = Duration::from_mins(1);
const MOMENTS: u32 = 15;
/// The fewest letters of a hash that name a plan: as many as are shown where it is short.
const HASH_LETTERS: usize = 12;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &RunArguments) -> Result<Exit> {
    let overrides = overrides(&arguments.overrides)?;
    if let Some(wish) = Wish::of(&arguments.runbook) {
        return Box::pin(run_of_stacks(context, wish, arguments, overrides)).await;
    }
    let case = Case::to_act(context).await?;
    let only_approves = arguments.approve.is_some() && arguments.confirm.is_none();
    if !only_approves {
        case.wiring.refuse_pinned(case.name())?;
    }
    let runbook = case.runbook(&arguments.runbook)?;
    let zone = TimeZone::system();
    let moment = |option, text: &Option<String>, now, side| {
        text.as_deref().map(|text| when::moment(option, text, now, side, &zone)).transpose()
    };
    let at = moment("--at", &arguments.at, case.now(), Side::Coming)?;
    let since = moment("--since", &arguments.since, at.unwrap_or_else(|| case.now()), Side::Past)?;
    let drill = if arguments.if_due {
        match due(&case, &runbook, arguments.drill)? {
            Wanted::Now { drill } => drill,
            Wanted::Later { next } => return not_due(context, &runbook, next),
        }
    } else {
        arguments.drill
    };
    let since = match since {
        None if !drill => declared(context, &case)?,
        since => since,
    };
    // What was approved beforehand needs nobody to look at a plan that will have changed by then.
    if let (Some(at), Some(_)) = (at, &arguments.confirm) {
        // A region that is lost while this waits has been heard before.
        drop(case.look(PATIENCE).await?);
        wait_until(context, &case, at).await?;
    }
    let proposal = Proposal::make(context, &case, &runbook, drill, &overrides).await?;
    if let (Some(hash), None) = (&arguments.approve, &arguments.confirm) {
        return approve(context, &case, &proposal, hash);
    }
    let mut typed = if context.output.json { None } else { Typed::listen() };
    show(context, &case, &proposal)?;
    if let Some(hash) = &arguments.approve {
        proposal.is_of(hash)?;
    }
    proposal.pass_guards(context, &case, &overrides)?;
    let approval = confirm(context, &case, &proposal, arguments.confirm.as_deref(), typed.as_mut()).await?;
    let Some(at) = at.filter(|_| arguments.confirm.is_none()) else {
        return begin(context, &case, proposal, approval, overrides, since, typed).await;
    };
    wait_until(context, &case, at).await?;
    let later = Proposal::make(context, &case, &runbook, drill, &overrides).await?;
    later.is_still(approval.hash())?;
    later.pass_guards(context, &case, &overrides)?;
    begin(context, &case, later, approval, overrides, since, typed).await
}

/// What `up` and `down` are short for, of a deployment that there is already.
/// When the incident began that was declared and is not over. A rehearsal's recovery time is its own.
fn declared(context: &mut Context<'_>, case: &Case) -> Result<Option<Timestamp>> {
    let logbook = journal::logbook(&*case.journal, case.name()).map_err(|error| acting::journal_failure(&error))?;
    let Some(incident) = logbook.open() else { return Ok(None) };
    let by = &incident.by.user;
    context.output.note(&format!(
        "the recovery time counts from {:.0}, when the incident began that {by} declared",
        incident.began_at
    ))?;
    Ok(Some(incident.began_at))
}

async fn run_of_stacks(
    context: &mut Context<'_>,
    wish: Wish,
    arguments: &RunArguments,
    overrides: BTreeMap<GuardName, String>,
) -> Result<Exit> {
    for (option, given) in [
        ("--drill", arguments.drill),
        ("--at", arguments.at.is_some()),
        ("--if-due", arguments.if_due),
        ("--since", arguments.since.is_some()),
    ] {
        if given {
            return Err(Failure::usage(format!("`{option}` means nothing with `{}`", arguments.runbook))
                .hint("leave it out: stacks are made and deleted at once, and no clients are measured")
                .into());
        }
    }
    let approval = ApprovalArguments {
        confirm: arguments.confirm.clone(),
        approve: arguments.approve.clone(),
        overrides: arguments.overrides.clone(),
    };
    let purpose = Purpose::of(&approval);
    let building = match wish {
        Wish::Provision => Building::to_provision(context, &BuildArguments::default(), purpose).await?,
        Wish::Teardown | Wish::Drift => Building::of_what_stands(context, None, wish, purpose).await?,
    };
    let exit = build(context, &building, &approval, overrides).await?;
    context.follow_up(&building.case).await?;
    Ok(exit)
}

/// The same for a plan of stacks, which is made from a blueprint.
pub(crate) async fn build(
    context: &mut Context<'_>,
    building: &Building,
    arguments: &ApprovalArguments,
    overrides: BTreeMap<GuardName, String>,
) -> Result<Exit> {
    let case = &building.case;
    let (plan, view) = building.plan(PATIENCE).await?;
    let session = case.session(&view)?;
    let proposal = Proposal { view, plan, session };
    if let (Some(hash), None) = (&arguments.approve, &arguments.confirm) {
        return approve(context, case, &proposal, hash);
    }
    let is_nothing = proposal.plan.build.as_ref().is_some_and(Build::is_nothing);
    let mut typed = if context.output.json { None } else { Typed::listen() };
    show(context, case, &proposal)?;
    if let Some(hash) = &arguments.approve {
        proposal.is_of(hash)?;
    }
    if is_nothing && building.wish == Wish::Provision {
        return nothing_to_do(context, &proposal.plan);
    }
    proposal.pass_guards(context, case, &overrides)?;
    let approval = confirm(context, case, &proposal, arguments.confirm.as_deref(), typed.as_mut()).await?;
    let plan = proposal.plan.clone();
    let profile = context.environment.get(env::AWS_PROFILE);
    let run = begin(context, case, proposal, approval, overrides, None, typed);
    building.around(&plan, profile, run).await?
}

fn nothing_to_do(context: &mut Context<'_>, plan: &Plan) -> Result<Exit> {
    if context.output.json {
        let value = json!({ "event": "nothing_to_do", "version": 1, "deployment": plan.deployment });
        context.output.json_line(&value)?;
    } else {
        context.output.data("Everything stands as the blueprint has it: nothing is to be done.")?;
    }
    Ok(Exit::Done)
}

/// A plan as it is proposed now, with what it was made from.
struct Proposal {
    view: View,
    plan: Plan,
    session: Session,
}

impl Proposal {
    /// A planned run can wait for what the last one left behind: metrics that are yet to tell of the new roles, errors
    /// of the fence. Where time passes by itself that is a person's choice; in a hurried world it would never pass.
    async fn make(
        context: &mut Context<'_>,
        case: &Case,
        runbook: &Runbook,
        drill: bool,
        overrides: &BTreeMap<GuardName, String>,
    ) -> Result<Self> {
        if case.wiring.is_hurried && runbook.mode == Mode::Planned {
            for waited in 0..MOMENTS {
                let view = case.look(PATIENCE).await?;
                let why = match case.plan(runbook, drill, &view) {
                    Ok(plan) => unsettled(&case.judge(&plan, &view, &case.session(&view)?, overrides)),
                    Err(error) => may_settle(&error).then(|| error.to_string()),
                };
                let Some(why) = why else { break };
                if waited == 0 {
                    let most = span(MOMENT.saturating_mul(MOMENTS));
                    let note = "note: at this pace no time passes between commands, so it is let pass,";
                    context.output.note(&format!("{note} up to {most}, until this settles: {why}"))?;
                }
                case.wiring.clock.sleep(MOMENT).await;
            }
        }
        Ok(Self::at_once(case, runbook, drill).await?)
    }

    async fn at_once(case: &Case, runbook: &Runbook, drill: bool) -> Result<Self, Failure> {
        let view = case.look(PATIENCE).await?;
        let plan = case.plan(runbook, drill, &view).map_err(|error| acting::unplannable(&error, &view))?;
        let session = case.session(&view)?;
        Ok(Self { view, plan, session })
    }

    fn operator(&self) -> &Operator {
        &self.session.operator
    }

    /// Whether it is the plan that somebody read, by its hash or the hash's beginning.
    fn is_of(&self, hash: &str) -> Result<(), Failure> {
        let now = self.plan.hash();
        if is_short_for(hash, &now) { Ok(()) } else { Err(stale(hash, &now, &self.plan)) }
    }

    /// The plan that the open run has become, where that is the one meant: a run that goes on unplanned wants its second
    /// person anew, and nobody else can make that plan.
    /// The plan of the open run, where that is what the hash is of, and who executes it.
    fn of_open_run(&self, case: &Case, hash: &str) -> Option<(Plan, Option<Operator>)> {
        let entries = case.journal.entries(self.session.open_run.as_ref()?).ok()?;
        let state = RunState::of(&entries).ok()?;
        let executing = seconds::executing(&*case.journal, &entries, case.name()).ok()?;
        is_short_for(hash, &state.plan.hash()).then_some((state.plan, executing))
    }

    fn is_still(&self, approved: &PlanHash) -> Result<(), Failure> {
        let now = self.plan.hash();
        if now == *approved { Ok(()) } else { Err(stale(approved.as_str(), &now, &self.plan)) }
    }

    fn pass_guards(
        &self,
        context: &mut Context<'_>,
        case: &Case,
        overrides: &BTreeMap<GuardName, String>,
    ) -> Result<()> {
        let reports = case.judge(&self.plan, &self.view, &self.session, overrides);
        let refusing: Vec<GuardReport> = reports.into_iter().filter(|report| !report.allows()).collect();
        if refusing.is_empty() {
            return Ok(());
        }
        Err(conduct::refused(context.output, &refusing, self.view.now)?.into())
    }
}

/// What a run would be refused for that time alone may mend.
fn unsettled(reports: &[GuardReport]) -> Option<String> {
    reports.iter().filter(|report| !report.allows()).find_map(|report| match (&report.verdict, report.guard) {
        (Verdict::Unknown { reason }, _) | (Verdict::Refuse { reason, .. }, GuardName::BothHealthy) => {
            Some(format!("{}: {reason}", report.guard))
        }
        (Verdict::Pass | Verdict::Refuse { .. }, _) => None,
    })
}

fn may_settle(error: &CannotPlan) -> bool {
    match error {
        CannotPlan::NoActiveRegion { .. } | CannotPlan::NotRead { .. } | CannotPlan::LatencyUnknown { .. } => true,
        CannotPlan::AlreadyHome { .. }
        | CannotPlan::AlreadyActive { .. }
        | CannotPlan::NotThere { .. }
        | CannotPlan::NoLever { .. }
        | CannotPlan::Breaks { .. } => false,
    }
}

fn stale(approved: &str, now: &PlanHash, plan: &Plan) -> Failure {
    Failure::refused(format!(
        "the plan is no longer the one that was approved: that was {approved}, and now it is {now}; nothing was begun"
    ))
    .hint(format!(
        "what the plan rests on has changed: read it again with `lifeboat plan {}` and approve that",
        plan.runbook
    ))
}

/// `GUARD=REASON`, for guards that a person may go on against.
pub(crate) fn overrides(said: &[String]) -> Result<BTreeMap<GuardName, String>, Failure> {
    let mut overrides = BTreeMap::new();
    for text in said {
        let (name, reason) = text.split_once('=').unwrap_or((text, ""));
        let Some(guard) = GuardName::parse(name.trim()) else {
            return Err(Failure::usage(format!("there is no guard `{name}`")).hint(guard_like(name)));
        };
        if !guard.can_be_overridden() {
            return Err(Failure::usage(format!("nobody may override the guard `{guard}`"))
                .hint("`lifeboat preflight` says what would make it pass"));
        }
        if reason.trim().is_empty() {
            return Err(Failure::usage(format!("`--override {text}` lacks a reason"))
                .hint(format!("write why, as the journal will have it: `--override {guard}=\"…\"`")));
        }
        overrides.insert(guard, reason.trim().to_owned());
    }
    Ok(overrides)
}

fn guard_like(name: &str) -> String {
    let known = GuardName::all().filter(|guard| guard.can_be_overridden()).map(GuardName::as_str);
    match nearest(name, known.clone()) {
        Some(guard) => format!("did you mean `{guard}`?"),
        None => format!("those that may be overridden: {}", known.collect::<Vec<_>>().join(", ")),
    }
}

/// Whether a schedule wants the runbook by now.
enum Wanted {
    Now { drill: bool },
    Later { next: Timestamp },
}

fn due(case: &Case, runbook: &Runbook, drill: bool) -> Result<Wanted, Failure> {
    let heads = case.journal.runs(Some(case.name())).map_err(|error| acting::journal_failure(&error))?;
    let mut scheduled = runs::schedules(&case.wired.deployment, &heads, case.now())?;
    scheduled.retain(|one| one.schedule.runbook == runbook.name && (one.schedule.drill || !drill));
    let next = scheduled.iter().map(|one| one.due.next).min();
    let overdue =
        scheduled.iter().filter(|one| one.due.overdue_since.is_some()).min_by_key(|one| one.due.overdue_since);
    match (overdue, next) {
        (Some(one), _) => Ok(Wanted::Now { drill: drill || one.schedule.drill }),
        (None, Some(next)) => Ok(Wanted::Later { next }),
        (None, None) => {
            Err(Failure::usage(format!("no schedule of `{}` names the runbook `{}`", case.name(), runbook.name))
                .hint("add one to the deployment's `schedules`, or leave `--if-due` out"))
        }
    }
}

fn not_due(context: &mut Context<'_>, runbook: &Runbook, next: Timestamp) -> Result<Exit> {
    if context.output.json {
        let value = json!({ "event": "not_due", "version": 1, "runbook": runbook.name, "next": next.to_string() });
        context.output.json_line(&value)?;
    } else {
        context.output.data(&format!("{} is not due; next {next:.0}", runbook.name))?;
    }
    Ok(Exit::Done)
}

fn is_short_for(hash: &str, whole: &PlanHash) -> bool {
    hash.len() >= HASH_LETTERS && whole.as_str().starts_with(&hash.to_ascii_lowercase())
}

/// Notes this person's approval of the plan, for somebody else's run.
fn approve(context: &mut Context<'_>, case: &Case, proposal: &Proposal, hash: &str) -> Result<Exit> {
    if hash.is_empty() {
        let text = plan::shown(context, &proposal.plan, &case.wiring.reality);
        context.output.note(text.trim_end())?;
        let again = format!("`lifeboat run {} --approve {}`", proposal.plan.runbook, proposal.plan.hash().short());
        return Err(Failure::usage("the hash of the plan that is approved was not given")
            .hint(format!("read the plan above; to approve that very plan: {again}"))
            .into());
    }
    let (plan, executing) = if let Some(of_run) = proposal.of_open_run(case, hash) {
        of_run
    } else {
        proposal.is_of(hash)?;
        (proposal.plan.clone(), None)
    };
    let operator = proposal.operator();
    let refused = |why: NotASecond| Failure::refused(format!("second-person: {why}"));
    match guards::may_be_second(operator, executing.as_ref()) {
        Ok(()) => {}
        // Where nobody asks for a second person it is a word like any other.
        Err(NotASecond::Nobody(_) | NotASecond::Same(_)) if !case.wired.deployment.policy.two_person => {}
        Err(why) => return Err(refused(why).into()),
    }
    let whole = plan.hash();
    journal::approve(&*case.journal, case.name(), operator, &whole, case.now())
        .map_err(|error| acting::journal_failure(&error))?;
    if context.output.json {
        context.output.json_line(&json!({ "event": "approved", "version": 1, "hash": whole, "by": operator }))?;
    } else {
        let by = operator.arn.as_ref().map_or(operator.user.as_str(), |arn| arn.as_str());
        context.output.data(&format!("approved by {by}: {}, plan {whole}", plan.phrase()))?;
    }
    Ok(Exit::Done)
}

/// The plan before anything is asked. Where data is wanted, it is in the first event.
fn show(context: &mut Context<'_>, case: &Case, proposal: &Proposal) -> Result<()> {
    if !context.output.json {
        let text = plan::shown(context, &proposal.plan, &case.wiring.reality);
        context.output.data(&text)?;
    }
    Ok(())
}

/// The phrase, typed here or given with `--confirm`. An empty line asks again; no key held down confirms anything.
async fn confirm(
    context: &mut Context<'_>,
    case: &Case,
    proposal: &Proposal,
    given: Option<&str>,
    typed: Option<&mut Typed>,
) -> Result<Approval> {
    let (plan, shown) = (&proposal.plan, proposal.plan.hash());
    let approval = |typed: &str| Approval::by_phrase(plan, &shown, typed, proposal.operator().clone(), case.now());
    if let Some(given) = given {
        return approval(given).map_err(|error| not_confirmed(&error).into());
    }
    let Some(typed) = typed else {
        return Err(Failure::refused(format!(
            "the phrase was not given, and nobody sits at a terminal to type it; nothing was begun\n  phrase: {}",
            plan.phrase()
        ))
        .hint(format!(
            "add `--confirm \"{}\"`, and `--approve {}` so that no other plan is run",
            plan.phrase(),
            shown.short()
        ))
        .into());
    };
    let lost = plan::words::loss_in_short(plan);
    context.output.data(&format!("Lost by it: {lost}.\nTo run it, type the phrase: {}", plan.phrase()))?;
    loop {
        let Some(line) = typed.line().await else {
            return Err(Failure::refused("nothing was typed; nothing was begun").into());
        };
        match approval(&line) {
            Ok(approval) => return Ok(approval),
            Err(NotApproved::Nothing { .. }) => context.output.data("The phrase, or Ctrl-C:")?,
            Err(error @ (NotApproved::AnotherPhrase { .. } | NotApproved::AnotherPlan { .. })) => {
                return Err(not_confirmed(&error).into());
            }
        }
    }
}

fn not_confirmed(error: &NotApproved) -> Failure {
    Failure::refused(format!("not confirmed: {error}; nothing was begun"))
        .hint("read the plan again, and give its phrase letter for letter")
}

/// Waits, telling until when.
async fn wait_until(context: &mut Context<'_>, case: &Case, at: Timestamp) -> Result<()> {
    let length = age(at, case.now());
    context.output.note(&format!("waiting until {at:.0}, {}; Ctrl-C cancels", span(length)))?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        () = case.wiring.clock.sleep(length) => return Ok(()),
        outcome = tokio::signal::ctrl_c() => outcome?,
        _ = terminate.recv() => {}
    }
    Err(Failure::error("cancelled before its time; nothing was begun").into())
}

async fn begin(
    context: &mut Context<'_>,
    case: &Case,
    proposal: Proposal,
    approval: Approval,
    overrides: BTreeMap<GuardName, String>,
    since: Option<Timestamp>,
    typed: Option<Typed>,
) -> Result<Exit> {
    let surroundings = case.surroundings(proposal.view, since)?;
    let act = Act::Start { plan: Box::new(proposal.plan), approval, overrides };
    conduct(context.output, act, &surroundings, Manner { typed, orders: Vec::new() }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<BTreeMap<GuardName, String>, Failure> {
        overrides(&[text.to_owned()])
    }

    #[test]
    fn an_override_names_a_guard_that_allows_it_and_a_reason() {
        let given = said("lag=the region is lost = gone").unwrap();
        assert_eq!(given.get(&GuardName::Lag).map(String::as_str), Some("the region is lost = gone"));
        for wrong in ["lag", "lag=", "lag=  ", "lagg=x", "access=x", "writer=I know better", "lock=x", "=x"] {
            let failure = said(wrong).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{wrong}");
        }
    }
}
