//! A loopback proxy between the program and an emulator. It records every request, breaks what a test asks it to
//! break, and repairs the emulator's wire faults that would hide the program's own.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::it::harness::{Account, Emulator};

mod authority;
mod repair;
mod wire;

use wire::{Protocol, Signed};

/// One request that came by.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// The region it was signed for; empty when it was not signed for one.
    pub(crate) region: String,
    /// The name in the signature: `rds`, `monitoring`, …
    pub(crate) service: String,
    /// As the API spells it; `METHOD /path` where the proxy does not know the request.
    pub(crate) operation: String,
    pub(crate) access_key_id: String,
    /// What was sent, where it is text.
    pub(crate) body: String,
}

/// What a fault applies to; what is `None` applies to all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Matching {
    pub(crate) region: Option<&'static str>,
    pub(crate) service: Option<&'static str>,
    pub(crate) operation: Option<&'static str>,
}

impl Matching {
    pub(crate) fn everything() -> Self {
        Self::default()
    }

    pub(crate) fn region(region: &'static str) -> Self {
        Self { region: Some(region), ..Self::default() }
    }

    pub(crate) fn operation(operation: &'static str) -> Self {
        Self { operation: Some(operation), ..Self::default() }
    }

    fn covers(&self, request: &Recorded) -> bool {
        let agrees = |wanted: Option<&str>, is: &str| wanted.is_none_or(|wanted| wanted == is);
        agrees(self.region, &request.region)
            && agrees(self.service, &request.service)
            && agrees(self.operation, &request.operation)
    }
}

/// What the proxy does instead of simply passing a request on.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Closes the connection without an answer.
    Refuse,
    /// Never answers.
    Hang,
    /// Passes it on after a while.
    Delay(Duration),
    /// Answers as the service does when it is asked too often.
    Throttle,
    /// Answers as the service does when it is failing.
    Fail,
    /// Has the request served, then closes the connection without passing the answer on.
    LoseReply,
    /// Has the request served, and never passes the answer on.
    WithholdReply,
    /// Answers as AWS does to credentials that were good once.
    Expire,
    /// Answers with a recorded body, for an operation that the emulator does not serve.
    Reply { status: u16, content_type: &'static str, body: String },
    /// Answers `TestDNSAnswer` from the records and health checks that the emulator holds.
    AnswerByRecords,
}

/// What the proxy's thread and the test share.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    came: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the lock panics")
    }

    fn served(&self, request: &Recorded) {
        self.lock().served.push(request.operation.clone());
        self.came.notify_all();
    }
}

#[derive(Debug, Default)]
struct State {
    recorded: Vec<Recorded>,
    /// The operations that the emulator has answered, whether or not the answer was passed on.
    served: Vec<String>,
    faults: Vec<(Matching, Fault)>,
    /// Added to every request, whatever else happens to it.
    distance: Duration,
}

/// How long something that must come by is waited for before its absence fails the test.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A running proxy; dropping it closes every connection.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// In front of an emulator, on a thread and a runtime of its own, so that a test may block.
    pub(crate) fn before(emulator: &'static Emulator) -> Self {
        let upstream = SocketAddr::from(([127, 0, 0, 1], emulator.port()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        listener.set_nonblocking(true).expect("a fresh listener can be set");
        let address = listener.local_addr().expect("it is bound");
        let own = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&own);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("it is nonblocking");
                tokio::select! {
                    () = accept(&listener, upstream, &shared) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, shared: own, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The account, asked through this proxy.
    pub(crate) fn of(&self, account: &Account) -> Account {
        account.through(self.endpoint())
    }

    /// Adds a fault. Where several cover a request, the newest holds.
    pub(crate) fn inject(&self, matching: Matching, fault: Fault) {
        self.lock().faults.push((matching, fault));
    }

    /// Makes every request take this much longer, as if the region were far away.
    pub(crate) fn set_distance(&self, distance: Duration) {
        self.lock().distance = distance;
    }

    /// Takes every fault away.
    pub(crate) fn heal(&self) {
        self.lock().faults.clear();
    }

    /// Everything that came by since the last time this was asked.
    pub(crate) fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.lock().recorded)
    }

    /// Waits until so many requests have come by since they were last taken.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        self.wait_until(&format!("{count} requests"), |state| state.recorded.len() >= count);
    }

    /// Waits until an operation has been asked for, whether or not it is passed on.
    pub(crate) fn wait_for_request(&self, operation: &str) {
        self.wait_until(operation, |state| state.recorded.iter().any(|request| request.operation == operation));
    }

    /// Waits until the emulator has answered an operation.
    pub(crate) fn wait_for_answer(&self, operation: &str) {
        self.wait_for_answers(operation, 1);
    }

    /// Waits until the emulator has answered an operation so often since this proxy stands before it.
    pub(crate) fn wait_for_answers(&self, operation: &str, count: usize) {
        self.wait_until(operation, |state| state.served.iter().filter(|served| *served == operation).count() >= count);
    }

    /// How often the emulator has answered an operation since this proxy stands before it.
    pub(crate) fn served(&self, operation: &str) -> usize {
        self.lock().served.iter().filter(|served| *served == operation).count()
    }

    fn wait_until(&self, what: &str, is_so: impl Fn(&State) -> bool) {
        let waited = self.shared.came.wait_timeout_while(self.lock(), LONGEST_WAIT, |state| !is_so(state));
        let (state, waited) = waited.expect("the proxy's thread has not panicked");
        assert!(!waited.timed_out(), "waited in vain for {what}; this came by: {:#?}", state.recorded);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The proxy's loop ends when the sender goes.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn accept(listener: &TcpListener, upstream: SocketAddr, shared: &Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, upstream, &shared));
            // A connection that a fault closes ends with an error here, as it should.
            drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

/// Closing the connection, said as the error that makes hyper do it.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
struct Closed;

async fn answer(
    request: Request<Incoming>,
    upstream: SocketAddr,
    shared: &Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let signed = Signed::read(&head.headers);
    let protocol = Protocol::of(&head, &signed.service);
    let recorded = Recorded {
        body: String::from_utf8(body.to_vec()).unwrap_or_default(),
        operation: wire::operation(&head, &body, &signed.service),
        region: signed.region,
        service: signed.service,
        access_key_id: signed.access_key_id,
    };
    let (fault, distance) = {
        let mut state = shared.lock();
        let fault =
            state.faults.iter().rev().find(|(matching, _)| matching.covers(&recorded)).map(|(_, fault)| fault.clone());
        state.recorded.push(recorded.clone());
        (fault, state.distance)
    };
    shared.came.notify_all();
    tokio::time::sleep(distance).await;
    match &fault {
        None | Some(Fault::LoseReply | Fault::WithholdReply) => {}
        Some(Fault::Refuse) => return Err(Closed),
        Some(Fault::Hang) => pending().await,
        Some(Fault::Delay(length)) => tokio::time::sleep(*length).await,
        Some(Fault::Throttle) => return Ok(protocol.throttled()),
        Some(Fault::Fail) => return Ok(protocol.failing()),
        Some(Fault::Expire) => return Ok(protocol.expired()),
        Some(Fault::Reply { status, content_type, body }) => {
            return Ok(wire::reply(*status, content_type, body.clone()));
        }
        Some(Fault::AnswerByRecords) => return authority::answer(&head, upstream).await,
    }
    let served = forward(head, body, upstream).await?;
    shared.served(&recorded);
    match fault {
        Some(Fault::LoseReply) => Err(Closed),
        Some(Fault::WithholdReply) => pending().await,
        _ => Ok(repair::repaired(&recorded, served.0, served.1)),
    }
}

/// Passes a request on unchanged, `Host` included: the signature covers it.
async fn forward(
    head: hyper::http::request::Parts,
    body: Bytes,
    upstream: SocketAddr,
) -> Result<(hyper::http::response::Parts, Bytes), Closed> {
    let stream = TcpStream::connect(upstream).await.map_err(|_| Closed)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| Closed)?;
    tokio::spawn(connection);
    let answer = sender.send_request(Request::from_parts(head, Full::new(body))).await.map_err(|_| Closed)?;
    let (head, body) = answer.into_parts();
    Ok((head, body.collect().await.map_err(|_| Closed)?.to_bytes()))
}
