//! Counts what is sent to AWS, retries included: the cost meter's source, and the proof of what reading sends.
//! It never changes a request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataInput;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use lifeboat_model::port::Usage;

#[derive(Debug, Default)]
struct Counts {
    usage: Usage,
    attempts: BTreeMap<String, u64>,
}

/// Shared by all clients of one observer. Requests of credential providers (STS, SSO) are not the observer's own
/// and are not counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Mutex<Counts>>);

impl Meter {
    pub(crate) fn usage(&self) -> Usage {
        self.with(|counts| counts.usage)
    }

    /// How often each API operation was sent, by its name.
    pub(crate) fn operations(&self) -> BTreeMap<String, u64> {
        self.with(|counts| counts.attempts.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Counts) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[dyn_dispatch_hint]
impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // AWS bills each metric asked for, once a page; a refused attempt is not billed again.
        if let Some(input) = context.input().downcast_ref::<GetMetricDataInput>() {
            let asked = u64::try_from(input.metric_data_queries().len()).unwrap_or(u64::MAX);
            self.with(|counts| counts.usage.metrics = counts.usage.metrics.saturating_add(asked));
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = bag.load::<Metadata>().map_or("unknown", Metadata::name).to_owned();
        self.with(|counts| {
            counts.usage.requests = counts.usage.requests.saturating_add(1);
            *counts.attempts.entry(operation).or_default() += 1;
        });
        Ok(())
    }
}
