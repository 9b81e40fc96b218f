//! Studies as their researchers see them: the list, and the page of one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::permissions::Action;
use domain::studies::{Content, Study, StudyId, StudyKind, StudyState, Transition};
use entities::{account, lab, study, study_count};
use protocol::{Frame, Problem};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, JoinType, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};

use super::life::LogEntry;
use super::{kinds, life, readable};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging, holds, search_words};
use crate::permissions::scope;

/// Which studies a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StudyTab {
    /// All but the archived.
    #[default]
    All,
    /// Those that the person made.
    Mine,
    /// Those in one of these states.
    In(&'static [StudyState]),
}

/// Order of a list of studies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StudySort {
    /// By name.
    Name,
    /// Latest change of state first.
    #[default]
    State,
    /// Latest edit first.
    Edited,
    /// Most responses first.
    Responses,
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedStudies {
    /// Which.
    pub tab: StudyTab,
    /// Words that must all stand in the name or the description.
    pub search: String,
    /// Order.
    pub sort: StudySort,
}

/// A study in a researcher's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabStudy {
    /// The study.
    pub id: StudyId,
    /// Title.
    pub name: String,
    /// Name of its lab.
    pub lab_name: String,
    /// How it is run.
    pub kind: StudyKind,
    /// Where it is in its life.
    pub state: StudyState,
    /// Since when.
    pub state_changed_at: DateTime<Utc>,
    /// When it was last saved.
    pub updated_at: DateTime<Utc>,
    /// Who made it; empty if that account is gone.
    pub creator: String,
    /// Visits, previews left out.
    pub responses: i32,
    /// Visits with a submitted exit survey.
    pub completed: i32,
    /// Visits with a completed consent frame.
    pub consented: i32,
}

/// How many studies stand in each state, for the tabs; the archived are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StudyTabs {
    by_state: HashMap<StudyState, u64>,
    /// Studies that the person made.
    pub mine: u64,
}

impl StudyTabs {
    /// How many stand in one of these states.
    pub fn in_states(&self, states: &[StudyState]) -> u64 {
        states
            .iter()
            .filter_map(|state| self.by_state.get(state))
            .sum()
    }

    /// How many there are.
    pub fn all(&self) -> u64 {
        self.by_state.values().sum()
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: StudyId,
    name: String,
    kind: StudyKind,
    state: StudyState,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    state_changed_at: Option<DateTime<Utc>>,
    lab_name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    responses: Option<i32>,
    completed: Option<i32>,
    consented: Option<i32>,
}

/// Studies whose details a researcher may read. What it costs depends on the number of studies,
/// never on that of responses.
pub async fn list_of_labs(
    ctx: &Context,
    actor: &Actor,
    wanted: &WantedStudies,
    paging: Paging,
) -> Result<(StudyTabs, Page<LabStudy>), Error> {
    let person = actor.researcher_in_person()?;
    let (_, scope) = scope(&ctx.db, actor, Action::ReadStudyDetails).await?;
    if scope.is_empty() {
        return Ok((
            StudyTabs::default(),
            Page {
                entries: Vec::new(),
                total: 0,
                paging,
            },
        ));
    }
    let ours = Condition::all()
        .add(scope.condition())
        .add(study::Column::State.ne(StudyState::Archived));
    let counted: Vec<(StudyState, i64, i64)> = study::Entity::find()
        .select_only()
        .column(study::Column::State)
        .column_as(
            Expr::col((study::Entity, study::Column::Id)).count(),
            "count",
        )
        .column_as(
            Expr::expr(
                Expr::case(
                    Expr::col((study::Entity, study::Column::CreatorId)).eq(person.account),
                    1,
                )
                .finally(0),
            )
            .sum(),
            "mine",
        )
        .filter(ours.clone())
        .group_by(study::Column::State)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let whole = |count: i64| u64::try_from(count).unwrap_or_default();
    let tabs = StudyTabs {
        mine: counted.iter().map(|(_, _, mine)| whole(*mine)).sum(),
        by_state: counted
            .into_iter()
            .map(|(state, count, _)| (state, whole(count)))
            .collect(),
    };
    let mut rows = study::Entity::find().filter(ours);
    rows = match wanted.tab {
        StudyTab::All => rows,
        StudyTab::Mine => rows.filter(study::Column::CreatorId.eq(person.account)),
        StudyTab::In(states) => rows.filter(study::Column::State.is_in(states.iter().copied())),
    };
    for word in search_words(&wanted.search) {
        rows = rows.filter(holds((study::Entity, study::Column::Name), &word).or(holds(
            (study::Entity, study::Column::ShortDescription),
            &word,
        )));
    }
    let total = rows.clone().count(&ctx.db).await?;
    let rows = match wanted.sort {
        StudySort::Name => rows.order_by_asc(study::Column::Name),
        StudySort::State => rows.order_by(
            Expr::cust("coalesce(study.state_changed_at, study.created_at)"),
            Order::Desc,
        ),
        StudySort::Edited => rows.order_by_desc(study::Column::UpdatedAt),
        StudySort::Responses => rows.order_by(
            Expr::cust("coalesce(study_count.responses, 0)"),
            Order::Desc,
        ),
    };
    let rows: Vec<Row> = rows
        .select_only()
        .columns([
            study::Column::Id,
            study::Column::Name,
            study::Column::Kind,
            study::Column::State,
            study::Column::CreatedAt,
            study::Column::UpdatedAt,
            study::Column::StateChangedAt,
        ])
        .column_as(lab::Column::Name, "lab_name")
        .columns([account::Column::GivenName, account::Column::FamilyName])
        .columns([
            study_count::Column::Responses,
            study_count::Column::Completed,
            study_count::Column::Consented,
        ])
        .join(JoinType::LeftJoin, study::Relation::Lab.def())
        .join(JoinType::LeftJoin, study::Relation::Creator.def())
        .join(JoinType::LeftJoin, study::Relation::Count.def())
        .order_by_asc(study::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .into_model()
        .all(&ctx.db)
        .await?;
    let entries = rows
        .into_iter()
        .map(|row| LabStudy {
            id: row.id,
            name: row.name,
            lab_name: row.lab_name.unwrap_or_default(),
            kind: row.kind,
            state: row.state,
            state_changed_at: row.state_changed_at.unwrap_or(row.created_at),
            updated_at: row.updated_at,
            creator: format!(
                "{} {}",
                row.given_name.unwrap_or_default(),
                row.family_name.unwrap_or_default()
            )
            .trim()
            .to_owned(),
            responses: row.responses.unwrap_or_default(),
            completed: row.completed.unwrap_or_default(),
            consented: row.consented.unwrap_or_default(),
        })
        .collect();
    Ok((
        tabs,
        Page {
            entries,
            total,
            paging,
        },
    ))
}

/// A study as its researchers see it.
#[derive(Clone, Debug)]
pub struct LabStudyPage {
    /// The study.
    pub study: Study,
    /// What it holds now.
    pub content: Content,
    /// Number of its latest version.
    pub version: i32,
    /// Number of the version that families run.
    pub approved_version: Option<i32>,
    /// Name of its lab.
    pub lab_name: String,
    /// Whether the lab may run studies.
    pub is_lab_approved: bool,
    /// The frames of one possible run, where a protocol is written down.
    pub frames: Vec<Frame>,
    /// What is wrong with its design, or worth a look.
    pub problems: Vec<Problem>,
    /// What it still needs before it can be submitted.
    pub needs: Vec<String>,
    /// What the person may do to its state.
    pub offers: Vec<Transition>,
    /// Since when it is in its state.
    pub state_changed_at: DateTime<Utc>,
    /// The last words that were written along with a change of state.
    pub comment: String,
    /// Who approved it last, and when.
    pub approval: Option<(String, DateTime<Utc>)>,
    /// Whether the person may read what children answered.
    pub may_read_responses: bool,
    /// Whether the person may read what previews stored.
    pub may_read_previews: bool,
    /// Whether the person may delete what previews stored.
    pub may_delete_previews: bool,
    /// Whether the person may change it.
    pub may_write: bool,
    /// Whether the person may choose who works on it, and read its audit.
    pub may_manage_people: bool,
    /// Whether the person may make a copy somewhere.
    pub may_clone: bool,
    /// Visits, previews left out.
    pub responses: i32,
    /// Previews that stored something.
    pub previews: i32,
    /// Whether every researcher may try it.
    pub has_shared_preview: bool,
    /// The last things that happened to its state, latest first.
    pub log: Vec<LogEntry>,
}

/// One study of a researcher's lab.
pub async fn find_of_lab(ctx: &Context, actor: &Actor, id: StudyId) -> Result<LabStudyPage, Error> {
    let (row, lab, standing) = readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    let counts = study_count::Entity::find()
        .filter(study_count::Column::StudyId.eq(id))
        .one(&ctx.db)
        .await?;
    let content = Content::try_from(&row)?;
    let look = kinds::of(row.kind).look(&content.design);
    let approval = if row.state.is_approved() {
        life::approval(&ctx.db, id).await?
    } else {
        None
    };
    let may_clone =
        actor.researcher_in_person().is_ok() && !super::creatable(ctx, actor).await?.is_empty();
    Ok(LabStudyPage {
        study: Study::try_from(&row)?,
        version: row.version,
        approved_version: row.approved_version,
        lab_name: lab.name,
        is_lab_approved: lab.is_approved_to_test,
        needs: look.needs(&content.ad),
        frames: look.frames,
        problems: look.problems,
        offers: Transition::offered(row.state, standing),
        state_changed_at: row.state_changed_at.unwrap_or(row.created_at),
        comment: row.comments,
        approval,
        may_read_responses: standing.grants(Action::ReadStudyResponseData),
        may_read_previews: standing.grants(Action::ReadStudyPreviewData),
        may_delete_previews: standing.grants(Action::DeleteAllPreviewData),
        may_write: standing.grants(Action::WriteStudyDetails),
        may_manage_people: standing.grants(Action::ManageStudyResearchers),
        may_clone,
        responses: counts
            .as_ref()
            .map(|counts| counts.responses)
            .unwrap_or_default(),
        previews: counts
            .as_ref()
            .map(|counts| counts.previews)
            .unwrap_or_default(),
        has_shared_preview: row.has_shared_preview,
        log: life::entries(ctx, id, None, Paging { page: 1, size: 5 })
            .await?
            .entries,
        content,
    })
}

/// A study's name, for the head of a page, for whoever may read its details.
pub async fn name_for(ctx: &Context, actor: &Actor, id: StudyId) -> Result<String, Error> {
    Ok(readable(ctx, actor, id, Action::ReadStudyDetails)
        .await?
        .0
        .name)
}
