//! Starting a response, or going on with one that was begun lately.

use adapters::secrets;
use chrono::{DateTime, NaiveDate, Utc};
use domain::families::{Child, ChildId, SnapshotId};
use domain::responses::ResponseId;
use domain::studies::age::exact_age_days;
use domain::studies::{Content, Eligibility, StudyId};
use entities::{response, study};
use protocol::{Chance, ChildContext, Document, Fault};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::contents::hash_of_child;
use super::entering::{self, RunTicket};
use super::report;
use crate::act::{Act, OwnChild};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::families;
use crate::studies::kinds::{self, LinkParameters};
use crate::studies::{self, Counted, FamilyResponse, Loaded, RESUMABLE};

/// What a family reads when a study that it wants to start can't be played.
const BROKEN: &str = "Something in this study is broken, so it can't be started. \
     Please try another one, and tell the researchers if you like.";
const CLOSED: &str =
    "This study is not looking for families at the moment. It may open again later.";

/// How often a start begins again because the study changed while it was looked at.
pub(super) const TRIES: usize = 4;

/// Who takes part in what.
#[derive(Clone, Copy, Debug)]
pub struct StartRun {
    pub study: StudyId,
    pub child: ChildId,
    /// Whether an unfinished response is left as it is and a new one begun.
    pub starts_over: bool,
}

/// Where a family goes from a study's page.
pub enum Destination {
    /// To the run origin.
    Run(RunTicket),
    /// To another site.
    Away {
        /// The response that was begun.
        response: ResponseId,
        /// The address, with what it is told.
        address: String,
    },
}

/// Begins a response, or goes on with the one that this child began within the last day.
///
/// Eligibility and the household's answers are recorded now and never changed. A child that does
/// not fit may take part all the same, since the family was told.
pub async fn start(ctx: &Context, actor: &Actor, input: StartRun) -> Result<Destination, Error> {
    let seed = secrets::random::<8>()?;
    let child = families::find_child(ctx, actor, input.child).await?;
    for _ in 0..TRIES {
        // Resolving a protocol takes a while, so it is done before anything is locked.
        let row = open_study(&ctx.db, input.study).await?;
        let playable = Playable::of(ctx, &row, &child, seed).await?;
        let begun = start_with(ctx, actor, &input, &playable, seed).await?;
        if let Some(destination) = begun {
            return Ok(destination);
        }
    }
    Err(Error::Busy)
}

/// Starts with what families run, or returns nothing where staff approved another version
/// meanwhile.
async fn start_with(
    ctx: &Context,
    actor: &Actor,
    input: &StartRun,
    playable: &Playable,
    seed: [u8; 8],
) -> Result<Option<Destination>, Error> {
    // Two clicks at once queue for the child's row, and the second finds the response of the first.
    let act = Act::child(ctx, actor, input.child).await?;
    let row = open_study(&act.tx, input.study).await?;
    if playable.version != studies::approved_version(&row) {
        return act.unchanged(None).await;
    }
    let snapshot = latest_answers(&act).await?;
    let (child, responses) = child_with_responses(&act).await?;
    let response = match unfinished(ctx, &responses, input) {
        Some(response) => response,
        None => {
            let eligibility = eligibility(ctx, &playable.content, &child, &responses);
            let version = playable.checked(&row)?;
            begin_response(&act, &row, version, snapshot, eligibility, seed).await?
        }
    };
    let launch = launch(&act, &row, &playable.content, input.child, response).await?;
    act.commit(Some(launch)).await
}

async fn open_study(db: &impl ConnectionTrait, id: StudyId) -> Result<study::Model, Error> {
    let found = study::Entity::find_by_id(id).one(db).await?;
    let row = found.ok_or(Error::NotFound(Noun::Study))?;
    if row.state.is_open() {
        Ok(row)
    } else {
        Err(Error::Conflict(CLOSED.to_owned()))
    }
}

/// The version of a study that families run, and what keeps a child from running it.
struct Playable {
    version: i32,
    content: Content,
    fault: Option<String>,
}

impl Playable {
    async fn of(
        ctx: &Context,
        row: &study::Model,
        child: &Child,
        seed: [u8; 8],
    ) -> Result<Self, Error> {
        let version = studies::approved_version(row);
        let Loaded { content, design } = studies::load(&ctx.db, row, version).await?;
        // A protocol that is written down is resolved for this very child; of everything else its
        // kind knows what is missing.
        let fault = match kinds::of(row.kind).written_protocol(&content.design) {
            Some(protocol) => {
                let (protocol, birthday, now) =
                    (protocol.to_owned(), child.details.birthday, ctx.now());
                let resolve = move || resolve(&protocol, birthday, now, seed).err();
                let fault = ctx.on_design(resolve).await?;
                fault.map(|fault| fault.to_string())
            }
            None => studies::inspected(ctx, design, row.kind, &content.design)
                .await?
                .need(),
        };
        Ok(Self {
            version,
            content,
            fault,
        })
    }

    /// The version, if the child can run it: a fault is found before the family is sent off.
    fn checked(&self, row: &study::Model) -> Result<i32, Error> {
        let Some(fault) = &self.fault else {
            return Ok(self.version);
        };
        tracing::warn!(study = %row.id, %fault, "a family could not start a study");
        Err(Error::Conflict(BROKEN.to_owned()))
    }
}

fn resolve(
    protocol: &str,
    birthday: NaiveDate,
    now: DateTime<Utc>,
    seed: [u8; 8],
) -> Result<(), Fault> {
    let document = Document::parse(protocol)?;
    let circumstances = ChildContext {
        age_days: Some(exact_age_days(birthday, now)),
        past_sessions: &[],
    };
    let mut chance = Chance::seeded(u64::from_le_bytes(seed));
    let resolution = protocol::resolve(&document, circumstances, &mut chance)?;
    if resolution.frames.is_empty() {
        return Err(Fault::new(
            "sequence",
            "the sequence is empty",
            "List the frames to show.",
        ));
    }
    Ok(())
}

/// The household's answers as they are now.
async fn latest_answers(act: &Act<'_, OwnChild<'_>>) -> Result<SnapshotId, Error> {
    let snapshot = families::latest_snapshot(&act.tx, act.person).await?;
    let snapshot = snapshot.ok_or_else(|| {
        Error::field(
            "demographics",
            "missing",
            "Please tell us a little about your family first. Every question may be left empty.",
        )
    })?;
    Ok(snapshot.id)
}

async fn child_with_responses(
    act: &Act<'_, OwnChild<'_>>,
) -> Result<(Child, Vec<FamilyResponse>), Error> {
    let family = studies::load_family(&act.tx, act.person).await?;
    let mut children = family.children.into_iter();
    children
        .find(|(child, _)| child.id == act.child.id)
        .ok_or(Error::NotFound(Noun::Child))
}

/// The response with which the child goes on, if there is one.
fn unfinished(ctx: &Context, responses: &[FamilyResponse], input: &StartRun) -> Option<ResponseId> {
    let oldest = ctx.now() - RESUMABLE;
    responses
        .iter()
        .filter(|response| {
            response.participation.study == input.study
                && !response.participation.is_preview
                && !response.is_over
                && response.created_at > oldest
        })
        // Starting over does not multiply responses in which nothing has happened yet.
        .filter(|response| !(input.starts_over && response.participation.has_frames))
        .max_by_key(|response| response.created_at)
        .map(|response| response.id)
}

/// Codes of what speaks against the child, as researchers find them in their data.
fn eligibility(
    ctx: &Context,
    content: &Content,
    child: &Child,
    responses: &[FamilyResponse],
) -> String {
    let rules = Eligibility::from(&content.ad);
    let mismatches = studies::mismatches(child, responses, &rules, ctx.clock.today());
    let codes: Vec<String> = Eligibility::codes(&mismatches)
        .iter()
        .map(ToString::to_string)
        .collect();
    codes.join(" ")
}

async fn begin_response(
    act: &Act<'_, OwnChild<'_>>,
    row: &study::Model,
    version: i32,
    snapshot: SnapshotId,
    eligibility: String,
    seed: [u8; 8],
) -> Result<ResponseId, Error> {
    let ctx = act.ctx;
    let id = ctx.id(ResponseId::from_parts)?;
    let new = response::ActiveModel {
        id: Set(id),
        child_id: Set(act.child.id),
        account_id: Set(act.person.account),
        demographic_snapshot_id: Set(Some(snapshot)),
        eligibility: Set(eligibility),
        ..begun(ctx, row, version, seed)
    };
    response::Entity::insert(new)
        .exec_without_returning(&act.tx)
        .await?;
    studies::count(ctx, &act.tx, row.id, Counted::Response).await?;
    Ok(id)
}

/// What every new response to a version of a study has.
pub(super) fn begun(
    ctx: &Context,
    row: &study::Model,
    version: i32,
    seed: [u8; 8],
) -> response::ActiveModel {
    let now = ctx.now();
    response::ActiveModel {
        study_id: Set(row.id),
        study_kind: Set(row.kind),
        recording_method: Set(kinds::of(row.kind).recording_method().map(str::to_owned)),
        seed: Set(i64::from_le_bytes(seed)),
        study_version: Set(Some(version)),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    }
}

/// Where to go to give a response: a ticket for the run origin, or an address elsewhere.
pub(super) async fn launch<S>(
    act: &Act<'_, S>,
    row: &study::Model,
    content: &Content,
    child: ChildId,
    response: ResponseId,
) -> Result<Destination, Error> {
    let elsewhere = LinkParameters {
        child: &hash_of_child(row, child),
        response,
        return_link: &report::return_link(act.ctx, response)?,
    };
    match kinds::of(row.kind).address(&content.design, &elsewhere) {
        Some(address) => Ok(Destination::Away { response, address }),
        None => Ok(Destination::Run(entering::issue(act, response).await?)),
    }
}
