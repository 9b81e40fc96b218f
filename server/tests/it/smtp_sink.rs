//! A mail server for tests: takes every email, and remembers when and in which order.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

/// A mail server takes its time, so that workers die in every place.
const THINKING: Duration = Duration::from_millis(100);
/// Longest wait for something that has to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// What came so far.
#[derive(Clone, Default)]
struct Mailbox {
    /// When an email was taken, by its Message-ID. It is written down before the client is told.
    taken: BTreeMap<String, Vec<Instant>>,
    /// How often a client was told that its email was taken.
    accepted: usize,
}

impl Mailbox {
    fn copies(&self) -> usize {
        self.taken.values().map(Vec::len).sum()
    }
}

/// A server on a free port of the loopback, in a thread of its own. It ends when it is dropped.
pub struct SmtpSink {
    pub address: SocketAddr,
    mailbox: watch::Receiver<Mailbox>,
    _stop: oneshot::Sender<()>,
}

impl SmtpSink {
    pub fn open() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (filled, mailbox) = watch::channel(Mailbox::default());
        let (stop, stopped) = oneshot::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                tokio::select! {
                    () = listen(listener, Arc::new(filled)) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            mailbox,
            _stop: stop,
        }
    }

    /// When each email was taken, by its Message-ID.
    pub fn taken(&self) -> BTreeMap<String, Vec<Instant>> {
        self.mailbox.borrow().taken.clone()
    }

    /// Waits until so many more copies were taken, which their clients do not know yet of.
    pub async fn takes(&self, more: usize) {
        let before = self.mailbox.borrow().copies();
        self.reach(|mailbox| mailbox.copies() >= before + more)
            .await;
    }

    /// Waits until so many more clients were told that their email was taken.
    pub async fn accepts(&self, more: usize) {
        let before = self.mailbox.borrow().accepted;
        self.reach(|mailbox| mailbox.accepted >= before + more)
            .await;
    }

    /// Waits until so many different emails were taken.
    pub async fn has(&self, emails: usize) {
        self.reach(|mailbox| mailbox.taken.len() >= emails).await;
    }

    async fn reach(&self, is_there: impl Fn(&Mailbox) -> bool) {
        let mut mailbox = self.mailbox.clone();
        let reached = tokio::time::timeout(PATIENCE, mailbox.wait_for(|found| is_there(found)));
        let come = self.taken().len();
        let reached = reached.await;
        assert!(
            reached.is_ok(),
            "only {come} emails came, and no more for a minute"
        );
    }
}

async fn listen(listener: std::net::TcpListener, mailbox: Arc<watch::Sender<Mailbox>>) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mailbox = mailbox.clone();
        // It ends with the runtime of the sink.
        tokio::spawn(async move {
            // A client that dies in the middle is what this is for.
            let _ = talk(stream, &mailbox).await;
        });
    }
}

/// As much of SMTP as a client needs to hand over its emails.
async fn talk(stream: TcpStream, mailbox: &watch::Sender<Mailbox>) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 sink\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let Some(id) = read(&mut lines).await? else {
                    return Ok(());
                };
                mailbox.send_modify(|mailbox| {
                    mailbox.taken.entry(id).or_default().push(Instant::now());
                });
                tokio::time::sleep(THINKING).await;
                b"250 taken\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 fine\r\n",
        };
        writing.write_all(answer).await?;
        if verb == "DATA" {
            mailbox.send_modify(|mailbox| mailbox.accepted += 1);
        }
    }
    Ok(())
}

/// The Message-ID of an email, once it is here whole.
async fn read(lines: &mut Lines<BufReader<OwnedReadHalf>>) -> std::io::Result<Option<String>> {
    let mut id = None;
    while let Some(line) = lines.next_line().await? {
        if line == "." {
            return Ok(id);
        }
        let found = line.strip_prefix("Message-ID: ").map(str::to_owned);
        id = id.or(found);
    }
    Ok(None)
}
