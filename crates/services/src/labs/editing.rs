//! Making a lab, and changing what it tells about itself.

use domain::Violations;
use domain::audit::AuditAction;
use domain::labs::{LabDetails, LabId, LabPicture, LabRole};
use domain::messages::Email;
use domain::permissions::Action;
use entities::lab;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
};

use super::{EMAILS, load, store_role};
use crate::act::{Act, OfLab};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::people::name_of;
use crate::permissions::{ActionTarget, require};
use crate::{pictures, throttle};

/// What is taken by another lab, field by field.
async fn refuse_taken(
    db: &impl ConnectionTrait,
    wanted: &LabDetails,
    own: Option<LabId>,
) -> Result<(), Error> {
    let mut violations = Violations::new();
    for (field, column, value, words) in [
        (
            "name",
            lab::Column::Name,
            &wanted.name,
            "There is already a lab with this name. Please choose another name.",
        ),
        (
            "slug",
            lab::Column::Slug,
            &wanted.slug,
            "Another lab already uses this web address. Please choose another.",
        ),
        (
            "contact_email",
            lab::Column::ContactEmail,
            &wanted.contact_email,
            "Another lab already uses this email address. Please use another.",
        ),
    ] {
        let mut others = lab::Entity::find().filter(column.eq(value.as_str()));
        if let Some(own) = own {
            others = others.filter(lab::Column::Id.ne(own));
        }
        if others.count(db).await? > 0 {
            violations.add(field, "taken", words);
        }
    }
    Ok(violations.or(())?)
}

fn fill(row: &mut lab::ActiveModel, wanted: LabDetails) {
    row.name = Set(wanted.name);
    row.slug = Set(Some(wanted.slug));
    row.institution = Set(wanted.institution);
    row.principal_investigator = Set(wanted.principal_investigator_name);
    row.contact_email = Set(wanted.contact_email);
    row.contact_phone = Set(wanted.contact_phone);
    row.website = Set(wanted.website);
    row.description = Set(wanted.description);
    row.irb_contact_info = Set(wanted.irb_contact_info);
}

/// Makes a lab. Whoever makes it looks after it; staff are told that it waits for approval.
pub async fn create(ctx: &Context, actor: &Actor, form: &LabDetails) -> Result<LabId, Error> {
    let person = actor.researcher_in_person()?;
    let wanted = form.check()?;
    throttle::count_or_refuse(ctx, "labs", person.account, EMAILS).await?;
    let act = Act::researcher(ctx, actor).await?;
    refuse_taken(&act.tx, &wanted, None).await?;
    let id = ctx.id(LabId::from_parts)?;
    let email = Email::LabCreated {
        lab: wanted.name.clone(),
        lab_id: id.to_string(),
        person: name_of(&act.account),
    };
    let mut row = lab::ActiveModel {
        id: Set(id),
        created_at: Set(ctx.now()),
        ..Default::default()
    };
    fill(&mut row, wanted);
    lab::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    store_role(&act, id, person.account, LabRole::Admin).await?;
    act.email_staff(&email).await?;
    act.audit(Event::of(AuditAction::LabCreated).lab(id))
        .await?;
    act.commit(id).await
}

/// Changes what a lab tells about itself.
pub async fn edit(ctx: &Context, actor: &Actor, id: LabId, form: &LabDetails) -> Result<(), Error> {
    let act = Act::lab(ctx, actor, id, Action::EditLabMetadata).await?;
    let wanted = form.check()?;
    refuse_taken(&act.tx, &wanted, Some(id)).await?;
    let mut row = lab::ActiveModel {
        id: Set(id),
        ..Default::default()
    };
    fill(&mut row, wanted);
    row.update(&act.tx).await?;
    act.audit(Event::of(AuditAction::LabEdited)).await?;
    act.commit(()).await
}

/// Stores a picture of the lab, after a look at its size and shape; it is encoded afresh.
pub async fn set_picture(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    kind: LabPicture,
    file: Vec<u8>,
) -> Result<(), Error> {
    // Decoding takes a while: the right is asked before it, and again with the lab locked.
    load(&ctx.db, id).await?;
    require(ctx, actor, Action::EditLabMetadata, ActionTarget::Lab(id)).await?;
    let check = move |width, height| kind.check(width, height);
    let name = pictures::keep(ctx, kind.field(), file, kind.size(), check).await?;
    let act = Act::lab(ctx, actor, id, Action::EditLabMetadata).await?;
    change_picture(act, kind, name).await
}

/// Removes a picture of the lab.
pub async fn remove_picture(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    kind: LabPicture,
) -> Result<(), Error> {
    let act = Act::lab(ctx, actor, id, Action::EditLabMetadata).await?;
    change_picture(act, kind, String::new()).await
}

async fn change_picture(
    act: Act<'_, OfLab<'_>>,
    kind: LabPicture,
    name: String,
) -> Result<(), Error> {
    let mut row = lab::ActiveModel {
        id: Set(act.lab.id),
        ..Default::default()
    };
    match kind {
        LabPicture::Banner => row.banner = Set(name),
        LabPicture::Badge => row.badge = Set(name),
    }
    row.update(&act.tx).await?;
    act.audit(Event::of(AuditAction::LabEdited).detail(kind.field()))
        .await?;
    act.commit(()).await
}
