//! The very requests that change something, where no emulator would notice a wrong one: each word as AWS's service
//! models have it.

use aws_smithy_cbor::Decoder;
use aws_smithy_cbor::data::Type;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use lifeboat_model::call::{Call, Change, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::route53::{Alias, RecordSet, Routing};
use lifeboat_model::facts::s3::ReplicationRule;
use lifeboat_model::port::Mutate;
use serde_json::{Map, Value, json};

use super::stage::{Logins, Sent, Wire, answer, operator, settings};

/// Performs a call against these answers; what came of it and what was sent.
async fn performed(
    call: &Call,
    answers: impl Fn(&Sent) -> HttpResponse + Send + Sync + 'static,
) -> (Result<Receipt, CloudError>, Vec<Sent>) {
    let wire = Wire::default();
    let operator = operator(settings(), wire.answering(answers), &Logins::of("AKIATEST"));
    let outcome = operator.perform(call).await;
    (outcome, wire.take())
}

/// The one request of a call that looks at nothing first.
async fn only(call: &Call) -> Sent {
    let (_, sent) = performed(call, |_| answer(400, &[], String::new())).await;
    let [only] = sent.as_slice() else { panic!("{sent:?}") };
    only.clone()
}

fn form(request: &Sent) -> Vec<String> {
    let mut fields: Vec<String> = request.text().split('&').map(str::to_owned).collect();
    fields.retain(|field| !field.starts_with("Version="));
    fields
}

fn sample(operation: &str) -> Call {
    Call::samples().into_iter().find(|call| call.operation() == operation).expect("there is a sample")
}

// ---- Aurora

#[tokio::test]
async fn a_failover_allows_data_loss_in_the_words_of_the_api_and_a_switchover_says_nothing_of_it() {
    let failover = form(&only(&sample("FailoverGlobalCluster")).await);
    let target = "TargetDbClusterIdentifier=arn%3Aaws%3Ards%3Aus-east-2%3A123456789012%3Acluster%3Ashop-dr";
    assert_eq!(
        failover,
        ["Action=FailoverGlobalCluster", "GlobalClusterIdentifier=shop", target, "AllowDataLoss=true"]
    );
    let switchover = form(&only(&sample("SwitchoverGlobalCluster")).await);
    assert_eq!(switchover, ["Action=SwitchoverGlobalCluster", "GlobalClusterIdentifier=shop", target]);
}

// ---- Route 53

#[tokio::test]
async fn a_health_check_is_changed_in_its_sense_alone_and_at_one_version_alone() {
    let call = Call::SetHealthCheckInverted { check: "hc-1".into(), version: 7, inverted: Change::new(false, true) };
    let request = only(&call).await;
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/2013-04-01/healthcheck/hc-1"));
    assert_eq!(
        request.text(),
        "<UpdateHealthCheckRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <HealthCheckVersion>7</HealthCheckVersion><Inverted>true</Inverted></UpdateHealthCheckRequest>"
    );
}

#[tokio::test]
async fn a_check_that_somebody_else_has_changed_is_a_conflict() {
    let refusal = |_: &Sent| {
        answer(
            409,
            &[],
            "<ErrorResponse><Error><Type>Sender</Type><Code>HealthCheckVersionMismatch</Code><Message>The version you \
             sent is not the newest</Message></Error><RequestId>R</RequestId></ErrorResponse>",
        )
    };
    let (outcome, _) = performed(&sample("UpdateHealthCheck"), refusal).await;
    assert_eq!(outcome.expect_err("it was refused").kind, CloudErrorKind::Conflict);
}

fn record() -> RecordSet {
    RecordSet {
        zone: "Z1".into(),
        name: "api.shop.test".into(),
        record_type: "A".to_owned(),
        set_identifier: Some("home".to_owned()),
        routing: Routing::Weighted(0),
        ttl_s: None,
        values: Vec::new(),
        alias: Some(Alias {
            target: "shop.us-east-1.elb.amazonaws.com".into(),
            zone: "Z35SXDOTRQ7X7K".into(),
            evaluate_target_health: true,
        }),
        health_check: Some("hc-1".into()),
    }
}

fn plain(values: &[&str], ttl_s: u32) -> RecordSet {
    RecordSet {
        routing: Routing::Simple,
        set_identifier: None,
        alias: None,
        health_check: None,
        ttl_s: Some(ttl_s),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        ..record()
    }
}

async fn batch(before: Option<RecordSet>, after: Option<RecordSet>) -> String {
    let request = only(&Call::ChangeRecord { zone: "Z1".into(), before, after }).await;
    assert_eq!(request.path, "/2013-04-01/hostedzone/Z1/rrset");
    let text = request.text();
    let (_, changes) = text.split_once("<Changes>").expect("a batch");
    changes.split_once("</Changes>").expect("a batch").0.to_owned()
}

const PLAIN: &str = "<ResourceRecordSet><Name>api.shop.test</Name><Type>A</Type><TTL>60</TTL><ResourceRecords>\
                     <ResourceRecord><Value>192.0.2.1</Value></ResourceRecord><ResourceRecord><Value>192.0.2.2</Value>\
                     </ResourceRecord></ResourceRecords></ResourceRecordSet>";

#[tokio::test]
async fn a_record_is_deleted_with_the_very_values_it_is_believed_to_have() {
    let text = batch(Some(plain(&["192.0.2.1", "192.0.2.2"], 60)), None).await;
    assert_eq!(text, format!("<Change><Action>DELETE</Action>{PLAIN}</Change>"));
}

#[tokio::test]
async fn a_record_that_keeps_its_identity_is_replaced_and_one_that_does_not_is_deleted_and_made() {
    let (old, new) = (plain(&["192.0.2.9"], 300), plain(&["192.0.2.1", "192.0.2.2"], 60));
    assert_eq!(
        batch(Some(old.clone()), Some(new.clone())).await,
        format!("<Change><Action>UPSERT</Action>{PLAIN}</Change>")
    );
    assert_eq!(batch(None, Some(new)).await, format!("<Change><Action>CREATE</Action>{PLAIN}</Change>"));
    let text = batch(Some(old), Some(record())).await;
    let (first, second) = text.split_once("</Change>").expect("two changes");
    assert!(first.contains("<Action>DELETE</Action>") && first.contains("192.0.2.9"), "{first}");
    assert_eq!(
        second,
        "<Change><Action>CREATE</Action><ResourceRecordSet><Name>api.shop.test</Name><Type>A</Type>\
         <SetIdentifier>home</SetIdentifier><Weight>0</Weight><AliasTarget><HostedZoneId>Z35SXDOTRQ7X7K</HostedZoneId>\
         <DNSName>shop.us-east-1.elb.amazonaws.com</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth>\
         </AliasTarget><HealthCheckId>hc-1</HealthCheckId></ResourceRecordSet></Change>"
    );
}

#[tokio::test]
async fn each_routing_that_is_known_is_written_and_one_that_is_only_named_is_never_sent() {
    for (routing, written) in [
        (Routing::FailoverPrimary, "<Failover>PRIMARY</Failover>"),
        (Routing::FailoverSecondary, "<Failover>SECONDARY</Failover>"),
        (Routing::Weighted(255), "<Weight>255</Weight>"),
        (Routing::Latency("us-east-2".to_owned()), "<Region>us-east-2</Region>"),
    ] {
        let text = batch(None, Some(RecordSet { routing, ..record() })).await;
        assert!(text.contains(written), "{text}");
    }
    let unknown = RecordSet { routing: Routing::Other("geolocation".to_owned()), ..record() };
    for (before, after) in [(Some(unknown.clone()), None), (None, Some(unknown)), (None, None)] {
        let call = Call::ChangeRecord { zone: "Z1".into(), before, after };
        let (outcome, sent) = performed(&call, |_| answer(200, &[], String::new())).await;
        assert_eq!(outcome.expect_err("it cannot be said").kind, CloudErrorKind::Invalid);
        assert!(sent.is_empty(), "{sent:?}");
    }
}

#[tokio::test]
async fn records_that_are_not_what_they_were_believed_to_be_are_a_conflict() {
    for (words, expected) in [
        (
            "[Tried to delete resource record set [name='api.shop.test.', type='A'] but the values provided do not \
             match the current values]",
            CloudErrorKind::Conflict,
        ),
        (
            "[Tried to create resource record set [name='api.shop.test.'] but it already exists]",
            CloudErrorKind::Conflict,
        ),
        (
            "[Tried to delete resource record set [name='api.shop.test.'] but it was not found]",
            CloudErrorKind::NotFound,
        ),
        ("[FATAL problem: DomainLabelTooLong]", CloudErrorKind::Invalid),
    ] {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidChangeBatch</Code><Message>{words}</Message></Error>\
             <RequestId>R</RequestId></ErrorResponse>"
        );
        let (outcome, _) =
            performed(&sample("ChangeResourceRecordSets"), move |_| answer(400, &[], body.clone())).await;
        assert_eq!(outcome.expect_err("it was refused").kind, expected, "{words}");
    }
}

// ---- Global Accelerator

const GROUP: &str = "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/g";

fn dialled(dial: f64, weights: &[(&str, u32)]) -> Call {
    Call::UpdateEndpointGroup {
        group: GROUP.into(),
        dial_percent: Change::new(100.0, dial),
        weights: weights.iter().map(|(id, weight)| ((*id).to_owned(), Change::new(128, *weight))).collect(),
    }
}

fn group_of_two(sent: &Sent) -> HttpResponse {
    let body = match sent.target.as_deref() {
        Some("GlobalAccelerator_V20180706.DescribeEndpointGroup") => json!({ "EndpointGroup": {
            "EndpointGroupArn": GROUP,
            "EndpointDescriptions": [
                { "EndpointId": "alb", "Weight": 128, "HealthState": "HEALTHY", "ClientIPPreservationEnabled": true },
                { "EndpointId": "nlb", "Weight": 64, "ClientIPPreservationEnabled": false },
            ],
        } }),
        _ => json!({ "EndpointGroup": { "EndpointGroupArn": GROUP } }),
    };
    answer(200, &[("x-amzn-requestid", "REQ-9".to_owned())], body.to_string())
}

#[tokio::test]
async fn endpoints_that_a_call_does_not_name_are_sent_back_as_they_are() {
    let (outcome, sent) = performed(&dialled(0.0, &[("nlb", 0)]), group_of_two).await;
    assert_eq!(outcome.expect("it is accepted").request_id.as_deref(), Some("REQ-9"));
    let [_, update] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(update.target.as_deref(), Some("GlobalAccelerator_V20180706.UpdateEndpointGroup"));
    assert_eq!(
        update.json(),
        json!({
            "EndpointGroupArn": GROUP,
            "TrafficDialPercentage": 0.0,
            "EndpointConfigurations": [
                { "EndpointId": "alb", "Weight": 128, "ClientIPPreservationEnabled": true },
                { "EndpointId": "nlb", "Weight": 0, "ClientIPPreservationEnabled": false },
            ],
        })
    );
}

#[tokio::test]
async fn a_dial_alone_leaves_the_endpoints_unsaid() {
    let (outcome, sent) = performed(&dialled(37.5, &[]), group_of_two).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    let [update] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(update.json(), json!({ "EndpointGroupArn": GROUP, "TrafficDialPercentage": 37.5 }));
}

#[tokio::test]
async fn an_endpoint_that_has_left_the_group_is_not_brought_back_by_its_weight() {
    let (outcome, sent) = performed(&dialled(0.0, &[("gone", 0)]), group_of_two).await;
    let error = outcome.expect_err("it is refused");
    assert_eq!(error.kind, CloudErrorKind::NotFound);
    assert!(error.message.contains("nothing was sent") && error.message.contains("gone"), "{error}");
    assert_eq!(sent.len(), 1, "only looked at: {sent:?}");
}

#[tokio::test]
async fn a_look_that_nobody_answers_leaves_no_doubt_about_the_change() {
    for status in [200, 500] {
        let (outcome, sent) = performed(&dialled(0.0, &[("nlb", 0)]), move |_| answer(status, &[], "no JSON")).await;
        let error = outcome.expect_err("nothing could be seen");
        assert_eq!((error.kind, error.operation.as_str()), (CloudErrorKind::Unreachable, "DescribeEndpointGroup"));
        assert!(error.message.contains("nothing was sent"), "{}", error.message);
        assert_eq!(sent.len(), 1, "{sent:?}");
    }
}

#[tokio::test]
async fn an_accelerator_that_is_busy_is_a_conflict() {
    let busy = |_: &Sent| {
        let words = json!({ "__type": "TransactionInProgressException", "Message": "There's already a transaction" });
        answer(400, &[], words.to_string())
    };
    let (outcome, _) = performed(&dialled(0.0, &[]), busy).await;
    assert_eq!(outcome.expect_err("it is busy").kind, CloudErrorKind::Conflict);
}

// ---- CloudWatch

fn decoded(bytes: &[u8]) -> Value {
    let mut decoder = Decoder::new(bytes);
    value(&mut decoder)
}

fn value(decoder: &mut Decoder<'_>) -> Value {
    match decoder.datatype().expect("CBOR") {
        Type::String => json!(decoder.string().expect("a text")),
        Type::Bool => json!(decoder.boolean().expect("a flag")),
        Type::Tag => json!({ "epoch": decoder.timestamp().expect("a moment").secs() }),
        Type::Map | Type::MapIndef => {
            let length = decoder.map().expect("a map");
            let mut fields = Map::new();
            while length.is_none_or(|length| (fields.len() as u64) < length)
                && decoder.datatype().expect("CBOR") != Type::Break
            {
                let name = decoder.string().expect("a name");
                fields.insert(name, value(decoder));
            }
            if length.is_none() {
                decoder.skip().expect("a break");
            }
            Value::Object(fields)
        }
        Type::Array | Type::ArrayIndef => {
            let length = decoder.list().expect("a list");
            let mut members = Vec::new();
            while length.is_none_or(|length| (members.len() as u64) < length)
                && decoder.datatype().expect("CBOR") != Type::Break
            {
                members.push(value(decoder));
            }
            if length.is_none() {
                decoder.skip().expect("a break");
            }
            Value::Array(members)
        }
        _ => json!(decoder.double().expect("a number")),
    }
}

#[tokio::test]
async fn a_mute_rule_mutes_every_minute_until_it_expires() {
    let call = Call::MuteAlarms {
        region: "us-east-2".into(),
        rule: "lifeboat-shop-1".to_owned(),
        alarms: vec!["shop-lag".into(), "shop-errors".into()],
        until: "2026-05-01T10:00:00Z".parse().expect("a time"),
    };
    let request = only(&call).await;
    assert!(request.path.ends_with("/operation/PutAlarmMuteRule"), "{request:?}");
    assert_eq!(
        decoded(&request.body),
        json!({
            "Name": "lifeboat-shop-1",
            "Rule": { "Schedule": { "Expression": "cron(* * * * *)", "Duration": "PT1M" } },
            "MuteTargets": { "AlarmNames": ["shop-lag", "shop-errors"] },
            "ExpireDate": { "epoch": 1_777_629_600 },
        })
    );
}

#[tokio::test]
async fn a_mute_rule_is_deleted_by_its_name() {
    let request = only(&sample("DeleteAlarmMuteRule")).await;
    assert!(request.path.ends_with("/operation/DeleteAlarmMuteRule"), "{request:?}");
    assert_eq!(decoded(&request.body), json!({ "AlarmMuteRuleName": "lifeboat-shop" }));
}

// ---- S3

fn replicating(rules: &'static str) -> impl Fn(&Sent) -> HttpResponse + Send + Sync {
    move |sent| match sent.method.as_str() {
        "GET" if rules.is_empty() => {
            answer(404, &[], "<Error><Code>ReplicationConfigurationNotFoundError</Code></Error>")
        }
        "GET" => answer(
            200,
            &[],
            format!(
                "<ReplicationConfiguration><Role>arn:aws:iam::123456789012:role/r</Role>{rules}</ReplicationConfiguration>"
            ),
        ),
        _ => answer(200, &[], String::new()),
    }
}

fn rule(id: &str) -> ReplicationRule {
    ReplicationRule {
        id: id.to_owned(),
        enabled: true,
        destination: "shop-dr".into(),
        prefix: None,
        delete_markers: true,
        metrics: true,
        time_control_minutes: Some(15),
    }
}

async fn replicated(existing: &'static str, wanted: Vec<ReplicationRule>) -> Vec<Sent> {
    let call = Call::PutReplication {
        region: "us-east-1".into(),
        bucket: "shop".into(),
        role: "arn:aws:iam::123456789012:role/r".into(),
        rules: Change { from: None, to: wanted },
    };
    let (outcome, sent) = performed(&call, replicating(existing)).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    sent
}

const NEW: &str = "<Rule><ID>all</ID><Priority>1</Priority><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
                   <Destination><Bucket>arn:aws:s3:::shop-dr</Bucket><ReplicationTime><Status>Enabled</Status><Time>\
                   <Minutes>15</Minutes></Time></ReplicationTime><Metrics><Status>Enabled</Status><EventThreshold>\
                   <Minutes>15</Minutes></EventThreshold></Metrics></Destination><DeleteMarkerReplication>\
                   <Status>Enabled</Status></DeleteMarkerReplication></Rule>";

#[tokio::test]
async fn the_first_rules_of_a_bucket_say_all_that_is_known_of_rules() {
    let sent = replicated("", vec![rule("all")]).await;
    let put = sent.last().expect("it was sent");
    assert_eq!((put.method.as_str(), put.host.as_str()), ("PUT", "shop.s3.us-east-1.amazonaws.com"));
    assert!(put.path.starts_with("/?replication"), "{}", put.path);
    assert!(put.text().contains(NEW), "{}", put.text());
}

const TAGGED: &str = "<Rule><ID>all</ID><Priority>7</Priority><Filter><And><Prefix>in/</Prefix><Tag><Key>k</Key>\
                      <Value>v</Value></Tag></And></Filter><Status>Enabled</Status><SourceSelectionCriteria>\
                      <SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects></SourceSelectionCriteria>\
                      <Destination><Bucket>arn:aws:s3:::shop-dr</Bucket><Account>210987654321</Account>\
                      <StorageClass>STANDARD_IA</StorageClass><EncryptionConfiguration><ReplicaKmsKeyID>key\
                      </ReplicaKmsKeyID></EncryptionConfiguration></Destination><DeleteMarkerReplication>\
                      <Status>Disabled</Status></DeleteMarkerReplication></Rule>";

#[tokio::test]
async fn what_a_rule_says_beyond_what_is_known_of_rules_is_sent_back() {
    let wanted = ReplicationRule {
        enabled: false,
        prefix: Some("in/".to_owned()),
        delete_markers: false,
        metrics: false,
        time_control_minutes: None,
        ..rule("all")
    };
    let sent = replicated(TAGGED, vec![wanted, rule("second")]).await;
    let text = sent.last().expect("it was sent").text();
    let (first, second) = text.split_once("</Rule>").expect("two rules");
    let written = |rule: &str, part: &str| assert!(rule.contains(part), "{part} is not in {rule}");
    for part in [
        "<Priority>7</Priority>",
        "<And><Prefix>in/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And>",
        "<Status>Disabled</Status><SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status>",
        "<Account>210987654321</Account><StorageClass>STANDARD_IA</StorageClass>",
        "<ReplicaKmsKeyID>key</ReplicaKmsKeyID>",
    ] {
        written(first, part);
    }
    assert!(!first.contains("<Metrics>") && !first.contains("<ReplicationTime>"), "{first}");
    written(second, "<ID>second</ID><Priority>1</Priority>");
}

#[tokio::test]
async fn a_bucket_without_rules_has_no_configuration() {
    let sent = replicated(TAGGED, Vec::new()).await;
    let [delete] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(delete.method, "DELETE");
    assert!(delete.path.starts_with("/?replication"), "{}", delete.path);
}

// ---- Parameter Store

async fn put_over(kind: Option<&'static str>) -> (Result<Receipt, CloudError>, Vec<Sent>) {
    let call = Call::PutParameter {
        region: "us-east-2".into(),
        name: "/shop/active".into(),
        value: Change::new("us-east-1".to_owned(), "us-east-2".to_owned()),
    };
    performed(&call, move |sent| match (sent.target.as_deref(), kind) {
        (Some("AmazonSSM.GetParameter"), None) => {
            answer(400, &[], json!({ "__type": "ParameterNotFound" }).to_string())
        }
        (Some("AmazonSSM.GetParameter"), Some(kind)) => {
            answer(200, &[], json!({ "Parameter": { "Type": kind, "Value": "sealed" } }).to_string())
        }
        _ => answer(200, &[], json!({ "Version": 2 }).to_string()),
    })
    .await
}

#[tokio::test]
async fn a_parameter_keeps_its_kind() {
    for (kind, written) in [(Some("String"), "String"), (Some("StringList"), "StringList"), (None, "String")] {
        let (outcome, sent) = put_over(kind).await;
        assert!(outcome.is_ok(), "{outcome:?}");
        let [look, put] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!(look.json(), json!({ "Name": "/shop/active", "WithDecryption": false }));
        assert_eq!(
            put.json(),
            json!({ "Name": "/shop/active", "Value": "us-east-2", "Type": written, "Overwrite": true })
        );
    }
}

#[tokio::test]
async fn a_secret_is_never_written() {
    let (outcome, sent) = put_over(Some("SecureString")).await;
    let error = outcome.expect_err("it is refused");
    assert_eq!(error.kind, CloudErrorKind::Invalid);
    assert!(error.message.contains("nothing was sent") && !error.message.contains("sealed"), "{error}");
    assert_eq!(sent.len(), 1, "only looked at: {sent:?}");
}

// ---- Lambda

#[tokio::test]
async fn a_function_that_fails_tells_its_message_and_nothing_else() {
    let failed = |_: &Sent| {
        let told = json!({ "errorMessage": "no writer", "errorType": "Error", "stackTrace": ["password=hunter2"] });
        answer(200, &[("x-amz-function-error", "Unhandled".to_owned())], told.to_string())
    };
    let (outcome, sent) = performed(&sample("Invoke"), failed).await;
    let error = outcome.expect_err("it failed");
    assert_eq!(error.kind, CloudErrorKind::Invalid);
    assert_eq!(error.message, "the function ran and failed: no writer");
    assert_eq!(sent.len(), 1, "once");
    let (outcome, _) = performed(&sample("Invoke"), |_| answer(200, &[], "{\"ok\": true}")).await;
    assert_eq!(outcome.expect("it ran").detail.as_deref(), Some("{\"ok\": true}"));
}
