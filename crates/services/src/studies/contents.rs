//! Where what a study holds is kept: an ad and settings in each version, and designs, which
//! versions share.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use domain::accounts::AccountId;
use domain::studies::{Content, Design, Edit, StudyDesignId, StudyId, StudyVersionId};
use entities::{convert, study, study_design, study_version};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoCondition};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType,
    QueryFilter, QuerySelect, RelationDef, RelationTrait, Select,
};
use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::database::insert_new;
use crate::error::{Error, Noun};

/// The join from a study to its version of this number.
fn numbered(number: Expr) -> RelationDef {
    let of_study = study_version::Relation::Study.def().rev();
    of_study.on_condition(move |_, version| {
        Expr::col((version, study_version::Column::Number))
            .eq(number.clone())
            .into_condition()
    })
}

fn column(column: study::Column) -> Expr {
    Expr::col((study::Entity, column))
}

/// The join to the latest version, which researchers see.
pub(super) fn latest() -> RelationDef {
    numbered(column(study::Column::Version))
}

/// The join to the version that families see: the approved one, or the latest of a study that was
/// never approved.
pub(super) fn approved() -> RelationDef {
    numbered(approved_number())
}

/// The same, but what is not open to families shows its own people the latest version.
pub(super) fn approved_if_open() -> RelationDef {
    let is_open = column(study::Column::State).eq(domain::studies::StudyState::Active);
    let number = Expr::case(is_open, approved_number()).finally(column(study::Column::Version));
    numbered(number.into())
}

fn approved_number() -> Expr {
    let either = [
        column(study::Column::ApprovedVersion),
        column(study::Column::Version),
    ];
    Func::coalesce(either).into()
}

/// The texts of a version, to be read with the study.
#[derive(FromQueryResult)]
pub(super) struct Texts {
    ad: String,
    settings: String,
    design: String,
    pub design_id: StudyDesignId,
}

impl Texts {
    pub fn read(&self, study: StudyId) -> Result<Content, Error> {
        Ok(Content {
            ad: convert::ad(study, &self.ad)?,
            settings: convert::settings(study, &self.settings)?,
            design: convert::design(study, &self.design)?,
        })
    }
}

/// Adds the columns of [`Texts`] to a statement that joins versions.
pub(super) fn with_texts<E: EntityTrait>(select: Select<E>) -> Select<E> {
    select
        .column_as(study_version::Column::Ad, "ad")
        .column_as(study_version::Column::Settings, "settings")
        .column_as(study_design::Column::Content, "design")
        .column_as(study_version::Column::DesignId, "design_id")
        .join(JoinType::InnerJoin, study_version::Relation::Design.def())
}

fn version(study: StudyId, number: i32) -> Select<study_version::Entity> {
    study_version::Entity::find()
        .select_only()
        .filter(study_version::Column::StudyId.eq(study))
        .filter(study_version::Column::Number.eq(number))
}

/// What a version holds, and which design that is.
pub(crate) struct Loaded {
    pub content: Content,
    pub design: StudyDesignId,
}

/// Reads a version.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    study: &study::Model,
    number: i32,
) -> Result<Loaded, Error> {
    let found = with_texts(version(study.id, number))
        .into_model::<Texts>()
        .one(db)
        .await?;
    let texts = found.ok_or(Error::NotFound(Noun::Version))?;
    Ok(Loaded {
        content: texts.read(study.id)?,
        design: texts.design_id,
    })
}

/// What a version holds.
pub(crate) async fn content_of(
    db: &impl ConnectionTrait,
    study: &study::Model,
    number: i32,
) -> Result<Content, Error> {
    Ok(load(db, study, number).await?.content)
}

/// What several versions hold, by number, in one statement.
pub(super) async fn contents_of(
    db: &impl ConnectionTrait,
    study: &study::Model,
    numbers: impl Iterator<Item = i32>,
) -> Result<BTreeMap<i32, Content>, Error> {
    let numbers: Vec<i32> = numbers.filter(|number| *number > 0).collect();
    if numbers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let versions = study_version::Entity::find()
        .select_only()
        .column(study_version::Column::Number)
        .filter(study_version::Column::StudyId.eq(study.id))
        .filter(study_version::Column::Number.is_in(numbers));
    let rows = with_texts(versions)
        .into_model::<Numbered>()
        .all(db)
        .await?;
    let read = |row: Numbered| Ok((row.number, row.texts.read(study.id)?));
    rows.into_iter().map(read).collect()
}

#[derive(FromQueryResult)]
struct Numbered {
    number: i32,
    #[sea_orm(nested)]
    texts: Texts,
}

/// One design.
pub(super) async fn design_by_id(
    db: &impl ConnectionTrait,
    study: StudyId,
    id: StudyDesignId,
) -> Result<Design, Error> {
    let found = study_design::Entity::find_by_id(id).one(db).await?;
    let found = found.ok_or(Error::NotFound(Noun::Version))?;
    Ok(convert::design(study, &found.content)?)
}

/// What a study holds now.
pub(crate) async fn current(
    db: &impl ConnectionTrait,
    study: &study::Model,
) -> Result<Content, Error> {
    content_of(db, study, study.version).await
}

/// What staff approved, which is what families run, whatever stands in the latest version; the
/// latest of a study that was never approved.
pub(crate) fn approved_version(study: &study::Model) -> i32 {
    study.approved_version.unwrap_or(study.version)
}

/// The ad and settings of a version; the design, which may be long, is left empty.
pub(super) async fn ad_of(
    db: &impl ConnectionTrait,
    study: &study::Model,
    number: i32,
) -> Result<Content, Error> {
    let found: Option<(String, String)> = version(study.id, number)
        .column(study_version::Column::Ad)
        .column(study_version::Column::Settings)
        .into_tuple()
        .one(db)
        .await?;
    let (ad, settings) = found.ok_or(Error::NotFound(Noun::Version))?;
    Ok(Content {
        ad: convert::ad(study.id, &ad)?,
        settings: convert::settings(study.id, &settings)?,
        design: Design::default(),
    })
}

/// Adds a study with its first version. The row says what content can't: whose it is, its kind and
/// its state.
pub(crate) async fn create(
    ctx: &Context,
    db: &impl ConnectionTrait,
    mut row: study::ActiveModel,
    content: &Content,
) -> Result<study::Model, Error> {
    row.version = Set(1);
    convert::fill(&mut row, &content.ad, &content.settings);
    let study = row.insert(db).await?;
    let first = NewVersion {
        number: 1,
        content,
        has_new_design: true,
        edits: &[],
        note: "",
        restored_from: None,
    };
    insert(ctx, db, &study, study.creator_id, first).await?;
    Ok(study)
}

/// A version that is about to be kept.
pub(super) struct NewVersion<'a> {
    /// Counted from 1.
    pub number: i32,
    pub content: &'a Content,
    /// Whether its design is that of the content, and not of the version before.
    pub has_new_design: bool,
    /// What changed since the version before.
    pub edits: &'a [Edit],
    pub note: &'a str,
    /// The version whose content this is again.
    pub restored_from: Option<i32>,
}

pub(super) async fn insert(
    ctx: &Context,
    db: &impl ConnectionTrait,
    study: &study::Model,
    author: Option<AccountId>,
    new: NewVersion<'_>,
) -> Result<(), Error> {
    let design = if new.has_new_design {
        store_design(ctx, db, study.id, &new.content.design).await?
    } else {
        design_of(db, study).await?
    };
    let keeps_approval = study.state.is_approved()
        && !new.edits.is_empty()
        && new.edits.iter().all(|edit| !edit.needs_review);
    let row = study_version::ActiveModel {
        id: Set(ctx.id(StudyVersionId::from_parts)?),
        study_id: Set(study.id),
        number: Set(new.number),
        account_id: Set(author),
        ad: Set(serde_json::to_string(&new.content.ad)?),
        settings: Set(serde_json::to_string(&new.content.settings)?),
        design_id: Set(design),
        edits: Set(serde_json::to_string(new.edits)?),
        note: Set(new.note.to_owned()),
        restored_from: Set(new.restored_from),
        keeps_approval: Set(keeps_approval),
        created_at: Set(ctx.now()),
    };
    study_version::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The design of the latest version.
async fn design_of(
    db: &impl ConnectionTrait,
    study: &study::Model,
) -> Result<StudyDesignId, Error> {
    let found: Option<StudyDesignId> = version(study.id, study.version)
        .column(study_version::Column::DesignId)
        .into_tuple()
        .one(db)
        .await?;
    found.ok_or(Error::NotFound(Noun::Version))
}

/// Keeps a design, unless the study has the same already.
async fn store_design(
    ctx: &Context,
    db: &impl ConnectionTrait,
    study: StudyId,
    design: &Design,
) -> Result<StudyDesignId, Error> {
    let content = serde_json::to_string(design)?;
    let digest = HEXLOWER.encode(&Sha256::digest(content.as_bytes()));
    let id = ctx.id(StudyDesignId::from_parts)?;
    let row = study_design::ActiveModel {
        id: Set(id),
        study_id: Set(study),
        digest: Set(digest.clone()),
        size_bytes: Set(i64::try_from(content.len()).unwrap_or(i64::MAX)),
        content: Set(content),
    };
    let key = [study_design::Column::StudyId, study_design::Column::Digest];
    if insert_new(row, key, db).await? {
        return Ok(id);
    }
    let known: Option<StudyDesignId> = study_design::Entity::find()
        .select_only()
        .column(study_design::Column::Id)
        .filter(study_design::Column::StudyId.eq(study))
        .filter(study_design::Column::Digest.eq(digest))
        .into_tuple()
        .one(db)
        .await?;
    known.ok_or_else(|| Error::internal("a design is there and is not"))
}
