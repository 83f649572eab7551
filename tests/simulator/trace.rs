//! What a schedule did, a line each, written only when it is replayed.

use std::fmt::Write as _;

use resilient_eventsource::core::{Input, Millis, Output, Transition};

#[derive(Debug, Default)]
pub(crate) struct Trace(Option<String>);

impl Trace {
    pub(crate) fn new(on: bool) -> Self {
        Self(on.then(String::new))
    }

    pub(crate) fn write(&mut self, at: Millis, line: impl FnOnce() -> String) {
        if let Some(text) = &mut self.0 {
            let _ = writeln!(text, "{at:>10} {}", line());
        }
    }

    pub(crate) fn input(&mut self, at: Millis, input: &Input<'_>) {
        self.write(at, || match input {
            Input::Chunk(token, bytes) => {
                format!("> Chunk({token}, {:?})", String::from_utf8_lossy(bytes))
            }
            input => format!("> {input:?}"),
        });
    }

    pub(crate) fn transition(&mut self, at: Millis, entry: &Transition) {
        self.write(at, || {
            let (state, reason) = (entry.state.as_str(), entry.reason.as_str());
            format!("= {state} ({reason}) {:?}", entry.retry_in)
        });
    }

    pub(crate) fn output(&mut self, at: Millis, output: &Output) {
        self.write(at, || format!("  < {output:?}"));
    }

    /// The options, and the last of what happened.
    pub(crate) fn tail(&self, lines: usize) -> String {
        let text = self.0.as_deref().unwrap_or_default();
        let all: Vec<_> = text.lines().collect();
        let from = all.len().saturating_sub(lines).max(1);
        let first = all.first().copied().unwrap_or_default();
        [&[first], all.get(from..).unwrap_or_default()]
            .concat()
            .join("\n")
    }
}
