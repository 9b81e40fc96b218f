//! How the process starts and stops.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adapters::{Keys, Mailer, Passkeys, PasswordHasher, Storage, SystemClock};
use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret;
use services::database::{self, Connections};
use services::{Context, Parts};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::{http, listening};

/// Why a command ended badly, in a sentence.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Starts logging; a second call is ignored.
pub fn start_logging(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let _ = if config.is_log_json {
        builder.json().try_init()
    } else {
        builder.with_target(false).try_init()
    };
}

pub async fn connect(config: &Config) -> Result<Connections, Failure> {
    Ok(database::connect(
        config.database_url.expose_secret(),
        config.database_connections,
    )
    .await?)
}

/// Makes the folder of a SQLite file.
pub fn make_folder(config: &Config) -> Result<(), Failure> {
    let url = config.database_url.expose_secret();
    if let Some(path) = url.strip_prefix("sqlite://")
        && let Some(folder) = Path::new(path.split('?').next().unwrap_or(path)).parent()
    {
        std::fs::create_dir_all(folder).map_err(|error| {
            format!(
                "the folder {} of the database can't be made: {error}",
                folder.display()
            )
        })?;
    }
    Ok(())
}

/// Brings the tables up to date, ours and the queue's. It has a connection of its own: one that
/// SQLite opened before a column was added may not know of it.
pub async fn migrate<M: sea_orm_migration::MigratorTrait>(config: &Config) -> Result<(), Failure> {
    let db = database::open_single(config.database_url.expose_secret()).await?;
    M::up(&db, None).await?;
    adapters::queue::migrate(&db).await?;
    Ok(db.close().await?)
}

/// Whether steps are missing. It changes nothing, so that a reader's account is enough.
pub async fn is_behind<M: sea_orm_migration::MigratorTrait>(
    db: &DatabaseConnection,
) -> Result<bool, Failure> {
    Ok(!M::get_pending_migrations_read_only(db).await?.is_empty()
        || !adapters::queue::is_ready(db).await)
}

/// Everything that `services` need of the outside.
pub fn context(config: &Config, db: Connections) -> Result<Context, Failure> {
    let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    Ok(Context::from(Parts {
        db,
        clock: Arc::new(SystemClock),
        passwords: PasswordHasher::new(at_once)?,
        keys: Keys::of(config.secret.clone()),
        passkeys: Passkeys::of(&config.site_origin)
            .map_err(|error| format!("LOOKIT_SITE_ORIGIN: {error}"))?,
        mail: Mailer::open(config.mail_url.expose_secret(), &config.mail_from)
            .map_err(|error| format!("LOOKIT_MAIL_URL or LOOKIT_MAIL_FROM: {error}"))?,
        storage: Storage::open(&config.storage_url)
            .map_err(|error| format!("LOOKIT_STORAGE_URL: {error}"))?,
        site: config.site(),
    }))
}

/// Works on jobs until the process is asked to stop, then finishes what it has begun. Now and then
/// it tidies up.
pub async fn work(
    config: &Config,
    ctx: Context,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), Failure> {
    // Unlike every other process, also one that had this number before.
    let process = format!(
        "{}-{}",
        std::process::id(),
        services::context::secret_uuid()?.simple()
    );
    tracing::info!(%process, "working on jobs");
    let tidied = tidy(&ctx);
    tokio::select! {
        worked = services::jobs::work(&ctx, process, config.heartbeat, stop) => Ok(worked?),
        () = tidied => Ok(()),
    }
}

async fn tidy(ctx: &Context) {
    loop {
        for (table, gone) in services::tidy(ctx).await {
            tracing::debug!(table, gone, "tidied up");
        }
        tokio::time::sleep(Duration::from_hours(1)).await;
    }
}

/// Serves pages and works on jobs in one process.
pub async fn run_all(config: &Config, ctx: Context) -> Result<(), Failure> {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = async {
        let outcome = serve(config, ctx.clone()).await;
        let _ = stop.send(());
        outcome
    };
    let worked = work(config, ctx.clone(), async {
        let _ = stopped.await;
    });
    let (served, worked) = tokio::join!(served, worked);
    served?;
    worked?;
    Ok(ctx.close().await?)
}

/// What the build makes and pages need: where it should be, and what it is.
pub(crate) fn built_files(config: &Config) -> [(PathBuf, &'static str); 2] {
    [
        (config.site_root.join("pkg/app.css"), "front end"),
        (config.player_root.join("player_bg.wasm"), "player"),
    ]
}

/// Serves until the process is asked to stop, then finishes what it has begun.
pub async fn serve(config: &Config, ctx: Context) -> Result<(), Failure> {
    for (file, what) in built_files(config) {
        if !file.exists() {
            let file = file.display();
            tracing::warn!(%file, "the {what} is not built; `make build` builds it");
        }
    }
    let listen = config.listen;
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(|error| {
        format!(
            "can't listen on {listen}: {error}. Is another process using it? LOOKIT_LISTEN sets \
             another port."
        )
    })?;
    let router = http::service(config, ctx, http::Patience::default());
    tracing::info!(site = %config.site_origin, listen = %config.listen, "serving");
    let stop = async {
        wait_for_signal().await;
        tracing::info!("stopping");
    };
    listening::serve(listener, router, listening::Times::default(), stop).await;
    Ok(())
}

/// Waits until the process is asked to stop.
pub async fn wait_for_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}
