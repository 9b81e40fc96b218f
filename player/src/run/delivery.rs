//! Delivery of entries: each goes to the browser's database first, then to the server, again and
//! again until the server has it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use domain::responses::wire::Receipt;
use domain::responses::{Entry, ResponseId};
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::client::{self, RequestError};
use super::store::EntryStore;
use crate::kit::browser::{random, sleep, window};
use crate::kit::element::listen;

/// Entries sent at once.
const BATCH: usize = 20;
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
    /// The run's cookie has expired; what is left stays on this computer.
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

/// The entries of one run. In the preview pane there is no response to deliver to, and the editor
/// is told of every entry instead.
pub struct Delivery {
    response: Option<ResponseId>,
    store: Option<EntryStore>,
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
        store: Option<EntryStore>,
        unsent: Vec<Entry>,
        on_entry: Option<Function>,
    ) -> Rc<Self> {
        let delivery = Rc::new(Self {
            response,
            store,
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
            spawn_local(async move {
                let _ = client::append(&[hasty]).await;
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
                return self.set_state(DeliveryState::Saved);
            }
            if !self.state.get().is_offline() {
                self.set_state(DeliveryState::Sending);
            }
            match client::append(&batch).await {
                Ok(receipt) => {
                    tries = 0;
                    self.settle(&batch, &receipt).await;
                }
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

    fn next_batch(&self) -> Vec<Entry> {
        let mut pending = self.pending.borrow_mut();
        pending.sort_by_key(|entry| entry.number);
        pending.iter().take(BATCH).cloned().collect()
    }

    /// Something in a batch is bad: sends its entries alone, so that the others arrive.
    async fn send_one_by_one(&self, batch: Vec<Entry>) {
        if let [entry] = batch.as_slice() {
            return self.settle_one(entry, false).await;
        }
        for entry in batch {
            match client::append(std::slice::from_ref(&entry)).await {
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
