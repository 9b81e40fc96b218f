//! Studies: their record, their states, and which children they are for.

pub mod ad;
pub mod age;
pub mod criteria;
pub mod design;
pub mod edits;
pub mod eligibility;
pub mod life;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use ad::{Ad, AdForm, Settings};
pub use age::AgeRange;
pub use criteria::Criteria;
pub use design::{ChildFact, Design, DesignForm};
pub use edits::{Content, Edit, Field};
pub use eligibility::{Candidate, Eligibility, EligibilityCode, Mismatch, Participation};
pub use life::{Declarations, StudyError, Transition};

use crate::labs::LabId;

crate::id!(
    /// A study.
    StudyId
);
crate::id!(
    /// One entry of a study's log.
    StudyLogId
);
crate::id!(
    /// One version of a study.
    StudyVersionId
);
crate::id!(
    /// A design, which versions of one study share.
    StudyDesignId
);
crate::id!(
    /// A comment on a study.
    StudyCommentId
);

crate::text_enum!(
    /// What a person may do in one study. The later, the more shown first.
    StudyRole {
        /// Looks at it and tries it.
        Preview = "preview",
        /// Writes its ad and protocol.
        Design = "design",
        /// Reads what children answered.
        Analysis = "analysis",
        /// Judges consent, writes to families.
        SubmissionProcessor = "submission_processor",
        /// Analysis and submission processor in one.
        Researcher = "researcher",
        /// Writes it and chooses who works on it.
        Manager = "manager",
        /// Everything in the study.
        Admin = "admin",
    }
);

impl StudyRole {
    /// How people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Preview => "Preview",
            Self::Design => "Design",
            Self::Analysis => "Analysis",
            Self::SubmissionProcessor => "Submission processor",
            Self::Researcher => "Researcher",
            Self::Manager => "Manager",
            Self::Admin => "Admin",
        }
    }
}

crate::text_enum!(
    /// Where a study is in its life.
    StudyState {
        /// Not yet submitted.
        Created = "created",
        /// Waiting for review.
        Submitted = "submitted",
        /// Changes were requested.
        Rejected = "rejected",
        /// Submission withdrawn by the lab.
        Retracted = "retracted",
        /// Approved, not started.
        Approved = "approved",
        /// Collecting data.
        Active = "active",
        /// Not collecting; can be started again without review.
        Paused = "paused",
        /// Collection finished.
        Deactivated = "deactivated",
        /// Hidden from all lists.
        Archived = "archived",
    }
);

impl StudyState {
    /// Whether families may take part.
    pub fn is_open(self) -> bool {
        self == Self::Active
    }

    /// The word researchers read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Created => "Draft",
            Self::Submitted => "In review",
            Self::Rejected => "Changes requested",
            Self::Retracted => "Withdrawn from review",
            Self::Approved => "Approved",
            Self::Active => "Collecting data",
            Self::Paused => "Paused",
            Self::Deactivated => "Finished",
            Self::Archived => "Archived",
        }
    }
}

crate::text_enum!(
    /// How a study is run.
    StudyKind {
        /// Our player, with a JSON protocol or a generator.
        FramePlayer = "frame_player",
        /// The researcher's jsPsych code.
        JsPsych = "jspsych",
        /// A link to another site.
        External = "external",
        /// A runner of the researcher's own, built from its sources.
        CustomRunner = "custom_runner",
    }
);

impl StudyKind {
    /// How researchers call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::FramePlayer => "Frame player",
            Self::JsPsych => "jsPsych",
            Self::External => "External link",
            Self::CustomRunner => "Custom runner",
        }
    }

    /// Whether it is played on our run origin, so that its data come to us.
    pub const fn is_internal(self) -> bool {
        !matches!(self, Self::External)
    }
}

crate::text_enum!(
    /// The half of a study that somebody writes.
    DraftPart {
        /// The ad, with its settings.
        Ad = "ad",
        /// The design.
        Design = "design",
    }
);

crate::text_enum!(
    /// The part of a study that a comment is about.
    Section {
        /// The whole.
        General = "general",
        /// What families read.
        Ad = "ad",
        /// Consent and privacy.
        Consent = "consent",
        /// What is run.
        Design = "design",
        /// Who can take part, and how it is listed.
        Settings = "settings",
    }
);

impl Section {
    /// How people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::General => "The study as a whole",
            Self::Ad => "What families read",
            Self::Consent => "Consent and privacy",
            Self::Design => "The design",
            Self::Settings => "Who can take part, and settings",
        }
    }
}

/// A study with the ad that families read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Study {
    /// Public identifier.
    pub id: StudyId,
    /// Lab that runs it.
    pub lab_id: LabId,
    /// How it is run.
    pub kind: StudyKind,
    /// Where it is in its life.
    pub state: StudyState,
    /// What families read, and whom it is for.
    pub ad: Ad,
    /// Whether it is listed; otherwise it is reached by its link only.
    pub is_public: bool,
    /// Length of hashed ids, in characters.
    pub hash_digits: u8,
    /// Secret part of hashed ids.
    pub salt: uuid::Uuid,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Age bands by which a visitor without a child can look for studies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeBand {
    /// Value in an address.
    pub slug: &'static str,
    /// What people read.
    pub label: &'static str,
    /// First year of life, whole years.
    pub from_years: i64,
    /// Year of life at which the band ends, whole years.
    pub to_years: i64,
}

/// The five bands, youngest first.
pub const AGE_BANDS: &[AgeBand] = &[
    AgeBand {
        slug: "babies",
        label: "Babies (under 1)",
        from_years: 0,
        to_years: 1,
    },
    AgeBand {
        slug: "toddlers",
        label: "Toddlers (1\u{2013}2)",
        from_years: 1,
        to_years: 3,
    },
    AgeBand {
        slug: "preschoolers",
        label: "Preschoolers (3\u{2013}4)",
        from_years: 3,
        to_years: 5,
    },
    AgeBand {
        slug: "school-age-kids",
        label: "School-age kids (5\u{2013}17)",
        from_years: 5,
        to_years: 18,
    },
    AgeBand {
        slug: "adults",
        label: "Adults (18+)",
        from_years: 18,
        to_years: 999,
    },
];

impl AgeBand {
    /// The band of a value in an address.
    pub fn find(slug: &str) -> Option<&'static Self> {
        AGE_BANDS.iter().find(|band| band.slug == slug)
    }

    /// Whether a study's ages overlap the band, both ends included.
    pub fn overlaps(self, ages: &AgeRange) -> bool {
        ages.lowest_days() <= self.to_years * age::DAYS_PER_YEAR
            && ages.highest_days() >= self.from_years * age::DAYS_PER_YEAR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_overlap_inclusively() {
        let ages = |low: (u16, u16, u16), high: (u16, u16, u16)| AgeRange {
            min_years: low.0,
            min_months: low.1,
            min_days: low.2,
            max_years: high.0,
            max_months: high.1,
            max_days: high.2,
        };
        let babies = *AgeBand::find("babies").unwrap();
        let toddlers = *AgeBand::find("toddlers").unwrap();
        assert!(babies.overlaps(&ages((1, 0, 0), (5, 0, 0))));
        assert!(!babies.overlaps(&ages((2, 0, 0), (5, 0, 0))));
        assert!(toddlers.overlaps(&ages((0, 0, 0), (1, 0, 0))));
        assert!(!toddlers.overlaps(&ages((0, 0, 0), (0, 11, 30))));
        assert_eq!(AgeBand::find("seniors"), None);
    }
}
