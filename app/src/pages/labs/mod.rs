//! Labs and their people, and the head of a lab's page for families.

mod create;
mod detail;
mod edit;
mod fields;
mod front;
mod list;
mod members;

pub use create::CreateLab;
pub use detail::Lab;
pub use edit::EditLab;
pub use front::lab_front;
pub use list::Labs;
pub use members::LabMembers;

use domain::labs::LabId;
use leptos::prelude::AnyView;

use crate::parts::crumbs;

/// Address of a stored picture.
fn picture_path(name: &str) -> String {
    format!("/pictures/{name}")
}

/// Where a page stands below its lab.
fn lab_crumbs(id: LabId, name: &str) -> AnyView {
    crumbs(&[
        ("/exp/labs".to_owned(), "Labs"),
        (format!("/exp/labs/{id}"), name),
    ])
}
