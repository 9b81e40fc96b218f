use proptest::prelude::*;

use super::*;

fn child() -> Traits {
    Traits {
        age_days: 500,
        gender: Gender::Female,
        gestational_age: None,
        languages: Languages::from_codes(["en"]).unwrap(),
        conditions: Conditions::default(),
    }
}

fn holds(text: &str, child: &Traits) -> bool {
    Criteria::parse(text).unwrap().holds(child)
}

#[test]
fn the_pinned_examples_hold() {
    let pinned = "((deaf OR hearing_impairment) OR NOT speaks_en) \
                  AND (age_in_days >= 365 AND age_in_days <= 1095)";
    assert!(!holds(pinned, &child()));
    assert!(holds(
        pinned,
        &Traits {
            conditions: Conditions::from_codes(["deaf"]).unwrap(),
            ..child()
        }
    ));
    let five = Traits {
        languages: Languages::from_codes(["en", "fr", "de", "yue", "or"]).unwrap(),
        ..child()
    };
    assert!(holds("num_languages < 6 AND n_languages > 1", &five));
    assert!(!holds("num_languages < 6 AND n_languages > 1", &child()));
    assert!(holds(
        "gender = male OR gender = OTHER",
        &Traits {
            gender: Gender::Male,
            ..child()
        }
    ));
    assert!(holds("gestational_age_in_weeks = na", &child()));
    assert!(holds("NOTdeaf", &child()));
    assert!(holds("speaks_enANDNOTspeaks_fr", &child()));
}

/// Where the classic site's expressions meant something else than they said.
#[test]
fn defects_of_the_classic_site_are_gone() {
    let weeks = |code| Traits {
        gestational_age: GestationalAge::from_code(code),
        ..child()
    };
    assert!(
        !holds(
            "gestational_age_in_weeks <= 28 AND gestational_age_in_weeks > 24",
            &weeks(1)
        ),
        "one comparison of weeks leaves the next alone"
    );
    assert!(
        holds("gestational_age_in_weeks < 37 OR speaks_en", &weeks(17)),
        "and leaves what stands beside it alone"
    );
    assert!(
        holds("NOT gestational_age_in_weeks < 37", &child()),
        "an unknown age is not below anything"
    );
    assert!(
        holds("gestational_age_in_weeks < 24", &weeks(0)),
        "under 24 weeks counts as 23"
    );
    assert!(
        !holds("gestational_age_in_weeks = na", &weeks(0)),
        "under 24 weeks is an answer"
    );
    let unspecified = Traits {
        gender: Gender::Unspecified,
        ..child()
    };
    assert!(
        holds("gender = n/a", &unspecified),
        "n/a is another way to write na"
    );
    assert!(
        Criteria::parse("gestational_age_in_weeks < na").is_err(),
        "nothing is less than unknown"
    );
    assert!(holds("age_in_days = 0500", &child()));
}

#[test]
fn meaning_is_said_in_words() {
    let ages = crate::studies::AgeRange {
        min_years: 2,
        max_years: 3,
        ..Default::default()
    };
    let words = |text: &str| audience(&ages, &Criteria::parse(text).unwrap());
    assert_eq!(
        words("speaks_es"),
        "children from 2 years to 3 years who hear Spanish"
    );
    assert_eq!(words(""), "children from 2 years to 3 years");
    assert_eq!(
        words("speaks_es AND NOT deaf"),
        "children from 2 years to 3 years who hear Spanish and are not deaf"
    );
    assert_eq!(
        words("gender = female AND (speaks_es OR speaks_fr)"),
        "children from 2 years to 3 years who are girls and (hear Spanish or hear French)"
    );
    assert_eq!(
        words("NOT (deaf OR speaks_fr)"),
        "children from 2 years to 3 years who are not deaf and do not hear French"
    );
    assert_eq!(
        words("n_languages > 1"),
        "children from 2 years to 3 years who hear more than 1 language"
    );
    assert_eq!(
        words("gestational_age_in_weeks >= 37"),
        "children from 2 years to 3 years who were born after at least 37 weeks of pregnancy"
    );
}

#[test]
fn errors_point_at_the_character() {
    for (text, column, part) in [
        ("deaf or hearing_impairment", 6, "capitals"),
        ("speaks_en)", 10, "the end"),
        ("(speaks_en", 11, "closing parenthesis"),
        ("speaks_esperanto", 1, "speaks_esperanto"),
        ("deaf AND", 9, "too early"),
        (" ", 2, "too early"),
        ("gender < m", 8, "= or !="),
        ("age_in_days < -5", 15, "whole number"),
        ("age_in_days < 1.5", 16, "decimal point"),
        ("age_in_days < 99999999999999999999", 15, "too large"),
        ("gestational_age_in_weeks = 23", 28, "24 to 40"),
        (
            "deaf AND gestational_age_in_weeks >= na",
            35,
            "= na or != na",
        ),
        ("é", 1, "é"),
    ] {
        let error = Criteria::parse(text).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
    }
    assert!(Criteria::parse(&"(".repeat(100_000)).is_err());
    assert!(Criteria::parse(&"NOT ".repeat(100_000)).is_err());
}

fn trees() -> impl Strategy<Value = Criteria> {
    let comparison = prop_oneof![
        Just(Comparison::Equal),
        Just(Comparison::NotEqual),
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual)
    ];
    let leaf = prop_oneof![
        (any::<bool>(), 0..Gender::ALL.len())
            .prop_map(|(is, index)| Criteria::Gender(is, Gender::ALL[index])),
        any::<bool>().prop_map(Criteria::GestationalAgeKnown),
        (comparison.clone(), 24_u8..=40)
            .prop_map(|(comparison, weeks)| Criteria::GestationalAge(comparison, weeks)),
        (comparison.clone(), 0_u64..8000)
            .prop_map(|(comparison, days)| Criteria::AgeInDays(comparison, days)),
        (comparison, 0_u64..8)
            .prop_map(|(comparison, count)| Criteria::LanguageCount(comparison, count)),
        (0..Languages::TABLE.len())
            .prop_map(|index| Criteria::Speaks(Languages::TABLE[index].0.to_owned())),
        (0..Conditions::TABLE.len())
            .prop_map(|index| Criteria::Condition(Conditions::TABLE[index].0.to_owned())),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Criteria::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Criteria::Any),
            inner.prop_map(|part| Criteria::Not(Box::new(part))),
        ]
    })
}

fn children() -> impl Strategy<Value = Traits> {
    (
        0_i64..8000,
        0..Gender::ALL.len(),
        prop::option::of(0_u8..18),
        any::<i64>(),
        any::<i64>(),
    )
        .prop_map(|(age_days, gender, weeks, languages, conditions)| Traits {
            age_days,
            gender: Gender::ALL[gender],
            gestational_age: weeks.and_then(GestationalAge::from_code),
            languages: Languages::from_bits(languages),
            conditions: Conditions::from_bits(conditions),
        })
}

proptest! {
    #[test]
    fn any_text_parses_or_errs_inside_itself(text in "[ a-z_=<>!/()0-9ANDORT]{0,60}") {
        if let Err(error) = Criteria::parse(&text) {
            prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1);
        }
    }

    #[test]
    fn the_canonical_text_means_the_same(tree in trees(), child in children()) {
        let text = tree.to_string();
        let again = Criteria::parse(&text).unwrap();
        prop_assert_eq!(again.holds(&child), tree.holds(&child), "{}", text);
        let tight: String = text.replace(' ', "");
        let holds = Criteria::parse(&tight).map(|tree| tree.holds(&child));
        prop_assert_eq!(holds, Ok(tree.holds(&child)), "{}", tight);
    }

    #[test]
    fn what_counts_as_narrower_lets_no_other_child_in(
        left in trees(),
        right in trees(),
        child in children(),
    ) {
        let both = Criteria::All(vec![left.clone(), right]);
        prop_assert!(both.is_narrower_than(&left) || matches!(left, Criteria::All(_)));
        if both.is_narrower_than(&left) && both.holds(&child) {
            prop_assert!(left.holds(&child));
        }
    }

    #[test]
    fn de_morgan_holds(left in trees(), right in trees(), child in children()) {
        let neither = Criteria::Not(Box::new(Criteria::Any(vec![left.clone(), right.clone()])));
        let not = |part| Criteria::Not(Box::new(part));
        let both_not = Criteria::All(vec![not(left), not(right)]);
        prop_assert_eq!(neither.holds(&child), both_not.holds(&child));
    }
}
