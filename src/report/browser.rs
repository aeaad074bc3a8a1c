//! Pages for browsers: each one file that loads nothing, whose only style and script are the ones written here.
//!
//! Every text goes through [`Line`] or [`Lines`], or into the data block, where `<` does not occur. A policy in the page
//! itself (CSP) forbids all scripts and styles but these two, by their hashes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, Render, html};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::safe;

/// The style of pages that are no report about a run.
pub(super) const STYLE: &str = include_str!("browser/page.css");

/// A page. The script runs once the body is there, over the data.
pub(super) fn page(
    title: &str,
    style: &str,
    body: &Markup,
    script: Option<(&str, &Json)>,
) -> String {
    let mut policy = format!(
        "default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(style)
    );
    if let Some((script, _)) = script {
        policy.push_str(&format!("; script-src '{}'", hash(script)));
    }
    let page = html! {
        (PreEscaped("<!doctype html>\n"))
        html lang="en" { "\n"
            head { "\n"
                meta charset="utf-8"; "\n"
                meta http-equiv="Content-Security-Policy" content=(policy); "\n"
                meta name="viewport" content="width=device-width, initial-scale=1"; "\n"
                meta name="referrer" content="no-referrer"; "\n"
                meta name="color-scheme" content="light dark"; "\n"
                title { (Line(title)) } "\n"
                style { (PreEscaped(style)) } "\n"
            } "\n"
            body { "\n"
                (body)
                @if let Some((script, data)) = script {
                    script type="application/json" id="data" {
                        (PreEscaped(data.to_string().replace('<', "\\u003c")))
                    } "\n"
                    script { (PreEscaped(script)) } "\n"
                }
            } "\n"
        } "\n"
    };
    page.into_string()
}

/// A line of text that nothing is dangerous in.
pub(super) struct Line<'t>(pub &'t str);

impl Render for Line<'_> {
    fn render_to(&self, buffer: &mut String) {
        escape(self.0, buffer);
    }
}

/// Lines of text that nothing is dangerous in.
pub(super) struct Lines<'t>(pub &'t str);

impl Render for Lines<'_> {
    fn render_to(&self, buffer: &mut String) {
        for (number, line) in self.0.split('\n').enumerate() {
            if number > 0 {
                buffer.push('\n');
            }
            escape(line, buffer);
        }
    }
}

/// Appends text that cannot become markup, in an element or in a quoted attribute.
fn escape(text: &str, out: &mut String) {
    for c in safe::line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// How a policy names the only script or style that it lets run.
fn hash(text: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let data = Json::from("</script><img src=x onerror=alert(1)>");
        let body = html! { p { (Line("</title><i>")) (Lines("<u>\n<u>")) } };
        let text = page("<b>&\"'", STYLE, &body, Some(("void 0", &data)));
        for bad in ["<b>", "<i>", "<u>", "<img", "</script><"] {
            assert!(!text.contains(bad), "{bad}: {text}");
        }
        assert!(text.contains("&lt;b&gt;&amp;&quot;&#39;"));
    }
    #[test]
    fn the_policy_allows_no_style_and_no_script_but_its_own() {
        let text = page("x", STYLE, &html! {}, Some(("void 0", &Json::Null)));
        let policy = text
            .lines()
            .find(|line| line.contains("Content-Security-Policy"))
            .unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        for own in [hash(STYLE), hash("void 0")] {
            assert!(policy.contains(&own), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
