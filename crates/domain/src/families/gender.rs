//! Gender as families give it.

crate::text_enum!(
    /// Gender, of children and adults.
    Gender {
        /// A girl or woman.
        Female = "f",
        /// A boy or man.
        Male = "m",
        /// Described in the family's own words, which are stored beside it.
        Open = "o",
        /// The family prefers not to say.
        Unspecified = "na",
    }
);

impl Gender {
    /// What a family reads in a list of choices.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Female => "Female",
            Self::Male => "Male",
            Self::Open => "In my own words",
            Self::Unspecified => "Prefer not to say",
        }
    }
}
