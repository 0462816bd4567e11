//! What a plan's parts are called for people, the same on the terminal, on paper and in a script's comments.

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::Plane;
use lifeboat_model::plan::{Condition, Plan, Step};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::Duration;
use lifeboat_model::wording::{list, span};

/// What must be seen before a step counts as done: `the writer is …`.
pub(crate) fn condition(condition: &Condition) -> String {
    match condition {
        Condition::WriterIs { global_cluster, target, target_region } => format!(
            "{target_region} says that the writer of {global_cluster} is {target}, and no promotion is under way"
        ),
        Condition::Synchronized { global_cluster, region } => {
            format!("{region} says that every member of {global_cluster} is synchronized")
        }
        Condition::BacklogEmpty { source, destination } => format!(
            "nothing waits to be replicated from {} ({}) to {} ({})",
            source.name, source.region, destination.name, destination.region
        ),
        Condition::ReplicationIs { region, bucket, rules } => {
            let count = rules.iter().filter(|rule| rule.enabled).count();
            let rules = if count == 1 { "1 rule" } else { &format!("{count} rules") };
            format!("{bucket} in {region} replicates by {rules}")
        }
        Condition::CheckInverted { check, inverted: true } => format!("health check {check} is inverted"),
        Condition::CheckInverted { check, inverted: false } => format!("health check {check} is not inverted"),
        Condition::RecordIs { name, set_identifier, record, .. } => {
            let set = set_identifier.as_ref().map(|set| format!(" ({set})")).unwrap_or_default();
            match record {
                Some(record) => format!("the {} record {name}{set} stands as changed", record.record_type),
                None => format!("the record {name}{set} is gone"),
            }
        }
        Condition::AnswersLeadTo { name, region } => format!("Route 53 sends clients of {name} to {region}"),
        Condition::Leaves { name, region, check } => {
            format!(
                "nothing holds clients of {name} in {region}: health check {check} fails, or {region} answers nothing"
            )
        }
        Condition::GroupIs { group, dial_percent, weights } => {
            let weights: Vec<String> = weights.iter().map(|(id, weight)| format!("{id} has weight {weight}")).collect();
            let weights = if weights.is_empty() { String::new() } else { format!(", and {}", list(&weights)) };
            format!("the dial of {group} stands at {dial_percent} %{weights}")
        }
        Condition::InService { region, group, at_least } => {
            format!("{group} in {region} has at least {at_least} instances in service")
        }
        Condition::CapacityIs { region, group, capacity } => format!(
            "{group} in {region} has sizes {}/{}/{} (least, wanted, most)",
            capacity.min, capacity.desired, capacity.max
        ),
        Condition::ConcurrencyIs { region, function, reserved: Some(reserved) } => {
            format!("{function} in {region} has a reserved concurrency of {reserved}")
        }
        Condition::ConcurrencyIs { region, function, reserved: None } => {
            format!("{function} in {region} has no reserved concurrency")
        }
        Condition::EventSourceIs { region, uuid, enabled } => {
            format!("event source mapping {uuid} in {region} is {}", if *enabled { "enabled" } else { "disabled" })
        }
        Condition::AtRiskAtMost { store, bound } => {
            format!("at most {} of {} would be lost", span(*bound), store_name(*store))
        }
        Condition::Elapsed { length } => format!("{} have passed", span(*length)),
        Condition::CanaryServed => "a canary written since is acknowledged and found".to_owned(),
        Condition::ChangeSetReady { region, stack, only, .. } => {
            let beyond = |what: &str, names: &[String]| {
                if names.is_empty() { String::new() } else { format!("; it may {what} {}", list(names)) }
            };
            format!(
                "the change set of {stack} in {region} is ready and does no more than is approved{}{}",
                beyond("REPLACE", &only.replaces),
                beyond("remove", &only.removes)
            )
        }
        Condition::StackComplete { region, stack, .. } => format!("{stack} in {region} is complete"),
        Condition::StackIs { region, stack, status } => format!("{stack} in {region} is {status}"),
        Condition::StackGone { region, stack, .. } => format!("{region} has no stack {stack} any more"),
        Condition::StackProtected { region, stack, protected: true } => {
            format!("{stack} in {region} is protected from being deleted")
        }
        Condition::StackProtected { region, stack, protected: false } => {
            format!("nothing protects {stack} in {region} from being deleted")
        }
        Condition::DriftDetected { region, stack } => format!("the drift of {stack} in {region} has been looked for"),
        Condition::BucketEmpty { region, bucket } => {
            format!("{bucket} in {region} has neither versions, nor delete markers, nor unfinished uploads")
        }
        Condition::VaultEmpty { region, vault } => format!("{vault} in {region} has no recovery point"),
        Condition::ParameterThere { region, name } => format!("{region} has the parameter {name}"),
        Condition::ParameterGone { region, name } => format!("{region} has no parameter {name}"),
        Condition::WriterEndpointKnown { region, .. } => format!("{region} tells the endpoint that follows the writer"),
        Condition::RecordsGone { zone, records } => {
            let names: Vec<String> =
                records.iter().map(|record| format!("{} {}", record.record_type, record.name)).collect();
            format!("the zone {zone} has none of {}", list(&names))
        }
        Condition::NothingLeft { region, .. } => {
            format!("nothing of the deployment is found in {region}, by tag or by name")
        }
        Condition::AlarmsQuiet { region } => format!("no alarm of {region} is in ALARM"),
    }
}

pub(crate) fn store_name(store: StoreKind) -> &'static str {
    match store {
        StoreKind::Aurora => "Aurora",
        StoreKind::DynamoDb => "DynamoDB",
        StoreKind::S3 => "S3",
    }
}

pub(crate) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Planned => "planned",
        Mode::Unplanned => "unplanned",
    }
}

pub(crate) fn plane(plane: Plane) -> &'static str {
    match plane {
        Plane::Control => "control plane",
        Plane::Data => "data plane",
    }
}

/// `90 s (median of 4 runs)`.
pub(crate) fn expected(step: &Step) -> String {
    match (step.expected, step.expected_basis.as_str()) {
        (Some(length), "") => span(length),
        (Some(length), basis) => format!("{} ({basis})", span(length)),
        (None, "") => "not known how long".to_owned(),
        (None, basis) => format!("not known how long ({basis})"),
    }
}

/// What each store would lose, a line each: name and what.
pub(crate) fn losses(plan: &Plan) -> Vec<(&'static str, String)> {
    plan.predicted.rpo.iter().map(|(store, loss)| (store_name(*store), lost(plan, *store, *loss))).collect()
}

fn lost(plan: &Plan, store: StoreKind, loss: Option<Duration>) -> String {
    match (loss, plan.mode) {
        (Some(Duration::ZERO), Mode::Planned) => "nothing".to_owned(),
        (Some(Duration::ZERO), Mode::Unplanned) => "nothing, by what was read last".to_owned(),
        (Some(length), _) => format!("up to the last {} of writes{}", span(length), plan.predicted.beside_loss(store)),
        (None, _) => "not known how much".to_owned(),
    }
}

/// `aurora up to the last 2 s of writes; s3 not known how much`, in one sentence.
pub(crate) fn loss_in_short(plan: &Plan) -> String {
    if let Some(build) = &plan.build {
        let lost: Vec<String> = build
            .loses_data()
            .map(|(stack, resource)| format!("{} of {} ({})", resource.logical_id, stack.name, resource.resource_type))
            .collect();
        return if lost.is_empty() { "nothing".to_owned() } else { format!("what these hold: {}", list(&lost)) };
    }
    let lost: Vec<String> = losses(plan)
        .into_iter()
        .filter(|(_, loss)| loss != "nothing")
        .map(|(store, loss)| format!("of {store} {loss}"))
        .collect();
    if lost.is_empty() { "nothing".to_owned() } else { list(&lost) }
}

/// The groups as they are counted for people, from 1: number, its steps, and whether the line of reversibility lies
/// above it.
pub(crate) fn groups(plan: &Plan) -> impl Iterator<Item = (usize, &[Step], bool)> {
    let line = plan.point_of_no_return();
    plan.groups().enumerate().map(move |(number, steps)| {
        let lies_above = line.is_some() && steps.first().map(|step| step.group) == line;
        (number + 1, steps, lies_above)
    })
}
