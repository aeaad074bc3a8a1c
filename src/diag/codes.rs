//! The register of diagnostic codes: number, what it is about, and what to do. One literal each, never reused.
//!
//! `AKR01xx` files and YAML, `AKR02xx` objects and references, `AKR03xx` settings and command line,
//! `AKR04xx` the server, `AKR05xx` planning, `AKR06xx` safety and ownership, `AKR07xx` access: assertions, and lints from `AKR0710` on, `AKR08xx` plans that are out of date,
//! `AKR09xx` applying.

use std::fmt;

/// A stable code such as `AKR0203`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// `AKR` and four digits.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether it is about safety or ownership: it refuses what could be done.
    pub fn is_safety_check(self) -> bool {
        self.0.starts_with("AKR06")
    }

    /// Whether it is a safety check that `--allow` can override.
    pub fn is_overridable(self) -> bool {
        [Code::EMPTY_STATE, Code::LEFT_BEHIND].contains(&self)
            || (self.is_safety_check()
                && (self < Code::LEASE_HELD
                    || (Code::NO_PROOF..Code::SOURCE_TAKES_OVER).contains(&self)))
    }

    /// Whether it is a lint: a warning that can be allowed or denied.
    pub fn is_lint(self) -> bool {
        self.lint().is_some()
    }

    /// The name of a lint, by which it is also known.
    pub fn lint(self) -> Option<&'static str> {
        LINTS
            .iter()
            .find(|(code, _)| *code == self)
            .map(|(_, name)| *name)
    }

    /// A lint by its code or its name.
    pub fn of_lint(text: &str) -> Option<Code> {
        let text = text.trim();
        LINTS
            .iter()
            .find(|(code, name)| code.0.eq_ignore_ascii_case(text) || *name == text)
            .map(|(code, _)| *code)
    }

    /// What the code means and what to do, a paragraph.
    pub fn explanation(self) -> &'static str {
        CODES
            .iter()
            .find(|(code, _)| *code == self)
            .map_or("", |(_, text)| text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Declares the codes once: as constants for the code and as a table for people.
macro_rules! codes {
    ($($name:ident $number:literal $text:literal)*) => {
        impl Code {
            $(#[doc = $text] pub const $name: Code = Code($number);)*
        }
        /// Every code with its explanation, in order.
        pub const CODES: &[(Code, &str)] = &[$((Code::$name, $text)),*];
    };
}

codes! {
    YAML_SYNTAX "AKR0101" "The file is not valid YAML. Fix the place under the caret; the usual cause is a missing quote or a wrong indent on an earlier line."
    DUPLICATE_KEY "AKR0102" "A mapping has the same key twice. YAML would silently keep one of them, so akrec refuses; merge the two."
    DUPLICATE_OBJECT "AKR0103" "Two places declare the same object. Keep one, or use an environment overlay to vary it."
    UNKNOWN_SECTION "AKR0104" "A top-level key is not a known section. `akrec kinds` lists them."
    UNKNOWN_FIELD "AKR0105" "The object has no such field. Field names are exactly those of authentik's API; `akrec explain KIND` lists them."
    RELEASE_FIELD "AKR0106" "The field, kind or variant exists, but not in the release of the target server."
    WRONG_TYPE "AKR0107" "The value does not have the type of the field. Booleans are only `true` and `false`; a list with one item is still a list."
    BAD_WORD "AKR0108" "The value is not one of the variants of the field's enumeration. `--allow-unknown` turns this into a warning for servers newer than this akrec."
    BAD_DURATION "AKR0109" "authentik writes durations as `hours=1;minutes=30`; units are microseconds, milliseconds, seconds, minutes, hours, days, weeks."
    MISSING_VARIABLE "AKR0110" "A `!env` or `!var` names a variable that is not set. Set it, or give a default: `!env {name: NAME, default: value}`."
    BAD_FILE "AKR0111" "A `!file` cannot be read: it is absent, not UTF-8, too large, or is outside the state directory without `--allow-outside`."
    NOT_UTF8 "AKR0112" "The file is not UTF-8 text."
    TOO_LARGE "AKR0113" "The file is too large, is nested too deeply or expands too far; this limit stops alias bombs and mistakes."
    EMPTY_STATE "AKR0114" "The state directory declares nothing at all. An empty source must never mean \"delete everything\": `plan` and `apply` refuse it with exit code 6. To delete everything that akrec created, override this with `--allow AKR0114`; the limits still apply."
    BAD_TAG "AKR0115" "The tag is not one of akrec's (`!env`, `!file`, `!var`, `!exact`, `!ref`, `!set`) or is in a place where it has no meaning."
    BAD_SHAPE "AKR0116" "The mapping or list does not have the form that this key requires."
    REQUIRED_FIELD "AKR0117" "A field that authentik requires on creation is missing, and the object does not exist on the server yet."
    NOT_CLEARABLE "AKR0118" "The field cannot be null or empty on the server. Remove it to leave it unchanged."
    BAD_STATE_DIR "AKR0119" "The state directory or a file in it cannot be read."
    BAD_TIME "AKR0120" "Times are written as RFC 3339 (`2026-12-31T23:59:59Z`) or as a date (`2026-12-31`, meaning its start in UTC)."
    BAD_TYPE_WORD "AKR0121" "Objects of this section need `type:` with the API's name for their kind. `akrec kinds` lists these names."
    BAD_KEY "AKR0122" "The natural key is empty or has a form that the server refuses (slugs are letters, digits, `-` and `_`)."
    PLAIN_SECRET "AKR0123" "A state file contains a secret in clear text, so everybody who can read the repository can read it. Use `!env`."
    UNCHECKED "AKR0124" "This run reads this part of the files but ignores it: assertions, with `--no-access`."
    SECRET_NAME "AKR0125" "A name, a reference or another value that plans show comes from `!env`. Plans, messages and the audit log show names, but an environment variable may hold a secret: anybody who can propose a change could print it. Write the name itself, or use `!var`."
    OWN_SECRET "AKR0126" "`!env` names a variable that holds akrec's own credentials (its API token, or what it signs in with). They must never be written to a server or shown in a plan."
    RAW_PATH "AKR0130" "A path under `raw` is not a collection that can be declared there: akrec has a section for it, or it is an action, a single object, or something that only authentik itself writes."
    BAD_CONTENT "AKR0131" "The string does not have the format of the field (PEM, for a certificate), so the server would refuse it. The string itself is never shown; often a variable or a file holds the wrong content."
    NOT_COMPARED "AKR0132" "The server returns nothing with which the field could be compared, so a change of this field alone is never detected. Declare it together with the field that it belongs to, or send it with `--write-secret`."
    FORCED_VALUE "AKR0133" "The server sets this field itself at every write, so the declared value would never stay; or the server fails on this value. Remove the field."
    BAD_FORMAT "AKR0140" "The string does not have the format of the field (a URL, an e-mail address, a network, a file name, …) or has more characters than authentik stores. akrec refuses what authentik refuses, and what the reader of the field cannot use."
    BAD_EXPRESSION "AKR0141" "The string is a Python expression or a regular expression that cannot be compiled. authentik compiles expressions when they are written and refuses the object."
    INCOMPLETE "AKR0142" "authentik validates some fields of an object together: one field needs another (a webhook its address, a key its signature flag), at least one of several must be set, or two of them contradict each other. The message names the fields."
    BAD_DATA_KEY "AKR0143" "A key of free-form data that authentik reads by name (the configuration of an outpost, a flag of the settings) has an invalid value."
    KEY_MISMATCH "AKR0144" "A private key does not belong to the certificate that it is declared with, so nothing that it signs can be verified. Take both from the same place."
    UNKNOWN_REFERENCE "AKR0203" "The name is neither declared in the files nor found on the server."
    AMBIGUOUS_REFERENCE "AKR0204" "The name matches several objects. Use the full name of the one you mean."
    REFERENCE_TO_DELETED "AKR0205" "This plan deletes the object that is referred to."
    PARENT_CIRCLE "AKR0206" "The groups are parents of each other. authentik would store this and then misbehave, so akrec refuses it."
    REFERENCE_CIRCLE "AKR0207" "Objects need each other to exist first. Break the cycle at an optional field."
    ABSENT_AND_DECLARED "AKR0208" "An object is declared and at the same time listed under `absent`."
    WRONG_KIND "AKR0209" "An object of this name exists on the server, but with another `type`. authentik has no way to change it in place."
    RENAME_CONFLICT "AKR0210" "`previously` names an object that also exists or is also declared; the new name of a rename would already be taken."
    BOTH_SIDES "AKR0211" "One membership is declared on the group and on the user. They are the same thing on the server; keep one."
    AMBIGUOUS_OBJECT "AKR0212" "Several objects on the server have this key, so the key does not identify one of them. Rename or remove one by hand."
    DUPLICATE_BINDING "AKR0213" "The same subject is bound twice to the same object. One of the bindings has no effect."
    WRONG_PERMISSION "AKR0214" "A permission is granted on an object of the wrong kind. authentik would refuse it."
    WRONG_REFERENCE "AKR0216" "The field accepts only some types of objects, and the named object has another type; authentik would refuse the write."
    TAKEN_VALUE "AKR0217" "Two objects declare a value that authentik lets only one object have: a provider serves one application, and a client id belongs to one provider. Give the second object its own value."
    INCOMPLETE_LIST "AKR0221" "A complete list of one side of a membership (`users.*.groups`) lacks an item that a list of the other side (`groups.*.members`) declares, so it is not complete. The membership stays, because the declared list of members decides for that group. Declare the membership in one place."
    TAKEN_ON_SERVER "AKR0230" "Only one object on the server may have this setting (the default brand, the synchronization of passwords), and an object that the files do not declare has it. Declare that object too, without the setting."
    SAME_ORDER "AKR0231" "Two bindings of one object would have the same subject and order, which authentik refuses as soon as one of them changes. Give one of them a different order."
    BAD_SETTING "AKR0301" "`akrec.yaml`, a flag or an environment variable has a value that cannot be used."
    NO_TOKEN "AKR0302" "No API token: set AKREC_TOKEN, or AKREC_TOKEN_FILE / --token-file with a file that holds it."
    NO_SERVER "AKR0303" "No server: set AKREC_URL, --url, or `server:` in akrec.yaml. With `--sandbox`, no server is needed."
    NO_TERMINAL "AKR0304" "An apply asks for confirmation before it writes, but there is no terminal. Use --auto-approve."
    WEAK_SETTING "AKR0305" "A setting weakens the protection of the token: others can read its file, or certificates are not checked."
    USAGE "AKR0306" "The command line is not valid: a verb, a flag or a value is unknown. `akrec VERB --help` lists the flags of a verb."
    FILE_EXISTS "AKR0307" "A file that would be written already exists. Nothing was written; choose another folder with -o, or allow it with --overwrite."
    CANNOT_WRITE "AKR0308" "A file could not be written: the directory cannot be created, a link in the checkout leads out of it, the disk is full, or a permission is missing. An apply checks this for its files before it changes the server."
    NOT_IN_LEDGER "AKR0309" "`akrec forget` names an object that is not in the ledger of this workspace, so there is nothing to forget."
    NOT_DELIVERED "AKR0310" "The address of --notify did not accept the message after several attempts. The run itself is reported in full; it ends with an error, so that the missing message is noticed."
    NO_APPLICATION "AKR0320" "The application that the command line names is not on the server, or the token may not see it. Applications are named by their slug."
    NO_SIGN_ON "AKR0321" "The application has no provider, or its provider has a type without integration settings: only OAuth2 and SAML providers have an issuer and addresses."
    NO_INVITATION_STAGE "AKR0322" "An invitation is for a flow that has no invitation stage. Its link does what the flow does without an invitation, or fails."
    UNUSED_DATA "AKR0323" "Nothing in the flow uses a part of the invitation's data, such as the group. The invitation stage only adds it to the data of the flow; an expression policy after user_write must act on it."
    LEADS_OUT "AKR0330" "A symbolic link, or a path in akrec.yaml, leads out of the project (the folder of akrec.yaml), or into git's own data. Whoever can change the checkout could make akrec read any file of the machine that way. Replace the link with the file itself, name the directory on the command line, or allow it with `--allow-outside`; git's own data is never read."
    UNTRUSTED_SETTING "AKR0331" "The checkout is untrusted (`--untrusted`, AKREC_UNTRUSTED, or a job for a pull request), so its settings files do not decide where akrec connects, how it verifies the server, which headers it sends, or which directory it reads. The message names the flag or variable to use instead."
    SERVER "AKR0401" "The server could not be reached, or its answer could not be used."
    TOKEN_REFUSED "AKR0402" "The server refused the token. authentik answers 403 for a wrong or expired token."
    PERMISSION "AKR0403" "The token is not permitted to do this. A service account in the group `authentik Read-only` can plan; applying needs more."
    OLD_RELEASE "AKR0404" "The server is older than the oldest release that akrec supports."
    NEW_RELEASE "AKR0405" "The server is newer than the newest release that akrec supports; it is treated like that one."
    BAD_OBJECT "AKR0406" "The server sent an object without the fields that identify it, or with a form that differs from its release's schema."
    UNREADABLE "AKR0407" "A part of the server could not be read, so what depends on it is not planned."
    NOT_EXPORTED "AKR0408" "The exported files cannot be planned as they are, or their plan would not be empty: other files in the directory declare the same objects, or akrec could not express everything as it is on the server. The message names the objects. Use --unmanaged beside existing files, or correct the files by hand."
    NOT_ANSWERED "AKR0409" "A declared field is not in the server's answers although its release should have it, so it cannot be compared: the server and this akrec do not match. Remove the field from the files, ignore it with `lifecycle: {ignore: […]}`, or use an akrec for this version of authentik. `--allow-unknown` turns this into a warning and leaves the field unchanged. This does not concern secrets: a value that a server does not return is sent on creation and with `--write-secret`."
    RAW_COLLECTION "AKR0410" "The server has no collection at a path that is declared under `raw`, or one with an unexpected form. `akrec kinds --check` lists the collections that the server has and akrec does not know."
    ACCESS_DIFFERS "AKR0411" "`akrec access --verify`: the server and akrec disagree on whether a user may open an application. Either somebody changed the server meanwhile, or akrec implements the rule of this release incorrectly: please report it."
    CUT_LIST "AKR0412" "The server shows this token fewer objects of a kind than it counts, so it is unknown whether an object exists. Nothing is created or deleted based on such a list. authentik filters some lists by what the token may see: use a token of a superuser, or one whose role may view all objects of the kind."
    ANSWER_LIMIT "AKR0413" "The server sent more than akrec reads: an answer, a list, or all answers of the run together exceed the limit that the message names. A normal authentik stays far below it. Check the address; if the server really has this much data, raise the limits with `--max-answers 1GiB` or AKREC_MAX_ANSWERS."
    NO_TARGET "AKR0501" "A pattern of `--target` or `--exclude` matches nothing that is declared or would change (for `diff`: nothing that either server has); it is probably misspelled. Addresses are written as in the JSON plan, such as application.wiki or group.*."
    LASTS_TOO_LONG "AKR0502" "The end of an app password is further away than authentik allows: the limit is the settings' `default_token_duration`, or the user's attribute `goauthentik.io/user/token-maximum-lifetime`, which takes a duration."
    NOT_PRESELECTED "AKR0510" "A new object would get the mappings that authentik's admin form preselects, but the server no longer has any of them. The object is created without them; name the mappings that it must have."
    OPENS "AKR0601" "After this plan, an application has no enabled binding. authentik lets every user open such an application, superusers or not."
    BUILT_IN "AKR0602" "The object was created by authentik itself (a default flow, a managed mapping, the embedded outpost); removing it breaks upgrades."
    VICTIM "AKR0603" "The server would delete something else along with an object that this plan deletes (deleting a flow also deletes the providers that use it), and nothing in the files asks for that. Change its reference first, delete it in the files too, or override this with `--allow AKR0603`."
    FOREIGN "AKR0604" "The object belongs to another workspace of this server. Remove it from the files of one of the two and run `akrec forget` there, or take it over with `--allow AKR0604`."
    PROTECTED "AKR0605" "The object is protected (`lifecycle: {protect: true}`) and is not deleted. Remove the protection in a separate apply first."
    LIMIT "AKR0606" "The plan does more than the limits allow. Review it closely; if this is intended, raise `limits` in akrec.yaml or the flag that the message names, or override this with `--allow AKR0606`."
    LAST_SUPERUSER "AKR0607" "After this plan, nobody could administer the server: no active user would be a member of a group with `is_superuser`."
    OWN_ACCESS "AKR0608" "The plan removes what the token's own user needs: its account, its membership in the group that lets it administer the server, or its token."
    SIGN_IN "AKR0609" "After this plan, nobody could sign in with a brand: it would have no flow that signs users in, or nobody would get to the end of that flow, because of what it requires, what is bound to it, or its stages."
    BREAK_GLASS "AKR0610" "The plan touches a user that `break_glass` in akrec.yaml names: such a user is kept as it is, so that somebody can always get in."
    LEASE_HELD "AKR0611" "Another apply of the same workspace is running, or one ended without releasing its lease. Wait for it (`--lock-timeout 5m`); an abandoned lease expires after ten minutes."
    LEDGER_NEWER "AKR0612" "The ledger on the server was written by a newer akrec. Use that version or a newer one."
    LEDGER_BROKEN "AKR0613" "The ledger on the server is not what akrec wrote and cannot be read. Restore it, or delete the blueprint instance that holds it: then everything in the files is adopted again and nothing is deleted."
    LEDGER_EDITED "AKR0614" "The ledger on the server was changed by something other than akrec. Objects that it lists as created count as adopted, so that nothing is deleted by mistake."
    LEDGER_UNREADABLE "AKR0615" "The token cannot read the ledger, so it is unknown what akrec created: objects that are no longer in the files are not deleted."
    LEDGER_UNWRITTEN "AKR0616" "The results could not be written to the ledger. The lease keeps the names of what was created, and the next apply records them; without a lease (`--no-lock`) it adopts the objects."
    LEASE_TAKEN_OVER "AKR0617" "A lease that had expired was taken over: the run that held it ended without releasing it. What it created counts as created by akrec."
    RUN_ENDED_EARLY "AKR0618" "An earlier apply was killed or interrupted before it had written the ledger or released its lease. Nothing is lost: the next apply records what it created and deletes its lease, even if it has nothing else to do."
    LEFT_BEHIND "AKR0620" "A certificate changes, but its key on the server is not declared and so stays. authentik stores the two without comparing them; if the key belongs to another certificate, everything that uses the pair breaks. Declare `key_data` beside it; if the new certificate has the same key, override this with `--allow AKR0620`."
    NO_PROOF "AKR0630" "After this plan, a flow signs somebody in, or changes an account, for nothing but a name: no password, no link by e-mail, no passkey, no source. Keep a stage that asks for a proof before the stage that signs in."
    SUPERUSERS_SHUT_OUT "AKR0631" "After this plan, no superuser gets to the end of any brand's sign-in flow, although others do. Let a group with `is_superuser` through what is bound to the flow and its stages."
    OPEN_ENROLLMENT "AKR0632" "After this plan, anybody who knows the address of the server can get an account: a flow creates users without an invitation. Put an invitation stage before the stage that creates the user, or bind something to the flow."
    RECOVERY_WITHOUT_PROOF "AKR0633" "After this plan, a recovery flow gives an account to anybody who knows its name. Keep a stage that sends a link by e-mail, or another proof."
    SOURCE_TAKES_OVER "AKR0634" "After this plan, a source matches its users to those of the server by e-mail address or username: whoever has the same one there is signed in as the user here. Keep `identifier` unless the source proves addresses and names."
    RESTRICTED_PROVIDER "AKR0640" "An application that is open to all users would get the provider of an application that was restricted: everybody could sign in where only some users could. Bind to the new application what was bound to the other one; if this is intended, override this with `--allow AKR0640`."
    BUILT_IN_BINDING "AKR0641" "A complete list of the files removes a binding that authentik's own blueprints made. The message says what it does. Its upgrades may make it again. Add it to the list, or write the list as a partial one (`include`), if it is meant to stay."
    ASSERTION "AKR0701" "An assertion about effective access does not hold. The message names who can open what and why, or which part of the assertion is false. Change the access or the assertion. This check cannot be overridden. The same goes for assertions about privileges."
    ASSERTION_UNKNOWN "AKR0702" "An assertion can neither be proven nor refuted: a policy decides at sign-in, or the token cannot read users or groups. It counts neither as held nor as failed. About privileges this is an error: nobody should rely on what nobody checked."
    OPEN_APPLICATION "AKR0710" "An application has no enabled binding, so every user may open it, superusers or not. Bind a group; if this is intended, declare it with a reason: `lifecycle: {open: true, reason: \"public status page\"}`."
    USER_NOT_KNOWN "AKR0711" "Something that evaluates a user is bound to a flow that starts without one: the user is not identified yet, so everybody is denied (this happened with a reputation policy on a real installation). Bind it to the binding of a later stage, such as the password stage."
    PASSWORD_TWICE "AKR0712" "An identification stage shows the password stage on its own page, and the flow binds that stage as well: users are asked for their password twice. Remove the binding from the flow, or `password_stage` from the identification stage."
    NO_SIGNING_KEY "AKR0713" "An OAuth2 provider has no signing key: its JWKS is empty, and tokens are signed with the client secret, so applications that check them by the JWKS refuse them. Set `signing_key`."
    RESERVED_SLUG "AKR0714" "The slug of an application is reserved: authentik's own OAuth2 endpoints use it below `/application/o/`. authentik refuses it; choose another one."
    WEAK_REDIRECT "AKR0715" "A redirect URI can be misused to intercept sign-ins: a confidential client with plain http to another machine, or a regular expression that matches unintended hosts (a dot that is not escaped, `.*` in the host). Use https and `strict`, or escape the dots: `https://app\\.example\\.org/cb`."
    INHERITED_SUPERUSER "AKR0716" "A group with `is_superuser` has child groups: members of those are superusers too, although their own groups do not say so. Remove the parent, or set `is_superuser: true` on the child if this is intended."
    MOOT_BINDING "AKR0717" "A binding never has an effect: another one decides the same for everybody that it concerns, or it is a policy of an entitlement, which authentik does not evaluate. Remove it."
    ENDS_SOON "AKR0718" "An invitation has expired, or a membership with `until` has ended or ends within 14 days. Extend or remove it."
    NO_PROVIDER "AKR0719" "An application leads nowhere: it has neither a provider nor a launch URL. Perhaps its `provider:` line is missing."
    USELESS_OBJECT "AKR0730" "An object is valid but cannot work as declared: it lacks a necessary field (an OAuth2 provider without grant types refuses every sign-in). The message names what is missing."
    UNKNOWN_DATA_KEY "AKR0731" "authentik does not read a key of free-form data (the configuration of an outpost, a flag of the settings), so the key has no effect; it is probably misspelled."
    CLOSED_APPLICATION "AKR0732" "An application has no enabled binding, and the setting `core_default_app_access` is off, so nobody may open it, not even superusers (2026.5 and later). Bind a group; or set `settings: {flags: {core_default_app_access: true}}` if such applications are meant to be open to all users."
    ENDLESS_TOKEN "AKR0750" "An API token has `expiring: false`: it never ends, and whoever reads its key has the rights of its owner until somebody deletes it. Remove `expiring: false`; for a program, prefer an app password with an end or an OAuth2 client with client credentials."
    UNPROTECTED "AKR0751" "An expression in `skip_path_regex` of a proxy provider matches every path, so that the provider protects nothing. The outpost looks for each line anywhere in the path: `.*`, `/` and an empty line all match everything. Name the public paths from their beginning, such as `^/public/`."
    UNENCRYPTED_WEBHOOK "AKR0752" "A notification transport sends events by plain http to another machine: anyone on the network path can read them, and the address with its key. Use https."
    STALE "AKR0801" "A saved plan is stale: the files, the server or what akrec owns changed since it was made. Nothing was written; the message names the objects and fields that changed. Plan again."
    LEDGER_MOVED "AKR0802" "Another apply of the same workspace finished between this plan and its writes, so nothing was written. Plan again."
    OTHER_SERVER "AKR0803" "A saved plan was made for another server, another release of it, another workspace or another environment. Apply it where it was made for, or plan again."
    BAD_PLAN_FILE "AKR0804" "The file is not a saved plan, is truncated or edited, or was made by a newer akrec. A saved plan is applied as it is or not at all: plan again."
    NOT_PUT_BACK "AKR0805" "Something that a rollback cannot restore: a secret, which is in no file, the id of a deleted object, or what depends on these. Set it by hand after the rollback."
    NO_ROLLBACK "AKR0806" "The apply was done, but its rollback file could not be written. The message says why. The exit code is 1, so that nobody relies on a rollback file that does not exist."
    OTHER_FILE "AKR0807" "`akrec apply` was given a rollback file, or the verb `rollback` an ordinary plan file. A rollback does what its file says and is not compared with any state file, so it has its own verb: `akrec rollback rollback-….json`."
    OTHER_OPTIONS "AKR0808" "A plan file was made with options (--target, --exclude, --write-secret) that differ from those of this apply. akrec takes none of them from the file, which somebody may have edited: give the apply the same options as the plan, or plan again."
    UNREVIEWED "AKR0809" "A rollback file alone decides what is written: no state file confirms it, and its checksum detects damage but is not a signature. Whoever can edit the file can put anything into it. Review the plan before you confirm it."
    STEP_FAILED "AKR0901" "The server refused a write, or the result is not what was planned."
    STEP_MOVED "AKR0902" "Somebody else changed the object between the plan and the write, so the write was skipped."
    STEP_BLOCKED "AKR0903" "Not attempted, because something it needs failed."
    NOT_CONVERGED "AKR0904" "After applying, a second plan still shows changes. The server did not keep what was written, or somebody changes it at the same time."
    INTERRUPTED "AKR0905" "Stopped by a signal. The output lists what was done; the rest is still to do."
    NO_LICENCE "AKR0906" "authentik creates and changes this kind only with an enterprise license, and it has no valid one. Everything else is done."
    READ_ONLY "AKR0907" "The enterprise license has expired or is exceeded, so authentik refuses every write; nothing more is attempted."
    SIGN_IN_CLOSED "AKR0908" "Before the apply, the sign-in flow of a brand opened for visitors; after it, it did not. The apply was rolled back at once, and the message says whether the flow opens again. Find out what closes it (`akrec access --sign-in`), or use --no-probe if that is intended."
}

/// The names of lints.
const LINTS: &[(Code, &str)] = &[
    (Code::OPEN_APPLICATION, "open-application"),
    (Code::USER_NOT_KNOWN, "user-not-known"),
    (Code::PASSWORD_TWICE, "password-twice"),
    (Code::NO_SIGNING_KEY, "no-signing-key"),
    (Code::RESERVED_SLUG, "reserved-slug"),
    (Code::WEAK_REDIRECT, "weak-redirect"),
    (Code::INHERITED_SUPERUSER, "inherited-superuser"),
    (Code::MOOT_BINDING, "moot-binding"),
    (Code::ENDS_SOON, "ends-soon"),
    (Code::NO_PROVIDER, "no-provider"),
    (Code::USELESS_OBJECT, "useless-object"),
    (Code::UNKNOWN_DATA_KEY, "unknown-data-key"),
    (Code::CLOSED_APPLICATION, "closed-application"),
    (Code::ENDLESS_TOKEN, "endless-token"),
    (Code::UNPROTECTED, "unprotected"),
    (Code::UNENCRYPTED_WEBHOOK, "unencrypted-webhook"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ordered_and_explained() {
        assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(
            CODES
                .iter()
                .all(|(code, text)| code.as_str().len() == 7 && text.len() > 20)
        );
    }

    #[test]
    fn lints_have_names_and_a_range_of_their_own() {
        let ranged = CODES
            .iter()
            .map(|(code, _)| *code)
            .filter(|code| ("AKR0710".."AKR0800").contains(&code.as_str()));
        assert_eq!(
            ranged.collect::<Vec<_>>(),
            LINTS.iter().map(|(code, _)| *code).collect::<Vec<_>>()
        );
        assert_eq!(Code::of_lint("weak-redirect"), Some(Code::WEAK_REDIRECT));
        assert_eq!(Code::of_lint("akr0715"), Some(Code::WEAK_REDIRECT));
        assert_eq!((Code::of_lint("AKR0601"), Code::of_lint("")), (None, None));
    }
}
