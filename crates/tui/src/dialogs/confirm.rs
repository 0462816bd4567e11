//! The last moment before something is done: what it is, what it costs, and the phrase that must be typed for it. Only
//! Enter after exactly that phrase confirms; no paste does, and no key held down.

use lifeboat_model::observation::Freshness;
use lifeboat_model::plan::{Plan, PlanHash, StackAction};
use lifeboat_model::run::RunId;
use lifeboat_model::runbook::{Mode, TEARDOWN};
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::wording::list;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use serde::{Deserialize, Serialize};

use super::answer::draw_box;
use crate::acting::{LiveRun, Question, undo, words};
use crate::action::{Action, Context};
use crate::estate::is_about_stacks;
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;

/// What is confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The proposed plan is begun.
    Begin,
    /// The plan that the run has become is approved.
    Approve { question: Question },
    /// The plan that a run, which somebody else executes, has become is approved.
    SecondOfRun { question: Question },
    /// The proposed plan is approved for somebody else's run.
    SecondOfProposal,
    /// The run is given up.
    Abort { question: Option<Question> },
    /// A run that nobody executes is given up: this one, whichever is shown by then.
    AbortLeft { run: RunId },
    /// What a run that is over left changed is put back.
    PutBack { run: RunId },
    /// This session may act for a while.
    RaiseAccess,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    pub what: What,
    pub typed: String,
    /// Of the plan that was shown when this was opened, where it is about one.
    pub hash: Option<PlanHash>,
    /// By the operator's own clock; `None` until that was told. What nobody finishes typing closes by itself.
    #[serde(default)]
    pub opened_at: Option<Timestamp>,
}

/// Long enough to read it twice.
const OPEN_FOR: Duration = Duration::from_mins(2);

impl Confirm {
    /// At a time by the operator's own clock.
    pub(crate) fn new(what: What, hash: Option<PlanHash>, opened_at: Option<Timestamp>) -> Self {
        Self { what, typed: String::new(), hash, opened_at }
    }

    /// For how much longer it is open. A clock that was put back behind its opening tells nothing, and closes it.
    pub(crate) fn left(&self, wall: Option<Timestamp>) -> Duration {
        match (self.opened_at, wall) {
            (Some(opened_at), Some(now)) if now < opened_at => Duration::ZERO,
            (Some(opened_at), Some(now)) => OPEN_FOR.saturating_sub(age(now, opened_at)),
            (Some(_) | None, _) => OPEN_FOR,
        }
    }

    pub(crate) fn is_of_proposal(&self) -> bool {
        matches!(self.what, What::Begin | What::SecondOfProposal)
    }

    /// What must be typed. `None` where what it is about is not there any more.
    pub(crate) fn phrase(&self, watched: &Watched) -> Option<String> {
        match &self.what {
            What::Begin | What::SecondOfProposal => watched.proposal.as_ref().map(|proposal| proposal.plan.phrase()),
            What::Approve { .. } | What::SecondOfRun { .. } => {
                watched.run.as_ref()?.state().map(|state| state.plan.phrase())
            }
            What::Abort { .. } | What::AbortLeft { .. } => Some(format!("abort {}", watched.deployment.name)),
            What::PutBack { .. } => Some(format!("put back {}", watched.deployment.name)),
            What::RaiseAccess => Some(watched.deployment.name.to_string()),
        }
    }

    fn plan<'a>(&self, watched: &'a Watched) -> Option<&'a Plan> {
        match &self.what {
            What::Begin | What::SecondOfProposal => watched.proposal.as_ref().map(|proposal| &proposal.plan),
            What::Approve { .. }
            | What::SecondOfRun { .. }
            | What::Abort { .. }
            | What::AbortLeft { .. }
            | What::PutBack { .. } => watched.run.as_ref()?.state().map(|state| &state.plan),
            What::RaiseAccess => None,
        }
    }
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, confirm: &Confirm, body: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let Some(phrase) = confirm.phrase(watched) else { return };
    let mut lines: Vec<(Role, String)> = Vec::new();
    let world = if look.simulated {
        "SIM: simulated regions, nothing real is touched"
    } else {
        "LIVE: real regions, real clients"
    };
    let plan = confirm.plan(watched);
    // Of what is yet to be made nothing was read, and the plan of it is at hand.
    let read = watched.assessment.identity.account.as_ref();
    let proposed = watched.proposal.as_ref().and_then(|proposal| proposal.plan.account.as_ref());
    let account = plan.map_or_else(|| read.or(proposed), |plan| plan.account.as_ref());
    let account = account.map_or_else(|| "account not known".to_owned(), |id| format!("account {id}"));
    lines.push((Role::Heading, format!("{}, {account}", watched.deployment.name)));
    match (&confirm.what, plan) {
        (What::RaiseAccess, _) => lines.extend(of_access()),
        (What::Abort { .. } | What::AbortLeft { .. }, _) => {
            let state = watched.run.as_ref().and_then(LiveRun::state);
            lines.extend(state.map_or_else(Vec::new, undo::in_full));
        }
        (What::PutBack { .. }, _) => {
            lines.extend(watched.run.as_ref().map_or_else(Vec::new, |run| put_back(look, run)));
        }
        (_, Some(plan)) => {
            lines.extend(consequences(look, confirm, plan, watched));
            lines.extend(undeclared(model, watched, confirm, plan));
        }
        (_, None) => return,
    }
    lines.push((Role::Text, String::new()));
    lines.push((Role::Muted, "Type this, letter for letter, then Enter; Esc leaves everything as it is:".to_owned()));
    lines.push((Role::Heading, format!("  {phrase}")));
    // A bar of its own: with its blanks, and never wrapped.
    let mut rows = vec![Line::from(look.span(look.reality_role(), format!(" {world} ")))];
    let runbook = plan.map_or("", |plan| plan.runbook.as_str());
    let title = match &confirm.what {
        What::Begin if watched.proposal.as_ref().is_some_and(|proposal| proposal.drill) => {
            format!("Begin {runbook} as a drill")
        }
        What::Begin if plan.is_some_and(|plan| plan.drill) => format!("Begin {runbook}, a rehearsal"),
        What::Begin => format!("Begin {runbook}"),
        What::Approve { .. } => format!("Approve {runbook}"),
        What::SecondOfRun { .. } | What::SecondOfProposal => format!("Approve {runbook} as the second person"),
        What::Abort { .. } | What::AbortLeft { .. } => format!("Abort {runbook}"),
        What::PutBack { .. } => format!("Put back what {runbook} left"),
        What::RaiseAccess => "Raise access from read-only to operate".to_owned(),
    };
    let left = confirm.left(model.wall);
    let width = usize::from(super::answer::inner_width(body));
    for (role, text) in lines {
        let indent = text.len() - text.trim_start().len();
        for line in format::wrap(text.trim_start(), width.saturating_sub(indent)) {
            rows.push(Line::from(look.span(role, format!("{}{line}", " ".repeat(indent)))));
        }
    }
    rows.push(typed_line(look, &confirm.typed, &phrase));
    draw_box(look, &title, &format!("closes in {}", format::age(left)), rows, body, buffer);
}

/// What was typed, and whether it is the phrase so far: a slip is seen at once.
fn typed_line(look: &Look<'_>, typed: &str, phrase: &str) -> Line<'static> {
    let (role, said) = if typed.is_empty() {
        (Role::Text, String::new())
    } else if typed == phrase {
        (Role::Ok, format!("  {} Enter does it", look.symbols.ok))
    } else if phrase.starts_with(typed) {
        (Role::Text, String::new())
    } else {
        (Role::Danger, format!("  {} that is not it", look.symbols.danger))
    };
    Line::from(vec![
        look.span(Role::Accent, "> "),
        look.span(role, typed),
        look.span(Role::Accent, look.symbols.cursor),
        look.span(role, said),
    ])
}

fn of_access() -> Vec<(Role, String)> {
    let half_an_hour = "For 30 minutes runs of this deployment can be begun, gone on with and given up from this \
                        console. Then it only reads again by itself; O lowers it before.";
    vec![
        (Role::Caution, half_an_hour.to_owned()),
        (Role::Text, "Nothing is begun by this: every run still wants its own phrase.".to_owned()),
        (Role::Muted, "It is journaled, with who raised it.".to_owned()),
    ]
}

/// Of a plan that somebody else executes, or is to.
fn as_second(plan: &Plan) -> Vec<(Role, String)> {
    vec![
        (Role::Text, format!("You approve plan {} as the second person.", plan.hash().short())),
        (
            Role::Text,
            "It counts for a run that somebody else executes, for an hour, and is journaled with your name.".to_owned(),
        ),
        (Role::Muted, "Nothing is begun by it: whoever executes the run lets it judge its guards again.".to_owned()),
    ]
}

/// What a run that is over left changed, the last first, as it would be put back.
fn put_back(look: &Look<'_>, run: &LiveRun) -> Vec<(Role, String)> {
    let (Some(state), Some((outcome, at))) = (run.state(), run.state().and_then(|state| state.ended)) else {
        return Vec::new();
    };
    let count = state.ledger.len();
    let changes = if count == 1 { "1 temporary change".to_owned() } else { format!("{count} temporary changes") };
    let outcome = words::outcome(outcome).to_lowercase();
    let mut said = vec![(
        Role::Text,
        format!(
            "{} ended {outcome} {} ago, and left {changes}. Put back, the last first:",
            state.plan.runbook,
            look.age(at)
        ),
    )];
    for item in state.ledger.iter().rev() {
        match run.kept_because(&item.step) {
            None => said.push((Role::Text, format!("  {} {}", look.symbols.dash, item.what))),
            Some(why) => {
                let text = format!("  {} {} (it was tried, and could not be: {why})", look.symbols.caution, item.what);
                said.push((Role::Caution, text));
            }
        }
    }
    let text =
        format!("Who acts, and in which account, is looked at first. The run stays {outcome}; nothing else is done.");
    said.push((Role::Muted, text));
    said
}

/// The recovery time of what has gone on for a while does not begin with the run that answers it.
fn undeclared(model: &Model, watched: &Watched, confirm: &Confirm, plan: &Plan) -> Option<(Role, String)> {
    let answers = confirm.what == What::Begin && plan.mode == Mode::Unplanned && !plan.drill;
    if !answers || watched.incident().is_some() {
        return None;
    }
    let key = model.keymap.shown(Action::ShowIncident, Context::Proposal).map(ToString::to_string);
    let key = key.unwrap_or_else(|| "the palette".to_owned());
    Some((
        Role::Caution,
        format!(
            "No incident is declared: the recovery time counts from the run's beginning. Esc, then {key} declares it."
        ),
    ))
}

fn consequences(look: &Look<'_>, confirm: &Confirm, plan: &Plan, watched: &Watched) -> Vec<(Role, String)> {
    if let What::SecondOfRun { .. } | What::SecondOfProposal = confirm.what {
        let mut said = as_second(plan);
        let lost = words::loss(plan);
        let role = if lost.starts_with("nothing") { Role::Text } else { Role::Danger };
        said.push((role, format!("Lost by it: {lost}")));
        return said;
    }
    if is_about_stacks(plan) {
        return of_stacks(plan).into_iter().chain(used_now(plan, watched)).collect();
    }
    let arrow = look.symbols.arrow;
    let mut said = vec![(Role::Text, format!("{} {arrow} {}, {}", plan.from, plan.to, words::mode(plan.mode)))];
    let lost = words::loss(plan);
    let role = if lost.starts_with("nothing") { Role::Text } else { Role::Danger };
    said.push((role, format!("Lost by it: {lost}")));
    let rto = plan
        .predicted
        .rto
        .map_or_else(|| "after a time that is not known".to_owned(), |rto| format!("after {}", format::duration(rto)));
    let whole = plan.predicted.length.map_or_else(|| "not known".to_owned(), format::duration);
    if plan.drill {
        said.push((Role::Caution, words::injected(plan)));
    }
    said.push((Role::Text, format!("Clients can write again {rto}; the whole run: {whole}")));
    let lasting: Vec<&str> =
        plan.steps.iter().filter(|step| !step.is_reversible()).map(|step| step.title.as_str()).collect();
    if lasting.is_empty() {
        said.push((Role::Text, "Every step of it can be taken back.".to_owned()));
    } else {
        let (first, more) = (lasting.first().copied().unwrap_or_default(), lasting.len() - 1);
        let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
        said.push((Role::Caution, format!("Cannot be taken back: {}{rest}", list(&[first]))));
    }
    said
}

/// What loses most is named first.
fn weight(resource_type: &str) -> usize {
    const HEAVIEST: [&str; 4] = ["AWS::RDS::", "AWS::DynamoDB::", "AWS::S3::", "AWS::Backup::"];
    HEAVIEST.iter().position(|kind| resource_type.starts_with(kind)).unwrap_or(HEAVIEST.len())
}

/// Whoever takes away what serves clients is told so.
fn used_now(plan: &Plan, watched: &Watched) -> Option<(Role, String)> {
    if plan.runbook.as_str() != TEARDOWN {
        return None;
    }
    let regions = watched.assessment.regions.iter();
    let used: Vec<String> = regions
        .filter_map(|region| {
            let traffic = region.traffic.as_ref().filter(|it| it.value > 0.0 && it.freshness == Freshness::Fresh)?;
            Some(format!("{:.1} requests a second in {}", traffic.value, region.region))
        })
        .collect();
    (!used.is_empty()).then(|| (Role::Danger, format!("CLIENTS USE IT: {}.", list(&used))))
}

/// What becomes of stacks by it: clients are nobody's measure here.
fn of_stacks(plan: &Plan) -> Vec<(Role, String)> {
    /// As many names as fit beside a phrase.
    const NAMED: usize = 3;
    let whole = plan.predicted.length.map_or_else(|| "a time that is not known".to_owned(), format::duration);
    let Some(build) = &plan.build else {
        let text = "CloudFormation compares every stack with what is there. Nothing is changed.";
        return vec![(Role::Text, text.to_owned()), (Role::Text, format!("It takes {whole}."))];
    };
    let count = |wanted: StackAction| build.stacks.iter().filter(|stack| stack.action == wanted).count();
    let actions = [StackAction::Create, StackAction::Update, StackAction::Delete];
    let done: Vec<String> = actions
        .into_iter()
        .filter(|action| count(*action) > 0)
        .map(|action| format!("{} {}", action.as_str(), count(action)))
        .collect();
    let stacks = if done.is_empty() { "no stack is touched".to_owned() } else { format!("stacks: {}", list(&done)) };
    let until =
        if plan.runbook.as_str() == TEARDOWN { "a month are no longer paid" } else { "a month while it stands" };
    let mut said = vec![(
        Role::Text,
        format!(
            "In {} and {}, {stacks}; it takes {whole}; {} {until}.",
            plan.to,
            plan.from,
            format::dollars(build.usd_month)
        ),
    )];
    let mut lost: Vec<_> = build.loses_data().collect();
    lost.sort_by_key(|(_, resource)| weight(&resource.resource_type));
    let lost: Vec<String> =
        lost.into_iter().map(|(stack, resource)| format!("{} of {}", resource.logical_id, stack.name)).collect();
    if lost.is_empty() {
        said.push((Role::Text, "No data are lost by it.".to_owned()));
    } else {
        let more = lost.len().saturating_sub(NAMED);
        let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
        let named: Vec<String> = lost.into_iter().take(NAMED).collect();
        said.push((Role::Danger, format!("ALL DATA ARE LOST of {}{rest}.", named.join(", "))));
    }
    if plan.runbook.as_str() == TEARDOWN {
        said.push((Role::Caution, "A deletion that is begun cannot be stopped or taken back.".to_owned()));
    }
    said
}
