//! Which entries the server takes, and the words under which their kinds are stored.

use serde_json::{Map, Value};

use super::wire::{Entry, EntryContent};

crate::text_enum!(
    /// What an entry says, as the database keeps it.
    EntryKind {
        /// [`EntryContent::Conditions`].
        Conditions = "conditions",
        /// [`EntryContent::Frame`].
        Frame = "frame",
        /// [`EntryContent::Event`].
        Event = "event",
        /// [`EntryContent::Finish`].
        Finish = "finish",
    }
);

/// Why the server refuses an entry for good. The player reports it and keeps the entry on the
/// computer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// Numbers start at 1 and stay below the limit.
    #[error("entry number {0} is outside 1 to {limit}", limit = Entry::LARGEST_NUMBER)]
    Number(u32),
    /// The frame id is empty, too long, or holds a character that ids may not have.
    #[error(
        "frame id `{0}` is not allowed: letters, digits, hyphen, full stop and space, \
         at most 128 characters"
    )]
    FrameId(String),
    /// The entry is too large.
    #[error(
        "the data of this entry has {0} bytes, and at most {limit} are allowed",
        limit = Entry::LARGEST_BYTES
    )]
    Size(usize),
}

impl Entry {
    /// Most entries of one run: hours of play, far above any study.
    pub const LARGEST_NUMBER: u32 = 20_000;
    /// Largest JSON of one entry, in bytes: room for a recorded sentence or a drawing.
    pub const LARGEST_BYTES: usize = 4 << 20;
    /// Longest frame id, in characters: the limit of existing data sets.
    pub const LONGEST_FRAME_ID: usize = 128;

    /// Checks what the type alone can't promise, and tells how many bytes its data have.
    pub fn check(&self) -> Result<usize, EntryFault> {
        if self.number == 0 || self.number > Self::LARGEST_NUMBER {
            return Err(EntryFault::Number(self.number));
        }
        if let EntryContent::Frame { frame_id, .. } = &self.content {
            let is_fine = !frame_id.is_empty()
                && frame_id.chars().count() <= Self::LONGEST_FRAME_ID
                && frame_id
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ' '));
            if !is_fine {
                return Err(EntryFault::FrameId(frame_id.chars().take(40).collect()));
            }
        }
        let size = self.size();
        if size > Self::LARGEST_BYTES {
            Err(EntryFault::Size(size))
        } else {
            Ok(size)
        }
    }

    /// Length of its data as JSON, in bytes.
    fn size(&self) -> usize {
        match &self.content {
            EntryContent::Conditions { conditions } => json_size(conditions),
            EntryContent::Frame { data, .. } => json_size(data),
            EntryContent::Event { event, .. } => json_size(event),
            EntryContent::Finish {} => 0,
        }
    }
}

/// The id of a frame without the mark of its being shown again.
pub fn without_repeat(frame_id: &str) -> &str {
    match frame_id.rsplit_once("-repeat-") {
        Some((stub, digits))
            if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) =>
        {
            stub
        }
        _ => frame_id,
    }
}

fn json_size(value: &Map<String, Value>) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |text| text.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn faults_are_told_apart() {
        let entry = |number, frame_id: &str, text: &str| Entry {
            id: Uuid::nil(),
            number,
            content: EntryContent::Frame {
                frame_id: frame_id.into(),
                position: 0,
                next: 1,
                data: json!({"t": text}).as_object().unwrap().clone(),
                completes: false,
                consents: false,
            },
        };
        assert_eq!(entry(0, "0-a", "").check(), Err(EntryFault::Number(0)));
        assert!(matches!(
            entry(1, "0_a", "").check(),
            Err(EntryFault::FrameId(_))
        ));
        assert!(matches!(
            entry(1, &"a".repeat(129), "").check(),
            Err(EntryFault::FrameId(_))
        ));
        assert!(matches!(
            entry(1, "0-a", &"x".repeat(Entry::LARGEST_BYTES)).check(),
            Err(EntryFault::Size(_))
        ));
        assert_eq!(entry(1, "0-a", "xyz").check(), Ok(11), "the data alone");
    }

    #[test]
    fn a_frame_that_is_shown_again_is_the_same_frame() {
        assert_eq!(without_repeat("3-a-repeat-12"), "3-a");
        assert_eq!(without_repeat("3-a-repeat-1-repeat-2"), "3-a-repeat-1");
        for id in ["3-a", "3-repeat-x", "3-repeat-"] {
            assert_eq!(without_repeat(id), id);
        }
    }
}
