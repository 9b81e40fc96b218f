//! What both origins have in common: everything that stands around their routes.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use super::bodies::Bodies;

/// Headers that protect every answer.
const PROTECTION: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Puts limits, protection and logging around routes. `own` are headers of this origin; an answer
/// gets each unless it has one of that name.
pub(super) fn guarded(
    router: Router,
    bodies: Bodies,
    is_production: bool,
    own: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
) -> Router {
    // A day in development would lock `localhost` to https for everything else that runs there.
    let transport = if is_production {
        "max-age=31536000"
    } else {
        "max-age=0"
    };
    let everywhere = PROTECTION
        .iter()
        .copied()
        .chain([("strict-transport-security", transport)])
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
    let router = router
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(bodies, in_time))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new());
    own.into_iter()
        .chain(everywhere)
        .fold(router, |router, (name, value)| {
            router.layer(SetResponseHeaderLayer::if_not_present(name, value))
        })
        .layer(TraceLayer::new_for_http())
}

/// Answers in time, and lends the request what reads its body.
async fn in_time(State(bodies): State<Bodies>, mut request: Request, next: Next) -> Response {
    bodies
        .in_time(|bodies| {
            request.extensions_mut().insert(bodies);
            Box::pin(next.run(request))
        })
        .await
}
