//! Files of the site, in an object store. Files are named by their content and never change.

use std::path::Path as FilePath;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};

/// Why a file could not be kept or found.
#[derive(Debug, thiserror::Error)]
#[error("storage: {0}")]
pub struct StorageError(String);

#[derive(Clone, Debug)]
pub struct Storage(Arc<dyn ObjectStore>);

impl Storage {
    /// What `url` names: `file://` and a folder, which is made.
    pub fn open(url: &str) -> Result<Self, StorageError> {
        let folder = url
            .strip_prefix("file://")
            .ok_or_else(|| StorageError("the address must begin with file://".to_owned()))?;
        std::fs::create_dir_all(FilePath::new(folder))
            .map_err(|error| StorageError(format!("the folder {folder} can't be made: {error}")))?;
        Ok(Self(Arc::new(
            LocalFileSystem::new_with_prefix(folder).map_err(fault)?,
        )))
    }

    /// A store that lasts as long as the process, for tests.
    pub fn memory() -> Self {
        Self(Arc::new(InMemory::new()))
    }

    /// Returns the name by which [`Self::picture`] finds it.
    pub async fn store_picture(&self, png: Vec<u8>) -> Result<String, StorageError> {
        self.store("pictures", png, "png").await
    }

    /// Returns the archive's name.
    pub async fn store_archive(&self, zip: Vec<u8>) -> Result<String, StorageError> {
        self.store("archives", zip, "zip").await
    }

    async fn store(
        &self,
        folder: &str,
        bytes: Vec<u8>,
        extension: &str,
    ) -> Result<String, StorageError> {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let name = format!("{hash}.{extension}");
        self.0
            .put(&Path::from(format!("{folder}/{name}")), bytes.into())
            .await
            .map_err(fault)?;
        Ok(name)
    }

    /// A picture by its name; nothing where there is none.
    pub async fn picture(&self, name: &str) -> Result<Option<bytes::Bytes>, StorageError> {
        let is_name = name.strip_suffix(".png").is_some_and(|hash| {
            hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        if !is_name {
            return Ok(None);
        }
        match self.0.get(&Path::from(format!("pictures/{name}"))).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(fault)?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }
}

fn fault(error: impl std::fmt::Display) -> StorageError {
    StorageError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_picture_is_found_by_its_name_only() {
        let folder = std::env::temp_dir().join(format!("lookit-storage-{}", std::process::id()));
        for storage in [
            Storage::memory(),
            Storage::open(&format!("file://{}", folder.display())).unwrap(),
        ] {
            let name = storage.store_picture(b"pixels".to_vec()).await.unwrap();
            assert_eq!(
                storage.store_picture(b"pixels".to_vec()).await.unwrap(),
                name
            );
            assert_eq!(
                storage.picture(&name).await.unwrap().unwrap().as_ref(),
                b"pixels"
            );
            for other in [
                "../../etc/passwd",
                "",
                "x.png",
                &name.replace('a', "b").replace('0', "1"),
                &name[..10],
            ] {
                assert!(storage.picture(other).await.unwrap().is_none(), "{other}");
            }
        }
        std::fs::remove_dir_all(folder).unwrap();
        assert!(Storage::open("s3://bucket").is_err());
    }
}
