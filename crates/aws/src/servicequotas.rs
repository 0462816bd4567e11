//! Service quotas as applied in this region.

use futures::future::join_all;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::capacity::Quota;
use lifeboat_model::read::Service;
use lifeboat_model::topology::QuotaTarget;

use crate::clients::Endpoint;
use crate::partial::{Member, existing, gather};

pub(crate) async fn quotas(at: &Endpoint, targets: &[QuotaTarget]) -> Result<Vec<Quota>, CloudError> {
    gather(join_all(targets.iter().map(|target| quota(at, target))).await)
}

async fn quota(at: &Endpoint, target: &QuotaTarget) -> Member<Quota> {
    const OPERATION: &str = "GetServiceQuota";
    let answer = at
        .servicequotas()
        .get_service_quota()
        .service_code(&target.service_code)
        .quota_code(&target.quota_code)
        .send()
        .await
        .map_err(at.failure(Service::Quotas, OPERATION));
    let Some(answer) = existing(answer)? else { return Ok(None) };
    let malformed = |what| at.asked(Service::Quotas, OPERATION).malformed(what);
    let found = answer.quota().ok_or_else(|| malformed("no quota in the answer"))?;
    Ok(Some(Quota {
        service_code: target.service_code.clone(),
        quota_code: target.quota_code.clone(),
        name: found.quota_name().unwrap_or_default().to_owned(),
        // A quota without a value is not a quota of zero.
        value: found.value().ok_or_else(|| malformed("no value in the quota"))?,
        unit: found.unit().map(str::to_owned),
    }))
}
