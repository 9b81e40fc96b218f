//! The door for letters: a mail server, or a folder in which each letter is a file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

/// Longest wait for the mail server.
const PATIENCE: Duration = Duration::from_secs(30);

/// A letter that is ready to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// Address of the person.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The same each time that this letter is tried, without angle brackets.
    pub message_id: String,
}

/// Why a letter did not go out.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It may go out later.
    #[error("mail: {0}")]
    Later(String),
    /// It never will.
    #[error("mail: {0}")]
    Never(String),
}

/// Where letters go.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
    Memory(Arc<Mutex<Vec<Mail>>>),
}

impl Mailer {
    /// The door of an address: `smtp://`, `smtps://`, or `file://` and a folder, which is made.
    pub fn open(url: &str, from: &str) -> Result<Self, MailError> {
        let from = from
            .parse()
            .map_err(|error| MailError::Never(format!("the sender is no address: {error}")))?;
        let way = if let Some(folder) = url.strip_prefix("file://") {
            std::fs::create_dir_all(folder).map_err(|error| {
                MailError::Never(format!("the folder {folder} can't be made: {error}"))
            })?;
            Way::Folder(folder.into())
        } else if url.starts_with("smtp://") || url.starts_with("smtps://") {
            Way::Server(
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
        Ok(Self { from, way })
    }

    /// A door that keeps letters in memory, for tests.
    pub fn memory() -> Self {
        Self {
            from: Mailbox::new(None, Address::new_dangerous("lookit", "lookit.test")),
            way: Way::Memory(Arc::default()),
        }
    }

    /// Letters that a door in memory has kept.
    pub fn kept(&self) -> Vec<Mail> {
        match &self.way {
            Way::Memory(kept) => kept.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Way::Server(_) | Way::Folder(_) => Vec::new(),
        }
    }

    /// The folder with letters, where there is one.
    pub fn folder(&self) -> Option<&PathBuf> {
        match &self.way {
            Way::Folder(folder) => Some(folder),
            Way::Server(_) | Way::Memory(_) => None,
        }
    }

    /// Whether the mail server can be reached; a folder always can.
    pub async fn is_reachable(&self) -> Result<bool, MailError> {
        match &self.way {
            Way::Server(server) => server
                .test_connection()
                .await
                .map_err(|error| MailError::Later(error.to_string())),
            Way::Folder(_) | Way::Memory(_) => Ok(true),
        }
    }

    /// Sends a letter. In a folder the same letter is the same file, whole or not there.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        match &self.way {
            Way::Memory(kept) => {
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(mail.clone());
                Ok(())
            }
            Way::Folder(folder) => {
                let bytes = self.message(mail)?.formatted();
                let name: String = mail
                    .message_id
                    .chars()
                    .map(|c| {
                        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '@') {
                            c
                        } else {
                            '_'
                        }
                    })
                    .collect();
                let (draft, file) = (
                    folder.join(format!(".{name}.part")),
                    folder.join(format!("{name}.eml")),
                );
                let later = |error: std::io::Error| MailError::Later(error.to_string());
                tokio::fs::write(&draft, bytes).await.map_err(later)?;
                tokio::fs::rename(&draft, &file).await.map_err(later)
            }
            Way::Server(server) => {
                server
                    .send(self.message(mail)?)
                    .await
                    .map(|_| ())
                    .map_err(|error| {
                        if error.is_permanent() {
                            MailError::Never(error.to_string())
                        } else {
                            MailError::Later(error.to_string())
                        }
                    })
            }
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let never = |error: String| MailError::Never(error);
        let to: Address = mail
            .to
            .parse()
            .map_err(|error: lettre::address::AddressError| never(error.to_string()))?;
        // Answers of machines, such as "out of office", need not answer a machine.
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
    async fn a_folder_holds_each_letter_once() {
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
