//! The deterministic simulation from the command line: so many seeds, one seed told line by line, a safeguard taken
//! away, and what a simulated failover costs.

use std::path::Path;
use std::time::{Duration, Instant};

use lifeboat_stories::{Happening, Paths, Safeguard, Tale, Telling, Told, look_on, tell, tell_all};

use crate::tree::TreeError;

/// How many are told unless another number is asked for.
const SEEDS: u64 = 256;
/// As many bad stories are enough to begin with.
const ENOUGH: usize = 10;
/// Failovers of one measurement.
const FAILOVERS: u64 = 400;
/// Of which so many are also watched for how long the executor itself takes.
const WATCHED: u64 = 25;

const SAFEGUARDS: [(&str, Safeguard); 4] = [
    ("probe-before-redo", Safeguard::ProbeBeforeRedo),
    ("guard-before-step", Safeguard::GuardBeforeStep),
    ("intent-before-act", Safeguard::IntentBeforeAct),
    ("database-before-traffic", Safeguard::DatabaseBeforeTraffic),
];

/// What is asked for.
enum Asked {
    Seeds { from: u64, count: u64, jobs: usize, without: Option<Safeguard> },
    Trace { seed: u64, without: Option<Safeguard> },
    Bench,
}

/// Does what the words ask for: the report, and whether all is as it must be.
pub(crate) fn run(words: &[&str]) -> Result<(String, bool), TreeError> {
    match asked(words).map_err(|error| TreeError::unreadable(Path::new("cargo xtask sim"), &error))? {
        Asked::Seeds { from, count, jobs, without } => Ok(seeds(from, count, jobs, without)),
        Asked::Trace { seed, without } => {
            let tale = tell(seed, Telling { without, traced: true, plain: false });
            Ok((format!("{}\n{}", tale.trace.join("\n"), verdict(&tale)), tale.violations.is_empty()))
        }
        Asked::Bench => bench().map_err(|error| TreeError::unreadable(Path::new("cargo xtask sim"), &error)),
    }
}

fn asked(words: &[&str]) -> Result<Asked, String> {
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (mut from, mut count, mut jobs, mut without, mut trace) = (0, SEEDS, jobs, None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == "--bench" {
            return Ok(Asked::Bench);
        }
        let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("`{value}` is no number"));
        match *word {
            "--seeds" => count = number()?,
            "--from" => from = number()?,
            "--jobs" => jobs = usize::try_from(number()?).map_err(|error| error.to_string())?,
            "--trace" => trace = Some(number()?),
            "--without" => {
                let known = SAFEGUARDS.iter().find(|(name, _)| name == value);
                let names = SAFEGUARDS.map(|(name, _)| name).join(", ");
                without = Some(known.ok_or_else(|| format!("`{value}` is none of {names}"))?.1);
            }
            other => return Err(format!("`{other}` is no option of it")),
        }
    }
    Ok(match trace {
        Some(seed) => Asked::Trace { seed, without },
        None => Asked::Seeds { from, count, jobs, without },
    })
}

fn seeds(from: u64, count: u64, jobs: usize, without: Option<Safeguard>) -> (String, bool) {
    let began = now();
    let enough = if without.is_some() { 1 } else { ENOUGH };
    let told =
        tell_all(from..from.saturating_add(count), jobs, Telling { without, traced: false, plain: false }, enough);
    let took = began.elapsed();
    let mut report = summary(&told, took, jobs);
    for tale in &told.bad {
        push(&mut report, &format!("\nseed {}:\n{}", tale.seed, verdict(tale)));
        push(&mut report, &format!("  repeat: {}", repeat(tale.seed, without)));
    }
    if let Some(first) = told.bad.first() {
        let traced = tell(first.seed, Telling { without, traced: true, plain: false });
        push(&mut report, &format!("\n{}", traced.trace.join("\n")));
    }
    (report, told.bad.is_empty())
}

fn summary(told: &Told, took: Duration, jobs: usize) -> String {
    let a_second = told.stories as f64 / took.as_secs_f64();
    let mut report = String::new();
    let hours = told.length.as_secs_f64() / 3600.0;
    push(
        &mut report,
        &format!(
            "{} stories, {hours:.1} h of their own time, in {:.1} s on {jobs} threads: {a_second:.0} a second{}",
            told.stories,
            took.as_secs_f64(),
            debug_build()
        ),
    );
    push(&mut report, &told.tally.to_string());
    report
}

fn verdict(tale: &Tale) -> String {
    tale.violations.iter().map(|words| format!("  {words}")).collect::<Vec<_>>().join("\n")
}

fn repeat(seed: u64, without: Option<Safeguard>) -> String {
    let without = SAFEGUARDS.iter().find(|(_, safeguard)| Some(*safeguard) == without);
    let without = without.map(|(name, _)| format!(" --without {name}")).unwrap_or_default();
    format!("cargo xtask sim --trace {seed}{without}")
}

fn debug_build() -> &'static str {
    if cfg!(debug_assertions) { " (a debug build: say nothing of speed by it)" } else { "" }
}

/// Whole failovers of a lost region, one after the other on one thread: how many a second of processor time, and how
/// long the executor makes them beyond what the simulated services take.
fn bench() -> Result<(String, bool), String> {
    let plain = Telling { without: None, traced: false, plain: true };
    // What is made once for all worlds is made now.
    tell(0, plain);
    let (began, before) = (now(), processor_time()?);
    let mut length = Duration::ZERO;
    let (mut completed, mut bad) = (0, Vec::new());
    for seed in 0..FAILOVERS {
        let tale = tell(seed, plain);
        length += tale.length;
        completed += tale.tally.of(Happening::Completed);
        if !tale.violations.is_empty() {
            bad.push(tale);
        }
    }
    let (took, on_processor) = (began.elapsed(), processor_time()?.saturating_sub(before));
    let mut paths = Paths::default();
    (0..WATCHED).filter_map(look_on).for_each(|path| paths.add(&path));
    let mut report = String::new();
    push(
        &mut report,
        &format!(
            "{FAILOVERS} failovers, {completed} of them completed, in {:.2} s of processor time ({:.2} s by the clock): \
             {:.0} a second and core{}",
            on_processor.as_secs_f64(),
            took.as_secs_f64(),
            FAILOVERS as f64 / on_processor.as_secs_f64(),
            debug_build()
        ),
    );
    push(&mut report, &format!("each {:.1} s of its own time, on average", length.as_secs_f64() / FAILOVERS as f64));
    push(&mut report, &paths.to_string());
    for tale in &bad {
        push(&mut report, &format!("seed {}: {}", tale.seed, verdict(tale)));
    }
    Ok((report, bad.is_empty() && completed == FAILOVERS))
}

/// What this thread has had of a processor. Linux only, as all of the project's measurements.
fn processor_time() -> Result<Duration, String> {
    let path = "/proc/thread-self/schedstat";
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let nanos = text.split_whitespace().next().and_then(|first| first.parse().ok());
    nanos.map(Duration::from_nanos).ok_or_else(|| format!("{path}: `{text}`"))
}

#[expect(clippy::disallowed_methods, reason = "a measurement of the machine's own time")]
fn now() -> Instant {
    Instant::now()
}

fn push(report: &mut String, line: &str) {
    report.push_str(line);
    report.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_told_apart() {
        assert!(matches!(asked(&[]), Ok(Asked::Seeds { from: 0, count: SEEDS, without: None, .. })));
        assert!(matches!(
            asked(&["--seeds", "9", "--from", "4", "--jobs", "1", "--without", "intent-before-act"]),
            Ok(Asked::Seeds { from: 4, count: 9, jobs: 1, without: Some(Safeguard::IntentBeforeAct) })
        ));
        assert!(matches!(asked(&["--trace", "7"]), Ok(Asked::Trace { seed: 7, without: None })));
        assert!(matches!(asked(&["--bench"]), Ok(Asked::Bench)));
        for wrong in [&["--seeds"][..], &["--seeds", "x"], &["--without", "luck"], &["--fast", "1"]] {
            assert!(asked(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_bad_story_names_the_command_that_repeats_it() {
        let (report, is_well) = seeds(0, 200, 2, Some(Safeguard::IntentBeforeAct));
        assert!(!is_well);
        assert!(report.contains("cargo xtask sim --trace "), "{report}");
        assert!(report.contains(" --without intent-before-act"), "{report}");
        assert!(report.contains("run_started"), "{report}");
    }
}
