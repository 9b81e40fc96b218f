//! Appending to a response: the one thing that a run does over and over again.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::responses::exit::{has_birthday, hide_birthday};
use domain::responses::wire::{Entry, EntryContent, Receipt, RefusedEntry};
use domain::responses::{EntryFault, quota, without_repeat};
use entities::{child, response, response_frame};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::{Map, Value};

use super::entries;
use crate::act::{Act, OfResponse};
use crate::actor::Actor;
use crate::context::Context;
use crate::database::insert_new;
use crate::error::{Error, Noun};
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
    let checked: Vec<_> = entries.iter().map(|entry| (entry, entry.check())).collect();
    let act = Act::run(ctx, actor).await?;
    let mut progress = Progress::of(&act.response, ctx.now());
    progress.admit(&checked)?;
    let mut receipt = Receipt::default();
    for (entry, size) in checked {
        let too_large = match &size {
            Err(EntryFault::Size(bytes)) => Some(*bytes),
            _ => None,
        };
        match progress.place_for(size) {
            Err(reason) => {
                if let Some(bytes) = too_large {
                    tell_of_refusal(&act, &mut progress, entry, bytes).await?;
                }
                receipt.refused.push(RefusedEntry {
                    entry: Some(entry.id.to_string()),
                    reason,
                });
            }
            Ok(size) => {
                let entry = nameless(&act, entry).await?;
                if insert(&act, &entry, progress.consents(&entry)).await? {
                    progress.note(&entry, size)?;
                }
                receipt.kept.push(entry.id);
            }
        }
    }
    if progress.entries == act.response.entry_count {
        return act.unchanged(receipt).await;
    }
    progress.store(&act).await?;
    act.commit(receipt).await
}

/// Keeps an event in the place of an entry that is too large, so that researchers learn that
/// something is missing; the player tells the family.
async fn tell_of_refusal(
    act: &Act<'_, OfResponse>,
    progress: &mut Progress<'_>,
    entry: &Entry,
    bytes: usize,
) -> Result<(), Error> {
    let frame_id = match &entry.content {
        EntryContent::Frame { frame_id, .. } => Value::from(frame_id.as_str()),
        _ => Value::Null,
    };
    let time = act.ctx.now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let event = Map::from_iter([
        ("eventType".to_owned(), Value::from("entryRefused")),
        ("timestamp".to_owned(), Value::from(time)),
        ("frameId".to_owned(), frame_id),
        ("bytes".to_owned(), Value::from(bytes)),
    ]);
    let event = Entry {
        id: entry.id,
        number: entry.number,
        content: EntryContent::Event { event, next: None },
    };
    if let Ok(size) = progress.place_for(event.check())
        && insert(act, &event, false).await?
    {
        progress.note(&event, size)?;
    }
    Ok(())
}

/// The entry as it is kept. The exit survey's birthday becomes a number of days here, so that no
/// reader of a response needs to remember to leave it out.
async fn nameless<'e>(
    act: &Act<'_, OfResponse>,
    entry: &'e Entry,
) -> Result<Cow<'e, Entry>, Error> {
    let EntryContent::Frame { data, .. } = &entry.content else {
        return Ok(Cow::Borrowed(entry));
    };
    if !has_birthday(data) {
        return Ok(Cow::Borrowed(entry));
    }
    let child = child::Entity::find_by_id(act.response.child_id);
    let child = child.one(&act.tx).await?;
    let birthday = child.ok_or(Error::NotFound(Noun::Child))?.birthday;
    let mut entry = entry.clone();
    if let EntryContent::Frame { data, .. } = &mut entry.content {
        hide_birthday(data, birthday);
    }
    Ok(Cow::Owned(entry))
}

/// Inserts an entry, and tells whether it is new.
async fn insert(act: &Act<'_, OfResponse>, entry: &Entry, consents: bool) -> Result<bool, Error> {
    let row = entries::row(act.ctx, act.response.id, entry, consents)?;
    let key = [
        response_frame::Column::ResponseId,
        response_frame::Column::EntryId,
    ];
    insert_new(row, key, &act.tx).await
}

/// What the entries so far say about the response as a whole.
struct Progress<'r> {
    before: &'r response::Model,
    now: DateTime<Utc>,
    entries: i32,
    frames: i32,
    bytes: i64,
    burst_used: i64,
    is_completed: bool,
    is_consented: bool,
    ended_at: Option<DateTime<Utc>>,
    conditions: Option<String>,
}

impl<'r> Progress<'r> {
    fn of(row: &'r response::Model, now: DateTime<Utc>) -> Self {
        Self {
            before: row,
            now,
            entries: row.entry_count,
            frames: row.frame_count,
            bytes: row.byte_count,
            burst_used: row.burst_used,
            is_completed: row.is_completed,
            is_consented: row.is_consent_completed,
            ended_at: row.ended_at,
            conditions: row.conditions.clone(),
        }
    }

    /// Refuses what comes too fast. The player keeps it and tries again.
    fn admit(&mut self, checked: &[(&Entry, Result<usize, EntryFault>)]) -> Result<(), Error> {
        let size = |size: &Result<usize, EntryFault>| match size {
            Ok(size) | Err(EntryFault::Size(size)) => *size,
            Err(_) => 0,
        };
        let bytes: usize = checked.iter().map(|(_, checked)| size(checked)).sum();
        let since = self.now - self.before.updated_at;
        self.burst_used = quota::used_up(self.burst_used, since, whole(bytes))
            .ok_or(Error::TooMany { minutes: 1 })?;
        Ok(())
    }

    /// The size of an entry that can be kept, or why it never can.
    fn place_for(&self, size: Result<usize, EntryFault>) -> Result<i64, String> {
        let size = size.map(whole).map_err(|fault| fault.to_string())?;
        let has_number = u32::try_from(self.entries).is_ok_and(|n| n < Entry::LARGEST_NUMBER);
        let most = if self.before.is_preview {
            quota::LARGEST_PREVIEW
        } else {
            quota::LARGEST_RESPONSE
        };
        if has_number && self.bytes + size <= most {
            Ok(size)
        } else {
            let most = most >> 20;
            Err(format!("this response is full: it takes at most {most} MB"))
        }
    }

    /// Whether consent was given with an entry: a frame that asks for it, by the protocol that the
    /// server resolved, was left after it was shown. What the study's own code says does not count.
    fn consents(&self, entry: &Entry) -> bool {
        let EntryContent::Frame { frame_id, data, .. } = &entry.content else {
            return false;
        };
        let mut asking = self.before.consent_frames.lines();
        data.get("notShown") != Some(&Value::Bool(true))
            && asking.any(|id| id == frame_id || id == without_repeat(frame_id))
    }

    /// Counts an entry that is new.
    fn note(&mut self, entry: &Entry, size: i64) -> Result<(), Error> {
        self.entries += 1;
        self.bytes += size;
        match &entry.content {
            EntryContent::Frame { completes, .. } => {
                self.frames += 1;
                self.is_completed |= completes;
                self.is_consented |= self.consents(entry);
            }
            EntryContent::Conditions { conditions } if self.conditions.is_none() => {
                self.conditions = Some(serde_json::to_string(conditions)?);
            }
            EntryContent::Finish {} => {
                self.ended_at = self.ended_at.or(Some(self.now));
                // Trials have no exit survey: reaching the end is all that completes them.
                self.is_completed |= kinds::of(self.before.study_kind).stores_trials();
            }
            EntryContent::Conditions { .. } | EntryContent::Event { .. } => {}
        }
        Ok(())
    }

    async fn store(self, act: &Act<'_, OfResponse>) -> Result<(), Error> {
        let (ctx, row) = (act.ctx, self.before);
        if !row.is_preview {
            if self.is_completed && !row.is_completed {
                studies::count(ctx, &act.tx, row.study_id, Counted::Completed).await?;
            }
            if self.is_consented && !row.is_consent_completed {
                studies::count(ctx, &act.tx, row.study_id, Counted::Consented).await?;
            }
        }
        let changed = response::ActiveModel {
            id: Set(row.id),
            entry_count: Set(self.entries),
            frame_count: Set(self.frames),
            byte_count: Set(self.bytes),
            burst_used: Set(self.burst_used),
            is_completed: Set(self.is_completed),
            is_consent_completed: Set(self.is_consented),
            ended_at: Set(self.ended_at),
            conditions: Set(self.conditions),
            updated_at: Set(self.now),
            ..Default::default()
        };
        response::Entity::update(changed)
            .exec_without_returning(&act.tx)
            .await?;
        Ok(())
    }
}

fn whole(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
