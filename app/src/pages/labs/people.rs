//! Labs: list, page, form, members; who works on a study; a lab as families see it.

use domain::accounts::AccountId;
use domain::labs::{LabId, LabRole};
use domain::permissions::{self, Action};
use domain::studies::{StudyId, StudyRole};
use leptos::prelude::*;
use leptos_meta::Title;
use services::labs::{self, LabFront, LabSet};
use services::studies::people;

use crate::form::{Form, FormState};
use crate::parts::{
    FormFaults, Notice, SelectField, TextArea, TextField, When, button_form, done, pager,
    paragraphs, search_form, tabs,
};
use crate::request::{Request, page};

/// Labs.
#[component]
pub fn Labs() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let word = request.query("set").unwrap_or_default();
        let set = match word.as_str() {
            "all" => LabSet::All,
            "unapproved" => LabSet::Unapproved,
            _ => LabSet::Mine,
        };
        let words = request.words();
        let found = labs::list(
            &request.ctx,
            &request.actor,
            set,
            &words,
            request.paging(20),
        )
        .await?;
        let may_approve = request
            .actor
            .person()
            .and_then(|person| person.powers.staff_role())
            .is_some_and(|role| role.grants(Action::EditLabApproval));
        let mut links = vec![
            ("My labs", "/exp/labs".to_owned()),
            ("All labs", "/exp/labs?set=all".to_owned()),
        ];
        if may_approve {
            links.push((
                "Waiting for approval",
                "/exp/labs?set=unapproved".to_owned(),
            ));
        }
        let here = if word.is_empty() {
            "/exp/labs".to_owned()
        } else {
            format!("/exp/labs?set={word}")
        };
        let pages = {
            let (words, word) = (words.clone(), word.clone());
            pager(&found, move |number| {
                format!(
                    "/exp/labs?{}",
                    serde_urlencoded::to_string([
                        ("set", word.as_str()),
                        ("search", words.as_str()),
                        ("page", &number.to_string())
                    ])
                    .unwrap_or_default()
                )
            })
        };
        Ok(view! {
            <Title text="Labs" />
            <div class="page-head">
                <h1>"Labs"</h1>
                <a class="button plain" href="/exp/labs/create">
                    "Make a lab"
                </a>
            </div>
            {done(&request, &[("left", "You have left the lab and its studies.")])}
            {tabs("Labs", &here, links)}
            {search_form(
                "/exp/labs".to_owned(),
                "Name, investigator or institution",
                &words,
                vec![("set", word.clone())],
            )}
            {if found.entries.is_empty() {
                view! {
                    <div class="empty">
                        <p>"No lab here."</p>
                        <p>
                            <a href="/exp/labs?set=all">"Look through all labs"</a>
                            " and ask to join one, or "
                            <a href="/exp/labs/create">"make your own"</a>
                            "."
                        </p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <div class="table-wrap" tabindex="0" role="region" aria-label="Labs">
                        <table class="dense">
                            <thead>
                                <tr>
                                    <th scope="col">"Lab"</th>
                                    <th scope="col">"Institution"</th>
                                    <th scope="col">"Investigator"</th>
                                    <th scope="col">"Approved"</th>
                                    <th scope="col">"You"</th>
                                </tr>
                            </thead>
                            <tbody>
                                {found
                                    .entries
                                    .into_iter()
                                    .map(|row| {
                                        view! {
                                            <tr>
                                                <th scope="row">
                                                    <a href=format!(
                                                        "/exp/labs/{}",
                                                        row.id,
                                                    )>{row.name.clone()}</a>
                                                </th>
                                                <td>{row.institution}</td>
                                                <td>{row.investigator}</td>
                                                <td>{if row.is_approved { "yes" } else { "not yet" }}</td>
                                                <td>
                                                    {match (row.role, row.has_asked) {
                                                        (Some(role), _) => role.label().into_any(),
                                                        (None, true) => "asked to join".into_any(),
                                                        (None, false) => {
                                                            button_form(
                                                                format!("/exp/labs/{}/join", row.id),
                                                                "quiet",
                                                                "Ask to join",
                                                                row.name,
                                                                vec![],
                                                            )
                                                        }
                                                    }}
                                                </td>
                                            </tr>
                                        }
                                    })
                                    .collect_view()}
                            </tbody>
                        </table>
                    </div>
                    {pages}
                }
                    .into_any()
            }}
        }
        .into_any())
    })
}

/// Address of a stored picture.
fn picture_path(name: &str) -> String {
    format!("/pictures/{name}")
}

/// One lab, for researchers.
#[component]
pub fn LabDetail() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: LabId = request.id("lab")?;
        let lab = labs::find(&request.ctx, &request.actor, id).await?;
        let standing = lab.standing;
        let may = |action| standing.grants(action);
        let details = lab.details.clone();
        let said = done(
            &request,
            &[
                (
                    "created",
                    "Your lab is made. Our staff will look at it; until it is approved you can write and try studies, but not submit them.",
                ),
                ("saved", "The changes are saved."),
                ("asked", "The lab's admins are told that you ask to join."),
                ("withdrawn", "Your wish to join is taken back."),
                ("joined", "Welcome to the lab."),
                ("approved", "The lab is approved, and its admins are told."),
                ("unapproved", "The approval is taken back."),
            ],
        );
        Ok(view! {
            <Title text=details.name.clone() />
            <p class="crumbs">
                <a href="/exp/labs">"Labs"</a>
            </p>
            <div class="page-head">
                <h1>
                    {(!lab.badge.is_empty())
                        .then(|| {
                            view! {
                                <img
                                    class="lab-badge"
                                    src=picture_path(&lab.badge)
                                    alt=""
                                    width="48"
                                    height="48"
                                />
                            }
                        })}{details.name.clone()}
                </h1>
            </div>
            {said}
            <FormFaults form=request.form.clone() />
            <div class="row-actions spread">
                {may(Action::ReadLabResearchers)
                    .then(|| {
                        view! {
                            <a class="button plain" href=format!("/exp/labs/{id}/members")>
                                {if lab.requests > 0 {
                                    format!("Members ({} ask to join)", lab.requests)
                                } else {
                                    "Members".to_owned()
                                }}
                            </a>
                        }
                    })}
                {may(Action::EditLabMetadata)
                    .then(|| {
                        view! {
                            <a class="button plain" href=format!("/exp/labs/{id}/edit")>
                                "Change"
                            </a>
                        }
                    })}
                {may(Action::EditLabApproval)
                    .then(|| {
                        if lab.is_approved {
                            button_form(
                                format!("/exp/labs/{id}/approval"),
                                "button plain",
                                "Take the approval back",
                                "",
                                vec![("approved", "no".to_owned())],
                            )
                        } else {
                            button_form(
                                format!("/exp/labs/{id}/approval"),
                                "button",
                                "Approve this lab",
                                "",
                                vec![("approved", "yes".to_owned())],
                            )
                        }
                    })}
                {match (standing.lab, lab.has_asked) {
                    (Some(_), _) => {
                        button_form(
                            format!("/exp/labs/{id}/leave"),
                            "quiet danger-link",
                            "Leave the lab",
                            "",
                            vec![],
                        )
                    }
                    (None, true) => {
                        button_form(
                            format!("/exp/labs/{id}/withdraw"),
                            "button plain",
                            "Take back my wish to join",
                            "",
                            vec![],
                        )
                    }
                    (None, false) => {
                        button_form(
                            format!("/exp/labs/{id}/join"),
                            "button",
                            "Ask to join",
                            "",
                            vec![],
                        )
                    }
                }}
                {(lab.is_approved && !details.slug.is_empty())
                    .then(|| {
                        view! {
                            <a href=format!(
                                "/studies/{}",
                                details.slug,
                            )>"The page that families see"</a>
                        }
                    })}
            </div>
            <dl class="facts-list">
                <div>
                    <dt>"Your role"</dt>
                    <dd>{standing.lab.map_or("none", LabRole::label)}</dd>
                </div>
                <div>
                    <dt>"Approved"</dt>
                    <dd>
                        {if lab.is_approved {
                            "yes"
                        } else {
                            "not yet: studies can be written and tried, but not submitted"
                        }}
                    </dd>
                </div>
                <div>
                    <dt>"Institution"</dt>
                    <dd>{details.institution}</dd>
                </div>
                <div>
                    <dt>"Principal investigator"</dt>
                    <dd>{details.principal_investigator_name}</dd>
                </div>
                <div>
                    <dt>"Contact"</dt>
                    <dd>{details.contact_email} " " {details.contact_phone}</dd>
                </div>
                {(!details.website.is_empty())
                    .then(|| {
                        view! {
                            <div>
                                <dt>"Website"</dt>
                                <dd>
                                    <a href=details.website.clone() rel="noopener noreferrer">
                                        {details.website.clone()}
                                    </a>
                                </dd>
                            </div>
                        }
                    })}
                <div>
                    <dt>"Review board"</dt>
                    <dd>{paragraphs(&details.irb_contact_info)}</dd>
                </div>
            </dl>
            <section>
                <h2>"What parents read"</h2>
                {paragraphs(&details.description)}
            </section>
            <section>
                <h2>"Who can do what"</h2>
                <dl class="facts-list">
                    {LabRole::ALL
                        .iter()
                        .rev()
                        .map(|role| {
                            view! {
                                <div>
                                    <dt>{role.label()}</dt>
                                    <dd>{permissions::in_words(|action| role.grants(action))}</dd>
                                </div>
                            }
                        })
                        .collect_view()}
                </dl>
                <p class="help">
                    "What children answered is read by those who have a role in the study that allows it; a role in the lab is not enough."
                </p>
            </section>
        }
        .into_any())
    })
}

fn lab_fields(form: &FormState) -> AnyView {
    let form = form.clone();
    view! {
        <TextField form=form.clone() name="name" label="Name" required=true />
        <TextField
            form=form.clone()
            name="slug"
            label="End of the address for families"
            required=true
            help="Such as child-lab: families then find your studies at /studies/child-lab."
        />
        <TextField form=form.clone() name="institution" label="Institution" />
        <TextField
            form=form.clone()
            name="principal_investigator_name"
            label="Principal investigator"
            required=true
        />
        <TextField
            form=form.clone()
            name="contact_email"
            label="E-mail address for families"
            kind="email"
            required=true
            help="Families' answers to your letters go here."
        />
        <TextField
            form=form.clone()
            name="contact_phone"
            label="Telephone"
            kind="tel"
            required=true
        />
        <TextField form=form.clone() name="website" label="Website" kind="url" />
        <TextArea
            form=form.clone()
            name="description"
            label="What parents should know about the lab"
            required=true
        />
        <TextArea
            form=form
            name="irb_contact_info"
            label="Whom families can ask about the review board's approval"
            required=true
        />
    }
    .into_any()
}

/// A new lab.
#[component]
pub fn CreateLab() -> impl IntoView {
    let request = Request::current();
    page(async move {
        request.actor.researcher_in_person()?;
        Ok(view! {
            <Title text="Make a lab" />
            <p class="crumbs">
                <a href="/exp/labs">"Labs"</a>
            </p>
            <section class="narrow">
                <h1>"Make a lab"</h1>
                <p class="lead">
                    "You will look after it. Our staff approve it before its first study is submitted."
                </p>
                <form method="post" action="/exp/labs/create" novalidate>
                    <FormFaults form=request.form.clone() />
                    {lab_fields(&request.form)}
                    <button class="button" type="submit">
                        "Make the lab"
                    </button>
                </form>
            </section>
        }
        .into_any())
    })
}

/// Changes to a lab.
#[component]
pub fn EditLab() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: LabId = request.id("lab")?;
        let lab = labs::find(&request.ctx, &request.actor, id).await?;
        if !lab.standing.grants(Action::EditLabMetadata) {
            return Err(crate::error::AppError::Denied);
        }
        let details = lab.details.clone();
        let stored = Form::of([
            ("name", details.name.clone()),
            ("slug", details.slug),
            ("institution", details.institution),
            (
                "principal_investigator_name",
                details.principal_investigator_name,
            ),
            ("contact_email", details.contact_email),
            ("contact_phone", details.contact_phone),
            ("website", details.website),
            ("description", details.description),
            ("irb_contact_info", details.irb_contact_info),
        ]);
        let form =
            if request.form.form.text("name").is_empty() && request.form.error("name").is_none() {
                FormState {
                    form: stored,
                    ..request.form.clone()
                }
            } else {
                request.form.clone()
            };
        let picture = |field: &'static str,
                       title: &'static str,
                       help: &'static str,
                       name: String,
                       width: &'static str,
                       height: &'static str| {
            let error = form.error(field);
            view! {
                <div class="card">
                    <h3>{title}</h3>
                    {(!name.is_empty())
                        .then(|| {
                            view! {
                                <img
                                    class="lab-picture"
                                    src=picture_path(&name)
                                    alt=format!("The {} now", title.to_lowercase())
                                    width=width
                                    height=height
                                />
                                {button_form(
                                    format!("/exp/labs/{id}/pictures/remove"),
                                    "quiet danger-link",
                                    "Remove",
                                    title.to_lowercase(),
                                    vec![("picture", field.to_owned())],
                                )}
                            }
                        })}
                    <form
                        method="post"
                        action=format!("/exp/labs/{id}/pictures/{field}")
                        enctype="multipart/form-data"
                    >
                        <div class="field">
                            <label for=field>{format!("Choose a {}", title.to_lowercase())}</label>
                            <p class="help" id=format!("{field}-help")>
                                {help}
                            </p>
                            <input
                                id=field
                                name=field
                                type="file"
                                accept="image/png,image/jpeg,image/webp"
                                aria-describedby=format!("{field}-help")
                            />
                            {error
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
                            "Upload"
                        </button>
                    </form>
                </div>
            }
            .into_any()
        };
        let banner = picture(
            "banner",
            "Banner",
            "At least twice as wide as high. PNG, JPEG or WebP, at most 4 MB.",
            lab.banner.clone(),
            "320",
            "120",
        );
        let badge = picture(
            "badge",
            "Badge",
            "Exactly square. PNG, JPEG or WebP, at most 4 MB.",
            lab.badge.clone(),
            "120",
            "120",
        );
        Ok(view! {
            <Title text=format!("Change {}", details.name) />
            <p class="crumbs">
                <a href="/exp/labs">"Labs"</a>
                " / "
                <a href=format!("/exp/labs/{id}")>{details.name.clone()}</a>
            </p>
            <section class="narrow">
                <h1>"Change the lab"</h1>
                {done(
                    &request,
                    &[
                        ("picture-saved", "The picture is saved."),
                        ("picture-removed", "The picture is removed."),
                    ],
                )}
                <FormFaults form=request.form.clone() />
                <form method="post" action=format!("/exp/labs/{id}/edit") novalidate>
                    {lab_fields(&form)}
                    <div class="form-actions">
                        <button class="button" type="submit">
                            "Save"
                        </button>
                        <a href=format!("/exp/labs/{id}")>"Cancel"</a>
                    </div>
                </form>
                <h2>"Pictures"</h2>
                {banner}
                {badge}
            </section>
        }
        .into_any())
    })
}

fn role_options() -> Vec<(String, String)> {
    LabRole::ALL
        .iter()
        .map(|role| {
            (
                role.as_str().to_owned(),
                format!(
                    "{}: {}",
                    role.label(),
                    permissions::in_words(|action| role.grants(action))
                        .chars()
                        .take(70)
                        .collect::<String>()
                ),
            )
        })
        .collect()
}

fn role_select(
    id: String,
    label: String,
    chosen: Option<&'static str>,
    roles: Vec<(&'static str, &'static str)>,
) -> AnyView {
    view! {
        <label class="visually-hidden" for=id.clone()>
            {label}
        </label>
        <select id=id name="role">
            {roles
                .into_iter()
                .map(|(value, words)| {
                    view! {
                        <option value=value selected=chosen == Some(value)>
                            {words}
                        </option>
                    }
                })
                .collect_view()}
        </select>
    }
    .into_any()
}

fn lab_roles() -> Vec<(&'static str, &'static str)> {
    LabRole::ALL
        .iter()
        .map(|role| (role.as_str(), role.label()))
        .collect()
}

/// People with their roles; for those who may, with forms to change and remove them. A person is an
/// account, a name, an address and the stored word of a role.
fn people_table(
    label: &'static str,
    action: &str,
    people: Vec<(AccountId, String, String, &'static str)>,
    roles: &[(&'static str, &'static str)],
    own: AccountId,
    may_manage: bool,
) -> AnyView {
    let rows = people.into_iter().map(|(account, name, email, role)| {
        let words = roles
            .iter()
            .find(|(stored, _)| *stored == role)
            .map_or(role, |(_, words)| words);
        let cell = if may_manage {
            view! {
                <form method="post" action=action.to_owned() class="row">
                    <input type="hidden" name="act" value="role" />
                    <input type="hidden" name="account" value=account.to_string() />
                    {role_select(
                        format!("role-{account}"),
                        format!("Role of {name}"),
                        Some(role),
                        roles.to_vec(),
                    )}
                    <button class="button plain small" type="submit">
                        "Set"
                        <span class="visually-hidden">{format!(" the role of {name}")}</span>
                    </button>
                </form>
            }
            .into_any()
        } else {
            words.into_any()
        };
        let remove = may_manage.then(|| {
            view! {
                <td>
                    {button_form(
                        action.to_owned(),
                        "quiet danger-link",
                        "Remove",
                        name.clone(),
                        vec![("act", "remove".to_owned()), ("account", account.to_string())],
                    )}
                </td>
            }
        });
        view! {
            <tr>
                <th scope="row">{name}{(account == own).then_some(" (you)")}</th>
                <td>{email}</td>
                <td>{cell}</td>
                {remove}
            </tr>
        }
    });
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label=label>
            <table class="dense">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Address"</th>
                        <th scope="col">"Role"</th>
                        {may_manage
                            .then(|| {
                                view! {
                                    <th scope="col">
                                        <span class="visually-hidden">"Remove"</span>
                                    </th>
                                }
                            })}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The people of a lab.
#[component]
pub fn LabMembers() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: LabId = request.id("lab")?;
        let words = request.words();
        let found =
            labs::members(&request.ctx, &request.actor, id, &words, request.paging(50)).await?;
        let action = format!("/exp/labs/{id}/members");
        let pages = {
            let (words, action) = (words.clone(), action.clone());
            pager(&found.page, move |number| {
                format!(
                    "{action}?{}",
                    serde_urlencoded::to_string([
                        ("search", words.as_str()),
                        ("page", &number.to_string())
                    ])
                    .unwrap_or_default()
                )
            })
        };
        let said = done(
            &request,
            &[
                ("role", "The role is set, and the person is told."),
                ("remove", "The person has left the lab and its studies."),
                ("decline", "The request is turned down."),
                ("invited", "The invitation is on its way."),
                ("revoked", "The invitation is taken back."),
            ],
        );
        let may_manage = found.may_manage;
        let members = found
            .page
            .entries
            .iter()
            .map(|member| {
                (
                    member.account,
                    member.name.clone(),
                    member.email.clone(),
                    member.role.as_str(),
                )
            })
            .collect();
        let manage = may_manage.then(|| {
            view! {
                <section class="narrow">
                    <h2>"Invite somebody"</h2>
                    <form method="post" action=format!("/exp/labs/{id}/invite") novalidate>
                        <TextField
                            form=request.form.clone()
                            name="email"
                            label="E-mail address"
                            kind="email"
                            required=true
                        />
                        <SelectField
                            form=request.form.clone()
                            name="invite_role"
                            label="Role"
                            none="Member"
                            options=role_options()
                        />
                        <button class="button" type="submit">
                            "Send an invitation"
                        </button>
                    </form>
                    {(!found.invitations.is_empty())
                        .then(|| {
                            view! {
                                <h3>"Open invitations"</h3>
                                <ul class="session-list">
                                    {found
                                        .invitations
                                        .iter()
                                        .map(|invitation| {
                                            view! {
                                                <li>
                                                    <span>{invitation.email.clone()}</span>
                                                    <span class="quiet-text">
                                                        {invitation.role.label()} ", until "
                                                        <When at=invitation.expires_at />
                                                    </span>
                                                    {button_form(
                                                        format!("/exp/labs/{id}/invitations/revoke"),
                                                        "quiet danger-link",
                                                        "Take back",
                                                        invitation.email.clone(),
                                                        vec![("invitation", invitation.id.to_string())],
                                                    )}
                                                </li>
                                            }
                                        })
                                        .collect_view()}
                                </ul>
                            }
                        })}
                </section>
            }
        });
        let asking = (!found.asking.is_empty()).then(|| {
            view! {
                <section>
                    <h2>"Who asks to join"</h2>
                    <ul class="session-list">
                        {found
                            .asking
                            .iter()
                            .map(|person| {
                                view! {
                                    <li>
                                        <span>
                                            <strong>{person.name.clone()}</strong>
                                            " "
                                            <span class="quiet-text">
                                                {person.email.clone()} ", " <When at=person.asked_at />
                                            </span>
                                        </span>
                                        <span class="row-actions">
                                            <form method="post" action=action.clone() class="row">
                                                <input type="hidden" name="act" value="role" />
                                                <input
                                                    type="hidden"
                                                    name="account"
                                                    value=person.account.to_string()
                                                />
                                                {role_select(
                                                    format!("accept-{}", person.account),
                                                    format!("Role of {}", person.name),
                                                    Some("member"),
                                                    lab_roles(),
                                                )}
                                                <button class="button small" type="submit">
                                                    "Accept"
                                                    <span class="visually-hidden">
                                                        {format!(" {}", person.name)}
                                                    </span>
                                                </button>
                                            </form>
                                            {button_form(
                                                action.clone(),
                                                "quiet danger-link",
                                                "Decline",
                                                person.name.clone(),
                                                vec![
                                                    ("act", "decline".to_owned()),
                                                    ("account", person.account.to_string()),
                                                ],
                                            )}
                                        </span>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                </section>
            }
        });
        Ok(view! {
            <Title text=format!("Members of {}", found.lab_name) />
            <p class="crumbs">
                <a href="/exp/labs">"Labs"</a>
                " / "
                <a href=format!("/exp/labs/{id}")>{found.lab_name.clone()}</a>
            </p>
            <h1>"Members"</h1>
            {said}
            <FormFaults form=request.form.clone() />
            {asking}
            {search_form(action.clone(), "Name or address", &words, vec![])}
            {people_table("Members", &action, members, &lab_roles(), found.own, may_manage)}
            {pages}
            {manage}
        }
        .into_any())
    })
}

fn study_roles() -> Vec<(&'static str, &'static str)> {
    StudyRole::ALL
        .iter()
        .map(|role| (role.as_str(), role.label()))
        .collect()
}

/// Who works on a study.
#[component]
pub fn StudyPeople() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let found = people::people(&request.ctx, &request.actor, id).await?;
        let action = format!("/exp/studies/{id}/people");
        let may_manage = found.may_manage;
        let said = done(
            &request,
            &[
                ("add", "The person is added, and told."),
                ("role", "The role is set, and the person is told."),
                ("remove", "The person no longer works on this study."),
            ],
        );
        let members = found
            .members
            .iter()
            .map(|member| {
                (
                    member.account,
                    member.name.clone(),
                    member.email.clone(),
                    member.role.map_or("", StudyRole::as_str),
                )
            })
            .collect();
        let add = may_manage.then(|| {
            let has_candidates = !found.candidates.is_empty();
            let candidates: Vec<(String, String)> = found.candidates.iter().map(|person| (person.email.clone(), format!("{} ({})", person.name, person.email))).collect();
            view! {
                <section class="narrow">
                    <h2>"Add somebody"</h2>
                    <form method="post" action=action.clone() novalidate>
                        <input type="hidden" name="act" value="add" />
                        {(!candidates.is_empty())
                            .then(|| {
                                view! {
                                    <SelectField
                                        form=request.form.clone()
                                        name="candidate"
                                        label="From the lab"
                                        none="Choose a person"
                                        options=candidates
                                    />
                                }
                            })}
                        <TextField
                            form=request.form.clone()
                            name="email"
                            label=if has_candidates {
                                "Or by e-mail address"
                            } else {
                                "E-mail address"
                            }
                            kind="email"
                            help="Of somebody who belongs to the lab. Others must be invited to the lab first."
                        />
                        <div class="field">
                            <label for="add-role">"Role"</label>
                            <select id="add-role" name="role">
                                {study_roles()
                                    .into_iter()
                                    .map(|(value, words)| {
                                        view! { <option value=value>{words}</option> }
                                    })
                                    .collect_view()}
                            </select>
                        </div>
                        <button class="button" type="submit">
                            "Add"
                        </button>
                    </form>
                </section>
            }
        });
        Ok(view! {
            <Title text=format!("People of {}", found.study_name) />
            <p class="crumbs">
                <a href="/exp/studies">"Studies"</a>
                " / "
                <a href=format!("/exp/studies/{id}")>{found.study_name.clone()}</a>
            </p>
            <h1>"Who works on this study"</h1>
            {said}
            <FormFaults form=request.form.clone() />
            {people_table("People", &action, members, &study_roles(), found.own, may_manage)}
            {add}
            <section>
                <h2>"Who can do what"</h2>
                <dl class="facts-list">
                    {StudyRole::ALL
                        .iter()
                        .rev()
                        .map(|role| {
                            view! {
                                <div>
                                    <dt>{role.label()}</dt>
                                    <dd>{permissions::in_words(|action| role.grants(action))}</dd>
                                </div>
                            }
                        })
                        .collect_view()}
                </dl>
            </section>
        }
        .into_any())
    })
}

/// Head of a lab's page for families.
pub fn lab_front(lab: &LabFront) -> AnyView {
    let details = &lab.details;
    view! {
        <header class="lab-front">
            {if lab.banner.is_empty() {
                view! {
                    <h1>
                        {(!lab.badge.is_empty())
                            .then(|| {
                                view! {
                                    <img
                                        class="lab-badge"
                                        src=picture_path(&lab.badge)
                                        alt=""
                                        width="64"
                                        height="64"
                                    />
                                }
                            })}{details.name.clone()}
                    </h1>
                }
                    .into_any()
            } else {
                view! {
                    <h1 class="visually-hidden">{details.name.clone()}</h1>
                    <img
                        class="lab-banner"
                        src=picture_path(&lab.banner)
                        alt=details.name.clone()
                    />
                }
                    .into_any()
            }}
            {(!details.institution.is_empty())
                .then(|| view! { <p class="quiet-text">{details.institution.clone()}</p> })}
            {paragraphs(&details.description)}
            <p class="quiet-text">
                "Questions? "
                <a href=format!(
                    "mailto:{}",
                    details.contact_email,
                )>{details.contact_email.clone()}</a>
            </p>
        </header>
    }
    .into_any()
}

/// Nothing for a family to do here yet.
pub fn no_study_yet() -> AnyView {
    view! {
        <Notice kind="info">
            <p>
                "This lab has no open study at the moment. "
                <a href="/studies">"See the studies of other labs"</a>"."
            </p>
        </Notice>
    }
    .into_any()
}
