use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn form() -> ChildForm {
    ChildForm {
        given_name: "Sam".into(),
        birthday: "2023-02-01".into(),
        gender: "na".into(),
        ..ChildForm::default()
    }
}

#[test]
fn words_of_ones_own_belong_to_the_open_answer() {
    let words = ChildForm {
        gender_self_describe: "both".into(),
        ..form()
    };
    assert_eq!(
        words
            .check(day("2026-11-24"), None)
            .unwrap()
            .gender_self_describe,
        ""
    );
    let open = ChildForm {
        gender: "o".into(),
        ..words
    };
    assert_eq!(
        open.check(day("2026-11-24"), None)
            .unwrap()
            .gender_self_describe,
        "both"
    );
}

#[test]
fn every_fault_is_reported_at_its_field() {
    let bad = ChildForm {
        given_name: " ".into(),
        birthday: "2026-11-25".into(),
        gender: "x".into(),
        gestational_age: "99".into(),
        languages: vec!["eo".into()],
        conditions: vec!["tall".into()],
        additional_information: "x".repeat(text::PARAGRAPHS + 1),
        ..form()
    };
    let violations = bad.check(day("2026-11-24"), None).unwrap_err();
    let fields: Vec<_> = violations
        .entries()
        .iter()
        .map(|v| v.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "given_name",
            "birthday",
            "gender",
            "gestational_age",
            "languages",
            "conditions",
            "additional_information"
        ]
    );
}

#[test]
fn the_birthday_of_a_known_child_stays() {
    let moved = ChildForm {
        birthday: "2020-01-01".into(),
        ..form()
    };
    assert_eq!(
        moved
            .check(day("2026-11-24"), Some(day("2023-02-01")))
            .unwrap()
            .birthday,
        day("2023-02-01")
    );
}

#[test]
fn a_form_of_details_gives_the_details_again() {
    let filled = ChildForm {
        gender: "o".into(),
        gender_self_describe: "x".into(),
        gestational_age: "0".into(),
        languages: vec!["en".into()],
        conditions: vec!["deaf".into()],
        ..form()
    };
    let details = filled.check(day("2026-11-24"), None).unwrap();
    assert_eq!(
        ChildForm::of(&details)
            .check(day("2026-11-24"), None)
            .unwrap(),
        details
    );
}
