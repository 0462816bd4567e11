//! Lambda functions: what runs, whether it is fenced, and what feeds it.

pub(crate) mod mutate;

use futures::future::{join, join3};
use futures::stream::{self, StreamExt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::lambda::{EventSource, Function, LambdaFacts};
use lifeboat_model::id::{Arn, FunctionName};
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::partial::{Member, existing, gather, optional};

/// Lambda answers fifteen requests a second that are not invocations, for the whole account; a function takes three.
const FUNCTIONS_AT_ONCE: usize = 4;

pub(crate) async fn functions(at: &Endpoint, names: &[FunctionName]) -> Result<LambdaFacts, CloudError> {
    let asked: Vec<_> = names.iter().map(|name| function(at, name)).collect();
    let functions = stream::iter(asked).buffered(FUNCTIONS_AT_ONCE).collect::<Vec<_>>();
    let (functions, quota) = join(functions, account_concurrency(at)).await;
    Ok(LambdaFacts { functions: gather(functions)?, account_concurrency: optional(quota)?.flatten() })
}

async fn function(at: &Endpoint, name: &FunctionName) -> Member<Function> {
    let (configured, reserved, sources) =
        join3(configuration(at, name), reserved_concurrency(at, name), event_sources(at, name)).await;
    let Some(function) = existing(configured)? else { return Ok(None) };
    // Unknown concurrency may not be taken for "not fenced": its failure is the read's.
    Ok(Some(Function { reserved_concurrency: reserved?, event_sources: sources?, ..function }))
}

async fn configuration(at: &Endpoint, name: &FunctionName) -> Result<Function, CloudError> {
    let found = at
        .lambda()
        .get_function_configuration()
        .function_name(name.as_str())
        .send()
        .await
        .map_err(at.failure(Service::Lambda, "GetFunctionConfiguration"))?;
    Ok(Function {
        name: name.clone(),
        state: found.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        runtime: found.runtime().map(|runtime| runtime.as_str().to_owned()),
        code_sha256: found.code_sha256().map(str::to_owned),
        reserved_concurrency: None,
        event_sources: Vec::new(),
    })
}

async fn reserved_concurrency(at: &Endpoint, name: &FunctionName) -> Result<Option<u32>, CloudError> {
    let answer = at
        .lambda()
        .get_function_concurrency()
        .function_name(name.as_str())
        .send()
        .await
        .map_err(at.failure(Service::Lambda, "GetFunctionConcurrency"))?;
    Ok(answer.reserved_concurrent_executions().and_then(|count| u32::try_from(count).ok()))
}

async fn event_sources(at: &Endpoint, name: &FunctionName) -> Result<Vec<EventSource>, CloudError> {
    let mut pages =
        at.lambda().list_event_source_mappings().function_name(name.as_str()).into_paginator().items().send();
    let mut sources = Vec::new();
    while let Some(found) = pages.next().await {
        let found = found.map_err(at.failure(Service::Lambda, "ListEventSourceMappings"))?;
        sources.push(EventSource {
            uuid: found.uuid().unwrap_or_default().to_owned(),
            source: found.event_source_arn().map(Arn::from),
            state: found.state().unwrap_or_default().to_owned(),
        });
    }
    Ok(sources)
}

async fn account_concurrency(at: &Endpoint) -> Result<Option<u32>, CloudError> {
    let answer =
        at.lambda().get_account_settings().send().await.map_err(at.failure(Service::Lambda, "GetAccountSettings"))?;
    Ok(answer.account_limit().and_then(|limit| u32::try_from(limit.concurrent_executions()).ok()))
}
