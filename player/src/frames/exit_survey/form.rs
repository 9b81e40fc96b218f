//! The first page of the exit survey: birthday, sharing, withdrawal, comment.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::Frame;
use web_sys::Element;

use super::answers::Answers;
use super::debriefing;
use crate::kit::blocks::formatted;
use crate::kit::browser::document;
use crate::kit::buttons::{Action, buttons};
use crate::kit::dialog::{self, Answer};
use crate::kit::element::{El, el, focus, is_checked, set_checked, set_flag, value_of};
use crate::kit::fields::{choice, error_line, show_error};
use crate::kit::members::flag;
use crate::stage::Stage;

const DATABRARY: &str = "May what was recorded be kept in Databrary, a library of studies for \
                         other researchers who have promised to protect it?";
const DATABRARY_CHOICES: &[(&str, &str)] = &[
    ("yes", "Yes, researchers there may see it"),
    ("no", "No, leave it out"),
];
const USE_OF_MEDIA: &str = "Who may see pictures and recordings of your family?";
const USE_OF_MEDIA_CHOICES: &[(&str, &str)] = &[
    ("private", "Only the researchers of this study"),
    (
        "scientific",
        "Also other scientists and students, for example in a talk",
    ),
    (
        "public",
        "Everybody, for example in an article or a film about this research",
    ),
];

/// What a family has answered so far.
type Shared = Rc<RefCell<Answers>>;

pub fn show(stage: &Rc<dyn Stage>, frame: &Frame, root: &Element) {
    let answers = Rc::new(RefCell::new(Answers::begin(frame)));
    let study = stage.study();
    let page = el("div").class("exp-lookit-exit-survey player-page");
    page.add(&el("h1").text("Before you go"));
    page.add(
        &el("p")
            .class("lead")
            .text("A few last answers, and you are done."),
    );
    page.add(&birthday(&answers));
    let sharing = sharing(&answers, frame, &study.name);
    page.add(&sharing);
    page.add(&withdrawal(&answers, frame, &study.contact_info, &sharing));
    page.add(&feedback(&answers));
    let (stage, frame, holder) = (stage.clone(), frame.clone(), root.clone());
    let submit = move || {
        let accept = {
            let (stage, frame, holder) = (stage.clone(), frame.clone(), holder.clone());
            move |answers: &Answers| accept(&stage, &frame, &holder, answers)
        };
        submit(&answers, accept);
    };
    page.add(&buttons("Submit", submit, None));
    page.append_to(root);
}

fn birthday(answers: &Shared) -> El {
    let answers = answers.clone();
    let input = el("input")
        .attr("type", "date")
        .id("birthDate")
        .attr("name", "birthDate")
        .attr("aria-describedby", "birthDate-help birthDate-error")
        .on("input", move |event| {
            answers.borrow_mut().birth_date = value_of(&event).unwrap_or_default();
        });
    el("div")
        .class("field")
        .attr("data-field", "birthDate")
        .with(
            &el("label")
                .attr("for", "birthDate")
                .text("Your child\u{2019}s birthday, once more"),
        )
        .with(
            &el("p")
                .class("help")
                .id("birthDate-help")
                .text("It shows us if the wrong child was chosen at the start."),
        )
        .with(&input)
        .with(&error_line("birthDate-error"))
}

/// Questions about who may see what; recordings that are withdrawn make them pointless.
fn sharing(answers: &Shared, frame: &Frame, study: &str) -> El {
    let sharing = el("fieldset").class("player-plain-fieldset").id("sharing");
    sharing.add(&el("legend").class("visually-hidden").text("Sharing"));
    if flag(&frame.members, "showDatabraryOptions", true) {
        let answers = answers.clone();
        sharing.add(&choices(
            "databraryShare",
            DATABRARY,
            DATABRARY_CHOICES,
            Rc::new(move |value| answers.borrow_mut().databrary = Some(value)),
        ));
    }
    let note = formatted(frame.members.get("additionalVideoPrivacyText"));
    if !note.is_empty() {
        sharing.add(&el("p").html(&note));
    }
    if flag(&frame.members, "privateLevelOnly", false) {
        sharing.add(&el("p").text(&format!(
            "Your recordings stay private: only the researchers of \
             \u{201c}{study}\u{201d} see them."
        )));
    } else {
        let answers = answers.clone();
        sharing.add(&choices(
            "useOfMedia",
            USE_OF_MEDIA,
            USE_OF_MEDIA_CHOICES,
            Rc::new(move |value| answers.borrow_mut().use_of_media = Some(value)),
        ));
    }
    sharing
}

fn choices(
    name: &str,
    legend: &str,
    options: &[(&'static str, &str)],
    choose: Rc<dyn Fn(String)>,
) -> El {
    let group = el("fieldset")
        .class("field choices")
        .attr("aria-describedby", &format!("{name}-error"));
    group.add(&el("legend").text(legend));
    for (value, label) in options.iter().copied() {
        let choose = choose.clone();
        let input = el("input")
            .attr("type", "radio")
            .attr("name", name)
            .attr("value", value)
            .on("change", move |_| choose(value.to_owned()));
        group.add(&choice(&input, el("span").text(label)));
    }
    group.add(&error_line(&format!("{name}-error")));
    group
}

fn withdrawal(answers: &Shared, frame: &Frame, contact: &str, sharing: &El) -> El {
    let example = if flag(&frame.members, "includeWithdrawalExample", true) {
        " (for example because somebody said something private)"
    } else {
        ""
    };
    let (answers, sharing) = (answers.clone(), sharing.element().clone());
    let input = el("input")
        .attr("type", "checkbox")
        .id("withdrawal")
        .on("change", move |event| {
            let is_withdrawn = is_checked(&event);
            answers.borrow_mut().withdrawal = Some(is_withdrawn);
            set_flag(&sharing, "disabled", is_withdrawn);
        });
    let label = el("span").text(&format!("Delete our recordings{example}"));
    el("div")
        .class("field")
        .with(&choice(&input, label))
        .with(&el("p").class("help").text(&format!(
            "Your answers stay, the recordings go. Questions? {contact}"
        )))
}

fn feedback(answers: &Shared) -> El {
    let answers = answers.clone();
    el("div")
        .class("field")
        .with(
            &el("label")
                .attr("for", "feedback")
                .text("Anything you would like to tell the researchers? (optional)"),
        )
        .with(
            &el("textarea")
                .id("feedback")
                .attr("rows", "3")
                .on("input", move |event| {
                    answers.borrow_mut().feedback = value_of(&event);
                }),
        )
}

/// Says what is wrong, or accepts the answers; withdrawing is asked for once more before.
fn submit(answers: &Shared, accept: impl Fn(&Answers) + 'static) {
    let current = answers.borrow().clone();
    let faults = current.check();
    for name in ["birthDate", "databraryShare", "useOfMedia"] {
        let fault = faults.iter().find(|(field, _)| *field == name);
        let message = fault.map(|(_, message)| *message).unwrap_or_default();
        show_error(&format!("{name}-error"), message);
    }
    if let Some((first, _)) = faults.first() {
        let control = document().query_selector(&format!("[name={first}]"));
        if let Some(control) = control.ok().flatten() {
            focus(&control);
        }
    } else if current.withdrawal == Some(true) {
        confirm_withdrawal(answers, Rc::new(move || accept(&current)));
    } else {
        accept(&current);
    }
}

fn confirm_withdrawal(answers: &Shared, delete: Action) {
    let answers = answers.clone();
    let keep = Rc::new(move || {
        answers.borrow_mut().withdrawal = Some(false);
        if let Some(tick) = document().get_element_by_id("withdrawal") {
            set_checked(&tick, false);
        }
        if let Some(sharing) = document().get_element_by_id("sharing") {
            set_flag(&sharing, "disabled", false);
        }
    });
    dialog::ask(
        "Delete the recordings?",
        "They can\u{2019}t be brought back.",
        vec![
            Answer {
                id: "keepRecordings",
                label: "Keep them",
                class: "player-button",
                action: keep,
            },
            Answer {
                id: "deleteRecordings",
                label: "Delete",
                class: "player-button danger",
                action: delete,
            },
        ],
    );
}

fn accept(stage: &Rc<dyn Stage>, frame: &Frame, root: &Element, answers: &Answers) {
    let members = answers.members();
    stage.submit(members.clone());
    debriefing::show(stage, frame, root, members);
}
