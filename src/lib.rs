//! akrec: authentik, declared in YAML, planned, reviewed and applied.
