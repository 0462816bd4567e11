//! What a stack becomes by another template or other inputs.

use super::change::Action;
use super::*;

fn body(topic: &str, parameter: &str, more: &str) -> String {
    format!(
        "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties: {{TopicName: {topic}}}\n  Parameter:\n    Type: \
         AWS::SSM::Parameter\n    Properties: {{Name: /a, Type: String, Value: {parameter}}}\n  Alarm:\n    Type: \
         AWS::CloudWatch::Alarm\n    Properties: {{AlarmName: a, AlarmActions: [!Ref Topic]}}\n{more}Outputs:\n  Topic: {{Value: \
         !Ref Topic}}\n"
    )
}

fn region() -> Region {
    Region::from("us-east-1")
}

fn set(name: &str, creates: bool, body: &str) -> Call {
    Call::CreateChangeSet {
        region: region(),
        stack: "mine".into(),
        change_set: name.to_owned(),
        creates,
        template: TemplateText::new(body),
        inputs: Vec::new(),
        capabilities: Vec::new(),
        tags: Vec::new(),
    }
}

fn run(account: &mut Account, nature: Nature<'_>, name: &str, creates: bool, body: &str) -> Status {
    apply(account, nature, &set(name, creates, body)).expect("it is taken");
    wait(account, nature, 10);
    let call = Call::ExecuteChangeSet { region: region(), stack: "mine".into(), change_set: name.to_owned(), creates };
    apply(account, nature, &call).expect("it is executed");
    rest(account, nature);
    account.stack(&region(), &"mine".into()).expect("it is there").status
}

fn made(nature: Nature<'_>) -> Account {
    let mut account = Account::default();
    assert_eq!(run(&mut account, nature, "first", true, &body("one", "x", "")), Status::CreateComplete);
    account
}

fn id(account: &Account, logical_id: &str) -> Option<String> {
    account.stack(&region(), &"mine".into())?.resources.get(logical_id)?.id.clone()
}

#[test]
fn a_change_set_without_changes_fails_with_aws_s_words() {
    let calm = calm();
    let nature = nature(&calm);
    let mut account = made(nature);
    apply(&mut account, nature, &set("again", false, &body("one", "x", ""))).expect("it is taken");
    let own = account.change_set(&Key::new(&region(), &"mine".into()), "again").expect("it is there");
    let why = own.outcome.as_ref().expect_err("there is nothing to do");
    assert!(why.starts_with("The submitted information didn't contain changes."), "{why}");
}

#[test]
fn a_change_set_says_what_is_changed_replaced_added_and_removed() {
    let calm = calm();
    let nature = nature(&calm);
    let mut account = made(nature);
    let more = "  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /g}}\n";
    let text = body("two", "y", more);
    apply(&mut account, nature, &set("again", false, &text)).expect("it is taken");
    let own = account.change_set(&Key::new(&region(), &"mine".into()), "again").expect("it is there");
    let told: Vec<(&str, Action)> =
        own.outcome.as_ref().expect("it has changes").iter().map(|own| (own.logical_id.as_str(), own.action)).collect();
    // What names the topic is changed because the topic is another one.
    assert_eq!(
        told,
        [("Alarm", Action::Modify), ("Group", Action::Add), ("Parameter", Action::Modify), ("Topic", Action::Replace)]
    );
}

#[test]
fn an_update_replaces_and_cleans_up_after_itself() {
    let calm = calm();
    let nature = nature(&calm);
    let mut account = made(nature);
    let old = id(&account, "Topic");
    assert_eq!(run(&mut account, nature, "again", false, &body("two", "y", "")), Status::UpdateComplete);
    assert_ne!(id(&account, "Topic"), old);
    let stack = account.stack(&region(), &"mine".into()).expect("it is there");
    assert_eq!(stack.outputs.get("Topic"), id(&account, "Topic").as_ref());
    assert_eq!(stack.resources["Parameter"].text("Value"), "y");
    let alarm = &stack.resources["Alarm"].sent["AlarmActions"][0];
    assert_eq!(alarm.as_str(), id(&account, "Topic").as_deref());
    assert!(stack.events.iter().any(|event| event.physical_id != old && event.status == "DELETE_COMPLETE"));
    assert!(stack.resources.values().all(|own| own.replaced.is_none()));
    // What the template no longer has is deleted.
    let without = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: two}\n";
    assert_eq!(run(&mut account, nature, "less", false, without), Status::UpdateComplete);
    assert_eq!(standing_ids(&account).len(), 1);
}

#[test]
fn an_update_that_fails_at_any_resource_goes_back_to_what_was() {
    let more = "  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /g}}\n";
    for (resource, operation) in
        [("Topic", "create"), ("Parameter", "update"), ("Alarm", "update"), ("Group", "create")]
    {
        let fault = scenario(&format!(
            "[[fault]]\nat = \"0s\"\nkind = \"resource-failure\"\nresources = [\"{resource}\"]\noperations = [\"{operation}\"]\n"
        ));
        let calm = calm();
        let mut account = made(nature(&calm));
        let before = standing_ids(&account);
        let ended = run(&mut account, nature(&fault), "again", false, &body("two", "y", more));
        // What cannot be changed cannot be changed back either, unless it never was.
        assert_eq!(ended, Status::UpdateRollbackComplete, "{resource}: {:?}", statuses(&account));
        assert_eq!(standing_ids(&account), before, "{resource}");
        let stack = account.stack(&region(), &"mine".into()).expect("it is there");
        assert_eq!(stack.resources["Parameter"].text("Value"), "x", "{resource}");
        assert_eq!(run(&mut account, nature(&calm), "third", false, &body("two", "y", more)), Status::UpdateComplete);
    }
}

#[test]
fn a_rollback_that_gets_stuck_is_continued() {
    let calm = calm();
    let mut account = made(nature(&calm));
    // The parameter is changed, the alarm is not, and then the parameter cannot be changed back.
    let stuck = |seconds: i64| {
        scenario(&format!(
            "[[fault]]\nat = \"0s\"\nkind = \"resource-failure\"\nresources = [\"Alarm\"]\noperations = [\"update\"]\n[[fault]]\nat \
             = \"{seconds}s\"\nkind = \"resource-failure\"\nresources = [\"Parameter\"]\noperations = [\"update\"]\n"
        ))
    };
    let begins = account.now + 12;
    let fault = stuck(begins);
    let ended = run(&mut account, nature(&fault), "again", false, &body("two", "y", ""));
    assert_eq!(ended, Status::UpdateRollbackFailed, "{:?}", statuses(&account));
    let call = Call::ContinueUpdateRollback { region: region(), stack: "mine".into() };
    apply(&mut account, nature(&calm), &call).expect("it is stuck");
    rest(&mut account, nature(&calm));
    let stack = account.stack(&region(), &"mine".into()).expect("it is there");
    assert_eq!(stack.status, Status::UpdateRollbackComplete);
    assert_eq!(stack.resources["Parameter"].text("Value"), "x");
    let (_, why) = apply(&mut account, nature(&calm), &call).expect_err("nothing is stuck");
    assert!(why.contains("UPDATE_ROLLBACK_COMPLETE"), "{why}");
}

#[test]
fn switches_of_a_blueprint_change_what_they_are_for_and_no_data() {
    let calm = calm();
    let nature = nature(&calm);
    let blueprint = Blueprint::Ecommerce;
    let mut account = founding::standing_one(blueprint, "dev").expect("it stands");
    account.advance_to(nature, 0);
    let since = account.founded.values().next().expect("it stands").since;
    let mut chosen = chosen(blueprint, "dev");
    chosen.values.insert("StandbyAlarms".to_owned(), "false".to_owned());
    let plan = plan(blueprint, &chosen);
    for spec in &plan.stacks {
        let call = change_set(&account, blueprint, &plan, spec, "less", false);
        apply(&mut account, nature, &call).expect("it is taken");
        let own = account.change_set(&key(spec), "less").expect("it is there").outcome.clone();
        let Ok(changes) = own else { continue };
        let lost: Vec<_> =
            changes.iter().filter(|own| own.action != Action::Modify && own.action != Action::Add).collect();
        assert!(lost.iter().all(|own| own.action == Action::Remove && !own.kind.contains("RDS::DB")), "{lost:?}");
        wait(&mut account, nature, 10);
        apply(&mut account, nature, &execute(spec, "less", false)).expect("it is executed");
        rest(&mut account, nature);
        assert_eq!(status(&account, spec), Status::UpdateComplete, "{:?}", statuses(&account));
    }
    assert_eq!(account.founded.values().next().expect("it stands").since, since, "it is the same deployment");
    assert!(account.find("AWS::CloudWatch::Alarm", &"us-west-2".into(), "ecommerce-database-secondary-dev").is_none());
}

/// The new one would have to stand beside the old one, under its name.
#[test]
fn what_has_a_fixed_name_is_not_replaced() {
    let calm = calm();
    let nature = nature(&calm);
    let group = |name: &str, port: u16| {
        format!(
            "Resources:\n  Group:\n    Type: AWS::ElasticLoadBalancingV2::TargetGroup\n    Properties: {{Name: {name}, Port: \
             {port}, Protocol: TCP}}\n"
        )
    };
    let mut account = Account::default();
    assert_eq!(run(&mut account, nature, "first", true, &group("one", 80)), Status::CreateComplete);
    let before = standing_ids(&account);
    assert_eq!(run(&mut account, nature, "again", false, &group("one", 443)), Status::UpdateRollbackComplete);
    assert_eq!(standing_ids(&account), before);
    let stack = account.stack(&region(), &"mine".into()).expect("it is there");
    let why =
        stack.events.iter().filter(|event| event.status == "UPDATE_FAILED").find_map(|event| event.reason.clone());
    let says = "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename one and update \
                the stack again.";
    assert_eq!(why.as_deref(), Some(says));
    assert_eq!(run(&mut account, nature, "third", false, &group("two", 443)), Status::UpdateComplete);
}

/// As in DNS, whatever the records' routing is.
#[test]
fn a_cname_is_alone_at_its_name() {
    let calm = calm();
    let nature = nature(&calm);
    let records = |first: &str, second: &str| {
        let record = |id: &str, kind: &str| {
            let value = if kind == "A" { "192.0.2.1" } else { "there.acme.org" };
            format!(
                "  {id}:\n    Type: AWS::Route53::RecordSet\n    Properties: {{HostedZoneId: !Ref Zone, Name: a.acme.org, Type: \
                 {kind}, SetIdentifier: {id}, TTL: '60', ResourceRecords: [{value}]}}\n"
            )
        };
        let zone = "Resources:\n  Zone: {Type: AWS::Route53::HostedZone, Properties: {Name: acme.org}}\n";
        format!("{zone}{}{}", record("One", first), record("Two", second))
    };
    let mut account = Account::default();
    assert_eq!(run(&mut account, nature, "first", true, &records("CNAME", "CNAME")), Status::CreateComplete);
    // Each of the two would be an A beside the other's CNAME.
    assert_eq!(run(&mut account, nature, "again", false, &records("A", "A")), Status::UpdateRollbackComplete);
    let stack = account.stack(&region(), &"mine".into()).expect("it is there");
    let failed = |event: &&super::Event| event.status == "UPDATE_FAILED";
    let why = stack.events.iter().filter(failed).find_map(|event| event.reason.clone()).unwrap_or_default();
    assert!(why.contains("is not permitted because a conflicting RRSet of type CNAME with the same DNS name"), "{why}");
    let mut mixed = Account::default();
    assert_eq!(run(&mut mixed, nature, "first", true, &records("A", "CNAME")), Status::RollbackComplete);
}
