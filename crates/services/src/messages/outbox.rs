//! The folder to which a development site writes its email, for its own mailbox page.

use std::cmp::Reverse;

use adapters::KeptMail;

use crate::context::Context;
use crate::error::{Error, Noun};

/// Emails of the outbox folder, newest first. For development only: a real site's email is nobody's
/// to read.
pub async fn outbox(ctx: &Context) -> Result<Vec<KeptMail>, Error> {
    refuse_on_a_real_site(ctx)?;
    let found = ctx.mail.in_folder().await.map_err(Error::internal)?;
    let mut found = found.ok_or(Error::NotFound(Noun::Email))?;
    found.sort_by_key(|email| Reverse((email.written, email.file.clone())));
    Ok(found)
}

/// The text of one email of the outbox folder, with its link.
pub async fn outbox_email(ctx: &Context, file: &str) -> Result<String, Error> {
    refuse_on_a_real_site(ctx)?;
    let found = ctx.mail.one_in_folder(file).await;
    Ok(found.ok_or(Error::NotFound(Noun::Email))?.text)
}

fn refuse_on_a_real_site(ctx: &Context) -> Result<(), Error> {
    if ctx.site.is_production {
        Err(Error::NotFound(Noun::Email))
    } else {
        Ok(())
    }
}
