//! Signing up and in, and the account.

use domain::accounts::PasswordPolicy;
use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;

use crate::form::local_path;
use crate::islands::PasswordMeter;
use crate::parts::{FormFaults, Notice, TextField, When};
use crate::request::{Request, page};

/// Address of the sign-in page that leads back to `here`.
pub fn sign_in_path(here: &str) -> String {
    match local_path(here) {
        Some(here) if here != "/" => format!("/login?{}", serde_urlencoded::to_string([("next", here)]).unwrap_or_default()),
        _ => "/login".to_owned(),
    }
}

fn next_field(request: &Request) -> AnyView {
    let next = request.query("next").unwrap_or_else(|| request.form.form.text("next"));
    local_path(&next).map(|next| view! { <input type="hidden" name="next" value=next.to_owned()/> }).into_any()
}

/// Sign-up of a family.
#[component]
pub fn SignUp() -> impl IntoView {
    let request = Request::current();
    let next = next_field(&request);
    let form = request.form.clone();
    let minimum = PasswordPolicy::Family.minimum();
    view! {
        <Title text="Sign up"/>
        <section class="narrow">
            <h1>"Make a family account"</h1>
            <p class="lead">"One account for the whole family. You add your children next."</p>
            <form method="post" action="/signup" novalidate>
                <FormFaults form=form.clone()/>
                {next}
                <TextField form=form.clone() name="email" label="E-mail address" kind="email" autocomplete="email" required=true/>
                <TextField form=form.clone() name="nickname" label="What shall we call you?" help="A first name or a nickname." autocomplete="nickname"/>
                <TextField form=form.clone() name="password" label="Password" kind="password" autocomplete="new-password" required=true help=format!("At least {minimum} characters. Three or four words that don't belong together are easy to remember and hard to guess.")/>
                <PasswordMeter input="password".to_owned() known="email".to_owned() minimum=minimum/>
                <TextField form=form name="password_again" label="Password once more" kind="password" autocomplete="new-password" required=true/>
                <button class="button" type="submit">"Make the account"</button>
            </form>
            <p>"Have an account already? " <a href="/login">"Sign in"</a>"."</p>
        </section>
    }
}

/// Sign-in.
#[component]
pub fn SignIn() -> impl IntoView {
    let request = Request::current();
    let next = next_field(&request);
    let came_for_something = request.query("next").is_some();
    let has_signed_out = request.query("done").as_deref() == Some("signed-out");
    let form = request.form;
    view! {
        <Title text="Sign in"/>
        <section class="narrow">
            <h1>"Sign in"</h1>
            {has_signed_out.then(|| view! { <Notice kind="good"><p>"You are signed out."</p></Notice> })}
            {came_for_something.then(|| view! { <p class="lead">"Sign in to go on. New here? "<a href="/signup">"Make a family account"</a>"; it takes a minute."</p> })}
            <form method="post" action="/login" novalidate>
                <FormFaults form=form.clone()/>
                {next}
                <TextField form=form.clone() name="email" label="E-mail address" kind="email" autocomplete="username" required=true/>
                <TextField form=form name="password" label="Password" kind="password" autocomplete="current-password" required=true/>
                <button class="button" type="submit">"Sign in"</button>
            </form>
            {(!came_for_something).then(|| view! { <p>"New here? " <a href="/signup">"Make a family account"</a>"."</p> })}
        </section>
    }
}

/// The account: who it is, and where it is signed in.
#[component]
pub fn Account() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let person = request.actor.signed_in()?.clone();
        let sessions = accounts::sessions(&request.ctx, &request.actor).await?;
        Ok(view! {
            <Title text="My account"/>
            <h1>"My account"</h1>
            <dl class="facts-list">
                <div><dt>"E-mail address"</dt><dd>{person.email}</dd></div>
                <div><dt>"Name"</dt><dd>{if person.nickname.is_empty() { "not given".to_owned() } else { person.nickname }}</dd></div>
            </dl>
            <ul class="door-list">
                <li><a href="/account/children"><strong>"My children"</strong><span>"Add a child, or change what you told about one."</span></a></li>
                <li><a href="/account/demographics"><strong>"About our family"</strong><span>"Answers that help researchers describe who takes part."</span></a></li>
                <li><a href="/studies/history"><strong>"Past studies"</strong><span>"What your family has taken part in."</span></a></li>
            </ul>
            <section>
                <h2>"Where you are signed in"</h2>
                <ul class="session-list">
                    {sessions.into_iter().map(|session| view! {
                        <li>
                            <span>{browser_name(&session.user_agent)}{session.is_current.then_some(" (this browser)")}</span>
                            <span class="quiet-text">"since " <When at=session.created_at/></span>
                        </li>
                    }).collect_view()}
                </ul>
                <form method="post" action="/account/sign-out-everywhere"><button class="button plain" type="submit">"Sign out everywhere"</button></form>
            </section>
        }
        .into_any())
    })
}

/// A browser's name out of what it calls itself, well enough to recognise one's own.
fn browser_name(user_agent: &str) -> String {
    let names = [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux")];
    let find = |table: &[(&str, &'static str)]| table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name);
    match (find(&names), find(&systems)) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ => "Another browser".to_owned(),
    }
}
