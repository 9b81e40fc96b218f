//! Signed links in emails. A link carries what it is for, what it is about and until when; its
//! signature also covers the state in which that was when the email was written, so that it works
//! once, and not at all once something else has changed. And codes that emails carry.

use chrono::{DateTime, Utc};
use domain::accounts::{AccountId, EmailChangeId, LinkPurpose, PendingAccountId};
use domain::labs::InvitationId;
use entities::{account, email_change, lab_invitation};
use sea_orm::sea_query::LockType;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use uuid::Uuid;

use crate::context::Context;
use crate::error::Error;

/// A link that was opened. Its signature is checked by [`check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub purpose: LinkPurpose,
    /// An account, a change of address, or an invitation.
    pub target: Uuid,
    expires: i64,
    signature: String,
}

fn signed(purpose: LinkPurpose, target: Uuid, expires: i64, stamp: &str) -> String {
    format!("{purpose}\n{target}\n{expires}\n{stamp}")
}

/// The state that a link is bound to; nothing when what it is about is gone or done.
async fn stamp(
    db: &impl ConnectionTrait,
    purpose: LinkPurpose,
    target: Uuid,
) -> Result<Option<String>, Error> {
    Ok(match purpose {
        LinkPurpose::ResetPassword => account(db, target)
            .await?
            .filter(|row| row.is_active)
            .map(|row| format!("{}\n{}", row.email, row.password_hash)),
        LinkPurpose::KeepAccount => account(db, target)
            .await?
            .and_then(|row| row.deletion_due_at)
            .map(|due| due.timestamp_micros().to_string()),
        LinkPurpose::AgreeToChange => change(db, target)
            .await?
            .filter(|row| row.ended_at.is_none() && row.old_agreed_at.is_none())
            .map(|row| row.new_email),
        LinkPurpose::ConfirmNewAddress => change(db, target)
            .await?
            .filter(|row| row.ended_at.is_none() && row.new_confirmed_at.is_none())
            .map(|row| row.new_email),
        LinkPurpose::AcceptInvitation => lab_invitation::Entity::find_by_id(InvitationId(target))
            .one(db)
            .await?
            .filter(|row| row.ended_at.is_none())
            .map(|row| row.email),
    })
}

async fn account(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<account::Model>, Error> {
    Ok(account::Entity::find_by_id(AccountId(id)).one(db).await?)
}

async fn change(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<email_change::Model>, Error> {
    let found = email_change::Entity::find_by_id(EmailChangeId(id));
    Ok(found.one(db).await?)
}

/// A digest of the state that a link is bound to, to be kept with the email that will carry it.
pub(crate) async fn digest(
    ctx: &Context,
    tx: &impl ConnectionTrait,
    purpose: LinkPurpose,
    target: Uuid,
) -> Result<Option<String>, Error> {
    let stamp = stamp(tx, purpose, target).await?;
    let digest = |stamp: String| Ok(ctx.keys.sign("link stamps", &stamp)?);
    stamp.map(digest).transpose()
}

/// What an email says about the link that it carries.
pub(crate) struct WrittenLink {
    pub purpose: LinkPurpose,
    pub target: Uuid,
    /// When the email was written; the link's time runs from then.
    pub at: DateTime<Utc>,
    /// The digest of that moment's state. Emails from before digests were kept have none.
    pub digest: Option<String>,
}

/// The link's text, for the path `/link/…`. The same each time that it is made; nothing when the
/// state is not any more what it was when the email was written.
pub(crate) async fn make(ctx: &Context, written: &WrittenLink) -> Result<Option<String>, Error> {
    let (purpose, target) = (written.purpose, written.target);
    let Some(stamp) = stamp(&ctx.db, purpose, target).await? else {
        return Ok(None);
    };
    let is_same = |digest: &String| ctx.keys.is_signed("link stamps", &stamp, digest);
    if !written.digest.as_ref().is_none_or(is_same) {
        return Ok(None);
    }
    let expires = (written.at + purpose.lifetime()).timestamp();
    let signature = ctx
        .keys
        .sign("links", &signed(purpose, target, expires, &stamp))?;
    Ok(Some(format!(
        "{purpose}.{}.{expires}.{signature}",
        target.simple()
    )))
}

/// The six digits that show that whoever signs up reads the mailbox of the address.
pub(crate) fn code(ctx: &Context, id: PendingAccountId) -> Result<String, Error> {
    Ok(ctx.keys.code("sign-ups", &id.to_string())?)
}

/// Reads a link's text.
pub fn read(text: &str) -> Option<Link> {
    let mut parts = text.split('.');
    let (purpose, target, expires, signature) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let link = Link {
        purpose: purpose.parse().ok()?,
        target: target.parse().ok()?,
        expires: expires.parse().ok()?,
        signature: signature.to_owned(),
    };
    parts.next().is_none().then_some(link)
}

/// Refuses a link that was made up, is too old, or was used.
pub async fn check(ctx: &Context, link: &Link) -> Result<(), Error> {
    check_on(ctx, &ctx.db, link).await
}

/// The same within a transaction, which locks what the link is about: of two uses at the same time
/// one comes too late.
pub(crate) async fn check_within(
    ctx: &Context,
    tx: &impl ConnectionTrait,
    link: &Link,
) -> Result<(), Error> {
    lock(tx, link).await?;
    check_on(ctx, tx, link).await
}

/// A change of address is locked by its account, as the owner's own verbs do.
async fn lock(tx: &impl ConnectionTrait, link: &Link) -> Result<(), Error> {
    let account = match link.purpose {
        LinkPurpose::ResetPassword | LinkPurpose::KeepAccount => Some(AccountId(link.target)),
        LinkPurpose::AgreeToChange | LinkPurpose::ConfirmNewAddress => change(tx, link.target)
            .await?
            .map(|change| change.account_id),
        LinkPurpose::AcceptInvitation => {
            let locked = lab_invitation::Entity::find_by_id(InvitationId(link.target));
            locked.lock(LockType::NoKeyUpdate).one(tx).await?;
            None
        }
    };
    if let Some(id) = account {
        let locked = account::Entity::find_by_id(id).lock(LockType::NoKeyUpdate);
        locked.one(tx).await?;
    }
    Ok(())
}

async fn check_on(ctx: &Context, db: &impl ConnectionTrait, link: &Link) -> Result<(), Error> {
    let over = || {
        Error::Conflict(
            "This link no longer works: it was already used, has expired, or is incomplete. You \
             can ask for a new one."
                .to_owned(),
        )
    };
    let stamp = stamp(db, link.purpose, link.target)
        .await?
        .ok_or_else(over)?;
    let is_right = ctx.keys.is_signed(
        "links",
        &signed(link.purpose, link.target, link.expires, &stamp),
        &link.signature,
    );
    if is_right && ctx.now().timestamp() < link.expires {
        Ok(())
    } else {
        Err(over())
    }
}
