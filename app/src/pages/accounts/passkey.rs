//! A card with a passkey button.

use leptos::prelude::*;
use leptos_meta::Script;

/// What the button does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PasskeyUse {
    /// Adds a passkey to the account.
    Add,
    /// Asks for one that the account has.
    Ask,
}

impl PasskeyUse {
    /// The word that the script knows it by.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Ask => "ask",
        }
    }

    /// Where the script gets its challenge, and where it posts the answer.
    const fn paths(self) -> (&'static str, &'static str) {
        match self {
            Self::Add => (
                "/account/security/passkeys/begin",
                "/account/security/passkeys",
            ),
            Self::Ask => ("/second-factor/passkey/begin", "/second-factor/passkey"),
        }
    }
}

/// The script that the cards of a page need. It belongs beside what a page awaits, not inside it,
/// or it would come too late for the head.
#[component]
pub(super) fn PasskeyScript() -> impl IntoView {
    view! { <Script type_="module" src="/passkeys.js" /> }
}

/// The card. It stays hidden where the browser has no passkeys, or no scripts.
pub(super) fn passkey_card(
    purpose: PasskeyUse,
    next: &str,
    title: &'static str,
    words: &'static str,
    button: &'static str,
) -> AnyView {
    let (begin, finish) = purpose.paths();
    let name = (purpose == PasskeyUse::Add).then(|| {
        view! {
            <div class="field">
                <label for="passkey-name">
                    "What to call it"<span class="optional">" (optional)"</span>
                </label>
                <input id="passkey-name" name="name" maxlength="60" />
            </div>
        }
    });
    view! {
        <form
            class="card"
            method="post"
            action=finish
            data-passkey=purpose.as_str()
            data-begin=begin
            hidden
        >
            <h2>{title}</h2>
            <p>{words}</p>
            <input type="hidden" name="next" value=next.to_owned() />
            <input type="hidden" name="answer" value="" />
            {name}
            <p class="field-error" role="alert" hidden></p>
            <button class="button" type="submit">
                {button}
            </button>
        </form>
    }
    .into_any()
}
