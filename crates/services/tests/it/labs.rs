mod invitations;

use adapters::pictures::Picture;
use domain::accounts::Powers;
use domain::audit::AuditAction;
use domain::labs::{LabDetails, LabId, LabPicture, LabRole};
use macro_rules_attribute::apply;
use services::accounts::{self, SignUp};
use services::labs::{self, LabFilter};
use services::paging::Paging;
use services::{Actor, Error, studies};

use crate::support::{PASSWORD, TestApp, on_both_databases};

const PAGE: Paging = Paging { page: 1, size: 20 };

fn form(name: &str) -> LabDetails {
    LabDetails {
        name: name.into(),
        slug: name.to_lowercase().replace(' ', "-"),
        institution: "Example University".into(),
        principal_investigator_name: "Prof".into(),
        contact_email: format!("{}@lab.test", name.to_lowercase().replace(' ', ".")),
        contact_phone: "1".into(),
        description: "We ask.".into(),
        irb_contact_info: "Board".into(),
        ..LabDetails::default()
    }
}

fn account(actor: &Actor) -> domain::accounts::AccountId {
    actor.person().unwrap().account
}

async fn maker(app: &TestApp) -> Actor {
    let powers = Powers {
        is_researcher: true,
        ..Powers::default()
    };
    app.person("maker@example.org", powers).await
}

/// A lab that staff approved, and the researcher who made it.
async fn approved(app: &TestApp) -> (LabId, Actor) {
    let (maker, staff) = (maker(app).await, app.staff().await);
    let id = labs::create(&app.ctx, &maker, &form("Child Lab"))
        .await
        .unwrap();
    studies::set_lab_approval(&app.ctx, &staff, id, true)
        .await
        .unwrap();
    (id, maker)
}

#[apply(on_both_databases!)]
async fn only_researchers_make_labs_and_staff_are_told(app: TestApp) {
    app.staff().await;
    let maker = maker(&app).await;
    let family = app.family("f@example.org").await;
    for (actor, expected) in [(&Actor::Visitor, "sign in first"), (&family, "not allowed")] {
        assert_eq!(
            labs::create(&app.ctx, actor, &form("Child Lab"))
                .await
                .unwrap_err()
                .to_string(),
            expected
        );
    }
    labs::create(&app.ctx, &maker, &form("Child Lab"))
        .await
        .unwrap();
    assert!(app.emails().await.contains(&(
        "staff@example.org".into(),
        "Child Lab is waiting for approval".into()
    )));
    let twice = labs::create(&app.ctx, &maker, &form("Child Lab"))
        .await
        .unwrap_err();
    assert_eq!(
        twice
            .violations()
            .iter()
            .map(|violation| violation.field.as_str())
            .collect::<Vec<_>>(),
        ["name", "slug", "contact_email"]
    );
}

#[apply(on_both_databases!)]
async fn staff_approve_a_lab_and_its_maker_is_told_once(app: TestApp) {
    let (staff, maker) = (app.staff().await, maker(&app).await);
    let id = labs::create(&app.ctx, &maker, &form("Child Lab"))
        .await
        .unwrap();
    assert!(
        matches!(
            studies::set_lab_approval(&app.ctx, &maker, id, true).await,
            Err(Error::Denied)
        ),
        "not by its own admin"
    );
    studies::set_lab_approval(&app.ctx, &staff, id, true)
        .await
        .unwrap();
    studies::set_lab_approval(&app.ctx, &staff, id, true)
        .await
        .unwrap();
    let emails = app.emails().await;
    assert_eq!(
        emails
            .iter()
            .filter(|(to, subject)| to == "maker@example.org" && subject == "Child Lab is approved")
            .count(),
        1
    );
    assert_eq!(app.audited(AuditAction::LabApproved).await, 1);
}

#[apply(on_both_databases!)]
async fn a_lab_is_changed_by_its_admins_only(app: TestApp) {
    let (id, maker) = approved(&app).await;
    let renamed = LabDetails {
        name: "Children's Lab".into(),
        ..form("Child Lab")
    };
    labs::edit(&app.ctx, &maker, id, &renamed).await.unwrap();
    let page = labs::find(&app.ctx, &maker, id).await.unwrap();
    assert!(
        page.is_approved
            && page.details.name == "Children's Lab"
            && page.roles.lab == Some(LabRole::Admin)
    );
    let member = app.researcher("m@example.org", id, LabRole::Member).await;
    assert!(matches!(
        labs::edit(&app.ctx, &member, id, &form("Mine")).await,
        Err(Error::Denied)
    ));
    assert_eq!(
        labs::find_by_slug(&app.ctx, "Child-Lab")
            .await
            .unwrap()
            .details
            .name,
        "Children's Lab"
    );
}

#[apply(on_both_databases!)]
async fn a_lab_is_found_by_its_words_and_the_sandbox_by_nobody(app: TestApp) {
    let (id, maker) = approved(&app).await;
    let renamed = LabDetails {
        name: "Children's Lab".into(),
        ..form("Child Lab")
    };
    labs::edit(&app.ctx, &maker, id, &renamed).await.unwrap();
    let member = app.researcher("m@example.org", id, LabRole::Member).await;
    assert!(
        labs::find_by_slug(&app.ctx, "sandbox").await.is_err(),
        "the sandbox is not a page for families"
    );
    assert_eq!(
        labs::list(&app.ctx, &member, LabFilter::All, "PROF children", PAGE)
            .await
            .unwrap()
            .total,
        1
    );
    assert!(matches!(
        labs::list(&app.ctx, &member, LabFilter::Unapproved, "", PAGE).await,
        Err(Error::Denied)
    ));
}
#[apply(on_both_databases!)]
async fn pictures_are_checked_and_drawn_anew(app: TestApp) {
    let lab = app.lab("Lab").await;
    let admin = app.researcher("a@example.org", lab, LabRole::Admin).await;
    let guest = app.researcher("g@example.org", lab, LabRole::Guest).await;
    let draw = |width: u32, height: u32| {
        let mut file = b"P6 ".to_vec();
        file.extend_from_slice(format!("{width} {height} 255\n").as_bytes());
        file
    };
    assert!(
        matches!(
            labs::set_picture(&app.ctx, &admin, lab, LabPicture::Badge, draw(4, 4)).await,
            Err(Error::Invalid(_))
        ),
        "not a format that is read"
    );
    let png = png(40, 40);
    assert!(matches!(
        labs::set_picture(&app.ctx, &guest, lab, LabPicture::Badge, png.clone()).await,
        Err(Error::Denied)
    ));
    let square = labs::set_picture(&app.ctx, &admin, lab, LabPicture::Banner, png.clone()).await;
    let Err(Error::Invalid(wrong)) = square else {
        panic!("a banner is twice as wide as high")
    };
    let message = wrong.message("banner").unwrap();
    assert!(message.contains("twice as wide"));
    assert!(matches!(
        labs::set_picture(&app.ctx, &admin, lab, LabPicture::Badge, Vec::new()).await,
        Err(Error::Invalid(_))
    ));
    labs::set_picture(&app.ctx, &admin, lab, LabPicture::Badge, png)
        .await
        .unwrap();
    let badge = labs::find(&app.ctx, &admin, lab).await.unwrap().badge;
    let kept = app.ctx.storage.picture(&badge).await.unwrap().unwrap();
    assert_eq!(Picture::read(&kept).unwrap().size(), (40, 40));
    labs::remove_picture(&app.ctx, &admin, lab, LabPicture::Badge)
        .await
        .unwrap();
    assert!(
        labs::find(&app.ctx, &admin, lab)
            .await
            .unwrap()
            .badge
            .is_empty()
    );
}

#[apply(on_both_databases!)]
async fn people_ask_and_are_let_in_or_not(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let admin = app.researcher("a@example.org", lab, LabRole::Admin).await;
    let asks = app.researcher("r@example.org", other, LabRole::Admin).await;
    for _ in 0..2 {
        labs::request_join(&app.ctx, &asks, lab).await.unwrap();
    }
    assert_eq!(
        app.emails()
            .await
            .iter()
            .filter(|(to, subject)| to == "a@example.org" && subject.ends_with("asks to join Lab"))
            .count(),
        1,
        "asking again tells nobody again"
    );
    assert!(labs::find(&app.ctx, &asks, lab).await.unwrap().has_asked);
    assert!(matches!(
        labs::members(&app.ctx, &asks, lab, "", PAGE).await,
        Err(Error::Denied)
    ));
    assert!(
        matches!(
            labs::set_role(&app.ctx, &asks, lab, account(&asks), LabRole::Admin).await,
            Err(Error::Denied)
        ),
        "nobody lets themselves in"
    );
    labs::withdraw_request(&app.ctx, &asks, lab).await.unwrap();
    assert!(
        matches!(
            labs::set_role(&app.ctx, &admin, lab, account(&asks), LabRole::Member).await,
            Err(Error::NotFound(_))
        ),
        "only those who asked"
    );
    let family = app.family("f@example.org").await;
    assert!(
        matches!(
            labs::set_role(&app.ctx, &admin, lab, account(&family), LabRole::Member).await,
            Err(Error::NotFound(_))
        ),
        "no family is pulled in"
    );
    labs::request_join(&app.ctx, &asks, lab).await.unwrap();
    labs::decline_request(&app.ctx, &admin, lab, account(&asks))
        .await
        .unwrap();
    labs::request_join(&app.ctx, &asks, lab).await.unwrap();
    assert_eq!(
        labs::members(&app.ctx, &admin, lab, "", PAGE)
            .await
            .unwrap()
            .asking
            .len(),
        1
    );
    labs::set_role(&app.ctx, &admin, lab, account(&asks), LabRole::ReadOnly)
        .await
        .unwrap();
    let found = labs::members(&app.ctx, &admin, lab, "R@EXAMPLE", PAGE)
        .await
        .unwrap();
    assert!(
        found.asking.is_empty()
            && found.page.entries.len() == 1
            && found.page.entries[0].role == LabRole::ReadOnly
    );
    assert!(
        app.emails()
            .await
            .contains(&("r@example.org".into(), "Your role in Lab: Read-only".into()))
    );
}

#[apply(on_both_databases!)]
async fn a_lab_and_its_studies_keep_an_admin(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let one = app.researcher("a@example.org", lab, LabRole::Admin).await;
    let two = app.researcher("b@example.org", lab, LabRole::Member).await;
    assert!(matches!(
        labs::leave(&app.ctx, &one, lab).await,
        Err(Error::Conflict(_))
    ));
    assert!(matches!(
        labs::set_role(&app.ctx, &one, lab, account(&one), LabRole::Guest).await,
        Err(Error::Conflict(_))
    ));
    assert!(matches!(
        accounts::request_deletion(&app.ctx, &one, PASSWORD.to_owned().into()).await,
        Err(Error::Conflict(_))
    ));
    app.study_role(&two, study, domain::studies::StudyRole::Admin)
        .await;
    let removed = labs::remove_member(&app.ctx, &one, lab, account(&two)).await;
    assert!(matches!(removed, Err(Error::Conflict(words)) if words.contains("Study")));
    app.study_role(&one, study, domain::studies::StudyRole::Admin)
        .await;
    labs::remove_member(&app.ctx, &one, lab, account(&two))
        .await
        .unwrap();
    assert!(
        studies::find_of_lab(&app.ctx, &two, study).await.is_err(),
        "out of the lab, out of its studies"
    );
    assert!(
        app.emails()
            .await
            .contains(&("b@example.org".into(), "You are no longer in Lab".into()))
    );
    // Two admins who both demote the other at once: one stays.
    app.lab_role(&two, lab, LabRole::Admin).await;
    let (first, second) = futures::join!(
        labs::set_role(&app.ctx, &one, lab, account(&two), LabRole::Guest),
        labs::set_role(&app.ctx, &two, lab, account(&one), LabRole::Guest)
    );
    let admins = labs::members(
        &app.ctx,
        if first.is_ok() { &one } else { &two },
        lab,
        "",
        PAGE,
    )
    .await
    .unwrap()
    .page
    .entries
    .into_iter()
    .filter(|member| member.role == LabRole::Admin)
    .count();
    assert!(admins >= 1, "{first:?} {second:?}");
}

#[apply(on_both_databases!)]
async fn a_lab_that_nobody_approved_writes_to_few_and_shows_nothing(app: TestApp) {
    let maker = app
        .person(
            "maker@example.org",
            Powers {
                is_researcher: true,
                ..Powers::default()
            },
        )
        .await;
    let lab = labs::create(&app.ctx, &maker, &form("Spam Lab"))
        .await
        .unwrap();
    assert!(matches!(
        labs::find_by_slug(&app.ctx, "spam-lab").await,
        Err(Error::NotFound(_))
    ));
    let invite = async |number: u32| {
        labs::invite(
            &app.ctx,
            &maker,
            lab,
            &format!("a{number}@example.org"),
            LabRole::Guest,
        )
        .await
    };
    for number in 0..5 {
        invite(number).await.unwrap();
    }
    assert!(
        matches!(invite(5).await, Err(Error::Conflict(words)) if words.contains("not approved"))
    );
    // Taking back and inviting again has an end, too.
    let staff = app.staff().await;
    studies::set_lab_approval(&app.ctx, &staff, lab, true)
        .await
        .unwrap();
    for number in 6..19 {
        invite(number).await.unwrap();
    }
    assert!(matches!(invite(19).await, Err(Error::TooMany { .. })));
}

#[apply(on_both_databases!)]
async fn admins_invite_each_address_once(app: TestApp) {
    let lab = app.lab("Lab").await;
    let admin = app.researcher("a@example.org", lab, LabRole::Admin).await;
    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    assert!(matches!(
        labs::invite(&app.ctx, &member, lab, "new@example.org", LabRole::Admin).await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        labs::invite(&app.ctx, &admin, lab, "m@example.org", LabRole::Admin).await,
        Err(Error::Invalid(_))
    ));
    labs::invite(&app.ctx, &admin, lab, "New@example.org", LabRole::Member)
        .await
        .unwrap();
    assert!(
        matches!(
            labs::invite(&app.ctx, &admin, lab, "new@example.org", LabRole::Guest).await,
            Err(Error::Invalid(_))
        ),
        "one at a time"
    );
}

#[apply(on_both_databases!)]
async fn somebody_is_invited_makes_an_account_and_joins(app: TestApp) {
    let lab = app.lab("Lab").await;
    let admin = app.researcher("a@example.org", lab, LabRole::Admin).await;
    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    labs::invite(&app.ctx, &admin, lab, "New@example.org", LabRole::Member)
        .await
        .unwrap();
    let link = app.link("new@example.org").await;
    assert_eq!(
        labs::invitation(&app.ctx, &link).await.unwrap().lab_name,
        "Lab"
    );
    let by_another = labs::accept_invitation(&app.ctx, &member, &link).await;
    assert!(matches!(by_another, Err(Error::Conflict(words)) if words.contains("new@example.org")));
    let sign_up = SignUp {
        is_researcher: true,
        email: "new@example.org".into(),
        given_name: "New".into(),
        family_name: "Person".into(),
        password: PASSWORD.to_owned().into(),
        password_again: PASSWORD.to_owned().into(),
        ..SignUp::default()
    };
    let begun = app.sign_up(sign_up).await;
    assert!(matches!(
        labs::accept_invitation(&app.ctx, &app.actor(&begun.token).await, &link).await,
        Err(Error::SecondFactor)
    ));
    let newcomer = app.with_factor(&begun.token).await;
    let joined = labs::accept_invitation(&app.ctx, &newcomer, &link).await;
    assert_eq!(joined.unwrap(), lab);
    let page = labs::find(&app.ctx, &newcomer, lab).await.unwrap();
    assert_eq!(page.roles.lab, Some(LabRole::Member));
    assert!(
        labs::accept_invitation(&app.ctx, &newcomer, &link)
            .await
            .is_err(),
        "once"
    );
}

#[apply(on_both_databases!)]
async fn the_link_of_a_revoked_invitation_leads_nowhere(app: TestApp) {
    let lab = app.lab("Lab").await;
    let admin = app.researcher("a@example.org", lab, LabRole::Admin).await;
    labs::invite(&app.ctx, &admin, lab, "late@example.org", LabRole::Guest)
        .await
        .unwrap();
    let late = app.link("late@example.org").await;
    let open = labs::members(&app.ctx, &admin, lab, "", PAGE)
        .await
        .unwrap()
        .invitations;
    labs::revoke_invitation(&app.ctx, &admin, lab, open[0].id)
        .await
        .unwrap();
    assert!(labs::invitation(&app.ctx, &late).await.is_err());
}
/// A grey picture.
fn png(width: u32, height: u32) -> Vec<u8> {
    let image = image::DynamicImage::new_luma8(width, height);
    let mut file = std::io::Cursor::new(Vec::new());
    image.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}
