//! Entries kept in the browser's own database, so that neither a reload nor a crash nor a lost
//! connection costs one.

use domain::responses::{Entry, ResponseId};
use js_sys::Promise;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbRequest, IdbTransactionMode};

use crate::dom::window;

const DATABASE: &str = "lookit-run";
const STORE: &str = "entries";

/// The database.
#[derive(Clone, Debug)]
pub struct Store(IdbDatabase);

impl Store {
    /// Opens it; an error where the browser has none, as some do in private windows.
    pub async fn open() -> Result<Self, JsValue> {
        let factory = window()
            .indexed_db()?
            .ok_or_else(|| JsValue::from_str("this browser keeps no database"))?;
        let request = factory.open_with_u32(DATABASE, 1)?;
        let opening = request.clone();
        let upgrade = Closure::once_into_js(move || {
            if let Ok(database) = opening.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
                let _ = database.create_object_store(STORE);
            }
        });
        request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
        Ok(Self(done(&request).await?.dyn_into::<IdbDatabase>()?))
    }

    /// Keeps an entry. It is on the disk when this returns.
    pub async fn keep(&self, response: ResponseId, entry: &Entry) -> Result<(), JsValue> {
        let text =
            serde_json::to_string(entry).map_err(|error| JsValue::from_str(&error.to_string()))?;
        let transaction = self
            .0
            .transaction_with_str_and_mode(STORE, IdbTransactionMode::Readwrite)?;
        let request = transaction
            .object_store(STORE)?
            .put_with_key(&JsValue::from_str(&text), &key(response, entry))?;
        done(&request).await.map(drop)
    }

    /// Forgets an entry that the server has.
    pub async fn forget(&self, response: ResponseId, entry: &Entry) -> Result<(), JsValue> {
        let transaction = self
            .0
            .transaction_with_str_and_mode(STORE, IdbTransactionMode::Readwrite)?;
        let request = transaction
            .object_store(STORE)?
            .delete(&key(response, entry))?;
        done(&request).await.map(drop)
    }

    /// Entries of a response that are still here.
    pub async fn kept(&self, response: ResponseId) -> Result<Vec<Entry>, JsValue> {
        let transaction = self
            .0
            .transaction_with_str_and_mode(STORE, IdbTransactionMode::Readonly)?;
        let prefix = format!("{response}/");
        let range = web_sys::IdbKeyRange::bound(
            &JsValue::from_str(&prefix),
            &JsValue::from_str(&format!("{prefix}\u{ffff}")),
        )?;
        let request = transaction.object_store(STORE)?.get_all_with_key(&range)?;
        let found = js_sys::Array::from(&done(&request).await?);
        Ok(found
            .iter()
            .filter_map(|value| serde_json::from_str(&value.as_string()?).ok())
            .collect())
    }
}

fn key(response: ResponseId, entry: &Entry) -> JsValue {
    JsValue::from_str(&format!("{response}/{}", entry.id))
}

async fn done(request: &IdbRequest) -> Result<JsValue, JsValue> {
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
