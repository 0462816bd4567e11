//! What may be chosen, where it comes from, and how each bad choice is refused.

use super::*;
use crate::blueprint::find;

fn manifest(name: &str) -> &'static Manifest {
    &find(name).unwrap().manifest
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn with_flags(name: &str, flags: &[(&str, &str)]) -> Result<Chosen, Vec<Mistake>> {
    let given = Given { flags: pairs(flags), ..Given::nothing(DeploymentName::from("prod")) };
    choose(manifest(name), &given)
}

#[track_caller]
fn refused(name: &str, flags: &[(&str, &str)]) -> Vec<String> {
    with_flags(name, flags).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_given_is_the_defaults() {
    for blueprint in crate::blueprint::builtin() {
        let given = Given::nothing(DeploymentName::from("prod"));
        let chosen = choose(&blueprint.manifest, &given).unwrap();
        assert_eq!(chosen, Chosen::defaults(&blueprint.manifest, DeploymentName::from("prod")));
        assert_eq!(chosen.values["EnvironmentSuffix"], "dev");
        assert_eq!(chosen.home.as_str(), "us-east-1");
    }
    let partner = |name| with_flags(name, &[]).unwrap().partner.to_string();
    assert_eq!(partner("ecommerce"), "us-west-2");
    assert_eq!(partner("serverless"), "us-west-2");
    assert_eq!(partner("payments-aurora"), "us-east-2");
    assert_eq!(partner("global-accelerator"), "us-east-2");
    assert_eq!(partner("payments-serverless"), "us-east-2");
}

#[test]
fn a_flag_wins_over_configuration_over_environment_over_default() {
    let manifest = manifest("payments-aurora");
    let environment = |name: &str| match name {
        "ENVIRONMENT_SUFFIX" => Some("env".to_owned()),
        "DR_REGION" => Some("eu-west-1".to_owned()),
        "PRIMARY_REGION" => Some(String::new()),
        _ => None,
    };
    let mut given = Given { environment: &environment, ..Given::nothing(DeploymentName::from("prod")) };
    let chosen = choose(manifest, &given).unwrap();
    assert_eq!(chosen.values["EnvironmentSuffix"], "env");
    assert_eq!(chosen.partner.as_str(), "eu-west-1");
    assert_eq!(chosen.home.as_str(), "us-east-1", "a variable that is set to nothing is not set");
    given.configuration = pairs(&[("environmentSuffix", "file"), ("drRegion", "eu-west-2")]);
    let chosen = choose(manifest, &given).unwrap();
    assert_eq!(chosen.values["EnvironmentSuffix"], "file");
    assert_eq!(chosen.partner.as_str(), "eu-west-2");
    given.flags = pairs(&[("EnvironmentSuffix", "flag"), ("DrRegion", "eu-west-3")]);
    let chosen = choose(manifest, &given).unwrap();
    assert_eq!(chosen.values["EnvironmentSuffix"], "flag");
    assert_eq!(chosen.partner.as_str(), "eu-west-3");
}

#[test]
fn the_architectures_own_variables_and_keys_are_known() {
    for (name, region_key) in [("serverless", "aws:region"), ("payments-aurora", "primaryRegion")] {
        let given = Given {
            configuration: pairs(&[(region_key, "eu-central-1")]),
            ..Given::nothing(DeploymentName::from("prod"))
        };
        assert_eq!(choose(manifest(name), &given).unwrap().home.as_str(), "eu-central-1", "{name}");
    }
    let environment = |name: &str| (name == "AWS_REGION").then(|| "eu-central-1".to_owned());
    let given = Given { environment: &environment, ..Given::nothing(DeploymentName::from("prod")) };
    assert_eq!(choose(manifest("payments-serverless"), &given).unwrap().home.as_str(), "eu-central-1");
}

#[test]
fn bad_suffixes_are_refused_with_what_would_do() {
    for bad in ["", "Dev", "a_b", "-a", "a-", "a--b", "abcdefghijklmnop", "ä"] {
        for blueprint in crate::blueprint::builtin() {
            let found = refused(blueprint.name(), &[("EnvironmentSuffix", bad)]);
            assert!(found.iter().any(|text| text.contains("one to fifteen lower-case letters")), "{bad}: {found:?}");
        }
    }
    for good in ["a", "dev", "pr-12", "abcdefghijklmno"] {
        for blueprint in crate::blueprint::builtin() {
            with_flags(blueprint.name(), &[("EnvironmentSuffix", good)]).unwrap();
        }
    }
}

#[test]
fn nobodys_domains_are_refused() {
    for bad in ["example.com", "payments.example.net", "example.org"] {
        let found = refused("payments-aurora", &[("ParentDomain", bad)]);
        assert!(found[0].contains("Route 53"), "{found:?}");
    }
    with_flags("payments-aurora", &[("ParentDomain", "notexample.com")]).unwrap();
    for bad in ["acme", "https://acme.org", "Acme.org", "-a.org", "10.0.0.1", "a..org", "acme.org."] {
        let found = refused("payments-aurora", &[("ParentDomain", bad)]);
        assert!(found[0].contains("is no domain"), "{bad}: {found:?}");
    }
}

const HOME_CERTIFICATE: &str = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555";
const PARTNER_CERTIFICATE: &str = "arn:aws:acm:us-east-2:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555";

#[test]
fn certificates_come_in_pairs_with_a_domain_each_of_its_region() {
    let one = refused("payments-aurora", &[("PrimaryCertificateArn", HOME_CERTIFICATE)]);
    assert!(one.iter().any(|text| text.contains("DrCertificateArn is not")), "{one:?}");
    assert!(one.iter().any(|text| text.contains("ParentDomain is not")), "{one:?}");
    let both = [("PrimaryCertificateArn", HOME_CERTIFICATE), ("DrCertificateArn", PARTNER_CERTIFICATE)];
    let without_domain = refused("payments-aurora", &both);
    assert_eq!(without_domain.len(), 1, "{without_domain:?}");
    let all = [both[0], both[1], ("ParentDomain", "acme.org")];
    with_flags("payments-aurora", &all).unwrap();
    let exchanged = [("PrimaryCertificateArn", PARTNER_CERTIFICATE), ("DrCertificateArn", HOME_CERTIFICATE), all[2]];
    let found = refused("payments-aurora", &exchanged);
    assert!(found.iter().all(|text| text.contains("is needed in")), "{found:?}");
    for bad in ["yes", "arn:aws:acm:us-east-1:1:certificate/0", "arn:aws:iam::123456789012:server-certificate/x"] {
        let found = refused("payments-aurora", &[("PrimaryCertificateArn", bad), all[1], all[2]]);
        assert!(found.iter().any(|text| text.contains("is not the ARN of a certificate")), "{bad}: {found:?}");
    }
}

#[test]
fn one_region_twice_is_refused() {
    for blueprint in crate::blueprint::builtin() {
        let partner = blueprint.manifest.partner.parameter.as_str();
        let found = refused(blueprint.name(), &[(partner, "us-east-1")]);
        assert!(found[0].contains("are both us-east-1"), "{found:?}");
        let found = refused(blueprint.name(), &[(partner, "moon")]);
        assert!(found[0].contains("is not a region"), "{found:?}");
    }
}

#[test]
fn numbers_switches_and_lists_are_held_to() {
    let cases: [(&str, &str, &str, &str); 6] = [
        ("ecommerce", "CapacityOnFailover", "1", "2 or more"),
        ("ecommerce", "CapacityOnFailover", "9", "8 or less"),
        ("ecommerce", "CapacityOnFailover", "four", "digits alone"),
        ("ecommerce", "StandbyAlarms", "yes", "true or false"),
        ("ecommerce", "InstanceType", "m5.large", "t4g.small"),
        ("payments-aurora", "LogRetentionDays", "2", "0, 1, 3"),
    ];
    for (name, parameter, value, fix) in cases {
        let found = refused(name, &[(parameter, value)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(fix), "{found:?}");
    }
}

#[test]
fn a_parameter_that_there_is_not_is_told_with_the_nearest() {
    let found = refused("ecommerce", &[("EnvironmentSufix", "qa")]);
    assert!(found[0].contains("did you mean `EnvironmentSuffix`?"), "{found:?}");
    let given =
        Given { configuration: pairs(&[("environmentSufix", "qa")]), ..Given::nothing(DeploymentName::from("prod")) };
    let found = choose(manifest("ecommerce"), &given).unwrap_err();
    assert!(found[0].to_string().contains("did you mean `environmentSuffix`?"), "{found:?}");
}

#[test]
fn all_bad_choices_are_told_at_once() {
    let flags = [("EnvironmentSuffix", "NO"), ("ParentDomain", "example.com"), ("CapacityOnFailover", "99")];
    assert_eq!(refused("ecommerce", &flags).len(), 3);
    let given = Given::nothing(DeploymentName::from("no name"));
    assert_eq!(choose(manifest("ecommerce"), &given).unwrap_err()[0].file, "--name");
}

#[test]
fn what_only_aws_can_tell_is_asked() {
    let asked = |name| asks(manifest(name), &with_flags(name, &[]).unwrap());
    let version = |region: &str, engine: &str, version: &str| Ask::EngineVersion {
        region: Region::from(region),
        engine: engine.to_owned(),
        version: version.to_owned(),
    };
    let aurora = asked("payments-aurora");
    assert!(aurora.contains(&version("us-east-1", "aurora-postgresql", "14.6")));
    assert!(aurora.contains(&version("us-east-2", "aurora-postgresql", "14.6")));
    assert!(aurora.contains(&Ask::Zones { region: Region::from("us-east-2"), count: 3 }));
    assert!(asked("ecommerce").contains(&version("us-west-2", "aurora-mysql", "8.0.mysql_aurora.3.08.2")));
    assert_eq!(asked("payments-serverless"), Vec::new());
}

#[test]
fn what_is_reserved_is_known_by_its_end() {
    assert_eq!(reserved("a.b.example.com"), Some("example.com"));
    assert_eq!(reserved("Example.ORG."), Some("example.org"));
    assert_eq!(reserved("myexample.com"), None);
    assert_eq!(reserved("example.com.acme.org"), None);
}

#[test]
fn every_choice_is_told_with_who_made_it_whether_it_may_be_or_not() {
    let blueprint = crate::blueprint::find("serverless").unwrap();
    let mut given = Given::nothing(DeploymentName::from("shop"));
    given.flags.insert("EnvironmentSuffix".to_owned(), "Not Good".to_owned());
    given.configuration.insert("secondaryRegion".to_owned(), "eu-west-1".to_owned());
    let spoken = spoken(&blueprint.manifest, &given);
    let of =
        |name: &str| spoken.iter().find(|one| one.parameter == name).map(|one| (one.text.as_str(), one.from.as_str()));
    assert_eq!(of("EnvironmentSuffix"), Some(("Not Good", "--param EnvironmentSuffix")));
    assert_eq!(of("SecondaryRegion"), Some(("eu-west-1", "`secondaryRegion` of the parameter file")));
    assert_eq!(of("PrimaryRegion"), Some(("us-east-1", "the default")));
    assert_eq!(spoken.len(), 2 + blueprint.manifest.parameters.len());
}
