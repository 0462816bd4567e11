//! Typed names for everything that has one. A bare `String` is never an identifier elsewhere.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )+};
}

ids! {
    /// An AWS region code, such as `us-east-1`.
    Region,
    /// A twelve-digit AWS account number.
    AccountId,
    /// The name under which a deployment stands in the configuration.
    DeploymentName,
    /// A full Amazon resource name.
    Arn,
    /// An RDS global cluster identifier, such as `aurora-global-dev`.
    GlobalClusterId,
    /// An Aurora DB cluster identifier: unique in its region, not across regions.
    ClusterId,
    /// An Aurora DB instance identifier.
    InstanceId,
    TableName,
    BucketName,
    HealthCheckId,
    /// A Route 53 hosted zone id without the `/hostedzone/` prefix.
    ZoneId,
    /// A fully qualified DNS name, lower case, without the trailing dot.
    DnsName,
    AlarmName,
    FunctionName,
    /// A full Parameter Store name, such as `/app/dev/db-endpoint`.
    ParameterName,
    StackName,
    VaultName,
    /// An Auto Scaling group name.
    GroupName,
}

/// Global Accelerator is served from one region only, whatever the deployment's own.
pub const ACCELERATOR_REGION: &str = "us-west-2";
/// Route 53's API and its health-check metrics are served from one region only.
pub const ROUTE53_REGION: &str = "us-east-1";

impl Region {
    /// Where Route 53's control plane and the metrics of its health checks are.
    pub fn route53() -> Self {
        Self::new(ROUTE53_REGION)
    }

    /// Where Global Accelerator's control plane and metrics are.
    pub fn accelerator() -> Self {
        Self::new(ACCELERATOR_REGION)
    }

    /// Whether the text has the shape of a region code: letters, a direction, a number.
    pub fn is_well_formed(text: &str) -> bool {
        let parts: Vec<&str> = text.split('-').collect();
        let Some((last, words)) = parts.split_last() else { return false };
        (2..=4).contains(&words.len())
            && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
            && !last.is_empty()
            && last.len() <= 2
            && last.bytes().all(|b| b.is_ascii_digit())
    }
}

impl Arn {
    fn field(&self, index: usize) -> Option<&str> {
        self.0.splitn(6, ':').nth(index).filter(|text| !text.is_empty())
    }

    /// The region field; `None` for global resources such as IAM roles and buckets.
    pub fn region(&self) -> Option<Region> {
        self.field(3).map(Region::from)
    }

    pub fn account(&self) -> Option<AccountId> {
        self.field(4).map(AccountId::from)
    }

    /// Everything after the account: `cluster:aurora-primary-dev`, `targetgroup/app/0123`.
    pub fn resource(&self) -> Option<&str> {
        self.field(5)
    }

    /// The Aurora cluster identifier, when this is the ARN of a DB cluster.
    pub fn cluster_id(&self) -> Option<ClusterId> {
        self.resource().and_then(|resource| resource.strip_prefix("cluster:")).map(ClusterId::from)
    }
}

impl AccountId {
    pub fn is_well_formed(text: &str) -> bool {
        text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
    }
}

impl DnsName {
    /// Lower case and without the trailing dot, so that answers and configuration compare.
    pub fn normal(text: &str) -> Self {
        Self(text.trim_end_matches('.').to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_codes_are_recognised_by_shape() {
        for good in ["us-east-1", "eu-central-2", "ap-southeast-4", "us-gov-west-1", "me-central-1"] {
            assert!(Region::is_well_formed(good), "{good}");
        }
        for bad in ["", "us-east", "useast1", "us-east-1a", "US-EAST-1", "us--1", "-1", "us-east-123"] {
            assert!(!Region::is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn an_arn_gives_its_parts() {
        let arn = Arn::from("arn:aws:rds:us-east-2:123456789012:cluster:aurora-dr-dev");
        assert_eq!(arn.region(), Some(Region::from("us-east-2")));
        assert_eq!(arn.account(), Some(AccountId::from("123456789012")));
        assert_eq!(arn.cluster_id(), Some(ClusterId::from("aurora-dr-dev")));
        assert_eq!(Arn::from("arn:aws:s3:::a-bucket").region(), None);
        assert_eq!(Arn::from("nonsense").cluster_id(), None);
    }
}
