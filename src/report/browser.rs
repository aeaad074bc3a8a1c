//! Pages for browsers: each one file that loads nothing, whose only style and script are the ones written here.
//!
//! Every text goes through [`escaped`], or into the data block, where `<` does not occur. A policy in the page itself
//! (CSP) forbids all scripts and styles but these two, by their hashes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Raw;
use sha2::{Digest, Sha256};

use super::safe;

const STYLE: &str = include_str!("browser/page.css");

/// A page. `script` runs once the body is there, over the data.
pub(super) fn page(title: &str, body: &str, script: Option<(&str, &Raw)>) -> String {
    let mut policy = format!(
        "default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE)
    );
    let mut end = String::new();
    if let Some((script, data)) = script {
        policy.push_str(&format!("; script-src '{}'", hash(script)));
        let data = data.to_string().replace('<', "\\u003c");
        end = format!(
            "<script type=\"application/json\" id=\"data\">{data}</script>\n<script>{script}</script>\n"
        );
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}{end}</body>\n</html>\n",
        escaped(title)
    )
}

/// Text that cannot become markup, in an element or in a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
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
    out
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
        let data = Raw::from("</script><img src=x onerror=alert(1)>");
        let text = page("<b>&\"'", &escaped("</title><i>"), Some(("void 0", &data)));
        for bad in ["<b>", "<i>", "<img", "</script><"] {
            assert!(!text.contains(bad), "{bad}: {text}");
        }
        assert!(text.contains("&lt;b&gt;&amp;&quot;&#39;"));
    }
}
