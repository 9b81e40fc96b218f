//! What staff see of accounts.

mod detail;
mod list;

pub use detail::StaffAccount;
pub use list::StaffAccounts;

use domain::accounts::Powers;
use leptos::prelude::AnyView;

use crate::parts::tabs;

/// Links between the pages of staff.
pub fn staff_tabs(here: &str) -> AnyView {
    tabs(
        "Staff",
        here,
        vec![
            ("Accounts", "/staff/accounts".to_owned()),
            ("Labs to approve", "/exp/labs?set=unapproved".to_owned()),
            ("Audit", "/staff/audit".to_owned()),
        ],
    )
}

fn rights(powers: Powers) -> String {
    let role = powers.staff_role().map(|role| role.label().to_owned());
    [powers.is_researcher.then(|| "Researcher".to_owned()), role]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}
