//! Making a study, from nothing or as a copy of another.

use chrono::Duration;
use domain::Violations;
use domain::audit::AuditAction;
use domain::labs::LabId;
use domain::permissions::Action;
use domain::studies::{Ad, Content, Design, StudyId, StudyKind, StudyRole, StudyState};
use entities::{lab, lab_member, study, study_member};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::log::{self, Extra};
use super::quotas::{self, Rate};
use super::{contents, kinds};
use crate::act::{Act, OfLab};
use crate::actor::{Actor, Person};
use crate::audit::Event;
use crate::context::{Context, secret_uuid};
use crate::error::{Error, Noun};
use crate::people::{self, name_of};
use crate::permissions::{ActionTarget, roles};

/// How long the same study, or the same comment, is taken for a button that was pressed twice.
pub(super) const TWICE: Duration = Duration::minutes(1);

/// A lab in which the person may make studies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabChoice {
    pub id: LabId,
    pub name: String,
}

/// Labs in which the actor may make studies, by name.
pub async fn labs_for_new_studies(ctx: &Context, actor: &Actor) -> Result<Vec<LabChoice>, Error> {
    let person = actor.researcher_in_person()?;
    let rows = if is_staff(person) {
        lab::Entity::find()
            .order_by_asc(lab::Column::Name)
            .all(&ctx.db)
            .await?
    } else {
        own_labs(ctx, person).await?
    };
    let labs = rows.into_iter().map(|row| LabChoice {
        id: row.id,
        name: row.name,
    });
    Ok(labs.collect())
}

/// Whether somebody may make studies in every lab.
fn is_staff(person: &Person) -> bool {
    person
        .powers
        .staff_role()
        .is_some_and(|role| role.grants(Action::CreateLabAssociatedStudy))
}

async fn own_labs(ctx: &Context, person: &Person) -> Result<Vec<lab::Model>, Error> {
    let memberships = lab_member::Entity::find()
        .filter(lab_member::Column::AccountId.eq(person.account))
        .find_also_related(lab::Entity)
        .all(&ctx.db)
        .await?;
    let mut labs: Vec<lab::Model> = memberships
        .into_iter()
        .filter(|(row, _)| row.role.grants(Action::CreateLabAssociatedStudy))
        .filter_map(|(_, lab)| lab)
        .collect();
    labs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(labs)
}

/// What the page that makes a study asks for: a name, a lab and a kind. Everything else can wait.
pub fn check_name(name: &str) -> Result<String, Violations> {
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
    quotas::count(ctx, actor, Rate::Studies).await?;
    let act = Act::lab(ctx, actor, lab, Action::CreateLabAssociatedStudy).await?;
    let name = check_name(name)?;
    if !kinds::of(kind).can_be_made() {
        return Err(Error::field(
            "kind",
            "not_yet",
            "Studies of this kind can't be made on this site yet. Please choose another kind.",
        ));
    }
    if let Some(id) = made_just_now(&act, kind, &name).await? {
        return act.unchanged(id).await;
    }
    quotas::refuse_more_studies(&act).await?;
    let contact = people::find(&act.tx, act.person.account).await?;
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
    let id = insert(&act, kind, content).await?;
    act.audit(Event::of(AuditAction::StudyCreated).study(id))
        .await?;
    act.commit(id).await
}

/// The same study, if the person made it a moment ago: they pressed the button twice.
async fn made_just_now(
    act: &Act<'_, OfLab<'_>>,
    kind: StudyKind,
    name: &str,
) -> Result<Option<StudyId>, Error> {
    let made = study::Entity::find()
        .select_only()
        .column(study::Column::Id)
        .filter(study::Column::CreatorId.eq(act.person.account))
        .filter(study::Column::LabId.eq(act.lab.id))
        .filter(study::Column::Kind.eq(kind))
        .filter(study::Column::Name.eq(name))
        .filter(study::Column::State.eq(StudyState::Created))
        .filter(study::Column::Version.eq(1))
        .filter(study::Column::CreatedAt.gt(act.ctx.now() - TWICE))
        .into_tuple();
    Ok(made.one(&act.tx).await?)
}

/// A new study with its first version, its log, and its admin.
async fn insert(
    act: &Act<'_, OfLab<'_>>,
    kind: StudyKind,
    content: Content,
) -> Result<StudyId, Error> {
    let (ctx, creator) = (act.ctx, act.person.account);
    let (id, now) = (ctx.id(StudyId::from_parts)?, ctx.now());
    let row = study::ActiveModel {
        id: Set(id),
        lab_id: Set(act.lab.id),
        creator_id: Set(Some(creator)),
        salt: Set(secret_uuid()?),
        kind: Set(kind),
        state: Set(StudyState::Created),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    contents::create(ctx, &act.tx, row, &content).await?;
    let admin = study_member::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(id),
        account_id: Set(creator),
        role: Set(StudyRole::Admin),
        created_at: Set(now),
    };
    study_member::Entity::insert(admin)
        .exec_without_returning(&act.tx)
        .await?;
    log::append(act, id, StudyState::Created, &Extra::default()).await?;
    Ok(id)
}

/// Copies a study: what it says and what it runs, not who works on it, what happened to it, or what
/// children answered. It needs a right to read the source, or its shared preview.
pub async fn clone(ctx: &Context, actor: &Actor, id: StudyId) -> Result<StudyId, Error> {
    let person = actor.researcher_in_person()?;
    quotas::count(ctx, actor, Rate::Studies).await?;
    let source = study::Entity::find_by_id(id).one(&ctx.db).await?;
    let lab = source.map(|source| source.lab_id);
    let labs = labs_for_new_studies(ctx, actor).await?;
    let own = labs.iter().find(|own| Some(own.id) == lab);
    let Some(lab) = own.or(labs.first()).map(|lab| lab.id) else {
        may_copy(&ctx.db, person, id).await?;
        return Err(Error::Conflict(
            "You don't belong to a lab in which you may create studies. Please join one first."
                .to_owned(),
        ));
    };
    let act = Act::lab(ctx, actor, lab, Action::CreateLabAssociatedStudy).await?;
    let (source, is_own) = may_copy(&act.tx, person, id).await?;
    let content = copied(contents::current(&act.tx, &source).await?, is_own);
    if let Some(copy) = made_just_now(&act, source.kind, &content.ad.name).await? {
        return act.unchanged(copy).await;
    }
    quotas::refuse_more_studies(&act).await?;
    let copy = insert(&act, source.kind, content).await?;
    let event = Event::of(AuditAction::StudyCloned).study(copy);
    act.audit(event.detail(format!("from {id}"))).await?;
    act.commit(copy).await
}

/// The study, if the person may copy it, and whether it is by a role of its own.
async fn may_copy(
    db: &impl sea_orm::ConnectionTrait,
    person: &Person,
    id: StudyId,
) -> Result<(study::Model, bool), Error> {
    let source = study::Entity::find_by_id(id)
        .one(db)
        .await?
        .filter(|row| row.state != StudyState::Archived)
        .ok_or(Error::NotFound(Noun::Study))?;
    let roles = roles(db, person, ActionTarget::Study(id)).await?;
    let is_own = roles.grants(Action::ReadStudyDetails);
    if is_own || source.has_shared_preview {
        Ok((source, is_own))
    } else {
        Err(Error::NotFound(Noun::Study))
    }
}

fn copied(mut content: Content, is_own: bool) -> Content {
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
    content
}
