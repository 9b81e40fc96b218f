//! Responses: from the first click of a family to the file of a researcher.

mod download;
mod reading;
mod run;

pub use download::download;
pub use reading::{PastVisit, ResponseFilter, ResponsePage, ResponseRow, Sort, StoredEvent, StoredFrame, find, list, past};
pub use run::{Accepted, Entered, Refusal, StartRun, Started, append, document, enter, preview, recognise, start};
