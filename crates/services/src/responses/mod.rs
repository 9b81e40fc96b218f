//! Responses: from the first click of a family to the file of a researcher.

mod appending;
mod contents;
mod document;
mod download;
mod entering;
mod entries;
mod external;
mod past;
mod previewing;
mod reading;
mod report;
mod starting;

pub use appending::append;
pub use contents::{StoredEvent, StoredFrame};
pub use document::document;
pub use download::download;
pub use entering::{RunKey, RunTicket, enter, recognise};
pub use external::{complete_by_link, report_completion};
pub use past::{PastResponse, past};
pub use previewing::{pane_document, preview};
pub use reading::{ResponseFilter, ResponsePage, ResponseRow, Sort, find, list};
pub use report::webhook_secret;
pub(crate) use report::webhook_secret_of;
pub use starting::{Destination, StartRun, start};

pub(crate) use report::Report;
