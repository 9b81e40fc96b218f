use proptest::prelude::*;

use super::*;
use crate::studies::ChildFact;

fn content() -> Content {
    let ad = Ad {
        name: "Cats and moons".into(),
        short_description: "Your child sees a story about a cat.".into(),
        ages: AgeRange {
            min_years: 2,
            max_years: 6,
            ..AgeRange::default()
        },
        ..Ad::default()
    };
    Content {
        ad,
        design: Design {
            protocol: r#"{"frames": {"a": {"kind": "exp-lookit-text"}}, "sequence": ["a"]}"#.into(),
            ..Design::default()
        },
        ..Content::default()
    }
}

fn review(change: impl FnOnce(&mut Content)) -> Vec<(Field, bool)> {
    let mut after = content();
    change(&mut after);
    content()
        .edits(&after)
        .into_iter()
        .map(|edit| (edit.field, edit.needs_review))
        .collect()
}

#[test]
fn every_field_has_its_freedom_once() {
    let mut listed: Vec<_> = FREEDOMS.iter().map(|(field, _)| *field).collect();
    listed.sort_unstable();
    assert_eq!(listed, Field::ALL.to_vec());
}

/// Fields that the classic site watches, but for picture and contact, which
/// can't harm a family.
#[test]
fn what_the_reference_watches_needs_a_review() {
    assert_eq!(
        review(|after| after.ad.name = "Dogs".into()),
        [(Field::Name, true)]
    );
    assert_eq!(
        review(|after| after.ad.purpose = "Because.".into()),
        [(Field::Purpose, true)]
    );
    assert_eq!(
        review(|after| after.ad.duration = "9 hours".into()),
        [(Field::Duration, true)]
    );
    assert_eq!(
        review(|after| after.ad.compensation = "A boat".into()),
        [(Field::Compensation, true)]
    );
    assert_eq!(
        review(|after| after.ad.exit_url = "https://a.example".into()),
        [(Field::ExitUrl, true)]
    );
    assert_eq!(
        review(|after| after.design.generator = "() => 1".into()),
        [(Field::Generator, true)]
    );
    assert_eq!(
        review(|after| after.design.uses_generator = true),
        [(Field::UsesGenerator, true)]
    );
    assert_eq!(
        review(|after| after.design.experiment = "x".into()),
        [(Field::Experiment, true)]
    );
    assert_eq!(
        review(|after| after.design.external.url = "https://a.example".into()),
        [(Field::External, true)]
    );
    assert_eq!(
        review(|after| after.design.runner.last_known_player_sha = "a".into()),
        [(Field::Runner, true)]
    );
    assert_eq!(
        review(|after| after.design.protocol = r#"{"frames": {}, "sequence": []}"#.into()),
        [(Field::Protocol, true)]
    );
}

#[test]
fn what_harms_nobody_keeps_the_approval() {
    assert_eq!(review(|_| ()), []);
    assert_eq!(
        review(|after| after.ad.image = "/pictures/b.png".into()),
        [(Field::Image, false)]
    );
    assert_eq!(
        review(|after| after.ad.contact_info = "Somebody else".into()),
        [(Field::ContactInfo, false)]
    );
    assert_eq!(
        review(|after| after.settings.is_public = true),
        [(Field::IsPublic, false)]
    );
    assert_eq!(
        review(|after| after.ad.short_description = "Your child sees a stroy about a cat!".into()),
        [(Field::ShortDescription, false)]
    );
    assert_eq!(
        review(|after| after.ad.ages.min_years = 3),
        [(Field::Ages, false)]
    );
    assert_eq!(
        review(|after| after.ad.ages.max_years = 7),
        [(Field::Ages, true)]
    );
    assert_eq!(
        review(|after| after.ad.criteria_expression = "speaks_es".into()),
        [(Field::CriteriaExpression, false)],
        "fewer children than everyone"
    );
    let reformatted = "{\n  \"sequence\": [\"a\"],\n  \"frames\": \
                       { \"a\": { \"kind\": \"exp-lookit-text\" } }, \"exact_text\": 1\n}";
    assert_eq!(
        review(|after| after.design.protocol = reformatted.into()),
        []
    );
}

#[test]
fn spelling_is_little_and_never_a_number() {
    for (before, after, is) in [
        (
            "Your child wil see a cat",
            "Your child will see a cat.",
            true,
        ),
        ("recieve a gift", "receive a gift", true),
        ("We record your child", "We do not record your child", false),
        ("takes 10 minutes", "takes 90 minutes", false),
        ("you can stop", "you can't stop", false),
        ("a cat", "a dog", false),
        (
            "wrong wrods in this sentnce and heer too",
            "wrong words in this sentence and here too",
            true,
        ),
        (
            "wroong wrods in this sentnce and heer too",
            "wrong words in this sentence and here too",
            false,
        ),
        ("", "", true),
    ] {
        assert_eq!(is_spelling(before, after), is, "{before} / {after}");
    }
}

proptest! {
    #[test]
    fn narrowing_never_lets_another_child_in(
        low in 0_u16..10,
        high in 0_u16..10,
        new_low in 0_u16..10,
        new_high in 0_u16..10,
        age in 0_i64..4000,
    ) {
        prop_assume!(low <= high && new_low <= new_high);
        let mut before = content();
        before.ad.ages = AgeRange { min_years: low, max_years: high, ..AgeRange::default() };
        let mut after = before.clone();
        after.ad.ages = AgeRange { min_years: new_low, max_years: new_high, ..AgeRange::default() };
        let is_free = before.edits(&after).iter().all(|edit| !edit.needs_review);
        if is_free && after.ad.ages.distance(age) == 0 {
            prop_assert_eq!(before.ad.ages.distance(age), 0);
        }
    }
}

#[test]
fn a_design_may_ask_for_less_without_a_review() {
    let with = |hosts: &[&str], facts: &[ChildFact]| {
        let mut content = Content::default();
        content.design.hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        content.design.child_facts = facts.iter().copied().collect();
        content
    };
    let before = with(&["a.test", "b.test"], &[ChildFact::Gender]);
    let free = |after: &Content| before.edits(after).iter().all(|edit| !edit.needs_review);
    assert!(free(&with(&["b.test"], &[])));
    assert!(!free(&with(&["b.test", "c.test"], &[])));
    assert!(!free(&with(&[], &[ChildFact::Birthday])));
    assert_eq!(before.edits(&with(&["b.test"], &[])).len(), 2);
}
