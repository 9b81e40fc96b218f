//! Appending to a response: the one thing that a run does over and over again.

use chrono::{DateTime, Utc};
use domain::responses::wire::{Entry, EntryContent, Receipt, RefusedEntry};
use entities::{response, response_frame};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

use super::entries;
use crate::act::{Act, OfResponse};
use crate::actor::Actor;
use crate::context::Context;
use crate::database::insert_new;
use crate::error::Error;
use crate::studies::kinds;
use crate::studies::{self, Counted};

/// Most entries that are taken at once.
const BATCH: usize = 100;

/// Appends entries to a response. Sending one again changes nothing, in whatever order they come.
pub async fn append(ctx: &Context, actor: &Actor, entries: &[Entry]) -> Result<Receipt, Error> {
    if entries.len() > BATCH {
        return Err(Error::field(
            "entries",
            "too_many",
            format!("send at most {BATCH} entries at once"),
        ));
    }
    let act = Act::run(ctx, actor).await?;
    let mut progress = Progress::of(&act.response, ctx.now());
    let mut receipt = Receipt::default();
    for entry in entries {
        if let Some(reason) = progress.fault(entry) {
            receipt.refused.push(RefusedEntry {
                entry: Some(entry.id.to_string()),
                reason,
            });
            continue;
        }
        if insert(&act, entry).await? {
            progress.note(entry)?;
        }
        receipt.kept.push(entry.id);
    }
    if progress.entries == act.response.entry_count {
        return act.unchanged(receipt).await;
    }
    progress.store(&act).await?;
    act.commit(receipt).await
}

/// Inserts an entry, and tells whether it is new.
async fn insert(act: &Act<'_, OfResponse>, entry: &Entry) -> Result<bool, Error> {
    let row = entries::row(act.ctx, act.response.id, entry, act.ctx.now())?;
    let key = [
        response_frame::Column::ResponseId,
        response_frame::Column::EntryId,
    ];
    insert_new(row, key, &act.tx).await
}

/// What the entries so far say about the response as a whole.
struct Progress {
    now: DateTime<Utc>,
    entries: i32,
    frames: i32,
    is_completed: bool,
    is_consented: bool,
    /// Whether reaching the end is all that completes it: trials have no exit survey.
    completes_at_end: bool,
    ended_at: Option<DateTime<Utc>>,
    conditions: Option<String>,
}

impl Progress {
    fn of(row: &response::Model, now: DateTime<Utc>) -> Self {
        Self {
            now,
            entries: row.entry_count,
            frames: row.frame_count,
            is_completed: row.is_completed,
            is_consented: row.is_consent_completed,
            completes_at_end: kinds::of(row.study_kind).stores_trials(),
            ended_at: row.ended_at,
            conditions: row.conditions.clone(),
        }
    }

    /// Why an entry can never be stored, if it can't.
    fn fault(&self, entry: &Entry) -> Option<String> {
        if let Err(fault) = entry.check() {
            return Some(fault.to_string());
        }
        u32::try_from(self.entries)
            .is_ok_and(|count| count >= Entry::LARGEST_NUMBER)
            .then(|| "this response is full".to_owned())
    }

    /// Counts an entry that is new.
    fn note(&mut self, entry: &Entry) -> Result<(), Error> {
        self.entries += 1;
        match &entry.content {
            EntryContent::Frame {
                completes,
                consents,
                ..
            } => {
                self.frames += 1;
                self.is_completed |= completes;
                self.is_consented |= consents;
            }
            EntryContent::Conditions { conditions } if self.conditions.is_none() => {
                self.conditions = Some(serde_json::to_string(conditions)?);
            }
            EntryContent::Finish {} => {
                self.ended_at = self.ended_at.or(Some(self.now));
                self.is_completed |= self.completes_at_end;
            }
            EntryContent::Conditions { .. } | EntryContent::Event { .. } => {}
        }
        Ok(())
    }

    async fn store(self, act: &Act<'_, OfResponse>) -> Result<(), Error> {
        let (ctx, row) = (act.ctx, &act.response);
        if !row.is_preview {
            if self.is_completed && !row.is_completed {
                studies::count(ctx, &act.tx, row.study_id, Counted::Completed).await?;
            }
            if self.is_consented && !row.is_consent_completed {
                studies::count(ctx, &act.tx, row.study_id, Counted::Consented).await?;
            }
        }
        let mut changed: response::ActiveModel = row.clone().into();
        changed.entry_count = Set(self.entries);
        changed.frame_count = Set(self.frames);
        changed.is_completed = Set(self.is_completed);
        changed.is_consent_completed = Set(self.is_consented);
        changed.ended_at = Set(self.ended_at);
        changed.conditions = Set(self.conditions);
        changed.updated_at = Set(self.now);
        response::Entity::update(changed).exec(&act.tx).await?;
        Ok(())
    }
}
