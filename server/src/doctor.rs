//! `lookit doctor`: checks everything that can be checked without changing anything.

use std::fmt::Display;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use domain::audit::Anchor;
use migrations::Migrator;
use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret;
use services::audit::{self, Chain};
use services::{Context, jobs};

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

/// Fails if something needs attention. `anchors` is a file with places that the audit must go
/// through; its end is added there.
pub(crate) async fn examine(anchors: Option<&Path>) -> Result<(), Failure> {
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
                Ok(ctx) => {
                    look_at_audit(&ctx, anchors, &mut report).await;
                    look_outside(&ctx, &mut report).await;
                }
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

async fn look_at_audit(ctx: &Context, file: Option<&Path>, report: &mut Report) {
    let mut anchors = match file.map(read_anchors).transpose() {
        Ok(found) => found.unwrap_or_default(),
        Err(error) => return report.bad(format_args!("the anchors can't be read: {error}")),
    };
    let known = anchors.len();
    let head = match audit::head(ctx).await {
        Ok(head) => head,
        Err(error) => return report.bad(format_args!("the audit can't be read: {error}")),
    };
    anchors.extend(head.clone());
    match audit::verify(ctx, &anchors).await {
        Ok(Chain::Whole(entries)) => {
            report.fine(format_args!(
                "the audit's {entries} entries form an unbroken chain"
            ));
            if let (Some(file), Some(head)) = (file, head) {
                let is_new = anchors.get(..known).is_none_or(|old| !old.contains(&head));
                add_anchor(file, &head, is_new, report);
            }
        }
        Ok(Chain::Unkeyed(entries)) => report.bad(format_args!(
            "none of the audit's {entries} entries has a keyed hash. On a site that was brought up \
             to date just now, the next entry mends this; on any other the audit was written anew"
        )),
        Ok(Chain::Broken { number, fault }) => {
            report.bad(format_args!(
                "the audit is broken at entry {number}: {fault}"
            ));
        }
        Err(error) => report.bad(format_args!("the audit can't be read: {error}")),
    }
}

fn add_anchor(file: &Path, end: &Anchor, is_new: bool, report: &mut Report) {
    let added = if is_new {
        write_anchor(file, end)
    } else {
        Ok(())
    };
    let name = file.display();
    match added {
        Ok(()) => report.fine(format_args!(
            "the audit is anchored in {name} up to its end"
        )),
        Err(error) => report.bad(format_args!(
            "the audit's end can't be added to {name}: {error}"
        )),
    }
}

/// The places in a file of anchors; none where there is no such file yet.
fn read_anchors(file: &Path) -> io::Result<Vec<Anchor>> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let read = |line| {
        Anchor::read(line)
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, format!("“{line}”")))
    };
    text.lines().map(read).collect()
}

fn write_anchor(file: &Path, anchor: &Anchor) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    writeln!(file, "{anchor}")
}

async fn look_outside(ctx: &Context, report: &mut Report) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_added_to_a_file_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        assert_eq!(read_anchors(&file).unwrap(), []);
        let anchors = [1, 7].map(|number| Anchor {
            number,
            hash: format!("hash{number}"),
        });
        for anchor in &anchors {
            write_anchor(&file, anchor).unwrap();
        }
        assert_eq!(read_anchors(&file).unwrap(), anchors);
        fs::write(&file, "1 hash1\nnonsense\n").unwrap();
        assert!(
            read_anchors(&file).is_err(),
            "a file that was damaged is told"
        );
    }
}
