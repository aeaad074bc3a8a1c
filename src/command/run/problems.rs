//! What went wrong, taken in, and the exit code that it means.
//!
//! Nothing is printed here.

use super::Run;
use crate::client;
use crate::command::exit;
use crate::diag::{Code, Diagnostic};
use crate::read::Problem;

impl Run<'_> {
    /// Takes problems in; the exit code that they mean.
    pub fn invalid(&mut self, found: Vec<Diagnostic>) -> u8 {
        let code = worst(&found);
        self.diagnostics.extend(found);
        code.unwrap_or(exit::ERROR)
    }

    /// Takes in why reading failed; the exit code that it means.
    pub fn problem(&mut self, problem: Problem) -> u8 {
        match problem {
            Problem::Client(error) => self.refused(&error),
            Problem::Diagnostic(diagnostic) => {
                let refused = diagnostic.code == Code::PERMISSION;
                self.diagnostics.push(diagnostic);
                if refused { exit::REFUSED } else { exit::ERROR }
            }
        }
    }

    /// Takes a failed request in; the exit code that it means.
    pub fn refused(&mut self, error: &client::Error) -> u8 {
        let (code, exit) = match &error.kind {
            _ if error.is_settings() => (Code::BAD_SETTING, exit::INVALID),
            client::ErrorKind::Unauthorized { .. } | client::ErrorKind::SignIn { .. } => {
                (Code::TOKEN_REFUSED, exit::REFUSED)
            }
            _ if error.is_auth() => (Code::PERMISSION, exit::REFUSED),
            client::ErrorKind::TooLarge { .. } => (Code::ANSWER_LIMIT, exit::UNREACHABLE),
            _ if error.is_connection() => (Code::SERVER, exit::UNREACHABLE),
            _ => (Code::SERVER, exit::ERROR),
        };
        let mut diagnostic = Diagnostic::error(code, error.what());
        if let Some(method) = error.method {
            diagnostic = diagnostic.note(format!(
                "the request was {method} {} on {}",
                error.path, error.server
            ));
        }
        diagnostic.help = error.hint();
        self.diagnostics.push(diagnostic);
        exit
    }

    /// Adds something to be said.
    pub fn emit(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// All diagnostics so far.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Rewords the diagnostics so far.
    pub fn rename(&mut self, to: &dyn Fn(&str) -> String) {
        for diagnostic in &mut self.diagnostics {
            diagnostic.message = to(&diagnostic.message);
            diagnostic
                .notes
                .iter_mut()
                .chain(&mut diagnostic.help)
                .for_each(|text| *text = to(text));
        }
    }
}

/// The exit code of the worst error among diagnostics; `None` if there is no error.
pub fn worst(diagnostics: &[Diagnostic]) -> Option<u8> {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error());
    errors.map(|diagnostic| code_of(diagnostic.code)).min()
}

/// The exit code that a diagnostic means.
pub fn code_of(code: Code) -> u8 {
    match code {
        Code::TOKEN_REFUSED | Code::PERMISSION | Code::UNREADABLE => exit::REFUSED,
        Code::SERVER | Code::OLD_RELEASE | Code::BAD_OBJECT | Code::ACCESS_DIFFERS => exit::ERROR,
        Code::ANSWER_LIMIT => exit::UNREACHABLE,
        Code::READ_ONLY => exit::PARTIAL,
        Code::LEDGER_NEWER | Code::LEDGER_BROKEN => exit::ERROR,
        Code::STALE
        | Code::LEDGER_MOVED
        | Code::OTHER_SERVER
        | Code::BAD_PLAN_FILE
        | Code::OTHER_FILE
        | Code::OTHER_OPTIONS => exit::STALE,
        Code::ASSERTION | Code::ASSERTION_UNKNOWN => exit::ASSERTION,
        code if code.is_safety_check() => exit::RAIL,
        _ => exit::INVALID,
    }
}
