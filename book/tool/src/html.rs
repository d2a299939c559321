//! The little HTML that the tool writes into pages: escaped text, data for scripts, and blocks that survive Markdown.

use serde::Serialize;

/// `text` as it stands in an element or in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html
}

/// Plain text in which `backquoted` words are code.
pub fn with_code(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            html.push_str(&format!("<code>{}</code>", escape(part)));
        } else {
            html.push_str(&escape(part));
        }
    }
    html
}

/// `data` for a script, as an element of the page. In a script element no character reference is read, so what
/// would end it, or be a directive to mdBook, is written as JSON can write it.
pub fn json_script(data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    let json = json.replace('<', "\\u003c").replace("{{", "{\\u007b");
    format!("<script type=\"application/json\">{json}</script>")
}

/// `html`, to stand between two paragraphs of Markdown: a blank line would end the block of HTML, and
/// `{{#` would be a directive to mdBook, so both are written as character references.
pub fn embed(html: &str) -> String {
    let mut block = String::from("\n");
    for line in html.trim_end().split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(blank) if blank.trim().is_empty() => {
                block.push_str(blank);
                block.push_str("&#10;");
            }
            _ => block.push_str(&line.replace("{{#", "&#123;{#")),
        }
    }
    block.push_str("\n\n");
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_do_not_end_the_block() {
        assert_eq!(
            embed("<pre>a\n\n \nb</pre>"),
            "\n<pre>a\n&#10; &#10;b</pre>\n\n"
        );
    }

    #[test]
    fn code_is_no_directive() {
        assert_eq!(embed("<pre>{{#x}}</pre>"), "\n<pre>&#123;{#x}}</pre>\n\n");
    }

    #[test]
    fn data_cannot_end_its_script_nor_be_a_directive() {
        let data = ["</script>", "{{#x}}"];
        let html = json_script(&data);
        let json = html
            .strip_prefix("<script type=\"application/json\">")
            .and_then(|html| html.strip_suffix("</script>"))
            .expect("a script element");
        assert!(!json.contains('<') && !json.contains("{{"), "{json}");
        let read: Vec<String> = serde_json::from_str(json).expect("JSON");
        assert_eq!(read, data);
    }

    #[test]
    fn backquotes_make_code() {
        assert_eq!(with_code("a `b<c` d"), "a <code>b&lt;c</code> d");
    }
}
