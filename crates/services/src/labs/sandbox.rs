//! The lab in which every new researcher may try things.

use domain::accounts::AccountId;
use domain::labs::{LabId, LabRole};
use entities::lab;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::store_role;
use crate::act::Act;
use crate::database::insert_new;
use crate::error::Error;

/// End of the address of the lab that every new researcher may try things in.
pub const SANDBOX: &str = "sandbox";

/// Puts a new researcher into the sandbox as a guest, making the lab if there is none.
pub(crate) async fn join_sandbox<S>(act: &Act<'_, S>, account: AccountId) -> Result<(), Error> {
    let id = match find(act).await? {
        Some(lab) => lab.id,
        None => make(act).await?,
    };
    store_role(act, id, account, LabRole::Guest).await
}

async fn find<S>(act: &Act<'_, S>) -> Result<Option<lab::Model>, Error> {
    let found = lab::Entity::find().filter(lab::Column::Slug.eq(SANDBOX));
    Ok(found.one(&act.tx).await?)
}

async fn make<S>(act: &Act<'_, S>) -> Result<LabId, Error> {
    let ctx = act.ctx;
    let row = lab::ActiveModel {
        id: Set(ctx.id(LabId::from_parts)?),
        name: Set("Sandbox".to_owned()),
        slug: Set(Some(SANDBOX.to_owned())),
        contact_email: Set(format!("sandbox@{}", ctx.site.host())),
        principal_investigator: Set("Nobody in particular".to_owned()),
        description: Set(
            "A place to try things. Studies here are never shown to families.".to_owned(),
        ),
        created_at: Set(ctx.now()),
        ..Default::default()
    };
    // Two researchers may come at once; the second finds the lab of the first.
    insert_new(row, [lab::Column::Slug], &act.tx).await?;
    let made = find(act).await?;
    Ok(made
        .ok_or_else(|| Error::internal("the sandbox can't be made"))?
        .id)
}
