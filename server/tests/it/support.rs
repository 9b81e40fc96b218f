//! A site for one test: the whole router on a fresh SQLite file with the demo in it.

use std::sync::Arc;

use adapters::{FixedClock, Keys, Mailer, Passkeys, PasswordHasher, Storage, Token};
use axum::Router;
use axum::body::Body;
use domain::studies::{Content, StudyId};
use entities::{convert, session, study, study_design, study_version};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use migrations::Migrator;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use server::config::Config;
use services::demo::{self, DemoAccount};
use services::{Actor, Context, database};
use tower::ServiceExt;

pub struct TestSite {
    pub ctx: Context,
    pub router: Router,
    _folder: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers
            .get(LOCATION)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// `name=value` of the cookie that was set.
    pub fn cookie(&self) -> String {
        self.headers
            .get(SET_COOKIE)
            .unwrap()
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }
}

pub const SITE: &str = "localhost:8080";
pub const RUN: &str = "run.localhost:8080";

impl TestSite {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("site");
        std::fs::create_dir_all(root.join("pkg")).unwrap();
        std::fs::write(root.join("pkg/app.css"), "body { color: black }").unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let variables: Vec<(String, String)> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .chain([
                ("LOOKIT_SITE_ROOT".to_owned(), root.display().to_string()),
                ("LOOKIT_PLAYER_ROOT".to_owned(), root.display().to_string()),
                ("LOOKIT_DATABASE_URL".to_owned(), url.clone()),
                (
                    "LOOKIT_MAIL_URL".to_owned(),
                    format!("file://{}", folder.path().display()),
                ),
                (
                    "LOOKIT_MAIL_FROM".to_owned(),
                    "lookit@example.org".to_owned(),
                ),
                (
                    "LOOKIT_STORAGE_URL".to_owned(),
                    format!("file://{}", folder.path().display()),
                ),
            ])
            .collect();
        let config = Config::read(|name| {
            variables
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        })
        .unwrap();
        server::lifecycle::migrate::<Migrator>(&config)
            .await
            .unwrap();
        let db = database::connect(&url, 4).await.unwrap();
        let clock = Arc::new(FixedClock::at("2026-11-24T12:00:00Z".parse().unwrap()));
        let mail = Mailer::open(
            &format!("file://{}", folder.path().join("outbox").display()),
            "Lookit <lookit@example.org>",
        )
        .unwrap();
        let ctx = Context {
            db,
            clock,
            passwords: PasswordHasher::weak().unwrap(),
            keys: Keys::of(config.secret.clone()),
            passkeys: Passkeys::of(&config.site_origin).unwrap(),
            mail,
            storage: Storage::memory(),
            site: Arc::new(config.site()),
        };
        if !config.is_production {
            demo::seed(&ctx, &Actor::System).await.unwrap();
        }
        let router = server::router::service(&config, ctx.clone());
        Self {
            ctx,
            router,
            _folder: folder,
        }
    }

    /// Changes a study and its latest version in place, past every rule.
    pub async fn change_study(
        &self,
        id: StudyId,
        change: impl FnOnce(&mut study::ActiveModel, &mut Content),
    ) {
        let db = &self.ctx.db;
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
        let version = study_version::ActiveModel {
            id: Set(version.id),
            ad: Set(serde_json::to_string(&content.ad).unwrap()),
            settings: Set(serde_json::to_string(&content.settings).unwrap()),
            ..Default::default()
        };
        version.update(db).await.unwrap();
        let design = study_design::ActiveModel {
            id: Set(design.id),
            content: Set(serde_json::to_string(&content.design).unwrap()),
            ..Default::default()
        };
        design.update(db).await.unwrap();
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
        self.send(
            Request::get(path)
                .header(HOST, SITE)
                .header(COOKIE, cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await
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
        self.send(
            request
                .body(json.map_or(Body::empty(), |json| Body::from(json.to_string())))
                .unwrap(),
        )
        .await
    }

    /// The cookie of a signed-in demo account, with its second factor where it has one.
    pub async fn sign_in(&self, account: DemoAccount) -> String {
        let answer = self
            .post(
                "/login",
                "",
                &[("email", account.email), ("password", account.password)],
            )
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        self.give_factor(&answer.cookie()).await;
        answer.cookie()
    }

    /// Gives a session its second factor, without the way there.
    pub async fn give_factor(&self, cookie: &str) {
        let token = Token::from_text(cookie.split_once('=').unwrap().1);
        let given = session::Entity::update_many()
            .col_expr(session::Column::SecondFactorAt, Expr::value(self.ctx.now()))
            .filter(session::Column::TokenDigest.eq(token.digest()));
        given.exec(&self.ctx.db).await.unwrap();
    }

    /// Path of the link in the latest letter to an address.
    pub async fn link(&self, to: &str) -> String {
        services::jobs::drain(&self.ctx).await.unwrap();
        let letters = services::messages::outbox(&self.ctx).await.unwrap();
        for letter in letters.iter().filter(|letter| letter.to == to) {
            let text = services::messages::outbox_letter(&self.ctx, &letter.file)
                .await
                .unwrap();
            if let Some(rest) = text.split("/link/").nth(1) {
                return format!("/link/{}", rest.split_whitespace().next().unwrap());
            }
        }
        panic!("no link for {to} in {letters:?}")
    }

    /// Path of the page of the demo study with this name.
    pub async fn study_path(&self, name: &str) -> String {
        let page = self.get("/studies", "").await.body;
        let before = page.split(name).next().unwrap();
        let start = before.rfind("/studies/").unwrap();
        before[start..].split('"').next().unwrap().to_owned()
    }
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

/// The first value of an attribute after a mark.
pub fn after<'a>(page: &'a str, mark: &str) -> &'a str {
    page.split(mark)
        .nth(1)
        .unwrap_or_else(|| panic!("no {mark} in {page}"))
        .split('"')
        .next()
        .unwrap()
}
