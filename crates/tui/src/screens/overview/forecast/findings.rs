//! What is in the way, what contradicts, what should be known: each in as many lines as there is room for, the most
//! pressing first. What finds no room is counted, never dropped in silence.

use lifeboat_model::assessment::Assessment;
use ratatui::text::{Line, Span};

use crate::format;
use crate::look::Look;
use crate::screens::Item;
use crate::scroll;
use crate::theme::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Blocker,
    Contradiction,
    Warning,
}

impl Kind {
    /// Of the finding at this place among all: blockers, then contradictions, then warnings.
    pub(super) fn of(assessment: &Assessment, source: usize) -> Self {
        let blockers = assessment.forecast.blockers.len();
        match source {
            source if source < blockers => Self::Blocker,
            source if source < blockers + assessment.contradictions.len() => Self::Contradiction,
            _ => Self::Warning,
        }
    }

    fn is_pressing(self) -> bool {
        match self {
            Self::Blocker | Self::Contradiction => true,
            Self::Warning => false,
        }
    }
}

/// One finding with all its words.
pub(super) struct Finding {
    kind: Kind,
    what: String,
    /// What it says, wrapped.
    text: Vec<String>,
    /// How a blocker is mended, wrapped.
    fix: Vec<String>,
    width: usize,
}

/// The sign and a blank before each line.
const SIGN: usize = 2;

impl Finding {
    pub(super) fn of(look: &Look<'_>, assessment: &Assessment, item: &Item, width: usize) -> Self {
        let kind = Kind::of(assessment, item.source);
        let fix = match kind {
            Kind::Blocker => assessment.forecast.blockers.get(item.source).map_or("", |blocker| blocker.fix.as_str()),
            Kind::Contradiction | Kind::Warning => "",
        };
        let what = match kind {
            Kind::Contradiction => format!("CONTRADICTION: {}", item.id),
            Kind::Blocker | Kind::Warning => item.id.clone(),
        };
        let arrow = format::width(look.symbols.arrow) + 1;
        let fix = if fix.is_empty() { Vec::new() } else { format::wrap(fix, width.saturating_sub(SIGN + arrow)) };
        Self { kind, text: format::wrap(&what, width.saturating_sub(SIGN)), what, fix, width }
    }

    pub(super) fn height(&self) -> usize {
        self.text.len() + self.fix.len()
    }

    /// Its first lines, at least one; where not all of what it says is shown, the last says so.
    fn lines(&self, look: &Look<'_>, is_chosen: bool, height: usize) -> Vec<Line<'static>> {
        let (role, mark, words) = match self.kind {
            Kind::Blocker => (Role::Danger, look.symbols.danger, Role::Danger),
            Kind::Contradiction => (Role::Caution, look.symbols.caution, Role::Caution),
            Kind::Warning => (Role::Caution, look.symbols.caution, Role::Text),
        };
        let (role, words) = if is_chosen { (Role::Selection, Role::Selection) } else { (role, words) };
        let line =
            |sign: &str, text: String| Line::from(vec![look.span(role, format!("{sign} ")), look.span(words, text)]);
        let shown = height.clamp(1, self.text.len().max(1));
        let mut lines: Vec<Line<'static>> = Vec::with_capacity(height);
        for (index, text) in self.text.iter().take(shown).enumerate() {
            let is_cut = index + 1 == shown && shown < self.text.len();
            let text = match (is_cut, shown) {
                (false, _) => text.clone(),
                (true, 1) => look.truncate(&self.what, self.width.saturating_sub(SIGN)),
                (true, _) => cut(look, text, self.width.saturating_sub(SIGN)),
            };
            lines.push(line(if index == 0 { mark } else { " " }, text));
        }
        let left = height.saturating_sub(lines.len());
        for (index, text) in self.fix.iter().take(left).enumerate() {
            let head = if index == 0 { look.symbols.arrow } else { " " };
            let arrow = format::width(look.symbols.arrow) + 1;
            let is_cut = index + 1 == left && left < self.fix.len();
            let room = self.width.saturating_sub(SIGN + arrow);
            let text = if is_cut { cut(look, text, room) } else { text.clone() };
            lines.push(Line::from(vec![Span::raw("  "), look.span(Role::Muted, format!("{head} {text}"))]));
        }
        lines
    }
}

/// The line with the sign that more follows, whether or not it fills its room.
fn cut(look: &Look<'_>, text: &str, room: usize) -> String {
    look.truncate(&format!("{text} {}", look.symbols.cut), room)
}

/// As much of them as `room` lines hold.
pub(super) fn fitted(
    look: &Look<'_>,
    findings: &[Finding],
    chosen: Option<usize>,
    room: usize,
    key: &str,
) -> Vec<Line<'static>> {
    let heights = heights(findings, room);
    let is_shown = |index: usize| heights.get(index).is_some_and(|height| *height > 0);
    if chosen.is_some_and(|chosen| !is_shown(chosen)) {
        return around(look, findings, chosen.unwrap_or(0), room, key);
    }
    let mut lines: Vec<Line<'static>> = findings
        .iter()
        .zip(&heights)
        .enumerate()
        .filter(|(_, (_, height))| **height > 0)
        .flat_map(|(index, (finding, height))| finding.lines(look, chosen == Some(index), *height))
        .collect();
    lines.extend(more(look, heights.iter().filter(|height| **height == 0).count(), key));
    lines.truncate(room);
    lines
}

fn more(look: &Look<'_>, hidden: usize, key: &str) -> Option<Line<'static>> {
    (hidden > 0).then(|| Line::from(look.span(Role::Caution, format!("+{hidden} more{key}"))))
}

/// How many lines each has. What presses has a line each before anything has two, then all it needs; warnings come
/// whole, as far as they fit.
fn heights(findings: &[Finding], room: usize) -> Vec<usize> {
    let mut heights: Vec<usize> = findings.iter().map(Finding::height).collect();
    if heights.iter().sum::<usize>() <= room {
        return heights;
    }
    let pressing = findings.iter().filter(|finding| finding.kind.is_pressing()).count();
    let has_warnings = pressing < findings.len();
    // A line says how many are hidden; where every one has a line, nothing is.
    let reserved = usize::from(has_warnings || pressing > room);
    let mut left = room.saturating_sub(reserved);
    heights.fill(0);
    for (height, _) in heights.iter_mut().zip(findings).take(pressing) {
        *height = usize::from(left > 0);
        left = left.saturating_sub(1);
    }
    let mut grow = |heights: &mut [usize], wanted: &dyn Fn(&Finding) -> usize| {
        for (height, finding) in heights.iter_mut().zip(findings).take(pressing).filter(|(height, _)| **height > 0) {
            let more = wanted(finding).saturating_sub(*height).min(left);
            *height += more;
            left -= more;
        }
        left
    };
    grow(&mut heights, &|finding| finding.text.len());
    let mut left = grow(&mut heights, &Finding::height);
    for (height, finding) in heights.iter_mut().zip(findings).skip(pressing) {
        if finding.height() > left {
            break;
        }
        *height = finding.height();
        left -= finding.height();
    }
    // A warning cut short is better than an empty line.
    if let Some(height) = heights.iter_mut().skip(pressing).find(|height| **height == 0) {
        *height = left;
    }
    heights
}

/// One line each around the chosen one, which must be seen.
fn around(look: &Look<'_>, findings: &[Finding], chosen: usize, room: usize, key: &str) -> Vec<Line<'static>> {
    let shown = if findings.len() > room { room.saturating_sub(1).max(1) } else { room };
    let seen = scroll::window(findings.len(), shown, chosen);
    let hidden = findings.len() - seen.len();
    let mut lines: Vec<Line<'static>> = findings
        .iter()
        .enumerate()
        .skip(seen.start)
        .take(seen.len())
        .flat_map(|(index, finding)| finding.lines(look, index == chosen, 1))
        .collect();
    lines.extend(more(look, hidden, key));
    lines.truncate(room);
    lines
}
