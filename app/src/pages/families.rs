//! Children and the household.

use domain::families::child::{
    Child, ChildForm, ChildId, Conditions, Gender, GestationalAge, Languages, age_in_words,
};
use domain::families::demographics::{self, DemographicsForm};
use leptos::prelude::*;
use leptos_meta::Title;
use services::families;

use crate::form::{Form, FormState, local_path};
use crate::parts::{ChoiceField, FormFaults, Notice, SelectField, TextArea, TextField, day, pairs};
use crate::request::{Request, page};

fn done_notice(done: Option<String>) -> AnyView {
    let words = match done.as_deref() {
        Some("child-added") => "Your child is added.",
        Some("child-saved") => "The changes are saved.",
        Some("child-deleted") => "The child is taken off your list.",
        Some("demographics-saved") => "Thank you. Your answers are saved.",
        Some("welcome") => {
            "Welcome! Your account is ready. Add your first child, and we'll look for studies that fit."
        }
        _ => return ().into_any(),
    };
    view! {
        <Notice kind="good">
            <p>{words}</p>
        </Notice>
    }
    .into_any()
}

/// The family's children.
#[component]
pub fn Children() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let children = families::children(&request.ctx, &request.actor).await?;
        let today = request.ctx.clock.today();
        let is_empty = children.is_empty();
        Ok(view! {
            <Title text="My children" />
            {done_notice(request.query("done"))}
            <div class="page-head">
                <h1>"My children"</h1>
                <a class="button" href="/account/children/add">
                    {if is_empty { "Add your first child" } else { "Add a child" }}
                </a>
            </div>
            {if is_empty {
                view! {
                    <div class="empty">
                        <p>"No child yet. With a birthday we can show you which studies fit."</p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <ul class="child-list">
                        {children
                            .into_iter()
                            .map(|child| {
                                let details = child.details;
                                view! {
                                    <li class="card child">
                                        <span
                                            class="avatar"
                                            data-hue=hue(&child.id)
                                            aria-hidden="true"
                                        >
                                            {details
                                                .given_name
                                                .chars()
                                                .next()
                                                .map(|c| c.to_uppercase().to_string())
                                                .unwrap_or_default()}
                                        </span>
                                        <div>
                                            <h2>{details.given_name.clone()}</h2>
                                            <p class="quiet-text">
                                                {age_in_words(details.birthday, today)}", born "
                                                {day(details.birthday)}
                                            </p>
                                        </div>
                                        <div class="row-actions">
                                            <a href=format!(
                                                "/studies?child={}",
                                                child.id,
                                            )>
                                                "Find studies"
                                                <span class="visually-hidden">
                                                    {format!(" for {}", details.given_name)}
                                                </span>
                                            </a>
                                            <a href=format!(
                                                "/account/children/{}",
                                                child.id,
                                            )>
                                                "Change"
                                                <span class="visually-hidden">
                                                    {format!(" what you told about {}", details.given_name)}
                                                </span>
                                            </a>
                                        </div>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                    <p>
                        <a class="button plain" href="/studies">
                            "See all studies"
                        </a>
                    </p>
                }
                    .into_any()
            }}
        }
        .into_any())
    })
}

fn hue(id: &ChildId) -> String {
    id.0.as_bytes()
        .last()
        .map(|byte| byte % 6)
        .unwrap_or_default()
        .to_string()
}

#[component]
fn ChildFields(form: FormState, is_known: bool, today: String) -> impl IntoView {
    let genders = Gender::ALL
        .iter()
        .map(|gender| (gender.to_string(), gender.label().to_owned()))
        .collect::<Vec<_>>();
    let weeks = GestationalAge::all()
        .map(|age| (age.code().to_string(), age.label()))
        .collect::<Vec<_>>();
    let mut languages = pairs(Languages::TABLE);
    languages.sort_by(|left, right| left.1.cmp(&right.1));
    view! {
        <TextField
            form=form.clone()
            name="given_name"
            label="First name"
            help="A nickname or initials are fine. Researchers may use it in a letter to you; it is never published."
            autocomplete="off"
            required=true
        />
        {if is_known {
            view! {
                <TextField
                    form=form.clone()
                    name="birthday"
                    label="Birthday"
                    help="This can't be changed, since studies were chosen by it. If it is wrong, delete this entry and add your child again."
                    readonly=true
                />
            }
                .into_any()
        } else {
            view! {
                <TextField
                    form=form.clone()
                    name="birthday"
                    label="Birthday"
                    kind="date"
                    help="Studies are chosen by age."
                    required=true
                    max=today
                />
            }
                .into_any()
        }}
        <ChoiceField
            form=form.clone()
            name="gender"
            legend="Gender"
            options=genders
            class="inline"
        />
        <div class="only-open-gender">
            <TextField form=form.clone() name="gender_self_describe" label="In your own words" />
        </div>
        <SelectField
            form=form.clone()
            name="gestational_age"
            label="How many weeks did the pregnancy last?"
            none="Not sure, or prefer not to say"
            options=weeks
            help="Some studies are for babies who were born early."
        />
        <ChoiceField
            form=form.clone()
            name="languages"
            legend="Languages that your child hears at home"
            options=languages
            is_many=true
            class="columns"
            help="Choose all that apply. None is an answer too."
        />
        <ChoiceField
            form=form.clone()
            name="conditions"
            legend="Does any of this describe your child?"
            options=pairs(Conditions::TABLE)
            is_many=true
            help="Some studies look for children with these experiences. You don't have to say."
        />
        <TextArea
            form=form
            name="additional_information"
            label="Anything else researchers should know?"
        />
    }
}

/// The pairs of a child's form.
pub fn child_pairs(form: &ChildForm) -> Form {
    let mut filled = Form::of([
        ("given_name", form.given_name.clone()),
        ("birthday", form.birthday.clone()),
        ("gender", form.gender.clone()),
        ("gender_self_describe", form.gender_self_describe.clone()),
        ("gestational_age", form.gestational_age.clone()),
        (
            "additional_information",
            form.additional_information.clone(),
        ),
    ]);
    for code in &form.languages {
        filled.push("languages", code);
    }
    for code in &form.conditions {
        filled.push("conditions", code);
    }
    filled
}

/// Adding a child.
#[component]
pub fn AddChild() -> impl IntoView {
    let request = Request::current();
    page(async move {
        request.actor.signed_in()?;
        let today = request.ctx.clock.today().to_string();
        let next = request
            .query("next")
            .unwrap_or_else(|| request.form.form.text("next"));
        let form = request.form;
        Ok(view! {
            <Title text="Add a child" />
            <section class="narrow">
                <h1>"Add a child"</h1>
                {done_notice(request.query.get("done"))}
                <form method="post" action="/account/children/add" novalidate class="child-form">
                    <FormFaults form=form.clone() />
                    {local_path(&next)
                        .map(|next| {
                            view! { <input type="hidden" name="next" value=next.to_owned() /> }
                        })}
                    <ChildFields form is_known=false today />
                    <div class="form-actions">
                        <button class="button" type="submit">
                            "Add the child"
                        </button>
                        <a href="/account/children">"Cancel"</a>
                    </div>
                </form>
            </section>
        }
        .into_any())
    })
}

/// Changing what was told about a child.
#[component]
pub fn EditChild() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: ChildId = request.id("child")?;
        let Child { details, .. } = families::find_child(&request.ctx, &request.actor, id).await?;
        let mut form = request.form.clone();
        if form.is_refused() {
            form.form = form.form.without(&["birthday"]);
            form.form.push("birthday", details.birthday.to_string());
        } else {
            form.form = child_pairs(&ChildForm::of(&details));
        }
        let today = request.ctx.clock.today();
        Ok(view! {
            <Title text=format!("Change {}", details.given_name) />
            <section class="narrow">
                <h1>{details.given_name.clone()}</h1>
                <p class="lead">{age_in_words(details.birthday, today)}</p>
                <form
                    method="post"
                    action=format!("/account/children/{id}")
                    novalidate
                    class="child-form"
                >
                    <FormFaults form=form.clone() />
                    <ChildFields form is_known=true today=today.to_string() />
                    <div class="form-actions">
                        <button class="button" type="submit">
                            "Save the changes"
                        </button>
                        <a href="/account/children">"Cancel"</a>
                    </div>
                </form>
                <p class="danger-zone">
                    <a class="danger-link" href=format!("/account/children/{id}/delete")>
                        {format!("Delete {}", details.given_name)}
                    </a>
                </p>
            </section>
        }
        .into_any())
    })
}

/// The question before a child is deleted.
#[component]
pub fn DeleteChild() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: ChildId = request.id("child")?;
        let child = families::find_child(&request.ctx, &request.actor, id).await?;
        let name = child.details.given_name;
        Ok(view! {
            <Title text=format!("Delete {name}?") />
            <section class="narrow">
                <h1>{format!("Delete {name}?")}</h1>
                <p class="lead">
                    {format!(
                        "{name} will no longer be on your list, and no new study can be started.",
                    )}
                </p>
                <p>
                    {format!(
                        "What {name} did in studies so far stays with the researchers, and in your history.",
                    )}
                </p>
                <form
                    method="post"
                    action=format!("/account/children/{id}/delete")
                    class="form-actions"
                >
                    <button class="button danger" type="submit">
                        {format!("Delete {name}")}
                    </button>
                    <a href=format!("/account/children/{id}")>"Keep"</a>
                </form>
            </section>
        }
        .into_any())
    })
}

/// The pairs of the demographic form.
pub fn demographics_pairs(form: &DemographicsForm) -> Form {
    let mut filled = Form::of([
        ("country", form.country.clone()),
        ("state", form.state.clone()),
        ("density", form.density.clone()),
        (
            "us_race_ethnicity_identification_describe",
            form.us_race_ethnicity_identification_describe.clone(),
        ),
        ("number_of_children", form.number_of_children.clone()),
        ("child_birthdays", form.child_birthdays.clone()),
        ("number_of_guardians", form.number_of_guardians.clone()),
        ("guardians_explanation", form.guardians_explanation.clone()),
        ("age", form.age.clone()),
        ("gender", form.gender.clone()),
        ("gender_self_describe", form.gender_self_describe.clone()),
        ("education_level", form.education_level.clone()),
        ("annual_income", form.annual_income.clone()),
        ("lookit_referrer", form.lookit_referrer.clone()),
        ("additional_comments", form.additional_comments.clone()),
    ]);
    for code in &form.us_race_ethnicity_identification {
        filled.push("us_race_ethnicity_identification", code);
    }
    filled
}

/// The demographic questions. Which of them are shown depends on other answers; style sheets do it,
/// so it needs no script.
#[component]
pub fn Demographics() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let answers = families::demographics(&request.ctx, &request.actor).await?;
        let next = request
            .query("next")
            .unwrap_or_else(|| request.form.form.text("next"));
        let is_on_the_way = local_path(&next).is_some();
        let mut form = request.form.clone();
        if !form.is_refused()
            && let Some(answers) = &answers
        {
            form.form = demographics_pairs(&DemographicsForm::of(answers));
        }
        let genders = Gender::ALL
            .iter()
            .map(|gender| (gender.to_string(), gender.label().to_owned()))
            .collect::<Vec<_>>();
        let none = "Prefer not to say";
        Ok(view! {
            <Title text="About our family" />
            {done_notice(request.query("done"))}
            <section class="narrow">
                <h1>"About our family"</h1>
                <p class="lead">
                    {if is_on_the_way {
                        "One short form before your first study. Leave empty whatever you like, and press the button at the end."
                    } else {
                        "These answers help researchers describe who takes part. Leave empty whatever you like."
                    }}
                </p>
                <form
                    method="post"
                    action="/account/demographics"
                    novalidate
                    class="demographics-form"
                >
                    <FormFaults form=form.clone() />
                    {local_path(&next)
                        .map(|next| {
                            view! { <input type="hidden" name="next" value=next.to_owned() /> }
                        })}
                    <SelectField
                        form=form.clone()
                        name="country"
                        label="Country"
                        none=none
                        options=pairs(demographics::COUNTRY)
                    />
                    <div class="only-us">
                        <SelectField
                            form=form.clone()
                            name="state"
                            label="State"
                            none=none
                            options=pairs(demographics::STATE)
                        />
                    </div>
                    <SelectField
                        form=form.clone()
                        name="density"
                        label="Where do you live?"
                        none=none
                        options=pairs(demographics::DENSITY)
                    />
                    <div class="only-us">
                        <ChoiceField
                            form=form.clone()
                            name="us_race_ethnicity_identification"
                            legend="What does your family identify as?"
                            options=pairs(demographics::RACE)
                            is_many=true
                            help="Choose all that apply to anyone in your immediate family."
                        />
                        <div class="only-other-race">
                            <TextArea
                                form=form.clone()
                                name="us_race_ethnicity_identification_describe"
                                label="In your own words"
                            />
                        </div>
                    </div>
                    <SelectField
                        form=form.clone()
                        name="number_of_children"
                        label="How many children do you have?"
                        none=none
                        options=pairs(demographics::NUMBER_OF_CHILDREN)
                    />
                    <div class="only-with-children">
                        <TextField
                            form=form.clone()
                            name="child_birthdays"
                            label="Their birthdays"
                            help="Year, month and day, with commas between: 2021-04-30, 2023-02-01."
                        />
                    </div>
                    <SelectField
                        form=form.clone()
                        name="number_of_guardians"
                        label="How many parents or guardians do they live with?"
                        none=none
                        options=pairs(demographics::NUMBER_OF_GUARDIANS)
                    />
                    <div class="only-varies">
                        <TextArea
                            form=form.clone()
                            name="guardians_explanation"
                            label="Please explain"
                        />
                    </div>
                    <SelectField
                        form=form.clone()
                        name="age"
                        label="How old are you?"
                        none=none
                        options=pairs(demographics::AGE)
                    />
                    <ChoiceField
                        form=form.clone()
                        name="gender"
                        legend="Your gender"
                        options=genders
                        class="inline"
                    />
                    <div class="only-open-gender">
                        <TextField
                            form=form.clone()
                            name="gender_self_describe"
                            label="In your own words"
                        />
                    </div>
                    <SelectField
                        form=form.clone()
                        name="education_level"
                        label="Your education"
                        none=none
                        options=pairs(demographics::EDUCATION)
                    />
                    <div class="only-us">
                        <SelectField
                            form=form.clone()
                            name="annual_income"
                            label="Your family's yearly income, in dollars"
                            none=none
                            options=pairs(demographics::INCOME)
                            help="Choose the largest number that is not above it."
                        />
                    </div>
                    <TextArea
                        form=form.clone()
                        name="lookit_referrer"
                        label="How did you hear of us?"
                    />
                    <TextArea form=form name="additional_comments" label="Anything else?" />
                    <div class="form-actions">
                        <button class="button" type="submit">
                            {if is_on_the_way { "Save and go on" } else { "Save" }}
                        </button>
                    </div>
                </form>
            </section>
        }
        .into_any())
    })
}
