//! A DNS resolver on the loopback, so that no test asks anybody else, with the answers a test gives it.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME};
use hickory_proto::rr::{Name, RData, Record};

#[derive(Debug)]
pub(crate) struct Resolver {
    address: SocketAddr,
    names: Arc<Mutex<BTreeMap<String, String>>>,
    running: Arc<()>,
    thread: Option<JoinHandle<()>>,
}

impl Resolver {
    /// One that knows no name yet.
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a loopback port is free");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("the socket can be set");
        let address = socket.local_addr().expect("it is bound");
        let names: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
        let running = Arc::new(());
        let (known, owner) = (Arc::clone(&names), Arc::downgrade(&running));
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 1500];
            while owner.strong_count() > 0 {
                let Ok((length, asker)) = socket.recv_from(&mut buffer) else { continue };
                let known = known.lock().expect("no holder of the lock panics");
                if let Some(answer) = answer(&buffer[..length], &known) {
                    socket.send_to(&answer, asker).ok();
                }
            }
        });
        Self { address, names, running, thread: Some(thread) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers `name` with an alias to `target` from now on.
    pub(crate) fn set(&self, name: &str, target: &str) {
        self.names.lock().expect("no holder of the lock panics").insert(name.to_owned(), target.to_owned());
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.running = Arc::new(());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The question as asked, answered with the alias and an address behind it; `NXDOMAIN` for a name not given.
fn answer(question: &[u8], names: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).ok()?;
    let query = question.queries.first()?.clone();
    let mut reply = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
    reply.metadata.recursion_desired = question.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    let asked = query.name().to_utf8().trim_end_matches('.').to_ascii_lowercase();
    match names.get(&asked) {
        Some(target) => {
            let target = Name::from_utf8(format!("{target}.")).ok()?;
            reply.add_answer(Record::from_rdata(query.name().clone(), 60, RData::CNAME(CNAME(target.clone()))));
            reply.add_answer(Record::from_rdata(target, 60, RData::A(A::new(192, 0, 2, 1))));
        }
        None => reply.metadata.response_code = ResponseCode::NXDomain,
    }
    reply.add_query(query);
    reply.to_vec().ok()
}
