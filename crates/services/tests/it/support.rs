//! A site for one test: fresh tables, a clock that stands still, and people to act.

mod end;
pub mod plans;
mod runs;
mod studies;

pub use end::End;
pub use plans::Asked;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adapters::{FixedClock, Keys, Mailer, Passkeys, PasswordHasher, Storage, Token};
use chrono::{DateTime, Utc};
use domain::accounts::Powers;
use domain::audit::AuditAction;
use domain::families::child::{ChildForm, ChildId};
use domain::families::demographics::DemographicsForm;
use domain::labs::{LabId, LabRole};
use domain::responses::{Entry, EntryContent};
use entities::{account, audit_entry, lab, lab_member, session};
use migrations::Migrator;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, Statement,
    TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use services::accounts::{Client, NewAccount, NewSession, SignUp};
use services::links::Link;
use services::responses::{Destination, RunTicket};
use services::{Actor, Context, Parts, Site, accounts, database, families, jobs, links};
use tokio::sync::OnceCell;

/// Runs a test on some databases, each time in one of its own, and lets it end only when every job
/// that it caused could be done.
macro_rules! on_databases {
    ($name:ident, $app:ident, $body:block, $($database:ident),+) => {
        mod $name {
            use super::*;

            async fn test($app: $crate::support::TestApp) $body

            $(
                #[tokio::test]
                async fn $database() {
                    let app = $crate::support::TestApp::$database().await;
                    let end = app.end();
                    test(app).await;
                    end.finish_jobs().await;
                }
            )+
        }
    };
}
pub(crate) use on_databases;

/// Runs a test on SQLite and on PostgreSQL.
///
/// The half on PostgreSQL fails without `LOOKIT_TEST_POSTGRES_URL`, which `make test` sets; where
/// there is no server it leaves those tests out by name and says so.
macro_rules! on_both_databases {
    (async fn $name:ident($app:ident: TestApp) $body:block) => {
        $crate::support::on_databases!($name, $app, $body, sqlite, postgres);
    };
}
pub(crate) use on_both_databases;

/// The same for what only PostgreSQL does.
macro_rules! on_postgres {
    (async fn $name:ident($app:ident: TestApp) $body:block) => {
        $crate::support::on_databases!($name, $app, $body, postgres);
    };
}
pub(crate) use on_postgres;

/// A password that is good enough for everybody.
pub const PASSWORD: &str = "lanterns hum past midnight";

pub struct TestApp {
    pub ctx: Context,
    /// For looking at rows, and for making what no verb makes.
    pub db: DatabaseConnection,
    pub clock: Arc<FixedClock>,
    /// The statements of verbs, while somebody listens.
    pub asked: Asked,
    url: String,
    expects_dead_jobs: Arc<AtomicBool>,
    folder: Option<Arc<tempfile::TempDir>>,
}

/// The moment at which every test begins.
pub fn start() -> DateTime<Utc> {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// The database whose tables are made once for a run of tests and copied for each.
async fn template(server: &str, base: &str, run: &str) -> String {
    let name = format!("template_{}", run.replace('-', ""));
    // One connection: the lock that keeps others waiting belongs to it, and goes with it.
    let mut options = sea_orm::ConnectOptions::new(server);
    options.max_connections(1);
    let admin = Database::connect(options).await.unwrap();
    let execute = async |sql: String| admin.execute_unprepared(&sql).await.unwrap();
    execute("select pg_advisory_lock(hashtext('lookit template'))".into()).await;
    let found = format!("select 1 from pg_database where datname = '{name}'");
    let found = Statement::from_string(DbBackend::Postgres, found);
    if admin.query_one_raw(found).await.unwrap().is_none() {
        // It gets its name when it is whole.
        execute(format!("drop database if exists {name}_draft")).await;
        execute(format!("create database {name}_draft")).await;
        let db = Database::connect(format!("{base}/{name}_draft"))
            .await
            .unwrap();
        Migrator::up(&db, None).await.unwrap();
        adapters::queue::migrate(&db).await.unwrap();
        db.close().await.unwrap();
        execute(format!("alter database {name}_draft rename to {name}")).await;
    }
    admin.close().await.unwrap();
    name
}

impl TestApp {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        // A connection of its own: one that was opened before a column was added may not know of
        // it.
        let db = database::open_single(&url).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        adapters::queue::migrate(&db).await.unwrap();
        db.close().await.unwrap();
        Self::on(&url, Some(folder)).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told about their database by the script that starts it"
    )]
    pub async fn postgres() -> Self {
        let Ok(server) = std::env::var("LOOKIT_TEST_POSTGRES_URL") else {
            panic!("LOOKIT_TEST_POSTGRES_URL names no server; `make test` starts one");
        };
        let (base, _) = server.rsplit_once('/').unwrap();
        // nextest runs each test in a process of its own, and gives all of them the same id.
        let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| uuid_text());
        let template = TEMPLATE.get_or_init(|| template(&server, base, &run)).await;
        let name = format!("test_{}", uuid_text());
        let admin = Database::connect(&server).await.unwrap();
        admin
            .execute_unprepared(&format!("create database {name} template {template}"))
            .await
            .unwrap();
        admin.close().await.unwrap();
        Self::on(&format!("{base}/{name}"), None).await
    }

    async fn on(url: &str, folder: Option<tempfile::TempDir>) -> Self {
        let clock = Arc::new(FixedClock::at(start()));
        let mut connections = database::connect(url, 4).await.unwrap();
        let asked = Asked::of(&mut connections);
        let keys = Keys::of("for tests".to_owned().into());
        let passkeys = Passkeys::of("https://lookit.test").unwrap();
        let site = Site {
            origin: "https://lookit.test".into(),
            run_origin: "https://run.lookit.test".into(),
            is_production: false,
            secret: "for tests".to_owned().into(),
        };
        let ctx = Context::from(Parts {
            db: connections,
            clock: clock.clone(),
            passwords: PasswordHasher::weak().unwrap(),
            keys,
            passkeys,
            mail: Mailer::memory(),
            storage: Storage::memory(),
            site,
        });
        Self {
            ctx,
            // Of its own: what a test looks at never waits for a verb.
            db: database::open_single(url).await.unwrap(),
            clock,
            asked,
            url: url.to_owned(),
            expects_dead_jobs: Arc::default(),
            folder: folder.map(Arc::new),
        }
    }

    /// Of the test's database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A transaction as verbs have it.
    #[expect(clippy::disallowed_methods, reason = "tests may do what verbs may not")]
    pub async fn transaction(&self) -> DatabaseTransaction {
        self.db.begin().await.unwrap()
    }

    /// Says that this test makes jobs fail on purpose.
    pub fn expect_dead_jobs(&self) {
        self.expects_dead_jobs.store(true, Ordering::Relaxed);
    }

    /// What is left to do when the test is over.
    pub fn end(&self) -> End {
        End {
            ctx: self.ctx.clone(),
            db: self.db.clone(),
            expects_dead_jobs: self.expects_dead_jobs.clone(),
            _folder: self.folder.clone(),
        }
    }

    /// A signed-up family.
    pub async fn family(&self, email: &str) -> Actor {
        let form = SignUp {
            email: email.into(),
            nickname: "Fam".into(),
            password: PASSWORD.to_owned().into(),
            password_again: PASSWORD.to_owned().into(),
            ..SignUp::default()
        };
        Actor::of(self.sign_up(form).await.person)
    }

    /// Signs somebody up, with the code that was sent to their address.
    pub async fn sign_up(&self, form: SignUp) -> NewSession {
        let (visitor, client) = (Actor::Visitor, Client::default());
        let id = accounts::sign_up(&self.ctx, &visitor, form, &client).await;
        let id = id.unwrap();
        let pending = accounts::pending_sign_up(&self.ctx, id).await.unwrap();
        let code = pending.code.unwrap();
        accounts::finish_sign_up(&self.ctx, &visitor, id, &code, &client)
            .await
            .unwrap()
    }

    /// A family with demographic answers and one child.
    pub async fn family_with_child(&self, email: &str, birthday: &str) -> (Actor, ChildId) {
        let family = self.family(email).await;
        families::save_demographics(&self.ctx, &family, &DemographicsForm::default())
            .await
            .unwrap();
        let child = families::add_child(&self.ctx, &family, &child("Sam", birthday))
            .await
            .unwrap();
        (family, child)
    }

    /// A signed-in researcher with a second factor and a role in a lab.
    pub async fn researcher(&self, email: &str, lab: LabId, role: LabRole) -> Actor {
        let actor = self
            .person(
                email,
                Powers {
                    is_researcher: true,
                    ..Powers::default()
                },
            )
            .await;
        self.lab_role(&actor, lab, role).await;
        actor
    }

    /// A signed-in person with these rights and a second factor.
    pub async fn person(&self, email: &str, powers: Powers) -> Actor {
        let names = NewAccount {
            powers,
            given_name: email.split('@').next().unwrap().into(),
            family_name: "Person".into(),
            ..NewAccount::default()
        };
        accounts::create(
            &self.ctx,
            &Actor::System,
            email,
            PASSWORD.to_owned().into(),
            names,
        )
        .await
        .unwrap();
        let token = self.sign_in(email).await;
        self.with_factor(&token).await
    }

    /// A member of staff.
    pub async fn staff(&self) -> Actor {
        self.person(
            "staff@example.org",
            Powers {
                is_staff: true,
                ..Powers::default()
            },
        )
        .await
    }

    /// The token of a new session.
    pub async fn sign_in(&self, email: &str) -> Token {
        accounts::sign_in(
            &self.ctx,
            &Actor::Visitor,
            email,
            PASSWORD.to_owned().into(),
            &Client::default(),
        )
        .await
        .unwrap()
        .token
    }

    pub async fn actor(&self, token: &Token) -> Actor {
        accounts::recognise(&self.ctx, token, &Client::default())
            .await
            .unwrap()
    }

    /// Gives a session its second factor, without the way there.
    pub async fn with_factor(&self, token: &Token) -> Actor {
        let actor = self.actor(token).await;
        let (person, session) = actor.half_signed_in().unwrap();
        account::ActiveModel {
            id: Set(person.account),
            has_second_factor: Set(true),
            ..Default::default()
        }
        .update(&self.db)
        .await
        .unwrap();
        session::ActiveModel {
            id: Set(session),
            second_factor_at: Set(Some(self.ctx.now())),
            ..Default::default()
        }
        .update(&self.db)
        .await
        .unwrap();
        self.actor(token).await
    }

    pub async fn lab_role(&self, actor: &Actor, lab: LabId, role: LabRole) {
        let account = actor.person().unwrap().account;
        lab_member::ActiveModel {
            id: Set(self.ctx.uuid().unwrap()),
            lab_id: Set(lab),
            account_id: Set(account),
            role: Set(role),
            created_at: Set(start()),
        }
        .insert(&self.db)
        .await
        .unwrap();
    }

    /// Does all jobs that are due, then returns every email so far: to whom, what about.
    pub async fn emails(&self) -> Vec<(String, String)> {
        jobs::drain(&self.ctx).await.unwrap();
        self.ctx
            .mail
            .kept()
            .into_iter()
            .map(|mail| (mail.to, mail.subject))
            .collect()
    }

    /// The link in the latest email to an address.
    pub async fn link(&self, to: &str) -> Link {
        jobs::drain(&self.ctx).await.unwrap();
        let mail = self
            .ctx
            .mail
            .kept()
            .into_iter()
            .rfind(|mail| mail.to == to && mail.text.contains("/link/"))
            .unwrap();
        links::read(
            mail.text
                .split("/link/")
                .nth(1)
                .unwrap()
                .split_whitespace()
                .next()
                .unwrap(),
        )
        .unwrap()
    }

    /// How often something stands in the audit.
    pub async fn audited(&self, action: AuditAction) -> u64 {
        audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq(action))
            .count(&self.db)
            .await
            .unwrap()
    }

    pub async fn lab(&self, name: &str) -> LabId {
        let id = self.ctx.id(LabId::from_parts).unwrap();
        lab::ActiveModel {
            id: Set(id),
            name: Set(name.into()),
            contact_email: Set(format!("{}@lab.test", id.0.simple())),
            created_at: Set(start()),
            ..Default::default()
        }
        .insert(&self.db)
        .await
        .unwrap();
        id
    }
}

/// The run that was begun; studies that lead elsewhere have none.
pub fn started(launch: Destination) -> RunTicket {
    match launch {
        Destination::Run(started) => started,
        Destination::Away { address, .. } => panic!("leads to {address}"),
    }
}

/// Two pages and an exit survey, with a member order that must survive.
pub const PROTOCOL: &str = r#"{ "sequence": ["one", "bye"],  "frames": {
    "one": { "kind": "exp-lookit-text", "zeta": 1, "alpha": 2 },
    "bye": { "kind": "exp-lookit-exit-survey", "debriefing": {} } } }"#;

pub fn child(name: &str, birthday: &str) -> ChildForm {
    ChildForm {
        given_name: name.into(),
        birthday: birthday.into(),
        gender: "f".into(),
        ..ChildForm::default()
    }
}

/// A frame's entry.
pub fn frame(number: u32, frame_id: &str, data: serde_json::Value) -> Entry {
    let content = EntryContent::Frame {
        frame_id: frame_id.into(),
        position: 0,
        next: number,
        data: data.as_object().unwrap().clone(),
        completes: false,
        consents: false,
    };
    Entry {
        id: uuid::Uuid::from_u128(u128::from(number) + 1000),
        number,
        content,
    }
}

fn uuid_text() -> String {
    uuid::Builder::from_random_bytes(adapters::secrets::random().unwrap())
        .into_uuid()
        .simple()
        .to_string()
}
