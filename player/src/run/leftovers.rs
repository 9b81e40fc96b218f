//! What earlier pages of this browser could not send, of whatever run: it goes to the server with
//! the keys that were kept for it.

use domain::responses::ResponseId;

use super::client::{self, RequestError, RunKey};
use super::delivery::batch_of;
use super::store::EntryStore;

/// Sends what was left behind. Where the server can't be reached, everything stays for another
/// time.
pub async fn deliver(store: &EntryStore) {
    for (response, key) in store.keys().await.unwrap_or_default() {
        if deliver_one(store, response, &key).await.is_none() {
            return;
        }
    }
}

/// Nothing where the server can't be reached.
async fn deliver_one(store: &EntryStore, response: ResponseId, key: &RunKey) -> Option<()> {
    let mut left = store.load(response).await.unwrap_or_default();
    left.sort_by_key(|entry| entry.number);
    while !left.is_empty() {
        let batch = batch_of(&left);
        left.drain(..batch.len());
        match client::append(&batch, Some(key)).await {
            Ok(receipt) => {
                for entry in batch
                    .iter()
                    .filter(|entry| receipt.kept.contains(&entry.id))
                {
                    let _ = store.remove(response, entry).await;
                }
            }
            Err(RequestError::Unreachable) => return None,
            Err(RequestError::Refused) => {}
            // The key opens nothing any more, and there is no other way to the server.
            Err(RequestError::Ended) => {
                for entry in batch.iter().chain(&left) {
                    let _ = store.remove(response, entry).await;
                }
                let _ = store.forget_key(response).await;
                return Some(());
            }
        }
    }
    Some(())
}
