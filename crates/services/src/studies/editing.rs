//! Writing a study: making it, changing its ad and its design, copying it, clearing its previews.

use std::collections::BTreeSet;

use adapters::archives;
use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::error::Violations;
use domain::families::child::ChildId;
use domain::labs::LabId;
use domain::messages::Letter;
use domain::permissions::Action;
use domain::studies::{
    Ad, AdForm, Content, Design, DesignForm, DraftPart, Edit, StudyId, StudyKind, StudyLogId,
    StudyRole, StudyState,
};
use entities::convert::fill;
use entities::{child, lab, response, study, study_log, study_member};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::{drafts, ensure, lock, readable, uncount_previews, versions};
use crate::accounts::{self, name_of};
use crate::actor::Actor;
use crate::audit::{self, Event};
use crate::context::{Context, secret_uuid};
use crate::error::{Error, Noun};
use crate::paging::{holds, search_words};
use crate::permissions::{Target, allowed, lab_role, scope, standing};
use crate::{messages, pictures};

/// Largest width and height of a study's picture, in pixels.
const PICTURE: u32 = 800;

/// How somebody saves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saving {
    /// What it writes along.
    pub note: String,
    /// The version on which it worked; nothing where that does not matter.
    pub base: Option<i32>,
    /// Whether it knows that the study must be reviewed again.
    pub agrees: bool,
    /// The version whose content this is.
    pub restored_from: Option<i32>,
}

/// What came of saving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Number of the version that holds it now.
    pub version: i32,
    /// What changed.
    pub edits: Vec<Edit>,
    /// Where the study is now.
    pub state: StudyState,
    /// Whether it lost its approval or its place in the queue.
    pub needs_review: bool,
}

/// A lab in which the person may make studies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The lab.
    pub id: LabId,
    /// Its name.
    pub name: String,
}

/// Labs in which the actor may make studies, by name.
pub async fn creatable(ctx: &Context, actor: &Actor) -> Result<Vec<Made>, Error> {
    let person = actor.researcher_in_person()?;
    let rows = if person
        .powers
        .staff_role()
        .is_some_and(|role| role.grants(Action::CreateLabAssociatedStudy))
    {
        lab::Entity::find()
            .order_by_asc(lab::Column::Name)
            .all(&ctx.db)
            .await?
    } else {
        let labs = entities::lab_member::Entity::find()
            .filter(entities::lab_member::Column::AccountId.eq(person.account))
            .find_also_related(lab::Entity)
            .all(&ctx.db)
            .await?;
        let mut rows: Vec<lab::Model> = labs
            .into_iter()
            .filter(|(row, _)| row.role.grants(Action::CreateLabAssociatedStudy))
            .filter_map(|(_, lab)| lab)
            .collect();
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        rows
    };
    Ok(rows
        .into_iter()
        .map(|row| Made {
            id: row.id,
            name: row.name,
        })
        .collect())
}

/// What the page that makes a study asks for: a name, a lab and a kind. Everything else can wait.
pub fn make_form(name: &str) -> Result<String, Violations> {
    let mut violations = Violations::new();
    let name = domain::text::required_line("name", "the study's name", name, &mut violations);
    violations.or(name)
}

/// Makes a study. Whoever makes it is its admin.
pub async fn create(
    ctx: &Context,
    actor: &Actor,
    lab: LabId,
    kind: StudyKind,
    name: &str,
) -> Result<StudyId, Error> {
    actor.researcher_in_person()?;
    let (person, _) = allowed(
        &ctx.db,
        actor,
        Action::CreateLabAssociatedStudy,
        Target::Lab(lab),
    )
    .await?;
    let name = make_form(name)?;
    let contact = accounts::find(&ctx.db, person.account).await?;
    let ad = Ad {
        name,
        contact_info: format!("{} ({})", name_of(&contact), contact.email),
        ..Ad::default()
    };
    let content = Content {
        ad,
        design: Design::new(kind),
        ..Content::default()
    };
    let tx = ctx.begin().await?;
    let id = insert(ctx, &tx, person.account, lab, kind, content).await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::StudyCreated).study(id).lab(lab),
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// A new study with its first version, its log, and its admin.
async fn insert(
    ctx: &Context,
    db: &impl ConnectionTrait,
    creator: AccountId,
    lab: LabId,
    kind: StudyKind,
    content: Content,
) -> Result<StudyId, Error> {
    let (id, now) = (ctx.id(StudyId::from_parts)?, ctx.now());
    let mut row = study::ActiveModel {
        id: Set(id),
        lab_id: Set(lab),
        creator_id: Set(Some(creator)),
        salt: Set(secret_uuid()?),
        kind: Set(kind),
        state: Set(StudyState::Created),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    fill(&mut row, kind, content.clone());
    let row = row.insert(db).await?;
    versions::insert(
        ctx,
        db,
        &row,
        1,
        Some(creator),
        &content,
        &[],
        &Saving::default(),
    )
    .await?;
    let admin = study_member::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(id),
        account_id: Set(creator),
        role: Set(StudyRole::Admin),
        created_at: Set(now),
    };
    study_member::Entity::insert(admin)
        .exec_without_returning(db)
        .await?;
    log(
        ctx,
        db,
        id,
        Some(creator),
        StudyState::Created.as_str(),
        String::new(),
    )
    .await?;
    Ok(id)
}

pub(super) async fn log(
    ctx: &Context,
    db: &impl ConnectionTrait,
    study: StudyId,
    account: Option<AccountId>,
    action: &str,
    extra: String,
) -> Result<(), Error> {
    let row = study_log::ActiveModel {
        id: Set(ctx.id(StudyLogId::from_parts)?),
        study_id: Set(study),
        account_id: Set(account),
        action: Set(action.to_owned()),
        extra: Set(extra),
        created_at: Set(ctx.now()),
    };
    study_log::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The page of a study's ad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdPage {
    /// What it is.
    pub content: Content,
    /// How it is run.
    pub kind: StudyKind,
    /// Where it is in its life.
    pub state: StudyState,
    /// The version that is shown.
    pub version: i32,
    /// Name of its lab.
    pub lab: Made,
    /// Labs to which the person may move it.
    pub labs: Vec<Made>,
    /// Studies that its lists name.
    pub known: Vec<Known>,
}

/// A study that a list of earlier participation may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The study.
    pub id: StudyId,
    /// Its name; a sentence where the person may not know it.
    pub name: String,
}

/// What a study tells families, for whoever may change it.
pub async fn ad(ctx: &Context, actor: &Actor, id: StudyId) -> Result<AdPage, Error> {
    actor.researcher_in_person()?;
    let (row, lab, standing) = readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    let content = Content::try_from(&row)?;
    let named: BTreeSet<StudyId> = content
        .ad
        .must
        .union(&content.ad.must_not)
        .copied()
        .collect();
    let labs = if standing.grants(Action::ChangeStudyLab) {
        creatable(ctx, actor).await?
    } else {
        Vec::new()
    };
    Ok(AdPage {
        known: known(ctx, actor, named).await?,
        content,
        kind: row.kind,
        state: row.state,
        version: row.version,
        lab: Made {
            id: lab.id,
            name: lab.name,
        },
        labs,
    })
}

/// The condition under which a researcher may know that a study exists: its own, and what every
/// family can find (D9).
async fn visible(ctx: &Context, actor: &Actor) -> Result<Condition, Error> {
    let (_, scope) = scope(&ctx.db, actor, Action::ReadStudyDetails).await?;
    Ok(Condition::any().add(scope.condition()).add(
        Condition::all()
            .add(study::Column::State.eq(StudyState::Active))
            .add(study::Column::IsPublic.eq(true)),
    ))
}

async fn known(ctx: &Context, actor: &Actor, ids: BTreeSet<StudyId>) -> Result<Vec<Known>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(StudyId, String)> = study::Entity::find()
        .select_only()
        .column(study::Column::Id)
        .column(study::Column::Name)
        .filter(study::Column::Id.is_in(ids.iter().copied()))
        .filter(visible(ctx, actor).await?)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    Ok(ids
        .into_iter()
        .map(|id| Known {
            id,
            name: rows.iter().find(|(known, _)| *known == id).map_or_else(
                || "a study that is not yours to see".to_owned(),
                |(_, name)| name.clone(),
            ),
        })
        .collect())
}

/// Studies that a researcher may know, by words of their names; at most twenty.
pub async fn find_by_words(ctx: &Context, actor: &Actor, words: &str) -> Result<Vec<Known>, Error> {
    actor.researcher_in_person()?;
    let mut wanted = study::Entity::find()
        .select_only()
        .column(study::Column::Id)
        .column(study::Column::Name)
        .filter(visible(ctx, actor).await?)
        .filter(study::Column::State.ne(StudyState::Archived));
    for word in search_words(words) {
        wanted = wanted.filter(holds((study::Entity, study::Column::Name), &word));
    }
    let rows: Vec<(StudyId, String)> = wanted
        .order_by_asc(study::Column::Name)
        .limit(20)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, name)| Known { id, name })
        .collect())
}

/// Saves the ad as a new version, and moves the study to another lab if that is asked for.
pub async fn save_ad(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    form: &AdForm,
    lab: Option<LabId>,
    how: &Saving,
) -> Result<Saved, Error> {
    let person = actor.researcher_in_person()?;
    allowed(&ctx.db, actor, Action::WriteStudyDetails, Target::Study(id)).await?;
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    let (ad, settings) = form.check(&row.image)?;
    refuse_unknown(&tx, id, "must", &ad.must).await?;
    refuse_unknown(&tx, id, "must_not", &ad.must_not).await?;
    refuse_overwriting(&tx, &row, how, DraftPart::Ad).await?;
    let after = Content {
        ad,
        settings,
        ..Content::try_from(&row)?
    };
    let moved = lab.filter(|lab| *lab != row.lab_id);
    let row = match moved {
        Some(lab) => move_to(ctx, &tx, actor, row, lab, how).await?,
        None => row,
    };
    let saved = save(ctx, &tx, actor, row, after, how).await?;
    drafts::forget(&tx, id, person.account, DraftPart::Ad).await?;
    tx.commit().await?;
    Ok(saved)
}

async fn refuse_unknown(
    db: &impl ConnectionTrait,
    own: StudyId,
    field: &str,
    ids: &BTreeSet<StudyId>,
) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let found: Vec<StudyId> = study::Entity::find()
        .select_only()
        .column(study::Column::Id)
        .filter(study::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    match ids.iter().find(|id| !found.contains(id)) {
        Some(id) => Err(Error::field(
            field,
            "unknown",
            format!("There is no study {id}. Please check the UUID."),
        )),
        None if field == "must" && ids.contains(&own) => Err(Error::field(
            field,
            "own",
            "A study can't ask for an earlier visit to itself: nobody could ever begin.",
        )),
        None => Ok(()),
    }
}

/// Moves a study to another lab. Whoever works on it and does not belong to that lab stops doing
/// so.
async fn move_to(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    row: study::Model,
    lab: LabId,
    how: &Saving,
) -> Result<study::Model, Error> {
    let (person, _) = allowed(db, actor, Action::ChangeStudyLab, Target::Study(row.id)).await?;
    allowed(
        db,
        actor,
        Action::CreateLabAssociatedStudy,
        Target::Lab(lab),
    )
    .await?;
    let new = lab::Entity::find_by_id(lab)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Noun::Lab))?;
    let members = study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(row.id))
        .all(db)
        .await?;
    let mut has_admin = false;
    for member in members {
        if lab_role(db, lab, member.account_id).await?.is_some() {
            has_admin |= member.role == StudyRole::Admin;
        } else {
            study_member::Entity::delete_by_id(member.id)
                .exec(db)
                .await?;
        }
    }
    if !has_admin {
        return Err(Error::field(
            "lab",
            "no_admin",
            "Nobody who is an admin of this study belongs to that lab. Please make somebody of that lab an admin of the study first.",
        ));
    }
    audit::record(
        ctx,
        db,
        actor,
        Event::of(AuditAction::StudySaved)
            .study(row.id)
            .lab(lab)
            .detail(format!("moved to the lab {}", new.name)),
    )
    .await?;
    let mut changed: study::ActiveModel = row.clone().into();
    changed.lab_id = Set(lab);
    let moved = changed.update(db).await?;
    // Another lab answers for it now, so staff must agree again (`domain.md` §2.5).
    lose_approval(ctx, db, actor, moved, person.account, "Lab", how).await
}

/// Saves the design as a new version.
pub async fn save_design(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    form: &DesignForm,
    how: &Saving,
) -> Result<Saved, Error> {
    let person = actor.researcher_in_person()?;
    allowed(&ctx.db, actor, Action::WriteStudyDetails, Target::Study(id)).await?;
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    let before = Content::try_from(&row)?;
    let design = before.design.changed(row.kind, form)?;
    refuse_overwriting(&tx, &row, how, DraftPart::Design).await?;
    let saved = save(ctx, &tx, actor, row, Content { design, ..before }, how).await?;
    drafts::forget(&tx, id, person.account, DraftPart::Design).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Refuses to lay a text over one that somebody else saved meanwhile. Saving the other half of the
/// study is no conflict.
async fn refuse_overwriting(
    db: &impl ConnectionTrait,
    row: &study::Model,
    how: &Saving,
    part: DraftPart,
) -> Result<(), Error> {
    let Some(base) = how.base else { return Ok(()) };
    match drafts::conflict(db, row, base, part).await? {
        Some(words) => Err(Error::field(
            "base",
            "conflict",
            format!(
                "{words} Nothing of yours is lost: it stands below. Compare, take over what you need, and save again to put yours on top."
            ),
        )),
        None => Ok(()),
    }
}

/// Puts content into a study as a new version. The one way in which a study changes.
pub(super) async fn save(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    row: study::Model,
    after: Content,
    how: &Saving,
) -> Result<Saved, Error> {
    let (person, _) = allowed(db, actor, Action::WriteStudyDetails, Target::Study(row.id)).await?;
    if row.state == StudyState::Archived {
        return Err(Error::Conflict(
            "This study is archived, so it can't be changed. You can clone it.".to_owned(),
        ));
    }
    let row = ensure(ctx, db, row).await?;
    let before = Content::try_from(&row)?;
    let edits = before.edits(&after);
    if before == after {
        return Ok(Saved {
            version: row.version,
            edits,
            state: row.state,
            needs_review: false,
        });
    }
    let number = row.version + 1;
    versions::insert(
        ctx,
        db,
        &row,
        number,
        Some(person.account),
        &after,
        &edits,
        how,
    )
    .await?;
    let needing: Vec<&str> = edits
        .iter()
        .filter(|edit| edit.needs_review)
        .map(|edit| edit.field.label())
        .collect();
    let (state, kind) = (row.state, row.kind);
    let mut changed: study::ActiveModel = row.into();
    fill(&mut changed, kind, after);
    changed.version = Set(number);
    changed.updated_at = Set(ctx.now());
    if needing.is_empty() {
        // What needs no review goes where it would have gone with one.
        if state.is_approved() {
            changed.approved_version = Set(Some(number));
        } else if state == StudyState::Submitted {
            changed.submitted_version = Set(Some(number));
        }
    }
    let row = changed.update(db).await?;
    let fields: Vec<&str> = edits.iter().map(|edit| edit.field.label()).collect();
    audit::record(
        ctx,
        db,
        actor,
        Event::of(AuditAction::StudySaved)
            .study(row.id)
            .lab(row.lab_id)
            .detail(format!("version {number}: {}", fields.join(", "))),
    )
    .await?;
    let row = if needing.is_empty() {
        row
    } else {
        lose_approval(
            ctx,
            db,
            actor,
            row,
            person.account,
            &needing.join(", "),
            how,
        )
        .await?
    };
    Ok(Saved {
        version: number,
        edits,
        needs_review: row.state != state,
        state: row.state,
    })
}

/// Sends a study back for review because of an edit, and tells everybody; refuses unless whoever
/// edits has been told before.
async fn lose_approval(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    row: study::Model,
    by: AccountId,
    fields: &str,
    how: &Saving,
) -> Result<study::Model, Error> {
    let state = row.state.after_edit();
    if state == row.state {
        return Ok(row);
    }
    if !how.agrees {
        let consequence = if row.state == StudyState::Submitted {
            "takes the study out of the reviewers' queue"
        } else {
            "takes the approval away, and families can't take part until it is approved again"
        };
        return Err(Error::field(
            "agrees",
            "needs_review",
            format!(
                "This changes: {fields}. Saving it {consequence}. Nothing is saved yet. To go on, tick \u{201c}I know that it must be submitted again\u{201d} and save."
            ),
        ));
    }
    let mut changed: study::ActiveModel = row.into();
    changed.state = Set(state);
    changed.state_changed_at = Set(Some(ctx.now()));
    let row = changed.update(db).await?;
    log(
        ctx,
        db,
        row.id,
        Some(by),
        state.as_str(),
        serde_json::json!({ "edited": fields }).to_string(),
    )
    .await?;
    audit::record(
        ctx,
        db,
        actor,
        Event::of(AuditAction::StudyMoved)
            .study(row.id)
            .lab(row.lab_id)
            .detail(format!("{state}, by an edit of: {fields}")),
    )
    .await?;
    let person = name_of(&accounts::find(db, by).await?);
    let letter = Letter::StudyEdited {
        study: row.name.clone(),
        study_id: row.id.to_string(),
        person,
        fields: fields.to_owned(),
        state,
    };
    super::life::write_to_people(ctx, db, &row, &letter).await?;
    messages::write_to_staff(ctx, db, &letter).await?;
    Ok(row)
}

/// Sets the study's picture: square, drawn anew, nothing but pixels. An empty file removes it.
pub async fn set_image(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    file: Vec<u8>,
) -> Result<Saved, Error> {
    actor.researcher_in_person()?;
    allowed(&ctx.db, actor, Action::WriteStudyDetails, Target::Study(id)).await?;
    let name = pictures::keep(ctx, "image", file, (PICTURE, PICTURE), |width, height| {
        if width == height {
            Ok(())
        } else {
            Err(Violations::one(
                "image",
                "wrong_shape",
                format!("The picture must be exactly square. This one is {width} by {height}."),
            ))
        }
    })
    .await?;
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    let mut content = Content::try_from(&row)?;
    content.ad.image = format!("/pictures/{name}");
    let saved = save(ctx, &tx, actor, row, content, &Saving::default()).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Keeps an archive with the sources of a custom runner. It is looked into, never unpacked here.
pub async fn set_archive(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    file: Vec<u8>,
    how: &Saving,
) -> Result<Saved, Error> {
    actor.researcher_in_person()?;
    let (row, _, _) = readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    if row.kind != StudyKind::CustomRunner {
        return Err(Error::Conflict(
            "Only studies with a custom runner have an archive.".to_owned(),
        ));
    }
    if file.is_empty() {
        return Err(Error::field(
            "archive",
            "required",
            "Please choose an archive first.",
        ));
    }
    let file = tokio::task::spawn_blocking(move || archives::inspect(&file).map(|_| file))
        .await
        .map_err(|error| Error::internal(error))?
        .map_err(|error| Error::field("archive", "archive", error.advice()))?;
    let name = ctx.storage.store_archive(file).await?;
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    let mut content = Content::try_from(&row)?;
    content.design.runner.archive = name;
    let saved = save(ctx, &tx, actor, row, content, how).await?;
    tx.commit().await?;
    Ok(saved)
}

/// The page of a study's design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesignPage {
    /// Title.
    pub name: String,
    /// How it is run.
    pub kind: StudyKind,
    /// What it is.
    pub content: Content,
    /// Where it is in its life.
    pub state: StudyState,
    /// The version that is shown.
    pub version: i32,
    /// Secret with which the other site of an external study signs what it reports.
    pub webhook_secret: String,
}

/// What a study runs, for whoever may change it.
pub async fn design(ctx: &Context, actor: &Actor, id: StudyId) -> Result<DesignPage, Error> {
    actor.researcher_in_person()?;
    let (row, _, _) = readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    let content = Content::try_from(&row)?;
    let webhook_secret = if row.kind == StudyKind::External {
        crate::responses::webhook_secret(ctx, id)?
    } else {
        String::new()
    };
    Ok(DesignPage {
        name: row.name,
        kind: row.kind,
        content,
        state: row.state,
        version: row.version,
        webhook_secret,
    })
}

/// Copies a study: what it says and what it runs, not who works on it, what happened to it, or what
/// children answered. It needs a right to read the source, or its shared preview (D7).
pub async fn clone(ctx: &Context, actor: &Actor, id: StudyId) -> Result<StudyId, Error> {
    let person = actor.researcher_in_person()?;
    let source = study::Entity::find_by_id(id)
        .one(&ctx.db)
        .await?
        .filter(|row| row.state != StudyState::Archived)
        .ok_or(Error::NotFound(Noun::Study))?;
    let is_own = standing(&ctx.db, person, Target::Study(id))
        .await?
        .grants(Action::ReadStudyDetails);
    if !is_own && !source.has_shared_preview {
        return Err(Error::NotFound(Noun::Study));
    }
    let labs = creatable(ctx, actor).await?;
    let lab = labs
        .iter()
        .find(|lab| lab.id == source.lab_id)
        .or(labs.first())
        .map(|lab| lab.id)
        .ok_or_else(|| {
            Error::Conflict(
                "You belong to no lab in which you may make studies. Please join one first."
                    .to_owned(),
            )
        })?;
    let mut content = Content::try_from(&source)?;
    content.ad.name = format!("Copy of {}", content.ad.name)
        .chars()
        .take(domain::text::LINE)
        .collect();
    content.settings.is_public = false;
    content.settings.has_shared_preview = false;
    if !is_own {
        // Earlier participation may name studies that are nobody else's business.
        content.ad.must.clear();
        content.ad.must_not.clear();
    }
    let tx = ctx.begin().await?;
    let copy = insert(ctx, &tx, person.account, lab, source.kind, content).await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::StudyCloned)
            .study(copy)
            .lab(lab)
            .detail(format!("from {id}")),
    )
    .await?;
    tx.commit().await?;
    Ok(copy)
}

/// Deletes everything that previews of a study stored; gives back how many there were. `expected`
/// is the number that the person was shown: if there are more by now, it is asked again.
pub async fn delete_previews(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    expected: u64,
) -> Result<u64, Error> {
    actor.researcher_in_person()?;
    allowed(
        &ctx.db,
        actor,
        Action::DeleteAllPreviewData,
        Target::Study(id),
    )
    .await?;
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    let previews: Vec<(domain::responses::ResponseId, ChildId)> = response::Entity::find()
        .select_only()
        .column(response::Column::Id)
        .column(response::Column::ChildId)
        .filter(response::Column::StudyId.eq(id))
        .filter(response::Column::IsPreview.eq(true))
        .into_tuple()
        .all(&tx)
        .await?;
    let found = u64::try_from(previews.len()).unwrap_or(u64::MAX);
    if found > expected {
        return Err(Error::Conflict(format!(
            "There are {found} previews by now, more than the {expected} that you were shown. Please look again."
        )));
    }
    response::Entity::delete_many()
        .filter(response::Column::StudyId.eq(id))
        .filter(response::Column::IsPreview.eq(true))
        .exec(&tx)
        .await?;
    child::Entity::delete_many()
        .filter(child::Column::IsMadeUp.eq(true))
        .filter(child::Column::Id.is_in(previews.into_iter().map(|(_, child)| child)))
        .exec(&tx)
        .await?;
    uncount_previews(&tx, id).await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::PreviewsDeleted)
            .study(id)
            .lab(row.lab_id)
            .detail(format!("{found}")),
    )
    .await?;
    tx.commit().await?;
    Ok(found)
}
