//! The flows that people build, and what a change of them comes to.
