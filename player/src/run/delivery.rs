//! Delivery of entries: each goes to the browser's database first, then to the server, again and
//! again until the server has it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use domain::responses::wire::Receipt;
use domain::responses::{Entry, ResponseId};
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::client::{self, RequestError, RunKey};
use super::store::EntryStore;
use crate::kit::browser::{random, sleep, window};
use crate::kit::element::listen;

/// Entries sent at once, and bytes of their JSON; one that is larger goes alone.
const BATCH: usize = 20;
const BATCH_BYTES: usize = 4 << 20;
/// Pauses between tries, in milliseconds; the last one goes on.
const PAUSES: [i32; 6] = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/// What the family may know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// The server has everything.
    Saved,
    /// Something is on its way.
    Sending,
    /// The server can't be reached; everything is kept on this computer.
    Waiting,
    /// The server can't be reached and this browser keeps nothing beyond this page.
    Risky,
    /// The server has everything but what it will never take, which stays on this computer.
    Refused,
    /// The run's keys have expired; what is left stays on this computer.
    Ended,
}

impl DeliveryState {
    /// The word for pages and their styles.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Sending => "sending",
            Self::Waiting => "waiting",
            Self::Risky => "risky",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    /// Whether the server can't be reached.
    pub const fn is_offline(self) -> bool {
        matches!(self, Self::Waiting | Self::Risky)
    }
}

/// Called when the state changes.
pub type Watcher = Rc<dyn Fn(DeliveryState)>;

/// The first of some entries, as many as are sent at once.
pub fn batch_of(entries: &[Entry]) -> Vec<Entry> {
    let mut left = BATCH_BYTES;
    let bytes = |entry: &Entry| serde_json::to_string(entry).map_or(0, |text| text.len());
    let fitting = entries
        .iter()
        .take(BATCH)
        .enumerate()
        .take_while(|(index, entry)| {
            let bytes = bytes(entry);
            let fits = *index == 0 || bytes <= left;
            left = left.saturating_sub(bytes);
            fits
        });
    fitting.map(|(_, entry)| entry.clone()).collect()
}

/// The entries of one run. In the preview pane there is no response to deliver to, and the editor
/// is told of every entry instead.
pub struct Delivery {
    response: Option<ResponseId>,
    store: Option<EntryStore>,
    /// What still adds entries when the cookie has expired.
    key: Option<RunKey>,
    is_cookie_expired: Cell<bool>,
    has_refused: Cell<bool>,
    on_entry: Option<Function>,
    pending: RefCell<Vec<Entry>>,
    /// Entries that are being written to the browser's database.
    writing: Cell<u32>,
    is_sending: Cell<bool>,
    state: Cell<DeliveryState>,
    on_change: RefCell<Option<Watcher>>,
}

impl Delivery {
    /// Begins with entries that an earlier page could not send. `on_entry` is called with the JSON
    /// of every new entry.
    pub fn new(
        response: Option<ResponseId>,
        (store, key): (Option<EntryStore>, Option<RunKey>),
        unsent: Vec<Entry>,
        on_entry: Option<Function>,
    ) -> Rc<Self> {
        let delivery = Rc::new(Self {
            response,
            store,
            key,
            is_cookie_expired: Cell::new(false),
            has_refused: Cell::new(false),
            on_entry,
            pending: RefCell::new(unsent),
            writing: Cell::new(0),
            is_sending: Cell::new(false),
            state: Cell::new(DeliveryState::Saved),
            on_change: RefCell::new(None),
        });
        let online = delivery.clone();
        listen(&window(), "online", move |_| online.clone().send());
        delivery.clone().send();
        delivery
    }

    /// Calls `action` now and whenever the state changes.
    pub fn watch(&self, action: Watcher) {
        action(self.state.get());
        *self.on_change.borrow_mut() = Some(action);
    }

    pub fn state(&self) -> DeliveryState {
        self.state.get()
    }

    /// Whether the server has everything, or will never get it.
    pub fn is_done(&self) -> bool {
        (self.pending.borrow().is_empty() && self.writing.get() == 0)
            || self.state.get() == DeliveryState::Ended
    }

    fn set_state(&self, state: DeliveryState) {
        if self.state.replace(state) != state {
            let action = self.on_change.borrow().clone();
            if let Some(action) = action {
                action(state);
            }
        }
    }

    /// Saves an entry on this computer, then sends it.
    pub fn add(self: &Rc<Self>, entry: Entry) {
        if let (Some(on_entry), Ok(text)) = (&self.on_entry, serde_json::to_string(&entry)) {
            let _ = on_entry.call1(&JsValue::NULL, &text.into());
        }
        let Some(response) = self.response else {
            return;
        };
        self.set_state(DeliveryState::Sending);
        self.writing.set(self.writing.get() + 1);
        let delivery = self.clone();
        spawn_local(async move {
            if let Some(store) = &delivery.store
                && let Err(reason) = store.save(response, &entry).await
            {
                web_sys::console::warn_2(&"The browser could not keep an entry:".into(), &reason);
            }
            delivery.pending.borrow_mut().push(entry);
            delivery.writing.set(delivery.writing.get() - 1);
            delivery.send();
        });
    }

    /// Sends an entry at once because the page is going away, without waiting for the browser's
    /// database.
    pub fn add_in_haste(self: &Rc<Self>, entry: Entry) {
        let hasty = entry.clone();
        if self.response.is_some() {
            let key = self.key().cloned();
            spawn_local(async move {
                let _ = client::append(&[hasty], key.as_ref()).await;
            });
        }
        self.add(entry);
    }

    /// Sends what is pending, one request at a time.
    pub fn send(self: Rc<Self>) {
        if self.is_sending.replace(true) {
            return;
        }
        spawn_local(async move {
            self.send_all().await;
            self.is_sending.set(false);
            // An entry may have come between the last look and now.
            if !self.pending.borrow().is_empty() && self.state.get() != DeliveryState::Ended {
                self.send();
            }
        });
    }

    async fn send_all(&self) {
        let mut tries = 0_usize;
        loop {
            let batch = self.next_batch();
            if batch.is_empty() {
                return self.set_state(if self.has_refused.get() {
                    DeliveryState::Refused
                } else {
                    DeliveryState::Saved
                });
            }
            if !self.state.get().is_offline() {
                self.set_state(DeliveryState::Sending);
            }
            match client::append(&batch, self.key()).await {
                Ok(receipt) => {
                    tries = 0;
                    self.settle(&batch, &receipt).await;
                }
                Err(RequestError::Ended) if self.has_another_key() => {}
                Err(RequestError::Ended) => return self.set_state(DeliveryState::Ended),
                Err(RequestError::Refused) => self.send_one_by_one(batch).await,
                Err(RequestError::Unreachable) => {
                    self.set_state(if self.store.is_some() {
                        DeliveryState::Waiting
                    } else {
                        DeliveryState::Risky
                    });
                    let pause = PAUSES.get(tries).or(PAUSES.last()).copied();
                    tries += 1;
                    self.wait(pause.unwrap_or_default()).await;
                }
            }
        }
    }

    /// The key to use instead of the cookie.
    fn key(&self) -> Option<&RunKey> {
        self.key.as_ref().filter(|_| self.is_cookie_expired.get())
    }

    /// Whether there is a key to go on with now that the cookie has expired.
    fn has_another_key(&self) -> bool {
        self.key.is_some() && !self.is_cookie_expired.replace(true)
    }

    fn next_batch(&self) -> Vec<Entry> {
        let mut pending = self.pending.borrow_mut();
        pending.sort_by_key(|entry| entry.number);
        batch_of(&pending)
    }

    /// Something in a batch is bad: sends its entries alone, so that the others arrive.
    async fn send_one_by_one(&self, batch: Vec<Entry>) {
        if let [entry] = batch.as_slice() {
            return self.settle_one(entry, false).await;
        }
        for entry in batch {
            match client::append(std::slice::from_ref(&entry), self.key()).await {
                Ok(receipt) => self.settle(&[entry], &receipt).await,
                Err(RequestError::Refused) => self.settle_one(&entry, false).await,
                Err(_) => break,
            }
        }
    }

    async fn settle(&self, batch: &[Entry], receipt: &Receipt) {
        for refused in &receipt.refused {
            web_sys::console::error_2(
                &"The server refused an entry; it stays in this browser:".into(),
                &refused.reason.as_str().into(),
            );
        }
        for entry in batch {
            let id = entry.id.to_string();
            let is_kept = receipt.kept.contains(&entry.id);
            let is_refused = || {
                let mut refused = receipt.refused.iter();
                refused.any(|refused| refused.entry.as_ref() == Some(&id))
            };
            if is_kept || is_refused() {
                self.settle_one(entry, is_kept).await;
            }
        }
    }

    /// Sends an entry no more. One that the server refused stays in the browser's database.
    async fn settle_one(&self, entry: &Entry, is_kept: bool) {
        if !is_kept {
            self.has_refused.set(true);
        }
        self.pending
            .borrow_mut()
            .retain(|pending| pending.id != entry.id);
        if let (true, Some(store), Some(response)) = (is_kept, &self.store, self.response) {
            let _ = store.remove(response, entry).await;
        }
    }

    /// Waits, but no longer than until the browser is online again. A part of the pause is chance,
    /// so that a thousand families do not come back in the same instant.
    async fn wait(&self, pause: i32) {
        let [chance] = random::<1>();
        let mut left = pause * 3 / 4 + pause / 2 * i32::from(chance) / 255;
        let was_online = window().navigator().on_line();
        while left > 0 {
            sleep(left.min(250)).await;
            left -= 250;
            if !was_online && window().navigator().on_line() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::responses::EntryContent;
    use serde_json::{Map, Value};
    use uuid::Uuid;

    use super::*;

    fn entries(bytes: &[usize]) -> Vec<Entry> {
        let entries = bytes.iter().zip(1_u32..);
        let entries = entries.map(|(bytes, number)| Entry {
            id: Uuid::from_u128(u128::from(number)),
            number,
            content: EntryContent::Event {
                event: Map::from_iter([("x".to_owned(), Value::from("y".repeat(*bytes)))]),
                next: None,
            },
        });
        entries.collect()
    }

    #[test]
    fn as_much_is_sent_at_once_as_fits() {
        let count = |bytes: &[usize]| batch_of(&entries(bytes)).len();
        assert_eq!(count(&[1; 50]), BATCH);
        assert_eq!(count(&[2 << 20, 1 << 20, 2 << 20]), 2);
        assert_eq!(count(&[6 << 20, 1]), 1, "too large goes alone");
        assert_eq!(count(&[1, 6 << 20, 1]), 1, "and holds its place");
        assert_eq!(count(&[]), 0);
    }
}
