//! Responses: a family's own history, and what researchers read.

mod detail;
mod history;
mod list;

pub use detail::Response;
pub use history::History;
pub use list::Responses;
