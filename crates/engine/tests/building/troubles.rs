//! What goes wrong on the way: a process that dies, a stack that fails, what an earlier try left, a person who gives up.

use std::time::Duration;

use lifeboat_blueprint::{Origin, builtin_files, read};
use lifeboat_engine::journal::{Dies, Journal as _};
use lifeboat_engine::planner::building::CannotBuild;
use lifeboat_engine::run::{Order, RunError};
use lifeboat_model::call::{Call, TemplateText};
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{Region, StackName};
use lifeboat_model::plan::{Build, Condition, Plan, ResourceAction, StackAction, StepId};
use lifeboat_model::port::Mutate as _;
use lifeboat_model::read::Read;
use lifeboat_model::run::{Answer, Entry, RunEvent, RunOutcome, StepOutcome, StepStatus};
use lifeboat_model::runbook::StepKind;

use crate::account::{Account, FIVE, outcome, reply, told};

/// Dies at entries all over the run, and is gone on with to its end.
async fn dies_on_the_way(scenario: &str, blueprint: &str, takes_away: bool, every: usize) {
    let whole = Account::new(scenario, blueprint);
    let plan = whole.planned(takes_away).await;
    whole.run(plan, |_| None).await.expect("it runs");
    for at in (4..=whole.entries().len()).step_by(every) {
        let account = Account::new(scenario, blueprint);
        let plan = account.planned(takes_away).await;
        // Not to be told of an entry, and not to have written the next one, leave the same journal.
        let when = if at % 2 == 0 { Dies::BeforeDurable } else { Dies::AfterDurable };
        account.journal.dies_at(at as u64, when);
        let died = account.run(plan, |_| None).await;
        let so_far = || format!("{blueprint} died at {at} {when:?}\n{}", told(&account.entries()));
        assert!(matches!(died, Err(RunError::Journal(_))), "{died:?} {}", so_far());
        account.journal.revive();
        let run = account.entries().first().expect("it was begun").run.clone();
        match account.resume(&run).await {
            Ok(state) => assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", so_far()),
            Err(RunError::Over { outcome, .. }) => assert_eq!(outcome, RunOutcome::Completed, "{}", so_far()),
            // What was overridden was lost with the process, and nothing was begun.
            Err(RunError::Refused(_)) => continue,
            Err(error) => panic!("{error} {}", so_far()),
        }
        assert!(account.journal.verify().is_ok(), "{}", so_far());
        let again = account.planned(takes_away).await;
        let is_over = again
            .build
            .as_ref()
            .is_some_and(|build| build.stacks.iter().all(|stack| stack.action == StackAction::Keep));
        assert!(is_over, "{}", so_far());
    }
}

#[tokio::test]
async fn a_provision_that_dies_anywhere_is_gone_on_with_to_its_end() {
    dies_on_the_way("empty-account", "payments-serverless", false, 3).await;
}

#[tokio::test]
async fn a_provision_with_databases_that_dies_is_gone_on_with_to_its_end() {
    dies_on_the_way("empty-account", "payments-aurora", false, 17).await;
}

#[tokio::test]
async fn a_teardown_that_dies_anywhere_is_gone_on_with_to_its_end() {
    dies_on_the_way("calm", "serverless", true, 2).await;
}

#[tokio::test]
async fn a_teardown_with_databases_that_dies_is_gone_on_with_to_its_end() {
    dies_on_the_way("calm", "global-accelerator", true, 19).await;
}

/// What was given up stays as it is, and the next plan goes on from there.
#[tokio::test]
async fn what_was_given_up_is_gone_on_with_by_the_next_plan() {
    let account = Account::new("empty-account", "payments-serverless");
    let plan = account.planned(false).await;
    let state = account
        .run(plan, |entry| match &entry.event {
            RunEvent::StepEnded { step, .. } if step.as_str() == "stack-secondary" => Some(Order::Abort),
            _ => None,
        })
        .await
        .expect("it runs");
    let entries = told(&account.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{entries}");
    let again = account.settled(false).await;
    let actions: Vec<StackAction> = again.build.iter().flat_map(|build| &build.stacks).map(|it| it.action).collect();
    assert!(actions.contains(&StackAction::Keep) && actions.contains(&StackAction::Create), "{actions:?}\n{entries}");
    let state = account.run(again, |_| None).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
}

fn stops(entry: &Entry) -> Option<Order> {
    matches!(entry.event, RunEvent::Question { .. }).then(|| reply(entry, Answer::Abort))?
}

#[tokio::test]
async fn a_stack_that_fails_says_why_in_the_words_of_aws_and_holds_up_only_what_needs_it() {
    let account = Account::new("failing-stacks", "payments-aurora").named("pay", "t1");
    let plan = account.planned(false).await;
    let state = account.run(plan, |_| None).await.expect("it runs");
    let entries = told(&account.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{entries}");
    let failed: Vec<&StepId> =
        state.statuses.iter().filter(|(_, status)| **status == StepStatus::Failed).map(|(step, _)| step).collect();
    assert!(!failed.is_empty(), "{entries}");
    let reason = account.entries().iter().find_map(|entry| match &entry.event {
        RunEvent::StepEnded { outcome: StepOutcome::Failed { reason }, .. } => Some(reason.clone()),
        _ => None,
    });
    let reason = reason.expect("a step failed");
    assert!(reason.contains("AWS::") && !reason.contains("did not"), "{reason}\n{entries}");
}

/// It may be the data that its deletion was refused for: it is nobody's to delete who only wants it made.
#[tokio::test]
async fn a_stack_whose_deletion_failed_is_not_deleted_to_be_made() {
    let account = Account::new("half-deleted", "ecommerce");
    let refused = account.provision().await.expect_err("it may hold data");
    assert!(matches!(refused, CannotBuild::HalfDeleted { .. }), "{refused}");
    assert!(refused.fix().contains("save what is in it"), "{}", refused.fix());
}

/// AWS Backup shows what was deleted for a while, and refuses the vault meanwhile: nobody has to be asked.
#[tokio::test]
async fn a_vault_that_is_refused_for_a_while_is_deleted_again() {
    let refused = "name = \"refused\"\npurpose = \"A vault is refused.\"\nempty_account = true\n[[fault]]\nat = \"0s\"\nfor = \
                   \"90m\"\nkind = \"resource-failure\"\nresources = [\"BackupVault\"]\noperations = [\"delete\"]\nsays = \"Backup \
                   vault cannot be deleted because it contains recovery points.\"\n";
    for (blueprint, parameter) in [("payments-aurora", "BackupVerification"), ("global-accelerator", "NlbTargets")] {
        let scenario = lifeboat_sim::scenario::parse("refused.toml", refused).expect("it is a scenario");
        let account = Account::of(scenario, 1, blueprint).with(parameter, "true");
        let plan = account.planned(false).await;
        account.run(plan, |_| None).await.expect("it runs");
        let plan = account.planned(true).await;
        let began = account.entries().len();
        let state = account.run(plan, stops).await.expect("it runs");
        let entries = told(&account.entries());
        assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{blueprint}\n{entries}");
        let all = account.entries();
        let deletions = all.iter().skip(began).filter(|entry| {
            matches!(&entry.event, RunEvent::CallStarted { call, .. } if format!("{call:?}").starts_with("DeleteStack"))
        });
        let stacks = account.stacks().stacks.len();
        let again = deletions.count().checked_sub(stacks).filter(|again| *again > 0);
        assert!(again.is_some(), "{blueprint}: nothing was refused\n{entries}");
        // Who watches is told why it takes so long, once for each time that it is sent, and not at each look.
        let said = all.iter().skip(began).filter(|entry| {
            matches!(&entry.event, RunEvent::Noted { text, .. }
                if text.contains("could not be deleted") && text.contains("tried again in"))
        });
        assert_eq!(Some(said.count()), again, "{blueprint}\n{entries}");
    }
}

/// Found out before anything is made, and not half an hour later by the stack that comes to it.
#[tokio::test]
async fn a_bucket_s_name_that_somebody_has_is_refused_before_anything_is_begun() {
    let account = Account::new("empty-account", "payments-aurora");
    let (region, stack, change_set) = (Region::from("eu-west-1"), StackName::from("theirs"), "first".to_owned());
    let body = "Resources:\n  Mine: {Type: AWS::S3::Bucket, Properties: {BucketName: dr-primary-bucket-dev}}\n";
    let make = Call::CreateChangeSet {
        region: region.clone(),
        stack: stack.clone(),
        change_set: change_set.clone(),
        creates: true,
        template: TemplateText::new(body),
        inputs: Vec::new(),
        capabilities: Vec::new(),
        tags: Vec::new(),
    };
    for call in [make, Call::ExecuteChangeSet { region, stack, change_set, creates: true }] {
        account.cloud.perform(&call).await.expect("it is accepted");
        account.cloud.sim_clock().advance(std::time::Duration::from_mins(2));
    }
    let plan = account.planned(false).await;
    let refused = account.run(plan, |_| None).await;
    let told = format!("{refused:?}");
    assert!(matches!(refused, Err(RunError::Refused(_))), "{told}");
    assert!(told.contains("a bucket is called dr-primary-bucket-dev already"), "{told}");
    assert!(told.contains("EnvironmentSuffix"), "{told}");
}

/// The stack rolled back; the next plan clears it away and makes it again.
#[tokio::test]
async fn what_rolled_back_is_cleared_away_by_the_next_plan() {
    let account = Account::new("failing-stacks", "payments-aurora").named("pay", "t1");
    let plan = account.planned(false).await;
    let state = account.run(plan, stops).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{}", told(&account.entries()));
    let again = account.settled(false).await;
    let clears = again.steps.iter().filter(|step| step.kind == StepKind::DeleteStack).count();
    assert!(clears > 0, "{}", told(&account.entries()));
}

/// CloudFormation goes back after a change that failed, and fails at that too: the next plan brings it to its end first.
#[tokio::test]
async fn a_stuck_rollback_is_brought_to_its_end_by_the_next_plan() {
    let text = "name = \"stuck\"\npurpose = \"Changes fail, and so does going back.\"\nseed = 1\n\
                [[fault]]\nat = \"0s\"\nkind = \"resource-failure\"\noperations = [\"update\"]\nchance = 0.12\n";
    for seed in 1..20 {
        let scenario = lifeboat_sim::scenario::parse("stuck.toml", text).expect("it is a scenario");
        let account = Account::of(scenario, seed, "payments-serverless").with("XRayTracing", "true");
        let mut has_unstuck = false;
        for _ in 0..30 {
            let plan = account.settled(false).await;
            if is_nothing(&plan) && has_unstuck {
                return;
            }
            if is_nothing(&plan) {
                break;
            }
            has_unstuck |= plan.steps.iter().any(|step| step.id.as_str().starts_with("roll-back-"));
            account.run(plan, stops).await.expect("it runs");
        }
    }
    panic!("no rollback was ever stuck and brought to its end");
}

/// As if somebody had taken a name since, or the account were nearly full.
#[tokio::test]
async fn names_that_are_taken_and_quotas_that_are_reached_refuse_before_anything_is_made() {
    let account = Account::new("calm", "serverless").named("second", "t2");
    let standing = Account::new("calm", "serverless");
    let taken = standing.teardown().await.expect("it stands");
    let log_group = taken.steps.iter().flat_map(|step| &step.verify).find_map(|condition| match condition {
        Condition::NothingLeft { region, looks } => {
            let named = looks.named.iter().find(|named| matches!(named, Named::LogGroup(_)))?;
            Some((region.clone(), named.clone()))
        }
        _ => None,
    });
    let (region, named) = log_group.expect("its functions have log groups");
    let mut plan = account.planned(false).await;
    for wanted in plan.build.iter_mut().flat_map(|build| &mut build.names).filter(|wanted| wanted.region == region) {
        wanted.named.push(named.clone());
    }
    assert_eq!(refused_by(account.run(plan, |_| None).await), [GuardName::NamesFree]);
    let mut plan = account.planned(false).await;
    for quota in plan.build.iter_mut().flat_map(|build| &mut build.quotas) {
        quota.at_least = 100_000;
    }
    assert_eq!(refused_by(account.run(plan, |_| None).await), [GuardName::Quotas]);
}

#[tokio::test]
async fn what_can_never_be_replaced_is_refused_before_anything_is_begun() {
    let account = Account::new("calm", "payments-aurora").with("CustomerManagedKeys", "true");
    let refused = account.provision().await.expect_err("the clusters have fixed names");
    assert!(
        matches!(&refused, CannotBuild::Permanent { parameter, .. } if parameter == "CustomerManagedKeys"),
        "{refused}"
    );
    assert!(refused.fix().contains("lifeboat down payments-aurora"), "{}", refused.fix());
    // Where nothing stands it is a choice like any other, and what was chosen may stay.
    let empty = Account::new("empty-account", "payments-aurora").with("CustomerManagedKeys", "true");
    let plan = empty.planned(false).await;
    empty.run(plan, |_| None).await.expect("it runs");
    assert!(is_nothing(&empty.planned(false).await));
}

type Values<'a> = Vec<(&'a str, &'a str)>;

/// Every parameter that replaces something, and certificates: what stands takes the change at the first try.
#[tokio::test]
async fn what_replaces_can_be_changed_while_all_stands() {
    let certificate = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/0a1b2c3d-1111");
    let (home, partner) = (certificate("us-east-1"), certificate("us-east-2"));
    let domain = [("ParentDomain", "acme.org")];
    let of_both = [("PrimaryDomain", "home.acme.org"), ("SecondaryDomain", "partner.acme.org")];
    let changes: [(&str, Values<'_>, Values<'_>); 4] = [
        ("payments-aurora", domain.to_vec(), vec![("PrimaryCertificateArn", &home), ("DrCertificateArn", &partner)]),
        (
            "payments-serverless",
            domain.to_vec(),
            vec![("PrimaryCertificateArn", &home), ("SecondaryCertificateArn", &partner)],
        ),
        ("global-accelerator", Vec::new(), vec![("NlbTargets", "false")]),
        (
            "global-accelerator",
            Vec::new(),
            [&of_both[..], &[("PrimaryCertificateArn", &home), ("SecondaryCertificateArn", &partner)]].concat(),
        ),
    ];
    for (blueprint, first, values) in changes {
        let account = Account::new("empty-account", blueprint).with_all(&first);
        let plan = account.planned(false).await;
        account.run(plan, |_| None).await.expect("it runs");
        let account = account.with_all(&values);
        let plan = account.planned(false).await;
        let state = account.run(plan, |_| None).await.expect("it runs");
        assert_eq!(
            outcome(&state),
            Some(RunOutcome::Completed),
            "{blueprint} {values:?}\n{}",
            told(&account.entries())
        );
        assert!(is_nothing(&account.planned(false).await), "{blueprint} {values:?}");
    }
}

#[tokio::test]
async fn a_plan_that_replaces_what_holds_data_says_so() {
    let mut account = Account::new("calm", "payments-aurora").with("CustomerManagedKeys", "true");
    for parameter in &mut account.blueprint.manifest.parameters {
        parameter.permanent = None;
    }
    let plan = account.planned(false).await;
    let build = plan.build.as_ref().expect("it is of stacks");
    let lost: Vec<&str> = build.loses_data().map(|(_, resource)| resource.logical_id.as_str()).collect();
    assert!(lost.contains(&"DbCluster"), "{lost:?}");
    assert!(plan.notes.iter().any(|note| note.contains("REPLACES DbCluster")), "{:?}", plan.notes);
}

#[tokio::test]
async fn a_small_change_modifies_and_keeps_the_rest() {
    let account = Account::new("calm", "payments-serverless").with("LogRetentionDays", "7");
    let plan = account.planned(false).await;
    let build = plan.build.as_ref().expect("it is of stacks");
    assert!(build.loses_data().next().is_none());
    let modified = build.stacks.iter().flat_map(|stack| &stack.resources);
    assert!(modified.clone().any(|resource| resource.action == ResourceAction::Modify));
    let state = account.run(plan, |_| None).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
    assert!(is_nothing(&account.planned(false).await));
}

fn is_nothing(plan: &Plan) -> bool {
    plan.build.as_ref().is_some_and(Build::is_nothing)
}

/// The standby's stacks can be changed while the home region is gone: what it told stays as it was.
#[tokio::test]
async fn the_standby_is_updated_while_home_is_lost() {
    let account = Account::new("region-loss", "payments-aurora").with("LogRetentionDays", "7");
    let plan = account.planned(false).await;
    let build = plan.build.as_ref().expect("it is of stacks");
    for stack in &build.stacks {
        let wanted = if stack.region == account.chosen.home { StackAction::Leave } else { StackAction::Update };
        if stack.id == "dr" || stack.region == account.chosen.home {
            assert_eq!(stack.action, wanted, "{}", stack.id);
        }
    }
    assert_eq!(plan.phrase(), "provision payments-aurora us-east-2");
}

#[tokio::test]
async fn nothing_is_made_that_needs_what_a_lost_region_tells() {
    let account = Account::new("region-loss", "payments-aurora").named("pay", "t1");
    match account.provision().await {
        Err(CannotBuild::NeedsTheLost { .. } | CannotBuild::Lost { .. }) => {}
        Ok(plan) => {
            let made: Vec<_> = plan
                .build
                .iter()
                .flat_map(|build| &build.stacks)
                .filter(|stack| stack.action == StackAction::Create)
                .map(|stack| &stack.id)
                .collect();
            assert!(made.is_empty(), "{made:?}");
        }
        Err(error) => panic!("{error}"),
    }
}

/// A teardown with a region lost goes as far as it can, and does not count as done.
#[tokio::test]
async fn a_teardown_with_home_lost_says_what_stays() {
    let account = Account::new("region-loss", "payments-serverless");
    let plan = account.planned(true).await;
    let state = account.run(plan, |_| None).await.expect("it runs");
    let entries = told(&account.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Failed), "{entries}");
    let Some(RunEvent::RunEnded { reason: Some(reason), .. }) = account.entries().pop().map(|entry| entry.event) else {
        panic!("{entries}")
    };
    assert!(reason.contains("nothing was done to") && reason.contains("us-east-1"), "{reason}");
}

/// Where the roles were exchanged, the reader's stack goes first whatever the manifest's order is.
#[tokio::test]
async fn the_reader_goes_before_the_writer_whatever_the_order_of_the_manifest() {
    let account = Account::new("calm", "payments-aurora");
    account.switch_over().await;
    let plan = account.planned(true).await;
    let writers = plan.step(&StepId::new("delete-dr-database")).expect("it is deleted");
    assert!(writers.after.contains(&StepId::new("delete-primary-database")), "{:?}", writers.after);
    let state = account.run(plan, |_| None).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
}

/// The stack that names the global cluster is in the region that is gone; the standby's was made with that name.
#[tokio::test]
async fn roles_that_were_exchanged_hold_when_home_is_lost() {
    for name in ["payments-aurora", "ecommerce", "global-accelerator"] {
        let account = Account::with_fault("at = \"30m\"\nkind = \"region-loss\"\nregion = \"home\"", name);
        account.switch_over().await;
        account.cloud.sim_clock().advance(Duration::from_mins(30));
        let plan = account.planned(true).await;
        let stands = plan.build.iter().flat_map(|build| &build.stacks);
        let deleted: Vec<&str> =
            stands.filter(|stack| stack.action == StackAction::Delete).map(|stack| stack.id.as_str()).collect();
        let writers = account.stacks().teardown.aurora.expect("it has a database").stacks;
        assert!(writers.iter().all(|id| !deleted.contains(&id.as_str())), "{name}: {deleted:?}");
        assert!(plan.steps.iter().all(|step| step.kind != StepKind::EmptyBucket), "{name}: {:?}", plan.steps);
    }
}

#[tokio::test]
async fn without_roles_no_stack_of_a_database_is_deleted() {
    let mut account = Account::with_fault("at = \"60s\"\nkind = \"region-loss\"\nregion = \"home\"", "payments-aurora");
    // Nothing that answers names the cluster: no other stack was told what its name is read from.
    let names = |text: &str| {
        text.replace(
            "global_cluster = \"{primary.GlobalClusterId}\", stacks",
            "global_cluster = \"{primary.VpcId}\", stacks",
        )
    };
    let files = builtin_files("payments-aurora").iter();
    let files = files.map(|(file, text)| ((*file).to_owned(), names(text))).collect();
    account.blueprint = read(&files, Origin::BuiltIn).expect("it is a blueprint");
    let refused = account.teardown().await.expect_err("who writes is not known");
    assert!(matches!(refused, CannotBuild::RolesUnknown { .. }), "{refused}");
}

/// The order of the stacks is for the roles that were read; a run of it must not begin, or go on, with others.
#[tokio::test]
async fn a_teardown_does_not_begin_once_the_roles_were_exchanged() {
    let account = Account::new("calm", "payments-aurora");
    let plan = account.planned(true).await;
    let reader = plan.step(&StepId::new("delete-dr-database")).expect("it is deleted");
    assert_eq!(reader.guards, [GuardName::Writer]);
    account.switch_over().await;
    assert_eq!(refused_by(account.run(plan, |_| None).await), [GuardName::Writer]);
}

#[tokio::test]
async fn a_teardown_that_was_begun_does_not_go_for_a_new_writer() {
    let account = Account::new("calm", "payments-aurora");
    let mut plan = account.planned(true).await;
    plan.guards.retain(|guard| *guard != GuardName::Writer);
    account.switch_over().await;
    let state = account.run(plan, |_| None).await.expect("it runs");
    let reader = state.statuses.get(&StepId::new("delete-dr-database"));
    assert_eq!(reader, Some(&StepStatus::Failed), "{}", told(&account.entries()));
}

/// The deployment stands, and is then asked for under other names.
async fn renamed(blueprint: &str) -> Account {
    let account = Account::new("empty-account", blueprint).named("pay", "t1");
    let plan = account.planned(false).await;
    let state = account.run(plan, |_| None).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
    account.cloud.sim_clock().advance(Duration::from_mins(20));
    let earlier = account.noted();
    let mut account = account.with("EnvironmentSuffix", "t2");
    account.earlier = earlier;
    account
}

#[tokio::test]
async fn what_stands_under_another_name_is_not_made_a_second_time() {
    let account = renamed("payments-serverless").await;
    let refused = account.provision().await.expect_err("it stands already");
    assert!(matches!(refused, CannotBuild::OtherName { .. }), "{refused}");
    assert!(refused.fix().contains("another `--name`"), "{}", refused.fix());
}

/// Whatever became of the parameters since: each stack is named with all that it holds, emptied first, and goes after
/// what stands on it.
#[tokio::test]
async fn what_was_made_under_another_name_is_taken_away_in_order() {
    for name in FIVE {
        let account = renamed(name).await;
        let plan = account.planned(true).await;
        let build = plan.build.as_ref().expect("it is of stacks");
        let deleted: Vec<_> = build.stacks.iter().filter(|stack| stack.action == StackAction::Delete).collect();
        assert_eq!(deleted.len(), account.earlier.len(), "{name}");
        for stack in &deleted {
            assert!(!stack.resources.is_empty(), "{name}: {}", stack.name);
            let buckets = stack.resources.iter().filter(|resource| resource.resource_type == "AWS::S3::Bucket").count();
            let own = plan.step(&StepId::new(format!("delete-{}-{}", stack.name, stack.region)));
            let own = own.expect("it is deleted");
            let emptied =
                own.after.iter().filter(|id| plan.step(id).is_some_and(|it| it.kind == StepKind::EmptyBucket));
            assert_eq!(emptied.count(), buckets, "{name}: {}", stack.name);
        }
        assert!(build.loses_data().next().is_some(), "{name}");
        let state = account.run(plan, |_| None).await.expect("it runs");
        assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{name} {}", told(&account.entries()));
    }
}

/// Roles that were exchanged decide of such stacks too.
#[tokio::test]
async fn the_reader_goes_first_under_another_name_too() {
    let account = renamed("payments-aurora").await;
    account.switch_over().await;
    let plan = account.planned(true).await;
    let named = |id: &str| {
        let earlier = account.earlier.iter().find(|earlier| earlier.id == id).expect("there was one");
        StepId::new(format!("delete-{}-{}", earlier.name, earlier.region))
    };
    let writer = plan.step(&named("dr-database")).expect("it is deleted");
    assert!(writer.after.contains(&named("primary-database")), "{:?}", writer.after);
    let state = account.run(plan, |_| None).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
}

/// Both stand, as an earlier version let it come about.
#[tokio::test]
async fn what_stands_twice_is_taken_away_whole() {
    let mut account = renamed("payments-serverless").await;
    let earlier = std::mem::take(&mut account.earlier);
    let plan = account.planned(false).await;
    let state = account.run(plan, |_| None).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
    account.earlier = earlier;
    let plan = account.planned(true).await;
    let state = account.run(plan, |_| None).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
    assert!(account.cloud.deployments().iter().all(|it| it.name != account.chosen.deployment));
}

/// Objects may still arrive once the buckets have been emptied, while what stands on their stacks is deleted.
#[tokio::test]
async fn what_fills_up_again_is_emptied_again() {
    for name in FIVE {
        let account = Account::new("calm", name);
        let plan = account.planned(true).await;
        let state = account.run(plan, |_| None).await.expect("it runs");
        let entries = told(&account.entries());
        assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{name} {entries}");
        let late = account.entries().into_iter().any(|entry| match entry.event {
            RunEvent::CallStarted { step, call, .. } => {
                matches!(*call, Call::EmptyBucket { .. }) && step.as_str().starts_with("delete-")
            }
            _ => false,
        });
        assert!(late, "{name}");
    }
}

/// However often it takes, as long as AWS says that this is why.
#[tokio::test]
async fn a_bucket_that_is_refused_as_not_empty_is_emptied_and_tried_again() {
    let fault = "at = \"0s\"\nfor = \"20m\"\nkind = \"resource-failure\"\noperations = [\"delete\"]\n\
                 resources = [\"Bucket\"]\nsays = \"The bucket you tried to delete is not empty.\"";
    let account = Account::with_fault(fault, "serverless");
    let plan = account.planned(true).await;
    let state = account.run(plan, |_| None).await.expect("it runs");
    let entries = account.entries();
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&entries));
    let tries = entries.iter().filter(|entry| match &entry.event {
        RunEvent::CallStarted { step, call, .. } => {
            step.as_str() == "delete-primary" && matches!(**call, Call::EmptyBucket { .. })
        }
        _ => false,
    });
    assert!(tries.count() > 1, "{}", told(&entries));
}

/// A key that its template keeps goes on costing, though nothing but its tag tells of it.
#[tokio::test]
async fn a_key_that_stays_is_told_as_left() {
    for (keeps, left) in [("Retain", true), ("Delete", false)] {
        let mut account = Account::new("empty-account", "payments-aurora").with("CustomerManagedKeys", "true");
        let condition = "Condition: HasKey\n    DeletionPolicy: ";
        let policy = |text: &str| text.replace(&format!("{condition}Delete"), &format!("{condition}{keeps}"));
        let files = builtin_files("payments-aurora").iter();
        let files = files.map(|(file, text)| ((*file).to_owned(), policy(text))).collect();
        account.blueprint = read(&files, Origin::BuiltIn).expect("it is a blueprint");
        let plan = account.planned(false).await;
        let state = account.run(plan, |_| None).await.expect("it runs");
        assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
        account.cloud.sim_clock().advance(Duration::from_mins(20));
        let plan = account.planned(true).await;
        account.run(plan, |_| None).await.expect("it runs");
        let entries = account.entries();
        let reasons: Vec<String> = entries
            .iter()
            .filter_map(|entry| match &entry.event {
                RunEvent::StepEnded { step, outcome: StepOutcome::Failed { reason }, .. }
                    if step.as_str().starts_with("leftovers") =>
                {
                    Some(reason.clone())
                }
                _ => None,
            })
            .collect();
        let is_told = reasons.iter().filter(|reason| reason.contains("key ") && reason.contains("$1.00")).count() == 2;
        assert_eq!(is_told, left, "{keeps}: {reasons:?}\n{}", told(&entries));
    }
}

/// Somebody else took the name over, or is at work there.
#[tokio::test]
async fn a_stack_of_another_deployment_is_no_orphan() {
    let mut account = renamed("payments-serverless").await;
    account.chosen.deployment = "other".into();
    let refused = account.teardown().await.expect_err("it is another's");
    assert!(matches!(refused, CannotBuild::NotOurs { .. }), "{refused}");
}

/// Somebody began to delete a stack, and AWS refuses it for a while: the plan that found it so has to delete it.
#[tokio::test]
async fn a_deletion_that_was_under_way_is_sent_again_once_it_was_refused() {
    let fault = "at = \"0s\"\nfor = \"20m\"\nkind = \"resource-failure\"\noperations = [\"delete\"]\n\
                 stacks = [\"global\"]\nsays = \"Replica cannot be deleted\"";
    let mut account = Account::with_fault(fault, "payments-serverless");
    for refusal in &mut account.blueprint.manifest.refusals {
        refusal.stack = "global".to_owned();
    }
    account.begin_deletion("global").await;
    let plan = account.planned(true).await;
    let state = account.run(plan, |_| None).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&account.entries()));
    let (_, ended) = state.ended.expect("it is over");
    let took = lifeboat_model::time::age(ended, state.started_at);
    assert!(took < Duration::from_hours(2), "{took:?}");
}

#[tokio::test]
async fn what_nobody_could_count_is_said_not_to_be_known() {
    let mut account = Account::new("calm", "global-accelerator");
    let all = account.planned(true).await;
    account.unanswered = |read| matches!(read, Read::BucketContents { .. } | Read::Named { .. });
    let plan = account.planned(true).await;
    let forecast = plan.build.as_ref().expect("it is of stacks").forecast.clone();
    let unknown = forecast.iter().filter(|line| line.contains("is not known")).count();
    assert_eq!(unknown, 4, "two buckets and two vaults: {forecast:?}");
    assert_eq!(plan.hash(), all.hash(), "what is done is the same");
}

/// Which records no stack made, and what still replicates, decide what is deleted: without an answer nothing is planned.
#[tokio::test]
async fn without_the_answer_that_decides_what_is_deleted_there_is_no_plan() {
    let decisive: [fn(&Read) -> bool; 3] = [
        |read| matches!(read, Read::ZoneRecords { .. }),
        |read| matches!(read, Read::StackResources { .. }),
        |read| matches!(read, Read::Buckets { .. }),
    ];
    for (place, unanswered) in decisive.into_iter().enumerate() {
        let mut account = Account::new("calm", "payments-aurora");
        account.unanswered = unanswered;
        let refused = account.teardown().await.expect_err("it cannot be known");
        assert!(matches!(refused, CannotBuild::NotRead(_)), "{place}: {refused}");
    }
}

fn refused_by(outcome: Result<lifeboat_model::run::RunState, RunError>) -> Vec<GuardName> {
    match outcome {
        Err(RunError::Refused(reports)) => {
            reports.iter().filter(|report| !report.allows()).map(|report| report.guard).collect()
        }
        other => panic!("it was not refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_somebody_else_changed_since_is_not_what_was_approved() {
    let account = Account::new("empty-account", "serverless");
    let first = account.planned(false).await;
    let second = account.planned(false).await;
    account.run(first, |_| None).await.expect("it runs");
    let guards = refused_by(account.run(second, |_| None).await);
    assert!(guards.contains(&GuardName::StacksAsPlanned), "{guards:?}");
}

#[tokio::test]
async fn what_is_protected_is_not_taken_away() {
    let account = Account::new("calm", "serverless");
    account.protect("primary").await;
    let plan = account.planned(true).await;
    assert_eq!(refused_by(account.run(plan, |_| None).await), [GuardName::Unprotected]);
}

#[tokio::test]
async fn a_blueprint_that_says_it_is_protected_is_not_taken_away() {
    let mut account = Account::new("calm", "serverless");
    account.blueprint.manifest.protected = true;
    let plan = account.planned(true).await;
    assert_eq!(refused_by(account.run(plan, |_| None).await), [GuardName::Unprotected]);
}

#[tokio::test]
async fn a_version_that_no_region_offers_is_refused_before_anything_is_made() {
    let account = Account::new("empty-account", "payments-aurora");
    let mut plan = account.planned(false).await;
    for engine in plan.build.iter_mut().flat_map(|build| &mut build.engines) {
        engine.version = "1.0.mine".to_owned();
    }
    assert_eq!(refused_by(account.run(plan, |_| None).await), [GuardName::Offered]);
    assert!(account.entries().is_empty());
}

#[tokio::test]
async fn what_dynamodb_keeps_of_deleted_tables_is_told() {
    let told = async |blueprint| {
        let plan = Account::new("calm", blueprint).planned(true).await;
        plan.notes.into_iter().find(|note| note.contains("$DeletedTableBackup"))
    };
    let note = told("payments-aurora").await.expect("its table can be restored to a point in time");
    assert!(note.contains("payment-transactions-dev$DeletedTableBackup") && note.contains("35 days"), "{note}");
    assert_eq!(told("serverless").await, None, "its table cannot, and AWS keeps nothing of it");
}
