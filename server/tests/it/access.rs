//! Who gets what from every route. The answers of all routes to all kinds of people are recorded in
//! `snapshots/access.snap`; a route that is not there can't exist, since the list is made from the
//! tables that the router is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use app::routes::App;
use domain::accounts::{AccountId, Powers};
use domain::labs::{LabId, LabRole};
use domain::studies::{StudyId, StudyRole};
use entities::{account, child, lab, lab_member, study_member};
use leptos_axum::generate_route_list;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use services::Actor;
use services::accounts::{self, NewAccount};
use services::demo::FAMILY;

use crate::support::TestSite;

/// Kinds of people, in the order of the columns.
pub(crate) const CAST: &[&str] = &[
    "visitor",
    "family",
    "no_factor",
    "pending",
    "nobody",
    "guest",
    "read_only",
    "member",
    "lab_admin",
    "preview",
    "design",
    "analysis",
    "submission_processor",
    "researcher",
    "manager",
    "study_admin",
    "other_admin",
    "site_admin",
    "superuser",
];

/// A site with one person of each kind, each signed in.
struct Stage {
    site: TestSite,
    /// By person, empty for the visitor.
    cookies: Vec<String>,
    /// What stands in a path for its placeholders.
    things: BTreeMap<&'static str, String>,
}

async fn stage() -> Stage {
    let site = TestSite::new().await;
    let found = site.study("The cat who wanted the moon").await;
    let mut things = BTreeMap::from([
        ("{study}", found.id.to_string()),
        ("{lab}", found.lab_id.to_string()),
        ("{file}", "none.eml".to_owned()),
        ("{name}", "none.png".to_owned()),
    ]);
    let child = child::Entity::find().one(&site.db).await.unwrap().unwrap();
    things.insert("{child}", child.id.to_string());
    let other = other_lab(&site).await;
    let mut cookies = Vec::new();
    for who in CAST {
        let account = match *who {
            "visitor" => {
                cookies.push(String::new());
                continue;
            }
            "family" => family(&site).await,
            who => cast(&site, who, [found.lab_id, other], found.id).await,
        };
        if *who == "member" {
            things.insert("{account}", account.to_string());
        }
        let has_second_factor = !["family", "no_factor", "pending"].contains(who);
        cookies.push(site.mint_session(account, has_second_factor).await);
    }
    Stage {
        site,
        cookies,
        things,
    }
}

async fn other_lab(site: &TestSite) -> LabId {
    let id = site.ctx.id(LabId::from_parts).unwrap();
    lab::ActiveModel {
        id: Set(id),
        name: Set("Other".into()),
        contact_email: Set("other@lab.example".into()),
        created_at: Set(site.ctx.now()),
        ..Default::default()
    }
    .insert(&site.db)
    .await
    .unwrap();
    id
}

async fn family(site: &TestSite) -> AccountId {
    let found = account::Entity::find().filter(account::Column::Email.eq(FAMILY.email));
    found.one(&site.db).await.unwrap().unwrap().id
}

/// An account with the rights and roles that its name says.
async fn cast(site: &TestSite, who: &str, [own, other]: [LabId; 2], study: StudyId) -> AccountId {
    let ctx = &site.ctx;
    let new = NewAccount {
        powers: Powers {
            is_staff: who == "site_admin",
            is_superuser: who == "superuser",
            is_researcher: !["site_admin", "superuser"].contains(&who),
        },
        given_name: who.into(),
        family_name: "Cast".into(),
        ..NewAccount::default()
    };
    let email = format!("{who}@cast.example");
    let password = "lanterns hum past midnight".to_owned();
    let id = accounts::create(ctx, &Actor::System, &email, password.into(), new)
        .await
        .unwrap();
    let lab_role = match who {
        "guest" => Some((own, LabRole::Guest)),
        "read_only" => Some((own, LabRole::ReadOnly)),
        "member" => Some((own, LabRole::Member)),
        "lab_admin" | "no_factor" | "pending" => Some((own, LabRole::Admin)),
        "other_admin" => Some((other, LabRole::Admin)),
        _ => None,
    };
    if let Some((lab, role)) = lab_role {
        lab_member::ActiveModel {
            id: Set(ctx.uuid().unwrap()),
            lab_id: Set(lab),
            account_id: Set(id),
            role: Set(role),
            created_at: Set(ctx.now()),
        }
        .insert(&site.db)
        .await
        .unwrap();
    }
    let study_role = match who {
        "study_admin" => Some(StudyRole::Admin),
        who => who.parse().ok(),
    };
    if let Some(role) = study_role {
        study_member::ActiveModel {
            id: Set(ctx.uuid().unwrap()),
            study_id: Set(study),
            account_id: Set(id),
            role: Set(role),
            created_at: Set(ctx.now()),
        }
        .insert(&site.db)
        .await
        .unwrap();
    }
    account::ActiveModel {
        id: Set(id),
        has_second_factor: Set(who != "no_factor"),
        ..Default::default()
    }
    .update(&site.db)
    .await
    .unwrap();
    id
}

/// Any id that nothing has.
const NOTHING: &str = "00000000-0000-4000-8000-000000000000";

/// A path with something in place of its placeholders.
fn filled(path: &str, things: &BTreeMap<&str, String>) -> String {
    let part = |part: &str| match part {
        "{token}" if path.starts_with("/link") => {
            "keep.00000000000040008000000000000000.1.x".to_owned()
        }
        part if part.starts_with('{') => things
            .get(part)
            .cloned()
            .unwrap_or_else(|| NOTHING.to_owned()),
        part => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// What everybody gets, one after the other.
async fn row(site: &TestSite, stage: &Stage, method: &str, path: &str) -> Vec<u16> {
    let filled = filled(path, &stage.things);
    let mut row = Vec::new();
    for cookie in &stage.cookies {
        let answer = if method == "POST" {
            site.post(&filled, cookie, &[]).await
        } else {
            site.get(&filled, cookie).await
        };
        assert!(!answer.body.contains("stack backtrace"));
        assert!(
            answer.status.as_u16() != 500,
            "{method} {path}: {}",
            answer.body
        );
        row.push(answer.status.as_u16());
    }
    row
}

/// The paths of what is read, and of what is posted.
pub fn routes() -> (Vec<String>, Vec<String>) {
    let pages: BTreeSet<String> = generate_route_list(App)
        .iter()
        .map(|route| route.path().to_owned())
        .filter(|path| !path.starts_with("/api"))
        .collect();
    let others = |wanted: &str| {
        server::http::site::OTHERS
            .iter()
            .filter(|(method, _, _)| *method == wanted)
            .map(|(_, path, _)| (*path).to_owned())
            .collect::<Vec<_>>()
    };
    let functions = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path.to_owned())
        .collect::<BTreeSet<_>>();
    let gets = pages.into_iter().chain(others("GET")).collect();
    let posts = server::http::forms::FORMS
        .iter()
        .map(|(path, _)| (*path).to_owned())
        .chain(others("POST"))
        .chain(functions)
        .collect();
    (gets, posts)
}

type Table = BTreeMap<(String, String), Vec<u16>>;

async fn walk() -> Table {
    let (gets, posts) = routes();
    let stage = stage().await;
    let mut table = Table::new();
    for path in gets {
        let row = row(&stage.site, &stage, "GET", &path).await;
        table.insert(("GET".to_owned(), path), row);
    }
    for path in posts {
        // What one form does must not change what the next finds.
        let site = stage.site.copy().await;
        let row = row(&site, &stage, "POST", &path).await;
        site.end().finish_jobs().await;
        table.insert(("POST".to_owned(), path), row);
    }
    table
}

/// The table as it is recorded.
fn text(table: &Table) -> String {
    let mut text = format!("{:<4} {:<50}", "", "");
    for who in CAST {
        let _ = write!(text, " {}", who.chars().take(7).collect::<String>());
    }
    text.push('\n');
    for ((method, path), row) in table {
        let mut line = format!("{method:<4} {path:<50}");
        for (who, status) in CAST.iter().zip(row) {
            let _ = write!(line, " {status:<width$}", width = who.len().min(7));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[tokio::test]
async fn every_route_answers_every_kind_of_person_as_recorded() {
    let table = walk().await;
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("access", text(&table)));
    for ((method, path), row) in &table {
        holds_always(method, path, row);
    }
}

/// What must hold of every route, whatever is recorded.
fn holds_always(method: &str, path: &str, row: &[u16]) {
    let of = |who: &str| row[CAST.iter().position(|known| *known == who).unwrap()];
    let is_turned_away = |who: &str| {
        let status = of(who);
        assert!(
            [302, 303, 401].contains(&status),
            "{method} {path} lets {who} in: {status}"
        );
    };
    if path.starts_with("/exp") || path.starts_with("/staff") {
        for who in ["visitor", "no_factor", "pending"] {
            is_turned_away(who);
        }
        let family = of("family");
        assert!(
            [403, 404].contains(&family)
                || (method == "POST" && family == 422 && path.ends_with("pictures")),
            "{method} {path} lets a family in: {family}"
        );
    }
    if path.starts_with("/account") {
        for who in ["visitor", "pending"] {
            is_turned_away(who);
        }
    }
}

/// The recorded answers, which the walk holds to be true.
pub(crate) fn recorded() -> Table {
    let snapshot = include_str!("snapshots/access.snap");
    let rows = snapshot
        .lines()
        .filter(|line| line.starts_with("GET") || line.starts_with("POST"));
    rows.map(|line| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        (
            (method, path),
            words.map(|status| status.parse().unwrap()).collect(),
        )
    })
    .collect()
}
