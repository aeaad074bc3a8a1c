//! The `akrec` program: parses the arguments, runs the verb, gives the exit code. Nothing else.

use std::process::ExitCode;

use akrec::cli;
use akrec::command::{self, Screen};

fn main() -> ExitCode {
    // A panic ends the process, as it does in the shipped build: a runtime that has lost a thread would wait for ever.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        report(info);
        std::process::abort();
    }));
    let env = |name: &str| std::env::var(name).ok();
    let args: Vec<_> = std::env::args_os().collect();
    let cli = match cli::parse(args.clone(), &env) {
        Ok(cli) => cli,
        Err(exit) => return command::usage(&exit, &args),
    };
    command::clear(&cli.verb);
    let screen = Screen::new(&cli.global);
    if let Err(code) = command::log(&cli.global, &screen) {
        return ExitCode::from(code);
    }
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let code = runtime.block_on(command::run(cli, &screen));
            // A question that nobody answers must not keep the process alive.
            runtime.shutdown_background();
            ExitCode::from(code)
        }
        Err(error) => {
            screen.err(&format!("error: {error}\n"));
            ExitCode::FAILURE
        }
    }
}
