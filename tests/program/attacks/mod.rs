//! The attack suite: what a stranger's checkout, a hostile server or a crash must not be able to do. Every promise of
//! `docs/threat-model.md` names a test, most of them here.
//!
//! One module a subject. All of them start the real program through [`support`]: with an empty environment but for
//! secrets that no output may hold, with bounded memory, and with a time after which it counts as hanging.

mod budgets;
mod files;
mod fuzz;
mod killed;
mod outputs;
mod plan_files;
mod secrets;
mod server;
mod settings;
mod support;
mod work;

/// Every promise of the threat model names tests, and every test that it names is there.
#[test]
fn the_threat_model_names_tests_that_exist() {
    fn names(folder: &std::path::Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                names(&path, into);
            } else if path.extension().is_some_and(|end| end == "rs") {
                into.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut code = String::new();
    names(std::path::Path::new("tests"), &mut code);
    let page = std::fs::read_to_string("docs/threat-model.md").unwrap();
    let named = page.split('`').skip(1).step_by(2);
    let named: Vec<&str> = named
        .filter(|it| {
            it.matches('_').count() > 2
                && it
                    .chars()
                    .all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit())
        })
        .collect();
    assert!(named.len() > 25, "{named:?}");
    for name in named
        .into_iter()
        .filter(|name| *name != "insecure_skip_tls_verify")
    {
        assert!(code.contains(&format!("fn {name}(")), "{name}");
    }
}
