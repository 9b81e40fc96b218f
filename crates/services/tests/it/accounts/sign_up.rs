use domain::labs::LabRole;
use macro_rules_attribute::apply;
use services::accounts::{self, SignUp};
use services::labs::{self, LabFilter};
use services::paging::Paging;
use services::{Actor, Error, families};

use super::{codes, form, from, secret, sign_in, sign_up};
use crate::support::{PASSWORD, child, on_both_databases};

#[apply(on_both_databases!)]
async fn bad_sign_ups_are_refused_whole(app: TestApp) {
    let refuse = async |form: SignUp| codes(&sign_up(&app, form, "1").await.err().unwrap());
    assert_eq!(
        refuse(form("nobody", "short", "other")).await,
        [
            "email:no_address",
            "password:too_short",
            "password_again:different"
        ]
    );
    assert_eq!(
        refuse(form("a@example.org", "password1234", "password1234")).await,
        ["password:too_weak"]
    );
    assert_eq!(
        refuse(form(
            "violet@example.org",
            "violet@example.org",
            "violet@example.org"
        ))
        .await,
        ["password:too_weak"]
    );
    sign_up(&app, form("a@example.org", PASSWORD, PASSWORD), "1")
        .await
        .unwrap();
}

#[apply(on_both_databases!)]
async fn making_many_accounts_must_wait(app: TestApp) {
    for number in 0..20 {
        sign_up(
            &app,
            form(&format!("a{number}@example.org"), PASSWORD, PASSWORD),
            "one",
        )
        .await
        .unwrap();
    }
    assert!(matches!(
        sign_up(&app, form("b@example.org", PASSWORD, PASSWORD), "one").await,
        Err(Error::TooMany { .. })
    ));
}

#[apply(on_both_databases!)]
async fn signing_up_with_a_known_address_looks_like_any_other(app: TestApp) {
    let (owner, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let begun = sign_up(
        &app,
        form(
            "Ada@Example.org",
            "other words for this",
            "other words for this",
        ),
        "1",
    )
    .await
    .unwrap();
    let double = app.actor(&begun.token).await;
    assert_eq!(double.person().unwrap().email, "ada@example.org");
    let children = async |actor: &Actor| families::children(&app.ctx, actor).await.unwrap();
    assert!(
        children(&double).await.is_empty(),
        "it sees nothing of the first"
    );
    assert!(children(&owner).await.iter().any(|found| found.id == sam));
    let emails = app.emails().await;
    assert_eq!(
        emails
            .iter()
            .filter(
                |(to, subject)| to == "ada@example.org" && subject == "You already have an account"
            )
            .count(),
        1
    );
    assert_eq!(
        emails
            .iter()
            .filter(|(_, subject)| subject.contains("confirm"))
            .count(),
        1,
        "only the first account is asked"
    );
    // Nobody can sign in to the second account again.
    assert!(
        sign_in(&app, "ada@example.org", "other words for this", "1")
            .await
            .is_err()
    );
    // Its owner signs in from the same browser, and keeps what was entered there.
    families::add_child(&app.ctx, &double, &child("Kim", "2023-01-01"))
        .await
        .unwrap();
    let begun = accounts::sign_in(
        &app.ctx,
        &double,
        "ada@example.org",
        secret(PASSWORD),
        &from("1"),
    )
    .await
    .unwrap();
    let adopted = children(&Actor::of(begun.person)).await;
    let names: Vec<&str> = adopted
        .iter()
        .map(|child| child.details.given_name.as_str())
        .collect();
    assert_eq!(names, ["Sam", "Kim"]);
    assert_eq!(
        app.actor(&begun.token).await.person().unwrap().account,
        owner.person().unwrap().account
    );
}

#[apply(on_both_databases!)]
async fn researchers_sign_up_into_the_sandbox(app: TestApp) {
    let new = |given: &str| SignUp {
        is_researcher: true,
        given_name: given.into(),
        family_name: "Lovelace".into(),
        ..form("ada@example.org", PASSWORD, PASSWORD)
    };
    assert_eq!(
        codes(&sign_up(&app, new(""), "1").await.err().unwrap()),
        ["given_name:required"]
    );
    let short = SignUp {
        password: secret("quiet owl sing"),
        password_again: secret("quiet owl sing"),
        ..new("Ada")
    };
    assert_eq!(
        codes(&sign_up(&app, short, "1").await.err().unwrap()),
        ["password:too_short"]
    );
    let begun = sign_up(&app, new("Ada"), "1").await.unwrap();
    let actor = app.actor(&begun.token).await;
    let paging = Paging::of(None, 10);
    let list = async |actor: &Actor| labs::list(&app.ctx, actor, LabFilter::Mine, "", paging).await;
    assert!(
        matches!(list(&actor).await, Err(Error::SecondFactor)),
        "nothing of a lab without a second factor"
    );
    let actor = app.with_factor(&begun.token).await;
    let mine = list(&actor).await.unwrap().entries;
    assert_eq!(
        (mine.len(), mine[0].name.as_str(), mine[0].role),
        (1, "Sandbox", Some(LabRole::Guest))
    );
}
