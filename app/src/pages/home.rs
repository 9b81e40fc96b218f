//! The start page: one sentence, one picture, one thing to do.

use domain::studies::AGE_BANDS;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

#[component]
pub fn Home() -> impl IntoView {
    view! {
        <Title text="" />
        <Meta
            name="description"
            content="Short studies about how children think, played at home with your child."
        />
        {hero()}
        <section class="facts">
            <h2 class="visually-hidden">"Good to know"</h2>
            <ul>
                {fact("From home", "In your browser, whenever it suits you.")}
                {fact("Short", "Most studies take less than ten minutes.")}
                {fact("Yours to decide", "Stop at any moment. You choose who may see what.")}
            </ul>
        </section>
        <section class="steps">
            <h2>"How it works"</h2>
            <ol>
                {step("Tell us about your child", "A birthday is enough to find studies that fit.")}
                {step(
                    "Take part together",
                    "The study opens in your browser. You sit beside your child, and the page \
                     tells you what to do.",
                )}
                {step(
                    "See what you did",
                    "Every study that you took part in stays in your history.",
                )}
            </ol>
        </section>
        <p class="quiet-door">
            "Are you a researcher? " <a href="/exp/studies">"Your lab is this way."</a>
        </p>
    }
}

fn hero() -> AnyView {
    let ages = AGE_BANDS
        .iter()
        .map(|band| view! { <option value=band.slug>{band.label}</option> });
    view! {
        <section class="hero">
            <div class="hero-words">
                <h1>"Little scientists needed."</h1>
                <p class="lead">
                    "Watch, listen and puzzle with your child at home, "
                    "and help researchers find out how children think."
                </p>
                <form class="age-chooser" method="get" action="/studies">
                    <label for="age">"How old is your child?"</label>
                    <div class="row">
                        <select id="age" name="age">
                            <option value="">"Any age"</option>
                            {ages.collect_view()}
                        </select>
                        <button class="button" type="submit">
                            "Find a study"
                        </button>
                    </div>
                </form>
            </div>
            <img
                class="hero-picture"
                src="/home.svg"
                width="560"
                height="420"
                alt="A child points at a smiling face on a computer screen while a cat watches."
            />
        </section>
    }
    .into_any()
}

fn fact(title: &'static str, words: &'static str) -> AnyView {
    view! {
        <li>
            <strong>{title}</strong>
            <span>{words}</span>
        </li>
    }
    .into_any()
}

fn step(title: &'static str, words: &'static str) -> AnyView {
    view! {
        <li>
            <h3>{title}</h3>
            <p>{words}</p>
        </li>
    }
    .into_any()
}
