//! Responses: what one child did in one study at one time, kept frame by frame.

pub mod entries;
pub mod exit;
pub mod hashed;
pub mod quota;
pub mod state;
pub mod wire;

pub use entries::{EntryFault, EntryKind, without_repeat};
pub use exit::ExitAnswers;
pub use hashed::hashed_id;
pub use state::ResponseState;
pub use wire::{Entry, EntryContent, PastSession, RunChild, RunDocument, RunStudy};

crate::id!(
    /// What one child did in one study at one time.
    ResponseId
);
crate::id!(
    /// One stored frame, event or mark of a response.
    ResponseFrameId
);
crate::id!(
    /// The key that a run in the browser holds: it opens one response and nothing else.
    RunSessionId
);

crate::text_enum!(
    /// What researchers note about paying a family.
    PaymentStatus {
        /// Nobody has noted anything.
        None = "",
        /// Somebody should decide whether to pay.
        Review = "review",
        /// The family is to be paid.
        ToPay = "to_pay",
        /// The family is not to be paid.
        DoNotPay = "do_not_pay",
        /// The family was paid.
        Paid = "paid",
    }
);

crate::text_enum!(
    /// What somebody decided who looked at a consent. Until then it is pending, and nobody is shown
    /// who the family is.
    ConsentRuling {
        /// Nobody has looked at it yet.
        Pending = "pending",
        /// The family agreed.
        Accepted = "accepted",
        /// It did not, or it can't be told.
        Rejected = "rejected",
    }
);
