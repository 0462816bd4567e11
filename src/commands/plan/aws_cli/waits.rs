//! Each condition as lines of shell that wait for it, by the prelude's `wait_until` and `wait_number`. What no command
//! can tell is shown to the person at the keyboard, never taken for granted in silence.

mod building;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::Call;
use lifeboat_model::facts::route53::{RecordSet, Routing};
use lifeboat_model::id::{Arn, GlobalClusterId, HealthCheckId, Region};
use lifeboat_model::plan::{Condition, Plan};
use lifeboat_model::rules::aws_cli::quoted;
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::{CanaryTarget, Deployment};

/// A shell condition that holds when what may be done only once has been done already; `None` for calls that may be
/// repeated.
pub(super) fn unless_done(call: &Call) -> Option<String> {
    if let Call::SetHealthCheckInverted { check, inverted, .. } = call {
        return Some(format!("[ \"$({})\" = {} ]", inverted_of(check), truth(inverted.to)));
    }
    let (global_cluster, target) = promotion(call)?;
    let asked = aws(&writer(global_cluster), &call.endpoint_region());
    Some(format!("[ \"$({asked})\" = {} ]", quoted(target.as_str())))
}

fn inverted_of(check: &HealthCheckId) -> String {
    let words = ["route53", "get-health-check", "--health-check-id", check.as_str()];
    aws(&asked(&words, "HealthCheck.HealthCheckConfig.Inverted"), &Region::route53())
}

/// As the AWS CLI writes it.
fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// The global cluster, and the member that the call makes its writer.
fn promotion(call: &Call) -> Option<(&GlobalClusterId, &Arn)> {
    if let Call::SwitchoverGlobalCluster { global_cluster, target, .. }
    | Call::FailoverGlobalCluster { global_cluster, target, .. } = call
    {
        Some((global_cluster, target))
    } else {
        None
    }
}

pub(super) fn of(condition: &Condition, timeout: Duration, plan: &Plan, deployment: &Deployment) -> Vec<String> {
    let until = |wanted: &str, words: &[String], region: &Region| {
        format!("wait_until {} {} {}", timeout.as_secs(), quoted(wanted), aws(words, region))
    };
    match condition {
        Condition::WriterIs { global_cluster, target, target_region } => vec![
            until(target.as_str(), &writer(global_cluster), target_region),
            until("None", &global(global_cluster, "GlobalClusters[0].FailoverState.Status"), target_region),
        ],
        Condition::Synchronized { global_cluster, region } => {
            let query =
                "length(GlobalClusters[0].GlobalClusterMembers[?!IsWriter && SynchronizationStatus!='connected'])";
            vec![until("0", &global(global_cluster, query), region)]
        }
        Condition::BacklogEmpty { source, destination } => {
            let series = format!(
                "SEARCH('{{AWS/S3,SourceBucket,DestinationBucket,RuleId}} MetricName=\"OperationsPendingReplication\" \
                 SourceBucket=\"{}\" DestinationBucket=\"{}\"', 'Maximum', 60)",
                source.name, destination.name
            );
            vec![at_most(timeout, "0", &series, &destination.region)]
        }
        Condition::ReplicationIs { region, bucket, rules } => {
            let count = rules.iter().filter(|rule| rule.enabled).count();
            let words = ["s3api", "get-bucket-replication", "--bucket", bucket.as_str()];
            let query = "length(ReplicationConfiguration.Rules[?Status=='Enabled'])";
            vec![until(&count.to_string(), &asked(&words, query), region)]
        }
        Condition::CheckInverted { check, inverted } => {
            vec![format!("wait_until {} {} {}", timeout.as_secs(), truth(*inverted), inverted_of(check))]
        }
        Condition::RecordIs { zone, name, set_identifier, record } => {
            let words = ["route53", "list-resource-record-sets", "--hosted-zone-id", zone.as_str()];
            let mut wanted = vec![format!("Name=='{name}.'")];
            wanted.extend(set_identifier.as_ref().map(|set| format!("SetIdentifier=='{set}'")));
            wanted.extend(record.iter().flat_map(|record| fields(record)));
            let query = format!("length(ResourceRecordSets[?{}])", wanted.join(" && "));
            vec![until(if record.is_some() { "1" } else { "0" }, &asked(&words, &query), &Region::route53())]
        }
        Condition::AnswersLeadTo { name, region } => answers(name.as_str(), region, plan, deployment),
        Condition::Leaves { name, region, check } => look(&format!(
            "see that nothing holds clients of {name} in {region}: health check {check} fails, or {region} answers nothing"
        )),
        Condition::GroupIs { group, dial_percent, weights } => {
            let words = ["globalaccelerator", "describe-endpoint-group", "--endpoint-group-arn", group.as_str()];
            let at = Region::accelerator();
            let number = |query: &str, value: String| {
                let command = aws(&asked(&words, query), &at);
                ["at_least", "at_most"]
                    .map(|order| format!("wait_number {} {order} {value} {command}", timeout.as_secs()))
            };
            let dial = number("EndpointGroup.TrafficDialPercentage", dial_percent.to_string());
            let weights = weights.iter().flat_map(|(id, weight)| {
                let query = format!("EndpointGroup.EndpointDescriptions[?EndpointId=='{id}'].Weight | [0]");
                number(&query, weight.to_string())
            });
            dial.into_iter().chain(weights).collect()
        }
        Condition::InService { region, group, at_least } => {
            let words = ["autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", group.as_str()];
            let query = "length(AutoScalingGroups[0].Instances[?LifecycleState=='InService'])";
            vec![format!(
                "wait_number {} at_least {at_least} {}",
                timeout.as_secs(),
                aws(&asked(&words, query), region)
            )]
        }
        Condition::CapacityIs { region, group, capacity } => {
            let words = ["autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", group.as_str()];
            let query = "AutoScalingGroups[0].[MinSize,DesiredCapacity,MaxSize] | join('/', [].to_string(@))";
            let wanted = format!("{}/{}/{}", capacity.min, capacity.desired, capacity.max);
            vec![until(&wanted, &asked(&words, query), region)]
        }
        Condition::ConcurrencyIs { region, function, reserved } => {
            let words = ["lambda", "get-function-concurrency", "--function-name", function.as_str()];
            let wanted = reserved.map_or_else(|| "None".to_owned(), |count| count.to_string());
            vec![until(&wanted, &asked(&words, "ReservedConcurrentExecutions"), region)]
        }
        Condition::EventSourceIs { region, uuid, enabled } => {
            let words = ["lambda", "get-event-source-mapping", "--uuid", uuid];
            vec![until(if *enabled { "Enabled" } else { "Disabled" }, &asked(&words, "State"), region)]
        }
        Condition::AtRiskAtMost { store, bound } => at_risk(*store, *bound, timeout, plan, deployment),
        Condition::Elapsed { length } => vec![format!("sleep {}", length.as_secs_f64().ceil())],
        Condition::CanaryServed => match &deployment.canary {
            Some(target) => canary(target, timeout),
            None => look("no canary is configured: write something as a client does, and read it back"),
        },
        Condition::AlarmsQuiet { region } => quiet(region, timeout, deployment),
        Condition::ChangeSetReady { .. }
        | Condition::StackComplete { .. }
        | Condition::StackIs { .. }
        | Condition::StackGone { .. }
        | Condition::StackProtected { .. }
        | Condition::DriftDetected { .. }
        | Condition::BucketEmpty { .. }
        | Condition::VaultEmpty { .. }
        | Condition::ParameterThere { .. }
        | Condition::ParameterGone { .. }
        | Condition::WriterEndpointKnown { .. }
        | Condition::RecordsGone { .. }
        | Condition::NothingLeft { .. } => building::of(condition, timeout),
    }
}

/// `aws … --output text --region …`, quoted.
fn aws(words: &[String], region: &Region) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("aws {} --output text --region {region}", words.join(" "))
}

fn asked(words: &[&str], query: &str) -> Vec<String> {
    words.iter().copied().chain(["--query", query]).map(str::to_owned).collect()
}

fn global(global_cluster: &GlobalClusterId, query: &str) -> Vec<String> {
    let words = ["rds", "describe-global-clusters", "--global-cluster-identifier", global_cluster.as_str()];
    asked(&words, query)
}

fn writer(global_cluster: &GlobalClusterId) -> Vec<String> {
    global(global_cluster, "GlobalClusters[0].GlobalClusterMembers[?IsWriter].DBClusterArn | [0]")
}

/// The newest point since the step began of the greatest of these series is at most so much.
fn at_most(timeout: Duration, bound: &str, series: &str, region: &Region) -> String {
    let expression = format!("MAX({series})");
    let queries = serde_json::json!([{ "Id": "seen", "Expression": expression, "Period": 60 }]).to_string();
    format!("wait_number {} at_most {bound} newest {} {region}", timeout.as_secs(), quoted(&queries))
}

/// What tells a record from what it was before.
fn fields(record: &RecordSet) -> Vec<String> {
    let mut fields = vec![format!("Type=='{}'", record.record_type)];
    match &record.routing {
        Routing::Simple | Routing::Other(_) => {}
        Routing::FailoverPrimary => fields.push("Failover=='PRIMARY'".to_owned()),
        Routing::FailoverSecondary => fields.push("Failover=='SECONDARY'".to_owned()),
        Routing::Weighted(weight) => fields.push(format!("Weight==`{weight}`")),
        Routing::Latency(region) => fields.push(format!("Region=='{region}'")),
    }
    fields.extend(record.values.iter().map(|value| format!("ResourceRecords[?Value=='{value}']")));
    fields.extend(record.alias.iter().map(|alias| format!("AliasTarget.DNSName=='{}.'", alias.target)));
    fields.extend(record.health_check.iter().map(|check| format!("HealthCheckId=='{check}'")));
    fields
}

fn answers(name: &str, region: &Region, plan: &Plan, deployment: &Deployment) -> Vec<String> {
    let zone = deployment.records.iter().find(|record| record.name.as_str() == name).map(|record| &record.zone);
    let Some(zone) = zone else {
        return look(&format!("see that {name} leads to {region}"));
    };
    let mut lines = if plan.mode == Mode::Unplanned && plan.from == Region::route53() {
        // Route 53 goes on answering clients when its region is lost, but its control plane is not there to be asked.
        vec![format!("answer {}", quoted(name))]
    } else {
        let words = ["route53", "test-dns-answer", "--hosted-zone-id", zone.as_str(), "--record-name", name];
        let words = words.into_iter().chain(["--record-type", "A", "--query", "RecordData"]).map(str::to_owned);
        vec![format!("{} || true", aws(&words.collect::<Vec<_>>(), &Region::route53()))]
    };
    lines.extend(look(&format!("see that the answer above is of {region}")));
    lines
}

/// For what a person must judge.
fn look(what: &str) -> Vec<String> {
    vec![format!("say {}", quoted(&format!("   look yourself: {what}")))]
}

fn at_risk(store: StoreKind, bound: Duration, timeout: Duration, plan: &Plan, deployment: &Deployment) -> Vec<String> {
    let cluster = promoted(plan).and_then(Arn::cluster_id);
    match (store, cluster) {
        (StoreKind::Aurora, Some(cluster)) => {
            let series = format!(
                "SEARCH('{{AWS/RDS,DBClusterIdentifier}} MetricName=\"AuroraGlobalDBRPOLag\" DBClusterIdentifier=\"{cluster}\"', 'Maximum', 60)"
            );
            vec![at_most(timeout, &bound.as_millis().to_string(), &series, &plan.to)]
        }
        (StoreKind::Aurora, None) => look("see that Aurora's AuroraGlobalDBRPOLag is small enough"),
        (StoreKind::DynamoDb, _) => deployment
            .tables
            .iter()
            .map(|table| {
                let series = format!(
                    "SEARCH('{{AWS/DynamoDB,TableName,ReceivingRegion}} MetricName=\"ReplicationLatency\" TableName=\"{table}\"', 'Maximum', 60)"
                );
                // A write may take ten times the greatest latency that was measured.
                at_most(timeout, &(bound.as_millis() / 10).to_string(), &series, &plan.from)
            })
            .collect(),
        (StoreKind::S3, _) => deployment
            .buckets
            .iter()
            .filter(|pair| pair.source.region == plan.from)
            .map(|pair| {
                let series = format!(
                    "SEARCH('{{AWS/S3,SourceBucket,DestinationBucket,RuleId}} MetricName=\"ReplicationLatency\" \
                     SourceBucket=\"{}\"', 'Maximum', 60)",
                    pair.source.name
                );
                at_most(timeout, &bound.as_secs().to_string(), &series, &pair.destination.region)
            })
            .collect(),
    }
}

/// The Aurora cluster that the plan promotes.
fn promoted(plan: &Plan) -> Option<&Arn> {
    plan.steps.iter().flat_map(|step| &step.calls).find_map(|call| promotion(call).map(|(_, target)| target))
}

/// Written and sought with curl, as a client would.
fn canary(target: &CanaryTarget, timeout: Duration) -> Vec<String> {
    let write = format!(
        "curl -fsS -o /dev/null -w served -X POST -H 'Content-Type: application/json' -H \"Idempotency-Key: $1\" \
         -d \"{{\\\"canary\\\":\\\"$1\\\"}}\" {}",
        quoted(&target.write_url)
    );
    let mut lines = vec![
        "nonce=by-hand-$(date -u +%Y%m%d%H%M%S)-$$".to_owned(),
        format!("wait_until {} served sh -c {} sh \"$nonce\"", timeout.as_secs(), quoted(&write)),
    ];
    for url in target.read_urls.values() {
        // The nonce is of letters, digits and hyphens: it may stand in a URL as it is.
        let (before, after) = url.split_once("{nonce}").unwrap_or((url, ""));
        lines.push(format!(
            "wait_until {} 200 curl -s -o /dev/null -w '%{{http_code}}' {}\"$nonce\"{}",
            timeout.as_secs(),
            quoted(before),
            if after.is_empty() { String::new() } else { quoted(after) }
        ));
    }
    lines
}

fn quiet(region: &Region, timeout: Duration, deployment: &Deployment) -> Vec<String> {
    let alarms = &deployment.alarms;
    let ask = |option: &str, name: &str| {
        let words = ["cloudwatch", "describe-alarms", "--state-value", "ALARM", option, name];
        aws(&asked(&words, "length(MetricAlarms)"), region)
    };
    let by_prefix = alarms.prefixes.iter().map(|prefix| ask("--alarm-name-prefix", prefix));
    let by_name = alarms.names.iter().map(|name| ask("--alarm-names", name));
    by_prefix.chain(by_name).map(|command| format!("wait_until {} 0 {command}", timeout.as_secs())).collect()
}
