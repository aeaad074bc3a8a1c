//! The `akrec` program: parses the arguments, runs the verb, gives the exit code. Nothing else.

use std::process::ExitCode;

use akrec::cli;
use akrec::command::{self, Screen};

fn main() -> ExitCode {
    let env = |name: &str| std::env::var(name).ok();
    let cli = match cli::parse(std::env::args_os(), &env) {
        Ok(cli) => cli,
        Err(exit) => return command::usage(&exit),
    };
    command::log(&cli.global);
    let screen = Screen::new(&cli.global);
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => ExitCode::from(runtime.block_on(command::run(cli, &screen))),
        Err(error) => {
            screen.err(&format!("error: {error}\n"));
            ExitCode::FAILURE
        }
    }
}
