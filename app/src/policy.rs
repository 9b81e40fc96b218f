//! What a page may load. Scripts run only from our files and with this answer's nonce.

use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use services::Context;

/// The policy of an ordinary page.
pub fn protect() {
    set("", "");
}

/// The policy of a page with the editor, which writes style sheets of its own, with this answer's
/// nonce, and shows the preview in a frame.
pub fn allow_editor() {
    set(&nonce(), &format!(" frame-src {};", run_origin()));
}

fn set(styles: &str, frames: &str) {
    let Some(response) = use_context::<ResponseOptions>() else {
        return;
    };
    let (nonce, run_origin) = (nonce(), run_origin());
    // Taking part is a form whose answer leads to the run origin.
    let policy = format!(
        "default-src 'none'; script-src 'self'{nonce} 'wasm-unsafe-eval'; \
         style-src 'self'{styles};{frames} img-src 'self' https: data:; font-src 'self'; \
         connect-src 'self'; form-action 'self' {run_origin}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

fn nonce() -> String {
    use_nonce()
        .map(|nonce| format!(" 'nonce-{nonce}'"))
        .unwrap_or_default()
}

fn run_origin() -> String {
    use_context::<Context>()
        .map(|ctx| ctx.site.run_origin.clone())
        .unwrap_or_default()
}
