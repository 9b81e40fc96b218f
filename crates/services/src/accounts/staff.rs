//! What staff do with accounts of others. Each act leaves an entry in the audit, and the owner gets
//! an email where it concerns how they sign in.

use chrono::{DateTime, Utc};
use domain::Violations;
use domain::accounts::{AccountId, Powers};
use domain::audit::AuditAction;
use domain::labs::{LabId, LabRole};
use domain::messages::Email;
use domain::permissions::Action;
use domain::text;
use entities::{account, child, lab, lab_member, response};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{access, factors};
use crate::act::{Act, OfAccount};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging, holds, search_words};
use crate::people::{self, name_of, powers_of};
use crate::permissions::{ActionTarget, require};

/// An account in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub powers: Powers,
    /// In a word: active, spam, switched off, to be deleted, deleted.
    pub state: &'static str,
    pub created_at: DateTime<Utc>,
    pub signed_in_at: Option<DateTime<Utc>>,
}

fn summary(row: &account::Model) -> AccountRow {
    let state = match row {
        row if row.deleted_at.is_some() => "deleted",
        row if row.is_spam => "spam",
        row if !row.is_active => "switched off",
        row if row.deletion_due_at.is_some() => "to be deleted",
        _ => "active",
    };
    AccountRow {
        id: row.id,
        name: name_of(row),
        email: row.email.clone(),
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
    require(ctx, actor, Action::ManageAccounts, ActionTarget::Site).await?;
    let mut wanted = Condition::all();
    for word in search_words(words) {
        let like = |column: account::Column| holds((account::Entity, column), &word);
        let mut any = Condition::any()
            .add(like(account::Column::Email))
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
        entries: rows.iter().map(summary).collect(),
        total,
        paging,
    })
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPage {
    /// What the list shows.
    pub row: AccountRow,
    pub has_second_factor: bool,
    pub children: u64,
    pub responses: u64,
    /// Its labs, with its role in each.
    pub labs: Vec<(LabId, String, LabRole)>,
    /// What staff wrote about it.
    pub comments: String,
}

/// One account, for staff. No answers, no names of children.
pub async fn inspect(ctx: &Context, actor: &Actor, id: AccountId) -> Result<AccountPage, Error> {
    require(ctx, actor, Action::ManageAccounts, ActionTarget::Site).await?;
    let row = people::find(&ctx.db, id).await?;
    let labs = lab_member::Entity::find()
        .filter(lab_member::Column::AccountId.eq(id))
        .find_also_related(lab::Entity)
        .all(&ctx.db)
        .await?;
    Ok(AccountPage {
        row: summary(&row),
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

/// What staff do with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffAction {
    /// It can't sign in, and nothing is mailed to it.
    MarkAsSpam,
    UnmarkAsSpam,
    /// Switch it off.
    Deactivate,
    /// Switch it on again.
    Reactivate,
    /// Take away all second factors, for somebody who lost them.
    ResetFactors,
}

impl StaffAction {
    /// By the word that a form posts.
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

    fn audited_as(self) -> AuditAction {
        match self {
            Self::MarkAsSpam => AuditAction::MarkedAsSpam,
            Self::UnmarkAsSpam => AuditAction::UnmarkedAsSpam,
            Self::Deactivate => AuditAction::Deactivated,
            Self::Reactivate => AuditAction::Reactivated,
            Self::ResetFactors => AuditAction::FactorReset,
        }
    }
}

/// Does something with an account. A reason must be given; it is kept.
pub async fn act(
    ctx: &Context,
    actor: &Actor,
    id: AccountId,
    what: StaffAction,
    reason: &str,
) -> Result<(), Error> {
    let act = Act::account_of(ctx, actor, id, Action::ManageAccounts).await?;
    actor.fresh(ctx.now())?;
    if act.person.account == id {
        return Err(Error::Conflict(
            "This is your own account. Somebody else must do this.".to_owned(),
        ));
    }
    let mut violations = Violations::new();
    let reason = text::required_line("reason", "the reason", reason, &mut violations);
    violations.or(())?;
    let is_above = powers_of(&act.account).staff_role() > act.person.powers.staff_role();
    if is_above || act.account.deleted_at.is_some() {
        return Err(Error::Denied);
    }
    store(&act, what, &reason).await?;
    match what {
        StaffAction::MarkAsSpam | StaffAction::Deactivate => access::end(&act, id, None).await?,
        StaffAction::ResetFactors => {
            factors::remove_all(&act, id).await?;
            act.email(&act.account, &Email::FactorReset).await?;
        }
        StaffAction::UnmarkAsSpam | StaffAction::Reactivate => {}
    }
    let event = Event::of(what.audited_as()).to(id);
    act.audit(event.detail(reason)).await?;
    act.commit(()).await
}

/// Stores what becomes of the account, and adds the reason to what staff read about it.
async fn store(act: &Act<'_, OfAccount<'_>>, what: StaffAction, reason: &str) -> Result<(), Error> {
    let (day, words) = (act.ctx.clock.today(), what.audited_as().words());
    let comments = format!("{}\n{day} {words}: {reason}", act.account.admin_comments);
    let mut changed = account::ActiveModel {
        id: Set(act.account.id),
        admin_comments: Set(comments.trim().to_owned()),
        ..Default::default()
    };
    match what {
        StaffAction::MarkAsSpam => {
            changed.is_spam = Set(true);
            changed.email_next_session = Set(false);
            changed.email_new_studies = Set(false);
            changed.email_study_updates = Set(false);
            changed.email_response_questions = Set(false);
        }
        StaffAction::UnmarkAsSpam => changed.is_spam = Set(false),
        StaffAction::Deactivate => changed.is_active = Set(false),
        StaffAction::Reactivate => changed.is_active = Set(true),
        StaffAction::ResetFactors => {}
    }
    changed.update(&act.tx).await?;
    Ok(())
}
