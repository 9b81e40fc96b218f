use chrono::Duration;
use domain::accounts::Powers;
use services::accounts::{self, Device, NewAccount, SignUp};
use services::{Actor, Error};

use crate::support::{PASSWORD, both};

fn form(email: &str, password: &str, again: &str) -> SignUp {
    SignUp { email: email.into(), nickname: String::new(), password: password.to_owned().into(), password_again: again.to_owned().into() }
}

fn codes(error: &Error) -> Vec<String> {
    error.violations().iter().map(|violation| format!("{}:{}", violation.field, violation.code)).collect()
}

fn from(address: &str) -> Device {
    Device { user_agent: "Firefox".into(), address: address.into() }
}

both! {
    async fn a_family_signs_up_out_and_in(app: TestApp) {
        let begun = accounts::sign_up(&app.ctx, &Actor::Visitor, form("Ada@Example.org", PASSWORD, PASSWORD), &from("1")).await.unwrap();
        let actor = accounts::recognise(&app.ctx, &begun.token).await.unwrap();
        assert!(matches!(&actor, Actor::Family(person) if person.email == "ada@example.org"));
        accounts::sign_out(&app.ctx, &actor).await.unwrap();
        assert_eq!(accounts::recognise(&app.ctx, &begun.token).await.unwrap(), Actor::Visitor);
        let again = accounts::sign_in(&app.ctx, " ADA@example.org", PASSWORD.to_owned().into(), &from("1")).await.unwrap();
        assert!(accounts::recognise(&app.ctx, &again.token).await.unwrap().person().is_some());
    }

    async fn bad_sign_ups_are_refused_whole(app: TestApp) {
        let refuse = async |form: SignUp| codes(&accounts::sign_up(&app.ctx, &Actor::Visitor, form, &from("1")).await.err().unwrap());
        assert_eq!(refuse(form("nobody", "short", "other")).await, ["email:no_address", "password:too_short", "password_again:different"]);
        assert_eq!(refuse(form("a@example.org", "password1234", "password1234")).await, ["password:too_weak"]);
        assert_eq!(refuse(form("violet@example.org", "violet@example.org", "violet@example.org")).await, ["password:too_weak"]);
        accounts::sign_up(&app.ctx, &Actor::Visitor, form("a@example.org", PASSWORD, PASSWORD), &from("1")).await.unwrap();
        assert_eq!(refuse(form("A@Example.org", PASSWORD, PASSWORD)).await, ["email:taken"]);
    }

    async fn an_unknown_address_and_a_wrong_password_look_the_same(app: TestApp) {
        app.family("ada@example.org").await;
        let wrong = accounts::sign_in(&app.ctx, "ada@example.org", "not the password".to_owned().into(), &from("1")).await.err().unwrap();
        let unknown = accounts::sign_in(&app.ctx, "eve@example.org", PASSWORD.to_owned().into(), &from("1")).await.err().unwrap();
        let no_address = accounts::sign_in(&app.ctx, "eve", PASSWORD.to_owned().into(), &from("1")).await.err().unwrap();
        assert_eq!(wrong.violations(), unknown.violations());
        assert_eq!(wrong.violations(), no_address.violations());
    }

    async fn guessing_one_account_must_wait_and_then_may_go_on(app: TestApp) {
        app.family("ada@example.org").await;
        let guess = async |password: &str, address: &str| accounts::sign_in(&app.ctx, "ada@example.org", password.to_owned().into(), &from(address)).await;
        for number in 0..8 {
            assert!(matches!(guess("wrong password", &format!("address {number}")).await, Err(Error::Invalid(_))));
        }
        assert!(matches!(guess(PASSWORD, "home").await, Err(Error::TooMany { minutes: 15 })), "even the right password waits");
        app.clock.advance(Duration::minutes(16));
        assert!(guess(PASSWORD, "home").await.is_ok());
        for _ in 0..7 {
            assert!(matches!(guess("wrong password", "home").await, Err(Error::Invalid(_))));
        }
        assert!(guess(PASSWORD, "home").await.is_ok(), "a success clears the count");
    }

    async fn guessing_from_one_address_must_wait(app: TestApp) {
        for number in 0..60 {
            let result = accounts::sign_in(&app.ctx, &format!("a{number}@example.org"), "wrong password".to_owned().into(), &from("attacker")).await;
            assert!(matches!(result, Err(Error::Invalid(_))), "{number}");
        }
        app.family("ada@example.org").await;
        let blocked = accounts::sign_in(&app.ctx, "ada@example.org", PASSWORD.to_owned().into(), &from("attacker")).await;
        assert!(matches!(blocked, Err(Error::TooMany { .. })));
        assert!(accounts::sign_in(&app.ctx, "ada@example.org", PASSWORD.to_owned().into(), &from("home")).await.is_ok());
    }

    async fn making_many_accounts_must_wait(app: TestApp) {
        for number in 0..20 {
            accounts::sign_up(&app.ctx, &Actor::Visitor, form(&format!("a{number}@example.org"), PASSWORD, PASSWORD), &from("one")).await.unwrap();
        }
        assert!(matches!(accounts::sign_up(&app.ctx, &Actor::Visitor, form("b@example.org", PASSWORD, PASSWORD), &from("one")).await, Err(Error::TooMany { .. })));
    }

    async fn sessions_end_by_themselves_and_everywhere_at_once(app: TestApp) {
        let first = accounts::sign_up(&app.ctx, &Actor::Visitor, form("ada@example.org", PASSWORD, PASSWORD), &from("1")).await.unwrap();
        let second = accounts::sign_in(&app.ctx, "ada@example.org", PASSWORD.to_owned().into(), &from("2")).await.unwrap();
        let actor = Actor::of(second.person);
        let listed = accounts::sessions(&app.ctx, &actor).await.unwrap();
        assert_eq!(listed.iter().filter(|session| session.is_current).count(), 1);
        assert_eq!(accounts::sign_out_everywhere(&app.ctx, &actor).await.unwrap(), 2);
        for token in [&first.token, &second.token] {
            assert_eq!(accounts::recognise(&app.ctx, token).await.unwrap(), Actor::Visitor);
        }
        let third = accounts::sign_in(&app.ctx, "ada@example.org", PASSWORD.to_owned().into(), &from("1")).await.unwrap();
        app.clock.advance(Duration::days(15));
        assert_eq!(accounts::recognise(&app.ctx, &third.token).await.unwrap(), Actor::Visitor);
    }

    async fn operators_make_and_change_accounts(app: TestApp) {
        let new = NewAccount { powers: Powers { is_researcher: true, is_staff: false }, ..NewAccount::default() };
        let denied = accounts::create(&app.ctx, &Actor::Visitor, "r@example.org", PASSWORD.to_owned().into(), new.clone()).await;
        assert!(matches!(denied, Err(Error::Denied)));
        let short = accounts::create(&app.ctx, &Actor::System, "r@example.org", "kind zebras".to_owned().into(), new.clone()).await.unwrap_err();
        assert_eq!(codes(&short), ["password:too_short"], "researchers need sixteen characters");
        accounts::create(&app.ctx, &Actor::System, "r@example.org", PASSWORD.to_owned().into(), new).await.unwrap();
        let begun = accounts::sign_in(&app.ctx, "r@example.org", PASSWORD.to_owned().into(), &from("1")).await.unwrap();
        assert!(matches!(accounts::recognise(&app.ctx, &begun.token).await.unwrap(), Actor::Researcher(_)));
        accounts::promote(&app.ctx, &Actor::System, "r@example.org", Powers { is_researcher: true, is_staff: true }).await.unwrap();
        assert_eq!(accounts::recognise(&app.ctx, &begun.token).await.unwrap(), Actor::Visitor, "a change of rights ends sessions");
        accounts::set_password(&app.ctx, &Actor::System, "R@example.org", "quiet rivers carry lamps".to_owned().into()).await.unwrap();
        assert!(accounts::sign_in(&app.ctx, "r@example.org", PASSWORD.to_owned().into(), &from("1")).await.is_err());
        let begun = accounts::sign_in(&app.ctx, "r@example.org", "quiet rivers carry lamps".to_owned().into(), &from("1")).await.unwrap();
        assert!(matches!(Actor::of(begun.person), Actor::Staff(_)));
    }

    async fn demo_accounts_do_not_work_on_a_real_site(app: TestApp) {
        services::demo::seed(&app.ctx, &Actor::System).await.unwrap();
        services::demo::seed(&app.ctx, &Actor::System).await.unwrap();
        let demo = services::demo::FAMILY;
        let begun = accounts::sign_in(&app.ctx, demo.email, demo.password.to_owned().into(), &from("1")).await.unwrap();
        let cards = services::studies::list(&app.ctx, &Actor::of(begun.person), &services::studies::StudyFilter::default()).await.unwrap();
        assert_eq!(cards.len(), 3, "seeding twice changes nothing");
        assert!(cards.iter().any(|card| card.fits.iter().any(|fit| !fit.mismatches.is_empty())), "one child is too young for one study");
        let mut real = app.ctx.clone();
        real.site = std::sync::Arc::new(services::Site { is_production: true, ..(*real.site).clone() });
        assert!(accounts::sign_in(&real, demo.email, demo.password.to_owned().into(), &from("1")).await.is_err());
        assert!(matches!(services::demo::seed(&real, &Actor::System).await, Err(Error::Conflict(_))));
    }
}
