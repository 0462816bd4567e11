//! The SDK's own credential chain, with every wait and retry said aloud.

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use lifeboat_model::id::Region;

use super::CredentialSource;
use super::login::{self, Login};
use super::process;
use crate::settings::AwsSettings;

/// Environment, profiles (static, SSO, process, roles), web identity, containers, EC2; then, where one is named, a role.
#[derive(Debug)]
pub(crate) struct SdkChain {
    pub(crate) settings: AwsSettings,
    pub(crate) http: SharedHttpClient,
}

/// What a session of ours is called in CloudTrail where nobody tells who begins it. It names nobody.
const NAMELESS: &str = "lifeboat";
/// The longest name of a session that STS takes.
const LONGEST_NAME: usize = 64;

impl SdkChain {
    fn conditions(&self, region: &Region) -> ProviderConfig {
        ProviderConfig::without_region()
            .with_region(Some(aws_config::Region::new(region.as_str().to_owned())))
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(self.http.clone())
            .with_retry_config(retries(&self.settings))
            .with_timeout_config(timeouts(&self.settings))
    }

    async fn base(&self, region: &Region) -> SharedCredentialsProvider {
        let conditions = self.conditions(region);
        let files = process::profile_files(self.settings.timeouts.to_find_credentials()).await;
        let profiles = ProfileFileCredentialsProvider::builder().configure(&conditions).profile_files(files);
        match &self.settings.profile {
            // As with `aws --profile`: a profile named on purpose beats keys in the environment.
            Some(named) => SharedCredentialsProvider::new(profiles.profile_name(named).build()),
            None => SharedCredentialsProvider::new(self.usual(&conditions, profiles.build())),
        }
    }

    /// In the order of the SDK's own default, which takes no profiles but those it reads itself.
    fn usual(&self, conditions: &ProviderConfig, profiles: ProfileFileCredentialsProvider) -> CredentialsProviderChain {
        // Away from EC2 its metadata service never answers: one short attempt, so that "no credentials" is said soon.
        let limit = self.settings.timeouts.connect.min(std::time::Duration::from_secs(1));
        let metadata = aws_config::imds::Client::builder()
            .configure(conditions)
            .max_attempts(1)
            .connect_timeout(limit)
            .read_timeout(limit)
            .build();
        let web_identity = WebIdentityTokenCredentialsProvider::builder().configure(conditions);
        let container = EcsCredentialsProvider::builder().configure(conditions);
        let instance = ImdsCredentialsProvider::builder().configure(conditions).imds_client(metadata);
        CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
            .or_else("Profile", profiles)
            .or_else("WebIdentityToken", web_identity.build())
            .or_else("EcsContainer", container.build())
            .or_else("Ec2InstanceMetadata", instance.build())
    }

    async fn assumed(&self, role: &str, base: SharedCredentialsProvider, region: &Region) -> SharedCredentialsProvider {
        // By the loader, so that `AWS_ENDPOINT_URL` and its kin hold for STS as well.
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(aws_config::Region::new(region.as_str().to_owned()))
            .http_client(self.http.clone())
            .retry_config(retries(&self.settings))
            .timeout_config(timeouts(&self.settings))
            .credentials_provider(base.clone());
        if let Some(url) = self.settings.endpoint_urls.get(region) {
            loader = loader.endpoint_url(url);
        }
        let config = loader.load().await;
        let provider = AssumeRoleProvider::builder(role)
            .session_name(session_name(&config).await)
            .region(aws_config::Region::new(region.as_str().to_owned()))
            .configure(&config)
            .build_from_provider(base)
            .await;
        SharedCredentialsProvider::new(provider)
    }
}

/// A session of a role is named after whoever assumes it, as STS knows them: that is what tells two people apart.
async fn session_name(config: &aws_config::SdkConfig) -> String {
    let caller = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let name = caller.ok().and_then(|caller| caller.arn().and_then(named_after));
    name.unwrap_or_else(|| NAMELESS.to_owned())
}

/// The last part of an ARN, in letters that a session's name may have.
fn named_after(arn: &str) -> Option<String> {
    let may_stand = |letter: &char| letter.is_ascii_alphanumeric() || "_=,.@-".contains(*letter);
    let last = arn.rsplit(['/', ':']).next()?;
    let name: String = last.chars().filter(may_stand).take(LONGEST_NAME).collect();
    (name.len() >= 2).then_some(name)
}

#[async_trait]
impl CredentialSource for SdkChain {
    async fn provider(&self, region: &Region) -> SharedCredentialsProvider {
        let base = self.base(region).await;
        match &self.settings.role_arn {
            Some(role) => self.assumed(role.as_str(), base, region).await,
            None => base,
        }
    }

    async fn fix(&self, refused: Option<&Credentials>) -> String {
        let login = match refused.and_then(login::of_credentials) {
            Some(login) => login,
            None => login::of_profile(self.settings.profile.as_deref()).await,
        };
        Login::command(&login)
    }
}

pub(crate) fn retries(settings: &AwsSettings) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(settings.max_attempts.max(1))
}

pub(crate) fn timeouts(settings: &AwsSettings) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(settings.timeouts.connect)
        .operation_attempt_timeout(settings.timeouts.attempt)
        .operation_timeout(settings.timeouts.operation)
        .build()
}

#[cfg(test)]
mod tests {
    use super::named_after;

    #[test]
    fn a_session_is_named_after_whoever_begins_it() {
        let named = |arn| named_after(arn).unwrap_or_default();
        assert_eq!(named("arn:aws:iam::123456789012:user/ops/ann@example.com"), "ann@example.com");
        assert_eq!(named("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Ops/bea"), "bea");
        assert_eq!(named("arn:aws:iam::123456789012:root"), "root");
        assert_eq!(named(&format!("arn:aws:iam::123456789012:user/{}", "a".repeat(80))).len(), 64);
        assert_eq!(named_after("arn:aws:iam::123456789012:user/x"), None);
    }
}
