//! Whether to use colors, to draw progress and what to log.
//!
//! Pure: the environment and whether a stream is a terminal come in as data.

use clap::ValueEnum;

/// When to use colors.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ColorWhen {
    /// On a terminal that can show them, unless the environment says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Whether a stream gets colors: the flag; then `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR=0`; then whether it is a
/// terminal whose `TERM` is set and not `dumb` (in CI it need not be set).
pub fn color_choice(when: ColorWhen, env: &dyn Fn(&str) -> Option<String>, terminal: bool) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set(env, "NO_COLOR") => false,
        ColorWhen::Auto
            if set(env, "CLICOLOR_FORCE") && env("CLICOLOR_FORCE").as_deref() != Some("0") =>
        {
            true
        }
        ColorWhen::Auto if env("CLICOLOR").as_deref() == Some("0") => false,
        ColorWhen::Auto => {
            terminal && !dumb(env) && (set(env, "TERM") || set(env, "CI") || cfg!(windows))
        }
    }
}

/// Whether progress is drawn: standard error is a terminal that can move its cursor, nobody asked for silence, and this
/// is no CI job, whose log would keep every picture of a bar.
pub fn progress_choice(
    global: &super::Global,
    env: &dyn Fn(&str) -> Option<String>,
    terminal: bool,
) -> bool {
    terminal && !global.no_progress && !global.quiet && !is_ci(env) && !dumb(env)
}

/// Whether this is a CI job, as it says itself.
pub fn is_ci(env: &dyn Fn(&str) -> Option<String>) -> bool {
    set(env, "CI") && env("CI").as_deref() != Some("false")
}

/// What is logged, as a filter of `tracing`: `AKREC_LOG` if it is set, else what `-q` and `-v` ask for.
pub fn log_filter(global: &super::Global, env: &dyn Fn(&str) -> Option<String>) -> String {
    if let Some(filter) = env("AKREC_LOG").filter(|filter| !filter.trim().is_empty()) {
        return filter;
    }
    match (global.quiet, global.verbose) {
        (true, _) => "akrec=error",
        (false, 0) => "akrec=warn",
        (false, 1) => "akrec=info",
        (false, 2) => "akrec=debug",
        (false, _) => "akrec=trace",
    }
    .to_owned()
}

fn set(env: &dyn Fn(&str) -> Option<String>, name: &str) -> bool {
    env(name).is_some_and(|value| !value.is_empty())
}

fn dumb(env: &dyn Fn(&str) -> Option<String>) -> bool {
    env("TERM").as_deref() == Some("dumb")
}
