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

/// What the name of a scenario may be cut to before anything else gives way to it: the footer has it too.
const LEAST_WORLD: usize = 12;
/// The same of a deployment's name.
const LEAST_NAME: usize = 10;

fn draw_bar(model: &Model, look: &Look<'_>, bar: Rect, buffer: &mut Buffer) {
    let role = look.reality_role();
    let span = |text: String| look.span(role, text);
    buffer.set_style(bar, look.style(role));
    let name = model.watched().map_or("no deployment", |watched| watched.deployment.name.as_str());
    let world = format!(" {}", super::footer::reality(model, look));
    // Two margins, and two blanks between what stands beside each other.
    let beside = |columns: usize| usize::from(bar.width).saturating_sub(columns + 4);
    let right =
        right(model, look, (beside(format::width(&world) + 2 + format::width(name)), usize::from(bar.width / 2)));
    let room = beside(right.width());
    let world_room = room.saturating_sub(2 + format::width(name)).max(LEAST_WORLD);
    let world = look.truncate(&world, world_room);
    let name_room = room.saturating_sub(2 + format::width(&world)).max(LEAST_NAME);
    let name = format::truncate_middle(name, name_room, look.symbols.cut);
    let mut left = vec![(0, vec![span(world)]), (1, vec![span(name)])];
    if model.fleet.len() > 1 {
        left.push((5, vec![span(format!("(deployment {} of {})", model.selected + 1, model.fleet.len()))]));
    }
    let room = u16::try_from(room).unwrap_or(bar.width);
    let right_width = u16::try_from(right.width()).unwrap_or(bar.width);
    buffer.set_line(bar.x, bar.y, &fitted(left, room, &span("  ".to_owned())), room);
    buffer.set_line(bar.right().saturating_sub(right_width + 1), bar.y, &right, right_width);
}

/// How many words there are for the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    All,
    /// That the time is not the world's own is said in two words rather than not at all: ages that race want a reason.
    Few,
    Fewest,
}

/// What may be done, the time, and whose time that is: in as many words as there is room for beside the whole of what
/// stands on the left; in the fewest, and in the half that is its own, where there is none.
fn right(model: &Model, look: &Look<'_>, (room, half): (usize, usize)) -> Line<'static> {
    let span = |text: String| look.span(look.reality_role(), text);
    let gap = span("  ".to_owned());
    let groups = |words: Words| {
        vec![
            access(model, look, words),
            (0, vec![span(format!("{} {}", look.time_of_day(model.now), look.zone()))]),
            (9, if model.attention.silenced { vec![span("silent".to_owned())] } else { Vec::new() }),
            (8, if look.simulated { vec![span(virtual_time(model, look, words))] } else { Vec::new() }),
        ]
    };
    let whole = |words: Words| fitted(groups(words), u16::MAX, &gap);
    let fitting = [Words::All, Words::Few, Words::Fewest].into_iter().map(whole).find(|line| line.width() <= room);
    fitting.unwrap_or_else(|| fitted(groups(Words::Fewest), u16::try_from(half).unwrap_or(u16::MAX), &gap))
}

/// That the clock is not the world's, and how fast it goes where that is known.
fn virtual_time(model: &Model, look: &Look<'_>, words: Words) -> String {
    let (alone, named) = if words == Words::All { ("virtual time", "virtual time") } else { ("sim time", "sim") };
    match &model.pace {
        Some(pace) => format!("{named} {}{pace}", look.symbols.times),
        None => alone.to_owned(),
    }
}

/// What may be done, and for how much longer: who may act must not have to look for it.
fn access(model: &Model, look: &Look<'_>, words: Words) -> (u8, Vec<Span<'static>>) {
    let reach = model.watched().map_or(Reach::AsOpened, |watched| watched.reach);
    match (model.access_here(), reach) {
        (Access::ReadOnly, _) => {
            // Who opened a session to operate must see at once where it may not.
            let words = if model.pinned_here().is_some() { "READ-ONLY (pinned)" } else { "READ-ONLY" };
            (2, vec![look.span(look.reality_role(), words)])
        }
        (Access::Operate, Reach::Raised { left }) => {
            let left = format::countdown(left);
            let text =
                if words == Words::Fewest { format!(" OPERATE {left} ") } else { format!(" OPERATE {left} left ") };
            (0, vec![look.span(Role::Banner, text)])
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
