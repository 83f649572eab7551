//! The process: command line, logs, signals, and starting again.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use dashboard_server::config::{Config, LogFormat};
use dashboard_server::faults::Restart;
use dashboard_server::server::{Exit, Server};
use tracing::{error, info, warn};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match config.log_format {
        LogFormat::Text => logs.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    allow_open_files();
    // Before anything can replace the file.
    let program = std::env::current_exe();
    tokio::time::sleep(std::time::Duration::from_millis(config.down_ms)).await;

    let stop = match asked_to_stop() {
        Ok(stop) => stop,
        Err(error) => {
            error!("cannot listen to signals: {error}");
            return ExitCode::FAILURE;
        }
    };
    let server = match Server::bind(&config).await {
        Ok(server) => server,
        Err(error) => {
            error!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let address = server.address();
    let ready = move || {
        // Nobody may be reading; then nobody misses it.
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
    };
    match server.run(stop, ready).await {
        Ok(Exit::Stopped) => ExitCode::SUCCESS,
        Ok(Exit::Restart(order)) => {
            // Inside the runtime on purpose: nothing is dropped, as in a crash.
            let error = match program {
                Ok(program) => start_again(&program, address.port(), order),
                Err(error) => error,
            };
            error!("cannot start again: {error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Replaces this process by a fresh one with the same arguments. Sockets and files
/// close as they do when a process dies. Returns only when it fails.
#[cfg(unix)]
fn start_again(program: &Path, port: u16, order: Restart) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env("DASHBOARD_REBIND_PORT", port.to_string())
        .env("DASHBOARD_DOWN_MS", order.down.as_millis().to_string())
        .exec()
}

/// A process can only be replaced on Unix.
#[cfg(not(unix))]
fn start_again(_: &Path, _: u16, _: Restart) -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "the fault restart needs Unix; start the server by hand",
    )
}

/// A stream is an open file, and many systems allow only 1,024 unless asked for more.
#[cfg(unix)]
fn allow_open_files() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => info!(files, "open files allowed, and so about as many streams"),
        Err(error) => warn!(%error, "cannot allow more open files; see `ulimit -n`"),
    }
}

#[cfg(not(unix))]
fn allow_open_files() {}

/// Resolves at SIGINT or SIGTERM, from the call on: a signal that comes before the future is
/// polled is not lost, nor does it kill.
#[cfg(unix)]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
