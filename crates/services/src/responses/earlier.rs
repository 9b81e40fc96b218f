//! What a child did in a study before: randomizers look at what was drawn then, generators at what
//! was answered too.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::families::ChildId;
use domain::responses::{PastSession, ResponseId};
use domain::studies::StudyId;
use entities::response;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::Value;

use super::contents::{Contents, conditions, contents};
use crate::error::Error;

/// Earlier responses that are looked at, the latest ones.
const MOST: u64 = 200;
/// Earlier responses whose data a generator is given, the latest ones, and most bytes of them.
const WITH_DATA: usize = 20;
const BYTES: i64 = 4 << 20;

#[derive(FromQueryResult)]
struct Earlier {
    id: ResponseId,
    conditions: Option<String>,
    is_consent_completed: bool,
    is_completed: bool,
    byte_count: i64,
    created_at: DateTime<Utc>,
}

/// A child's responses to a study from before a moment, newest first. Randomizers are drawn when a
/// run begins: a response begun since must not change them after a reload.
pub(super) async fn sessions(
    db: &impl ConnectionTrait,
    (study, child): (StudyId, ChildId),
    before: DateTime<Utc>,
    has_data: bool,
) -> Result<Vec<PastSession>, Error> {
    let earlier = response::Entity::find()
        .select_only()
        .columns([
            response::Column::Id,
            response::Column::Conditions,
            response::Column::IsConsentCompleted,
            response::Column::IsCompleted,
            response::Column::ByteCount,
            response::Column::CreatedAt,
        ])
        .filter(response::Column::ChildId.eq(child))
        .filter(response::Column::StudyId.eq(study))
        .filter(response::Column::CreatedAt.lt(before))
        .order_by_desc(response::Column::CreatedAt)
        .limit(MOST)
        .into_model::<Earlier>()
        .all(db)
        .await?;
    let mut known = if has_data {
        contents(db, &with_data(&earlier)).await?
    } else {
        HashMap::new()
    };
    earlier
        .iter()
        .map(|row| session(row, known.remove(&row.id).unwrap_or_default()))
        .collect()
}

/// The latest responses that fit into what a generator is given.
fn with_data(earlier: &[Earlier]) -> Vec<ResponseId> {
    let mut left = BYTES;
    let latest = earlier.iter().take(WITH_DATA).take_while(|row| {
        left -= row.byte_count;
        left >= 0
    });
    latest.map(|row| row.id).collect()
}

fn session(row: &Earlier, stored: Contents) -> Result<PastSession, Error> {
    let sequence = stored.sequence().into_iter().cloned().collect();
    let mut exp_data = serde_json::Map::new();
    for frame in stored.frames {
        let data: Value = serde_json::from_str(&frame.data)?;
        exp_data.insert(frame.frame_id, data);
    }
    Ok(PastSession {
        conditions: conditions(row.conditions.as_deref())?,
        completed_consent_frame: row.is_consent_completed,
        created_on: Some(row.created_at),
        completed: row.is_completed,
        sequence,
        exp_data,
    })
}
