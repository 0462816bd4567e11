//! A plan as JSON: a contract that scripts rely on. What is not known is null, times are RFC 3339, lengths are seconds.

use lifeboat_model::call::{Call, Plane};
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Build, BuildResource, BuildStack, Plan, Reversible, Step};
use lifeboat_model::port::Reality;
use lifeboat_model::rules::aws_cli;
use lifeboat_model::time::Duration;
use serde_json::{Map, Value, json};

use crate::output::number;

pub(crate) fn of(plan: &Plan, reality: &Reality) -> Value {
    let scenario = match reality {
        Reality::Live => None,
        Reality::Simulated(scenario) => Some(scenario),
    };
    let stores = plan.predicted.rpo.iter().map(|(store, loss)| (store.as_str().to_owned(), seconds(*loss)));
    json!({
        "version": plan.version,
        "runbook": plan.runbook,
        "mode": plan.mode,
        "deployment": plan.deployment,
        "simulated": reality.is_simulated(),
        "scenario": scenario,
        "account": plan.account,
        "from": plan.from,
        "to": plan.to,
        "drill": plan.drill,
        "made_at": plan.made_at.to_string(),
        "writer": plan.writer,
        "phrase": plan.phrase(),
        "hash": plan.hash(),
        "guards": plan.guards,
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "predicted": {
            "rto_s": seconds(plan.predicted.rto),
            "rpo_s": stores.collect::<Map<_, _>>(),
            "length_s": seconds(plan.predicted.length),
        },
        "build": plan.build.as_ref().map(build),
        "notes": plan.notes,
    })
}

/// What becomes of the stacks: what scripts decide by before they approve.
fn build(build: &Build) -> Value {
    let resource = |resource: &BuildResource| {
        json!({
            "logical_id": resource.logical_id,
            "type": resource.resource_type,
            "module": resource.module,
            "action": resource.action,
            "holds_data": resource.holds_data,
            "expected_s": seconds(resource.expected),
        })
    };
    let stack = |stack: &BuildStack| {
        json!({
            "id": stack.id,
            "name": stack.name,
            "region": stack.region,
            "action": stack.action,
            "status": stack.status,
            "expected_s": seconds(stack.expected),
            "resources": stack.resources.iter().map(resource).collect::<Vec<_>>(),
        })
    };
    json!({
        "blueprint": build.blueprint,
        "folder": build.folder,
        "parameters": build.parameters,
        "protected": build.protected,
        "stacks": build.stacks.iter().map(stack).collect::<Vec<_>>(),
        "beyond_cloudformation": build.beyond,
        "cost": build.cost,
        "usd_month": number(build.usd_month),
        "prices": build.prices,
        "refusals": build.refusals,
        "forecast": build.forecast,
        "nothing_to_do": build.is_nothing(),
        "loses_data": build.loses_data().next().is_some(),
    })
}

fn step(step: &Step) -> Value {
    let because = match &step.reversible {
        Reversible::Yes | Reversible::NothingToUndo => None,
        Reversible::No(reason) => Some(reason),
    };
    let undo = step.undo().unwrap_or_default();
    let mut iam: Vec<&str> = step.calls.iter().flat_map(Call::iam_actions).copied().collect();
    iam.sort_unstable();
    iam.dedup();
    json!({
        "id": step.id,
        "kind": step.kind,
        "title": step.title,
        "group": step.group,
        "after": step.after,
        "repeats_every_s": seconds(step.repeats.map(|repeats| repeats.every)),
        "calls": step.calls.iter().map(call).collect::<Vec<_>>(),
        "endpoint_region": endpoint_region(&step.calls),
        "plane": plane(&step.calls),
        "reversible": step.is_reversible(),
        "irreversible_because": because,
        "undo": undo.iter().map(call).collect::<Vec<_>>(),
        "iam": iam,
        "expected_s": seconds(step.expected),
        "expected_basis": step.expected_basis,
        "timeout_s": seconds(Some(step.timeout)),
        "guards": step.guards,
        "verify": step.verify,
        "temporary": step.temporary,
        "optional": step.optional,
        "inject": step.inject,
    })
}

/// The call with its arguments, and what follows from it.
fn call(call: &Call) -> Value {
    let mut value = serde_json::to_value(call).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut value {
        fields.insert("service".to_owned(), json!(call.service().label()));
        fields.insert("operation".to_owned(), json!(call.operation()));
        fields.insert("endpoint_region".to_owned(), json!(call.endpoint_region()));
        fields.insert("plane".to_owned(), json!(call.plane()));
        fields.insert("iam".to_owned(), json!(call.iam_actions()));
        fields.insert("aws_cli".to_owned(), json!(aws_cli::posix(&aws_cli::command(call))));
    }
    value
}

/// One region where all calls go to one; a list where they go to several; null where there is no call.
fn endpoint_region(calls: &[Call]) -> Value {
    let mut regions: Vec<Region> = calls.iter().map(Call::endpoint_region).collect();
    regions.sort();
    regions.dedup();
    match regions.as_slice() {
        [] => Value::Null,
        [only] => json!(only),
        several => json!(several),
    }
}

/// The plane that the step depends on: a control plane as soon as one of its calls does.
fn plane(calls: &[Call]) -> Value {
    let planes: Vec<Plane> = calls.iter().map(Call::plane).collect();
    match planes.as_slice() {
        [] => Value::Null,
        some if some.contains(&Plane::Control) => json!(Plane::Control),
        _ => json!(Plane::Data),
    }
}

fn seconds(length: Option<Duration>) -> Value {
    length.map_or(Value::Null, |length| number(length.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::plan::example;

    #[test]
    fn a_plan_carries_what_scripts_rely_on() {
        let plan = example::failover();
        let value = of(&plan, &Reality::Simulated("region-loss".to_owned()));
        assert_eq!(value["version"], 1);
        assert_eq!(value["phrase"], "failover payments-aurora us-east-2");
        assert_eq!(value["hash"], plan.hash().as_str());
        assert_eq!(value["predicted"]["rto_s"], 95);
        assert_eq!(value["predicted"]["rpo_s"], json!({ "aurora": 1.3, "dynamodb": null }));
        let promotion =
            value["steps"].as_array().unwrap().iter().find(|step| step["kind"] == "aurora-failover").unwrap();
        assert_eq!(promotion["endpoint_region"], "us-east-2");
        assert_eq!(promotion["plane"], "control");
        assert_eq!(promotion["reversible"], false);
        assert_eq!(promotion["iam"], json!(["rds:FailoverGlobalCluster"]));
        assert_eq!(promotion["expected_s"], 60);
        assert_eq!(promotion["calls"][0]["call"], "failover-global-cluster");
        let command = promotion["calls"][0]["aws_cli"].as_str().unwrap();
        assert!(command.contains("--allow-data-loss --region us-east-2"), "{command}");
    }

    #[test]
    fn a_step_without_calls_has_neither_place_nor_plane() {
        let value = of(&example::failover(), &Reality::Live);
        let wait = value["steps"].as_array().unwrap().iter().find(|step| step["kind"] == "canary").unwrap();
        assert_eq!((&wait["endpoint_region"], &wait["plane"]), (&Value::Null, &Value::Null));
        assert_eq!(wait["reversible"], true);
    }

    #[test]
    fn a_step_with_calls_in_two_regions_names_both() {
        let plan = example::failover();
        let calls: Vec<Call> = plan.steps.iter().flat_map(|step| step.calls.clone()).collect();
        assert_eq!(endpoint_region(&calls), json!(["us-east-1", "us-east-2"]));
        assert_eq!(plane(&calls), "control");
    }
}
