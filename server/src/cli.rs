//! The command line.

use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::accounts::Powers;
use migrations::Migrator;
use secrecy::ExposeSecret;
use services::accounts::NewAccount;
use services::demo::large;
use services::{Actor, Context, accounts, demo};

use crate::config::{self, Config};
use crate::doctor;
use crate::lifecycle::{self, Failure};

/// Lookit: studies with children, at home.
#[derive(Debug, Parser)]
#[command(name = "lookit", version, about, after_long_help = config::help())]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the pages. The tables must be up to date.
    Serve,
    /// Work on jobs: emails, and what else is done after a request. The tables must be up to date.
    Work,
    /// Bring the tables up to date, then run every role in one process.
    All,
    /// Bring the tables up to date.
    Migrate,
    /// Make a lab, a researcher, a family and three studies to look at.
    Demo(Demo),
    /// Look after accounts.
    User(User),
    /// Show the configuration and say what is wrong with it.
    #[command(after_help = config::help())]
    Doctor {
        /// Check that the audit goes through every place in this file, and add its end to the
        /// file. Keep it where those who can write into the database can't.
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
    },
}

#[derive(Args, Clone, Copy, Debug)]
struct Demo {
    /// Make the data set of the benchmark instead: twenty studies, 2,000 families, 20,000
    /// responses.
    #[arg(long)]
    large: bool,
    /// How many responses the large one has.
    #[arg(long, requires = "large", default_value_t = large::Size::default().responses)]
    responses: u32,
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
        /// Email address.
        email: String,
        /// What to call the person.
        #[arg(long, default_value = "")]
        nickname: String,
        #[command(flatten)]
        rights: Rights,
    },
    /// Set an account's rights to exactly these. Its sessions end.
    Promote {
        /// Email address.
        email: String,
        #[command(flatten)]
        rights: Rights,
    },
    /// Remove all second factors of an account, for an owner who lost them. Its sessions end, and
    /// the owner is told.
    ResetFactors {
        /// Email address.
        email: String,
    },
    /// Set an account's password, read from standard input. Its sessions end.
    SetPassword {
        /// Email address.
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

pub async fn run(cli: Cli) -> Result<(), Failure> {
    if let Command::Doctor { anchor } = &cli.command {
        return doctor::examine(anchor.as_deref()).await;
    }
    let config = Config::from_environment()?;
    lifecycle::start_logging(&config);
    lifecycle::make_folder(&config)?;
    match cli.command {
        Command::Serve => lifecycle::serve(&config, up_to_date(&config).await?).await,
        Command::Work => {
            let ctx = up_to_date(&config).await?;
            lifecycle::work(&config, ctx, lifecycle::wait_for_signal()).await
        }
        Command::All => lifecycle::run_all(&config, migrated(&config).await?).await,
        Command::Migrate => {
            lifecycle::migrate::<Migrator>(&config).await?;
            println!("The tables are up to date.");
            Ok(())
        }
        Command::Demo(demo) => make_demo(&config, demo).await,
        Command::User(User { command }) => user(&opened(&config).await?, command).await,
        Command::Doctor { .. } => Ok(()),
    }
}

async fn opened(config: &Config) -> Result<Context, Failure> {
    lifecycle::context(config, lifecycle::connect(config).await?)
}

/// Brings the tables up to date first.
async fn migrated(config: &Config) -> Result<Context, Failure> {
    lifecycle::migrate::<Migrator>(config).await?;
    opened(config).await
}

/// Refuses tables that are not up to date.
async fn up_to_date(config: &Config) -> Result<Context, Failure> {
    let db = lifecycle::connect(config).await?;
    if lifecycle::is_behind::<Migrator>(&db.read).await? {
        return Err("the tables are not up to date. Run `lookit migrate` first.".into());
    }
    lifecycle::context(config, db)
}

async fn make_demo(config: &Config, wanted: Demo) -> Result<(), Failure> {
    if config.is_production {
        let reason = "demo accounts have public passwords, so they can't be made on a production \
                      site.";
        return Err(reason.into());
    }
    let ctx = migrated(config).await?;
    if wanted.large {
        let size = large::Size {
            responses: wanted.responses,
            ..large::Size::default()
        };
        large::seed(&ctx, &Actor::System, size).await?;
        ctx.close().await?;
        println!("The large data set is ready: {} responses.", size.responses);
        return Ok(());
    }
    demo::seed(&ctx, &Actor::System).await?;
    println!("The demo is ready: {}", config.site_origin);
    for account in [demo::FAMILY, demo::RESEARCHER, demo::STAFF] {
        println!(
            "  {:<11} {:<26} password: {}",
            account.role, account.email, account.password
        );
    }
    println!("Researcher and staff need a code as well; the page that asks for it shows it.");
    if let Some(folder) = config.mail_url.expose_secret().strip_prefix("file://") {
        println!(
            "Emails are files in {folder}; {}/dev/outbox lists them.",
            config.site_origin
        );
    }
    Ok(())
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
            println!("Created account {id}.");
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
