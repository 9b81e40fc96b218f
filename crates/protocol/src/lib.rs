//! The language in which researchers write studies: documents, groups, randomizers, substitution,
//! frame kinds and survey forms (`protocol.md`, `frames.md`).
//!
//! Pure: the player runs it in the browser, the editor and the server check with it. Chance and
//! time come in as parameters, so that a run can be repeated exactly. Decisions about published
//! quirks are listed in `docs/decisions/0003-protocol-quirks.md`.

pub mod chance;
pub mod document;
pub mod fault;
pub mod kinds;
pub mod outline;
mod randomizers;
pub mod report;
pub mod resolve;
mod substitute;
pub mod survey;

pub use chance::Chance;
pub use document::Document;
pub use fault::Fault;
pub use outline::{Node, Outline, Randomizer, outline};
pub use report::{Problem, Severity, report};
pub use resolve::{Circumstances, Frame, Resolution, resolve};
