//! What is to be read, as blocks, whatever it is written in: headings, sentences, tables, lists and commands. It knows
//! neither runs nor Markdown, nor how wide the screen is.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    Title(String),
    Heading(String),
    Paragraph(String),
    /// What nobody may overlook.
    Warning(String),
    List(Vec<String>),
    Table(Table),
    /// Literal lines: commands or drawings.
    Literal(Vec<String>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub blocks: Vec<Block>,
}

impl Document {
    pub fn title(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Title(text.into()));
    }

    pub fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    pub fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    pub fn warning(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Warning(text.into()));
    }

    pub fn list(&mut self, items: Vec<String>) {
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }

    pub fn literal(&mut self, text: &str) {
        self.blocks.push(Block::Literal(text.lines().map(str::to_owned).collect()));
    }

    pub fn table<const N: usize>(&mut self, head: [&str; N], rows: Vec<[String; N]>) {
        let head = head.into_iter().map(str::to_owned).collect();
        let rows = rows.into_iter().map(Vec::from).collect();
        self.blocks.push(Block::Table(Table { head, rows }));
    }
}
