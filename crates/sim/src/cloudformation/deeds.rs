//! What each call that makes, mends or takes away does to the account, with AWS's own rules for refusing it; and what of
//! the other calls stands in the way of a later deletion. A refused call changes nothing.

use std::sync::Arc;

use lifeboat_model::call::{Call, LateValue, Purpose};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::id::{Arn, DeploymentName, Region};

use super::{Account, DEPLOYMENT_TAG, Key, Nature, Status, change};
use crate::draw::digest;
use crate::mutate::Refused;

fn refused(kind: CloudErrorKind, message: impl Into<String>) -> Refused {
    (kind, message.into())
}

impl Account {
    /// Whether a call changes what is kept here.
    pub(crate) fn heeds(call: &Call) -> bool {
        match call {
            Call::CreateChangeSet { .. }
            | Call::ExecuteChangeSet { .. }
            | Call::DeleteChangeSet { .. }
            | Call::DeleteStack { .. }
            | Call::ContinueUpdateRollback { .. }
            | Call::SetTerminationProtection { .. }
            | Call::DetectDrift { .. }
            | Call::MakeManagedKey { .. }
            | Call::EnsureSecureParameter { .. }
            | Call::DeleteParameter { .. }
            | Call::EmptyBucket { .. }
            | Call::EmptyVault { .. }
            // These matter when something is taken away.
            | Call::SwitchoverGlobalCluster { .. }
            | Call::FailoverGlobalCluster { .. }
            | Call::ChangeRecord { .. } => true,
            Call::SetHealthCheckInverted { .. }
            | Call::PutMetric { .. }
            | Call::PutMarker { .. }
            | Call::UpdateEndpointGroup { .. }
            | Call::SetCapacity { .. }
            | Call::SetFunctionConcurrency { .. }
            | Call::SetEventSource { .. }
            | Call::PutParameter { .. }
            | Call::MuteAlarms { .. }
            | Call::UnmuteAlarms { .. }
            | Call::PublishNotice { .. }
            | Call::InvokeFunction { .. }
            | Call::PutItem { .. }
            | Call::DeleteItem { .. }
            | Call::PutReplication { .. } => false,
        }
    }

    /// Does a call, at the second to which the account has been brought.
    pub(crate) fn apply(&mut self, nature: Nature<'_>, call: &Call) -> Result<Option<String>, Refused> {
        self.changed |= call.purpose() == Purpose::Provisioning;
        match call {
            Call::CreateChangeSet { region, stack, change_set, creates, template, inputs, capabilities, tags } => {
                let mut settled = Vec::new();
                for input in inputs {
                    settled.push(match &input.value {
                        LateValue::Literal(text) => (input.key.clone(), Some(text.clone())),
                        LateValue::Previous => (input.key.clone(), None),
                        LateValue::Output { .. } | LateValue::Answer { .. } | LateValue::Joined(_) => {
                            let words = format!("the input {} is not known yet, and was not sent", input.key);
                            return Err(refused(CloudErrorKind::Invalid, words));
                        }
                    });
                }
                let request = change::Request {
                    key: Key::new(region, stack),
                    name: change_set,
                    creates: *creates,
                    body: template.body(),
                    inputs: settled,
                    capabilities,
                    tags,
                };
                self.create_change_set(nature, &request).map(|()| None)
            }
            Call::ExecuteChangeSet { region, stack, change_set, .. } => {
                self.execute_change_set(nature, &Key::new(region, stack), change_set).map(|()| None)
            }
            Call::DeleteChangeSet { region, stack, change_set } => {
                self.delete_change_set(&Key::new(region, stack), change_set).map(|()| None)
            }
            Call::DeleteStack { region, stack } => self.delete_stack(nature, &Key::new(region, stack)).map(|()| None),
            Call::ContinueUpdateRollback { region, stack } => {
                let key = Key::new(region, stack);
                let own = self.stacks.get(&key);
                let own =
                    own.ok_or_else(|| refused(CloudErrorKind::NotFound, format!("Stack [{stack}] does not exist")))?;
                if own.status != Status::UpdateRollbackFailed {
                    let words =
                        format!("Stack:{} is in {} state and can not continue update rollback", own.id, own.status);
                    return Err(refused(CloudErrorKind::Conflict, words));
                }
                self.continue_rollback(nature, &key);
                Ok(None)
            }
            Call::SetTerminationProtection { region, stack, on } => {
                let key = Key::new(region, stack);
                let own = self.stack_mut(&key);
                let own =
                    own.ok_or_else(|| refused(CloudErrorKind::NotFound, format!("Stack [{stack}] does not exist")))?;
                own.protected = on.to;
                Ok(None)
            }
            Call::DetectDrift { region, stack } => {
                let now = self.now;
                let own = self.stack_mut(&Key::new(region, stack));
                let own =
                    own.ok_or_else(|| refused(CloudErrorKind::NotFound, format!("Stack [{stack}] does not exist")))?;
                own.drift_asked_at = Some(now);
                Ok(Some(detection(&own.id, now)))
            }
            Call::MakeManagedKey { region, alias } => {
                if !alias.starts_with("alias/aws/") {
                    let words = format!("Alias arn:aws:kms:{region}:{}:{alias} is not found.", crate::ACCOUNT);
                    return Err(refused(CloudErrorKind::NotFound, words));
                }
                self.contents.make_key(region, alias);
                Ok(None)
            }
            Call::EnsureSecureParameter { region, name, copy_from, .. } => {
                self.ensure_secure(region, name.as_str(), copy_from.as_ref())
            }
            Call::DeleteParameter { region, name } => {
                self.contents.delete_secure(region, name.as_str());
                Ok(None)
            }
            Call::EmptyBucket { region, bucket } => {
                if self.contents.bucket_region(bucket.as_str()) != Some(region) {
                    return Ok(Some("the bucket is gone".to_owned()));
                }
                self.leave_owner("AWS::S3::Bucket", region, bucket.as_str());
                let now = self.now;
                Ok(Some(match self.contents.empty_bucket(bucket.as_str(), now) {
                    0 => "nothing was left".to_owned(),
                    went => format!("{went} versions and delete markers"),
                }))
            }
            Call::EmptyVault { region, vault } => {
                if self.find("AWS::Backup::BackupVault", region, vault.as_str()).is_none() {
                    return Ok(Some("the vault is gone".to_owned()));
                }
                self.leave_owner("AWS::Backup::BackupVault", region, vault.as_str());
                let now = self.now;
                Ok(Some(match self.contents.empty_vault(nature, region, vault.as_str(), now) {
                    0 => "nothing was left".to_owned(),
                    went => format!("{went} recovery points"),
                }))
            }
            Call::SwitchoverGlobalCluster { global_cluster, target, .. } => {
                self.move_writer(global_cluster.as_str(), target, false);
                Ok(None)
            }
            Call::FailoverGlobalCluster { global_cluster, target, .. } => {
                self.move_writer(global_cluster.as_str(), target, true);
                Ok(None)
            }
            Call::ChangeRecord { zone, before, after } => {
                let of_a_stack = |record: &lifeboat_model::facts::route53::RecordSet| {
                    self.standing().any(|(_, own)| {
                        own.laid.kind == "AWS::Route53::RecordSet"
                            && own.text("HostedZoneId") == zone.as_str()
                            && own.text("Name").trim_end_matches('.') == record.name.as_str().trim_end_matches('.')
                            && own.text("Type") == record.record_type
                            && Some(own.text("SetIdentifier")).filter(|id| !id.is_empty())
                                == record.set_identifier.as_deref()
                    })
                };
                let before = before.as_ref().filter(|record| !of_a_stack(record)).cloned();
                let after = after.as_ref().filter(|record| !of_a_stack(record)).cloned();
                self.contents.change_foreign(zone, before.as_ref(), after.as_ref());
                Ok(None)
            }
            Call::SetHealthCheckInverted { .. }
            | Call::PutMetric { .. }
            | Call::PutMarker { .. }
            | Call::UpdateEndpointGroup { .. }
            | Call::SetCapacity { .. }
            | Call::SetFunctionConcurrency { .. }
            | Call::SetEventSource { .. }
            | Call::PutParameter { .. }
            | Call::MuteAlarms { .. }
            | Call::UnmuteAlarms { .. }
            | Call::PublishNotice { .. }
            | Call::InvokeFunction { .. }
            | Call::PutItem { .. }
            | Call::DeleteItem { .. }
            | Call::PutReplication { .. } => Ok(None),
        }
    }

    fn delete_stack(&mut self, nature: Nature<'_>, key: &Key) -> Result<(), Refused> {
        let Some(stack) = self.stacks.get(key) else { return Ok(()) };
        if stack.protected {
            let words = format!("Stack [{}] cannot be deleted while TerminationProtection is enabled", key.name);
            return Err(refused(CloudErrorKind::Conflict, words));
        }
        if let Some(name) = stack.tag(DEPLOYMENT_TAG).map(DeploymentName::from) {
            self.clients_leave(&name);
        }
        self.begin_delete(nature, key);
        Ok(())
    }

    fn ensure_secure(
        &mut self,
        region: &Region,
        name: &str,
        copy_from: Option<&Region>,
    ) -> Result<Option<String>, Refused> {
        if self.contents.secure(region, name).is_some() {
            return Ok(Some("kept".to_owned()));
        }
        if self.find("AWS::SSM::Parameter", region, name).is_some() {
            let words = format!("the parameter {name} is there, and is no SecureString");
            return Err(refused(CloudErrorKind::Conflict, words));
        }
        let (word, done) = match copy_from {
            None => (digest(format!("{name}/{region}/{}", self.now).as_bytes()), "made"),
            Some(from) => {
                let there = self.contents.secure(from, name).map(|own| own.word);
                let there =
                    there.ok_or_else(|| refused(CloudErrorKind::NotFound, format!("there is no {name} in {from}")))?;
                (there, "copied")
            }
        };
        let now = self.now;
        self.contents.put_secure(region, name, word, now);
        Ok(Some(done.to_owned()))
    }

    /// The clients of whoever has this are told to go.
    fn leave_owner(&mut self, kind: &str, region: &Region, id: &str) {
        let owner =
            self.find(kind, region, id).and_then(|(stack, _)| stack.tag(DEPLOYMENT_TAG)).map(DeploymentName::from);
        if let Some(name) = owner {
            self.clients_leave(&name);
        }
    }

    fn move_writer(&mut self, global: &str, target: &Arn, unplanned: bool) {
        let Some(to) = target.region() else { return };
        let now = self.now;
        let from = self.writer_of(global).filter(|from| *from != to);
        if unplanned && let Some(from) = from {
            let old = self.standing().find(|(stack, own)| {
                stack.key.region == from
                    && own.laid.kind == "AWS::RDS::DBCluster"
                    && own.text("GlobalClusterIdentifier") == global
            });
            if let Some(id) = old.and_then(|(_, own)| own.id.clone()) {
                self.contents.snapshot(&from, &id, now);
            }
        }
        self.contents.move_writer(global, &to);
    }

    /// The change set of a name, if there is one.
    pub(crate) fn change_set(&self, key: &Key, name: &str) -> Option<&super::ChangeSet> {
        self.change_sets.get(&(key.clone(), name.to_owned())).map(Arc::as_ref)
    }
}

/// The id of one look for drift.
pub(crate) fn detection(stack_id: &str, asked_at: i64) -> String {
    super::physical::uuid(&format!("drift of {stack_id} at {asked_at}"))
}
