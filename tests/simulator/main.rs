//! The core against a simulated server, network, page and caller, under random
//! schedules, with what must always hold checked after every step.
//!
//! Each schedule comes from one seed. A failure prints it; `SIM_SEED=… cargo
//! test --test simulator -- --nocapture` replays it with a trace of what
//! happened (`SIM_TRACE` lines of it). `SIM_SCHEDULES` sets how many are run,
//! `SIM_FROM` the first seed.

mod invariants;
mod network;
mod options;
mod page;
mod rng;
#[path = "../core/rows.rs"]
mod rows;
mod schedule;
mod server;
mod trace;

use std::panic::{AssertUnwindSafe, catch_unwind};

use resilient_eventsource::core::{Batch, COLUMNS};
use schedule::{Reached, Schedule};

/// Inputs that chance has in a schedule before it heals.
const STEPS: u64 = 300;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs a schedule; a panic of the core is a failure like any other.
fn run(seed: u64, traced: bool) -> (Result<(), String>, Schedule) {
    let mut schedule = Schedule::new(seed, traced);
    let result = catch_unwind(AssertUnwindSafe(|| schedule.run(STEPS)));
    let result = result.unwrap_or_else(|_| Err("the core panicked".into()));
    (result, schedule)
}

fn check(seed: u64) -> Reached {
    let (result, schedule) = run(seed, false);
    let Err(broken) = result else {
        return schedule.reached;
    };
    // The same again, for the trace.
    let (_, schedule) = run(seed, true);
    let lines = variable("SIM_TRACE").unwrap_or(60) as usize;
    panic!(
        "{}\n\n{broken}\nReplay: SIM_SEED={seed} cargo test -p resilient-eventsource --test simulator",
        schedule.trace.tail(lines)
    );
}

#[test]
fn every_schedule_keeps_the_invariants() {
    if let Some(seed) = variable("SIM_SEED") {
        check(seed);
        return;
    }
    let from = variable("SIM_FROM").unwrap_or(0);
    let count = variable("SIM_SCHEDULES").unwrap_or(10_000);
    let mut all = Reached::default();
    for seed in from..from + count {
        let reached = check(seed);
        all.steps += reached.steps;
        all.events += reached.events;
        all.requests += reached.requests;
        all.left += reached.left;
        all.states.extend(reached.states);
        all.reasons.extend(reached.reasons);
    }
    println!("{count} schedules: {all:?}");
    if count >= 1_000 {
        assert_reaches_everything(&all);
    }
}

/// A simulator that never gets anywhere finds nothing.
fn assert_reaches_everything(all: &Reached) {
    assert!(all.left > 0, "a platform's own source is left to reconnect");
    use resilient_eventsource::core::{Reason, State};
    let states = State::ALL.iter().filter(|&&state| state != State::Polling);
    for state in states {
        assert!(all.states.contains(state.as_str()), "{state:?} is reached");
    }
    for reason in Reason::ALL {
        assert!(
            all.reasons.contains(reason.as_str()),
            "{reason:?} is reached"
        );
    }
}

#[test]
fn a_seed_gives_the_same_schedule_each_time() {
    for seed in [1, 2, 3] {
        let (_, first) = run(seed, true);
        let (_, second) = run(seed, true);
        assert_eq!(first.trace.tail(10_000), second.trace.tail(10_000));
    }
}
