//! Responses: starting, entering, appending, reading and previewing.

mod appending;
mod entering;
mod past;
mod previewing;
mod reading;
mod starting;

use domain::responses::{Entry, EntryContent};
use serde_json::json;
use services::paging::Paging;
use uuid::Uuid;

const PAGE: Paging = Paging { page: 1, size: 10 };

fn entry(number: u32, content: EntryContent) -> Entry {
    Entry {
        id: Uuid::from_u128(u128::from(number)),
        number,
        content,
    }
}

fn submitted(number: u32) -> Entry {
    let data = json!({
        "birthDate": "2024-01-03T00:00:00.000Z",
        "databraryShare": "no",
        "useOfMedia": "private",
        "feedback": "Fun!",
        "frameType": "EXIT"
    });
    entry(
        number,
        EntryContent::Frame {
            frame_id: "1-bye".into(),
            position: 1,
            next: 1,
            data: data.as_object().unwrap().clone(),
            completes: true,
            consents: false,
        },
    )
}
