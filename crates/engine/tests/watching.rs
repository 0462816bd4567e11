//! Pollers against a cloud that hangs, refuses and delays, in virtual time.

#[path = "watching/faulty.rs"]
mod faulty;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use faulty::{Faulty, Mood, PATIENT, TestClock, shop};
use lifeboat_engine::watch::{Watch, WatchEvent, refresh_once};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::id::Region;
use lifeboat_model::metric::Measure;
use lifeboat_model::read::{Read, Service, Tempo};
use lifeboat_model::rules::reads;
use lifeboat_model::snapshot::Observation;
use lifeboat_model::time::{Clock, Duration, Timestamp};
use tokio::sync::mpsc;

const HOME: &str = "us-east-1";
const PARTNER: &str = "us-east-2";

struct Bench {
    cloud: Arc<Faulty>,
    clock: Arc<TestClock>,
    watch: Watch,
    events: mpsc::Receiver<WatchEvent>,
}

fn watching(moods: &[(&str, Mood)], tempo: Tempo, room: usize) -> Bench {
    let cloud = Arc::new(Faulty::new(moods));
    let clock = Arc::new(TestClock::new());
    let (out, events) = mpsc::channel(room);
    let watch = Watch::start(Arc::new(shop()), cloud.clone(), clock.clone(), tempo, out);
    Bench { cloud, clock, watch, events }
}

impl Bench {
    /// Everything observed in the next `length`.
    async fn observe(&mut self, length: Duration) -> Vec<Observation> {
        let mut seen = Vec::new();
        let end = self.clock.sleep(length);
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Some(WatchEvent::Observation(observation)) => seen.push(observation),
                    Some(WatchEvent::Cost { .. }) => {}
                    None => return seen,
                },
                () = &mut end => return seen,
            }
        }
    }
}

fn times(seen: &[Observation], region: &str, service: Service) -> Vec<Timestamp> {
    let of = |it: &&Observation| it.region.as_str() == region && it.service == service && it.outcome.is_ok();
    seen.iter().filter(of).map(|it| it.at).collect()
}

fn kinds(seen: &[Observation], region: &str, service: Service) -> Vec<CloudErrorKind> {
    let of = seen.iter().filter(|it| it.region.as_str() == region && it.service == service);
    of.filter_map(|it| it.outcome.as_ref().err()).map(|error| error.kind.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn everything_is_read_at_once_and_then_by_its_cadence() {
    let mut bench = watching(&[], Tempo::Calm, 1000);
    let first = bench.observe(Duration::from_secs(10)).await;
    let asked: BTreeSet<(Region, Service)> = first.iter().map(|it| (it.region.clone(), it.service)).collect();
    assert_eq!(asked, reads::polled(&shop()));
    let hour = bench.observe(Duration::from_hours(1)).await;
    for service in [Service::Aurora, Service::Metrics, Service::Alarms, Service::LoadBalancing] {
        let wanted = 3600.0 / service.cadence(Tempo::Calm).as_secs_f64();
        let found = times(&hour, PARTNER, service).len() as f64;
        assert!((found - wanted).abs() <= wanted * 0.05 + 1.0, "{service}: {found} of {wanted}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_that_hangs_leaves_the_other_fresh() {
    let mut bench = watching(&[(HOME, Mood::Hangs)], Tempo::Fast, 1000);
    let seen = bench.observe(Duration::from_mins(5)).await;
    let fresh = times(&seen, PARTNER, Service::Aurora);
    let cadence = Service::Aurora.cadence(Tempo::Fast);
    for pair in fresh.windows(2) {
        assert!(pair[1].duration_since(pair[0]).unsigned_abs() <= cadence * 2, "{pair:?}");
    }
    assert!(fresh.len() > 50, "{}", fresh.len());
    assert!(
        !times(&seen, PARTNER, Service::Metrics).is_empty(),
        "its metrics do not wait for the lost region for ever"
    );
    assert_eq!(times(&seen, HOME, Service::Aurora), []);
    assert!(kinds(&seen, HOME, Service::Aurora).iter().all(|kind| *kind == CloudErrorKind::Timeout));
    assert!(!kinds(&seen, HOME, Service::Aurora).is_empty(), "a hang is reported, not waited out");
}

#[tokio::test(start_paused = true)]
async fn one_request_is_in_flight_for_each_poller() {
    let mut bench = watching(&[(HOME, Mood::Takes(Duration::from_secs(20)))], Tempo::Fast, 1000);
    for _ in 0..60 {
        bench.watch.refresh();
        bench.observe(Duration::from_secs(1)).await;
    }
    assert_eq!(bench.cloud.most_at_once(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_is_behind_stops_nobody_and_finds_something_new() {
    let mut bench = watching(&[], Tempo::Fast, 1);
    let before = bench.cloud.reads();
    bench.clock.sleep(Duration::from_mins(10)).await;
    let polls = bench.cloud.reads() - before;
    assert!(polls > 500, "polling went on: {polls}");
    let late = bench.observe(Duration::from_secs(2)).await;
    // One was in the channel since the start; every other that waited has been replaced by a newer one.
    let oldest_allowed = bench.clock.now().as_second() - 2 * 300;
    let old = late
        .iter()
        .skip(1)
        .filter(|it| it.service.cadence(Tempo::Fast) <= Duration::from_mins(1) && it.at.as_second() < oldest_allowed);
    assert_eq!(old.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_watch_stops_it() {
    let Bench { cloud, clock, watch, events } = watching(&[(HOME, Mood::Hangs)], Tempo::Fast, 1000);
    clock.sleep(Duration::from_secs(30)).await;
    drop(watch);
    tokio::task::yield_now().await;
    let reads = cloud.reads();
    clock.sleep(Duration::from_mins(10)).await;
    assert_eq!(cloud.reads(), reads);
    assert!(events.is_closed(), "nothing is left that could send");
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_is_gone_ends_the_pollers() {
    let Bench { cloud, clock, watch, events } = watching(&[], Tempo::Fast, 1000);
    clock.sleep(Duration::from_secs(30)).await;
    drop(events);
    clock.sleep(Duration::from_mins(1)).await;
    let reads = cloud.reads();
    clock.sleep(Duration::from_mins(10)).await;
    assert_eq!(cloud.reads(), reads);
    drop(watch);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_retried_ever_more_rarely_and_at_once_on_demand() {
    for kind in [
        CloudErrorKind::Timeout,
        CloudErrorKind::ExpiredCredentials,
        CloudErrorKind::Throttled { retry_after: Some(Duration::from_secs(90)) },
    ] {
        let mut bench = watching(&[(HOME, Mood::Fails(kind.clone()))], Tempo::Fast, 1000);
        let first = bench.observe(Duration::from_mins(10)).await;
        let attempts = kinds(&first, HOME, Service::Aurora).len();
        assert!((5..=25).contains(&attempts), "{kind:?}: {attempts} in ten minutes");
        bench.watch.refresh();
        let now = bench.observe(Duration::from_millis(10)).await;
        assert_eq!(kinds(&now, HOME, Service::Aurora).len(), 1, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn recovery_shows_within_a_minute_and_the_cadence_returns() {
    let mut bench = watching(&[(HOME, Mood::Fails(CloudErrorKind::Unreachable))], Tempo::Fast, 1000);
    bench.observe(Duration::from_mins(20)).await;
    bench.cloud.set(HOME, Mood::Answers);
    let seen = bench.observe(Duration::from_mins(2)).await;
    let polled = reads::polled(&shop()).into_iter().filter(|(region, _)| region.as_str() == HOME);
    for (_, service) in polled.filter(|(_, service)| *service != Service::Quotas) {
        let back = times(&seen, HOME, service);
        assert!(!back.is_empty(), "{service}");
    }
    assert!(times(&seen, HOME, Service::Aurora).len() > 10);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_tempo_takes_effect_at_once() {
    let mut bench = watching(&[], Tempo::Calm, 1000);
    bench.observe(Duration::from_secs(10)).await;
    bench.watch.set_tempo(Tempo::Fast);
    let seen = bench.observe(Duration::from_secs(30)).await;
    assert!(times(&seen, HOME, Service::Aurora).len() >= 4);
}

#[tokio::test(start_paused = true)]
async fn polling_goes_on_after_the_clock_was_set_back() {
    let moods = [(HOME, Mood::Takes(Duration::from_secs(3)))];
    let mut bench = watching(&moods, Tempo::Fast, 1000);
    // Within requests of the one region, between those of the other.
    bench.observe(Duration::from_millis(21_500)).await;
    bench.clock.set_back(Duration::from_hours(1));
    let seen = bench.observe(Duration::from_mins(1)).await;
    for region in [HOME, PARTNER] {
        assert!(times(&seen, region, Service::Aurora).len() >= 8, "{region}");
    }
}

#[tokio::test(start_paused = true)]
async fn metrics_go_out_once_with_everything_named() {
    let mut bench = watching(&[(HOME, Mood::Takes(Duration::from_secs(2)))], Tempo::Calm, 1000);
    bench.observe(Duration::from_secs(15)).await;
    let mut asked: BTreeMap<Region, Vec<Read>> = BTreeMap::new();
    for (region, read) in bench.cloud.asked() {
        if read.service() == Service::Metrics {
            asked.entry(region).or_default().push(read);
        }
    }
    assert_eq!(asked.len(), 3);
    for (region, reads) in asked {
        let [Read::Metrics { queries, .. }] = reads.as_slice() else {
            panic!("{region} was asked {} times", reads.len());
        };
        let has = |measure| queries.iter().any(|query| query.key.measure == measure);
        match region.as_str() {
            PARTNER => assert!(has(Measure::AuroraRpoLag) && has(Measure::S3OperationsPending)),
            HOME => assert!(has(Measure::AuroraRpoLag) && has(Measure::S3OperationsFailed)),
            _ => assert!(has(Measure::AcceleratorFlows)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_it_costs_is_told_from_the_start() {
    let mut bench = watching(&[], Tempo::Calm, 1000);
    let mut rates = Vec::new();
    let end = bench.clock.sleep(Duration::from_mins(30));
    tokio::pin!(end);
    loop {
        tokio::select! {
            biased;
            Some(event) = bench.events.recv() => if let WatchEvent::Cost { rate, .. } = event { rates.push(rate) },
            () = &mut end => break,
        }
    }
    let (first, last) = (rates[0], rates[rates.len() - 1]);
    assert!(first.requests_per_hour > 0.0 && first.usd_per_hour > 0.0);
    // Estimated and measured agree: the estimate is made of the same table.
    let ratio = last.requests_per_hour / 1200.0;
    assert!((0.5..=1.05).contains(&ratio), "{last:?}");
    assert!(last.usd_per_hour < 0.10, "{last:?}");
}

/// How many requests of a read wait for one another.
fn chain(read: &Read) -> u32 {
    match read.service() {
        Service::Aurora | Service::GlobalAccelerator => 2,
        _ => 1,
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_takes_as_long_as_its_longest_chain() {
    let delay = Duration::from_millis(100);
    let cloud = Arc::new(Faulty::with_delay(move |read| delay * chain(read)));
    let clock = Arc::new(TestClock::new());
    let began = tokio::time::Instant::now();
    let seen = refresh_once(&shop(), cloud.clone(), clock, PATIENT).await;
    let took = began.elapsed();
    // Aurora's two requests name the clusters whose metrics are then asked for.
    let longest = delay * 3;
    assert!(took <= longest.mul_f64(1.3), "{took:?} for a chain of {longest:?}");
    let read: BTreeSet<(Region, Service)> = seen.iter().map(|it| (it.region.clone(), it.service)).collect();
    assert_eq!(read, reads::polled(&shop()));
    assert!(seen.iter().all(|it| it.outcome.is_ok()));
    assert_eq!(seen.len(), read.len(), "each once");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_ends_at_its_limit_and_tells_who_was_silent() {
    let cloud = Arc::new(Faulty::new(&[(HOME, Mood::Hangs)]));
    let began = tokio::time::Instant::now();
    let limit = Duration::from_secs(8);
    let seen = refresh_once(&shop(), cloud, Arc::new(TestClock::new()), limit).await;
    assert!(began.elapsed() <= limit + Duration::from_millis(10), "{:?}", began.elapsed());
    let read: BTreeSet<(Region, Service)> = seen.iter().map(|it| (it.region.clone(), it.service)).collect();
    assert_eq!(read, reads::polled(&shop()));
    for observation in &seen {
        match &observation.outcome {
            Ok(_) => assert_ne!(observation.region.as_str(), HOME),
            Err(error) => {
                assert_eq!((observation.region.as_str(), &error.kind), (HOME, &CloudErrorKind::Timeout));
            }
        }
    }
}
