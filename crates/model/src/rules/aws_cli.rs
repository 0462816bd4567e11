//! Each call as the `aws` command that does the same, for people and for paper. Literal arguments, one list a
//! command; [`posix`] quotes them for a shell.

use serde_json::{Map, Value, json};

use crate::call::{Call, Change, CustomMetric, LateValue, StackInput};
use crate::facts::route53::{RecordSet, Routing};
use crate::facts::s3::ReplicationRule;
use crate::id::{AlarmName, Arn, BucketName, HealthCheckId, ParameterName, Region, StackName, ZoneId};
use crate::time::Timestamp;

/// The commands of a call, in order. Empty where one command cannot say it: a record set whose routing Lifeboat only
/// names, a record change without a record, replication rules that say more than Lifeboat knows, a change set with
/// inputs that are not known yet, a value that may stand on no command line, or what is listed before it is deleted.
pub fn command(call: &Call) -> Vec<Vec<String>> {
    let Some(words) = words(call) else { return Vec::new() };
    let mut argv = vec!["aws".to_owned()];
    argv.extend(words);
    argv.extend(["--region".to_owned(), call.endpoint_region().to_string()]);
    vec![argv]
}

/// What turns a health check's verdict round, or back, for a person to run some other day: of no version, as that is not
/// known by then.
pub fn inversion(check: &HealthCheckId, to: bool) -> String {
    let (flag, route53) = (if to { "--inverted" } else { "--no-inverted" }, Region::route53());
    format!("aws route53 update-health-check --health-check-id {check} {flag} --region {route53}")
}

/// The commands of a call, each on a line, as a POSIX shell reads them.
pub fn posix(commands: &[Vec<String>]) -> String {
    let lines: Vec<String> =
        commands.iter().map(|argv| argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")).collect();
    lines.join("\n")
}

/// One word, quoted where a shell would otherwise change it.
pub fn quoted(word: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&b);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Everything between `aws` and `--region`.
fn words(call: &Call) -> Option<Vec<String>> {
    let words = match call {
        Call::SwitchoverGlobalCluster { global_cluster, target, .. } => {
            promotion("switchover-global-cluster", global_cluster.as_str(), target)
        }
        Call::FailoverGlobalCluster { global_cluster, target, .. } => {
            let mut words = promotion("failover-global-cluster", global_cluster.as_str(), target);
            words.push("--allow-data-loss".to_owned());
            words
        }
        Call::SetHealthCheckInverted { check, version, inverted } => list([
            "route53",
            "update-health-check",
            "--health-check-id",
            check.as_str(),
            "--health-check-version",
            &version.to_string(),
            if inverted.to { "--inverted" } else { "--no-inverted" },
        ]),
        Call::ChangeRecord { zone, before, after } => change_record(zone, before.as_ref(), after.as_ref())?,
        Call::PutMetric { metric, value } => put_metric(metric, value.to),
        Call::PutMarker { bucket, key, present, .. } => list([
            "s3api",
            if present.to { "put-object" } else { "delete-object" },
            "--bucket",
            bucket.as_str(),
            "--key",
            key,
        ]),
        Call::UpdateEndpointGroup { group, dial_percent, weights } => endpoint_group(group, dial_percent.to, weights),
        Call::SetCapacity { group, capacity, .. } => list([
            "autoscaling",
            "update-auto-scaling-group",
            "--auto-scaling-group-name",
            group.as_str(),
            "--min-size",
            &capacity.to.min.to_string(),
            "--desired-capacity",
            &capacity.to.desired.to_string(),
            "--max-size",
            &capacity.to.max.to_string(),
        ]),
        Call::SetFunctionConcurrency { function, reserved, .. } => match reserved.to {
            Some(count) => list([
                "lambda",
                "put-function-concurrency",
                "--function-name",
                function.as_str(),
                "--reserved-concurrent-executions",
                &count.to_string(),
            ]),
            None => list(["lambda", "delete-function-concurrency", "--function-name", function.as_str()]),
        },
        Call::SetEventSource { uuid, enabled, .. } => list([
            "lambda",
            "update-event-source-mapping",
            "--uuid",
            uuid,
            if enabled.to { "--enabled" } else { "--no-enabled" },
        ]),
        Call::PutParameter { name, value, .. } => put_parameter(name, &value.to),
        Call::MuteAlarms { rule, alarms, until, .. } => mute(rule, alarms, *until),
        Call::UnmuteAlarms { rule, .. } => {
            list(["cloudwatch", "delete-alarm-mute-rule", "--alarm-mute-rule-name", rule])
        }
        Call::PublishNotice { topic, subject, message } => {
            json_input(["sns", "publish"], &json!({ "TopicArn": topic, "Subject": subject, "Message": message }))
        }
        Call::InvokeFunction { function, payload, .. } => list([
            "lambda",
            "invoke",
            "--function-name",
            function.as_str(),
            "--cli-binary-format",
            "raw-in-base64-out",
            "--payload",
            payload,
            "/dev/stdout",
        ]),
        Call::PutItem { table, key_name, key, attributes, .. } => {
            let names = attributes.iter().map(|(name, value)| (name, value));
            let item = strings(names.chain([(key_name, key)]));
            list(["dynamodb", "put-item", "--table-name", table.as_str(), "--item", &item.to_string()])
        }
        Call::DeleteItem { table, key_name, key, .. } => {
            let key = strings([(key_name, key)]);
            list(["dynamodb", "delete-item", "--table-name", table.as_str(), "--key", &key.to_string()])
        }
        Call::PutReplication { bucket, rules, .. } if rules.to.is_empty() => {
            list(["s3api", "delete-bucket-replication", "--bucket", bucket.as_str()])
        }
        // A command takes the rules as a whole. What those that are there say beyond what Lifeboat knows of rules (tags,
        // storage class, owner, encryption) it would take away; only a request that reads them first can keep it.
        Call::PutReplication { rules, .. } if rules.from.as_ref().is_none_or(|from| !from.is_empty()) => return None,
        Call::PutReplication { bucket, role, rules, .. } => put_replication(bucket, role, &rules.to),
        Call::CreateChangeSet { .. } => create_change_set(call)?,
        Call::ExecuteChangeSet { stack, change_set, .. } => {
            of_stack("execute-change-set", stack, &["--change-set-name", change_set])
        }
        Call::DeleteChangeSet { stack, change_set, .. } => {
            of_stack("delete-change-set", stack, &["--change-set-name", change_set])
        }
        Call::DeleteStack { stack, .. } => of_stack("delete-stack", stack, &[]),
        Call::ContinueUpdateRollback { stack, .. } => of_stack("continue-update-rollback", stack, &[]),
        Call::SetTerminationProtection { stack, on, .. } => {
            let flag = if on.to { "--enable-termination-protection" } else { "--no-enable-termination-protection" };
            of_stack("update-termination-protection", stack, &[flag])
        }
        Call::DetectDrift { stack, .. } => of_stack("detect-stack-drift", stack, &[]),
        Call::MakeManagedKey { alias, .. } => list(["kms", "describe-key", "--key-id", alias]),
        Call::DeleteParameter { name, .. } => list(["ssm", "delete-parameter", "--name", name.as_str()]),
        Call::EnsureSecureParameter { .. } | Call::EmptyBucket { .. } | Call::EmptyVault { .. } => return None,
    };
    Some(words)
}

// ---- Stacks

fn of_stack(operation: &str, stack: &StackName, rest: &[&str]) -> Vec<String> {
    let mut words = list(["cloudformation", operation, "--stack-name", stack.as_str()]);
    words.extend(rest.iter().map(|word| (*word).to_owned()));
    words
}

/// Nothing where an input is not known yet: a command with a gap in it would make a stack with a gap in it.
fn create_change_set(call: &Call) -> Option<Vec<String>> {
    let Call::CreateChangeSet { stack, change_set, creates, template, inputs, capabilities, tags, .. } = call else {
        return None;
    };
    let parameters: Vec<Value> = inputs.iter().map(parameter).collect::<Option<_>>()?;
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    let mut input = json!({
        "StackName": stack,
        "ChangeSetName": change_set,
        "ChangeSetType": if *creates { "CREATE" } else { "UPDATE" },
        "TemplateBody": template.body(),
        "Parameters": parameters,
        "Capabilities": capabilities,
        "Tags": tags,
    });
    if let (true, Value::Object(fields)) = (*creates, &mut input) {
        fields.insert("OnStackFailure".to_owned(), json!("ROLLBACK"));
    }
    Some(json_input(["cloudformation", "create-change-set"], &input))
}

fn parameter(input: &StackInput) -> Option<Value> {
    match &input.value {
        LateValue::Literal(text) => Some(json!({ "ParameterKey": input.key, "ParameterValue": text })),
        LateValue::Previous => Some(json!({ "ParameterKey": input.key, "UsePreviousValue": true })),
        LateValue::Output { .. } | LateValue::Answer { .. } | LateValue::Joined(_) => None,
    }
}

fn list<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// Free text goes in as JSON: as an argument of its own, `file://…` would be read as a file, and `-…` as an option.
fn json_input(command: [&str; 2], input: &Value) -> Vec<String> {
    let [service, operation] = command;
    list([service, operation, "--cli-input-json", &input.to_string()])
}

fn promotion(operation: &str, global_cluster: &str, target: &Arn) -> Vec<String> {
    list([
        "rds",
        operation,
        "--global-cluster-identifier",
        global_cluster,
        "--target-db-cluster-identifier",
        target.as_str(),
    ])
}

fn put_metric(metric: &CustomMetric, value: f64) -> Vec<String> {
    let dimensions: Vec<Value> =
        metric.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let datum = json!([{ "MetricName": metric.name, "Dimensions": dimensions, "Value": value }]);
    list(["cloudwatch", "put-metric-data", "--namespace", &metric.namespace, "--metric-data", &datum.to_string()])
}

fn endpoint_group(group: &Arn, dial_percent: f64, weights: &[(String, Change<u32>)]) -> Vec<String> {
    let mut words = list([
        "globalaccelerator",
        "update-endpoint-group",
        "--endpoint-group-arn",
        group.as_str(),
        "--traffic-dial-percentage",
        &dial_percent.to_string(),
    ]);
    if !weights.is_empty() {
        let endpoints: Vec<Value> =
            weights.iter().map(|(id, weight)| json!({ "EndpointId": id, "Weight": weight.to })).collect();
        words.extend(["--endpoint-configurations".to_owned(), Value::from(endpoints).to_string()]);
    }
    words
}

fn put_parameter(name: &ParameterName, value: &str) -> Vec<String> {
    json_input(["ssm", "put-parameter"], &json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true }))
}

/// Muted in every minute until the rule expires: a schedule needs no start that way, and none can be missed.
fn mute(rule: &str, alarms: &[AlarmName], until: Timestamp) -> Vec<String> {
    let schedule = json!({ "Schedule": { "Expression": "cron(* * * * *)", "Duration": "PT1M" } });
    list([
        "cloudwatch",
        "put-alarm-mute-rule",
        "--name",
        rule,
        "--rule",
        &schedule.to_string(),
        "--mute-targets",
        &json!({ "AlarmNames": alarms }).to_string(),
        "--expire-date",
        &until.to_string(),
    ])
}

fn strings<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> Value {
    Value::Object(pairs.into_iter().map(|(name, value)| (name.clone(), json!({ "S": value }))).collect())
}

// ---- Route 53 records

fn change_record(zone: &ZoneId, before: Option<&RecordSet>, after: Option<&RecordSet>) -> Option<Vec<String>> {
    let change =
        |action: &str, record: &RecordSet| Some(json!({ "Action": action, "ResourceRecordSet": record_set(record)? }));
    let changes = match (before, after) {
        (None, None) => return None,
        (None, Some(new)) => vec![change("CREATE", new)?],
        (Some(old), None) => vec![change("DELETE", old)?],
        (Some(old), Some(new)) if is_same_set(old, new) => vec![change("UPSERT", new)?],
        (Some(old), Some(new)) => vec![change("DELETE", old)?, change("CREATE", new)?],
    };
    let batch = json!({ "Changes": changes }).to_string();
    Some(list(["route53", "change-resource-record-sets", "--hosted-zone-id", zone.as_str(), "--change-batch", &batch]))
}

fn is_same_set(one: &RecordSet, other: &RecordSet) -> bool {
    one.name == other.name && one.record_type == other.record_type && one.set_identifier == other.set_identifier
}

fn record_set(record: &RecordSet) -> Option<Value> {
    let mut set = Map::new();
    let mut put = |name: &str, value: Value| drop(set.insert(name.to_owned(), value));
    put("Name", json!(record.name));
    put("Type", json!(record.record_type));
    if let Some(identifier) = &record.set_identifier {
        put("SetIdentifier", json!(identifier));
    }
    match &record.routing {
        Routing::Simple => {}
        Routing::FailoverPrimary => put("Failover", json!("PRIMARY")),
        Routing::FailoverSecondary => put("Failover", json!("SECONDARY")),
        Routing::Weighted(weight) => put("Weight", json!(weight)),
        Routing::Latency(region) => put("Region", json!(region)),
        Routing::Other(_) => return None,
    }
    if let Some(ttl) = record.ttl_s {
        put("TTL", json!(ttl));
    }
    if !record.values.is_empty() {
        put("ResourceRecords", record.values.iter().map(|value| json!({ "Value": value })).collect());
    }
    if let Some(alias) = &record.alias {
        let target = json!({
            "HostedZoneId": alias.zone,
            "DNSName": alias.target,
            "EvaluateTargetHealth": alias.evaluate_target_health,
        });
        put("AliasTarget", target);
    }
    if let Some(check) = &record.health_check {
        put("HealthCheckId", json!(check));
    }
    Some(Value::Object(set))
}

// ---- S3 replication

fn put_replication(bucket: &BucketName, role: &Arn, rules: &[ReplicationRule]) -> Vec<String> {
    let rules: Vec<Value> =
        rules.iter().zip(1_u32..).map(|(rule, priority)| replication_rule(role, rule, priority)).collect();
    let configuration = json!({ "Role": role, "Rules": rules });
    list([
        "s3api",
        "put-bucket-replication",
        "--bucket",
        bucket.as_str(),
        "--replication-configuration",
        &configuration.to_string(),
    ])
}

fn replication_rule(role: &Arn, rule: &ReplicationRule, priority: u32) -> Value {
    let status = |on: bool| if on { "Enabled" } else { "Disabled" };
    let mut destination = Map::new();
    let partition = role.as_str().split(':').nth(1).unwrap_or("aws");
    destination.insert("Bucket".to_owned(), json!(format!("arn:{partition}:s3:::{}", rule.destination)));
    let time = rule.time_control_minutes.map(|minutes| json!({ "Minutes": minutes }));
    if let Some(time) = &time {
        destination.insert("ReplicationTime".to_owned(), json!({ "Status": "Enabled", "Time": time }));
    }
    if rule.metrics {
        let metrics = match time {
            Some(time) => json!({ "Status": "Enabled", "EventThreshold": time }),
            None => json!({ "Status": "Enabled" }),
        };
        destination.insert("Metrics".to_owned(), metrics);
    }
    json!({
        "ID": rule.id,
        "Priority": priority,
        "Status": status(rule.enabled),
        "Filter": { "Prefix": rule.prefix.clone().unwrap_or_default() },
        "DeleteMarkerReplication": { "Status": status(rule.delete_markers) },
        "Destination": destination,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(wanted: &str) -> Call {
        Call::samples().into_iter().find(|call| call.operation() == wanted).unwrap()
    }

    fn line(call: &Call) -> String {
        posix(&command(call))
    }

    #[test]
    fn every_call_names_its_endpoint_region_and_ends_with_it() {
        for call in Call::samples() {
            let commands = command(&call);
            // What is listed first, and what may stand nowhere in clear.
            let unsaid =
                matches!(call, Call::EmptyBucket { .. } | Call::EmptyVault { .. } | Call::EnsureSecureParameter { .. });
            assert_eq!(commands.is_empty(), unsaid, "{call:?}");
            for argv in commands {
                assert_eq!(argv[0], "aws");
                let tail = &argv[argv.len() - 2..];
                assert_eq!(tail, ["--region".to_owned(), call.endpoint_region().to_string()], "{call:?}");
            }
        }
    }

    #[test]
    fn the_operation_is_the_one_the_table_of_calls_names() {
        for call in Call::samples() {
            let commands = command(&call);
            let Some(kebab) = commands.first().map(|argv| &argv[2]) else { continue };
            let spelled: String = kebab.split('-').map(|part| part[..1].to_uppercase() + &part[1..]).collect();
            assert!(call.operation().eq_ignore_ascii_case(&spelled), "{kebab} for {}", call.operation());
        }
    }

    #[test]
    fn a_failover_allows_data_loss_and_a_switchover_does_not() {
        assert_eq!(
            line(&sample("FailoverGlobalCluster")),
            "aws rds failover-global-cluster --global-cluster-identifier shop --target-db-cluster-identifier \
             arn:aws:rds:us-east-2:123456789012:cluster:shop-dr --allow-data-loss --region us-east-2"
        );
        let switchover = line(&sample("SwitchoverGlobalCluster"));
        assert!(!switchover.contains("data-loss"));
        assert!(switchover.ends_with("--region us-east-1"), "{switchover}");
    }

    #[test]
    fn a_record_that_changes_in_place_is_upserted_and_one_that_moves_is_deleted_and_created() {
        let Call::ChangeRecord { zone, before: Some(before), after: Some(after) } = sample("ChangeResourceRecordSets")
        else {
            panic!("the sample changes a record");
        };
        let call = |before, after| Call::ChangeRecord { zone: zone.clone(), before, after };
        assert!(line(&call(Some(before.clone()), Some(after.clone()))).contains(r#""Action":"UPSERT""#));
        let moved = RecordSet { set_identifier: Some("other".to_owned()), ..after };
        let text = line(&call(Some(before.clone()), Some(moved)));
        let (delete, create) = (text.find("DELETE").unwrap(), text.find("CREATE").unwrap());
        assert!(delete < create, "{text}");
        assert!(line(&call(None, Some(before.clone()))).contains("CREATE"));
        let unknown = RecordSet { routing: Routing::Other("geolocation".to_owned()), ..before };
        assert!(command(&call(Some(unknown), None)).is_empty());
        assert!(command(&call(None, None)).is_empty());
    }

    #[test]
    fn a_change_set_is_a_command_once_its_inputs_are_known() {
        let Call::CreateChangeSet { region, stack, change_set, creates, template, inputs, capabilities, tags } =
            sample("CreateChangeSet")
        else {
            panic!("the sample makes a change set");
        };
        let call = |value: LateValue| {
            let more = StackInput { key: "HomeKey".to_owned(), value };
            Call::CreateChangeSet {
                region: region.clone(),
                stack: stack.clone(),
                change_set: change_set.clone(),
                creates,
                template: template.clone(),
                inputs: inputs.iter().cloned().chain([more]).collect(),
                capabilities: capabilities.clone(),
                tags: tags.clone(),
            }
        };
        let text = line(&call(LateValue::Previous));
        assert!(text.contains(r#"{"ParameterKey":"HomeKey","UsePreviousValue":true}"#), "{text}");
        assert!(text.contains(r#""OnStackFailure":"ROLLBACK""#), "{text}");
        let late = LateValue::Output {
            region: region.clone(),
            stack: stack.clone(),
            key: "KeyArn".to_owned(),
            list: false,
            optional: true,
        };
        assert!(command(&call(late)).is_empty());
    }

    #[test]
    fn replication_rules_that_are_there_are_written_over_by_no_command() {
        let Call::PutReplication { region, bucket, rules, .. } = sample("PutBucketReplication") else {
            panic!("the sample sets rules");
        };
        let call = |from: Option<&[ReplicationRule]>, role: &str| Call::PutReplication {
            region: region.clone(),
            bucket: bucket.clone(),
            role: role.into(),
            rules: Change { from: from.map(<[_]>::to_vec), to: rules.to.clone() },
        };
        let role = "arn:aws-cn:iam::123456789012:role/replication";
        assert!(command(&call(Some(&rules.to), role)).is_empty());
        assert!(command(&call(None, role)).is_empty(), "what is there is not known");
        let text = line(&call(Some(&[]), role));
        assert!(text.contains(r#""Bucket":"arn:aws-cn:s3:::"#), "{text}");
    }

    #[test]
    fn free_text_cannot_become_a_file_or_an_option() {
        let call = Call::PutParameter {
            region: "us-east-1".into(),
            name: "/shop/active".into(),
            value: Change::new(String::new(), "file:///etc/passwd".to_owned()),
        };
        let argv = &command(&call)[0];
        assert!(!argv.iter().any(|word| word.starts_with("file://")), "{argv:?}");
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, text) in [
            ("plain-word_1.2/3:4=5", "plain-word_1.2/3:4=5"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("~", "'~'"),
            ("a\nb", "'a\nb'"),
        ] {
            assert_eq!(quoted(word), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_quoted_holds_no_open_quote(word in "[ -~\n]{0,40}") {
            let text = quoted(&word);
            let plain = text.replace(r"'\''", "");
            proptest::prop_assert_eq!(plain.matches('\'').count() % 2, 0);
            if let Some(inner) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
                proptest::prop_assert_eq!(inner.replace(r"'\''", "'"), word);
            }
        }
    }
}
