//! The faults in force and the live streams they can strike.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;

use super::request::Scope;
use super::what::{Effect, What};
use crate::run::RunId;
use crate::socket::Connection;

/// A fault as `GET /faults` lists it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub id: u64,
    /// Its kind, as it was asked for.
    pub kind: &'static str,
    /// The run it is for; `null` for all.
    pub run_id: Option<RunId>,
    /// Firings left, of a client not met yet where each has its own; `null` when only time ends it.
    pub times_left: Option<u32>,
    /// Milliseconds left; `null` when only firings end it.
    pub for_ms_left: Option<u64>,
    /// Whether each client name has its own firings.
    pub each_client: bool,
    /// How often it fired.
    pub fired: u32,
    /// The streams it struck.
    pub streams: usize,
}

/// Why a connection is over that a fault reset.
pub const RESET: &str = "reset by a fault";

/// The board of a server.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedBoard(Arc<Mutex<Board>>);

impl SharedBoard {
    pub(super) fn lock(&self) -> MutexGuard<'_, Board> {
        // No code that holds the lock can leave the board half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
pub(super) struct Board {
    next: u64,
    armed: Vec<Fault>,
    live: HashMap<u64, Live>,
}

/// A stream that is open.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) run_id: Option<RunId>,
    pub(super) client: Option<String>,
    pub(super) connection: Connection,
    pub(super) effect: watch::Sender<Effect>,
}

#[derive(Debug)]
struct Fault {
    id: u64,
    what: What,
    run_id: Option<RunId>,
    left: Left,
    until: Option<Instant>,
    fired: u32,
    streams: usize,
}

/// The firings left.
#[derive(Debug)]
enum Left {
    /// Until the time is over.
    Any,
    Times(u32),
    EachClient {
        times: u32,
        /// Of the clients that it struck. One without a name counts as one.
        met: HashMap<Option<String>, u32>,
    },
}

impl Left {
    fn of(&self, client: Option<&str>) -> u32 {
        match self {
            Self::Any => u32::MAX,
            Self::Times(left) => *left,
            Self::EachClient { times, met } => {
                *met.get(&client.map(str::to_owned)).unwrap_or(times)
            }
        }
    }

    /// Takes one firing on streams of these clients, and answers how many that were.
    fn take<'a>(&mut self, clients: impl IntoIterator<Item = Option<&'a str>>) -> u32 {
        match self {
            Self::Any => 1,
            Self::Times(left) => {
                *left = left.saturating_sub(1);
                1
            }
            Self::EachClient { times, met } => {
                let mut fired = 0;
                for client in clients {
                    let left = met.entry(client.map(str::to_owned)).or_insert(*times);
                    *left = left.saturating_sub(1);
                    fired += 1;
                }
                fired
            }
        }
    }
}

impl Fault {
    fn in_force(&self, now: Instant) -> bool {
        !matches!(self.left, Left::Times(0)) && self.until.is_none_or(|until| now < until)
    }

    fn strikes(&self, run_id: Option<&RunId>, client: Option<&str>, now: Instant) -> bool {
        let matches = self.run_id.is_none() || self.run_id.as_ref() == run_id;
        matches && self.in_force(now) && self.left.of(client) > 0
    }

    fn fire<'a>(&mut self, clients: impl IntoIterator<Item = Option<&'a str>>, streams: usize) {
        self.fired += self.left.take(clients);
        self.streams += streams;
    }

    fn listed(&self, now: Instant) -> Listed {
        Listed {
            id: self.id,
            kind: self.what.kind(),
            run_id: self.run_id.clone(),
            times_left: match self.left {
                Left::Any => None,
                Left::Times(left) => Some(left),
                Left::EachClient { times, .. } => Some(times),
            },
            for_ms_left: self.until.map(|until| {
                u64::try_from(until.saturating_duration_since(now).as_millis()).unwrap_or(u64::MAX)
            }),
            each_client: matches!(self.left, Left::EachClient { .. }),
            fired: self.fired,
            streams: self.streams,
        }
    }
}

impl Board {
    /// Puts a fault in force, and fires it on the live streams that it strikes: once, however many they are.
    pub(super) fn post(&mut self, what: What, scope: Scope) -> Listed {
        let now = Instant::now();
        let mut fault = Fault {
            id: self.number(),
            what,
            run_id: scope.run_id.map(RunId::from),
            left: match (scope.times, scope.each_client) {
                (None, _) => Left::Any,
                (Some(times), false) => Left::Times(times),
                (Some(times), true) => Left::EachClient {
                    times,
                    met: HashMap::new(),
                },
            },
            // A time too far to be counted is none.
            until: scope
                .for_ms
                .and_then(|ms| now.checked_add(Duration::from_millis(ms))),
            fired: 0,
            streams: 0,
        };
        if let Some(effect) = fault.what.effect(fault.until) {
            let struck: Vec<&Live> = self
                .live
                .values()
                .filter(|live| fault.strikes(live.run_id.as_ref(), live.client.as_deref(), now))
                .filter(|live| live.can_be_struck(effect))
                .collect();
            struck.iter().for_each(|live| live.strike(effect));
            if !struck.is_empty() {
                let clients: BTreeSet<_> =
                    struck.iter().map(|live| live.client.as_deref()).collect();
                fault.fire(clients, struck.len());
            }
        }
        let listed = fault.listed(now);
        self.armed.push(fault);
        self.armed.retain(|fault| fault.in_force(now));
        listed
    }

    /// The faults that can still fire.
    pub(super) fn list(&mut self) -> Vec<Listed> {
        let now = Instant::now();
        self.armed.retain(|fault| fault.in_force(now));
        self.armed.iter().map(|fault| fault.listed(now)).collect()
    }

    /// Ends all faults; streams that they struck go on as usual. Answers how many could still fire.
    pub(super) fn clear(&mut self) -> usize {
        let count = self.list().len();
        self.armed.clear();
        for live in self.live.values() {
            live.effect.send_if_modified(Effect::settle);
        }
        count
    }

    /// Fires the oldest fault that strikes a request and of which `pick` makes something.
    pub(super) fn fire<T>(
        &mut self,
        run_id: Option<&RunId>,
        client: Option<&str>,
        pick: impl Fn(&What) -> Option<T>,
    ) -> Option<T> {
        let now = Instant::now();
        let mut striking = self
            .armed
            .iter_mut()
            .filter(|fault| fault.strikes(run_id, client, now));
        striking.find_map(|fault| {
            let picked = pick(&fault.what)?;
            fault.fire([client], 0);
            Some(picked)
        })
    }

    /// Whether [`fire`](Self::fire) would find a fault.
    pub(super) fn would_fire(
        &self,
        run_id: Option<&RunId>,
        client: Option<&str>,
        is: impl Fn(&What) -> bool,
    ) -> bool {
        let now = Instant::now();
        let mut armed = self.armed.iter();
        armed.any(|fault| fault.strikes(run_id, client, now) && is(&fault.what))
    }

    /// Registers a stream that opens, so that faults reach it, and fires on it what waited for one.
    pub(super) fn open(&mut self, live: Live) -> u64 {
        let now = Instant::now();
        let (run_id, client) = (live.run_id.as_ref(), live.client.as_deref());
        let mut striking = self
            .armed
            .iter_mut()
            .filter(|fault| fault.strikes(run_id, client, now));
        let effect = striking.find_map(|fault| {
            let effect = fault.what.effect(fault.until)?;
            fault.fire([client], 1);
            Some(effect)
        });
        live.effect.send_replace(effect.unwrap_or(Effect::Flow));
        let id = self.number();
        self.live.insert(id, live);
        id
    }

    /// Takes a stream off the board.
    pub(super) fn forget(&mut self, id: u64) {
        self.live.remove(&id);
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Live {
    /// A stream that was cut is over, and what it has still to say ends in half an event perhaps:
    /// nothing may come after that. Its connection may be reset.
    fn can_be_struck(&self, effect: Effect) -> bool {
        effect == Effect::Reset || !matches!(*self.effect.borrow(), Effect::Cut { .. })
    }

    fn strike(&self, effect: Effect) {
        if effect == Effect::Reset {
            // Not through the body, which is not asked for more while the client does not read.
            self.connection.reset(RESET);
        } else {
            self.effect.send_replace(effect);
        }
    }
}
