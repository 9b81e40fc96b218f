//! A house for one test: fresh tables, a clock that stands still, and people to act.

use std::sync::Arc;

use adapters::{FixedClock, PasswordHasher};
use chrono::{DateTime, Utc};
use domain::accounts::Powers;
use domain::families::child::{ChildForm, ChildId};
use domain::families::demographics::DemographicsForm;
use domain::labs::{LabId, LabRole};
use domain::responses::{Entry, EntryContent, RunSessionId};
use domain::studies::{StudyId, StudyKind, StudyState};
use entities::{lab, lab_member, study};
use migrations::Migrator;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, Database};
use sea_orm_migration::MigratorTrait;
use services::accounts::{Device, NewAccount, SignUp};
use services::responses::{StartRun, Started};
use services::{Actor, Context, Site, accounts, database, families, responses};
use tokio::sync::OnceCell;

/// Runs a test on both databases. PostgreSQL needs `LOOKIT_TEST_POSTGRES_URL`, which `make test` sets.
macro_rules! both {
    ($(async fn $name:ident($app:ident: TestApp) $body:block)+) => {
        $(mod $name {
            use super::*;

            async fn test($app: $crate::support::TestApp) $body

            #[tokio::test]
            async fn sqlite() {
                test($crate::support::TestApp::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                match $crate::support::TestApp::postgres().await {
                    Some(app) => test(app).await,
                    None => println!("SKIPPED on PostgreSQL: LOOKIT_TEST_POSTGRES_URL is not set"),
                }
            }
        })+
    };
}
pub(crate) use both;

/// A password that is good enough for everybody.
pub const PASSWORD: &str = "lanterns hum past midnight";

pub struct TestApp {
    pub ctx: Context,
    pub clock: Arc<FixedClock>,
    _folder: Option<tempfile::TempDir>,
}

/// The moment at which every test begins.
pub fn start() -> DateTime<Utc> {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

impl TestApp {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let app = Self::on(&url, Some(folder)).await;
        Migrator::up(&app.ctx.db, None).await.unwrap();
        app
    }

    #[expect(clippy::disallowed_methods, reason = "tests are told about their database by the script that starts it")]
    pub async fn postgres() -> Option<Self> {
        let server = std::env::var("LOOKIT_TEST_POSTGRES_URL").ok()?;
        let (base, _) = server.rsplit_once('/').unwrap();
        // The tables are made once and copied for each test.
        let template = TEMPLATE
            .get_or_init(|| async {
                let name = format!("template_{}", uuid_text());
                let admin = Database::connect(&server).await.unwrap();
                admin.execute_unprepared(&format!("create database {name}")).await.unwrap();
                let db = Database::connect(format!("{base}/{name}")).await.unwrap();
                Migrator::up(&db, None).await.unwrap();
                db.close().await.unwrap();
                admin.close().await.unwrap();
                name
            })
            .await;
        let name = format!("test_{}", uuid_text());
        let admin = Database::connect(&server).await.unwrap();
        admin.execute_unprepared(&format!("create database {name} template {template}")).await.unwrap();
        admin.close().await.unwrap();
        Some(Self::on(&format!("{base}/{name}"), None).await)
    }

    async fn on(url: &str, folder: Option<tempfile::TempDir>) -> Self {
        let clock = Arc::new(FixedClock::at(start()));
        let db = database::connect(url, 4).await.unwrap();
        let site = Site { origin: "https://lookit.test".into(), run_origin: "https://run.lookit.test".into(), is_production: false, secret: "for tests".to_owned().into() };
        let ctx = Context { db, clock: clock.clone(), passwords: PasswordHasher::weak().unwrap(), site: Arc::new(site) };
        Self { ctx, clock, _folder: folder }
    }

    /// A signed-up family.
    pub async fn family(&self, email: &str) -> Actor {
        let form = SignUp { email: email.into(), nickname: "Fam".into(), password: PASSWORD.to_owned().into(), password_again: PASSWORD.to_owned().into() };
        let begun = accounts::sign_up(&self.ctx, &Actor::Visitor, form, &Device::default()).await.unwrap();
        Actor::of(begun.person)
    }

    /// A family with demographic answers and one child.
    pub async fn family_with_child(&self, email: &str, birthday: &str) -> (Actor, ChildId) {
        let family = self.family(email).await;
        families::save_demographics(&self.ctx, &family, &DemographicsForm::default()).await.unwrap();
        let child = families::add_child(&self.ctx, &family, &child("Sam", birthday)).await.unwrap();
        (family, child)
    }

    /// A signed-in researcher with a role in a lab.
    pub async fn researcher(&self, email: &str, lab: LabId, role: LabRole) -> Actor {
        let powers = Powers { is_researcher: true, is_staff: false };
        let id = accounts::create(&self.ctx, &Actor::System, email, PASSWORD.to_owned().into(), NewAccount { powers, ..NewAccount::default() }).await.unwrap();
        lab_member::ActiveModel { id: Set(self.ctx.uuid().unwrap()), lab_id: Set(lab), account_id: Set(id), role: Set(role), created_at: Set(start()) }.insert(&self.ctx.db).await.unwrap();
        Actor::of(accounts::sign_in(&self.ctx, email, PASSWORD.to_owned().into(), &Device::default()).await.unwrap().person)
    }

    pub async fn lab(&self, name: &str) -> LabId {
        let id = self.ctx.id(LabId::from_parts).unwrap();
        lab::ActiveModel { id: Set(id), name: Set(name.into()), contact_email: Set(format!("{}@lab.test", id.0.simple())), created_at: Set(start()), ..Default::default() }.insert(&self.ctx.db).await.unwrap();
        id
    }

    /// An active, listed study for two to four years, changed as wished.
    pub async fn study(&self, lab: LabId, name: &str, change: impl FnOnce(&mut study::ActiveModel)) -> StudyId {
        let id = self.ctx.id(StudyId::from_parts).unwrap();
        let mut row = study::ActiveModel {
            id: Set(id),
            lab_id: Set(lab),
            salt: Set(self.ctx.uuid().unwrap()),
            name: Set(name.into()),
            min_age_years: Set(2),
            max_age_years: Set(4),
            kind: Set(StudyKind::FramePlayer),
            state: Set(StudyState::Active),
            is_public: Set(true),
            structure: Set(STRUCTURE.into()),
            created_at: Set(start()),
            updated_at: Set(start()),
            ..Default::default()
        };
        change(&mut row);
        row.insert(&self.ctx.db).await.unwrap();
        id
    }

    /// A run that a family has entered.
    pub async fn run(&self, family: &Actor, study: StudyId, child: ChildId) -> (Started, Actor) {
        let started = responses::start(&self.ctx, family, StartRun { study, child, starts_over: false }).await.unwrap();
        let run = self.enter(&started).await;
        (started, run)
    }

    /// Exchanges a ticket and recognises the run.
    pub async fn enter(&self, started: &Started) -> Actor {
        let entered = responses::enter(&self.ctx, &started.ticket).await.unwrap();
        self.recognise(entered.session, entered.token.expose()).await
    }

    pub async fn recognise(&self, session: RunSessionId, token: &str) -> Actor {
        responses::recognise(&self.ctx, session, &adapters::Token::from_text(token)).await.unwrap()
    }
}

/// Two pages and an exit survey, with a member order that must survive.
pub const STRUCTURE: &str = r#"{ "sequence": ["one", "bye"],  "frames": { "one": { "kind": "exp-lookit-text", "zeta": 1, "alpha": 2 }, "bye": { "kind": "exp-lookit-exit-survey", "debriefing": {} } } }"#;

pub fn child(name: &str, birthday: &str) -> ChildForm {
    ChildForm { given_name: name.into(), birthday: birthday.into(), gender: "f".into(), ..ChildForm::default() }
}

/// A frame's entry.
pub fn frame(number: u32, frame_id: &str, data: serde_json::Value) -> Entry {
    let content = EntryContent::Frame { frame_id: frame_id.into(), position: 0, next: number, data: data.as_object().unwrap().clone(), completes: false, consents: false };
    Entry { id: uuid::Uuid::from_u128(u128::from(number) + 1000), number, content }
}

fn uuid_text() -> String {
    uuid::Builder::from_random_bytes(adapters::secrets::random().unwrap()).into_uuid().simple().to_string()
}
