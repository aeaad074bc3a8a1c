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
    /// The list in which it is read, if answers of this kind do not contain it.
    pub read: Option<SeparateList>,
    /// How items are added and removed.
    pub write: ItemWrites,
}

/// A list in which a set is read that the answers of its kind do not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeparateList {
    /// The collection.
    pub path: &'static str,
    /// The filter.
    pub filter: &'static str,
    /// What the filter takes.
    pub by: FilterBy,
}

/// The property of an object that a filter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilterBy {
    /// Its key.
    Name,
    /// The id that stands in its URL.
    Id,
}

/// How items are added to a set and removed from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ItemWrites {
    /// One by one through actions of the object, which take an item's id.
    Actions {
        /// The action that adds one, by POST.
        add: &'static str,
        /// The action that removes one, by POST.
        remove: &'static str,
    },
    /// Permissions, by their names, all that are for the same object at once, through actions at another path.
    Grants {
        /// What comes before the object's id.
        path: &'static str,
        /// The action that grants them, by POST.
        add: &'static str,
        /// The action that revokes them, by PATCH.
        remove: &'static str,
    },
}
