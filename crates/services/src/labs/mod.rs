//! Labs: what they tell about themselves, who belongs to them, and how people come and go.

mod editing;
mod front;
mod invitations;
mod listing;
mod members;
mod requests;
mod sandbox;

pub use editing::{create, edit, remove_picture, set_picture};
pub use front::{PublicLab, find_by_slug};
pub use invitations::{
    Invitation, InvitationPage, accept_invitation, invitation, invite, revoke_invitation,
};
pub use listing::{LabFilter, LabPage, LabRow, find, list};
pub use members::{Member, Members, leave, members, remove_member, set_role};
pub use requests::{JoinRequest, decline_request, request_join, withdraw_request};
pub use sandbox::SANDBOX;

pub(crate) use members::refuse_sole_admin;
pub(crate) use sandbox::join_sandbox;

use domain::accounts::AccountId;
use domain::labs::{LabDetails, LabId, LabRole};
use entities::{account, lab, lab_member};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::act::Act;
use crate::error::{Error, Noun};

/// Labs that a person can make, join or invite to within a quarter of an hour. Each of these
/// sends email to people.
const EMAILS: i32 = 20;

/// Gives an account a role in a lab, whatever role it had before.
async fn store_role<S>(
    act: &Act<'_, S>,
    lab: LabId,
    account: AccountId,
    role: LabRole,
) -> Result<(), Error> {
    let row = lab_member::ActiveModel {
        id: Set(act.ctx.uuid()?),
        lab_id: Set(lab),
        account_id: Set(account),
        role: Set(role),
        created_at: Set(act.ctx.now()),
    };
    let again = OnConflict::columns([lab_member::Column::LabId, lab_member::Column::AccountId])
        .update_column(lab_member::Column::Role)
        .to_owned();
    lab_member::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(&act.tx)
        .await?;
    Ok(())
}

fn details(row: lab::Model) -> LabDetails {
    LabDetails {
        name: row.name,
        slug: row.slug.unwrap_or_default(),
        institution: row.institution,
        principal_investigator_name: row.principal_investigator,
        contact_email: row.contact_email,
        contact_phone: row.contact_phone,
        website: row.website,
        description: row.description,
        irb_contact_info: row.irb_contact_info,
    }
}

async fn load(db: &impl ConnectionTrait, id: LabId) -> Result<lab::Model, Error> {
    lab::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Noun::Lab))
}

/// The admins of a lab, who are told what happens to it.
pub(crate) async fn admins(
    db: &impl ConnectionTrait,
    id: LabId,
) -> Result<Vec<account::Model>, Error> {
    let rows = lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(id))
        .filter(lab_member::Column::Role.eq(LabRole::Admin))
        .find_also_related(account::Entity)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(_, account)| account)
        .collect())
}
