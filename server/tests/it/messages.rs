//! Emails: where they are seen in development, and workers that are killed in the middle of five
//! hundred of them. None is lost, and one goes out twice only where its worker died between the
//! mail server's acceptance and our record of it.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use adapters::{FixedClock, Mailer, PasswordHasher};
use domain::messages::EmailState;
use entities::email;
use http::StatusCode;
use macro_rules_attribute::apply;
use migrations::Migrator;
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, EntityTrait, PaginatorTrait,
    QueryFilter,
};
use server::lifecycle;
use services::accounts::{self, NewAccount};
use services::demo::FAMILY;
use services::{Actor, Context};

use crate::smtp_sink::SmtpSink;
use crate::support::{after, before, config, on_a_site};

#[apply(on_a_site!)]
async fn the_outbox_is_for_development_and_holds_emails_only(site: TestSite) {
    let form = [
        ("email", "new@example.org"),
        ("password", "three odd socks dancing"),
        ("password_again", "three odd socks dancing"),
    ];
    site.post("/signup", "", &form).await;
    services::jobs::drain(&site.ctx).await.unwrap();
    let list = site.get("/dev/outbox", "").await.body;
    assert!(list.contains("Your code for signing up"));
    let path = format!("/dev/outbox/{}", after(&list, "href=\"/dev/outbox/"));
    let email = site.get(&path, "").await.body;
    assert!(email.contains("enter this code"), "{email}");
    site.post("/forgot-password", "", &[("email", FAMILY.email)])
        .await;
    let link = site.link(FAMILY.email).await;
    let list = site.get("/dev/outbox", "").await.body;
    let (_, rest) = list.split_once("href=\"/dev/outbox/").unwrap();
    let pages = rest
        .split("href=\"/dev/outbox/")
        .map(|rest| before(rest, "\""));
    let mut has_link = false;
    for page in pages {
        let email = site.get(&format!("/dev/outbox/{page}"), "").await.body;
        has_link |= email.contains(&format!("<a href=\"{link}\""));
    }
    assert!(has_link);
    for path in [
        "/dev/outbox/..%2ftest.db",
        "/dev/outbox/.hidden.eml",
        "/dev/outbox/x",
    ] {
        assert_eq!(
            site.get(path, "").await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

const EMAILS: usize = 500;
const KILLS: usize = 10;
/// Emails that one worker has in hand at a time (`services::jobs::QUEUES`).
const IN_HAND: usize = 8;

/// A process of `lookit work`, which ends with the test.
struct Worker(Child);

impl Worker {
    fn start(url: &str, sink: &SmtpSink, folder: &tempfile::TempDir) -> Self {
        let files = folder.path().join("files");
        let process = Command::new(env!("CARGO_BIN_EXE_lookit"))
            .arg("work")
            .env("LOOKIT_DATABASE_URL", url)
            .env("LOOKIT_MAIL_URL", format!("smtp://{}", sink.address))
            .env("LOOKIT_STORAGE_URL", format!("file://{}", files.display()))
            .env("LOOKIT_HEARTBEAT_SECONDS", "1")
            .env("LOOKIT_LOG", "error")
            .stdin(Stdio::null())
            .spawn();
        Self(process.unwrap())
    }

    /// Kills it, without a chance to finish anything, and says when.
    fn kill(self) -> Instant {
        let at = Instant::now();
        drop(self);
        at
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Everything but the email is ready, and the five hundred are waiting.
async fn waiting_emails(url: &str, folder: &tempfile::TempDir) -> (Context, DatabaseConnection) {
    let config = config(folder, &[("LOOKIT_DATABASE_URL", url)]);
    lifecycle::migrate::<Migrator>(&config).await.unwrap();
    let connections = lifecycle::connect(&config).await.unwrap();
    let db = connections.read.clone();
    let mut ctx = lifecycle::context(&config, connections).unwrap();
    ctx.clock = std::sync::Arc::new(FixedClock::at("2026-11-24T12:00:00Z".parse().unwrap()));
    ctx.passwords = PasswordHasher::weak().unwrap();
    ctx.mail = Mailer::memory();
    for number in 0..EMAILS {
        let email = format!("a{number}@example.org");
        let password = "lanterns hum past midnight".to_owned().into();
        let new = NewAccount::default();
        let made = accounts::create(&ctx, &Actor::System, &email, password, new).await;
        made.unwrap();
        // This writes an email.
        let reset = accounts::reset_factors(&ctx, &Actor::System, &email).await;
        reset.unwrap();
    }
    (ctx, db)
}

/// How many emails are in a state.
async fn count(db: &DatabaseConnection, state: EmailState) -> u64 {
    let found = email::Entity::find().filter(email::Column::State.eq(state));
    found.count(db).await.unwrap()
}

async fn kill_workers_in_the_middle(url: &str, name: &str) {
    let sink = SmtpSink::open();
    let folder = tempfile::tempdir().unwrap();
    let (ctx, db) = waiting_emails(url, &folder).await;

    let mut kills = Vec::new();
    for number in 0..KILLS {
        let worker = Worker::start(url, &sink, &folder);
        // In turn: before a worker knows that its email was taken, and when it was just told.
        // Sometimes it has begun a moment ago, sometimes it has sent more than it holds at a time.
        let more = 1 + number * 7 % 20;
        if number % 2 == 0 {
            sink.takes(more).await;
        } else {
            sink.accepts(more).await;
        }
        kills.push(worker.kill());
    }
    let before = sink.taken().len();
    let last = Worker::start(url, &sink, &folder);
    sink.has(EMAILS).await;
    let all_recorded = async {
        while count(&db, EmailState::Waiting).await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(1), all_recorded).await;
    assert!(
        in_time.is_ok(),
        "emails went out and were not recorded as sent"
    );
    last.kill();

    let rows = email::Entity::find().all(&db).await.unwrap();
    let ids: BTreeSet<String> = rows
        .iter()
        .map(|row| format!("<{}@localhost>", row.id))
        .collect();
    let taken = sink.taken();
    assert_eq!(
        taken.keys().cloned().collect::<BTreeSet<_>>(),
        ids,
        "no email is lost, and none is made up"
    );
    let sent = count(&db, EmailState::Sent).await;
    assert_eq!(sent, u64::try_from(EMAILS).unwrap());
    let twice: Vec<&Vec<Instant>> = taken.values().filter(|times| times.len() > 1).collect();
    println!(
        "{name}: {EMAILS} emails, {KILLS} workers killed after {before} of them, {} went out \
         twice, none was lost",
        twice.len()
    );
    assert!(twice.len() <= IN_HAND * kills.len());
    for times in twice {
        assert!(
            kills.iter().any(|kill| was_in_hand(times[0], *kill)),
            "an email went out twice without a crash: {times:?}, {kills:?}"
        );
    }
    assert!(
        before > 20 && before < EMAILS,
        "workers were killed in the middle: after {before}"
    );
    ctx.close().await.unwrap();
}

/// Whether an email was taken in the last moments of a worker, or was on its way when the worker
/// died.
fn was_in_hand(taken: Instant, kill: Instant) -> bool {
    let (early, late) = (Duration::from_millis(500), Duration::from_millis(200));
    taken + early > kill && taken < kill + late
}

mod workers_are_killed_and_no_email_is_lost {
    use super::*;

    #[tokio::test]
    async fn sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        kill_workers_in_the_middle(&url, "SQLite").await;
    }

    #[tokio::test]
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told about their database by the script that starts it"
    )]
    async fn postgres() {
        let server = std::env::var("LOOKIT_TEST_POSTGRES_URL")
            .expect("LOOKIT_TEST_POSTGRES_URL names no server; `make test` starts one");
        let (base, _) = server.rsplit_once('/').unwrap();
        let name = format!("emails_{}", std::process::id());
        let admin = Database::connect(&server).await.unwrap();
        let created = format!("create database {name}");
        admin.execute_unprepared(&created).await.unwrap();
        kill_workers_in_the_middle(&format!("{base}/{name}"), "PostgreSQL").await;
        let dropped = format!("drop database {name} with (force)");
        admin.execute_unprepared(&dropped).await.unwrap();
    }
}
