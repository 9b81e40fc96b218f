//! A jsPsych experiment: the researcher's code runs in the page (`jspsych.js`), and its trials are
//! stored as the data of frames is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use domain::responses::{Entry, EntryContent, RunDocument};
use serde_json::{Map, Value, json};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::kit::browser::{random, sleep};
use crate::run::data::exit_address;
use crate::run::delivery::Delivery;

/// What `jspsych.js` needs to run an experiment.
#[wasm_bindgen]
pub struct Trials {
    run: RunDocument,
    delivery: Rc<Delivery>,
    /// Ids of trials that are stored already.
    ids: RefCell<Vec<String>>,
    last_number: Cell<u32>,
    is_finished: Cell<bool>,
}

impl Trials {
    /// Goes on after the entries that are stored already.
    pub(crate) fn new(run: RunDocument, entries: &[Entry], delivery: Rc<Delivery>) -> Self {
        let ids = entries
            .iter()
            .filter_map(|entry| match &entry.content {
                EntryContent::Frame { frame_id, .. } => Some(frame_id.clone()),
                _ => None,
            })
            .collect();
        let is_finished = entries
            .iter()
            .any(|entry| matches!(entry.content, EntryContent::Finish {}));
        let last_number = entries
            .iter()
            .map(|entry| entry.number)
            .max()
            .unwrap_or_default();
        Self {
            run,
            delivery,
            ids: RefCell::new(ids),
            last_number: Cell::new(last_number),
            is_finished: Cell::new(is_finished),
        }
    }

    fn record(&self, content: EntryContent) {
        self.last_number.set(self.last_number.get() + 1);
        let entry = Entry {
            id: uuid::Builder::from_random_bytes(random()).into_uuid(),
            number: self.last_number.get(),
            content,
        };
        self.delivery.add(entry);
    }
}

/// The id of a trial: `<trial_index>-<trial_type>`, with a repeat mark where a reload began the
/// experiment anew, so that what was stored before stays.
fn trial_id(index: u32, kind: &str, stored: &[String]) -> String {
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
    if !stored.contains(&plain) {
        return plain;
    }
    (1_u32..=10_000)
        .map(|number| format!("{plain}-repeat-{number}"))
        .find(|id| !stored.contains(id))
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

    /// What the experiment may know of the child and of this run, as JSON.
    #[wasm_bindgen(getter)]
    pub fn about(&self) -> String {
        let run = &self.run;
        json!({
            "child": run.child, "age_days": run.age_days,
            "past_sessions": run.past_sessions,
            "response": run.response, "is_preview": run.is_preview,
        })
        .to_string()
    }

    /// Stores the data of a trial, given as JSON. False if that is not an object.
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
        self.record(EntryContent::Frame {
            frame_id,
            position: index,
            next: index + 1,
            data,
            completes: false,
            consents: false,
        });
        true
    }

    /// The experiment has ended. Waits until everything is stored, and returns where to go; nothing
    /// in the editor's pane.
    pub async fn finish(&self) -> Option<String> {
        if !self.is_finished.replace(true) {
            self.record(EntryContent::Finish {});
        }
        while !self.delivery.is_done() {
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

    /// How saving stands: `saved`, `sending`, `waiting`, `risky`, `refused` or `ended`.
    pub fn saving(&self) -> String {
        self.delivery.state().as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_have_the_classic_ids_and_lose_nothing_to_a_reload() {
        let stored = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
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
            trial_id(0, "x", &stored(&["0-x", "0-x-repeat-1"])),
            "0-x-repeat-2"
        );
    }
}
