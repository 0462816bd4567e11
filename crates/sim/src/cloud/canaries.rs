//! What becomes of canaries, and what that should tell: the answers a client gets, and the loss they are judged
//! against. It reads worlds; entering a canary into the stores is the world's own.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::canary::Sighting;
use lifeboat_model::run::TrueLoss;
use lifeboat_model::topology::CanaryTarget;

use crate::draw::Topic;
use crate::physics::doors::Answer;
use crate::physics::named::Nonce;
use crate::scenario::{CANARY_VANTAGE, VANTAGES};
use crate::side::Side;
use crate::world::{Unacknowledged, World};

/// What a client is told, or not, when it is not served.
pub(super) fn in_words(met: Unacknowledged) -> (CloudErrorKind, &'static str) {
    match met {
        Unacknowledged::NoAnswer => (CloudErrorKind::Unreachable, "the name has no answer"),
        Unacknowledged::Met(Answer::Silent) => (CloudErrorKind::Unreachable, "connection timed out"),
        Unacknowledged::Met(Answer::NoTarget) => (CloudErrorKind::ServiceFailure, "HTTP status 503"),
        Unacknowledged::Met(Answer::Refused) => (CloudErrorKind::ServiceFailure, "HTTP status 502"),
        Unacknowledged::Met(Answer::ReadOnly | Answer::Good) => {
            (CloudErrorKind::ServiceFailure, "HTTP status 500: the database is read-only")
        }
        Unacknowledged::TurnedAway => (CloudErrorKind::ServiceFailure, "HTTP status 503: too many requests"),
        Unacknowledged::Swallowed => (CloudErrorKind::Timeout, "timed out after the connection was made"),
    }
}

/// Which canaries one store has, asked where a client of the console's own vantage is led now.
pub(super) fn sightings(
    world: &World,
    canary: &CanaryTarget,
    store: StoreKind,
    nonces: &[String],
) -> Result<Vec<Sighting>, Unacknowledged> {
    let (setting, state) = (&world.setting, &world.state);
    let side = state.destination(setting, CANARY_VANTAGE).ok_or(Unacknowledged::NoAnswer)?;
    let answer = *state.doors(setting).get.at(side);
    if answer == Answer::Silent {
        return Err(Unacknowledged::Met(answer));
    }
    let holder = keeper(world, store, side).filter(|_| {
        // A store without an address cannot be asked, and an error page tells nothing of any store.
        answer == Answer::Good && canary.read_urls.contains_key(&store)
    });
    let topic = Topic::new(&canary.write_url, "seek");
    let gray = *state.conditions.gray.at(side);
    let sighting = |nonce: &String| {
        let name = Nonce::new(nonce);
        let swallowed = setting.draw.happens(topic.nth(name.word()), state.now, gray);
        let found = holder.filter(|_| !swallowed).map(|holder| match store {
            StoreKind::Aurora => state.aurora.as_ref().is_some_and(|aurora| aurora.has(holder, name)),
            StoreKind::DynamoDb => state.table.has(holder, name),
            StoreKind::S3 => state.buckets.has(holder, name),
        });
        Sighting { nonce: nonce.clone(), found }
    };
    Ok(nonces.iter().map(sighting).collect())
}

/// Whose copy of a store answers a client that is led to `side`; `None` where nobody's can. A database is asked through
/// its writer, which alone tells what survives; tables and buckets are each region's own.
fn keeper(world: &World, store: StoreKind, side: Side) -> Option<Side> {
    let state = &world.state;
    match store {
        StoreKind::Aurora => {
            let writer = state.aurora.as_ref()?.writer;
            (writer == side || state.conditions.linked()).then_some(writer)
        }
        StoreKind::DynamoDb | StoreKind::S3 => Some(side),
    }
}

/// What really happened from a second on, as far as it should show in canaries.
pub(super) fn truth(world: &World, since: i64) -> TrueLoss {
    let state = &world.state;
    let now = state.now;
    let longest = |vantage: usize| {
        let outages = state.clients.outages(vantage, since, now);
        outages.into_iter().map(|(begun, ended)| ended - begun).max().unwrap_or_default()
    };
    // What was lost by the outage that `since` fell into was written before it.
    let own = state.clients.outages(CANARY_VANTAGE, since, now);
    let origin = own.first().map_or(since, |(begun, _)| since.min(*begun));
    let led = state.clients.led_at(now);
    // Clients who are led where they were miss only what was written elsewhere meanwhile; those who were moved miss
    // whatever has not followed them.
    let missing_since = if state.clients.led_at(origin - 1) == led { origin } else { i64::MIN };
    let away = led.other();
    let mut rpo = std::collections::BTreeMap::new();
    if let Some(aurora) = &state.aurora {
        let stranded = if keeper(world, StoreKind::Aurora, led).is_none() { aurora.waiting_ms() } else { 0.0 };
        rpo.insert(StoreKind::Aurora, milliseconds(aurora.lost_ms_since(origin) + stranded));
    }
    rpo.insert(StoreKind::DynamoDb, whole(state.table.held(away).length_s(missing_since)));
    rpo.insert(StoreKind::S3, whole(state.buckets.missing_s(away, missing_since)));
    TrueLoss {
        rto: whole(longest(CANARY_VANTAGE)),
        rto_longest: whole((0..VANTAGES.len()).map(longest).max().unwrap_or_default()),
        rpo,
    }
}

fn whole(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

fn milliseconds(ms: f64) -> Duration {
    Duration::from_secs_f64(ms.max(0.0) / 1000.0)
}
