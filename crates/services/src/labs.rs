//! Labs: what they tell about themselves, who belongs to them, and how people come and go.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::Violations;
use domain::accounts::{AccountId, Email, LinkPurpose};
use domain::audit::AuditAction;
use domain::labs::{InvitationId, LabDetails, LabForm, LabId, LabPicture, LabRole};
use domain::messages::Letter;
use domain::permissions::{Action, Standing};
use domain::studies::StudyRole;
use entities::{account, lab, lab_invitation, lab_join_request, lab_member, study, study_member};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::accounts::{self, name_of};
use crate::actor::{Actor, Person};
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::links::{self, Link};
use crate::paging::{Page, Paging, holds, search_words};
use crate::permissions::{Target, allowed, lab_role, standing};
use crate::{messages, pictures};

/// End of the address of the lab that every new researcher may try things in.
pub const SANDBOX: &str = "sandbox";
/// Invitations of one lab that can be open at a time.
const MOST_INVITATIONS: u64 = 50;
/// The same for a lab that nobody has approved: anybody can make one, and must not write to the
/// world in its name.
const MOST_INVITATIONS_UNAPPROVED: u64 = 5;
/// Labs that a person can make, join or invite to within a quarter of an hour. Each of these writes
/// to people.
const LETTERS: i32 = 20;

/// Puts a new researcher into the sandbox as a guest, making the lab if there is none.
pub(crate) async fn join_sandbox(
    ctx: &Context,
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<(), Error> {
    let id = match lab::Entity::find()
        .filter(lab::Column::Slug.eq(SANDBOX))
        .one(db)
        .await?
    {
        Some(row) => row.id,
        None => {
            let host = ctx
                .site
                .origin
                .split("://")
                .nth(1)
                .unwrap_or_default()
                .split(':')
                .next()
                .unwrap_or_default()
                .to_owned();
            let row = lab::ActiveModel {
                id: Set(ctx.id(LabId::from_parts)?),
                name: Set("Sandbox".to_owned()),
                slug: Set(Some(SANDBOX.to_owned())),
                contact_email: Set(format!("sandbox@{host}")),
                principal_investigator_name: Set("Nobody in particular".to_owned()),
                description: Set(
                    "A place to try things. Studies here are never shown to families.".to_owned(),
                ),
                created_at: Set(ctx.now()),
                ..Default::default()
            };
            // Two researchers may come at once.
            match lab::Entity::insert(row)
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(db)
                .await
            {
                Ok(_) | Err(sea_orm::DbErr::RecordNotInserted) => {}
                Err(error) => return Err(error.into()),
            }
            lab::Entity::find()
                .filter(lab::Column::Slug.eq(SANDBOX))
                .one(db)
                .await?
                .ok_or_else(|| Error::Internal("the sandbox can't be made".to_owned()))?
                .id
        }
    };
    put(ctx, db, id, account, LabRole::Guest).await
}

/// Gives an account a role in a lab, whatever it had before.
async fn put(
    ctx: &Context,
    db: &impl ConnectionTrait,
    lab: LabId,
    account: AccountId,
    role: LabRole,
) -> Result<(), Error> {
    let row = lab_member::ActiveModel {
        id: Set(ctx.uuid()?),
        lab_id: Set(lab),
        account_id: Set(account),
        role: Set(role),
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

/// Which labs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabSet {
    /// Those of the person, joined or asked for.
    #[default]
    Mine,
    /// All.
    All,
    /// Those that wait for approval.
    Unapproved,
}

/// A lab in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabRow {
    /// Key.
    pub id: LabId,
    /// Name.
    pub name: String,
    /// Institution.
    pub institution: String,
    /// Who leads it.
    pub investigator: String,
    /// Whether its studies may be submitted.
    pub is_approved: bool,
    /// The person's role.
    pub role: Option<LabRole>,
    /// Whether the person asked to join.
    pub has_asked: bool,
}

/// Labs in which every word occurs in name, investigator or institution, by name.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    set: LabSet,
    words: &str,
    paging: Paging,
) -> Result<Page<LabRow>, Error> {
    let person = actor.researcher_in_person()?;
    let roles: HashMap<LabId, LabRole> = lab_member::Entity::find()
        .filter(lab_member::Column::AccountId.eq(person.account))
        .all(&ctx.db)
        .await?
        .into_iter()
        .map(|row| (row.lab_id, row.role))
        .collect();
    let asked: Vec<LabId> = lab_join_request::Entity::find()
        .filter(lab_join_request::Column::AccountId.eq(person.account))
        .all(&ctx.db)
        .await?
        .into_iter()
        .map(|row| row.lab_id)
        .collect();
    let mut wanted = Condition::all();
    match set {
        LabSet::All => {}
        LabSet::Mine => {
            wanted = wanted
                .add(lab::Column::Id.is_in(roles.keys().copied().chain(asked.iter().copied())))
        }
        LabSet::Unapproved => {
            allowed(&ctx.db, actor, Action::EditLabApproval, Target::Site).await?;
            wanted = wanted.add(lab::Column::IsApprovedToTest.eq(false));
        }
    }
    for word in search_words(words) {
        let like = |column: lab::Column| holds(column, &word);
        wanted = wanted.add(
            Condition::any()
                .add(like(lab::Column::Name))
                .add(like(lab::Column::PrincipalInvestigatorName))
                .add(like(lab::Column::Institution)),
        );
    }
    let found = lab::Entity::find().filter(wanted);
    let total = found.clone().count(&ctx.db).await?;
    let rows = found
        .order_by_asc(lab::Column::Name)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    let entries = rows
        .into_iter()
        .map(|row| LabRow {
            role: roles.get(&row.id).copied(),
            has_asked: asked.contains(&row.id),
            id: row.id,
            name: row.name,
            institution: row.institution,
            investigator: row.principal_investigator_name,
            is_approved: row.is_approved_to_test,
        })
        .collect();
    Ok(Page {
        entries,
        total,
        paging,
    })
}

/// A lab as researchers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabPage {
    /// Key.
    pub id: LabId,
    /// What it tells about itself.
    pub details: LabDetails,
    /// Whether its studies may be submitted.
    pub is_approved: bool,
    /// Name of the banner, if there is one.
    pub banner: String,
    /// Name of the badge, if there is one.
    pub badge: String,
    /// The person's roles here.
    pub standing: Standing,
    /// Whether the person asked to join.
    pub has_asked: bool,
    /// How many people asked to join; for those who may answer.
    pub requests: u64,
}

fn details(row: lab::Model) -> LabDetails {
    LabDetails {
        name: row.name,
        slug: row.slug.unwrap_or_default(),
        institution: row.institution,
        principal_investigator_name: row.principal_investigator_name,
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

/// One lab; every researcher may see it.
pub async fn find(ctx: &Context, actor: &Actor, id: LabId) -> Result<LabPage, Error> {
    let person = actor.researcher_in_person()?;
    let row = load(&ctx.db, id).await?;
    let standing = standing(&ctx.db, person, Target::Lab(id)).await?;
    let has_asked = lab_join_request::Entity::find()
        .filter(lab_join_request::Column::LabId.eq(id))
        .filter(lab_join_request::Column::AccountId.eq(person.account))
        .count(&ctx.db)
        .await?
        > 0;
    let requests = if standing.grants(Action::ManageLabResearchers) {
        lab_join_request::Entity::find()
            .filter(lab_join_request::Column::LabId.eq(id))
            .count(&ctx.db)
            .await?
    } else {
        0
    };
    Ok(LabPage {
        id,
        is_approved: row.is_approved_to_test,
        banner: row.banner.clone(),
        badge: row.badge.clone(),
        details: details(row),
        standing,
        has_asked,
        requests,
    })
}

/// A lab as families see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabFront {
    /// Key.
    pub id: LabId,
    /// What it tells about itself.
    pub details: LabDetails,
    /// Name of the banner, if there is one.
    pub banner: String,
    /// Name of the badge, if there is one.
    pub badge: String,
}

/// The lab of an address below `/studies/`. Anybody can make a lab, so families see those that
/// staff have approved.
pub async fn find_by_slug(ctx: &Context, slug: &str) -> Result<LabFront, Error> {
    let row = lab::Entity::find()
        .filter(lab::Column::Slug.eq(slug.to_lowercase()))
        .one(&ctx.db)
        .await?
        .filter(|row| row.is_approved_to_test)
        .ok_or(Error::NotFound(Noun::Lab))?;
    Ok(LabFront {
        id: row.id,
        banner: row.banner.clone(),
        badge: row.badge.clone(),
        details: details(row),
    })
}

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
            "There is a lab of this name already.",
        ),
        (
            "slug",
            lab::Column::Slug,
            &wanted.slug,
            "Another lab uses this address already.",
        ),
        (
            "contact_email",
            lab::Column::ContactEmail,
            &wanted.contact_email,
            "Another lab uses this e-mail address already.",
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
    row.principal_investigator_name = Set(wanted.principal_investigator_name);
    row.contact_email = Set(wanted.contact_email);
    row.contact_phone = Set(wanted.contact_phone);
    row.website = Set(wanted.website);
    row.description = Set(wanted.description);
    row.irb_contact_info = Set(wanted.irb_contact_info);
}

/// Makes a lab. Whoever makes it looks after it; staff are told that it waits for approval.
pub async fn create(ctx: &Context, actor: &Actor, form: &LabForm) -> Result<LabId, Error> {
    let person = actor.researcher_in_person()?;
    let wanted = form.check()?;
    accounts::count_or_wait(ctx, "labs", person.account, LETTERS).await?;
    let id = ctx.id(LabId::from_parts)?;
    let tx = ctx.begin().await?;
    refuse_taken(&tx, &wanted, None).await?;
    let name = wanted.name.clone();
    let mut row = lab::ActiveModel {
        id: Set(id),
        created_at: Set(ctx.now()),
        ..Default::default()
    };
    fill(&mut row, wanted);
    lab::Entity::insert(row).exec_without_returning(&tx).await?;
    put(ctx, &tx, id, person.account, LabRole::Admin).await?;
    let person = name_of(&accounts::find(&tx, person.account).await?);
    messages::write_to_staff(
        ctx,
        &tx,
        &Letter::LabCreated {
            lab: name,
            lab_id: id.to_string(),
            person,
        },
    )
    .await?;
    audit::record(ctx, &tx, actor, Event::of(AuditAction::LabCreated).lab(id)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes what a lab tells about itself.
pub async fn edit(ctx: &Context, actor: &Actor, id: LabId, form: &LabForm) -> Result<(), Error> {
    load(&ctx.db, id).await?;
    allowed(&ctx.db, actor, Action::EditLabMetadata, Target::Lab(id)).await?;
    let wanted = form.check()?;
    let tx = ctx.begin().await?;
    refuse_taken(&tx, &wanted, Some(id)).await?;
    let mut row = lab::ActiveModel {
        id: Set(id),
        ..Default::default()
    };
    fill(&mut row, wanted);
    row.update(&tx).await?;
    audit::record(ctx, &tx, actor, Event::of(AuditAction::LabEdited).lab(id)).await?;
    tx.commit().await?;
    Ok(())
}

/// Approves a lab, or takes the approval back.
pub async fn set_approval(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    is_approved: bool,
) -> Result<(), Error> {
    allowed(&ctx.db, actor, Action::EditLabApproval, Target::Site).await?;
    let tx = ctx.begin().await?;
    let row = load(&tx, id).await?;
    if row.is_approved_to_test != is_approved {
        lab::ActiveModel {
            id: Set(id),
            is_approved_to_test: Set(is_approved),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        if is_approved {
            for admin in admins(&tx, id).await? {
                messages::write(
                    ctx,
                    &tx,
                    &admin,
                    &Letter::LabApproved {
                        lab: row.name.clone(),
                        lab_id: id.to_string(),
                    },
                )
                .await?;
            }
        }
        audit::record(
            ctx,
            &tx,
            actor,
            Event::of(if is_approved {
                AuditAction::LabApproved
            } else {
                AuditAction::LabUnapproved
            })
            .lab(id),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Stores a picture of the lab: read within limits, checked for its shape, drawn anew.
pub async fn set_picture(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    kind: LabPicture,
    file: Vec<u8>,
) -> Result<(), Error> {
    load(&ctx.db, id).await?;
    allowed(&ctx.db, actor, Action::EditLabMetadata, Target::Lab(id)).await?;
    let name = pictures::keep(
        ctx,
        kind.field(),
        file,
        kind.size(),
        move |width, height| kind.check(width, height),
    )
    .await?;
    change_picture(ctx, actor, id, kind, name).await
}

/// Removes a picture of the lab.
pub async fn remove_picture(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    kind: LabPicture,
) -> Result<(), Error> {
    load(&ctx.db, id).await?;
    allowed(&ctx.db, actor, Action::EditLabMetadata, Target::Lab(id)).await?;
    change_picture(ctx, actor, id, kind, String::new()).await
}

async fn change_picture(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    kind: LabPicture,
    name: String,
) -> Result<(), Error> {
    let mut row = lab::ActiveModel {
        id: Set(id),
        ..Default::default()
    };
    match kind {
        LabPicture::Banner => row.banner = Set(name),
        LabPicture::Badge => row.badge = Set(name),
    }
    let tx = ctx.begin().await?;
    row.update(&tx).await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::LabEdited)
            .lab(id)
            .detail(kind.field()),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A member of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// What to call it.
    pub name: String,
    /// Address.
    pub email: String,
    /// Role.
    pub role: LabRole,
}

/// Somebody who asked to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The account.
    pub account: AccountId,
    /// What to call it.
    pub name: String,
    /// Address.
    pub email: String,
    /// When it asked.
    pub asked_at: DateTime<Utc>,
}

/// An invitation that was not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Key.
    pub id: InvitationId,
    /// To whom.
    pub email: String,
    /// As what.
    pub role: LabRole,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// The people of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// The lab's name.
    pub lab_name: String,
    /// Members, by family name.
    pub page: Page<Member>,
    /// Who asked to join; for those who may answer.
    pub asking: Vec<Asking>,
    /// Open invitations; for those who may invite.
    pub invitations: Vec<Invitation>,
    /// Whether the person may change anything.
    pub may_manage: bool,
    /// The person.
    pub own: AccountId,
}

/// Who belongs to a lab.
pub async fn members(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    words: &str,
    paging: Paging,
) -> Result<Members, Error> {
    let row = load(&ctx.db, id).await?;
    actor.researcher_in_person()?;
    let (person, standing) =
        allowed(&ctx.db, actor, Action::ReadLabResearchers, Target::Lab(id)).await?;
    let mut wanted = Condition::all().add(lab_member::Column::LabId.eq(id));
    for word in search_words(words) {
        let like = |column: account::Column| holds((account::Entity, column), &word);
        wanted = wanted.add(
            Condition::any()
                .add(like(account::Column::GivenName))
                .add(like(account::Column::MiddleName))
                .add(like(account::Column::FamilyName))
                .add(like(account::Column::Email)),
        );
    }
    let found = lab_member::Entity::find()
        .find_also_related(account::Entity)
        .filter(wanted);
    let total = found.clone().count(&ctx.db).await?;
    let rows = found
        .order_by_asc(account::Column::FamilyName)
        .order_by_asc(account::Column::GivenName)
        .order_by_asc(account::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    let entries = rows
        .into_iter()
        .filter_map(|(member, account)| {
            account.map(|account| Member {
                account: account.id,
                name: name_of(&account),
                email: messages::address_of(&account).to_owned(),
                role: member.role,
            })
        })
        .collect();
    let may_manage = standing.grants(Action::ManageLabResearchers);
    let (asking, invitations) = if may_manage {
        (asking(ctx, id).await?, invitations(ctx, id).await?)
    } else {
        (Vec::new(), Vec::new())
    };
    Ok(Members {
        lab_name: row.name,
        page: Page {
            entries,
            total,
            paging,
        },
        asking,
        invitations,
        may_manage,
        own: person.account,
    })
}

async fn asking(ctx: &Context, id: LabId) -> Result<Vec<Asking>, Error> {
    let rows = lab_join_request::Entity::find()
        .filter(lab_join_request::Column::LabId.eq(id))
        .find_also_related(account::Entity)
        .order_by_asc(lab_join_request::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(row, account)| {
            account.map(|account| Asking {
                account: account.id,
                name: name_of(&account),
                email: messages::address_of(&account).to_owned(),
                asked_at: row.created_at,
            })
        })
        .collect())
}

async fn invitations(ctx: &Context, id: LabId) -> Result<Vec<Invitation>, Error> {
    let open = lab_invitation::Entity::find()
        .filter(lab_invitation::Column::LabId.eq(id))
        .filter(lab_invitation::Column::EndedAt.is_null())
        .filter(lab_invitation::Column::ExpiresAt.gt(ctx.now()));
    Ok(open
        .order_by_asc(lab_invitation::Column::CreatedAt)
        .all(&ctx.db)
        .await?
        .into_iter()
        .map(|row| Invitation {
            id: row.id,
            email: row.email,
            role: row.role,
            expires_at: row.expires_at,
        })
        .collect())
}

async fn admins(db: &impl ConnectionTrait, id: LabId) -> Result<Vec<account::Model>, Error> {
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

/// Asks to join. The lab's admins are told once.
pub async fn request_join(ctx: &Context, actor: &Actor, id: LabId) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    accounts::count_or_wait(ctx, "labs", person.account, LETTERS).await?;
    let tx = ctx.begin().await?;
    let row = load(&tx, id).await?;
    if lab_role(&tx, id, person.account).await?.is_some() {
        return Err(Error::Conflict(
            "You belong to this lab already.".to_owned(),
        ));
    }
    let wish = lab_join_request::ActiveModel {
        id: Set(ctx.uuid()?),
        lab_id: Set(id),
        account_id: Set(person.account),
        created_at: Set(ctx.now()),
    };
    let once = OnConflict::columns([
        lab_join_request::Column::LabId,
        lab_join_request::Column::AccountId,
    ])
    .do_nothing()
    .to_owned();
    if matches!(
        lab_join_request::Entity::insert(wish)
            .on_conflict(once)
            .exec_without_returning(&tx)
            .await,
        Ok(1)
    ) {
        let who = name_of(&accounts::find(&tx, person.account).await?);
        for admin in admins(&tx, id).await? {
            messages::write(
                ctx,
                &tx,
                &admin,
                &Letter::LabJoinRequest {
                    lab: row.name.clone(),
                    lab_id: id.to_string(),
                    person: who.clone(),
                },
            )
            .await?;
        }
        audit::record(
            ctx,
            &tx,
            actor,
            Event::of(AuditAction::LabJoinRequested).lab(id),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes back one's wish to join.
pub async fn withdraw_request(ctx: &Context, actor: &Actor, id: LabId) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    end_request(ctx, actor, id, person.account).await
}

/// Turns down somebody's wish to join.
pub async fn decline_request(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    account: AccountId,
) -> Result<(), Error> {
    load(&ctx.db, id).await?;
    allowed(
        &ctx.db,
        actor,
        Action::ManageLabResearchers,
        Target::Lab(id),
    )
    .await?;
    end_request(ctx, actor, id, account).await
}

async fn end_request(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    account: AccountId,
) -> Result<(), Error> {
    let tx = ctx.begin().await?;
    let ended = lab_join_request::Entity::delete_many()
        .filter(lab_join_request::Column::LabId.eq(id))
        .filter(lab_join_request::Column::AccountId.eq(account))
        .exec(&tx)
        .await?;
    if ended.rows_affected > 0 {
        audit::record(
            ctx,
            &tx,
            actor,
            Event::of(AuditAction::LabJoinDeclined).lab(id).to(account),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Makes others that change this lab's people wait.
async fn lock(db: &impl ConnectionTrait, id: LabId) -> Result<(), Error> {
    lab::Entity::update_many()
        .col_expr(lab::Column::Name, Expr::col(lab::Column::Name))
        .filter(lab::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Refuses to lose the only admin of a lab, or of a study in it. Of all labs if none is named.
pub(crate) async fn refuse_sole_admin(
    db: &impl ConnectionTrait,
    account: AccountId,
    lab: Option<LabId>,
) -> Result<(), Error> {
    let mut own = lab_member::Entity::find().filter(lab_member::Column::AccountId.eq(account));
    if let Some(lab) = lab {
        own = own.filter(lab_member::Column::LabId.eq(lab));
    }
    for row in own.all(db).await? {
        lock(db, row.lab_id).await?;
        let others = lab_member::Entity::find()
            .filter(lab_member::Column::LabId.eq(row.lab_id))
            .filter(lab_member::Column::AccountId.ne(account));
        let is_sole = row.role == LabRole::Admin
            && others
                .filter(lab_member::Column::Role.eq(LabRole::Admin))
                .count(db)
                .await?
                == 0;
        if is_sole {
            let name = load(db, row.lab_id).await?.name;
            return Err(Error::Conflict(format!(
                "{name} would be without an admin. Please make somebody else an admin of it first."
            )));
        }
    }
    let mut studies = study_member::Entity::find()
        .filter(study_member::Column::AccountId.eq(account))
        .filter(study_member::Column::Role.eq(StudyRole::Admin))
        .find_also_related(study::Entity);
    if let Some(lab) = lab {
        studies = studies.filter(study::Column::LabId.eq(lab));
    }
    for (row, study) in studies.all(db).await? {
        let others = study_member::Entity::find()
            .filter(study_member::Column::StudyId.eq(row.study_id))
            .filter(study_member::Column::AccountId.ne(account))
            .filter(study_member::Column::Role.eq(StudyRole::Admin));
        if others.count(db).await? == 0 {
            let name = study.map(|study| study.name).unwrap_or_default();
            return Err(Error::Conflict(format!(
                "The study \u{201c}{name}\u{201d} would be without an admin. Please make somebody else an admin of it first."
            )));
        }
    }
    Ok(())
}

/// Gives a member, or somebody who asked to join, a role. Nobody else: people come by asking or by
/// invitation.
pub async fn set_role(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    account: AccountId,
    role: LabRole,
) -> Result<(), Error> {
    load(&ctx.db, id).await?;
    actor.researcher_in_person()?;
    allowed(
        &ctx.db,
        actor,
        Action::ManageLabResearchers,
        Target::Lab(id),
    )
    .await?;
    let tx = ctx.begin().await?;
    lock(&tx, id).await?;
    let now = lab_role(&tx, id, account).await?;
    if now == Some(role) {
        return Ok(());
    }
    let asked = lab_join_request::Entity::delete_many()
        .filter(lab_join_request::Column::LabId.eq(id))
        .filter(lab_join_request::Column::AccountId.eq(account))
        .exec(&tx)
        .await?;
    if now.is_none() && asked.rows_affected == 0 {
        return Err(Error::NotFound(Noun::Account));
    }
    if now == Some(LabRole::Admin) {
        refuse_last_admin(&tx, id, account).await?;
    }
    put(ctx, &tx, id, account, role).await?;
    tell_role(ctx, &tx, actor, id, account, role).await?;
    tx.commit().await?;
    Ok(())
}

async fn refuse_last_admin(
    db: &impl ConnectionTrait,
    id: LabId,
    account: AccountId,
) -> Result<(), Error> {
    let others = lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(id))
        .filter(lab_member::Column::AccountId.ne(account))
        .filter(lab_member::Column::Role.eq(LabRole::Admin));
    if others.count(db).await? == 0 {
        Err(Error::Conflict(
            "The lab would be without an admin. Please make somebody else an admin first."
                .to_owned(),
        ))
    } else {
        Ok(())
    }
}

async fn tell_role(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: LabId,
    account: AccountId,
    role: LabRole,
) -> Result<(), Error> {
    let lab = load(db, id).await?.name;
    messages::write(
        ctx,
        db,
        &accounts::find(db, account).await?,
        &Letter::LabRole {
            lab,
            lab_id: id.to_string(),
            role,
        },
    )
    .await?;
    audit::record(
        ctx,
        db,
        actor,
        Event::of(AuditAction::LabRoleSet)
            .lab(id)
            .to(account)
            .detail(role.as_str()),
    )
    .await
}

/// Removes somebody from a lab, and from all its studies.
pub async fn remove_member(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    account: AccountId,
) -> Result<(), Error> {
    load(&ctx.db, id).await?;
    actor.researcher_in_person()?;
    allowed(
        &ctx.db,
        actor,
        Action::ManageLabResearchers,
        Target::Lab(id),
    )
    .await?;
    take_out(ctx, actor, id, account).await
}

/// Leaves a lab, and all its studies.
pub async fn leave(ctx: &Context, actor: &Actor, id: LabId) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    take_out(ctx, actor, id, person.account).await
}

async fn take_out(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    account: AccountId,
) -> Result<(), Error> {
    let tx = ctx.begin().await?;
    lock(&tx, id).await?;
    let row = load(&tx, id).await?;
    if lab_role(&tx, id, account).await?.is_none() {
        return Err(Error::NotFound(Noun::Account));
    }
    refuse_sole_admin(&tx, account, Some(id)).await?;
    lab_member::Entity::delete_many()
        .filter(lab_member::Column::LabId.eq(id))
        .filter(lab_member::Column::AccountId.eq(account))
        .exec(&tx)
        .await?;
    let studies = study::Entity::find()
        .select_only()
        .column(study::Column::Id)
        .filter(study::Column::LabId.eq(id))
        .into_tuple::<domain::studies::StudyId>()
        .all(&tx)
        .await?;
    study_member::Entity::delete_many()
        .filter(study_member::Column::AccountId.eq(account))
        .filter(study_member::Column::StudyId.is_in(studies))
        .exec(&tx)
        .await?;
    messages::write(
        ctx,
        &tx,
        &accounts::find(&tx, account).await?,
        &Letter::LabRemoved { lab: row.name },
    )
    .await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::LabMemberRemoved).lab(id).to(account),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Invites somebody by an address, whether or not it has an account.
pub async fn invite(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    email: &str,
    role: LabRole,
) -> Result<(), Error> {
    let row = load(&ctx.db, id).await?;
    actor.researcher_in_person()?;
    let (person, _) = allowed(
        &ctx.db,
        actor,
        Action::ManageLabResearchers,
        Target::Lab(id),
    )
    .await?;
    let email = Email::parse(email).ok_or_else(|| {
        Error::field(
            "email",
            "no_address",
            "Please enter the person's e-mail address.",
        )
    })?;
    accounts::count_or_wait(ctx, "labs", person.account, LETTERS).await?;
    let most = if row.is_approved_to_test {
        MOST_INVITATIONS
    } else {
        MOST_INVITATIONS_UNAPPROVED
    };
    let tx = ctx.begin().await?;
    lock(&tx, id).await?;
    let known = lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(id))
        .find_also_related(account::Entity)
        .filter(account::Column::Email.eq(email.as_str()))
        .count(&tx)
        .await?;
    if known > 0 {
        return Err(Error::field(
            "email",
            "member",
            "This person belongs to the lab already.",
        ));
    }
    let open = lab_invitation::Entity::find()
        .filter(lab_invitation::Column::LabId.eq(id))
        .filter(lab_invitation::Column::EndedAt.is_null())
        .filter(lab_invitation::Column::ExpiresAt.gt(ctx.now()));
    if open
        .clone()
        .filter(lab_invitation::Column::Email.eq(email.as_str()))
        .count(&tx)
        .await?
        > 0
    {
        return Err(Error::field(
            "email",
            "invited",
            "There is an open invitation to this address. Take it back first to send another.",
        ));
    }
    if open.count(&tx).await? >= most {
        let why = if row.is_approved_to_test {
            ""
        } else {
            " A lab that is not approved yet can't have more."
        };
        return Err(Error::Conflict(format!(
            "There are {most} open invitations.{why} Please take some back first."
        )));
    }
    let invitation = ctx.id(InvitationId::from_parts)?;
    let new = lab_invitation::ActiveModel {
        id: Set(invitation),
        lab_id: Set(id),
        email: Set(email.as_str().to_owned()),
        role: Set(role),
        invited_by: Set(Some(person.account)),
        created_at: Set(ctx.now()),
        expires_at: Set(ctx.now() + LinkPurpose::AcceptInvitation.lifetime()),
        ended_at: Set(None),
    };
    lab_invitation::Entity::insert(new)
        .exec_without_returning(&tx)
        .await?;
    let by = name_of(&accounts::find(&tx, person.account).await?);
    messages::write_to(
        ctx,
        &tx,
        None,
        email.as_str(),
        Some(invitation.0),
        &Letter::LabInvitation {
            lab: row.name,
            role,
            by,
        },
    )
    .await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::LabInvited)
            .lab(id)
            .detail(role.as_str()),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Takes an invitation back.
pub async fn revoke_invitation(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    invitation: InvitationId,
) -> Result<(), Error> {
    load(&ctx.db, id).await?;
    allowed(
        &ctx.db,
        actor,
        Action::ManageLabResearchers,
        Target::Lab(id),
    )
    .await?;
    let tx = ctx.begin().await?;
    let ended = lab_invitation::Entity::update_many()
        .col_expr(lab_invitation::Column::EndedAt, Expr::value(ctx.now()))
        .filter(lab_invitation::Column::Id.eq(invitation))
        .filter(lab_invitation::Column::LabId.eq(id))
        .filter(lab_invitation::Column::EndedAt.is_null())
        .exec(&tx)
        .await?;
    if ended.rows_affected > 0 {
        audit::record(
            ctx,
            &tx,
            actor,
            Event::of(AuditAction::LabInvitationRevoked).lab(id),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What an invitation's page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationPage {
    /// The lab.
    pub lab: LabId,
    /// Its name.
    pub lab_name: String,
    /// As what.
    pub role: LabRole,
    /// To which address.
    pub email: String,
}

/// The invitation of a link, for whoever holds it.
pub async fn invitation(ctx: &Context, link: &Link) -> Result<InvitationPage, Error> {
    if link.purpose != LinkPurpose::AcceptInvitation {
        return Err(Error::NotFound(Noun::Invitation));
    }
    links::check(ctx, &ctx.db, link).await?;
    let row = lab_invitation::Entity::find_by_id(InvitationId(link.target))
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Invitation))?;
    let lab = load(&ctx.db, row.lab_id).await?;
    Ok(InvitationPage {
        lab: lab.id,
        lab_name: lab.name,
        role: row.role,
        email: row.email,
    })
}

/// Joins a lab by an invitation. The account must have the address that was invited; the link shows
/// that it is theirs.
pub async fn accept_invitation(ctx: &Context, actor: &Actor, link: &Link) -> Result<LabId, Error> {
    let found = invitation(ctx, link).await?;
    let person: &Person = actor.researcher_in_person()?;
    if person.email != found.email {
        return Err(Error::Conflict(format!(
            "This invitation is for {}. You are signed in as {}.",
            found.email, person.email
        )));
    }
    let tx = ctx.begin().await?;
    lock(&tx, found.lab).await?;
    links::check(ctx, &tx, link).await?;
    lab_invitation::Entity::update_many()
        .col_expr(lab_invitation::Column::EndedAt, Expr::value(ctx.now()))
        .filter(lab_invitation::Column::Id.eq(InvitationId(link.target)))
        .exec(&tx)
        .await?;
    lab_join_request::Entity::delete_many()
        .filter(lab_join_request::Column::LabId.eq(found.lab))
        .filter(lab_join_request::Column::AccountId.eq(person.account))
        .exec(&tx)
        .await?;
    if !person.is_confirmed {
        let row = accounts::find(&tx, person.account).await?;
        if row.claimed_email.is_empty() {
            account::ActiveModel {
                id: Set(row.id),
                email_confirmed_at: Set(Some(ctx.now())),
                ..Default::default()
            }
            .update(&tx)
            .await?;
        }
    }
    if lab_role(&tx, found.lab, person.account).await?.is_none() {
        put(ctx, &tx, found.lab, person.account, found.role).await?;
        audit::record(
            ctx,
            &tx,
            actor,
            Event::of(AuditAction::LabRoleSet)
                .lab(found.lab)
                .to(person.account)
                .detail(format!("{} by invitation", found.role)),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(found.lab)
}
