//! `exp-lookit-exit-survey`: the family's last decisions, and what the study was about (`frames.md`
//! §3.4).

use std::cell::RefCell;
use std::rc::Rc;

use protocol::Frame;
use serde_json::{Map, Value};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::{buttons, flag};
use crate::data::ExitSurvey;
use crate::dialog::{self, Answer};
use crate::dom::{El, document, el, focus, is_checked, value_of};
use crate::player::Player;
use crate::text::{blocks, formatted, plain};

/// Shows the form, or what follows it when it was submitted already.
pub fn show(player: &Rc<Player>, frame: &Frame, root: &Element) {
    let is_submitted = player.session.borrow().is_submitted;
    if is_submitted {
        let own = stored(player, frame);
        return debriefing(player, frame, root, own);
    }
    form(player, frame, root);
}

/// Members that an earlier submission stored, for saving them again after a reload.
fn stored(player: &Rc<Player>, frame: &Frame) -> Map<String, Value> {
    let session = player.session.borrow();
    let data = session
        .data
        .get(&session.frame_id())
        .or_else(|| session.data.get(&frame.id))
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    data.into_iter()
        .filter(|(name, _)| {
            matches!(
                name.as_str(),
                "birthDate" | "databraryShare" | "useOfMedia" | "withdrawal" | "feedback"
            )
        })
        .collect()
}

fn form(player: &Rc<Player>, frame: &Frame, root: &Element) {
    let study = &player.run.study;
    let answers = Rc::new(RefCell::new(ExitSurvey {
        databrary: (!flag(frame, "showDatabraryOptions", true)).then(|| "NA".to_owned()),
        use_of_media: flag(frame, "privateLevelOnly", false).then(|| "private".to_owned()),
        ..ExitSurvey::default()
    }));
    let page = el("div").class("exp-lookit-exit-survey player-page");
    page.add(&el("h1").text("Before you go"));
    page.add(
        &el("p")
            .class("lead")
            .text("A few last answers, and you are done."),
    );

    let birth = answers.clone();
    let birth_input = el("input")
        .attr("type", "date")
        .id("birthDate")
        .attr("name", "birthDate")
        .attr("aria-describedby", "birthDate-help birthDate-error");
    page.add(
        &el("div")
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
                    .text("This helps to notice when the wrong child was chosen at the start."),
            )
            .with(&birth_input.on("input", move |event| {
                birth.borrow_mut().birth_date = target(&event)
                    .map(|element| value_of(&element))
                    .unwrap_or_default()
            }))
            .with(&error_line("birthDate")),
    );

    let sharing = el("fieldset").class("player-plain-fieldset").id("sharing");
    sharing.add(&el("legend").class("visually-hidden").text("Sharing"));
    if flag(frame, "showDatabraryOptions", true) {
        let set = answers.clone();
        sharing.add(&choice(
            "databraryShare",
            "May your visit be kept in Databrary, a library of studies for other researchers who have promised to protect it?",
            &[("yes", "Yes, researchers there may see it"), ("no", "No, leave it out")],
            move |value| set.borrow_mut().databrary = Some(value),
        ));
    }
    if !formatted(frame.members.get("additionalVideoPrivacyText")).is_empty() {
        sharing.add(&el("p").html(&formatted(frame.members.get("additionalVideoPrivacyText"))));
    }
    if flag(frame, "privateLevelOnly", false) {
        sharing.add(&el("p").text(&format!("Recordings of this visit stay private: only the researchers of \u{201c}{}\u{201d} see them.", study.name)));
    } else {
        let set = answers.clone();
        sharing.add(&choice(
            "useOfMedia",
            "Who may see pictures and recordings of your visit?",
            &[
                ("private", "Only the researchers of this study"),
                (
                    "scientific",
                    "Also other scientists and students, for example in a talk",
                ),
                (
                    "public",
                    "Everybody, for example in an article or a film about this research",
                ),
            ],
            move |value| set.borrow_mut().use_of_media = Some(value),
        ));
    }
    page.add(&sharing);

    let withdrawn = answers.clone();
    let closing = sharing.element().clone();
    let example = if flag(frame, "includeWithdrawalExample", true) {
        " (for example because somebody said something private)"
    } else {
        ""
    };
    page.add(
        &el("div")
            .class("field")
            .with(
                &el("label")
                    .class("choice")
                    .with(&el("input").attr("type", "checkbox").id("withdrawal").on(
                        "change",
                        move |event| {
                            let is_set = target(&event).is_some_and(|element| is_checked(&element));
                            withdrawn.borrow_mut().withdrawal = Some(is_set);
                            let _ = if is_set {
                                closing.set_attribute("disabled", "")
                            } else {
                                closing.remove_attribute("disabled")
                            };
                        },
                    ))
                    .with(
                        &el("span").text(&format!("Delete the recordings of this visit{example}")),
                    ),
            )
            .with(&el("p").class("help").text(&format!(
                "Your answers stay, the recordings go. Questions? {}",
                study.contact_info
            ))),
    );

    let comment = answers.clone();
    page.add(
        &el("div")
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
                        comment.borrow_mut().feedback =
                            target(&event).map(|element| value_of(&element))
                    }),
            ),
    );

    let (submitting, frame, holder) = (player.clone(), frame.clone(), root.clone());
    let submit = move || {
        let current = answers.borrow().clone();
        let faults = current.check();
        for name in ["birthDate", "databraryShare", "useOfMedia"] {
            say(
                name,
                faults
                    .iter()
                    .find(|(field, _)| *field == name)
                    .map(|(_, message)| *message)
                    .unwrap_or_default(),
            );
        }
        if let Some((first, _)) = faults.first() {
            if let Some(element) = document()
                .query_selector(&format!("[name={first}]"))
                .ok()
                .flatten()
            {
                focus(&element);
            }
            return;
        }
        let (player, frame, root) = (submitting.clone(), frame.clone(), holder.clone());
        let accept = {
            let members = current.members();
            move || {
                let index = player.session.borrow().index;
                player.save(members.clone(), index, true);
                debriefing(&player, &frame, &root, members.clone());
            }
        };
        if current.withdrawal == Some(true) {
            let untick = answers.clone();
            dialog::ask(
                "Delete the recordings?",
                "They can\u{2019}t be brought back.",
                vec![
                    Answer {
                        id: "keepRecordings",
                        label: "Keep them".to_owned(),
                        class: "player-button",
                        action: Rc::new(move || {
                            untick.borrow_mut().withdrawal = Some(false);
                            if let Some(input) = document()
                                .get_element_by_id("withdrawal")
                                .and_then(|element| element.dyn_into::<HtmlInputElement>().ok())
                            {
                                input.set_checked(false);
                            }
                            if let Some(sharing) = document().get_element_by_id("sharing") {
                                let _ = sharing.remove_attribute("disabled");
                            }
                        }),
                    },
                    Answer {
                        id: "deleteRecordings",
                        label: "Delete".to_owned(),
                        class: "player-button danger",
                        action: Rc::new(accept),
                    },
                ],
            );
        } else {
            accept();
        }
    };
    page.add(&buttons("Submit", submit, None));
    page.put_into(root);
}

fn target(event: &web_sys::Event) -> Option<Element> {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
}

fn error_line(name: &str) -> El {
    el("p")
        .class("field-error")
        .id(&format!("{name}-error"))
        .attr("role", "alert")
        .attr("hidden", "")
}

fn say(name: &str, message: &str) {
    if let Some(line) = document().get_element_by_id(&format!("{name}-error")) {
        line.set_text_content(Some(message));
        let _ = if message.is_empty() {
            line.set_attribute("hidden", "")
        } else {
            line.remove_attribute("hidden")
        };
    }
}

fn choice(
    name: &'static str,
    legend: &str,
    options: &[(&'static str, &str)],
    set: impl Fn(String) + Clone + 'static,
) -> El {
    let group = el("fieldset")
        .class("field choices")
        .attr("aria-describedby", &format!("{name}-error"));
    group.add(&el("legend").text(legend));
    for (value, label) in options.iter().copied() {
        let set = set.clone();
        group.add(
            &el("label")
                .class("choice")
                .with(
                    &el("input")
                        .attr("type", "radio")
                        .attr("name", name)
                        .attr("value", value)
                        .on("change", move |_| set(value.to_owned())),
                )
                .with(&el("span").text(label)),
        );
    }
    group.add(&error_line(name));
    group
}

/// The second screen. Its button saves once more, with the event of leaving.
fn debriefing(player: &Rc<Player>, frame: &Frame, root: &Element, own: Map<String, Value>) {
    root.set_inner_html("");
    let page = el("div").class("exp-lookit-exit-survey player-page");
    let empty = Map::new();
    let words = frame
        .members
        .get("debriefing")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    page.add(&el("h1").attr("tabindex", "-1").text(plain(words, "title")));
    if let Some(image) = words
        .get("image")
        .and_then(Value::as_object)
        .filter(|image| !plain(image, "src").is_empty())
    {
        page.add(
            &el("img")
                .class("debriefingpic")
                .attr("src", plain(image, "src"))
                .attr("alt", plain(image, "alt")),
        );
    }
    page.add(&el("p").html(&formatted(words.get("text"))));
    blocks(page.element(), words.get("blocks"), &mut |_, _, _| {});
    if flag(frame, "showShareButton", true) {
        let address = js_sys::encode_uri_component(&player.run.study.share_url);
        page.add(
            &el("p").with(
                &el("a")
                    .attr(
                        "href",
                        &format!("https://www.facebook.com/sharer/sharer.php?u={address}"),
                    )
                    .attr("target", "_blank")
                    .attr("rel", "noopener noreferrer")
                    .text("Tell other families on Facebook"),
            ),
        );
    }
    let next = player.clone();
    page.add(&buttons("Exit", move || next.next(own.clone(), true), None));
    page.put_into(root);
    if let Some(heading) = page.element().query_selector("h1").ok().flatten() {
        focus(&heading);
    }
}
