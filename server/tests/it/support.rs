//! A site for one test: the whole router on a fresh SQLite file with the demo in it.

use std::sync::Arc;

use adapters::{FixedClock, PasswordHasher, Storage, Token};
use axum::Router;
use axum::body::Body;
use domain::accounts::AccountId;
use domain::studies::{Content, StudyDesignId, StudyId};
use entities::{convert, dead_job, session, study, study_design, study_version};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use migrations::Migrator;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, Database, DatabaseConnection, EntityTrait,
    QueryFilter, Statement,
};
use server::config::Config;
use server::http::Patience;
use server::lifecycle;
use services::context::secret_uuid;
use services::demo::{self, DemoAccount};
use services::{Actor, Context, jobs, messages};
use tempfile::TempDir;
use tower::ServiceExt;

/// Runs a test on a site of its own, and lets it end only when every job that it caused could be
/// done.
macro_rules! on_a_site {
    (async fn $name:ident($site:ident: TestSite) $body:block) => {
        #[tokio::test]
        async fn $name() {
            async fn test($site: $crate::support::TestSite) $body

            let site = $crate::support::TestSite::new().await;
            let end = site.end();
            test(site).await;
            end.finish_jobs().await;
        }
    };
}
pub(crate) use on_a_site;

pub const SITE: &str = "localhost:8080";
pub const RUN: &str = "run.localhost:8080";

pub struct TestSite {
    pub ctx: Context,
    /// For looking at rows, and for making what no verb makes.
    pub db: DatabaseConnection,
    pub router: Router,
    folder: Arc<TempDir>,
}

/// What is looked at when a test is over.
pub struct End {
    ctx: Context,
    db: DatabaseConnection,
    _folder: Arc<TempDir>,
}

impl End {
    /// Does the jobs that are due, and fails if one of them failed or has to be tried again.
    pub async fn finish_jobs(self) {
        jobs::drain(&self.ctx).await.unwrap();
        let dead = dead_job::Entity::find().all(&self.db).await.unwrap();
        assert!(dead.is_empty(), "jobs were given up: {dead:?}");
        let pending = "select cast(job as text) as payload from Jobs where status = 'Pending'";
        let statement = Statement::from_string(self.db.get_database_backend(), pending);
        for row in self.db.query_all_raw(statement).await.unwrap() {
            let payload: String = row.try_get("", "payload").unwrap();
            // What is meant for later is not due; what was tried before has failed.
            assert!(
                payload.contains("\"attempt\":1,"),
                "a job failed: {payload}"
            );
        }
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// `name=value` of the cookie that was set.
    pub fn cookie(&self) -> String {
        before(self.header(SET_COOKIE.as_str()), ";").to_owned()
    }
}

impl TestSite {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A site on PostgreSQL, in a database of its own.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told about their database by the script that starts it"
    )]
    pub async fn postgres() -> Self {
        let Ok(server) = std::env::var("LOOKIT_TEST_POSTGRES_URL") else {
            panic!("LOOKIT_TEST_POSTGRES_URL names no server; `make test` starts one");
        };
        let (base, _) = server.rsplit_once('/').unwrap();
        let name = format!("test_{}", secret_uuid().unwrap().simple());
        let admin = Database::connect(&server).await.unwrap();
        let create = format!("create database {name}");
        admin.execute_unprepared(&create).await.unwrap();
        admin.close().await.unwrap();
        Self::with(&[("LOOKIT_DATABASE_URL", &format!("{base}/{name}"))]).await
    }

    /// A site with these variables set.
    pub async fn with(variables: &[(&str, &str)]) -> Self {
        Self::patient(variables, Patience::default()).await
    }

    /// A site that waits only so long.
    pub async fn patient(variables: &[(&str, &str)], patience: Patience) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("site");
        std::fs::create_dir_all(root.join("pkg")).unwrap();
        std::fs::write(root.join("pkg/app.css"), "body { color: black }").unwrap();
        let config = config(&folder, variables);
        lifecycle::migrate::<Migrator>(&config).await.unwrap();
        let site = Self::open(folder, &config, patience).await;
        if !config.is_production {
            demo::seed(&site.ctx, &Actor::System).await.unwrap();
        }
        site
    }

    /// Another site whose rows are the same, and which may be changed without changing this one.
    pub async fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        let copied = format!("vacuum into '{}'", file.display());
        self.db.execute_unprepared(&copied).await.unwrap();
        let config = config(&folder, &[]);
        Self::open(folder, &config, Patience::default()).await
    }

    async fn open(folder: TempDir, config: &Config, patience: Patience) -> Self {
        let connections = lifecycle::connect(config).await.unwrap();
        let db = connections.write.clone();
        let mut ctx = lifecycle::context(config, connections).unwrap();
        ctx.clock = Arc::new(FixedClock::at("2026-11-24T12:00:00Z".parse().unwrap()));
        ctx.passwords = PasswordHasher::weak().unwrap();
        ctx.storage = Storage::memory();
        let router = server::http::service(config, ctx.clone(), patience);
        Self {
            ctx,
            db,
            router,
            folder: Arc::new(folder),
        }
    }

    /// What is left to do when the test is over.
    pub fn end(&self) -> End {
        End {
            ctx: self.ctx.clone(),
            db: self.db.clone(),
            _folder: self.folder.clone(),
        }
    }

    /// The row of a demo study.
    pub async fn study(&self, name: &str) -> study::Model {
        let found = study::Entity::find().filter(study::Column::Name.eq(name));
        found.one(&self.db).await.unwrap().unwrap()
    }

    /// Changes a study and its latest version in place, past every rule.
    pub async fn change_study(
        &self,
        id: StudyId,
        change: impl FnOnce(&mut study::ActiveModel, &mut Content),
    ) {
        let db = &self.db;
        let row = study::Entity::find_by_id(id).one(db).await.unwrap();
        let row = row.unwrap();
        let (version, design) = study_version::Entity::find()
            .filter(study_version::Column::StudyId.eq(id))
            .filter(study_version::Column::Number.eq(row.version))
            .find_also_related(study_design::Entity)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        let design = design.unwrap();
        let mut content = Content {
            ad: convert::ad(id, &version.ad).unwrap(),
            settings: convert::settings(id, &version.settings).unwrap(),
            design: convert::design(id, &design.content).unwrap(),
        };
        let mut row = study::ActiveModel {
            id: Set(id),
            ..Default::default()
        };
        change(&mut row, &mut content);
        convert::fill(&mut row, &content.ad, &content.settings);
        row.update(db).await.unwrap();
        // A design of its own: what is known of one is kept by its id.
        let design = study_design::ActiveModel {
            id: Set(StudyDesignId(self.ctx.uuid().unwrap())),
            study_id: Set(id),
            digest: Set(self.ctx.uuid().unwrap().to_string()),
            content: Set(serde_json::to_string(&content.design).unwrap()),
            ..Default::default()
        };
        let design = design.insert(db).await.unwrap();
        let version = study_version::ActiveModel {
            id: Set(version.id),
            design_id: Set(design.id),
            ad: Set(serde_json::to_string(&content.ad).unwrap()),
            settings: Set(serde_json::to_string(&content.settings).unwrap()),
            ..Default::default()
        };
        version.update(db).await.unwrap();
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::get(path).header(HOST, SITE).header(COOKIE, cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, cookie: &str, form: &[(&str, &str)]) -> Answer {
        let body = form
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect::<Vec<_>>()
            .join("&");
        let request = Request::post(path)
            .header(HOST, SITE)
            .header(COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A request to the run origin.
    pub async fn run(
        &self,
        method: &str,
        path: &str,
        cookie: &str,
        json: Option<&serde_json::Value>,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, RUN)
            .header(COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/json");
        let body = json.map_or(Body::empty(), |json| Body::from(json.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    /// The cookie of a signed-in demo account, with its second factor where it has one.
    pub async fn sign_in(&self, account: DemoAccount) -> String {
        let form = [("email", account.email), ("password", account.password)];
        let answer = self.post("/login", "", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let cookie = answer.cookie();
        let token = Token::from_text(cookie.split_once('=').unwrap().1);
        // Without the way there.
        let given = session::Entity::update_many()
            .col_expr(session::Column::SecondFactorAt, Expr::value(self.ctx.now()))
            .filter(session::Column::TokenDigest.eq(token.digest()));
        given.exec(&self.db).await.unwrap();
        cookie
    }

    /// Signs up at `/signup` or `/signup/researcher`. Returns the answer to the code that was sent.
    pub async fn sign_up(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let begun = self.post(path, "", form).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
        let page = self.get(begun.location(), "").await.body;
        let code = between(&page, "id=\"sign-up-code\">", "<");
        let mut typed = vec![("code", code)];
        if page.contains("name=\"next\"") {
            typed.push(("next", after(&page, "name=\"next\" value=\"")));
        }
        self.post(before(begun.location(), "?"), "", &typed).await
    }

    /// The cookie of a session that is put into its table, since signing in takes its time.
    pub async fn mint_session(&self, account: AccountId, has_second_factor: bool) -> String {
        let token = Token::draw().unwrap();
        let now = self.ctx.now();
        session::ActiveModel {
            id: Set(self
                .ctx
                .id(domain::accounts::SessionId::from_parts)
                .unwrap()),
            account_id: Set(account),
            token_digest: Set(token.digest()),
            user_agent: Set(String::new()),
            address: Set(String::new()),
            created_at: Set(now),
            expires_at: Set(now + chrono::Duration::days(1)),
            second_factor_at: Set(has_second_factor.then_some(now)),
        }
        .insert(&self.db)
        .await
        .unwrap();
        format!("lookit_session={}", token.expose())
    }

    /// Path of the link in the latest email to an address.
    pub async fn link(&self, to: &str) -> String {
        jobs::drain(&self.ctx).await.unwrap();
        let emails = messages::outbox(&self.ctx).await.unwrap();
        for email in emails.iter().filter(|email| email.to == to) {
            let text = messages::outbox_email(&self.ctx, &email.file)
                .await
                .unwrap();
            if let Some(rest) = text.split("/link/").nth(1) {
                return format!("/link/{}", rest.split_whitespace().next().unwrap());
            }
        }
        panic!("no link for {to} in {emails:?}")
    }

    /// Path of the page of the demo study with this name.
    pub async fn study_path(&self, name: &str) -> String {
        let page = self.get("/studies", "").await.body;
        let before = page.split(name).next().unwrap();
        let start = before.rfind("/studies/").unwrap();
        before[start..].split('"').next().unwrap().to_owned()
    }
}

/// The configuration of a site in a folder.
pub fn config(folder: &TempDir, variables: &[(&str, &str)]) -> Config {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let of_folder = [
        ("LOOKIT_SITE_ROOT", path("site")),
        ("LOOKIT_PLAYER_ROOT", path("site")),
        (
            "LOOKIT_DATABASE_URL",
            format!("sqlite://{}", path("test.db")),
        ),
        ("LOOKIT_DATABASE_CONNECTIONS", "4".to_owned()),
        ("LOOKIT_MAIL_URL", format!("file://{}", path("outbox"))),
        ("LOOKIT_MAIL_FROM", "Lookit <lookit@example.org>".to_owned()),
        ("LOOKIT_STORAGE_URL", format!("file://{}", path("files"))),
    ];
    let given = variables
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let all: Vec<(&str, String)> = given.chain(of_folder).collect();
    Config::read(|name| {
        let found = all.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    })
    .unwrap()
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// A page without the comments by which Leptos finds its pieces again.
pub fn without_marks(page: &str) -> String {
    let mut pieces = page.split("<!");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = if piece.starts_with("--") { "-->" } else { ">" };
        text.push_str(piece.split_once(end).map_or(piece, |(_, rest)| rest));
    }
    text
}

/// What stands between a mark in a page and the next of another.
pub fn between<'a>(page: &'a str, mark: &str, end: &str) -> &'a str {
    let (_, rest) = page
        .split_once(mark)
        .unwrap_or_else(|| panic!("no {mark} in {page}"));
    before(rest, end)
}

pub fn before<'a>(text: &'a str, end: &str) -> &'a str {
    text.split(end).next().unwrap()
}

/// The value of the attribute that a mark opens.
pub fn after<'a>(page: &'a str, mark: &str) -> &'a str {
    between(page, mark, "\"")
}
