//! Ids that can be published: the same child has different ones in different studies. The rule and
//! a test vector are in `docs/reference/hashed-ids.md`.

use data_encoding::BASE32;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The publishable id of an account, child or demographic snapshot in a study, `digits` characters
/// long.
///
/// SHA-256 of the three uuids combined by exclusive or, in base 32, with the letters that can be
/// mistaken for digits replaced. Existing data sets hold these ids, so the rule must not change.
pub fn hashed_id(entity: Uuid, study: Uuid, salt: Uuid, digits: u8) -> String {
    let bytes: Vec<u8> = entity
        .as_bytes()
        .iter()
        .zip(study.as_bytes())
        .zip(salt.as_bytes())
        .map(|((a, b), c)| a ^ b ^ c)
        .collect();
    BASE32
        .encode(&Sha256::digest(bytes))
        .chars()
        .take(usize::from(digits))
        .map(|letter| match letter {
            'I' => 'c',
            'O' => 'd',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_holds() {
        let id = |text: &str| text.parse::<Uuid>().unwrap();
        let (entity, study, salt) = (
            id("26edcab0-b578-49e4-9ef3-6f9e5ee32642"),
            id("c39fc4e9-0084-4efb-9db1-ea596c946108"),
            id("88b9d333-852d-42a2-8352-3027354ee136"),
        );
        assert_eq!(hashed_id(entity, study, salt, 6), "2Y7W5d");
        assert_eq!(hashed_id(entity, study, salt, 3), "2Y7");
    }
}
