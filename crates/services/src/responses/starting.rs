//! Starting a response, or going on with one that was begun lately.

use adapters::secrets;
use chrono::{DateTime, NaiveDate, Utc};
use domain::families::child::rounded_age;
use domain::families::{Child, ChildId, SnapshotId};
use domain::responses::{PastSession, ResponseId};
use domain::studies::age::{age_in_days, exact_age_days};
use domain::studies::{Content, Eligibility, StudyId};
use entities::{response, study};
use protocol::{Chance, ChildContext, Document, Fault};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::contents::hash_of_child;
use super::entering::{self, RunTicket};
use super::{earlier, report};
use crate::act::{Act, OwnChild};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::families;
use crate::studies::kinds::{self, LinkParameters};
use crate::studies::{self, Counted, FamilyResponse, Loaded};

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
    // The player draws with this seed and the age at this moment: what is drawn here is the same.
    let drawn = (secrets::random::<8>()?, ctx.now());
    let child = families::find_child(ctx, actor, input.child).await?;
    for _ in 0..TRIES {
        // Resolving a protocol takes a while, so it is done before anything is locked.
        let row = open_study(&ctx.db, input.study).await?;
        let playable = Playable::of(ctx, &row, &child, drawn).await?;
        let begun = start_with(ctx, actor, &input, &playable, drawn).await?;
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
    (seed, now): ([u8; 8], DateTime<Utc>),
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
            playable.check(&row)?;
            let beginning = Beginning {
                version: playable.version,
                content: &playable.content,
                birthday: child.details.birthday,
                seed,
                now,
            };
            let new = response::ActiveModel {
                demographic_snapshot_id: Set(Some(snapshot)),
                eligibility: Set(eligibility),
                consent_frames: Set(playable.consent_frames.join("\n")),
                ..begun(&row, beginning)
            };
            begin_response(&act, row.id, new).await?
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
    /// Ids of the frames that ask for consent.
    consent_frames: Vec<String>,
    fault: Option<String>,
}

impl Playable {
    async fn of(
        ctx: &Context,
        row: &study::Model,
        child: &Child,
        (seed, now): ([u8; 8], DateTime<Utc>),
    ) -> Result<Self, Error> {
        let version = studies::approved_version(row);
        let Loaded { content, design } = studies::load(&ctx.db, row, version).await?;
        // A protocol that is written down is resolved for this very child; of everything else its
        // kind knows what is missing.
        let resolved = match kinds::of(row.kind).written_protocol(&content.design) {
            Some(protocol) => {
                let past = earlier::sessions(&ctx.db, (row.id, child.id), now, false).await?;
                let age = exact_age_days(child.details.birthday, now);
                let protocol = protocol.to_owned();
                let resolve = move || resolve(&protocol, age, &past, seed);
                let resolved = ctx.on_design(resolve).await?;
                resolved.map_err(|fault| fault.to_string())
            }
            None => {
                let found = studies::inspected(ctx, design, row.kind, &content.design).await?;
                found.need().map_or_else(|| Ok(Vec::new()), Err)
            }
        };
        let (consent_frames, fault) = match resolved {
            Ok(frames) => (frames, None),
            Err(fault) => (Vec::new(), Some(fault)),
        };
        Ok(Self {
            version,
            content,
            consent_frames,
            fault,
        })
    }

    /// Refuses what the child can't run: a fault is found before the family is sent off.
    fn check(&self, row: &study::Model) -> Result<(), Error> {
        let Some(fault) = &self.fault else {
            return Ok(());
        };
        tracing::warn!(study = %row.id, %fault, "a family could not start a study");
        Err(Error::Conflict(BROKEN.to_owned()))
    }
}

/// The ids of the frames that ask for consent, in the run that the player is going to draw.
fn resolve(
    protocol: &str,
    age_days: f64,
    past_sessions: &[PastSession],
    seed: [u8; 8],
) -> Result<Vec<String>, Fault> {
    let document = Document::parse(protocol)?;
    let circumstances = ChildContext {
        age_days: Some(age_days),
        past_sessions,
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
    let frames = resolution.frames.into_iter();
    let consents = frames.filter(|frame| protocol::asks_for_consent(&frame.kind));
    Ok(consents.map(|frame| frame.id).collect())
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
    let now = ctx.now();
    responses
        .iter()
        .filter(|response| {
            response.participation.study == input.study
                && !response.participation.is_preview
                && response.can_go_on(now)
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
    study: StudyId,
    new: response::ActiveModel,
) -> Result<ResponseId, Error> {
    let (ctx, id) = (act.ctx, act.ctx.id(ResponseId::from_parts)?);
    let new = response::ActiveModel {
        id: Set(id),
        child_id: Set(act.child.id),
        account_id: Set(act.person.account),
        ..new
    };
    response::Entity::insert(new)
        .exec_without_returning(&act.tx)
        .await?;
    studies::count(ctx, &act.tx, study, Counted::Response).await?;
    Ok(id)
}

/// With what a response begins.
pub(super) struct Beginning<'c> {
    pub version: i32,
    /// What that version holds.
    pub content: &'c Content,
    /// Of the child.
    pub birthday: NaiveDate,
    pub seed: [u8; 8],
    pub now: DateTime<Utc>,
}

/// What every new response to a version of a study has.
pub(super) fn begun(row: &study::Model, with: Beginning<'_>) -> response::ActiveModel {
    let age = rounded_age(age_in_days(with.birthday, with.now.date_naive()));
    let hosts: Vec<&str> = with
        .content
        .design
        .hosts
        .iter()
        .map(String::as_str)
        .collect();
    response::ActiveModel {
        study_id: Set(row.id),
        study_kind: Set(row.kind),
        recording_method: Set(kinds::of(row.kind).recording_method().map(str::to_owned)),
        seed: Set(i64::from_le_bytes(with.seed)),
        study_version: Set(Some(with.version)),
        age_rounded: Set(i32::try_from(age).unwrap_or(i32::MAX)),
        hosts: Set(hosts.join(" ")),
        created_at: Set(with.now),
        updated_at: Set(with.now),
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
