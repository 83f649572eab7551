//! A client without a library: it sees chunks, and how a connection ends.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::common::{DEADLINE, Server};

/// One connection.
pub(crate) struct Raw {
    stream: BufReader<TcpStream>,
}

impl Raw {
    /// Connects. What the client does not read stays mostly at the server: it has room for little.
    pub(crate) async fn connect(server: &Server) -> Self {
        let address: SocketAddr = server.url.strip_prefix("http://").unwrap().parse().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Opens a run's stream and reads the head of its response.
    pub(crate) async fn stream(server: &Server, run: &str) -> Self {
        let mut raw = Self::connect(server).await;
        let head = raw.get(&format!("/v1/runs/{run}/events")).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        raw
    }

    /// Asks for a path and reads the head of the response.
    pub(crate) async fn get(&mut self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.line(&mut head).await.unwrap() > 0, "no head: {head}");
        }
        head
    }

    /// So many bytes of a body.
    pub(crate) async fn body(&mut self, length: usize) -> String {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        String::from_utf8(body).unwrap()
    }

    /// The next chunk of the body; an empty one is its end.
    pub(crate) async fn chunk(&mut self) -> io::Result<String> {
        let mut size = String::new();
        if self.line(&mut size).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        timeout(DEADLINE, self.stream.read_exact(&mut chunk))
            .await
            .expect("half a chunk")?;
        chunk.truncate(size);
        Ok(String::from_utf8(chunk).unwrap())
    }

    /// Reads chunks until what they said together is as wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut chunks: Vec<String> = Vec::new();
        while !wanted(&chunks.concat()) {
            chunks.push(self.chunk().await.unwrap());
        }
        chunks
    }

    /// Everything up to the end of the connection, and how that came: `Ok` as TCP ends one.
    pub(crate) async fn drain(&mut self) -> (usize, io::Result<()>) {
        let (mut count, mut block) = (0, vec![0; 1 << 16]);
        loop {
            let read = timeout(DEADLINE, self.stream.read(&mut block));
            match read.await.expect("the connection does not end") {
                Ok(0) => return (count, Ok(())),
                Ok(read) => count += read,
                Err(error) => return (count, Err(error)),
            }
        }
    }

    async fn line(&mut self, into: &mut String) -> io::Result<usize> {
        timeout(DEADLINE, self.stream.read_line(into))
            .await
            .expect("the connection says nothing")
    }
}
