//! A pane: a titled rule with a body below it. The rule is solid when the world is real and dashed when it is a
//! rehearsal; the pane that has the keys carries a mark, not only a colour.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::carve;
use crate::format;
use crate::look::Look;
use crate::scroll;
use crate::theme::Role;

/// The head of a pane.
pub(crate) struct Pane<'a> {
    pub(crate) title: &'a str,
    pub(crate) focused: bool,
    /// At the right end of the rule.
    pub(crate) aside: Vec<Span<'static>>,
    /// Of a table in its body.
    rows: Option<Rows>,
}

/// How many rows a table has, which of them is selected, and how many lines of the body stand above the first.
struct Rows {
    len: usize,
    selected: usize,
    above: u16,
}

impl Rows {
    /// Which of them are in view, where not all are: `1-8 of 14`.
    fn cut(&self, height: u16) -> Option<String> {
        let seen = scroll::window(self.len, usize::from(height.saturating_sub(self.above)), self.selected);
        let is_cut = seen.len() < self.len && !seen.is_empty();
        is_cut.then(|| format!("{}-{} of {}", seen.start + 1, seen.end, self.len))
    }
}

impl<'a> Pane<'a> {
    pub(crate) fn new(title: &'a str, focused: bool) -> Self {
        Self { title, focused, aside: Vec::new(), rows: None }
    }

    pub(crate) fn aside(mut self, role: Role, text: impl Into<String>, look: &Look<'_>) -> Self {
        self.aside.push(look.span(role, text));
        self
    }

    /// Says which rows of the table in its body are in view, where there is not room for all: below so many lines.
    pub(crate) fn rows(mut self, len: usize, selected: Option<usize>, above: u16) -> Self {
        self.rows = Some(Rows { len, selected: selected.unwrap_or(0), above });
        self
    }

    /// What stands at the right end, in `room` columns. That rows are hidden must be seen, and the rest gives way to it; the
    /// title gives way last.
    fn asides(&mut self, look: &Look<'_>, height: u16, room: usize) -> Option<Vec<Span<'static>>> {
        let all = std::mem::take(&mut self.aside);
        let width = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
        let cut = self.rows.as_ref().and_then(|rows| rows.cut(height)).map(|said| look.span(Role::Text, said));
        let gap = (cut.is_some() && width(&all) > 0).then(|| look.span(Role::Muted, ", "));
        let whole: Vec<Span<'static>> = all.into_iter().chain(gap).chain(cut.clone()).collect();
        let tried = [whole, cut.into_iter().collect()];
        tried.into_iter().find(|spans| width(spans) + format::width(self.title) + 8 <= room)
    }

    /// Draws the head and gives the body.
    pub(crate) fn draw(mut self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
        let (head, body) = carve::rows(area, 1);
        if head.is_empty() {
            return body;
        }
        let width = usize::from(head.width);
        let rule = look.rule();
        let (mark, role) = if self.focused { (look.symbols.selected, Role::Focus) } else { (rule, Role::Heading) };
        let asides = self.asides(look, body.height, width);
        let aside = asides.as_ref().map(|spans| spans.iter().map(Span::width).sum::<usize>());
        let room = width.saturating_sub(4 + aside.map_or(0, |aside| aside + 3));
        let title = look.truncate(self.title, room);
        let mut spans = vec![
            look.span(if self.focused { Role::Focus } else { Role::Border }, mark),
            look.span(Role::Border, " "),
            look.span(role, title.clone()),
            look.span(Role::Border, " "),
        ];
        let tail = aside.map_or(0, |aside| aside + 3);
        let filled = width.saturating_sub(3 + format::width(&title) + tail);
        spans.push(look.span(Role::Border, rule.repeat(filled)));
        if aside.is_some_and(|aside| aside > 0) {
            spans.push(look.span(Role::Border, " "));
            spans.extend(asides.into_iter().flatten());
            spans.push(look.span(Role::Border, format!(" {rule}")));
        } else if aside.is_some() {
            spans.push(look.span(Role::Border, rule.repeat(3)));
        }
        buffer.set_line(head.x, head.y, &Line::from(spans), head.width);
        body
    }
}

/// Draws lines from the top of an area, as many as fit.
pub(crate) fn lines(lines: impl IntoIterator<Item = Line<'static>>, area: Rect, buffer: &mut Buffer) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        buffer.set_line(row.x, row.y, &line, row.width);
    }
}

/// Sentences broken at words to fit a width, a little way in.
pub(crate) fn wrapped(look: &Look<'_>, says: Vec<(Role, String)>, width: u16) -> Vec<Line<'static>> {
    let room = usize::from(width.saturating_sub(4));
    let line = |role, text: String| Line::from(look.span(role, format!("  {text}")));
    says.into_iter()
        .flat_map(|(role, text)| format::wrap(&text, room).into_iter().map(move |text| line(role, text)))
        .collect()
}
