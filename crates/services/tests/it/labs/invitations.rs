use domain::labs::LabRole;
use macro_rules_attribute::apply;
use services::{Error, accounts, labs};

use super::PAGE;
use crate::support::{PASSWORD, on_both_databases};

#[apply(on_both_databases!)]
async fn revoking_gives_an_unapproved_lab_no_more_invitations(app: TestApp) {
    let first = app.lab("First").await;
    let admin = app.researcher("a@example.org", first, LabRole::Admin).await;
    for (lab, most) in [
        (first, 5),
        (app.lab("Second").await, 5),
        (app.lab("Third").await, 0),
    ] {
        if lab != first {
            app.lab_role(&admin, lab, LabRole::Admin).await;
        }
        let invite = async |number: usize| {
            let email = format!("{number}@{lab}.example");
            labs::invite(&app.ctx, &admin, lab, &email, LabRole::Guest).await
        };
        for number in 0..most {
            invite(number).await.unwrap();
            let members = labs::members(&app.ctx, &admin, lab, "", PAGE).await;
            let invitation = members.unwrap().invitations[0].id;
            labs::revoke_invitation(&app.ctx, &admin, lab, invitation)
                .await
                .unwrap();
        }
        let more = invite(most).await;
        assert!(matches!(more, Err(Error::Conflict(words)) if words.contains("not approved")));
    }
}

#[apply(on_both_databases!)]
async fn strangers_fill_a_mailbox_with_ten_emails_a_day_and_hide_no_warning(app: TestApp) {
    let family = app.family("ada@example.org").await;
    for number in 0..12 {
        let lab = app.lab(&format!("Lab {number}")).await;
        let admin = format!("a{number}@example.org");
        let admin = app.researcher(&admin, lab, LabRole::Admin).await;
        labs::invite(&app.ctx, &admin, lab, "ada@example.org", LabRole::Guest)
            .await
            .unwrap();
    }
    let emails = app.emails().await;
    let invited = emails
        .iter()
        .filter(|(to, subject)| to == "ada@example.org" && subject == "You are invited to a lab");
    assert_eq!(invited.count(), 9, "and the code for signing up before");
    let (present, new) = (PASSWORD.to_owned(), "other words for tonight".to_owned());
    accounts::change_password(
        &app.ctx,
        &family,
        present.into(),
        new.clone().into(),
        new.into(),
    )
    .await
    .unwrap();
    let warned = ("ada@example.org", "Your password was changed");
    let warned = (warned.0.to_owned(), warned.1.to_owned());
    assert!(app.emails().await.contains(&warned));
}
