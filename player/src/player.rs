//! The player: opens a run, shows its frames one after the other, and ends it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use domain::responses::{Entry, EntryContent, RunDocument};
use domain::studies::age::exact_age_days;
use js_sys::Function;
use protocol::{Chance, Circumstances, Document, Fault};
use serde_json::{Map, Value};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{BeforeUnloadEvent, Element, KeyboardEvent};

use crate::data::{event, exit_address, exit_early, frame_data};
use crate::dialog::{self, Answer};
use crate::dom::{El, document, el, focus, listen, random, seconds, sleep, timestamp, window};
use crate::frames;
use crate::outbox::{Outbox, Saving};
use crate::server::{self, Failure};
use crate::session::Session;
use crate::store::Store;
use crate::trials::Trials;

/// What the page does for the player.
pub struct Host {
    /// Makes a protocol of a generator.
    pub generate: Function,
    /// Where entries go in the preview pane of the editor.
    pub on_entry: Option<Function>,
    /// Path of the definition at which a preview begins; empty for the beginning.
    pub from: String,
}

/// A run on the screen.
pub struct Player {
    /// What it was given.
    pub run: RunDocument,
    /// Where it is.
    pub session: RefCell<Session>,
    outbox: Rc<Outbox>,
    showing: RefCell<Showing>,
    stage: Element,
    progress: Element,
    is_leaving: Cell<bool>,
    on_entry: Option<Function>,
}

/// The frame on the screen.
#[derive(Clone, Debug, Default)]
struct Showing {
    id: String,
    kind: String,
    frame_type: String,
    position: usize,
    began: f64,
    events: Vec<Value>,
}

/// Opens the run of this address.
pub async fn open(host: &Host) -> Option<Trials> {
    let ticket = window().location().hash().unwrap_or_default();
    if let Some(ticket) = ticket.strip_prefix('#').filter(|ticket| !ticket.is_empty()) {
        let entered = patiently(|| server::enter(ticket)).await;
        // The ticket is used up: it must not stay in the address, where a reload would try it
        // again.
        if let (Ok(history), Ok(path)) = (window().history(), window().location().pathname()) {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
        }
        // A second try with a used ticket is no harm if this browser holds the run's cookie
        // already.
        if let Err(Failure::Refused(_)) = entered {
            card(
                "This study could not be opened",
                "Please go back to the study\u{2019}s page and start it again.",
            );
            return None;
        }
    }
    match patiently(server::document).await {
        Ok(run) => begin(run, host).await,
        Err(_) => {
            card(
                "This visit has ended",
                "The link to it is no longer valid. What was saved is safe. To take part again, open the study\u{2019}s page and press \u{201c}Take part\u{201d}; you go on where you stopped, within a day.",
            );
            None
        }
    }
}

/// Plays what the editor sent.
pub async fn open_pane(text: &str, host: &Host) -> Option<Trials> {
    match serde_json::from_str(text) {
        Ok(run) => begin(run, host).await,
        Err(error) => {
            card("The preview can\u{2019}t be shown", &error.to_string());
            None
        }
    }
}

/// Asks again while the server can't be reached.
async fn patiently<T, F: Future<Output = Result<T, Failure>>>(
    ask: impl Fn() -> F,
) -> Result<T, Failure> {
    let mut pause = 500;
    loop {
        match ask().await {
            Err(Failure::Unreachable) => {
                card(
                    "One moment, please",
                    "The study can\u{2019}t be reached. We keep trying; please check your connection.",
                );
                sleep(pause).await;
                pause = (pause * 2).min(10_000);
            }
            answer => return answer,
        }
    }
}

async fn begin(mut run: RunDocument, host: &Host) -> Option<Trials> {
    document().set_title(&run.study.name);
    if let Some(response) = run.response
        && !only_here(&response.to_string()).await
    {
        card(
            "This study is open in another tab",
            "Please go on there. If you have closed it, reload this page.",
        );
        return None;
    }
    if let Some(generator) = run.study.generator.clone()
        && let Some(made) = generated(&run, &generator, &host.generate).await
    {
        run.study.structure = made;
    }
    let (store, left) = match run.response {
        None => (None, Vec::new()),
        Some(response) => match Store::open().await {
            Ok(store) => {
                let kept = store.kept(response).await.unwrap_or_default();
                (Some(store), kept)
            }
            Err(_) => (None, Vec::new()),
        },
    };
    let mut known = run.entries.clone();
    let left: Vec<Entry> = left
        .into_iter()
        .filter(|entry| !run.entries.iter().any(|stored| stored.id == entry.id))
        .collect();
    known.extend(left.iter().cloned());
    if run.study.experiment.is_some() {
        let outbox = Outbox::new(run.response, store, left);
        return Some(Trials::new(run, &known, outbox, host.on_entry.clone()));
    }
    let resolution = match resolve(&run) {
        Ok(resolution) => resolution,
        Err(fault) => {
            show_fault(&run, &fault);
            return None;
        }
    };
    let outbox = Outbox::new(run.response, store, left);
    let mut session = Session::resume(resolution.frames, &known);
    if !host.from.is_empty() {
        session.index = session
            .frames
            .iter()
            .position(|frame| is_inside(&frame.path, &host.from))
            .unwrap_or(0);
    }
    let (stage, progress) = furniture(&run);
    let player = Rc::new(Player {
        run,
        session: RefCell::new(session),
        outbox,
        showing: RefCell::new(Showing::default()),
        stage,
        progress,
        is_leaving: Cell::new(false),
        on_entry: host.on_entry.clone(),
    });
    player.follow_saving();
    player.guard();
    let has_conditions = player.session.borrow().has_conditions;
    if !has_conditions {
        player.record(EntryContent::Conditions {
            conditions: resolution.conditions,
        });
    }
    player.show();
    None
}

/// Whether a definition is the one with this path, or stands inside it.
fn is_inside(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// What a generator makes; nothing where it fails, and then the stored protocol is played
/// (`protocol.md` §5).
async fn generated(run: &RunDocument, generator: &str, generate: &Function) -> Option<Value> {
    let about = serde_json::to_string(&serde_json::json!({ "child": run.child, "past_sessions": run.past_sessions, "seed": run.seed })).ok()?;
    let promise = generate
        .call2(&JsValue::NULL, &generator.into(), &about.into())
        .ok()?;
    match JsFuture::from(js_sys::Promise::resolve(&promise)).await {
        Ok(made) => serde_json::from_str(&made.as_string()?).ok(),
        Err(reason) => {
            web_sys::console::warn_2(
                &"The generator failed, so the stored protocol is played:".into(),
                &reason,
            );
            None
        }
    }
}

fn resolve(run: &RunDocument) -> Result<protocol::Resolution, Fault> {
    let document = match &run.study.structure {
        // The server passes on what it could not read, so that its fault can be shown.
        Value::String(text) => Document::parse(text)?,
        structure => Document::from_value(structure.clone())?,
    };
    let age_days = exact_age_days(run.child.birthday, run.created_on);
    protocol::resolve(
        &document,
        Circumstances {
            age_days: Some(age_days),
            past_sessions: &run.past_sessions,
        },
        &mut Chance::seeded(run.seed),
    )
}

/// Whether no other tab of this browser plays the run. The lock is the browser's and goes with the
/// page.
async fn only_here(name: &str) -> bool {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let waits = resolve.clone();
        let granted = wasm_bindgen::closure::Closure::once_into_js(move || {
            let _ = resolve.call1(&JsValue::NULL, &JsValue::TRUE);
            // Never settled: the lock is held until the page goes away.
            js_sys::Promise::new(&mut |_, _| {})
        });
        let request = || -> Option<()> {
            let locks = js_sys::Reflect::get(&window().navigator(), &"locks".into())
                .ok()
                .filter(JsValue::is_object)?;
            let request = js_sys::Reflect::get(&locks, &"request".into())
                .ok()?
                .dyn_into::<Function>()
                .ok()?;
            request
                .call2(&locks, &format!("lookit-run-{name}").into(), &granted)
                .ok()?;
            Some(())
        };
        if request().is_none() {
            let _ = waits.call1(&JsValue::NULL, &JsValue::TRUE);
            return;
        }
        // A reload lets go of its own lock a moment later.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_1(
            &waits,
            2_500,
            &JsValue::FALSE,
        );
    });
    JsFuture::from(promise)
        .await
        .ok()
        .and_then(|answer| answer.as_bool())
        .unwrap_or(true)
}

/// Tells the editor what would be stored.
pub fn tell(on_entry: Option<&Function>, entry: &Entry) {
    if let (Some(on_entry), Ok(text)) = (on_entry, serde_json::to_string(entry)) {
        let _ = on_entry.call1(&JsValue::NULL, &text.into());
    }
}

fn container() -> Option<Element> {
    document().get_element_by_id("experiment-player")
}

/// A page of words in place of the study.
fn card(title: &str, text: &str) {
    let Some(root) = container() else { return };
    root.set_inner_html("");
    let main = el("main").class("player-card").attr("tabindex", "-1");
    main.add(&el("h1").text(title));
    main.add(&el("p").text(text));
    main.put_into(&root);
}

fn show_fault(run: &RunDocument, fault: &Fault) {
    let Some(root) = container() else { return };
    root.set_inner_html("");
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
    main.put_into(&root);
}

/// What stands around every frame: progress, state of saving, and the way out.
fn furniture(run: &RunDocument) -> (Element, Element) {
    let stage = el("div").class("player-stage");
    let progress = el("div")
        .class("player-progress")
        .attr("role", "progressbar")
        .attr("aria-label", "Progress")
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", "100")
        .with(&el("span"));
    let bar = el("div").class("player-bar");
    if run.is_preview {
        bar.add(
            &el("span")
                .class("player-preview")
                .text(if run.response.is_some() {
                    "Preview: kept apart from families\u{2019} answers"
                } else {
                    "Preview: nothing is stored"
                }),
        );
    } else {
        bar.add(
            &el("span")
                .class("player-saving")
                .id("saving")
                .attr("role", "status")
                .with(&el("span").class("player-dot").attr("aria-hidden", "true"))
                .with(&el("span").class("player-saving-words")),
        );
    }
    bar.add(
        &el("button")
            .attr("type", "button")
            .id("stop-button")
            .class("player-quiet")
            .text("Stop"),
    );
    if let Some(root) = container() {
        root.set_inner_html("");
        progress.put_into(&root);
        stage.put_into(&root);
        bar.put_into(&root);
    }
    (stage.element().clone(), progress.element().clone())
}

impl Player {
    /// Makes an entry, applies it to the run and puts it into the outbox.
    fn record(&self, content: EntryContent) {
        let entry = self.session.borrow_mut().record(content, random());
        tell(self.on_entry.as_ref(), &entry);
        self.outbox.put(entry);
    }

    fn follow_saving(&self) {
        let Some(holder) = document().get_element_by_id("saving") else {
            return;
        };
        self.outbox.watch(Rc::new(move |state| {
            let (name, words) = match state {
                Saving::Saved => ("saved", "Saved"),
                Saving::Sending => ("sending", "Saving\u{2026}"),
                Saving::Waiting => (
                    "waiting",
                    "Offline. Your answers are kept on this computer and sent later.",
                ),
                Saving::Risky => (
                    "risky",
                    "Offline. Please keep this page open until it says \u{201c}Saved\u{201d}.",
                ),
                Saving::Ended => (
                    "waiting",
                    "This visit has run out of time. New answers are kept on this computer only.",
                ),
            };
            let _ = holder.set_attribute("data-state", name);
            if let Ok(Some(label)) = holder.query_selector(".player-saving-words") {
                label.set_text_content(Some(words));
            }
        }));
    }

    /// Listens for keys that stop, and for the window being left.
    fn guard(self: &Rc<Self>) {
        let player = self.clone();
        listen(&document(), "keydown", move |event| {
            let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
                return;
            };
            let stops = matches!(key.key().as_str(), "F1" | "Escape")
                || (key.ctrl_key() && key.key().eq_ignore_ascii_case("x") && !is_typing(&event));
            let has_question = document()
                .query_selector("dialog[open]")
                .ok()
                .flatten()
                .is_some();
            if stops && !has_question && player.may_leave_early() {
                event.prevent_default();
                player.ask_to_stop();
            }
        });
        if let Some(button) = document().get_element_by_id("stop-button") {
            let player = self.clone();
            listen(&button, "click", move |_| player.ask_to_stop());
        }
        let player = self.clone();
        listen(&window(), "beforeunload", move |event| {
            // Going on to the exit page, and reloading to repair a broken page, are no way of
            // leaving early.
            if player.is_leaving.get() || !player.may_leave_early() || player.run.response.is_none()
            {
                return;
            }
            let index = player.session.borrow().index;
            let content = EntryContent::Event {
                event: exit_early("browserNavigationAttempt", index, &timestamp()),
                next: None,
            };
            let entry = player.session.borrow_mut().record(content, random());
            player.outbox.put_in_haste(entry);
            event.prevent_default();
            if let Some(event) = event.dyn_ref::<BeforeUnloadEvent>() {
                event.set_return_value("leave");
            }
            // If the family stays, the question of the study itself is there for it.
            let asking = player.clone();
            spawn_local(async move {
                sleep(300).await;
                asking.ask_to_stop();
            });
        });
    }

    fn may_leave_early(&self) -> bool {
        let session = self.session.borrow();
        !session.is_finished && !session.is_last()
    }

    fn ask_to_stop(self: &Rc<Self>) {
        if !self.may_leave_early() {
            return;
        }
        let player = self.clone();
        dialog::ask(
            "Stop here?",
            "That is fine at any moment. A short last page follows, where you decide what may be done with your answers.",
            vec![
                Answer {
                    id: "confirmationContinueStudy",
                    label: "Go on with the study".to_owned(),
                    class: "player-button",
                    action: Rc::new(|| {}),
                },
                Answer {
                    id: "confirmationExitStudy",
                    label: "Stop".to_owned(),
                    class: "player-button plain",
                    action: Rc::new(move || player.leave_early()),
                },
            ],
        );
    }

    /// Goes to the last frame, which is where a family decides about its data. The frame that was
    /// open is not saved.
    fn leave_early(self: &Rc<Self>) {
        let (index, last) = {
            let session = self.session.borrow();
            (session.index, session.frames.len().saturating_sub(1))
        };
        self.record(EntryContent::Event {
            event: exit_early("manualInterrupt", index + 1, &timestamp()),
            next: Some(number(last)),
        });
        self.show();
    }

    /// Shows the frame at the run's index, or its end.
    pub fn show(self: &Rc<Self>) {
        self.show_progress();
        self.stage.set_inner_html("");
        let (frame, id, position) = {
            let session = self.session.borrow();
            (session.frame().cloned(), session.frame_id(), session.index)
        };
        if let Some(button) = document().get_element_by_id("stop-button") {
            let _ = if self.may_leave_early() {
                button.remove_attribute("hidden")
            } else {
                button.set_attribute("hidden", "")
            };
        }
        let Some(frame) = frame else {
            return self.end();
        };
        let own_type = frame
            .members
            .get("frameType")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let frame_type = own_type.unwrap_or_else(|| {
            if frame.kind == "exp-lookit-exit-survey" {
                "EXIT"
            } else {
                "DEFAULT"
            }
            .to_owned()
        });
        *self.showing.borrow_mut() = Showing {
            id,
            kind: frame.kind.clone(),
            frame_type,
            position,
            began: seconds(),
            events: Vec::new(),
        };
        let holder = el("div")
            .class("lookit-frame")
            .attr("data-kind", &frame.kind);
        holder.put_into(&self.stage);
        frames::show(self, &frame, holder.element());
        // A screen reader begins at the new page, not where the old button was.
        let heading = holder
            .element()
            .query_selector("h1, h2, .text-block")
            .ok()
            .flatten()
            .unwrap_or_else(|| holder.element().clone());
        let _ = heading.set_attribute("tabindex", "-1");
        // In the editor's pane the first page must not take the cursor out of the text.
        let has_moved = !self.session.borrow().sequence.is_empty();
        if self.on_entry.is_none() || has_moved {
            focus(&heading);
        }
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    fn show_progress(&self) {
        let percent = format!("{:.0}", self.session.borrow().progress() * 100.0);
        let _ = self.progress.set_attribute("aria-valuenow", &percent);
        if let Some(line) = self
            .progress
            .first_element_child()
            .and_then(|line| line.dyn_into::<web_sys::HtmlElement>().ok())
        {
            let _ = line
                .style()
                .set_property("inline-size", &format!("{percent}%"));
        }
    }

    /// Notes an event in the frame that is shown.
    pub fn event(&self, name: &str) {
        let mut showing = self.showing.borrow_mut();
        let noted = event(&showing.kind, name, &timestamp());
        web_sys::console::debug_1(&noted.to_string().into());
        showing.events.push(noted);
    }

    /// Saves the frame that is shown, with what its kind stores.
    pub fn save(&self, own: Map<String, Value>, next: usize, completes: bool) {
        let content = {
            let showing = self.showing.borrow();
            let data = frame_data(
                own,
                &showing.events,
                &showing.frame_type,
                seconds() - showing.began,
            );
            EntryContent::Frame {
                frame_id: showing.id.clone(),
                position: number(showing.position),
                next: number(next),
                data,
                completes,
                consents: false,
            }
        };
        self.record(content);
    }

    /// The common way on: event, save, next frame.
    pub fn next(self: &Rc<Self>, own: Map<String, Value>, completes: bool) {
        self.event("nextFrame");
        let index = self.session.borrow().index;
        self.save(own, index + 1, completes);
        self.show();
    }

    /// The common way back. On the first frame it saves and stays.
    pub fn previous(self: &Rc<Self>, own: Map<String, Value>) {
        self.event("previousFrame");
        let index = self.session.borrow().index;
        self.save(own, index.saturating_sub(1), false);
        if index > 0 {
            self.show();
        }
    }

    /// The end: waits until everything has arrived, and says why, then goes to the exit address.
    fn end(self: &Rc<Self>) {
        let is_finished = self.session.borrow().is_finished;
        if !is_finished {
            self.record(EntryContent::Finish {});
        }
        self.show_progress();
        let main = el("section")
            .class("player-card player-end")
            .attr("tabindex", "-1");
        let title = el("h1").text(if self.run.is_preview {
            "End of the preview"
        } else {
            "Thank you!"
        });
        let words = el("p").attr("role", "status").text(if self.run.is_preview {
            "A family would go on to your exit page now. This is what it would have stored:"
        } else {
            "Your last answers are on their way. This page goes on by itself."
        });
        main.add(&title);
        main.add(&words);
        let address = match self.run.response.filter(|_| !self.run.is_preview) {
            Some(response) => exit_address(
                &self.run.study.exit_url,
                &self.run.child.hashed_id,
                &response.to_string(),
            ),
            None => self.run.study.exit_url.clone(),
        };
        if self.run.is_preview {
            let data =
                serde_json::to_string_pretty(&self.session.borrow().data).unwrap_or_default();
            main.add(
                &el("pre")
                    .class("player-data")
                    .attr("tabindex", "0")
                    .text(&data),
            );
            if self.run.response.is_some() {
                main.add(
                    &el("a")
                        .class("player-button")
                        .attr("href", &address)
                        .text("Back to the study"),
                );
            }
        }
        main.put_into(&self.stage);
        focus(main.element());
        if self.run.is_preview {
            return;
        }
        let player = self.clone();
        spawn_local(async move { player.leave_when_saved(&main, &words, &address).await });
    }

    async fn leave_when_saved(&self, main: &El, words: &El, address: &str) {
        let mut waited = 0_u32;
        let mut offers_to_leave = false;
        while !self.outbox.is_empty() {
            sleep(100).await;
            waited += 1;
            let is_stuck = matches!(self.outbox.state(), Saving::Waiting | Saving::Risky);
            if waited > 10 && is_stuck {
                words.clone().text("The connection is gone, so your last answers could not be sent yet. They are kept on this computer; please leave this page open, and it goes on as soon as the connection is back.");
            }
            if waited > 150 && is_stuck && !offers_to_leave {
                offers_to_leave = true;
                main.add(&el("p").text("If you have to go: open the study again in this browser within a day, and your answers are sent then."));
            }
        }
        self.is_leaving.set(true);
        let _ = window().location().assign(address);
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Whether an event happened where Ctrl-X cuts text.
fn is_typing(event: &web_sys::Event) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA"))
}
