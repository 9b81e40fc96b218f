//! Studies: what families find here, and in `desk` how researchers write, review and run them.

mod age_bar;
mod card;
mod chooser;
pub mod desk;
mod detail;
mod leave;
mod list;
mod mismatch;

pub use age_bar::AgeBar;
pub use desk::{age_line, audience_line, checked};
pub use detail::Study;
pub use leave::LeaveForStudy;
pub use list::FindStudy;
