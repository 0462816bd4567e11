//! A page as blocks, whatever it is written in: headings, sentences, tables, lists and commands. It knows neither runs
//! nor Markdown.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
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

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) blocks: Vec<Block>,
}

impl Page {
    pub(super) fn title(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Title(text.into()));
    }

    pub(super) fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    pub(super) fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    pub(super) fn warning(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Warning(text.into()));
    }

    pub(super) fn list(&mut self, items: Vec<String>) {
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }

    pub(super) fn literal(&mut self, text: &str) {
        self.blocks.push(Block::Literal(text.lines().map(str::to_owned).collect()));
    }

    pub(super) fn table<const N: usize>(&mut self, head: [&str; N], rows: Vec<[String; N]>) {
        let head = head.into_iter().map(str::to_owned).collect();
        let rows = rows.into_iter().map(Vec::from).collect();
        self.blocks.push(Block::Table(Table { head, rows }));
    }
}
