//! Questions about the household. Which of them are shown depends on other answers; style sheets
//! do it, so it needs no script.

use domain::families::demographics::{self, DemographicsForm};
use leptos::prelude::*;
use leptos_meta::Title;
use services::families;

use super::child_fields::genders;
use crate::form::{Form, FormState};
use crate::parts::{
    ChoiceField, FormFaults, SelectField, TextArea, TextField, done, next_field, pairs,
};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[("demographics-saved", "Thank you. Your answers are saved.")];

const NONE: &str = "Prefer not to say";

#[component]
pub fn Household() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let answers = families::demographics(&request.ctx, &request.actor).await?;
        let stored = answers.map(|answers| Form::fill(&DemographicsForm::of(&answers)));
        let stored = stored.unwrap_or_default();
        let form = request.form.of("/account/demographics", stored);
        let (lead, button) = if request.next().is_some() {
            (
                "One short form before your first study. Leave out whatever you like, and press \
                 the button at the end.",
                "Save and continue",
            )
        } else {
            (
                "These answers help researchers describe who takes part. Leave out whatever you \
                 like.",
                "Save",
            )
        };
        Ok(view! {
            <Title text="About our family" />
            {done(&request, DONE)}
            <section class="narrow">
                <h1>"About our family"</h1>
                <p class="lead">{lead}</p>
                <form
                    method="post"
                    action="/account/demographics"
                    novalidate
                    class="demographics-form"
                >
                    <FormFaults form=form.clone() />
                    {next_field(&request)}
                    {home(&form)}
                    {children(&form)}
                    {yourself(&form)}
                    <TextArea
                        form=form.clone()
                        name="lookit_referrer"
                        label="How did you hear about us?"
                    />
                    <TextArea form=form name="additional_comments" label="Anything else?" />
                    <div class="form-actions">
                        <button class="button" type="submit">
                            {button}
                        </button>
                    </div>
                </form>
            </section>
        }
        .into_any())
    })
}

fn home(form: &FormState) -> AnyView {
    view! {
        <SelectField
            form=form.clone()
            name="country"
            label="Country"
            none=NONE
            options=pairs(demographics::COUNTRY)
        />
        <div class="only-us">
            <SelectField
                form=form.clone()
                name="state"
                label="State"
                none=NONE
                options=pairs(demographics::STATE)
            />
        </div>
        <SelectField
            form=form.clone()
            name="density"
            label="Where do you live?"
            none=NONE
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
    }
    .into_any()
}

fn children(form: &FormState) -> AnyView {
    view! {
        <SelectField
            form=form.clone()
            name="number_of_children"
            label="How many children do you have?"
            none=NONE
            options=pairs(demographics::NUMBER_OF_CHILDREN)
        />
        <div class="only-with-children">
            <TextField
                form=form.clone()
                name="child_birthdays"
                label="Their birthdays"
                help="Year, month and day, separated by commas: 2021-04-30, 2023-02-01."
            />
        </div>
        <SelectField
            form=form.clone()
            name="number_of_guardians"
            label="How many parents or guardians do they live with?"
            none=NONE
            options=pairs(demographics::NUMBER_OF_GUARDIANS)
        />
        <div class="only-varies">
            <TextArea form=form.clone() name="guardians_explanation" label="Please explain" />
        </div>
    }
    .into_any()
}

fn yourself(form: &FormState) -> AnyView {
    view! {
        <SelectField
            form=form.clone()
            name="age"
            label="How old are you?"
            none=NONE
            options=pairs(demographics::AGE)
        />
        <ChoiceField
            form=form.clone()
            name="gender"
            legend="Your gender"
            options=genders()
            class="inline"
        />
        <div class="only-open-gender">
            <TextField form=form.clone() name="gender_self_describe" label="In your own words" />
        </div>
        <SelectField
            form=form.clone()
            name="education_level"
            label="Your education"
            none=NONE
            options=pairs(demographics::EDUCATION)
        />
        <div class="only-us">
            <SelectField
                form=form.clone()
                name="annual_income"
                label="Your family's yearly income, in dollars"
                none=NONE
                options=pairs(demographics::INCOME)
                help="Choose the largest number that is not above your income."
            />
        </div>
    }
    .into_any()
}
