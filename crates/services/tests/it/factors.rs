use adapters::TotpSecret;
use chrono::Duration;
use domain::accounts::{Powers, SecondFactor};
use domain::audit::AuditAction;
use macro_rules_attribute::apply;
use sea_orm::EntityTrait;
use services::accounts::{self, Device, NewToken, StaffAct};
use services::{Actor, Error};

use crate::support::{TestApp, on_both_databases};

/// The app on the phone: it knows the secret that the account was shown.
async fn phone(app: &TestApp) -> TotpSecret {
    let row = entities::totp::Entity::find()
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    TotpSecret::from_bytes(app.ctx.keys.open("totp", &row.sealed_secret).unwrap())
}

fn code(app: &TestApp, phone: &TotpSecret) -> String {
    phone.code_at(app.ctx.now()).unwrap()
}

fn is_wrong(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::Invalid(violations)) if violations.message("code").is_some())
}

#[apply(on_both_databases!)]
async fn an_app_is_set_up_used_and_removed(app: TestApp) {
    let lab = app.lab("Lab").await;
    accounts::create(
        &app.ctx,
        &Actor::System,
        "r@example.org",
        crate::support::PASSWORD.to_owned().into(),
        accounts::NewAccount {
            powers: Powers {
                is_researcher: true,
                ..Powers::default()
            },
            ..accounts::NewAccount::default()
        },
    )
    .await
    .unwrap();
    let token = app.sign_in("r@example.org").await;
    let actor = app.actor(&token).await;
    app.lab_role(&actor, lab, domain::labs::LabRole::Admin)
        .await;
    assert!(matches!(
        services::labs::find(&app.ctx, &actor, lab).await,
        Err(Error::SecondFactor)
    ));
    assert!(
        accounts::totp_setup(&app.ctx, &actor)
            .await
            .unwrap()
            .is_none(),
        "looking draws no secret"
    );
    accounts::begin_totp(&app.ctx, &actor).await.unwrap();
    let setup = accounts::totp_setup(&app.ctx, &actor)
        .await
        .unwrap()
        .unwrap();
    let phone = phone(&app).await;
    assert_eq!(setup.typed, phone.typed());
    assert!(matches!(
        accounts::activate_totp(&app.ctx, &actor, "000000").await,
        Err(Error::Invalid(_))
    ));
    let codes = accounts::activate_totp(&app.ctx, &actor, &code(&app, &phone))
        .await
        .unwrap();
    assert_eq!(codes.len(), 10);
    assert!(
        accounts::totp_setup(&app.ctx, &app.actor(&token).await)
            .await
            .unwrap()
            .is_none(),
        "the secret is never shown again"
    );
    let stored = entities::totp::Entity::find()
        .one(&app.db)
        .await
        .unwrap()
        .unwrap()
        .sealed_secret;
    assert!(!stored.contains(&setup.typed.replace(' ', "")));
    assert!(
        services::labs::find(&app.ctx, &app.actor(&token).await, lab)
            .await
            .is_ok(),
        "this session has given it"
    );

    // Another browser: the password is not enough, for anything.
    let second = app.sign_in("r@example.org").await;
    let half = app.actor(&second).await;
    assert_eq!(half.person().unwrap().factor, SecondFactor::Pending);
    assert!(matches!(
        accounts::settings(&app.ctx, &half).await,
        Err(Error::SecondFactor)
    ));
    assert!(matches!(
        accounts::remove_totp(&app.ctx, &half).await,
        Err(Error::SecondFactor)
    ));
    assert!(matches!(
        accounts::make_recovery_codes(&app.ctx, &half).await,
        Err(Error::SecondFactor)
    ));
    assert!(
        is_wrong(&accounts::give_code(&app.ctx, &half, &code(&app, &phone)).await),
        "a code that was used once"
    );
    app.clock.advance(Duration::seconds(30));
    assert!(
        accounts::give_code(&app.ctx, &half, &code(&app, &phone))
            .await
            .is_ok()
    );
    assert!(is_wrong(
        &accounts::give_code(&app.ctx, &half, &code(&app, &phone)).await
    ));
    assert!(
        accounts::settings(&app.ctx, &app.actor(&second).await)
            .await
            .is_ok()
    );

    // A recovery code, as people type it, once.
    let third = app.sign_in("r@example.org").await;
    let half = app.actor(&third).await;
    let typed = format!(" {} ", codes[3].to_uppercase());
    assert!(accounts::give_code(&app.ctx, &half, &typed).await.is_ok());
    assert!(is_wrong(
        &accounts::give_code(&app.ctx, &half, &typed).await
    ));
    assert_eq!(
        accounts::factors(&app.ctx, &half)
            .await
            .unwrap()
            .recovery_codes,
        9
    );
    let renewed = accounts::make_recovery_codes(&app.ctx, &app.actor(&third).await)
        .await
        .unwrap();
    assert!(is_wrong(
        &accounts::give_code(&app.ctx, &half, &codes[4]).await
    ));
    assert!(
        accounts::give_code(&app.ctx, &half, &renewed[4])
            .await
            .is_ok()
    );

    // What changes how somebody signs in needs a fresh factor.
    app.clock.advance(Duration::minutes(16));
    let stale = app.actor(&third).await;
    assert!(matches!(
        accounts::remove_totp(&app.ctx, &stale).await,
        Err(Error::SecondFactor)
    ));
    accounts::give_code(&app.ctx, &stale, &code(&app, &phone))
        .await
        .unwrap();
    accounts::remove_totp(&app.ctx, &app.actor(&third).await)
        .await
        .unwrap();
    let actor = app.actor(&third).await;
    assert_eq!(actor.person().unwrap().factor, SecondFactor::None);
    assert!(
        matches!(
            services::labs::find(&app.ctx, &actor, lab).await,
            Err(Error::SecondFactor)
        ),
        "and the labs are closed again"
    );
    assert_eq!(
        app.actor(&second).await,
        Actor::Visitor,
        "other browsers are signed out"
    );
    let letters = app.letters().await;
    assert_eq!(
        letters
            .iter()
            .filter(|(_, subject)| subject == "Your sign-in was changed")
            .count(),
        4,
        "added, two recovery codes, removed"
    );
    assert_eq!(
        (
            app.audited(AuditAction::FactorAdded).await,
            app.audited(AuditAction::FactorRemoved).await
        ),
        (1, 1)
    );
}

#[apply(on_both_databases!)]
async fn guessing_codes_must_wait(app: TestApp) {
    let token = app.sign_in_family_with_app().await;
    let half = app.actor(&token).await;
    let phone = phone(&app).await;
    for _ in 0..6 {
        assert!(is_wrong(
            &accounts::give_code(&app.ctx, &half, "123456").await
        ));
    }
    app.clock.advance(Duration::seconds(60));
    assert!(
        matches!(
            accounts::give_code(&app.ctx, &half, &code(&app, &phone)).await,
            Err(Error::TooMany { .. })
        ),
        "even the right one"
    );
    app.clock.advance(Duration::minutes(15));
    assert!(
        accounts::give_code(&app.ctx, &half, &code(&app, &phone))
            .await
            .is_ok()
    );
}

#[apply(on_both_databases!)]
async fn a_code_given_twice_at_once_counts_once(app: TestApp) {
    let (one, two) = (
        app.sign_in_family_with_app().await,
        app.sign_in("f@example.org").await,
    );
    let phone = phone(&app).await;
    app.clock.advance(Duration::seconds(60));
    let code = code(&app, &phone);
    let (first, second) = (app.actor(&one).await, app.actor(&two).await);
    let (first, second) = futures::join!(
        accounts::give_code(&app.ctx, &first, &code),
        accounts::give_code(&app.ctx, &second, &code)
    );
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
}

#[apply(on_both_databases!)]
async fn a_passkey_challenge_is_for_one_session_and_one_answer(app: TestApp) {
    app.family("f@example.org").await;
    let (one, two) = (
        app.sign_in("f@example.org").await,
        app.sign_in("f@example.org").await,
    );
    let (one, two) = (app.actor(&one).await, app.actor(&two).await);
    let options = accounts::begin_passkey(&app.ctx, &one).await.unwrap();
    assert_eq!(options["publicKey"]["rp"]["id"], "lookit.test");
    let over = |result: Result<Vec<String>, Error>| matches!(result, Err(Error::Conflict(words)) if words.contains("another tab"));
    assert!(
        over(accounts::finish_passkey(&app.ctx, &two, "", serde_json::json!({})).await),
        "another session's challenge"
    );
    assert!(
        matches!(accounts::finish_passkey(&app.ctx, &one, "", serde_json::json!({})).await, Err(Error::Conflict(words)) if words.contains("could not be used"))
    );
    assert!(
        over(accounts::finish_passkey(&app.ctx, &one, "", serde_json::json!({})).await),
        "an answer ends the challenge"
    );
    accounts::begin_passkey(&app.ctx, &one).await.unwrap();
    app.clock.advance(Duration::minutes(6));
    assert!(
        over(accounts::finish_passkey(&app.ctx, &one, "", serde_json::json!({})).await),
        "too late"
    );
    assert!(
        matches!(
            accounts::begin_asking_passkey(&app.ctx, &one).await,
            Err(Error::Conflict(_))
        ),
        "there is none"
    );
}

#[apply(on_both_databases!)]
async fn tokens_do_what_they_are_for_and_no_more(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let owner = app
        .researcher("r@example.org", lab, domain::labs::LabRole::Member)
        .await;
    app.study_role(&owner, study, domain::studies::StudyRole::Analysis)
        .await;
    let wish = |scopes: &[&str], days: &str| NewToken {
        name: "laptop".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        days: days.into(),
    };
    for (bad, field) in [
        (wish(&[], "30"), "scopes"),
        (wish(&["read_studies"], "0"), "days"),
        (wish(&["read_studies"], "366"), "days"),
        (
            NewToken {
                name: " ".into(),
                ..wish(&["read_studies"], "3")
            },
            "name",
        ),
    ] {
        assert!(
            matches!(accounts::create_token(&app.ctx, &owner, &bad).await, Err(Error::Invalid(violations)) if violations.message(field).is_some()),
            "{field}"
        );
    }
    let family = app.family("f@example.org").await;
    assert!(matches!(
        accounts::create_token(&app.ctx, &family, &wish(&["read_studies"], "3")).await,
        Err(Error::Denied)
    ));

    let token = accounts::create_token(&app.ctx, &owner, &wish(&["read_studies"], "30"))
        .await
        .unwrap();
    let recognise = async |token| {
        accounts::recognise_token(&app.ctx, token, &Device::default())
            .await
            .unwrap()
    };
    let program = recognise(&token).await;
    assert!(
        services::studies::find_of_lab(&app.ctx, &program, study)
            .await
            .is_ok()
    );
    assert!(
        services::responses::download(&app.ctx, &program, study)
            .await
            .is_err(),
        "not in its scopes"
    );
    assert!(
        matches!(
            accounts::settings(&app.ctx, &program).await,
            Err(Error::Denied)
        ),
        "a program is no person"
    );
    assert!(
        matches!(
            accounts::create_token(&app.ctx, &program, &wish(&["read_responses"], "3")).await,
            Err(Error::Denied)
        ),
        "and makes no tokens"
    );
    assert!(matches!(
        services::labs::create(&app.ctx, &program, &domain::labs::LabForm::default()).await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        services::studies::people::remove(
            &app.ctx,
            &program,
            study,
            owner.person().unwrap().account
        )
        .await,
        Err(Error::Denied)
    ));
    let reader = accounts::create_token(&app.ctx, &owner, &wish(&["read_responses"], "30"))
        .await
        .unwrap();
    assert!(
        services::responses::download(&app.ctx, &recognise(&reader).await, study)
            .await
            .is_ok()
    );

    let listed = accounts::tokens(&app.ctx, &owner).await.unwrap();
    assert!(
        listed
            .iter()
            .all(|view| view.is_working && view.last_used_at.is_some())
    );
    let reading = listed
        .iter()
        .find(|view| view.scopes == [domain::accounts::TokenScope::ReadResponses])
        .unwrap()
        .id;
    let stranger = app
        .researcher("s@example.org", lab, domain::labs::LabRole::Admin)
        .await;
    assert!(matches!(
        accounts::revoke_token(&app.ctx, &stranger, reading).await,
        Err(Error::NotFound(_))
    ));
    accounts::revoke_token(&app.ctx, &owner, reading)
        .await
        .unwrap();
    assert_eq!(recognise(&reader).await, Actor::Visitor);
    app.clock.advance(Duration::days(31));
    assert_eq!(recognise(&token).await, Actor::Visitor, "expired");
    assert_eq!(
        (
            app.audited(AuditAction::TokenCreated).await,
            app.audited(AuditAction::TokenRevoked).await
        ),
        (2, 1)
    );
}

#[apply(on_both_databases!)]
async fn staff_reset_factors_and_mark_spam_with_a_trace(app: TestApp) {
    let staff = app.staff().await;
    let lab = app.lab("Lab").await;
    let lost = app
        .researcher("r@example.org", lab, domain::labs::LabRole::Admin)
        .await;
    let token = app.sign_in("r@example.org").await;
    let id = lost.person().unwrap().account;
    assert!(matches!(
        accounts::act(&app.ctx, &lost, id, StaffAct::ResetFactors, "me").await,
        Err(Error::Denied)
    ));
    assert!(
        matches!(
            accounts::act(&app.ctx, &staff, id, StaffAct::ResetFactors, " ").await,
            Err(Error::Invalid(_))
        ),
        "a reason is needed"
    );
    let own = staff.person().unwrap().account;
    assert!(
        matches!(
            accounts::act(&app.ctx, &staff, own, StaffAct::ResetFactors, "me").await,
            Err(Error::Conflict(_))
        ),
        "not one's own"
    );
    accounts::act(
        &app.ctx,
        &staff,
        id,
        StaffAct::ResetFactors,
        "lost phone, called us",
    )
    .await
    .unwrap();
    assert_eq!(
        app.actor(&token).await,
        Actor::Visitor,
        "signed out everywhere"
    );
    assert!(app.letters().await.iter().any(|(to, subject)| to == "r@example.org" && subject == "Your second factor was reset"));
    assert_eq!(app.audited(AuditAction::FactorReset).await, 1);
    let again = app.sign_in("r@example.org").await;
    assert_eq!(
        app.actor(&again).await.person().unwrap().factor,
        SecondFactor::None
    );

    accounts::act(&app.ctx, &staff, id, StaffAct::MarkAsSpam, "sells things")
        .await
        .unwrap();
    assert_eq!(app.actor(&again).await, Actor::Visitor);
    assert!(
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "r@example.org",
            crate::support::PASSWORD.to_owned().into(),
            &Device::default()
        )
        .await
        .is_err()
    );
    let seen = accounts::inspect(&app.ctx, &staff, id).await.unwrap();
    assert!(
        seen.row.state == "spam"
            && seen.comments.contains("sells things")
            && seen.comments.contains("lost phone")
    );
    accounts::act(&app.ctx, &staff, id, StaffAct::UnmarkAsSpam, "a mistake")
        .await
        .unwrap();
    app.sign_in("r@example.org").await;

    // The operator can do it without any staff.
    let token = app.sign_in("r@example.org").await;
    app.with_factor(&token).await;
    assert!(matches!(
        accounts::reset_factors(&app.ctx, &staff, "r@example.org").await,
        Err(Error::Denied)
    ));
    accounts::reset_factors(&app.ctx, &Actor::System, "R@example.org")
        .await
        .unwrap();
    assert_eq!(
        (
            app.actor(&token).await,
            app.audited(AuditAction::FactorReset).await
        ),
        (Actor::Visitor, 2)
    );

    // A site admin does nothing to somebody above.
    let superuser = app
        .person(
            "root@example.org",
            Powers {
                is_superuser: true,
                ..Powers::default()
            },
        )
        .await;
    let above = superuser.person().unwrap().account;
    assert!(matches!(
        accounts::act(&app.ctx, &staff, above, StaffAct::Deactivate, "coup").await,
        Err(Error::Denied)
    ));
    let found = accounts::search(
        &app.ctx,
        &staff,
        "R@EXAMPLE",
        services::paging::Paging::of(None, 10),
    )
    .await
    .unwrap();
    assert_eq!(
        found
            .entries
            .iter()
            .map(|row| row.email.as_str())
            .collect::<Vec<_>>(),
        ["r@example.org"]
    );
    assert_eq!(
        accounts::search(
            &app.ctx,
            &staff,
            "%",
            services::paging::Paging::of(None, 10)
        )
        .await
        .unwrap()
        .total,
        0,
        "signs stand for themselves"
    );
}

impl TestApp {
    /// A family with an app, signed in with its password only.
    async fn sign_in_family_with_app(&self) -> adapters::Token {
        self.family("f@example.org").await;
        let first = self.sign_in("f@example.org").await;
        let actor = self.actor(&first).await;
        accounts::begin_totp(&self.ctx, &actor).await.unwrap();
        let phone = phone(self).await;
        accounts::activate_totp(&self.ctx, &actor, &code(self, &phone))
            .await
            .unwrap();
        self.sign_in("f@example.org").await
    }
}
