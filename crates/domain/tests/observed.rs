//! Facts observed on the classic site, where the folder with them lies beside the checkout. The
//! rules they pin are also tested on examples of our own; this test walks the whole collection.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::path::Path;

use chrono::{Duration, NaiveDate};
use domain::families::child::{Conditions, GestationalAge, Languages};
use domain::responses::hashed_id;
use domain::studies::criteria::Traits;
use domain::studies::{AgeBand, AgeRange, Criteria};
use serde_json::Value;

fn observed(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/observed/server")
        .join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

#[test]
fn criteria_mean_what_was_observed_but_for_the_listed_defects() {
    let facts = observed("eligibility.json");
    let mut checked = 0;
    for fact in facts["criteria"].as_array().unwrap() {
        let child = &fact["child"];
        let traits = Traits {
            age_days: int(&child["age"]),
            gender: child["gender"].as_str().unwrap().parse().unwrap(),
            gestational_age: child["ga"]
                .as_u64()
                .map(|code| GestationalAge::from_code(u8::try_from(code).unwrap()).unwrap()),
            languages: Languages::from_codes(
                child["langs"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|code| code.as_str().unwrap()),
            )
            .unwrap(),
            conditions: Conditions::from_codes(
                child["conds"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|code| code.as_str().unwrap()),
            )
            .unwrap(),
        };
        let expression = fact["expression"].as_str().unwrap();
        let ours = Criteria::parse(expression)
            .ok()
            .map(|criteria| criteria.holds(&traits));
        // Where the classic site differs from what it means to do, the intended meaning is ours.
        let intended = if fact["differs_from_intended"].as_bool().unwrap() {
            &fact["reference_intended"]
        } else {
            &fact["observed"]
        };
        assert_eq!(ours, intended.as_bool(), "{expression} for {child}");
        checked += 1;
    }
    assert!(checked > 100, "{checked}");
}

#[test]
fn ages_have_the_observed_distance() {
    let facts = observed("eligibility.json");
    let today: NaiveDate = facts["today"].as_str().unwrap().parse().unwrap();
    for fact in facts["age"].as_array().unwrap() {
        let bound = |name: &str| u16::try_from(int(&fact["bounds"][name])).unwrap();
        let ages = AgeRange {
            min_years: bound("min_years"),
            min_months: bound("min_months"),
            min_days: bound("min_days"),
            max_years: bound("max_years"),
            max_months: bound("max_months"),
            max_days: bound("max_days"),
        };
        assert_eq!(
            (ages.lowest_days(), ages.highest_days()),
            (int(&fact["lo"]), int(&fact["hi"])),
            "{fact}"
        );
        let Some(age) = fact["age_in_days"].as_i64() else {
            continue;
        };
        let birthday = today - Duration::days(age);
        assert_eq!(
            ages.distance(domain::studies::age::age_in_days(birthday, today)),
            int(&fact["observed_distance"]),
            "{fact}"
        );
    }
    for fact in facts["band_overlap"].as_array().unwrap() {
        let days = |name: &str| u16::try_from(int(&fact[name])).unwrap();
        let ages = AgeRange {
            min_days: days("lo"),
            max_days: days("hi"),
            ..AgeRange::default()
        };
        let band = AgeBand {
            slug: "",
            label: "",
            from_years: int(&fact["band"][0]),
            to_years: int(&fact["band"][1]),
        };
        assert_eq!(
            band.overlaps(&ages),
            fact["observed"].as_bool().unwrap(),
            "{fact}"
        );
    }
}

#[test]
fn hashed_ids_are_the_published_ones() {
    let facts = observed("hashes.json");
    for fact in facts["observed"].as_array().unwrap() {
        let id = |name: &str| fact[name].as_str().unwrap().parse().unwrap();
        assert_eq!(
            hashed_id(
                id("uuid"),
                id("study"),
                id("salt"),
                u8::try_from(int(&fact["digits"])).unwrap()
            ),
            fact["hash"].as_str().unwrap(),
            "{fact}"
        );
    }
}
