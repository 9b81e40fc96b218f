//! What is wrong with a protocol, where, and what to do about it.

/// A fault that stops a protocol from being played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Fault {
    /// Place in the document, such as `frames.trials.frameList[2].kind`, or `line 3, column 7` for
    /// broken JSON.
    pub path: String,
    /// What is wrong, in the words of the protocol language.
    pub message: String,
    /// What the researcher can do about it.
    pub remedy: String,
}

impl Fault {
    /// A fault at a path, what it is, and what to do about it.
    pub fn new(
        path: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}
