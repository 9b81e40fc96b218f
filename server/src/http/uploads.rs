//! Forms with one file in them.

use adapters::archives::LARGEST_ARCHIVE;
use adapters::pictures::LARGEST_FILE;
use app::actions::{labs, studies};
use app::error::AppError;
use app::post::{Answer, LARGEST_FORM, Post};
use app::state::AppState;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::routing::{MethodRouter, post};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::forms::act;
use super::headers::text;

/// What was sent, or why it can't be used, in a sentence.
type File = Result<Vec<u8>, String>;

/// The banner or the badge of a lab.
pub(super) fn lab_picture(field: &'static str) -> MethodRouter<AppState> {
    file_form(
        field,
        LARGEST_FILE,
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
        "image",
        LARGEST_FILE,
        "/exp/studies/{study}/edit",
        studies::set_image,
    )
}

/// An experiment packed as a zip file.
pub(super) fn study_archive() -> MethodRouter<AppState> {
    file_form(
        "archive",
        LARGEST_ARCHIVE,
        "/exp/studies/{study}/design",
        studies::set_archive,
    )
}

/// The form is read by hand: its action gets the bytes of the first file called `field`.
fn file_form<F, R>(
    field: &'static str,
    largest: usize,
    page: &'static str,
    action: F,
) -> MethodRouter<AppState>
where
    F: FnOnce(Post, File) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Answer, AppError>> + Send + 'static,
{
    post(
        async move |State(state): State<AppState>, Path(id): Path<String>, request: Request| {
            let (parts, body) = request.into_parts();
            let file = read(&parts.headers, body, field, largest).await;
            let request = Request::from_parts(parts, Body::empty());
            let action = |post| action(post, file);
            act(state, request, Some(id), page, LARGEST_FORM, action).await
        },
    )
}

async fn read(headers: &HeaderMap, body: Body, field: &str, largest: usize) -> File {
    let boundary = multer::parse_boundary(text(headers, CONTENT_TYPE))
        .map_err(|_| "Please choose a file first.")?;
    // The other parts of the form come on top.
    let whole = u64::try_from(largest + LARGEST_FORM).unwrap_or(u64::MAX);
    let limits = multer::SizeLimit::new().whole_stream(whole);
    let too_large = |_| {
        let megabytes = largest / (1024 * 1024);
        format!("This file did not arrive whole, or is larger than {megabytes} MB.")
    };
    let mut parts = multer::Multipart::with_constraints(
        body.into_data_stream(),
        boundary,
        multer::Constraints::new().size_limit(limits),
    );
    while let Some(part) = parts.next_field().await.map_err(too_large)? {
        if part.name() == Some(field) {
            return Ok(part.bytes().await.map_err(too_large)?.to_vec());
        }
    }
    Ok(Vec::new())
}
