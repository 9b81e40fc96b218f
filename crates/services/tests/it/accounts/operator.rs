use domain::accounts::Powers;
use domain::audit::AuditAction;
use domain::labs::LabRole;
use macro_rules_attribute::apply;
use services::accounts::{self, NewAccount};
use services::{Actor, Error};

use super::{codes, secret, sign_in};
use crate::support::{PASSWORD, on_both_databases};

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
        secret(PASSWORD),
        new.clone(),
    )
    .await;
    assert!(matches!(denied, Err(Error::Denied)));
    let short = accounts::create(
        &app.ctx,
        &Actor::System,
        "r@example.org",
        secret("kind zebras"),
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
        secret(PASSWORD),
        new,
    )
    .await
    .unwrap();
    let begun = sign_in(&app, "r@example.org", PASSWORD, "1").await.unwrap();
    assert!(matches!(
        app.actor(&begun.token).await,
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
        app.actor(&begun.token).await,
        Actor::Visitor,
        "a change of rights ends sessions"
    );
    accounts::set_password(
        &app.ctx,
        &Actor::System,
        "R@example.org",
        secret("quiet rivers carry lamps"),
    )
    .await
    .unwrap();
    assert!(sign_in(&app, "r@example.org", PASSWORD, "1").await.is_err());
    let begun = sign_in(&app, "r@example.org", "quiet rivers carry lamps", "1")
        .await
        .unwrap();
    assert!(matches!(Actor::of(begun.person), Actor::Staff(_)));
}

// For an owner whom no staff can help.
#[apply(on_both_databases!)]
async fn operators_reset_factors_without_any_staff(app: TestApp) {
    let staff = app.staff().await;
    let lab = app.lab("Lab").await;
    app.researcher("r@example.org", lab, LabRole::Admin).await;
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
        (Actor::Visitor, 1)
    );
}
