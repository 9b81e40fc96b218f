//! What the player needs to start, or to go on after a reload.

use std::collections::VecDeque;

use domain::families::{Child, GestationalAge};
use domain::responses::{ResponseId, RunChild, RunDocument, RunStudy};
use domain::studies::age::exact_age_days;
use domain::studies::{ChildFact, Content};
use entities::{child, response, study};
use futures::{Stream, stream};
use sea_orm::EntityTrait;
use serde_json::Value;

use super::contents::{Part, hash_of_child, parts, rows};
use super::keys::opened_by;
use super::{earlier, entries};
use crate::actor::{Actor, Run, RunKeyDigest};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::studies::{self, kinds};

/// Everything that the player needs to start, or to go on after a reload: a [`RunDocument`] as
/// pieces of JSON, so that memory does not grow with what the run has stored. An error in the
/// middle ends the stream with that error.
pub async fn document(
    ctx: &Context,
    actor: &Actor,
) -> Result<impl Stream<Item = Result<String, Error>> + Send + use<>, Error> {
    let (row, document) = without_entries(ctx, actor).await?;
    let text = serde_json::to_string(&document)?;
    let begin = text.strip_suffix(END).map(str::to_owned);
    let step = Step {
        ctx: ctx.clone(),
        response: row.id,
        begin: Some(begin.ok_or_else(|| Error::internal("entries are not the last member"))?),
        has_entries: false,
        left: Some(parts(&ctx.db, row.id, row.byte_count).await?),
    };
    Ok(stream::try_unfold(step, Step::next))
}

/// What stands behind the entries.
const END: &str = "]}";

/// What is left of a document to be sent.
struct Step {
    ctx: Context,
    response: ResponseId,
    begin: Option<String>,
    has_entries: bool,
    left: Option<VecDeque<Part>>,
}

impl Step {
    async fn next(mut self) -> Result<Option<(String, Self)>, Error> {
        if let Some(begin) = self.begin.take() {
            return Ok(Some((begin, self)));
        }
        let Some(left) = &mut self.left else {
            return Ok(None);
        };
        let Some(part) = left.pop_front() else {
            self.left = None;
            return Ok(Some((END.to_owned(), self)));
        };
        let mut text = String::new();
        for row in rows(&self.ctx.db, self.response, part).await? {
            if self.has_entries {
                text.push(',');
            }
            self.has_entries = true;
            text.push_str(&serde_json::to_string(&entries::entry(row)?)?);
        }
        Ok(Some((text, self)))
    }
}

async fn without_entries(
    ctx: &Context,
    actor: &Actor,
) -> Result<(response::Model, RunDocument), Error> {
    let (row, child) = opened(ctx, actor).await?;
    let found = study::Entity::find_by_id(row.study_id).one(&ctx.db).await?;
    let study = found.ok_or(Error::NotFound(Noun::Study))?;
    let content = content(ctx, &study, &row).await?;
    let past_sessions = earlier::sessions(
        &ctx.db,
        (row.study_id, row.child_id),
        row.created_at,
        content.design.uses_generator,
    )
    .await?;
    let mut run_study = run_study(ctx, &study, &content);
    if row.is_preview {
        run_study.exit_url = format!("{}/exp/studies/{}", ctx.site.origin, study.id);
    }
    let document = RunDocument {
        response: Some(row.id),
        created_on: row.created_at,
        seed: u64::from_le_bytes(row.seed.to_le_bytes()),
        is_preview: row.is_preview,
        age_days: exact_age_days(child.details.birthday, row.created_at),
        child: run_child(&child, hash_of_child(&study, child.id), &content),
        study: run_study,
        past_sessions,
        entries: Vec::new(),
    };
    Ok((row, document))
}

/// The response that is played, and who plays. A key that only adds is no key to read with.
async fn opened(ctx: &Context, actor: &Actor) -> Result<(response::Model, Child), Error> {
    let Actor::Run(run) = actor else {
        return Err(Error::SignIn);
    };
    let Run {
        key: RunKeyDigest::Play(_),
        ..
    } = run
    else {
        return Err(Error::SignIn);
    };
    let opened = opened_by(run, ctx.now()).select_also(child::Entity);
    let (row, child) = opened.one(&ctx.db).await?.ok_or(Error::SignIn)?;
    Ok((row, Child::try_from(child.ok_or(Error::SignIn)?)?))
}

/// What is played: a response goes on with the version that it began with.
async fn content(
    ctx: &Context,
    study: &study::Model,
    row: &response::Model,
) -> Result<Content, Error> {
    match row.study_version {
        Some(version) => studies::content_of(&ctx.db, study, version).await,
        None => studies::current(&ctx.db, study).await,
    }
}

pub(super) fn run_study(ctx: &Context, study: &study::Model, content: &Content) -> RunStudy {
    let (ad, design) = (&content.ad, &content.design);
    let kind = kinds::of(study.kind);
    let exit_url = if ad.exit_url.is_empty() {
        format!("{}/studies/history", ctx.site.origin)
    } else {
        ad.exit_url.clone()
    };
    RunStudy {
        id: study.id,
        name: ad.name.clone(),
        duration: ad.duration.clone(),
        contact_info: ad.contact_info.clone(),
        // A text that is not JSON is passed on as text: the player shows the fault to whoever
        // previews it.
        protocol: serde_json::from_str(&design.protocol)
            .unwrap_or_else(|_| Value::String(design.protocol.clone())),
        generator: kind.generator(design).map(str::to_owned),
        experiment: kind.experiment(design).map(str::to_owned),
        exit_url,
        share_url: format!("{}/studies/{}", ctx.site.origin, study.id),
    }
}

/// What the study may know of the child: what its design declares, and no more.
fn run_child(child: &Child, hashed_id: String, content: &Content) -> RunChild {
    let details = &child.details;
    let tells = |fact| content.design.child_facts.contains(&fact);
    RunChild {
        hashed_id,
        given_name: tells(ChildFact::GivenName).then(|| details.given_name.clone()),
        birthday: tells(ChildFact::Birthday).then_some(details.birthday),
        gender: tells(ChildFact::Gender).then(|| details.gender.to_string()),
        age_at_birth: tells(ChildFact::AgeAtBirth)
            .then(|| GestationalAge::label_of(details.gestational_age)),
        additional_information: tells(ChildFact::AdditionalInformation)
            .then(|| details.additional_information.clone()),
        language_list: tells(ChildFact::Languages).then(|| details.languages.joined()),
        condition_list: tells(ChildFact::Conditions).then(|| details.conditions.joined()),
    }
}
