//! Responses: from the first click of a family to the file of a researcher.

mod download;
mod external;
mod reading;
mod run;

pub use download::download;
pub use external::{complete_by_link, report_completion, webhook_secret};
pub use reading::{
    PastVisit, ResponseFilter, ResponsePage, ResponseRow, Sort, StoredEvent, StoredFrame, find,
    list, past,
};
pub use run::{
    Entered, Launch, StartRun, Started, append, document, enter, pane_document, preview, recognise,
    start,
};
