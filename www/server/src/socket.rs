//! Connections below HTTP: the ones nobody reads any more are destroyed, and a
//! handler can break off its own.
//!
//! A client that vanished (a laptop that sleeps, a cable that is out) or stopped
//! reading leaves a connection that looks open, and behind it a subscription that
//! costs memory. Such a *zombie* is found from both sides: here by writes that make no
//! progress, and on Linux by the kernel, which sees sooner what was sent and never
//! acknowledged (`TCP_USER_TIMEOUT`, RFC 5482). A connection with nothing to write is
//! never one: keep-alive is idle by design.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};
use tracing::{debug, warn};

/// Why a connection that nobody reads any more is over.
pub const ZOMBIE: &str = "zombie connection";

/// A TCP listener whose connections are [`Socket`]s.
#[derive(Debug)]
pub struct Sockets {
    listener: TcpListener,
    zombie: Option<Duration>,
}

impl Sockets {
    /// Accepts from `listener`. A connection is a zombie once its writes made no progress for
    /// `zombie`; `None` lets it hang as long as the kernel does.
    pub fn new(listener: TcpListener, zombie: Option<Duration>) -> Self {
        Self { listener, zombie }
    }
}

impl Listener for Sockets {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        // axum's own, which retries when files run out.
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        (Socket::new(stream, peer, self.zombie), peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A handler's hold on the connection of its request (`ConnectInfo<Connection>`). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Connection(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    peer: SocketAddr,
    lost: OnceLock<&'static str>,
    /// hyper reads and writes a connection in one task, so one waker serves both.
    task: AtomicWaker,
}

impl Connection {
    /// A connection with `peer`, not broken off.
    pub fn new(peer: SocketAddr) -> Self {
        Self(Arc::new(Shared {
            peer,
            lost: OnceLock::new(),
            task: AtomicWaker::new(),
        }))
    }

    /// Who is at the other end.
    pub fn peer(&self) -> SocketAddr {
        self.0.peer
    }

    /// Breaks the connection off by a TCP reset, whether or not a response is being written.
    /// What the kernel has not sent yet is lost. The first reason stays.
    pub fn reset(&self, why: &'static str) {
        let _ = self.0.lost.set(why);
        self.0.task.wake();
    }

    /// Why this server broke the connection off, if it did.
    pub fn lost(&self) -> Option<&'static str> {
        self.0.lost.get().copied()
    }
}

impl Connected<IncomingStream<'_, Sockets>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Sockets>) -> Self {
        stream.io().connection.clone()
    }
}

/// One connection.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    connection: Connection,
    zombie: Option<Duration>,
    /// Set while a write makes no progress.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    fn new(stream: TcpStream, peer: SocketAddr, zombie: Option<Duration>) -> Self {
        // Events are small and each matters now: no waiting for a fuller packet.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%peer, %error, "no TCP_NODELAY");
        }
        #[cfg(target_os = "linux")]
        if let Err(error) = socket2::SockRef::from(&stream).set_tcp_user_timeout(zombie) {
            debug!(%peer, %error, "no TCP_USER_TIMEOUT");
        }
        Self {
            stream,
            connection: Connection::new(peer),
            zombie,
            alarm: None,
        }
    }

    /// An error once the connection was broken off; else a later break wakes the task.
    fn check(&self, cx: &Context<'_>) -> io::Result<()> {
        self.connection.0.task.register(cx.waker());
        match self.connection.lost() {
            Some(why) => Err(io::Error::new(io::ErrorKind::ConnectionReset, why)),
            None => Ok(()),
        }
    }

    fn write(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        match write(Pin::new(&mut self.stream), cx) {
            Poll::Ready(done) => {
                self.alarm = None;
                Poll::Ready(self.seen(done))
            }
            Poll::Pending => self.stuck(cx),
        }
    }

    /// Waits for a stuck write until it makes the connection a zombie.
    fn stuck<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let Some(limit) = self.zombie else {
            return Poll::Pending;
        };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(alarm.as_mut().poll(cx));
        self.destroy("it takes no more bytes");
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, ZOMBIE)))
    }

    /// The kernel's own verdict comes as an error of whatever call is next.
    fn seen<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if matches!(&done, Err(error) if error.kind() == io::ErrorKind::TimedOut) {
            self.destroy("the kernel gave it up");
        }
        done
    }

    fn destroy(&self, what: &'static str) {
        let after_ms = self.zombie.map_or(0, |limit| limit.as_millis());
        warn!(peer = %self.connection.peer(), after_ms, "zombie connection destroyed: {what}");
        self.connection.reset(ZOMBIE);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Closed as usual the kernel would go on trying to deliver what nobody reads.
        if self.connection.lost().is_some()
            && let Err(error) = self.stream.set_zero_linger()
        {
            debug!(peer = %self.connection.peer(), %error, "closed without a reset");
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        let done = ready!(Pin::new(&mut self.stream).poll_read(cx, into));
        Poll::Ready(self.seen(done))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
