//! Probes over real sockets: what a client would see.

use std::net::SocketAddr;
use std::time::Duration;

use lifeboat_model::facts::Facts;
use lifeboat_model::facts::probe::ProbeOutcome;
use lifeboat_model::id::Region;
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::topology::ProbeTarget;

use super::silence::{hanging, refusing, saying};
use super::stage::{Answers, Logins, answer, observer, settings};

async fn probed(addresses: &[SocketAddr]) -> Vec<ProbeOutcome> {
    let mut settings = settings();
    settings.timeouts.probe = Duration::from_millis(500);
    let observer = observer(settings, Answers::by(|_| answer(500, &[], String::new())), &Logins::of("AKIATEST"));
    let target = |address| ProbeTarget { region: None, url: format!("http://{address}/health?token=hidden") };
    let probes = addresses.iter().map(target).collect();
    let found = match observer.read(&Region::from("us-east-1"), &Read::Probes { probes }).await {
        Ok(Facts::Probes(found)) => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(observer.usage().requests, 0, "a probe is no request to AWS");
    found.into_iter().map(|probe| probe.outcome).collect()
}

fn status(outcome: &ProbeOutcome) -> u16 {
    match outcome {
        ProbeOutcome::Answered { status, .. } => *status,
        ProbeOutcome::Failed { reason } => panic!("{reason}"),
    }
}

#[tokio::test]
async fn any_answer_is_an_answer_and_a_redirect_is_not_followed() {
    let good = saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let bad = saying("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").await;
    let elsewhere = saying("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n").await;
    // The body never ends; the status has long been told.
    let endless = saying("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n.").await;
    let outcomes = probed(&[good, bad, elsewhere, endless]).await;
    assert_eq!(outcomes.iter().map(status).collect::<Vec<_>>(), [200, 503, 302, 200]);
    assert_eq!(outcomes.iter().map(ProbeOutcome::is_good).collect::<Vec<_>>(), [true, false, true, true]);
}

#[tokio::test]
async fn no_answer_is_told_with_its_reason_and_without_the_url() {
    let outcomes = probed(&[refusing().await, hanging().await]).await;
    let reasons: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            ProbeOutcome::Failed { reason } => reason.as_str(),
            ProbeOutcome::Answered { .. } => panic!("nobody was there"),
        })
        .collect();
    assert!(reasons[0].contains("refused"), "{}", reasons[0]);
    assert_eq!(reasons[1], "no answer in time");
    assert!(reasons.iter().all(|reason| !reason.contains("hidden")), "{reasons:?}");
}
