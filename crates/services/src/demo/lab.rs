//! The demo's lab, which staff have approved.

use domain::accounts::AccountId;
use domain::labs::{LabId, LabRole};
use entities::{lab, lab_member};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

use crate::act::{Act, Free};
use crate::error::Error;

const NAME: &str = "Demo Lab for Small Questions";

pub(super) async fn make(act: &Act<'_, Free>, researcher: AccountId) -> Result<LabId, Error> {
    let found = lab::Entity::find().filter(lab::Column::Name.eq(NAME));
    if let Some(row) = found.one(&act.tx).await? {
        return Ok(row.id);
    }
    let (id, now) = (act.ctx.id(LabId::from_parts)?, act.ctx.now());
    lab::ActiveModel {
        id: Set(id),
        name: Set(NAME.to_owned()),
        slug: Set(Some("demo".to_owned())),
        institution: Set("Example University".to_owned()),
        principal_investigator: Set("Dana Demo".to_owned()),
        contact_email: Set("lab@demo.example".to_owned()),
        contact_phone: Set("+1 555 0100".to_owned()),
        description: Set(
            "We ask small questions about how children imagine, remember and explain.".to_owned(),
        ),
        irb_contact_info: Set("This lab exists for show only.".to_owned()),
        is_approved: Set(true),
        created_at: Set(now),
        ..Default::default()
    }
    .insert(&act.tx)
    .await?;
    lab_member::ActiveModel {
        id: Set(act.ctx.uuid()?),
        lab_id: Set(id),
        account_id: Set(researcher),
        role: Set(LabRole::Admin),
        created_at: Set(now),
    }
    .insert(&act.tx)
    .await?;
    Ok(id)
}
