//! JUnit XML, as the test tabs of CI systems read it: one suite of test cases. The one place that writes XML.
//!
//! Must never hold a character that XML does not have, nor a text that is dangerous in a terminal.

use std::fmt::{self, Display, Formatter};

use crate::harmless::{LINE, harmless, shortened};

/// The whole document.
#[derive(Clone, PartialEq, Debug)]
pub struct TestSuite {
    /// Its name.
    pub name: String,
    /// The cases, in order.
    pub cases: Vec<TestCase>,
}

/// One test case.
#[derive(Clone, PartialEq, Debug)]
pub struct TestCase {
    /// The class that it belongs to, below `akrec`.
    pub class: String,
    /// Its name.
    pub name: String,
    /// How long it took; not written where equal runs must give equal reports.
    pub seconds: Option<f64>,
    /// How it ended.
    pub result: TestResult,
    /// What was said besides.
    pub output: Vec<String>,
}

/// How a test case ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TestResult {
    /// As it should.
    Passed,
    /// Not as it should.
    Failed {
        /// What is wrong, in one line.
        message: String,
        /// More about it.
        text: String,
    },
    /// It was not decided; why.
    Skipped {
        /// Why, in one line.
        message: String,
    },
}

impl TestSuite {
    /// The numbers of cases, as the document and its suite both have them.
    fn counts(&self) -> String {
        let mut failures = 0;
        let mut skipped = 0;
        for case in &self.cases {
            match case.result {
                TestResult::Passed => {}
                TestResult::Failed { .. } => failures += 1,
                TestResult::Skipped { .. } => skipped += 1,
            }
        }
        let tests = self.cases.len();
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"")
    }
}

impl Display for TestSuite {
    /// The XML document.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        let name = escaped_line(&self.name);
        writeln!(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(f, "<testsuites name=\"akrec\" {counts}>")?;
        writeln!(f, "  <testsuite name=\"{name}\" {counts}>")?;
        for case in &self.cases {
            write!(f, "{case}")?;
        }
        writeln!(f, "  </testsuite>")?;
        writeln!(f, "</testsuites>")
    }
}

impl Display for TestCase {
    /// The element of the case, indented as it stands in the suite.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let class = escaped_line(&self.class);
        let name = escaped_line(&self.name);
        write!(
            f,
            "    <testcase classname=\"akrec.{class}\" name=\"{name}\""
        )?;
        if let Some(seconds) = self.seconds {
            write!(f, " time=\"{seconds:.3}\"")?;
        }
        if self.result == TestResult::Passed && self.output.is_empty() {
            return writeln!(f, "/>");
        }
        writeln!(f, ">")?;
        match &self.result {
            TestResult::Passed => {}
            TestResult::Failed { message, text } => {
                let message = escaped_line(message);
                let text = escaped_lines(text.lines());
                writeln!(f, "      <failure message=\"{message}\">{text}</failure>")?;
            }
            TestResult::Skipped { message } => {
                let message = escaped_line(message);
                writeln!(f, "      <skipped message=\"{message}\"/>")?;
            }
        }
        if !self.output.is_empty() {
            let output = escaped_lines(self.output.iter().flat_map(|text| text.lines()));
            writeln!(f, "      <system-out>{output}</system-out>")?;
        }
        writeln!(f, "    </testcase>")
    }
}

fn escaped_lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(escaped_line).collect::<Vec<_>>().join("\n")
}

/// Text as one line of an attribute or an element; a very long one without its middle.
fn escaped_line(text: &str) -> String {
    let mut escaped = String::new();
    for c in harmless(&shortened(text, LINE)).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' => escaped.push(' '),
            // XML has no such characters.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, result: TestResult) -> TestCase {
        TestCase {
            class: "safety".to_owned(),
            name: name.to_owned(),
            seconds: None,
            result,
            output: Vec::new(),
        }
    }

    #[test]
    fn every_part_is_escaped_and_counted() {
        let failed = TestResult::Failed {
            message: "<a> & \"b\"".to_owned(),
            text: "one\n<two>\u{ffff}".to_owned(),
        };
        let skipped = TestResult::Skipped {
            message: "\u{1b}[31m it's".to_owned(),
        };
        let mut passed = case("p", TestResult::Passed);
        passed.seconds = Some(0.25);
        passed.output = vec!["said <x>".to_owned(), "and\nmore".to_owned()];
        let suite = TestSuite {
            name: "akrec plan".to_owned(),
            cases: vec![
                case("f", failed),
                case("s", skipped),
                passed,
                case("<q>", TestResult::Passed),
            ],
        };
        insta::assert_snapshot!(suite, @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="akrec" tests="4" failures="1" errors="0" skipped="1">
          <testsuite name="akrec plan" tests="4" failures="1" errors="0" skipped="1">
            <testcase classname="akrec.safety" name="f">
              <failure message="&lt;a&gt; &amp; &quot;b&quot;">one
        &lt;two&gt;�</failure>
            </testcase>
            <testcase classname="akrec.safety" name="s">
              <skipped message="\u{1b}[31m it&apos;s"/>
            </testcase>
            <testcase classname="akrec.safety" name="p" time="0.250">
              <system-out>said &lt;x&gt;
        and
        more</system-out>
            </testcase>
            <testcase classname="akrec.safety" name="&lt;q&gt;"/>
          </testsuite>
        </testsuites>
        "#);
    }
}
