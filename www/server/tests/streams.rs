//! Streams over real sockets: early ones, resuming, headers, the end.

mod common;

use std::time::Duration;

use common::{Next, Server, content, ids};

const QUICK: &str = r#"{ "delay_ms": 0, "persist_ms": 0, "events": 100, "seed": 3 }"#;

#[tokio::test]
async fn a_stream_asked_for_before_its_run_exists_waits_and_the_log_tells_for_how_long() {
    let server = Server::start(&[]);
    let run = server.run(r#"{ "delay_ms": 0, "persist_ms": 700 }"#).await;
    let mut stream = server.stream(&run, None).await;
    assert_eq!(stream.status(), 200);
    let (events, end) = stream.numbered().await;
    assert_eq!((ids(&events)[0], end), (1, Next::End));
    let entry = server.logged(|entry| entry["end"] == "run over").await;
    let (attempts, waited) = (
        entry["attempts"].as_u64().unwrap(),
        entry["waited_ms"].as_u64().unwrap(),
    );
    assert!((2..=5).contains(&attempts) && waited >= 500, "{entry}");
    let line = server.log();
    let line = line
        .lines()
        .find(|line| line.contains("appeared while its stream waited"))
        .unwrap();
    assert!(line.contains(&format!("attempts={attempts}")), "{line}");
    assert!(line.contains(&format!("waited_ms={waited}")), "{line}");
}

#[tokio::test]
async fn a_run_that_never_comes_is_a_404_with_the_timing_in_answer_and_log() {
    let server = Server::start(&[
        "--stream-max-wait-ms",
        "300",
        "--stream-retry-delay-ms",
        "100",
    ]);
    let (status, answer) = server.get("/v1/runs/none/events").await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (404, &"run_not_found".into())
    );
    let log = server.log();
    let line = log
        .lines()
        .find(|line| line.contains("no such run"))
        .unwrap();
    assert!(
        line.contains("max_wait_ms=300") && line.contains("retry_delay_ms=100"),
        "{line}"
    );
    let entry = server.logged(|entry| entry["status"] == 404).await;
    assert!(entry["waited_ms"].as_u64().unwrap() >= 300, "{entry}");
}

#[tokio::test]
async fn a_run_that_is_over_replays_its_ring_and_ends() {
    let server = Server::start(&[]);
    let run = server.run(QUICK).await;
    let (all, _) = server.stream(&run, None).await.rest().await;
    let last = all.iter().filter_map(|event| event.id).max().unwrap();

    let mut late = server.stream(&run, None).await;
    assert_eq!(
        late.header("last-event-id"),
        Some(&*(last - 50).to_string())
    );
    let (events, end) = late.rest().await;
    assert_eq!(end, Next::End);
    assert_eq!(ids(&events), (last - 49..=last).collect::<Vec<_>>());
    assert_eq!(events.first().unwrap().name, "connected");
    assert_eq!(events.last().unwrap().name, "stream_end");
}

#[tokio::test]
async fn resuming_replays_what_follows_the_id_of_the_header_or_the_query_and_the_header_wins() {
    let server = Server::start(&[]);
    let run = server.run(QUICK).await;
    let (all, _) = server.stream(&run, None).await.numbered().await;
    let last = all.last().unwrap().id.unwrap();
    let path = format!("/v1/runs/{run}/events");
    let header = |id: u64| Some(("last-event-id", id.to_string()));

    let cases = [
        (path.clone(), header(last - 3), last - 3),
        (format!("{path}?lastEventId={}", last - 4), None, last - 4),
        (
            format!("{path}?lastEventId={}", last - 4),
            header(last - 2),
            last - 2,
        ),
        (
            format!("{path}?lastEventId=1&x=y&lastEventId={}", last - 5),
            None,
            last - 5,
        ),
        (
            format!("{path}?lastEventId={}", last - 6),
            Some(("last-event-id", String::new())),
            last - 6,
        ),
        (path.clone(), header(last), last),
    ];
    for (path, headers, from) in cases {
        let mut stream = server.stream_with(&path, headers).await;
        assert_eq!(
            stream.header("last-event-id"),
            Some(&*from.to_string()),
            "{path}"
        );
        let (events, end) = stream.numbered().await;
        assert_eq!(
            (ids(&events), end),
            ((from + 1..=last).collect(), Next::End),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_id_that_is_unknown_or_out_of_the_ring_gets_the_ring_and_the_header_reveals_the_gap() {
    let server = Server::start(&[]);
    let run = server.run(QUICK).await;
    let (all, _) = server.stream(&run, None).await.numbered().await;
    let start = (all.last().unwrap().id.unwrap() - 50).to_string();
    for id in ["5", "999999", "18446744073709551616", "-1", "abc", "\u{fc}"] {
        let stream = server
            .stream_with(
                &format!("/v1/runs/{run}/events"),
                [("last-event-id", id.to_owned())],
            )
            .await;
        assert_eq!(
            (stream.status(), stream.header("last-event-id")),
            (200, Some(&*start)),
            "{id}"
        );
        assert_eq!(server.logged(|_| true).await["last_event_id_header"], id);
    }
}

#[tokio::test]
async fn a_fresh_stream_that_gets_everything_names_no_id() {
    let server = Server::start(&[]);
    let run = server.run(r#"{ "persist_ms": 0, "delay_ms": 50 }"#).await;
    assert_eq!(
        server.stream(&run, None).await.header("last-event-id"),
        None
    );
    // Asked for by number, the start has one.
    assert_eq!(
        server.stream(&run, Some(0)).await.header("last-event-id"),
        Some("0")
    );
}

#[tokio::test]
async fn an_event_reaches_the_client_when_it_happens_not_when_a_buffer_is_full() {
    let server = Server::start(&[]);
    let run = server
        .run(r#"{ "persist_ms": 0, "delay_ms": 60000 }"#)
        .await;
    let event = server.stream(&run, None).await.next_numbered().await;
    assert_eq!((event.id, &*event.name), (Some(1), "run_started"));
}

#[tokio::test]
async fn two_clients_get_the_same_events_and_one_that_does_not_read_holds_up_nobody() {
    let server = Server::start(&["--ring", "100000", "--lag-limit", "100000"]);
    let run = server
        .run(r#"{ "events": 20000, "delay_ms": 0, "persist_ms": 100 }"#)
        .await;
    let _never_reads = server.stream(&run, None).await;
    let (mut a, mut b) = (
        server.stream(&run, None).await,
        server.stream(&run, None).await,
    );
    let ((a, a_end), (b, b_end)) = tokio::join!(a.numbered(), b.numbered());
    assert_eq!((a_end, b_end), (Next::End, Next::End));
    assert_eq!(content(&a), content(&b));
    assert!(a.len() > 20_000);
}

#[tokio::test]
async fn a_page_of_another_origin_may_read_stream_and_headers_with_credentials() {
    let server = Server::start(&[]);
    let run = server.run(QUICK).await;
    let stream = server
        .stream_with(
            &format!("/v1/runs/{run}/events"),
            [("origin", "http://page.test".to_owned())],
        )
        .await;
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    assert_eq!(stream.header("cache-control"), Some("no-store"));
    assert_eq!(stream.header("x-accel-buffering"), Some("no"));
    assert_eq!(stream.header("x-run-id"), Some(&*run));
    assert_eq!(stream.header("x-stream-buffer"), Some("50"));
    assert_eq!(
        stream.header("access-control-allow-origin"),
        Some("http://page.test")
    );
    assert_eq!(
        stream.header("access-control-allow-credentials"),
        Some("true")
    );
    let exposed = stream
        .header("access-control-expose-headers")
        .unwrap()
        .to_lowercase();
    for name in [
        "last-event-id",
        "x-run-id",
        "x-stream-buffer",
        "retry-after",
    ] {
        assert!(exposed.contains(name), "{exposed}");
    }
}

#[tokio::test]
async fn a_preflight_allows_what_it_asks_for_and_is_in_the_log() {
    let server = Server::start(&[]);
    let answer = reqwest::Client::new()
        .request(
            reqwest::Method::OPTIONS,
            format!("{}/v1/runs/x/events", server.url),
        )
        .header("origin", "http://page.test")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "last-event-id,x-api-key")
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
    assert_eq!(
        answer.headers()["access-control-allow-headers"],
        "last-event-id,x-api-key"
    );
    let entry = server.logged(|entry| entry["method"] == "OPTIONS").await;
    assert_eq!(entry["run_id"], "x");
}

#[tokio::test]
async fn the_log_tells_when_a_client_left_its_stream_and_while_it_waited_for_its_run() {
    let server = Server::start(&[]);
    let run = server
        .run(r#"{ "persist_ms": 0, "delay_ms": 60000 }"#)
        .await;
    let mut stream = server.stream(&run, None).await;
    stream.next_numbered().await;
    let entry = server.logged(|entry| entry["status"] == 200).await;
    assert_eq!(
        (&entry["end"], &entry["last_event_id_header"]),
        (&().into(), &().into())
    );
    drop(stream);
    server.logged(|entry| entry["end"] == "client left").await;

    let impatient = reqwest::Client::builder()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    assert!(
        impatient
            .get(format!("{}/v1/runs/none/events", server.url))
            .send()
            .await
            .is_err()
    );
    let entry = server.logged(|entry| entry["end"] == "client left").await;
    assert_eq!(
        (&entry["run_id"], &entry["status"]),
        (&"none".into(), &().into())
    );
}

#[tokio::test]
async fn the_log_holds_no_secrets() {
    let server = Server::start(&[]);
    let run = server.run(QUICK).await;
    let path = format!("/v1/runs/{run}/events?token=s3cret");
    server
        .stream_with(&path, [("authorization", "Bearer s3cret".to_owned())])
        .await
        .rest()
        .await;
    let (_, log) = server.get("/v1/requests").await;
    assert!(!log.to_string().contains("s3cret"), "{log}");
    assert!(!server.log().contains("s3cret"));
}

#[tokio::test]
async fn of_a_text_of_any_length_that_a_client_sends_logs_keep_its_beginning() {
    let server = Server::start(&["--stream-max-wait-ms", "0"]);
    let long = "7".repeat(20_000);
    let header = ("last-event-id", "8".repeat(300_000));
    for path in [
        format!("/v1/runs/{long}/events"),
        format!("/v1/events?client={long}&lastEventId={long}"),
    ] {
        drop(server.stream_with(&path, [header.clone()]).await);
    }
    server.logged(|entry| entry["run_id"].is_null()).await;
    let (_, log) = server.get("/v1/requests").await;
    let [of_run, of_all] = log["requests"].as_array().unwrap().as_slice() else {
        panic!("two requests, but {log}");
    };
    for (entry, field, start) in [
        (of_run, "run_id", "777"),
        (of_run, "last_event_id_header", "888"),
        (of_all, "client", "777"),
        (of_all, "last_event_id_query", "777"),
    ] {
        assert!(entry[field].as_str().unwrap().starts_with(start), "{field}");
    }
    assert!(log.to_string().len() < 5_000, "{log}");
    assert!(server.log().len() < 10_000, "{}", server.log());
}
