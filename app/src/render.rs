//! Answers a form with a page.

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{Request, StatusCode};
use leptos::prelude::provide_context;

use crate::error::AppError;
use crate::form::FormState;
use crate::request::{Failure, ShownOnce};
use crate::shell::shell;
use crate::state::AppState;

/// What the page is told about the form that it answers.
#[derive(Clone, Default)]
pub struct Given {
    pub form: FormState,
    pub shown: Option<ShownOnce>,
    pub failure: Option<AppError>,
}

/// Renders the page at the address in `parts`.
pub async fn render(state: &AppState, parts: Parts, status: StatusCode, given: Given) -> Response {
    let (ctx, options) = (state.ctx.clone(), state.leptos.clone());
    let render = leptos_axum::render_app_async_with_context(
        move || {
            let given = given.clone();
            provide_context(ctx.clone());
            provide_context(given.form);
            if let Some(shown) = given.shown {
                provide_context(shown);
            }
            if let Some(failure) = given.failure {
                provide_context(Failure(failure));
            }
        },
        move || shell(options.clone()),
    );
    let mut response = render(Request::from_parts(parts, Body::empty())).await;
    *response.status_mut() = status;
    response
}
