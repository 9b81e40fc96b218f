//! What the process answers over HTTP.

pub(crate) mod editor;
pub(crate) mod hooks;
pub(crate) mod identify;
pub(crate) mod run;
pub mod site;
