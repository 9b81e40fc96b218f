//! A run: starting it, entering the run origin with a ticket, reading its document, appending to
//! it.

use std::collections::HashMap;

use adapters::{Token, secrets};
use chrono::{DateTime, Duration, Utc};
use domain::families::child::{Child, ChildId, Gender, GestationalAge, Languages};
use domain::permissions::Action;
use domain::responses::run::{
    Entry, EntryContent, EntryKind, PastSession, RunChild, RunDocument, RunStudy,
};
use domain::responses::{ResponseFrameId, ResponseId, RunSessionId, hashed_id};
use domain::studies::age::exact_age_days;
use domain::studies::{Content, Eligibility, StudyId, StudyState};
use entities::{child, response, response_frame, run_session, study};
use protocol::{Chance, Circumstances, Document, Fault};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::{Map, Value};

use super::external;
use super::reading::contents;
use crate::actor::{Actor, Run};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::families;
use crate::studies::kinds::{self, Visit};
use crate::studies::{self, Counted, RESUMABLE};

/// How long a ticket can be exchanged: the time of one redirect, with a slow connection.
const TICKET: Duration = Duration::minutes(5);
/// How long a run's key opens its response.
const RUN: Duration = Duration::hours(24);
/// Earlier visits whose data a generator is given, the latest ones.
const PAST_DATA: usize = 20;
/// Most entries that are taken at once.
const BATCH: usize = 100;

/// Who takes part in what.
#[derive(Clone, Copy, Debug)]
pub struct StartRun {
    /// The study.
    pub study: StudyId,
    /// The child.
    pub child: ChildId,
    /// Whether an unfinished visit is left as it is and a new one begun.
    pub starts_over: bool,
}

/// Where a family goes from a study's page.
pub enum Launch {
    /// To the run origin.
    Run(Started),
    /// To another site.
    Away {
        /// The response that was begun.
        response: ResponseId,
        /// The address, with what it is told.
        address: String,
    },
}

/// A run that can be entered.
pub struct Started {
    /// Key of the run.
    pub session: RunSessionId,
    /// Good once, for a few minutes.
    pub ticket: Token,
    /// The response.
    pub response: ResponseId,
}

/// Begins a visit, or goes on with the one that this child began within the last day.
///
/// Eligibility and the household's answers are recorded now and never changed. A child that does
/// not fit may take part all the same (`domain.md` §4), since the family was told.
pub async fn start(ctx: &Context, actor: &Actor, input: StartRun) -> Result<Launch, Error> {
    let person = actor.signed_in()?;
    let tx = ctx.begin().await?;
    // The child's row is what two clicks at once queue for; SQLite holds its one write lock
    // already.
    let locked = child::Entity::find_by_id(input.child)
        .filter(child::Column::AccountId.eq(person.account))
        .filter(child::Column::DeletedAt.is_null())
        .lock(LockType::Update)
        .one(&tx)
        .await?;
    locked.ok_or(Error::NotFound(Noun::Child))?;
    let row = study::Entity::find_by_id(input.study)
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    if !row.state.is_open() {
        return Err(Error::Conflict(
            "This study is not looking for families at the moment. It may open again later."
                .to_owned(),
        ));
    }
    let version = studies::approved_version(&row);
    let content = studies::content_of(&tx, &row, version).await?;
    let snapshot = families::latest_snapshot(&tx, person).await?.ok_or_else(|| Error::field("demographics", "missing", "Please tell us a little about your family first. Every question may be left empty."))?;
    let family = studies::load_family(&tx, person).await?;
    let (child, visits) = family
        .children
        .into_iter()
        .find(|(child, _)| child.id == input.child)
        .ok_or(Error::NotFound(Noun::Child))?;
    let oldest = ctx.now() - RESUMABLE;
    let unfinished = visits
        .iter()
        .filter(|visit| {
            visit.participation.study == row.id
                && !visit.participation.is_preview
                && !visit.is_over
                && visit.created_at > oldest
        })
        // Starting over does not multiply visits in which nothing has happened yet.
        .filter(|visit| !(input.starts_over && visit.participation.has_frames))
        .max_by_key(|visit| visit.created_at)
        .map(|visit| visit.response);
    let response = match unfinished {
        Some(response) => response,
        None => {
            let seed = secrets::random::<8>()?;
            // A protocol that is written down is resolved for this very child; of everything else
            // its kind knows what is missing.
            let fault = match kinds::of(row.kind).written_protocol(&content.design) {
                Some(structure) => {
                    let seed = u64::from_le_bytes(seed);
                    resolved(structure, &child, ctx.now(), seed, &[])
                        .err()
                        .map(|fault| fault.to_string())
                }
                None => kinds::needs_to_run(row.kind, &content.design),
            };
            if let Some(fault) = fault {
                tracing::warn!(study = %row.id, %fault, "a family could not start a study");
                return Err(Error::Conflict(BROKEN.to_owned()));
            }
            let mismatches = studies::mismatches(
                &child,
                &visits,
                &Eligibility::from(&content.ad),
                ctx.clock.today(),
            );
            let codes = Eligibility::codes(&mismatches)
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ");
            let (id, now) = (ctx.id(ResponseId::from_parts)?, ctx.now());
            let new = response::ActiveModel {
                id: Set(id),
                study_id: Set(row.id),
                child_id: Set(child.id),
                account_id: Set(person.account),
                study_kind: Set(row.kind),
                demographic_snapshot_id: Set(Some(snapshot.id)),
                recording_method: Set(kinds::of(row.kind).recording_method().map(str::to_owned)),
                seed: Set(i64::from_le_bytes(seed)),
                eligibility: Set(codes),
                study_version: Set(Some(version)),
                created_at: Set(now),
                updated_at: Set(now),
                ..Default::default()
            };
            response::Entity::insert(new)
                .exec_without_returning(&tx)
                .await?;
            studies::count(ctx, &tx, row.id, Counted::Response).await?;
            id
        }
    };
    let launch = launch(ctx, &tx, &row, &content, child.id, response).await?;
    tx.commit().await?;
    Ok(launch)
}

/// What a family reads when a study that it wants to start can't be played.
const BROKEN: &str = "Something in this study is broken, so it can't be started. Please try another one, and tell the researchers if you like.";

async fn launch(
    ctx: &Context,
    db: &impl ConnectionTrait,
    row: &study::Model,
    content: &Content,
    child: ChildId,
    response: ResponseId,
) -> Result<Launch, Error> {
    let hashed = hashed_id(
        child.0,
        row.id.0,
        row.salt,
        u8::try_from(row.hash_digits).unwrap_or(6),
    );
    let return_link = external::return_link(ctx, response)?;
    match kinds::of(row.kind).address(
        &content.design,
        &Visit {
            child: &hashed,
            response,
            return_link: &return_link,
        },
    ) {
        Some(address) => Ok(Launch::Away { response, address }),
        None => Ok(Launch::Run(issue(ctx, db, response).await?)),
    }
}

/// Opens the latest version of a study for a full preview: everything happens as for a family, and
/// what is stored is marked as a preview. Instead of a child of anybody, a made-up one of the given
/// age takes part; its household is not asked anything.
pub async fn preview(
    ctx: &Context,
    actor: &Actor,
    study: StudyId,
    age_days: Option<i64>,
) -> Result<Launch, Error> {
    let person = actor.researcher_in_person()?;
    let shared = study::Entity::find_by_id(study)
        .one(&ctx.db)
        .await?
        .filter(|row| row.has_shared_preview && row.state != StudyState::Archived);
    if shared.is_none() {
        studies::readable(ctx, actor, study, Action::ReadStudyDetails).await?;
    }
    let tx = ctx.begin().await?;
    let row = studies::lock(&tx, study).await?;
    let content = studies::current(&tx, &row).await?;
    if let Some(need) = kinds::needs_to_run(row.kind, &content.design) {
        return Err(Error::Conflict(format!(
            "The study can't be tried yet. {need}"
        )));
    }
    let (now, today) = (ctx.now(), ctx.clock.today());
    let age = age_days
        .unwrap_or_else(|| {
            i64::midpoint(
                content.ad.ages.lowest_days(),
                content.ad.ages.highest_days(),
            )
        })
        .clamp(0, 40_000);
    let (child, response) = (
        ctx.id(ChildId::from_parts)?,
        ctx.id(ResponseId::from_parts)?,
    );
    let made_up = child::ActiveModel {
        id: Set(child),
        account_id: Set(person.account),
        given_name: Set("Sam".to_owned()),
        birthday: Set(today
            .checked_sub_signed(Duration::days(age))
            .unwrap_or(today)),
        gender: Set(Gender::Unspecified),
        languages: Set(Languages::from_codes(["en"])
            .map_err(Error::internal)?
            .bits()),
        conditions: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        // Nobody's list shows it.
        deleted_at: Set(Some(now)),
        is_made_up: Set(true),
        ..Default::default()
    };
    child::Entity::insert(made_up)
        .exec_without_returning(&tx)
        .await?;
    let new = response::ActiveModel {
        id: Set(response),
        study_id: Set(row.id),
        child_id: Set(child),
        account_id: Set(person.account),
        study_kind: Set(row.kind),
        is_preview: Set(true),
        recording_method: Set(kinds::of(row.kind).recording_method().map(str::to_owned)),
        seed: Set(i64::from_le_bytes(secrets::random::<8>()?)),
        eligibility: Set(String::new()),
        study_version: Set(Some(row.version)),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    response::Entity::insert(new)
        .exec_without_returning(&tx)
        .await?;
    studies::count(ctx, &tx, row.id, Counted::Preview).await?;
    let launch = launch(ctx, &tx, &row, &content, child, response).await?;
    tx.commit().await?;
    Ok(launch)
}

/// What the preview pane of the design page lays around an unsaved text: everything that the player
/// is given but the text itself. Nothing is stored, and no child is asked for: it is made up, of an
/// age in days.
pub async fn pane_document(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    age_days: i64,
) -> Result<RunDocument, Error> {
    actor.researcher_in_person()?;
    let (row, _, _) = studies::readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    let content = studies::current(&ctx.db, &row).await?;
    let birthday = ctx
        .clock
        .today()
        .checked_sub_signed(Duration::days(age_days.clamp(0, 40_000)))
        .unwrap_or_default();
    let child = RunChild {
        hashed_id: "preview".to_owned(),
        given_name: "Sam".to_owned(),
        birthday,
        gender: "na".to_owned(),
        age_at_birth: GestationalAge::label_of(None),
        additional_information: String::new(),
        language_list: "en".to_owned(),
        condition_list: String::new(),
    };
    Ok(RunDocument {
        response: None,
        created_on: ctx.now(),
        seed: u64::from_le_bytes(secrets::random()?) >> 12,
        is_preview: true,
        child,
        study: run_study(ctx, &row, &content),
        past_sessions: Vec::new(),
        entries: Vec::new(),
    })
}

async fn issue(
    ctx: &Context,
    db: &impl ConnectionTrait,
    response: ResponseId,
) -> Result<Started, Error> {
    let (ticket, session, now) = (Token::draw()?, ctx.id(RunSessionId::from_parts)?, ctx.now());
    run_session::Entity::delete_many()
        .filter(run_session::Column::ExpiresAt.lt(now))
        .exec(db)
        .await?;
    let row = run_session::ActiveModel {
        id: Set(session),
        response_id: Set(Some(response)),
        preview_study_id: Set(None),
        ticket_digest: Set(ticket.digest()),
        token_digest: Set(None),
        created_at: Set(now),
        ticket_expires_at: Set(now + TICKET),
        expires_at: Set(now + RUN),
    };
    run_session::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(Started {
        session,
        ticket,
        response,
    })
}

/// A run that was entered.
pub struct Entered {
    /// Key of the run.
    pub session: RunSessionId,
    /// For the run origin's cookie.
    pub token: Token,
    /// When the key ends.
    pub expires_at: DateTime<Utc>,
}

/// Exchanges a ticket for the run's key. A ticket is good once.
pub async fn enter(ctx: &Context, ticket: &Token) -> Result<Entered, Error> {
    let token = Token::draw()?;
    let tx = ctx.begin().await?;
    let row = run_session::Entity::find()
        .filter(run_session::Column::TicketDigest.eq(ticket.digest()))
        .filter(run_session::Column::TokenDigest.is_null())
        .filter(run_session::Column::TicketExpiresAt.gt(ctx.now()))
        .lock(LockType::Update)
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(Noun::Run))?;
    let entered = Entered {
        session: row.id,
        token: token.clone(),
        expires_at: row.expires_at,
    };
    let mut changed: run_session::ActiveModel = row.into();
    changed.token_digest = Set(Some(token.digest()));
    changed.update(&tx).await?;
    tx.commit().await?;
    Ok(entered)
}

/// Who holds a run's key.
pub async fn recognise(
    ctx: &Context,
    session: RunSessionId,
    token: &Token,
) -> Result<Actor, Error> {
    let row = run_session::Entity::find_by_id(session)
        .filter(run_session::Column::TokenDigest.eq(token.digest()))
        .filter(run_session::Column::ExpiresAt.gt(ctx.now()))
        .one(&ctx.db)
        .await?;
    Ok(row
        .and_then(|row| row.response_id)
        .map_or(Actor::Visitor, |response| Actor::Run(Run(response))))
}

/// Everything that the player needs to start, or to go on after a reload.
pub async fn document(ctx: &Context, actor: &Actor) -> Result<RunDocument, Error> {
    let Actor::Run(Run(id)) = actor else {
        return Err(Error::SignIn);
    };
    let id = *id;
    let row = response::Entity::find_by_id(id)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Response))?;
    let study = study::Entity::find_by_id(row.study_id)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    let child = child::Entity::find_by_id(row.child_id)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Child))?;
    let child = Child::try_from(child)?;
    // A visit goes on with the version that it began with.
    let content = match row.study_version {
        Some(version) => studies::content_of(&ctx.db, &study, version).await?,
        None => studies::current(&ctx.db, &study).await?,
    };
    // Randomizers were drawn when the run began: a visit made since must not change them after a
    // reload.
    let earlier = response::Entity::find()
        .filter(response::Column::ChildId.eq(row.child_id))
        .filter(response::Column::StudyId.eq(row.study_id))
        .filter(response::Column::CreatedAt.lt(row.created_at))
        .order_by_desc(response::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    // A generator may look at what was answered before; randomizers only at what was drawn.
    let asked: Vec<ResponseId> = if content.design.uses_generator {
        earlier
            .iter()
            .take(PAST_DATA)
            .map(|earlier| earlier.id)
            .collect()
    } else {
        Vec::new()
    };
    let mut kept = if asked.is_empty() {
        HashMap::new()
    } else {
        contents(&ctx.db, &asked).await?
    };
    let past_sessions = earlier
        .into_iter()
        .filter(|earlier| earlier.id != id)
        .map(|earlier| {
            let stored = kept.remove(&earlier.id).unwrap_or_default();
            Ok(PastSession {
                conditions: conditions(earlier.conditions.as_deref())?,
                completed_consent_frame: earlier.is_consent_completed,
                created_on: Some(earlier.created_at),
                completed: earlier.is_completed,
                sequence: stored
                    .frames
                    .iter()
                    .map(|frame| frame.frame_id.clone())
                    .collect(),
                exp_data: stored
                    .frames
                    .into_iter()
                    .map(|frame| (frame.frame_id, Value::Object(frame.data)))
                    .collect(),
            })
        })
        .collect::<Result<_, Error>>()?;
    let stored = response_frame::Entity::find()
        .filter(response_frame::Column::ResponseId.eq(id))
        .order_by_asc(response_frame::Column::Number)
        .order_by_asc(response_frame::Column::ReceivedAt)
        .all(&ctx.db)
        .await?;
    let entries = stored.into_iter().map(entry).collect::<Result<_, _>>()?;
    Ok(RunDocument {
        response: Some(id),
        created_on: row.created_at,
        seed: u64::from_le_bytes(row.seed.to_le_bytes()),
        is_preview: row.is_preview,
        child: run_child(
            &child,
            hashed_id(
                child.id.0,
                study.id.0,
                study.salt,
                u8::try_from(study.hash_digits).unwrap_or(6),
            ),
        ),
        study: if row.is_preview {
            RunStudy {
                exit_url: format!("{}/exp/studies/{}", ctx.site.origin, study.id),
                ..run_study(ctx, &study, &content)
            }
        } else {
            run_study(ctx, &study, &content)
        },
        past_sessions,
        entries,
    })
}

fn run_study(ctx: &Context, study: &study::Model, content: &Content) -> RunStudy {
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
        // A text that is no JSON is handed on as text: the player shows the fault to whoever
        // previews it.
        structure: serde_json::from_str(&design.structure)
            .unwrap_or_else(|_| Value::String(design.structure.clone())),
        generator: kind.generator(design).map(str::to_owned),
        experiment: kind.experiment(design).map(str::to_owned),
        exit_url,
        share_url: format!("{}/studies/{}", ctx.site.origin, study.id),
    }
}

fn run_child(child: &Child, hashed_id: String) -> RunChild {
    let details = &child.details;
    RunChild {
        hashed_id,
        given_name: details.given_name.clone(),
        birthday: details.birthday,
        gender: details.gender.to_string(),
        age_at_birth: GestationalAge::label_of(details.gestational_age),
        additional_information: details.additional_information.clone(),
        language_list: details.languages.joined(),
        condition_list: details.conditions.joined(),
    }
}

/// An entry that was refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The entry.
    pub entry: uuid::Uuid,
    /// Why.
    pub reason: String,
}

/// What became of the entries that were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Entries that are stored now, or were before.
    pub kept: Vec<uuid::Uuid>,
    /// Entries that never will be.
    pub refused: Vec<Refusal>,
}

/// Appends entries to a response. Sending one again changes nothing, in whatever order they come.
pub async fn append(ctx: &Context, actor: &Actor, entries: &[Entry]) -> Result<Accepted, Error> {
    let Actor::Run(Run(id)) = actor else {
        return Err(Error::SignIn);
    };
    if entries.len() > BATCH {
        return Err(Error::field(
            "entries",
            "too_many",
            format!("send at most {BATCH} entries at once"),
        ));
    }
    let mut accepted = Accepted::default();
    let tx = ctx.begin().await?;
    let row = response::Entity::find_by_id(*id)
        .lock(LockType::Update)
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(Noun::Response))?;
    let now = ctx.now();
    let mut count = row.entry_count;
    let mut frames = row.frame_count;
    let (mut is_completed, mut is_consented, mut ended_at, mut chosen) = (
        row.is_completed,
        row.is_consent_completed,
        row.ended_at,
        row.conditions.clone(),
    );
    for entry in entries {
        if let Err(fault) = entry.check() {
            accepted.refused.push(Refusal {
                entry: entry.id,
                reason: fault.to_string(),
            });
            continue;
        }
        if u32::try_from(count).is_ok_and(|count| count >= Entry::LARGEST_NUMBER) {
            accepted.refused.push(Refusal {
                entry: entry.id,
                reason: "this response is full".to_owned(),
            });
            continue;
        }
        let new = stored(ctx, *id, entry, now)?;
        let conflict = OnConflict::columns([
            response_frame::Column::ResponseId,
            response_frame::Column::EntryId,
        ])
        .do_nothing()
        .to_owned();
        let is_new = match response_frame::Entity::insert(new)
            .on_conflict(conflict)
            .exec_without_returning(&tx)
            .await
        {
            Ok(inserted) => inserted == 1,
            Err(sea_orm::DbErr::RecordNotInserted) => false,
            Err(error) => return Err(error.into()),
        };
        accepted.kept.push(entry.id);
        if !is_new {
            continue;
        }
        count += 1;
        match &entry.content {
            EntryContent::Frame {
                completes,
                consents,
                ..
            } => {
                frames += 1;
                is_completed |= completes;
                is_consented |= consents;
            }
            EntryContent::Conditions { conditions } if chosen.is_none() => {
                chosen = Some(serde_json::to_string(conditions)?)
            }
            EntryContent::Finish {} => {
                ended_at = ended_at.or(Some(now));
                // Trials have no exit survey: whoever reaches their end has completed them.
                is_completed |= kinds::of(row.study_kind).stores_trials();
            }
            EntryContent::Conditions { .. } | EntryContent::Event { .. } => {}
        }
    }
    if count > row.entry_count {
        if !row.is_preview {
            if is_completed && !row.is_completed {
                studies::count(ctx, &tx, row.study_id, Counted::Completed).await?;
            }
            if is_consented && !row.is_consent_completed {
                studies::count(ctx, &tx, row.study_id, Counted::Consented).await?;
            }
        }
        let mut changed: response::ActiveModel = row.into();
        changed.entry_count = Set(count);
        changed.frame_count = Set(frames);
        changed.is_completed = Set(is_completed);
        changed.is_consent_completed = Set(is_consented);
        changed.ended_at = Set(ended_at);
        changed.conditions = Set(chosen);
        changed.updated_at = Set(now);
        response::Entity::update(changed).exec(&tx).await?;
    }
    tx.commit().await?;
    Ok(accepted)
}

fn stored(
    ctx: &Context,
    response: ResponseId,
    entry: &Entry,
    now: DateTime<Utc>,
) -> Result<response_frame::ActiveModel, Error> {
    let at = |index: u32| i32::try_from(index).unwrap_or(i32::MAX);
    let (kind, data) = match &entry.content {
        EntryContent::Conditions { conditions } => (EntryKind::Conditions, conditions),
        EntryContent::Frame { data, .. } => (EntryKind::Frame, data),
        EntryContent::Event { event, .. } => (EntryKind::Event, event),
        EntryContent::Finish {} => (EntryKind::Finish, &Map::new()),
    };
    let mut row = response_frame::ActiveModel {
        id: Set(ctx.id(ResponseFrameId::from_parts)?),
        response_id: Set(response),
        entry_id: Set(entry.id),
        number: Set(at(entry.number)),
        kind: Set(kind),
        // PostgreSQL stores no NUL in text, and JSON can carry one as an escape; it stays escaped
        // here.
        data: Set(serde_json::to_string(data)?),
        received_at: Set(now),
        frame_id: Set(String::new()),
        position: Set(None),
        next_position: Set(None),
        is_completing: Set(false),
        is_consenting: Set(false),
    };
    match &entry.content {
        EntryContent::Frame {
            frame_id,
            position,
            next,
            completes,
            consents,
            ..
        } => {
            row.frame_id = Set(frame_id.clone());
            row.position = Set(Some(at(*position)));
            row.next_position = Set(Some(at(*next)));
            row.is_completing = Set(*completes);
            row.is_consenting = Set(*consents);
        }
        EntryContent::Event { next, .. } => row.next_position = Set(next.map(at)),
        EntryContent::Conditions { .. } | EntryContent::Finish {} => {}
    }
    Ok(row)
}

fn entry(row: response_frame::Model) -> Result<Entry, Error> {
    let index = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    let data: Map<String, Value> = serde_json::from_str(&row.data)?;
    let content = match row.kind {
        EntryKind::Conditions => EntryContent::Conditions { conditions: data },
        EntryKind::Frame => EntryContent::Frame {
            frame_id: row.frame_id,
            position: index(row.position).unwrap_or_default(),
            next: index(row.next_position).unwrap_or_default(),
            data,
            completes: row.is_completing,
            consents: row.is_consenting,
        },
        EntryKind::Event => EntryContent::Event {
            event: data,
            next: index(row.next_position),
        },
        EntryKind::Finish => EntryContent::Finish {},
    };
    Ok(Entry {
        id: row.entry_id,
        number: u32::try_from(row.number).unwrap_or_default(),
        content,
    })
}

pub(super) fn conditions(stored: Option<&str>) -> Result<Map<String, Value>, Error> {
    Ok(stored
        .map(serde_json::from_str)
        .transpose()?
        .unwrap_or_default())
}

/// Whether the protocol can be played by this child; a fault is found before the family is sent
/// off.
fn resolved(
    structure: &str,
    child: &Child,
    now: DateTime<Utc>,
    seed: u64,
    past_sessions: &[PastSession],
) -> Result<(), Fault> {
    let document = Document::parse(structure)?;
    let circumstances = Circumstances {
        age_days: Some(exact_age_days(child.details.birthday, now)),
        past_sessions,
    };
    let resolution = protocol::resolve(&document, circumstances, &mut Chance::seeded(seed))?;
    if resolution.frames.is_empty() {
        Err(Fault::new(
            "sequence",
            "the sequence is empty",
            "List the frames to show.",
        ))
    } else {
        Ok(())
    }
}
