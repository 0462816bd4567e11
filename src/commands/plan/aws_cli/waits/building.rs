//! What must be seen of stacks and of what CloudFormation leaves to others, as lines of shell.

use lifeboat_model::facts::leftover::Named;
use lifeboat_model::id::{DnsName, Region};
use lifeboat_model::plan::Condition;
use lifeboat_model::time::Duration;
use lifeboat_model::wording::list;

use super::{asked, aws, look};
use lifeboat_model::rules::aws_cli::quoted;

pub(super) fn of(condition: &Condition, timeout: Duration) -> Vec<String> {
    let until = |wanted: &str, words: &[&str], query: &str, region: &Region| {
        format!("wait_until {} {} {}", timeout.as_secs(), quoted(wanted), aws(&asked(words, query), region))
    };
    match condition {
        Condition::ChangeSetReady { region, stack, change_set, only } => {
            let words = [
                "cloudformation",
                "describe-change-set",
                "--stack-name",
                stack.as_str(),
                "--change-set-name",
                change_set.as_str(),
            ];
            let beyond = "length(Changes[?ResourceChange.Action=='Remove' || (ResourceChange.Action=='Modify' && \
                          ResourceChange.Replacement!='False')])";
            let mut lines = vec![until("CREATE_COMPLETE", &words, "Status", region)];
            if only.replaces.is_empty() && only.removes.is_empty() {
                lines.push(until("0", &words, beyond, region));
            } else {
                let named: Vec<&String> = only.replaces.iter().chain(&only.removes).collect();
                lines.extend(look(&format!(
                    "see that the change set of {stack} replaces and removes only {}",
                    list(&named)
                )));
            }
            lines
        }
        Condition::StackComplete { region, stack, .. } => {
            let query = "Stacks[0].StackStatus=='CREATE_COMPLETE' || Stacks[0].StackStatus=='UPDATE_COMPLETE'";
            vec![until("True", &["cloudformation", "describe-stacks", "--stack-name", stack.as_str()], query, region)]
        }
        Condition::StackIs { region, stack, status } => {
            let words = ["cloudformation", "describe-stacks", "--stack-name", stack.as_str()];
            vec![until(status, &words, "Stacks[0].StackStatus", region)]
        }
        Condition::StackGone { region, stack, .. } => {
            let words = ["cloudformation", "wait", "stack-delete-complete", "--stack-name", stack.as_str()];
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            vec![format!("{} || fail {}", aws(&words, region), quoted(&format!("{stack} could not be deleted")))]
        }
        Condition::StackProtected { region, stack, protected } => {
            let words = ["cloudformation", "describe-stacks", "--stack-name", stack.as_str()];
            vec![until(
                if *protected { "True" } else { "False" },
                &words,
                "Stacks[0].EnableTerminationProtection",
                region,
            )]
        }
        Condition::DriftDetected { stack, region } => {
            look(&format!("see that the drift of {stack} in {region} was looked for"))
        }
        Condition::BucketEmpty { region, bucket } => {
            let words = ["s3api", "list-object-versions", "--bucket", bucket.as_str(), "--max-items", "1"];
            vec![until("0", &words, "length([Versions, DeleteMarkers][])", region)]
        }
        Condition::VaultEmpty { region, vault } => {
            let words = ["backup", "describe-backup-vault", "--backup-vault-name", vault.as_str()];
            vec![until("0", &words, "NumberOfRecoveryPoints", region)]
        }
        Condition::ParameterThere { region, name } | Condition::ParameterGone { region, name } => {
            let filter = format!("Key=Name,Option=Equals,Values={name}");
            let words = ["ssm", "describe-parameters", "--parameter-filters", filter.as_str()];
            let wanted = if matches!(condition, Condition::ParameterThere { .. }) { "1" } else { "0" };
            vec![until(wanted, &words, "length(Parameters)", region)]
        }
        Condition::WriterEndpointKnown { region, global_cluster } => {
            let Some(id) = global_cluster.literal() else {
                return look(&format!("see that {region} tells the endpoint that follows the writer"));
            };
            let words = ["rds", "describe-global-clusters", "--global-cluster-identifier", id];
            vec![until("True", &words, "GlobalClusters[0].Endpoint!=null", region)]
        }
        Condition::RecordsGone { zone, records } => records
            .iter()
            .map(|record| {
                let words = ["route53", "list-resource-record-sets", "--hosted-zone-id", zone.as_str()];
                let query = format!(
                    "length(ResourceRecordSets[?Name=='{}.' && Type=='{}' && SetIdentifier=={}])",
                    DnsName::normal(record.name.as_str()),
                    record.record_type,
                    record.set_identifier.as_ref().map_or_else(|| "null".to_owned(), |id| format!("'{id}'"))
                );
                until("0", &words, &query, &Region::route53())
            })
            .collect(),
        Condition::NothingLeft { region, looks } => {
            let kinds: Vec<String> =
                looks.named.iter().map(|named| format!("{} {}", kind(named), named.name())).collect();
            let named = if kinds.is_empty() { String::new() } else { format!(", and neither {}", kinds.join(" nor ")) };
            look(&format!("see that nothing is left in {region} with the deployment's tags{named}"))
        }
        Condition::WriterIs { .. }
        | Condition::Synchronized { .. }
        | Condition::BacklogEmpty { .. }
        | Condition::ReplicationIs { .. }
        | Condition::CheckInverted { .. }
        | Condition::RecordIs { .. }
        | Condition::AnswersLeadTo { .. }
        | Condition::Leaves { .. }
        | Condition::GroupIs { .. }
        | Condition::InService { .. }
        | Condition::CapacityIs { .. }
        | Condition::ConcurrencyIs { .. }
        | Condition::EventSourceIs { .. }
        | Condition::AtRiskAtMost { .. }
        | Condition::Elapsed { .. }
        | Condition::CanaryServed
        | Condition::AlarmsQuiet { .. } => Vec::new(),
    }
}

pub(super) fn kind(named: &Named) -> &'static str {
    match named {
        Named::LogGroup(_) => "log group",
        Named::Secret(_) => "secret",
        Named::SsmParameter(_) => "parameter",
        Named::KmsKey(_) => "key",
        Named::RecoveryPoint(_) => "recovery point of the vault",
        Named::DbClusterSnapshot(_) => "snapshot of the cluster",
        Named::Table(_) => "table",
        Named::Bucket(_) => "bucket",
    }
}
