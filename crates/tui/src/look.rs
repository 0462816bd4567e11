//! What a frame is drawn with: the styles, the signs and the clock of this moment. Made once a frame from the model.

use std::collections::BTreeSet;

use lifeboat_model::assessment::{Dated, Health};
use lifeboat_model::observation::Freshness;
use lifeboat_model::time::{Timestamp, age};
use ratatui::style::Style;
use ratatui::text::Span;

use crate::format;
use crate::model::{Access, Display, Model};
use crate::symbols::Symbols;
use crate::theme::{Role, Styles};

pub(crate) struct Look<'a> {
    pub(crate) styles: Styles,
    pub(crate) symbols: &'static Symbols,
    pub(crate) simulated: bool,
    /// Whether the deployment that is shown may be acted on: the frame shows it.
    operates: bool,
    pub(crate) now: Timestamp,
    display: &'a Display,
}

impl<'a> Look<'a> {
    pub(crate) fn of(model: &'a Model) -> Self {
        let display = &model.display;
        let styles = match model.theme() {
            Some(theme) => Styles::resolve(theme, &display.themes, display.depth),
            None => Styles::plain(),
        };
        Self {
            styles,
            symbols: display.symbols.symbols(),
            simulated: model.reality.is_simulated(),
            operates: model.access_here() == Access::Operate,
            now: model.now,
            display,
        }
    }

    pub(crate) fn style(&self, role: Role) -> Style {
        let of_frame = role == Role::Border && self.operates;
        self.styles.of(if of_frame { Role::Caution } else { role })
    }

    pub(crate) fn span(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style(role))
    }

    /// The role of header and footer, which tells the world from a rehearsal.
    pub(crate) fn reality_role(&self) -> Role {
        if self.simulated { Role::Simulated } else { Role::Live }
    }

    pub(crate) fn reality_word(&self) -> &'static str {
        if self.simulated { "SIM" } else { "LIVE" }
    }

    pub(crate) fn rule(&self) -> &'static str {
        if self.simulated { self.symbols.simulated_rule } else { self.symbols.live_rule }
    }

    /// The titles of the columns that are not wanted, of the table that has these.
    pub(crate) fn hidden(&self, key: &str) -> Option<&BTreeSet<String>> {
        self.display.hidden.get(key)
    }

    /// How long ago, as `34s`.
    pub(crate) fn age(&self, at: Timestamp) -> String {
        format::age(age(self.now, at))
    }

    pub(crate) fn time_of_day(&self, at: Timestamp) -> String {
        self.display.local.time_of_day(at, self.display.face)
    }

    pub(crate) fn hour_and_minute(&self, at: Timestamp) -> String {
        self.display.local.hour_and_minute(at, self.display.face)
    }

    pub(crate) fn date(&self, at: Timestamp) -> String {
        self.display.local.date(at, self.display.face)
    }

    pub(crate) fn date_and_time(&self, at: Timestamp) -> String {
        self.display.local.date_and_time(at, self.display.face)
    }

    /// `03-01 14:03:07`, and of another year `2025-03-01 14:03`: what stands in a column of times must tell the day, and
    /// seconds of last year tell nobody anything.
    pub(crate) fn day_and_time(&self, at: Timestamp) -> String {
        let (whole, now) = (self.date_and_time(at), self.date_and_time(self.now));
        let part = if whole.get(..4) == now.get(..4) { whole.get(5..) } else { whole.get(..16) };
        part.unwrap_or(&whole).to_owned()
    }

    pub(crate) fn zone(&self) -> String {
        self.display.local.zone(self.display.face)
    }

    pub(crate) fn truncate(&self, text: &str, columns: usize) -> String {
        format::truncate(text, columns, self.symbols.cut)
    }

    pub(crate) fn health_role(health: Health) -> Role {
        match health {
            Health::Healthy => Role::Ok,
            Health::Unknown => Role::Unknown,
            Health::Degraded => Role::Caution,
            Health::Down => Role::Danger,
        }
    }

    /// `role` while the number may be trusted.
    pub(crate) fn dated_role(freshness: Freshness, role: Role) -> Role {
        match freshness {
            Freshness::Fresh => role,
            Freshness::Stale => Role::Stale,
            Freshness::Pending | Freshness::Unavailable => Role::Unknown,
        }
    }

    /// A dated number in words, or that there is none. One that may not be trusted carries the sign of the unknown.
    pub(crate) fn dated<T>(&self, dated: Option<&Dated<T>>, show: impl Fn(&T) -> String, role: Role) -> (Role, String) {
        let (role, text) = Self::unmarked(dated, show, role);
        match dated.map(|dated| dated.freshness) {
            Some(Freshness::Fresh) | None => (role, text),
            Some(Freshness::Stale | Freshness::Pending | Freshness::Unavailable) => {
                (role, format!("{} {text}", self.symbols.unknown))
            }
        }
    }

    /// The same, for a place where the sign stands already.
    pub(crate) fn unmarked<T>(dated: Option<&Dated<T>>, show: impl Fn(&T) -> String, role: Role) -> (Role, String) {
        match dated {
            None => (Role::Unknown, format::NO_DATA.to_owned()),
            Some(dated) => (Self::dated_role(dated.freshness, role), show(&dated.value)),
        }
    }

    /// A verdict while it may be trusted; after that what it was, how long ago, and that it is not known now.
    pub(crate) fn verdict(
        &self,
        (freshness, at): (Freshness, Option<Timestamp>),
        (role, mark): (Role, &str),
        (is, was): (&str, &str),
    ) -> (Role, String) {
        match freshness {
            Freshness::Fresh => (role, format!("{mark} {is}")),
            Freshness::Stale | Freshness::Pending | Freshness::Unavailable => {
                let ago = at.map_or_else(String::new, |at| format!(" {} ago", self.age(at)));
                (Self::dated_role(freshness, role), format!("{} {was}{ago}", self.symbols.unknown))
            }
        }
    }
}
