//! What the sources themselves say of the variants of an enum: the comment over each, and the fields it has. A reference
//! page made from it cannot say anything else than what stands in the code.

/// A variant as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) name: String,
    /// In one paragraph; empty where nothing stands over it.
    pub(super) said: String,
    pub(super) fields: Vec<String>,
}

impl Variant {
    /// `RunStarted` as `run_started`, or with another sign between the words.
    pub(super) fn spelt(&self, between: char) -> String {
        let mut spelt = String::new();
        for letter in self.name.chars() {
            if letter.is_uppercase() && !spelt.is_empty() {
                spelt.push(between);
            }
            spelt.extend(letter.to_lowercase());
        }
        spelt
    }
}

/// The variants of the enum of that name, in the order in which they are written. It relies on how rustfmt sets them.
pub(super) fn variants(source: &str, of: &str) -> Vec<Variant> {
    let head = format!("enum {of} {{");
    let body = source.lines().skip_while(|line| !line.ends_with(&head)).skip(1).take_while(|line| *line != "}");
    let (mut all, mut said): (Vec<Variant>, Vec<&str>) = (Vec::new(), Vec::new());
    for line in body {
        let depth = line.len() - line.trim_start().len();
        let text = line.trim();
        match (depth, text.strip_prefix("///")) {
            (4, Some(comment)) => said.push(comment.trim()),
            (4, None) if text.starts_with(char::is_uppercase) => {
                let name: String = text.chars().take_while(char::is_ascii_alphanumeric).collect();
                let fields = fields_of(text.get(name.len()..).unwrap_or_default());
                all.push(Variant { name, said: said.join(" "), fields });
                said.clear();
            }
            (8, None) => {
                let field = text.split_once(':').map(|(name, _)| name.trim().to_owned());
                let is_name = |name: &String| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
                if let (Some(variant), Some(field)) = (all.last_mut(), field.filter(is_name)) {
                    variant.fields.push(field);
                }
            }
            _ => {}
        }
    }
    all
}

/// Those that stand on the variant's own line.
fn fields_of(rest: &str) -> Vec<String> {
    let inner = rest.trim().strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(inner, _)| inner);
    let pairs = inner.into_iter().flat_map(|inner| inner.split(", "));
    pairs.filter_map(|pair| pair.split_once(':').map(|(name, _)| name.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
#[derive(Debug)]
pub enum Event {
    Plain,
    /// The intent: durable
    /// before it leaves.
    CallStarted {
        step: StepId,
        /// Which of them.
        #[serde(default)]
        index: usize,
    },
    Drift { region: Place, what: Vec<Drifted> },
}

pub enum Other {
    No,
}
";

    #[test]
    fn comments_and_fields_belong_to_the_variant_they_stand_at() {
        let all = variants(SOURCE, "Event");
        let told: Vec<(String, &str, Vec<&str>)> = all
            .iter()
            .map(|variant| {
                let fields = variant.fields.iter().map(String::as_str).collect();
                (variant.spelt('_'), variant.said.as_str(), fields)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("plain".to_owned(), "", vec![]),
                ("call_started".to_owned(), "The intent: durable before it leaves.", vec!["step", "index"]),
                ("drift".to_owned(), "", vec!["region", "what"]),
            ]
        );
        assert_eq!(variants(SOURCE, "Nobody"), []);
    }
}
