//! The command line.

use std::io::Read;

use clap::{Args, Parser, Subcommand};
use domain::accounts::Powers;
use migrations::Migrator;
use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret;
use services::accounts::NewAccount;
use services::{Actor, Context, accounts, audit, demo};

use crate::config::{Config, VARIABLES};
use crate::lifecycle;

/// Lookit: studies with children, at home.
#[derive(Debug, Parser)]
#[command(name = "lookit", version, about, after_long_help = environment_help())]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the pages. The tables must be up to date.
    Serve,
    /// Work on jobs: letters, and what else is done after a request. The tables must be up to date.
    Work,
    /// Bring the tables up to date, then run every role in one process.
    All,
    /// Bring the tables up to date.
    Migrate,
    /// Make a lab, a researcher, a family and three studies to look at.
    Demo,
    /// Look after accounts.
    User(User),
    /// Show the configuration and say what is wrong with it.
    #[command(after_help = environment_help())]
    Doctor,
}

#[derive(Args, Debug)]
struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make an account. The password is read from standard input.
    Create {
        /// E-mail address.
        email: String,
        /// What to call the person.
        #[arg(long, default_value = "")]
        nickname: String,
        #[command(flatten)]
        rights: Rights,
    },
    /// Set an account's rights to exactly these. Its sessions end.
    Promote {
        /// E-mail address.
        email: String,
        #[command(flatten)]
        rights: Rights,
    },
    /// Remove all second factors of an account, for an owner who lost them. Its sessions end, and
    /// the owner is told.
    ResetFactors {
        /// E-mail address.
        email: String,
    },
    /// Set an account's password, read from standard input. Its sessions end.
    SetPassword {
        /// E-mail address.
        email: String,
    },
}

#[derive(Args, Clone, Copy, Debug)]
struct Rights {
    /// Works in labs.
    #[arg(long)]
    researcher: bool,
    /// Looks after the site.
    #[arg(long)]
    staff: bool,
    /// May do everything on it.
    #[arg(long)]
    superuser: bool,
}

impl Rights {
    fn powers(self) -> Powers {
        Powers {
            is_researcher: self.researcher,
            is_staff: self.staff,
            is_superuser: self.superuser,
        }
    }
}

/// Why a command ended badly, in a sentence.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs a command.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    if matches!(cli.command, Command::Doctor) {
        return doctor().await;
    }
    let config = Config::from_environment()?;
    lifecycle::start_logging(&config);
    lifecycle::make_folder(&config)?;
    if matches!(cli.command, Command::All | Command::Migrate | Command::Demo) {
        if config.is_production && matches!(cli.command, Command::Demo) {
            return Err(
                "demo accounts have public passwords, so they can't be made on a production site."
                    .into(),
            );
        }
        lifecycle::migrate::<Migrator>(&config).await?;
    }
    let db = lifecycle::connect(&config).await?;
    match cli.command {
        Command::Serve => {
            if lifecycle::is_behind::<Migrator>(&db).await? {
                return Err("the tables are not up to date. Run `lookit migrate` first.".into());
            }
            lifecycle::serve(&config, lifecycle::context(&config, db)?).await
        }
        Command::Work => {
            if lifecycle::is_behind::<Migrator>(&db).await? {
                return Err("the tables are not up to date. Run `lookit migrate` first.".into());
            }
            lifecycle::work(
                &config,
                lifecycle::context(&config, db)?,
                lifecycle::wait_for_signal(),
            )
            .await
        }
        Command::All => lifecycle::run_all(&config, lifecycle::context(&config, db)?).await,
        Command::Migrate => {
            println!("The tables are up to date.");
            Ok(())
        }
        Command::Demo => {
            demo::seed(&lifecycle::context(&config, db)?, &Actor::System).await?;
            println!("The demo is ready: {}", config.site_origin);
            for account in [demo::FAMILY, demo::RESEARCHER, demo::STAFF] {
                println!(
                    "  {:<11} {:<26} password: {}",
                    account.role, account.email, account.password
                );
            }
            println!(
                "Researcher and staff need a code as well; the page that asks for it shows it."
            );
            if let Some(folder) = config.mail_url.expose_secret().strip_prefix("file://") {
                println!(
                    "Letters are files in {folder}; {}/dev/outbox lists them.",
                    config.site_origin
                );
            }
            Ok(())
        }
        Command::User(User { command }) => user(&lifecycle::context(&config, db)?, command).await,
        Command::Doctor => Ok(()),
    }
}

async fn user(ctx: &Context, command: UserCommand) -> Result<(), Failure> {
    let system = Actor::System;
    match command {
        UserCommand::Create {
            email,
            nickname,
            rights,
        } => {
            let id = accounts::create(
                ctx,
                &system,
                &email,
                password()?.into(),
                NewAccount {
                    nickname,
                    powers: rights.powers(),
                    ..NewAccount::default()
                },
            )
            .await?;
            println!("Made account {id}.");
        }
        UserCommand::Promote { email, rights } => {
            accounts::promote(ctx, &system, &email, rights.powers()).await?;
            println!("Changed the rights; sessions of this account have ended.");
        }
        UserCommand::ResetFactors { email } => {
            accounts::reset_factors(ctx, &system, &email).await?;
            println!("Removed the second factors; sessions of this account have ended.");
        }
        UserCommand::SetPassword { email } => {
            accounts::set_password(ctx, &system, &email, password()?.into()).await?;
            println!("Changed the password; sessions of this account have ended.");
        }
    }
    Ok(())
}

/// A password from standard input, since arguments can be read by everybody on the machine.
fn password() -> Result<String, Failure> {
    use std::io::IsTerminal;
    if std::io::stdin().is_terminal() {
        eprintln!("Type the password, then press Enter and Ctrl-D:");
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn environment_help() -> String {
    let lines = VARIABLES.iter().map(|variable| {
        let default = variable
            .default
            .filter(|default| !default.is_empty())
            .map(|default| format!(" [default: {default}]"))
            .unwrap_or_default();
        let needed = if variable.is_required_in_production {
            " [production: must be set]"
        } else {
            ""
        };
        format!(
            "  {}\n      {}{default}{needed}",
            variable.name, variable.meaning
        )
    });
    format!("Environment:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Checks everything that can be checked without changing anything.
async fn doctor() -> Result<(), Failure> {
    println!("{}\n", environment_help());
    let config = Config::from_environment()?;
    let mut faults = 0_u32;
    let mut say = |is_fine: bool, words: String| {
        println!("{} {words}", if is_fine { "ok  " } else { "BAD " });
        faults += u32::from(!is_fine);
    };
    say(
        true,
        format!(
            "mode: {}",
            if config.is_production {
                "production"
            } else {
                "development"
            }
        ),
    );
    say(
        true,
        format!(
            "pages at {}, runs at {}, listening on {}",
            config.site_origin, config.run_origin, config.listen
        ),
    );
    let kind = config
        .database_url
        .expose_secret()
        .split(':')
        .next()
        .unwrap_or_default()
        .to_owned();
    match lifecycle::connect(&config).await {
        Ok(db) => {
            say(true, format!("the {kind} database answers"));
            say_tables(&db, &mut say).await;
            match lifecycle::context(&config, db) {
                Ok(ctx) => say_doors(&ctx, &mut say).await,
                Err(error) => say(false, error.to_string()),
            }
        }
        Err(error) => say(
            false,
            format!("the {kind} database does not answer: {error}"),
        ),
    }
    for (file, what) in [
        (config.site_root.join("pkg/app.css"), "front end"),
        (config.player_root.join("player_bg.wasm"), "player"),
    ] {
        say(file.exists(), format!("{what}: {}", file.display()));
    }
    if faults == 0 {
        Ok(())
    } else {
        Err(format!("{faults} things need attention.").into())
    }
}

async fn say_doors(ctx: &Context, say: &mut impl FnMut(bool, String)) {
    match audit::verify(ctx).await {
        Ok(audit::Chain::Whole(entries)) => say(
            true,
            format!("the audit's {entries} entries follow each other"),
        ),
        Ok(audit::Chain::Broken { number, reason }) => say(
            false,
            format!("the audit is broken at entry {number}: {reason}"),
        ),
        Err(error) => say(false, format!("the audit can't be read: {error}")),
    }
    match ctx.mail.is_reachable().await {
        Ok(true) => say(true, "letters can be sent".to_owned()),
        Ok(false) => say(false, "the mail server does not answer as one".to_owned()),
        Err(error) => say(false, format!("letters can't be sent: {error}")),
    }
    for lane in services::jobs::LANES {
        match adapters::queue::waiting(&ctx.db, lane.queue).await {
            Ok(waiting) => say(true, format!("queue {}: {waiting} jobs wait", lane.queue)),
            Err(error) => say(false, format!("queue {}: {error}", lane.queue)),
        }
    }
}

async fn say_tables(db: &DatabaseConnection, say: &mut impl FnMut(bool, String)) {
    match lifecycle::is_behind::<Migrator>(db).await {
        Ok(false) => say(true, "the tables are up to date".to_owned()),
        Ok(true) => say(
            false,
            "the tables are not up to date: run `lookit migrate`".to_owned(),
        ),
        Err(error) => say(false, format!("the tables can't be looked at: {error}")),
    }
}
