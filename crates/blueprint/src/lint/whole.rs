//! What is asked of a template as a whole, and of the blueprint.

use super::{Findings, Place, Rule};
use crate::blueprint::{Blueprint, disagreements};
use crate::choose::reserved;
use crate::manifest::MANIFEST_FILE;
use crate::yaml::Node;

/// What may be sent to CloudFormation in a request.
pub(super) const MOST_BYTES: usize = 51_200;
/// What people read, and AWS does not.
const PROSE: [&str; 4] = ["AssertDescription", "ConstraintDescription", "Description", "Metadata"];

pub(super) fn template(place: &Place<'_>, found: &mut Findings) {
    let template = place.template;
    if template.bytes > MOST_BYTES {
        let what = format!("has {} bytes", template.bytes);
        found.in_file(&template.file, 0, Rule::B33, what, "part it into several stacks");
    }
    template.root.visit(&mut |node| {
        if let Some((name @ ("Fn::ImportValue" | "Fn::GetStackOutput"), _)) = node.function() {
            let fix = "take it as a parameter, and name it in the stack's inputs";
            found.in_file(&template.file, node.line, Rule::B31, format!("reads another stack by {name}"), fix);
        }
    });
    domains(&template.root, &template.file, found);
}

fn domains(node: &Node, file: &str, found: &mut Findings) {
    if let Some(domain) = node.text().and_then(example_in) {
        let fix = "use a domain of your own, from a parameter";
        found.in_file(file, node.line, Rule::B32, format!("names {domain}"), fix);
    }
    for entry in node.entries().iter().filter(|entry| !PROSE.contains(&entry.key.as_str())) {
        domains(&entry.value, file, found);
    }
    for item in node.items() {
        domains(item, file, found);
    }
}

/// An example domain in a text, where a name in it is one or is in one.
fn example_in(text: &str) -> Option<&'static str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-')).find_map(reserved)
}

pub(super) fn blueprint(blueprint: &Blueprint, found: &mut Findings) {
    for parameter in &blueprint.manifest.parameters {
        if let Some(domain) = example_in(&parameter.default) {
            let what = format!("parameter `{}` is in {domain} by default", parameter.name);
            found.in_file(MANIFEST_FILE, parameter.line, Rule::B32, what, "use another default");
        }
    }
    for mistake in disagreements(blueprint, &|_| false) {
        found.in_file(&mistake.file, mistake.line, Rule::B34, mistake.what, mistake.fix);
    }
}
