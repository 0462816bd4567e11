//! What decides where clients and events go: health checks, records, APIs, accelerators, global endpoints.

use super::stores::alike;
use super::{At, Findings, Rule, about, items};
use crate::manifest::Word;
use crate::yaml::Node;

pub(super) fn look(at: &At<'_>, found: &mut Findings) {
    match at.resource.resource_type.as_str() {
        "AWS::Route53::HealthCheck" => health_check(at, found),
        "AWS::Route53::RecordSet" => record(at, found),
        "AWS::ApiGateway::Deployment" => api_deployment(at, found),
        "AWS::GlobalAccelerator::EndpointGroup" => {
            let interval = at.any(&["HealthCheckIntervalSeconds"]);
            if interval.iter().any(|node| !matches!(node.scalar().as_deref(), Some("10" | "30"))) {
                found.whole(at, Rule::B24, "has another interval", "write HealthCheckIntervalSeconds: 10 or 30");
            }
        }
        "AWS::Events::Endpoint" => global_endpoint(at, found),
        "AWS::SNS::Topic" if at.has(&["KmsMasterKeyId"], "alias/aws/sns") => {
            let fix = "leave KmsMasterKeyId out, or use a key of yours";
            found.whole(at, Rule::B23, "is encrypted with AWS's own key", fix);
        }
        _ => {}
    }
}

const KINDS_THAT_ASK: [&str; 5] = ["HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"];

fn health_check(at: &At<'_>, found: &mut Findings) {
    let kinds: Vec<&str> = at.any(&["HealthCheckConfig", "Type"]).into_iter().filter_map(Node::text).collect();
    if at.any(&["HealthCheckConfig", "Disabled"]).iter().any(|node| node.boolean() != Some(false)) {
        found.whole(at, Rule::B11, "is disabled, and so always healthy", "leave Disabled out");
    }
    if !kinds.iter().any(|kind| KINDS_THAT_ASK.contains(kind)) {
        return;
    }
    let within = |key: &str, allowed: &dyn Fn(f64) -> bool| {
        at.all(&["HealthCheckConfig", key]).iter().all(|node| node.and_then(Node::number).is_some_and(allowed))
    };
    if !within("RequestInterval", &|seconds| [10.0, 30.0].contains(&seconds)) {
        found.whole(at, Rule::B11, "asks at another interval", "write RequestInterval: 10 or 30");
    }
    if !within("FailureThreshold", &|times| (1.0..=10.0).contains(&times)) {
        found.whole(at, Rule::B11, "has another threshold", "write FailureThreshold: 1 to 10");
    }
    for host in at.any(&["HealthCheckConfig", "FullyQualifiedDomainName"]) {
        let mut scheme = false;
        host.visit(&mut |node| scheme |= node.text().is_some_and(|text| text.contains("://") || text.contains('/')));
        if scheme {
            found.add(at, host.line, Rule::B11, "asks a host with scheme or path", "write the host alone");
        }
    }
    let http = kinds.iter().any(|kind| kind.starts_with("HTTP"));
    let tcp = kinds.contains(&"TCP");
    let paths = at.all(&["HealthCheckConfig", "ResourcePath"]);
    if http && !tcp && paths.iter().any(Option::is_none) {
        found.whole(at, Rule::B11, "speaks HTTP and has no path", "add ResourcePath");
    }
    if tcp && !http && paths.iter().any(Option::is_some) {
        found.whole(at, Rule::B11, "speaks TCP and has a path", "leave ResourcePath out");
    }
}

fn record(at: &At<'_>, found: &mut Findings) {
    let failover = at.any(&["Failover"]);
    if failover.is_empty() {
        return;
    }
    if !at.present(&["SetIdentifier"]) {
        found.whole(at, Rule::B12, "has no SetIdentifier", "add SetIdentifier");
    }
    let primary = failover.iter().any(|node| node.text() == Some("PRIMARY"));
    if primary && !at.present(&["HealthCheckId"]) {
        found.whole(at, Rule::B12, "is primary and has no health check", "add HealthCheckId");
    }
}

fn api_deployment(at: &At<'_>, found: &mut Findings) {
    if let Some(node) = at.any(&["StageName"]).first() {
        found.add(at, node.line, Rule::B13, "names a stage", "leave StageName out, and make an AWS::ApiGateway::Stage");
    }
    let api = at.resource.property(&["RestApiId"]).and_then(about);
    let methods = at.place.template.resources.iter().filter(|other| {
        other.resource_type == "AWS::ApiGateway::Method" && other.property(&["RestApiId"]).and_then(about) == api
    });
    for method in methods.filter(|method| !at.resource.depends_on.contains(&method.logical_id)) {
        let what = format!("does not wait for method {}", method.logical_id);
        found.whole(at, Rule::B13, what, format!("add {} to its DependsOn", method.logical_id));
    }
}

fn global_endpoint(at: &At<'_>, found: &mut Findings) {
    for list in at.any(&["EventBuses"]) {
        let buses = items(list);
        if buses.len() != 2 {
            found.add(at, list.line, Rule::B25, format!("has {} buses", buses.len()), "name exactly two");
            continue;
        }
        let names: Vec<&Node> = buses.iter().filter_map(|bus| name_of_bus(at, bus.get("EventBusArn")?)).collect();
        if let [one, other] = names.as_slice()
            && !alike(Some(one), Some(other))
        {
            found.add(at, list.line, Rule::B25, "has two buses of different names", "give both the same name");
        }
    }
}

/// The name under which the bus was made whose ARN is handed in from another stack.
fn name_of_bus<'a>(at: &At<'a>, arn: &Node) -> Option<&'a Node> {
    let parameter = about(arn)?;
    let stack = at.place.stacks.first()?;
    let (_, input) = stack.inputs.iter().find(|(key, _)| key == parameter)?;
    let Some(Word::Output { stack, key, .. }) = input.only_word() else { return None };
    let template = at.place.blueprint.template_of(at.place.manifest.stack(stack)?)?;
    let bus = template.resource(about(&template.outputs.get(key)?.value)?)?;
    bus.property(&["Name"])
}
