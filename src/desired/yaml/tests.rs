//! What the parser must give, spelling and places included, and what it must refuse.
use super::*;
use crate::desired::node::NodeKind;

fn show(text: &str, node: &Node, out: &mut String) {
    let at = &text[node.span.start as usize..node.span.end as usize];
    match &node.kind {
        NodeKind::Null => out.push_str(&format!("null<{at}>")),
        NodeKind::Scalar(s) => out.push_str(&format!("{s:?}<{at}>")),
        NodeKind::Seq(items) => {
            out.push('[');
            items.iter().for_each(|n| {
                show(text, n, out);
                out.push(' ');
            });
            out.push_str(&format!("]<{at}>"));
        }
        NodeKind::Map(entries) => {
            out.push('{');
            entries.iter().for_each(|(k, n)| {
                out.push_str(&format!("{}<{}>: ", k.text, &text[k.span.start as usize..k.span.end as usize]));
                show(text, n, out);
                out.push(' ');
            });
            out.push_str(&format!("}}<{at}>"));
        }
        NodeKind::Tagged(tag, n) => {
            out.push_str(&format!("!{tag}<{at}> "));
            show(text, n, out);
        }
    }
}

#[test]
fn probe() {
    for text in [
        "a: yes\nb: 017\nc: 1.10\nd: 1_000\ne: \"true\"\nf: ~\ng:\nh: |\n  line\n  two\n\ni: x\n",
        "\u{feff}ü: {a: !env X, b: [1, !file p/q.py , *x]}\r\nb: &a !exact {x: 1}\r\nc: *a\r\nd:\r\n  - x\r\n  -\r\n  - !env {name: X, default: y}\r\n",
        "b: &b {x: 1, y: 2}\nc: {<<: *b, x: 3}\nd:\n  <<: [*b, {z: 1}]\n  <<: {q: 1}\n",
        "a: !!str true\nb: !!int 5\nc: ! 12\nd: !foo x\ne: !enf\nf: !exact\n",
        "a: [1, 2\n---\nb: 1\n---\nc: \"x\n",
        "? [a]\n: b\n? c\n",
        "a: 1\na: 2\n",
        "{a: 1",
        "a: x\n\tb: y\n",
        "a: &x [*x]\n",
        "a: b: c\n",
        "",
        "# only\n",
        "---\n---\na: 1\n",
    ] {
        let (nodes, problems) = parse(FileId(0), text);
        let mut out = String::new();
        for n in &nodes {
            show(text, n, &mut out);
            out.push('\n');
        }
        println!("=== {text:?}\n{out}");
        for p in problems {
            let s = p.primary.as_ref().unwrap().span;
            println!(
                "  {} {} @{}..{} {:?}",
                p.code,
                p.message,
                s.start,
                s.end,
                &text[s.start as usize..s.end as usize]
            );
        }
    }
}
