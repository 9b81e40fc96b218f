//! The page of a form: heading, questions, buttons.

use std::rc::Rc;

use protocol::Frame;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::answering::Answering;
use super::question;
use super::screen::Survey;
use crate::frames::buttons::{go_back, next_label};
use crate::kit::buttons::buttons;
use crate::kit::element::{El, el};
use crate::stage::Stage;

/// Shows the form, filled again if this frame was answered before.
pub fn show(stage: &Rc<dyn Stage>, frame: &Frame, root: &Element) {
    let answering = Answering::begin(&**stage, frame);
    let previous = go_back(stage, frame, answering.unanswered());
    let page = el("div").class("exp-lookit-survey player-page");
    let form = &answering.form;
    if !form.title.is_empty() {
        page.add(&el("h1").class("alpaca-container-label").html(&form.title));
    }
    if !form.description.is_empty() {
        page.add(&el("p").class("lead").html(&form.description));
    }
    let holder = el("form")
        .class("exp-lookit-survey-form")
        .attr("novalidate", "");
    let survey = Rc::new(Survey::new(answering, holder.clone()));
    question::draw_all(
        &survey,
        &survey.answering.form.questions,
        "",
        holder.element(),
    );
    survey.show_and_hide();
    page.add(&go_on_with_enter(holder, page.element().clone()));
    let stage = stage.clone();
    let go_on = move || survey.go_on(&stage);
    page.add(&buttons(&next_label(frame), go_on, previous));
    page.append_to(root);
}

/// Enter in a field goes on, as it would in any form; the page itself must not be sent anywhere.
fn go_on_with_enter(form: El, page: Element) -> El {
    form.on("submit", move |event| {
        event.prevent_default();
        if let Some(button) = page
            .query_selector("#nextbutton")
            .ok()
            .flatten()
            .and_then(|button| button.dyn_into::<HtmlElement>().ok())
        {
            button.click();
        }
    })
}
