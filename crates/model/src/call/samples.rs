//! One call of every kind and direction. What must hold of every call (that read-only credentials are denied it,
//! that it can be printed, undone, journaled) is proved over this list.

use super::{Call, Capacity, Change, CustomMetric, LateValue, StackInput, TemplateText};
use crate::facts::route53::{RecordSet, Routing};
use crate::facts::s3::ReplicationRule;
use crate::id::Region;
use crate::time::Timestamp;

impl Call {
    /// Every kind of call, in both directions where it has two, on resources that belong to nobody.
    pub fn samples() -> Vec<Self> {
        let (home, partner) = (Region::from("us-east-1"), Region::from("us-east-2"));
        let mut samples = vec![
            Self::SwitchoverGlobalCluster {
                global_cluster: "shop".into(),
                target: "arn:aws:rds:us-east-2:123456789012:cluster:shop-dr".into(),
                writer_region: home.clone(),
            },
            Self::FailoverGlobalCluster {
                global_cluster: "shop".into(),
                target: "arn:aws:rds:us-east-2:123456789012:cluster:shop-dr".into(),
                target_region: partner.clone(),
            },
            Self::ChangeRecord { zone: "Z1".into(), before: Some(record(60)), after: Some(record(10)) },
            Self::UpdateEndpointGroup {
                group: "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/g".into(),
                dial_percent: Change::new(100.0, 0.0),
                weights: vec![(
                    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/shop/1".to_owned(),
                    Change::new(128, 0),
                )],
            },
            Self::SetCapacity {
                region: partner.clone(),
                group: "shop-dr".into(),
                capacity: Change::new(Capacity { min: 1, desired: 1, max: 4 }, Capacity { min: 2, desired: 4, max: 8 }),
            },
            Self::PutParameter {
                region: partner.clone(),
                name: "/shop/active-region".into(),
                value: Change::new("us-east-1".to_owned(), "us-east-2".to_owned()),
            },
            Self::PublishNotice {
                topic: "arn:aws:sns:us-east-2:123456789012:shop".into(),
                subject: "drill".to_owned(),
                message: "it begins".to_owned(),
            },
            Self::InvokeFunction { region: partner.clone(), function: "shop-check".into(), payload: "{}".to_owned() },
        ];
        for on in [true, false] {
            samples.extend(switched(&home, &partner, on));
            samples.extend(change_sets(&partner, on));
        }
        samples.extend(provisioning(&home, &partner));
        samples
    }
}

/// A stack that is made, or one that is updated.
fn change_sets(partner: &Region, creates: bool) -> Vec<Call> {
    let (region, stack, change_set) = (partner.clone(), "shop-dr".into(), "lifeboat-provision-1".to_owned());
    let kept = if creates { LateValue::Literal("vpc-1".to_owned()) } else { LateValue::Previous };
    vec![
        Call::CreateChangeSet {
            region: region.clone(),
            stack,
            change_set: change_set.clone(),
            creates,
            template: TemplateText::new("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"),
            inputs: vec![
                StackInput { key: "EnvironmentSuffix".to_owned(), value: LateValue::Literal("dev".to_owned()) },
                StackInput { key: "HomeVpc".to_owned(), value: kept },
            ],
            capabilities: vec!["CAPABILITY_NAMED_IAM".to_owned()],
            tags: vec![("Environment".to_owned(), "dev".to_owned())],
        },
        Call::ExecuteChangeSet { region: region.clone(), stack: "shop-dr".into(), change_set, creates },
        Call::SetTerminationProtection { region, stack: "shop-dr".into(), on: Change::new(!creates, creates) },
    ]
}

/// The rest of what stacks are made, mended and taken away by.
fn provisioning(home: &Region, partner: &Region) -> Vec<Call> {
    vec![
        Call::DeleteChangeSet {
            region: partner.clone(),
            stack: "shop-dr".into(),
            change_set: "lifeboat-provision-1".to_owned(),
        },
        Call::DeleteStack { region: partner.clone(), stack: "shop-dr".into() },
        Call::ContinueUpdateRollback { region: partner.clone(), stack: "shop-dr".into() },
        Call::DetectDrift { region: partner.clone(), stack: "shop-dr".into() },
        Call::MakeManagedKey { region: partner.clone(), alias: "alias/aws/rds".to_owned() },
        Call::EnsureSecureParameter { region: home.clone(), name: "/shop/api-key".into(), copy_from: None, length: 32 },
        Call::EnsureSecureParameter {
            region: partner.clone(),
            name: "/shop/api-key".into(),
            copy_from: Some(home.clone()),
            length: 32,
        },
        Call::DeleteParameter { region: partner.clone(), name: "/shop/api-key".into() },
        Call::EmptyBucket { region: partner.clone(), bucket: "shop-assets-dr".into() },
        Call::EmptyVault { region: partner.clone(), vault: "shop-dr".into() },
    ]
}

/// The calls that go both ways, in one of them.
fn switched(home: &Region, partner: &Region, on: bool) -> Vec<Call> {
    let (alarms, until) = (vec!["shop-lag".into()], Timestamp::UNIX_EPOCH);
    vec![
        Call::SetHealthCheckInverted { check: "check".into(), version: 1, inverted: Change::new(!on, on) },
        Call::PutMetric {
            metric: CustomMetric {
                region: partner.clone(),
                namespace: "Lifeboat".to_owned(),
                name: "StandbyTakesOver".to_owned(),
                dimensions: vec![("Deployment".to_owned(), "shop".to_owned())],
            },
            value: Change::new(f64::from(u8::from(!on)), f64::from(u8::from(on))),
        },
        Call::PutMarker {
            region: partner.clone(),
            bucket: "shop-assets-dr".into(),
            key: "standby-takes-over".to_owned(),
            present: Change::new(!on, on),
        },
        Call::SetFunctionConcurrency {
            region: home.clone(),
            function: "shop-pay".into(),
            reserved: if on { Change::new(None, Some(0)) } else { Change::new(Some(0), None) },
        },
        Call::SetEventSource {
            region: partner.clone(),
            uuid: "00000000-0000-0000-0000-000000000000".to_owned(),
            enabled: Change::new(!on, on),
        },
        if on {
            Call::MuteAlarms { region: home.clone(), rule: "lifeboat-shop".to_owned(), alarms, until }
        } else {
            Call::UnmuteAlarms { region: home.clone(), rule: "lifeboat-shop".to_owned(), alarms, until }
        },
        if on {
            Call::PutItem {
                region: home.clone(),
                table: "orders".into(),
                key_name: "pk".to_owned(),
                key: "canary".to_owned(),
                attributes: vec![("nonce".to_owned(), "1".to_owned())],
            }
        } else {
            Call::DeleteItem {
                region: home.clone(),
                table: "orders".into(),
                key_name: "pk".to_owned(),
                key: "canary".to_owned(),
            }
        },
        Call::PutReplication {
            region: home.clone(),
            bucket: "shop-assets".into(),
            role: "arn:aws:iam::123456789012:role/replication".into(),
            rules: if on { Change::new(Vec::new(), vec![rule()]) } else { Change::new(vec![rule()], Vec::new()) },
        },
    ]
}

fn record(ttl_s: u32) -> RecordSet {
    RecordSet {
        zone: "Z1".into(),
        name: "api.shop.test".into(),
        record_type: "CNAME".to_owned(),
        set_identifier: Some("home".to_owned()),
        routing: Routing::FailoverPrimary,
        ttl_s: Some(ttl_s),
        values: vec!["shop.us-east-1.elb.amazonaws.com".to_owned()],
        alias: None,
        health_check: Some("check".into()),
    }
}

fn rule() -> ReplicationRule {
    ReplicationRule {
        id: "all".to_owned(),
        enabled: true,
        destination: "shop-assets-dr".into(),
        prefix: None,
        delete_markers: true,
        metrics: true,
        time_control_minutes: Some(15),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::call::{Repetition, Reversal};

    /// A number for each kind: a new kind does not compile here until it has one, and then needs a sample.
    fn kind(call: &Call) -> u8 {
        match call {
            Call::SwitchoverGlobalCluster { .. } => 0,
            Call::FailoverGlobalCluster { .. } => 1,
            Call::SetHealthCheckInverted { .. } => 2,
            Call::ChangeRecord { .. } => 3,
            Call::PutMetric { .. } => 4,
            Call::PutMarker { .. } => 5,
            Call::UpdateEndpointGroup { .. } => 6,
            Call::SetCapacity { .. } => 7,
            Call::SetFunctionConcurrency { .. } => 8,
            Call::SetEventSource { .. } => 9,
            Call::PutParameter { .. } => 10,
            Call::MuteAlarms { .. } => 11,
            Call::UnmuteAlarms { .. } => 12,
            Call::PublishNotice { .. } => 13,
            Call::InvokeFunction { .. } => 14,
            Call::PutItem { .. } => 15,
            Call::DeleteItem { .. } => 16,
            Call::PutReplication { .. } => 17,
            Call::CreateChangeSet { .. } => 18,
            Call::ExecuteChangeSet { .. } => 19,
            Call::DeleteChangeSet { .. } => 20,
            Call::DeleteStack { .. } => 21,
            Call::ContinueUpdateRollback { .. } => 22,
            Call::SetTerminationProtection { .. } => 23,
            Call::DetectDrift { .. } => 24,
            Call::MakeManagedKey { .. } => 25,
            Call::EnsureSecureParameter { .. } => 26,
            Call::DeleteParameter { .. } => 27,
            Call::EmptyBucket { .. } => 28,
            Call::EmptyVault { .. } => 29,
        }
    }

    #[test]
    fn every_kind_of_call_has_a_sample() {
        let kinds: BTreeSet<u8> = Call::samples().iter().map(kind).collect();
        assert_eq!(kinds, (0..30).collect());
    }

    #[test]
    fn what_is_undone_twice_is_done() {
        for call in Call::samples() {
            let Reversal::By(undo) = call.reversal() else { continue };
            assert_eq!(undo.endpoint_region(), call.endpoint_region(), "{call:?}");
            // A canary item is deleted, and stays deleted, and so does a stack; a health check's version only grows.
            if matches!(
                call,
                Call::PutItem { .. }
                    | Call::SetHealthCheckInverted { .. }
                    | Call::CreateChangeSet { .. }
                    | Call::ExecuteChangeSet { .. }
            ) {
                continue;
            }
            assert_eq!(undo.reversal(), Reversal::By(Box::new(call)));
        }
    }

    #[test]
    fn a_promotion_is_never_sent_twice_unseen_and_never_undone_by_a_call() {
        for call in Call::samples().iter().filter(|call| kind(call) < 2) {
            assert_eq!(call.repetition(), Repetition::ProbeFirst);
            assert!(matches!(call.reversal(), Reversal::Never(_)));
        }
    }

    #[test]
    fn calls_survive_being_written_down() {
        for call in Call::samples() {
            let text = serde_json::to_string(&call).unwrap();
            assert_eq!(serde_json::from_str::<Call>(&text).unwrap(), call);
        }
    }
}
