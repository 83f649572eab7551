//! A server that numbers its events and replays what follows the last event
//! id, when it answers at all.

use resilient_eventsource::core::{Config, Fault, Millis, Resume, RetryAfter};

use crate::network::{Answer, Piece, Pipe};
use crate::rng::Rng;

/// Statuses that a server may answer with, the common ones more often.
const STATUSES: [u16; 18] = [
    503, 503, 502, 500, 429, 404, 404, 401, 403, 204, 410, 408, 425, 400, 501, 505, 301, 599,
];

pub(crate) struct Server {
    /// Milliseconds from one event to the next.
    pace: Millis,
    /// The run's events, and whether its streams end behind them.
    total: u64,
    ends: bool,
    /// Whether a request may ask for the past. One that may not begins with
    /// what comes next.
    pub(crate) replays: bool,
    /// Whether it answers the preflight that the header `Last-Event-ID` needs.
    allows_header: bool,
    /// Of a hundred requests, how many do not get their stream.
    refusals: u64,
    /// Of a hundred moments in a stream, how many bring it to an end.
    faults: u64,
    cross_origin: bool,
    /// Whether a run that ends says so by a terminal event.
    terminal: bool,
    healthy: bool,
}

/// A stream that the server writes.
pub(crate) struct Stream {
    next: u64,
    over: bool,
}

impl Server {
    pub(crate) fn draw(config: &Config, rng: &mut Rng) -> Self {
        Self {
            pace: rng.pick(&[20, 500, 3_000, 20_000, 300_000]),
            total: rng.pick(&[3, 40, 400]),
            ends: rng.chance(60),
            replays: rng.chance(85),
            allows_header: rng.chance(50),
            refusals: rng.pick(&[0, 20, 50, 90]),
            faults: rng.pick(&[0, 3, 10, 40]),
            cross_origin: config.cross_origin,
            terminal: rng.chance(60),
            healthy: false,
        }
    }

    /// From now on nothing goes wrong.
    pub(crate) fn heal(&mut self) {
        self.healthy = true;
    }

    /// The events that there are.
    pub(crate) fn produced(&self, now: Millis) -> u64 {
        (now / self.pace).min(self.total)
    }

    /// Whether a request with the header `Last-Event-ID` can succeed.
    pub(crate) fn allows_header(&self) -> bool {
        self.allows_header || !self.cross_origin
    }

    /// The answer to a request that resumes so, and when it comes.
    pub(crate) fn answer(&self, resume: Resume, rng: &mut Rng) -> (Answer, Millis) {
        let delay = rng.span(1, 3_000);
        if !self.allows_header() && resume == Resume::Header {
            return (Answer::Failure(Fault::Network), delay);
        }
        if !self.healthy && rng.chance(self.refusals) {
            return self.refusal(delay, rng);
        }
        let delay = if rng.chance(5) { delay * 10 } else { delay };
        (Answer::Status(200, "text/event-stream", None), delay)
    }

    fn refusal(&self, delay: Millis, rng: &mut Rng) -> (Answer, Millis) {
        let answer = match rng.between(0, 19) {
            0..=5 => Answer::Failure(Fault::Network),
            6 => Answer::Failure(Fault::Headers),
            7 => Answer::Failure(Fault::Params),
            8 => Answer::Refused,
            9..=10 => Answer::Silence,
            11 => Answer::Status(200, "text/html", None),
            _ => {
                let retry_after = rng
                    .chance(30)
                    .then(|| RetryAfter::Seconds(rng.span(0, 1_000) as u32));
                Answer::Status(rng.pick(&STATUSES), "text/plain", retry_after)
            }
        };
        (answer, delay)
    }

    /// Opens the stream that goes on after the event `id`.
    pub(crate) fn open(&self, id: &str, now: Millis) -> Stream {
        let next = if self.replays {
            id.parse().unwrap_or(0) + 1
        } else {
            self.produced(now) + 1
        };
        Stream { next, over: false }
    }

    /// Writes what there is to write; answers when to call again.
    pub(crate) fn write(
        &self,
        stream: &mut Stream,
        pipe: &mut Pipe,
        now: Millis,
        rng: &mut Rng,
    ) -> Option<Millis> {
        if stream.over {
            return None;
        }
        let mut text = String::new();
        let burst = rng.between(1, 30);
        for _ in 0..burst {
            if stream.next > self.produced(now) {
                break;
            }
            self.aside(&mut text, rng);
            let name = rng.pick(&["", "", "event: tick\n"]);
            text += &format!("id: {0}\n{name}data: {0}\n\n", stream.next);
            stream.next += 1;
        }
        if self.ends && stream.next > self.total {
            if self.terminal {
                let name = rng.pick(&["run_completed", "run_failed"]);
                text += &format!("event: {name}\ndata: end\n\ndata: never\n\n");
            }
            stream.over = true;
        } else if text.is_empty() {
            text += rng.pick(&["", ": beat\n\n", ":\n", "event: heartbeat\ndata: beat\n\n"]);
            self.aside(&mut text, rng);
        }
        let fault = !self.healthy && rng.chance(self.faults);
        if fault && !stream.over {
            // What an unfinished block says must not count.
            text += rng.pick(&[
                "",
                "",
                "id: 999999\ndata: unfinished\n",
                "event: error\ndata: x\n\n",
            ]);
        }
        let text = with_line_ends(&text, rng);
        pipe.send(text.into_bytes(), now, rng);
        if fault || stream.over {
            stream.over = true;
            match rng.between(0, 9) {
                // It hangs, as a half-open connection does.
                0..=2 if !self.healthy => {}
                3..=6 => pipe.push(Piece::Cut, now + rng.span(1, 1_000)),
                _ => pipe.push(Piece::End, now + rng.span(1, 1_000)),
            }
            return None;
        }
        let pause = if self.healthy {
            rng.between(100, 15_000)
        } else {
            rng.span(10, 120_000)
        };
        Some(now + pause)
    }

    /// What a stream holds beside its numbered events.
    fn aside(&self, text: &mut String, rng: &mut Rng) {
        let aside = match rng.between(0, 59) {
            0 => ": comment\n",
            1 => "event: heartbeat\ndata: beat\n\n",
            2 => "event: note\ndata: note\n\n",
            3 => "event: error\ndata: in-band\n\n",
            4 => "retry: 10\n",
            5 => "retry: 7000\n\n",
            6 => "retry: soon\n",
            7 => "event: run_completed\n\n",
            8 if !self.healthy => &format!("data: {}\n\n", "large ".repeat(400)),
            _ => "",
        };
        *text += aside;
    }
}

/// The same lines, ended as another server ends them.
fn with_line_ends(text: &str, rng: &mut Rng) -> String {
    text.replace('\n', rng.pick(&["\n", "\n", "\r\n", "\r"]))
}
