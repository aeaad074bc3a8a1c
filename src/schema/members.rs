//! Sets that are written item by item: where they are read, and how items go in and out.
//!
//! Data only; `read` and `apply` follow it.

/// A set that is written item by item, so that items added elsewhere meanwhile stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Members {
    /// The field.
    pub field: &'static str,
    /// Whether the body of a creation takes it.
    pub in_create: bool,
    /// Where it is read, if answers of this kind do not have it.
    pub read: Option<Apart>,
    /// How items go in and out.
    pub write: Through,
}

/// A list in which a set is read that the answers of its kind do not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Apart {
    /// The collection.
    pub path: &'static str,
    /// The filter.
    pub filter: &'static str,
    /// What the filter takes.
    pub by: By,
}

/// What a filter takes of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// Its key.
    Name,
    /// The id that stands in its URL.
    Id,
}

/// How the items of a set go in and out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Through {
    /// One by one through actions of the object, which take an item's id.
    Actions {
        /// POST puts one in.
        add: &'static str,
        /// POST takes one out.
        remove: &'static str,
    },
    /// Permissions, by their names, all that are for the same object at once, through actions at another path.
    Grants {
        /// What comes before the object's id.
        path: &'static str,
        /// POST gives them.
        add: &'static str,
        /// PATCH takes them.
        remove: &'static str,
    },
}
