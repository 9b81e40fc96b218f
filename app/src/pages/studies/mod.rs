//! Studies: what families find, and how researchers write, review and run them.

mod ad;
mod design;
mod detail;
mod families;
mod list;
mod review;
mod versions;

pub use ad::{CreateStudy, EditStudy, age_line, audience_line};
pub use design::{DesignStudy, checked};
pub use detail::{StudyDetail, StudyLog};
pub use families::{Detail, Leave, List};
pub use list::Studies;
pub use review::{ReviewQueue, ReviewStudy};
pub use versions::{CompareVersions, StudyVersions};

use domain::studies::StudyId;
use leptos::prelude::*;

/// Where a page stands among those of its study.
pub(crate) fn crumbs(id: StudyId, name: &str) -> AnyView {
    let name = name.to_owned();
    view! {
        <p class="crumbs">
            <a href="/exp/studies">"Studies"</a>
            " / "
            <a href=format!("/exp/studies/{id}")>{name}</a>
        </p>
    }
    .into_any()
}
