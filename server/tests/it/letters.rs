//! Workers that are killed in the middle of five hundred letters, with a mail server of the usual
//! kind: none is lost, and one goes out twice only where its worker died between the server's
//! acceptance and our record of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adapters::{FixedClock, Keys, Mailer, Passkeys, PasswordHasher, Storage};
use domain::messages::LetterState;
use entities::letter;
use migrations::Migrator;
use sea_orm::{ColumnTrait, ConnectionTrait, Database, EntityTrait, PaginatorTrait, QueryFilter};
use sea_orm_migration::MigratorTrait;
use services::accounts::{self, Device, SignUp};
use services::{Actor, Context, Site, database};

const LETTERS: usize = 500;
const KILLS: u32 = 10;
/// Letters that one worker has in hand at a time (`services::jobs::LANES`).
const IN_HAND: usize = 8;

struct Sink {
    process: Child,
    port: String,
    file: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Sink {
    /// A sink of the first Python that has what it needs.
    fn open() -> Option<Self> {
        ["/usr/bin/python3", "python3"]
            .into_iter()
            .find_map(Self::with)
    }

    fn with(python: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("letters");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/smtp_sink.py");
        let mut process = Command::new(python)
            .arg(script)
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        if port.trim().is_empty() {
            let _ = process.wait();
            return None;
        }
        Some(Self {
            process,
            port: port.trim().to_owned(),
            file,
            _folder: folder,
        })
    }

    /// When each letter was taken, by its Message-ID.
    fn taken(&self) -> BTreeMap<String, Vec<f64>> {
        let mut taken: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for line in std::fs::read_to_string(&self.file)
            .unwrap_or_default()
            .lines()
        {
            let parts: Vec<&str> = line.split(' ').collect();
            taken
                .entry(parts[2].to_owned())
                .or_default()
                .push(parts[0].parse().unwrap());
        }
        taken
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
}

fn worker(url: &str, port: &str, folder: &std::path::Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lookit"))
        .arg("work")
        .env("LOOKIT_DATABASE_URL", url)
        .env("LOOKIT_MAIL_URL", format!("smtp://127.0.0.1:{port}"))
        .env(
            "LOOKIT_STORAGE_URL",
            format!("file://{}", folder.join("files").display()),
        )
        .env("LOOKIT_HEARTBEAT_SECONDS", "1")
        .env("LOOKIT_LOG", "error")
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}

async fn kill_workers_in_the_middle(url: &str, name: &str) {
    let Some(sink) = Sink::open() else {
        println!("SKIPPED on {name}: python3 with aiosmtpd is not there");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let db = database::connect(url, 4).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    adapters::queue::migrate(&db).await.unwrap();
    let site = Site {
        origin: "http://localhost:8080".into(),
        run_origin: "http://run.localhost:8080".into(),
        is_production: false,
        secret: "for development only, not secret".to_owned().into(),
    };
    let ctx = Context {
        db,
        clock: std::sync::Arc::new(FixedClock::at("2026-11-24T12:00:00Z".parse().unwrap())),
        passwords: PasswordHasher::weak().unwrap(),
        keys: Keys::of(site.secret.clone()),
        passkeys: Passkeys::of(&site.origin).unwrap(),
        mail: Mailer::memory(),
        storage: Storage::memory(),
        site: std::sync::Arc::new(site),
    };
    for number in 0..LETTERS {
        let password = "lanterns hum past midnight".to_owned();
        let form = SignUp {
            email: format!("a{number}@example.org"),
            password: password.clone().into(),
            password_again: password.into(),
            ..SignUp::default()
        };
        let device = Device {
            address: format!("address {number}"),
            ..Device::default()
        };
        accounts::sign_up(&ctx, &Actor::Visitor, form, &device)
            .await
            .unwrap();
    }

    let mut kills = Vec::new();
    // Points of time that are spread like chance and the same each time.
    let mut chance: u64 = 0x9E37_79B9;
    for _ in 0..KILLS {
        let mut process = worker(url, &sink.port, folder.path());
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(450 + (chance >> 33) % 700)).await;
        process.kill().unwrap();
        kills.push(now());
        process.wait().unwrap();
    }
    let before = sink.taken().len();
    let mut process = worker(url, &sink.port, folder.path());
    let is_waiting = letter::Entity::find().filter(letter::Column::State.eq(LetterState::Waiting));
    for _ in 0..600 {
        if is_waiting.clone().count(&ctx.db).await.unwrap() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    process.kill().unwrap();
    process.wait().unwrap();

    let ids: BTreeSet<String> = letter::Entity::find()
        .all(&ctx.db)
        .await
        .unwrap()
        .into_iter()
        .map(|row| format!("<{}@localhost>", row.id))
        .collect();
    let taken = sink.taken();
    assert_eq!(
        taken.keys().cloned().collect::<BTreeSet<_>>(),
        ids,
        "no letter is lost, and none is made up"
    );
    assert_eq!(
        letter::Entity::find()
            .filter(letter::Column::State.eq(LetterState::Sent))
            .count(&ctx.db)
            .await
            .unwrap(),
        u64::try_from(LETTERS).unwrap()
    );
    let twice: Vec<&Vec<f64>> = taken.values().filter(|times| times.len() > 1).collect();
    println!(
        "{name}: {LETTERS} letters, {KILLS} workers killed after {before} of them, {} went out twice, none was lost",
        twice.len()
    );
    assert!(twice.len() <= IN_HAND * kills.len());
    for times in twice {
        // Its first copy was taken in the last moments of a worker, or was on its way when the
        // worker died.
        assert!(
            kills
                .iter()
                .any(|kill| (-0.2..0.5).contains(&(kill - times[0]))),
            "a letter went out twice without a crash: {times:?}, {kills:?}"
        );
    }
    assert!(
        before > 20 && before < LETTERS,
        "workers were killed in the middle: after {before}"
    );
}

#[tokio::test]
async fn workers_are_killed_and_no_letter_is_lost_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    kill_workers_in_the_middle(
        &format!("sqlite://{}", folder.path().join("test.db").display()),
        "SQLite",
    )
    .await;
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told about their database by the script that starts it"
)]
async fn workers_are_killed_and_no_letter_is_lost_on_postgresql() {
    let Ok(server) = std::env::var("LOOKIT_TEST_POSTGRES_URL") else {
        println!("SKIPPED on PostgreSQL: LOOKIT_TEST_POSTGRES_URL is not set");
        return;
    };
    let (base, _) = server.rsplit_once('/').unwrap();
    let name = format!("letters_{}", std::process::id());
    Database::connect(&server)
        .await
        .unwrap()
        .execute_unprepared(&format!("create database {name}"))
        .await
        .unwrap();
    kill_workers_in_the_middle(&format!("{base}/{name}"), "PostgreSQL").await;
}
