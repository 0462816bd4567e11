//! Functions, and the capacity that runs change.

use super::{At, Findings, Rule, about, branches, choices};
use crate::template::Declaration;
use crate::yaml::Node;

/// As CloudFormation counts inline code.
const LONGEST_CODE: usize = 4096;

pub(super) fn look(at: &At<'_>, found: &mut Findings) {
    match at.resource.resource_type.as_str() {
        "AWS::Lambda::Function" => function(at, found),
        "AWS::Lambda::Url" => url(at, found),
        "AWS::AutoScaling::AutoScalingGroup" => {
            if let Some(node) = at.any(&["DesiredCapacity"]).first() {
                let fix = "leave DesiredCapacity out: MinSize is where it begins";
                found.add(at, node.line, Rule::B26, "has a desired capacity, which runs change", fix);
            }
        }
        _ => {}
    }
}

fn function(at: &At<'_>, found: &mut Findings) {
    for variables in at.any(&["Environment", "Variables"]) {
        if let Some(node) = variables.get("AWS_REGION") {
            found.add(at, node.line, Rule::B15, "sets AWS_REGION", "call it something else");
        }
    }
    let waits = at.resource.depends_on.iter().filter_map(|id| at.place.template.resource(id));
    if !waits.into_iter().any(|other| other.resource_type == "AWS::Logs::LogGroup") {
        found.whole(at, Rule::B16, "waits for no log group", "make one, and name it in DependsOn");
    }
    for code in at.any(&["Code", "ZipFile"]) {
        let length = code_of(code).chars().count();
        if length > LONGEST_CODE {
            let fix = format!("write {LONGEST_CODE} or fewer");
            found.add(at, code.line, Rule::B17, format!("has {length} characters of code"), fix);
        }
    }
    if let Some(node) = at.any(&["ReservedConcurrentExecutions"]).first() {
        found.add(at, node.line, Rule::B26, "reserves concurrency, which runs change", "leave it out");
    }
}

fn code_of(code: &Node) -> String {
    match code.function() {
        Some(("Fn::Sub", argument)) => {
            argument.text().or_else(|| argument.items().first().and_then(Node::text)).unwrap_or_default().to_owned()
        }
        Some(("Fn::Join", argument)) => {
            argument.items().get(1).map(Node::items).unwrap_or_default().iter().filter_map(Node::scalar).collect()
        }
        _ => code.text().unwrap_or_default().to_owned(),
    }
}

fn url(at: &At<'_>, found: &mut Findings) {
    let function = at.resource.property(&["TargetFunctionArn"]).and_then(about);
    let permissions: Vec<&Declaration> = at
        .place
        .template
        .resources
        .iter()
        .filter(|other| {
            let of = other.property(&["FunctionName"]);
            other.resource_type == "AWS::Lambda::Permission"
                && of.is_some_and(|node| choices(node).into_iter().flatten().any(|node| about(node) == function))
        })
        .collect();
    let has = |action: &str, key: Option<&str>| {
        permissions.iter().any(|permission| {
            permission.property(&["Action"]).and_then(Node::text) == Some(action)
                && key.is_none_or(|key| {
                    branches(&permission.properties, &[key])
                        .iter()
                        .all(|node| node.is_some_and(|node| node.boolean() == Some(true)))
                })
        })
    };
    if !has("lambda:InvokeFunctionUrl", None) {
        let fix = "add a Permission with Action lambda:InvokeFunctionUrl";
        found.whole(at, Rule::B14, "may be asked by nobody", fix);
    }
    if !has("lambda:InvokeFunction", Some("InvokedViaFunctionUrl")) {
        let fix = "add a Permission with Action lambda:InvokeFunction and InvokedViaFunctionUrl: true";
        found.whole(at, Rule::B14, "may not invoke its function", fix);
    }
}
