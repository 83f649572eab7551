//! A subscriber that does not read. In a file of its own, so that nothing else runs while it is timed.

mod common;

use std::time::Duration;

use common::raw::RawStream;
use common::{Next, Server, ids, measured};

/// How long a run's producer took.
async fn produced_in(server: &Server, run: &str) -> Duration {
    let (_, list) = server.get("/v1/runs").await;
    let mut runs = list["runs"].as_array().unwrap().iter();
    let run = runs.find(|entry| entry["run_id"] == run).unwrap();
    let time = |field: &str| {
        let text = run[field].as_str().unwrap();
        let format = &time::format_description::well_known::Rfc3339;
        time::OffsetDateTime::parse(text, format).unwrap()
    };
    (time("finished_at") - time("created_at"))
        .try_into()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_never_reads_holds_up_nobody_is_disconnected_and_comes_back_to_a_gap() {
    const RING: u64 = 2_000;
    let server = Server::start(&[
        "--ring",
        "2000",
        "--lag-limit",
        "12000",
        // Open before much of the run is out, and a run that takes its time.
        "--stream-retry-delay-ms",
        "1",
        "--write-batch",
        "64",
    ]);
    // Some 10 MB: sockets alone may hold four.
    let body = r#"{ "events": 40000, "delay_ms": 0, "persist_ms": 300 }"#;
    let mut times = Vec::new();
    for asleep in [false, true] {
        let run = server.run(body).await;
        let sleeper = async {
            let mut sleeper = RawStream::open(&server.url, &run, Some(4096)).await;
            assert!(sleeper.until("event: connected").await);
            sleeper
        };
        let reading = async {
            let mut stream = server.stream(&run, None).await;
            stream.numbered().await
        };
        let (sleeper, (events, end)) = if asleep {
            let (sleeper, read) = tokio::join!(sleeper, reading);
            (Some(sleeper), read)
        } else {
            (None, reading.await)
        };
        let last = events.last().and_then(|event| event.id).unwrap();
        assert!(last > 40_000);
        assert_eq!((ids(&events), end), ((1..=last).collect(), Next::End));
        times.push(produced_in(&server, &run).await);

        let Some(mut sleeper) = sleeper else { continue };
        sleeper.until("never").await;
        assert!(sleeper.ended && sleeper.out_of_order.is_empty());
        assert!(
            sleeper.last < last - 12_000,
            "{} of {last} events fit into buffers: it did not lag",
            sleeper.last
        );
        server.logged_some(|entry| entry["end"] == "lagged").await;
        let mut back = server.stream(&run, Some(sleeper.last)).await;
        let resumed_from = last - RING;
        assert_eq!(
            back.header("last-event-id"),
            Some(&*resumed_from.to_string())
        );
        let (events, end) = back.numbered().await;
        assert_eq!(
            (ids(&events), end),
            ((resumed_from + 1..=last).collect(), Next::End)
        );
    }
    let [without, with] = times[..] else { panic!() };
    measured(&format!(
        "40,000 events took {without:.1?}, and {with:.1?} beside one that never reads"
    ));
    assert!(with < without * 2 + Duration::from_secs(1));
}
