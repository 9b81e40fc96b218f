//! Children and demographic answers, by their own family only.

use domain::families::child::{Child, ChildDetails, ChildForm, ChildId};
use domain::families::demographics::{Demographics, DemographicsForm, SnapshotId};
use entities::{child, demographic_snapshot, response};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};

use crate::accounts::end_runs;
use crate::act::Act;
use crate::actor::{Actor, Person};
use crate::context::Context;
use crate::error::{Error, Noun};

/// Most children of one account: far above any family, and a bound on what a page can hold.
const MOST_CHILDREN: u64 = 50;

/// The family's children, youngest first.
pub async fn children(ctx: &Context, actor: &Actor) -> Result<Vec<Child>, Error> {
    let person = actor.signed_in()?;
    let rows = own(person)
        .order_by_desc(child::Column::Birthday)
        .order_by_asc(child::Column::Id)
        .all(&ctx.db)
        .await?;
    rows.into_iter()
        .map(|row| Child::try_from(row).map_err(Error::from))
        .collect()
}

/// One child of the family.
pub async fn find_child(ctx: &Context, actor: &Actor, id: ChildId) -> Result<Child, Error> {
    Ok(Child::try_from(
        own_child(&ctx.db, actor.signed_in()?, id).await?,
    )?)
}

pub async fn add_child(ctx: &Context, actor: &Actor, form: &ChildForm) -> Result<ChildId, Error> {
    let act = Act::own(ctx, actor).await?;
    let details = form.check(ctx.clock.latest_today(), None)?;
    if own(act.person).count(&act.tx).await? >= MOST_CHILDREN {
        return Err(Error::field(
            "given_name",
            "too_many",
            format!("An account holds at most {MOST_CHILDREN} children."),
        ));
    }
    let (id, now) = (ctx.id(ChildId::from_parts)?, ctx.now());
    let mut row = child::ActiveModel {
        id: Set(id),
        account_id: Set(act.account.id),
        birthday: Set(details.birthday),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    set_details(&mut row, details);
    child::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    act.commit(id).await
}

/// Changes what a family tells about a child; its birthday stays.
pub async fn update_child(
    ctx: &Context,
    actor: &Actor,
    id: ChildId,
    form: &ChildForm,
) -> Result<(), Error> {
    let act = Act::child(ctx, actor, id).await?;
    let details = form.check(ctx.clock.today(), Some(act.child.birthday))?;
    let mut row = child::ActiveModel {
        id: Set(id),
        updated_at: Set(ctx.now()),
        ..Default::default()
    };
    set_details(&mut row, details);
    row.update(&act.tx).await?;
    act.commit(()).await
}

/// Takes a child out of the family's list. Its responses stay, as the page says before it asks.
pub async fn delete_child(ctx: &Context, actor: &Actor, id: ChildId) -> Result<(), Error> {
    let act = Act::child(ctx, actor, id).await?;
    let deleted = child::ActiveModel {
        id: Set(id),
        deleted_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    deleted.update(&act.tx).await?;
    end_runs(&act, response::Column::ChildId.eq(id)).await?;
    act.commit(()).await
}

/// The family's latest answers, if it has given any.
pub async fn demographics(ctx: &Context, actor: &Actor) -> Result<Option<Demographics>, Error> {
    let person = actor.signed_in()?;
    let row = latest_snapshot(&ctx.db, person).await?;
    row.as_ref()
        .map(Demographics::try_from)
        .transpose()
        .map_err(Error::from)
}

/// Saves a new set of answers; earlier ones stay, since responses point to them.
pub async fn save_demographics(
    ctx: &Context,
    actor: &Actor,
    form: &DemographicsForm,
) -> Result<SnapshotId, Error> {
    let act = Act::own(ctx, actor).await?;
    let answers = form.check(ctx.clock.latest_today())?;
    let previous = latest_snapshot(&act.tx, act.person).await?;
    let id = ctx.id(SnapshotId::from_parts)?;
    let row = demographic_snapshot::ActiveModel {
        id: Set(id),
        account_id: Set(act.account.id),
        previous_id: Set(previous.map(|row| row.id)),
        answers: Set(serde_json::to_string(&answers)?),
        extra: Set(String::new()),
        created_at: Set(ctx.now()),
    };
    demographic_snapshot::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    act.commit(id).await
}

pub(crate) async fn latest_snapshot(
    db: &impl ConnectionTrait,
    person: &Person,
) -> Result<Option<demographic_snapshot::Model>, Error> {
    Ok(demographic_snapshot::Entity::find()
        .filter(demographic_snapshot::Column::AccountId.eq(person.account))
        .order_by_desc(demographic_snapshot::Column::CreatedAt)
        .order_by_desc(demographic_snapshot::Column::Id)
        .one(db)
        .await?)
}

fn own(person: &Person) -> sea_orm::Select<child::Entity> {
    child::Entity::find()
        .filter(child::Column::AccountId.eq(person.account))
        .filter(child::Column::DeletedAt.is_null())
}

pub(crate) async fn own_child(
    db: &impl ConnectionTrait,
    person: &Person,
    id: ChildId,
) -> Result<child::Model, Error> {
    // Somebody else's child is not there, rather than forbidden: its id alone tells nothing.
    own(person)
        .filter(child::Column::Id.eq(id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(Noun::Child))
}

fn set_details(row: &mut child::ActiveModel, details: ChildDetails) {
    row.given_name = Set(details.given_name);
    row.gender = Set(details.gender);
    row.gender_self_describe = Set(details.gender_self_describe);
    row.gestational_age = Set(details.gestational_age.map(|age| i32::from(age.code())));
    row.languages = Set(details.languages.bits());
    row.conditions = Set(details.conditions.bits());
    row.additional_information = Set(details.additional_information);
}
