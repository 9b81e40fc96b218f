use super::*;

fn today() -> NaiveDate {
    "2026-11-24".parse().unwrap()
}

#[test]
fn an_empty_form_is_fine() {
    assert_eq!(
        DemographicsForm::default().check(today()),
        Ok(Demographics::default())
    );
}

#[test]
fn hidden_answers_are_dropped_on_the_server_too() {
    let form = DemographicsForm {
        country: "CA".into(),
        state: "MA".into(),
        annual_income: "5000".into(),
        us_race_ethnicity_identification: vec!["other".into()],
        us_race_ethnicity_identification_describe: "words".into(),
        number_of_children: "0".into(),
        child_birthdays: "2021-01-01".into(),
        number_of_guardians: "2".into(),
        guardians_explanation: "words".into(),
        gender: "f".into(),
        gender_self_describe: "words".into(),
        education_level: "bach".into(),
        ..DemographicsForm::default()
    };
    let kept = form.check(today()).unwrap();
    let expected = Demographics {
        country: "CA".into(),
        number_of_children: "0".into(),
        number_of_guardians: "2".into(),
        gender: "f".into(),
        education_level: "bach".into(),
        ..Demographics::default()
    };
    assert_eq!(kept, expected);
    let at_home = DemographicsForm {
        country: "US".into(),
        number_of_children: "1".into(),
        number_of_guardians: "varies".into(),
        gender: "o".into(),
        ..form
    };
    let kept = at_home.check(today()).unwrap();
    assert_eq!(
        (
            kept.state.as_str(),
            kept.annual_income.as_str(),
            kept.child_birthdays.len()
        ),
        ("MA", "5000", 1)
    );
    assert_eq!(
        (
            kept.guardians_explanation.as_str(),
            kept.gender_self_describe.as_str(),
            kept.us_race_ethnicity_identification_describe.as_str()
        ),
        ("words", "words", "words")
    );
    assert_eq!(DemographicsForm::of(&kept).check(today()), Ok(kept));
}

#[test]
fn unknown_values_and_bad_dates_are_reported() {
    let form = DemographicsForm {
        country: "XX".into(),
        age: "12".into(),
        gender: "z".into(),
        number_of_children: "1".into(),
        child_birthdays: "2021-01-01, yesterday, 2030-01-01".into(),
        ..DemographicsForm::default()
    };
    let codes: Vec<_> = form
        .check(today())
        .unwrap_err()
        .entries()
        .iter()
        .map(|v| (v.field.clone(), v.code.clone()))
        .collect();
    let expected = [
        ("country", "unknown"),
        ("child_birthdays", "no_date"),
        ("child_birthdays", "future"),
        ("age", "unknown"),
        ("gender", "unknown"),
    ];
    assert_eq!(
        codes,
        expected.map(|(field, code)| (field.to_owned(), code.to_owned()))
    );
}

#[test]
fn the_stored_codes_are_the_classic_ones() {
    assert_eq!(STATE.len(), 62);
    assert_eq!(COUNTRY.len(), 249);
    assert_eq!(
        RACE.iter()
            .map(|(code, _)| *code)
            .collect::<Vec<_>>()
            .join(",")
            .len(),
        64
    );
}
