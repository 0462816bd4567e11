//! How long to wait after a failure. Waits grow, are spread by a seed so that pollers do not march in step, and
//! are repeatable: the same seed and the same failures give the same waits.

use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::time::Duration;

/// The first wait after silence or a throttle.
const FIRST: Duration = Duration::from_secs(5);
/// A poll that is asked seldom is still retried this often at the latest, so that recovery shows.
const LONGEST: Duration = Duration::from_mins(1);
/// New credentials come from a person: asking more often than this only fills logs.
const CREDENTIALS: Duration = Duration::from_secs(15);
const CREDENTIALS_LONGEST: Duration = Duration::from_mins(2);

/// The waits of one poller.
#[derive(Clone, Debug)]
pub struct Backoff {
    seed: u64,
    failures: u32,
}

impl Backoff {
    pub fn new(seed: u64) -> Self {
        Self { seed, failures: 0 }
    }

    pub fn succeed(&mut self) {
        self.failures = 0;
    }

    /// The wait before the next attempt, where success would have meant `cadence`.
    pub fn fail(&mut self, kind: &CloudErrorKind, cadence: Duration) -> Duration {
        self.failures = self.failures.saturating_add(1);
        match kind {
            CloudErrorKind::Throttled { retry_after } => {
                let wait = self.grown(FIRST, LONGEST.max(cadence));
                wait.max(retry_after.unwrap_or_default())
            }
            CloudErrorKind::Timeout
            | CloudErrorKind::OutcomeUnknown
            | CloudErrorKind::Unreachable
            | CloudErrorKind::ServiceFailure
            | CloudErrorKind::Conflict => self.grown(FIRST, LONGEST.max(cadence)),
            CloudErrorKind::ExpiredCredentials | CloudErrorKind::MissingCredentials => {
                self.grown(CREDENTIALS, CREDENTIALS_LONGEST)
            }
            // The answer was "no": it will be the same until a person changes something.
            CloudErrorKind::Denied { .. }
            | CloudErrorKind::NotFound
            | CloudErrorKind::Invalid
            | CloudErrorKind::Malformed => cadence.max(LONGEST),
        }
    }

    /// Between half and the whole of `first` doubled for each failure, at most `longest`.
    fn grown(&self, first: Duration, longest: Duration) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(16);
        let whole = first.saturating_mul(1 << doublings).min(longest);
        whole.mul_f64(0.5 + 0.5 * self.draw())
    }

    /// A number from 0 to 1 that depends on the seed and the failure's number alone.
    fn draw(&self) -> f64 {
        unit(mix(self.seed, u64::from(self.failures)))
    }
}

/// A seed from words: the same words, the same seed, whatever the process.
pub fn seed_of(words: &[&str]) -> u64 {
    // FNV-1a, with a separator so that ("ab", "c") and ("a", "bc") differ.
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// SplitMix64: well spread for consecutive numbers.
pub(super) fn mix(seed: u64, number: u64) -> u64 {
    let z = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The upper 53 bits as a number from 0 to 1.
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CALM: Duration = Duration::from_mins(1);

    #[test]
    fn waits_grow_to_a_limit_and_start_again_after_success() {
        let mut backoff = Backoff::new(7);
        let waits: Vec<Duration> = (0..10).map(|_| backoff.fail(&CloudErrorKind::Timeout, CALM)).collect();
        assert!(waits[0] <= FIRST && waits[0] >= FIRST / 2, "{waits:?}");
        assert!(waits[9] >= LONGEST / 2 && waits[9] <= LONGEST, "{waits:?}");
        backoff.succeed();
        assert_eq!(backoff.fail(&CloudErrorKind::Timeout, CALM), waits[0]);
    }

    #[test]
    fn a_throttle_is_waited_out_for_as_long_as_it_says() {
        let asked = Duration::from_mins(5);
        let wait = Backoff::new(1).fail(&CloudErrorKind::Throttled { retry_after: Some(asked) }, CALM);
        assert!(wait >= asked);
    }

    #[test]
    fn pollers_do_not_march_in_step() {
        let wait =
            |service| Backoff::new(seed_of(&["shop", "us-east-1", service])).fail(&CloudErrorKind::Timeout, CALM);
        assert_ne!(wait("Aurora"), wait("S3"));
        assert_ne!(seed_of(&["ab", "c"]), seed_of(&["a", "bc"]));
    }

    proptest! {
        #[test]
        fn every_wait_is_bounded_and_repeatable(seed: u64, cadence_s in 1_u64..4000, failures in 1_usize..200) {
            let cadence = Duration::from_secs(cadence_s);
            for kind in [
                CloudErrorKind::Timeout,
                CloudErrorKind::Throttled { retry_after: None },
                CloudErrorKind::ExpiredCredentials,
                CloudErrorKind::Denied { action: None },
            ] {
                let run = || {
                    let mut backoff = Backoff::new(seed);
                    (0..failures).map(|_| backoff.fail(&kind, cadence)).collect::<Vec<_>>()
                };
                let waits = run();
                prop_assert_eq!(&waits, &run());
                for wait in waits {
                    prop_assert!(wait >= Duration::from_secs(2));
                    prop_assert!(wait <= cadence.max(CREDENTIALS_LONGEST));
                }
            }
        }
    }
}
