//! A store that fails, as clients of streams and of the API meet it.

mod common;

use common::{Event, Next, Server, ids};
use serde_json::json;

const SLOW: &str = r#"{ "persist_ms": 0, "delay_ms": 60000 }"#;

fn errors(events: &[Event]) -> Vec<&Event> {
    events
        .iter()
        .filter(|event| event.name == "error")
        .collect()
}

async fn clear(server: &Server) {
    let url = format!("{}/faults", server.url);
    reqwest::Client::new().delete(url).send().await.unwrap();
}

#[tokio::test]
async fn an_outage_is_told_once_on_the_runs_stream_and_on_that_of_all_and_no_event_is_lost() {
    let server = Server::start(&["--ring", "1000", "--global-ring", "1000"]);
    let run = server
        .run(r#"{ "events": 150, "delay_ms": 5, "persist_ms": 0, "seed": 6 }"#)
        .await;
    let mut stream = server.stream(&run, None).await;
    let mut all = server.stream_with("/v1/events", None).await;
    let mut seen = vec![stream.next_numbered().await];
    // Some ten tries fall into it.
    let fault = json!({ "kind": "store", "run_id": run, "for_ms": 700, "code": "disk_gone" });
    let (status, answer) = server.post("/faults", &fault.to_string()).await;
    assert_eq!((status, &answer["kind"]), (201, &"store".into()));

    let (rest, end) = stream.rest().await;
    seen.extend(rest);
    assert_eq!(end, Next::End);
    assert_eq!(
        ids(&seen),
        (1..=ids(&seen).len() as u64).collect::<Vec<_>>()
    );
    let mut seen_all = Vec::new();
    while seen_all
        .last()
        .is_none_or(|event: &Event| event.name != "run_completed")
    {
        let Next::Event(event) = all.next().await else {
            panic!("the stream of all runs ended")
        };
        seen_all.push(event);
    }
    assert_eq!(ids(&seen_all), ids(&seen));
    for events in [&seen, &seen_all] {
        let errors = errors(events);
        assert_eq!(errors.len(), 1, "told at each try, or not at all");
        assert_eq!(errors[0].id, None);
        assert_eq!(errors[0].data["type"], "error");
        assert_eq!(errors[0].data["run_id"], run);
        assert!(errors[0].data["timestamp"].is_string());
        let data = &errors[0].data["data"];
        assert_eq!(data["code"], "disk_gone");
        assert_eq!(data["retryable"], true);
        assert!(data["message"].as_str().unwrap().contains("may work later"));
    }
    let stored = server.stream(&run, Some(0)).await.numbered().await.0;
    seen.retain(|event| event.id.is_some());
    assert_eq!(stored, seen, "announced and stored differ");
}

#[tokio::test]
async fn an_error_event_brings_a_longer_reconnection_time_until_the_events_after_it() {
    let server = Server::start(&["--error-retry-ms", "4321"]);
    let run = server
        .run(r#"{ "events": 20, "delay_ms": 10, "persist_ms": 0 }"#)
        .await;
    let url = format!("{}/v1/runs/{run}/events", server.url);
    let mut response = reqwest::get(&url).await.unwrap();
    let mut text = String::new();
    // Asked for once the stream has begun, so that the error comes between its events.
    while !text.contains("id: 1\n") {
        text += std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap();
    }
    let fault = json!({ "kind": "store", "run_id": run, "times": 2 });
    server.post("/faults", &fault.to_string()).await;
    text += &response.text().await.unwrap();

    let (before, after) = text
        .split_once("retry: 4321\nevent: error\ndata: {")
        .unwrap();
    assert!(before.starts_with("retry: 3000\n\n"), "{before}");
    let (_error, after) = after.split_once("\n\n").unwrap();
    assert!(after.starts_with("retry: 3000\n\nid: "), "{after}");
}

#[tokio::test]
async fn after_an_error_that_no_retry_mends_the_stream_ends_and_a_later_one_tells_it_again() {
    let mut server = Server::start(&["--ring", "1000", "--linger-ms", "0"]);
    let body = r#"{ "events": 100, "delay_ms": 10, "persist_ms": 0, "seed": 8 }"#;
    let (run, other) = (server.run(body).await, server.run(body).await);
    let mut stream = server.stream(&run, None).await;
    let mut all = server.stream_with("/v1/events", None).await;
    let mut seen = vec![stream.next_numbered().await];
    let fault = json!({ "kind": "store", "run_id": run, "retryable": false });
    server.post("/faults", &fault.to_string()).await;
    let (rest, end) = stream.rest().await;
    assert_eq!((&*rest.last().unwrap().name, end), ("error", Next::End));
    assert_eq!(rest.last().unwrap().data["data"]["retryable"], false);
    seen.extend(rest);
    seen.retain(|event| event.id.is_some());

    for _ in 0..2 {
        let (again, end) = server.stream(&run, None).await.rest().await;
        assert_eq!(ids(&again), ids(&seen), "what is stored is replayed");
        assert_eq!((&*again.last().unwrap().name, end), ("error", Next::End));
        assert_eq!(errors(&again).len(), 1);
    }
    // The other run and the stream of all go on.
    let (events, end) = server.stream(&other, None).await.rest().await;
    assert_eq!(
        (&*events.last().unwrap().name, end),
        ("stream_end", Next::End)
    );
    let mut told = 0;
    loop {
        match all.next().await {
            Next::Event(event) if event.name == "run_completed" => break,
            Next::Event(event) => told += usize::from(event.name == "error"),
            end => panic!("{end:?}"),
        }
    }
    assert_eq!(told, 1);

    server.kill_and_start_again();
    let last = seen.last().and_then(|event| event.id);
    let (rest, end) = server.stream(&run, last).await.rest().await;
    assert_eq!(
        (&*rest.last().unwrap().name, end),
        ("stream_end", Next::End)
    );
    seen.extend(rest);
    assert_eq!(
        ids(&seen),
        (1..=ids(&seen).len() as u64).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_stream_that_opens_during_an_outage_is_told_of_it_and_later_ones_are_not() {
    let server = Server::start(&[]);
    let run = server
        .run(r#"{ "events": 20, "delay_ms": 10, "persist_ms": 0 }"#)
        .await;
    let mut early = server.stream(&run, None).await;
    early.next_numbered().await;
    let fault = json!({ "kind": "store", "run_id": run, "for_ms": 600_000 });
    server.post("/faults", &fault.to_string()).await;
    let told = async |stream: &mut common::Stream| loop {
        match stream.next().await {
            Next::Event(event) if event.name == "error" => return true,
            Next::Event(_) => {}
            _ => return false,
        }
    };
    assert!(told(&mut early).await);
    let mut during = server.stream(&run, None).await;
    assert!(told(&mut during).await);
    clear(&server).await;
    assert_eq!(during.rest().await.1, Next::End);
    assert!(!told(&mut server.stream(&run, None).await).await);
}

#[tokio::test]
async fn a_request_that_needs_the_failing_store_is_503_with_retry_after_or_500_without() {
    let server = Server::start(&["--linger-ms", "0", "--retry-after-s", "7"]);
    let over = server.run(r#"{ "delay_ms": 0, "persist_ms": 0 }"#).await;
    server.stream(&over, None).await.rest().await;
    let live = server.run(SLOW).await;
    server.stream(&live, None).await.next_numbered().await;
    let client = reqwest::Client::new();
    for (retryable, status, retry_after) in [(true, 503, Some("7")), (false, 500, None)] {
        let fault = json!({ "kind": "store", "retryable": retryable, "for_ms": 600_000 });
        server.post("/faults", &fault.to_string()).await;
        let runs = format!("{}/v1/runs", server.url);
        for request in [
            client.post(&runs),
            client.get(&runs),
            client.get(format!("{runs}/{over}/events")),
            client.get(format!("{runs}/{over}/plan")),
            client.get(format!("{}/v1/failures/stats", server.url)),
        ] {
            let answer = request.send().await.unwrap();
            let retry = answer.headers().get("retry-after").cloned();
            let what = format!("{} {retryable}", answer.url());
            assert_eq!(answer.status().as_u16(), status, "{what}");
            let retry = retry.as_ref().map(|value| value.to_str().unwrap());
            assert_eq!(retry, retry_after, "{what}");
            let answer: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(answer["error"]["code"], "store_unavailable", "{what}");
        }
        // A live run's stream needs its ring only.
        assert_eq!(server.stream(&live, None).await.status(), 200);
        clear(&server).await;
    }
    assert_eq!(server.get("/v1/runs").await.0, 200);
}

#[tokio::test]
async fn failures_are_counted_by_code_the_ten_most_frequent_listed_and_none_forgotten() {
    let mut server = Server::start(&[]);
    for code in 0..12 {
        for _ in 0..=code % 4 {
            let body = json!({ "delay_ms": 0, "persist_ms": 0, "fail": format!("E{code:02}") });
            let run = server.run(&body.to_string()).await;
            server.stream(&run, None).await.rest().await;
        }
    }
    let well = server.run(r#"{ "delay_ms": 0, "persist_ms": 0 }"#).await;
    server.stream(&well, None).await.rest().await;
    let expected = json!({
        "total": 30,
        "codes": 12,
        "top": [
            { "code": "E03", "count": 4 }, { "code": "E07", "count": 4 }, { "code": "E11", "count": 4 },
            { "code": "E02", "count": 3 }, { "code": "E06", "count": 3 }, { "code": "E10", "count": 3 },
            { "code": "E01", "count": 2 }, { "code": "E05", "count": 2 }, { "code": "E09", "count": 2 },
            { "code": "E00", "count": 1 },
        ],
    });
    assert_eq!(
        server.get("/v1/failures/stats").await,
        (200, expected.clone())
    );
    server.kill_and_start_again();
    assert_eq!(server.get("/v1/failures/stats").await, (200, expected));

    // The store's own failures count once it is back.
    let run = server
        .run(r#"{ "events": 20, "delay_ms": 10, "persist_ms": 0 }"#)
        .await;
    let mut stream = server.stream(&run, None).await;
    stream.next_numbered().await;
    let fault = json!({ "kind": "store", "run_id": run, "times": 2, "code": "disk_gone" });
    server.post("/faults", &fault.to_string()).await;
    assert_eq!(errors(&stream.rest().await.0).len(), 1);
    let (_, stats) = server.get("/v1/failures/stats").await;
    assert_eq!((&stats["total"], &stats["codes"]), (&31.into(), &13.into()));
}
