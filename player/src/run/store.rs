//! Entries kept in the browser's own database, so that neither a reload nor a crash nor a lost
//! connection costs one.

use domain::responses::{Entry, ResponseId};
use js_sys::Promise;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransactionMode};

use crate::kit::browser::window;

const DATABASE: &str = "lookit-run";
const STORE: &str = "entries";

#[derive(Clone, Debug)]
pub struct EntryStore(IdbDatabase);

impl EntryStore {
    /// An error where the browser has no database, as some do in private windows.
    pub async fn open() -> Result<Self, JsValue> {
        let factory = window()
            .indexed_db()?
            .ok_or_else(|| JsValue::from_str("this browser keeps no database"))?;
        let request = factory.open_with_u32(DATABASE, 1)?;
        let opening = request.clone();
        let create = Closure::once_into_js(move || {
            if let Ok(database) = opening.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
                let _ = database.create_object_store(STORE);
            }
        });
        request.set_onupgradeneeded(Some(create.unchecked_ref()));
        Ok(Self(result_of(&request).await?.dyn_into::<IdbDatabase>()?))
    }

    /// The entry is on the disk when this returns.
    pub async fn save(&self, response: ResponseId, entry: &Entry) -> Result<(), JsValue> {
        let text =
            serde_json::to_string(entry).map_err(|error| JsValue::from_str(&error.to_string()))?;
        let request = self
            .entries(IdbTransactionMode::Readwrite)?
            .put_with_key(&JsValue::from_str(&text), &key(response, entry))?;
        result_of(&request).await.map(drop)
    }

    pub async fn remove(&self, response: ResponseId, entry: &Entry) -> Result<(), JsValue> {
        let request = self
            .entries(IdbTransactionMode::Readwrite)?
            .delete(&key(response, entry))?;
        result_of(&request).await.map(drop)
    }

    /// Entries of a response that the server did not have when the page before went away.
    pub async fn load(&self, response: ResponseId) -> Result<Vec<Entry>, JsValue> {
        let prefix = format!("{response}/");
        let range = IdbKeyRange::bound(
            &JsValue::from_str(&prefix),
            &JsValue::from_str(&format!("{prefix}\u{ffff}")),
        )?;
        let request = self
            .entries(IdbTransactionMode::Readonly)?
            .get_all_with_key(&range)?;
        let found = js_sys::Array::from(&result_of(&request).await?);
        Ok(found
            .iter()
            .filter_map(|value| serde_json::from_str(&value.as_string()?).ok())
            .collect())
    }

    fn entries(&self, mode: IdbTransactionMode) -> Result<IdbObjectStore, JsValue> {
        self.0
            .transaction_with_str_and_mode(STORE, mode)?
            .object_store(STORE)
    }
}

fn key(response: ResponseId, entry: &Entry) -> JsValue {
    JsValue::from_str(&format!("{response}/{}", entry.id))
}

async fn result_of(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let request = request.clone();
    let promise = Promise::new(&mut |resolve, reject| {
        let (success, failure) = (request.clone(), request.clone());
        let on_success = Closure::once_into_js(move || {
            let _ = resolve.call1(
                &JsValue::NULL,
                &success.result().unwrap_or(JsValue::UNDEFINED),
            );
        });
        let on_failure = Closure::once_into_js(move || {
            let reason = failure.error().ok().flatten().map_or_else(
                || JsValue::from_str("the browser's database failed"),
                JsValue::from,
            );
            let _ = reject.call1(&JsValue::NULL, &reason);
        });
        request.set_onsuccess(Some(on_success.unchecked_ref()));
        request.set_onerror(Some(on_failure.unchecked_ref()));
    });
    JsFuture::from(promise).await
}
