//! Everything that hydrates.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::words::count;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    pub score: u8,
    pub advice: String,
}

/// Rates a password while it is typed. Nothing is stored or logged; the word lists are too large
/// for a browser.
#[server]
pub async fn rate_password(password: String, known: String) -> Result<Rating, ServerFnError> {
    use services::Context;
    use services::accounts::{self, Client};

    use crate::request::refuse_call;

    let client = use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<Client>().cloned())
        .unwrap_or_default();
    let ctx = expect_context::<Context>();
    let strength = accounts::rate_password(&ctx, &client, password.into(), &[&known])
        .await
        .map_err(refuse_call)?;
    Ok(Rating {
        score: strength.score,
        advice: strength.advice,
    })
}

/// A bar that tells how hard a password is to guess, for the input with the id `input`. Without
/// scripts the server says the same after posting.
#[island]
pub fn PasswordMeter(
    /// Id of the password's input.
    input: String,
    /// Id of an input whose words make a password easier to guess.
    known: String,
    /// Fewest characters.
    minimum: usize,
) -> impl IntoView {
    let (password, set_password) = signal(String::new());
    let rating = RwSignal::new(None::<Rating>);
    #[cfg(feature = "hydrate")]
    watch_input(input, known, set_password, rating);
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (&input, &known, set_password, rating);
    }
    let length = move || password.with(|password| password.chars().count());
    let level = move || match rating.get() {
        _ if password.with(String::is_empty) => "none",
        _ if length() < minimum => "short",
        None => "none",
        Some(Rating { score: 0 | 1, .. }) => "weak",
        Some(Rating { score: 2, .. }) => "fair",
        Some(_) => "good",
    };
    let words = move || match level() {
        "short" => {
            let missing = minimum.saturating_sub(length());
            format!(
                "{}, please.",
                count(missing, "more character", "more characters")
            )
        }
        "weak" => format!(
            "Easy to guess. {}",
            rating.get().map(|rating| rating.advice).unwrap_or_default()
        ),
        "fair" => "Good enough. Another word would make it better.".to_owned(),
        "good" => "Hard to guess. Good choice.".to_owned(),
        _ => String::new(),
    };
    view! {
        <div class="meter" data-level=level>
            <span class="meter-bar"></span>
            <output class="meter-words" aria-live="polite">
                {words}
            </output>
        </div>
    }
}

/// Follows the input and asks the server after a pause.
#[cfg(feature = "hydrate")]
fn watch_input(
    input: String,
    known: String,
    set_password: WriteSignal<String>,
    rating: RwSignal<Option<Rating>>,
) {
    use std::time::Duration;

    use leptos::ev;
    use leptos::prelude::{document, window_event_listener};
    use leptos::task::spawn_local;
    use wasm_bindgen::JsCast;

    let field = |id: &str| {
        document()
            .get_element_by_id(id)
            .and_then(|element| element.dyn_into::<web_sys::HtmlInputElement>().ok())
    };
    let asked = StoredValue::new(0_u32);
    let id = input.clone();
    let look = move || {
        let password = field(&id)
            .map(|element| element.value())
            .unwrap_or_default();
        let words = field(&known)
            .map(|element| element.value())
            .unwrap_or_default();
        set_password.set(password.clone());
        asked.update_value(|asked| *asked += 1);
        let question = asked.get_value();
        set_timeout(
            move || {
                if asked.get_value() == question {
                    spawn_local(async move {
                        let answer = rate_password(password, words).await.ok();
                        if asked.get_value() == question {
                            rating.set(answer);
                        }
                    });
                }
            },
            Duration::from_millis(250),
        );
    };
    // Somebody may have typed before this was loaded.
    if field(&input).is_some_and(|element| !element.value().is_empty()) {
        look();
    }
    let handle = window_event_listener(ev::input, move |event| {
        let is_ours = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok())
            .is_some_and(|element| element.id() == input);
        if is_ours {
            look();
        }
    });
    on_cleanup(move || handle.remove());
}
