//! One thing in full: a page of labelled facts over the screen, to be scrolled and copied.

use lifeboat_model::assessment::{Assessment, RegionAssessment};
use lifeboat_model::id::Region;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use super::{About, decision, document, incident, proposal};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::{self, Page, overview};
use crate::scroll;
use crate::theme::Role;
use crate::view::{banner, strip};
use crate::widgets::{carve, pane};

const WIDEST: u16 = 110;
/// What stands around the text: a margin on both sides; the title and a rule below.
const AROUND: (u16, u16) = (4, 2);

pub(super) fn page(model: &Model, look: &Look<'_>, about: &About) -> Page {
    let found = match about {
        About::Item { screen, pane, id } => screens::page(model, look, *screen, *pane, id),
        About::Region(region) => model.watched().and_then(|watched| region_page(look, watched, region)),
        About::Forecast => model.watched().map(|watched| overview::forecast_page(look, watched)),
        About::Proposal { calls } => model.watched().and_then(|watched| proposal::page(model, look, watched, *calls)),
        About::Incident => model.watched().and_then(|watched| incident::page(model, look, watched)),
        About::Decision => model.watched().map(|watched| decision::page(model, look, watched)),
        About::Paper { path } => Some(paper(path)),
        About::Document(writing) => {
            let columns = model.display.columns.min(WIDEST).saturating_sub(AROUND.0);
            model.watched().map(|watched| document::page(look, watched, writing, columns))
        }
    };
    found.unwrap_or_else(|| {
        let (title, words) = unknown(about);
        let mut page = Page::new(title);
        page.sentence(Role::Unknown, words);
        page
    })
}

/// A region does not go away; anything else may have.
fn unknown(about: &About) -> (String, &'static str) {
    match about {
        About::Region(region) => (region.to_string(), "nothing has been read of it yet"),
        About::Item { .. }
        | About::Forecast
        | About::Proposal { .. }
        | About::Incident
        | About::Decision
        | About::Paper { .. }
        | About::Document(_) => ("Not there".to_owned(), "it is not there any more, or nothing is known of it yet"),
    }
}

fn paper(path: &str) -> Page {
    let mut page = Page::new("On paper");
    page.sentence(Role::Text, "The plan is in this file, as Markdown, with literal names and commands:");
    page.sentence(Role::Text, "");
    page.sentence(Role::Heading, path);
    page.sentence(Role::Text, "");
    page.sentence(Role::Muted, "It is the plan of this moment: what it is made from changes, and paper does not.");
    page
}

/// Everything known of a region.
pub(crate) fn region_page(look: &Look<'_>, watched: &Watched, region: &Region) -> Option<Page> {
    let assessment: &Assessment = &watched.assessment;
    let known: &RegionAssessment = assessment.regions.iter().find(|known| known.region == *region)?;
    let mut page = Page::new(region.to_string());
    page.fact("role", Role::Text, format!("{} ({})", known.role.as_str(), overview::basis(known.role_basis)));
    page.fact(
        "health",
        Look::health_role(known.health),
        format!("{} {}", look.symbols.health(known.health), known.health.as_str()),
    );
    for reason in &known.reasons {
        page.fact("", Role::Text, format!("{} {reason}", look.symbols.dash));
    }
    let answered =
        known.last_answer.map_or("never".to_owned(), |at| format!("{} ago, {}", look.age(at), look.date_and_time(at)));
    page.fact("last answer", Role::Text, answered);
    let (role, traffic) = look.dated(known.traffic.as_ref(), |rate| format::rate(*rate), Role::Text);
    page.fact("requests", role, traffic);
    let (role, errors) = look.dated(known.errors_percent.as_ref(), |share| format::percent(*share), Role::Text);
    page.fact("failing", role, errors);
    page.heading("Services");
    for dependency in assessment.dependencies.iter().filter(|dependency| dependency.region == *region) {
        let (role, state) = screens::health::dependency_state(look, dependency);
        page.fact(dependency.service.label(), role, state);
    }
    Some(page)
}

/// A page as lines of at most `columns`: the label in its own column, the text wrapped beside it.
fn laid_out(look: &Look<'_>, page: &Page, columns: u16) -> Vec<Line<'static>> {
    let columns = usize::from(columns);
    let labels = page.lines.iter().map(|line| format::width(&line.label)).max().unwrap_or(0).min(columns / 3);
    let mut lines = Vec::new();
    for line in &page.lines {
        let indent = if line.label.is_empty() && line.role == Role::Heading || labels == 0 { 0 } else { labels + 2 };
        let label = look.truncate(&line.label, labels);
        let room = columns.saturating_sub(indent);
        let pieces = if line.exact { format::chop(&line.text, room) } else { format::wrap(&line.text, room) };
        for (index, text) in pieces.into_iter().enumerate() {
            let head = if index == 0 { label.as_str() } else { "" };
            let space = " ".repeat(indent.saturating_sub(format::width(head)));
            lines.push(Line::from(vec![
                look.span(Role::Muted, head),
                look.span(Role::Text, space),
                look.span(line.role, text),
            ]));
        }
    }
    lines
}

fn frame(body: Rect) -> Rect {
    carve::centred(body, WIDEST, body.height)
}

/// The way to a page: its screen, the pane it was opened from, and what it is.
fn where_it_is(model: &Model, look: &Look<'_>, about: &About, title: &str) -> String {
    let inside = look.symbols.inside;
    match about {
        About::Item { screen, pane, .. } => {
            let pane = screen.panes().get(*pane).copied().unwrap_or_default();
            let screen = screen.title();
            let place =
                if pane == screen || pane.is_empty() { screen.to_owned() } else { format!("{screen} {inside} {pane}") };
            format!("{place} {inside} {title}")
        }
        About::Region(_)
        | About::Forecast
        | About::Proposal { .. }
        | About::Document(_)
        | About::Incident
        | About::Decision
        | About::Paper { .. } => {
            format!("{} {inside} {title}", model.screen.title())
        }
    }
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, about: &About, top: usize, body: Rect, buffer: &mut Buffer) {
    let page = page(model, look, about);
    let title = where_it_is(model, look, about, &page.title);
    draw_page(look, &Page { title, ..page }, top, body, buffer);
}

pub(crate) fn draw_page(look: &Look<'_>, page: &Page, top: usize, body: Rect, buffer: &mut Buffer) {
    let frame = frame(body);
    Clear.render(body, buffer);
    buffer.set_style(body, look.style(Role::Text));
    let inner = carve::centred(frame, frame.width.saturating_sub(AROUND.0), frame.height);
    let lines = laid_out(look, page, inner.width);
    let (text, foot) = carve::rows(inner, inner.height.saturating_sub(1));
    let height = usize::from(text.height.saturating_sub(1));
    let seen = scroll::page(lines.len(), height, top);
    let aside = if lines.len() > height {
        format!("lines {} to {} of {}", seen.start + 1, seen.end, lines.len())
    } else {
        String::new()
    };
    // That there is more to read must be seen whatever the page is called.
    let beside = if aside.is_empty() { 0 } else { format::width(&aside) + 8 };
    let title = look.truncate(&page.title, usize::from(text.width).saturating_sub(beside));
    let text = pane::Pane::new(&title, true).aside(Role::Muted, aside, look).draw(look, text, buffer);
    pane::lines(lines.into_iter().skip(seen.start).take(seen.len()), text, buffer);
    let rule = look.rule().repeat(usize::from(foot.width));
    pane::lines([Line::from(look.span(Role::Border, rule))], foot, buffer);
}

pub(crate) fn tops(model: &Model, about: &About) -> usize {
    let look = Look::of(model);
    tops_of(model, &page(model, &look, about))
}

/// How many places the top of the text can be at, in a window of the model's size.
pub(crate) fn tops_of(model: &Model, page: &Page) -> usize {
    let look = Look::of(model);
    // Header and footer, and what else takes rows from the page.
    let taken = 4 + AROUND.1 + banner::height(model, &look) + strip::height(model);
    let height = model.display.rows.saturating_sub(taken);
    let lines = laid_out(&look, page, model.display.columns.min(WIDEST).saturating_sub(AROUND.0)).len();
    lines.saturating_sub(usize::from(height)) + 1
}

pub(crate) fn text(model: &Model, about: &About) -> String {
    plain(&page(model, &Look::of(model), about))
}

pub(crate) fn plain(page: &Page) -> String {
    let mut text = format!("{}\n", page.title);
    for line in &page.lines {
        if !line.label.is_empty() {
            text.push_str(&line.label);
            text.push_str(": ");
        }
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}
