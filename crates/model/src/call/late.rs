//! What a change set is made from: the template's text, and inputs of which some are known only once other stacks stand.
//! A plan holds them as they are; the executor settles them from facts, and only a settled call may be sent.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Call;
use crate::id::{Region, StackName};
use crate::plan::hexadecimal;

/// A template's own text, with its hash. It travels whole in the call, so that a plan that is resumed on another machine,
/// or with a newer program, sends what was approved.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct TemplateText {
    sha256: String,
    body: String,
}

/// A template's text as it is read back: the hash beside it must be its own.
#[derive(Deserialize)]
struct Written {
    sha256: String,
    body: String,
}

impl TryFrom<Written> for TemplateText {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let text = Self::new(written.body);
        if text.sha256 == written.sha256 {
            Ok(text)
        } else {
            Err(format!("the template's text has the SHA-256 {}, not {}", text.sha256, written.sha256))
        }
    }
}

impl TemplateText {
    /// What CloudFormation takes within a request, in bytes.
    pub const LIMIT: usize = 51_200;

    pub fn new(body: impl Into<String>) -> Self {
        let body = body.into();
        Self { sha256: hexadecimal(&Sha256::digest(body.as_bytes())), body }
    }

    /// In hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub fn body(&self) -> &str {
        &self.body
    }
}

impl fmt::Debug for TemplateText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TemplateText({} bytes, sha256 {})", self.body.len(), self.sha256)
    }
}

/// One of a template's parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackInput {
    pub key: String,
    pub value: LateValue,
}

/// A value that may be known only when its turn has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LateValue {
    Literal(String),
    /// As the stack has it now.
    Previous,
    /// What another stack says, in whichever region.
    Output {
        region: Region,
        stack: StackName,
        key: String,
        /// Whether its commas part a list.
        #[serde(default)]
        list: bool,
        /// Whether the stack may stand without it: then the template's default holds.
        #[serde(default)]
        optional: bool,
    },
    /// What a step of the plan found out.
    Answer {
        step: String,
        #[serde(default)]
        optional: bool,
    },
    /// A text made of parts.
    Joined(Vec<LateValue>),
}

/// What is known of a late value when it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    Value(String),
    /// It cannot be asked for now, and the stack keeps what it has.
    Previous,
    /// The stack that would say it stands, and does not: only an optional value may be absent.
    Absent,
    /// Nobody could be asked. An optional value is not absent for that: leaving it out would change what is there.
    Unknown,
}

impl LateValue {
    /// Whether nothing of it is still to be found out.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Literal(_) | Self::Previous)
    }

    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Previous | Self::Output { .. } | Self::Answer { .. } | Self::Joined(_) => None,
        }
    }

    fn is_optional(&self) -> bool {
        match self {
            Self::Output { optional, .. } | Self::Answer { optional, .. } => *optional,
            Self::Literal(_) | Self::Previous | Self::Joined(_) => false,
        }
    }

    /// The parts that must be asked for.
    fn late(&self) -> Vec<&Self> {
        match self {
            Self::Literal(_) | Self::Previous => Vec::new(),
            Self::Output { .. } | Self::Answer { .. } => vec![self],
            Self::Joined(parts) => parts.iter().flat_map(Self::late).collect(),
        }
    }

    /// `Ok(Settled::Unknown)` is never given: what cannot be settled is the error.
    fn settled(&self, answer: &dyn Fn(&Self) -> Settled) -> Result<Settled, Vec<Self>> {
        match self {
            Self::Literal(text) => Ok(Settled::Value(text.clone())),
            Self::Previous => Ok(Settled::Previous),
            Self::Output { .. } | Self::Answer { .. } => match answer(self) {
                Settled::Unknown => Err(vec![self.clone()]),
                Settled::Absent if !self.is_optional() => Err(vec![self.clone()]),
                known => Ok(known),
            },
            Self::Joined(parts) => joined(parts, answer),
        }
    }
}

/// A text of which one part stays as it was stays so as a whole, and one of which a part is absent is absent.
fn joined(parts: &[LateValue], answer: &dyn Fn(&LateValue) -> Settled) -> Result<Settled, Vec<LateValue>> {
    let (mut text, mut whole, mut unsettled) = (String::new(), None, Vec::new());
    for part in parts {
        match part.settled(answer) {
            Ok(Settled::Value(value)) => text.push_str(&value),
            Ok(Settled::Previous) => whole = Some(Settled::Previous),
            Ok(other) => whole = whole.or(Some(other)),
            Err(more) => unsettled.extend(more),
        }
    }
    if unsettled.is_empty() { Ok(whole.unwrap_or(Settled::Value(text))) } else { Err(unsettled) }
}

impl Call {
    fn inputs(&self) -> &[StackInput] {
        match self {
            Self::CreateChangeSet { inputs, .. } => inputs,
            Self::SwitchoverGlobalCluster { .. }
            | Self::FailoverGlobalCluster { .. }
            | Self::SetHealthCheckInverted { .. }
            | Self::ChangeRecord { .. }
            | Self::PutMetric { .. }
            | Self::PutMarker { .. }
            | Self::UpdateEndpointGroup { .. }
            | Self::SetCapacity { .. }
            | Self::SetFunctionConcurrency { .. }
            | Self::SetEventSource { .. }
            | Self::PutParameter { .. }
            | Self::MuteAlarms { .. }
            | Self::UnmuteAlarms { .. }
            | Self::PublishNotice { .. }
            | Self::InvokeFunction { .. }
            | Self::PutItem { .. }
            | Self::DeleteItem { .. }
            | Self::PutReplication { .. }
            | Self::ExecuteChangeSet { .. }
            | Self::DeleteChangeSet { .. }
            | Self::DeleteStack { .. }
            | Self::ContinueUpdateRollback { .. }
            | Self::SetTerminationProtection { .. }
            | Self::DetectDrift { .. }
            | Self::MakeManagedKey { .. }
            | Self::EnsureSecureParameter { .. }
            | Self::DeleteParameter { .. }
            | Self::EmptyBucket { .. }
            | Self::EmptyVault { .. } => &[],
        }
    }

    /// What must be found out before it may be sent.
    pub fn late(&self) -> Vec<&LateValue> {
        self.inputs().iter().flat_map(|input| input.value.late()).collect()
    }

    /// Whether it may be sent as it is.
    pub fn is_settled(&self) -> bool {
        self.inputs().iter().all(|input| input.value.is_settled())
    }

    /// The call as it may be sent, with `answer` asked for each value that is late. The error is what could not be told.
    pub fn settle(&self, answer: &dyn Fn(&LateValue) -> Settled) -> Result<Self, Vec<LateValue>> {
        let mut settled = self.clone();
        let Self::CreateChangeSet { inputs, creates, .. } = &mut settled else { return Ok(settled) };
        let (mut known, mut unsettled) = (Vec::new(), Vec::new());
        for StackInput { key, value } in std::mem::take(inputs) {
            match value.settled(answer) {
                Ok(Settled::Value(text)) => known.push(StackInput { key, value: LateValue::Literal(text) }),
                // A stack that is yet to be made has nothing that could be kept.
                Ok(Settled::Previous) if *creates => unsettled.push(value),
                Ok(Settled::Previous) => known.push(StackInput { key, value: LateValue::Previous }),
                Ok(Settled::Absent) => {}
                Ok(Settled::Unknown) => unsettled.push(value),
                Err(more) => unsettled.extend(more),
            }
        }
        *inputs = known;
        if unsettled.is_empty() { Ok(settled) } else { Err(unsettled) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(key: &str, optional: bool) -> LateValue {
        LateValue::Output {
            region: "us-east-1".into(),
            stack: "shop".into(),
            key: key.to_owned(),
            list: false,
            optional,
        }
    }

    fn call(creates: bool, values: Vec<LateValue>) -> Call {
        let inputs = values.into_iter().zip('A'..).map(|(value, key)| StackInput { key: key.to_string(), value });
        Call::CreateChangeSet {
            region: "us-east-2".into(),
            stack: "shop-dr".into(),
            change_set: "lifeboat-1".to_owned(),
            creates,
            template: TemplateText::new("Resources: {}"),
            inputs: inputs.collect(),
            capabilities: Vec::new(),
            tags: Vec::new(),
        }
    }

    fn known(value: &LateValue) -> Settled {
        match value {
            LateValue::Output { key, .. } if key == "Vpc" => Settled::Value("vpc-1".to_owned()),
            LateValue::Output { key, .. } if key == "Key" => Settled::Absent,
            LateValue::Output { key, .. } if key == "Lost" => Settled::Previous,
            _ => Settled::Unknown,
        }
    }

    fn inputs(call: &Call) -> Vec<(String, LateValue)> {
        call.inputs().iter().map(|input| (input.key.clone(), input.value.clone())).collect()
    }

    #[test]
    fn a_call_is_sent_only_once_everything_in_it_is_known() {
        let url = LateValue::Joined(vec![LateValue::Literal("https://".to_owned()), output("Vpc", false)]);
        let late = call(true, vec![LateValue::Literal("dev".to_owned()), url, output("Key", true)]);
        assert!(!late.is_settled());
        assert_eq!(late.late().len(), 2);
        let settled = late.settle(&known).unwrap();
        assert!(settled.is_settled());
        let literal = |text: &str| LateValue::Literal(text.to_owned());
        // What is absent is left to the template's default.
        assert_eq!(inputs(&settled), [("A".to_owned(), literal("dev")), ("B".to_owned(), literal("https://vpc-1"))]);
        assert_eq!(settled.settle(&|_| Settled::Unknown).unwrap(), settled);
    }

    #[test]
    fn what_nobody_could_be_asked_for_is_not_left_out() {
        let late = call(false, vec![output("Subnets", true), output("Vpc", false), output("Key", false)]);
        assert_eq!(late.settle(&known).unwrap_err(), [output("Subnets", true), output("Key", false)]);
    }

    #[test]
    fn what_a_lost_region_would_tell_is_kept_by_an_update_and_missed_by_a_creation() {
        let late = vec![output("Lost", false)];
        assert_eq!(inputs(&call(false, late.clone()).settle(&known).unwrap()), [("A".to_owned(), LateValue::Previous)]);
        assert_eq!(call(true, late.clone()).settle(&known).unwrap_err(), late);
    }

    #[test]
    fn a_template_is_shown_by_its_hash_and_kept_whole() {
        let text = TemplateText::new("Resources: {}");
        assert!(format!("{text:?}").starts_with("TemplateText(13 bytes, sha256 "), "{text:?}");
        let mut written = serde_json::to_value(&text).unwrap();
        assert_eq!(written["body"], "Resources: {}");
        assert_eq!(serde_json::from_value::<TemplateText>(written.clone()).unwrap(), text);
        written["body"] = "Resources: {Other: {}}".into();
        let refused = serde_json::from_value::<TemplateText>(written).unwrap_err();
        assert!(refused.to_string().contains("has the SHA-256"), "{refused}");
    }

    #[test]
    fn calls_without_inputs_are_always_settled() {
        for call in Call::samples() {
            if !matches!(call, Call::CreateChangeSet { .. }) {
                assert!(call.is_settled() && call.late().is_empty());
                assert_eq!(call.settle(&|_| Settled::Unknown).unwrap(), call);
            }
        }
    }
}
