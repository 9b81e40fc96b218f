//! The old ways, until every verb stands on an act. To be deleted.

use domain::accounts::AccountId;
use domain::labs::{LabId, LabRole};
use domain::messages::{Letter, LetterId, LetterState};
use entities::{account, lab, lab_member, letter};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
};
use uuid::Uuid;

use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;

impl Context {
    pub async fn begin(&self) -> Result<DatabaseTransaction, Error> {
        self.db.begin().await
    }
}

pub async fn record(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    event: Event,
) -> Result<(), Error> {
    let (who, address) = actor.person().map_or((None, String::new()), |person| {
        (Some(person.account), person.address.clone())
    });
    crate::audit::append(ctx, db, who, address, event).await
}

pub async fn write(
    ctx: &Context,
    db: &impl ConnectionTrait,
    to: &account::Model,
    content: &Letter,
) -> Result<(), Error> {
    write_to(
        ctx,
        db,
        Some(to.id),
        crate::people::address_of(to),
        content.link().map(|_| to.id.0),
        content,
    )
    .await
}

pub async fn write_to(
    ctx: &Context,
    db: &impl ConnectionTrait,
    account: Option<AccountId>,
    email: &str,
    link_target: Option<Uuid>,
    content: &Letter,
) -> Result<(), Error> {
    let id = ctx.id(LetterId::from_parts)?;
    let row = letter::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        email: Set(email.to_owned()),
        link_target: Set(link_target),
        content: Set(serde_json::to_string(content)?),
        state: Set(LetterState::Waiting),
        failure: Set(String::new()),
        created_at: Set(ctx.now()),
        ended_at: Set(None),
    };
    letter::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    crate::jobs::add(db, &crate::messages::SendLetter { letter: id }).await
}

pub async fn write_to_staff(
    ctx: &Context,
    db: &impl ConnectionTrait,
    content: &Letter,
) -> Result<(), Error> {
    let staff = account::Entity::find()
        .filter(account::Column::IsActive.eq(true))
        .filter(
            account::Column::IsStaff
                .eq(true)
                .or(account::Column::IsSuperuser.eq(true)),
        )
        .all(db)
        .await?;
    for colleague in &staff {
        write(ctx, db, colleague, content).await?;
    }
    Ok(())
}

pub async fn join_sandbox(
    ctx: &Context,
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<(), Error> {
    let id = match lab::Entity::find()
        .filter(lab::Column::Slug.eq("sandbox"))
        .one(db)
        .await?
    {
        Some(row) => row.id,
        None => {
            let row = lab::ActiveModel {
                id: Set(ctx.id(LabId::from_parts)?),
                name: Set("Sandbox".to_owned()),
                slug: Set(Some("sandbox".to_owned())),
                contact_email: Set(format!("sandbox@{}", ctx.site.host())),
                principal_investigator: Set("Nobody in particular".to_owned()),
                description: Set(
                    "A place to try things. Studies here are never shown to families.".to_owned(),
                ),
                created_at: Set(ctx.now()),
                ..Default::default()
            };
            lab::Entity::insert(row)
                .on_conflict_do_nothing_on([lab::Column::Slug])
                .exec_without_returning(db)
                .await?;
            lab::Entity::find()
                .filter(lab::Column::Slug.eq("sandbox"))
                .one(db)
                .await?
                .unwrap()
                .id
        }
    };
    let row = lab_member::ActiveModel {
        id: Set(ctx.uuid()?),
        lab_id: Set(id),
        account_id: Set(account),
        role: Set(LabRole::Guest),
        created_at: Set(ctx.now()),
    };
    let again = OnConflict::columns([lab_member::Column::LabId, lab_member::Column::AccountId])
        .update_column(lab_member::Column::Role)
        .to_owned();
    lab_member::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
