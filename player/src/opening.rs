//! Opens a run, and gives it to whoever plays it: the player of protocols, or jsPsych.

use domain::responses::{Entry, RunDocument};
use js_sys::Function;
use protocol::{Chance, ChildContext, Document, Fault, Resolution};
use serde_json::Value;
use wasm_bindgen::JsValue;

use crate::jspsych::Trials;
use crate::kit::browser::{document, sleep, window};
use crate::kit::element::el;
use crate::kit::notice;
use crate::run::client::{self, RequestError, RunKey};
use crate::run::delivery::Delivery;
use crate::run::generator::generate;
use crate::run::leftovers;
use crate::run::player::Player;
use crate::run::state::RunState;
use crate::run::store::EntryStore;
use crate::run::tab;

/// Pauses between tries to reach the server: they double up to the longest.
const FIRST_PAUSE_MS: i32 = 500;
const LONGEST_PAUSE_MS: i32 = 10_000;

/// What the page brings along.
pub struct HostPage {
    /// Makes a protocol of a generator.
    pub generate: Function,
    /// Where entries go in the preview pane of the editor.
    pub on_entry: Option<Function>,
    /// Path of the definition at which a preview begins; empty for the beginning.
    pub from: String,
}

/// Opens the run of this address.
pub async fn open(page: &HostPage) -> Option<Trials> {
    let mut key = None;
    let ticket = window().location().hash().unwrap_or_default();
    if let Some(ticket) = ticket.strip_prefix('#').filter(|ticket| !ticket.is_empty()) {
        let entered = retry_until_reached(|| client::enter(ticket)).await;
        // The ticket is used up: it must not stay in the address, where a reload would try it
        // again.
        if let (Ok(history), Ok(path)) = (window().history(), window().location().pathname()) {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
        }
        // A second try with a used ticket is no harm if this browser holds the run's cookie
        // already.
        match entered {
            Ok(entered) => key = Some(entered),
            Err(RequestError::Refused) => {
                notice::show(
                    "This study could not be opened",
                    "Please go back to the study\u{2019}s page and start it again.",
                );
                return None;
            }
            Err(_) => {}
        }
    }
    let store = EntryStore::open().await.ok();
    if let Some(store) = &store {
        // What earlier pages could not send goes first: this may be their last chance.
        leftovers::deliver(store).await;
    }
    match retry_until_reached(client::document).await {
        Ok(run) => begin(run, page, (store, key)).await,
        Err(_) => {
            notice::show(
                "This page has expired",
                "Everything saved so far is safe. To continue, open the study\u{2019}s page and \
                 press \u{201c}Take part\u{201d}. Within a day, you continue where you stopped.",
            );
            None
        }
    }
}

/// Plays what the editor sent.
pub async fn open_pane(text: &str, page: &HostPage) -> Option<Trials> {
    match serde_json::from_str(text) {
        Ok(run) => begin(run, page, (None, None)).await,
        Err(error) => {
            notice::show("The preview can\u{2019}t be shown", &error.to_string());
            None
        }
    }
}

/// Asks again while the server can't be reached.
async fn retry_until_reached<T, F: Future<Output = Result<T, RequestError>>>(
    ask: impl Fn() -> F,
) -> Result<T, RequestError> {
    let mut pause = FIRST_PAUSE_MS;
    loop {
        match ask().await {
            Err(RequestError::Unreachable) => {
                notice::show(
                    "One moment, please",
                    "The study can\u{2019}t be reached. We keep trying; please check your \
                     connection.",
                );
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE_MS);
            }
            answer => return answer,
        }
    }
}

async fn begin(
    mut run: RunDocument,
    page: &HostPage,
    (store, key): (Option<EntryStore>, Option<RunKey>),
) -> Option<Trials> {
    document().set_title(&run.study.name);
    if let Some(response) = run.response
        && !tab::is_only_one(response).await
    {
        notice::show(
            "This study is open in another tab",
            "Please continue there. If you have closed it, reload this page.",
        );
        return None;
    }
    if let Some(protocol) = generate(&run, &page.generate).await {
        run.study.protocol = protocol;
    }
    let (key, unsent) = kept(&run, store.as_ref(), key).await;
    let entries: Vec<Entry> = run.entries.iter().chain(&unsent).cloned().collect();
    let response = run.response;
    let deliver = || Delivery::new(response, (store, key), unsent, page.on_entry.clone());
    if run.study.experiment.is_some() {
        return Some(Trials::new(run, &entries, deliver()));
    }
    match resolve(&run) {
        Ok(resolution) => {
            let mut state = RunState::resume(resolution.frames, &entries);
            if !page.from.is_empty() {
                state.go_to_definition(&page.from);
            }
            Player::start(run, state, deliver(), resolution.conditions);
        }
        Err(fault) => show_fault(&run, &fault),
    }
    None
}

/// What the browser's own database has of a run: the key with which it adds entries when its cookie
/// has expired, and entries that the server does not have. A new key is kept there.
async fn kept(
    run: &RunDocument,
    store: Option<&EntryStore>,
    new: Option<RunKey>,
) -> (Option<RunKey>, Vec<Entry>) {
    let (Some(response), Some(store)) = (run.response, store) else {
        return (new, Vec::new());
    };
    let key = match new {
        Some(key) => {
            let _ = store.keep_key(response, &key).await;
            Some(key)
        }
        None => store.key(response).await.ok().flatten(),
    };
    let mut unsent = store.load(response).await.unwrap_or_default();
    unsent.retain(|entry| !run.entries.iter().any(|stored| stored.id == entry.id));
    (key, unsent)
}

fn resolve(run: &RunDocument) -> Result<Resolution, Fault> {
    let document = match &run.study.protocol {
        // The server passes on what it could not read, so that its fault can be shown.
        Value::String(text) => Document::parse(text)?,
        protocol => Document::from_value(protocol.clone())?,
    };
    protocol::resolve(
        &document,
        ChildContext {
            age_days: Some(run.age_days),
            past_sessions: &run.past_sessions,
        },
        &mut Chance::seeded(run.seed),
    )
}

fn show_fault(run: &RunDocument, fault: &Fault) {
    let main = el("main").class("player-card");
    main.add(&el("h1").text("This study can\u{2019}t be shown"));
    if run.is_preview {
        main.add(&el("p").text("Its protocol has a fault:"));
        main.add(
            &el("p")
                .with(&el("code").text(&fault.path))
                .with(&el("span").text(&format!(" {}", fault.message))),
        );
        main.add(&el("p").text(&fault.remedy));
    } else {
        main.add(&el("p").text(&format!(
            "Something in it is broken. Please tell the researchers: {}",
            run.study.contact_info
        )));
    }
    notice::replace_all(&main);
}
