//! The language in which researchers write studies: documents, groups, randomizers, substitution,
//! frame kinds and survey forms. `docs/reference/protocol-language.md` describes it.
//!
//! Pure: the player runs it in the browser, the editor and the server check with it. Chance and
//! time come in as parameters, so that a run can be repeated exactly. Decisions about published
//! quirks are listed in `docs/decisions/0003-protocol-quirks.md`.
#![warn(missing_docs)]

pub mod chance;
pub mod document;
pub mod fault;
pub mod kinds;
pub mod nearest;
pub mod outline;
pub mod report;
pub mod resolve;
pub mod survey;
mod text;

pub use chance::Chance;
pub use document::Document;
pub use fault::Fault;
pub use nearest::nearest;
pub use outline::{Node, Outline, Randomizer, outline};
pub use report::{FrameName, Problem, Severity, asks_for_consent, report};
pub use resolve::{Budget, ChildContext, Frame, Resolution, resolve, resolve_within};
