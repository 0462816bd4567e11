//! Asking the application as a client does: one GET, whatever comes of it. It signs nothing and follows nobody:
//! a redirect is an answer.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::join_all;
use lifeboat_model::facts::probe::{Probe, ProbeOutcome};
use lifeboat_model::topology::ProbeTarget;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::Instant;

use crate::error::chain;

#[derive(Debug)]
pub(crate) struct Prober {
    limit: Duration,
    /// Made at the first probe: reading the machine's certificates takes a while. The failure is kept as text.
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl Prober {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, client: OnceLock::new() }
    }

    pub(crate) async fn probe(&self, targets: &[ProbeTarget]) -> Vec<Probe> {
        let client = self.client.get_or_init(|| client(self.limit));
        join_all(targets.iter().map(async |target| Probe {
            target: target.clone(),
            outcome: match client {
                Ok(client) => get(client, &target.url).await,
                Err(reason) => ProbeOutcome::Failed { reason: reason.clone() },
            },
        }))
        .await
    }
}

/// The status is the answer; the body is left unread.
async fn get(client: &reqwest::Client, url: &str) -> ProbeOutcome {
    let begun = Instant::now();
    match client.get(url).send().await {
        Ok(answer) => ProbeOutcome::Answered { status: answer.status().as_u16(), latency: begun.elapsed() },
        // The URL may hold a token, and is known to the reader anyway.
        Err(error) => ProbeOutcome::Failed { reason: reason(&error.without_url()) },
    }
}

pub(crate) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() { "no answer in time".to_owned() } else { chain(error) }
}

/// Asks as a client does, on a connection of its own each time.
pub(crate) fn client(limit: Duration) -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(limit)
        // A connection kept open would hide where the name leads now.
        .pool_max_idle_per_host(0)
        .user_agent(concat!("lifeboat/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| chain(&error))
}

fn tls() -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    // A machine may hold certificates that cannot be read; the others serve.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| chain(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
