//! The socket and the life of the server: bind, recover, serve, stop.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{info, warn};

use crate::app::App;
use crate::config::{Config, StoreKind};
use crate::faults::{Faults, Restart};
use crate::key::BadKey;
use crate::lifecycle::{Lifecycle, Phase};
use crate::requests::RequestLog;
use crate::routes;
use crate::runs::Runs;
use crate::socket::{Connection, Sockets};
use crate::store::{Store, StoreError};

/// Why a server did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; is another server there? Choose another --port")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The store cannot be opened or read.
    #[error("cannot open the store: {0}")]
    Store(#[from] StoreError),
    /// The socket or the runtime failed.
    #[error("serving failed: {0}")]
    Serve(#[from] std::io::Error),
    /// The API key is none.
    #[error("--api-key (DASHBOARD_API_KEY): {0}")]
    Key(#[from] BadKey),
    /// The folder of the page is not there.
    #[error("--dist {0}: there is no index.html; build the page first")]
    Dist(String),
}

/// Why a server is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It was asked to stop, and did.
    Stopped,
    /// A fault asks for a new process. Nothing was cleaned up.
    Restart(Restart),
}

/// A server that listens and is not serving yet.
#[derive(Debug)]
pub struct Server {
    sockets: Sockets,
    address: SocketAddr,
    app: App,
    restarts: mpsc::Receiver<Restart>,
    stop: Duration,
    drain: Duration,
}

/// How long a restart waits, so that whoever asked for it gets the answer.
const ANSWER_FIRST: Duration = Duration::from_millis(50);

impl Server {
    /// Opens the store and listens.
    ///
    /// # Errors
    /// When the store, the address, the API key or the page's folder cannot be used.
    pub async fn bind(config: &Config) -> Result<Self, ServerError> {
        if let Some(dist) = config
            .dist
            .as_ref()
            .filter(|dist| !dist.join("index.html").is_file())
        {
            return Err(ServerError::Dist(dist.display().to_string()));
        }
        if let Some(key) = &config.api_key {
            key.check()?;
        }
        let settings = config.settings();
        let (kind, data) = (config.store, config.data.clone());
        let for_runs = settings.clone();
        let (faults, restarts) = Faults::new();
        let store_faults = faults.clone();
        // Opening waits for the lock of a server that is just going.
        let runs = tokio::task::spawn_blocking(move || {
            Runs::open(for_runs, Box::new(store_faults), |setup| match kind {
                StoreKind::Sqlite => Store::sqlite(&data, setup),
                StoreKind::Memory => Ok(Store::memory(setup)),
            })
        });
        let runs = runs.await.map_err(std::io::Error::other)??;
        let address = SocketAddr::new(config.host, config.bind_port());
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| ServerError::Bind { address, source })?;
        let address = listener.local_addr()?;
        let app = App {
            runs,
            faults,
            requests: RequestLog::new(config.request_log as usize),
            lifecycle: Lifecycle::default(),
            settings,
            key: config.api_key.clone(),
            dist: config.dist.clone(),
        };
        Ok(Self {
            sockets: Sockets::new(listener, config.zombie()),
            address,
            app,
            restarts,
            stop: Duration::from_millis(config.stop_ms),
            drain: Duration::from_millis(config.drain_ms),
        })
    }

    /// Where it listens, the port it was given included.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves or a fault asks for a restart. Calls `ready` once runs are recovered.
    ///
    /// # Errors
    /// When the store cannot be read or the socket fails.
    pub async fn run(
        mut self,
        stop: impl Future<Output = ()>,
        ready: impl FnOnce(),
    ) -> Result<Exit, ServerError> {
        let lifecycle = self.app.lifecycle.clone();
        let runs = self.app.runs.clone();
        let (close, closed) = oneshot::channel::<()>();
        let service = routes::router(self.app).into_make_service_with_connect_info::<Connection>();
        let serving = axum::serve(self.sockets, service)
            .with_graceful_shutdown(async move { drop(closed.await) });
        // Health checks are answered from here on, with 503 until the store was read.
        let mut serving = tokio::spawn(serving.into_future());

        let recovered = runs.recover().await?;
        info!(address = %self.address, recovered, "ready");
        lifecycle.advance(Phase::Ready);
        ready();

        tokio::select! {
            () = stop => {}
            Some(restart) = self.restarts.recv() => {
                warn!(down_ms = restart.down.as_millis(), "starting again, as a fault asks");
                sleep(ANSWER_FIRST).await;
                return Ok(Exit::Restart(restart));
            }
            served = &mut serving => {
                served.map_err(std::io::Error::other)??;
            }
        }
        info!("stopping");
        lifecycle.advance(Phase::Stopping);
        let limit = Instant::now() + self.stop.max(self.drain);
        // Streams end by themselves. Meanwhile the socket stays: whoever asks is told that the
        // server stops, not refused like by one that is down.
        let ended = async { tokio::join!(sleep(self.drain), lifecycle.no_stream_open()) };
        let _ = timeout_at(limit, ended).await;
        drop(close);
        // Whoever does not read is left behind.
        if timeout_at(limit, &mut serving).await.is_err() {
            warn!("some connections did not end in time");
            serving.abort();
        }
        runs.close().await;
        Ok(Exit::Stopped)
    }
}
