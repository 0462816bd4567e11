//! The planner against the simulator's worlds: refresh, snapshot, rules, plan. What a plan says is held as text for
//! every architecture and every built-in runbook; what no plan may do is tried on many more.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests, and steps that they share")]

mod planning {
    mod carried_out;
    mod earlier_runs;
    mod goldens;
    mod losses;
    mod mid_run;
    mod properties;
    mod reading;
    mod telling;
    mod worlds;
}
