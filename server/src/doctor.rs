//! `lookit doctor`: checks everything that can be checked without changing anything.

use std::fmt::Display;

use migrations::Migrator;
use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret;
use services::{Context, audit, jobs};

use crate::config::{self, Config};
use crate::lifecycle::{self, Failure};

/// What was looked at, printed as it is found.
#[derive(Default)]
struct Report {
    faults: u32,
}

impl Report {
    fn fine(&mut self, sentence: impl Display) {
        self.say(true, sentence);
    }

    fn bad(&mut self, sentence: impl Display) {
        self.say(false, sentence);
    }

    fn say(&mut self, is_fine: bool, sentence: impl Display) {
        println!("{} {sentence}", if is_fine { "ok  " } else { "BAD " });
        self.faults += u32::from(!is_fine);
    }
}

/// Fails if something needs attention.
pub(crate) async fn examine() -> Result<(), Failure> {
    println!("{}\n", config::help());
    let config = Config::from_environment()?;
    let mut report = Report::default();
    look_at_configuration(&config, &mut report);
    let url = config.database_url.expose_secret();
    let kind = url.split(':').next().unwrap_or_default();
    match lifecycle::connect(&config).await {
        Ok(db) => {
            report.fine(format_args!("the {kind} database answers"));
            look_at_tables(&db.read, &mut report).await;
            match lifecycle::context(&config, db) {
                Ok(ctx) => look_outside(&ctx, &mut report).await,
                Err(error) => report.bad(error),
            }
        }
        Err(error) => report.bad(format_args!("the {kind} database does not answer: {error}")),
    }
    for (file, what) in lifecycle::built_files(&config) {
        let sentence = format!("{what}: {}", file.display());
        report.say(file.exists(), sentence);
    }
    match report.faults {
        0 => Ok(()),
        1 => Err("1 thing needs attention.".into()),
        faults => Err(format!("{faults} things need attention.").into()),
    }
}

fn look_at_configuration(config: &Config, report: &mut Report) {
    let mode = if config.is_production {
        "production"
    } else {
        "development"
    };
    report.fine(format_args!("mode: {mode}"));
    report.fine(format_args!(
        "pages at {}, runs at {}, listening on {}",
        config.site_origin, config.run_origin, config.listen
    ));
}

async fn look_at_tables(db: &DatabaseConnection, report: &mut Report) {
    match lifecycle::is_behind::<Migrator>(db).await {
        Ok(false) => report.fine("the tables are up to date"),
        Ok(true) => report.bad("the tables are not up to date: run `lookit migrate`"),
        Err(error) => report.bad(format_args!("the tables can't be looked at: {error}")),
    }
}

async fn look_outside(ctx: &Context, report: &mut Report) {
    match audit::verify(ctx).await {
        Ok(audit::Chain::Whole(entries)) => {
            report.fine(format_args!(
                "the audit's {entries} entries form an unbroken chain"
            ));
        }
        Ok(audit::Chain::Broken { number, reason }) => {
            report.bad(format_args!(
                "the audit is broken at entry {number}: {reason}"
            ));
        }
        Err(error) => report.bad(format_args!("the audit can't be read: {error}")),
    }
    match ctx.mail.is_reachable().await {
        Ok(true) => report.fine("emails can be sent"),
        Ok(false) => report.bad("the mail server does not answer as a mail server"),
        Err(error) => report.bad(format_args!("emails can't be sent: {error}")),
    }
    match jobs::waiting(ctx).await {
        Ok(queues) => {
            for (queue, waiting) in queues {
                report.fine(format_args!("queue {queue}: {waiting} jobs wait"));
            }
        }
        Err(error) => report.bad(format_args!("the job queues can't be read: {error}")),
    }
}
