use domain::accounts::Powers;
use domain::audit::AuditAction;
use domain::labs::LabRole;
use domain::permissions::{Action, Roles};
use domain::studies::StudyRole;
use entities::study;
use macro_rules_attribute::apply;
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};
use services::permissions::{ActionTarget, require, within};
use services::studies::people;
use services::{Actor, Error};

use super::*;

fn account(actor: &Actor) -> domain::accounts::AccountId {
    actor.person().unwrap().account
}

async fn researcher(app: &TestApp, email: &str) -> Actor {
    let powers = Powers {
        is_researcher: true,
        ..Powers::default()
    };
    app.person(email, powers).await
}

/// Somebody of every role, in the lab, the study, another lab, the staff and nowhere.
async fn somebody_of_every_role(app: &TestApp, lab: LabId, study: StudyId) -> Vec<(Actor, Roles)> {
    let nobody = researcher(app, "n@example.org").await;
    let other = app.lab("Other").await;
    let stranger = app.researcher("o@example.org", other, LabRole::Admin).await;
    let mut people = vec![(nobody, Roles::default()), (stranger, Roles::default())];
    for role in LabRole::ALL {
        let email = format!("{role}@lab.example");
        let roles = Roles {
            lab: Some(*role),
            ..Roles::default()
        };
        people.push((app.researcher(&email, lab, *role).await, roles));
    }
    for role in StudyRole::ALL {
        let person = researcher(app, &format!("{role}@study.example")).await;
        app.study_role(&person, study, *role).await;
        let roles = Roles {
            study: Some(*role),
            ..Roles::default()
        };
        people.push((person, roles));
    }
    let staff = Powers {
        is_staff: true,
        ..Powers::default()
    };
    let superuser = Powers {
        is_superuser: true,
        ..Powers::default()
    };
    for powers in [staff, superuser] {
        let role = powers.staff_role();
        let email = format!("{:?}@staff.example", role.unwrap()).to_lowercase();
        let roles = Roles {
            staff: role,
            ..Roles::default()
        };
        people.push((app.person(&email, powers).await, roles));
    }
    people
}

#[apply(on_both_databases!)]
async fn every_role_may_do_what_the_table_says(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    for (person, roles) in somebody_of_every_role(&app, lab, study).await {
        for action in Action::ALL {
            let got = require(&app.ctx, &person, *action, ActionTarget::Study(study)).await;
            match (got, roles.grants(*action)) {
                (Ok(_), true) => {}
                (Err(Error::Denied), false) => {
                    assert!(roles.grants(Action::ReadStudyDetails), "{roles:?} {action}");
                }
                (Err(Error::NotFound(_)), false) => assert!(
                    !roles.grants(Action::ReadStudyDetails),
                    "{roles:?} {action}"
                ),
                (got, wanted) => panic!("{roles:?} {action}: wanted {wanted}, got {got:?}"),
            }
        }
    }
}

#[apply(on_both_databases!)]
async fn lists_agree_with_what_each_role_may_do(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    for (person, roles) in somebody_of_every_role(&app, lab, study).await {
        for action in Action::ALL {
            let (_, own) = within(&person, *action).unwrap();
            let listed = study::Entity::find().filter(own).count(&app.db).await;
            let is_listed = listed.unwrap() > 0;
            assert_eq!(is_listed, roles.grants(*action), "{roles:?} {action}");
        }
    }
}

#[apply(on_both_databases!)]
async fn families_and_visitors_have_no_role(app: TestApp) {
    let study = app.study(app.lab("Lab").await, "Study", |_| ()).await;
    let family = app.family("f@example.org").await;
    let target = ActionTarget::Study(study);
    assert!(matches!(
        require(&app.ctx, &family, Action::ReadStudyDetails, target).await,
        Err(Error::Denied)
    ));
    let target = ActionTarget::Study(study);
    assert!(matches!(
        require(&app.ctx, &Actor::Visitor, Action::ReadStudyDetails, target).await,
        Err(Error::SignIn)
    ));
}
/// A study with an admin, somebody else in its lab, and somebody in another lab.
struct Team {
    study: StudyId,
    manager: Actor,
    guest: Actor,
    stranger: Actor,
}

async fn team(app: &TestApp) -> Team {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let study = app.study(lab, "Study", |_| ()).await;
    let manager = app
        .researcher("boss@example.org", lab, LabRole::Member)
        .await;
    app.study_role(&manager, study, StudyRole::Admin).await;
    let guest = app.researcher("c@example.org", lab, LabRole::Guest).await;
    let stranger = app.researcher("s@example.org", other, LabRole::Admin).await;
    Team {
        study,
        manager,
        guest,
        stranger,
    }
}

#[apply(on_both_databases!)]
async fn a_member_of_the_lab_is_added_once_and_told(app: TestApp) {
    let team = team(&app).await;
    assert!(matches!(
        people::people(&app.ctx, &team.guest, team.study).await,
        Err(Error::NotFound(_))
    ));
    let add = async |who: &Actor, role| {
        people::add(&app.ctx, &team.manager, team.study, account(who), role).await
    };
    assert!(
        matches!(
            add(&team.stranger, StudyRole::Design).await,
            Err(Error::Invalid(_))
        ),
        "not from another lab"
    );
    add(&team.guest, StudyRole::Design).await.unwrap();
    assert!(
        matches!(
            add(&team.guest, StudyRole::Admin).await,
            Err(Error::Invalid(_))
        ),
        "not twice"
    );
    assert!(app.emails().await.contains(&(
        "c@example.org".into(),
        "Your role in \u{201c}Study\u{201d}: Design".into()
    )));
}

#[apply(on_both_databases!)]
async fn members_cannot_promote_themselves_and_the_only_admin_stays(app: TestApp) {
    let team = team(&app).await;
    app.study_role(&team.guest, team.study, StudyRole::Design)
        .await;
    let set_role = async |actor: &Actor, whose: &Actor, role| {
        people::set_role(&app.ctx, actor, team.study, account(whose), role).await
    };
    assert!(matches!(
        set_role(&team.guest, &team.guest, StudyRole::Admin).await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        set_role(&team.manager, &team.stranger, StudyRole::Admin).await,
        Err(Error::NotFound(_))
    ));
    assert!(
        matches!(
            set_role(&team.manager, &team.manager, StudyRole::Design).await,
            Err(Error::Conflict(_))
        ),
        "the only admin stays one"
    );
    assert!(matches!(
        people::remove(&app.ctx, &team.manager, team.study, account(&team.manager)).await,
        Err(Error::Conflict(_))
    ));
}

#[apply(on_both_databases!)]
async fn an_admin_hands_a_study_over_and_loses_it_at_once(app: TestApp) {
    let Team {
        study,
        manager,
        guest,
        ..
    } = team(&app).await;
    people::add(
        &app.ctx,
        &manager,
        study,
        account(&guest),
        StudyRole::Design,
    )
    .await
    .unwrap();
    people::set_role(&app.ctx, &manager, study, account(&guest), StudyRole::Admin)
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
    let found = people::people(&app.ctx, &guest, study).await.unwrap();
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

#[apply(on_both_databases!)]
async fn a_manager_gives_and_takes_no_more_than_they_have(app: TestApp) {
    let team = team(&app).await;
    let lab = row(&app, team.study).await.lab_id;
    let manager = app.researcher("m@example.org", lab, LabRole::Member).await;
    app.study_role(&manager, team.study, StudyRole::Manager)
        .await;
    let ceiling = |result: Result<(), Error>| result.unwrap_err().violations()[0].code.clone();
    let add =
        async |role| people::add(&app.ctx, &manager, team.study, account(&team.guest), role).await;
    for role in [StudyRole::Admin, StudyRole::Researcher, StudyRole::Analysis] {
        assert_eq!(ceiling(add(role).await), "ceiling", "{role}");
    }
    add(StudyRole::Design).await.unwrap();
    let set = async |whose: &Actor, role| {
        people::set_role(&app.ctx, &manager, team.study, account(whose), role).await
    };
    assert_eq!(ceiling(set(&team.guest, StudyRole::Admin).await), "ceiling");
    assert_eq!(
        ceiling(set(&team.manager, StudyRole::Preview).await),
        "ceiling",
        "nobody takes a role away that is above theirs"
    );
    assert!(matches!(
        set(&manager, StudyRole::Preview).await,
        Err(Error::Conflict(_))
    ));
    let remove = people::remove(&app.ctx, &manager, team.study, account(&team.manager)).await;
    assert_eq!(ceiling(remove), "ceiling");
    set(&team.guest, StudyRole::Manager).await.unwrap();
    let page = people::people(&app.ctx, &manager, team.study)
        .await
        .unwrap();
    assert_eq!(
        page.given,
        [StudyRole::Preview, StudyRole::Design, StudyRole::Manager]
    );
}

#[apply(on_both_databases!)]
async fn an_admin_of_the_lab_appoints_everybody_but_themselves(app: TestApp) {
    let team = team(&app).await;
    let lab = row(&app, team.study).await.lab_id;
    let admin = app
        .researcher("admin@example.org", lab, LabRole::Admin)
        .await;
    let add = async |who: &Actor| {
        let role = StudyRole::Researcher;
        people::add(&app.ctx, &admin, team.study, account(who), role).await
    };
    assert!(matches!(add(&admin).await, Err(Error::Conflict(_))));
    add(&team.guest).await.unwrap();
}
