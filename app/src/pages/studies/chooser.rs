//! The card that starts a study: which child takes part, or what must happen before.

use domain::families::child::ChildId;
use domain::studies::Study;
use leptos::prelude::*;
use services::studies::{ChildEligibility, StudyPage};

use super::mismatch::mismatch_in_words;
use crate::form::{Form, FormState};
use crate::parts::{FormFaults, When, button_form};
use crate::paths::{sign_in_path, with_next};
use crate::request::Request;

pub(super) fn chooser(request: &Request, found: &StudyPage) -> AnyView {
    let here = format!("/studies/{}", found.study.id);
    if !found.study.state.is_open() {
        not_open(&found.study)
    } else if request.actor.person().is_none() {
        join(&here)
    } else if found.children.is_empty() {
        add_child(&here)
    } else {
        choose(&request.form, found)
    }
}

/// For researchers, who may see the page before families do.
fn not_open(study: &Study) -> AnyView {
    let id = study.id;
    let clone = format!("/exp/studies/{id}/clone");
    view! {
        <h2>"Not open"</h2>
        <p>
            "Families don't see this page at the moment. "
            "They can take part once the study collects data."
        </p>
        <form method="post" action=format!("/exp/studies/{id}/preview")>
            <button class="button wide" type="submit">
                "Try it"
            </button>
        </form>
        <p>{button_form(clone, "button plain small", "Clone", study.ad.name.clone(), vec![])}</p>
    }
    .into_any()
}

fn join(here: &str) -> AnyView {
    view! {
        <h2>"Take part"</h2>
        <p>
            "Please create a free family account first. "
            "Then we can tell which of your children this study fits."
        </p>
        <p>
            <a class="button" href=with_next("/signup", Some(here))>
                "Sign up"
            </a>
            " or "
            <a href=sign_in_path(here)>"sign in"</a>
        </p>
    }
    .into_any()
}

fn add_child(here: &str) -> AnyView {
    view! {
        <h2>"Take part"</h2>
        <p>"Tell us about your child first: a name and a birthday are enough."</p>
        <p>
            <a class="button" href=with_next("/account/children/add", Some(here))>
                "Add a child"
            </a>
        </p>
    }
    .into_any()
}

fn choose(form: &FormState, found: &StudyPage) -> AnyView {
    let action = format!("/studies/{}/start", found.study.id);
    let form = form.of(&action, Form::default());
    let preferred = preferred(&found.children, &form.form.text("child"));
    let children = found
        .children
        .iter()
        .map(|child| child_choice(found, child, preferred == Some(child.child.id)));
    let for_fun = found
        .children
        .iter()
        .any(|child| !child.mismatches.is_empty());
    let for_fun = for_fun.then(|| {
        view! {
            <p class="help">
                "A child who does not fit may still take part, just for fun. "
                "The researchers will know, and may not be able to use the answers."
            </p>
        }
    });
    let start_over = found
        .children
        .iter()
        .any(|child| child.unfinished.is_some());
    let start_over = start_over.then(|| {
        view! {
            <label class="choice">
                <input type="checkbox" name="start_over" value="1" />
                <span>"Start again from the beginning"</span>
            </label>
        }
    });
    view! {
        <h2>"Who takes part?"</h2>
        <form method="post" action=action>
            <FormFaults form />
            <fieldset class="child-chooser" id="child">
                <legend class="visually-hidden">"Choose a child"</legend>
                {children.collect_view()}
            </fieldset>
            {for_fun}
            {start_over}
            <button class="button wide" type="submit">
                "Take part"
            </button>
            <p class="help">"The study opens in this window. You can stop at any time."</p>
        </form>
    }
    .into_any()
}

/// The child that was chosen before, or the first that fits, best one that has not taken part yet.
fn preferred(children: &[ChildEligibility], chosen: &str) -> Option<ChildId> {
    let fitting = || children.iter().filter(|child| child.mismatches.is_empty());
    children
        .iter()
        .find(|child| child.child.id.to_string() == chosen)
        .or_else(|| fitting().find(|child| !child.has_done))
        .or_else(|| fitting().next())
        .map(|child| child.child.id)
}

fn child_choice(found: &StudyPage, child: &ChildEligibility, is_chosen: bool) -> AnyView {
    let name = child.child.details.given_name.clone();
    let lines = if child.mismatches.is_empty() {
        vec![fit_line("yes", format!("This study fits {name}."))]
    } else {
        let lines = child.mismatches.iter();
        let lines = lines.map(|mismatch| mismatch_in_words(found, child, mismatch));
        lines.map(|words| fit_line("no", words)).collect()
    };
    let answer = if child.mismatches.is_empty() {
        "yes"
    } else {
        "no"
    };
    let is_done = child.has_done && child.unfinished.is_none();
    let done = is_done.then(|| {
        view! { <span class="fit-line quiet-text">"Has done this study before."</span> }
    });
    let unfinished = child.unfinished.map(|(_, at)| {
        view! {
            <span class="fit-line quiet-text">
                "Started on " <When at /> "; you can continue where you stopped."
            </span>
        }
    });
    view! {
        <label class="choice child-choice" data-fits=answer>
            <input type="radio" name="child" value=child.child.id.to_string() checked=is_chosen />
            <span>
                <strong>{name}</strong>
                {lines}
                {done}
                {unfinished}
            </span>
        </label>
    }
    .into_any()
}

fn fit_line(answer: &'static str, words: String) -> AnyView {
    view! {
        <span class="fit-line" data-fits=answer>
            {words}
        </span>
    }
    .into_any()
}
