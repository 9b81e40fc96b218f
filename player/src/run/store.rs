//! Entries kept in the browser's own database, so that neither a reload nor a crash nor a lost
//! connection costs one, and the keys with which they can still be sent weeks later.

use domain::responses::{Entry, ResponseId};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::client::RunKey;
use crate::kit::browser::window;

const DATABASE: &str = "lookit-run";
/// The second version has keys.
const VERSION: u32 = 2;
const ENTRIES: &str = "entries";
const KEYS: &str = "keys";

#[derive(Clone, Debug)]
pub struct EntryStore(IdbDatabase);

impl EntryStore {
    /// An error where the browser has no database, as some do in private windows, or where a page
    /// of an older version holds it.
    pub async fn open() -> Result<Self, JsValue> {
        let factory = window()
            .indexed_db()?
            .ok_or_else(|| JsValue::from_str("this browser keeps no database"))?;
        let request = factory.open_with_u32(DATABASE, VERSION)?;
        let opening = request.clone();
        let create = Closure::once_into_js(move || {
            if let Ok(database) = opening.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
                // One that is there already is refused, and stays.
                for store in [ENTRIES, KEYS] {
                    let _ = database.create_object_store(store);
                }
            }
        });
        request.set_onupgradeneeded(Some(create.unchecked_ref()));
        let opened = promise(|resolve, reject| {
            settle_with(&request, resolve, reject);
            request.set_onblocked(Some(reject));
        });
        Ok(Self(opened.await?.dyn_into::<IdbDatabase>()?))
    }

    /// The entry is on the disk when this returns.
    pub async fn save(&self, response: ResponseId, entry: &Entry) -> Result<(), JsValue> {
        self.put(ENTRIES, &key(response, entry), entry).await
    }

    pub async fn remove(&self, response: ResponseId, entry: &Entry) -> Result<(), JsValue> {
        self.delete(ENTRIES, &key(response, entry)).await
    }

    /// Entries of a response that the server did not have when the page before went away.
    pub async fn load(&self, response: ResponseId) -> Result<Vec<Entry>, JsValue> {
        let prefix = format!("{response}/");
        let range = IdbKeyRange::bound(
            &JsValue::from_str(&prefix),
            &JsValue::from_str(&format!("{prefix}\u{ffff}")),
        )?;
        let found = self.reading(ENTRIES)?.get_all_with_key(&range)?;
        Ok(values(&result_of(&found).await?))
    }

    pub async fn keep_key(&self, response: ResponseId, key: &RunKey) -> Result<(), JsValue> {
        let pair = (response, key);
        self.put(KEYS, &response.to_string(), &pair).await
    }

    pub async fn forget_key(&self, response: ResponseId) -> Result<(), JsValue> {
        self.delete(KEYS, &response.to_string()).await
    }

    pub async fn key(&self, response: ResponseId) -> Result<Option<RunKey>, JsValue> {
        let mut keys = self.keys().await?.into_iter();
        Ok(keys.find(|(of, _)| *of == response).map(|(_, key)| key))
    }

    /// The keys of all runs that this browser has entered, by their responses.
    pub async fn keys(&self) -> Result<Vec<(ResponseId, RunKey)>, JsValue> {
        let found = self.reading(KEYS)?.get_all()?;
        Ok(values(&result_of(&found).await?))
    }

    async fn put(
        &self,
        store: &str,
        key: &str,
        value: &impl serde::Serialize,
    ) -> Result<(), JsValue> {
        let text =
            serde_json::to_string(value).map_err(|error| JsValue::from_str(&error.to_string()))?;
        let writing = self.writing(store)?;
        writing
            .object_store(store)?
            .put_with_key(&JsValue::from_str(&text), &JsValue::from_str(key))?;
        complete(&writing).await
    }

    async fn delete(&self, store: &str, key: &str) -> Result<(), JsValue> {
        let writing = self.writing(store)?;
        writing
            .object_store(store)?
            .delete(&JsValue::from_str(key))?;
        complete(&writing).await
    }

    fn reading(&self, store: &str) -> Result<IdbObjectStore, JsValue> {
        self.0
            .transaction_with_str_and_mode(store, IdbTransactionMode::Readonly)?
            .object_store(store)
    }

    /// A transaction that is complete only when it is on the disk, and not in some buffer. Browsers
    /// that don't know the option have always done so.
    fn writing(&self, store: &str) -> Result<IdbTransaction, JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"durability".into(), &"strict".into())?;
        let begin: Function = Reflect::get(&self.0, &"transaction".into())?.dyn_into()?;
        let writing = begin.call3(&self.0, &store.into(), &"readwrite".into(), &options)?;
        writing.dyn_into()
    }
}

fn key(response: ResponseId, entry: &Entry) -> String {
    format!("{response}/{}", entry.id)
}

/// What was stored as texts; what can't be read is left out.
fn values<T: serde::de::DeserializeOwned>(found: &JsValue) -> Vec<T> {
    js_sys::Array::from(found)
        .iter()
        .filter_map(|value| serde_json::from_str(&value.as_string()?).ok())
        .collect()
}

fn promise(start: impl FnOnce(&Function, &Function)) -> JsFuture {
    let mut start = Some(start);
    JsFuture::from(Promise::new(&mut |resolve, reject| {
        if let Some(start) = start.take() {
            start(&resolve, &reject);
        }
    }))
}

fn settle_with(request: &IdbRequest, resolve: &Function, reject: &Function) {
    let (succeeding, resolve) = (request.clone(), resolve.clone());
    let on_success = Closure::once_into_js(move || {
        let result = succeeding.result().unwrap_or(JsValue::UNDEFINED);
        let _ = resolve.call1(&JsValue::NULL, &result);
    });
    request.set_onsuccess(Some(on_success.unchecked_ref()));
    request.set_onerror(Some(reject));
}

async fn result_of(request: &IdbRequest) -> Result<JsValue, JsValue> {
    promise(|resolve, reject| settle_with(request, resolve, reject)).await
}

/// Waits until a transaction is complete: that its requests succeeded is not enough.
async fn complete(transaction: &IdbTransaction) -> Result<(), JsValue> {
    promise(|resolve, reject| {
        transaction.set_oncomplete(Some(resolve));
        transaction.set_onabort(Some(reject));
        transaction.set_onerror(Some(reject));
    })
    .await
    .map(drop)
}
