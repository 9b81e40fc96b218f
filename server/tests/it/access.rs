//! Who gets what from every route. The answers of all routes to all kinds of people are recorded in
//! `snapshots/access.snap`; a route that is not there can't exist, since the list is made from the
//! router.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use app::routes::App;
use domain::accounts::{Email, Powers};
use domain::labs::{LabId, LabRole};
use domain::studies::{StudyId, StudyRole};
use entities::{account, lab, lab_member, session, study, study_member};
use leptos_axum::generate_route_list;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use services::accounts::{self, Device, NewAccount};
use services::demo::FAMILY;
use services::{Actor, Context};

use crate::support::TestSite;

/// Kinds of people, in the order of the columns.
const CAST: &[&str] = &[
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

const PASSWORD: &str = "lanterns hum past midnight";

struct Stage {
    site: TestSite,
    lab: LabId,
    study: StudyId,
    child: String,
}

async fn make(ctx: &Context, name: &str, powers: Powers) {
    let new = NewAccount {
        powers,
        given_name: name.into(),
        family_name: "Cast".into(),
        ..NewAccount::default()
    };
    accounts::create(
        ctx,
        &Actor::System,
        &format!("{name}@cast.example"),
        PASSWORD.to_owned().into(),
        new,
    )
    .await
    .unwrap();
}

async fn id_of(ctx: &Context, name: &str) -> domain::accounts::AccountId {
    let email = Email::parse(&format!("{name}@cast.example")).unwrap();
    account::Entity::find()
        .filter(account::Column::Email.eq(email.as_str()))
        .one(&ctx.db)
        .await
        .unwrap()
        .unwrap()
        .id
}

/// A site with one person of each kind.
async fn stage() -> Stage {
    let site = TestSite::new().await;
    let ctx = &site.ctx;
    let found = study::Entity::find()
        .filter(study::Column::Name.eq("The cat who wanted the moon"))
        .one(&ctx.db)
        .await
        .unwrap()
        .unwrap();
    let other = ctx.id(LabId::from_parts).unwrap();
    lab::ActiveModel {
        id: Set(other),
        name: Set("Other".into()),
        contact_email: Set("other@lab.example".into()),
        created_at: Set(ctx.now()),
        ..Default::default()
    }
    .insert(&ctx.db)
    .await
    .unwrap();
    for name in CAST
        .iter()
        .filter(|name| !["visitor", "family"].contains(name))
    {
        let powers = match *name {
            "site_admin" => Powers {
                is_staff: true,
                ..Powers::default()
            },
            "superuser" => Powers {
                is_superuser: true,
                ..Powers::default()
            },
            _ => Powers {
                is_researcher: true,
                ..Powers::default()
            },
        };
        make(ctx, name, powers).await;
        let id = id_of(ctx, name).await;
        let lab_role = match *name {
            "guest" => Some((found.lab_id, LabRole::Guest)),
            "read_only" => Some((found.lab_id, LabRole::ReadOnly)),
            "member" => Some((found.lab_id, LabRole::Member)),
            "lab_admin" | "no_factor" | "pending" => Some((found.lab_id, LabRole::Admin)),
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
            .insert(&ctx.db)
            .await
            .unwrap();
        }
        let study_role = if *name == "study_admin" {
            Some(StudyRole::Admin)
        } else {
            name.parse::<StudyRole>().ok()
        };
        if let Some(role) = study_role {
            study_member::ActiveModel {
                id: Set(ctx.uuid().unwrap()),
                study_id: Set(found.id),
                account_id: Set(id),
                role: Set(role),
                created_at: Set(ctx.now()),
            }
            .insert(&ctx.db)
            .await
            .unwrap();
        }
        account::ActiveModel {
            id: Set(id),
            has_second_factor: Set(*name != "no_factor"),
            ..Default::default()
        }
        .update(&ctx.db)
        .await
        .unwrap();
    }
    let child = entities::child::Entity::find()
        .one(&ctx.db)
        .await
        .unwrap()
        .unwrap()
        .id
        .to_string();
    Stage {
        lab: found.lab_id,
        study: found.id,
        child,
        site,
    }
}

/// The cookie of a new session.
async fn cookie(stage: &Stage, who: &str) -> String {
    let ctx = &stage.site.ctx;
    let (email, password) = match who {
        "visitor" => return String::new(),
        "family" => (FAMILY.email.to_owned(), FAMILY.password),
        _ => (format!("{who}@cast.example"), PASSWORD),
    };
    let begun = accounts::sign_in(
        ctx,
        &Actor::Visitor,
        &email,
        password.to_owned().into(),
        &Device::default(),
    )
    .await
    .unwrap();
    if !["family", "no_factor", "pending"].contains(&who) {
        let actor = Actor::of(begun.person.clone());
        let (_, id) = actor.half_signed_in().unwrap();
        session::ActiveModel {
            id: Set(id),
            second_factor_at: Set(Some(ctx.now())),
            ..Default::default()
        }
        .update(&ctx.db)
        .await
        .unwrap();
    }
    format!("lookit_session={}", begun.token.expose())
}

async fn ask(stage: &Stage, method: &str, path: &str, cookie: &str) -> u16 {
    let member = id_of(&stage.site.ctx, "member").await.to_string();
    let zero = "00000000-0000-4000-8000-000000000000";
    let filled = path
        .replace("{child}", &stage.child)
        .replace("{study}", &stage.study.to_string())
        .replace("{lab}", &stage.lab.to_string())
        .replace("{account}", &member)
        .replace(
            "{token}",
            if path.starts_with("/link") {
                "confirm.00000000000040008000000000000000.1.x"
            } else {
                zero
            },
        )
        .replace("{file}", "none.eml")
        .replace("{name}", "none.png");
    let filled = filled
        .split('/')
        .map(|part| if part.starts_with('{') { zero } else { part })
        .collect::<Vec<_>>()
        .join("/");
    let answer = if method == "POST" {
        stage.site.post(&filled, cookie, &[]).await
    } else {
        stage.site.get(&filled, cookie).await
    };
    assert!(!answer.body.contains("stack backtrace"));
    // Leptos answers a server function without its arguments so.
    assert!(
        answer.status.as_u16() != 500 || path.starts_with("/api/"),
        "{method} {path}: {}",
        answer.body
    );
    answer.status.as_u16()
}

fn routes() -> (Vec<String>, Vec<String>) {
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
    let mut table = Table::new();
    let reading = stage().await;
    for path in gets {
        let mut row = Vec::new();
        for who in CAST {
            row.push(ask(&reading, "GET", &path, &cookie(&reading, who).await).await);
        }
        table.insert(("GET".to_owned(), path), row);
    }
    for path in posts {
        // A fresh site for each form: what one does must not change what the next finds.
        let writing = stage().await;
        let mut row = Vec::new();
        for who in CAST {
            row.push(ask(&writing, "POST", &path, &cookie(&writing, who).await).await);
        }
        table.insert(("POST".to_owned(), path), row);
    }
    table
}

#[tokio::test]
async fn every_route_answers_every_kind_of_person_as_recorded() {
    let table = walk().await;
    let mut text = format!("{:<4} {:<50}", "", "");
    for who in CAST {
        let _ = write!(text, " {}", who.chars().take(7).collect::<String>());
    }
    text.push('\n');
    for ((method, path), row) in &table {
        let _ = write!(text, "{method:<4} {path:<50}");
        for (who, status) in CAST.iter().zip(row) {
            let _ = write!(text, " {status:<width$}", width = who.len().min(7));
        }
        text = text.trim_end().to_owned();
        text.push('\n');
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("access", text));

    // What must hold of every route, whatever is recorded.
    for ((method, path), row) in &table {
        let of = |who: &str| row[CAST.iter().position(|known| *known == who).unwrap()];
        if path.starts_with("/exp") || path.starts_with("/staff") {
            assert!(
                [302, 303, 401].contains(&of("visitor")),
                "{method} {path} lets a visitor in"
            );
            assert!(
                [403, 404].contains(&of("family"))
                    || (method == "POST" && of("family") == 422 && path.ends_with("pictures")),
                "{method} {path} lets a family in: {}",
                of("family")
            );
            for who in ["no_factor", "pending"] {
                assert!(
                    [302, 303, 401].contains(&of(who)),
                    "{method} {path} lets {who} in: {}",
                    of(who)
                );
            }
        }
        if path.starts_with("/account") {
            assert!([302, 303, 401].contains(&of("visitor")), "{method} {path}");
            assert!(
                [302, 303, 401].contains(&of("pending")),
                "{method} {path} lets half a session in: {}",
                of("pending")
            );
        }
    }
    observed(&table);
}

/// What the original lets through, role by role, where its routes and ours mean the same. Ours may
/// be stricter; each place where it is stands in `docs/decisions/0006-access.md`.
const SAME: &[(&str, &str, &str, &str)] = &[
    ("GET", "/exp/labs/{lab.a.pk}/", "GET", "/exp/labs/{lab}"),
    (
        "GET",
        "/exp/labs/{lab.a.pk}/edit/",
        "GET",
        "/exp/labs/{lab}/edit",
    ),
    (
        "GET",
        "/exp/labs/{lab.a.pk}/members/",
        "GET",
        "/exp/labs/{lab}/members",
    ),
    ("GET", "/exp/labs/create/", "GET", "/exp/labs/create"),
    ("GET", "/exp/labs/", "GET", "/exp/labs"),
    ("GET", "/exp/participants/", "GET", "/exp/participants"),
    (
        "GET",
        "/exp/studies/{study.efp.pk}/",
        "GET",
        "/exp/studies/{study}",
    ),
    (
        "GET",
        "/exp/studies/{study.efp.pk}/responses/",
        "GET",
        "/exp/studies/{study}/responses",
    ),
    ("GET", "/account/children/", "GET", "/account/children"),
    ("GET", "/account/manage/", "GET", "/account/settings"),
];

/// Column of the original's table for each of our kinds of people.
const COLUMNS: &[(&str, &str)] = &[
    ("visitor", "anon"),
    ("family", "fam1"),
    ("no_factor", "r_admin_no2fa"),
    ("nobody", "nolab"),
    ("guest", "l_guest"),
    ("read_only", "l_readonly"),
    ("member", "l_member"),
    ("lab_admin", "l_admin"),
    ("preview", "r_preview"),
    ("design", "r_design"),
    ("analysis", "r_analysis"),
    ("submission_processor", "r_subproc"),
    ("researcher", "r_researcher"),
    ("manager", "r_manager"),
    ("study_admin", "r_admin"),
    ("other_admin", "other"),
    ("site_admin", "siteadmin"),
    ("superuser", "super"),
];

/// Where ours lets somebody in whom the original does not, and why that is right.
const WIDER: &[(&str, &str)] = &[
    // D32: the original's site admins could not open the studies that they must approve.
    ("/exp/studies/{study}", "site_admin"),
];

fn observed(table: &Table) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/observed/server/access.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: what the original lets through is not beside this checkout");
        return;
    };
    let mut lines = text.lines();
    let heads: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    for (method, theirs, our_method, ours) in SAME {
        let row = rows
            .iter()
            .find(|row| row[0] == *method && row[1] == *theirs && row[2].is_empty())
            .unwrap_or_else(|| panic!("{theirs} was not observed"));
        let own = &table[&((*our_method).to_owned(), (*ours).to_owned())];
        for (who, column) in COLUMNS {
            let status = row[heads.iter().position(|head| head == column).unwrap()];
            let (let_in_there, let_in_here) = (
                status.starts_with("200"),
                own[CAST.iter().position(|known| known == who).unwrap()] == 200,
            );
            assert!(
                !let_in_here || let_in_there || WIDER.contains(&(*ours, *who)),
                "{ours} lets {who} in, the original does not ({status})"
            );
        }
    }
}
