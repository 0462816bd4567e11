//! The writing half of AWS: each call is one request, sent once. Whether it should be sent is decided elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::port::{Mutate, Observe, Reality, Usage};
use lifeboat_model::read::Read;
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::CanaryTarget;

use crate::clients::{Endpoints, Transport};
use crate::error::is_of_clock;
use crate::hand::{Hand, Hands};
use crate::session::{Renewal, SessionState};
use crate::settings::AwsSettings;
use crate::{
    AwsObserver, alarms, autoscaling, backup, cloudformation, cloudwatch, dynamodb, global_accelerator, kms, lambda,
    rds, route53, s3, sns, ssm,
};

/// AWS for somebody who may change it. It reads as an [`AwsObserver`] does, with the same clients and credentials.
#[derive(Debug)]
pub struct AwsOperator {
    observer: AwsObserver,
    hands: Hands,
}

impl AwsOperator {
    /// Sends nothing and reads no file until the first question or call.
    pub fn new(settings: AwsSettings) -> Self {
        Self::with_transport(settings, Transport::default())
    }

    /// The same over another transport or other credentials than the SDK's own.
    pub fn with_transport(settings: AwsSettings, transport: Transport) -> Self {
        Self { observer: AwsObserver::with_transport(settings, transport), hands: Hands::default() }
    }

    /// How the credentials used in `region` stand.
    pub async fn session(&self, region: &Region, now: Timestamp) -> SessionState {
        self.observer.session(region, now).await
    }

    /// How often each API operation has been sent, retries included, by the API's own names.
    pub fn operations(&self) -> BTreeMap<String, u64> {
        self.observer.operations()
    }

    async fn hand(&self, region: &Region) -> Arc<Hand> {
        self.hands.at(region, &self.observer.endpoints).await
    }
}

#[async_trait]
impl Observe for AwsOperator {
    async fn read(&self, region: &Region, read: &Read) -> Result<Facts, CloudError> {
        self.observer.read(region, read).await
    }

    fn reality(&self) -> Reality {
        self.observer.reality()
    }

    fn usage(&self) -> Usage {
        self.observer.usage()
    }
}

#[async_trait]
impl Mutate for AwsOperator {
    async fn perform(&self, call: &Call) -> Result<Receipt, CloudError> {
        let hand = self.hand(&call.endpoint_region()).await;
        let (credentials, endpoints) = (&hand.at.credentials, &self.observer.endpoints);
        let seen = credentials.generation();
        let error = match send(&hand, endpoints, call).await {
            Ok(receipt) => return Ok(receipt),
            Err(error) => error,
        };
        // Refused for the time it was signed with: nothing changed, and the refusal has told the client AWS's own time.
        let error = if is_of_clock(&error) {
            match send(&hand, endpoints, call).await {
                Ok(receipt) => return Ok(receipt),
                Err(error) => error,
            }
        } else {
            error
        };
        if !error.kind.is_credentials() {
            return Err(error);
        }
        // Who is refused for credentials has changed nothing; a new login may have been made since.
        let error = match credentials.renew(seen, &error).await {
            Renewal::Unchanged => error,
            Renewal::Changed => match send(&hand, endpoints, call).await {
                Ok(receipt) => return Ok(receipt),
                Err(error) => error,
            },
        };
        Err(credentials.explain(error).await)
    }

    async fn write_canary(&self, canary: &CanaryTarget, nonce: &str) -> Result<Receipt, CloudError> {
        self.observer.canaries.write(canary, nonce).await
    }
}

async fn send(hand: &Hand, endpoints: &Endpoints, call: &Call) -> Result<Receipt, CloudError> {
    match call {
        Call::SwitchoverGlobalCluster { global_cluster, target, .. } => {
            rds::mutate::switchover(hand, call, global_cluster, target).await
        }
        Call::FailoverGlobalCluster { global_cluster, target, .. } => {
            rds::mutate::failover(hand, call, global_cluster, target).await
        }
        Call::SetHealthCheckInverted { check, version, inverted } => {
            route53::mutate::set_inverted(hand, call, check, *version, inverted.to).await
        }
        Call::ChangeRecord { zone, before, after } => {
            route53::mutate::change_record(hand, call, zone, before.as_ref(), after.as_ref()).await
        }
        Call::PutMetric { metric, value } => cloudwatch::mutate::put_metric(hand, call, metric, value.to).await,
        Call::PutMarker { bucket, key, present, .. } => {
            s3::mutate::put_marker(hand, call, bucket, key, present.to).await
        }
        Call::UpdateEndpointGroup { group, dial_percent, weights } => {
            global_accelerator::mutate::update_group(hand, call, group, dial_percent.to, weights).await
        }
        Call::SetCapacity { group, capacity, .. } => {
            autoscaling::mutate::set_capacity(hand, call, group, capacity.to).await
        }
        Call::SetFunctionConcurrency { function, reserved, .. } => {
            lambda::mutate::set_concurrency(hand, call, function, reserved.to).await
        }
        Call::SetEventSource { uuid, enabled, .. } => {
            lambda::mutate::set_event_source(hand, call, uuid, enabled.to).await
        }
        Call::PutParameter { name, value, .. } => ssm::mutate::put(hand, call, name, &value.to).await,
        Call::MuteAlarms { rule, alarms: muted, until, .. } => {
            alarms::mutate::mute(hand, call, rule, muted, *until).await
        }
        Call::UnmuteAlarms { rule, .. } => alarms::mutate::unmute(hand, call, rule).await,
        Call::PublishNotice { topic, subject, message } => {
            sns::mutate::publish(hand, call, topic, subject, message).await
        }
        Call::InvokeFunction { function, payload, .. } => lambda::mutate::invoke(hand, call, function, payload).await,
        Call::PutItem { table, key_name, key, attributes, .. } => {
            dynamodb::mutate::put(hand, call, table, (key_name, key), attributes).await
        }
        Call::DeleteItem { table, key_name, key, .. } => {
            dynamodb::mutate::delete(hand, call, table, (key_name, key)).await
        }
        Call::PutReplication { bucket, role, rules, .. } => {
            s3::mutate::put_replication(hand, call, bucket, role, &rules.to).await
        }
        Call::CreateChangeSet { .. } => cloudformation::mutate::create_change_set(hand, call).await,
        Call::ExecuteChangeSet { stack, change_set, .. } => {
            cloudformation::mutate::execute_change_set(hand, call, stack, change_set).await
        }
        Call::DeleteChangeSet { stack, change_set, .. } => {
            cloudformation::mutate::delete_change_set(hand, call, stack, change_set).await
        }
        Call::DeleteStack { stack, .. } => cloudformation::mutate::delete_stack(hand, call, stack).await,
        Call::ContinueUpdateRollback { stack, .. } => {
            cloudformation::mutate::continue_rollback(hand, call, stack).await
        }
        Call::SetTerminationProtection { stack, on, .. } => {
            cloudformation::mutate::set_protection(hand, call, stack, on.to).await
        }
        Call::DetectDrift { stack, .. } => cloudformation::mutate::detect_drift(hand, call, stack).await,
        Call::MakeManagedKey { alias, .. } => kms::make_managed(hand, call, alias).await,
        Call::EnsureSecureParameter { name, copy_from, length, .. } => {
            let there = match copy_from {
                Some(region) => Some(endpoints.at(region).await),
                None => None,
            };
            ssm::secret::ensure(hand, call, name, *length, there.as_deref()).await
        }
        Call::DeleteParameter { name, .. } => ssm::mutate::delete(hand, call, name).await,
        Call::EmptyBucket { bucket, .. } => s3::contents::empty(hand, call, bucket).await,
        Call::EmptyVault { vault, .. } => backup::mutate::empty(hand, call, vault).await,
    }
}
