//! Who the caller is.

use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::identity::CallerIdentity;
use lifeboat_model::read::Service;

use crate::clients::Endpoint;

pub(crate) async fn identity(at: &Endpoint) -> Result<CallerIdentity, CloudError> {
    const OPERATION: &str = "GetCallerIdentity";
    let answer = at.sts().get_caller_identity().send().await.map_err(at.failure(Service::Identity, OPERATION))?;
    let malformed = |what| at.asked(Service::Identity, OPERATION).malformed(what);
    Ok(CallerIdentity {
        account: answer.account().ok_or_else(|| malformed("no account in the answer"))?.into(),
        arn: answer.arn().ok_or_else(|| malformed("no ARN in the answer"))?.into(),
        expires_at: at.credentials.expires_at(),
    })
}
