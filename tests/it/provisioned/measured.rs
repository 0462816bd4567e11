//! How long `lifeboat up` takes beside AWS's own command line deploying the same stacks one after the other, on the same
//! emulator. Numbers to be read, and nothing that is asserted: run it by name. The command line looks every half a minute
//! whether a stack is there, so all five take a quarter of an hour.

use std::time::{Duration, Instant};

use lifeboat_blueprint::{InputValue, StackSpec};

use super::{Yard, completed};

/// Says what a stack tells under a key.
const TOLD: &str = r#"told() {
  aws cloudformation describe-stacks --region "$1" --stack-name "$2" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$3'].OutputValue"
}
"#;

/// What somebody would type who has the templates, the command line and patience.
fn script(yard: &Yard) -> String {
    let deploys = yard.plan().stacks.iter().map(|spec| deploy(yard, spec)).collect::<Vec<_>>();
    format!("set -e\n{TOLD}{}", deploys.join(""))
}

fn deploy(yard: &Yard, spec: &StackSpec) -> String {
    let template = yard.blueprint().join(&spec.template);
    let mut line = format!(
        "aws cloudformation deploy --region {} --stack-name {} --template-file '{}'",
        spec.region,
        spec.name,
        template.display()
    );
    let inputs = spec.inputs.iter().filter_map(|input| Some(format!(" \"{}={}\"", input.key, typed(&input.value)?)));
    let inputs: String = inputs.collect();
    if !inputs.is_empty() {
        line.extend([" --parameter-overrides", &inputs]);
    }
    if !spec.capabilities.is_empty() {
        line.extend([" --capabilities ", &spec.capabilities.join(" ")]);
    }
    let tags: Vec<String> = spec.tags.iter().map(|(key, value)| format!("\"{key}={value}\"")).collect();
    format!("{line} --tags {}\n", tags.join(" "))
}

/// `None` where only Lifeboat's own steps would know, and the template has a default.
fn typed(value: &InputValue) -> Option<String> {
    match value {
        InputValue::Literal(text) => Some(text.clone()),
        InputValue::Output { stack: (region, name), key, .. } => Some(format!("$(told {region} {name} {key})")),
        InputValue::StepAnswer { .. } => None,
        InputValue::Text(parts) => parts.iter().map(typed).collect(),
    }
}

/// What AWS's command line takes for the stacks of the blueprint, in an order in which they can be made.
fn deployed(yard: &Yard) -> Duration {
    let script = script(yard);
    let begun = Instant::now();
    let ran = yard.own.script(&script, "");
    assert!(ran.status.success(), "{}\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    begun.elapsed()
}

#[test]
#[ignore = "a measurement, whose numbers go to docs/benchmarks.md"]
fn up_against_the_aws_command_line() {
    println!("| blueprint | stacks | `aws cloudformation deploy` in sequence | `lifeboat up` |\n|---|---|---|---|");
    for name in ["serverless", "payments-serverless", "payments-aurora", "global-accelerator", "ecommerce"] {
        let (by_hand, _) = Yard::of(name);
        let sequence = deployed(&by_hand);
        let (yard, _) = Yard::of(name);
        let begun = Instant::now();
        completed(name, &yard.up());
        let up = begun.elapsed();
        println!(
            "| `{name}` | {} | {:.1} s | {:.1} s |",
            yard.stacks().len(),
            sequence.as_secs_f64(),
            up.as_secs_f64()
        );
    }
}
