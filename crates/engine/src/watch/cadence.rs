//! When the next poll of a service is due. The lengths themselves are `Service::cadence`; here they are spread a
//! little, so that many pollers started together do not ask together for ever.

use lifeboat_model::read::{Service, Tempo};
use lifeboat_model::time::Duration;

use super::backoff::{mix, unit};

/// The share of a cadence by which polls are spread, to either side.
const SPREAD: f64 = 0.05;

/// The wait before the poll numbered `poll` of a poller with this seed. Over many polls it averages the cadence.
pub fn until_next(service: Service, tempo: Tempo, seed: u64, poll: u64) -> Duration {
    let spread = 2.0 * unit(mix(seed, poll)) - 1.0;
    service.cadence(tempo).mul_f64(1.0 + SPREAD * spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_keep_their_cadence_on_average() {
        for service in Service::POLLED {
            for tempo in [Tempo::Calm, Tempo::Fast] {
                let cadence = service.cadence(tempo).as_secs_f64();
                let waits: Vec<f64> = (0..500).map(|poll| until_next(service, tempo, 3, poll).as_secs_f64()).collect();
                let mean = waits.iter().sum::<f64>() / 500.0;
                assert!((mean / cadence - 1.0).abs() < 0.01, "{service}: {mean} for {cadence}");
                assert!(waits.iter().all(|wait| (wait / cadence - 1.0).abs() <= SPREAD + 1e-9), "{service}");
            }
        }
    }
}
