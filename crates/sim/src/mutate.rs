//! What each call does to a world, with AWS's own rules for refusing it. A refused call changes nothing.

use std::sync::Arc;

use lifeboat_model::call::{Call, Change, CustomMetric};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::route53::RecordSet;
use lifeboat_model::id::{Arn, BucketName, FunctionName, HealthCheckId, ParameterName, Region};

use crate::cloud::Deed;
use crate::cloudformation::Account;
use crate::estate::Estate;
use crate::physics::alarms::Mute;
use crate::side::Side;
use crate::world::{CustomSeries, ParameterState, World, set_records};

/// Why a call was refused, in kind and in words.
pub(crate) type Refused = (CloudErrorKind, String);

type Done = Result<Option<String>, Refused>;

/// AWS's limit for one mute rule.
const ALARMS_PER_RULE: usize = 100;
/// What Lambda keeps unreserved for all other functions, out of its limit.
const RESERVABLE: u32 = 900;
/// Until Global Accelerator takes the next change.
const ACCELERATOR_BUSY_S: i64 = 3;
/// Points of a custom metric that are kept.
const CUSTOM_POINTS_KEPT: usize = 200;

fn not_found(what: &str) -> Refused {
    (CloudErrorKind::NotFound, format!("{what} does not exist here"))
}

fn invalid(message: impl Into<String>) -> Refused {
    (CloudErrorKind::Invalid, message.into())
}

fn conflict(message: impl Into<String>) -> Refused {
    (CloudErrorKind::Conflict, message.into())
}

/// Whether a call is about this estate's resources.
pub(crate) fn owns(estate: &Estate, call: &Call) -> bool {
    let bucket = |region: &Region, bucket: &BucketName| {
        estate.side_of(region).is_some_and(|side| estate.storage.buckets.at(side) == bucket)
    };
    let function = |region: &Region, name: &FunctionName| {
        estate.functions.iter().any(|own| own.name == *name && estate.region(own.side) == region)
    };
    match call {
        Call::SwitchoverGlobalCluster { global_cluster, .. } | Call::FailoverGlobalCluster { global_cluster, .. } => {
            estate.aurora.as_ref().is_some_and(|aurora| aurora.global == *global_cluster)
        }
        Call::SetHealthCheckInverted { check, .. } => estate.checks.iter().any(|own| own.id == *check),
        Call::ChangeRecord { zone, .. } => estate.deployment.records.iter().any(|record| record.zone == *zone),
        // A custom metric is the account's; every deployment may watch it.
        Call::PutMetric { metric, .. } => estate.side_of(&metric.region).is_some(),
        Call::PutMarker { region, bucket: name, .. } | Call::PutReplication { region, bucket: name, .. } => {
            bucket(region, name)
        }
        Call::UpdateEndpointGroup { group, .. } => {
            estate.accelerator.as_ref().is_some_and(|own| own.groups.find(|arn| arn == group).is_some())
        }
        Call::SetCapacity { region, group, .. } => estate
            .groups
            .as_ref()
            .is_some_and(|groups| estate.side_of(region).is_some_and(|side| groups.at(side).name == *group)),
        Call::SetFunctionConcurrency { region, function: name, .. }
        | Call::InvokeFunction { region, function: name, .. } => function(region, name),
        Call::SetEventSource { region, uuid, .. } => estate.functions.iter().any(|own| {
            estate.region(own.side) == region && own.event_source.as_ref().is_some_and(|(own, _)| own == uuid)
        }),
        Call::PutParameter { name, .. } => {
            estate.deployment.parameter_paths.iter().any(|path| name.as_str().starts_with(path.as_str()))
        }
        Call::MuteAlarms { alarms, .. } | Call::UnmuteAlarms { alarms, .. } => {
            alarms.iter().any(|name| estate.alarms.iter().any(|own| own.name == *name))
        }
        Call::PublishNotice { topic, .. } => estate.topics.contains(topic),
        Call::PutItem { table, .. } | Call::DeleteItem { table, .. } => estate.table == *table,
        Call::CreateChangeSet { region, stack, .. }
        | Call::ExecuteChangeSet { region, stack, .. }
        | Call::DeleteChangeSet { region, stack, .. }
        | Call::DeleteStack { region, stack }
        | Call::ContinueUpdateRollback { region, stack }
        | Call::SetTerminationProtection { region, stack, .. }
        | Call::DetectDrift { region, stack } => {
            estate.deployment.stacks.iter().any(|own| own.region == *region && own.name == *stack)
        }
        Call::EmptyBucket { region, bucket: name } => bucket(region, name),
        Call::EmptyVault { region, vault } => estate
            .vaults
            .as_ref()
            .is_some_and(|vaults| estate.side_of(region).is_some_and(|side| vaults.at(side) == vault)),
        Call::EnsureSecureParameter { name, .. } | Call::DeleteParameter { name, .. } => {
            estate.deployment.parameter_paths.iter().any(|path| name.as_str().starts_with(path.as_str()))
        }
        Call::MakeManagedKey { .. } => false,
    }
}

/// Whether what a call changes is still there, in an account in which stacks were changed.
pub(crate) fn stands(account: &Account, estate: &Estate, call: &Call) -> bool {
    let here = |kind: &str, region: &Region, id: &str| account.find(kind, region, id).is_some();
    let anywhere = |kind: &str, id: &str| account.find_anywhere(kind, id).is_some();
    match call {
        Call::SwitchoverGlobalCluster { target, .. } | Call::FailoverGlobalCluster { target, .. } => {
            let cluster = target.cluster_id().zip(target.region());
            cluster.is_some_and(|(id, region)| here("AWS::RDS::DBCluster", &region, id.as_str()))
        }
        Call::SetHealthCheckInverted { check, .. } => {
            let by_hand = estate.deployment.takeovers.iter().any(|own| own.check == *check);
            by_hand || anywhere("AWS::Route53::HealthCheck", check.as_str())
        }
        Call::ChangeRecord { zone, .. } => anywhere("AWS::Route53::HostedZone", zone.as_str()),
        Call::PutMarker { region, bucket, .. } | Call::PutReplication { region, bucket, .. } => {
            here("AWS::S3::Bucket", region, bucket.as_str())
        }
        Call::UpdateEndpointGroup { group, .. } => anywhere("AWS::GlobalAccelerator::EndpointGroup", group.as_str()),
        Call::SetCapacity { region, group, .. } => here("AWS::AutoScaling::AutoScalingGroup", region, group.as_str()),
        Call::SetFunctionConcurrency { region, function, .. } | Call::InvokeFunction { region, function, .. } => {
            here("AWS::Lambda::Function", region, function.as_str())
        }
        Call::PublishNotice { topic, .. } => anywhere("AWS::SNS::Topic", topic.as_str()),
        Call::PutItem { table, .. } | Call::DeleteItem { table, .. } => {
            anywhere("AWS::DynamoDB::GlobalTable", table.as_str())
        }
        Call::SetEventSource { .. }
        | Call::PutMetric { .. }
        | Call::PutParameter { .. }
        | Call::MuteAlarms { .. }
        | Call::UnmuteAlarms { .. }
        | Call::CreateChangeSet { .. }
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
        | Call::EmptyVault { .. } => true,
    }
}

impl World {
    /// Does again what was once done, where it is about this world.
    pub(crate) fn repeat(&mut self, deed: &Deed) -> Result<(), Refused> {
        match deed {
            Deed::Call(call) if owns(&self.setting.estate, call) => self.apply(call).map(drop),
            Deed::Canary { deployment, nonce } if *deployment == self.setting.estate.deployment.name => {
                let setting = Arc::clone(&self.setting);
                let side = self.state.acknowledges_at(&setting);
                let side = side.map_err(|met| conflict(format!("the canary {nonce} met {met:?}")))?;
                self.state.accept_canary(&setting, side, nonce);
                Ok(())
            }
            Deed::Call(_) | Deed::Canary { .. } => Ok(()),
        }
    }

    /// Performs a call on what it owns. The answer's text is what the service would have said, where it matters.
    pub(crate) fn apply(&mut self, call: &Call) -> Done {
        match call {
            Call::SwitchoverGlobalCluster { target, writer_region, .. } => self.switchover(target, writer_region),
            Call::FailoverGlobalCluster { target, target_region, .. } => self.failover(target, target_region),
            Call::SetHealthCheckInverted { check, version, inverted } => {
                self.set_inverted(check, *version, inverted.to)
            }
            Call::ChangeRecord { before, after, .. } => self.change_record(before.as_ref(), after.as_ref()),
            Call::PutMetric { metric, value } => {
                self.put_metric(metric, value.to);
                Ok(None)
            }
            Call::PutMarker { bucket, key, present, .. } => {
                let marker = (bucket.to_string(), key.clone());
                if present.to {
                    self.state.markers.insert(marker);
                } else {
                    self.state.markers.remove(&marker);
                }
                Ok(None)
            }
            Call::UpdateEndpointGroup { group, dial_percent, weights } => {
                self.update_endpoint_group(group, dial_percent.to, weights)
            }
            Call::SetCapacity { region, capacity, .. } => self.set_capacity(region, capacity.to),
            Call::SetFunctionConcurrency { function, reserved, region } => {
                self.set_concurrency(region, function, reserved.to)
            }
            Call::SetEventSource { uuid, enabled, region } => self.set_event_source(region, uuid, enabled.to),
            Call::PutParameter { region, name, value } => self.put_parameter(region, name, &value.to),
            Call::MuteAlarms { region, rule, alarms, until } => {
                if alarms.len() > ALARMS_PER_RULE {
                    return Err(invalid(format!("a mute rule takes at most {ALARMS_PER_RULE} alarms")));
                }
                let until = until.as_second() - crate::EPOCH.as_second();
                let mutes = &mut self.state.alarms.mutes;
                mutes.retain(|mute| mute.rule != *rule || mute.region != region.as_str());
                let alarms = alarms.iter().map(ToString::to_string).collect();
                mutes.push(Mute { rule: rule.clone(), region: region.to_string(), alarms, until });
                Ok(None)
            }
            Call::UnmuteAlarms { region, rule, .. } => {
                let mutes = &mut self.state.alarms.mutes;
                let before = mutes.len();
                mutes.retain(|mute| mute.rule != *rule || mute.region != region.as_str());
                if mutes.len() == before { Err(not_found("the mute rule")) } else { Ok(None) }
            }
            Call::PublishNotice { topic, subject, .. } => {
                self.state.published.push((topic.to_string(), subject.clone(), self.state.now));
                Ok(None)
            }
            Call::InvokeFunction { region, function, .. } => self.invoke(region, function),
            Call::PutItem { region, key, attributes, .. } => self.put_item(region, key, Some(attributes.clone())),
            Call::DeleteItem { region, key, .. } => self.put_item(region, key, None),
            Call::PutReplication { region, role, rules, .. } => {
                let side = self.side(region)?;
                let storage = &self.setting.estate.storage;
                let other = storage.buckets.at(side.other());
                if *role != storage.role {
                    return Err(invalid("S3 cannot assume the role"));
                }
                if rules.to.iter().any(|rule| rule.destination != *other) {
                    return Err(invalid("the destination bucket must exist"));
                }
                self.state.buckets.rules.at_mut(side).clone_from(&rules.to);
                *self.state.buckets.roles.at_mut(side) = (!rules.to.is_empty()).then(|| role.clone());
                Ok(None)
            }
            // Whoever begins to take it away has told its clients to go; whoever mends it calls them back.
            Call::DeleteStack { .. } | Call::EmptyBucket { .. } | Call::EmptyVault { .. } => {
                self.state.left = true;
                Ok(None)
            }
            Call::ExecuteChangeSet { .. } => {
                self.state.left = false;
                Ok(None)
            }
            // What these change is the account's.
            Call::CreateChangeSet { .. }
            | Call::DeleteChangeSet { .. }
            | Call::ContinueUpdateRollback { .. }
            | Call::SetTerminationProtection { .. }
            | Call::DetectDrift { .. }
            | Call::MakeManagedKey { .. }
            | Call::EnsureSecureParameter { .. }
            | Call::DeleteParameter { .. } => Ok(None),
        }
    }

    fn side(&self, region: &Region) -> Result<Side, Refused> {
        self.setting.estate.side_of(region).ok_or_else(|| not_found("the resource"))
    }

    fn target_side(&self, target: &Arn) -> Result<Side, Refused> {
        let aurora = self.setting.estate.aurora.as_ref().ok_or_else(|| not_found("the global cluster"))?;
        aurora
            .arns
            .find(|arn| arn == target)
            .ok_or_else(|| invalid("the target must be the ARN of a member cluster of the global cluster"))
    }

    fn switchover(&mut self, target: &Arn, writer_region: &Region) -> Done {
        let to = self.target_side(target)?;
        let here = self.side(writer_region)?;
        let (draw, now, conditions) = (self.setting.draw, self.state.now, self.state.conditions);
        let aurora = self.state.aurora.as_mut().ok_or_else(|| not_found("the global cluster"))?;
        if aurora.writer != here {
            return Err(conflict("a switchover must be asked of the primary cluster's region"));
        }
        aurora.switchover(draw, &conditions, now, to).map(|()| None).map_err(|refusal| conflict(refusal.message()))
    }

    fn failover(&mut self, target: &Arn, target_region: &Region) -> Done {
        let to = self.target_side(target)?;
        if self.side(target_region)? != to {
            return Err(invalid("a failover must be asked of the target cluster's region"));
        }
        let (draw, now, conditions) = (self.setting.draw, self.state.now, self.state.conditions);
        let aurora = self.state.aurora.as_mut().ok_or_else(|| not_found("the global cluster"))?;
        aurora.failover(draw, &conditions, now, to).map(|()| None).map_err(|refusal| conflict(refusal.message()))
    }

    fn set_inverted(&mut self, id: &HealthCheckId, version: i64, inverted: bool) -> Done {
        let check =
            self.state.checks.iter_mut().find(|check| check.id == *id).ok_or_else(|| not_found("the health check"))?;
        if check.version != version {
            return Err(conflict(format!(
                "the health check's version is {}, not {version}: it was changed meanwhile",
                check.version
            )));
        }
        check.inverted = inverted;
        check.version += 1;
        Ok(None)
    }

    fn change_record(&mut self, before: Option<&RecordSet>, after: Option<&RecordSet>) -> Done {
        let same = |one: &RecordSet, other: &RecordSet| {
            one.name == other.name && one.record_type == other.record_type && one.set_identifier == other.set_identifier
        };
        let mut records = self.state.dns.records.clone();
        if let Some(before) = before {
            let place = records.iter().position(|record| record == before);
            records
                .remove(place.ok_or_else(|| {
                    invalid("the record set was not found as it was given: it was changed meanwhile")
                })?);
        }
        if let Some(after) = after {
            if records.iter().any(|record| same(record, after)) {
                return Err(invalid("a record set of that name, type and identifier exists already"));
            }
            records.push(after.clone());
        }
        set_records(&mut self.state.dns, &self.setting.estate, records);
        Ok(None)
    }

    fn put_metric(&mut self, metric: &CustomMetric, value: f64) {
        let minute = self.state.now.div_euclid(60);
        let place = self.state.custom_metrics.iter().position(|series| series.metric == *metric);
        if place.is_none() {
            self.state.custom_metrics.push(CustomSeries { metric: metric.clone(), points: Vec::new() });
        }
        let place = place.unwrap_or(self.state.custom_metrics.len() - 1);
        if let Some(series) = self.state.custom_metrics.get_mut(place) {
            series.points.retain(|(at, _)| *at != minute);
            series.points.push((minute, value));
            if series.points.len() > CUSTOM_POINTS_KEPT {
                series.points.remove(0);
            }
        }
    }

    fn update_endpoint_group(&mut self, group: &Arn, dial: f64, weights: &[(String, Change<u32>)]) -> Done {
        let estate = &self.setting.estate;
        let side = estate.accelerator.as_ref().and_then(|own| own.groups.find(|arn| arn == group));
        let side = side.ok_or_else(|| not_found("the endpoint group"))?;
        if !(0.0..=100.0).contains(&dial) {
            return Err(invalid("a traffic dial is from 0 to 100 percent"));
        }
        let endpoint = estate.doors.at(side).balancer.as_ref().map(|balancer| balancer.arn.as_str());
        let mut weight = None;
        for (id, change) in weights {
            if Some(id.as_str()) != endpoint {
                return Err(not_found("the endpoint"));
            }
            if change.to > 255 {
                return Err(invalid("an endpoint's weight is from 0 to 255"));
            }
            weight = Some(change.to);
        }
        let now = self.state.now;
        if self.state.accelerator_changed_at.is_some_and(|at| now - at < ACCELERATOR_BUSY_S) {
            return Err(conflict("a transaction is in progress on this accelerator"));
        }
        let accelerator = self.state.accelerator.as_mut().ok_or_else(|| not_found("the accelerator"))?;
        *accelerator.now.dials_percent.at_mut(side) = dial;
        if let Some(weight) = weight {
            *accelerator.now.weights.at_mut(side) = weight;
        }
        self.state.accelerator_changed_at = Some(now);
        Ok(None)
    }

    fn set_capacity(&mut self, region: &Region, to: lifeboat_model::call::Capacity) -> Done {
        let side = self.side(region)?;
        if *self.state.conditions.half_deleted.at(side) {
            return Err(not_found("the Auto Scaling group"));
        }
        if !(to.min <= to.desired && to.desired <= to.max) {
            return Err(invalid("desired capacity must lie between minimum and maximum"));
        }
        let groups = self.state.groups.as_mut().ok_or_else(|| not_found("the Auto Scaling group"))?;
        let group = groups.groups.at_mut(side);
        (group.min, group.desired, group.max) = (to.min, to.desired, to.max);
        Ok(None)
    }

    fn function_place(&self, region: &Region, name: &FunctionName) -> Result<usize, Refused> {
        let side = self.side(region)?;
        let functions = &self.setting.estate.functions;
        let place = functions.iter().position(|own| own.name == *name && own.side == side);
        place.filter(|_| !self.state.conditions.half_deleted.at(side)).ok_or_else(|| not_found("the function"))
    }

    fn set_concurrency(&mut self, region: &Region, name: &FunctionName, reserved: Option<u32>) -> Done {
        if reserved.is_some_and(|reserved| reserved > RESERVABLE) {
            return Err(invalid("reserved concurrency would leave fewer than 100 unreserved"));
        }
        let place = self.function_place(region, name)?;
        if let Some(function) = self.state.functions.get_mut(place) {
            function.reserved = reserved;
        }
        Ok(None)
    }

    fn set_event_source(&mut self, region: &Region, uuid: &str, enabled: bool) -> Done {
        let side = self.side(region)?;
        let place = self
            .setting
            .estate
            .functions
            .iter()
            .position(|own| own.side == side && own.event_source.as_ref().is_some_and(|(own, _)| own == uuid));
        let place = place.ok_or_else(|| not_found("the event source mapping"))?;
        if let Some(function) = self.state.functions.get_mut(place) {
            function.source_enabled = enabled;
        }
        Ok(None)
    }

    fn put_parameter(&mut self, region: &Region, name: &ParameterName, value: &str) -> Done {
        let side = self.side(region)?;
        let now = self.state.now;
        let place = self.setting.estate.parameters.iter().position(|own| own.name == *name);
        let secure =
            place.and_then(|place| self.setting.estate.parameters.get(place)).is_some_and(|parameter| parameter.secure);
        if secure {
            return Err(invalid("the parameter is a SecureString; a plain value cannot replace it"));
        }
        let held = match place {
            Some(place) => self.state.parameters.get_mut(place).map(|pair| pair.at_mut(side)),
            None => Some(self.state.added_parameters.at_mut(side).entry(name.to_string()).or_insert(ParameterState {
                value: String::new(),
                version: 0,
                modified_at: now,
            })),
        };
        let held = held.ok_or_else(|| not_found("the parameter"))?;
        *held = ParameterState { value: value.to_owned(), version: held.version + 1, modified_at: now };
        Ok(Some(held.version.to_string()))
    }

    fn invoke(&mut self, region: &Region, name: &FunctionName) -> Done {
        let place = self.function_place(region, name)?;
        let function = self.state.functions.get_mut(place).ok_or_else(|| not_found("the function"))?;
        if function.reserved == Some(0) {
            return Err((
                CloudErrorKind::Throttled { retry_after: None },
                "the function's reserved concurrency is 0".to_owned(),
            ));
        }
        function.invocations_by_hand += 1;
        Ok(Some("{\"statusCode\":200}".to_owned()))
    }

    fn put_item(&mut self, region: &Region, key: &str, attributes: Option<Vec<(String, String)>>) -> Done {
        let side = self.side(region)?;
        self.state.table.put_item(side, self.state.now, key, attributes);
        Ok(None)
    }
}
