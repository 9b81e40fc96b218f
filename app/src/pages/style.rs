//! Every token and part on one page, for those who design. It exists in development only.

use domain::studies::{AgeRange, StudyState};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::error::AppError;
use crate::form::{Form, FormState};
use crate::parts::{AgeBar, ChoiceField, Notice, SelectField, TextArea, TextField};
use crate::request::{Request, page};

/// The style guide.
#[component]
pub fn Style() -> impl IntoView {
    let request = Request::current();
    page(async move {
        if request.ctx.site.is_production {
            return Err(AppError::NotFound);
        }
        let form = FormState {
            form: Form::of([("name", "Sam".to_owned()), ("colour", "b".to_owned())]),
            violations: domain::Violations::one("bad", "x", "Please check this.")
                .entries()
                .to_vec(),
            message: None,
        };
        let options = vec![
            ("a".to_owned(), "One".to_owned()),
            ("b".to_owned(), "Another".to_owned()),
        ];
        Ok(view! {
            <Title text="Style" />
            <h1>"Style"</h1>
            <section>
                <h2>"Colours"</h2>
                <ul class="swatches">
                    {[
                        "paper",
                        "surface",
                        "ink",
                        "quiet",
                        "line",
                        "teal",
                        "coral",
                        "sun",
                        "good",
                        "warn",
                        "bad",
                    ]
                        .into_iter()
                        .map(|name| {
                            view! {
                                <li>
                                    <span class="swatch" data-colour=name></span>
                                    {name}
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
            <section>
                <h2>"Words"</h2>
                <p class="lead">"A lead sentence."</p>
                <p>
                    "A paragraph with "<a href="/dev/style">"a link"</a>" and "<code>"code"</code>
                    "."
                </p>
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
            <section>
                <h2>"Notices"</h2>
                <Notice kind="good">
                    <p>"Saved."</p>
                </Notice>
                <Notice kind="info">
                    <p>"Good to know."</p>
                </Notice>
                <Notice kind="warn">
                    <p>"Worth a look."</p>
                </Notice>
                <Notice kind="bad">
                    <p>"Not possible."</p>
                </Notice>
            </section>
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
                    options=options.clone()
                />
                <ChoiceField form name="colour" legend="One of these" options />
            </section>
            <section>
                <h2>"States"</h2>
                <p class="row">
                    {StudyState::ALL
                        .iter()
                        .map(|state| {
                            view! {
                                <span class="pill" data-state=state.as_str()>
                                    {state.label()}
                                </span>
                            }
                        })
                        .collect_view()}
                </p>
            </section>
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
