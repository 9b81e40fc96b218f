use chrono::Duration;
use domain::audit::AuditAction;
use domain::families::child::ChildId;
use domain::labs::LabRole;
use domain::responses::ConsentRuling;
use domain::studies::{StudyId, StudyRole};
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use services::paging::Paging;
use services::participants::{self, ParticipantRow, ParticipantSort};
use services::{Actor, Error, families, responses};

use crate::support::{TestApp, child, frame, on_both_databases};

const PAGE: Paging = Paging { page: 1, size: 20 };

/// Two studies of one lab, and who took part in them.
struct Runs {
    ours: StudyId,
    /// An admin of the lab, without a role in a study.
    reader: Actor,
    /// Consented to our study for Sam, and not for a sibling.
    ada: Actor,
    /// Consented to the other study.
    eve: Actor,
}

async fn runs(app: &TestApp) -> Runs {
    let lab = app.lab("Lab").await;
    let (ours, theirs) = (
        app.study(lab, "Ours", |_| ()).await,
        app.study(lab, "Theirs", |_| ()).await,
    );
    let reader = app.researcher("r@example.org", lab, LabRole::Admin).await;
    let (ada, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let sibling = families::add_child(&app.ctx, &ada, &child("Hidden", "2023-06-01"))
        .await
        .unwrap();
    let (eve, kim) = app.family_with_child("eve@example.org", "2024-01-01").await;
    take_part(app, &ada, (ours, sam), ConsentRuling::Accepted).await;
    app.clock.advance(Duration::minutes(1));
    take_part(app, &ada, (ours, sibling), ConsentRuling::Pending).await;
    take_part(app, &eve, (theirs, kim), ConsentRuling::Accepted).await;
    Runs {
        ours,
        reader,
        ada,
        eve,
    }
}

/// A child leaves a frame that asks for consent, and somebody decides about it.
async fn take_part(
    app: &TestApp,
    family: &Actor,
    (study, child): (StudyId, ChildId),
    ruling: ConsentRuling,
) {
    let (started, run) = app.run(family, study, child).await;
    app.change_response(started.response, |row| {
        row.consent_frames = Set("0-one".into());
        row.consent_ruling = Set(ruling);
    })
    .await;
    let sent = [frame(1, "0-one", serde_json::json!({}))];
    responses::append(&app.ctx, &run, &sent).await.unwrap();
}

async fn list(app: &TestApp, actor: &Actor, words: &str) -> Vec<ParticipantRow> {
    participants::list(&app.ctx, actor, words, ParticipantSort::Nickname, PAGE)
        .await
        .unwrap()
        .entries
}

#[apply(on_both_databases!)]
async fn only_families_with_consent_in_a_readable_study_are_listed(app: TestApp) {
    let Runs {
        ours, reader, ada, ..
    } = runs(&app).await;
    assert!(
        list(&app, &reader, "").await.is_empty(),
        "an admin of the lab reads no answers"
    );
    app.study_role(&reader, ours, StudyRole::Analysis).await;
    let seen = list(&app, &reader, "").await;
    assert_eq!(
        seen.iter().map(|row| row.id).collect::<Vec<_>>(),
        [ada.person().unwrap().account]
    );
    assert_eq!(
        (
            list(&app, &reader, "FAM").await.len(),
            list(&app, &reader, "nobody").await.len(),
            list(&app, &reader, &seen[0].id.to_string()).await.len()
        ),
        (1, 0, 1)
    );
    let staff = app.staff().await;
    assert!(
        list(&app, &staff, "").await.is_empty(),
        "site admins see no families' answers"
    );
    assert!(matches!(
        participants::list(&app.ctx, &ada, "", ParticipantSort::Nickname, PAGE).await,
        Err(Error::Denied)
    ));
}

#[apply(on_both_databases!)]
async fn a_family_is_shown_without_children_who_have_no_consent(app: TestApp) {
    let Runs {
        ours,
        reader,
        ada,
        eve,
    } = runs(&app).await;
    app.study_role(&reader, ours, StudyRole::Analysis).await;
    let page = participants::find(&app.ctx, &reader, ada.person().unwrap().account, PAGE)
        .await
        .unwrap();
    assert_eq!(
        page.children
            .iter()
            .map(|child| child.details.given_name.as_str())
            .collect::<Vec<_>>(),
        ["Sam"],
        "siblings stay hidden"
    );
    assert_eq!(
        (
            page.responses.total,
            page.responses.entries[0].study_name.as_str()
        ),
        (1, "Ours")
    );
    assert_eq!(app.audited(AuditAction::FamilyRead).await, 1);
    let again = participants::find(&app.ctx, &reader, ada.person().unwrap().account, PAGE).await;
    assert!(again.is_ok());
    assert_eq!(app.audited(AuditAction::FamilyRead).await, 1, "once a day");
    assert!(matches!(
        participants::find(&app.ctx, &reader, eve.person().unwrap().account, PAGE).await,
        Err(Error::NotFound(_))
    ));
}

#[apply(on_both_databases!)]
async fn nobody_is_shown_before_somebody_looked_at_the_consent(app: TestApp) {
    let lab = app.lab("Lab").await;
    let ours = app.study(lab, "Ours", |_| ()).await;
    let reader = app.researcher("r@example.org", lab, LabRole::Admin).await;
    app.study_role(&reader, ours, StudyRole::Analysis).await;
    let (ada, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let id = ada.person().unwrap().account;
    for ruling in [ConsentRuling::Pending, ConsentRuling::Rejected] {
        take_part(&app, &ada, (ours, sam), ruling).await;
        assert!(list(&app, &reader, "").await.is_empty(), "{ruling}");
        let found = participants::find(&app.ctx, &reader, id, PAGE).await;
        assert!(matches!(found, Err(Error::NotFound(_))), "{ruling}");
        app.clock.advance(Duration::hours(25));
    }
}
