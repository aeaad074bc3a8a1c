//! Secrets in every spelling and at every place, and texts that must stay.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

const SECRETS: [&str; 4] = [
    "ak-MYTOKEN-123456",
    "s3cr3t/with+signs=&\"quotes'\\ and ü",
    "пароль-секретный",
    "hunter2",
];

fn masker() -> Masker {
    Masker::new(SECRETS, "https://auth.example.org")
}

/// A secret as something could quote it. Each of these is used by some server, proxy or library.
fn spellings(secret: &str) -> Vec<(&'static str, String)> {
    let bytes = secret.as_bytes();
    let each =
        |spell: &dyn Fn(u8) -> String| bytes.iter().map(|byte| spell(*byte)).collect::<String>();
    let chars = |spell: &dyn Fn(char) -> String| secret.chars().map(spell).collect::<String>();
    let utf16 =
        |spell: &dyn Fn(u16) -> String| secret.encode_utf16().map(spell).collect::<String>();
    let json = serde_json::to_string(secret).unwrap();
    let percent = each(&|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    });
    let html = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;");
    let basic = |engine: &base64::engine::GeneralPurpose, before: &str| {
        engine.encode(format!("{before}{secret}\n"))
    };
    let utf16_base64 = STANDARD.encode(
        secret
            .bytes()
            .flat_map(|byte| [byte, 0])
            .collect::<Vec<u8>>(),
    );
    let mut all = vec![
        ("plain", secret.to_owned()),
        ("in small letters", secret.to_lowercase()),
        ("in capital letters", secret.to_uppercase()),
        ("base64", STANDARD.encode(secret)),
        ("base64 without padding", STANDARD_NO_PAD.encode(secret)),
        ("base64 for URLs", URL_SAFE.encode(secret)),
        (
            "base64 for URLs without padding",
            URL_SAFE_NO_PAD.encode(secret),
        ),
        ("basic auth", basic(&STANDARD, "user:")),
        ("basic auth, one on", basic(&STANDARD, "users:")),
        ("basic auth, two on", basic(&STANDARD, "me:")),
        ("base64 twice", STANDARD.encode(STANDARD.encode(secret))),
        (
            "base64 of JSON",
            STANDARD.encode(format!("{{\"k\": {json}}}")),
        ),
        (
            "base64 in a URL",
            STANDARD
                .encode(secret)
                .replace('+', "%2B")
                .replace('/', "%2f")
                .replace('=', "%3D"),
        ),
        (
            "base64 in lines",
            STANDARD
                .encode(secret)
                .as_bytes()
                .chunks(10)
                .map(String::from_utf8_lossy)
                .fold(String::new(), |all, line| all + &line + "\r\n "),
        ),
        ("hexadecimal", each(&|byte| format!("{byte:02x}"))),
        ("hexadecimal, large", each(&|byte| format!("{byte:02X}"))),
        (
            "hexadecimal with colons",
            each(&|byte| format!("{byte:02x}:")),
        ),
        (
            "hexadecimal numbers",
            each(&|byte| format!("0x{byte:02x}, ")),
        ),
        ("numbers", each(&|byte| format!("{byte}, "))),
        ("percent", percent.clone()),
        ("percent, small", percent.to_lowercase()),
        ("percent for all", each(&|byte| format!("%{byte:02x}"))),
        ("percent twice", percent.replace('%', "%25")),
        ("a form", percent.replace("%20", "+")),
        ("JSON", json.clone()),
        (
            "JSON for JavaScript",
            json.replace('/', "\\/").replace('&', "\\u0026"),
        ),
        ("JSON in ASCII", utf16(&|unit| format!("\\u{unit:04x}"))),
        ("JSON in JSON", serde_json::to_string(&json).unwrap()),
        (
            "Python",
            chars(&|c| match c {
                '\'' | '\\' => format!("\\{c}"),
                c if c.is_ascii() => c.to_string(),
                c => format!("\\u{:04x}", u32::from(c)),
            }),
        ),
        (
            "Python, bytes",
            each(&|byte| match byte {
                b' '..=b'~' if byte != b'\\' => char::from(byte).to_string(),
                byte => format!("\\x{byte:02x}"),
            }),
        ),
        ("C", each(&|byte| format!("\\{byte:03o}"))),
        ("Rust", chars(&|c| format!("\\u{{{:x}}}", u32::from(c)))),
        ("HTML", html.clone()),
        ("HTML, numbers", chars(&|c| format!("&#{};", u32::from(c)))),
        (
            "HTML, hexadecimal",
            chars(&|c| format!("&#x{:X};", u32::from(c))),
        ),
        ("HTML twice", html.replace('&', "&amp;")),
        ("mail", each(&|byte| format!("={byte:02X}"))),
        (
            "over lines",
            secret.chars().map(|c| format!("{c}\n")).collect(),
        ),
        (
            "with what is not drawn",
            secret.chars().map(|c| format!("{c}\u{200b}")).collect(),
        ),
    ];
    if secret.is_ascii() {
        all.push(("UTF-16 in base64", utf16_base64));
    }
    all
}

/// Whether some part of a secret that says something is left, in a text that was masked.
fn left(masker: &Masker, text: &str) -> Vec<Range<usize>> {
    masker.find(text, PLAIN, true)
}

#[test]
fn every_spelling_is_found_wherever_it_stands() {
    let masker = masker();
    for secret in SECRETS {
        for (how, spelt) in spellings(secret) {
            // What is cleaned away before, and where it counts a short one is found in one piece only.
            if secret.len() < GRAM
                && matches!(
                    how,
                    "over lines" | "with what is not drawn" | "UTF-16 in base64"
                )
            {
                continue;
            }
            for (before, after) in [
                ("", ""),
                ("it was \"", "\", which is wrong"),
                ("x=", "&y=1"),
                ("<b>", "</b>"),
                ("(", ")"),
            ] {
                let text = format!("{before}{spelt}{after}");
                let masked = masker.mask(&text);
                let kept = masked.replace(MASKED, "");
                assert!(masked.contains(MASKED), "{secret} {how}: {text}");
                // What stands around it stays, and nothing else; signs at the ends may.
                let more = kept.len().saturating_sub(before.len() + after.len());
                assert!(more <= 20, "{secret} {how}: {text} became {masked}");
                assert!(
                    left(&masker, &masked).is_empty(),
                    "{secret} {how}: {masked}"
                );
            }
        }
    }
}

#[test]
fn parts_are_found_and_plain_words_are_not() {
    let masker = Masker::new(
        [
            "xK7pQ2mN9vR4tW8z",
            "my-authentik-password-2024",
            "correcthorsebatterystaple",
        ],
        "",
    );
    for (text, masked) in [
        (
            "it begins with xK7pQ2mN…",
            "it begins with (sensitive value)…",
        ),
        ("…9vR4tW8z at its end", "…(sensitive value) at its end"),
        ("XK7PQ2MN", MASKED),
        ("xK7pQ2", "xK7pQ2"),
        (
            "Your password is too short for authentik",
            "Your password is too short for authentik",
        ),
        ("correct horse battery", MASKED),
        ("a battery", "a battery"),
    ] {
        assert_eq!(masker.mask(text), masked, "{text}");
    }
}

#[test]
fn short_secrets_and_plain_words_are_found_as_whole_words_only() {
    let masker = Masker::new(
        ["t", "no", "pin", "1234", "Secret", "my-secret", "a b!"],
        "",
    );
    for (text, masked) in [
        ("POST /outposts/instances/ t", "POST /outposts/instances/ t"),
        (
            "\"t\" is not valid, don't",
            "\"(sensitive value)\" is not valid, don't",
        ),
        ("'no' or no", "'(sensitive value)' or no"),
        (
            "pin spinning pins PIN pin's",
            "(sensitive value) spinning pins (sensitive value) pin's",
        ),
        (
            "status 1234, not 12345",
            "status (sensitive value), not 12345",
        ),
        ("client_secret: secret", "client_secret: (sensitive value)"),
        ("my%2Dsecret", MASKED),
        ("MTIzNA==", "(sensitive value)=="),
        ("a+b%21", MASKED),
        ("t", MASKED),
    ] {
        assert_eq!(masker.mask(text), masked, "{text}");
    }
}

#[test]
fn a_path_keeps_all_of_its_words() {
    let masker = Masker::new(
        [
            "t",
            "outposts",
            "oauth2",
            "propertymappings",
            "0b4d9c1e-6f2a-4a53-9d84-2f0e7f6b9a11",
        ],
        "",
    );
    for path in [
        "/outposts/instances/",
        "/providers/oauth2/7/",
        "/propertymappings/all/",
    ] {
        assert_eq!(masker.mask_path(path), path);
    }
    let path =
        "/stages/invitation/invitations/0b4d9c1e-6f2a-4a53-9d84-2f0e7f6b9a11/?a=%30b4d9c1e6f";
    assert_eq!(
        masker.mask_path(path),
        "/stages/invitation/invitations/(sensitive value)/?a=(sensitive value)"
    );
}

#[test]
fn the_address_of_the_server_is_no_part_of_a_secret() {
    let masker = Masker::new(
        ["https://auth.example.org/hook/Zx81kkq0"],
        "https://auth.example.org",
    );
    assert_eq!(
        masker.mask("see https://auth.example.org/if/admin"),
        "see https://auth.example.org/if/admin"
    );
    assert_eq!(masker.mask("hook/Zx81kkq0"), MASKED);
}

#[test]
fn secrets_that_are_spread_over_texts_are_found() {
    let texts = [
        "it was xK7pQ2".to_owned(),
        "mN9vR4".to_owned(),
        "tW8z, sorry".to_owned(),
        "fine".to_owned(),
    ];
    let masker = Masker::new(["xK7pQ2mN9vR4tW8z"], "");
    let masked = [
        "it was (sensitive value)",
        "(sensitive value)",
        "(sensitive value), sorry",
        "fine",
    ];
    assert_eq!(masker.mask_all(&texts), masked);
}

#[test]
fn output_keeps_its_words_and_its_quotes() {
    let masker = Masker::of_output(
        [
            "sandbox-admin-token",
            "ak-MYTOKEN-123456",
            "short1",
            "password",
        ],
        "",
    );
    for text in [
        "sandbox-admin",
        "short1",
        "password",
        r#"["ak-MYTOKEN", "-123456"]"#,
        "[97, 107, 45, 77, 89, 84, 79]",
    ] {
        assert_eq!(masker.mask(text), text);
    }
    let text = format!(
        r#"{{"a": "ak-MYTOKEN-123456", "b": "{}"}}"#,
        STANDARD.encode("x ak-MYTOKEN-123456")
    );
    let masked = masker.mask(&text);
    let value: serde_json::Value = serde_json::from_str(&masked).unwrap();
    assert_eq!(value["a"], MASKED);
    assert!(!masked.contains("TVlUT0tFTi0xMjM0"), "{masked}");
}

#[test]
fn long_texts_are_searched_to_their_end() {
    let masker = masker();
    for at in [0, 1, PART - OVERLAP - 3, PART - 9, PART, 3 * PART - 1] {
        let text = format!(
            "{}ak-MYTOKEN-123456{}",
            "ü.".repeat(at / 3),
            " .".repeat(PART)
        );
        assert_eq!(masker.mask(&text).matches(MASKED).count(), 1, "{at}");
    }
}

#[test]
fn what_a_secret_is_is_not_printed() {
    assert_eq!(format!("{:?}", masker()), "Masker");
    assert!(Masker::new(["", "  ", "\u{200b}"], "").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the secret and wherever it stands, no eight letters and digits of it in a row are left.
    #[test]
    fn no_part_of_any_secret_is_left(
        secret in "[a-zA-Z0-9!-/:-@äßπ\\\\]{12,40}[0-9][A-Z]",
        before in "[ -~]{0,20}",
        after in "[ -~]{0,20}",
    ) {
        let masker = Masker::new([secret.as_str()], "");
        for (how, spelt) in spellings(&secret) {
            let text = format!("{before} {spelt} {after}");
            let masked = masker.mask(&text);
            prop_assert!(masked.contains(MASKED), "{}: {}", how, text);
            prop_assert!(left(&masker, &masked).is_empty(), "{}: {} became {}", how, text, masked);
        }
        let chars: Vec<char> = secret.chars().collect();
        for cut in [&chars[..chars.len() - 2], &chars[2..]] {
            let part: String = cut.iter().collect();
            let plain = grams::is_plain(part.as_bytes());
            let text = format!("{before} {part} {after}");
            prop_assert!(plain || masker.mask(&text).contains(MASKED), "{}", text);
        }
    }

    /// Nothing is taken out of a text that has nothing to do with the secret.
    #[test]
    fn other_texts_stay(text in "[ -~\\n]{0,400}") {
        let masker = Masker::new(["xK7pQ2mN9vR4tW8z", "пароль-секретный-1"], "");
        prop_assert_eq!(masker.mask(&text), text.as_str());
    }
}
