//! A new password for somebody who forgot theirs, by a link.

use domain::Violations;
use domain::accounts::{AccountId, EmailAddress, LinkPurpose};
use domain::audit::AuditAction;
use domain::messages::Email;
use entities::account;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::access::{Client, is_usable};
use super::{limits, password};
use crate::act::Act;
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::jobs::{self, Job, JobError};
use crate::links::{self, Link};
use crate::{people, throttle};

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
        email_link(ctx, &self.email).await.map_err(jobs::retry)
    }
}

async fn email_link(ctx: &Context, email: &str) -> Result<(), Error> {
    let act = Act::system(ctx, &Actor::System).await?;
    let found = account::Entity::find()
        .filter(account::Column::Email.eq(email))
        .one(&act.tx)
        .await?;
    let Some(account) = found.filter(is_usable) else {
        return act.unchanged(()).await;
    };
    act.email(&account, &Email::ResetPassword).await?;
    act.commit(()).await
}

/// Asks for a link for a new password.
pub async fn request_reset(ctx: &Context, email: &str, client: &Client) -> Result<(), Error> {
    let email = EmailAddress::parse(email).ok_or_else(|| {
        Error::field(
            "email",
            "no_address",
            "Please enter the email address of your account.",
        )
    })?;
    throttle::reserve(ctx, limits::resets(ctx, &email, client)).await?;
    let act = Act::anybody(ctx, &Actor::Visitor).await?;
    let job = StartReset {
        email: email.as_str().to_owned(),
    };
    act.add(&job).await?;
    act.commit(()).await
}

/// Sets a new password by a link. It also proves the address. The second factor is still asked for
/// at sign-in.
pub async fn reset_password(
    ctx: &Context,
    link: &Link,
    new: SecretString,
    again: SecretString,
    client: &Client,
) -> Result<(), Error> {
    if link.purpose != LinkPurpose::ResetPassword {
        return Err(Error::Denied);
    }
    links::check(ctx, link).await?;
    let id = AccountId(link.target);
    let mut violations = Violations::new();
    password::check_repeated(&new, &again, &mut violations);
    violations.or(())?;
    let hash = password::hash(ctx, &people::find(&ctx.db, id).await?, new).await?;
    let act = Act::link(ctx, &Actor::Visitor, link).await?;
    let account = people::find(&act.tx, id).await?;
    if account.email_confirmed_at.is_none() {
        let confirmed = account::ActiveModel {
            id: Set(id),
            email_confirmed_at: Set(Some(ctx.now())),
            ..Default::default()
        };
        confirmed.update(&act.tx).await?;
    }
    password::store(&act, &account, hash, None).await?;
    let event = Event::of(AuditAction::PasswordChanged).to(id);
    act.audit_as(Some(id), client.address.clone(), event.detail("by a link"))
        .await?;
    act.commit(()).await
}
