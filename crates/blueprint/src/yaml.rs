//! YAML as CloudFormation takes it, as a tree that knows its lines. Short tags become the functions that they stand for;
//! what CloudFormation does not take (aliases, several documents, keys twice) is refused. What a tree means is not
//! known here.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::Number;

use crate::mistake::Mistakes;

/// Deeper than any template goes; what walks a tree calls itself, and may not be made to run out of stack.
const DEEPEST: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// From 1.
    pub line: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: String,
    /// Of the key.
    pub line: usize,
    pub value: Node,
}

impl Node {
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => &[],
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Map(_) => &[],
        }
    }

    pub fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_))
    }

    pub fn is_list(&self) -> bool {
        matches!(self.kind, Kind::List(_))
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// By keys, one below the other; a list is gone into by its positions.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        let below = match first.parse::<usize>() {
            Ok(position) if self.is_list() => self.items().get(position),
            _ => self.get(first),
        };
        below?.at(rest)
    }

    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// A scalar as CloudFormation hands it on.
    pub fn scalar(&self) -> Option<String> {
        match &self.kind {
            Kind::Text(text) => Some(text.clone()),
            Kind::Bool(flag) => Some(flag.to_string()),
            Kind::Number(number) => Some(number.to_string()),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    pub fn boolean(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(flag) => Some(*flag),
            Kind::Text(text) if text == "true" => Some(true),
            Kind::Text(text) if text == "false" => Some(false),
            Kind::Text(_) | Kind::Null | Kind::Number(_) | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    pub fn number(&self) -> Option<f64> {
        match &self.kind {
            Kind::Number(number) => number.as_f64(),
            Kind::Text(text) => text.parse().ok(),
            Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// A function of CloudFormation with its argument, where this is one: `Ref`, `Condition`, `Fn::…`.
    pub fn function(&self) -> Option<(&str, &Node)> {
        match self.entries() {
            // A policy's `Condition` is a map, and no function.
            [only] if only.key == "Condition" => only.value.text().map(|_| (only.key.as_str(), &only.value)),
            [only] if only.key == "Ref" || only.key.starts_with("Fn::") => Some((only.key.as_str(), &only.value)),
            _ => None,
        }
    }

    /// Every node at or below this one.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Node)) {
        see(self);
        for item in self.items() {
            item.visit(see);
        }
        for entry in self.entries() {
            entry.value.visit(see);
        }
    }

    fn what(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    pub(crate) fn wrong(&self, wanted: &str) -> String {
        format!("there is {} where {wanted} must be", self.what())
    }
}

/// One level of the tree that is still open.
struct Level {
    line: usize,
    tag: Option<String>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(String, usize)> },
}

/// `None` where a mistake was added.
pub(crate) fn read(text: &str, mistakes: &mut Mistakes) -> Option<Node> {
    let mut builder = Builder { levels: Vec::new(), root: None, documents: 0, mistakes };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                if !builder.take(event, span.start.line().max(1)) {
                    return None;
                }
            }
            Err(error) => {
                let line = error.marker().line().max(1);
                builder.mistakes.add(line, format!("is not YAML: {}", error.info()), "mend the syntax");
                return None;
            }
        }
    }
    let root = builder.root.take();
    if root.is_none() {
        builder.mistakes.add(1, "is empty", "write a template with `Resources`");
    }
    root
}

struct Builder<'m> {
    levels: Vec<Level>,
    root: Option<Node>,
    documents: usize,
    mistakes: &'m mut Mistakes,
}

impl Builder<'_> {
    /// Whether reading can go on.
    fn take(&mut self, event: Event<'_>, line: usize) -> bool {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.mistakes.add(line, "holds a second document", "keep one template in one file");
                    return false;
                }
            }
            Event::Alias(_) => {
                self.mistakes.add(line, "holds an alias, which CloudFormation does not take", "write the value out");
                return false;
            }
            Event::Scalar(text, style, _, tag) => {
                let tag = self.tag(tag.as_deref(), line);
                let node = self.scalar(&text, style, tag.as_deref(), line);
                self.put(function(node, tag, line));
            }
            Event::SequenceStart(_, tag) => return self.open(tag.as_deref(), Content::List(Vec::new()), line),
            Event::MappingStart(_, tag) => {
                return self.open(tag.as_deref(), Content::Map { entries: Vec::new(), key: None }, line);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
        true
    }

    /// A tag's function: `!Sub` is `Fn::Sub`. What YAML itself tags (`!!str`) names no function.
    fn tag(&mut self, tag: Option<&Tag>, line: usize) -> Option<String> {
        let tag = tag?;
        if tag.handle == "!" && !tag.suffix.is_empty() {
            return Some(match tag.suffix.as_str() {
                "Ref" | "Condition" => tag.suffix.clone(),
                other => format!("Fn::{other}"),
            });
        }
        let text = tag.to_string();
        // A lone `!` says that the scalar is text, as the quotes do that usually stand instead.
        if !text.trim_matches('!').is_empty() {
            self.mistakes.add(line, format!("`{text}` is no tag of CloudFormation"), "write the value without it");
        }
        None
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&str>, line: usize) -> Node {
        if style != ScalarStyle::Plain || tag.is_some() {
            return Node { line, kind: Kind::Text(text.to_owned()) };
        }
        if is_read_differently(text) {
            self.mistakes.add(
                line,
                format!("`{text}` without quotes is a boolean or an octal number to some readers and text to others"),
                "put it in quotes, or write true or false",
            );
        }
        Node { line, kind: plain(text) }
    }

    fn open(&mut self, tag: Option<&Tag>, content: Content, line: usize) -> bool {
        if self.levels.len() >= DEEPEST {
            self.mistakes.add(line, format!("is nested more than {DEEPEST} deep"), "flatten it");
            return false;
        }
        let tag = self.tag(tag, line);
        self.levels.push(Level { line, tag, content });
        true
    }

    fn close(&mut self) {
        let Some(level) = self.levels.pop() else { return };
        let kind = match level.content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, .. } => Kind::Map(parted(entries)),
        };
        self.put(function(Node { line: level.line, kind }, level.tag, level.line));
    }

    /// Puts a finished node where it belongs.
    fn put(&mut self, node: Node) {
        let Some(level) = self.levels.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match &mut level.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key } => match key.take() {
                Some((name, line)) => entries.push(Entry { key: name, line, value: node }),
                None => match node.scalar() {
                    None => {
                        self.mistakes.add(node.line, node.wrong("a key"), "write the key as text");
                        *key = Some((String::new(), node.line));
                    }
                    Some(name) => {
                        if entries.iter().any(|entry| entry.key == name) {
                            self.mistakes.add(node.line, format!("has `{name}` twice"), "leave one out");
                        }
                        *key = Some((name, node.line));
                    }
                },
            },
        }
    }
}

/// The long form of a tagged value.
fn function(node: Node, tag: Option<String>, line: usize) -> Node {
    let Some(name) = tag else { return node };
    Node { line, kind: Kind::Map(parted(vec![Entry { key: name, line, value: node }])) }
}

/// `A.B.C` as the argument of `Fn::GetAtt` is the attribute `B.C` of `A`, in whichever form it is written.
fn parted(mut entries: Vec<Entry>) -> Vec<Entry> {
    if let [only] = entries.as_mut_slice()
        && only.key == "Fn::GetAtt"
        && let Some((id, attribute)) = only.value.text().and_then(|text| text.split_once('.'))
    {
        let part = |text: &str| Node { line: only.value.line, kind: Kind::Text(text.to_owned()) };
        only.value = Node { line: only.value.line, kind: Kind::List(vec![part(id), part(attribute)]) };
    }
    entries
}

fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let numeric = digits.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !numeric {
        return Kind::Text(text.to_owned());
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    let number = unsigned
        .parse::<i64>()
        .map(Number::from)
        .ok()
        .or_else(|| unsigned.parse::<f64>().ok().and_then(Number::from_f64));
    number.map_or_else(|| Kind::Text(text.to_owned()), Kind::Number)
}

fn is_read_differently(text: &str) -> bool {
    let octal = text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    octal || matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off")
}
