//! The real binary on a free port, and a client that sees a stream as it is:
//! events, the clean end, and the end that is none.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod raw;

use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Nothing here takes this long unless it is broken.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Tells a figure also where the test passes: what tests print is shown only of those that fail.
pub(crate) fn measured(figure: &str) {
    // Nobody may be reading.
    let _ = writeln!(std::io::stderr(), "measured: {figure}");
}

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    flags: Vec<String>,
    folder: TempDir,
}

impl Server {
    pub(crate) fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let flags: Vec<String> = flags.iter().map(|flag| flag.to_string()).collect();
        let (child, stdout, url) = spawn(folder.path(), &flags, "0");
        Self {
            child,
            stdout,
            url,
            flags,
            folder,
        }
    }

    /// `kill -9`, and the same file and port again.
    pub(crate) fn kill_and_start_again(&mut self) {
        self.kill();
        let port = self.url.rsplit(':').next().unwrap().to_owned();
        (self.child, self.stdout, self.url) = spawn(self.folder.path(), &self.flags, &port);
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and how the process ended.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < DEADLINE, "the server does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line on stdout, waited for.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// What was logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(log_file(self.folder.path())).unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> (u16, Value) {
        let client = reqwest::Client::new();
        let request = client
            .post(format!("{}{path}", self.url))
            .body(body.to_owned());
        json(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        json(reqwest::get(format!("{}{path}", self.url)).await.unwrap()).await
    }

    /// Starts a run and answers its id.
    pub(crate) async fn run(&self, body: &str) -> String {
        let (status, answer) = self.post("/v1/runs", body).await;
        assert_eq!(status, 202, "{answer}");
        answer["run_id"].as_str().unwrap().to_owned()
    }

    /// Opens a run's stream.
    pub(crate) async fn stream(&self, run: &str, last_event_id: Option<u64>) -> Stream {
        let headers = last_event_id.map(|id| ("last-event-id", id.to_string()));
        self.stream_with(&format!("/v1/runs/{run}/events"), headers)
            .await
    }

    pub(crate) async fn stream_with(
        &self,
        path: &str,
        headers: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Stream {
        let mut request = reqwest::Client::new().get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        Stream {
            response: request.send().await.unwrap(),
            text: String::new(),
        }
    }

    /// Polls until some entry of the request log satisfies `wanted`.
    pub(crate) async fn logged_some(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let (_, log) = self.get("/v1/requests").await;
            if let Some(entry) = log["requests"]
                .as_array()
                .unwrap()
                .iter()
                .find(|entry| wanted(entry))
            {
                return entry.clone();
            }
            assert!(start.elapsed() < DEADLINE, "none as wanted: {log}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Polls until the newest entry of the request log satisfies `wanted`.
    pub(crate) async fn logged(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let (_, log) = self.get("/v1/requests").await;
            let newest = log["requests"]
                .as_array()
                .unwrap()
                .last()
                .cloned()
                .unwrap_or_default();
            if wanted(&newest) {
                return newest;
            }
            assert!(start.elapsed() < DEADLINE, "not as wanted: {newest}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a server that should refuse to start, and answers what it said.
pub(crate) fn refused(folder: &Path, flags: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dashboard-server"))
        .args(["--port", "0"])
        .args(flags)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > DEADLINE {
            child.kill().unwrap();
            panic!("it started");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    assert!(
        !output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
    String::from_utf8(output.stderr).unwrap()
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("stderr.log")
}

fn spawn(folder: &Path, flags: &[String], port: &str) -> (Child, BufReader<ChildStdout>, String) {
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log_file(folder))
        .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dashboard-server"))
        .args(["--port", port, "--data", "data/runs.sqlite"])
        .args(flags)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let url = line
        .trim_end()
        .strip_prefix("listening on ")
        .map(str::to_owned);
    let url = url.unwrap_or_else(|| {
        panic!(
            "not started: {}",
            std::fs::read_to_string(log_file(folder)).unwrap()
        )
    });
    (child, stdout, url)
}

async fn json(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text:?}"));
    (status, value)
}

/// One event as a client gets it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: Option<u64>,
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// What came next on a stream.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Next {
    Event(Event),
    /// The server ended the stream as HTTP ends it.
    End,
    /// The connection was lost.
    Broken,
}

/// An open stream.
pub(crate) struct Stream {
    pub(crate) response: reqwest::Response,
    text: String,
}

impl Stream {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    }

    /// The next event or end, within the deadline.
    pub(crate) async fn next(&mut self) -> Next {
        tokio::time::timeout(DEADLINE, self.read())
            .await
            .expect("the stream says nothing")
    }

    /// Whether nothing comes for so long.
    pub(crate) async fn silent_for(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.read()).await.is_err()
    }

    /// All events that are left, and how the stream ended.
    pub(crate) async fn rest(&mut self) -> (Vec<Event>, Next) {
        let mut events = Vec::new();
        loop {
            match self.next().await {
                Next::Event(event) => events.push(event),
                end => return (events, end),
            }
        }
    }

    /// The numbered events that are left, and how the stream ended.
    pub(crate) async fn numbered(&mut self) -> (Vec<Event>, Next) {
        let (mut events, end) = self.rest().await;
        events.retain(|event| event.id.is_some());
        (events, end)
    }

    /// The next numbered event, within the deadline however many heartbeats come.
    pub(crate) async fn next_numbered(&mut self) -> Event {
        let numbered = async {
            loop {
                match self.read().await {
                    Next::Event(event) if event.id.is_some() => return event,
                    Next::Event(_) => {}
                    end => panic!("no event but {end:?}"),
                }
            }
        };
        tokio::time::timeout(DEADLINE, numbered)
            .await
            .expect("the stream has no event")
    }

    async fn read(&mut self) -> Next {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let event = parse(block);
                self.text = rest.to_owned();
                if let Some(event) = event {
                    return Next::Event(event);
                }
                continue;
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.text.push_str(std::str::from_utf8(&bytes).unwrap()),
                Ok(None) => return Next::End,
                Err(_) => return Next::Broken,
            }
        }
    }
}

/// A block, unless it holds no event (`retry:` alone).
fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    Some(Event {
        id: field("id: ").map(|id| id.parse().unwrap()),
        name: field("event: ")?.to_owned(),
        data: serde_json::from_str(field("data: ")?).unwrap(),
    })
}

pub(crate) fn ids(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|event| event.id).collect()
}

/// What a run says, run id and times aside: the same for the same seed.
pub(crate) fn content(events: &[Event]) -> Vec<(u64, String, Value)> {
    events
        .iter()
        .filter_map(|event| Some((event.id?, event.name.clone(), event.data["data"].clone())))
        .collect()
}
