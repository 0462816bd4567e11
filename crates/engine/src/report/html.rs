//! A page as HTML that needs nothing else: one file, no script, nothing fetched. Every text goes through one door.

use lifeboat_model::document::{Block, Document};

use super::{Report, telling};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;\
color:#1b1b1b;background:#fff}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{border:1px solid #bbb;padding:.25rem .5rem;\
text-align:left;vertical-align:top}th{background:#eee}pre{background:#f4f4f4;padding:.6rem;overflow-x:auto;\
font-size:.85rem}.warning{border-left:.4rem solid #b00;padding:.4rem .8rem;font-weight:bold}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#161616}th{background:#2a2a2a}pre{background:#222}\
th,td{border-color:#555}}@media print{body{max-width:none;margin:0}pre{white-space:pre-wrap}}";

/// The report as one page for a browser or for paper.
pub fn html(report: &Report) -> String {
    write(&telling::page(report))
}

fn write(page: &Document) -> String {
    let title = page.blocks.iter().find_map(|block| match block {
        Block::Title(title) => Some(escaped(title)),
        Block::Heading(_)
        | Block::Paragraph(_)
        | Block::Warning(_)
        | Block::List(_)
        | Block::Table(_)
        | Block::Literal(_) => None,
    });
    let body: String = page.blocks.iter().map(block).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n\
         </html>\n",
        title.unwrap_or_default()
    )
}

fn block(block: &Block) -> String {
    match block {
        Block::Title(text) => element("h1", text),
        Block::Heading(text) => element("h2", text),
        Block::Paragraph(text) => element("p", text),
        Block::Warning(text) => format!("<p class=\"warning\">{}</p>\n", escaped(text)),
        Block::List(items) => {
            let items: String = items.iter().map(|item| element("li", item)).collect();
            format!("<ul>\n{items}</ul>\n")
        }
        Block::Table(table) => {
            let rows: String = table.rows.iter().map(|cells| row("td", cells)).collect();
            format!("<table>\n<thead>\n{}</thead>\n<tbody>\n{rows}</tbody>\n</table>\n", row("th", &table.head))
        }
        Block::Literal(lines) => format!("<pre>{}</pre>\n", escaped(&lines.join("\n"))),
    }
}

fn row(name: &str, cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| format!("<{name}>{}</{name}>", escaped(cell))).collect();
    format!("<tr>{}</tr>\n", cells.concat())
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>\n", escaped(text))
}

/// The one door: no text of a run can be more than text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let mut page = Document::default();
        let hostile = "<script>alert(\"x\")</script> & 'y'";
        page.title(hostile);
        page.paragraph(hostile);
        page.warning(hostile);
        page.list(vec![hostile.to_owned()]);
        page.literal(hostile);
        page.table([hostile], vec![[hostile.to_owned()]]);
        let html = write(&page);
        assert!(!html.contains("<script"), "{html}");
        let told = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;";
        assert_eq!(html.matches(told).count(), 8, "{html}");
    }
}
