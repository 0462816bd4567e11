//! Canaries: writing to the application as a client of it does, through its public name, and looking in each store for
//! what was written. Every request resolves the name and connects anew: a connection kept from before a failover would
//! go on leading where clients no longer are.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_async::time::{SystemTimeSource, TimeSource};
use futures::stream::{self, StreamExt};
use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::Receipt;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::canary::Sighting;
use lifeboat_model::id::Region;
use lifeboat_model::read::Service;
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::CanaryTarget;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use crate::error::clean;
use crate::probes::{client, reason};

/// By which the application knows a write that it has seen before.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// What stands for the nonce in a store's URL.
const PLACE: &str = "{nonce}";
/// Looking for many canaries must not be a load of its own.
const LOOKED_FOR_AT_ONCE: usize = 8;

#[derive(Debug)]
pub(crate) struct Canaries {
    limit: Duration,
    /// Made when first needed: reading the machine's certificates takes a while. The failure is kept as text.
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl Canaries {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&reqwest::Client, String> {
        self.client.get_or_init(|| client(self.limit)).as_ref().map_err(Clone::clone)
    }

    /// `Ok` once the application has acknowledged it.
    pub(crate) async fn write(&self, canary: &CanaryTarget, nonce: &str) -> Result<Receipt, CloudError> {
        let client = self.client().map_err(|why| failed(CloudErrorKind::Invalid, &why))?;
        let answer = client
            .post(&canary.write_url)
            .header(CONTENT_TYPE, "application/json")
            .header(IDEMPOTENCY_KEY, nonce)
            .body(json!({ "canary": nonce }).to_string())
            .send()
            .await
            .map_err(|error| unanswered(&error.without_url()))?;
        if answer.status().is_success() {
            return Ok(Receipt {
                request_id: None,
                at: now(),
                detail: Some(format!("HTTP {}", answer.status().as_u16())),
            });
        }
        Err(refused(&answer))
    }

    /// Which of them one store has. A store that has no URL cannot be asked.
    pub(crate) async fn find(&self, canary: &CanaryTarget, store: StoreKind, nonces: &[String]) -> Vec<Sighting> {
        let url = canary.read_urls.get(&store);
        let looked = nonces.iter().map(async |nonce| {
            let found = match (self.client(), url) {
                (Ok(client), Some(url)) => has(client, &url.replace(PLACE, nonce)).await,
                _ => None,
            };
            Sighting { nonce: nonce.clone(), found }
        });
        let looked: Vec<_> = looked.collect();
        stream::iter(looked).buffered(LOOKED_FOR_AT_ONCE).collect().await
    }
}

async fn has(client: &reqwest::Client, url: &str) -> Option<bool> {
    match client.get(url).send().await.ok()?.status().as_u16() {
        200 => Some(true),
        404 => Some(false),
        _ => None,
    }
}

/// Whether it may have been written: not where no connection stood.
fn unanswered(error: &reqwest::Error) -> CloudError {
    let kind = if error.is_builder() {
        CloudErrorKind::Invalid
    } else if error.is_connect() {
        CloudErrorKind::Unreachable
    } else {
        CloudErrorKind::OutcomeUnknown
    };
    failed(kind, &reason(error))
}

fn refused(answer: &reqwest::Response) -> CloudError {
    let status = answer.status();
    let kind = match status.as_u16() {
        500..=599 => CloudErrorKind::ServiceFailure,
        _ => CloudErrorKind::Invalid,
    };
    failed(kind, &format!("HTTP {status}"))
}

/// Where a public name leads is not known when nobody answers: the name stands in the region's place.
fn failed(kind: CloudErrorKind, words: &str) -> CloudError {
    CloudError {
        kind,
        service: Service::Probes,
        region: Region::from("the public name"),
        operation: "POST".to_owned(),
        message: clean(words),
        request_id: None,
        fix: None,
    }
}

fn now() -> Timestamp {
    Timestamp::try_from(SystemTimeSource::new().now()).unwrap_or(Timestamp::UNIX_EPOCH)
}
