//! A profile's `credential_process` where nobody can answer it. The keys and the screen are the console's, and the
//! SDK would let the process read the one and write on the other, and leave it running once nobody waits for it.

use std::time::Duration;

use aws_config::profile::{self, ProfileSet};
use aws_runtime::env_config::file::{Builder, EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

const KEY: &str = "credential_process";

/// The profiles as the SDK would read them now, except that each process is kept from the terminal and is ended
/// before `limit`, so that there is time to say so.
pub(super) async fn profile_files(limit: Duration) -> EnvConfigFiles {
    let usual = || EnvConfigFiles::builder().include_default_config_file(true).include_default_credentials_file(true);
    unattended(usual, limit * 9 / 10).await
}

/// What is read last wins, so a second word on each process is all that has to be added.
async fn unattended(usual: impl Fn() -> Builder, limit: Duration) -> EnvConfigFiles {
    match profile::load(&Fs::real(), &Env::real(), &usual().build(), None).await {
        Ok(profiles) => usual().with_contents(EnvConfigFileKind::Credentials, overlay(&profiles, limit)).build(),
        // The SDK fails on them as well, and says why.
        Err(_) => usual().build(),
    }
}

fn overlay(profiles: &ProfileSet, limit: Duration) -> String {
    let section = |name: &str| {
        let command = profiles.get_profile(name)?.get(KEY)?;
        // A value goes on in lines that begin with a space.
        Some(format!("[{name}]\n{KEY} = {}\n", guarded(command, limit).replace('\n', "\n ")))
    };
    profiles.profiles().filter_map(section).collect()
}

/// The command as `sh -c` takes it: with nothing to read, in a session that has no terminal, and with an end.
///
/// Where there is neither `setsid` nor `perl`, the terminal can still be opened by its name. `GPG_TTY` is that name
/// for the window in which a passphrase is asked for.
fn guarded(command: &str, limit: Duration) -> String {
    format!(
        "exec </dev/null; unset GPG_TTY; set -- sh -c {} sh {}; \
         command -v setsid >/dev/null && exec setsid \"$@\"; \
         command -v perl >/dev/null && exec perl -MPOSIX=setsid -e \"setsid; exec @ARGV\" \"$@\"; \
         exec \"$@\"",
        quoted(&watched(limit)),
        quoted(command),
    )
}

/// Runs `$1` and ends it, with all that it has started, once the time is over. It has to be POSIX: macOS has no
/// `timeout`. The watch may not hold the pipes that the SDK reads to their end, nor die of it when nobody reads them
/// any more: that is when it is needed most.
fn watched(limit: Duration) -> String {
    let seconds = limit.as_secs_f32().max(0.1);
    format!(
        "sh -c \"$1\" & child=$!; \
         (sleep {seconds:.1} >/dev/null 2>&1 & nap=$!; trap \"kill $nap; exit\" TERM; wait $nap || exit; \
         trap \"\" TERM PIPE; echo \"it gave nothing within {seconds:.1} s and was ended\" >&2; exec >/dev/null 2>&1; \
         kill -s TERM -- -$$ || kill -s TERM $child; sleep 1; kill -s KILL -- -$$ || kill -s KILL $child) & watch=$!; \
         wait $child; code=$?; kill $watch 2>/dev/null; exit $code"
    )
}

/// One word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use aws_config::profile::ProfileFileCredentialsProvider;
    use aws_config::provider_config::ProviderConfig;
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::ProvideCredentials;
    use aws_smithy_http_client::test_util::NeverClient;

    use super::*;
    use crate::error::chain;

    /// Far more than any of these processes takes, for those that may not be ended.
    const AMPLE: Duration = Duration::from_mins(10);

    async fn files(config: &str, limit: Duration) -> EnvConfigFiles {
        unattended(|| EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config), limit).await
    }

    /// As the SDK runs it, in a shell.
    async fn asked(config: &str, limit: Duration) -> Result<Credentials, String> {
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(&ProviderConfig::without_region().with_http_client(NeverClient::new()))
            .profile_files(files(config, limit).await)
            .profile_name("vault");
        provider.build().provide_credentials().await.map_err(|error| chain(&error))
    }

    #[tokio::test]
    async fn a_process_that_answers_gives_credentials_whatever_its_command_is_made_of() {
        for command in [
            // Quotes of both kinds, a variable, a pipe, a comment.
            r#"key=AKIA"'VAULT'"; printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "it'\''s"}' "$key" | cat # asks nobody"#,
            // More lines than one; that they begin with a space is the file's way of saying so.
            "printf '{\"Version\": 1,\n  # \"AccessKeyId\": \"%s\", \"SecretAccessKey\": \"it'\\''s\"}' AKIA\"'VAULT'\" | tr -d '#\\n'",
        ] {
            let config = format!("[profile vault]\nregion = us-east-1\ncredential_process = {command}\n[default]\n");
            let credentials = asked(&config, AMPLE).await.expect(command);
            assert_eq!((credentials.access_key_id(), credentials.secret_access_key()), ("AKIA'VAULT'", "it's"));
        }
    }

    #[tokio::test]
    async fn only_what_processes_run_is_changed() {
        let config = "[default]\nsso_session = corp\n[sso-session corp]\nsso_region = eu-west-1\n\
                      [profile role]\nrole_arn = arn:aws:iam::123456789012:role/dr\nsource_profile = vault\n\
                      [profile vault]\ncredential_process = /opt/vault print\nregion = us-west-2\n";
        let loaded = profile::load(&Fs::real(), &Env::real(), &files(config, AMPLE).await, None).await.expect("parsed");
        let of = |profile: &str, key: &str| loaded.get_profile(profile).and_then(|profile| profile.get(key));
        assert_eq!(of("default", "sso_session"), Some("corp"));
        assert_eq!(loaded.sso_session("corp").and_then(|session| session.get("sso_region")), Some("eu-west-1"));
        assert_eq!(of("role", "source_profile"), Some("vault"));
        assert_eq!(of("role", KEY), None);
        assert_eq!(of("vault", "region"), Some("us-west-2"));
        assert_eq!(of("vault", KEY), Some(guarded("/opt/vault print", AMPLE).as_str()));
    }

    #[tokio::test]
    async fn what_a_process_says_of_its_failure_is_passed_on_and_its_command_is_not() {
        let command = "[profile vault]\ncredential_process = echo no card >&2; : --pin 1234; exit 7";
        let failure = asked(command, AMPLE).await.expect_err("it fails");
        assert!(failure.contains("exit status: 7") && failure.contains("no card"), "{failure}");
        assert!(!failure.contains("1234"), "{failure}");
    }

    #[tokio::test]
    async fn there_is_nothing_to_read() {
        let config = "[profile vault]\ncredential_process = read code || echo nobody answered >&2; exit 1";
        let failure = asked(config, AMPLE).await.expect_err("it fails");
        assert!(failure.contains("nobody answered"), "{failure}");
    }

    /// The pipes are at their end only when all who hold them have ended: the shell, what it waits for, and what it
    /// has left behind.
    #[tokio::test]
    async fn a_process_that_hangs_is_ended_with_all_that_it_started() {
        let config = "[profile vault]\ncredential_process = sleep 86400 & sleep 86400; echo late";
        let failure = asked(config, Duration::from_millis(200)).await.expect_err("it is ended");
        assert!(failure.contains("gave nothing within 0.2 s and was ended"), "{failure}");
        let deaf = "[profile vault]\ncredential_process = trap '' TERM; sleep 86400; echo late";
        let failure = asked(deaf, Duration::from_millis(200)).await.expect_err("it is ended");
        assert!(failure.contains("was ended"), "{failure}");
    }
}
