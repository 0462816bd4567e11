//! A deployment made from somebody's own blueprint and taken away again, by the program itself on an emulator; and the
//! secret that was made for it, which is in Parameter Store and in nothing that the program keeps or says.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::it::harness::{Account, ministack};
use crate::it::program::{Ran, program};

const MANIFEST: &str = r#"
format = 1
name = "letters"
title = "Letters"
purpose = "A topic in each region."
protected = false

[regions.home]
parameter = "PrimaryRegion"
default = "us-east-1"
[regions.partner]
parameter = "SecondaryRegion"
default = "us-west-2"

[tags]
Environment = "{EnvironmentSuffix}"

[parameters.EnvironmentSuffix]
type = "string"
default = "dev"
pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"
max_length = 15
about = "Ends every name."
fix = "one to fifteen lower-case letters, digits and single hyphens"

[[check]]
kind = "regions-differ"

[[stack]]
id = "here"
name = "letters-{EnvironmentSuffix}-here"
template = "topic.yaml"
region = "home"
capabilities = []

[[stack]]
id = "there"
name = "letters-{EnvironmentSuffix}-there"
template = "topic.yaml"
region = "partner"
capabilities = []
[stack.inputs]
Other = "{here.TopicArn}"

[[step]]
id = "key"
kind = "secure-parameter"
when = "create"
regions = ["home", "partner"]
name = "/letters/{EnvironmentSuffix}/key"
length = 40
why = "CloudFormation cannot make a SecureString"

[[step]]
id = "key-away"
kind = "delete-parameter"
when = "delete"
regions = ["home", "partner"]
name = "/letters/{EnvironmentSuffix}/key"

[outputs]
files = ["flat-outputs.json"]
[outputs.keys]
topic = "{here.TopicArn}"
other = "{there.TopicArn}"

[deployment]
parameters = { paths = ["/letters/{EnvironmentSuffix}/"] }
"#;

const TOPIC: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  EnvironmentSuffix: {Type: String, Default: dev, AllowedPattern: '^[a-z0-9]+(-[a-z0-9]+)*$', MaxLength: 15}
  Other: {Type: String, Default: nobody}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties: {TopicName: !Sub 'letters-${EnvironmentSuffix}', DisplayName: !Ref Other}
Outputs:
  TopicArn: {Value: !Ref Topic}
";

struct Made {
    account: Account,
    folder: TempDir,
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let blueprint = folder.path().join("letters");
        fs::create_dir(&blueprint).expect("the temporary folder can be written");
        for (file, text) in [("manifest.toml", MANIFEST), ("topic.yaml", TOPIC)] {
            fs::write(blueprint.join(file), text).expect("the temporary folder can be written");
        }
        Self { account: ministack().account(), folder }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let talkative = [&["--log-level", "trace"], arguments].concat();
        program(&talkative, &self.account.variables(), self.folder.path())
    }

    fn secret(&self, region: &str) -> Option<String> {
        let words = ["ssm", "get-parameter", "--name", "/letters/dev/key", "--with-decryption", "--region", region];
        let output = self
            .account
            .aws(&[&words[..], &["--output", "json"]].concat().iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        let found: Value = serde_json::from_slice(&output.stdout).ok()?;
        found["Parameter"]["Value"].as_str().map(str::to_owned)
    }

    fn stacks(&self, region: &str) -> Vec<String> {
        let words = ["cloudformation", "describe-stacks", "--region", region, "--output", "json"];
        let output = self.account.aws(&words.map(str::to_owned));
        let found: Value = serde_json::from_slice(&output.stdout).expect("the AWS CLI prints JSON");
        let stacks = found["Stacks"].as_array().expect("a list").iter();
        stacks.map(|stack| format!("{} {}", stack["StackName"], stack["StackStatus"]).replace('"', "")).collect()
    }
}

/// Every file beneath a folder in which these bytes stand.
fn files_with(folder: &Path, secret: &str, looked_into: &mut usize) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(files_with(&path, secret, looked_into));
        } else {
            *looked_into += 1;
            let bytes = fs::read(&path).unwrap_or_default();
            if bytes.windows(secret.len()).any(|window| window == secret.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn a_deployment_is_made_and_taken_away_and_its_secret_is_told_to_nobody() {
    let made = Made::new();
    let up = made.run(&["up", "letters", "--aws", "--operate", "--json", "--confirm", "provision letters us-east-1"]);
    assert_eq!(up.code, Some(0), "{up:?}");
    assert_eq!(made.stacks("us-east-1"), ["letters-dev-here CREATE_COMPLETE"]);
    assert_eq!(made.stacks("us-west-2"), ["letters-dev-there CREATE_COMPLETE"]);
    let secret = made.secret("us-east-1").expect("it was made");
    assert_eq!((secret.len(), made.secret("us-west-2")), (40, Some(secret.clone())), "the same in both regions");

    let journal = made.run(&["journal", "export"]);
    assert!(journal.stdout.contains("ensure-secure-parameter"), "the journal holds the call: {journal:?}");
    for ran in [&up, &journal] {
        assert!(!ran.stdout.contains(&secret) && !ran.stderr.contains(&secret), "it was said");
    }
    let mut looked_into = 0;
    assert_eq!(files_with(made.folder.path(), &secret, &mut looked_into), Vec::<String>::new());
    assert!(looked_into > 4, "the journal, the log and what is kept were looked into");

    let down = made.run(&["down", "letters", "--operate", "--json", "--confirm", "teardown letters us-east-1"]);
    assert_eq!(down.code, Some(0), "{down:?}");
    assert_eq!((made.secret("us-east-1"), made.secret("us-west-2")), (None, None));
    assert_eq!([made.stacks("us-east-1"), made.stacks("us-west-2")].concat(), Vec::<String>::new());
}
