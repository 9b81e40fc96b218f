//! Letters: written down in the transaction that causes them, sent by a job.

use adapters::{Mail, MailError};
use domain::accounts::AccountId;
use domain::messages::{Letter, LetterFrame, LetterId, LetterState};
use entities::{account, letter};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::context::Context;
use crate::error::{Error, Noun};
use crate::jobs::{self, Job, JobError};
use crate::links;

/// Sends one letter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendLetter {
    /// The letter.
    pub letter: LetterId,
}

impl Job for SendLetter {
    const NAME: &'static str = "send_letter";
    const QUEUE: &'static str = "mail";
    const ATTEMPTS: u32 = 12;

    async fn run(self, ctx: &Context) -> Result<(), JobError> {
        send(ctx, self.letter).await
    }

    async fn give_up(self, ctx: &Context, reason: &str) -> Result<(), Error> {
        end(ctx, self.letter, LetterState::Failed, reason).await
    }
}

/// Writes a letter to an account.
pub(crate) async fn write(
    ctx: &Context,
    db: &impl ConnectionTrait,
    to: &account::Model,
    content: &Letter,
) -> Result<(), Error> {
    write_to(
        ctx,
        db,
        Some(to.id),
        address_of(to),
        content.link().map(|_| to.id.0),
        content,
    )
    .await
}

/// Writes a letter to an address, with a link to something.
pub(crate) async fn write_to(
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
    jobs::add(db, &SendLetter { letter: id }).await
}

/// Writes a letter to all staff.
pub(crate) async fn write_to_staff(
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

/// The address that a person typed.
pub(crate) fn address_of(account: &account::Model) -> &str {
    if account.claimed_email.is_empty() {
        &account.email
    } else {
        &account.claimed_email
    }
}

async fn send(ctx: &Context, id: LetterId) -> Result<(), JobError> {
    let found = letter::Entity::find_by_id(id)
        .find_also_related(account::Entity)
        .one(&ctx.db)
        .await
        .map_err(jobs::retry)?;
    // A letter that is gone was deleted with its account.
    let Some((row, account)) = found else {
        return Ok(());
    };
    if row.state != LetterState::Waiting {
        return Ok(());
    }
    let content: Letter = serde_json::from_str(&row.content).map_err(jobs::fail)?;
    if account
        .as_ref()
        .is_some_and(|account| account.email_confirmed_at.is_none())
        && !content.may_go_unconfirmed()
    {
        return end(ctx, id, LetterState::Withheld, "")
            .await
            .map_err(jobs::retry);
    }
    let link = match (content.link(), row.link_target) {
        (Some(purpose), Some(target)) => match links::make(ctx, purpose, target, row.created_at)
            .await
            .map_err(jobs::retry)?
        {
            Some(link) => format!("{}/link/{link}", ctx.site.origin),
            // Done or withdrawn meanwhile: a link that leads nowhere helps nobody.
            None => {
                return end(
                    ctx,
                    id,
                    LetterState::Withheld,
                    "its link is no longer needed",
                )
                .await
                .map_err(jobs::retry);
            }
        },
        _ => String::new(),
    };
    // A name goes to the confirmed address only: whoever signs up can write anything as a name, and
    // to any address.
    let name = account
        .filter(|account| account.email_confirmed_at.is_some() && account.email == row.email)
        .map(|account| account.nickname)
        .unwrap_or_default();
    let rendered = content.render(&LetterFrame {
        origin: ctx.site.origin.clone(),
        name,
        link,
    });
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
    let mail = Mail {
        to: row.email,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        message_id: format!("{id}@{host}"),
    };
    match ctx.mail.send(&mail).await {
        // Between these two lines a crash makes the letter go out once more, under the same id.
        Ok(()) => end(ctx, id, LetterState::Sent, "")
            .await
            .map_err(jobs::retry),
        Err(MailError::Later(reason)) => Err(JobError::Retry(reason)),
        Err(MailError::Never(reason)) => Err(JobError::Fail(reason)),
    }
}

async fn end(ctx: &Context, id: LetterId, state: LetterState, failure: &str) -> Result<(), Error> {
    letter::ActiveModel {
        id: Set(id),
        state: Set(state),
        failure: Set(failure.to_owned()),
        ended_at: Set(Some(ctx.now())),
        ..Default::default()
    }
    .update(&ctx.db)
    .await?;
    Ok(())
}

/// A letter in the outbox folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxLetter {
    /// Name of its file.
    pub file: String,
    /// To whom.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// When it was written, in seconds since 1970.
    pub written: u64,
}

/// Letters of the outbox folder, newest first. Development only: a real site's letters are nobody's
/// to read.
pub async fn outbox(ctx: &Context) -> Result<Vec<OutboxLetter>, Error> {
    let folder = outbox_folder(ctx)?;
    let fault = |error: std::io::Error| Error::Internal(error.to_string());
    let mut files = tokio::fs::read_dir(folder).await.map_err(fault)?;
    let mut letters = Vec::new();
    while let Some(entry) = files.next_entry().await.map_err(fault)? {
        let file = entry.file_name().to_string_lossy().into_owned();
        if !is_letter(&file) {
            continue;
        }
        let written = entry
            .metadata()
            .await
            .ok()
            .and_then(|data| data.modified().ok())
            .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_secs());
        let text = tokio::fs::read_to_string(entry.path())
            .await
            .map_err(fault)?;
        let header = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        letters.push(OutboxLetter {
            file,
            to: header("To:"),
            subject: header("Subject:"),
            written,
        });
    }
    letters.sort_by_key(|letter| {
        (
            std::cmp::Reverse(letter.written),
            std::cmp::Reverse(letter.file.clone()),
        )
    });
    Ok(letters)
}

/// One letter of the outbox folder, as plain text, with its link.
pub async fn outbox_letter(ctx: &Context, file: &str) -> Result<String, Error> {
    let folder = outbox_folder(ctx)?;
    if !is_letter(file) {
        return Err(Error::NotFound(Noun::Letter));
    }
    let text = tokio::fs::read_to_string(folder.join(file))
        .await
        .map_err(|_| Error::NotFound(Noun::Letter))?;
    // Lines were broken for the way, and signs outside ASCII written as bytes.
    let body = text
        .split("text/plain")
        .nth(1)
        .and_then(|rest| {
            rest.split("\r\n\r\n").nth(1).map(|_| {
                rest.split_once("\r\n\r\n")
                    .map(|(_, body)| body)
                    .unwrap_or_default()
            })
        })
        .unwrap_or_default();
    let body = body.split("\r\n--").next().unwrap_or_default();
    Ok(unquote(body))
}

/// Whether a file of the folder is a whole letter, and its name nothing but a name.
fn is_letter(file: &str) -> bool {
    file.strip_suffix(".eml").is_some_and(|name| {
        !name.starts_with('.')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '@' | '_'))
    })
}

fn outbox_folder(ctx: &Context) -> Result<&std::path::PathBuf, Error> {
    if ctx.site.is_production {
        return Err(Error::NotFound(Noun::Letter));
    }
    ctx.mail.folder().ok_or(Error::NotFound(Noun::Letter))
}

/// Undoes the encoding "quoted-printable".
fn unquote(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let bytes = joined.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let coded = (*first == b'=')
            .then(|| after.first_chunk::<2>())
            .flatten()
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match coded {
            Some(byte) => {
                plain.push(byte);
                rest = after
                    .split_at_checked(2)
                    .map(|(_, rest)| rest)
                    .unwrap_or_default();
            }
            None => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&plain).replace("\r\n", "\n")
}
