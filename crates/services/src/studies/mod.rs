//! Studies: what families find, and what researchers see of their own.

mod counts;
mod drafts;
mod editing;
pub mod kinds;
mod life;
mod listing;
pub mod people;
mod review;
mod versions;

pub use drafts::{Draft, draft, drop_draft, keep_draft};
pub use editing::{
    AdPage, DesignPage, Known, Made, Saved, Saving, ad, clone, creatable, create, delete_previews,
    design, find_by_words, make_form, save_ad, save_design, set_archive, set_image,
};
pub use life::{LogEntry, Move, change_state, log};
pub use listing::{
    LabStudy, LabStudyPage, StudySort, StudyTab, StudyTabs, WantedStudies, find_of_lab,
    list_of_labs, name_for,
};
pub use review::{
    Check, Comment, History, Queue, QueueFilter, QueueRow, QuietEdit, ReviewPage, add_peer,
    comment, queue, remove_peer, resolve_comment, review,
};
pub use versions::{
    Comparison, FieldChange, Line, Named, VersionRow, compare, list as versions, restore,
};

pub(crate) use counts::{Counted, count, uncount_previews};
pub(crate) use versions::{content_of, ensure};

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::families::child::{Child, ChildId};
use domain::labs::LabId;
use domain::permissions::{Action, Standing};
use domain::responses::ResponseId;
use domain::studies::{
    AgeBand, Eligibility, Mismatch, Participation, Study, StudyId, StudyKind, StudyState, Subject,
};
use entities::{child, lab, response, study};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
};

use crate::actor::{Actor, Person};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::permissions::{Target, allowed};

/// How a child stands to a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The child.
    pub child: Child,
    /// What speaks against it; nothing if it fits.
    pub mismatches: Vec<Mismatch>,
    /// A visit that was begun lately and can go on, and when it began.
    pub unfinished: Option<(ResponseId, DateTime<Utc>)>,
    /// Whether it has done this study before.
    pub has_done: bool,
}

/// A study on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyCard {
    /// The study.
    pub study: Study,
    /// Name of its lab.
    pub lab_name: String,
    /// The family's children.
    pub fits: Vec<Fit>,
}

/// What a family looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StudyFilter {
    /// Only studies that this child fits.
    pub child: Option<ChildId>,
    /// Only studies for this age band.
    pub band: Option<&'static AgeBand>,
    /// Only studies with these words in their name or summary.
    pub search: String,
    /// Only studies of this lab.
    pub lab: Option<LabId>,
    /// Only studies on this site (`true`) or elsewhere (`false`).
    pub is_here: Option<bool>,
    /// Not those that the chosen child, or every child, has done.
    pub hides_done: bool,
}

/// A study's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyPage {
    /// The study.
    pub study: Study,
    /// Name of its lab.
    pub lab_name: String,
    /// What the lab tells about itself.
    pub lab_description: String,
    /// The family's children.
    pub fits: Vec<Fit>,
    /// Names of studies that a child must have done, or must not, by id.
    pub named: BTreeMap<StudyId, String>,
}

/// Active studies that anybody may find, in an order that is stable for each person and different
/// between persons, so that no study is always first (`domain.md` §2.7).
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    filter: &StudyFilter,
) -> Result<Vec<StudyCard>, Error> {
    let mut wanted = study::Entity::find()
        .filter(study::Column::State.eq(StudyState::Active))
        .filter(study::Column::IsPublic.eq(true));
    if let Some(lab) = filter.lab {
        wanted = wanted.filter(study::Column::LabId.eq(lab));
    }
    let rows = wanted.find_also_related(lab::Entity).all(&ctx.db).await?;
    let family = family(ctx, actor).await?;
    let salt = actor.person().map(|person| person.account.0);
    let words: Vec<String> = filter
        .search
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let mut cards = Vec::new();
    for (row, lab) in rows {
        let rules = Eligibility::try_from(&row)?;
        let study = Study::try_from(&row)?;
        let fits = family.fits(ctx, &study, &rules);
        let haystack = format!("{} {}", study.name, study.preview_summary).to_lowercase();
        let is_wanted = words.iter().all(|word| haystack.contains(word))
            && filter.band.is_none_or(|band| band.overlaps(&study.ages))
            && filter
                .is_here
                .is_none_or(|is_here| is_here == (study.kind != StudyKind::External))
            && filter.child.is_none_or(|child| {
                fits.iter().any(|fit| {
                    fit.child.id == child
                        && fit.mismatches.is_empty()
                        && !(filter.hides_done && fit.has_done)
                })
            })
            && (filter.child.is_some()
                || !filter.hides_done
                || fits.is_empty()
                || fits.iter().any(|fit| !fit.has_done));
        if is_wanted {
            cards.push(StudyCard {
                study,
                lab_name: lab.map(|lab| lab.name).unwrap_or_default(),
                fits,
            });
        }
    }
    cards.sort_by_cached_key(|card| order_key(salt, card.study.id));
    Ok(cards)
}

/// One study as a family sees it. Those that are not open are there for their own lab only.
pub async fn find(ctx: &Context, actor: &Actor, id: StudyId) -> Result<StudyPage, Error> {
    let found = study::Entity::find_by_id(id)
        .find_also_related(lab::Entity)
        .one(&ctx.db)
        .await?;
    let (row, lab) = found.ok_or(Error::NotFound(Noun::Study))?;
    if !row.state.is_open() {
        let is_known = row.state != StudyState::Created && row.state != StudyState::Archived;
        let is_ours = (row.has_shared_preview && actor.researcher().is_ok())
            || allowed(&ctx.db, actor, Action::ReadStudyDetails, Target::Study(id))
                .await
                .is_ok();
        if !is_ours {
            // A link that a family was sent may be too late; a draft's link tells nothing.
            return if is_known {
                Err(Error::Conflict(format!(
                    "\u{201c}{}\u{201d} is not looking for families at the moment. It may open again later.",
                    row.name
                )))
            } else {
                Err(Error::NotFound(Noun::Study))
            };
        }
    }
    let rules = Eligibility::try_from(&row)?;
    let study = Study::try_from(&row)?;
    let fits = family(ctx, actor).await?.fits(ctx, &study, &rules);
    let asked: BTreeSet<StudyId> = fits
        .iter()
        .flat_map(|fit| &fit.mismatches)
        .flat_map(|mismatch| match mismatch {
            Mismatch::Missing(studies) | Mismatch::AlreadyDone(studies) => studies.clone(),
            _ => Vec::new(),
        })
        .collect();
    let named = if asked.is_empty() {
        BTreeMap::new()
    } else {
        names(&ctx.db, asked).await?
    };
    let (lab_name, lab_description) = lab
        .map(|lab| (lab.name, lab.description))
        .unwrap_or_default();
    Ok(StudyPage {
        study,
        lab_name,
        lab_description,
        fits,
        named,
    })
}

async fn names(
    db: &impl ConnectionTrait,
    ids: BTreeSet<StudyId>,
) -> Result<BTreeMap<StudyId, String>, Error> {
    let rows: Vec<(StudyId, String)> = study::Entity::find()
        .select_only()
        .column(study::Column::Id)
        .column(study::Column::Name)
        .filter(study::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

fn order_key(account: Option<uuid::Uuid>, study: StudyId) -> Vec<u8> {
    use std::hash::Hasher;
    match account {
        None => study.0.as_bytes().to_vec(),
        Some(account) => {
            // Not for secrecy: any fixed mixing of the two ids will do.
            let mut mix = Fnv(0xcbf2_9ce4_8422_2325);
            mix.write(account.as_bytes());
            mix.write(study.0.as_bytes());
            mix.finish().to_be_bytes().to_vec()
        }
    }
}

/// FNV-1a: a hash that stays the same between versions of the standard library.
struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// A family's children with all their visits, loaded in one query.
pub(crate) struct Family {
    pub children: Vec<(Child, Vec<Visit>)>,
}

/// One visit, as far as lists and rules care.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub response: ResponseId,
    pub participation: Participation,
    pub created_at: DateTime<Utc>,
    pub is_over: bool,
}

/// How long an unfinished visit can go on.
pub(crate) const RESUMABLE: chrono::Duration = chrono::Duration::hours(24);

#[derive(FromQueryResult)]
struct ChildVisit {
    #[sea_orm(nested)]
    child: child::Model,
    visit_id: Option<ResponseId>,
    visit_study: Option<StudyId>,
    visit_kind: Option<StudyKind>,
    visit_frames: Option<i32>,
    visit_is_preview: Option<bool>,
    visit_is_completed: Option<bool>,
    visit_created_at: Option<DateTime<Utc>>,
    visit_ended_at: Option<DateTime<Utc>>,
}

async fn family(ctx: &Context, actor: &Actor) -> Result<Family, Error> {
    // Half a session, without its second factor, sees no more than a visitor.
    match actor.signed_in() {
        Ok(person) => load_family(&ctx.db, person).await,
        Err(_) => Ok(Family {
            children: Vec::new(),
        }),
    }
}

pub(crate) async fn load_family(
    db: &impl ConnectionTrait,
    person: &Person,
) -> Result<Family, Error> {
    let rows = child::Entity::find()
        .column_as(response::Column::Id, "visit_id")
        .column_as(response::Column::StudyId, "visit_study")
        .column_as(response::Column::StudyKind, "visit_kind")
        .column_as(response::Column::FrameCount, "visit_frames")
        .column_as(response::Column::IsPreview, "visit_is_preview")
        .column_as(response::Column::IsCompleted, "visit_is_completed")
        .column_as(response::Column::CreatedAt, "visit_created_at")
        .column_as(response::Column::EndedAt, "visit_ended_at")
        .join(JoinType::LeftJoin, response::Relation::Child.def().rev())
        .filter(child::Column::AccountId.eq(person.account))
        .filter(child::Column::DeletedAt.is_null())
        .order_by_desc(child::Column::Birthday)
        .order_by_asc(child::Column::Id)
        .into_model::<ChildVisit>()
        .all(db)
        .await?;
    let mut children: Vec<(Child, Vec<Visit>)> = Vec::new();
    for row in rows {
        let visit = match (
            row.visit_id,
            row.visit_study,
            row.visit_kind,
            row.visit_created_at,
        ) {
            (Some(response), Some(study), Some(kind), Some(created_at)) => Some(Visit {
                response,
                participation: Participation {
                    study,
                    kind,
                    has_frames: row.visit_frames.unwrap_or_default() > 0,
                    is_preview: row.visit_is_preview.unwrap_or_default(),
                },
                created_at,
                is_over: row.visit_ended_at.is_some() || row.visit_is_completed.unwrap_or_default(),
            }),
            _ => None,
        };
        let child = Child::try_from(row.child)?;
        match children.last_mut() {
            Some((last, visits)) if last.id == child.id => visits.extend(visit),
            _ => children.push((child, visit.into_iter().collect())),
        }
    }
    Ok(Family { children })
}

impl Family {
    fn fits(&self, ctx: &Context, study: &Study, rules: &Eligibility) -> Vec<Fit> {
        let (today, oldest) = (ctx.clock.today(), ctx.now() - RESUMABLE);
        self.children
            .iter()
            .map(|(child, visits)| {
                let here = || {
                    visits.iter().filter(|visit| {
                        visit.participation.study == study.id && !visit.participation.is_preview
                    })
                };
                Fit {
                    mismatches: mismatches(child, visits, rules, today),
                    unfinished: here()
                        .filter(|visit| {
                            !visit.is_over
                                && visit.participation.has_frames
                                && visit.created_at > oldest
                        })
                        .max_by_key(|visit| visit.created_at)
                        .map(|visit| (visit.response, visit.created_at)),
                    has_done: here().any(|visit| visit.is_over),
                    child: child.clone(),
                }
            })
            .collect()
    }
}

pub(crate) fn mismatches(
    child: &Child,
    visits: &[Visit],
    rules: &Eligibility,
    today: chrono::NaiveDate,
) -> Vec<Mismatch> {
    // The visit that is going on does not count against itself: a study may forbid a second visit.
    let counted: Vec<Participation> = visits.iter().map(|visit| visit.participation).collect();
    rules.mismatches(Subject {
        details: &child.details,
        visits: &counted,
        today,
    })
}

/// The row of a study to which the actor may do this, with its lab and the actor's roles there.
pub(crate) async fn readable(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    action: Action,
) -> Result<(study::Model, lab::Model, Standing), Error> {
    let (_, standing) = allowed(&ctx.db, actor, action, Target::Study(id)).await?;
    let (row, lab) = study::Entity::find_by_id(id)
        .find_also_related(lab::Entity)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    Ok((row, lab.ok_or(Error::NotFound(Noun::Lab))?, standing))
}

/// Makes others that change this study wait.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: StudyId) -> Result<study::Model, Error> {
    use sea_orm::sea_query::Expr;
    study::Entity::update_many()
        .col_expr(study::Column::Name, Expr::col(study::Column::Name))
        .filter(study::Column::Id.eq(id))
        .exec(db)
        .await?;
    study::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))
}
