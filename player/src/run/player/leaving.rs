//! Leaving before the end: by the button, by a key, or by closing the window.

use std::rc::Rc;

use domain::responses::EntryContent;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BeforeUnloadEvent, Event, KeyboardEvent};

use super::{Player, index_of};
use crate::kit::browser::{document, random, sleep, timestamp, window};
use crate::kit::dialog::{self, Answer};
use crate::kit::element::{listen, target_of};
use crate::run::data::exit_early;
use crate::run::layout::stop_button;

impl Player {
    pub(super) fn listen_for_leaving(self: &Rc<Self>) {
        let player = self.clone();
        listen(&document(), "keydown", move |event| {
            if is_stop_key(&event) && !dialog::is_open() && player.may_leave_early() {
                event.prevent_default();
                player.ask_to_stop();
            }
        });
        if let Some(button) = stop_button() {
            let player = self.clone();
            listen(&button, "click", move |_| player.ask_to_stop());
        }
        let player = self.clone();
        listen(&window(), "beforeunload", move |event| {
            // Going on to the exit page, and reloading to repair a broken page, are not ways of
            // leaving early.
            let is_stored = player.run.response.is_some();
            if is_stored && !player.is_leaving.get() && player.may_leave_early() {
                player.hold_back(&event);
            }
        });
    }

    /// There is no leaving early from the last frame, which is where leaving early leads.
    pub(super) fn may_leave_early(&self) -> bool {
        let state = self.state.borrow();
        !state.is_finished && !state.is_last()
    }

    /// Notes that the window is being left, and lets the browser ask whether it should be.
    fn hold_back(self: &Rc<Self>, event: &Event) {
        let index = self.state.borrow().index;
        let content = EntryContent::Event {
            event: exit_early("browserNavigationAttempt", index, &timestamp()),
            next: None,
        };
        let entry = self.state.borrow_mut().record(content, random());
        self.delivery.add_in_haste(entry);
        event.prevent_default();
        if let Some(event) = event.dyn_ref::<BeforeUnloadEvent>() {
            event.set_return_value("leave");
        }
        // If the family stays, the question of the study itself is there for it.
        let player = self.clone();
        spawn_local(async move {
            sleep(300).await;
            player.ask_to_stop();
        });
    }

    fn ask_to_stop(self: &Rc<Self>) {
        if !self.may_leave_early() {
            return;
        }
        let player = self.clone();
        dialog::ask(
            "Stop here?",
            "You can stop at any time. One short page follows, where you decide what may be done \
             with your answers.",
            vec![
                Answer {
                    id: "confirmationContinueStudy",
                    label: "Continue the study",
                    class: "player-button",
                    action: Rc::new(|| {}),
                },
                Answer {
                    id: "confirmationExitStudy",
                    label: "Stop",
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
            let state = self.state.borrow();
            (state.index, state.frames.len().saturating_sub(1))
        };
        self.record(EntryContent::Event {
            event: exit_early("manualInterrupt", index + 1, &timestamp()),
            next: Some(index_of(last)),
        });
        self.show();
    }
}

/// F1, Esc, or Ctrl-X where it does not cut text.
fn is_stop_key(event: &Event) -> bool {
    let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
        return false;
    };
    let cuts_text = || {
        target_of(event)
            .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA"))
    };
    matches!(key.key().as_str(), "F1" | "Escape")
        || (key.ctrl_key() && key.key().eq_ignore_ascii_case("x") && !cuts_text())
}
