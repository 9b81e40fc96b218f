//! How the process starts and stops.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adapters::{PasswordHasher, SystemClock};
use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret;
use services::{Context, database};
use tracing_subscriber::EnvFilter;

use crate::cli::Failure;
use crate::config::Config;
use crate::router;

/// Longest wait for requests that are being answered when the process is asked to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// Starts logging; a second call is ignored.
pub fn start_logging(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = if config.is_log_json { builder.json().try_init() } else { builder.with_target(false).try_init() };
}

/// Opens the database, making the folder of a SQLite file first.
pub async fn connect(config: &Config) -> Result<DatabaseConnection, Failure> {
    let url = config.database_url.expose_secret();
    if let Some(path) = url.strip_prefix("sqlite://")
        && let Some(folder) = Path::new(path.split('?').next().unwrap_or(path)).parent()
    {
        std::fs::create_dir_all(folder).map_err(|error| format!("the folder {} of the database can't be made: {error}", folder.display()))?;
    }
    Ok(database::connect(url, config.database_connections).await?)
}

/// Brings the tables up to date.
pub async fn migrate<M: sea_orm_migration::MigratorTrait>(db: &DatabaseConnection) -> Result<(), Failure> {
    Ok(M::up(db, None).await?)
}

/// Whether steps are missing. It changes nothing, so that a reader's account is enough.
pub async fn is_behind<M: sea_orm_migration::MigratorTrait>(db: &DatabaseConnection) -> Result<bool, Failure> {
    Ok(!M::get_pending_migrations_read_only(db).await?.is_empty())
}

/// The doors for the verbs.
pub fn context(config: &Config, db: DatabaseConnection) -> Result<Context, Failure> {
    let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    Ok(Context { db, clock: Arc::new(SystemClock), passwords: PasswordHasher::new(at_once)?, site: Arc::new(config.site()) })
}

/// Serves until the process is asked to stop, then finishes what it has begun.
pub async fn serve(config: &Config, ctx: Context) -> Result<(), Failure> {
    for (file, what) in [(config.site_root.join("pkg/app.css"), "front end"), (config.player_root.join("player_bg.wasm"), "player")] {
        if !file.exists() {
            tracing::warn!(file = %file.display(), "the {what} is not built; `make build` builds it");
        }
    }
    let listener = tokio::net::TcpListener::bind(config.listen).await.map_err(|error| format!("can't listen on {}: {error}. Is another process using it? LOOKIT_LISTEN sets another port.", config.listen))?;
    let db = ctx.db.clone();
    let service = router::service(config, ctx).into_make_service_with_connect_info::<SocketAddr>();
    tracing::info!(site = %config.site_origin, listen = %config.listen, "serving");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        wait_for_signal().await;
        tracing::info!("stopping");
        let _ = stop.send(());
    });
    tokio::select! {
        served = async { server.await } => served?,
        () = async { let _ = stopped.await; tokio::time::sleep(DRAIN).await } => tracing::warn!("some requests took too long and were cut off"),
    }
    db.close().await?;
    Ok(())
}

async fn wait_for_signal() {
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
