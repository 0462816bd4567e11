//! An application on the loopback that keeps what its clients write, for canaries: a `POST` is acknowledged once, however
//! often it comes with the same key, and a `GET` tells whether it is there. Below `/live/` it is always well.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How often each key was written, and how many writes are still to be refused.
#[derive(Debug, Default)]
struct Keeping {
    written: BTreeMap<String, usize>,
    refused: usize,
}

type Kept = Arc<Mutex<Keeping>>;

/// It ends with the process.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    address: SocketAddr,
    kept: Kept,
}

impl Application {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("it is bound");
        let kept = Kept::default();
        let keeping = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let keeping = Arc::clone(&keeping);
                std::thread::spawn(move || serve(&stream, &keeping));
            }
        });
        Self { address, kept }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How often this key was written.
    pub(crate) fn written(&self, key: &str) -> usize {
        self.kept.lock().expect("no holder of the lock panics").written.get(key).copied().unwrap_or(0)
    }

    /// Refuses so many writes before it takes one again.
    pub(crate) fn refuse_next(&self, count: usize) {
        self.kept.lock().expect("no holder of the lock panics").refused = count;
    }
}

/// One request, and its answer. A client that goes away before is its own affair.
fn serve(stream: &TcpStream, kept: &Kept) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => value.trim().clone_into(&mut key),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let status = answer(&method, &path, &key, &body, kept);
    write!(&mut &*stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()
}

fn answer(method: &str, path: &str, key: &str, body: &[u8], kept: &Kept) -> &'static str {
    let mut kept = kept.lock().expect("no holder of the lock panics");
    match method {
        "POST" if kept.refused > 0 => {
            kept.refused -= 1;
            "503 Service Unavailable"
        }
        "POST" => match serde_json::from_slice::<serde_json::Value>(body) {
            Ok(body) if !key.is_empty() && body["canary"] == key => {
                *kept.written.entry(key.to_owned()).or_default() += 1;
                "201 Created"
            }
            _ => "400 Bad Request",
        },
        "GET" if path.rsplit('/').next().is_some_and(|key| kept.written.contains_key(key)) => "200 OK",
        "GET" if path.starts_with("/live/") => "200 OK",
        "GET" => "404 Not Found",
        _ => "405 Method Not Allowed",
    }
}
