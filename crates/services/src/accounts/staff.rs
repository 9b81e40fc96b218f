//! What staff do with accounts. Each act leaves an entry in the audit, and the owner gets a letter
//! where it concerns how it signs in.

use chrono::{DateTime, Utc};
use domain::accounts::{AccountId, Powers};
use domain::audit::AuditAction;
use domain::messages::Letter;
use domain::permissions::Action;
use domain::text;
use entities::{account, child, lab, lab_member, response};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{end_access, factors, find, name_of, powers_of};
use crate::actor::Actor;
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::Error;
use crate::messages;
use crate::paging::{Page, Paging, holds, search_words};
use crate::permissions::{Target, allowed};

/// An account in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Key.
    pub id: AccountId,
    /// What to call it.
    pub name: String,
    /// Address.
    pub email: String,
    /// Rights.
    pub powers: Powers,
    /// In a word: active, unconfirmed, spam, switched off, deleted.
    pub state: &'static str,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last signed in.
    pub signed_in_at: Option<DateTime<Utc>>,
}

fn line(row: &account::Model) -> AccountRow {
    let state = match row {
        row if row.deleted_at.is_some() => "deleted",
        row if row.is_spam => "spam",
        row if !row.is_active => "switched off",
        row if row.deletion_due_at.is_some() => "to be deleted",
        row if row.email_confirmed_at.is_none() => "unconfirmed",
        _ => "active",
    };
    AccountRow {
        id: row.id,
        name: name_of(row),
        email: messages::address_of(row).to_owned(),
        powers: powers_of(row),
        state,
        created_at: row.created_at,
        signed_in_at: row.signed_in_at,
    }
}

/// Accounts in which every word occurs in address, nickname or name; newest first.
pub async fn search(
    ctx: &Context,
    actor: &Actor,
    words: &str,
    paging: Paging,
) -> Result<Page<AccountRow>, Error> {
    allowed(&ctx.db, actor, Action::ManageAccounts, Target::Site).await?;
    let mut wanted = Condition::all();
    for word in search_words(words) {
        let like = |column: account::Column| holds((account::Entity, column), &word);
        let mut any = Condition::any()
            .add(like(account::Column::Email))
            .add(like(account::Column::ClaimedEmail))
            .add(like(account::Column::Nickname))
            .add(like(account::Column::GivenName))
            .add(like(account::Column::FamilyName));
        if let Ok(id) = word.parse::<AccountId>() {
            any = any.add(account::Column::Id.eq(id));
        }
        wanted = wanted.add(any);
    }
    let found = account::Entity::find().filter(wanted);
    let total = found.clone().count(&ctx.db).await?;
    let rows = found
        .order_by_desc(account::Column::CreatedAt)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    Ok(Page {
        entries: rows.iter().map(line).collect(),
        total,
        paging,
    })
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPage {
    /// What the list shows.
    pub row: AccountRow,
    /// Whether it has a second factor.
    pub has_second_factor: bool,
    /// Number of children.
    pub children: u64,
    /// Number of visits.
    pub responses: u64,
    /// Its labs, with its role in each.
    pub labs: Vec<(domain::labs::LabId, String, domain::labs::LabRole)>,
    /// What staff wrote about it.
    pub comments: String,
}

/// One account, for staff. No answers, no names of children.
pub async fn inspect(ctx: &Context, actor: &Actor, id: AccountId) -> Result<AccountPage, Error> {
    allowed(&ctx.db, actor, Action::ManageAccounts, Target::Site).await?;
    let row = find(&ctx.db, id).await?;
    let labs = lab_member::Entity::find()
        .filter(lab_member::Column::AccountId.eq(id))
        .find_also_related(lab::Entity)
        .all(&ctx.db)
        .await?;
    Ok(AccountPage {
        row: line(&row),
        has_second_factor: row.has_second_factor,
        children: child::Entity::find()
            .filter(child::Column::AccountId.eq(id))
            .filter(child::Column::DeletedAt.is_null())
            .count(&ctx.db)
            .await?,
        responses: response::Entity::find()
            .filter(response::Column::AccountId.eq(id))
            .count(&ctx.db)
            .await?,
        labs: labs
            .into_iter()
            .filter_map(|(member, lab)| lab.map(|lab| (lab.id, lab.name, member.role)))
            .collect(),
        comments: row.admin_comments,
    })
}

/// What staff do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffAct {
    /// The account is spam: it can't sign in, and nothing is mailed to it.
    MarkAsSpam,
    /// It is not.
    UnmarkAsSpam,
    /// Switch it off.
    Deactivate,
    /// Switch it on again.
    Reactivate,
    /// Take away all second factors, for somebody who lost them.
    ResetFactors,
}

impl StaffAct {
    /// The act of a form's word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "spam" => Some(Self::MarkAsSpam),
            "not-spam" => Some(Self::UnmarkAsSpam),
            "deactivate" => Some(Self::Deactivate),
            "reactivate" => Some(Self::Reactivate),
            "reset-factors" => Some(Self::ResetFactors),
            _ => None,
        }
    }
}

/// Does something with an account. A reason must be given; it is kept.
pub async fn act(
    ctx: &Context,
    actor: &Actor,
    id: AccountId,
    act: StaffAct,
    reason: &str,
) -> Result<(), Error> {
    let (person, _) = allowed(&ctx.db, actor, Action::ManageAccounts, Target::Site).await?;
    actor.fresh(ctx.now())?;
    if person.account == id {
        return Err(Error::Conflict(
            "This is your own account. Somebody else must do this.".to_owned(),
        ));
    }
    let mut violations = domain::Violations::new();
    let reason = text::required_line("reason", "the reason", reason, &mut violations);
    violations.or(())?;
    let tx = ctx.begin().await?;
    let row = find(&tx, id).await?;
    let is_above = powers_of(&row).staff_role() > person.powers.staff_role();
    if is_above || row.deleted_at.is_some() {
        return Err(Error::Denied);
    }
    let mut changed = account::ActiveModel {
        id: Set(id),
        ..Default::default()
    };
    let action = match act {
        StaffAct::MarkAsSpam => {
            changed.is_spam = Set(true);
            for preference in [
                &mut changed.email_next_session,
                &mut changed.email_new_studies,
                &mut changed.email_study_updates,
                &mut changed.email_response_questions,
            ] {
                *preference = Set(false);
            }
            AuditAction::MarkedAsSpam
        }
        StaffAct::UnmarkAsSpam => {
            changed.is_spam = Set(false);
            AuditAction::UnmarkedAsSpam
        }
        StaffAct::Deactivate => {
            changed.is_active = Set(false);
            AuditAction::Deactivated
        }
        StaffAct::Reactivate => {
            changed.is_active = Set(true);
            AuditAction::Reactivated
        }
        StaffAct::ResetFactors => AuditAction::FactorReset,
    };
    let note = format!("{} {}: {reason}", ctx.clock.today(), action.words());
    changed.admin_comments = Set(format!("{}\n{note}", row.admin_comments).trim().to_owned());
    changed.update(&tx).await?;
    match act {
        StaffAct::MarkAsSpam | StaffAct::Deactivate => end_access(&tx, id, None).await?,
        StaffAct::ResetFactors => {
            factors::remove_all(&tx, id).await?;
            messages::write(ctx, &tx, &row, &Letter::FactorReset).await?;
        }
        StaffAct::UnmarkAsSpam | StaffAct::Reactivate => {}
    }
    audit::record(ctx, &tx, actor, Event::of(action).to(id).detail(reason)).await?;
    tx.commit().await?;
    Ok(())
}
