//! Forms with one file in them.

use adapters::archives::LARGEST_ARCHIVE;
use adapters::pictures::LARGEST_FILE;
use app::actions::{labs, studies};
use app::error::AppError;
use app::form::Form;
use app::post::{self, Answer, Post};
use app::state::AppState;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::routing::{MethodRouter, post};
use domain::permissions::Action;
use futures::stream::try_unfold;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use multer::{Constraints, Multipart, SizeLimit};
use services::Actor;

use super::bodies::{Bodies, FORM, Held, Reading, Sender, Unread};
use super::forms::posted;
use super::headers::text;

/// Most fields of a form with a file in it.
const MOST_PARTS: usize = 20;

/// Room for the other fields, and for what stands around all of them, in bytes.
const AROUND: usize = 64 * 1024;

/// What was sent, or why it can't be used, in a sentence.
type File = Result<Vec<u8>, String>;

/// The banner or the badge of a lab.
pub(super) fn lab_picture(field: &'static str) -> MethodRouter<AppState> {
    file_form(
        (field, LARGEST_FILE),
        Sender::InLab(Action::EditLabMetadata),
        "/exp/labs/{lab}/edit",
        async move |post, file: File| match file {
            Ok(file) => labs::store_picture(post, field, file).await,
            Err(sentence) => labs::refuse_file(post, field, &sentence).await,
        },
    )
}

/// The picture of a study's ad.
pub(super) fn study_image() -> MethodRouter<AppState> {
    file_form(
        ("image", LARGEST_FILE),
        Sender::InStudy(Action::WriteStudyDetails),
        "/exp/studies/{study}/edit",
        studies::set_image,
    )
}

/// An experiment packed as a zip file.
pub(super) fn study_archive() -> MethodRouter<AppState> {
    file_form(
        ("archive", LARGEST_ARCHIVE),
        Sender::InStudy(Action::WriteStudyDetails),
        "/exp/studies/{study}/design",
        studies::set_archive,
    )
}

/// Its action gets the bytes of the first file of this name, if it is no larger than that.
fn file_form<F, R>(
    (field, largest): (&'static str, usize),
    sender: Sender,
    page: &'static str,
    action: F,
) -> MethodRouter<AppState>
where
    F: FnOnce(Post, File) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Answer, AppError>> + Send + 'static,
{
    post(
        async move |State(state): State<AppState>,
                    Extension(bodies): Extension<Bodies>,
                    Path(id): Path<String>,
                    request: Request| {
            let (parts, body) = request.into_parts();
            let actor = parts.extensions.get::<Actor>().unwrap_or(&Actor::Visitor);
            let received = match sender.admit(&state.ctx, actor, Some(&id)).await {
                Ok(()) => receive(&bodies, &parts, body, field, largest).await,
                Err(error) => Err(error.into()),
            };
            let (form, file, _held) = match received {
                Ok((file, held)) => (Ok(Form::default()), file, held),
                Err(error) => (Err(error), Ok(Vec::new()), None),
            };
            let action = |post| action(post, file);
            post::run(state, posted(parts, Some(id), page, form, FORM), action).await
        },
    )
}

/// The first file called `field`, and the memory that it takes.
async fn receive(
    bodies: &Bodies,
    parts: &Parts,
    body: Body,
    field: &str,
    largest: usize,
) -> Result<(File, Option<Held>), AppError> {
    let Ok(boundary) = multer::parse_boundary(text(&parts.headers, CONTENT_TYPE)) else {
        return Ok((Err("Please choose a file first.".to_owned()), None));
    };
    let Ok(mut reading) = bodies.begin_trusted(body, largest + AROUND) else {
        return Ok((Err(too_large(largest)), None));
    };
    let found = find(&mut reading, boundary, field, largest).await?;
    Ok((found, reading.into_held()))
}

fn too_large(largest: usize) -> String {
    let megabytes = largest / (1024 * 1024);
    format!("This file did not arrive whole, or is larger than {megabytes} MB.")
}

/// Reads the body piece by piece up to the first field called `name`; nothing where there is none
/// among the first ones.
async fn find(
    reading: &mut Reading,
    boundary: String,
    name: &str,
    largest: usize,
) -> Result<File, Unread> {
    let mut unread = None;
    let pieces = try_unfold((reading, &mut unread), |(reading, unread)| async move {
        match reading.next().await {
            Ok(piece) => Ok(piece.map(|piece| (piece, (reading, unread)))),
            Err(error) => {
                *unread = Some(error);
                Err(std::io::Error::other("the body was not read to its end"))
            }
        }
    });
    let most = u64::try_from(largest).unwrap_or(u64::MAX);
    let constraints = Constraints::new().size_limit(SizeLimit::new().per_field(most));
    let multipart = Multipart::with_constraints(Box::pin(pieces), boundary, constraints);
    let found = first(multipart, name).await;
    match unread {
        Some(Unread::TooLarge(_)) | None => Ok(found.map_err(|_| too_large(largest))),
        Some(unread) => Err(unread),
    }
}

async fn first(mut multipart: Multipart<'_>, name: &str) -> multer::Result<Vec<u8>> {
    for _ in 0..MOST_PARTS {
        match multipart.next_field().await? {
            Some(part) if part.name() == Some(name) => return Ok(part.bytes().await?.to_vec()),
            Some(_) => {}
            None => break,
        }
    }
    Ok(Vec::new())
}
