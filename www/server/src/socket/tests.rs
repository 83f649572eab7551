//! What a connection does to whoever reads and writes it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// A socket as the server has it, and its client's end, which has room for little.
async fn pair(zombie: Option<Duration>) -> (Socket, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = tokio::net::TcpSocket::new_v4().unwrap();
    client.set_recv_buffer_size(4096).unwrap();
    let address = listener.local_addr().unwrap();
    let mut sockets = Sockets::new(listener, zombie);
    let (client, (socket, _)) = tokio::join!(client.connect(address), sockets.accept());
    (socket, client.unwrap())
}

/// Writes until the kernel takes no more and something ends it.
async fn fill(socket: &mut Socket) -> io::Error {
    let block = [0; 65536];
    loop {
        if let Err(error) = socket.write_all(&block).await {
            return error;
        }
    }
}

const SOON: Duration = Duration::from_millis(200);
/// Longer than a busy machine keeps a reader from its turn.
const LIMIT: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_write_that_makes_no_progress_for_the_limit_destroys_the_connection() {
    let (mut socket, _client) = pair(Some(SOON)).await;
    // The kernel's own limit would do as well.
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(&socket.stream)
        .set_tcp_user_timeout(None)
        .unwrap();
    let start = std::time::Instant::now();
    let error = fill(&mut socket).await;
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(start.elapsed() >= SOON);
    assert_eq!(socket.connection.lost(), Some(ZOMBIE));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_the_kernel_gave_up_is_a_zombie_too_also_where_nothing_is_written() {
    let (mut socket, _client) = pair(Some(SOON)).await;
    let block = [0; 65536];
    loop {
        match socket.stream.try_write(&block) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    let error = socket.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(socket.connection.lost(), Some(ZOMBIE));
}

#[tokio::test]
async fn a_client_that_reads_in_time_is_no_zombie_however_long_the_whole_takes() {
    let (mut socket, mut client) = pair(Some(LIMIT)).await;
    let reader = tokio::spawn(async move {
        let mut block = vec![0; 1 << 20];
        let start = std::time::Instant::now();
        while start.elapsed() < 2 * LIMIT {
            client.read_exact(&mut block).await.unwrap();
            tokio::time::sleep(LIMIT / 10).await;
        }
        drop(client);
        start.elapsed()
    });
    let error = fill(&mut socket).await;
    assert!(reader.await.unwrap() >= 2 * LIMIT);
    assert_ne!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(socket.connection.lost(), None);
}

#[tokio::test]
async fn a_reset_reaches_a_reader_that_waits_and_the_client_sees_it_as_one() {
    let (mut socket, mut client) = pair(None).await;
    socket.write_all(b"sent before").await.unwrap();
    let connection = socket.connection.clone();
    let mut waiting = tokio::spawn(async move { socket.read_u8().await });
    assert!(waits(&mut waiting).await);
    connection.reset("a test");
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let mut got = Vec::new();
    let seen = client.read_to_end(&mut got).await.unwrap_err();
    assert_eq!(seen.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(got, b"sent before");
}

#[tokio::test]
async fn a_reset_reaches_a_writer_that_is_stuck() {
    let (mut socket, _client) = pair(None).await;
    let connection = socket.connection.clone();
    let mut stuck = tokio::spawn(async move { fill(&mut socket).await });
    assert!(waits(&mut stuck).await);
    connection.reset("a test");
    let error = stuck.await.unwrap();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

async fn waits<T>(task: &mut tokio::task::JoinHandle<T>) -> bool {
    tokio::time::timeout(SOON, task).await.is_err()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_kernel_is_told_how_long_sent_bytes_may_stay_unacknowledged() {
    for limit in [Some(SOON), None] {
        let (socket, _client) = pair(limit).await;
        let told = socket2::SockRef::from(&socket.stream).tcp_user_timeout();
        assert_eq!(told.unwrap(), limit);
    }
}
