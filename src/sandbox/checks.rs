//! Checks of single values that the server makes besides those of their type: names of media files, mail templates.
//! Must never look at the world.

/// The templates that mails can have on a server without any of its own.
const TEMPLATES: [&str; 4] = [
    "email/password_reset.html",
    "email/account_confirmation.html",
    "email/email_otp.html",
    "email/event_notification.html",
];

/// Why a name of a media file is refused. Addresses, icons of the font and the server's own files are not looked at.
pub(super) fn media_name(name: &str) -> Option<&'static str> {
    if ["http:", "https://", "fa://", "/static"].iter().any(|start| name.starts_with(start)) {
        return None;
    }
    file_name(name)
}

/// Why the server refuses what a file is called.
pub(super) fn file_name(name: &str) -> Option<&'static str> {
    let plain = name.replace("%(theme)s", "theme");
    let known = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    if plain.is_empty() || !plain.chars().all(known) {
        return Some(
            "File name can only contain letters (a-z, A-Z), numbers (0-9), dots (.), hyphens (-), underscores (_), \
             forward slashes (/), and the placeholder %(theme)s for theme-specific files",
        );
    }
    if name.contains("//") {
        return Some("File name cannot contain duplicate /");
    }
    if name.starts_with('/') {
        return Some("Absolute paths are not allowed");
    }
    if name.split('/').any(|part| part == "..") {
        return Some("Parent directory references ('..') are not allowed");
    }
    name.starts_with('.').then_some("Paths cannot start with '.'")
}

/// Why a mail template is refused.
pub(super) fn template(name: &str) -> Option<String> {
    (!TEMPLATES.contains(&name)).then(|| format!("Invalid template '{name}' specified."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_stay_below_their_directory() {
        for fine in ["logo.png", "a/b-%(theme)s.svg", "https://example.org/a b.png", "fa://fa-home", "/static/x.svg"] {
            assert_eq!(media_name(fine), None, "{fine}");
        }
        for bad in ["a b.png", "/a.png", "a//b.png", "../a.png", ".hidden", "ü.png", "%(mode)s.png"] {
            assert!(media_name(bad).is_some(), "{bad}");
        }
    }
}
