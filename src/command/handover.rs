//! `akrec output`: the OIDC settings that an application needs from its provider. It only reads, and writes nothing but
//! the file that a flag names.
//!
//! The client's secret is printed only with `--show-secret`, and never where a file is written.

use secrecy::ExposeSecret;

use super::frame::reading;
use super::run::Run;
use super::{Screen, exit, plan_file};
use crate::cli::{self, HandoverFormat};
use crate::client;
use crate::diag::{Code, Diagnostic};
use crate::read::{self, Problem};
use crate::report::registration::{Form, Handover, SECRET};
use crate::settings::Request;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Handover, screen: &Screen) -> u8 {
    let output = cli::Output::default();
    let run = Run::new(screen, &output);
    reading(run, "anything was shown", async |run| {
        show(run, flags).await
    })
    .await
}

async fn show(run: &mut Run<'_>, flags: &cli::Handover) -> Result<u8, u8> {
    let inputs = flags.server.inputs();
    let public = public_url(run, flags.public_url.as_deref())?;
    let settings = run.settings(&Request::of_server(
        &inputs,
        &flags.server.connection,
        &flags.server.sandbox,
    ))?;
    let (client, server) = run.reach(&settings, &flags.server.sandbox).await?;
    let base = public.unwrap_or_else(|| server.url.clone());
    let registration = match read::registration(&client, &server, &flags.app, &base).await {
        Ok(registration) => registration,
        Err(Problem::Diagnostic(diagnostic)) => return Err(run.invalid(vec![diagnostic])),
        Err(problem) => return Err(run.problem(problem)),
    };
    let handover = Handover {
        of: &registration,
        form: form(flags.format),
        secret: flags.show_secret,
        name: flags.name.as_deref(),
        map: &flags.map,
        namespace: flags.namespace.as_deref(),
        secret_name: flags.secret_name.as_deref(),
    };
    let refuse =
        |run: &mut Run<'_>, code, why: String| Err(run.invalid(vec![Diagnostic::error(code, why)]));
    if let Err(why) = handover.check() {
        return refuse(run, Code::BAD_SETTING, why);
    }
    let note = match () {
        () if flags.show_secret && registration.public => {
            Some("it is a public client, which has no secret")
        }
        () if flags.show_secret && registration.is_oidc() && registration.secret.is_none() => {
            let diagnostic = Diagnostic::error(
                Code::PERMISSION,
                "the server does not return the client secret",
            )
            .note(format!(
                "the answer of the provider {:?} has no {SECRET}",
                registration.provider
            ))
            .help("use a token that may read it");
            return Err(run.invalid(vec![diagnostic]));
        }
        () if handover.lacks_secret() && flags.format != HandoverFormat::Text => {
            Some("the client secret is omitted; --show-secret includes it")
        }
        () => None,
    };
    let text = handover.render();
    match &flags.write {
        None if flags.show_secret => run.screen.secret(text.expose_secret()),
        None => run.screen.out(text.expose_secret()),
        Some(path) => {
            if let Err(error) = plan_file::write(path, text.expose_secret(), true) {
                return refuse(
                    run,
                    Code::CANNOT_WRITE,
                    format!("{} cannot be written: {error}", path.display()),
                );
            }
            run.screen.say(&format!(
                "Written to {}, readable only by you.",
                path.display()
            ));
        }
    }
    if let Some(note) = note {
        run.screen.say(&format!("note: {note}"));
    }
    Ok(exit::OK)
}

/// The address that a flag gives, in its canonical form.
pub(super) fn public_url(run: &mut Run<'_>, flag: Option<&str>) -> Result<Option<String>, u8> {
    let Some(url) = flag else { return Ok(None) };
    match client::canonical_url(url) {
        Ok(url) => Ok(Some(url)),
        Err(error) => {
            let why = error.what();
            Err(run.invalid(vec![Diagnostic::error(
                Code::BAD_SETTING,
                format!("--public-url cannot be used: {why}"),
            )]))
        }
    }
}

fn form(format: HandoverFormat) -> Form {
    match format {
        HandoverFormat::Text => Form::Text,
        HandoverFormat::Env => Form::Env,
        HandoverFormat::Json => Form::Json,
        HandoverFormat::Yaml => Form::Yaml,
        HandoverFormat::Kubernetes => Form::Kubernetes,
    }
}
