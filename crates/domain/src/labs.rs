//! Labs and who belongs to them.

crate::id!(
    /// A lab.
    LabId
);

crate::text_enum!(
    /// What a member may do in a lab (`domain.md` §3.3).
    LabRole {
        /// Sees the lab's public studies and may be added to one.
        Guest = "guest",
        /// Reads what the lab does.
        ReadOnly = "read_only",
        /// Makes and runs studies.
        Member = "member",
        /// Looks after the lab and its people.
        Admin = "admin",
    }
);

impl LabRole {
    /// Whether the role may read the lab's studies.
    ///
    /// The full matrix of roles and actions comes with the people pages; until then reading is the one right asked for.
    pub fn may_read_studies(self) -> bool {
        self != Self::Guest
    }

    /// Whether the role may read what children answered.
    pub fn may_read_responses(self) -> bool {
        matches!(self, Self::Member | Self::Admin)
    }
}
