//! What people change about their own accounts: name, preferences, password, address. Addresses are
//! confirmed by letters.

use chrono::{DateTime, Utc};
use domain::Violations;
use domain::accounts::{AccountId, Email, EmailChangeId, LinkPurpose};
use domain::audit::AuditAction;
use domain::messages::Letter;
use domain::text;
use entities::{account, email_change};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    Device, LETTERS_PER_ACCOUNT, LETTERS_PER_ADDRESS, count_failure, count_or_wait, end_access,
    find, hash_new_password, store_password, subject, wait_if_throttled,
};
use crate::actor::{Actor, Via};
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::Error;
use crate::jobs::{self, Job, JobError};
use crate::links::{self, Link};
use crate::messages;

/// What an account's owner sees of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the form")]
pub struct Settings {
    pub nickname: String,
    pub given_name: String,
    pub family_name: String,
    pub email: String,
    pub is_confirmed: bool,
    /// Address to which the account is being moved, and which of the two have agreed: old, new.
    pub change: Option<(String, bool, bool)>,
    pub email_next_session: bool,
    pub email_new_studies: bool,
    pub email_study_updates: bool,
    pub email_response_questions: bool,
    pub deletion_due_at: Option<DateTime<Utc>>,
}

/// The account as its owner sees it.
pub async fn settings(ctx: &Context, actor: &Actor) -> Result<Settings, Error> {
    let person = actor.signed_in()?;
    let row = find(&ctx.db, person.account).await?;
    let change = open_change(ctx, &ctx.db, person.account).await?;
    Ok(Settings {
        email: messages::address_of(&row).to_owned(),
        nickname: row.nickname,
        given_name: row.given_name,
        family_name: row.family_name,
        is_confirmed: row.email_confirmed_at.is_some(),
        change: change.map(|change| {
            (
                change.new_email,
                change.old_agreed_at.is_some(),
                change.new_confirmed_at.is_some(),
            )
        }),
        email_next_session: row.email_next_session,
        email_new_studies: row.email_new_studies,
        email_study_updates: row.email_study_updates,
        email_response_questions: row.email_response_questions,
        deletion_due_at: row.deletion_due_at,
    })
}

async fn open_change(
    ctx: &Context,
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<email_change::Model>, Error> {
    Ok(email_change::Entity::find()
        .filter(email_change::Column::AccountId.eq(account))
        .filter(email_change::Column::EndedAt.is_null())
        .filter(email_change::Column::ExpiresAt.gt(ctx.now()))
        .one(db)
        .await?)
}

/// The form with names.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of the form")]
pub struct ProfileForm {
    pub nickname: String,
    pub given_name: String,
    pub family_name: String,
}

/// Changes names.
pub async fn save_profile(ctx: &Context, actor: &Actor, form: &ProfileForm) -> Result<(), Error> {
    let person = actor.signed_in()?;
    let mut violations = Violations::new();
    let nickname = text::line(
        "nickname",
        "the name",
        &form.nickname,
        text::LINE,
        &mut violations,
    );
    let mut changed = account::ActiveModel {
        id: Set(person.account),
        nickname: Set(nickname),
        ..Default::default()
    };
    if person.powers.is_researcher {
        changed.given_name = Set(text::required_line(
            "given_name",
            "your given name",
            &form.given_name,
            &mut violations,
        ));
        changed.family_name = Set(text::required_line(
            "family_name",
            "your family name",
            &form.family_name,
            &mut violations,
        ));
    }
    violations.or(())?;
    changed.update(&ctx.db).await?;
    Ok(())
}

/// Which letters a family wants. `wanted` holds the names of those that were ticked.
pub async fn save_preferences(
    ctx: &Context,
    actor: &Actor,
    wanted: &[String],
) -> Result<(), Error> {
    let person = actor.signed_in()?;
    let has = |name: &str| Set(wanted.iter().any(|ticked| ticked == name));
    let changed = account::ActiveModel {
        id: Set(person.account),
        email_next_session: has("email_next_session"),
        email_new_studies: has("email_new_studies"),
        email_study_updates: has("email_study_updates"),
        email_response_questions: has("email_response_questions"),
        ..Default::default()
    };
    changed.update(&ctx.db).await?;
    Ok(())
}

/// Checks the password of whoever asks, as often as at sign-in.
pub(super) async fn confirm_password(
    ctx: &Context,
    row: &account::Model,
    field: &str,
    password: SecretString,
) -> Result<(), Error> {
    let counted = subject(ctx, "account", &row.email);
    wait_if_throttled(ctx, &[(&counted, super::FAILURES_PER_ACCOUNT)]).await?;
    if password.expose_secret().chars().count() <= domain::accounts::PasswordPolicy::MAXIMUM
        && ctx
            .passwords
            .verify(password, Some(row.password_hash.clone()))
            .await?
    {
        return Ok(());
    }
    count_failure(ctx, &[&counted]).await?;
    Err(Error::field(
        field,
        "wrong",
        "This is not your present password.",
    ))
}

/// Changes the password. Every other session ends, and the owner gets a letter.
pub async fn change_password(
    ctx: &Context,
    actor: &Actor,
    present: SecretString,
    new: SecretString,
    again: SecretString,
) -> Result<(), Error> {
    let person = actor.signed_in()?;
    let row = find(&ctx.db, person.account).await?;
    let mut violations = Violations::new();
    if new.expose_secret() != again.expose_secret() {
        violations.add(
            "password_again",
            "different",
            "The two passwords differ. Please type the same one twice.",
        );
    }
    confirm_password(ctx, &row, "present_password", present).await?;
    violations.or(())?;
    let hash = hash_new_password(ctx, &row, new, "password").await?;
    let keep = match person.via {
        Via::Session(session) => Some(session),
        Via::Token(..) => None,
    };
    let tx = ctx.begin().await?;
    store_password(ctx, &tx, actor, &row, hash, keep).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody asks for a new password. What is done for an unknown address and for a known one takes
/// the same time, because the address is looked up by a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartReset {
    email: String,
}

impl Job for StartReset {
    const NAME: &'static str = "start_reset";
    const QUEUE: &'static str = "mail";
    const ATTEMPTS: u32 = 8;

    async fn run(self, ctx: &Context) -> Result<(), JobError> {
        let found = account::Entity::find()
            .filter(account::Column::Email.eq(self.email))
            .one(&ctx.db)
            .await
            .map_err(jobs::retry)?;
        if let Some(row) = found.filter(super::is_usable) {
            let tx = ctx.begin().await.map_err(jobs::retry)?;
            messages::write(ctx, &tx, &row, &Letter::ResetPassword)
                .await
                .map_err(jobs::retry)?;
            tx.commit().await.map_err(jobs::retry)?;
        }
        Ok(())
    }
}

/// Asks for a link for a new password.
pub async fn request_reset(ctx: &Context, email: &str, device: &Device) -> Result<(), Error> {
    let email = Email::parse(email).ok_or_else(|| {
        Error::field(
            "email",
            "no_address",
            "Please enter the e-mail address of your account.",
        )
    })?;
    let (by_account, by_address) = (
        subject(ctx, "letters", email.as_str()),
        subject(ctx, "letters from", &device.address),
    );
    wait_if_throttled(
        ctx,
        &[
            (&by_account, LETTERS_PER_ACCOUNT),
            (&by_address, LETTERS_PER_ADDRESS),
        ],
    )
    .await?;
    count_failure(ctx, &[&by_account, &by_address]).await?;
    let tx = ctx.begin().await?;
    jobs::add(
        &tx,
        &StartReset {
            email: email.as_str().to_owned(),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a new password by a link. It also proves the address. The second factor is still asked for
/// at sign-in.
pub async fn reset_password(
    ctx: &Context,
    link: &Link,
    new: SecretString,
    again: SecretString,
    device: &Device,
) -> Result<(), Error> {
    if link.purpose != LinkPurpose::ResetPassword {
        return Err(Error::Denied);
    }
    links::check_within(ctx, &ctx.db, link).await?;
    let row = find(&ctx.db, AccountId(link.target)).await?;
    let mut violations = Violations::new();
    if new.expose_secret() != again.expose_secret() {
        violations.add(
            "password_again",
            "different",
            "The two passwords differ. Please type the same one twice.",
        );
    }
    violations.or(())?;
    let hash = hash_new_password(ctx, &row, new, "password").await?;
    let tx = ctx.begin().await?;
    // Once more inside, so that a link used twice at the same time works once.
    lock(&tx, row.id).await?;
    links::check_within(ctx, &tx, link).await?;
    if row.email_confirmed_at.is_none() {
        account::ActiveModel {
            id: Set(row.id),
            email_confirmed_at: Set(Some(ctx.now())),
            ..Default::default()
        }
        .update(&tx)
        .await?;
    }
    account::ActiveModel {
        id: Set(row.id),
        password_hash: Set(hash),
        ..Default::default()
    }
    .update(&tx)
    .await?;
    end_access(&tx, row.id, None).await?;
    messages::write(ctx, &tx, &row, &Letter::PasswordChanged).await?;
    audit::record_as(
        ctx,
        &tx,
        Some(row.id),
        device.address.clone(),
        Event::of(AuditAction::PasswordChanged)
            .to(row.id)
            .detail("by a link"),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Makes others that want this account wait.
pub(super) async fn lock(db: &impl ConnectionTrait, id: AccountId) -> Result<(), Error> {
    account::Entity::update_many()
        .col_expr(
            account::Column::IsActive,
            Expr::col(account::Column::IsActive),
        )
        .filter(account::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Sends the link that confirms the address once more.
pub async fn send_confirmation(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let person = actor.signed_in()?;
    count_or_wait(ctx, "letters", person.account, LETTERS_PER_ACCOUNT).await?;
    let row = find(&ctx.db, person.account).await?;
    if row.email_confirmed_at.is_some() {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    // An account that was made with another's address gets the same answer and no letter of its
    // own.
    if row.claimed_email.is_empty() {
        messages::write(ctx, &tx, &row, &Letter::ConfirmAddress).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Asks for another address. Both addresses get a letter, and both must agree.
pub async fn request_email_change(
    ctx: &Context,
    actor: &Actor,
    new: &str,
    password: SecretString,
) -> Result<(), Error> {
    let person = actor.fresh(ctx.now())?;
    let new = Email::parse(new).ok_or_else(|| {
        Error::field(
            "new_email",
            "no_address",
            "Please enter the new e-mail address, such as name@example.org.",
        )
    })?;
    let row = find(&ctx.db, person.account).await?;
    if row.email == new.as_str() {
        return Err(Error::field(
            "new_email",
            "same",
            "This is the address that you have now.",
        ));
    }
    confirm_password(ctx, &row, "change_password", password).await?;
    count_or_wait(ctx, "letters", person.account, LETTERS_PER_ACCOUNT).await?;
    let tx = ctx.begin().await?;
    end_changes(ctx, &tx, person.account).await?;
    let id = ctx.id(EmailChangeId::from_parts)?;
    let is_proven = row.email_confirmed_at.is_some();
    let change = email_change::ActiveModel {
        id: Set(id),
        account_id: Set(person.account),
        new_email: Set(new.as_str().to_owned()),
        created_at: Set(ctx.now()),
        expires_at: Set(ctx.now() + LinkPurpose::AgreeToChange.lifetime()),
        // An address that was never confirmed has nothing to agree to: it may be a typing error,
        // and nobody reads it.
        old_agreed_at: Set((!is_proven).then(|| ctx.now())),
        new_confirmed_at: Set(None),
        ended_at: Set(None),
    };
    email_change::Entity::insert(change)
        .exec_without_returning(&tx)
        .await?;
    if is_proven {
        messages::write_to(
            ctx,
            &tx,
            Some(row.id),
            &row.email,
            Some(id.0),
            &Letter::AgreeToChange {
                new: new.as_str().to_owned(),
            },
        )
        .await?;
    }
    messages::write_to(
        ctx,
        &tx,
        Some(row.id),
        new.as_str(),
        Some(id.0),
        &Letter::ConfirmNewAddress,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn end_changes(
    ctx: &Context,
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<(), Error> {
    email_change::Entity::update_many()
        .col_expr(email_change::Column::EndedAt, Expr::value(ctx.now()))
        .filter(email_change::Column::AccountId.eq(account))
        .filter(email_change::Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Takes back the wish for another address.
pub async fn cancel_email_change(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let person = actor.signed_in()?;
    end_changes(ctx, &ctx.db, person.account).await
}

/// What a link that needs no form has done, in a sentence.
pub async fn confirm(ctx: &Context, link: &Link, device: &Device) -> Result<&'static str, Error> {
    let tx = ctx.begin().await?;
    let done = match link.purpose {
        LinkPurpose::ConfirmAddress => {
            links::check_within(ctx, &tx, link).await?;
            let id = AccountId(link.target);
            account::ActiveModel {
                id: Set(id),
                email_confirmed_at: Set(Some(ctx.now())),
                ..Default::default()
            }
            .update(&tx)
            .await?;
            audit::record_as(
                ctx,
                &tx,
                Some(id),
                device.address.clone(),
                Event::of(AuditAction::AddressConfirmed).to(id),
            )
            .await?;
            "Thank you. Your address is confirmed."
        }
        LinkPurpose::AgreeToChange | LinkPurpose::ConfirmNewAddress => {
            let id = EmailChangeId(link.target);
            let column = if link.purpose == LinkPurpose::AgreeToChange {
                email_change::Column::OldAgreedAt
            } else {
                email_change::Column::NewConfirmedAt
            };
            links::check_within(ctx, &tx, link).await?;
            email_change::Entity::update_many()
                .col_expr(column, Expr::value(ctx.now()))
                .filter(email_change::Column::Id.eq(id))
                .exec(&tx)
                .await?;
            finish_change(ctx, &tx, id, device).await?
        }
        LinkPurpose::KeepAccount => {
            links::check_within(ctx, &tx, link).await?;
            super::deletion::keep(ctx, &tx, AccountId(link.target), device).await?;
            "Your account stays as it is. Welcome back."
        }
        LinkPurpose::ResetPassword | LinkPurpose::AcceptInvitation => return Err(Error::Denied),
    };
    tx.commit().await?;
    Ok(done)
}

/// Moves the account once both addresses have agreed; all sessions end.
async fn finish_change(
    ctx: &Context,
    db: &impl ConnectionTrait,
    id: EmailChangeId,
    device: &Device,
) -> Result<&'static str, Error> {
    let gone = || Error::Conflict("This change of address was taken back.".to_owned());
    let change = email_change::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(gone)?;
    if change.old_agreed_at.is_none() || change.new_confirmed_at.is_none() {
        return Ok(
            "Thank you. As soon as the other address has agreed too, your account uses the new one.",
        );
    }
    let row = find(db, change.account_id).await?;
    if account::Entity::find()
        .filter(account::Column::Email.eq(&change.new_email))
        .filter(account::Column::Id.ne(row.id))
        .one(db)
        .await?
        .is_some()
    {
        // Only the owner of the new address gets here, so this tells nobody else.
        return Err(Error::Conflict(
            "There is another account with this address. Sign in there, or delete it first."
                .to_owned(),
        ));
    }
    if row.email_confirmed_at.is_some() {
        messages::write(
            ctx,
            db,
            &row,
            &Letter::AddressChanged {
                new: change.new_email.clone(),
            },
        )
        .await?;
    }
    account::ActiveModel {
        id: Set(row.id),
        email: Set(change.new_email),
        claimed_email: Set(String::new()),
        email_confirmed_at: Set(Some(ctx.now())),
        ..Default::default()
    }
    .update(db)
    .await?;
    end_changes(ctx, db, row.id).await?;
    end_access(db, row.id, None).await?;
    audit::record_as(
        ctx,
        db,
        Some(row.id),
        device.address.clone(),
        Event::of(AuditAction::AddressChanged).to(row.id),
    )
    .await?;
    Ok("Your account now uses the new address. Please sign in with it.")
}
