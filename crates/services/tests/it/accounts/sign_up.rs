use chrono::Duration;
use domain::accounts::{PendingAccountId, Powers};
use domain::labs::LabRole;
use entities::{account, email, pending_account, session, throttle};
use futures::future::join_all;
use macro_rules_attribute::apply;
use sea_orm::{EntityTrait, PaginatorTrait};
use services::accounts::{self, SignUp};
use services::labs::{self, LabFilter};
use services::paging::Paging;
use services::{Actor, Error, jobs};

use super::{codes, form, from, is_about, secret, shown_code, sign_in, sign_up};
use crate::support::{PASSWORD, TestApp, on_both_databases};

#[apply(on_both_databases!)]
async fn bad_sign_ups_are_refused_whole(app: TestApp) {
    let refuse = async |form: SignUp| codes(&sign_up(&app, form, "1").await.err().unwrap());
    assert_eq!(
        refuse(form("nobody", "short", "other")).await,
        [
            "email:no_address",
            "password:too_short",
            "password_again:different"
        ]
    );
    assert_eq!(
        refuse(form("a@example.org", "password1234", "password1234")).await,
        ["password:too_weak"]
    );
    assert_eq!(
        refuse(form(
            "violet@example.org",
            "violet@example.org",
            "violet@example.org"
        ))
        .await,
        ["password:too_weak"]
    );
    sign_up(&app, form("a@example.org", PASSWORD, PASSWORD), "1")
        .await
        .unwrap();
}

#[apply(on_both_databases!)]
async fn signing_up_often_from_one_network_must_wait(app: TestApp) {
    for number in 0..20 {
        let form = form(&format!("a{number}@example.org"), PASSWORD, PASSWORD);
        sign_up(&app, form, "2001:db8::1").await.unwrap();
    }
    let form = || form("b@example.org", PASSWORD, PASSWORD);
    let neighbour = sign_up(&app, form(), "2001:db8::2").await;
    assert!(matches!(neighbour, Err(Error::TooMany { .. })));
    sign_up(&app, form(), "2001:db8:0:1::2").await.unwrap();
}

#[apply(on_both_databases!)]
async fn a_mailbox_gets_ten_codes_a_day(app: TestApp) {
    let begin = async |address: String| {
        let form = form("a@example.org", PASSWORD, PASSWORD);
        accounts::sign_up(&app.ctx, &Actor::Visitor, form, &from(&address)).await
    };
    for number in 0..10 {
        begin(format!("network {number}")).await.unwrap();
        assert_eq!(app.emails().await.len(), number + 1);
        app.clock.advance(Duration::minutes(16));
    }
    let eleventh = begin("home".to_owned()).await;
    assert!(matches!(eleventh, Err(Error::TooMany { minutes: 1280 })));
    app.clock.advance(Duration::hours(22));
    begin("home".to_owned()).await.unwrap();
}

#[apply(on_both_databases!)]
async fn there_is_no_account_before_its_address_is_proven(app: TestApp) {
    let form = form("Ada@example.org", PASSWORD, PASSWORD);
    let id = accounts::sign_up(&app.ctx, &Actor::Visitor, form, &from("1")).await;
    let id = id.unwrap();
    let accounts_now = async || account::Entity::find().count(&app.db).await.unwrap();
    assert_eq!(accounts_now().await, 0);
    assert!(
        sign_in(&app, "ada@example.org", PASSWORD, "1")
            .await
            .is_err()
    );
    let row = pending_account::Entity::find().one(&app.db).await;
    assert!(!row.unwrap().unwrap().sealed.contains("ada"));
    app.emails().await;
    let mail = app.ctx.mail.kept().pop().unwrap();
    let code = shown_code(&app, id).await;
    assert_eq!(mail.to, "ada@example.org");
    assert!(mail.text.contains(&format!("\n{code}\n")) && !mail.subject.contains(&code));
    let finish = async |code: &str| {
        let (visitor, client) = (Actor::Visitor, from("1"));
        accounts::finish_sign_up(&app.ctx, &visitor, id, code, &client).await
    };
    let wrong = if code == "123456" { "654321" } else { "123456" };
    assert_eq!(codes(&finish(wrong).await.err().unwrap()), ["code:wrong"]);
    assert_eq!(accounts_now().await, 0);
    let typed = format!(" {} {} ", &code[..3], &code[3..]);
    let begun = finish(&typed).await.unwrap();
    let actor = app.actor(&begun.token).await;
    assert_eq!(actor.person().unwrap().email, "ada@example.org");
    let again = finish(&code).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "once");
    assert_eq!(accounts_now().await, 1);
}

#[apply(on_both_databases!)]
async fn a_code_works_for_an_hour(app: TestApp) {
    let form = form("ada@example.org", PASSWORD, PASSWORD);
    let id = accounts::sign_up(&app.ctx, &Actor::Visitor, form, &from("1")).await;
    let id = id.unwrap();
    let code = shown_code(&app, id).await;
    app.clock.advance(Duration::minutes(60));
    let late = accounts::finish_sign_up(&app.ctx, &Actor::Visitor, id, &code, &from("1")).await;
    assert!(matches!(late, Err(Error::Conflict(_))));
    assert!(app.emails().await.is_empty(), "nor is it sent any more");
}

#[apply(on_both_databases!)]
async fn of_five_hundred_guesses_at_a_sign_up_five_are_looked_at(app: TestApp) {
    let form = form("ada@example.org", PASSWORD, PASSWORD);
    let id = accounts::sign_up(&app.ctx, &Actor::Visitor, form, &from("1")).await;
    let id = id.unwrap();
    let guesses = (0..500).map(async |number| {
        let (visitor, client) = (Actor::Visitor, from(&format!("network {number}")));
        let code = format!("{number:06}");
        accounts::finish_sign_up(&app.ctx, &visitor, id, &code, &client).await
    });
    let guessed = join_all(guesses).await;
    let looked_at = guessed.iter().filter(|guess| is_about(guess, "code"));
    assert_eq!(looked_at.count(), 5);
    let code = shown_code(&app, id).await;
    let right = accounts::finish_sign_up(&app.ctx, &Actor::Visitor, id, &code, &from("1")).await;
    assert!(matches!(right, Err(Error::TooMany { .. })));
}

/// Statements of a sign-up, and how many rows each table has more after it.
async fn traces(app: &TestApp, email: &str) -> (PendingAccountId, usize, Vec<u64>) {
    let rows = async || {
        let (db, waiting) = (&app.db, jobs::waiting(&app.ctx).await.unwrap());
        let waiting: i64 = waiting.iter().map(|(_, waiting)| waiting).sum();
        vec![
            account::Entity::find().count(db).await.unwrap(),
            pending_account::Entity::find().count(db).await.unwrap(),
            email::Entity::find().count(db).await.unwrap(),
            session::Entity::find().count(db).await.unwrap(),
            throttle::Entity::find().count(db).await.unwrap(),
            u64::try_from(waiting).unwrap(),
        ]
    };
    let (rows_before, before) = (rows().await, app.ctx.statements());
    let form = form(email, PASSWORD, PASSWORD);
    let id = accounts::sign_up(&app.ctx, &Actor::Visitor, form, &from(email)).await;
    let read = app.ctx.statements() - before;
    let more = rows().await.into_iter().zip(rows_before);
    let more = more.map(|(now, before)| now - before).collect();
    (id.unwrap(), read, more)
}

#[apply(on_both_databases!)]
async fn signing_up_with_a_known_address_looks_like_any_other(app: TestApp) {
    let owner = app.person("ada@example.org", Powers::default()).await;
    let (known, read, more) = traces(&app, "ada@example.org").await;
    let (new, read_of_new, more_of_new) = traces(&app, "new@example.org").await;
    assert_eq!((read, &more), (read_of_new, &more_of_new), "the same work");
    assert_eq!(more[..4], [0, 1, 1, 0]);

    // Neither is an account yet, in whichever browser somebody tries.
    let error = async |email: &str| {
        let tried = sign_in(&app, email, "three odd socks dancing", "2").await;
        codes(&tried.err().unwrap())
    };
    assert_eq!(
        error("ada@example.org").await,
        error("new@example.org").await
    );
    let wrong = async |id| {
        let (visitor, client) = (Actor::Visitor, from("2"));
        let tried = accounts::finish_sign_up(&app.ctx, &visitor, id, "12", &client).await;
        codes(&tried.err().unwrap())
    };
    assert_eq!(wrong(known).await, wrong(new).await);

    let emails = app.emails().await;
    assert_eq!(
        emails,
        [
            ("ada@example.org", "You already have an account"),
            ("new@example.org", "Your code for signing up"),
        ]
        .map(|(to, subject)| (to.to_owned(), subject.to_owned()))
    );
    let of_known = shown_code(&app, known).await;
    let mails = app.ctx.mail.kept();
    assert!(mails.iter().all(|mail| !mail.text.contains(&of_known)));
    // Whoever guessed it all the same gets no account and no session.
    let (visitor, client) = (Actor::Visitor, from("1"));
    let taken = accounts::finish_sign_up(&app.ctx, &visitor, known, &of_known, &client).await;
    assert!(matches!(taken, Err(Error::Conflict(_))));
    assert!(accounts::settings(&app.ctx, &owner).await.is_ok());
}

#[apply(on_both_databases!)]
async fn researchers_sign_up_into_the_sandbox(app: TestApp) {
    let new = |given: &str| SignUp {
        is_researcher: true,
        given_name: given.into(),
        family_name: "Lovelace".into(),
        ..form("ada@example.org", PASSWORD, PASSWORD)
    };
    assert_eq!(
        codes(&sign_up(&app, new(""), "1").await.err().unwrap()),
        ["given_name:required"]
    );
    let short = SignUp {
        password: secret("quiet owl sing"),
        password_again: secret("quiet owl sing"),
        ..new("Ada")
    };
    assert_eq!(
        codes(&sign_up(&app, short, "1").await.err().unwrap()),
        ["password:too_short"]
    );
    let begun = sign_up(&app, new("Ada"), "1").await.unwrap();
    let actor = app.actor(&begun.token).await;
    let paging = Paging::of(None, 10);
    let list = async |actor: &Actor| labs::list(&app.ctx, actor, LabFilter::Mine, "", paging).await;
    assert!(
        matches!(list(&actor).await, Err(Error::SecondFactor)),
        "nothing of a lab without a second factor"
    );
    let actor = app.with_factor(&begun.token).await;
    let mine = list(&actor).await.unwrap().entries;
    assert_eq!(
        (mine.len(), mine[0].name.as_str(), mine[0].role),
        (1, "Sandbox", Some(LabRole::Guest))
    );
}
