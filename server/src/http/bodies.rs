//! Bodies of requests: who may send one, how large it may be, how long it may take, and how much of
//! all of them may be in memory at once.
//!
//! Nothing of a body is read before whoever sends it was asked for the right to. Every handler gets
//! its body from here; a walk over all routes in the tests holds that none is forgotten.

use std::sync::Arc;
use std::time::Duration;

use app::error::AppError;
use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use domain::permissions::Action;
use futures::StreamExt;
use http::StatusCode;
use http::request::Parts;
use services::permissions::{self, ActionTarget};
use services::{Actor, Context, Error, Noun};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use super::refusal::Refusal;

/// Largest body that anybody may send, in bytes: a form for signing up, a passkey's answer.
pub(super) const OPEN: usize = 16 * 1024;
/// Largest form that is acted on, in bytes: the longest texts that fields take, with room for what
/// encoding adds.
pub(super) const FORM: usize = 512 * 1024;
/// Largest form that is read, in bytes: what is above [`FORM`] comes back with what was typed.
pub(super) const READ_FORM: usize = 1024 * 1024;
/// Largest form with a protocol or an experiment in it, in bytes: those may have 4 MB, and encoding
/// may turn every character into three.
pub(super) const DESIGN: usize = 16 * 1024 * 1024;
/// Largest question of a script of ours to a server function, in bytes.
pub(super) const CALL: usize = 1024;
/// Largest message of another site, in bytes.
pub(super) const MESSAGE: usize = 64 * 1024;
/// Largest batch of entries of a run, in bytes.
pub(super) const BATCH: usize = 8 * 1024 * 1024;

/// How much of the bodies that visitors send is in memory at once, in kilobytes.
const OPEN_MEMORY: usize = 16 * 1024;
/// The same for bodies of people who are signed in, and of runs.
const MEMORY: usize = 64 * 1024;

/// How long a body may take that has nothing in it yet.
const GRACE: Duration = Duration::from_secs(20);
/// How much of it must arrive in each second from then on, in bytes: a slow telephone manages that.
const SPEED: u32 = 4 * 1024;
/// How long an answer may take to begin once the body is there.
const ANSWER: Duration = Duration::from_secs(30);

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a body that has nothing in it yet.
    pub grace: Duration,
    /// For an answer, once the body is there.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            grace: GRACE,
            answer: ANSWER,
        }
    }
}

/// Who may send a body to a route.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sender {
    Anybody,
    SignedIn,
    Researcher,
    /// Whoever may do this in the study of the path.
    InStudy(Action),
    /// Whoever may do this in the lab of the path.
    InLab(Action),
}

impl Sender {
    /// Refuses everybody else.
    pub async fn admit(
        self,
        ctx: &Context,
        actor: &Actor,
        path_id: Option<&str>,
    ) -> Result<(), Error> {
        let id = path_id.unwrap_or_default();
        let (action, target) = match self {
            Self::Anybody => return Ok(()),
            Self::SignedIn => return actor.signed_in().map(|_| ()),
            Self::Researcher => return actor.researcher_in_person().map(|_| ()),
            Self::InStudy(action) => (action, study(id)),
            Self::InLab(action) => (action, lab(id)),
        };
        actor.researcher_in_person()?;
        permissions::require(ctx, actor, action, target?).await?;
        Ok(())
    }
}

fn study(id: &str) -> Result<ActionTarget, Error> {
    let id = id.parse().map_err(|_| Error::NotFound(Noun::Study))?;
    Ok(ActionTarget::Study(id))
}

fn lab(id: &str) -> Result<ActionTarget, Error> {
    let id = id.parse().map_err(|_| Error::NotFound(Noun::Lab))?;
    Ok(ActionTarget::Lab(id))
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    TooLarge(usize),
    /// It came too slowly, or its connection broke.
    Slow,
    /// Too many bodies are in memory.
    Full,
}

impl From<Unread> for AppError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge(most) => Self::TooLarge { most },
            Unread::Slow => Self::Slow,
            Unread::Full => Self::Busy,
        }
    }
}

impl From<Unread> for Refusal {
    fn from(unread: Unread) -> Self {
        AppError::from(unread).into()
    }
}

/// Reads bodies. One for the process, handed to each request.
#[derive(Clone)]
pub(super) struct Bodies {
    open_memory: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    patience: Patience,
    /// When the answer to this request must have begun; nothing while its body is read.
    deadline: Option<watch::Sender<Option<Instant>>>,
}

/// A body, and its part of the memory, which it holds until the request is answered.
pub(super) struct Received {
    pub bytes: Bytes,
    _held: Option<Held>,
}

/// Memory that a body takes, until this is dropped.
pub(super) type Held = OwnedSemaphorePermit;

impl Bodies {
    pub fn new(patience: Patience) -> Self {
        Self {
            open_memory: Arc::new(Semaphore::new(OPEN_MEMORY)),
            memory: Arc::new(Semaphore::new(MEMORY)),
            patience,
            deadline: None,
        }
    }

    /// Reads what anybody may send.
    pub async fn read_open(&self, body: Body, most: usize) -> Result<Received, Unread> {
        self.read(body, &self.open_memory, most).await
    }

    /// Reads what somebody sends who was asked for the right to.
    pub async fn read_trusted(&self, body: Body, most: usize) -> Result<Received, Unread> {
        self.read(body, &self.memory, most).await
    }

    /// Reads a body after asking whoever sends it.
    pub async fn receive(
        &self,
        ctx: &Context,
        parts: &Parts,
        path_id: Option<&str>,
        (sender, most): (Sender, usize),
        body: Body,
    ) -> Result<Received, AppError> {
        let actor = parts.extensions.get::<Actor>().unwrap_or(&Actor::Visitor);
        sender.admit(ctx, actor, path_id).await?;
        let read = match sender {
            Sender::Anybody => self.read_open(body, most).await,
            _ => self.read_trusted(body, most).await,
        };
        Ok(read?)
    }

    async fn read(
        &self,
        body: Body,
        memory: &Arc<Semaphore>,
        most: usize,
    ) -> Result<Received, Unread> {
        let mut reading = self.begin(body, memory, most)?;
        let mut bytes = Vec::new();
        while let Some(piece) = reading.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(Received {
            bytes: bytes.into(),
            _held: reading.into_held(),
        })
    }

    /// Begins to read a body piece by piece, for somebody who was asked for the right to.
    pub fn begin_trusted(&self, body: Body, most: usize) -> Result<Reading, Unread> {
        self.begin(body, &self.memory, most)
    }

    fn begin(&self, body: Body, memory: &Arc<Semaphore>, most: usize) -> Result<Reading, Unread> {
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > most {
            return Err(Unread::TooLarge(most));
        }
        if let Some(deadline) = &self.deadline {
            deadline.send_replace(None);
        }
        Ok(Reading {
            pieces: body.into_data_stream(),
            memory: memory.clone(),
            held: None,
            received: 0,
            most,
            began: Instant::now(),
            patience: self.patience,
            deadline: self.deadline.clone(),
        })
    }

    /// Answers a request in time, or says that it could not. While a body is read, its own time
    /// counts instead.
    pub async fn in_time(
        &self,
        answer: impl FnOnce(Self) -> BoxedAnswer,
    ) -> axum::response::Response {
        let (deadline, mut moved) = watch::channel(Some(Instant::now() + self.patience.answer));
        let mine = Self {
            deadline: Some(deadline),
            ..self.clone()
        };
        let mut answer = answer(mine);
        loop {
            let until = *moved.borrow_and_update();
            let late = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                answer = &mut answer => return answer,
                () = late => return too_late(),
                Ok(()) = moved.changed() => {}
            }
        }
    }
}

/// An answer that is being made.
pub(super) type BoxedAnswer = futures::future::BoxFuture<'static, axum::response::Response>;

fn too_late() -> axum::response::Response {
    use axum::response::IntoResponse;
    let words = "This took too long, so we stopped. Please try again in a moment.";
    (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
}

/// A body on its way.
pub(super) struct Reading {
    pieces: BodyDataStream,
    memory: Arc<Semaphore>,
    held: Option<Held>,
    received: usize,
    most: usize,
    began: Instant,
    patience: Patience,
    deadline: Option<watch::Sender<Option<Instant>>>,
}

impl Reading {
    /// The next piece, or nothing at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Unread> {
        let received = u32::try_from(self.received).unwrap_or(u32::MAX);
        let until =
            self.began + self.patience.grace + Duration::from_secs((received / SPEED).into());
        let piece = timeout_at(until, self.pieces.next()).await;
        match piece.map_err(|_| Unread::Slow)? {
            Some(Ok(piece)) => {
                self.hold(piece.len())?;
                Ok(Some(piece))
            }
            Some(Err(_)) => Err(Unread::Slow),
            None => Ok(None),
        }
    }

    /// The memory that what was read takes.
    pub fn into_held(mut self) -> Option<Held> {
        self.held.take()
    }

    /// Takes memory for so many more bytes.
    fn hold(&mut self, more: usize) -> Result<(), Unread> {
        self.received = self.received.saturating_add(more);
        if self.received > self.most {
            return Err(Unread::TooLarge(self.most));
        }
        let held = self.held.as_ref().map_or(0, Held::num_permits);
        let missing = self.received.div_ceil(1024).saturating_sub(held);
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let memory = self.memory.clone();
        let taken = memory.try_acquire_many_owned(missing);
        let taken = taken.map_err(|_| Unread::Full)?;
        match &mut self.held {
            Some(held) => held.merge(taken),
            None => self.held = Some(taken),
        }
        Ok(())
    }
}

impl Drop for Reading {
    /// The time for the answer begins when the body is there, or was given up.
    fn drop(&mut self) {
        if let Some(deadline) = &self.deadline {
            deadline.send_replace(Some(Instant::now() + self.patience.answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;

    use super::*;

    fn bodies() -> Bodies {
        Bodies::new(Patience::default())
    }

    /// A body of so many kilobytes, whose length nobody announced.
    fn kilobytes(number: usize) -> Body {
        let piece = Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 1024]));
        Body::from_stream(stream::iter(vec![piece; number]))
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        let bodies = bodies();
        let read = bodies.read_open(kilobytes(16), OPEN).await.unwrap();
        assert_eq!(read.bytes.len(), OPEN);
        let refused = bodies.read_open(kilobytes(17), OPEN).await.err();
        assert_eq!(refused, Some(Unread::TooLarge(OPEN)));
        let announced = Body::from(vec![b'x'; OPEN + 1]);
        let refused = bodies.read_open(announced, OPEN).await.err();
        assert_eq!(refused, Some(Unread::TooLarge(OPEN)));
    }

    #[tokio::test]
    async fn memory_is_held_until_the_request_is_answered() {
        let bodies = bodies();
        let half = bodies.read_open(kilobytes(8 * 1024), usize::MAX).await;
        let other = bodies.read_open(kilobytes(8 * 1024), usize::MAX).await;
        let full = bodies.read_open(kilobytes(1), usize::MAX).await;
        assert_eq!(full.err(), Some(Unread::Full));
        assert!(bodies.read_trusted(kilobytes(1), 1024).await.is_ok());
        drop(half);
        assert!(bodies.read_open(kilobytes(1), usize::MAX).await.is_ok());
        drop(other);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_given_up_and_a_steady_one_is_not() {
        let bodies = bodies();
        let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(
            bodies.read_open(never, OPEN).await.err(),
            Some(Unread::Slow)
        );
        let dripping = |every: u64| {
            Body::from_stream(stream::iter(0..64).then(move |_| async move {
                tokio::time::sleep(Duration::from_millis(every)).await;
                Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 1024]))
            }))
        };
        assert!(bodies.read_open(dripping(200), MESSAGE).await.is_ok());
        let refused = bodies.read_open(dripping(1_000), MESSAGE).await.err();
        assert_eq!(refused, Some(Unread::Slow));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_too_long_is_given_up_after_the_body() {
        let answer = async |reads: Duration, works: Duration| {
            let bodies = bodies();
            let answered = bodies.in_time(|bodies| {
                Box::pin(async move {
                    let body = stream::once(async move {
                        tokio::time::sleep(reads).await;
                        Ok::<_, Infallible>(Bytes::from_static(b"x"))
                    });
                    let read = bodies.read_open(Body::from_stream(body), OPEN).await;
                    tokio::time::sleep(works).await;
                    let status = match read {
                        Ok(_) => StatusCode::OK,
                        Err(unread) => AppError::from(unread).status(),
                    };
                    axum::response::IntoResponse::into_response(status)
                })
            });
            answered.await.status().as_u16()
        };
        let seconds = Duration::from_secs;
        assert_eq!(answer(seconds(0), seconds(29)).await, 200);
        assert_eq!(answer(seconds(15), seconds(29)).await, 200);
        assert_eq!(answer(seconds(15), seconds(31)).await, 503);
        assert_eq!(answer(seconds(25), seconds(0)).await, 408);
    }
}
