//! The table of calls and the requests that are sent are one and the same: each goes where the table says, as the
//! operation that it says, and asks nothing for which its IAM actions and a reader's are not enough.

use std::collections::BTreeSet;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use lifeboat_model::call::Call;
use lifeboat_model::id::Region;
use lifeboat_model::port::Mutate;
use lifeboat_model::read::OPERATIONS;
use serde_json::json;

use super::stage::{Logins, Sent, Wire, answer, operator, settings};

/// What is looked at before a change, as if it were all there; anything else is refused.
fn world(sent: &Sent) -> HttpResponse {
    let operation = sent.target.as_deref().and_then(|target| target.rsplit('.').next());
    match operation {
        Some("DescribeEndpointGroup") => {
            let endpoint = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/shop/1";
            let group = json!({ "EndpointDescriptions": [{ "EndpointId": endpoint, "Weight": 128 }] });
            answer(200, &[], json!({ "EndpointGroup": group }).to_string())
        }
        Some("GetParameter") => parameter(&sent.json()),
        _ if sent.method == "GET" && sent.path.contains("versions") => answer(
            200,
            &[],
            "<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>a</Key><VersionId>1</VersionId>\
             <IsLatest>true</IsLatest></Version></ListVersionsResult>",
        ),
        _ if sent.method == "GET" && sent.path.contains("recovery-points") => {
            let arn = "arn:aws:backup:us-east-2:123456789012:recovery-point:1";
            answer(
                200,
                &[],
                json!({ "RecoveryPoints": [{ "RecoveryPointArn": arn, "Status": "COMPLETED" }] }).to_string(),
            )
        }
        _ if sent.method == "GET" => {
            answer(404, &[], "<Error><Code>ReplicationConfigurationNotFoundError</Code></Error>")
        }
        _ => answer(400, &[], String::new()),
    }
}

/// The one that is to be a secret is only where it is to be copied from.
fn parameter(asked: &serde_json::Value) -> HttpResponse {
    match (asked["Name"].as_str(), asked["WithDecryption"].as_bool()) {
        (Some("/shop/api-key"), Some(true)) => {
            answer(200, &[], json!({ "Parameter": { "Type": "SecureString", "Value": "held" } }).to_string())
        }
        (Some("/shop/api-key"), _) => answer(400, &[], json!({ "__type": "ParameterNotFound" }).to_string()),
        _ => answer(200, &[], json!({ "Parameter": { "Type": "String" } }).to_string()),
    }
}

/// Where a request of a call goes: all to one place, except the look at what another region holds.
fn place_of(call: &Call, sent: &Sent) -> (String, String) {
    match call {
        Call::EnsureSecureParameter { copy_from: Some(there), .. }
            if sent.target.as_deref() == Some("AmazonSSM.GetParameter") && sent.json()["WithDecryption"] == true =>
        {
            (format!("ssm.{there}.amazonaws.com"), format!("{there}/ssm"))
        }
        _ => place(call),
    }
}

/// The host that serves a call, and the region and service that it is signed for.
fn place(call: &Call) -> (String, String) {
    let region = call.endpoint_region();
    let regional =
        |service: &str, signed: &str| (format!("{service}.{region}.amazonaws.com"), format!("{region}/{signed}"));
    match call {
        Call::SwitchoverGlobalCluster { .. } | Call::FailoverGlobalCluster { .. } => regional("rds", "rds"),
        Call::SetHealthCheckInverted { .. } | Call::ChangeRecord { .. } => {
            ("route53.amazonaws.com".to_owned(), "us-east-1/route53".to_owned())
        }
        Call::PutMetric { .. } | Call::MuteAlarms { .. } | Call::UnmuteAlarms { .. } => {
            regional("monitoring", "monitoring")
        }
        Call::PutMarker { bucket, .. } | Call::PutReplication { bucket, .. } | Call::EmptyBucket { bucket, .. } => {
            let (host, signed) = regional("s3", "s3");
            (format!("{bucket}.{host}"), signed)
        }
        Call::UpdateEndpointGroup { .. } => regional("globalaccelerator", "globalaccelerator"),
        Call::SetCapacity { .. } => regional("autoscaling", "autoscaling"),
        Call::SetFunctionConcurrency { .. } | Call::SetEventSource { .. } | Call::InvokeFunction { .. } => {
            regional("lambda", "lambda")
        }
        Call::PutParameter { .. } | Call::EnsureSecureParameter { .. } | Call::DeleteParameter { .. } => {
            regional("ssm", "ssm")
        }
        Call::PublishNotice { .. } => regional("sns", "sns"),
        Call::PutItem { .. } | Call::DeleteItem { .. } => regional("dynamodb", "dynamodb"),
        Call::CreateChangeSet { .. }
        | Call::ExecuteChangeSet { .. }
        | Call::DeleteChangeSet { .. }
        | Call::DeleteStack { .. }
        | Call::ContinueUpdateRollback { .. }
        | Call::SetTerminationProtection { .. }
        | Call::DetectDrift { .. } => regional("cloudformation", "cloudformation"),
        Call::MakeManagedKey { .. } => regional("kms", "kms"),
        Call::EmptyVault { .. } => regional("backup", "backup"),
    }
}

/// The IAM action of an operation that only looks, where it is not in the table of reads.
fn looking(operation: &str) -> Option<&'static str> {
    let action = match operation {
        "DescribeEndpointGroup" => Some("globalaccelerator:DescribeEndpointGroup"),
        "GetParameter" => Some("ssm:GetParameter"),
        _ => None,
    };
    action.or_else(|| OPERATIONS.iter().find(|row| row.name == operation).and_then(|row| row.iam))
}

#[tokio::test]
async fn every_call_goes_to_the_host_of_its_endpoint_region_as_its_operation() {
    let readable: BTreeSet<&str> = OPERATIONS.iter().filter_map(|row| row.iam).collect();
    for call in Call::samples() {
        let wire = Wire::default();
        let operator = operator(settings(), wire.answering(world), &Logins::of("AKIATEST"));
        let error = operator.perform(&call).await.expect_err("it was refused");
        assert_eq!((error.region, error.operation.as_str()), (call.endpoint_region(), call.operation()), "{call:?}");

        let sent = wire.take();
        for request in &sent {
            assert_eq!((request.host.clone(), request.signed_for.clone()), place_of(&call, request), "{call:?}");
        }
        let operations = operator.operations();
        assert_eq!(operations.get(call.operation()), Some(&1), "{call:?} sent {operations:?}");
        for operation in operations.keys().filter(|operation| *operation != call.operation()) {
            let action = looking(operation).unwrap_or_else(|| panic!("{call:?} sent {operation}"));
            assert!(readable.contains(action) || call.iam_actions().contains(&action), "{call:?} needs {action}");
        }
        assert_eq!(sent.len() as u64, operations.values().sum::<u64>(), "{call:?}");
    }
}

#[tokio::test]
async fn global_services_are_asked_in_their_one_region() {
    let regions = |wanted: fn(&Call) -> bool| -> BTreeSet<Region> {
        Call::samples().iter().filter(|call| wanted(call)).map(Call::endpoint_region).collect()
    };
    let route53 = regions(|call| matches!(call, Call::SetHealthCheckInverted { .. } | Call::ChangeRecord { .. }));
    assert_eq!(route53, BTreeSet::from([Region::from("us-east-1")]));
    let accelerator = regions(|call| matches!(call, Call::UpdateEndpointGroup { .. }));
    assert_eq!(accelerator, BTreeSet::from([Region::from("us-west-2")]));
}
