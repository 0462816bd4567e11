//! Change sets made, executed and thrown away, and stacks deleted. Whatever was asked with an answer that got lost is told
//! from what somebody else asked by the digest that a change set bears.

use aws_sdk_cloudformation::types::{Capability, ChangeSetType, OnStackFailure, Parameter, Tag};
use lifeboat_model::call::{Call, LateValue, Receipt, StackInput, TemplateText};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::StackName;
use lifeboat_model::plan::hexadecimal;
use lifeboat_model::read::Service;
use sha2::{Digest, Sha256};

use crate::hand::{Hand, failure, looked, unsent};

/// One of the same name that bears the same digest was made by an earlier sending of the very same call.
pub(crate) async fn create_change_set(hand: &Hand, call: &Call) -> Result<Receipt, CloudError> {
    let Call::CreateChangeSet { stack, change_set, creates, template, inputs, capabilities, tags, .. } = call else {
        return Err(unsent(call, CloudErrorKind::Invalid, "it makes no change set"));
    };
    if template.body().len() > TemplateText::LIMIT {
        let why = format!("the template has {} bytes, and CloudFormation takes 51200", template.body().len());
        return Err(unsent(call, CloudErrorKind::Invalid, &why));
    }
    let parameters = inputs.iter().map(|input| parameter(call, input)).collect::<Result<Vec<_>, _>>()?;
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let description = description(call);
    let kind = if *creates { ChangeSetType::Create } else { ChangeSetType::Update };
    let answer = hand
        .once
        .cloudformation()
        .create_change_set()
        .stack_name(stack.as_str())
        .change_set_name(change_set)
        .change_set_type(kind)
        .description(&description)
        .template_body(template.body())
        .set_parameters(Some(parameters))
        .set_capabilities(Some(capabilities.iter().map(|name| Capability::from(name.as_str())).collect()))
        .set_tags(Some(tags))
        .set_on_stack_failure(creates.then_some(OnStackFailure::Rollback))
        .send()
        .await
        .map_err(failure(call));
    match answer {
        Ok(answer) => Ok(Receipt { detail: answer.id().map(str::to_owned), ..hand.receipt(&answer) }),
        Err(error) if error.kind == CloudErrorKind::Conflict => {
            match looked(already(hand, stack, change_set, &description).await)? {
                Some(receipt) => Ok(receipt),
                None => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

fn parameter(call: &Call, input: &StackInput) -> Result<Parameter, CloudError> {
    let parameter = Parameter::builder().parameter_key(&input.key);
    match &input.value {
        LateValue::Literal(text) => Ok(parameter.parameter_value(text).build()),
        LateValue::Previous => Ok(parameter.use_previous_value(true).build()),
        LateValue::Output { .. } | LateValue::Answer { .. } | LateValue::Joined(_) => {
            let why = format!("the value of {} is not known yet", input.key);
            Err(unsent(call, CloudErrorKind::Invalid, &why))
        }
    }
}

/// What a change set says of itself: which call it came of.
fn description(call: &Call) -> String {
    let written = serde_json::to_vec(call).unwrap_or_default();
    format!("Made by Lifeboat from a call whose SHA-256 is {}", hexadecimal(&Sha256::digest(&written)))
}

/// The change set of this name, where it came of this very call.
async fn already(
    hand: &Hand,
    stack: &StackName,
    change_set: &str,
    description: &str,
) -> Result<Option<Receipt>, CloudError> {
    let answer = hand
        .at
        .cloudformation()
        .describe_change_set()
        .stack_name(stack.as_str())
        .change_set_name(change_set)
        .send()
        .await
        .map_err(hand.at.failure(Service::Stacks, "DescribeChangeSet"));
    match answer {
        Ok(found) if found.description() == Some(description) => {
            Ok(Some(Receipt { detail: found.change_set_id().map(str::to_owned), ..hand.receipt(&found) }))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind == CloudErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Without a token: a change set is executed once and then is no more, so that a second sending cannot begin a second
/// execution; and by its token a later change set of the same name would be taken for the one that failed.
pub(crate) async fn execute_change_set(
    hand: &Hand,
    call: &Call,
    stack: &StackName,
    change_set: &str,
) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .cloudformation()
        .execute_change_set()
        .stack_name(stack.as_str())
        .change_set_name(change_set)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

/// One that is gone, with its stack or without, is as deleted as it can be.
pub(crate) async fn delete_change_set(
    hand: &Hand,
    call: &Call,
    stack: &StackName,
    change_set: &str,
) -> Result<Receipt, CloudError> {
    let delete = hand.once.cloudformation().delete_change_set().stack_name(stack.as_str()).change_set_name(change_set);
    match delete.send().await.map_err(failure(call)) {
        Ok(answer) => Ok(hand.receipt(&answer)),
        Err(error) => hand.gone_already(error),
    }
}

/// Without a token: a deletion that failed is to be tried again, and by its token the next try would be taken for the last.
pub(crate) async fn delete_stack(hand: &Hand, call: &Call, stack: &StackName) -> Result<Receipt, CloudError> {
    let delete = hand.once.cloudformation().delete_stack().stack_name(stack.as_str());
    match delete.send().await.map_err(failure(call)) {
        Ok(answer) => Ok(hand.receipt(&answer)),
        Err(error) => hand.gone_already(error),
    }
}

pub(crate) async fn continue_rollback(hand: &Hand, call: &Call, stack: &StackName) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .cloudformation()
        .continue_update_rollback()
        .stack_name(stack.as_str())
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

pub(crate) async fn set_protection(
    hand: &Hand,
    call: &Call,
    stack: &StackName,
    on: bool,
) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .cloudformation()
        .update_termination_protection()
        .stack_name(stack.as_str())
        .enable_termination_protection(on)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

pub(crate) async fn detect_drift(hand: &Hand, call: &Call, stack: &StackName) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .cloudformation()
        .detect_stack_drift()
        .stack_name(stack.as_str())
        .send()
        .await
        .map_err(failure(call))?;
    Ok(Receipt { detail: answer.stack_drift_detection_id().map(str::to_owned), ..hand.receipt(&answer) })
}
