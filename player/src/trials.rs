//! A jsPsych experiment: the researcher's code runs in the page, and hands its trials over to be
//! kept like any other data.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use domain::responses::{Entry, EntryContent, RunDocument};
use js_sys::Function;
use serde_json::{Map, Value};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::data::exit_address;
use crate::dom::{random, sleep};
use crate::outbox::{Outbox, Saving};
use crate::player::tell;

/// What the page needs to run an experiment.
#[wasm_bindgen]
pub struct Trials {
    run: RunDocument,
    outbox: Rc<Outbox>,
    on_entry: Option<Function>,
    ids: RefCell<Vec<String>>,
    last_number: Cell<u32>,
    is_finished: Cell<bool>,
}

impl Trials {
    /// Goes on after what is known of the run.
    pub(crate) fn new(
        run: RunDocument,
        known: &[Entry],
        outbox: Rc<Outbox>,
        on_entry: Option<Function>,
    ) -> Self {
        let ids = known
            .iter()
            .filter_map(|entry| match &entry.content {
                EntryContent::Frame { frame_id, .. } => Some(frame_id.clone()),
                _ => None,
            })
            .collect();
        let is_finished = known
            .iter()
            .any(|entry| matches!(entry.content, EntryContent::Finish {}));
        let last_number = known
            .iter()
            .map(|entry| entry.number)
            .max()
            .unwrap_or_default();
        Self {
            run,
            outbox,
            on_entry,
            ids: RefCell::new(ids),
            last_number: Cell::new(last_number),
            is_finished: Cell::new(is_finished),
        }
    }

    fn put(&self, content: EntryContent) {
        self.last_number.set(self.last_number.get() + 1);
        let entry = Entry {
            id: uuid::Builder::from_random_bytes(random()).into_uuid(),
            number: self.last_number.get(),
            content,
        };
        tell(self.on_entry.as_ref(), &entry);
        self.outbox.put(entry);
    }
}

/// The id of a trial: `<trial_index>-<trial_type>`, with a repeat mark where a reload began the
/// experiment anew, so that what was stored before stays.
fn trial_id(index: u32, kind: &str, known: &[String]) -> String {
    let kind: String = kind
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') {
                c
            } else {
                '-'
            }
        })
        .take(80)
        .collect();
    let plain = format!("{index}-{kind}");
    if !known.contains(&plain) {
        return plain;
    }
    (1_u32..=10_000)
        .map(|number| format!("{plain}-repeat-{number}"))
        .find(|id| !known.contains(id))
        .unwrap_or(plain)
}

#[wasm_bindgen]
impl Trials {
    /// The researcher's code.
    #[wasm_bindgen(getter)]
    pub fn code(&self) -> String {
        self.run.study.experiment.clone().unwrap_or_default()
    }

    /// Whether this is a preview, in which faults are shown.
    #[wasm_bindgen(getter)]
    pub fn is_preview(&self) -> bool {
        self.run.is_preview
    }

    /// Whether the experiment has been to its end.
    #[wasm_bindgen(getter)]
    pub fn is_finished(&self) -> bool {
        self.is_finished.get()
    }

    /// Whom to ask when something is broken.
    #[wasm_bindgen(getter)]
    pub fn contact(&self) -> String {
        self.run.study.contact_info.clone()
    }

    /// What the experiment may know of the child and of this visit, as JSON.
    #[wasm_bindgen(getter)]
    pub fn about(&self) -> String {
        let past = &self.run.past_sessions;
        serde_json::json!({ "child": self.run.child, "past_sessions": past, "response": self.run.response, "is_preview": self.run.is_preview }).to_string()
    }

    /// Keeps the data of a trial, given as JSON. What is no object is refused.
    pub fn trial(&self, json: &str) -> bool {
        let Ok(data) = serde_json::from_str::<Map<String, Value>>(json) else {
            return false;
        };
        let index = data
            .get("trial_index")
            .and_then(Value::as_u64)
            .and_then(|index| u32::try_from(index).ok())
            .unwrap_or_default();
        let kind = data
            .get("trial_type")
            .and_then(Value::as_str)
            .unwrap_or("trial");
        let frame_id = trial_id(index, kind, &self.ids.borrow());
        self.ids.borrow_mut().push(frame_id.clone());
        let consents = data
            .get("chs_type")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("consent"));
        self.put(EntryContent::Frame {
            frame_id,
            position: index,
            next: index + 1,
            data,
            completes: false,
            consents,
        });
        true
    }

    /// The experiment has ended. Waits until everything is stored and gives back where to go;
    /// nothing in the editor's pane.
    pub async fn finish(&self) -> Option<String> {
        if !self.is_finished.replace(true) {
            self.put(EntryContent::Finish {});
        }
        while !self.outbox.is_empty() {
            sleep(100).await;
        }
        let response = self.run.response?;
        if self.run.is_preview {
            return Some(self.run.study.exit_url.clone());
        }
        Some(exit_address(
            &self.run.study.exit_url,
            &self.run.child.hashed_id,
            &response.to_string(),
        ))
    }

    /// How saving stands: `saved`, `sending`, `waiting`, `risky` or `ended`.
    pub fn saving(&self) -> String {
        match self.outbox.state() {
            Saving::Saved => "saved",
            Saving::Sending => "sending",
            Saving::Waiting => "waiting",
            Saving::Risky => "risky",
            Saving::Ended => "ended",
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_have_the_classic_ids_and_lose_nothing_to_a_reload() {
        let known = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            trial_id(3, "html-keyboard-response", &[]),
            "3-html-keyboard-response"
        );
        assert_eq!(
            trial_id(3, "a_b c", &[]),
            "3-a-b-c",
            "ids hold no underscore"
        );
        assert_eq!(
            trial_id(0, "x", &known(&["0-x", "0-x-repeat-1"])),
            "0-x-repeat-2"
        );
    }
}
