//! Templates read and evaluated, on small ones that say one thing each.

use std::collections::BTreeMap;

use lifeboat_model::id::{AccountId, Region, StackName};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::value::{Later, Reference, Unsettled, Value};

fn setting() -> TemplateSetting {
    TemplateSetting {
        stack_name: StackName::from("stack"),
        region: Region::from("us-east-1"),
        account: Some(AccountId::from("123456789012")),
        parameters: BTreeMap::new(),
        zones: Vec::new(),
    }
}

fn read(text: &str) -> Template {
    Template::read("t.yaml", text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

/// What stands under `Value` of the only resource.
fn value_in(value: &str, more: &str, setting: &TemplateSetting) -> Result<Value, Vec<Mistake>> {
    let text = format!(
        "{more}\nResources:\n  Other: {{Type: X}}\n  One:\n    Type: X\n    Properties:\n      Value: {value}\n"
    );
    let evaluated = Template::read("t.yaml", &text)?.evaluate(setting)?;
    let resource = evaluated.resource("One").unwrap();
    Ok(resource.properties.get("Value").cloned().unwrap_or(Value::Null))
}

fn shown(value: &str, more: &str) -> serde_json::Value {
    value_in(value, more, &setting()).unwrap_or_else(|mistakes| panic!("{value}: {mistakes:?}")).shown()
}

const PARAMETERS: &str = "
Parameters:
  Name: {Type: String, Default: shop}
  Count: {Type: Number, Default: 3}
  Names: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Image: {Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /image}
Mappings:
  Sizes: {us-east-1: {small: t4g.small}}
Conditions:
  IsShop: !Equals [!Ref Name, shop]
  IsNot: !Not [!Condition IsShop]
  Both: !And [!Condition IsShop, !Equals [!Ref Count, 3]]
  Either: !Or [!Condition IsNot, !Condition Both]
";

#[test]
fn functions_come_to_what_cloudformation_makes_of_them() {
    for (value, wanted) in [
        ("!Ref Name", json!("shop")),
        ("!Ref Count", json!(3)),
        ("!Ref Names", json!(["a", "b", "c"])),
        ("!Ref Image", json!("<value of /image>")),
        ("!Ref AWS::Region", json!("us-east-1")),
        ("!Ref AWS::AccountId", json!("123456789012")),
        ("!Ref AWS::StackName", json!("stack")),
        ("!Ref AWS::StackId", json!("<stack id>")),
        ("!Ref AWS::NotificationARNs", json!([])),
        ("!Sub 'arn:${AWS::Partition}:x:${Name}-${Count}'", json!("arn:aws:x:shop-3")),
        ("!Sub '${!Literal} ${Name}'", json!("${Literal} shop")),
        ("!Sub ['${A}-${Name}', {A: !Ref Count}]", json!("3-shop")),
        ("!Sub '${Other}-${Other.Arn}'", json!("<Other>-<Other.Arn>")),
        ("!Sub '$${Name}'", json!("$shop")),
        ("!GetAtt Other.Endpoint.Address", json!("<Other.Endpoint.Address>")),
        ("{'Fn::GetAtt': [Other, Arn]}", json!("<Other.Arn>")),
        ("{'Fn::GetAtt': Other.Endpoint.Port}", json!("<Other.Endpoint.Port>")),
        ("!Join ['-', [a, !Ref Name, 3]]", json!("a-shop-3")),
        ("!Join [',', !Ref Names]", json!("a,b,c")),
        ("!Join ['/', [!Ref Other, b]]", json!("<Other>/b")),
        ("!Split ['-', a-b]", json!(["a", "b"])),
        ("!Select [1, !Ref Names]", json!("b")),
        ("!Select [1, !Split ['-', !Ref Other]]", json!("<Other>[1]")),
        ("!Select ['0', !GetAZs '']", json!("<zones of us-east-1>[0]")),
        ("!FindInMap [Sizes, !Ref AWS::Region, small]", json!("t4g.small")),
        ("!If [IsShop, yes it is, never]", json!("yes it is")),
        ("!If [IsNot, 1, !If [Either, 2, 3]]", json!(2)),
        ("[1, !If [IsNot, 2, !Ref AWS::NoValue], 3]", json!([1, 3])),
        ("{A: 1, B: !Ref AWS::NoValue}", json!({"A": 1})),
        ("!Base64 hi", json!("aGk=")),
        ("{'Fn::Base64': !Sub '${Name}'}", json!("c2hvcA==")),
        ("!Cidr [10.0.0.0/16, 2, 8]", json!(["10.0.0.0/24", "10.0.1.0/24"])),
        ("!ToJsonString {a: !Ref Count}", json!("{\"a\":3}")),
        ("!Length [1, 2]", json!(2)),
        ("{Condition: {StringEquals: {a: b}}}", json!({"Condition": {"StringEquals": {"a": "b"}}})),
    ] {
        assert_eq!(shown(value, PARAMETERS), wanted, "{value}");
    }
    assert_eq!(shown("!Ref AWS::NoValue", PARAMETERS), json!(null), "it is left out");
}

#[test]
fn partitions_are_those_of_the_region() {
    for (region, wanted) in [
        ("cn-north-1", "aws-cn amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov amazonaws.com"),
        ("eu-west-1", "aws amazonaws.com"),
    ] {
        let setting = TemplateSetting { region: Region::from(region), ..setting() };
        let found = value_in("!Sub '${AWS::Partition} ${AWS::URLSuffix}'", "", &setting).unwrap();
        assert_eq!(found, Value::text(wanted));
    }
}

#[test]
fn zones_are_named_where_they_are_known() {
    let known = TemplateSetting { zones: vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()], ..setting() };
    assert_eq!(value_in("!Select [1, !GetAZs '']", "", &known).unwrap(), Value::text("us-east-1b"));
    let elsewhere = value_in("!Select [0, !GetAZs eu-west-1]", "", &known).unwrap();
    assert_eq!(elsewhere.to_string(), "<zones of eu-west-1>[0]");
    assert!(value_in("!Select [2, !GetAZs '']", "", &known).is_err(), "there is no third");
}

#[test]
fn what_is_not_known_stays_a_reference_and_is_settled_later() {
    let mut setting = setting();
    setting.account = None;
    setting.parameters.insert("Names".to_owned(), ParameterValue::Later("{network.SubnetIds}".to_owned()));
    let value =
        value_in("!Sub ['${AWS::AccountId}/${Id}', {Id: !Select [1, !Ref Names]}]", PARAMETERS, &setting).unwrap();
    let references: Vec<String> = value.references().iter().map(ToString::to_string).collect();
    assert_eq!(references, ["{network.SubnetIds}", "<account>"]);
    let known = |reference: &Reference| match reference {
        Reference::Account => Some(json!("210987654321")),
        Reference::Parameter { name, .. } if name == "Names" => Some(json!("subnet-1,subnet-2")),
        _ => None,
    };
    assert_eq!(value.settle(&known), Ok(json!("210987654321/subnet-2")));
    let half = |reference: &Reference| known(reference).filter(|_| *reference == Reference::Account);
    assert!(matches!(value.settle(&half), Err(Unsettled::Unknown(missing)) if missing.len() == 1));
    let short = |reference: &Reference| known(reference).map(|_| json!("one"));
    assert!(matches!(value.settle(&short), Err(Unsettled::Unfit(_))));
}

#[test]
fn a_condition_that_cannot_be_decided_is_a_mistake_and_no_guess() {
    let mut setting = setting();
    setting.parameters.insert("Name".to_owned(), ParameterValue::Later("{a.Name}".to_owned()));
    let mistakes = value_in("!If [IsShop, 1, 2]", PARAMETERS, &setting).unwrap_err();
    assert!(mistakes[0].what.contains("cannot be known"), "{mistakes:?}");
    // Whether something is given at all is known.
    let given = "Parameters: {Name: {Type: String}}\nConditions: {Has: !Not [!Equals [!Ref Name, '']]}";
    assert_eq!(value_in("!If [Has, 1, 2]", given, &setting).unwrap().shown(), json!(1));
}

#[test]
fn resources_wait_for_what_they_name_and_what_they_refer_to() {
    let template = read(
        "
Parameters: {Wanted: {Type: String, Default: 'false'}}
Conditions: {IsOn: !Equals [!Ref Wanted, 'true']}
Resources:
  D: {Type: X, DependsOn: [A, Rest], Properties: {B: !Ref B, C: !Sub '${C.Arn}', Self: !Ref A}}
  C: {Type: X, UpdatePolicy: {U: {Application: !Ref B}}}
  B: {Type: X, DependsOn: A}
  A: {Type: X}
  Rest: {Type: X, Condition: IsOn}
",
    );
    let evaluated = template.evaluate(&setting()).unwrap();
    let waits = |id: &str| evaluated.resource(id).unwrap().depends_on.iter().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(waits("D"), "A B C");
    assert_eq!(waits("C"), "B", "an update policy's references count");
    assert!(evaluated.resource("Rest").is_none());
    let order: Vec<&str> = evaluated.in_order().iter().map(|resource| resource.logical_id.as_str()).collect();
    assert_eq!(order, ["A", "B", "C", "D"]);
    assert_eq!(evaluated.conditions, BTreeMap::from([("IsOn".to_owned(), false)]));
}

#[test]
fn tags_are_told_in_both_forms() {
    let template = read(
        "Resources:\n  A: {Type: X, Properties: {Tags: [{Key: Name, Value: a}, {Key: Id, Value: !Ref B}]}}\n  B: {Type: X, Properties: {Tags: {Name: b}}}\n",
    );
    let evaluated = template.evaluate(&setting()).unwrap();
    assert_eq!(evaluated.resource("A").unwrap().tags["Name"], Value::text("a"));
    assert_eq!(evaluated.resource("A").unwrap().tags["Id"].to_string(), "<B>");
    assert_eq!(evaluated.resource("B").unwrap().tags["Name"], Value::text("b"));
}

#[test]
fn bad_templates_are_refused_with_line_and_fix() {
    for (text, line, says) in [
        ("Resources: ]", 1, "is not YAML"),
        ("", 1, "is empty"),
        ("- a\n", 1, "a template must be"),
        ("Description: x\n", 1, "has no `Resources`"),
        ("Resorces:\n  A: {Type: X}\n", 1, "has no `Resorces`"),
        ("Resources:\n  A_b: {Type: X}\n", 2, "not alphanumeric"),
        ("Resources:\n  A: {Properties: {}}\n", 2, "has no `Type`"),
        ("Resources:\n  A: {Type: X, Propertys: {}}\n", 2, "has no `Propertys`"),
        ("Resources:\n  A: {Type: X}\n  A: {Type: Y}\n", 3, "has `A` twice"),
        ("Resources:\n  A: {Type: X, DependsOn: B}\n", 2, "which is not there"),
        ("Resources:\n  A: {Type: X, Condition: C}\n", 2, "`C` is no condition"),
        (
            "Resources:\n  Aa:\n    Type: X\n    Properties:\n      V: !Ref Ab\n",
            5,
            "`Ab` is no parameter and no resource",
        ),
        ("Resources:\n  Aa: {Type: X, Properties: {V: !GetAtt Bb.Arn}}\n", 2, "`Bb` is no resource"),
        ("Resources:\n  A: {Type: X, Properties: {V: !Sub '${Nothing}'}}\n", 2, "`Nothing` is no parameter"),
        ("Resources:\n  A: {Type: X, Properties: {V: !Transform a}}\n", 2, "no function that is evaluated here"),
        ("Resources:\n  A: {Type: X, Properties: {V: !Join a}}\n", 2, "`Fn::Join` has not the arguments"),
        ("Resources:\n  A: {Type: X, Properties: {V: !If [C, 1]}}\n", 2, "`Fn::If` has not the arguments"),
        ("Resources:\n  A: {Type: X, Properties: {V: {'Fn::Sub': a, b: c}}}\n", 2, "stands beside other keys"),
        ("Transform: AWS::LanguageExtensions\nResources:\n  A: {Type: X}\n", 1, "expanded by AWS only"),
        ("Parameters:\n  P: {Type: Strin}\nResources:\n  A: {Type: X}\n", 2, "no type of a parameter"),
        (
            "Parameters:\n  P: {Type: String, Default: c, AllowedValues: [a, b]}\nResources:\n  A: {Type: X}\n",
            2,
            "is none of a, b",
        ),
        ("Parameters:\n  P: {Type: String, AllowedPattern: '('}\nResources:\n  A: {Type: X}\n", 2, "no pattern"),
        ("Resources: &x\n  A: {Type: X, Properties: *x}\n", 2, "alias"),
        ("Resources:\n  A: {Type: X}\n---\nResources: {}\n", 3, "second document"),
        ("Resources:\n  A: {Type: X, Properties: {V: yes}}\n", 2, "put it in quotes"),
        ("Resources:\n  A: {Type: X, Properties: {V: 0755}}\n", 2, "put it in quotes"),
        ("Resources:\n  A: {Type: X}\nOutputs:\n  O: {Description: x}\n", 4, "has no `Value`"),
    ] {
        let mistakes = Template::read("t.yaml", text).expect_err(text);
        let found = mistakes.iter().find(|mistake| mistake.to_string().contains(says));
        let found = found.unwrap_or_else(|| panic!("{text:?}: {mistakes:?}"));
        assert_eq!(found.line, line, "{text:?}: {found}");
        assert!(!found.fix.is_empty());
    }
}

#[test]
fn what_does_not_fit_the_given_values_is_told() {
    let text = "
Parameters:
  Suffix: {Type: String, AllowedPattern: '^[a-z]+$', ConstraintDescription: lower-case letters}
  Size: {Type: Number, Default: 3, MinValue: 2, MaxValue: 4}
  Domain: {Type: String, Default: ''}
  Kinds: {Type: CommaDelimitedList, Default: 'one,two', AllowedValues: [one, two]}
  Certificate: {Type: String, Default: ''}
Rules:
  NeedsDomain:
    RuleCondition: !Not [!Equals [!Ref Certificate, '']]
    Assertions:
      - {Assert: !Not [!Equals [!Ref Domain, '']], AssertDescription: a certificate needs a domain}
Conditions: {Has: !Not [!Equals [!Ref Domain, '']]}
Resources:
  A: {Type: X, Condition: Has}
  B: {Type: X, Properties: {V: !If [Has, !Ref A, none]}}
  C: {Type: X}
Outputs:
  Id: {Condition: Has, Value: !Ref A}
";
    let with = |pairs: &[(&str, &str)]| {
        let parameters =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), ParameterValue::Known((*value).to_owned())));
        read(text).evaluate(&TemplateSetting { parameters: parameters.collect(), ..setting() })
    };
    let says = |pairs: &[(&str, &str)], what: &str| {
        let mistakes = with(pairs).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.what.contains(what)), "{mistakes:?}");
    };
    says(&[], "`Suffix` is given no value");
    says(&[("Suffix", "A")], "must be lower-case letters");
    says(&[("Suffix", "a"), ("Size", "5")], "is more than 4");
    says(&[("Suffix", "a"), ("Size", "x")], "is no number");
    says(&[("Suffix", "a"), ("Certificate", "arn")], "a certificate needs a domain");
    says(&[("Suffix", "a"), ("Other", "b")], "the template has no parameter `Other`");
    says(&[("Suffix", "a"), ("Kinds", "one, three")], "is none of one, two");
    assert!(!with(&[("Suffix", "a")]).unwrap().outputs.contains_key("Id"));
    assert!(with(&[("Suffix", "a"), ("Domain", "d")]).unwrap().outputs.contains_key("Id"));
    let unguarded = text.replace("V: !If [Has, !Ref A, none]", "V: !Ref A");
    let parameters = BTreeMap::from([("Suffix".to_owned(), ParameterValue::Known("a".to_owned()))]);
    let mistakes = read(&unguarded).evaluate(&TemplateSetting { parameters, ..setting() }).unwrap_err();
    assert!(mistakes[0].what.contains("which is not made with these parameters"), "{mistakes:?}");
}

#[test]
fn circles_are_told_and_end() {
    let resources = read("Resources:\n  A: {Type: X, DependsOn: B}\n  B: {Type: X, Properties: {V: !Ref A}}\n");
    let mistakes = resources.evaluate(&setting()).unwrap_err();
    assert!(mistakes[0].what.contains("wait for each other: A, B"), "{mistakes:?}");
    let conditions = read(
        "Conditions:\n  C: !Not [!Condition D]\n  D: !Not [!Condition C]\nResources:\n  A: {Type: X, Condition: C}\n",
    );
    let mistakes = conditions.evaluate(&setting()).unwrap_err();
    assert!(mistakes[0].what.contains("depends on itself"), "{mistakes:?}");
}

#[test]
fn what_is_nested_without_end_is_refused() {
    let nested = |levels: usize| format!("Resources: {}1{}", "[".repeat(levels), "]".repeat(levels));
    let mistakes = Template::read("t.yaml", &nested(100)).unwrap_err();
    assert!(mistakes[0].what.contains("nested more than 64 deep"), "{mistakes:?}");
    // Far beyond that the parser gives up by itself.
    assert!(Template::read("t.yaml", &nested(100_000)).is_err());
}

/// YAML that looks like a template's, written as JSON, which YAML is.
fn anything() -> impl Strategy<Value = serde_json::Value> {
    const WORDS: [&str; 12] =
        ["A", "B", "P", "C", "AWS::Region", "AWS::NoValue", "A.Arn", "${A}-${P", "${B.Arn}", "", "10.0.0.0/16", "1"];
    const FUNCTIONS: [&str; 20] = [
        "Ref",
        "Condition",
        "Fn::GetAtt",
        "Fn::Sub",
        "Fn::If",
        "Fn::Join",
        "Fn::Select",
        "Fn::Split",
        "Fn::GetAZs",
        "Fn::FindInMap",
        "Fn::Base64",
        "Fn::Cidr",
        "Fn::Equals",
        "Fn::And",
        "Fn::Or",
        "Fn::Not",
        "Fn::ToJsonString",
        "Fn::Length",
        "Fn::ImportValue",
        "Key",
    ];
    let leaf = prop_oneof![
        proptest::sample::select(WORDS.to_vec()).prop_map(serde_json::Value::from),
        any::<i32>().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            (proptest::sample::select(FUNCTIONS.to_vec()), inner.clone())
                .prop_map(|(name, value)| json!({ name: value })),
            (proptest::sample::select(FUNCTIONS.to_vec()), proptest::collection::vec(inner, 1..4))
                .prop_map(|(name, values)| json!({ name: values })),
        ]
    })
}

fn any_value() -> impl Strategy<Value = Value> {
    let reference = prop_oneof![
        Just(Reference::Ref("A".to_owned())),
        Just(Reference::GetAtt { logical_id: "A".to_owned(), attribute: "Arn".to_owned() }),
        Just(Reference::Account),
        Just(Reference::Zones { region: "us-east-1".to_owned() }),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| Value::Number(number.into())),
        "[a-c,./0-9]{0,12}".prop_map(Value::Text),
        reference.prop_map(|reference| Value::Later(Later::Of(reference))),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::vec(("[a-c]", inner.clone()), 0..3).prop_map(Value::Map),
            ("[,./]?", inner.clone())
                .prop_map(|(delimiter, list)| Value::Later(Later::Join { delimiter, list: Box::new(list) })),
            ("[,./]?", inner.clone())
                .prop_map(|(delimiter, text)| Value::Later(Later::Split { delimiter, text: Box::new(text) })),
            (0_usize..4, inner.clone())
                .prop_map(|(index, list)| Value::Later(Later::Select { index, list: Box::new(list) })),
            inner.clone().prop_map(|inner| Value::Later(Later::Base64(Box::new(inner)))),
            inner.clone().prop_map(|inner| Value::Later(Later::Json(Box::new(inner)))),
            inner.clone().prop_map(|inner| Value::Later(Later::Length(Box::new(inner)))),
            (inner, any::<u32>(), 0_u32..64).prop_map(|(block, count, bits)| Value::Later(Later::Cidr {
                block: Box::new(block),
                count,
                bits
            })),
        ]
    })
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        "[a-c,./0-9]{0,12}".prop_map(serde_json::Value::from),
        proptest::collection::vec("[a-c]{0,3}", 0..4).prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        Just(json!({"a": 1})),
        Just(json!(null)),
    ]
}

proptest! {
    #[test]
    fn no_text_at_all_makes_reading_or_evaluating_panic(text in "\\PC*") {
        if let Ok(template) = Template::read("t.yaml", &text) {
            drop(template.evaluate(&setting()));
        }
    }

    #[test]
    fn no_template_at_all_makes_reading_or_evaluating_panic(
        one in anything(), condition in anything(), output in anything(), depends in anything(), default in anything(),
    ) {
        let whole = json!({
            "Parameters": {"P": {"Type": "String", "Default": default}},
            "Mappings": {"A": {"A": {"A": one.clone()}}},
            "Conditions": {"C": condition},
            "Resources": {"A": {"Type": "X", "Properties": {"V": one}}, "B": {"Type": "X", "DependsOn": depends}},
            "Outputs": {"O": {"Value": output}},
        });
        if let Ok(template) = Template::read("t.yaml", &whole.to_string())
            && let Ok(evaluated) = template.evaluate(&setting())
        {
            // What was evaluated can be put in order, and everything in it can be shown and asked for.
            prop_assert_eq!(evaluated.in_order().len(), evaluated.resources.len());
            for resource in &evaluated.resources {
                drop(resource.properties.shown());
                for id in resource.properties.references().iter().filter_map(Reference::logical_id) {
                    prop_assert!(evaluated.resource(id).is_some(), "{} refers to {id}", resource.logical_id);
                }
            }
        }
    }

    #[test]
    fn settling_is_total(value in any_value(), answer in any_json()) {
        // Whatever is answered, the value is settled or says why not; with nothing left to ask it never asks.
        match value.settle(&|_| Some(answer.clone())) {
            Ok(_) | Err(Unsettled::Unfit(_)) => {}
            Err(Unsettled::Unknown(missing)) => prop_assert!(false, "asked again for {missing:?}"),
        }
        let asked = value.references();
        match value.settle(&|_| None) {
            Err(Unsettled::Unknown(missing)) => prop_assert_eq!(missing, asked),
            Ok(_) | Err(Unsettled::Unfit(_)) => prop_assert!(asked.is_empty()),
        }
    }

    #[test]
    fn a_value_that_is_known_settles_to_what_is_shown(value in any_value()) {
        if let (true, Value::List(_) | Value::Map(_) | Value::Text(_) | Value::Bool(_)) = (value.is_known(), &value)
            && let Some(known) = value.known()
        {
            let plain = value_without_functions(&value);
            prop_assert!(!plain || known == value.shown());
        }
    }
}

fn value_without_functions(value: &Value) -> bool {
    !matches!(value, Value::Later(_))
        && value.items().iter().all(value_without_functions)
        && value.entries().iter().all(|(_, value)| value_without_functions(value))
}
