//! The layer between a stream and HTTP that shapes bytes: what they are, how many at a time, and when.
//!
//! [`crate::stream`] knows nothing of it. Of a stream that hangs or is cut this layer
//! takes care of what it still holds itself, and leaves the rest to the stream.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until};

use super::blocks;
use super::watch::{CutByFault, FLUSH, FaultWatch};
use super::what::{Effect, Shape};
use crate::lifecycle::{Lifecycle, Phase};

const COMMENT: Bytes = Bytes::from_static(b": nothing to tell\n\n");
/// An oversized event is made of pieces of this, so it is never in memory as a whole.
static FILLING: [u8; 1 << 16] = [b'x'; 1 << 16];

/// The stream as faults make it. Its chunks must hold whole blocks.
pub fn shaped<S>(
    stream: S,
    faults: FaultWatch,
    lifecycle: Lifecycle,
) -> impl Stream<Item = Result<Bytes, CutByFault>> + Send
where
    S: Stream<Item = Result<Bytes, CutByFault>> + Send + 'static,
{
    let shaper = Shaper {
        stream: Box::pin(stream),
        faults,
        lifecycle,
        held: Held::default(),
        due: Instant::now(),
        opened: false,
    };
    futures_util::stream::unfold(shaper, |mut shaper| async move {
        let chunk = shaper.next().await?;
        Some((chunk, shaper))
    })
}

struct Shaper<S> {
    stream: Pin<Box<S>>,
    faults: FaultWatch,
    lifecycle: Lifecycle,
    held: Held,
    /// When the next slice or comment may go out.
    due: Instant,
    /// Whether anything of the stream went by.
    opened: bool,
}

impl<S> Shaper<S>
where
    S: Stream<Item = Result<Bytes, CutByFault>> + Send,
{
    /// The next chunk; `None` is a clean end.
    async fn next(&mut self) -> Option<Result<Bytes, CutByFault>> {
        loop {
            let effect = self.effect();
            let mut most = usize::MAX;
            match effect {
                // Nothing of what is held is said any more; the stream itself does the rest.
                Effect::Cut { .. } => self.held = Held::default(),
                // A reset that waited for this stream lets it open first.
                Effect::Reset if self.opened && self.held.is_empty() => {
                    sleep(FLUSH).await;
                    self.faults.reset();
                    return Some(Err(CutByFault));
                }
                Effect::Hang(until) if !self.held.is_empty() => {
                    self.pause(until).await;
                    continue;
                }
                // Between two blocks: a comment inside of one would change it.
                Effect::Shaped(Shape::Comments { every }, until) if self.held.is_empty() => {
                    if self.on_time(every) {
                        return Some(Ok(COMMENT));
                    }
                    self.pause(Some(until.map_or(self.due, |until| until.min(self.due))))
                        .await;
                    continue;
                }
                Effect::Shaped(Shape::Oversized { bytes }, _)
                    if self.opened && self.held.is_empty() =>
                {
                    self.faults.done(effect);
                    let (before, filling, after) = blocks::oversized(self.faults.run_id(), bytes);
                    self.held.push([
                        Piece::Bytes(before),
                        Piece::Filling(filling),
                        Piece::Bytes(after),
                    ]);
                }
                Effect::Shaped(Shape::Slow { bytes, every }, _) if !self.held.is_empty() => {
                    if !self.on_time(every) {
                        self.pause(Some(self.due)).await;
                        continue;
                    }
                    most = bytes;
                }
                Effect::Shaped(Shape::Single, _) if !self.held.is_empty() => {
                    // hyper gathers chunks that are there at once into one write, and writes when it must wait.
                    yield_now().await;
                    most = 1;
                }
                _ => {}
            }
            if let Some(bytes) = self.held.take(most) {
                return Some(Ok(bytes));
            }
            tokio::select! {
                chunk = self.stream.next() => {
                    let chunk = match chunk? {
                        Ok(chunk) => chunk,
                        Err(error) => return Some(Err(error)),
                    };
                    self.opened = true;
                    if let Some(last) = self.hold(chunk) {
                        return Some(Ok(last));
                    }
                }
                () = self.faults.changed() => {}
            }
        }
    }

    /// What is wrong now. A server that stops holds nothing back, so that its streams end in time.
    fn effect(&mut self) -> Effect {
        match self.faults.effect() {
            Effect::Hang(_) | Effect::Shaped(..) if self.lifecycle.phase() == Phase::Stopping => {
                Effect::Flow
            }
            effect => effect,
        }
    }

    /// Takes a chunk in, as it is to go out. `Some`: this is the last one, and goes out at once.
    fn hold(&mut self, chunk: Bytes) -> Option<Bytes> {
        let chunk = match self.effect() {
            Effect::Shaped(Shape::WrongIds(mode), _) => blocks::renumbered(&chunk, mode),
            Effect::Shaped(Shape::Truncated { clean }, _) => match blocks::truncated(&chunk) {
                Some(part) => {
                    self.faults.cut(clean);
                    return Some(part);
                }
                None => chunk,
            },
            // What a cut stream still says is its greeting, where the cut waited for it.
            Effect::Cut { .. } => return Some(chunk),
            _ => chunk,
        };
        self.held.push([Piece::Bytes(chunk)]);
        None
    }

    /// Whether it is time for the next slice or comment; then the one after is due `every` later.
    fn on_time(&mut self, every: Duration) -> bool {
        let now = Instant::now();
        let on_time = self.due <= now;
        if on_time {
            self.due = now + every;
        }
        on_time
    }

    /// Waits for that time, or until something else may be wrong or the server stops.
    async fn pause(&mut self, until: Option<Instant>) {
        let over = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = over => {}
            () = self.faults.changed() => {}
            () = self.lifecycle.stopping() => {}
        }
    }
}

/// What was taken from the stream and is not sent yet.
#[derive(Debug, Default)]
struct Held(VecDeque<Piece>);

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    /// So much of [`FILLING`].
    Filling(u64),
}

impl Held {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Empty pieces are left out, so that what is held is never nothing.
    fn push(&mut self, pieces: impl IntoIterator<Item = Piece>) {
        let some = pieces.into_iter().filter(|piece| match piece {
            Piece::Bytes(bytes) => !bytes.is_empty(),
            Piece::Filling(bytes) => *bytes > 0,
        });
        self.0.extend(some);
    }

    /// The next bytes, `most` at most.
    fn take(&mut self, most: usize) -> Option<Bytes> {
        let taken = match self.0.front_mut()? {
            Piece::Bytes(bytes) if bytes.len() > most => return Some(bytes.split_to(most)),
            Piece::Bytes(bytes) => std::mem::take(bytes),
            Piece::Filling(left) => {
                let length = most
                    .min(FILLING.len())
                    .min(usize::try_from(*left).unwrap_or(usize::MAX));
                let filling = Bytes::from_static(&FILLING).slice(..length);
                *left -= length as u64;
                if *left > 0 {
                    return Some(filling);
                }
                filling
            }
        };
        self.0.pop_front();
        Some(taken)
    }
}

#[cfg(test)]
mod tests;
