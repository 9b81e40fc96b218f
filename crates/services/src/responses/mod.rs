//! Responses: from the first click of a family to the file of a researcher.

mod appending;
mod contents;
mod document;
mod download;
mod earlier;
mod entering;
mod entries;
mod external;
mod hosts;
mod keys;
mod one;
mod past;
mod previewing;
mod reading;
mod report;
mod starting;

pub use appending::append;
pub use document::document;
pub use download::download;
pub use entering::{RunKey, RunTicket, enter};
pub use external::{complete_by_hand, complete_by_link, report_completion};
pub use hosts::hosts;
pub use one::{ResponsePage, StoredFrame, find, record};
pub use past::{PastResponse, past};
pub use previewing::{pane_document, preview};
pub use reading::{ResponseFilter, ResponseRow, Sort, list};
pub use report::webhook_secret;
pub(crate) use report::webhook_secret_of;
pub use starting::{Destination, StartRun, start};

pub(crate) use keys::opened_by;
pub(crate) use report::Report;
