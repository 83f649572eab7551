//! What docs/server.md shows and lists is so. Its flags are in `flags.rs`.

mod common;

use common::{Event, Next, Server};

fn documentation() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/server.md");
    std::fs::read_to_string(path).unwrap()
}

/// What lies between the first `from` and the next `to`.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).expect(from);
    rest.split_once(to).expect(to).0
}

/// The numbered events of a transcript: id and name.
fn shown(transcript: &str) -> Vec<(u64, String)> {
    let mut lines = transcript.lines().peekable();
    let mut events = Vec::new();
    while let Some(line) = lines.next() {
        if let (Some(id), Some(next)) = (line.strip_prefix("id: "), lines.peek()) {
            let name = next.strip_prefix("event: ").unwrap();
            events.push((id.parse().unwrap(), name.to_owned()));
        }
    }
    events
}

#[tokio::test]
async fn the_transcripts_of_a_run_show_what_is_sent() {
    let documentation = documentation();
    let request = between(&documentation, "/v1/runs -d '", "'");
    let whole = between(&documentation, request, "```");
    let resumed = between(&documentation, "-H 'Last-Event-ID: ", "```");
    let from = resumed.split_once('\'').unwrap().0.parse().unwrap();

    let server = Server::start(&[]);
    let run = server.run(request).await;
    for (transcript, last_event_id) in [(whole, None), (resumed, Some(from))] {
        let (events, end) = server.stream(&run, last_event_id).await.numbered().await;
        assert_eq!(end, Next::End);
        let sent = |event: &Event| (event.id.unwrap_or_default(), event.name.clone());
        let sent: Vec<_> = events.iter().map(sent).collect();
        let shown = shown(transcript);
        assert!(shown.len() > 1 && shown.iter().all(|event| sent.contains(event)));
        assert_eq!((shown.first(), shown.last()), (sent.first(), sent.last()));
    }
}

#[test]
fn each_fault_is_listed_as_the_code_lists_it() {
    let code = include_str!("../src/faults/mod.rs");
    let documentation = documentation();
    let rows: Vec<_> = code
        .lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows {
        assert!(documentation.lines().any(|line| line == row), "{row}");
    }
}
