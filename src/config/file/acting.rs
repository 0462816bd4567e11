//! What a deployment says of being acted upon: how it is written to as a client writes, what moves its traffic without
//! a control plane, who is told, and what its owner allows. Mistakes go where the other keys' mistakes go.

use std::collections::BTreeMap;

use lifeboat_engine::schedule::{self, ScheduleError};
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::CustomMetric;
use lifeboat_model::id::{Arn, HealthCheckId, ParameterName, Region};
use lifeboat_model::policy::{FreezeWindow, Policy, Schedule};
use lifeboat_model::runbook::RunbookName;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::{ActiveParameter, CanaryTarget, HealthCheckTarget, Takeover, TakeoverLever};

use super::Parts;
use crate::config::diagnostic::{Diagnostics, suggest};
use crate::config::reader::{Said, Table};
use crate::config::schema;

/// Stands for the canary's nonce in a URL that is asked for it.
const NONCE: &str = "{nonce}";
/// Between two canaries where nothing else is said.
const INTERVAL: Duration = Duration::from_secs(1);
/// Oftener than this, the canaries would be a load of their own.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
/// What CloudWatch takes as dimensions of one metric.
const MOST_DIMENSIONS: usize = 30;

/// Everything of a deployment that only acting needs.
pub(super) struct Acting {
    pub(super) canary: Option<CanaryTarget>,
    pub(super) active_parameter: Option<ActiveParameter>,
    pub(super) takeovers: Vec<Takeover>,
    pub(super) topics: Vec<Arn>,
    pub(super) replication_role: Option<Arn>,
    pub(super) policy: Policy,
}

impl Parts<'_, '_, '_> {
    pub(super) fn acting(&mut self, checks: &[HealthCheckTarget]) -> Acting {
        Acting {
            canary: self.canary(),
            active_parameter: self.active_parameter(),
            takeovers: self.takeovers(checks),
            topics: self.topics(),
            replication_role: self.replication_role(),
            policy: self.policy(),
        }
    }

    fn canary(&mut self) -> Option<CanaryTarget> {
        let table = self.table.table("canary", &schema::CANARY, self.out)?;
        let write_url = table.text("write_url", self.out);
        let write_url = table.need("write_url", write_url, self.out);
        let read_urls = self.read_urls(&table);
        let interval = table.length("interval", self.out);
        if let Some(said) = interval.as_ref().filter(|said| said.value < SHORTEST_INTERVAL) {
            self.out.error(
                said.span.clone(),
                "canaries this close together would be a load of their own",
                "write at least `100ms`; `1s` measures to the second".to_owned(),
            );
        }
        let write_url = write_url.filter(|said| self.web_address(said).is_some())?.value;
        Some(CanaryTarget { write_url, read_urls, interval: interval.map_or(INTERVAL, |said| said.value) })
    }

    fn read_urls(&mut self, table: &Table<'_>) -> BTreeMap<StoreKind, String> {
        let mut urls = BTreeMap::new();
        for (name, url) in table.named_texts("read_urls", self.out) {
            let store = StoreKind::ALL.into_iter().find(|kind| kind.as_str() == name.value);
            let Some(store) = store else {
                let fix = suggest(&name.value, StoreKind::ALL.map(StoreKind::as_str));
                self.out.error(name.span, format!("`{}` is not a store", name.value), fix);
                continue;
            };
            if self.web_address(&url).is_none() {
                continue;
            }
            if !url.value.contains(NONCE) {
                self.out.error(
                    url.span,
                    format!("`{}` asks for no canary in particular", url.value),
                    format!("put `{NONCE}` where the canary's own name belongs"),
                );
                continue;
            }
            urls.insert(store, url.value);
        }
        urls
    }

    fn active_parameter(&mut self) -> Option<ActiveParameter> {
        let table = self.table.table("active_parameter", &schema::ACTIVE_PARAMETER, self.out)?;
        let name = table.text("name", self.out);
        let name = table.need("name", name, self.out);
        let home = table.text("home", self.out);
        let partner = table.text("partner", self.out);
        let moves_traffic = table.flag("moves_traffic", self.out).is_some_and(|said| said.value);
        let pair = self.pair.clone()?;
        let spans = partner.as_ref().or(home.as_ref()).map_or(table.span(), |said| said.span.clone());
        let home = home.map_or_else(|| pair.home.to_string(), |said| said.value);
        let partner = partner.map_or_else(|| pair.partner.to_string(), |said| said.value);
        if home == partner {
            self.out.error(
                spans,
                format!("the parameter says `{home}` whichever region is active"),
                "give `home` and `partner` two values".to_owned(),
            );
            return None;
        }
        let name = name?;
        if !name.value.starts_with('/') && name.value.contains('/') {
            self.out.error(
                name.span,
                format!("`{}` is not a parameter's name", name.value),
                format!("a name with a path begins with a slash: `/{}`", name.value),
            );
            return None;
        }
        Some(ActiveParameter { name: ParameterName::from(name.value), home, partner, moves_traffic })
    }

    fn takeovers(&mut self, checks: &[HealthCheckTarget]) -> Vec<Takeover> {
        let mut takeovers: Vec<Takeover> = Vec::new();
        for table in self.table.tables("standby_takes_over", &schema::TAKEOVER, self.out) {
            let region = table.text("region", self.out);
            let region = table.need("region", region, self.out).and_then(|said| self.own_region(&said));
            let check = table.text("check", self.out);
            let check = table.need("check", check, self.out);
            let lever = self.lever(&table, region.as_ref());
            let (Some(region), Some(check), Some(lever)) = (region, check, lever) else { continue };
            if !checks.iter().any(|known| known.id.as_str() == check.value) {
                self.out.warning(
                    check.span,
                    format!("the health check `{}` is not among `health_checks`, so nobody watches it", check.value),
                    "add it there".to_owned(),
                );
            }
            let takeover = Takeover { region, check: HealthCheckId::from(check.value), lever };
            if takeovers.iter().any(|earlier| earlier.region == takeover.region && earlier.check == takeover.check) {
                let message = format!("`{}` is listed twice in `standby_takes_over`", takeover.check);
                self.out.error(table.span(), message, "remove one".to_owned());
            } else {
                takeovers.push(takeover);
            }
        }
        takeovers
    }

    /// A marker or a metric: what is written so that traffic moves.
    fn lever(&mut self, table: &Table<'_>, region: Option<&Region>) -> Option<TakeoverLever> {
        let marker = ["bucket", "key"].into_iter().any(|key| table.value(key).is_some());
        let metric =
            ["namespace", "metric", "dimensions", "on", "off"].into_iter().any(|key| table.value(key).is_some());
        match (marker, metric) {
            (true, false) => {
                let bucket = self.bucket(table, "bucket");
                let key = table.text("key", self.out);
                let key = table.need("key", key, self.out);
                Some(TakeoverLever::Marker { bucket: bucket?, key: key?.value })
            }
            (false, true) => self.metric_lever(table, region),
            (true, true) | (false, false) => {
                self.out.error(
                    table.span(),
                    format!("{} must name either an object or a metric", table.title()),
                    "`bucket` and `key` for an object, `namespace` and `metric` for a metric".to_owned(),
                );
                None
            }
        }
    }

    fn metric_lever(&mut self, table: &Table<'_>, region: Option<&Region>) -> Option<TakeoverLever> {
        let namespace = table.text("namespace", self.out);
        let namespace = table.need("namespace", namespace, self.out);
        if let Some(said) = namespace.as_ref().filter(|said| said.value.starts_with("AWS/")) {
            self.out.error(
                said.span.clone(),
                format!("nobody but AWS writes to `{}`", said.value),
                "name a namespace of your own".to_owned(),
            );
            return None;
        }
        let name = table.text("metric", self.out);
        let name = table.need("metric", name, self.out);
        let dimensions = table.named_texts("dimensions", self.out);
        if dimensions.len() > MOST_DIMENSIONS {
            let message = format!("CloudWatch takes at most {MOST_DIMENSIONS} dimensions");
            self.out.error(table.span(), message, "remove some".to_owned());
        }
        let on = table.whole("on", self.out);
        let off = table.whole("off", self.out);
        let span = on.as_ref().or(off.as_ref()).map_or(table.span(), |said| said.span.clone());
        let (on, off) = (on.map_or(1, |said| said.value), off.map_or(0, |said| said.value));
        if on == off {
            self.out.error(span, "`on` and `off` are the same value", "give two: `on = 1`, `off = 0`".to_owned());
            return None;
        }
        let dimensions = dimensions.into_iter().map(|(name, value)| (name.value, value.value)).collect();
        let (namespace, name, region) = (namespace?.value, name?.value, region?.clone());
        Some(TakeoverLever::Metric { metric: CustomMetric { region, namespace, name, dimensions }, on, off })
    }

    fn topics(&mut self) -> Vec<Arn> {
        let example = "arn:aws:sns:us-east-1:123456789012:payments-dr";
        let list = self.table.texts("topics", self.out);
        list.iter().filter_map(|said| self.own_arn(said, "sns", "", example)).collect()
    }

    fn replication_role(&mut self) -> Option<Arn> {
        let said = self.table.text("replication_role", self.out)?;
        self.own_arn(&said, "iam", "role/", "arn:aws:iam::123456789012:role/docs-replication")
    }

    fn policy(&mut self) -> Policy {
        Policy {
            two_person: self.table.flag("two_person", self.out).is_some_and(|said| said.value),
            minimum_delay: self.table.length("minimum_delay", self.out).map(|said| said.value),
            freeze_windows: self.freeze_windows(),
            schedules: self.schedules(),
        }
    }

    fn freeze_windows(&mut self) -> Vec<FreezeWindow> {
        let mut windows = Vec::new();
        for table in self.table.tables("freeze_windows", &schema::FREEZE_WINDOW, self.out) {
            let reason = table.text("reason", self.out);
            let reason = table.need("reason", reason, self.out);
            let lasts = table.length("lasts", self.out);
            let lasts = table.need("lasts", lasts, self.out);
            if let Some(said) = lasts.as_ref().filter(|said| said.value.is_zero()) {
                self.out.error(said.span.clone(), "a window of no length freezes nothing", "remove it".to_owned());
            }
            let recurrence = self.recurrence(&table);
            let (Some(reason), Some(lasts), Some((cron, time_zone))) = (reason, lasts, recurrence) else { continue };
            windows.push(FreezeWindow { reason: reason.value, cron, time_zone, lasts: lasts.value });
        }
        windows
    }

    fn schedules(&mut self) -> Vec<Schedule> {
        let mut schedules: Vec<Schedule> = Vec::new();
        for table in self.table.tables("schedules", &schema::SCHEDULE, self.out) {
            let runbook = table.text("runbook", self.out);
            let runbook = table.need("runbook", runbook, self.out);
            let drill = table.flag("drill", self.out).is_some_and(|said| said.value);
            let recurrence = self.recurrence(&table);
            let (Some(runbook), Some((cron, time_zone))) = (runbook, recurrence) else { continue };
            let schedule = Schedule { runbook: RunbookName::new(runbook.value), drill, cron, time_zone };
            if schedules.contains(&schedule) {
                self.out.error(
                    table.span(),
                    format!("the same schedule of `{}` is listed twice", schedule.runbook),
                    "remove one".to_owned(),
                );
            } else {
                schedules.push(schedule);
            }
        }
        schedules
    }

    /// The runbooks that schedules name, for whoever knows which there are. Mistakes have been told already.
    pub(super) fn scheduled(&mut self) -> Vec<Said<String>> {
        let mut unheard = Diagnostics::default();
        let tables = self.table.tables("schedules", &schema::SCHEDULE, &mut unheard);
        tables.iter().filter_map(|table| table.text("runbook", &mut unheard)).collect()
    }

    /// When something begins again and again: a cron expression and the time zone it is meant in.
    fn recurrence(&mut self, table: &Table<'_>) -> Option<(String, String)> {
        let cron = table.text("cron", self.out);
        let cron = table.need("cron", cron, self.out);
        let zone = table.text("time_zone", self.out);
        let zone_is_wrong = zone.is_none() && table.value("time_zone").is_some();
        let (cron, zone) = (cron?, zone.unwrap_or_else(|| Said::new("UTC".to_owned(), table.span())));
        if zone_is_wrong || !self.is_recurrence(&cron, &zone) {
            return None;
        }
        Some((cron.value, zone.value))
    }

    fn is_recurrence(&mut self, cron: &Said<String>, zone: &Said<String>) -> bool {
        let Err(error) = schedule::check(&cron.value, &zone.value) else { return true };
        let (span, fix) = match &error {
            ScheduleError::Cron { .. } => (
                cron.span.clone(),
                "write minute, hour, day of the month, month and day of the week: `0 10 * * 2` is Tuesdays at ten",
            ),
            ScheduleError::Never { .. } => (cron.span.clone(), "write a day that there is"),
            ScheduleError::TimeZone { .. } => {
                (zone.span.clone(), "write its name in the IANA database, such as `Europe/Amsterdam` or `UTC`")
            }
        };
        self.out.error(span, error.to_string(), fix.to_owned());
        false
    }
}
