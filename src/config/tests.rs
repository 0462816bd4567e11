//! The schema, the sample, the reader and the writer must say the same.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::CustomMetric;
use lifeboat_model::objective::Objectives;
use lifeboat_model::policy::{FreezeWindow, Policy, Schedule};
use lifeboat_model::topology::{
    ActiveParameter, AlarmSelection, ApiTarget, Blueprint, BucketPair, CanaryTarget, Deployment, HealthCheckTarget,
    InRegion, LoadBalancerKind, LoadBalancerTarget, ProbeTarget, QuotaTarget, RecordTarget, Takeover, TakeoverLever,
};
use proptest::prelude::*;

use super::*;
use crate::config::file::{Access, Discover};

fn parsed(text: &str) -> FileConfig {
    let (config, diagnostics) = file::parse(text);
    assert!(!diagnostics.has_errors(), "{}\n{text}", diagnostics.render("test.toml", text));
    config
}

#[test]
fn the_sample_says_what_holds_without_it() {
    assert_eq!(parsed(&sample::sample()), FileConfig::default());
}

#[test]
fn every_key_of_the_schema_is_in_the_sample() {
    let text = sample::sample();
    let sections = [schema::TOP, schema::CONSOLE, schema::DEPLOYMENT];
    let nested = schema::NESTED.iter().map(|(_, section)| **section);
    for section in sections.into_iter().chain(nested) {
        for key in section.keys {
            let shown = ["", "#", "#[", "`"].iter().any(|mark| {
                text.lines().any(|line| {
                    line.trim_start_matches("# ").trim_start().strip_prefix(mark).is_some_and(|rest| {
                        rest.strip_prefix(key.name).is_some_and(|rest| rest.starts_with([' ', ']', '.']))
                    })
                })
            });
            assert!(shown, "`{}` of {} is not in the sample", key.name, section.title);
        }
    }
}

#[test]
fn every_example_of_the_sample_is_right() {
    let text = sample::uncommented();
    let config = parsed(&text);
    let entry = config.deployments.first().unwrap();
    for key in schema::DEPLOYMENT.names().filter(|key| !["home", "partner"].contains(key)) {
        let section = writer::section(&entry.deployment, &entry.access, entry.discover.as_ref());
        assert!(section.contains_key(key), "`{key}` of the sample was not read");
    }
    assert!(Keymap::from_toml(&text).is_ok());
}

#[test]
fn what_the_schema_says_of_nested_keys_parses_too() {
    for (name, section) in schema::NESTED {
        for key in section.keys {
            let alone = format!("{} = {}", key.name, key.example);
            assert!(alone.parse::<toml_edit::DocumentMut>().is_ok(), "`{alone}` of {name}");
        }
    }
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let text = "version = 1\ndeployment = \"a\"\n[deployments.a]\nhome = \"us-east-1\"\npartner = \"us-east-2\"\n\
                aurora = { global_cluster = \"g\" }\n";
    let said = parsed(text);
    let environment = Environment::of(&[(env::DEPLOYMENT, "b")]);
    let globals = Globals { deployment: Some("c".to_owned()), ..Globals::default() };
    let of = |globals: &Globals, environment: &Environment| chosen(globals, environment, text, &said).unwrap();
    assert_eq!(of(&globals, &environment).value, "c");
    assert_eq!(of(&Globals::default(), &environment).value, "b");
    let from_file = of(&Globals::default(), &Environment::default());
    assert_eq!((from_file.value.as_str(), from_file.origin), ("a", Origin::File(2)));
}

#[test]
fn no_color_in_the_environment_wins_over_the_file() {
    let text = "version = 1\n[console]\ncolor = true\n";
    let said = parsed(text);
    let color = console(&Globals::default(), &Environment::of(&[(env::NO_COLOR, "1")]), text, &said).color;
    assert_eq!(color, Sourced { value: false, origin: Origin::Environment(env::NO_COLOR) });
}

#[test]
fn adding_a_deployment_keeps_every_byte_that_stood_there() {
    let before = "# mine\nversion = 1 # the first\n\n[console]\nascii   = true\n\n[deployments.old]\nhome = 'us-east-1'\n\
                  partner = \"us-west-2\" # far away\naurora = { global_cluster = \"g\" }\n";
    let mut deployment = Deployment::bare("new", "us-east-1", "us-east-2");
    deployment.tables = vec!["orders".into()];
    let after = writer::add(before, &deployment, &Access::default()).unwrap();
    assert!(after.starts_with(before), "{after}");
    assert_eq!(parsed(&after).deployments.len(), 2);
    assert_eq!(writer::add(&after, &deployment, &Access::default()), Err(writer::CannotAdd::Exists("new".to_owned())));
    let first = writer::add("", &deployment, &Access::default()).unwrap();
    assert_eq!(parsed(&first).deployments.first().map(|entry| &entry.deployment), Some(&deployment));
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9-]{2,12}[a-z0-9]"
}

fn in_region<T: From<String> + std::fmt::Debug + Ord>() -> impl Strategy<Value = Vec<InRegion<T>>> {
    let names = || proptest::collection::btree_set(name(), 0..3);
    (names(), names()).prop_map(|(home, partner)| {
        let of = |region: &str, names: std::collections::BTreeSet<String>| -> Vec<InRegion<T>> {
            names.into_iter().map(|name| InRegion { region: region.into(), name: T::from(name) }).collect()
        };
        of("us-east-1", home).into_iter().chain(of("eu-west-1", partner)).collect()
    })
}

prop_compose! {
    fn deployments()(
        name in "[A-Za-z0-9][A-Za-z0-9._-]{0,20}",
        blueprint in proptest::option::of(proptest::sample::select(Blueprint::ALL.to_vec())),
        account in proptest::option::of("[0-9]{12}"),
        rpo in proptest::option::of(0u64..100_000),
        rto in proptest::option::of(1u64..100_000_000),
        rpo_by_store in proptest::collection::btree_map(proptest::sample::select(StoreKind::ALL.to_vec()), 0u64..100_000, 0..3),
        cluster in name(),
        tables in proptest::collection::btree_set(name(), 0..3),
        buckets in proptest::collection::btree_set((name(), name(), any::<bool>()), 0..3),
        checks in proptest::collection::btree_map(name(), proptest::option::of(any::<bool>()), 0..3),
        zone in "Z[A-Z0-9]{8,20}",
        alarms in proptest::collection::btree_set("[ -~&&[^\\\\]]{1,20}", 0..3),
        balancer in name(),
        functions in in_region(),
        stacks in in_region(),
        vaults in in_region(),
        groups in in_region(),
        stage in name(),
        secure in any::<bool>(),
    ) -> Deployment {
        let (home, partner) = ("us-east-1", "eu-west-1");
        let mut deployment = Deployment::bare(name, home, partner);
        let account = account.unwrap_or_else(|| "123456789012".to_owned());
        deployment.blueprint = blueprint;
        deployment.account = Some(account.clone().into());
        deployment.objectives = Objectives {
            rpo: rpo.map(Duration::from_millis),
            rpo_by_store: rpo_by_store.into_iter().map(|(kind, rpo)| (kind, Duration::from_millis(rpo))).collect(),
            rto: rto.map(Duration::from_millis),
            expected_promotion: rto.map(Duration::from_millis),
        };
        deployment.public_name = Some(format!("{cluster}.acme.org").into());
        deployment.global_cluster = Some(cluster.into());
        deployment.tables = tables.into_iter().map(Into::into).collect();
        deployment.buckets = buckets
            .into_iter()
            .filter(|(source, destination, _)| source != destination)
            .map(|(source, destination, there)| {
                let (from, to) = if there { (home, partner) } else { (partner, home) };
                BucketPair {
                    source: InRegion::new(from, source.as_str()),
                    destination: InRegion::new(to, destination.as_str()),
                }
            })
            .collect();
        deployment.health_checks = checks
            .into_iter()
            .map(|(id, watches)| HealthCheckTarget {
                id: id.into(),
                watches: watches.map(|watches| if watches { home.into() } else { partner.into() }),
            })
            .collect();
        deployment.records = vec![RecordTarget { zone: zone.into(), name: "api.acme.org".into() }];
        let mut alarms: Vec<String> = alarms.into_iter().collect();
        alarms.retain(|alarm| !alarm.trim().is_empty());
        deployment.alarms = AlarmSelection { prefixes: Vec::new(), names: alarms };
        let arn = |kind: &str| format!("arn:aws:elasticloadbalancing:{home}:{account}:{kind}/{balancer}/0a1b");
        deployment.load_balancers = vec![LoadBalancerTarget {
            region: home.into(),
            kind: LoadBalancerKind::Network,
            arn: arn("loadbalancer/net").into(),
            target_group: secure.then(|| arn("targetgroup").into()),
        }];
        deployment.apis = vec![
            ApiTarget::Rest { region: home.into(), api_name: "pay ments".to_owned(), stage },
            ApiTarget::Http { region: partner.into(), api_id: "a1b2".to_owned() },
        ];
        deployment.functions = functions;
        deployment.accelerators = vec![format!("arn:aws:globalaccelerator::{account}:accelerator/x-1").into()];
        deployment.parameter_paths = vec!["/app/dev/".into()];
        deployment.compare_secure_parameters = secure;
        deployment.stacks = stacks;
        deployment.vaults = vaults;
        deployment.scaling_groups = groups;
        deployment.quotas =
            vec![QuotaTarget { service_code: "lambda".to_owned(), quota_code: "L-B99A9384".to_owned() }];
        deployment.probes = vec![
            ProbeTarget { region: None, url: "https://acme.org/health?a=\"b\"".to_owned() },
            ProbeTarget { region: Some(partner.into()), url: "http://127.0.0.1:8080/".to_owned() },
        ];
        deployment
    }
}

prop_compose! {
    /// What only acting needs, put into a deployment.
    fn acted_upon()(
        mut deployment in deployments(),
        stores in proptest::collection::btree_set(proptest::sample::select(StoreKind::ALL.to_vec()), 0..4),
        interval in 100u64..100_000,
        value in "[ -~&&[^\\\\]]{1,20}",
        levers in proptest::collection::vec((any::<bool>(), any::<bool>(), name(), 1i32..1000, -1000i32..1), 0..3),
        topics in proptest::collection::btree_set(name(), 0..3),
        delay in proptest::option::of(0u64..1_000_000),
        rules in proptest::collection::vec((any::<bool>(), 0u8..60, 1u64..100_000), 0..3),
        flag in any::<bool>(),
    ) -> Deployment {
        let account = deployment.account.clone().unwrap();
        deployment.canary = flag.then(|| CanaryTarget {
            write_url: "https://acme.org/canary".to_owned(),
            read_urls: stores.iter().map(|kind| (*kind, format!("https://acme.org/{kind:?}?n={{nonce}}"))).collect(),
            interval: Duration::from_millis(interval),
        });
        deployment.active_parameter = Some(value).filter(|value| !value.trim().is_empty() && value != "p").map(|home| {
            ActiveParameter { name: "/a/active".into(), home, partner: "p".to_owned(), moves_traffic: flag }
        });
        deployment.takeovers = levers
            .into_iter()
            .enumerate()
            .map(|(number, (home, marker, name, on, off))| {
                let region = if home { deployment.regions.home.clone() } else { deployment.regions.partner.clone() };
                let metric = CustomMetric {
                    region: region.clone(),
                    namespace: name.clone(),
                    name: name.clone(),
                    dimensions: if flag { vec![("Of".to_owned(), name.clone())] } else { Vec::new() },
                };
                let lever = if marker {
                    TakeoverLever::Marker { bucket: name.into(), key: "a/b".to_owned() }
                } else {
                    TakeoverLever::Metric { metric, on, off }
                };
                Takeover { region, check: format!("check-{number}").into(), lever }
            })
            .collect();
        deployment.topics =
            topics.into_iter().map(|name| format!("arn:aws:sns:us-east-1:{account}:{name}").into()).collect();
        deployment.replication_role = flag.then(|| format!("arn:aws:iam::{account}:role/r").into());
        let zone = if flag { "Europe/Amsterdam" } else { "UTC" }.to_owned();
        deployment.policy = Policy {
            two_person: flag,
            minimum_delay: delay.map(Duration::from_secs),
            freeze_windows: rules
                .iter()
                .map(|(_, minute, lasts)| FreezeWindow {
                    reason: "closing".to_owned(),
                    cron: format!("{minute} 3 * * *"),
                    time_zone: zone.clone(),
                    lasts: Duration::from_secs(*lasts),
                })
                .collect(),
            schedules: rules
                .iter()
                .enumerate()
                .map(|(number, (drill, minute, _))| Schedule {
                    runbook: format!("runbook-{number}").as_str().into(),
                    drill: *drill,
                    cron: format!("{minute} 3 * * *"),
                    time_zone: zone.clone(),
                })
                .collect(),
        };
        deployment
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_it_was(deployment in acted_upon(), resolvers in any::<bool>(), form in 0..4u8) {
        let access = Access {
            read_only: form == 3,
            profile: Some("prod profile".to_owned()),
            role_arn: Some("arn:aws:iam::123456789012:role/read".into()),
            endpoint_urls: BTreeMap::from([("us-east-1".into(), "http://127.0.0.1:4566".to_owned())]),
            resolvers: if resolvers { vec![SocketAddr::from(([1, 1, 1, 1], 53))] } else { Vec::new() },
        };
        let discover = match form {
            0 => None,
            1 => Some(Discover::Tag { key: "a".to_owned(), value: "b".to_owned() }),
            2 => Some(Discover::Outputs(PathBuf::from("x/flat-outputs.json"))),
            _ => Some(Discover::Stacks(vec![InRegion::new("eu-west-1", "s")])),
        };
        let text = format!("version = 1\n{}", writer::text(&deployment, &access, discover.as_ref()));
        let config = parsed(&text);
        let entry = config.deployments.first().unwrap();
        prop_assert_eq!(&entry.deployment, &deployment, "{}", text);
        prop_assert_eq!(&entry.access, &access);
        prop_assert_eq!(&entry.discover, &discover);
    }

    #[test]
    fn no_text_makes_the_reader_fail_otherwise_than_by_saying_so(text in "\\PC{0,200}") {
        let (_, diagnostics) = file::parse(&text);
        diagnostics.render("test.toml", &text);
    }
}

#[test]
fn a_broken_value_does_not_hide_the_mistakes_of_other_lines() {
    for broken in ["account = ", "account = '1", "= 3"] {
        let text = format!(
            "version = 1\n[deployments.a]\n{broken}\nhome = \"us-east-1\"\npartner = \"us-east-2\"\nregoin = \"x\"\n"
        );
        let (_, diagnostics) = file::parse(&text);
        let shown = diagnostics.render("test.toml", &text);
        assert_eq!(shown.matches("error:").count(), 2, "{shown}");
        assert!(shown.contains("unknown key `regoin`"), "{shown}");
    }
}
