//! Values in braces: what a manifest writes where a value is only known once something was chosen or made.

use std::fmt;

/// Text with words in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Braced {
    /// As written.
    pub source: String,
    pub line: usize,
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Literal(String),
    Word(Word),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Parameter(String),
    Home,
    Partner,
    /// The deployment's name.
    Deployment,
    /// The configuration's own word, left as it is.
    Nonce,
    Output {
        stack: String,
        key: String,
        optional: bool,
        list: bool,
    },
    /// What a step found out.
    Step {
        id: String,
        optional: bool,
    },
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = |optional: bool| if optional { "?" } else { "" };
        match self {
            Self::Parameter(name) => write!(f, "{{{name}}}"),
            Self::Home => f.write_str("{home}"),
            Self::Partner => f.write_str("{partner}"),
            Self::Deployment => f.write_str("{deployment}"),
            Self::Nonce => f.write_str("{nonce}"),
            Self::Output { stack, key, optional, list } => {
                write!(f, "{{{stack}.{key}{}{}}}", if *list { "[]" } else { "" }, mark(*optional))
            }
            Self::Step { id, optional } => write!(f, "{{step.{id}{}}}", mark(*optional)),
        }
    }
}

impl Braced {
    /// Why the text cannot be read is said in words, with what to do.
    pub(super) fn read(text: &str, line: usize) -> Result<Self, (String, String)> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            let Some((inside, behind)) = after.split_once('}') else {
                return Err((format!("`{text}` opens a brace and does not close it"), "write {name}".to_owned()));
            };
            let word = word(inside)
                .ok_or_else(|| (format!("`{{{inside}}}` is no value in braces"), "see the list of them".to_owned()))?;
            pieces.push(Piece::Word(word));
            rest = behind;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self { source: text.to_owned(), line, pieces })
    }

    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Word(word) => Some(word),
            Piece::Literal(_) => None,
        })
    }

    /// The one word that it consists of.
    pub fn only_word(&self) -> Option<&Word> {
        match self.pieces.as_slice() {
            [Piece::Word(word)] => Some(word),
            _ => None,
        }
    }
}

fn word(inside: &str) -> Option<Word> {
    let (rest, optional) = inside.strip_suffix('?').map_or((inside, false), |rest| (rest, true));
    let (name, list) = rest.strip_suffix("[]").map_or((rest, false), |name| (name, true));
    let plain = !optional && !list;
    match name.split_once('.') {
        Some(("step", id)) if !list && is_identifier(id) => Some(Word::Step { id: id.to_owned(), optional }),
        Some((stack, key)) if is_identifier(stack) && crate::template::is_logical_id(key) => {
            Some(Word::Output { stack: stack.to_owned(), key: key.to_owned(), optional, list })
        }
        Some(_) => None,
        None if !plain => None,
        None => match name {
            "home" => Some(Word::Home),
            "partner" => Some(Word::Partner),
            "deployment" => Some(Word::Deployment),
            "nonce" => Some(Word::Nonce),
            name if is_parameter(name) => Some(Word::Parameter(name.to_owned())),
            _ => None,
        },
    }
}

/// Lower-case letters, digits and single hyphens.
pub(crate) fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// As CloudFormation names parameters and resources.
pub(crate) fn is_parameter(text: &str) -> bool {
    crate::template::is_logical_id(text) && text.starts_with(|first: char| first.is_ascii_alphabetic())
}
