//! Where the deployment asks for it, a second identity has approved this very plan, and lately.

use lifeboat_model::id::Arn;
use lifeboat_model::run::Operator;
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::wording::{ago, span};

use super::footing::Footing;

/// What was approved longer ago was approved for another situation.
const HOLDS: Duration = Duration::from_hours(1);

const NAMED: &str = "give the profile a `role_session_name`, or let Lifeboat assume the role";

/// What SDKs call a session that nobody named: another name each time for one and the same person, or one name for all.
const GENERATED: [&str; 11] = [
    "assume-role-from-profile-",
    "assume-role-provider-",
    "web-identity-token",
    "botocore-session-",
    "aws-sdk-",
    "aws-go-sdk-",
    "AWSCLI-Session",
    "AWS-CLI-",
    "NetCoreSession",
    "i-",
    "lifeboat",
];

/// Whether an identity is one person's at all times. A user is; a role's session is what its name says.
fn names_a_person(arn: &Arn) -> bool {
    let Some((_, session)) = arn.as_str().split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/'))
    else {
        return true;
    };
    let is_a_number = session.chars().all(|letter| letter.is_ascii_digit());
    !is_a_number && !GENERATED.iter().any(|generated| session.starts_with(generated))
}

/// Why somebody is no second person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASecond {
    #[error(
        "AWS does not say who you are, so your approval would count for nobody: see what `aws sts get-caller-identity` says"
    )]
    Unknown,
    #[error("{0} is a session whose name says nobody's, so that nobody can be told to be another: {NAMED}")]
    Nobody(Arn),
    #[error("{0} executes the run: it must be somebody else who approves it")]
    Same(Arn),
}

/// Whether `by` can be told to be another person than the one who executes, where that is known.
pub fn may_be_second(by: &Operator, executing: Option<&Operator>) -> Result<(), NotASecond> {
    let Some(arn) = &by.arn else { return Err(NotASecond::Unknown) };
    if !names_a_person(arn) {
        return Err(NotASecond::Nobody(arn.clone()));
    }
    if executing.and_then(|executing| executing.arn.as_ref()) == Some(arn) {
        return Err(NotASecond::Same(arn.clone()));
    }
    Ok(())
}

pub(super) fn judge(on: &mut Footing<'_>) {
    if !on.deployment().policy.two_person {
        on.saw("the deployment asks for no second person");
        return;
    }
    let session = on.situation.session;
    let Some(own) = &session.operator.arn else {
        on.gap("who begins the run is not known to AWS, so nobody can be told to be another: STS must answer");
        return;
    };
    if !names_a_person(own) {
        on.gap(format!(
            "{own} is a session whose name says nobody's, so that nobody can be told to be another: {NAMED}"
        ));
        return;
    }
    let hash = on.plan().hash();
    let of_others: Vec<(&Arn, bool, Timestamp)> = session
        .approvals
        .iter()
        .filter_map(|(by, approved, at)| Some((by.arn.as_ref()?, *approved == hash, *at)))
        .filter(|(by, _, _)| *by != own && names_a_person(by))
        .collect();
    let now = on.now();
    let holds = |at: Timestamp| at <= now && age(now, at) <= HOLDS;
    if let Some((by, _, at)) = of_others.iter().rev().find(|(_, is_this, at)| *is_this && holds(*at)) {
        on.saw(format!("{by} approved plan {} {} ago", hash.short(), ago(now, *at)));
        return;
    }
    let reason = if let Some((by, _, at)) = of_others.iter().rev().find(|(_, is_this, _)| *is_this) {
        format!("{by} approved plan {} {} ago; an approval holds for {}", hash.short(), ago(now, *at), span(HOLDS))
    } else if let Some((by, _, _)) = of_others.last() {
        format!("{by} approved another plan than {}", hash.short())
    } else if session.approvals.iter().any(|(_, approved, _)| *approved == hash) {
        format!("plan {} was approved by nobody but {own} or callers that name nobody: {NAMED}", hash.short())
    } else {
        format!("plan {} has been approved by no second person", hash.short())
    };
    on.refuse(reason, format!("have another identity approve it: `lifeboat run {} --approve`", on.plan().runbook));
}
