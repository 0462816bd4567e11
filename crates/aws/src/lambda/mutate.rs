//! Fencing a function, feeding it, and asking it.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::FunctionName;
use serde_json::Value;

use crate::error::{Asked, clean};
use crate::hand::{Hand, failure, unsent};

/// A function may think before it answers, longer than a service may.
const INVOCATION: Duration = Duration::from_mins(15);

/// Zero refuses every invocation; `None` gives the function its share of the account's concurrency back.
pub(crate) async fn set_concurrency(
    hand: &Hand,
    call: &Call,
    function: &FunctionName,
    reserved: Option<u32>,
) -> Result<Receipt, CloudError> {
    let lambda = hand.once.lambda();
    let Some(reserved) = reserved else {
        let delete = lambda.delete_function_concurrency().function_name(function.as_str());
        let answer = delete.send().await.map_err(failure(call))?;
        return Ok(hand.receipt(&answer));
    };
    let reserved = i32::try_from(reserved)
        .map_err(|_| unsent(call, CloudErrorKind::Invalid, "no function has so much concurrency"))?;
    let answer = lambda
        .put_function_concurrency()
        .function_name(function.as_str())
        .reserved_concurrent_executions(reserved)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

pub(crate) async fn set_event_source(
    hand: &Hand,
    call: &Call,
    uuid: &str,
    enabled: bool,
) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .lambda()
        .update_event_source_mapping()
        .uuid(uuid)
        .enabled(enabled)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

/// Waits for what the function says. A function that fails has run: that is its answer, and no failure of Lambda's.
pub(crate) async fn invoke(
    hand: &Hand,
    call: &Call,
    function: &FunctionName,
    payload: &str,
) -> Result<Receipt, CloudError> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(hand.limits.connect)
        .operation_attempt_timeout(INVOCATION)
        .operation_timeout(INVOCATION)
        .build();
    let patient = aws_sdk_lambda::config::Builder::new().timeout_config(timeouts);
    let answer = hand
        .once
        .lambda()
        .invoke()
        .function_name(function.as_str())
        .invocation_type(InvocationType::RequestResponse)
        .payload(Blob::new(payload))
        .customize()
        .config_override(patient)
        .send()
        .await
        .map_err(failure(call))?;
    match answer.function_error() {
        Some(kind) => Err(Asked::changing(call).refused(CloudErrorKind::Invalid, &complaint(kind, &answer))),
        None => Ok(Receipt { detail: said(&answer).map(|text| clean(&text)), ..hand.receipt(&answer) }),
    }
}

fn said(answer: &InvokeOutput) -> Option<String> {
    let payload = answer.payload()?.as_ref();
    (!payload.is_empty()).then(|| String::from_utf8_lossy(payload).into_owned())
}

/// The function's own message alone: its stack trace and the rest of its answer may hold anything.
fn complaint(kind: &str, answer: &InvokeOutput) -> String {
    let told = said(answer).and_then(|text| serde_json::from_str::<Value>(&text).ok());
    match told.as_ref().and_then(|told| told.get("errorMessage")).and_then(Value::as_str) {
        Some(message) => format!("the function ran and failed: {message}"),
        None => format!("the function ran and failed: {kind}"),
    }
}
