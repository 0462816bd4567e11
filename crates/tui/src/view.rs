//! One frame: header, body, footer, dialogs. Reads the model and nothing else.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::dialogs::{
    Dialog, answer, columns, confirm, form, greeting, help, message, palette, picker, reason, values,
};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Stage, Watched};
use crate::screens::{self, Screen};
use crate::theme::Role;
use crate::widgets::{carve, pane};

pub(crate) mod banner;
mod footer;
mod header;
pub(crate) mod strip;
mod tiny;

/// Below this there is only room for the lines that matter most.
pub(crate) const SMALLEST: (u16, u16) = (60, 16);

pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    draw(model, area, frame.buffer_mut());
}

/// The screen as text, without the ends of lines that are blank.
pub fn view_text(model: &Model) -> String {
    let area = Rect::new(0, 0, model.display.columns, model.display.rows);
    let mut buffer = Buffer::empty(area);
    draw(model, area, &mut buffer);
    let mut text = String::new();
    for row in area.rows() {
        let mut line = String::new();
        let mut skipped = 0;
        for position in row.positions() {
            // The cells behind a wide character are blanks that are not there.
            if skipped > 0 {
                skipped -= 1;
                continue;
            }
            let symbol = buffer.cell(position).map_or(" ", |cell| cell.symbol());
            skipped = format::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(*buffer.area());
    if area.is_empty() {
        return;
    }
    let look = Look::of(model);
    buffer.set_style(area, look.style(Role::Text));
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        tiny::draw(model, &look, area, buffer);
    } else {
        let (head, rest) = carve::rows(area, header::HEIGHT);
        let (body, _) = carve::rows(rest, rest.height.saturating_sub(1));
        header::draw(model, &look, head, buffer);
        let body = banner::draw(model, &look, body, buffer);
        let body = strip::draw(model, &look, body, buffer);
        draw_body(model, &look, body, buffer);
        for dialog in &model.dialogs {
            draw_dialog(model, &look, dialog, body, buffer);
        }
        // Last, over the end of all of them: what was just said is about what one does now.
        footer::draw(model, &look, rest, buffer);
    }
    model.display.symbols.confine(area, buffer);
}

fn draw_body(model: &Model, look: &Look<'_>, body: Rect, buffer: &mut Buffer) {
    if model.fleet.is_empty() {
        let says = [
            (Role::Heading, "There is no deployment."),
            (
                Role::Text,
                "`lifeboat config init` writes a commented configuration; `lifeboat import FILE` adopts one that exists.",
            ),
            (
                Role::Heading,
                "b lists the architectures that can be built: choose one, and read what it would make and cost.",
            ),
            (Role::Text, "The same from a shell: `lifeboat up BLUEPRINT`, `lifeboat blueprints list`."),
            (Role::Text, "`lifeboat --simulate calm` shows what there is to see, on simulated regions."),
        ];
        let lines = says.iter().flat_map(|(role, text)| {
            format::wrap(text, usize::from(body.width.saturating_sub(4)))
                .into_iter()
                .map(|line| Line::from(look.span(*role, format!("  {line}"))))
        });
        pane::lines(lines, body, buffer);
        return;
    }
    if let Some(watched) = model.watched()
        && says_nothing_of(model.screen, watched.stage)
    {
        return draw_absence(look, watched, body, buffer);
    }
    screens::draw(model, look, body, buffer);
}

/// Whether a screen has nothing to show of a deployment that is not there.
fn says_nothing_of(screen: Screen, stage: Stage) -> bool {
    let is_about_what_runs = match screen {
        Screen::Overview
        | Screen::Replication
        | Screen::Health
        | Screen::Alarms
        | Screen::Capacity
        | Screen::Runbooks => true,
        Screen::Fleet | Screen::Run | Screen::History | Screen::Stacks => false,
    };
    is_about_what_runs && stage != Stage::Standing
}

fn draw_absence(look: &Look<'_>, watched: &Watched, body: Rect, buffer: &mut Buffer) {
    let name = &watched.deployment.name;
    let says = match watched.stage {
        Stage::Gone => {
            [format!("{name} was taken away."), "8 shows the run that did it, b lists what can be built.".to_owned()]
        }
        Stage::Standing | Stage::Unmade => {
            [format!("{name} is not made yet."), "8 shows the run that makes it, 0 its stacks.".to_owned()]
        }
    };
    let lines = says.into_iter().zip([Role::Heading, Role::Text]);
    pane::lines(lines.map(|(text, role)| Line::from(look.span(role, format!("  {text}")))), body, buffer);
}

pub(crate) fn draw_dialog(model: &Model, look: &Look<'_>, dialog: &Dialog, body: Rect, buffer: &mut Buffer) {
    match dialog {
        Dialog::Help { top } => help::draw(model, look, *top, body, buffer),
        Dialog::Message { about, top } => message::draw(model, look, about, *top, body, buffer),
        Dialog::Palette(search) => palette::draw(model, look, search, body, buffer),
        Dialog::Answer(asking) => answer::draw(model, look, asking, body, buffer),
        Dialog::Confirm(confirm) => confirm::draw(model, look, confirm, body, buffer),
        Dialog::Reason(reason) => reason::draw(look, reason, body, buffer),
        Dialog::Columns(picking) => columns::draw(model, look, picking, body, buffer),
        Dialog::Values(taking) => values::draw(model, look, taking, body, buffer),
        Dialog::Greeting => greeting::draw(model, look, body, buffer),
        Dialog::Picker(picker) => picker::draw(model, look, picker, body, buffer),
        Dialog::Form(form) => form::draw(model, look, form, body, buffer),
        // The filter is typed in the footer, over the rows that it filters.
        Dialog::Filter(_) => {}
    }
}

/// Groups of spans in one row, set apart, as many as fit: the greatest weight goes first.
pub(crate) fn fitted(groups: Vec<(u8, Vec<Span<'static>>)>, width: u16, gap: &Span<'static>) -> Line<'static> {
    let mut groups: Vec<(u8, Vec<Span<'static>>)> = groups.into_iter().filter(|(_, spans)| !spans.is_empty()).collect();
    let total = |groups: &[(u8, Vec<Span<'static>>)]| {
        let texts: usize = groups.iter().flat_map(|(_, spans)| spans).map(Span::width).sum();
        texts + gap.width() * groups.len().saturating_sub(1)
    };
    while total(&groups) > usize::from(width) && groups.len() > 1 {
        let Some(worst) =
            groups.iter().enumerate().max_by_key(|(index, (weight, _))| (*weight, *index)).map(|(index, _)| index)
        else {
            break;
        };
        groups.remove(worst);
    }
    let mut line = Line::default();
    for (index, (_, spans)) in groups.into_iter().enumerate() {
        if index > 0 {
            line.push_span(gap.clone());
        }
        line.spans.extend(spans);
    }
    line
}
