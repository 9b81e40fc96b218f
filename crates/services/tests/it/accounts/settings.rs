use macro_rules_attribute::apply;
use services::accounts::{self, ProfileForm};
use services::{Actor, Error};

use crate::support::on_both_databases;

#[apply(on_both_databases!)]
async fn names_and_wishes_for_email_are_kept(app: TestApp) {
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
