//! Studies: what families find ([`finding`]), and what researchers see and do: the list
//! ([`listing`]), one study's page ([`desk`]), writing it ([`creating`], [`editing`], [`moving`]),
//! its versions, its life, its review and its people.
//!
//! What changes a study goes through [`saving`]; what a kind of study does in its own way is asked
//! of [`kinds`].

mod access;
mod checks;
mod comments;
mod comparing;
mod contents;
mod counts;
mod creating;
mod desk;
mod drafts;
mod earlier;
mod editing;
mod emails;
mod family;
mod finding;
mod inspections;
pub mod kinds;
mod lab_approval;
mod life;
mod listing;
mod log;
mod moving;
mod peers;
pub mod people;
mod previews;
mod queue;
mod quotas;
mod review;
mod saving;
mod versions;

pub use comments::{Comment, comment, resolve_comment};
pub use comparing::{Comparison, FieldChange, Line, compare};
pub use creating::{LabChoice, check_name, clone, create, labs_for_new_studies};
pub use desk::{LabStudyPage, find_of_lab, name_for};
pub use drafts::{Draft, draft, drop_draft, keep_draft};
pub use earlier::{StudyName, find_by_words};
pub use editing::{
    AdPage, DesignPage, ad, design, renew_webhook_secret, save_ad, save_design, set_archive,
    set_image,
};
pub use family::ChildEligibility;
pub use finding::{StudyCard, StudyFilter, StudyPage, find, list};
pub use kinds::Check;
pub use lab_approval::set_lab_approval;
pub use life::{StateChange, change_state};
pub use listing::{LabStudy, StudySort, StudyTab, StudyTabs, WantedStudies, list_of_labs};
pub use log::{LogEntry, log};
pub use peers::{add_peer_reviewer, remove_peer_reviewer};
pub use previews::delete_previews;
pub use queue::{History, QueueFilter, QueueRow, ReviewQueue, UnreviewedEdit, queue};
pub use review::{ReviewPage, review};
pub use saving::{SaveOptions, SavedVersion};
pub use versions::{StudyHead, VersionRow, list as versions, restore};

pub(crate) use access::readable;
pub(crate) use contents::{
    Loaded, approved_version, content_of, create as create_with, current, load,
};
pub(crate) use counts::{Counted, count, kept_count};
pub(crate) use family::{FamilyResponse, load_family, mismatches};
pub(crate) use finding::{by_id, study_of};
pub(crate) use inspections::inspected;
pub(crate) use quotas::{Rate, count as count_rate, refuse_more_previews};
