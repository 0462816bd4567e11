//! What stands on what: for each service of each region, what Lifeboat shows from it, what cannot be done without
//! it, and whether it answers.

use super::evidence::Evidence;
use super::identity;
use super::reads;
use crate::assessment::Dependency;
use crate::cloud_error::CloudErrorKind;
use crate::read::Service;
use crate::snapshot::Contact;

pub(super) fn assess(evidence: &Evidence<'_>) -> Vec<Dependency> {
    reads::polled(evidence.deployment)
        .into_iter()
        .map(|(region, service)| {
            let contact = evidence.here(&region).map(|here| here.contact(service));
            let failure = contact.and_then(|contact| contact.failure);
            Dependency {
                service,
                ok: contact.and_then(|contact| is_ok(evidence, contact)),
                last_answer: contact.and_then(|contact| contact.answered_at),
                failure: failure.map(|failure| (failure.error.kind.label().to_owned(), failure.since)),
                facts: owned(facts(service)),
                actions: owned(actions(service)),
                fix: failure.and_then(|failure| match &failure.error.kind {
                    CloudErrorKind::ExpiredCredentials | CloudErrorKind::MissingCredentials => {
                        Some(identity::fix(&failure.error))
                    }
                    CloudErrorKind::Denied { action } => failure.error.fix.clone().or_else(|| {
                        let action = action.as_deref().unwrap_or("the action");
                        Some(format!("allow {action}: `lifeboat iam read-only` prints the whole policy"))
                    }),
                    CloudErrorKind::Throttled { .. }
                    | CloudErrorKind::NotFound
                    | CloudErrorKind::Conflict
                    | CloudErrorKind::Invalid
                    | CloudErrorKind::Timeout
                    | CloudErrorKind::OutcomeUnknown
                    | CloudErrorKind::Unreachable
                    | CloudErrorKind::ServiceFailure
                    | CloudErrorKind::Malformed => failure.error.fix.clone(),
                }),
                region,
            }
        })
        .collect()
}

/// Without a failure, an answer that is old is no proof: it is not known.
fn is_ok(evidence: &Evidence<'_>, contact: Contact<'_>) -> Option<bool> {
    match (contact.failure, contact.answered_at) {
        (Some(_), _) => Some(false),
        (None, Some(at)) => evidence.is_recent(at, contact.service).then_some(true),
        (None, None) => None,
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn facts(service: Service) -> &'static [&'static str] {
    match service {
        Service::Identity => &["account and credentials"],
        Service::Aurora => &["Aurora roles", "Aurora cluster state"],
        Service::DynamoDb => &["table and replica state"],
        Service::S3 => &["replication rules"],
        Service::HealthChecks => &["health checks by checker", "health check settings"],
        Service::Records => &["DNS records and TTLs"],
        Service::Answers => &["where DNS sends clients"],
        Service::Metrics => &["replication lag", "traffic and errors", "health check status"],
        Service::Alarms => &["alarms and their history"],
        Service::LoadBalancing => &["target health"],
        Service::Lambda => &["function state and concurrency", "event sources"],
        Service::GlobalAccelerator => &["accelerator dials, weights and endpoint health"],
        Service::Parameters => &["parameter parity"],
        Service::Stacks => &["stacks and drift"],
        Service::Backup => &["recovery points and copies"],
        Service::AutoScaling => &["instance capacity"],
        Service::Quotas => &["quota parity"],
        Service::Probes => &["what clients see"],
        Service::Discovery | Service::Notices | Service::Keys | Service::Network => &[],
    }
}

fn actions(service: Service) -> &'static [&'static str] {
    match service {
        Service::Aurora => &["switch over or fail over Aurora"],
        Service::DynamoDb => &["prove replication by a canary item"],
        Service::S3 => &["reverse replication", "write a standby marker"],
        Service::HealthChecks => &["invert a health check"],
        Service::Records => &["change DNS records"],
        Service::Metrics => &["judge lag against the RPO", "write a standby metric"],
        Service::Alarms => &["mute alarms"],
        Service::Lambda => &["fence functions", "move event consumers"],
        Service::GlobalAccelerator => &["move the accelerator's dials and weights"],
        Service::Parameters => &["change the active region's parameter"],
        Service::AutoScaling => &["scale the standby"],
        Service::Identity => &["every change: the account cannot be verified"],
        Service::Answers
        | Service::LoadBalancing
        | Service::Stacks
        | Service::Backup
        | Service::Quotas
        | Service::Probes
        | Service::Discovery
        | Service::Notices
        | Service::Keys
        | Service::Network => &[],
    }
}
