//! `lifeboat drift`: what is no longer as the templates have it, by CloudFormation's last look; with `--operate` it looks
//! again first. What runs change is told as a changed role, not as a fault.

use color_eyre::Result;
use lifeboat_engine::findings;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::stack::Stack;
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::time::Timestamp;
use lifeboat_model::wording::ago;
use serde_json::{Value, json};

use crate::building::{Building, Purpose, Wish};
use crate::cli::DriftArguments;
use crate::commands::Context;
use crate::commands::run::{build, overrides};
use crate::exit::Exit;
use crate::output::Emphasis;

pub(crate) mod differences;

use differences::{Difference, differences};

/// What is known of one stack.
struct Told<'a> {
    id: &'a str,
    stack: Option<&'a Stack>,
    name: String,
    region: String,
    differences: Vec<Difference<'a>>,
    /// Why nothing is known.
    silent: Option<String>,
}

pub(crate) async fn run(context: &mut Context<'_>, arguments: &DriftArguments) -> Result<Exit> {
    let overrides = overrides(&arguments.approval.overrides)?;
    let acts = context.globals.operate;
    let purpose = if acts { Purpose::of(&arguments.approval) } else { Purpose::Look };
    let building = Building::of_what_stands(context, arguments.name.as_deref(), Wish::Drift, purpose).await?;
    if acts {
        let exit = build(context, &building, &arguments.approval, overrides).await?;
        if exit != Exit::Done {
            return Ok(exit);
        }
    }
    let asked: Vec<PlannedRead> = building
        .specs()
        .flat_map(|spec| {
            let stacks = vec![spec.name.clone()];
            let looks = [Read::Stacks { stacks: stacks.clone() }, Read::StackDrifts { stacks }];
            looks.map(|read| findings::question(&spec.region, read))
        })
        .collect();
    let known = building.ask(&asked).await;
    let expected = &building.blueprint.manifest.expected_drift;
    let told: Vec<Told<'_>> = building
        .specs()
        .zip(asked.chunks(2))
        .map(|(spec, asked)| {
            let facts = |place: usize| asked.get(place).and_then(|asked| known.get(asked));
            let silent = asked.iter().find_map(|asked| known.get(asked)?.failure.as_ref());
            let stack = match facts(0).and_then(|reading| reading.value()) {
                Some(Facts::Stacks(stacks)) => stacks.iter().find(|stack| !stack.is_deleted()),
                _ => None,
            };
            let drifts = match facts(1).and_then(|reading| reading.value()) {
                Some(Facts::StackDrifts(drifts)) => drifts.as_slice(),
                _ => &[],
            };
            let resources = drifts.iter().filter(|drift| drift.stack == spec.name).flat_map(|drift| &drift.resources);
            Told {
                id: &spec.id,
                stack,
                name: spec.name.to_string(),
                region: spec.region.to_string(),
                differences: resources.flat_map(|resource| differences(&spec.id, resource, expected)).collect(),
                silent: silent.map(|failure| failure.error.to_string()),
            }
        })
        .collect();
    let now = building.case.now();
    if context.output.json {
        context.output.json(&as_json(&building, &told))?;
    } else {
        let text = text(&told, now, &|emphasis, text| context.output.paint(emphasis, text));
        context.output.data(&text)?;
    }
    let is_known = told.iter().all(|told| told.silent.is_none());
    let is_in_order = told.iter().flat_map(|told| &told.differences).all(|difference| difference.because.is_some());
    Ok(if is_known && is_in_order { Exit::Done } else { Exit::NotReady })
}

type Paint<'a> = &'a dyn Fn(Emphasis, &str) -> String;

fn text(told: &[Told<'_>], now: Timestamp, paint: Paint<'_>) -> String {
    let mut lines = Vec::new();
    for told in told {
        let checked = match (&told.silent, told.stack) {
            (Some(why), _) => paint(Emphasis::Warning, &format!("not known: {why}")),
            (None, None) => "not there".to_owned(),
            (None, Some(stack)) => match stack.drift_checked_at {
                Some(at) => format!("{}, looked at {} ago", stack.drift, ago(now, at)),
                None => paint(Emphasis::Warning, "never looked at: add `--operate`"),
            },
        };
        lines.push(format!("{} in {}: {checked}", paint(Emphasis::Strong, &told.name), told.region));
        for difference in &told.differences {
            let Difference { resource, because, .. } = difference;
            let what = difference.what();
            let (word, why) = match because {
                Some(because) => ("role ".to_owned(), format!(" ({because})")),
                None => (paint(Emphasis::Bad, "DRIFT"), String::new()),
            };
            lines.push(format!("  {word} {} ({}) {what}{why}", resource.logical_id, resource.resource_type));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn as_json(building: &Building, told: &[Told<'_>]) -> Value {
    let difference = |difference: &Difference<'_>| {
        json!({
            "logical_id": difference.resource.logical_id,
            "type": difference.resource.resource_type,
            "status": difference.resource.status,
            "path": difference.property.map(|property| &property.path),
            "expected": difference.property.map(|property| &property.expected),
            "actual": difference.property.map(|property| &property.actual),
            "is_expected": difference.because.is_some(),
            "because": difference.because,
        })
    };
    let stack = |told: &Told<'_>| {
        json!({
            "id": told.id,
            "name": told.name,
            "region": told.region,
            "drift": told.stack.map(|stack| stack.drift.clone()),
            "checked_at": told.stack.and_then(|stack| stack.drift_checked_at).map(|at| at.to_string()),
            "unknown_because": told.silent,
            "differences": told.differences.iter().map(difference).collect::<Vec<_>>(),
        })
    };
    json!({
        "version": 1,
        "deployment": building.chosen.deployment,
        "blueprint": building.blueprint.manifest.name,
        "stacks": told.iter().map(stack).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use lifeboat_model::facts::drift::{Difference as Kind, PropertyDrift, ResourceDrift, ResourceDriftStatus};

    use super::*;

    fn resource(path: &str) -> ResourceDrift {
        ResourceDrift {
            logical_id: "PrimaryHealthCheck".to_owned(),
            physical_id: None,
            resource_type: "AWS::Route53::HealthCheck".to_owned(),
            status: ResourceDriftStatus::Modified,
            differences: vec![PropertyDrift {
                path: path.to_owned(),
                difference: Kind::NotEqual,
                expected: "false".to_owned(),
                actual: "true".to_owned(),
            }],
            checked_at: None,
        }
    }

    #[test]
    fn what_a_run_changes_is_a_role_and_everything_else_is_drift() {
        let expected = &lifeboat_blueprint::find("payments-aurora").unwrap().manifest.expected_drift;
        let because = |path: &str| {
            let resource = resource(path);
            differences("global", &resource, expected).first().and_then(|found| found.because.map(str::to_owned))
        };
        assert!(because("/HealthCheckConfig/Inverted").is_some());
        assert_eq!(because("/HealthCheckConfig/InvertedTwice"), None);
        assert_eq!(because("/HealthCheckConfig/FailureThreshold"), None);
    }
}
