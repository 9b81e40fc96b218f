//! How researchers write, review and run studies.

mod ad;
mod ad_fields;
mod ad_side;
mod agreement;
mod audience;
mod comments;
mod compare;
mod create;
mod design;
mod design_card;
mod design_fields;
mod draft;
mod facts;
mod list;
mod log;
mod outline;
mod overview;
mod peers;
mod people;
mod queue;
mod review;
mod status;
mod transition;
mod versions;

pub use ad::EditAd;
pub use audience::{age_line, audience_line};
pub use compare::CompareVersions;
pub use create::CreateStudy;
pub use design::EditDesign;
pub use list::Studies;
pub use log::StudyLog;
pub use outline::checked;
pub use overview::Overview;
pub use people::StudyPeople;
pub use queue::ReviewQueue;
pub use review::ReviewStudy;
pub use versions::StudyVersions;

use domain::studies::StudyId;
use leptos::prelude::AnyView;

use crate::parts::crumbs;

/// What saving the ad or the design has done.
const SAVED: &[(&str, &str)] = &[
    ("saved", "Saved."),
    (
        "saved-review",
        "Saved. The study has to be submitted again before it can collect data.",
    ),
    ("unchanged", "There were no changes to save."),
    (
        "dropped",
        "The draft is discarded. This is what was saved last.",
    ),
    ("picture", "The picture is saved."),
    (
        "secret",
        "There is a new key. Please give it to the other site.",
    ),
];

/// Where a page stands below its study.
pub fn study_crumbs(id: StudyId, name: &str) -> AnyView {
    crumbs(&[
        ("/exp/studies".to_owned(), "Studies"),
        (format!("/exp/studies/{id}"), name),
    ])
}
