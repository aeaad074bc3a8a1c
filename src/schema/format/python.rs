//! Expressions: bodies of Python functions, which the server compiles when it takes them.
//!
//! The parser knows the syntax of all versions of Python; what only the compiler refuses (`break` outside of a loop) is
//! left to the server.

use ruff_python_parser::parse_module;

/// What authentik puts before an expression (lib/expression/evaluator.py, `wrap_expression`).
const HEAD: &str = "def handler():\n";
/// How far it indents every line.
const INDENT: &str = "    ";

/// Why a text is no body of a Python function, with the line, if it is none.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut source = HEAD.to_owned();
    for line in text.lines() {
        if !line.trim().is_empty() {
            source.push_str(INDENT);
            source.push_str(line);
        }
        source.push('\n');
    }
    let Err(error) = parse_module(&source) else {
        return Ok(());
    };
    let lines = text.lines().count().max(1);
    let at = error.location.start().to_usize().min(source.len());
    let before = source
        .as_bytes()
        .iter()
        .take(at)
        .filter(|byte| **byte == b'\n')
        .count();
    Err(format!(
        "{} (line {})",
        said(&error.error.to_string()),
        before.clamp(1, lines)
    ))
}

/// The parser's words as the end of a sentence.
fn said(text: &str) -> String {
    if text.contains("function definition") && text.contains("indented block") {
        return "there is no statement in it".to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_takes_is_taken() {
        for good in [
            "return True",
            "return ak_is_group_member(request.user, name=\"staff\")",
            "if x:\n  return 1\n\nreturn 2",
            "\nreturn 1\n",
            "try:\n    pass\nexcept A, B:\n    pass",
            "return t\"hello {x}\"",
            "return f'{x['a']}'",
            "match x:\n  case {\"a\": 1, **rest}: return rest",
            "type X = int",
            "def f[T](x: T) -> T: return x\nreturn f",
            "x = \"\"\"\n) not code\n\"\"\"\nreturn x",
            "with (open(\"a\") as f, open(\"b\") as g): pass",
            "return lambda: (yield)",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_it_does_not_is_reported_with_its_line() {
        for (bad, why) in [
            ("return (", "unexpected EOF while parsing (line 1)"),
            ("x = 1\nreturn {", "unexpected EOF while parsing (line 2)"),
            (
                "x = 1\nreturn \"abc",
                "missing closing quote in string literal (line 2)",
            ),
            ("if x\n  return 1", "expected `:`, found newline (line 1)"),
            ("x = 1\n  y = 2", "unexpected indentation (line 2)"),
            (
                "  x = 1\n return 2",
                "unindent does not match any outer indentation level (line 2)",
            ),
            ("return True)", "expected a statement (line 1)"),
            ("# nothing", "there is no statement in it (line 1)"),
            (
                "\treturn 1\n        return 2",
                "unexpected indentation (line 2)",
            ),
        ] {
            assert_eq!(check(bad).unwrap_err(), why, "{bad}");
        }
    }
}
