//! Runs, plans, health, the page, and stopping.

mod common;

use std::time::Instant;

use serde_json::json;

use common::{DEADLINE, Next, Server, refused};

#[tokio::test]
async fn a_body_that_cannot_be_is_refused_and_the_field_named() {
    let server = Server::start(&[]);
    for (body, status, part) in [
        ("{ \"events\": ", 400, "not JSON"),
        ("{} {}", 400, "not JSON"),
        ("\u{0}", 400, "not JSON"),
        (r#"{ "events": "many" }"#, 422, "events"),
        (r#"{ "events": -1 }"#, 422, "events"),
        (r#"{ "events": 100001 }"#, 422, "at most 100000"),
        (r#"{ "delay_ms": 1.5 }"#, 422, "delay_ms"),
        (
            r#"{ "persist_ms": 99999999999999999999 }"#,
            422,
            "persist_ms",
        ),
        (r#"{ "fail": "no code" }"#, 422, "fail"),
        (r#"{ "seed": 9007199254740992 }"#, 422, "seed"),
        (r#"{ "event": 3 }"#, 422, "unknown field `event`"),
        ("[]", 422, ""),
    ] {
        let (answered, answer) = server.post("/v1/runs", body).await;
        assert_eq!(answered, status, "{body}: {answer}");
        assert!(
            answer["error"]["message"].as_str().unwrap().contains(part),
            "{body}: {answer}"
        );
    }
    assert_eq!(
        server.get("/v1/runs").await.1["runs"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn what_cannot_even_be_read_is_refused_with_json_too() {
    let server = Server::start(&[]);
    // One byte above the limit, so that all is read when it is refused: what is not may reset the connection.
    let large = " ".repeat((2 << 20) + 1);
    for path in ["/v1/runs", "/faults"] {
        let (status, answer) = server.post(path, &large).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (413, &json!("unreadable")),
            "{path}"
        );
    }
    for path in [
        "/v1/runs?limit=-1",
        "/v1/runs/%FF/plan",
        "/v1/runs/%FF/events",
    ] {
        let (status, answer) = server.get(path).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!("unreadable")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_empty_body_starts_a_run_and_the_answer_says_where_its_events_are() {
    let server = Server::start(&[]);
    let (status, answer) = server.post("/v1/runs", "").await;
    assert_eq!(status, 202);
    let run = answer["run_id"].as_str().unwrap();
    assert_eq!(answer["events_url"], format!("/v1/runs/{run}/events"));
}

#[tokio::test]
async fn the_plan_names_the_stages_that_the_run_then_goes_through() {
    let server = Server::start(&[]);
    let run = server.run(r#"{ "delay_ms": 0, "persist_ms": 300 }"#).await;
    let (status, plan) = server.get(&format!("/v1/runs/{run}/plan")).await;
    assert_eq!((status, &plan["run_id"]), (200, &run.clone().into()));
    let planned: Vec<_> = plan["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| &stage["name"])
        .collect();
    let (events, _) = server.stream(&run, None).await.rest().await;
    let started: Vec<_> = events
        .iter()
        .filter(|event| event.name == "stage_started")
        .map(|event| &event.data["data"]["stage"])
        .collect();
    assert_eq!(planned, started);
}

#[tokio::test]
async fn an_event_carries_its_type_run_and_time() {
    let server = Server::start(&[]);
    let run = server.run(r#"{ "delay_ms": 0, "persist_ms": 0 }"#).await;
    let (events, _) = server.stream(&run, None).await.rest().await;
    for event in events {
        assert_eq!(event.data["type"], event.name);
        assert_eq!(event.data["run_id"], run);
        assert!(event.data["data"].is_object());
        assert!(event.data["timestamp"].as_str().unwrap().ends_with('Z'));
    }
}

#[tokio::test]
async fn runs_say_everything_that_the_contract_names_and_nothing_else() {
    let server = Server::start(&["--ring", "1000", "--heartbeat-ms", "50"]);
    let mut names = std::collections::BTreeSet::new();
    for body in [
        r#"{ "events": 5, "delay_ms": 0, "persist_ms": 0, "seed": 7 }"#,
        r#"{ "events": 5, "delay_ms": 0, "persist_ms": 0, "seed": 7, "fail": "E1" }"#,
        r#"{ "events": 0, "delay_ms": 70, "persist_ms": 0, "seed": 1 }"#,
    ] {
        let run = server.run(body).await;
        let (events, _) = server.stream(&run, None).await.rest().await;
        names.extend(events.into_iter().map(|event| event.name));
    }
    let expected = [
        "artifact_created",
        "connected",
        "heartbeat",
        "log",
        "policy_check",
        "routing_decision",
        "run_completed",
        "run_failed",
        "run_started",
        "stage_completed",
        "stage_failed",
        "stage_started",
        "stream_end",
    ];
    assert!(names.iter().eq(&expected), "{names:?}");
}

#[tokio::test]
async fn the_list_has_the_newest_run_first_and_tells_how_it_ended() {
    let server = Server::start(&[]);
    let failed = server
        .run(r#"{ "delay_ms": 0, "persist_ms": 0, "fail": "E7" }"#)
        .await;
    server.stream(&failed, None).await.rest().await;
    let running = server
        .run(r#"{ "delay_ms": 60000, "persist_ms": 0 }"#)
        .await;
    server.stream(&running, None).await.next_numbered().await;
    let invisible = server.run(r#"{ "persist_ms": 600000 }"#).await;
    let (_, list) = server.get("/v1/runs").await;
    let runs: Vec<_> = list["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| {
            (
                run["run_id"].as_str().unwrap(),
                run["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        runs,
        [(&*running, "running"), (&*failed, "failed")],
        "not {invisible}"
    );
    assert_eq!(list["runs"][1]["fail"], "E7");
}

#[tokio::test]
async fn the_page_is_served_beside_the_api_with_its_index_for_its_own_paths() {
    let dist = tempfile::tempdir().unwrap();
    std::fs::write(dist.path().join("index.html"), "<title>index</title>").unwrap();
    std::fs::write(dist.path().join("app.js"), "export {}").unwrap();
    let server = Server::start(&["--dist", dist.path().to_str().unwrap()]);
    for (path, status, part) in [
        ("/", 200, "<title>index"),
        ("/runs/run_1", 200, "<title>index"),
        ("/app.js", 200, "export"),
        ("/missing.js", 404, "no such file"),
        ("/..%2f..%2fCargo.toml", 404, ""),
        ("/v1/nothing", 404, "not_found"),
    ] {
        let answer = reqwest::get(format!("{}{path}", server.url)).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(part), "{path}: {text}");
    }
}

#[test]
fn a_dist_folder_without_a_page_is_refused_at_the_start() {
    let empty = tempfile::tempdir().unwrap();
    let said = refused(empty.path(), &["--store", "memory", "--dist", "."]);
    assert!(said.contains("build the page first"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_it_ends_streams_cleanly_and_leaves_soon() {
    let mut server = Server::start(&[]);
    let run = server
        .run(r#"{ "delay_ms": 60000, "persist_ms": 0 }"#)
        .await;
    let mut stream = server.stream(&run, None).await;
    stream.next_numbered().await;
    let reading = tokio::spawn(async move { stream.next().await });
    let status = tokio::task::block_in_place(|| server.terminate());
    assert!(status.success(), "{status}");
    assert_eq!(reading.await.unwrap(), Next::End);
}

#[tokio::test]
async fn a_client_that_does_not_read_cannot_keep_it_from_stopping() {
    let mut server = Server::start(&[
        "--stop-ms",
        "300",
        "--ring",
        "100000",
        "--lag-limit",
        "100000",
    ]);
    let run = server
        .run(r#"{ "events": 100000, "delay_ms": 0, "persist_ms": 0 }"#)
        .await;
    let _never_reads = server.stream(&run, None).await;
    // Enough is on its way to fill the socket once the run is over.
    server.stream(&run, None).await.rest().await;
    let asked = Instant::now();
    assert!(server.terminate().success());
    assert!(asked.elapsed() < DEADLINE / 4, "{:?}", asked.elapsed());
}
