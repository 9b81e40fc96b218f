use domain::families::child::ChildId;
use macro_rules_attribute::apply;
use services::accounts::{self, StaffAction};
use services::responses::{self, RunKey, StartRun};
use services::{Actor, families};

use super::secret;
use crate::support::{PASSWORD, TestApp, on_both_databases, started};

/// A family whose child takes part, the run's key, and the ticket of another run.
struct Playing {
    family: Actor,
    child: ChildId,
    key: RunKey,
    ticket: adapters::Token,
}

async fn playing(app: &TestApp, email: &str) -> Playing {
    let study = app.study(app.lab(email).await, "Study", |_| ()).await;
    let (family, child) = app.family_with_child(email, "2024-01-01").await;
    let start = async || {
        let run = StartRun {
            study,
            child,
            starts_over: false,
        };
        started(responses::start(&app.ctx, &family, run).await.unwrap()).ticket
    };
    let key = responses::enter(&app.ctx, &start().await).await.unwrap();
    let ticket = start().await;
    Playing {
        family,
        child,
        key,
        ticket,
    }
}

impl Playing {
    async fn assert_over(&self, app: &TestApp, why: &str) {
        let (session, token) = (self.key.session, self.key.token.expose());
        assert_eq!(app.recognise(session, token).await, Actor::Visitor, "{why}");
        let entered = responses::enter(&app.ctx, &self.ticket).await;
        assert!(entered.is_err(), "{why}: its ticket");
    }
}

#[apply(on_both_databases!)]
async fn a_run_ends_with_what_it_stands_for(app: TestApp) {
    let staff = app.staff().await;
    let other = playing(&app, "other@example.org").await;

    let left = playing(&app, "left@example.org").await;
    accounts::sign_out_everywhere(&app.ctx, &left.family)
        .await
        .unwrap();
    left.assert_over(&app, "signed out everywhere").await;

    let changed = playing(&app, "changed@example.org").await;
    let new = || secret("other words for tonight");
    accounts::change_password(&app.ctx, &changed.family, secret(PASSWORD), new(), new())
        .await
        .unwrap();
    changed.assert_over(&app, "a new password").await;

    let off = playing(&app, "off@example.org").await;
    let account = off.family.person().unwrap().account;
    accounts::act(&app.ctx, &staff, account, StaffAction::Deactivate, "why")
        .await
        .unwrap();
    off.assert_over(&app, "switched off").await;

    let leaving = playing(&app, "leaving@example.org").await;
    accounts::request_deletion(&app.ctx, &leaving.family, secret(PASSWORD))
        .await
        .unwrap();
    leaving.assert_over(&app, "asked for its deletion").await;

    let removed = playing(&app, "removed@example.org").await;
    families::delete_child(&app.ctx, &removed.family, removed.child)
        .await
        .unwrap();
    removed.assert_over(&app, "the child is deleted").await;

    let (session, token) = (other.key.session, other.key.token.expose());
    let run = app.recognise(session, token).await;
    assert!(matches!(run, Actor::Run(_)), "nobody else's");
}
