//! One deployment's world: its state, the step from one second to the next, and the mutations that are its only
//! events. State is a function of (setting, seed, mutations, seconds); nothing that reads it can change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_model::call::CustomMetric;
use lifeboat_model::facts::alarm::AlarmState;
use lifeboat_model::facts::route53::{HealthCheckKind, RecordSet};
use lifeboat_model::facts::s3::ReplicationRule;
use lifeboat_model::id::{HealthCheckId, Region};
use serde::{Deserialize, Serialize};

use crate::draw::{Draw, Topic};
use crate::estate::{AlarmEstate, Estate, Front, Lever};
use crate::faults::Conditions;
use crate::physics::accelerator::Accelerator;
use crate::physics::alarms::Alarms;
use crate::physics::aurora::Aurora;
use crate::physics::capacity::Groups;
use crate::physics::clients::Clients;
use crate::physics::dns::{Dns, HealthOf};
use crate::physics::doors::{Answer, Doors, Ground};
use crate::physics::dynamodb::GlobalTable;
use crate::physics::health_checks::Check;
use crate::physics::held::{HeldUrls, Told};
use crate::physics::metrics::{Catalog, Metrics, Slot};
use crate::physics::named::Nonce;
use crate::physics::s3::Buckets;
use crate::scenario::{CANARY_VANTAGE, Scenario, VANTAGES};
use crate::side::{Pair, Side};

/// How long a world runs in calm before it begins, so that queues and caches are as they usually are.
const WARM_UP_S: i64 = 300;
/// How long before offset zero everything was built.
pub(crate) const BUILT_BEFORE_S: i64 = 30 * 86_400;
/// Items in each table before anybody counted.
const ITEMS_BEFORE: u64 = 1_200_000;
/// Reads that come with each write.
const REQUESTS_PER_WRITE: f64 = 5.0;
/// Writes a second that one unit of reserved concurrency bears.
const WRITES_PER_CONCURRENCY: f64 = 2.0;

/// What never changes of a world.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) estate: Arc<Estate>,
    pub(crate) catalog: Catalog,
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) draw: Draw,
    alarm_slots: Vec<Slot>,
    door_functions: Pair<Option<usize>>,
    load: Pair<Topic>,
    /// The parameter that tells who is active, by its place in the list.
    active_parameter: Option<usize>,
}

impl Setting {
    pub(crate) fn new(estate: Arc<Estate>, scenario: Arc<Scenario>, seed: u64) -> Self {
        let catalog = Catalog::of(&estate);
        let alarm_slots = estate.alarms.iter().map(|alarm| catalog.watched(&estate, alarm.watches)).collect();
        let door_functions = Pair::from_fn(|side| {
            let name = estate.doors.at(side).function.as_ref()?;
            estate.functions.iter().position(|function| function.name == *name && function.side == side)
        });
        let load = Pair::from_fn(|side| Topic::new(estate.doors.at(side).host.as_str(), "load"));
        let active = estate.deployment.active_parameter.as_ref();
        let active_parameter =
            active.and_then(|active| estate.parameters.iter().position(|parameter| parameter.name == active.name));
        let draw = Draw::new(seed);
        Self { estate, catalog, scenario, draw, alarm_slots, door_functions, load, active_parameter }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The newest second that has happened, from offset zero.
    pub(crate) now: i64,
    pub(crate) conditions: Conditions,
    next_change: i64,
    pub(crate) aurora: Option<Aurora>,
    pub(crate) table: GlobalTable,
    pub(crate) buckets: Buckets,
    pub(crate) groups: Option<Groups>,
    pub(crate) checks: Vec<Check>,
    pub(crate) dns: Dns,
    pub(crate) accelerator: Option<Accelerator>,
    /// What clients without a public name hold.
    held: Option<HeldUrls>,
    pub(crate) clients: Clients,
    pub(crate) metrics: Metrics,
    pub(crate) alarms: Alarms,
    pub(crate) functions: Vec<FunctionState>,
    pub(crate) parameters: Vec<Pair<ParameterState>>,
    /// Parameters that nobody deployed, by name.
    pub(crate) added_parameters: Pair<BTreeMap<String, ParameterState>>,
    pub(crate) custom_metrics: Vec<CustomSeries>,
    /// Objects that operators put for health checks to see.
    pub(crate) markers: BTreeSet<(String, String)>,
    /// Notices that operators published: topic, subject, when.
    pub(crate) published: Vec<(String, String, i64)>,
    /// Which side serves most clients.
    pub(crate) serving: Side,
    pub(crate) backups: Backups,
    /// What `DescribeTable` says, which AWS counts anew every six hours only.
    pub(crate) counted_items: Pair<u64>,
    pub(crate) accelerator_changed_at: Option<i64>,
    /// Whether its clients were told to go, because it is being taken away.
    pub(crate) left: bool,
}

/// What a table of an architecture held before anybody counted: one that was just made held nothing.
fn items_before(estate: &Estate) -> u64 {
    if estate.built_at < 0 { ITEMS_BEFORE } else { 0 }
}

/// Recovery points and their copies, newest last; each when it was begun and when it was complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backups {
    pub(crate) taken: Vec<(i64, i64)>,
    pub(crate) copied: Vec<(i64, i64)>,
}

/// Days a recovery point is kept.
const BACKUPS_KEPT: usize = 7;
/// Every day at 05:00, four hours before offset zero's time of day.
const BACKUP_AT_S: i64 = 86_400 - 4 * 3_600;
const BACKUP_TAKES_S: i64 = 600;
const COPY_TAKES_S: i64 = 1_500;

impl Backups {
    fn none() -> Self {
        Self { taken: Vec::new(), copied: Vec::new() }
    }

    fn before_offset_zero() -> Self {
        let days = i64::try_from(BACKUPS_KEPT).unwrap_or_default();
        let begun = |back: i64| -4 * 3_600 - 86_400 * back;
        let history = |takes: i64, after: i64| {
            (0..days).rev().map(|back| (begun(back) + after, begun(back) + after + takes)).collect()
        };
        Self { taken: history(BACKUP_TAKES_S, 0), copied: history(COPY_TAKES_S, BACKUP_TAKES_S) }
    }

    fn step(&mut self, conditions: &Conditions, now: i64) {
        let time = now.rem_euclid(86_400) - BACKUP_AT_S;
        if time == BACKUP_TAKES_S && !conditions.lost.home {
            keep(&mut self.taken, (now - BACKUP_TAKES_S, now));
        }
        if time == BACKUP_TAKES_S + COPY_TAKES_S && conditions.linked() {
            keep(&mut self.copied, (now - COPY_TAKES_S, now));
        }
    }
}

fn keep(list: &mut Vec<(i64, i64)>, newest: (i64, i64)) {
    list.push(newest);
    if list.len() > BACKUPS_KEPT {
        list.remove(0);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FunctionState {
    pub(crate) reserved: Option<u32>,
    pub(crate) source_enabled: bool,
    pub(crate) invocations_by_hand: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ParameterState {
    pub(crate) value: String,
    pub(crate) version: i64,
    pub(crate) modified_at: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CustomSeries {
    pub(crate) metric: CustomMetric,
    /// Minute and value, oldest first.
    pub(crate) points: Vec<(i64, f64)>,
}

/// A setting and the state it has come to.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) setting: Arc<Setting>,
    pub(crate) state: State,
}

impl World {
    /// The world at offset zero, or when everything of it stood, where that is later.
    pub(crate) fn new(setting: Arc<Setting>) -> Self {
        let built_at = setting.estate.built_at;
        let begins = built_at.max(0);
        let mut world = Self::before(setting, begins - WARM_UP_S);
        // Nobody uses it before everything of it stands; names and checks settle meanwhile.
        world.state.left = built_at >= 0;
        world.advance_to(begins);
        world.state.left = false;
        world.state.clients.reset();
        let settled_at = if built_at < 0 { built_at + 3_600 } else { built_at };
        world.state.alarms.settle(settled_at);
        world
    }

    /// A calm world at a second before offset zero, which has not run yet.
    pub(crate) fn before(setting: Arc<Setting>, start: i64) -> Self {
        let estate = &setting.estate;
        let mut dns = Dns::new(estate.deployment.name.as_str());
        set_records(&mut dns, estate, estate.records.clone());
        dns.spread(start);
        let checks = estate
            .checks
            .iter()
            .map(|check| {
                let lives_with = |name: &str| estate.regions.find(|region| region.as_str() == name);
                let state = Check::new(
                    check.id.clone(),
                    check.kind.clone(),
                    check.side,
                    check.interval_s,
                    check.threshold,
                    lives_with,
                    start,
                );
                match &check.lever {
                    None => state,
                    Some(Lever::Marker(_)) => state.watching_a_lever(None),
                    Some(Lever::Metric { alarm, .. }) => {
                        state.watching_a_lever(Some((estate.region(check.side).clone(), alarm.clone())))
                    }
                }
            })
            .collect();
        let storage = &estate.storage;
        let rule = ReplicationRule {
            id: storage.rule.clone(),
            enabled: true,
            destination: storage.buckets.partner.clone(),
            prefix: None,
            delete_markers: storage.delete_markers,
            metrics: storage.metrics,
            time_control_minutes: storage.time_control_minutes,
        };
        let state = State {
            now: start,
            conditions: Conditions::calm(),
            next_change: 0,
            aurora: estate.aurora.as_ref().map(|aurora| Aurora::new(aurora.global.as_str(), start)),
            table: GlobalTable::new(estate.table.as_str()),
            buckets: Buckets::new(storage.buckets.home.as_str(), rule, storage.role.clone()),
            groups: estate.groups.as_ref().map(|groups| {
                let size = |side| {
                    let group = groups.at(side);
                    (group.min, group.desired, group.max)
                };
                Groups::new(
                    [groups.home.name.as_str(), groups.partner.name.as_str()],
                    [size(Side::Home), size(Side::Partner)],
                )
            }),
            checks,
            dns,
            accelerator: estate
                .accelerator
                .as_ref()
                .map(|accelerator| Accelerator::new(&accelerator.name, accelerator.dials_percent)),
            held: (estate.front == Front::Fixed).then(|| HeldUrls::new(start)),
            clients: Clients::new(estate.deployment.name.as_str()),
            metrics: Metrics::new(&setting.catalog, start),
            alarms: if estate.built_at < 0 {
                Alarms::new(estate.alarms.len(), AlarmState::Ok, estate.built_at + 3_600)
            } else {
                Alarms::new(estate.alarms.len(), AlarmState::InsufficientData, estate.built_at)
            },
            functions: vec![
                FunctionState { reserved: None, source_enabled: true, invocations_by_hand: 0 };
                estate.functions.len()
            ],
            parameters: estate
                .parameters
                .iter()
                .map(|parameter| {
                    let state =
                        ParameterState { value: parameter.value.clone(), version: 1, modified_at: estate.built_at };
                    Pair::new(state.clone(), state)
                })
                .collect(),
            added_parameters: Pair::default(),
            custom_metrics: Vec::new(),
            markers: BTreeSet::new(),
            published: Vec::new(),
            serving: Side::Home,
            backups: if estate.built_at < 0 { Backups::before_offset_zero() } else { Backups::none() },
            counted_items: Pair::new(items_before(estate), items_before(estate)),
            left: false,
            accelerator_changed_at: None,
        };
        Self { setting, state }
    }

    pub(crate) fn advance_to(&mut self, second: i64) {
        while self.state.now < second {
            self.second();
        }
    }

    /// One second of physics.
    pub(crate) fn second(&mut self) {
        let setting = Arc::clone(&self.setting);
        self.state.step(&setting);
    }
}

pub(crate) fn set_records(dns: &mut Dns, estate: &Estate, records: Vec<RecordSet>) {
    let side_of = |record: &RecordSet| {
        estate.doors.find(|door| {
            record.values.iter().any(|value| value == &door.host || Some(value) == door.address.as_ref())
                || record.alias.as_ref().is_some_and(|alias| alias.target.as_str() == door.host)
        })
    };
    let check_of = |record: &RecordSet| {
        let id = record.health_check.as_ref()?;
        estate.checks.iter().position(|check| check.id == *id).and_then(|place| u8::try_from(place).ok())
    };
    dns.set_records(records, side_of, check_of);
}

/// What one second of clients did to a region.
#[derive(Clone, Copy, Debug, Default)]
struct Arrivals {
    offered: u32,
    /// Reached the application and were answered well.
    good: u32,
    /// Reached the application and were answered with an error.
    errors: u32,
    /// Refused by a fenced function.
    throttled: u32,
}

impl Arrivals {
    fn add(&mut self, fate: &Fate, met: Answer) {
        self.offered += fate.offered;
        match met {
            Answer::Good => {
                // What a gray failure swallows never reaches anything that counts.
                if fate.overloaded {
                    self.errors += fate.failed;
                }
                self.good += fate.offered - fate.failed;
            }
            Answer::Refused => {
                self.throttled += fate.offered;
                self.errors += fate.offered;
            }
            Answer::NoTarget | Answer::ReadOnly => self.errors += fate.offered,
            Answer::Silent => {}
        }
    }
}

/// What one vantage's writes of one second meet.
#[derive(Clone, Copy, Debug)]
struct Fate {
    offered: u32,
    /// Where they arrive and what answers there; `None` when their name has no answer.
    met: Option<(Side, Answer)>,
    overloaded: bool,
    failed: u32,
    /// Whether the first of them fails: what a canary of that second would meet.
    first_failed: bool,
}

impl Fate {
    fn unanswered(offered: u32) -> Self {
        Self { offered, met: None, overloaded: false, failed: offered, first_failed: true }
    }
}

/// Why a client's write is not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unacknowledged {
    /// The name has no answer.
    NoAnswer,
    Met(Answer),
    /// Its region has too little to serve it with.
    TurnedAway,
    /// Sent, and never heard of again.
    Swallowed,
}

impl State {
    pub(crate) fn step(&mut self, setting: &Setting) {
        self.now += 1;
        let (now, draw) = (self.now, setting.draw);
        if now >= self.next_change {
            (self.conditions, self.next_change) = Conditions::at(&setting.scenario, &setting.estate.regions, now);
        }
        if let Some(groups) = &mut self.groups {
            groups.step(draw, &self.conditions, now);
        }
        if let Some(aurora) = &mut self.aurora {
            aurora.step(draw, &self.conditions, now);
        }
        let doors = self.doors(setting);
        self.route(setting, doors);
        let arrivals = self.serve(setting, doors);
        self.table.step(draw, &self.conditions, now);
        self.buckets.step(draw, &self.conditions, now);
        self.check_health(setting, doors);
        self.publish(setting, doors, &arrivals);
        self.backups.step(&self.conditions, now);
        if now.rem_euclid(21_600) == 0 {
            let before = items_before(&setting.estate);
            self.counted_items = Pair::from_fn(|side| before + self.table.present.at(side));
        }
        if now.rem_euclid(60) == 0 {
            self.end_minute(setting);
        }
    }

    fn check_health(&mut self, setting: &Setting, doors: Doors) {
        let (now, lost) = (self.now, self.conditions.lost);
        for place in 0..self.checks.len() {
            let lever = setting.estate.checks.get(place).and_then(|check| check.lever.as_ref());
            let good = self.checks.get(place).is_some_and(|check| match lever {
                None => self.finds_good(setting, doors, check),
                Some(Lever::Marker(marker)) => !lost.at(check.side) && self.markers.contains(marker),
                Some(Lever::Metric { .. }) if *lost.at(check.side) => check.told.unwrap_or_default(),
                Some(Lever::Metric { metric, at_least, .. }) => {
                    self.newest_of(metric).is_some_and(|value| value >= *at_least)
                }
            });
            if let Some(check) = self.checks.get_mut(place) {
                check.step(good, |side| *lost.at(side), now);
            }
        }
    }

    /// What was last put to a custom metric, as far as its minute is over.
    fn newest_of(&self, metric: &CustomMetric) -> Option<f64> {
        let series = self.custom_metrics.iter().find(|series| series.metric == *metric)?;
        let this_minute = self.now.div_euclid(60);
        series.points.iter().rev().find(|(minute, _)| *minute < this_minute).map(|(_, value)| *value)
    }

    /// What a check would find now: of its endpoint, of its children, or of its alarm.
    fn finds_good(&self, setting: &Setting, doors: Doors, check: &Check) -> bool {
        let answer = *doors.get.at(check.side);
        match check.kind {
            // A connection says nothing of what would be answered over it.
            HealthCheckKind::Tcp => !matches!(answer, Answer::Silent | Answer::NoTarget),
            HealthCheckKind::Calculated => {
                let well = |id: &&HealthCheckId| self.checks.iter().any(|other| other.id == **id && other.effective);
                check.children.iter().filter(well).count() >= check.threshold() as usize
            }
            HealthCheckKind::CloudwatchMetric => {
                let own = |alarm: &AlarmEstate| {
                    check.alarm.as_ref().is_some_and(|(region, name)| alarm.region == *region && alarm.name == *name)
                };
                let place = setting.estate.alarms.iter().position(own);
                match place.and_then(|place| self.alarms.states.get(place)).map(|alarm| &alarm.state) {
                    Some(AlarmState::Ok) => true,
                    Some(AlarmState::Alarm) => false,
                    // Without data it stays what it was; a new one is healthy.
                    Some(AlarmState::InsufficientData | AlarmState::Other(_)) | None => check.told.unwrap_or(true),
                }
            }
            HealthCheckKind::Http
            | HealthCheckKind::Https
            | HealthCheckKind::HttpMatch
            | HealthCheckKind::HttpsMatch
            | HealthCheckKind::RecoveryControl
            | HealthCheckKind::Other(_) => answer == Answer::Good,
        }
    }

    /// Targets that answer; `None` where nothing balances.
    pub(crate) fn healthy_targets(&self, setting: &Setting, side: Side) -> Option<u32> {
        let balancer = setting.estate.doors.at(side).balancer.as_ref()?;
        if *self.conditions.lost.at(side) {
            return Some(0);
        }
        match &self.groups {
            Some(_) if *self.conditions.half_deleted.at(side) => Some(0),
            Some(groups) => Some(groups.groups.at(side).in_service),
            None => Some(u32::try_from(balancer.fixed_targets.len()).unwrap_or(u32::MAX)),
        }
    }

    pub(crate) fn doors(&self, setting: &Setting) -> Doors {
        let ground = Pair::from_fn(|side| {
            let function = setting.door_functions.at(side).and_then(|place| self.functions.get(place));
            let deleted = *self.conditions.half_deleted.at(side);
            Ground {
                healthy_targets: self.healthy_targets(setting, side),
                function_runs: function.is_none_or(|function| function.reserved != Some(0) && !deleted),
                database_writable: self.aurora.as_ref().is_none_or(|aurora| aurora.writable(side)),
            }
        });
        Doors::open(&self.conditions, ground)
    }

    fn route(&mut self, setting: &Setting, doors: Doors) {
        let (now, draw) = (self.now, setting.draw);
        match setting.estate.front {
            Front::Dns => {
                let checks = &self.checks;
                let conditions = &self.conditions;
                let health = HealthOf {
                    check: &|place| checks.get(usize::from(place)).is_none_or(|check| check.effective),
                    target: &|side| !matches!(doors.get.at(side), Answer::Silent | Answer::NoTarget),
                };
                self.dns.step(draw, conditions.stuck, &health, now);
            }
            Front::Accelerator => {
                if let Some(accelerator) = &mut self.accelerator {
                    let well = Pair::from_fn(|side| !matches!(doors.get.at(side), Answer::Silent | Answer::NoTarget));
                    accelerator.step(draw, well, now);
                }
            }
            Front::Fixed => {
                if let Some(mut held) = self.held.take() {
                    held.step(now, |side| self.told_by_parameter(setting, side));
                    self.held = Some(held);
                }
            }
        }
    }

    /// Where one region's copy of the parameter leads the clients who ask it.
    fn told_by_parameter(&self, setting: &Setting, side: Side) -> Told {
        let conditions = &self.conditions;
        if *conditions.lost.at(side) || *conditions.half_deleted.at(side) || *conditions.parameters_silent.at(side) {
            return Told::Silent;
        }
        let held = setting.active_parameter.and_then(|place| self.parameters.get(place));
        let value = held.map(|copies| copies.at(side).value.as_str());
        let leads = |host: &str| value.is_some_and(|value| host_of(value) == host);
        setting.estate.doors.find(|door| leads(&door.host)).map_or(Told::Elsewhere, Told::To)
    }

    /// Where clients at a vantage arrive; `None` when their name has no answer.
    pub(crate) fn destination(&self, setting: &Setting, vantage: usize) -> Option<Side> {
        match setting.estate.front {
            Front::Dns => self.dns.resolvers.get(vantage).and_then(|resolver| resolver.side),
            Front::Accelerator => {
                self.accelerator.as_ref().and_then(|accelerator| accelerator.route(setting.draw, vantage, self.now))
            }
            Front::Fixed => self.held.as_ref().and_then(|held| held.at(vantage)),
        }
    }

    /// The share of writes that a region turns away because it has too little to serve them with.
    fn overload(&self, setting: &Setting, side: Side, offered: u32) -> f64 {
        let mut bears = f64::INFINITY;
        if let Some(groups) = &self.groups {
            bears = groups.bears(side);
        }
        let function = setting.door_functions.at(side).and_then(|place| self.functions.get(place));
        if let Some(reserved) = function.and_then(|function| function.reserved) {
            bears = bears.min(f64::from(reserved) * WRITES_PER_CONCURRENCY);
        }
        let offered = f64::from(offered);
        if offered <= bears { 0.0 } else { 1.0 - bears / offered }
    }

    /// What becomes of the writes that clients make in this second.
    fn fates(&self, setting: &Setting, doors: Doors) -> [Fate; VANTAGES.len()] {
        let (now, draw) = (self.now, setting.draw);
        let offered = if self.left { [0; VANTAGES.len()] } else { self.clients.offered(draw, now) };
        let to: [Option<Side>; VANTAGES.len()] = std::array::from_fn(|vantage| self.destination(setting, vantage));
        let arriving = Pair::from_fn(|side| {
            offered.iter().zip(&to).filter(|(_, to)| **to == Some(side)).map(|(count, _)| count).sum::<u32>()
        });
        let overload = Pair::from_fn(|side| self.overload(setting, side, *arriving.at(side)));
        std::array::from_fn(|vantage| {
            let count = offered.get(vantage).copied().unwrap_or_default();
            let Some(side) = to.get(vantage).copied().flatten() else { return Fate::unanswered(count) };
            let met = *doors.write.at(side);
            let overload = *overload.at(side);
            let (failed, first_failed) = if met == Answer::Good {
                let gray = *self.conditions.gray.at(side);
                self.clients.failing(draw, vantage, now, count, 1.0 - (1.0 - gray) * (1.0 - overload))
            } else {
                (count, true)
            };
            Fate { offered: count, met: Some((side, met)), overloaded: overload > 0.0, failed, first_failed }
        })
    }

    fn serve(&mut self, setting: &Setting, doors: Doors) -> Pair<Arrivals> {
        let (now, draw) = (self.now, setting.draw);
        let mut arrivals: Pair<Arrivals> = Pair::default();
        for (vantage, fate) in self.fates(setting, doors).into_iter().enumerate() {
            if vantage == CANARY_VANTAGE {
                self.clients.lead(now, fate.met.map(|(side, _)| side));
            }
            self.clients.record(vantage, now, fate.offered, fate.failed, fate.first_failed);
            if let Some((side, met)) = fate.met {
                arrivals.at_mut(side).add(&fate, met);
            }
        }
        self.serving = if arrivals.partner.offered > arrivals.home.offered { Side::Partner } else { Side::Home };
        for side in Side::BOTH {
            let good = arrivals.at(side).good;
            if let Some(aurora) = &mut self.aurora {
                aurora.commit(side, now, good);
            }
            self.table.write(draw, side, now, good);
            // One write in four comes with a document.
            self.buckets.put(draw, &self.conditions, side, now, good / 4);
        }
        arrivals
    }

    /// Where a write from the console's own vantage would be acknowledged now.
    pub(crate) fn acknowledges_at(&self, setting: &Setting) -> Result<Side, Unacknowledged> {
        let fate = self.fates(setting, self.doors(setting)).get(CANARY_VANTAGE).copied();
        match fate.and_then(|fate| fate.met.map(|met| (fate, met))) {
            None => Err(Unacknowledged::NoAnswer),
            Some((fate, (side, Answer::Good))) if !fate.first_failed => Ok(side),
            Some((fate, (_, Answer::Good))) if fate.overloaded => Err(Unacknowledged::TurnedAway),
            Some((_, (_, Answer::Good))) => Err(Unacknowledged::Swallowed),
            Some((_, (_, met))) => Err(Unacknowledged::Met(met)),
        }
    }

    /// A canary enters every store as a client's write does, on the side that acknowledged it.
    pub(crate) fn accept_canary(&mut self, setting: &Setting, side: Side, nonce: &str) {
        let (now, nonce) = (self.now, Nonce::new(nonce));
        self.clients.acknowledge_one();
        if let Some(aurora) = &mut self.aurora {
            aurora.commit_named(side, now, nonce);
        }
        self.table.write_named(side, now, nonce);
        self.buckets.put_named(setting.draw, &self.conditions, side, now, nonce);
    }

    fn publish(&mut self, setting: &Setting, doors: Doors, arrivals: &Pair<Arrivals>) {
        let conditions = self.conditions;
        for side in Side::BOTH {
            if !conditions.lost.at(side) {
                self.publish_region(setting, doors, side, *arrivals.at(side));
            }
        }
        let slots = &setting.catalog.slots;
        // Route 53's metrics are in us-east-1, and go with it.
        let route53 = setting.estate.regions.find(|region| *region == Region::route53());
        if !route53.is_some_and(|side| *conditions.lost.at(side)) {
            for (check, (status, percent)) in self.checks.iter().zip(&slots.checks) {
                let silent = |side: Side| *conditions.lost.at(side);
                self.metrics.publish(*status, f64::from(u8::from(check.healthy(silent))));
                if !check.disabled && !check.is_told() {
                    self.metrics.publish(*percent, check.percent(silent));
                }
            }
        }
        if let Some(accelerator) = &self.accelerator {
            let mut healthy_endpoints = 0.0;
            let mut flows = 0.0;
            for side in Side::BOTH {
                let own = slots.sides.at(side);
                let offered = f64::from(arrivals.at(side).offered);
                let healthy = f64::from(u8::from(*accelerator.now.healthy.at(side)));
                self.metrics.publish(own.group_flows, offered);
                self.metrics.publish(own.group_healthy, healthy);
                self.metrics.publish(own.group_unhealthy, 1.0 - healthy);
                healthy_endpoints += healthy;
                flows += offered;
            }
            self.metrics.publish(slots.flows, flows);
            self.metrics.publish(slots.healthy_endpoints, healthy_endpoints);
            self.metrics.publish(slots.unhealthy_endpoints, 2.0 - healthy_endpoints);
        }
    }

    fn publish_region(&mut self, setting: &Setting, doors: Doors, side: Side, arrived: Arrivals) {
        let (now, draw) = (self.now, setting.draw);
        let slots = setting.catalog.slots.sides.at(side);
        let requests = f64::from(arrived.good + arrived.errors) * REQUESTS_PER_WRITE;
        let noise = draw.unit(*setting.load.at(side), now);
        let metrics = &mut self.metrics;
        if let Some(aurora) = &self.aurora {
            if aurora.lag_published_by(&self.conditions) == Some(side) {
                metrics.publish(slots.rpo_lag, aurora.rpo_lag_ms.round());
                metrics.publish(slots.replication_lag, (aurora.rpo_lag_ms * 0.8).round());
            }
            metrics.publish(slots.connections, (3.0 + noise * 2.0 + requests * 0.5).round());
            metrics.publish(slots.cpu, (requests * 0.25).mul_add(1.0, 4.0 + noise * 6.0).min(100.0));
        }
        if let Some(latency) = *self.table.latency_ms.at(side) {
            metrics.publish(slots.table_latency, latency.round());
        }
        // A table that is not written to publishes nothing.
        if arrived.good > 0 {
            metrics.publish(slots.table_writes, f64::from(arrived.good));
        }
        let source = side.other();
        // Backlog is published where it should arrive, as long as the source is there to tell of it.
        if !self.conditions.lost.at(source) && self.buckets.measures(source, &self.conditions) {
            let arriving = setting.catalog.slots.sides.at(source);
            let backlog = self.buckets.backlog.at(source);
            metrics.publish(arriving.bucket_latency, backlog.latency_s);
            metrics.publish(arriving.bucket_bytes, backlog.bytes as f64);
            metrics.publish(arriving.bucket_operations, backlog.objects as f64);
        }
        if self.buckets.measures(side, &self.conditions) && self.buckets.backlog.at(side).objects > 0 {
            metrics.publish(slots.bucket_failed, 0.0);
        }
        if let Some(balancer) = setting.estate.doors.at(side).balancer.as_ref() {
            let fixed = u32::try_from(balancer.fixed_targets.len()).unwrap_or(u32::MAX);
            let (healthy, all) = self.groups.as_ref().map_or((fixed, fixed), |groups| {
                let group = groups.groups.at(side);
                (group.in_service, group.desired)
            });
            let healthy = if *self.conditions.half_deleted.at(side) && self.groups.is_some() { 0 } else { healthy };
            // An instance that still boots is not a target yet, so it is not an unhealthy one either.
            let unhealthy = if healthy == 0 { all } else { 0 };
            metrics.publish(slots.healthy_hosts, f64::from(healthy));
            metrics.publish(slots.unhealthy_hosts, f64::from(unhealthy));
            metrics.publish(slots.balancer_flows, requests);
            let failed = f64::from(arrived.errors) * REQUESTS_PER_WRITE;
            if *doors.write.at(side) == Answer::NoTarget {
                // The balancer counts as requests only those for which it found a target.
                if failed > 0.0 {
                    metrics.publish(slots.balancer_refusals, failed);
                }
            } else if requests > 0.0 {
                metrics.publish(slots.balancer_requests, requests);
                metrics.publish(slots.balancer_errors, failed);
            }
        }
        // Half of sixteen checkers in a second at most: each asks once in its interval.
        let asked_by_checkers = if *doors.get.at(side) == Answer::Silent { 0.0 } else { checkers_asking(now) };
        let through_api = setting.estate.doors.at(side).api.is_some();
        let served = requests + if through_api { asked_by_checkers } else { 0.0 };
        if served > 0.0 {
            metrics.publish(slots.api_requests, served);
            metrics.publish(slots.api_errors, f64::from(arrived.errors) * REQUESTS_PER_WRITE);
            metrics.publish(slots.api_latency, noise.mul_add(60.0, 45.0).round());
        }
        if requests > 0.0 {
            let throttled = f64::from(arrived.throttled) * REQUESTS_PER_WRITE;
            metrics.publish(slots.invocations, requests - throttled);
            metrics.publish(slots.throttles, throttled);
            metrics
                .publish(slots.invocation_errors, f64::from(arrived.errors - arrived.throttled) * REQUESTS_PER_WRITE);
            if throttled < requests {
                metrics.publish(slots.duration, noise.mul_add(40.0, 25.0).round());
            }
        }
    }

    fn end_minute(&mut self, setting: &Setting) {
        let minute = self.now.div_euclid(60) - 1;
        self.metrics.close(minute);
        let lost = self.conditions.lost;
        self.alarms.evaluate(
            &setting.estate.alarms,
            &setting.alarm_slots,
            &self.metrics,
            |alarm| !lost.at(alarm.side),
            minute,
            self.now,
        );
    }
}

/// The host that an URL, or a host by itself, leads to.
pub(crate) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default()
}

/// Requests of health checkers in a second, when each of sixteen asks every 30 s.
fn checkers_asking(now: i64) -> f64 {
    if now.rem_euclid(2) == 0 { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::find;

    fn world(scenario: &str) -> World {
        let scenario = Arc::new(find(scenario).expect("a built-in scenario"));
        let account = crate::cloudformation::founding::standing_five(false);
        let estate = account.founded[&"payments-aurora".into()].estate.clone().expect("it stands");
        World::new(Arc::new(Setting::new(estate, scenario, 1)))
    }

    /// A third check beside the two of the estate.
    fn add(world: &mut World, kind: HealthCheckKind, threshold: u32) -> &mut Check {
        let check = Check::new("told".into(), kind, Side::Home, 30, threshold, |_| None, 0);
        world.state.checks.push(check);
        world.state.checks.last_mut().expect("it was pushed")
    }

    fn told(world: &World) -> bool {
        world.state.checks.last().is_some_and(|check| check.effective)
    }

    #[test]
    fn a_calculated_check_counts_its_healthy_children() {
        for (threshold, healthy_with_one) in [(0, true), (1, true), (2, false), (3, false)] {
            let mut world = world("region-loss");
            let children = world.state.checks.iter().map(|check| check.id.clone()).collect();
            add(&mut world, HealthCheckKind::Calculated, threshold).children = children;
            world.advance_to(50);
            assert_eq!(told(&world), threshold <= 2, "both are well, {threshold} wanted");
            world.advance_to(400);
            assert_eq!(told(&world), healthy_with_one, "one is well, {threshold} wanted");
        }
    }

    #[test]
    fn an_alarms_check_follows_it_and_keeps_its_mind_without_data() {
        let mut world = world("replica-lag");
        let name = "aurora-replication-lag-dev".into();
        add(&mut world, HealthCheckKind::CloudwatchMetric, 1).alarm = Some(("us-east-2".into(), name));
        world.advance_to(55);
        assert!(told(&world));
        world.advance_to(600);
        assert!(!told(&world), "its alarm is in ALARM");
        world.advance_to(1_600);
        assert!(told(&world), "its alarm is OK again");
        let (draw, now, conditions) = (world.setting.draw, world.state.now, world.state.conditions);
        let aurora = world.state.aurora.as_mut().expect("it has Aurora");
        aurora.switchover(draw, &conditions, now, Side::Partner).expect("it begins");
        world.advance_to(2_400);
        let lag = world.state.alarms.states.first().map(|alarm| alarm.state.clone());
        assert_eq!(lag, Some(AlarmState::InsufficientData));
        assert!(told(&world), "no data is no news");
    }

    #[test]
    fn an_inverted_alarm_check_lets_the_standby_take_over() {
        let mut world = world("calm");
        let name = "aurora-replication-lag-dev".into();
        let check = add(&mut world, HealthCheckKind::CloudwatchMetric, 1);
        check.alarm = Some(("us-east-2".into(), name));
        check.inverted = true;
        world.advance_to(30);
        assert!(!told(&world));
    }

    #[test]
    fn two_hours_of_calm_cost_no_write_and_change_no_alarm() {
        let mut world = world("calm");
        world.advance_to(7_200);
        assert_eq!(world.state.clients.failed, 0);
        assert!(world.state.alarms.history.is_empty(), "{:?}", world.state.alarms.history);
    }
}
