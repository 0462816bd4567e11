//! The caller is in the account that the plan was made for and that the deployment is in.

use lifeboat_model::facts::identity::CallerIdentity;
use lifeboat_model::read::Service;

use super::footing::Footing;

pub(super) fn judge(on: &mut Footing<'_>) {
    let Some(caller) = caller(on) else { return };
    let of_plan = on.plan().account.as_ref().map(|account| (account, "the plan was made for"));
    let of_deployment = on.deployment().account.as_ref().map(|account| (account, "the deployment is in"));
    let expected: Vec<_> = of_plan.into_iter().chain(of_deployment).collect();
    if expected.is_empty() {
        on.gap("neither the plan nor the configuration names an account to compare with: make the plan again");
    }
    for (account, which) in &expected {
        if caller.account != **account {
            on.refuse(
                format!("the credentials are of account {}, {which} {account}", caller.account),
                format!("use a profile or role of account {account}, for example with `AWS_PROFILE=NAME`"),
            );
        }
    }
    if on.situation.assessment.identity.wrong_account
        && let Some(account) = &on.deployment().account
    {
        on.refuse(
            format!("a region answers to credentials of another account than {account}"),
            format!("use a profile or role of account {account}, for example with `AWS_PROFILE=NAME`"),
        );
    }
    on.saw(format!("{} in account {}", caller.arn, caller.account));
}

/// Who asks, by the word of the region that is to become active; where that is silent, of the other, because credentials
/// are one set and a run towards a region that is lost has to be given up from somewhere. Credentials that cannot be used
/// refuse.
pub(super) fn caller<'a>(on: &mut Footing<'a>) -> Option<&'a CallerIdentity> {
    if let Some((words, fix)) = &on.situation.assessment.identity.trouble {
        let fix = fix.clone().unwrap_or_else(|| "sign in, for example with `aws sso login`".to_owned());
        on.refuse(words.clone(), fix);
        return None;
    }
    let (to, from) = (on.plan().to.clone(), on.plan().from.clone());
    let only_the_other_tells = !on.is_heard(&to, Service::Identity) && on.is_heard(&from, Service::Identity);
    let teller = if only_the_other_tells { from } else { to };
    on.read(&teller, Service::Identity, |here| &here.identity)
}
