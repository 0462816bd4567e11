//! Canaries over real sockets: written as a client writes, and looked for as a client looks.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lifeboat_aws::AwsOperator;
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::Receipt;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::topology::CanaryTarget;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::silence::{hanging, listener, refusing, saying};
use super::stage::{Answers, Logins, answer, operator, settings};

fn target(address: SocketAddr) -> CanaryTarget {
    CanaryTarget {
        write_url: format!("http://{address}/canary?token=hidden"),
        read_urls: [(StoreKind::Aurora, format!("http://{address}/aurora/{{nonce}}"))].into(),
        interval: Duration::from_secs(1),
    }
}

fn client() -> AwsOperator {
    let mut settings = settings();
    settings.timeouts.probe = Duration::from_millis(400);
    operator(settings, Answers::by(|_| answer(500, &[], String::new())), &Logins::of("AKIATEST"))
}

async fn written(address: SocketAddr) -> Result<Receipt, CloudError> {
    let client = client();
    let outcome = client.write_canary(&target(address), "n-1").await;
    assert_eq!(client.usage().requests, 0, "a canary is no request to AWS");
    outcome
}

/// Everything that was said, by connection; each is answered so and kept open.
async fn listening(said: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let (listener, address) = listener().await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let hearing = Arc::clone(&hearing);
            tokio::spawn(async move {
                let mut text = String::new();
                let mut piece = [0; 4096];
                // Head and body may come apart.
                while !text.contains('}') {
                    let Ok(read @ 1..) = stream.read(&mut piece).await else { return };
                    text.push_str(&String::from_utf8_lossy(&piece[..read]));
                }
                hearing.lock().expect("no test panics with the lock").push(text);
                drop(stream.write_all(said.as_bytes()).await);
                // Kept open, so that a client that would use it again could.
                drop(stream.read(&mut piece).await);
            });
        }
    });
    (address, heard)
}

#[tokio::test]
async fn a_canary_is_written_as_json_with_its_nonce_twice_on_a_connection_of_its_own() {
    let (address, heard) = listening("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
    let client = client();
    for nonce in ["n-1", "n-2"] {
        let receipt = client.write_canary(&target(address), nonce).await.expect("it is acknowledged");
        assert_eq!(receipt.detail.as_deref(), Some("HTTP 201"));
    }
    let heard = heard.lock().expect("no test panics with the lock").clone();
    assert_eq!(heard.len(), 2, "two connections");
    for (text, nonce) in heard.iter().zip(["n-1", "n-2"]) {
        assert!(text.starts_with("POST /canary?token=hidden HTTP/1.1\r\n"), "{text}");
        let text = text.to_lowercase();
        assert!(text.contains(&format!("idempotency-key: {nonce}\r\n")), "{text}");
        assert!(text.contains("content-type: application/json\r\n"), "{text}");
        assert!(text.ends_with(&format!("{{\"canary\":\"{nonce}\"}}")), "{text}");
    }
}

#[tokio::test]
async fn only_a_success_acknowledges() {
    for (said, expected) in [
        ("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", CloudErrorKind::ServiceFailure),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", CloudErrorKind::Invalid),
        ("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", CloudErrorKind::Invalid),
    ] {
        let error = written(saying(said).await).await.expect_err("it is not acknowledged");
        assert_eq!(error.kind, expected, "{said}");
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[tokio::test]
async fn silence_after_a_write_is_doubt_and_a_refused_connection_is_none() {
    for (address, expected) in
        [(hanging().await, CloudErrorKind::OutcomeUnknown), (refusing().await, CloudErrorKind::Unreachable)]
    {
        let error = written(address).await.expect_err("nobody acknowledged it");
        assert_eq!(error.kind, expected, "{error}");
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

async fn sightings(address: SocketAddr, store: StoreKind) -> Vec<(String, Option<bool>)> {
    let read = Read::Canaries { canary: target(address), store, nonces: vec!["n-1".to_owned(), "n-2".to_owned()] };
    match client().read(&Region::from("us-east-1"), &read).await {
        Ok(Facts::Canaries(found)) => found.into_iter().map(|sighting| (sighting.nonce, sighting.found)).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_store_has_a_canary_has_it_not_or_does_not_say() {
    for (said, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Some(true)),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", Some(false)),
        ("HTTP/1.1 204 No Content\r\n\r\n", None),
        ("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n", None),
    ] {
        let found = sightings(saying(said).await, StoreKind::Aurora).await;
        assert_eq!(found, [("n-1".to_owned(), expected), ("n-2".to_owned(), expected)], "{said}");
    }
    let unknown = [("n-1".to_owned(), None), ("n-2".to_owned(), None)];
    assert_eq!(sightings(refusing().await, StoreKind::Aurora).await, unknown);
    assert_eq!(sightings(refusing().await, StoreKind::S3).await, unknown, "a store without a URL");
}
