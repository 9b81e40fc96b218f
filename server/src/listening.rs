//! Connections: how many there may be, and how long they may keep us waiting.
//!
//! Only HTTP/1.1 is spoken: browsers speak nothing newer without TLS, which a proxy ends, and what
//! has one stream at a time can be bounded by the clock.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

/// Most connections at once; more wait until one is closed.
const CONNECTIONS: usize = 10_000;
/// How long the head of the first request may take.
const FIRST: Duration = Duration::from_secs(10);
/// How long a connection may wait for its next request. Longer than proxies keep theirs, or they
/// would send a request into one that is just being closed.
const NEXT: Duration = Duration::from_secs(75);
/// Most that is read ahead of one connection, in bytes, and so the largest head of a request.
const AHEAD: usize = 64 * 1024;
/// How long a request that is being answered has when the process is asked to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// How long connections may keep us waiting.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub first: Duration,
    pub next: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            first: FIRST,
            next: NEXT,
        }
    }
}

/// Serves until `stop`, then finishes what has begun.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    times: Times,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let open = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        if let Some((stream, client, place)) = accepted {
            let connection = connection(stream, client, router.clone(), times, &open);
            tokio::spawn(async move {
                connection.await;
                drop(place);
            });
        }
    }
    drop(listener);
    tokio::select! {
        () = open.shutdown() => {}
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("some requests took too long and were cut off");
        }
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, client)) => Some((stream, client, place)),
        Err(error) => {
            // Most often there are no more files to open, which passes.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

/// Answers the requests of one connection.
fn connection(
    stream: TcpStream,
    client: SocketAddr,
    router: Router,
    times: Times,
    open: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + use<> {
    let has_asked = Arc::new(AtomicBool::new(false));
    let asks = has_asked.clone();
    let service = service_fn(move |request: http::Request<Incoming>| {
        asks.store(true, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(client));
        router.clone().oneshot(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(times.next)
        .max_buf_size(AHEAD)
        .serve_connection(TokioIo::new(stream), service);
    let served = open.watch(served);
    async move {
        tokio::pin!(served);
        let first = async {
            tokio::time::sleep(times.first).await;
            if has_asked.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let ended = tokio::select! {
            ended = &mut served => ended,
            () = first => return,
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;

    /// What comes back for `sent` before the connection is closed.
    async fn answer(sent: &str, times: Times) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "hello"));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(listener, router, times, async {
            let _ = stopped.await;
        }));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.unwrap();
        drop(stop);
        serving.await.unwrap();
        String::from_utf8(received).unwrap()
    }

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn whoever_sends_half_a_head_is_cut_off() {
        let times = Times {
            first: SHORT,
            next: LONG,
        };
        assert_eq!(answer("GET / HTTP/1.1\r\nhost: a", times).await, "");
        assert_eq!(answer("", times).await, "");
    }

    #[tokio::test]
    async fn a_quiet_connection_is_closed_after_its_answer() {
        let times = Times {
            first: LONG,
            next: SHORT,
        };
        let received = answer("GET / HTTP/1.1\r\nhost: a\r\n\r\n", times).await;
        assert!(received.starts_with("HTTP/1.1 200"), "{received}");
        assert!(received.ends_with("hello"), "{received}");
    }

    #[tokio::test]
    async fn an_endless_head_is_refused() {
        let times = Times {
            first: LONG,
            next: LONG,
        };
        let endless = format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(2 * AHEAD));
        let received = answer(&endless, times).await;
        assert!(received.starts_with("HTTP/1.1 431"), "{received}");
    }
}
