//! What the simulated sources are asked to do: any option, in any mixture.

use resilient_eventsource::core::{Config, FOREVER, Jitter, Names, ResumeMode, RetryPolicy};

use crate::rng::Rng;

/// The options of one schedule.
pub(crate) fn draw(rng: &mut Rng) -> Config {
    let mut config = draw_any(rng);
    if rng.chance(25) {
        // What the class makes of the options where the platform's own class is
        // the transport.
        config.native = true;
        config.repeatable = true;
        config.resume = ResumeMode::Query;
    }
    config
}

fn draw_any(rng: &mut Rng) -> Config {
    Config {
        heartbeat_events: Names::new(&["heartbeat", "ping", "keepalive", "connected"]),
        retry: retry(rng),
        max_retries: rng.pick(&[FOREVER, FOREVER, 0, 2, 5]),
        give_up_after: rng.pick(&[300_000, 300_000, 20_000, 0, FOREVER]),
        reset_after: rng.pick(&[10_000, 10_000, 0, 1_000, 120_000]),
        connect_timeout: rng.pick(&[None, None, Some(5_000), Some(30_000)]),
        idle_timeout: rng.pick(&[None, None, Some(0), Some(20_000)]),
        stall_after: rng.pick(&[0, 5_000, 30_000]),
        not_found_grace: rng.pick(&[0, 6_000]),
        max_event_size: rng.pick(&[16 << 20, 2_000]),
        latch: rng.chance(50),
        last_event_id: rng.pick(&["", "", "5"]).into(),
        resume: rng.pick(&[
            ResumeMode::Auto,
            ResumeMode::Auto,
            ResumeMode::Header,
            ResumeMode::Query,
        ]),
        classify: rng.chance(25),
        pause_when_hidden: rng.chance(30),
        pause_when_offline: rng.chance(80),
        repeatable: rng.chance(90),
        fresh_credentials: rng.chance(30),
        cross_origin: rng.chance(40),
        fetchable: !rng.chance(1),
        mixed_content: rng.chance(2),
        supported: !rng.chance(1),
        ..Config::default()
    }
}

fn retry(rng: &mut Rng) -> RetryPolicy {
    if rng.chance(50) {
        return RetryPolicy::default();
    }
    RetryPolicy {
        initial: rng.pick(&[0, 100, 1_000, 60_000]),
        factor: rng.pick(&[1.0, 1.5, 2.0, 10.0]),
        max: rng.pick(&[100, 5_000, 30_000]),
        jitter: rng.pick(&[Jitter::Full, Jitter::Equal, Jitter::None]),
        floor: rng.pick(&[0, 250, 2_000]),
        server_max: rng.pick(&[100, 10_000, 300_000]),
    }
}
