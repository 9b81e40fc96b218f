use chrono::Duration;
use domain::accounts::LinkPurpose;
use domain::audit::AuditAction;
use macro_rules_attribute::apply;
use sea_orm::EntityTrait;
use services::accounts::{self, Device, ProfileForm};
use services::{Actor, Error, families, jobs};

use crate::support::{PASSWORD, frame, on_both_databases};

const NEW: &str = "other words for tonight";

fn secret(text: &str) -> secrecy::SecretString {
    text.to_owned().into()
}

#[apply(on_both_databases!)]
async fn an_address_is_confirmed_by_its_link_once(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    assert!(!actor.person().unwrap().is_confirmed);
    let link = app.link("ada@example.org").await;
    assert_eq!(link.purpose, LinkPurpose::ConfirmAddress);
    accounts::confirm(&app.ctx, &link, &Device::default())
        .await
        .unwrap();
    assert!(matches!(
        accounts::confirm(&app.ctx, &link, &Device::default()).await,
        Err(Error::Conflict(_))
    ));
    assert!(
        accounts::settings(&app.ctx, &actor)
            .await
            .unwrap()
            .is_confirmed
    );
    // A link that somebody changed, and one that is too old.
    let other = app.family("eve@example.org").await;
    let mut forged = link.clone();
    forged.target = other.person().unwrap().account.0;
    assert!(
        accounts::confirm(&app.ctx, &forged, &Device::default())
            .await
            .is_err()
    );
    let late = app.link("eve@example.org").await;
    app.clock.advance(Duration::days(14));
    assert!(
        accounts::confirm(&app.ctx, &late, &Device::default())
            .await
            .is_err()
    );
}

#[apply(on_both_databases!)]
async fn nothing_but_links_goes_to_an_unconfirmed_address(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    accounts::change_password(&app.ctx, &actor, secret(PASSWORD), secret(NEW), secret(NEW))
        .await
        .unwrap();
    let subjects: Vec<String> = app
        .letters()
        .await
        .into_iter()
        .map(|(_, subject)| subject)
        .collect();
    assert_eq!(
        subjects,
        ["Please confirm your e-mail address"],
        "the letter about the password is withheld"
    );
    assert!(
        !app.ctx.mail.kept()[0].text.contains("Fam"),
        "nor any word that somebody typed"
    );
    accounts::send_confirmation(&app.ctx, &actor).await.unwrap();
    assert_eq!(app.letters().await.len(), 2);
    for _ in 0..2 {
        accounts::send_confirmation(&app.ctx, &actor).await.unwrap();
    }
    assert!(matches!(
        accounts::send_confirmation(&app.ctx, &actor).await,
        Err(Error::TooMany { .. })
    ));
}

#[apply(on_both_databases!)]
async fn a_forgotten_password_is_replaced_by_a_link(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    let token = app.sign_in("ada@example.org").await;
    accounts::request_reset(&app.ctx, "nobody@example.org", &Device::default())
        .await
        .unwrap();
    accounts::request_reset(&app.ctx, " Ada@Example.org", &Device::default())
        .await
        .unwrap();
    let link = app.link("ada@example.org").await;
    assert_eq!(link.purpose, LinkPurpose::ResetPassword);
    assert!(
        !app.letters()
            .await
            .iter()
            .any(|(to, _)| to == "nobody@example.org")
    );
    let weak = accounts::reset_password(
        &app.ctx,
        &link,
        secret("short"),
        secret("short"),
        &Device::default(),
    )
    .await;
    assert!(
        matches!(weak, Err(Error::Invalid(violations)) if violations.entries()[0].code == "too_short")
    );
    assert!(matches!(
        accounts::reset_password(
            &app.ctx,
            &link,
            secret(NEW),
            secret("different"),
            &Device::default()
        )
        .await,
        Err(Error::Invalid(_))
    ));
    accounts::reset_password(
        &app.ctx,
        &link,
        secret(NEW),
        secret(NEW),
        &Device::default(),
    )
    .await
    .unwrap();
    assert!(
        matches!(
            accounts::reset_password(
                &app.ctx,
                &link,
                secret(NEW),
                secret(NEW),
                &Device::default()
            )
            .await,
            Err(Error::Conflict(_))
        ),
        "a link works once"
    );
    assert_eq!(
        app.actor(&token).await,
        Actor::Visitor,
        "everybody is signed out"
    );
    assert!(
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "ada@example.org",
            secret(NEW),
            &Device::default()
        )
        .await
        .is_ok()
    );
    assert!(
        accounts::recognise(&app.ctx, &token, &Device::default())
            .await
            .unwrap()
            == Actor::Visitor
            && actor.person().is_some()
    );
    assert_eq!(app.audited(AuditAction::PasswordChanged).await, 1);
}

#[apply(on_both_databases!)]
async fn researchers_need_long_passwords_on_every_way(app: TestApp) {
    let lab = app.lab("Lab").await;
    let actor = app
        .researcher("r@example.org", lab, domain::labs::LabRole::Member)
        .await;
    let fifteen = "kind zebra sing";
    let is_short = |result: Result<(), Error>| matches!(result, Err(Error::Invalid(violations)) if violations.entries()[0].code == "too_short");
    assert!(is_short(
        accounts::change_password(
            &app.ctx,
            &actor,
            secret(PASSWORD),
            secret(fifteen),
            secret(fifteen)
        )
        .await
    ));
    assert!(is_short(
        accounts::set_password(&app.ctx, &Actor::System, "r@example.org", secret(fifteen)).await
    ));
    accounts::request_reset(&app.ctx, "r@example.org", &Device::default())
        .await
        .unwrap();
    let link = app.link("r@example.org").await;
    assert!(is_short(
        accounts::reset_password(
            &app.ctx,
            &link,
            secret(fifteen),
            secret(fifteen),
            &Device::default()
        )
        .await
    ));
}

#[apply(on_both_databases!)]
async fn changing_the_password_needs_the_present_one(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    let other = app.sign_in("ada@example.org").await;
    assert!(
        matches!(accounts::change_password(&app.ctx, &actor, secret("wrong"), secret(NEW), secret(NEW)).await, Err(Error::Invalid(violations)) if violations.message("present_password").is_some())
    );
    accounts::change_password(&app.ctx, &actor, secret(PASSWORD), secret(NEW), secret(NEW))
        .await
        .unwrap();
    assert_eq!(app.actor(&other).await, Actor::Visitor);
    assert!(
        accounts::settings(&app.ctx, &actor).await.is_ok(),
        "this browser stays signed in"
    );
    assert!(
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "ada@example.org",
            secret(PASSWORD),
            &Device::default()
        )
        .await
        .is_err()
    );
}

#[apply(on_both_databases!)]
async fn an_address_changes_once_both_have_agreed(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    accounts::confirm(
        &app.ctx,
        &app.link("ada@example.org").await,
        &Device::default(),
    )
    .await
    .unwrap();
    let token = app.sign_in("ada@example.org").await;
    let change = async |to: &str, password: &str| {
        accounts::request_email_change(&app.ctx, &actor, to, secret(password)).await
    };
    assert!(matches!(
        change("new@example.org", "wrong").await,
        Err(Error::Invalid(_))
    ));
    assert!(matches!(
        change("ada@example.org", PASSWORD).await,
        Err(Error::Invalid(_))
    ));
    change("New@Example.org", PASSWORD).await.unwrap();
    let (old, new) = (
        app.link("ada@example.org").await,
        app.link("new@example.org").await,
    );
    assert_eq!(
        (old.purpose, new.purpose),
        (LinkPurpose::AgreeToChange, LinkPurpose::ConfirmNewAddress)
    );
    let to_new = app
        .ctx
        .mail
        .kept()
        .into_iter()
        .find(|mail| mail.to == "new@example.org")
        .unwrap()
        .text;
    assert!(
        !to_new.contains("ada@example.org") && !to_new.contains("Fam"),
        "a mistyped address learns nothing of whose account it is: {to_new}"
    );
    accounts::confirm(&app.ctx, &new, &Device::default())
        .await
        .unwrap();
    assert_eq!(
        accounts::settings(&app.ctx, &actor).await.unwrap().email,
        "ada@example.org",
        "one is not enough"
    );
    accounts::confirm(&app.ctx, &old, &Device::default())
        .await
        .unwrap();
    assert_eq!(app.actor(&token).await, Actor::Visitor, "sessions end");
    assert!(
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "ada@example.org",
            secret(PASSWORD),
            &Device::default()
        )
        .await
        .is_err()
    );
    app.sign_in("new@example.org").await;
    assert!(app.letters().await.iter().any(
        |(to, subject)| to == "ada@example.org" && subject == "Your e-mail address was changed"
    ));
}

#[apply(on_both_databases!)]
async fn a_change_of_address_is_taken_back_and_takes_nobody_elses(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    accounts::confirm(
        &app.ctx,
        &app.link("ada@example.org").await,
        &Device::default(),
    )
    .await
    .unwrap();
    app.family("eve@example.org").await;
    accounts::request_email_change(&app.ctx, &actor, "eve@example.org", secret(PASSWORD))
        .await
        .unwrap();
    let (old, new) = (
        app.link("ada@example.org").await,
        app.link("eve@example.org").await,
    );
    accounts::confirm(&app.ctx, &old, &Device::default())
        .await
        .unwrap();
    assert!(
        matches!(accounts::confirm(&app.ctx, &new, &Device::default()).await, Err(Error::Conflict(words)) if words.contains("another account"))
    );
    accounts::cancel_email_change(&app.ctx, &actor)
        .await
        .unwrap();
    assert!(
        accounts::confirm(&app.ctx, &new, &Device::default())
            .await
            .is_err()
    );
    assert!(
        accounts::settings(&app.ctx, &actor)
            .await
            .unwrap()
            .change
            .is_none()
    );
}

#[apply(on_both_databases!)]
async fn names_and_wishes_for_letters_are_kept(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    accounts::save_profile(
        &app.ctx,
        &actor,
        &ProfileForm {
            nickname: " Ada ".into(),
            ..ProfileForm::default()
        },
    )
    .await
    .unwrap();
    accounts::save_preferences(
        &app.ctx,
        &actor,
        &["email_new_studies".to_owned(), "nonsense".to_owned()],
    )
    .await
    .unwrap();
    let kept = accounts::settings(&app.ctx, &actor).await.unwrap();
    assert_eq!(
        (
            kept.nickname.as_str(),
            kept.email_new_studies,
            kept.email_next_session
        ),
        ("Ada", true, false)
    );
    assert!(matches!(
        accounts::save_profile(
            &app.ctx,
            &actor,
            &ProfileForm {
                nickname: "x".repeat(256),
                ..ProfileForm::default()
            }
        )
        .await,
        Err(Error::Invalid(_))
    ));
    assert!(matches!(
        accounts::save_profile(&app.ctx, &Actor::Visitor, &ProfileForm::default()).await,
        Err(Error::SignIn)
    ));
}

#[apply(on_both_databases!)]
async fn an_account_is_deleted_after_a_while_or_kept(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (actor, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    accounts::confirm(
        &app.ctx,
        &app.link("ada@example.org").await,
        &Device::default(),
    )
    .await
    .unwrap();
    families::add_child(
        &app.ctx,
        &actor,
        &crate::support::child("Kim", "2023-01-01"),
    )
    .await
    .unwrap();
    let (started, run) = app.run(&actor, study, sam).await;
    services::responses::append(
        &app.ctx,
        &run,
        &[frame(1, "0-one", serde_json::json!({"a": 1}))],
    )
    .await
    .unwrap();
    assert!(matches!(
        accounts::request_deletion(&app.ctx, &actor, secret("wrong")).await,
        Err(Error::Invalid(_))
    ));
    accounts::request_deletion(&app.ctx, &actor, secret(PASSWORD))
        .await
        .unwrap();
    let keep = app.link("ada@example.org").await;
    assert_eq!(keep.purpose, LinkPurpose::KeepAccount);
    accounts::confirm(&app.ctx, &keep, &Device::default())
        .await
        .unwrap();
    app.clock.advance(Duration::days(20));
    jobs::drain(&app.ctx).await.unwrap();
    let token = app.sign_in("ada@example.org").await;
    let actor = app.actor(&token).await;
    assert_eq!(
        families::children(&app.ctx, &actor).await.unwrap().len(),
        2,
        "kept"
    );

    accounts::request_deletion(&app.ctx, &actor, secret(PASSWORD))
        .await
        .unwrap();
    accounts::cancel_deletion(&app.ctx, &actor, &Device::default())
        .await
        .unwrap();
    accounts::request_deletion(&app.ctx, &actor, secret(PASSWORD))
        .await
        .unwrap();
    app.clock.advance(Duration::days(13));
    jobs::drain(&app.ctx).await.unwrap();
    let still = app.actor(&app.sign_in("ada@example.org").await).await;
    assert!(still.person().unwrap().deletion_due_at.is_some());
    app.clock.advance(Duration::days(2));
    jobs::drain(&app.ctx).await.unwrap();
    assert_eq!(app.actor(&token).await, Actor::Visitor);
    assert!(
        accounts::sign_in(
            &app.ctx,
            &Actor::Visitor,
            "ada@example.org",
            secret(PASSWORD),
            &Device::default()
        )
        .await
        .is_err()
    );
    let children = entities::child::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(
        children
            .iter()
            .map(|child| (child.id, child.given_name.as_str()))
            .collect::<Vec<_>>(),
        [(sam, "")],
        "who answered stays without a name, the other goes"
    );
    assert!(
        entities::response::Entity::find_by_id(started.response)
            .one(&app.db)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        app.letters()
            .await
            .iter()
            .any(|(to, subject)| to == "ada@example.org" && subject == "Your account is deleted")
    );
    app.family("ada@example.org").await;
    assert_eq!(app.audited(AuditAction::AccountDeleted).await, 1);
}

#[apply(on_both_databases!)]
async fn a_copy_is_asked_for_once_at_a_time(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    let (one, two) = futures::join!(
        accounts::request_export(&app.ctx, &actor),
        accounts::request_export(&app.ctx, &actor)
    );
    one.unwrap();
    two.unwrap();
    assert!(
        accounts::has_export_request(&app.ctx, &actor)
            .await
            .unwrap()
    );
    assert_eq!(
        entities::export_request::Entity::find()
            .all(&app.db)
            .await
            .unwrap()
            .len(),
        1
    );
}
