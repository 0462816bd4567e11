//! Calls with what only other stacks can tell, as a line of shell that asks them when its turn has come.

use std::cell::RefCell;

use lifeboat_model::call::{Call, LateValue, Settled};
use lifeboat_model::plan::{Condition, Plan, StepId};
use lifeboat_model::rules::aws_cli::{command, posix};

/// `None` for a call that holds nothing late, and where a value cannot be asked for in one line.
pub(super) fn said(call: &Call, plan: &Plan) -> Option<String> {
    if call.is_settled() {
        return None;
    }
    let asked = RefCell::new(Vec::new());
    let settled = call.settle(&|value| match asking(value, plan) {
        Some(expression) => {
            let mut asked = asked.borrow_mut();
            asked.push(expression);
            Settled::Value(mark(asked.len()))
        }
        None => Settled::Unknown,
    });
    let mut line = posix(&command(&settled.ok()?));
    // Out of the single quotes, asked within double ones, and in again.
    for (number, expression) in asked.into_inner().iter().enumerate() {
        line = line.replace(&mark(number + 1), &format!("'\"{expression}\"'"));
    }
    Some(line)
}

/// Stands for a value until the line is whole; no template has it.
fn mark(number: usize) -> String {
    format!("@@lifeboat-late-{number}@@")
}

fn asking(value: &LateValue, plan: &Plan) -> Option<String> {
    match value {
        LateValue::Literal(text) => Some(text.clone()),
        LateValue::Previous => None,
        LateValue::Output { region, stack, key, .. } => Some(format!(
            "$(aws cloudformation describe-stacks --stack-name {stack} --query \"Stacks[0].Outputs[?OutputKey=='{key}']\
             .OutputValue | [0]\" --output text --region {region})"
        )),
        LateValue::Answer { step, .. } => plan.step(&StepId::new(step))?.verify.iter().find_map(|condition| {
            let Condition::WriterEndpointKnown { region, global_cluster } = condition else { return None };
            let id = asking(global_cluster, plan)?;
            Some(format!(
                "$(aws rds describe-global-clusters --global-cluster-identifier \"{id}\" --query \
                 \"GlobalClusters[0].Endpoint\" --output text --region {region})"
            ))
        }),
        LateValue::Joined(parts) => parts.iter().map(|part| asking(part, plan)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use lifeboat_model::call::{StackInput, TemplateText};

    use super::*;
    use crate::commands::plan::example;

    #[test]
    fn what_another_stack_tells_is_asked_where_it_is_needed() {
        let call = Call::CreateChangeSet {
            region: "us-east-2".into(),
            stack: "shop-dr".into(),
            change_set: "lifeboat-1".to_owned(),
            creates: true,
            template: TemplateText::new("Resources: {}"),
            inputs: vec![StackInput {
                key: "VpcId".to_owned(),
                value: LateValue::Output {
                    region: "us-east-1".into(),
                    stack: "shop".into(),
                    key: "VpcId".to_owned(),
                    list: false,
                    optional: false,
                },
            }],
            capabilities: Vec::new(),
            tags: Vec::new(),
        };
        let line = said(&call, &example::failover()).unwrap();
        assert!(line.contains("'\"$(aws cloudformation describe-stacks --stack-name shop "), "{line}");
        assert!(line.contains("OutputKey=='VpcId'") && !line.contains("@@"), "{line}");
    }
}
