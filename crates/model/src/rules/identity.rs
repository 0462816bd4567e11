//! Who Lifeboat is to AWS, and whether that is who it must be.

use super::evidence::Evidence;
use crate::assessment::IdentityAssessment;
use crate::cloud_error::{CloudError, CloudErrorKind};
use crate::facts::identity::CallerIdentity;

pub(super) fn assess(evidence: &Evidence<'_>) -> IdentityAssessment {
    let expected = evidence.deployment.account.as_ref();
    let is_wrong = |caller: &CallerIdentity| expected.is_some_and(|account| caller.account != *account);
    // Credentials are one set, but each region tells of them at its own time: the wrong word counts most.
    let shown = evidence
        .snapshot
        .regions
        .values()
        .filter_map(|here| here.identity.last.as_ref())
        .max_by_key(|observed| (is_wrong(&observed.value), observed.at))
        .map(|observed| &observed.value);
    IdentityAssessment {
        account: shown.map(|caller| caller.account.clone()),
        arn: shown.map(|caller| caller.arn.clone()),
        expires_at: shown.and_then(|caller| caller.expires_at),
        wrong_account: shown.is_some_and(is_wrong),
        trouble: trouble(evidence).map(|error| (words(error), Some(fix(error)))),
    }
}

/// The newest failure that only new credentials mend.
fn trouble<'a>(evidence: &Evidence<'a>) -> Option<&'a CloudError> {
    let regions = evidence.snapshot.regions.values();
    regions
        .flat_map(crate::snapshot::RegionSnapshot::contacts)
        .filter_map(|contact| contact.failure)
        .filter(|failure| failure.error.kind.is_credentials())
        .max_by_key(|failure| failure.at)
        .map(|failure| &failure.error)
}

fn words(error: &CloudError) -> String {
    let is_missing = error.kind == CloudErrorKind::MissingCredentials;
    if is_missing { "no AWS credentials were found" } else { "the AWS credentials have expired" }.to_owned()
}

/// The error's own remedy where the AWS layer knows the profile.
pub(super) fn fix(error: &CloudError) -> String {
    let is_missing = error.kind == CloudErrorKind::MissingCredentials;
    error.fix.clone().unwrap_or_else(|| {
        if is_missing {
            "sign in, for example with `aws sso login`, or set AWS_PROFILE"
        } else {
            "renew them, for example with `aws sso login`"
        }
        .to_owned()
    })
}
