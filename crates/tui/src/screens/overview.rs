//! Both regions side by side, every store's lag, checks, alarms and DNS, and what a failover now would mean.
//! What must be known at three in the morning fits in 80 × 24.

use lifeboat_model::assessment::{
    Assessment, DnsAssessment, Forecast, Health, HealthCheckAssessment, RegionAssessment, Role as RegionRole, RoleBasis,
};
use lifeboat_model::observation::Freshness;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Item, Opened, Page, Screen, alarms, filtered, health, order, replication};
use crate::dialogs::message;
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::theme::Role;
use crate::widgets::carve;
use crate::widgets::pane::{self, Pane};

mod arrangement;
mod forecast;

pub const PANES: &[&str] = &["Regions", "Stores", "If you failed over now", "Health checks", "Alarms", "DNS"];

pub(crate) const REGIONS: usize = 0;
pub(crate) const STORES: usize = 1;
pub(crate) const FORECAST: usize = 2;
pub(crate) const CHECKS: usize = 3;
pub(crate) const ALARMS: usize = 4;
pub(crate) const DNS: usize = 5;

pub(crate) use forecast::{loss_sign, loss_words, over_their_rpo, page as forecast_page};

pub(crate) fn items(model: &Model, pane: usize) -> Vec<Item> {
    let Some(watched) = model.watched() else { return Vec::new() };
    let assessment = &watched.assessment;
    match pane {
        REGIONS => {
            let regions = assessment.regions.iter().enumerate();
            regions.map(|(index, region)| Item::new(index, region.region.as_str(), region.region.as_str())).collect()
        }
        STORES => replication::items_of(model, Screen::Overview),
        FORECAST => forecast::items(model, assessment),
        CHECKS => health::check_items(model, Screen::Overview),
        ALARMS => alarms::alarm_items(model, Screen::Overview, alarms::BY_STATE),
        _ => dns_items(model, assessment),
    }
}

fn dns_items(model: &Model, assessment: &Assessment) -> Vec<Item> {
    let names =
        filtered(model, Screen::Overview, assessment.dns.iter().enumerate(), |(_, dns)| vec![dns.name.as_str()]);
    names.into_iter().map(|(index, dns)| Item::new(index, dns.name.as_str(), dns.name.as_str())).collect()
}

pub(crate) fn opened(pane: usize, item: &Item) -> Opened {
    let goto = |screen, pane| Opened::Goto { screen, pane, id: item.id.clone() };
    match pane {
        STORES => goto(Screen::Replication, 0),
        CHECKS => goto(Screen::Health, health::CHECKS),
        ALARMS => goto(Screen::Alarms, 0),
        _ => Opened::Page,
    }
}

pub(crate) fn page(model: &Model, look: &Look<'_>, pane: usize, id: &str) -> Option<Page> {
    let watched = model.watched()?;
    match pane {
        REGIONS => message::region_page(look, watched, &id.into()),
        STORES => replication::page(model, look, id),
        FORECAST => Some(forecast_page(look, watched)),
        CHECKS => health::page(model, look, health::CHECKS, id),
        ALARMS => alarms::page(model, look, 0, id),
        _ => health::name_page(look, &watched.assessment, id),
    }
}

/// What tells which region is active, in words.
pub(crate) fn basis(basis: RoleBasis) -> &'static str {
    match basis {
        RoleBasis::Writer => "by IsWriter",
        RoleBasis::Dns => "by DNS answers",
        RoleBasis::Accelerator => "by accelerator dials",
        RoleBasis::Traffic => "by traffic",
        RoleBasis::None => "nothing tells",
    }
}

pub(crate) fn draw(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(watched) = model.watched() else { return };
    let view = View { model, look, watched };
    let places = arrangement::Arrangement::of(model, look, area, watched);
    view.regions(places.regions, buffer);
    view.stores(places.stores, buffer);
    if let Some(charts) = places.charts {
        replication::charts(look, watched, charts, buffer);
    }
    forecast::draw(model, look, watched, places.forecast, buffer);
    view.checks(places.checks, buffer);
    view.dns(places.dns, buffer);
    view.alarms(places.alarms, buffer);
}

/// What the parts of the screen have in common.
struct View<'a> {
    model: &'a Model,
    look: &'a Look<'a>,
    watched: &'a Watched,
}

impl View<'_> {
    fn focused(&self, pane: usize) -> bool {
        self.model.screens.of(Screen::Overview).pane == pane
    }

    fn cursor(&self, pane: usize, items: &[Item]) -> Option<usize> {
        self.model.screens.of(Screen::Overview).cursor(pane).index_in(items)
    }

    fn regions(&self, area: Rect, buffer: &mut Buffer) {
        let look = self.look;
        let assessment = &self.watched.assessment;
        if assessment.regions.is_empty() {
            let regions = &self.watched.deployment.regions;
            let title = format!("{} and {}", regions.home, regions.partner);
            let body = Pane::new(&title, self.focused(REGIONS)).draw(look, area, buffer);
            let text = "  ? nothing has been read of either region yet";
            pane::lines([Line::from(look.span(Role::Unknown, text))], body, buffer);
            return;
        }
        let items = items(self.model, REGIONS);
        let chosen = self.cursor(REGIONS, &items).filter(|_| self.focused(REGIONS));
        let count = u16::try_from(assessment.regions.len()).unwrap_or(1);
        for (index, (region, part)) in assessment.regions.iter().zip(carve::equal_columns(area, count)).enumerate() {
            self.region(region, chosen == Some(index), part, buffer);
        }
    }

    fn region(&self, region: &RegionAssessment, chosen: bool, area: Rect, buffer: &mut Buffer) {
        let look = self.look;
        let role = match region.role {
            RegionRole::Active => "ACTIVE",
            RegionRole::Standby => "STANDBY",
            RegionRole::Unknown => "ROLE UNKNOWN",
        };
        let title = format!("{} {role}", region.region);
        let body =
            Pane::new(&title, chosen).aside(Role::Muted, basis(region.role_basis), look).draw(look, area, buffer);
        let width = usize::from(body.width).saturating_sub(2);
        let lines = region_lines(look, region, width, usize::from(body.height));
        pane::lines(lines, carve::indented(body, 1), buffer);
    }

    fn stores(&self, area: Rect, buffer: &mut Buffer) {
        let items = items(self.model, STORES);
        let by = order(self.model, Screen::Overview).map_or_else(String::new, |order| format!(", by {order}"));
        let objective = format!("{}{by}", replication::objective_words(self.watched));
        let cursor = self.cursor(STORES, &items);
        let body = Pane::new("Stores", self.focused(STORES))
            .aside(Role::Muted, objective, self.look)
            .rows(items.len(), cursor, 1)
            .draw(self.look, area, buffer);
        replication::table(self.look, self.watched, &items, cursor, self.focused(STORES), body, buffer);
    }

    fn checks(&self, area: Rect, buffer: &mut Buffer) {
        let look = self.look;
        let items = items(self.model, CHECKS);
        let body = Pane::new("Health checks", self.focused(CHECKS)).draw(look, area, buffer);
        let chosen = self.cursor(CHECKS, &items);
        let checks = &self.watched.assessment.health_checks;
        let lines =
            items.iter().filter_map(|item| checks.get(item.source)).map(|check| check_line(look, check, body.width));
        self.list(
            lines.collect(),
            chosen,
            CHECKS,
            self.nothing(self.watched.deployment.health_checks.is_empty()),
            body,
            buffer,
        );
    }

    fn dns(&self, area: Rect, buffer: &mut Buffer) {
        let look = self.look;
        let items = items(self.model, DNS);
        let body = Pane::new("DNS", self.focused(DNS)).draw(look, area, buffer);
        let chosen = self.cursor(DNS, &items);
        let names = &self.watched.assessment.dns;
        let lines = items.iter().filter_map(|item| names.get(item.source)).map(|dns| dns_line(look, dns, body.width));
        self.list(lines.collect(), chosen, DNS, self.nothing(self.watched.deployment.records.is_empty()), body, buffer);
    }

    fn alarms(&self, area: Rect, buffer: &mut Buffer) {
        let look = self.look;
        let items = items(self.model, ALARMS);
        let (role, words) = alarms::summary(look, self.watched, usize::from(area.width).saturating_sub(14));
        let body = Pane::new("Alarms", self.focused(ALARMS)).aside(role, words, look).draw(look, area, buffer);
        let chosen = self.cursor(ALARMS, &items);
        let all = &self.watched.assessment.alarms;
        let height = usize::from(body.height);
        let seen = crate::scroll::window(items.len(), height, chosen.unwrap_or(0));
        let shown = items.get(seen.clone()).unwrap_or_default();
        let lines = shown
            .iter()
            .filter_map(|item| all.get(item.source))
            .map(|alarm| alarms::line(look, self.watched, alarm, body.width));
        let chosen = chosen.map(|chosen| chosen.saturating_sub(seen.start));
        self.list(
            lines.collect(),
            chosen,
            ALARMS,
            self.nothing(self.watched.deployment.alarms.is_empty()),
            body,
            buffer,
        );
    }

    /// Why a list is empty.
    fn nothing(&self, unconfigured: bool) -> &'static str {
        let filtered = !self.model.screens.of(Screen::Overview).filter.trim().is_empty();
        match (filtered, unconfigured) {
            (true, _) => "none with these words",
            (false, true) => "none configured",
            (false, false) => "? not read yet",
        }
    }

    /// Lines with the selected one marked, if this pane has the keys.
    fn list(
        &self,
        lines: Vec<Line<'static>>,
        chosen: Option<usize>,
        pane: usize,
        empty: &str,
        body: Rect,
        buffer: &mut Buffer,
    ) {
        let look = self.look;
        if lines.is_empty() {
            pane::lines([Line::from(look.span(Role::Muted, format!(" {empty}")))], body, buffer);
            return;
        }
        let seen = crate::scroll::window(lines.len(), usize::from(body.height), chosen.unwrap_or(0));
        let first = seen.start;
        for (index, (line, row)) in lines.into_iter().skip(first).zip(body.rows()).enumerate() {
            buffer.set_line(row.x + 1, row.y, &line, row.width.saturating_sub(1));
            if self.focused(pane) && chosen == Some(first + index) {
                buffer.set_style(row, look.style(Role::Selection));
                buffer.set_span(row.x, row.y, &look.span(Role::Selection, look.symbols.selected), 1);
            }
        }
    }
}

/// A region in as many lines as there are: health, why, traffic, when it last answered.
fn region_lines(look: &Look<'_>, region: &RegionAssessment, width: usize, height: usize) -> Vec<Line<'static>> {
    let health_role = Look::health_role(region.health);
    let answer = match (region.last_answer, region.reachable) {
        (None, None) => (Role::Unknown, "not asked yet".to_owned()),
        (None, _) => (Role::Danger, "never answered".to_owned()),
        (Some(at), Some(false)) => (Role::Danger, format!("{} no answer for {}", look.symbols.danger, look.age(at))),
        (Some(at), _) => (Role::Muted, format!("answered {} ago", look.age(at))),
    };
    let health = format!("{} {}", look.symbols.health(region.health), region.health.as_str());
    let space = width.saturating_sub(format::width(&health) + format::width(&answer.1)).max(2);
    let mut lines = vec![Line::from(vec![
        look.span(health_role, health),
        look.span(Role::Text, " ".repeat(space)),
        look.span(answer.0, answer.1),
    ])];
    let traffic = traffic_line(look, region, width);
    let reasons =
        region.reasons.iter().flat_map(|reason| format::wrap(reason, width.saturating_sub(2)).into_iter().enumerate());
    let room = height.saturating_sub(2);
    let wrapped: Vec<(usize, String)> = reasons.collect();
    let hidden = wrapped.len() > room;
    for (shown, (part, text)) in wrapped.iter().take(room).enumerate() {
        let mark = if *part == 0 { look.symbols.dash } else { " " };
        let more = if hidden && shown + 1 == room { format!(" {}", look.symbols.cut) } else { String::new() };
        let text = look.truncate(&format!("{text}{more}"), width.saturating_sub(2));
        lines.push(Line::from(look.span(Role::Text, format!("{mark} {text}"))));
    }
    lines.push(traffic);
    lines
}

fn traffic_line(look: &Look<'_>, region: &RegionAssessment, width: usize) -> Line<'static> {
    let (traffic_role, traffic) = look.dated(region.traffic.as_ref(), |rate| format::rate(*rate), Role::Text);
    // Whether a share of failures is bad is the rules' judgement, not the colour's.
    let failing = region.errors_percent.as_ref().is_some_and(|errors| errors.value > 0.0);
    let errors_role =
        if failing && region.health != Health::Healthy { Look::health_role(region.health) } else { Role::Text };
    let (errors_role, errors) =
        look.dated(region.errors_percent.as_ref(), |share| format::percent(*share), errors_role);
    let mut spans = vec![
        look.span(Role::Muted, "requests "),
        look.span(traffic_role, traffic),
        look.span(Role::Muted, "  failing "),
        look.span(errors_role, errors),
    ];
    if let Some(dated) = &region.traffic {
        let age = look.age(dated.at);
        let room = width.saturating_sub(spans.iter().map(Span::width).sum());
        let fitting = [format!("  {age} ago"), format!("  {age}")].into_iter().find(|text| text.len() <= room);
        spans.extend(fitting.map(|text| look.span(Role::Muted, text)));
    }
    Line::from(spans)
}

fn check_line(look: &Look<'_>, check: &HealthCheckAssessment, width: u16) -> Line<'static> {
    let (role, state) = health::check_state(look, check);
    // The share of an old verdict would only make it look current.
    let percent = check
        .healthy_percent
        .as_ref()
        .filter(|percent| percent.freshness == Freshness::Fresh)
        .map(|percent| format!(" {}", format::percent(percent.value)))
        .unwrap_or_default();
    let trap = if check.traps.is_empty() { String::new() } else { format!(" {} trap", look.symbols.caution) };
    let watches = check.region.as_ref().map_or(check.id.as_str(), |region| region.as_str());
    let room = usize::from(width).saturating_sub(format::width(&state) + percent.len() + format::width(&trap) + 2);
    Line::from(vec![
        look.span(role, state),
        look.span(Role::Text, format!(" {}", look.truncate(watches, room))),
        look.span(Role::Muted, percent),
        look.span(Role::Caution, trap),
    ])
}

fn dns_line(look: &Look<'_>, dns: &DnsAssessment, width: u16) -> Line<'static> {
    let leading = dns.answers.iter().filter(|answer| answer.region.is_some() && answer.region == dns.active_region);
    let newest = leading.clone().map(|answer| answer.at).max();
    let is_fresh = leading.clone().next().is_none() || leading.clone().any(|it| it.freshness == Freshness::Fresh);
    let mark = look.symbols.arrow;
    let (role, target) = match (&dns.active_region, newest) {
        (Some(region), Some(at)) if !is_fresh => {
            (Role::Stale, format!("{} {region} {} ago", look.symbols.unknown, look.age(at)))
        }
        (Some(region), _) => (Role::Text, region.to_string()),
        (None, _) => (Role::Unknown, format!("{} not known", look.symbols.unknown)),
    };
    let differing =
        dns.answers.iter().filter(|answer| answer.region.is_some() && answer.region != dns.active_region).count();
    let aside = match differing {
        0 => String::new(),
        1 => format!(" {} 1 differs", look.symbols.caution),
        count => format!(" {} {count} differ", look.symbols.caution),
    };
    let room = usize::from(width).saturating_sub(format::width(&target) + format::width(&aside) + 4);
    Line::from(vec![
        look.span(Role::Text, format::truncate_middle(dns.name.as_str(), room, look.symbols.cut)),
        look.span(Role::Muted, format!(" {mark} ")),
        look.span(role, target),
        look.span(Role::Caution, aside),
    ])
}

/// Whether everything a failover would rest on is known: nothing known is not readiness.
pub(crate) fn is_known(forecast: &Forecast) -> bool {
    forecast.to.is_some()
}
