//! Where a name leads: what Route 53 would say now, and what resolvers do say. A failure to ask is itself an
//! answer, told by its code: one resolver's silence must not hide another's words. Only where nobody said a word of a
//! name, and Route 53 may say more when asked again or by somebody else, the read has failed.

use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_route53::types::RrType;
use futures::future::{join, join_all};
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::RecordType;
use hickory_resolver::{Resolver, TokioResolver};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::route53::{DnsAnswer, Vantage};
use lifeboat_model::id::DnsName;
use lifeboat_model::read::Service;
use lifeboat_model::topology::RecordTarget;

use crate::clients::Endpoint;

/// What names are asked for: addresses, which any chain of aliases and CNAMEs ends in.
const ASKED: &str = "A";

/// What one vantage gave: a word of DNS, or the failure to get one, as an answer all the same.
#[derive(Debug)]
struct Said {
    answer: DnsAnswer,
    is_word: bool,
}

pub(crate) async fn answers(
    at: &Endpoint,
    resolvers: &Resolvers,
    records: &[RecordTarget],
) -> Result<Vec<DnsAnswer>, CloudError> {
    let authority = join_all(records.iter().map(|record| authority(at, record)));
    let resolved = join_all(records.iter().map(|record| resolvers.ask(&record.name)));
    let (authority, resolved) = join(authority, resolved).await;
    let mut answers = Vec::new();
    for ((record, authority), resolved) in records.iter().zip(authority).zip(&resolved) {
        answers.push(match authority {
            Ok(answer) => answer,
            Err(error) if hides(&error) && !resolved.iter().any(|said| said.is_word) => return Err(error),
            Err(error) => refused(record, &error),
        });
    }
    answers.extend(resolved.into_iter().flatten().map(|said| said.answer));
    Ok(answers)
}

/// Whether the failure says nothing of the name itself: it passes, or is mended by a person.
fn hides(error: &CloudError) -> bool {
    match &error.kind {
        CloudErrorKind::Throttled { .. } | CloudErrorKind::Denied { .. } => true,
        kind => kind.is_silence() || kind.is_credentials(),
    }
}

fn refused(record: &RecordTarget, error: &CloudError) -> DnsAnswer {
    DnsAnswer {
        name: record.name.clone(),
        record_type: ASKED.to_owned(),
        vantage: Vantage::Authority,
        code: error.kind.label().to_owned(),
        values: Vec::new(),
        ttl_s: None,
    }
}

/// Route 53 answers in the record's own type: a CNAME is asked for where no address was found.
async fn authority(at: &Endpoint, record: &RecordTarget) -> Result<DnsAnswer, CloudError> {
    match test(at, record, RrType::A).await {
        Ok(answer) if answer.values.is_empty() && answer.code == "NOERROR" => {
            match test(at, record, RrType::Cname).await {
                Ok(cname) if !cname.values.is_empty() => Ok(cname),
                _ => Ok(answer),
            }
        }
        other => other,
    }
}

async fn test(at: &Endpoint, record: &RecordTarget, kind: RrType) -> Result<DnsAnswer, CloudError> {
    let _turn = at.route53_turns.take().await;
    let answer = at
        .route53()
        .test_dns_answer()
        .hosted_zone_id(record.zone.as_str())
        .record_name(record.name.as_str())
        .record_type(kind.clone())
        .send()
        .await
        .map_err(at.failure(Service::Answers, "TestDNSAnswer"))?;
    Ok(DnsAnswer {
        name: record.name.clone(),
        record_type: kind.as_str().to_owned(),
        vantage: Vantage::Authority,
        code: answer.response_code().to_owned(),
        values: answer.record_data().iter().map(|value| value.trim_end_matches('.').to_owned()).collect(),
        ttl_s: None,
    })
}

/// The resolvers that are asked, each on its own, so that each one's cache is seen.
#[derive(Debug)]
pub(crate) struct Resolvers {
    addresses: Vec<SocketAddr>,
    limit: Duration,
}

impl Resolvers {
    pub(crate) fn new(addresses: Vec<SocketAddr>, limit: Duration) -> Self {
        Self { addresses, limit }
    }

    async fn ask(&self, name: &DnsName) -> Vec<Said> {
        if self.addresses.is_empty() {
            // Read anew each time: a laptop changes networks.
            let configured = hickory_resolver::system_conf::read_system_conf();
            return match configured {
                Ok((config, _)) => self.lookup(&system_label(&config), config, name).await,
                Err(error) => vec![failed(name, "the system's resolver", &error)],
            };
        }
        let asked = self
            .addresses
            .iter()
            .map(async |address| self.lookup(&address_label(*address), only(*address), name).await);
        join_all(asked).await.into_iter().flatten().collect()
    }

    async fn lookup(&self, label: &str, config: ResolverConfig, name: &DnsName) -> Vec<Said> {
        let resolver = match self.resolver(config) {
            Ok(resolver) => resolver,
            Err(error) => return vec![failed(name, label, &error)],
        };
        // The dot keeps the system's search list out.
        let question = resolver.lookup(format!("{name}."), RecordType::A);
        match tokio::time::timeout(self.limit, question).await {
            Ok(Ok(found)) => answered(name, label, found.answers()),
            Ok(Err(error)) => vec![failed(name, label, &error)],
            Err(_) => vec![failed(name, label, &NetError::Timeout)],
        }
    }

    fn resolver(&self, config: ResolverConfig) -> Result<TokioResolver, NetError> {
        let mut options = ResolverOpts::default();
        options.timeout = self.limit;
        options.attempts = 1;
        // Not ours but the resolver's cache is of interest, and no hosts file stands between clients and it.
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.preserve_intermediates = true;
        Resolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options).build()
    }
}

fn only(address: SocketAddr) -> ResolverConfig {
    let mut udp = ConnectionConfig::udp();
    udp.port = address.port();
    let mut tcp = ConnectionConfig::tcp();
    tcp.port = address.port();
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(address.ip(), true, vec![udp, tcp])])
}

fn address_label(address: SocketAddr) -> String {
    if address.port() == 53 { address.ip().to_string() } else { address.to_string() }
}

fn system_label(config: &ResolverConfig) -> String {
    config.name_servers().first().map_or_else(|| "the system's resolver".to_owned(), |server| server.ip.to_string())
}

/// The addresses; and, where a CNAME led to them, its target too, which tells a region better than an address does.
fn answered(name: &DnsName, label: &str, found: &[hickory_resolver::proto::rr::Record]) -> Vec<Said> {
    [RecordType::A, RecordType::CNAME]
        .into_iter()
        .filter_map(|kind| {
            let records: Vec<_> = found.iter().filter(|record| record.record_type() == kind).collect();
            if records.is_empty() && kind != RecordType::A {
                return None;
            }
            let answer = DnsAnswer {
                name: name.clone(),
                record_type: kind.to_string(),
                vantage: Vantage::Resolver(label.to_owned()),
                code: "NOERROR".to_owned(),
                values: records.iter().map(|record| value(record)).collect(),
                ttl_s: records.iter().map(|record| record.ttl).min(),
            };
            Some(Said { answer, is_word: true })
        })
        .collect()
}

fn value(record: &hickory_resolver::proto::rr::Record) -> String {
    record.data.to_string().trim_end_matches('.').to_owned()
}

fn failed(name: &DnsName, label: &str, error: &NetError) -> Said {
    let answer = DnsAnswer {
        name: name.clone(),
        record_type: ASKED.to_owned(),
        vantage: Vantage::Resolver(label.to_owned()),
        code: code(error),
        values: Vec::new(),
        ttl_s: None,
    };
    Said { answer, is_word: matches!(error, NetError::Dns(_)) }
}

/// DNS's own word where there is one: `NXDOMAIN`, `SERVFAIL`, `REFUSED`.
fn code(error: &NetError) -> String {
    match error {
        NetError::Dns(DnsError::ResponseCode(code)) => format!("{code:?}").to_uppercase(),
        NetError::Dns(DnsError::NoRecordsFound(none)) => format!("{:?}", none.response_code).to_uppercase(),
        NetError::Timeout => "timed out".to_owned(),
        NetError::NoConnections => "unreachable".to_owned(),
        other => crate::error::chain(other),
    }
}
