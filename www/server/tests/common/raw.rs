//! A client that keeps nothing but the ids it sees: thousands fit into little memory.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A stream read as bytes, not as HTTP: a line is a line whatever chunk it came in, since the
/// server ends each chunk with the end of a block.
pub(crate) struct RawStream {
    socket: TcpStream,
    line: Vec<u8>,
    /// The id of the last event; 0 before the first.
    pub(crate) last: u64,
    /// What was not the id after the last one, first by first.
    pub(crate) out_of_order: Vec<u64>,
    /// Whether HTTP's last chunk came.
    pub(crate) ended: bool,
}

/// A line of which more is kept is none that matters here.
const KEPT: usize = 64;

impl RawStream {
    /// Asks for a run's stream. A `receive_buffer` in bytes bounds what the system reads ahead.
    pub(crate) async fn open(url: &str, run: &str, receive_buffer: Option<u32>) -> Self {
        let host = url.strip_prefix("http://").unwrap();
        let address: SocketAddr = host.parse().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        let mut socket = socket.connect(address).await.unwrap();
        let request = format!("GET /v1/runs/{run}/events HTTP/1.1\r\nHost: {host}\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        Self {
            socket,
            line: Vec::new(),
            last: 0,
            out_of_order: Vec::new(),
            ended: false,
        }
    }

    /// Reads until a line begins with `start` or the stream ends; answers whether one did.
    pub(crate) async fn until(&mut self, start: &str) -> bool {
        let mut buffer = [0; 4096];
        let mut found = false;
        while !found && !self.ended {
            let read = self.socket.read(&mut buffer).await.unwrap();
            if read == 0 {
                return false;
            }
            for byte in &buffer[..read] {
                if *byte == b'\n' {
                    found |= self.line.starts_with(start.as_bytes());
                    self.end_line();
                } else if self.line.len() < KEPT {
                    self.line.push(*byte);
                }
            }
        }
        found
    }

    fn end_line(&mut self) {
        if self.line == b"0\r" {
            self.ended = true;
        } else if let Some(id) = self.line.strip_prefix(b"id: ") {
            let id = std::str::from_utf8(id).unwrap().parse().unwrap();
            if id != self.last + 1 {
                self.out_of_order.push(id);
            }
            self.last = id;
        }
        self.line.clear();
    }
}
