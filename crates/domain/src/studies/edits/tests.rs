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

#[test]
fn what_changes_the_meaning_is_never_spelling() {
    for (before, after) in [
        ("it is safe", "it is unsafe"),
        ("it is likely", "it is unlikely"),
        ("stop now", "stop not"),
        ("eight years", "eighty years"),
        ("five minutes", "nine minutes"),
        ("five minutes", "fiver minutes"),
        ("you must stay", "you most stay"),
        ("you can leave", "you cant leave"),
        ("we don't keep it", "we done t keep it"),
        ("recording stops", "recording stays"),
        ("a painless test", "a painful test"),
        ("room 12a", "room 12b"),
    ] {
        assert!(!is_spelling(before, after), "{before} / {after}");
        assert!(!is_spelling(after, before), "{after} / {before}");
    }
}

#[test]
fn corrections_are_counted_over_all_texts_since_the_review() {
    let mut reviewed = content();
    reviewed.ad.purpose = "We study stories about animals".into();
    reviewed.ad.criteria = "Children between three and four".into();
    let mut first = reviewed.clone();
    first.ad.purpose = "We stduy storeis about anmials".into();
    assert!(!reviewed.edits(&first)[0].needs_review);
    let mut second = first.clone();
    second.ad.criteria = "Chidlren betwene three and four".into();
    let edits = first.edits_since(&reviewed, &second);
    assert_eq!(edits.len(), 1);
    assert!(!edits[0].needs_review, "five words in all");
    let mut third = second.clone();
    third.ad.name = "Cats and monos".into();
    assert!(!second.edits(&third)[0].needs_review, "a slip by itself");
    assert!(second.edits_since(&reviewed, &third)[0].needs_review);
    let back = third.edits_since(&reviewed, &reviewed);
    assert!(
        back.iter().all(|edit| !edit.needs_review),
        "what staff know"
    );
}

#[test]
fn ages_are_judged_by_what_staff_know() {
    let reviewed = content();
    let mut narrow = reviewed.clone();
    narrow.ad.ages.max_years = 4;
    assert!(!reviewed.edits(&narrow)[0].needs_review);
    let edits = narrow.edits_since(&reviewed, &reviewed);
    assert_eq!(
        (edits[0].field, edits[0].needs_review),
        (Field::Ages, false)
    );
    assert!(narrow.edits(&reviewed)[0].needs_review);
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

    /// However many small steps there are, free edits never lead far from what staff have seen.
    #[test]
    fn no_walk_of_free_edits_leaves_what_staff_know(
        steps in prop::collection::vec((0_usize..8, "[a-z]{3,8}"), 0..40),
    ) {
        let mut reviewed = content();
        reviewed.ad.purpose = "we study how children learn the names of animals".into();
        let mut now = reviewed.clone();
        for (place, word) in steps {
            let mut next = now.clone();
            let mut words: Vec<&str> = now.ad.purpose.split(' ').collect();
            // Half of the steps are slips, since a word of chance hardly ever is one.
            let slip = format!("{}x", words[place]);
            words[place] = if word.len() % 2 == 0 { &word } else { &slip };
            next.ad.purpose = words.join(" ");
            if now.edits_since(&reviewed, &next).iter().all(|edit| !edit.needs_review) {
                now = next;
            }
        }
        prop_assert!(is_spelling(&reviewed.ad.purpose, &now.ad.purpose));
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
