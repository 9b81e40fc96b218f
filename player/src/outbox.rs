//! The outbox: entries go to the browser's database first, then to the server, again and again
//! until it has them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use domain::responses::{Entry, ResponseId};
use wasm_bindgen_futures::spawn_local;

use crate::dom::{listen, random, sleep, window};
use crate::server::{self, Failure};
use crate::store::Store;

/// Entries sent at once.
const BATCH: usize = 20;
/// Pauses between tries, in milliseconds; the last one goes on.
const PAUSES: [i32; 6] = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/// What the family may see of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saving {
    /// The server has everything.
    Saved,
    /// Something is on its way.
    Sending,
    /// The server can't be reached; everything is kept on this computer.
    Waiting,
    /// The server can't be reached and this browser keeps nothing beyond this page.
    Risky,
    /// The run's key has ended; what is left stays on this computer.
    Ended,
}

/// What is called when the state changes.
pub type Watcher = Rc<dyn Fn(Saving)>;

/// The outbox of one run. A preview has none to fill.
pub struct Outbox {
    response: Option<ResponseId>,
    store: Option<Store>,
    pending: RefCell<Vec<Entry>>,
    keeping: Cell<u32>,
    is_sending: Cell<bool>,
    state: Cell<Saving>,
    on_change: RefCell<Option<Watcher>>,
}

impl Outbox {
    /// An outbox with entries that an earlier page could not send.
    pub fn new(response: Option<ResponseId>, store: Option<Store>, left: Vec<Entry>) -> Rc<Self> {
        let outbox = Rc::new(Self {
            response,
            store,
            pending: RefCell::new(left),
            keeping: Cell::new(0),
            is_sending: Cell::new(false),
            state: Cell::new(Saving::Saved),
            on_change: RefCell::new(None),
        });
        let online = outbox.clone();
        listen(&window(), "online", move |_| online.clone().send());
        outbox.clone().send();
        outbox
    }

    /// Calls `action` now and whenever the state changes.
    pub fn watch(&self, action: Watcher) {
        action(self.state.get());
        *self.on_change.borrow_mut() = Some(action);
    }

    /// Whether the server has everything, or will never get it.
    pub fn is_empty(&self) -> bool {
        (self.pending.borrow().is_empty() && self.keeping.get() == 0)
            || self.state.get() == Saving::Ended
    }

    /// The state.
    pub fn state(&self) -> Saving {
        self.state.get()
    }

    fn set(&self, state: Saving) {
        if self.state.replace(state) != state {
            let action = self.on_change.borrow().clone();
            if let Some(action) = action {
                action(state);
            }
        }
    }

    /// Takes an entry: keeps it here, then sends it.
    pub fn put(self: &Rc<Self>, entry: Entry) {
        let Some(response) = self.response else {
            return;
        };
        self.set(Saving::Sending);
        self.keeping.set(self.keeping.get() + 1);
        let outbox = self.clone();
        spawn_local(async move {
            if let Some(store) = &outbox.store
                && let Err(reason) = store.keep(response, &entry).await
            {
                web_sys::console::warn_2(&"The browser could not keep an entry:".into(), &reason);
            }
            outbox.pending.borrow_mut().push(entry);
            outbox.keeping.set(outbox.keeping.get() - 1);
            outbox.send();
        });
    }

    /// Sends an entry at once because the page is going away, without waiting for the browser's
    /// database.
    pub fn put_in_haste(self: &Rc<Self>, entry: Entry) {
        let hasty = entry.clone();
        if self.response.is_some() {
            spawn_local(async move {
                let _ = server::append(&[hasty]).await;
            });
        }
        self.put(entry);
    }

    /// Sends what is pending, one request at a time.
    pub fn send(self: Rc<Self>) {
        if self.is_sending.replace(true) {
            return;
        }
        spawn_local(async move {
            self.run().await;
            self.is_sending.set(false);
            // An entry may have come between the last look and now.
            if !self.pending.borrow().is_empty() && self.state.get() != Saving::Ended {
                self.send();
            }
        });
    }

    async fn run(&self) {
        let mut tries = 0_usize;
        loop {
            let batch: Vec<Entry> = {
                let mut pending = self.pending.borrow_mut();
                pending.sort_by_key(|entry| entry.number);
                pending.iter().take(BATCH).cloned().collect()
            };
            if batch.is_empty() {
                return self.set(Saving::Saved);
            }
            if self.state.get() != Saving::Waiting && self.state.get() != Saving::Risky {
                self.set(Saving::Sending);
            }
            match server::append(&batch).await {
                Ok(answer) => {
                    tries = 0;
                    for refused in &answer.refused {
                        web_sys::console::error_2(
                            &"The server refused an entry; it stays in this browser:".into(),
                            &refused.reason.clone().into(),
                        );
                    }
                    let refused: Vec<&String> = answer
                        .refused
                        .iter()
                        .filter_map(|refused| refused.entry.as_ref())
                        .collect();
                    self.settle(
                        &batch,
                        |id| answer.kept.contains(id),
                        |id| refused.contains(&id),
                    )
                    .await;
                }
                Err(Failure::Ended) => return self.set(Saving::Ended),
                Err(Failure::Refused(_)) if batch.len() > 1 => {
                    // Something in the batch is bad: send one by one, so that the others arrive.
                    for entry in batch {
                        match server::append(std::slice::from_ref(&entry)).await {
                            Ok(_) => self.settle(&[entry], |_| true, |_| false).await,
                            Err(Failure::Refused(_)) => {
                                self.settle(&[entry], |_| false, |_| true).await
                            }
                            Err(_) => break,
                        }
                    }
                }
                Err(Failure::Refused(_)) => self.settle(&batch, |_| false, |_| true).await,
                Err(Failure::Unreachable) => {
                    self.set(if self.store.is_some() {
                        Saving::Waiting
                    } else {
                        Saving::Risky
                    });
                    let pause = PAUSES
                        .get(tries)
                        .or(PAUSES.last())
                        .copied()
                        .unwrap_or(30_000);
                    tries += 1;
                    self.wait(pause).await;
                }
            }
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

    /// Takes entries out: those that are kept are forgotten here, those that are refused stay in
    /// the browser's database.
    async fn settle(
        &self,
        batch: &[Entry],
        is_kept: impl Fn(&String) -> bool,
        is_refused: impl Fn(&String) -> bool,
    ) {
        for entry in batch {
            let id = entry.id.to_string();
            let is_kept = is_kept(&id);
            if is_kept || is_refused(&id) {
                self.pending
                    .borrow_mut()
                    .retain(|pending| pending.id != entry.id);
            }
            if let (true, Some(store), Some(response)) = (is_kept, &self.store, self.response) {
                let _ = store.forget(response, entry).await;
            }
        }
    }
}
