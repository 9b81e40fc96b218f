use chrono::Duration;
use domain::accounts::Powers;
use macro_rules_attribute::apply;
use services::accounts::{self, Device, NewAccount, SignUp};
use services::{Actor, Error};

use crate::support::{PASSWORD, on_both_databases};

fn form(email: &str, password: &str, again: &str) -> SignUp {
    SignUp {
        email: email.into(),
        password: password.to_owned().into(),
        password_again: again.to_owned().into(),
        ..SignUp::default()
    }
}

fn codes(error: &Error) -> Vec<String> {
    error
        .violations()
        .iter()
        .map(|violation| format!("{}:{}", violation.field, violation.code))
        .collect()
}

fn from(address: &str) -> Device {
    Device {
        user_agent: "Firefox".into(),
        address: address.into(),
    }
}

#[apply(on_both_databases!)]
async fn a_family_signs_up_out_and_in(app: TestApp) {
    let begun = accounts::sign_up(
        &app.ctx,
        &Actor::Visitor,
        form("Ada@Example.org", PASSWORD, PASSWORD),
        &from("1"),
    )
    .await
    .unwrap();
    let actor = accounts::recognise(&app.ctx, &begun.token, &from("1"))
        .await
        .unwrap();
    assert!(matches!(&actor, Actor::Family(person) if person.email == "ada@example.org"));
    accounts::sign_out(&app.ctx, &actor).await.unwrap();
    assert_eq!(
        accounts::recognise(&app.ctx, &begun.token, &from("1"))
            .await
            .unwrap(),
        Actor::Visitor
    );
    let again = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        " ADA@example.org",
        PASSWORD.to_owned().into(),
        &from("1"),
    )
    .await
    .unwrap();
    assert!(
        accounts::recognise(&app.ctx, &again.token, &from("1"))
            .await
            .unwrap()
            .person()
            .is_some()
    );
}

#[apply(on_both_databases!)]
async fn bad_sign_ups_are_refused_whole(app: TestApp) {
    let refuse = async |form: SignUp| {
        codes(
            &accounts::sign_up(&app.ctx, &Actor::Visitor, form, &from("1"))
                .await
                .err()
                .unwrap(),
        )
    };
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
    accounts::sign_up(
        &app.ctx,
        &Actor::Visitor,
        form("a@example.org", PASSWORD, PASSWORD),
        &from("1"),
    )
    .await
    .unwrap();
}

#[apply(on_both_databases!)]
async fn an_unknown_address_and_a_wrong_password_look_the_same(app: TestApp) {
    app.family("ada@example.org").await;
    let wrong = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        "ada@example.org",
        "not the password".to_owned().into(),
        &from("1"),
    )
    .await
    .err()
    .unwrap();
    let unknown = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        "eve@example.org",
        PASSWORD.to_owned().into(),
        &from("1"),
    )
    .await
    .err()
    .unwrap();
    let no_address = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        "eve",
        PASSWORD.to_owned().into(),
        &from("1"),
    )
    .await
    .err()
    .unwrap();
    assert_eq!(wrong.violations(), unknown.violations());
    assert_eq!(wrong.violations(), no_address.violations());
}

#[apply(on_both_databases!)]
async fn guessing_one_account_must_wait_and_then_may_go_on(app: TestApp) {
    app.family("ada@example.org").await;
    let guess = async |password: &str, address: &str| {
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "ada@example.org",
            password.to_owned().into(),
            &from(address),
        )
        .await
    };
    for number in 0..8 {
        assert!(matches!(
            guess("wrong password", &format!("address {number}")).await,
            Err(Error::Invalid(_))
        ));
    }
    assert!(
        matches!(
            guess(PASSWORD, "home").await,
            Err(Error::TooMany { minutes: 15 })
        ),
        "even the right password waits"
    );
    app.clock.advance(Duration::minutes(16));
    assert!(guess(PASSWORD, "home").await.is_ok());
    for _ in 0..7 {
        assert!(matches!(
            guess("wrong password", "home").await,
            Err(Error::Invalid(_))
        ));
    }
    assert!(
        guess(PASSWORD, "home").await.is_ok(),
        "a success clears the count"
    );
}

#[apply(on_both_databases!)]
async fn guessing_from_one_address_must_wait(app: TestApp) {
    for number in 0..60 {
        let result = accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            &format!("a{number}@example.org"),
            "wrong password".to_owned().into(),
            &from("attacker"),
        )
        .await;
        assert!(matches!(result, Err(Error::Invalid(_))), "{number}");
    }
    app.family("ada@example.org").await;
    let blocked = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        "ada@example.org",
        PASSWORD.to_owned().into(),
        &from("attacker"),
    )
    .await;
    assert!(matches!(blocked, Err(Error::TooMany { .. })));
    assert!(
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "ada@example.org",
            PASSWORD.to_owned().into(),
            &from("home")
        )
        .await
        .is_ok()
    );
}

#[apply(on_both_databases!)]
async fn making_many_accounts_must_wait(app: TestApp) {
    for number in 0..20 {
        accounts::sign_up(
            &app.ctx,
            &Actor::Visitor,
            form(&format!("a{number}@example.org"), PASSWORD, PASSWORD),
            &from("one"),
        )
        .await
        .unwrap();
    }
    assert!(matches!(
        accounts::sign_up(
            &app.ctx,
            &Actor::Visitor,
            form("b@example.org", PASSWORD, PASSWORD),
            &from("one")
        )
        .await,
        Err(Error::TooMany { .. })
    ));
}

#[apply(on_both_databases!)]
async fn sessions_end_by_themselves_and_everywhere_at_once(app: TestApp) {
    let first = accounts::sign_up(
        &app.ctx,
        &Actor::Visitor,
        form("ada@example.org", PASSWORD, PASSWORD),
        &from("1"),
    )
    .await
    .unwrap();
    let second = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        "ada@example.org",
        PASSWORD.to_owned().into(),
        &from("2"),
    )
    .await
    .unwrap();
    let actor = Actor::of(second.person);
    let listed = accounts::sessions(&app.ctx, &actor).await.unwrap();
    assert_eq!(
        listed.iter().filter(|session| session.is_current).count(),
        1
    );
    assert_eq!(
        accounts::sign_out_everywhere(&app.ctx, &actor)
            .await
            .unwrap(),
        2
    );
    for token in [&first.token, &second.token] {
        assert_eq!(
            accounts::recognise(&app.ctx, token, &from("1"))
                .await
                .unwrap(),
            Actor::Visitor
        );
    }
    let third = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        "ada@example.org",
        PASSWORD.to_owned().into(),
        &from("1"),
    )
    .await
    .unwrap();
    app.clock.advance(Duration::days(15));
    assert_eq!(
        accounts::recognise(&app.ctx, &third.token, &from("1"))
            .await
            .unwrap(),
        Actor::Visitor
    );
}

#[apply(on_both_databases!)]
async fn operators_make_and_change_accounts(app: TestApp) {
    let new = NewAccount {
        powers: Powers {
            is_researcher: true,
            ..Powers::default()
        },
        ..NewAccount::default()
    };
    let denied = accounts::create(
        &app.ctx,
        &Actor::Visitor,
        "r@example.org",
        PASSWORD.to_owned().into(),
        new.clone(),
    )
    .await;
    assert!(matches!(denied, Err(Error::Denied)));
    let short = accounts::create(
        &app.ctx,
        &Actor::System,
        "r@example.org",
        "kind zebras".to_owned().into(),
        new.clone(),
    )
    .await
    .unwrap_err();
    assert_eq!(
        codes(&short),
        ["password:too_short"],
        "researchers need sixteen characters"
    );
    accounts::create(
        &app.ctx,
        &Actor::System,
        "r@example.org",
        PASSWORD.to_owned().into(),
        new,
    )
    .await
    .unwrap();
    let begun = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        "r@example.org",
        PASSWORD.to_owned().into(),
        &from("1"),
    )
    .await
    .unwrap();
    assert!(matches!(
        accounts::recognise(&app.ctx, &begun.token, &from("1"))
            .await
            .unwrap(),
        Actor::Researcher(_)
    ));
    accounts::promote(
        &app.ctx,
        &Actor::System,
        "r@example.org",
        Powers {
            is_researcher: true,
            is_staff: true,
            ..Powers::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(
        accounts::recognise(&app.ctx, &begun.token, &from("1"))
            .await
            .unwrap(),
        Actor::Visitor,
        "a change of rights ends sessions"
    );
    accounts::set_password(
        &app.ctx,
        &Actor::System,
        "R@example.org",
        "quiet rivers carry lamps".to_owned().into(),
    )
    .await
    .unwrap();
    assert!(
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "r@example.org",
            PASSWORD.to_owned().into(),
            &from("1")
        )
        .await
        .is_err()
    );
    let begun = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        "r@example.org",
        "quiet rivers carry lamps".to_owned().into(),
        &from("1"),
    )
    .await
    .unwrap();
    assert!(matches!(Actor::of(begun.person), Actor::Staff(_)));
}

#[apply(on_both_databases!)]
async fn demo_accounts_do_not_work_on_a_real_site(app: TestApp) {
    services::demo::seed(&app.ctx, &Actor::System)
        .await
        .unwrap();
    services::demo::seed(&app.ctx, &Actor::System)
        .await
        .unwrap();
    let demo = services::demo::FAMILY;
    let begun = accounts::sign_in(
        &app.ctx,
        &Actor::Visitor,
        demo.email,
        demo.password.to_owned().into(),
        &from("1"),
    )
    .await
    .unwrap();
    let cards = services::studies::list(
        &app.ctx,
        &Actor::of(begun.person),
        &services::studies::StudyFilter::default(),
    )
    .await
    .unwrap();
    assert_eq!(cards.len(), 3, "seeding twice changes nothing");
    assert!(
        cards
            .iter()
            .any(|card| card.fits.iter().any(|fit| !fit.mismatches.is_empty())),
        "one child is too young for one study"
    );
    let mut real = app.ctx.clone();
    real.site = std::sync::Arc::new(services::Site {
        is_production: true,
        ..(*real.site).clone()
    });
    assert!(
        accounts::sign_in(
            &real,
            &Actor::Visitor,
            demo.email,
            demo.password.to_owned().into(),
            &from("1")
        )
        .await
        .is_err()
    );
    assert!(matches!(
        services::demo::seed(&real, &Actor::System).await,
        Err(Error::Conflict(_))
    ));
}

#[apply(on_both_databases!)]
async fn signing_up_with_a_known_address_looks_like_any_other(app: TestApp) {
    let (owner, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let begun = accounts::sign_up(
        &app.ctx,
        &Actor::Visitor,
        form(
            "Ada@Example.org",
            "other words for this",
            "other words for this",
        ),
        &from("1"),
    )
    .await
    .unwrap();
    let double = accounts::recognise(&app.ctx, &begun.token, &from("1"))
        .await
        .unwrap();
    assert_eq!(double.person().unwrap().email, "ada@example.org");
    assert!(
        services::families::children(&app.ctx, &double)
            .await
            .unwrap()
            .is_empty(),
        "it sees nothing of the first"
    );
    assert!(
        services::families::children(&app.ctx, &owner)
            .await
            .unwrap()
            .iter()
            .any(|found| found.id == child)
    );
    let letters = app.letters().await;
    assert_eq!(
        letters
            .iter()
            .filter(
                |(to, subject)| to == "ada@example.org" && subject == "You have an account already"
            )
            .count(),
        1
    );
    assert_eq!(
        letters
            .iter()
            .filter(|(_, subject)| subject.contains("confirm"))
            .count(),
        1,
        "only the first account is asked"
    );
    // Nobody can sign in to the second account again.
    assert!(
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "ada@example.org",
            "other words for this".to_owned().into(),
            &from("1")
        )
        .await
        .is_err()
    );
    // Its owner signs in from the same browser, and keeps what was entered there.
    services::families::add_child(
        &app.ctx,
        &double,
        &crate::support::child("Kim", "2023-01-01"),
    )
    .await
    .unwrap();
    let begun = accounts::sign_in(
        &app.ctx,
        &double,
        "ada@example.org",
        PASSWORD.to_owned().into(),
        &from("1"),
    )
    .await
    .unwrap();
    let names: Vec<String> = services::families::children(&app.ctx, &Actor::of(begun.person))
        .await
        .unwrap()
        .into_iter()
        .map(|child| child.details.given_name)
        .collect();
    assert_eq!(names, ["Sam", "Kim"]);
    assert_eq!(
        app.actor(&begun.token).await.person().unwrap().account,
        owner.person().unwrap().account
    );
}

#[apply(on_both_databases!)]
async fn hashes_of_another_system_are_upgraded_at_sign_in(app: TestApp) {
    use entities::account;
    use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
    let id = app
        .family("ada@example.org")
        .await
        .person()
        .unwrap()
        .account;
    let django =
        "pbkdf2_sha256$20000$seasalt$LYkxuDHcEaIylkrdhjphNNTpmDnSbEb5OmWoXyrls4w=".to_owned();
    account::ActiveModel {
        id: Set(id),
        password_hash: Set(django),
        ..Default::default()
    }
    .update(&app.db)
    .await
    .unwrap();
    let try_it = async |password: &str| {
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "ada@example.org",
            password.to_owned().into(),
            &from("1"),
        )
        .await
    };
    assert!(try_it("letmein").await.is_err());
    assert!(try_it("l\u{ea}tmein").await.is_ok());
    assert!(
        account::Entity::find_by_id(id)
            .one(&app.db)
            .await
            .unwrap()
            .unwrap()
            .password_hash
            .starts_with("$argon2id$")
    );
    assert!(try_it("l\u{ea}tmein").await.is_ok());
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
        codes(
            &accounts::sign_up(&app.ctx, &Actor::Visitor, new(""), &from("1"))
                .await
                .err()
                .unwrap()
        ),
        ["given_name:required"]
    );
    let short = SignUp {
        password: "quiet owl sing".to_owned().into(),
        password_again: "quiet owl sing".to_owned().into(),
        ..new("Ada")
    };
    assert_eq!(
        codes(
            &accounts::sign_up(&app.ctx, &Actor::Visitor, short, &from("1"))
                .await
                .err()
                .unwrap()
        ),
        ["password:too_short"]
    );
    let begun = accounts::sign_up(&app.ctx, &Actor::Visitor, new("Ada"), &from("1"))
        .await
        .unwrap();
    let actor = app.actor(&begun.token).await;
    let paging = services::paging::Paging::of(None, 10);
    let list = async |actor: &Actor| {
        services::labs::list(&app.ctx, actor, services::labs::LabSet::Mine, "", paging).await
    };
    assert!(
        matches!(list(&actor).await, Err(Error::SecondFactor)),
        "nothing of a lab without a second factor"
    );
    let actor = app.with_factor(&begun.token).await;
    let labs = list(&actor).await.unwrap().entries;
    assert_eq!(
        (labs.len(), labs[0].name.as_str(), labs[0].role),
        (1, "Sandbox", Some(domain::labs::LabRole::Guest))
    );
}
