use domain::accounts::Powers;
use domain::audit::AuditAction;
use domain::labs::LabRole;
use domain::permissions::{Action, Standing};
use domain::studies::StudyRole;
use entities::study;
use macro_rules_attribute::apply;
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};
use services::permissions::{Scope, Target, require, scope, within};
use services::studies::people;
use services::{Actor, Error};

use super::*;

fn account(actor: &Actor) -> domain::accounts::AccountId {
    actor.person().unwrap().account
}

#[apply(on_both_databases!)]
async fn every_role_may_do_what_the_table_says(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let study = app.study(lab, "Study", |_| ()).await;
    let nobody = app
        .person(
            "n@example.org",
            Powers {
                is_researcher: true,
                ..Powers::default()
            },
        )
        .await;
    let mut people = vec![(nobody, Standing::default())];
    for role in LabRole::ALL {
        people.push((
            app.researcher(&format!("{role}@lab.example"), lab, *role)
                .await,
            Standing {
                lab: Some(*role),
                ..Standing::default()
            },
        ));
    }
    for role in StudyRole::ALL {
        let person = app
            .person(
                &format!("{role}@study.example"),
                Powers {
                    is_researcher: true,
                    ..Powers::default()
                },
            )
            .await;
        app.study_role(&person, study, *role).await;
        people.push((
            person,
            Standing {
                study: Some(*role),
                ..Standing::default()
            },
        ));
    }
    people.push((
        app.researcher("o@example.org", other, LabRole::Admin).await,
        Standing::default(),
    ));
    for powers in [
        Powers {
            is_staff: true,
            ..Powers::default()
        },
        Powers {
            is_superuser: true,
            ..Powers::default()
        },
    ] {
        people.push((
            app.person(
                &format!("{:?}@staff.example", powers.staff_role().unwrap()).to_lowercase(),
                powers,
            )
            .await,
            Standing {
                staff: powers.staff_role(),
                ..Standing::default()
            },
        ));
    }
    for (person, standing) in &people {
        for action in Action::ALL {
            let got = require(&app.ctx, person, *action, Target::Study(study)).await;
            match (got, standing.grants(*action)) {
                (Ok(_), true) => {}
                (Err(Error::Denied), false) => assert!(
                    standing.grants(Action::ReadStudyDetails),
                    "{standing:?} {action}"
                ),
                (Err(Error::NotFound(_)), false) => assert!(
                    !standing.grants(Action::ReadStudyDetails),
                    "{standing:?} {action}"
                ),
                (got, wanted) => panic!("{standing:?} {action}: wanted {wanted}, got {got:?}"),
            }
            // Lists agree with single questions.
            let (_, scope) = scope(&app.db, person, *action).await.unwrap();
            let is_in = match &scope {
                Scope::Everywhere => true,
                Scope::Some(labs, studies) => labs.contains(&lab) || studies.contains(&study),
            };
            assert_eq!(is_in, standing.grants(*action), "{standing:?} {action}");
            let (_, own) = within(person, *action).unwrap();
            let listed = study::Entity::find().filter(own).count(&app.db).await;
            assert_eq!(listed.unwrap() > 0, is_in, "{standing:?} {action}");
        }
    }
    let family = app.family("f@example.org").await;
    assert!(matches!(
        require(
            &app.ctx,
            &family,
            Action::ReadStudyDetails,
            Target::Study(study)
        )
        .await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        require(
            &app.ctx,
            &Actor::Visitor,
            Action::ReadStudyDetails,
            Target::Study(study)
        )
        .await,
        Err(Error::SignIn)
    ));
}

#[apply(on_both_databases!)]
async fn people_of_a_study_are_added_changed_and_removed(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let study = app.study(lab, "Study", |_| ()).await;
    let manager = app
        .researcher("boss@example.org", lab, LabRole::Member)
        .await;
    app.study_role(&manager, study, StudyRole::Admin).await;
    let colleague = app.researcher("c@example.org", lab, LabRole::Guest).await;
    let stranger = app.researcher("s@example.org", other, LabRole::Admin).await;
    assert!(matches!(
        people::people(&app.ctx, &colleague, study).await,
        Err(Error::NotFound(_))
    ));
    let add = async |actor: &Actor, email: &str, role| {
        people::add_by_email(&app.ctx, actor, study, email, role).await
    };
    // A stranger and nobody at all get the same answer.
    let (unknown, outside) = (
        add(&manager, "nobody@example.org", StudyRole::Design)
            .await
            .unwrap_err(),
        add(&manager, "s@example.org", StudyRole::Design)
            .await
            .unwrap_err(),
    );
    assert_eq!(unknown.violations(), outside.violations());
    add(&manager, "C@example.org", StudyRole::Design)
        .await
        .unwrap();
    assert!(
        matches!(
            add(&manager, "c@example.org", StudyRole::Admin).await,
            Err(Error::Invalid(_))
        ),
        "not twice"
    );
    assert!(app.letters().await.contains(&(
        "c@example.org".into(),
        "Your role in \u{201c}Study\u{201d}: Design".into()
    )));
    assert!(matches!(
        people::set_role(
            &app.ctx,
            &colleague,
            study,
            account(&colleague),
            StudyRole::Admin
        )
        .await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        people::set_role(
            &app.ctx,
            &manager,
            study,
            account(&stranger),
            StudyRole::Admin
        )
        .await,
        Err(Error::NotFound(_))
    ));
    assert!(
        matches!(
            people::set_role(
                &app.ctx,
                &manager,
                study,
                account(&manager),
                StudyRole::Design
            )
            .await,
            Err(Error::Conflict(_))
        ),
        "the only admin stays one"
    );
    assert!(matches!(
        people::remove(&app.ctx, &manager, study, account(&manager)).await,
        Err(Error::Conflict(_))
    ));
    people::set_role(
        &app.ctx,
        &manager,
        study,
        account(&colleague),
        StudyRole::Admin,
    )
    .await
    .unwrap();
    people::remove(&app.ctx, &manager, study, account(&manager))
        .await
        .unwrap();
    assert!(
        responses::download(&app.ctx, &manager, study)
            .await
            .is_err(),
        "a change takes effect at once"
    );
    let found = people::people(&app.ctx, &colleague, study).await.unwrap();
    assert_eq!(
        found
            .members
            .iter()
            .map(|member| member.email.as_str())
            .collect::<Vec<_>>(),
        ["c@example.org"]
    );
    assert_eq!(
        found
            .candidates
            .iter()
            .map(|member| member.email.as_str())
            .collect::<Vec<_>>(),
        ["boss@example.org"]
    );
    assert_eq!(
        (
            app.audited(AuditAction::StudyRoleSet).await,
            app.audited(AuditAction::StudyMemberRemoved).await
        ),
        (2, 1)
    );
}
