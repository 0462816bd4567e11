//! Below every screen: once more whether the world is real, then what was just said, the filter being typed, or the
//! keys that work here, from the table of actions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget as _};

use super::fitted;
use crate::acting::LiveRun;
use crate::action::{Action, Context};
use crate::dialogs::Dialog;
use crate::format;
use crate::look::Look;
use crate::model::{Model, Stage, Watched};
use crate::screens::{self, Screen};
use crate::theme::Role;
use crate::update::context;
use lifeboat_model::guard::GuardName;
use lifeboat_model::port::Reality;

/// `LIVE`, or `SIM` and the scenario.
pub(super) fn reality(model: &Model, look: &Look<'_>) -> String {
    match &model.reality {
        Reality::Live => look.reality_word().to_owned(),
        Reality::Simulated(scenario) => format!("{} {scenario}", look.reality_word()),
    }
}

/// In the last row of `area`; a sentence that is longer than that also takes rows above it.
pub(super) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let row = Rect { y: area.bottom().saturating_sub(1), height: area.height.min(1), ..area };
    let badge = format!(" {} ", look.truncate(&reality(model, look), usize::from(row.width / 3)));
    let width = u16::try_from(format::width(&badge)).unwrap_or(row.width);
    buffer.set_span(row.x, row.y, &look.span(look.reality_role(), badge), row.width);
    let room = row.width.saturating_sub(width + 1);
    let lines = notice(model, look, room);
    if lines.is_empty() {
        buffer.set_line(row.x + width + 1, row.y, &line(model, look, room), room);
        return;
    }
    let taken = u16::try_from(lines.len()).unwrap_or(area.height).min(area.height);
    let rows = Rect { y: area.bottom() - taken, height: taken, ..area };
    let above = Rect { height: taken.saturating_sub(1), ..rows };
    Clear.render(above, buffer);
    buffer.set_style(above, look.style(Role::Text));
    for (line, row) in lines.iter().zip(rows.rows()) {
        buffer.set_line(row.x + width + 1, row.y, line, room);
    }
}

/// What was just said, whole: a sentence that ends in the middle may lack what it was said for.
pub(super) fn notice(model: &Model, look: &Look<'_>, room: u16) -> Vec<Line<'static>> {
    let Some(notice) = &model.notice else { return Vec::new() };
    let (role, mark) =
        if notice.trouble { (Role::Danger, look.symbols.danger) } else { (Role::Text, look.symbols.dot) };
    let wrapped = format::wrap(&notice.text, usize::from(room.saturating_sub(2)));
    let marks = std::iter::once(mark).chain(std::iter::repeat(" "));
    wrapped.into_iter().zip(marks).map(|(text, mark)| Line::from(look.span(role, format!("{mark} {text}")))).collect()
}

fn line(model: &Model, look: &Look<'_>, room: u16) -> Line<'static> {
    if !model.pressed.is_empty() {
        let keys: Vec<String> = model.pressed.iter().map(ToString::to_string).collect();
        return Line::from(look.span(Role::Accent, format!("{} …", keys.join(" "))));
    }
    if let Some(Dialog::Filter(_)) = model.dialogs.last() {
        return filter(model, look);
    }
    if let Some(Dialog::Greeting) = model.dialogs.last() {
        return Line::from(look.span(Role::Muted, "any key closes the welcome"));
    }
    keys(model, look, room)
}

fn filter(model: &Model, look: &Look<'_>) -> Line<'static> {
    let state = model.screens.of(model.screen);
    let held = if model.screen == Screen::History { screens::history::found(model, state.pane) } else { None };
    let shown = held.unwrap_or_else(|| screens::items(model, model.screen, state.pane).len());
    let rows = if shown == 1 { "row" } else { "rows" };
    Line::from(vec![
        look.span(Role::Accent, "/ "),
        look.span(Role::Text, state.filter.clone()),
        look.span(Role::Accent, look.symbols.cursor),
        look.span(Role::Muted, format!("  {shown} {rows}; !word hides, enter keeps, esc drops")),
    ])
}

/// The keys of this context, the most useful first.
fn keys(model: &Model, look: &Look<'_>, room: u16) -> Line<'static> {
    let context = context(model);
    let mut shown: Vec<(u8, Action)> = Action::ALL
        .iter()
        .filter(|action| action.entry().contexts.contains(context) && is_of_use(model, context, **action))
        .filter_map(|action| action.entry().footer.map(|place| (place, *action)))
        .collect();
    shown.sort_unstable();
    let groups = shown.into_iter().filter_map(|(place, action)| {
        let chord = model.keymap.shown(action, context)?;
        let label = action.entry().label;
        // Everything else gives way first, wherever they stand.
        let weight = if is_the_way_out(action, context) { 0 } else { place.saturating_add(1) };
        Some((weight, vec![look.span(Role::Accent, chord.to_string()), look.span(Role::Muted, format!(" {label}"))]))
    });
    let gap: Span<'static> = look.span(Role::Muted, "  ");
    fitted(groups.collect(), room, &gap)
}

/// How one leaves, and how one finds out what else there is: never missing, whatever else there is to say.
fn is_the_way_out(action: Action, context: Context) -> bool {
    matches!(action, Action::Quit | Action::ClosePage | Action::OpenHelp)
        || (action == Action::Back && !matches!(context, Context::Screen(_)))
}

/// Keys that would do nothing just now are not advertised.
fn is_of_use(model: &Model, context: Context, action: Action) -> bool {
    let is_home = model.way_back().is_none() && model.screens.of(model.screen).filter.is_empty();
    let is_idle = (action == Action::NextDeployment && model.fleet.len() < 2)
        || (action == Action::FocusNext && model.screen.panes().len() < 2)
        || (action == Action::Open && !matches!(context, Context::Screen(_) | Context::Palette | Context::Filter))
        || is_mute(model, action)
        || (action == Action::MoveDown && !is_a_choice(model, context))
        || (action == Action::RaiseAccess && !is_about_acting(context))
        || (action == Action::Back && matches!(context, Context::Screen(_)) && is_home);
    !is_idle
}

/// Whether a guard refuses that a person may go on against.
fn may_override(model: &Model) -> bool {
    let proposal = model.watched().and_then(|watched| watched.proposal.as_ref());
    proposal.is_some_and(|it| it.refusing().iter().any(|report| report.guard.can_be_overridden()))
}

/// Stacks are made and taken away for real, or not at all.
fn is_proposal_of_stacks(model: &Model) -> bool {
    let proposing = model.watched().and_then(|watched| watched.proposing.as_ref());
    proposing.is_some_and(|proposing| proposing.runbook.is_about_stacks())
}

/// Where what is under the cursor decides what happens next, and there is more than one to choose from.
fn is_a_choice(model: &Model, context: Context) -> bool {
    match context {
        Context::Answer | Context::Columns | Context::Values | Context::Picker | Context::Form => true,
        Context::Screen(Screen::Runbooks) => screens::items(model, Screen::Runbooks, 0).len() > 1,
        Context::Screen(_)
        | Context::Reading
        | Context::Proposal
        | Context::Confirm
        | Context::Reason
        | Context::Palette
        | Context::Filter => false,
    }
}

/// Whether the plan on the page waits for somebody else's approval.
fn wants_second_person(model: &Model) -> bool {
    let proposal = model.watched().and_then(|watched| watched.proposal.as_ref());
    proposal.is_some_and(|it| it.refusing().iter().any(|report| report.guard == GuardName::SecondPerson))
}

/// Where a run would be begun or gone on with.
fn is_about_acting(context: Context) -> bool {
    matches!(context, Context::Proposal | Context::Screen(Screen::Runbooks | Screen::Run))
}

/// Keys that say something to a run, while there is none that hears it.
fn is_mute(model: &Model, action: Action) -> bool {
    let run = model.watched().and_then(|watched| watched.run.as_ref());
    let is_open = run.is_some_and(|run| !run.is_over());
    let is_here = run.is_some_and(|run| run.here);
    let has_left_changes = run.is_some_and(LiveRun::has_left_changes);
    let waits_for_second = run.is_some_and(LiveRun::wants_second_person);
    let is_held = model.watched().and_then(Watched::open_run).is_some_and(|open| open.holder.is_some());
    let is_elsewhere = is_held && !is_here;
    let is_standing = model.watched().is_some_and(|watched| watched.stage == Stage::Standing);
    let speaks = matches!(action, Action::Answer | Action::PauseRun);
    (speaks && !(is_open && is_here) && !(action == Action::Answer && waits_for_second))
        || (action == Action::AbortRun && (!is_open || is_here || is_elsewhere))
        || (action == Action::ResumeRun && (!(is_open || has_left_changes) || is_here || is_elsewhere))
        || (matches!(action, Action::TakeAway | Action::DetectDrift) && !is_standing)
        || (action == Action::ToggleDrill && is_proposal_of_stacks(model))
        || (action == Action::OverrideGuard && !may_override(model))
        || (action == Action::ApprovePlan && !wants_second_person(model))
        || (action == Action::ReportRun && run.is_none())
}
