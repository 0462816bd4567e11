//! A calm simulated cloud whose regions can be made to hang, refuse or delay, with a record of what was asked; and a
//! clock that follows the runtime's virtual time.

#![expect(clippy::unwrap_used, reason = "all of it is test code, which Clippy sees only in functions marked as tests")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::port::{Observe, Reality, Usage};
use lifeboat_model::read::{Read, Service};
use lifeboat_model::rules::reads::requests;
use lifeboat_model::time::{Clock, Duration, Sleep, Timestamp, after, before};
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::{SimCloud, blueprint, scenario};

pub(crate) const PATIENT: Duration = Duration::from_secs(30);
const OFFSET: Duration = Duration::from_mins(10);

/// The largest architecture.
pub(crate) fn shop() -> Deployment {
    blueprint::deployment(Blueprint::GlobalAccelerator, "dev")
}

/// How a region treats requests.
#[derive(Clone, Debug)]
pub(crate) enum Mood {
    Answers,
    Hangs,
    Takes(Duration),
    Fails(CloudErrorKind),
}

type Delay = Box<dyn Fn(&Read) -> Duration + Send + Sync>;

#[derive(Default)]
struct Record {
    asked: Vec<(Region, Read)>,
    in_flight: BTreeMap<(Region, Service), usize>,
    most_at_once: usize,
    usage: Usage,
}

pub(crate) struct Faulty {
    calm: SimCloud,
    moods: Mutex<BTreeMap<Region, Mood>>,
    delay: Delay,
    record: Mutex<Record>,
}

impl Faulty {
    pub(crate) fn new(moods: &[(&str, Mood)]) -> Self {
        let faulty = Self::with_delay(|_| Duration::ZERO);
        for (region, mood) in moods {
            faulty.set(region, mood.clone());
        }
        faulty
    }

    pub(crate) fn with_delay(delay: impl Fn(&Read) -> Duration + Send + Sync + 'static) -> Self {
        let calm = scenario::find("calm").unwrap();
        Self {
            calm: SimCloud::at_offset(calm, 1, OFFSET),
            moods: Mutex::default(),
            delay: Box::new(delay),
            record: Mutex::default(),
        }
    }

    pub(crate) fn set(&self, region: &str, mood: Mood) {
        self.moods.lock().unwrap().insert(region.into(), mood);
    }

    pub(crate) fn asked(&self) -> Vec<(Region, Read)> {
        self.record.lock().unwrap().asked.clone()
    }

    pub(crate) fn reads(&self) -> usize {
        self.record.lock().unwrap().asked.len()
    }

    /// The most requests that any poller had in flight at the same time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.record.lock().unwrap().most_at_once
    }
}

/// Counts a request as long as it lives, even one that is given up.
struct InFlight<'a> {
    record: &'a Mutex<Record>,
    poller: (Region, Service),
}

impl<'a> InFlight<'a> {
    fn begin(record: &'a Mutex<Record>, region: &Region, read: &Read) -> Self {
        let poller = (region.clone(), read.service());
        let mut held = record.lock().unwrap();
        held.asked.push((region.clone(), read.clone()));
        held.usage.requests += requests(read) as u64;
        if let Read::Metrics { queries, .. } = read {
            held.usage.metrics += queries.len() as u64;
        }
        let count = held.in_flight.entry(poller.clone()).or_default();
        *count += 1;
        let count = *count;
        held.most_at_once = held.most_at_once.max(count);
        drop(held);
        Self { record, poller }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        *self.record.lock().unwrap().in_flight.get_mut(&self.poller).unwrap() -= 1;
    }
}

#[async_trait]
#[expect(clippy::disallowed_methods, reason = "here the runtime's virtual time is the clock")]
impl Observe for Faulty {
    async fn read(&self, region: &Region, read: &Read) -> Result<Facts, CloudError> {
        let _in_flight = InFlight::begin(&self.record, region, read);
        tokio::time::sleep((self.delay)(read)).await;
        let mood = self.moods.lock().unwrap().get(region).cloned().unwrap_or(Mood::Answers);
        match mood {
            Mood::Answers => {}
            Mood::Hangs => std::future::pending().await,
            Mood::Takes(length) => tokio::time::sleep(length).await,
            Mood::Fails(kind) => {
                return Err(CloudError {
                    kind,
                    service: read.service(),
                    region: region.clone(),
                    operation: "Describe".to_owned(),
                    message: "refused by the test".to_owned(),
                    request_id: None,
                    fix: None,
                });
            }
        }
        self.calm.read(region, read).await
    }

    fn reality(&self) -> Reality {
        self.calm.reality()
    }

    fn usage(&self) -> Usage {
        self.record.lock().unwrap().usage
    }
}

/// Virtual time that begins at the simulated moment.
pub(crate) struct TestClock {
    origin: tokio::time::Instant,
    set_back: Mutex<Duration>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        Self { origin: tokio::time::Instant::now(), set_back: Mutex::default() }
    }

    /// As when a machine learns that it was ahead.
    pub(crate) fn set_back(&self, length: Duration) {
        *self.set_back.lock().unwrap() += length;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        before(after(after(lifeboat_sim::EPOCH, OFFSET), self.origin.elapsed()), *self.set_back.lock().unwrap())
    }

    #[expect(clippy::disallowed_methods, reason = "here the runtime's virtual time is the clock")]
    fn sleep(&self, length: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(length))
    }
}
