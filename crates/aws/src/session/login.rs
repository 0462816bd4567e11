//! Which command gives a person new credentials: told by the credentials themselves, or else by the profile.
//! It reads the AWS configuration files and asks nobody.

use aws_config::profile::{self, Profile, ProfileSet};
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

/// How the credentials in use were obtained, as far as renewing them goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    Sso {
        profile: String,
    },
    /// `aws login` sessions, which the SDK cannot read here but through a process.
    Console {
        profile: String,
    },
    Process {
        profile: String,
    },
    StaticKeys {
        profile: String,
    },
    Environment,
    Container,
    Instance,
    /// The profile named is in no file.
    NoSuchProfile {
        profile: String,
    },
    Nothing,
}

impl Login {
    /// A command first, wherever one exists; then why.
    pub(crate) fn command(&self) -> String {
        match self {
            Self::Sso { profile } => format!("aws sso login --profile {}", quoted(profile)),
            Self::Console { profile } => format!(
                "aws login --profile {0}, with `credential_process = aws configure export-credentials --profile {0}` \
                 in a profile that Lifeboat uses",
                quoted(profile)
            ),
            Self::Process { profile } => format!(
                "aws sts get-caller-identity --profile {}: runs the profile's `credential_process` where it can ask and \
                 say why it fails. Lifeboat gives it no terminal and seconds: it has to keep what it was given there",
                quoted(profile)
            ),
            Self::StaticKeys { profile } => {
                format!("aws configure --profile {}: the keys in the profile are refused", quoted(profile))
            }
            Self::Environment => "export fresh AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and \
                                  start Lifeboat again: a running program keeps its environment"
                .to_owned(),
            Self::Container => "curl -sS \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\": the container's credentials come \
                                from there, or from its task role"
                .to_owned(),
            Self::Instance => {
                "aws sts get-caller-identity: the instance's role gave credentials that AWS refuses".to_owned()
            }
            Self::NoSuchProfile { profile } => {
                format!("aws configure list-profiles: `{profile}` is not among the profiles")
            }
            Self::Nothing => {
                "aws configure sso: no credentials in the environment, a profile or the machine's role".to_owned()
            }
        }
    }
}

/// A profile's name as a shell takes it.
fn quoted(profile: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@' | '+' | ':' | '=');
    if !profile.is_empty() && profile.chars().all(plain) {
        profile.to_owned()
    } else {
        format!("'{}'", profile.replace('\'', r"'\''"))
    }
}

/// Where the credentials say themselves that no profile gave them.
pub(crate) fn of_credentials(credentials: &Credentials) -> Option<Login> {
    let features = credentials.get_property::<Vec<AwsCredentialFeature>>()?;
    let given_by = |feature: AwsCredentialFeature| features.contains(&feature);
    if given_by(AwsCredentialFeature::CredentialsProfile) {
        None
    } else if given_by(AwsCredentialFeature::CredentialsEnvVars) {
        Some(Login::Environment)
    } else if given_by(AwsCredentialFeature::CredentialsHttp) {
        Some(Login::Container)
    } else if given_by(AwsCredentialFeature::CredentialsImds) {
        Some(Login::Instance)
    } else {
        None
    }
}

/// By the profile that is named, or that the environment selects.
pub(crate) async fn of_profile(named: Option<&str>) -> Login {
    let selected = named.map(|name| name.to_owned().into());
    match profile::load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), selected).await {
        Ok(profiles) => of_profiles(&profiles),
        Err(_) => Login::Nothing,
    }
}

fn of_profiles(profiles: &ProfileSet) -> Login {
    let selected = profiles.selected_profile();
    let mut name = selected;
    // A role is renewed where its source is; a circle of sources ends where it began to repeat.
    for _ in 0..=profiles.profiles().count() {
        let Some(profile) = profiles.get_profile(name) else {
            return if name == "default" { Login::Nothing } else { Login::NoSuchProfile { profile: name.to_owned() } };
        };
        match profile.get("source_profile") {
            Some(source) if source != name && profile.get("role_arn").is_some() => name = source,
            _ => return of_one(profile),
        }
    }
    Login::Nothing
}

fn of_one(profile: &Profile) -> Login {
    let has = |key: &str| profile.get(key).is_some();
    let name = || profile.name().to_owned();
    if has("sso_session") || has("sso_start_url") {
        Login::Sso { profile: name() }
    } else if has("login_session") {
        Login::Console { profile: name() }
    } else if has("credential_process") {
        Login::Process { profile: name() }
    } else if has("aws_access_key_id") {
        Login::StaticKeys { profile: name() }
    } else {
        match profile.get("credential_source") {
            Some("Environment") => Login::Environment,
            Some("EcsContainer") => Login::Container,
            Some("Ec2InstanceMetadata") => Login::Instance,
            _ => Login::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn login(config: &str, profile: &str) -> Login {
        let fs = Fs::from_slice(&[("/home/sre/.aws/config", config)]);
        let env = Env::from_slice(&[("HOME", "/home/sre")]);
        let files = EnvConfigFiles::default();
        let profiles = profile::load(&fs, &env, &files, Some(profile.to_owned().into())).await.expect("it parses");
        of_profiles(&profiles)
    }

    #[tokio::test]
    async fn the_command_fits_the_profile() {
        let config = "
[profile sso]
sso_session = corp
sso_account_id = 123456789012
[profile old-sso]
sso_start_url = https://corp.awsapps.com/start
[profile role]
role_arn = arn:aws:iam::123456789012:role/dr
source_profile = sso
[profile ring]
role_arn = arn:aws:iam::123456789012:role/dr
source_profile = gnir
[profile gnir]
role_arn = arn:aws:iam::123456789012:role/dr
source_profile = ring
[profile process]
credential_process = /opt/vault print
[profile keys]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = example
[profile box]
role_arn = arn:aws:iam::123456789012:role/dr
credential_source = Ec2InstanceMetadata
";
        let named = |profile: &str| profile.to_owned();
        for (profile, expected) in [
            ("sso", Login::Sso { profile: named("sso") }),
            ("old-sso", Login::Sso { profile: named("old-sso") }),
            ("role", Login::Sso { profile: named("sso") }),
            ("ring", Login::Nothing),
            ("process", Login::Process { profile: named("process") }),
            ("keys", Login::StaticKeys { profile: named("keys") }),
            ("box", Login::Instance),
            ("absent", Login::NoSuchProfile { profile: named("absent") }),
            ("default", Login::Nothing),
        ] {
            assert_eq!(login(config, profile).await, expected, "{profile}");
        }
    }

    #[test]
    fn a_profile_with_a_space_is_quoted() {
        let command = Login::Sso { profile: "my team's".to_owned() }.command();
        assert_eq!(command, r"aws sso login --profile 'my team'\''s'");
        assert_eq!(Login::Sso { profile: "dr-prod".to_owned() }.command(), "aws sso login --profile dr-prod");
    }
}
