//! Sending emails: through a mail server, or into a folder in which each email is a file.

mod folder;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

pub use self::folder::KeptMail;

/// Longest wait for the mail server.
const PATIENCE: Duration = Duration::from_secs(30);

/// An email that is ready to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    /// The text once more, as HTML.
    pub html: String,
    /// The same each time that sending this email is tried, without angle brackets.
    pub message_id: String,
}

/// Why an email did not go out.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It may go out later.
    #[error("mail: {0}")]
    Later(String),
    /// It never will.
    #[error("mail: {0}")]
    Never(String),
}

#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    transport: Transport,
}

#[derive(Clone)]
enum Transport {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
    Memory(Arc<Mutex<Vec<Mail>>>),
}

impl Mailer {
    /// What `url` names: a server (`smtp://`, `smtps://`), or a folder (`file://`), which is made.
    /// `from` is the sender of every email.
    pub fn open(url: &str, from: &str) -> Result<Self, MailError> {
        let from = from
            .parse()
            .map_err(|error| MailError::Never(format!("the sender is not an address: {error}")))?;
        let transport = if let Some(folder) = url.strip_prefix("file://") {
            std::fs::create_dir_all(folder).map_err(|error| {
                MailError::Never(format!("the folder {folder} can't be made: {error}"))
            })?;
            Transport::Folder(folder.into())
        } else if url.starts_with("smtp://") || url.starts_with("smtps://") {
            Transport::Server(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|error| MailError::Never(error.to_string()))?
                    .timeout(Some(PATIENCE))
                    .build(),
            )
        } else {
            return Err(MailError::Never(
                "the address must begin with smtp://, smtps:// or file://".to_owned(),
            ));
        };
        Ok(Self { from, transport })
    }

    /// Keeps emails in memory, for tests.
    pub fn memory() -> Self {
        Self {
            from: Mailbox::new(None, Address::new_dangerous("lookit", "lookit.test")),
            transport: Transport::Memory(Arc::default()),
        }
    }

    /// What was sent, where it is kept in memory.
    pub fn kept(&self) -> Vec<Mail> {
        match &self.transport {
            Transport::Memory(kept) => kept.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Transport::Server(_) | Transport::Folder(_) => Vec::new(),
        }
    }

    /// Every email in the folder into which emails go; nothing where it is no folder.
    pub async fn in_folder(&self) -> std::io::Result<Option<Vec<KeptMail>>> {
        match &self.transport {
            Transport::Folder(folder) => folder::read_all(folder).await.map(Some),
            Transport::Server(_) | Transport::Memory(_) => Ok(None),
        }
    }

    /// One email of that folder, by the name of its file.
    pub async fn one_in_folder(&self, file: &str) -> Option<KeptMail> {
        match &self.transport {
            Transport::Folder(folder) => folder::read(folder, file).await,
            Transport::Server(_) | Transport::Memory(_) => None,
        }
    }

    /// Whether the mail server can be reached; a folder always can.
    pub async fn is_reachable(&self) -> Result<bool, MailError> {
        match &self.transport {
            Transport::Server(server) => server
                .test_connection()
                .await
                .map_err(|error| MailError::Later(error.to_string())),
            Transport::Folder(_) | Transport::Memory(_) => Ok(true),
        }
    }

    /// In a folder the same email is always the same file, which is either whole or absent.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        match &self.transport {
            Transport::Memory(kept) => {
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(mail.clone());
                Ok(())
            }
            Transport::Folder(folder) => {
                write_file(folder, &mail.message_id, self.message(mail)?.formatted())
                    .await
                    .map_err(|error| MailError::Later(error.to_string()))
            }
            Transport::Server(server) => server
                .send(self.message(mail)?)
                .await
                .map(|_| ())
                .map_err(|error| {
                    if error.is_permanent() {
                        MailError::Never(error.to_string())
                    } else {
                        MailError::Later(error.to_string())
                    }
                }),
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let never = |error: String| MailError::Never(error);
        let to: Address = mail
            .to
            .parse()
            .map_err(|error: lettre::address::AddressError| never(error.to_string()))?;
        // Programs that answer by themselves, such as "out of office", leave this email alone.
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.clone())
            .message_id(Some(format!("<{}>", mail.message_id)))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(
                mail.text.clone(),
                mail.html.clone(),
            ))
            .map_err(|error| never(error.to_string()))
    }
}

async fn write_file(folder: &Path, message_id: &str, bytes: Vec<u8>) -> std::io::Result<()> {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '@');
    let name: String = message_id
        .chars()
        .map(|c| if safe(c) { c } else { '_' })
        .collect();
    let unfinished = folder.join(format!(".{name}.part"));
    tokio::fs::write(&unfinished, bytes).await?;
    tokio::fs::rename(&unfinished, folder.join(format!("{name}.eml"))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            to: "zoë@example.org".into(),
            subject: "Grüße".into(),
            text: "Hello,\n\nyes".into(),
            html: "<p>Hello</p>".into(),
            message_id: "1@lookit.test".into(),
        }
    }

    #[tokio::test]
    async fn an_email_in_a_folder_reads_as_it_was_written() {
        let folder = std::env::temp_dir().join(format!("lookit-read-{}", std::process::id()));
        let url = format!("file://{}", folder.display());
        let mailer = Mailer::open(&url, "Lookit <lookit@example.org>").unwrap();
        let long =
            "A line that is longer than the 76 characters which mail programs allow, = and é.";
        let written = Mail {
            to: "ada@example.org".into(),
            subject: "Grüße: 研究のお知らせ, which is a long subject with many words".into(),
            text: format!("Hello,\n\n研究のお知らせ\n{long}\n"),
            html: "<p>text/plain</p>".into(),
            message_id: "2@lookit.test".into(),
        };
        mailer.send(&written).await.unwrap();
        let all = mailer.in_folder().await.unwrap().unwrap();
        let one = mailer.one_in_folder("2@lookit.test.eml").await.unwrap();
        assert_eq!(all, std::slice::from_ref(&one));
        let (to, subject, text) = (one.to, one.subject, one.text);
        assert_eq!((to, subject), (written.to, written.subject));
        assert_eq!(text.trim_end(), written.text.trim_end());
        for file in ["../x.eml", ".2@lookit.test.part", "3@lookit.test.eml", "x"] {
            assert_eq!(mailer.one_in_folder(file).await, None, "{file}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    proptest::proptest! {
        #[test]
        fn an_address_that_people_may_have_is_one_that_can_be_written_to(
            text in "[a-z0-9.!#+é\"'(), @\\[\\]<>\u{0}-]{0,12}@[a-zé0-9.\\[\\]-]{0,12}"
        ) {
            if let Some(address) = domain::accounts::EmailAddress::parse(&text) {
                proptest::prop_assert!(address.as_str().parse::<Address>().is_ok(), "{}", text);
            }
        }
    }

    #[tokio::test]
    async fn a_folder_holds_each_email_once() {
        let folder = std::env::temp_dir().join(format!("lookit-mail-{}", std::process::id()));
        let mailer = Mailer::open(
            &format!("file://{}", folder.display()),
            "Lookit <lookit@example.org>",
        )
        .unwrap();
        for _ in 0..2 {
            mailer
                .send(&Mail {
                    to: "ada@example.org".into(),
                    ..mail()
                })
                .await
                .unwrap();
        }
        let files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(&files[0]).unwrap();
        for part in [
            "Message-ID: <1@lookit.test>",
            "From: Lookit <lookit@example.org>",
            "To: ada@example.org",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_server_that_is_away_means_later() {
        let mailer = Mailer::open("smtp://127.0.0.1:9", "lookit@example.org").unwrap();
        assert!(matches!(
            mailer
                .send(&Mail {
                    to: "ada@example.org".into(),
                    ..mail()
                })
                .await,
            Err(MailError::Later(_))
        ));
        assert!(matches!(
            mailer
                .send(&Mail {
                    to: "nobody".into(),
                    ..mail()
                })
                .await,
            Err(MailError::Never(_))
        ));
        assert!(
            Mailer::open("http://x", "a@example.org").is_err()
                && Mailer::open("smtp://x", "nobody").is_err()
        );
    }
}
