//! Names, asked of a resolver of our own on the loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME};
use hickory_proto::rr::{Name, RData, Record};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::route53::{DnsAnswer, Vantage};
use lifeboat_model::id::Region;
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::topology::RecordTarget;
use tokio::net::UdpSocket;

use super::stage::{Answers, Logins, answer, observer, settings};

/// `app.example.com` leads to the standby; no other name exists; `broken.example.com` cannot be told.
async fn resolver() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = socket.local_addr().expect("it is bound");
    tokio::spawn(async move {
        let mut packet = [0; 1500];
        while let Ok((length, asker)) = socket.recv_from(&mut packet).await {
            let question = Message::from_vec(&packet[..length]).expect("a DNS question");
            let reply = replied(question).to_vec().expect("it can be written");
            socket.send_to(&reply, asker).await.expect("the loopback carries it");
        }
    });
    address
}

fn replied(question: Message) -> Message {
    let mut reply = question.into_response();
    let asked = reply.queries[0].name().clone();
    match asked.to_ascii().to_lowercase().as_str() {
        "app.example.com." => {
            let target = Name::from_ascii("standby.example.com.").expect("a name");
            reply.answers.push(Record::from_rdata(asked, 30, RData::CNAME(CNAME(target.clone()))));
            reply.answers.push(Record::from_rdata(target, 60, RData::A(A::new(192, 0, 2, 7))));
        }
        "broken.example.com." => reply.metadata.response_code = ResponseCode::ServFail,
        _ => reply.metadata.response_code = ResponseCode::NXDomain,
    }
    reply
}

async fn asked(resolvers: Vec<SocketAddr>, name: &str) -> Vec<DnsAnswer> {
    match asked_where_route53_says(404, resolvers, name).await {
        Ok(found) => found,
        Err(error) => panic!("{error}"),
    }
}

async fn asked_where_route53_says(
    status: u16,
    resolvers: Vec<SocketAddr>,
    name: &str,
) -> Result<Vec<DnsAnswer>, CloudError> {
    let mut settings = settings();
    settings.resolvers = resolvers;
    settings.timeouts.lookup = Duration::from_millis(500);
    let unserved = Answers::by(move |_| answer(status, &[], String::new()));
    let observer = observer(settings, unserved, &Logins::of("AKIATEST"));
    let records = vec![RecordTarget { zone: "Z123".into(), name: name.into() }];
    match observer.read(&Region::from("us-east-1"), &Read::Answers { records }).await? {
        Facts::Answers(found) => Ok(found),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_resolver_tells_the_addresses_and_the_cname_that_led_there() {
    let resolver = resolver().await;
    let found = asked(vec![resolver], "app.example.com").await;
    let told: Vec<_> = found
        .iter()
        .filter(|answer| answer.vantage == Vantage::Resolver(resolver.to_string()))
        .map(|answer| (answer.record_type.as_str(), answer.values.join(" "), answer.ttl_s))
        .collect();
    assert_eq!(told, [("A", "192.0.2.7".to_owned(), Some(60)), ("CNAME", "standby.example.com".to_owned(), Some(30))]);
}

#[tokio::test]
async fn what_a_resolver_refuses_is_told_in_dns_words() {
    let resolver = resolver().await;
    for (name, code) in [("gone.example.com", "NXDOMAIN"), ("broken.example.com", "SERVFAIL")] {
        let found = asked(vec![resolver], name).await;
        let told = found.iter().find(|answer| answer.vantage != Vantage::Authority).expect("it answered");
        assert_eq!((told.code.as_str(), told.values.len()), (code, 0));
    }
}

#[tokio::test]
async fn an_authority_that_cannot_be_asked_is_told_beside_the_others_answers() {
    let found = asked(vec![resolver().await], "app.example.com").await;
    let authority = found.iter().find(|answer| answer.vantage == Vantage::Authority).expect("it is told");
    assert_eq!((authority.code.as_str(), authority.values.len()), ("not found", 0));
    assert!(found.iter().any(|answer| answer.code == "NOERROR"));
}

#[tokio::test]
async fn where_nobody_said_a_word_the_refusal_is_the_reads() {
    let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    for (status, kind) in [
        (429, CloudErrorKind::Throttled { retry_after: None }),
        (403, CloudErrorKind::Denied { action: None }),
        (401, CloudErrorKind::MissingCredentials),
        (503, CloudErrorKind::ServiceFailure),
    ] {
        let found = asked_where_route53_says(status, vec![nobody], "app.example.com").await;
        assert_eq!(found.map_err(|error| error.kind), Err(kind.clone()));
        for name in ["app.example.com", "gone.example.com"] {
            let found = asked_where_route53_says(status, vec![nobody, resolver().await], name).await;
            let found = found.unwrap_or_else(|error| panic!("a resolver has spoken of {name}: {error}"));
            let authority = found.iter().find(|answer| answer.vantage == Vantage::Authority).expect("it is told");
            assert_eq!(authority.code, kind.label());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn all_that_is_asked_of_route53_takes_turns() {
    let begun = tokio::time::Instant::now();
    let sent: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let client = Answers::by({
        let sent = Arc::clone(&sent);
        move |_| {
            sent.lock().expect("no test panics with the lock").push(begun.elapsed());
            answer(404, &[], String::new())
        }
    });
    let observer = observer(settings(), client, &Logins::of("AKIATEST"));
    let record =
        |name: usize| RecordTarget { zone: "Z123".into(), name: format!("app{name}.example.com").as_str().into() };
    let checks = Read::HealthChecks { checks: (0..8).map(|id| format!("hc-{id}").as_str().into()).collect() };
    let records = Read::Records { records: (0..8).map(record).collect() };
    let (home, partner) = (Region::from("us-east-1"), Region::from("us-west-2"));
    let (checks, records) =
        futures::future::join(observer.read(&home, &checks), observer.read(&partner, &records)).await;
    assert_eq!((checks, records), (Ok(Facts::HealthChecks(Vec::new())), Ok(Facts::Records(Vec::new()))));
    let sent = sent.lock().expect("no test panics with the lock").clone();
    assert_eq!(sent.len(), 16);
    for at in &sent {
        let within = sent.iter().filter(|other| **other >= *at && **other < *at + Duration::from_secs(1)).count();
        assert!(within <= 5, "{sent:?}");
    }
    assert!(sent.last().is_some_and(|last| *last >= Duration::from_secs(6)), "{sent:?}");
}
