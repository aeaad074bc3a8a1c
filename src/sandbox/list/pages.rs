//! Pages: which part of a list is asked for, and the `pagination` object of the server.
//! Must never look at what is listed.

use serde_json::{Value, json};

use crate::sandbox::types::{Query, Serial, last};
use crate::sandbox::world::World;

/// One page of objects and the page's numbers; `None` past the end, which is a 404.
pub(in crate::sandbox) struct Page {
    pub objects: Vec<Serial>,
    pub pagination: Value,
}

pub(in crate::sandbox) fn page(world: &World, query: &Query, objects: &[Serial]) -> Option<Page> {
    let (range, pagination) = part(world, query, objects.len(), None)?;
    Some(Page {
        objects: objects.get(range).unwrap_or_default().to_vec(),
        pagination,
    })
}

/// Which of so many are on the page that is asked for, and the page's numbers. Some lists have a limit of their own.
pub(in crate::sandbox) fn part(
    world: &World,
    query: &Query,
    count: usize,
    limit: Option<usize>,
) -> Option<(std::ops::Range<usize>, Value)> {
    // 2025.10 gives 100 and knows no maximum; later releases give 20 and clamp to 100.
    let (default, most) = if world.facts.is_2025_10() {
        (100, usize::MAX)
    } else {
        (20, 100)
    };
    let asked = last(query, "page_size")
        .and_then(|size| size.parse::<usize>().ok())
        .filter(|size| *size > 0);
    let (default, most) = limit.map_or((default, most), |limit| (limit, limit));
    let size = asked.unwrap_or(default).min(most);
    let total = count.div_ceil(size).max(1);
    let number = match last(query, "page") {
        None => 1,
        Some("last") => total,
        Some(number) => number.parse::<usize>().ok()?,
    };
    if number == 0 || number > total {
        return None;
    }
    let start = (number - 1) * size;
    let end = (start + size).min(count);
    let pagination = json!({
        "count": count,
        "current": number,
        "end_index": end,
        "next": if number < total { number + 1 } else { 0 },
        "previous": number - 1,
        "start_index": if count == 0 { 0 } else { start + 1 },
        "total_pages": total,
    });
    Some((start..end, pagination))
}

/// The body of a list answer.
pub(in crate::sandbox) fn body(pagination: Value, results: Vec<Value>) -> Value {
    json!({ "autocomplete": {}, "pagination": pagination, "results": results })
}
