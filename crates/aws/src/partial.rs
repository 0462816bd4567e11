//! What a list is worth when asking for one of its members failed. A member that does not exist is left out.
//! A failure that passes (throttled, silent, expired) or that hides (denied) fails the whole read, so that what
//! is known grows old in view instead of vanishing. A failure that clings to one member leaves that member out,
//! as long as anything else could be learnt.

use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};

/// One member's answer; `None` when it does not exist.
pub(crate) type Member<T> = Result<Option<T>, CloudError>;

/// The members that could be learnt.
pub(crate) fn gather<T>(members: Vec<Member<T>>) -> Result<Vec<T>, CloudError> {
    let mut learnt = Vec::new();
    let mut clinging = None;
    let mut answered = false;
    for member in members {
        match member {
            Ok(found) => {
                answered = true;
                learnt.extend(found);
            }
            Err(error) if clings(&error.kind) => {
                tracing::warn!(%error, "left out of the list");
                clinging = clinging.or(Some(error));
            }
            Err(error) => return Err(error),
        }
    }
    match clinging {
        Some(error) if !answered => Err(error),
        _ => Ok(learnt),
    }
}

/// What may be missing without spoiling the rest: a detail that this endpoint cannot tell.
pub(crate) fn optional<T>(detail: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match detail {
        Ok(detail) => Ok(Some(detail)),
        Err(error) if passes(&error.kind) => Err(error),
        Err(error) => {
            tracing::debug!(%error, "detail unknown");
            Ok(None)
        }
    }
}

/// `Ok(None)` for what does not exist.
pub(crate) fn existing<T>(answer: Result<T, CloudError>) -> Member<T> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == CloudErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn clings(kind: &CloudErrorKind) -> bool {
    match kind {
        CloudErrorKind::NotFound | CloudErrorKind::Conflict | CloudErrorKind::Invalid | CloudErrorKind::Malformed => {
            true
        }
        CloudErrorKind::Denied { .. } => false,
        passing => !passes(passing),
    }
}

fn passes(kind: &CloudErrorKind) -> bool {
    match kind {
        CloudErrorKind::Throttled { .. }
        | CloudErrorKind::ExpiredCredentials
        | CloudErrorKind::MissingCredentials
        | CloudErrorKind::Timeout
        | CloudErrorKind::OutcomeUnknown
        | CloudErrorKind::Unreachable
        | CloudErrorKind::ServiceFailure => true,
        CloudErrorKind::Denied { .. }
        | CloudErrorKind::NotFound
        | CloudErrorKind::Conflict
        | CloudErrorKind::Invalid
        | CloudErrorKind::Malformed => false,
    }
}

#[cfg(test)]
mod tests {
    use lifeboat_model::read::Service;

    use super::*;

    fn failed(kind: CloudErrorKind) -> CloudError {
        CloudError {
            kind,
            service: Service::S3,
            region: "us-east-1".into(),
            operation: "GetBucketVersioning".to_owned(),
            message: String::new(),
            request_id: None,
            fix: None,
        }
    }

    #[test]
    fn a_list_is_worth_what_could_be_learnt() {
        let missing = || Ok(None);
        let invalid = || Err(failed(CloudErrorKind::Invalid));
        let silent = || Err(failed(CloudErrorKind::Timeout));
        assert_eq!(gather::<u8>(vec![]), Ok(vec![]));
        assert_eq!(gather(vec![Ok(Some(1)), missing(), Ok(Some(2))]), Ok(vec![1, 2]));
        assert_eq!(gather(vec![Ok(Some(1)), invalid()]), Ok(vec![1]));
        assert_eq!(gather::<u8>(vec![missing(), invalid()]), Ok(vec![]), "that one is missing is knowledge");
        assert_eq!(gather::<u8>(vec![invalid()]), Err(failed(CloudErrorKind::Invalid)));
        assert_eq!(gather(vec![Ok(Some(1)), silent()]), Err(failed(CloudErrorKind::Timeout)));
        let denied = CloudErrorKind::Denied { action: None };
        assert_eq!(gather(vec![Ok(Some(1)), Err(failed(denied.clone()))]), Err(failed(denied)));
    }
}
