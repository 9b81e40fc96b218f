//! Ads as families see them, parsed once. A page that lists twenty studies would otherwise read
//! twenty texts and as many criteria again for everybody who looks.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use domain::studies::{Ad, Eligibility, StudyId};
use entities::convert;

use crate::cache::Cache;
use crate::error::Error;

/// Most ads that are kept.
const MOST: usize = 1000;
/// Most bytes of their texts.
const MOST_BYTES: usize = 16 << 20;

/// An ad, and what it asks of a child.
#[derive(Debug)]
pub(crate) struct ReadAd {
    pub ad: Ad,
    pub rules: Eligibility,
}

/// The ads that were read lately, by their text.
#[derive(Clone, Debug)]
pub(crate) struct Ads {
    /// A key that nobody outside knows, so that no two texts can be made to meet.
    hasher: RandomState,
    known: Arc<Cache<u64, ReadAd>>,
}

impl Default for Ads {
    fn default() -> Self {
        Self {
            hasher: RandomState::default(),
            known: Arc::new(Cache::new(MOST, MOST_BYTES)),
        }
    }
}

impl Ads {
    pub fn read(&self, study: StudyId, text: &str) -> Result<Arc<ReadAd>, Error> {
        let key = self.hasher.hash_one(text);
        if let Some(found) = self.known.get(key) {
            return Ok(found);
        }
        let ad = convert::ad(study, text)?;
        let rules = Eligibility::from(&ad);
        let read = Arc::new(ReadAd { ad, rules });
        self.known.keep(key, &read, text.len());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> String {
        let ad = Ad {
            name: name.to_owned(),
            ..Ad::default()
        };
        serde_json::to_string(&ad).unwrap()
    }

    #[test]
    fn an_ad_is_parsed_once_and_another_text_is_another_ad() {
        let (ads, id) = (Ads::default(), StudyId(uuid::Uuid::nil()));
        let first = ads.read(id, &text("Cats")).unwrap();
        assert!(Arc::ptr_eq(&first, &ads.read(id, &text("Cats")).unwrap()));
        assert_eq!(ads.read(id, &text("Dogs")).unwrap().ad.name, "Dogs");
        assert!(ads.read(id, "{").is_err());
    }

    #[test]
    fn only_so_many_are_kept() {
        let (ads, id) = (Ads::default(), StudyId(uuid::Uuid::nil()));
        for number in 0..=(MOST * 2) {
            ads.read(id, &text(&number.to_string())).unwrap();
        }
        assert!(ads.known.len() <= MOST);
    }
}
