use adapters::Token;
use domain::accounts::{AccountId, Powers, SecondFactor};
use domain::audit::AuditAction;
use domain::labs::LabRole;
use macro_rules_attribute::apply;
use services::accounts::{self, StaffAction};
use services::paging::Paging;
use services::{Actor, Error};

use super::sign_in;
use crate::support::{PASSWORD, TestApp, on_both_databases};

/// A researcher with a second factor, and a session in which it is still owed.
async fn researcher(app: &TestApp) -> (Actor, AccountId, Token) {
    let lab = app.lab("Lab").await;
    let actor = app.researcher("r@example.org", lab, LabRole::Admin).await;
    let id = actor.person().unwrap().account;
    (actor, id, app.sign_in("r@example.org").await)
}

#[apply(on_both_databases!)]
async fn staff_reset_factors_with_a_trace(app: TestApp) {
    let staff = app.staff().await;
    let (lost, id, token) = researcher(&app).await;
    let reset = async |actor: &Actor, id: AccountId, reason: &str| {
        accounts::act(&app.ctx, actor, id, StaffAction::ResetFactors, reason).await
    };
    assert!(matches!(reset(&lost, id, "me").await, Err(Error::Denied)));
    assert!(
        matches!(reset(&staff, id, " ").await, Err(Error::Invalid(_))),
        "a reason is needed"
    );
    let own = staff.person().unwrap().account;
    assert!(
        matches!(reset(&staff, own, "me").await, Err(Error::Conflict(_))),
        "not one's own"
    );
    reset(&staff, id, "lost phone, called us").await.unwrap();
    assert_eq!(
        app.actor(&token).await,
        Actor::Visitor,
        "signed out everywhere"
    );
    assert!(
        app.emails().await.iter().any(
            |(to, subject)| to == "r@example.org" && subject == "Your second factor was reset"
        )
    );
    assert_eq!(app.audited(AuditAction::FactorReset).await, 1);
    let again = app.sign_in("r@example.org").await;
    assert_eq!(
        app.actor(&again).await.person().unwrap().factor,
        SecondFactor::None
    );
}

#[apply(on_both_databases!)]
async fn staff_mark_spam_with_a_trace(app: TestApp) {
    let staff = app.staff().await;
    let (_, id, token) = researcher(&app).await;
    let act = async |what: StaffAction, reason: &str| {
        accounts::act(&app.ctx, &staff, id, what, reason)
            .await
            .unwrap();
    };
    act(StaffAction::ResetFactors, "lost phone, called us").await;
    act(StaffAction::MarkAsSpam, "sells things").await;
    assert_eq!(app.actor(&token).await, Actor::Visitor);
    assert!(
        sign_in(&app, "r@example.org", PASSWORD, "home")
            .await
            .is_err()
    );
    let seen = accounts::inspect(&app.ctx, &staff, id).await.unwrap();
    assert!(
        seen.row.state == "spam"
            && seen.comments.contains("sells things")
            && seen.comments.contains("lost phone")
    );
    act(StaffAction::UnmarkAsSpam, "a mistake").await;
    app.sign_in("r@example.org").await;
}

#[apply(on_both_databases!)]
async fn a_site_admin_does_nothing_to_somebody_above(app: TestApp) {
    let staff = app.staff().await;
    let powers = Powers {
        is_superuser: true,
        ..Powers::default()
    };
    let superuser = app.person("root@example.org", powers).await;
    let above = superuser.person().unwrap().account;
    assert!(matches!(
        accounts::act(&app.ctx, &staff, above, StaffAction::Deactivate, "coup").await,
        Err(Error::Denied)
    ));
}

#[apply(on_both_databases!)]
async fn staff_find_accounts_by_words(app: TestApp) {
    let staff = app.staff().await;
    researcher(&app).await;
    let search = async |words: &str| {
        accounts::search(&app.ctx, &staff, words, Paging::of(None, 10))
            .await
            .unwrap()
    };
    let found = search("R@EXAMPLE").await;
    assert_eq!(
        found
            .entries
            .iter()
            .map(|row| row.email.as_str())
            .collect::<Vec<_>>(),
        ["r@example.org"]
    );
    assert_eq!(
        search("%").await.total,
        0,
        "characters stand for themselves"
    );
}
