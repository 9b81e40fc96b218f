//! What the router hands to every page and form.

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use services::Context;

#[derive(Clone, Debug)]
pub struct AppState {
    /// Where the built front end is.
    pub leptos: LeptosOptions,
    pub ctx: Context,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
