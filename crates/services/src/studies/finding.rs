//! What families find: the list of studies, and the page of one.

use std::collections::{BTreeMap, BTreeSet};

use domain::families::child::ChildId;
use domain::labs::LabId;
use domain::permissions::Action;
use domain::studies::{AgeBand, Mismatch, Study, StudyId, StudyState};
use entities::{convert, lab, study, study_version};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationDef, RelationTrait, Select,
};

use super::contents;
use super::family::{self, ChildEligibility};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::permissions::{ActionTarget, require};

/// A study on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyCard {
    pub study: Study,
    pub lab_name: String,
    /// Children of the family that asks; none for anybody else.
    pub children: Vec<ChildEligibility>,
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
    pub study: Study,
    pub lab_name: String,
    /// What the lab tells about itself.
    pub lab_description: String,
    /// Children of the family that asks; none for anybody else.
    pub children: Vec<ChildEligibility>,
    /// Names of studies that a child must have done, or must not, by id.
    pub named: BTreeMap<StudyId, String>,
}

/// Active studies that anybody may find, in an order that is stable for each person and different
/// between persons, so that no study is always first.
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
    let rows = with_ads(wanted, contents::approved()).into_model::<WithAd>();
    let rows = rows.all(&ctx.db).await?;
    let family = family::of(ctx, actor).await?;
    let mut cards = Vec::new();
    for row in rows {
        let ad = ctx.ads.read(row.row.id, &row.ad)?;
        let study = convert::study(&row.row, ad.ad.clone())?;
        let children = family.eligibility(ctx, study.id, &ad.rules);
        if filter.wants(&study, &children) {
            cards.push(StudyCard {
                study,
                lab_name: row.lab_name,
                children,
            });
        }
    }
    let person = actor.person().map(|person| person.account.0);
    cards.sort_by_cached_key(|card| order_key(person, card.study.id));
    Ok(cards)
}

/// A study with one of its ads.
#[derive(FromQueryResult)]
struct WithAd {
    #[sea_orm(nested)]
    row: study::Model,
    ad: String,
    lab_name: String,
    lab_description: String,
}

/// Reads studies with the ad of one of their versions, in one statement and without the design.
fn with_ads(studies: Select<study::Entity>, version: RelationDef) -> Select<study::Entity> {
    studies
        .column_as(study_version::Column::Ad, "ad")
        .column_as(lab::Column::Name, "lab_name")
        .column_as(lab::Column::Description, "lab_description")
        .join(JoinType::InnerJoin, version)
        .join(JoinType::InnerJoin, study::Relation::Lab.def())
}

impl WithAd {
    fn study(&self) -> Result<Study, Error> {
        let ad = convert::ad(self.row.id, &self.ad)?;
        Ok(convert::study(&self.row, ad)?)
    }
}

/// Studies with the ads that families see, by id.
pub(crate) async fn by_id(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = StudyId>,
) -> Result<BTreeMap<StudyId, Study>, Error> {
    let wanted = study::Entity::find().filter(study::Column::Id.is_in(ids));
    let rows = with_ads(wanted, contents::approved()).into_model::<WithAd>();
    let rows = rows.all(db).await?;
    let studies = rows.iter().map(|row| Ok((row.row.id, row.study()?)));
    studies.collect()
}

/// A study with its latest ad, which its researchers see.
pub(crate) async fn study_of(db: &impl ConnectionTrait, id: StudyId) -> Result<Study, Error> {
    let rows = with_ads(study::Entity::find_by_id(id), contents::latest()).into_model::<WithAd>();
    let found = rows.one(db).await?;
    found.ok_or(Error::NotFound(Noun::Study))?.study()
}

impl StudyFilter {
    fn wants(&self, study: &Study, children: &[ChildEligibility]) -> bool {
        self.wants_ad(study) && self.wants_for(children)
    }

    fn wants_ad(&self, study: &Study) -> bool {
        let text = format!("{} {}", study.ad.name, study.ad.preview_summary).to_lowercase();
        let search = self.search.to_lowercase();
        search.split_whitespace().all(|word| text.contains(word))
            && self.band.is_none_or(|band| band.overlaps(&study.ad.ages))
            && self
                .is_here
                .is_none_or(|is_here| is_here == study.kind.is_internal())
    }

    fn wants_for(&self, children: &[ChildEligibility]) -> bool {
        let Some(chosen) = self.child else {
            return !self.hides_done
                || children.is_empty()
                || children.iter().any(|child| !child.has_done);
        };
        children.iter().any(|child| {
            child.is_of(chosen)
                && child.mismatches.is_empty()
                && !(self.hides_done && child.has_done)
        })
    }
}

/// One study as a family sees it. Those that are not open are there for their own lab only.
pub async fn find(ctx: &Context, actor: &Actor, id: StudyId) -> Result<StudyPage, Error> {
    let wanted = study::Entity::find_by_id(id);
    let found = with_ads(wanted, contents::approved_if_open())
        .into_model::<WithAd>()
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    if !found.row.state.is_open() {
        refuse_unopened(ctx, actor, &found.row).await?;
    }
    let ad = ctx.ads.read(id, &found.ad)?;
    let study = convert::study(&found.row, ad.ad.clone())?;
    let family = family::of(ctx, actor).await?;
    let children = family.eligibility(ctx, study.id, &ad.rules);
    Ok(StudyPage {
        named: names(&ctx.db, &children).await?,
        study,
        lab_name: found.lab_name,
        lab_description: found.lab_description,
        children,
    })
}

/// Refuses a study that is not open, unless the person works in its lab. A family may follow its
/// link too late, and is told so; the link of a draft reveals nothing.
async fn refuse_unopened(ctx: &Context, actor: &Actor, row: &study::Model) -> Result<(), Error> {
    let is_shared = row.has_shared_preview && actor.researcher().is_ok();
    let about = ActionTarget::Study(row.id);
    if is_shared
        || require(ctx, actor, Action::ReadStudyDetails, about)
            .await
            .is_ok()
    {
        return Ok(());
    }
    if matches!(row.state, StudyState::Created | StudyState::Archived) {
        return Err(Error::NotFound(Noun::Study));
    }
    Err(Error::Conflict(format!(
        "\u{201c}{}\u{201d} is not looking for families at the moment. It may open again later.",
        row.name
    )))
}

/// Studies that a child has done, and that speak against it for that.
fn done_before(children: &[ChildEligibility]) -> BTreeSet<StudyId> {
    let reasons = children.iter().flat_map(|child| &child.mismatches);
    reasons
        .flat_map(|mismatch| match mismatch {
            Mismatch::AlreadyDone(studies) => studies.as_slice(),
            _ => &[],
        })
        .copied()
        .collect()
}

/// Studies whose names the reasons against a child need.
fn mentioned(children: &[ChildEligibility]) -> BTreeSet<StudyId> {
    children
        .iter()
        .flat_map(|child| &child.mismatches)
        .flat_map(|mismatch| match mismatch {
            Mismatch::Missing(studies) | Mismatch::AlreadyDone(studies) => studies.as_slice(),
            _ => &[],
        })
        .copied()
        .collect()
}

/// Their names, as families know them: of studies that everybody finds, and of those that a child
/// of this family has done. What a lab keeps to itself has no name here.
async fn names(
    db: &impl ConnectionTrait,
    children: &[ChildEligibility],
) -> Result<BTreeMap<StudyId, String>, Error> {
    let ids = mentioned(children);
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let done = done_before(children);
    let studies = by_id(db, ids).await?.into_iter();
    let known = studies.filter(|(id, study)| {
        done.contains(id) || (study.state == StudyState::Active && study.is_public)
    });
    Ok(known.map(|(id, study)| (id, study.ad.name)).collect())
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
