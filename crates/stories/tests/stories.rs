//! What a deterministic simulation must show: that nothing forbidden happens in any story, that enough happens in them,
//! that a seed is a story, and that each safeguard's absence is noticed.
#![expect(clippy::panic, reason = "a test fails so")]

use lifeboat_stories::{Happening, Safeguard, Tale, Telling, Told, tell, tell_all};

const SEEDS: u64 = 256;
/// Within so many seeds the absence of a safeguard must be noticed.
const NOTICED_WITHIN: u64 = 256;

fn told(seeds: u64, without: Option<Safeguard>, enough: usize) -> Told {
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    tell_all(0..seeds, jobs, Telling { without, ..Telling::default() }, enough)
}

#[test]
fn nothing_forbidden_happens_and_everything_else_does() {
    let told = told(SEEDS, None, 10);
    let repeats = |tale: &Tale| format!("{:#?}\n  repeat: cargo xtask sim --trace {}", tale.violations, tale.seed);
    let bad: Vec<_> = told.bad.iter().map(repeats).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    assert_eq!(told.stories, SEEDS);
    let missing: Vec<_> = Happening::ALL.iter().filter(|happening| told.tally.of(**happening) == 0).collect();
    assert!(missing.is_empty(), "in no story: {missing:?}\n{}", told.tally);
}

#[test]
fn a_seed_is_a_story() {
    let mut heads = std::collections::BTreeSet::new();
    for seed in 0..24 {
        let (one, other) = (tell(seed, Telling::default()), tell(seed, Telling { traced: true, ..Telling::default() }));
        assert_eq!(one.head, other.head, "seed {seed}");
        assert_eq!(one.tally, other.tally, "seed {seed}");
        heads.insert(one.head);
    }
    assert!(heads.len() > 12, "different seeds are different stories");
}

fn is_noticed(without: Safeguard, by: &str) {
    let told = told(NOTICED_WITHIN, Some(without), 1);
    let Some(tale) = told.bad.first() else {
        panic!("{without:?} was not missed in {NOTICED_WITHIN} stories");
    };
    assert!(tale.violations.iter().any(|words| words.contains(by)), "seed {}: {:#?}", tale.seed, tale.violations);
}

#[test]
fn a_call_that_is_sent_again_without_a_look_is_noticed() {
    is_noticed(Safeguard::ProbeBeforeRedo, "again");
}

#[test]
fn a_step_whose_guards_were_not_judged_is_noticed() {
    is_noticed(Safeguard::GuardBeforeStep, "not judged");
}

#[test]
fn a_call_that_left_before_its_intent_was_durable_is_noticed() {
    is_noticed(Safeguard::IntentBeforeAct, "without a durable intent");
}

#[test]
fn traffic_that_moves_before_the_database_is_noticed() {
    is_noticed(Safeguard::DatabaseBeforeTraffic, "was not judged");
}
