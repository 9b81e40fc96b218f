//! What nobody does for themselves in a lab.

use domain::labs::LabRole;
use entities::account;
use macro_rules_attribute::apply;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use services::{Actor, Error, labs, studies};

use crate::support::on_both_databases;

fn account(actor: &Actor) -> domain::accounts::AccountId {
    actor.person().unwrap().account
}

#[apply(on_both_databases!)]
async fn staff_do_not_let_themselves_into_a_lab(app: TestApp) {
    let lab = app.lab("Lab").await;
    let admin = app.researcher("a@example.org", lab, LabRole::Admin).await;
    let staff = app.staff().await;
    let is_refused = |result: Result<(), Error>| matches!(result, Err(Error::Conflict(_)));
    labs::request_join(&app.ctx, &staff, lab).await.unwrap();
    let own = labs::set_role(&app.ctx, &staff, lab, account(&staff), LabRole::Admin).await;
    assert!(is_refused(own), "their own request");
    let own = labs::invite(&app.ctx, &staff, lab, "staff@example.org", LabRole::Admin).await;
    assert!(is_refused(own), "their own invitation");
    // Invited under another address, which they give their account afterwards.
    labs::invite(&app.ctx, &staff, lab, "second@example.org", LabRole::Admin)
        .await
        .unwrap();
    let link = app.link("second@example.org").await;
    account::ActiveModel {
        id: Set(account(&staff)),
        email: Set("second@example.org".into()),
        ..Default::default()
    }
    .update(&app.db)
    .await
    .unwrap();
    let token = app.sign_in("second@example.org").await;
    let renamed = app.with_factor(&token).await;
    let own = labs::accept_invitation(&app.ctx, &renamed, &link).await;
    assert!(is_refused(own.map(|_| ())), "an invitation of their own");
    labs::set_role(&app.ctx, &admin, lab, account(&staff), LabRole::Member)
        .await
        .unwrap();
    let own = labs::set_role(&app.ctx, &staff, lab, account(&staff), LabRole::Admin).await;
    assert!(is_refused(own), "their own role");
}

#[apply(on_both_databases!)]
async fn nobody_approves_a_lab_of_their_own(app: TestApp) {
    let (id, staff) = (app.lab("Lab").await, app.staff().await);
    app.lab_role(&staff, id, LabRole::Guest).await;
    assert!(matches!(
        studies::set_lab_approval(&app.ctx, &staff, id, true).await,
        Err(Error::Conflict(_))
    ));
    labs::leave(&app.ctx, &staff, id).await.unwrap();
    studies::set_lab_approval(&app.ctx, &staff, id, true)
        .await
        .unwrap();
}
