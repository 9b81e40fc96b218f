//! Every colour and part on one page, for those who design. It exists in development only.

use domain::studies::{AgeRange, StudyState};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::error::AppError;
use crate::form::{Form, FormState};
use crate::pages::studies::AgeBar;
use crate::parts::{ChoiceField, Notice, SelectField, TextArea, TextField, pairs};
use crate::request::{Request, page};

const COLOURS: &[&str] = &[
    "paper", "surface", "ink", "quiet", "line", "teal", "coral", "sun", "good", "warn", "bad",
];

const OPTIONS: &[(&str, &str)] = &[("a", "One"), ("b", "Another")];

#[component]
pub fn Style() -> impl IntoView {
    let request = Request::current();
    page(async move {
        if request.ctx.site.is_production {
            return Err(AppError::NotFound);
        }
        Ok(view! {
            <Title text="Style" />
            <h1>"Style"</h1>
            {colours()}
            {words()}
            {notices()}
            {fields()}
            {states()}
            <section>
                <h2>"Ages"</h2>
                <AgeBar
                    ages=AgeRange {
                        min_years: 2,
                        max_years: 6,
                        ..AgeRange::default()
                    }
                    children=vec![("Robin".to_owned(), 1600), ("Juno".to_owned(), 500)]
                />
            </section>
        }
        .into_any())
    })
}

fn colours() -> AnyView {
    let swatches = COLOURS.iter().map(|name| {
        view! {
            <li>
                <span class="swatch" data-colour=*name></span>
                {*name}
            </li>
        }
    });
    view! {
        <section>
            <h2>"Colours"</h2>
            <ul class="swatches">{swatches.collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn words() -> AnyView {
    view! {
        <section>
            <h2>"Words"</h2>
            <p class="lead">"A lead sentence."</p>
            <p>"A paragraph with "<a href="/dev/style">"a link"</a>" and "<code>"code"</code>"."</p>
            <h3>"A smaller heading"</h3>
        </section>
        <section>
            <h2>"Buttons"</h2>
            <p class="row">
                <button class="button">"Primary"</button>
                <button class="button plain">"Plain"</button>
                <button class="button danger">"Danger"</button>
            </p>
        </section>
    }
    .into_any()
}

fn notices() -> AnyView {
    let notices = [
        ("good", "Saved."),
        ("info", "Good to know."),
        ("warn", "Worth a look."),
        ("bad", "Not possible."),
    ];
    let notices = notices.into_iter().map(|(kind, words)| {
        view! {
            <Notice kind>
                <p>{words}</p>
            </Notice>
        }
    });
    view! {
        <section>
            <h2>"Notices"</h2>
            {notices.collect_view()}
        </section>
    }
    .into_any()
}

fn fields() -> AnyView {
    let fault = domain::Violations::one("bad", "x", "Please check this.");
    let form = FormState {
        form: Form::of([("name", "Sam".to_owned()), ("colour", "b".to_owned())]),
        violations: fault.entries().to_vec(),
        ..FormState::default()
    };
    view! {
        <section>
            <h2>"Fields"</h2>
            <TextField form=form.clone() name="name" label="Name" help="Words that help." />
            <TextField form=form.clone() name="bad" label="With a fault" required=true />
            <TextArea form=form.clone() name="area" label="Several lines" />
            <SelectField
                form=form.clone()
                name="list"
                label="A list"
                none="None"
                options=pairs(OPTIONS)
            />
            <ChoiceField form name="colour" legend="One of these" options=pairs(OPTIONS) />
        </section>
    }
    .into_any()
}

fn states() -> AnyView {
    let states = StudyState::ALL.iter().map(|state| {
        view! {
            <span class="pill" data-state=state.as_str()>
                {state.label()}
            </span>
        }
    });
    view! {
        <section>
            <h2>"States"</h2>
            <p class="row">{states.collect_view()}</p>
        </section>
    }
    .into_any()
}
