//! Families that took part, as researchers see them.

mod detail;
mod list;

pub use detail::Participant;
pub use list::Participants;

use domain::accounts::AccountId;

/// What to call a family.
fn name(nickname: &str, id: AccountId) -> String {
    if nickname.is_empty() {
        let short: String = id.0.simple().to_string().chars().take(8).collect();
        format!("Family {short}")
    } else {
        nickname.to_owned()
    }
}
