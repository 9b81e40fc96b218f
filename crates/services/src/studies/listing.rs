//! The list of studies, as researchers see it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::permissions::Action;
use domain::studies::{StudyId, StudyKind, StudyState};
use entities::{account, lab, study, study_count};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, JoinType, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select,
};

use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging, holds, search_words};
use crate::permissions::within;

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
    pub tab: StudyTab,
    /// Words that must all stand in the name or the description.
    pub search: String,
    pub sort: StudySort,
}

/// A study in a researcher's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabStudy {
    pub id: StudyId,
    pub name: String,
    pub lab_name: String,
    pub kind: StudyKind,
    pub state: StudyState,
    /// Since when it is in its state.
    pub state_changed_at: DateTime<Utc>,
    /// When it was last saved.
    pub updated_at: DateTime<Utc>,
    /// Who made it; empty if that account is gone.
    pub creator: String,
    /// Responses of families, previews left out.
    pub responses: i32,
    /// Responses with a submitted exit survey.
    pub completed: i32,
    /// Responses with a completed consent frame.
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

    pub fn all(&self) -> u64 {
        self.by_state.values().sum()
    }

    fn in_tab(&self, tab: StudyTab) -> u64 {
        match tab {
            StudyTab::All => self.all(),
            StudyTab::Mine => self.mine,
            StudyTab::In(states) => self.in_states(states),
        }
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

impl From<Row> for LabStudy {
    fn from(row: Row) -> Self {
        let (given, family) = (
            row.given_name.unwrap_or_default(),
            row.family_name.unwrap_or_default(),
        );
        Self {
            id: row.id,
            name: row.name,
            lab_name: row.lab_name.unwrap_or_default(),
            kind: row.kind,
            state: row.state,
            state_changed_at: row.state_changed_at.unwrap_or(row.created_at),
            updated_at: row.updated_at,
            creator: format!("{given} {family}").trim().to_owned(),
            responses: row.responses.unwrap_or_default(),
            completed: row.completed.unwrap_or_default(),
            consented: row.consented.unwrap_or_default(),
        }
    }
}

/// Studies whose details a researcher may read. What it costs depends on the number of studies,
/// never on that of responses.
pub async fn list_of_labs(
    ctx: &Context,
    actor: &Actor,
    wanted: &WantedStudies,
    paging: Paging,
) -> Result<(StudyTabs, Page<LabStudy>), Error> {
    actor.researcher_in_person()?;
    let (person, own) = within(actor, Action::ReadStudyDetails)?;
    let own = own.add(study::Column::State.ne(StudyState::Archived));
    let tabs = tabs(ctx, &own, person.account).await?;
    let rows = filtered(study::Entity::find().filter(own), wanted, person.account);
    let total = if wanted.search.trim().is_empty() {
        tabs.in_tab(wanted.tab)
    } else {
        rows.clone().count(&ctx.db).await?
    };
    let rows = with_names_and_counts(sorted(rows, wanted.sort))
        .order_by_asc(study::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .into_model::<Row>()
        .all(&ctx.db)
        .await?;
    let page = Page {
        entries: rows.into_iter().map(LabStudy::from).collect(),
        total,
        paging,
    };
    Ok((tabs, page))
}

async fn tabs(ctx: &Context, own: &Condition, account: AccountId) -> Result<StudyTabs, Error> {
    let is_mine = Expr::case(
        Expr::col((study::Entity, study::Column::CreatorId)).eq(account),
        1,
    );
    let counted: Vec<(StudyState, i64, i64)> = study::Entity::find()
        .select_only()
        .column(study::Column::State)
        .column_as(
            Expr::col((study::Entity, study::Column::Id)).count(),
            "count",
        )
        .column_as(Expr::expr(is_mine.finally(0)).sum(), "mine")
        .filter(own.clone())
        .group_by(study::Column::State)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let whole = |count: i64| u64::try_from(count).unwrap_or_default();
    Ok(StudyTabs {
        mine: counted.iter().map(|(_, _, mine)| whole(*mine)).sum(),
        by_state: counted
            .into_iter()
            .map(|(state, count, _)| (state, whole(count)))
            .collect(),
    })
}

fn filtered(
    rows: Select<study::Entity>,
    wanted: &WantedStudies,
    account: AccountId,
) -> Select<study::Entity> {
    let mut rows = match wanted.tab {
        StudyTab::All => rows,
        StudyTab::Mine => rows.filter(study::Column::CreatorId.eq(account)),
        StudyTab::In(states) => rows.filter(study::Column::State.is_in(states.iter().copied())),
    };
    for word in search_words(&wanted.search) {
        rows = rows.filter(holds((study::Entity, study::Column::SearchText), &word));
    }
    rows
}

fn sorted(rows: Select<study::Entity>, sort: StudySort) -> Select<study::Entity> {
    match sort {
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
    }
}

fn with_names_and_counts(rows: Select<study::Entity>) -> Select<study::Entity> {
    rows.select_only()
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
}
