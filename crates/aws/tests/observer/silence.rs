//! Endpoints that refuse, hang or do not exist: over real sockets, with the observer's own transport.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lifeboat_aws::{AwsObserver, AwsSettings, Transport};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::stage::{Logins, settings};

fn question() -> Read {
    Read::Tables { tables: vec!["orders".into()] }
}

fn observer(settings: AwsSettings) -> AwsObserver {
    let transport = Transport { http: None, credentials: Some(Arc::new(Logins::of("AKIATEST"))) };
    AwsObserver::with_transport(settings, transport)
}

fn pointed(regions: &[(&str, SocketAddr)]) -> AwsSettings {
    let mut settings = settings();
    settings.timeouts.attempt = Duration::from_millis(300);
    settings.endpoint_urls =
        regions.iter().map(|(region, address)| (Region::from(*region), format!("http://{address}"))).collect();
    settings
}

pub(crate) async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// Accepts and never says a word.
pub(crate) async fn hanging() -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    address
}

/// Says the same to everybody.
pub(crate) async fn saying(answer: &'static str) -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                while stream.read(&mut asked).await.is_ok_and(|read| read > 0) {
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// A port on which nobody listens.
pub(crate) async fn refusing() -> SocketAddr {
    listener().await.1
}

#[tokio::test]
async fn a_refused_connection_is_unreachable() {
    let observer = observer(pointed(&[("us-east-1", refusing().await)]));
    let error = observer.read(&Region::from("us-east-1"), &question()).await.expect_err("nobody is there");
    assert_eq!(error.kind, CloudErrorKind::Unreachable, "{error}");
    assert_eq!(error.operation, "DescribeTable");
}

#[tokio::test]
async fn an_endpoint_that_hangs_times_out() {
    let observer = observer(pointed(&[("us-east-1", hanging().await)]));
    let error = observer.read(&Region::from("us-east-1"), &question()).await.expect_err("nobody answers");
    assert_eq!(error.kind, CloudErrorKind::Timeout, "{error}");
}

#[tokio::test]
async fn a_region_that_hangs_leaves_the_other_answering() {
    let live = saying(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 60\r\n\r\n\
         {\"Table\":{\"TableName\":\"orders\",\"TableStatus\":\"ACTIVE\"}}      ",
    )
    .await;
    let mut settings = pointed(&[("us-east-1", hanging().await), ("us-west-2", live)]);
    // Far beyond the test's patience: the live region's answers must not wait for it.
    settings.timeouts.attempt = Duration::from_mins(10);
    settings.timeouts.operation = Duration::from_mins(10);
    let observer = Arc::new(observer(settings));
    let silent = tokio::spawn({
        let observer = Arc::clone(&observer);
        async move { observer.read(&Region::from("us-east-1"), &question()).await }
    });
    for _ in 0..5 {
        let read = observer.read(&Region::from("us-west-2"), &question()).await;
        assert!(matches!(&read, Ok(Facts::Tables(found)) if found.len() == 1), "{read:?}");
    }
    assert!(!silent.is_finished());
    silent.abort();
}
