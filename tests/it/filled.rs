//! The deployment that `fill.py` builds in an emulator, as another client described it: as the model's own topology,
//! as a configuration file, and as the numbers that must be shown.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lifeboat_model::id::{AccountId, Arn, Region};
use lifeboat_model::topology::{
    AlarmSelection, BucketPair, Deployment, HealthCheckTarget, InRegion, LoadBalancerKind, LoadBalancerTarget,
    RecordTarget,
};
use serde_json::Value;

use crate::it::harness::Account;

/// The name of the deployment in configurations and assertions.
pub(crate) const NAME: &str = "payments";

#[derive(Clone, Debug)]
pub(crate) struct Filled {
    pub(crate) made: Value,
}

impl Filled {
    /// Fills the account's two regions. The suffix keeps apart what is global even between an emulator's accounts.
    pub(crate) fn fill(account: &Account) -> Self {
        Self::fill_as(account, &format!("t{}", &account.access_key_id[account.access_key_id.len() - 4..]))
    }

    /// Another deployment beside those that the account may have already.
    pub(crate) fn fill_as(account: &Account, suffix: &str) -> Self {
        Self { made: account.boto("fill.py", &["--suffix", suffix]) }
    }

    /// Records and health checks alone, for an emulator that has not much else.
    pub(crate) fn fill_names(account: &Account, suffix: &str) -> Self {
        Self { made: account.boto("fill.py", &["--names-only", "--suffix", suffix]) }
    }

    /// What was made under this name.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.made[name].as_str().unwrap_or_else(|| panic!("fill.py printed no `{name}`: {}", self.made))
    }

    /// What the series end with.
    pub(crate) fn number(&self, name: &str) -> f64 {
        self.made["values"][name].as_f64().unwrap_or_else(|| panic!("fill.py put no `{name}`: {}", self.made))
    }

    pub(crate) fn home(&self) -> Region {
        Region::from(self.text("home"))
    }

    pub(crate) fn partner(&self) -> Region {
        Region::from(self.text("partner"))
    }

    fn in_each<T: From<String>>(&self, part: &str) -> Vec<InRegion<T>> {
        ["home", "partner"]
            .map(|side| InRegion {
                region: Region::from(self.text(side)),
                name: T::from(self.text(&format!("{side}_{part}")).to_owned()),
            })
            .into()
    }

    pub(crate) fn deployment(&self) -> Deployment {
        let buckets = self.in_each("bucket");
        let [home_bucket, partner_bucket] = [buckets[0].clone(), buckets[1].clone()];
        let mut deployment = Deployment::bare(NAME, self.home(), self.partner());
        deployment.account = Some(AccountId::from(self.text("account")));
        deployment.objectives.rpo = Some(Duration::from_mins(1));
        deployment.objectives.rto = Some(Duration::from_mins(5));
        deployment.objectives.expected_promotion = Some(Duration::from_secs(90));
        deployment.public_name = Some(self.text("record").into());
        deployment.global_cluster = Some(self.text("global_cluster").into());
        deployment.tables = vec![self.text("table").into()];
        deployment.buckets = vec![
            BucketPair { source: home_bucket.clone(), destination: partner_bucket.clone() },
            BucketPair { source: partner_bucket, destination: home_bucket },
        ];
        deployment.health_checks = ["home", "partner"]
            .map(|side| HealthCheckTarget {
                id: self.text(&format!("{side}_check")).into(),
                watches: Some(Region::from(self.text(side))),
            })
            .into();
        deployment.records = vec![RecordTarget { zone: self.text("zone").into(), name: self.text("record").into() }];
        deployment.alarms = AlarmSelection { prefixes: Vec::new(), names: self.alarm_names() };
        deployment.load_balancers = ["home", "partner"]
            .map(|side| LoadBalancerTarget {
                region: Region::from(self.text(side)),
                kind: LoadBalancerKind::Application,
                arn: Arn::from(self.text(&format!("{side}_balancer"))),
                target_group: Some(Arn::from(self.text(&format!("{side}_target_group")))),
            })
            .into();
        deployment.functions = self.in_each("function");
        deployment.parameter_paths = vec![self.text("parameter_path").into()];
        deployment.compare_secure_parameters = true;
        deployment.stacks = self.in_each("stack");
        deployment.vaults = self.in_each("vault");
        deployment.scaling_groups = self.in_each("group");
        deployment.topics = ["home_topic", "partner_topic"].map(|topic| Arn::from(self.text(topic))).into();
        deployment.replication_role = Some(Arn::from(self.text("role")));
        deployment
    }

    fn alarm_names(&self) -> Vec<String> {
        let alarms = self.made["alarms"].as_array().expect("fill.py lists its alarms");
        alarms.iter().map(|alarm| alarm["name"].as_str().expect("an alarm has a name").to_owned()).collect()
    }

    /// The same deployment as a configuration file of the program. `resolver` keeps its DNS questions on the machine.
    pub(crate) fn configuration(&self, folder: &Path, resolver: SocketAddr, endpoints: &[(&str, String)]) -> PathBuf {
        let quoted = |names: &[String]| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let each = |part: &str| {
            format!(
                "{{ {} = [{:?}], {} = [{:?}] }}",
                self.text("home"),
                self.text(&format!("home_{part}")),
                self.text("partner"),
                self.text(&format!("partner_{part}"))
            )
        };
        let t = |name: &str| self.text(name);
        let mut text = format!(
            r#"version = 1

[deployments.{NAME}]
home = "{home}"
partner = "{partner}"
account = "{account}"
objectives = {{ rpo = "60s", rto = "5m", expected_promotion = "90s" }}
public_name = "{record}"
aurora = {{ global_cluster = "{global_cluster}" }}
dynamodb = {{ tables = ["{table}"] }}
s3 = [
  {{ source = "{home_bucket}", destination = "{partner_bucket}" }},
  {{ source = "{partner_bucket}", destination = "{home_bucket}", source_region = "{partner}" }},
]
health_checks = [
  {{ id = "{home_check}", watches = "{home}" }},
  {{ id = "{partner_check}", watches = "{partner}" }},
]
records = [{{ zone = "{zone}", name = "{record}" }}]
resolvers = ["{resolver}"]
alarms = {{ names = [{alarms}] }}
load_balancers = [
  {{ arn = "{home_balancer}", target_group = "{home_target_group}" }},
  {{ arn = "{partner_balancer}", target_group = "{partner_target_group}" }},
]
functions = {functions}
parameters = {{ paths = ["{path}"], compare_secure = true }}
stacks = {stacks}
vaults = {vaults}
scaling_groups = {groups}
"#,
            home = t("home"),
            partner = t("partner"),
            account = t("account"),
            record = t("record"),
            global_cluster = t("global_cluster"),
            table = t("table"),
            home_bucket = t("home_bucket"),
            partner_bucket = t("partner_bucket"),
            home_check = t("home_check"),
            partner_check = t("partner_check"),
            zone = t("zone"),
            alarms = quoted(&self.alarm_names()),
            home_balancer = t("home_balancer"),
            home_target_group = t("home_target_group"),
            partner_balancer = t("partner_balancer"),
            partner_target_group = t("partner_target_group"),
            functions = each("function"),
            path = t("parameter_path"),
            stacks = each("stack"),
            vaults = each("vault"),
            groups = each("group"),
        );
        if !endpoints.is_empty() {
            let urls: Vec<_> = endpoints.iter().map(|(region, url)| format!("{region} = {url:?}")).collect();
            writeln!(text, "endpoint_urls = {{ {} }}", urls.join(", ")).expect("a String takes every text");
        }
        let file = folder.join("lifeboat.toml");
        std::fs::write(&file, text).expect("the test's folder can be written");
        file
    }
}
