//! The start page.

use domain::studies::AGE_BANDS;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// The start page: one sentence, one picture, one thing to do.
#[component]
pub fn Home() -> impl IntoView {
    view! {
        <Title text="" />
        <Meta
            name="description"
            content="Short studies about how children think, played at home with your child."
        />
        <section class="hero">
            <div class="hero-words">
                <h1>"Little scientists needed."</h1>
                <p class="lead">
                    "Watch, listen and puzzle with your child at home, and help researchers find out how children think."
                </p>
                <form class="age-chooser" method="get" action="/studies">
                    <label for="age">"How old is your child?"</label>
                    <div class="row">
                        <select id="age" name="age">
                            <option value="">"Any age"</option>
                            {AGE_BANDS
                                .iter()
                                .map(|band| view! { <option value=band.slug>{band.label}</option> })
                                .collect_view()}
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
        <section class="facts">
            <h2 class="visually-hidden">"Good to know"</h2>
            <ul>
                <li>
                    <strong>"From home"</strong>
                    <span>"In your browser, whenever it suits you."</span>
                </li>
                <li>
                    <strong>"Short"</strong>
                    <span>"Most studies take less than ten minutes."</span>
                </li>
                <li>
                    <strong>"Yours to decide"</strong>
                    <span>"Stop at any moment. You choose who may see what."</span>
                </li>
            </ul>
        </section>
        <section class="steps">
            <h2>"How it works"</h2>
            <ol>
                <li>
                    <h3>"Tell us about your child"</h3>
                    <p>"A birthday is enough to find studies that fit."</p>
                </li>
                <li>
                    <h3>"Take part together"</h3>
                    <p>
                        "The study opens in your browser. You sit beside your child, and the page tells you what to do."
                    </p>
                </li>
                <li>
                    <h3>"See what you did"</h3>
                    <p>"Every study you took part in stays in your history."</p>
                </li>
            </ol>
        </section>
        <p class="quiet-door">
            "Are you a researcher? " <a href="/exp/studies">"Your lab is this way."</a>
        </p>
    }
}
