//! Above every screen: whether the world is real, which deployment, as whom, what may be done, the time, how old the
//! facts are, how long the credentials last, what watching costs, and which screen this is.

use lifeboat_model::read::{Service, Tempo};
use lifeboat_model::snapshot::Contact;
use lifeboat_model::time::{Duration, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::fitted;
use crate::format;
use crate::look::Look;
use crate::model::{Access, Model, Reach, Watched};
use crate::screens::Screen;
use crate::theme::Role;
use crate::widgets::carve;

pub(super) const HEIGHT: u16 = 3;

pub(super) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let (bar, rest) = carve::rows(area, 1);
    let (facts, tabs) = carve::rows(rest, 1);
    draw_bar(model, look, bar, buffer);
    draw_facts(model, look, facts, buffer);
    draw_tabs(model, look, tabs, buffer);
}

fn draw_bar(model: &Model, look: &Look<'_>, bar: Rect, buffer: &mut Buffer) {
    let role = look.reality_role();
    let span = |text: String| look.span(role, text);
    buffer.set_style(bar, look.style(role));
    let right = fitted(
        vec![
            access(model, look),
            (0, vec![span(format!("{} {}", look.time_of_day(model.now), look.zone()))]),
            (8, if model.attention.silenced { vec![span("silent".to_owned())] } else { Vec::new() }),
            (9, if look.simulated { vec![span(virtual_time(model, look))] } else { Vec::new() }),
        ],
        bar.width / 2,
        &span("  ".to_owned()),
    );
    let name = model.watched().map_or("no deployment", |watched| watched.deployment.name.as_str());
    let mut left =
        vec![(0, vec![span(format!(" {}", super::footer::reality(model, look)))]), (1, vec![span(name.to_owned())])];
    if model.fleet.len() > 1 {
        left.push((5, vec![span(format!("(deployment {} of {})", model.selected + 1, model.fleet.len()))]));
    }
    let right_width = u16::try_from(right.width()).unwrap_or(bar.width);
    let room = bar.width.saturating_sub(right_width + 4);
    buffer.set_line(bar.x, bar.y, &fitted(left, room, &span("  ".to_owned())), room);
    buffer.set_line(bar.right().saturating_sub(right_width + 1), bar.y, &right, right_width);
}

/// That the clock is not the world's, and how fast it goes where that is known.
fn virtual_time(model: &Model, look: &Look<'_>) -> String {
    match &model.pace {
        Some(pace) => format!("virtual time {}{pace}", look.symbols.times),
        None => "virtual time".to_owned(),
    }
}

/// What may be done, and for how much longer: who may act must not have to look for it.
fn access(model: &Model, look: &Look<'_>) -> (u8, Vec<Span<'static>>) {
    let reach = model.watched().map_or(Reach::AsOpened, |watched| watched.reach);
    match (model.access_here(), reach) {
        (Access::ReadOnly, _) => {
            // Who opened a session to operate must see at once where it may not.
            let words = if model.pinned_here().is_some() { "READ-ONLY (pinned)" } else { "READ-ONLY" };
            (2, vec![look.span(look.reality_role(), words)])
        }
        (Access::Operate, Reach::Raised { left }) => {
            (0, vec![look.span(Role::Banner, format!(" OPERATE {} left ", format::countdown(left)))])
        }
        (Access::Operate, Reach::AsOpened | Reach::Lowered) => (0, vec![look.span(Role::Banner, " OPERATE ")]),
    }
}

fn draw_facts(model: &Model, look: &Look<'_>, row: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let wide = wide(row);
    let gap = look.span(Role::Border, if wide { format!(" {} ", look.symbols.vertical) } else { "  ".to_owned() });
    let rest = [(1, ages(look, watched, wide)), (2, runway(look, watched, wide)), (3, cost(look, watched, wide))];
    let taken: usize = rest.iter().flat_map(|(_, spans)| spans).map(Span::width).sum();
    let room = usize::from(row.width).saturating_sub(2 + taken + 3 * gap.width());
    let mut groups = vec![(0, account(look, watched, room))];
    groups.extend(rest);
    let line = fitted(groups, row.width.saturating_sub(2), &gap);
    buffer.set_line(row.x + 1, row.y, &line, row.width.saturating_sub(1));
}

fn wide(row: Rect) -> bool {
    row.width >= 140
}

/// The account, and as much of the caller as there is room for.
fn account(look: &Look<'_>, watched: &Watched, room: usize) -> Vec<Span<'static>> {
    let identity = &watched.assessment.identity;
    let Some(account) = &identity.account else {
        return vec![look.span(Role::Unknown, "account not known")];
    };
    let role = if identity.wrong_account { Role::Danger } else { Role::Text };
    let mut spans = vec![look.span(role, account.as_str())];
    if let Some(caller) = identity.arn.as_ref().and_then(|arn| arn.resource()) {
        // The name of an assumed role says who in its middle and its end.
        let name = caller.split_once('/').map_or(caller, |(_, name)| name);
        let room = room.saturating_sub(account.as_str().len() + 1).clamp(5, 40);
        spans.push(look.span(Role::Muted, format!(" {}", format::truncate_middle(name, room, look.symbols.cut))));
    }
    spans
}

/// How often the clouds are asked.
fn tempo(tempo: Tempo) -> (Role, &'static str) {
    match tempo {
        Tempo::Calm => (Role::Muted, "calm"),
        Tempo::Fast => (Role::Accent, "fast"),
    }
}

/// The newest answer, and the one that is oldest by its own cadence.
fn ages(look: &Look<'_>, watched: &Watched, wide: bool) -> Vec<Span<'static>> {
    let Some(newest) = watched.snapshot.newest() else {
        return vec![look.span(Role::Unknown, "nothing read yet")];
    };
    let (role, tempo) = tempo(watched.tempo);
    let mut spans =
        vec![look.span(role, tempo), look.span(Role::Muted, ", data "), look.span(Role::Text, look.age(newest))];
    if let Some((length, service, region)) = oldest(look, watched) {
        let late = length > service.cadence(watched.tempo).saturating_mul(5) / 2;
        let (role, mark) =
            if late { (Role::Caution, format!("{} ", look.symbols.caution)) } else { (Role::Muted, String::new()) };
        spans.push(look.span(Role::Muted, " oldest "));
        spans.push(look.span(role, format!("{mark}{}", format::age(length))));
        if wide {
            spans.push(look.span(role, format!(" {service} {region}")));
        }
    }
    spans
}

/// Whichever answer is the most overdue: an hour is nothing for quotas and much for alarms.
fn oldest<'a>(look: &Look<'_>, watched: &'a Watched) -> Option<(Duration, Service, &'a str)> {
    let overdue = |contact: &Contact<'_>| {
        let length = age(look.now, contact.answered_at?);
        Some((length.as_secs_f64() / contact.service.cadence(watched.tempo).as_secs_f64(), length))
    };
    let all = watched
        .snapshot
        .regions
        .iter()
        .flat_map(|(region, known)| known.contacts().map(move |contact| (region, contact)));
    all.filter_map(|(region, contact)| {
        overdue(&contact).map(|(ratio, length)| (ratio, length, contact.service, region.as_str()))
    })
    .max_by(|a, b| a.0.total_cmp(&b.0))
    .map(|(_, length, service, region)| (length, service, region))
}

/// How long the credentials last.
fn runway(look: &Look<'_>, watched: &Watched, wide: bool) -> Vec<Span<'static>> {
    const SHORT: Duration = Duration::from_mins(15);
    let identity = &watched.assessment.identity;
    let label = look.span(Role::Muted, if wide { "credentials " } else { "creds " });
    if identity.trouble.is_some() {
        return vec![label, look.span(Role::Danger, format!("{} trouble", look.symbols.danger))];
    }
    match (&identity.account, identity.expires_at) {
        (None, _) => vec![label, look.span(Role::Unknown, look.symbols.unknown)],
        (Some(_), None) => vec![label, look.span(Role::Text, "do not expire")],
        (Some(_), Some(at)) if at <= look.now => {
            vec![label, look.span(Role::Danger, format!("{} expired", look.symbols.danger))]
        }
        (Some(_), Some(at)) => {
            let left = age(at, look.now);
            let (role, mark) = if left < SHORT { (Role::Caution, look.symbols.caution) } else { (Role::Text, "") };
            let space = if mark.is_empty() { "" } else { " " };
            vec![
                label,
                look.span(role, format!("{mark}{space}{}{}", format::age(left), if wide { " left" } else { "" })),
            ]
        }
    }
}

/// What watching costs.
fn cost(look: &Look<'_>, watched: &Watched, wide: bool) -> Vec<Span<'static>> {
    let Some(cost) = watched.cost else {
        return vec![look.span(Role::Muted, "cost "), look.span(Role::Unknown, look.symbols.unknown)];
    };
    let (requests, dollars) = (format::hourly(cost.requests_per_hour), format::dollars(cost.usd_per_hour));
    let unit = if wide { " requests/h " } else { "/h " };
    vec![
        look.span(Role::Text, requests),
        look.span(Role::Muted, unit),
        look.span(Role::Text, dollars),
        look.span(Role::Muted, "/h"),
    ]
}

/// How the screens are named in the row of tabs, the one that is shown always in full.
#[derive(Clone, Copy)]
enum Naming {
    /// All in full, with room between them.
    Spaced,
    Full,
    Short,
    /// By their numbers alone.
    Number,
}

impl Naming {
    const ALL: [Self; 4] = [Self::Spaced, Self::Full, Self::Short, Self::Number];
    /// What stands before each name: the mark of the one that is shown, its number, a space.
    const BEFORE: usize = 3;

    /// The first that fits, whichever of the screens is shown, so that going from one to another moves little.
    fn fitting(columns: u16) -> Self {
        let fits = |naming: &Self| {
            let of = |shown: Screen| Screen::ALL.into_iter().map(move |screen| naming.columns(screen, screen == shown));
            let widest = Screen::ALL.into_iter().map(|shown| of(shown).sum::<usize>()).max().unwrap_or(0);
            widest <= usize::from(columns)
        };
        Self::ALL.into_iter().find(fits).unwrap_or(Self::Number)
    }

    fn name(self, screen: Screen, here: bool) -> &'static str {
        if here {
            return screen.title();
        }
        match self {
            Self::Spaced | Self::Full => screen.title(),
            Self::Short => screen.short(),
            Self::Number => "",
        }
    }

    fn gap(self) -> &'static str {
        match self {
            Self::Spaced => " ",
            Self::Full | Self::Short | Self::Number => "",
        }
    }

    fn columns(self, screen: Screen, here: bool) -> usize {
        Self::BEFORE + format::width(self.name(screen, here)) + self.gap().len()
    }
}

fn draw_tabs(model: &Model, look: &Look<'_>, row: Rect, buffer: &mut Buffer) {
    let naming = Naming::fitting(row.width);
    let mut line = Line::default();
    for (number, screen) in (1..).zip(Screen::ALL) {
        let here = model.screen == screen;
        let (mark, role) = if here { (look.symbols.selected, Role::Focus) } else { (" ", Role::Muted) };
        line.push_span(look.span(if here { Role::Accent } else { Role::Muted }, mark));
        // The key of the tenth is the zero.
        line.push_span(look.span(Role::Accent, format!("{} ", number % 10)));
        line.push_span(look.span(role, naming.name(screen, here)));
        line.push_span(look.span(Role::Muted, naming.gap()));
    }
    buffer.set_line(row.x, row.y, &line, row.width);
}
