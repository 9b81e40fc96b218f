//! Making a study, and writing what families read about it.

use domain::studies::criteria::audience;
use domain::studies::{Ad, AgeRange, Content, Criteria, DraftPart, StudyId, StudyKind, StudyState};
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, StudyName, kinds};

use crate::error::AppError;
use crate::form::{Form, FormState};
use crate::pages::studies::crumbs;
use crate::parts::{FormFaults, Notice, SelectField, TextArea, TextField, button_form, done};
use crate::request::{Request, page};

/// Whom a study is for, in words; an expression that can't be read says so.
pub fn audience_line(ad: &Ad) -> String {
    match Criteria::parse(ad.criteria_expression.trim()) {
        Ok(criteria) => audience(&ad.ages, &criteria),
        Err(error) => format!("nobody: the criteria expression can't be read {error}"),
    }
}

/// The ages in days.
pub fn age_line(ages: &AgeRange) -> String {
    format!(
        "{} to {} days: a year counts 365 days here, a month 30.",
        ages.lowest_days(),
        ages.highest_days()
    )
}

/// A new study.
#[component]
pub fn CreateStudy() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let labs = studies::labs_for_new_studies(&request.ctx, &request.actor).await?;
        let form = request.form.clone();
        if labs.is_empty() {
            return Err(AppError::Denied);
        }
        let only = (labs.len() == 1)
            .then(|| labs.first().map(|lab| lab.id.to_string()))
            .flatten();
        let mut filled = form.clone();
        if let Some(only) = only.filter(|_| !form.is_refused()) {
            filled.form.push("lab", only);
        }
        let chosen = if form.is_refused() {
            form.form.text("kind")
        } else {
            StudyKind::FramePlayer.as_str().to_owned()
        };
        let kind_error = form.error("kind");
        Ok(view! {
            <Title text="New study" />
            <p class="crumbs">
                <a href="/exp/studies">"Studies"</a>
            </p>
            <h1>"New study"</h1>
            <p class="lead">
                "A name is enough to begin. Everything can be changed later, but for the kind."
            </p>
            <FormFaults form=form.clone() />
            <form method="post" action="/exp/studies/create" class="narrow">
                <TextField
                    form=filled.clone()
                    name="name"
                    label="Name"
                    required=true
                    help="Families read it."
                />
                <SelectField
                    form=filled.clone()
                    name="lab"
                    label="Lab"
                    none="Please choose"
                    options=labs.into_iter().map(|lab| (lab.id.to_string(), lab.name)).collect()
                />
                <fieldset class="field choices" id="kind" tabindex="-1">
                    <legend>"Kind"</legend>
                    {kinds::KINDS
                        .iter()
                        .map(|kind| {
                            let value = kind.kind().as_str();
                            view! {
                                <label class="choice card-choice">
                                    <input
                                        type="radio"
                                        name="kind"
                                        value=value
                                        checked=chosen == value
                                    />
                                    <span>
                                        <strong>{kind.kind().label()}</strong>
                                        <br />
                                        {kind.about()}
                                    </span>
                                </label>
                            }
                        })
                        .collect_view()}
                    {kind_error.map(|error| view! { <p class="field-error">{error}</p> })}
                </fieldset>
                <div class="form-actions">
                    <button class="button" type="submit">
                        "Make the study"
                    </button>
                    <a href="/exp/studies">"Cancel"</a>
                </div>
            </form>
        }
        .into_any())
    })
}

/// The fields of the form, filled from what is saved.
fn filled(content: &Content, version: i32) -> Form {
    let (ad, settings) = (&content.ad, &content.settings);
    let ids = |list: &std::collections::BTreeSet<StudyId>| {
        list.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let flag = |is: bool| if is { "1" } else { "" }.to_owned();
    Form::of([
        ("base", version.to_string()),
        ("name", ad.name.clone()),
        ("preview_summary", ad.preview_summary.clone()),
        ("short_description", ad.short_description.clone()),
        ("purpose", ad.purpose.clone()),
        ("criteria", ad.criteria.clone()),
        ("duration", ad.duration.clone()),
        ("contact_info", ad.contact_info.clone()),
        ("compensation", ad.compensation.clone()),
        ("image_alt", ad.image_alt.clone()),
        ("exit_url", ad.exit_url.clone()),
        ("min_age_years", ad.ages.min_years.to_string()),
        ("min_age_months", ad.ages.min_months.to_string()),
        ("min_age_days", ad.ages.min_days.to_string()),
        ("max_age_years", ad.ages.max_years.to_string()),
        ("max_age_months", ad.ages.max_months.to_string()),
        ("max_age_days", ad.ages.max_days.to_string()),
        ("criteria_expression", ad.criteria_expression.clone()),
        ("must", ids(&ad.must)),
        ("must_not", ids(&ad.must_not)),
        ("priority", settings.priority.to_string()),
        ("is_public", flag(settings.is_public)),
        ("has_shared_preview", flag(settings.has_shared_preview)),
    ])
}

/// What stands in a form: what was refused, or the person's draft, or what is saved. The notice
/// says which.
pub(super) async fn form_of(
    request: &Request,
    id: StudyId,
    part: DraftPart,
    version: i32,
    saved: Form,
) -> Result<(FormState, AnyView), AppError> {
    if request.form.is_refused() {
        let mut form = request.form.clone();
        // Whoever was told of another's version saves on top of it the next time.
        if form
            .violations
            .iter()
            .any(|violation| violation.code == "conflict")
        {
            form.form = form.form.without(&["base"]);
            form.form.push("base", version.to_string());
        }
        return Ok((form, ().into_any()));
    }
    let Some(draft) = studies::draft(&request.ctx, &request.actor, id, part).await? else {
        return Ok((
            FormState {
                form: saved,
                ..FormState::default()
            },
            ().into_any(),
        ));
    };
    let pairs: Vec<(String, String)> = serde_json::from_str(&draft.content).unwrap_or_default();
    let mut form = Form::default();
    for (name, value) in pairs.into_iter().filter(|(name, _)| name != "base") {
        form.push(&name, value);
    }
    form.push("base", draft.base.to_string());
    let conflict = draft.conflict.clone();
    let kind = if conflict.is_some() { "warn" } else { "info" };
    let notice = view! {
        <div class="notice" data-kind=kind role="status">
            <p>
                <strong>
                    {format!(
                        "This is your draft of {}, which is not saved yet.",
                        draft.updated_at.format("%-d %B, %H:%M UTC"),
                    )}
                </strong>
                {conflict
                    .map(|words| {
                        view! {
                            " "
                            {words}
                            " "
                            <a href=format!("/exp/studies/{id}/versions")>"Compare the versions"</a>
                            "."
                        }
                    })}
            </p>
            {button_form(
                format!("/exp/studies/{id}/draft/drop"),
                "button plain small",
                "Throw the draft away",
                "",
                vec![("part", part.to_string())],
            )}
        </div>
    };
    Ok((
        FormState {
            form,
            ..FormState::default()
        },
        notice.into_any(),
    ))
}

/// The box that must be ticked before an edit costs the approval; shown where that can happen.
pub(super) fn agreement(state: StudyState, form: &FormState) -> AnyView {
    if state.after_edit() == state {
        return ().into_any();
    }
    let error = form.error("agrees");
    let (what, consequence) = if state == StudyState::Submitted {
        (
            "This study waits for review.",
            "Spelling, picture, contact, narrower ages and listing can be changed. Anything else takes it out of the queue.",
        )
    } else {
        (
            "This study is approved.",
            "Spelling, picture, contact, narrower ages and listing can be changed. Anything else takes the approval away, and it must be submitted again.",
        )
    };
    view! {
        <fieldset class="field choices notice" data-kind="warn" id="agrees" tabindex="-1">
            <legend class="visually-hidden">"Review"</legend>
            <p>
                <strong>{what}</strong>
                " "
                {consequence}
            </p>
            {error
                .map(|error| {
                    view! {
                        <p class="field-error" id="agrees-error">
                            <span aria-hidden="true" class="field-error-icon">
                                "!"
                            </span>
                            {error}
                        </p>
                    }
                })}
            <label class="choice">
                <input type="checkbox" name="agrees" value="1" />
                <span>"I know that it must be submitted again"</span>
            </label>
        </fieldset>
    }
    .into_any()
}

fn ages(form: &FormState, bound: &'static str, legend: &'static str) -> AnyView {
    let part = |unit: &'static str, most: u16| {
        let name = format!("{bound}_{unit}");
        let chosen = form.form.text(&name);
        let error = form.error(&name);
        let label = format!(
            "{}{}",
            unit.chars().next().unwrap_or(' ').to_uppercase(),
            &unit.get(1..).unwrap_or_default()
        );
        view! {
            <div class="field">
                <label for=name.clone()>{label}</label>
                <select id=name.clone() name=name aria-invalid=error.as_ref().map(|_| "true")>
                    {(0..=most)
                        .map(|value| {
                            view! {
                                <option value=value selected=chosen == value.to_string()>
                                    {value}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
                {error.map(|error| view! { <p class="field-error">{error}</p> })}
            </div>
        }
    };
    view! {
        <fieldset class="ages">
            <legend>{legend}</legend>
            <div class="row">{part("years", 18)}{part("months", 11)}{part("days", 31)}</div>
        </fieldset>
    }
    .into_any()
}

fn studies_field(
    form: &FormState,
    name: &'static str,
    label: &'static str,
    known: &[StudyName],
) -> AnyView {
    let named: Vec<StudyName> = known
        .iter()
        .filter(|known| {
            form.form
                .all(name)
                .iter()
                .any(|text| text.contains(&known.id.to_string()))
        })
        .cloned()
        .collect();
    view! {
        <div class="study-picker" data-field=name>
            <TextArea
                form=form.clone()
                name=name
                label=label
                help="One study a line, by its UUID. Find yours below, or paste one."
            />
            {(!named.is_empty())
                .then(|| {
                    view! {
                        <ul class="picked">
                            {named
                                .into_iter()
                                .map(|known| {
                                    view! {
                                        <li>
                                            {known.name} " " <code>{known.id.to_string()}</code>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    }
                })}
        </div>
    }
    .into_any()
}

/// The ad of a study.
#[component]
pub fn EditStudy() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let found = studies::ad(&request.ctx, &request.actor, id).await?;
        let (form, notice) = form_of(
            &request,
            id,
            DraftPart::Ad,
            found.version,
            filled(&found.content, found.version),
        )
        .await?;
        let words = request.query("find").unwrap_or_default();
        let finds = if words.is_empty() {
            Vec::new()
        } else {
            studies::find_by_words(&request.ctx, &request.actor, &words).await?
        };
        let ad = found.content.ad.clone();
        let has = |name: &str| !form.form.text(name).is_empty();
        let missing = ad.missing();
        let labs = found.labs.clone();
        let lab_form = {
            let mut form = form.clone();
            if form.form.text("lab").is_empty() {
                form.form.push("lab", found.lab.id.to_string());
            }
            form
        };
        Ok(view! {
            <Title text=format!("Ad of {}", ad.name) />
            {crumbs(id, &ad.name)}
            {done(
                &request,
                &[
                    ("saved", "Saved."),
                    (
                        "saved-review",
                        "Saved. The study has to be submitted again before it can collect data.",
                    ),
                    ("unchanged", "Nothing was different, so nothing was saved."),
                    ("picture", "The picture is set."),
                    ("dropped", "The draft is gone. This is what is saved."),
                ],
            )}
            <div class="page-head">
                <h1>"Ad"</h1>
                <div class="row-actions">
                    <a class="button plain" href=format!("/exp/studies/{id}/design")>
                        "Design"
                    </a>
                    <a class="button plain" href=format!("/studies/{id}")>
                        "As families see it"
                    </a>
                </div>
            </div>
            {notice}
            <FormFaults form=form.clone() />
            {(!missing.is_empty())
                .then(|| {
                    view! {
                        <Notice kind="info">
                            <p>
                                "A submission still needs: "
                                {missing
                                    .into_iter()
                                    .map(|(_, words)| words)
                                    .collect::<Vec<_>>()
                                    .join(", ")} "."
                            </p>
                        </Notice>
                    }
                })}
            <div class="study-desk">
                <form
                    method="post"
                    action=format!("/exp/studies/{id}/edit")
                    data-draft=format!("/exp/studies/{id}/draft")
                    data-part="ad"
                    id="ad-form"
                >
                    <input type="hidden" name="base" id="base" value=form.form.text("base") />
                    <TextField form=form.clone() name="name" label="Name" required=true />
                    <TextArea
                        form=form.clone()
                        name="preview_summary"
                        label="Summary on the card"
                        help="One or two sentences, at most 300 characters."
                    />
                    <TextArea
                        form=form.clone()
                        name="short_description"
                        label="What happens in the study"
                    />
                    <TextArea form=form.clone() name="purpose" label="Why you do it" />
                    <TextField
                        form=form.clone()
                        name="duration"
                        label="How long it takes"
                        help="Such as: 10 minutes"
                    />
                    <TextArea form=form.clone() name="compensation" label="Thank-you gift" />
                    <TextArea
                        form=form.clone()
                        name="criteria"
                        label="Who can take part, in words for parents"
                    />
                    <fieldset class="field group">
                        <legend>"Who fits"</legend>
                        {ages(&form, "min_age", "From")}
                        {ages(&form, "max_age", "To")}
                        <p class="help" id="age-line">
                            {age_line(&ad.ages)}
                        </p>
                        <TextArea
                            form=form.clone()
                            name="criteria_expression"
                            label="Criteria expression"
                            help="Such as: speaks_es AND NOT deaf. AND, OR, NOT, parentheses; gender, age_in_days, gestational_age_in_weeks, n_languages, speaks_xx, and conditions."
                        />
                        <p class="audience" id="audience" role="status" aria-live="polite">
                            "For "
                            {audience_line(&ad)}
                        </p>
                        {studies_field(
                            &form,
                            "must",
                            "Must have taken part in all of",
                            &found.known,
                        )}
                        {studies_field(
                            &form,
                            "must_not",
                            "Must have taken part in none of",
                            &found.known,
                        )}
                    </fieldset>
                    <TextField
                        form=form.clone()
                        name="contact_info"
                        label="Whom families can ask"
                        help="A name and an address."
                    />
                    <TextField
                        form=form.clone()
                        name="image_alt"
                        label="What the picture shows"
                        help="For those who can't see it."
                    />
                    <TextField
                        form=form.clone()
                        name="exit_url"
                        label="Exit address"
                        kind="url"
                        help="Where families go at the end. Empty: their page of past studies."
                    />
                    <fieldset class="field group">
                        <legend>"How it is listed"</legend>
                        <label class="choice">
                            <input
                                type="checkbox"
                                name="is_public"
                                value="1"
                                checked=has("is_public")
                            />
                            <span>
                                "Families find it in the list of studies, once it collects data"
                            </span>
                        </label>
                        <label class="choice">
                            <input
                                type="checkbox"
                                name="has_shared_preview"
                                value="1"
                                checked=has("has_shared_preview")
                            />
                            <span>"Every researcher may try and clone it"</span>
                        </label>
                        <TextField
                            form=form.clone()
                            name="priority"
                            label="Place on the lab's page"
                            kind="number"
                            help="1 to 99; the highest comes first."
                        />
                    </fieldset>
                    {(!labs.is_empty())
                        .then(|| {
                            view! {
                                <SelectField
                                    form=lab_form
                                    name="lab"
                                    label="Lab"
                                    none="Please choose"
                                    help="Moving it to another lab ends the roles of people who don't belong there, and needs another review."
                                    options=labs
                                        .into_iter()
                                        .map(|lab| (lab.id.to_string(), lab.name))
                                        .collect()
                                />
                            }
                        })}
                    <TextField form=form.clone() name="note" label="Note for this version" />
                    {agreement(found.state, &form)}
                    <div class="form-actions sticky">
                        <button class="button" type="submit">
                            "Save"
                        </button>
                        <a href=format!("/exp/studies/{id}")>"Back to the study"</a>
                        <span class="draft-state" role="status" aria-live="polite"></span>
                    </div>
                </form>
                <aside class="study-side" aria-label="Picture and studies">
                    <section>
                        <h2>"Picture"</h2>
                        {if ad.image.is_empty() {
                            view! { <p class="quiet-text">"No picture yet."</p> }.into_any()
                        } else {
                            view! {
                                <img
                                    class="picture"
                                    src=ad.image.clone()
                                    alt=ad.image_alt.clone()
                                    width="240"
                                    height="240"
                                />
                            }
                                .into_any()
                        }}
                        <form
                            method="post"
                            action=format!("/exp/studies/{id}/image")
                            enctype="multipart/form-data"
                        >
                            <div class="field">
                                <label for="image">"Square picture"</label>
                                <p class="help">
                                    "PNG, JPEG or WebP, at most 4 MB. It is drawn anew, so that nothing but the picture is kept."
                                </p>
                                <input
                                    id="image"
                                    name="image"
                                    type="file"
                                    accept="image/png,image/jpeg,image/webp"
                                />
                                {form
                                    .error("image")
                                    .map(|error| {
                                        view! {
                                            <p class="field-error">
                                                <span aria-hidden="true" class="field-error-icon">
                                                    "!"
                                                </span>
                                                {error}
                                            </p>
                                        }
                                    })}
                            </div>
                            <button class="button plain small" type="submit">
                                "Set the picture"
                            </button>
                        </form>
                    </section>
                    <section>
                        <h2>"Find a study"</h2>
                        <form method="get" role="search">
                            <div class="field">
                                <label for="find">"Name"</label>
                                <input id="find" name="find" type="search" value=words.clone() />
                            </div>
                            <button class="button plain small" type="submit">
                                "Find"
                            </button>
                        </form>
                        {(!words.is_empty())
                            .then(|| {
                                view! {
                                    <ul class="finds">
                                        {if finds.is_empty() {
                                            view! { <li>"None that you may know."</li> }.into_any()
                                        } else {
                                            finds
                                                .into_iter()
                                                .map(|known| {
                                                    view! {
                                                        <li>
                                                            {known.name} <br /><code>{known.id.to_string()}</code>
                                                        </li>
                                                    }
                                                })
                                                .collect_view()
                                                .into_any()
                                        }}
                                    </ul>
                                }
                            })}
                    </section>
                </aside>
            </div>
        }
        .into_any())
    })
}
