//! What the whole program costs, measured from outside in a pseudo-terminal: start to first frame, idle
//! processor time, resident memory, bytes a minute. Figures for `docs/benchmarks.md`; never a test.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::tree::TreeError;

mod past;
mod running;

use running::{Running, data, now};

/// How often the start is measured.
const STARTS: usize = 20;
/// How long the program is watched doing nothing.
const IDLE: Duration = Duration::from_mins(1);
/// Before idling is measured, everything is to have been read once.
const SETTLING: Duration = Duration::from_secs(15);

/// Measures a program, and gives the figures, a line each.
type Measure = fn(&str) -> Result<String, String>;

/// What is measured: each can be asked for by its name.
const PARTS: [(&str, Measure); 4] = [("start", starts), ("idle", idling), ("day", day), ("keys", keys)];

/// Measures the program, all of it or one part, and gives the figures, a line each.
pub(crate) fn run(program: &str, part: Option<&str>) -> Result<String, TreeError> {
    let told = |error: String| TreeError::unreadable(Path::new(program), &error);
    if let Some(part) = part.filter(|part| PARTS.iter().all(|(name, _)| name != part)) {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        return Err(told(format!("there is no part `{part}`: {}", names.join(", "))));
    }
    let wanted = PARTS.iter().filter(|(name, _)| part.is_none_or(|part| part == *name));
    wanted.map(|(_, measure)| measure(program).map_err(told)).collect()
}

fn starts(program: &str) -> Result<String, String> {
    let mut starts = (0..STARTS).map(|_| start_to_first_frame(program)).collect::<Result<Vec<_>, _>>()?;
    starts.sort();
    Ok(format!(
        "start to first frame, {STARTS} starts: median {:.1} ms, p90 {:.1} ms, worst {:.1} ms\n",
        percentile(&starts, 50),
        percentile(&starts, 90),
        percentile(&starts, 100)
    ))
}

fn idling(program: &str) -> Result<String, String> {
    let mut told = String::new();
    for (width, height) in [(80, 24), (200, 60)] {
        let idle = idle(program, width, height)?;
        writeln!(
            told,
            "idle at {width}×{height} for {} s: {:.2} % of a core, {:.1} MiB resident, {:.1} KB sent a minute",
            IDLE.as_secs(),
            idle.cpu_percent,
            idle.resident_mib,
            idle.kilobytes_a_minute
        )
        .map_err(|error| error.to_string())?;
    }
    Ok(told)
}

fn keys(program: &str) -> Result<String, String> {
    let keys = key_to_frame(program)?;
    Ok(format!(
        "key to the last byte of its frame at 200×60, polls and a run in progress, {} entries in the journal, {} keys: \
         median {:.1} ms, p99 {:.1} ms, worst {:.1} ms\n",
        past::ENTRIES,
        keys.len(),
        percentile(&keys, 50),
        percentile(&keys, 99),
        percentile(&keys, 100)
    ))
}

/// Of lengths in their order, in milliseconds.
fn percentile(lengths: &[Duration], percent: usize) -> f64 {
    let at = lengths.len().saturating_sub(1) * percent / 100;
    lengths.get(at).copied().unwrap_or_default().as_secs_f64() * 1000.0
}

struct Idle {
    cpu_percent: f64,
    resident_mib: f64,
    kilobytes_a_minute: f64,
}

fn start_to_first_frame(program: &str) -> Result<Duration, String> {
    let mut running = Running::start(program, 120, 40)?;
    Ok(running.frame()?.saturating_duration_since(running.begun))
}

fn idle(program: &str, width: u16, height: u16) -> Result<Idle, String> {
    let mut running = Running::start(program, width, height)?;
    running.listen(SETTLING)?;
    let (begun, cpu) = (now(), running.cpu_s()?);
    let bytes = running.listen(IDLE)?;
    let seconds = now().saturating_duration_since(begun).as_secs_f64();
    Ok(Idle {
        cpu_percent: 100.0 * (running.cpu_s()? - cpu) / seconds,
        resident_mib: running.resident_mib()?,
        kilobytes_a_minute: bytes as f64 / 1000.0 * 60.0 / seconds,
    })
}

/// Resident memory after an hour and after a day of the simulator's time.
fn day(program: &str) -> Result<String, String> {
    // An hour in five seconds, a day in two minutes.
    let mut running = Running::start_with(program, 120, 40, &["--pace", "720"])?;
    running.listen(Duration::from_secs(5))?;
    let before = running.resident_mib()?;
    running.listen(Duration::from_secs(115))?;
    let after = running.resident_mib()?;
    Ok(format!(
        "a simulated day at 120×40: {before:.1} MiB resident after its first hour, {after:.1} MiB after the day\n"
    ))
}

/// Pressing keys that change the whole screen, with the polls going on, in the middle of a run, over a long journal.
fn key_to_frame(program: &str) -> Result<Vec<Duration>, String> {
    let home = std::env::temp_dir().join(format!("lifeboat-bench-{}-run", std::process::id()));
    let deployment = "payments-aurora";
    let arguments = ["--simulate", "calm", "--deployment", deployment, "--operate"];
    running::once(&home, program, &[&["journal", "note", "a long night"], &arguments[..4]].concat())?;
    past::write(&data(&home), deployment)?;
    let mut running = Running::start_in(home, program, (200, 60), &arguments)?;
    begin(&mut running)?;
    let mut lengths = Vec::new();
    for key in ["2", "3", "4", "5", "6", "7", "8", "9", "1", "?", "q"].iter().cycle().take(300) {
        // Whatever the polls have caused is drawn first.
        running.listen(Duration::from_millis(100))?;
        let pressed = running.press(key)?;
        lengths.push(running.frame()?.saturating_duration_since(pressed));
    }
    running.press("8")?;
    running.wait_for(&["executed here"])?;
    lengths.sort();
    Ok(lengths)
}

fn begin(running: &mut Running) -> Result<(), String> {
    let phrase = "switchover payments-aurora us-east-2";
    running.wait_for(&["ACTIVE"])?;
    running.press("7")?;
    running.wait_for(&["Guards of switchover", "may run"])?;
    running.press("x")?;
    running.wait_for(&["Proposed:", "What it costs"])?;
    running.press("x")?;
    running.wait_for(&["Type this, letter for letter", phrase])?;
    running.press(phrase)?;
    running.wait_for(&["Enter does it"])?;
    running.press("\r")?;
    running.wait_for(&["Steps", "executed here"])
}
