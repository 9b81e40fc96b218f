//! `exp-lookit-survey`: a researcher's form (`frames.md` §3.15, §5). What is shown, checked and
//! stored is decided in `protocol::survey`; this file draws.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::Frame;
use protocol::survey::{Control, Entered, Field, Filled, Form, join};
use serde_json::{Map, Value};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::{buttons, flag, next_label, way};
use crate::dom::{El, document, el, focus, is_checked, value_of};
use crate::player::Player;

/// A form on the screen.
struct Survey {
    form: Form,
    filled: RefCell<Filled>,
    root: El,
}

/// Shows the form, filled again if this frame was answered before.
pub fn show(player: &Rc<Player>, frame: &Frame, root: &Element) {
    let empty = Map::new();
    let schema = frame
        .members
        .get("formSchema")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let form = Form::read(schema).0;
    let filled = form.begin(player.session.borrow().earlier(frame, "formData"));
    let page = el("div").class("exp-lookit-survey player-page");
    if !form.title.is_empty() {
        page.add(&el("h1").class("alpaca-container-label").html(&form.title));
    }
    if !form.description.is_empty() {
        page.add(&el("p").class("lead").html(&form.description));
    }
    let holder = el("form")
        .class("exp-lookit-survey-form")
        .attr("novalidate", "");
    let survey = Rc::new(Survey {
        form,
        filled: RefCell::new(filled),
        root: holder.clone(),
    });
    draw_fields(&survey, &survey.form.fields, "", holder.element());
    survey.show_and_hide();
    // Enter in a field goes on, as it would in any form; the page itself must not be sent anywhere.
    let pressed = page.element().clone();
    page.add(&holder.on("submit", move |event| {
        event.prevent_default();
        if let Some(button) = pressed
            .query_selector("#nextbutton")
            .ok()
            .flatten()
            .and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok())
        {
            button.click();
        }
    }));
    let stored = Value::Object(schema.clone());
    let (next, answering, used) = (player.clone(), survey.clone(), stored.clone());
    let go_on = move || {
        if answering.complain() {
            return;
        }
        let answers = answering.form.answers(&answering.filled.borrow());
        next.next(
            Map::from_iter([
                ("formSchema".to_owned(), used.clone()),
                ("formData".to_owned(), Value::Object(answers)),
            ]),
            false,
        );
    };
    let back = player.clone();
    let previous = flag(frame, "showPreviousButton", true).then(|| {
        way(move || back.previous(Map::from_iter([("formSchema".to_owned(), stored.clone())])))
    });
    page.add(&buttons(&next_label(frame), go_on, previous));
    page.put_into(root);
}

/// Whether a browser's regular expression fits a text. An expression that is none accepts
/// everything.
fn matches(pattern: &str, text: &str) -> bool {
    let Ok(constructor) = js_sys::Reflect::get(&js_sys::global(), &"RegExp".into())
        .and_then(JsCast::dyn_into::<js_sys::Function>)
    else {
        return true;
    };
    let Ok(expression) =
        js_sys::Reflect::construct(&constructor, &js_sys::Array::of1(&pattern.into()))
    else {
        return true;
    };
    expression
        .dyn_into::<js_sys::RegExp>()
        .map_or(true, |expression| expression.test(text))
}

impl Survey {
    fn enter(&self, path: &str, entered: Entered) {
        self.filled.borrow_mut().set(path, entered);
        self.show_and_hide();
        // A complaint that no longer holds goes at once; new ones wait for the button.
        let faults = self.form.check(&self.filled.borrow(), &matches);
        if !faults.iter().any(|(at, _)| at == path) {
            say(path, "");
        }
    }

    fn show_and_hide(&self) {
        self.show_and_hide_in(&self.form.fields, "");
    }

    fn show_and_hide_in(&self, fields: &[Field], path: &str) {
        for field in fields {
            let at = join(path, &field.name);
            let is_shown =
                protocol::survey::is_shown(fields, path, &field.name, &self.filled.borrow());
            if let Some(holder) = document().get_element_by_id(&id(&at, "field")).or_else(|| {
                self.root
                    .element()
                    .query_selector(&format!("[id='{}']", id(&at, "field")))
                    .ok()
                    .flatten()
            }) {
                let _ = if is_shown {
                    holder.remove_attribute("hidden")
                } else {
                    holder.set_attribute("hidden", "")
                };
            }
            if let Control::Group(children) = &field.control {
                self.show_and_hide_in(children, &at);
            }
        }
    }

    /// Shows what is wrong; true if something is.
    fn complain(&self) -> bool {
        let faults = self.form.check(&self.filled.borrow(), &matches);
        let lines = self.root.element().query_selector_all(".field-error").ok();
        for index in 0..lines.as_ref().map_or(0, web_sys::NodeList::length) {
            if let Some(line) = lines
                .as_ref()
                .and_then(|lines| lines.get(index))
                .and_then(|line| line.dyn_into::<Element>().ok())
            {
                let _ = line.set_attribute("hidden", "");
            }
        }
        for (path, message) in faults.iter().rev() {
            say(path, message);
        }
        if let Some((first, _)) = faults.first() {
            let holder = document().get_element_by_id(&id(first, "field"));
            let control = holder.as_ref().and_then(|holder| {
                holder
                    .query_selector("input, select, textarea")
                    .ok()
                    .flatten()
            });
            if let Some(element) = control.or(holder) {
                focus(&element);
            }
        }
        !faults.is_empty()
    }
}

fn id(path: &str, part: &str) -> String {
    format!("survey-{path}-{part}")
}

fn say(path: &str, message: &str) {
    if let Some(line) = document().get_element_by_id(&id(path, "error")) {
        line.set_text_content(Some(message));
        let _ = if message.is_empty() {
            line.set_attribute("hidden", "")
        } else {
            line.remove_attribute("hidden")
        };
    }
    if let Some(control) = document().get_element_by_id(&id(path, "control")) {
        let _ = if message.is_empty() {
            control.remove_attribute("aria-invalid")
        } else {
            control.set_attribute("aria-invalid", "true")
        };
    }
}

fn draw_fields(survey: &Rc<Survey>, fields: &[Field], path: &str, parent: &Element) {
    for field in fields {
        draw(survey, field, &join(path, &field.name)).put_into(parent);
    }
}

/// Draws one question. Questions with several controls are groups with a legend, the others have a
/// label.
fn draw(survey: &Rc<Survey>, field: &Field, path: &str) -> El {
    let is_group = matches!(
        field.control,
        Control::Radio
            | Control::Checkboxes
            | Control::Checkbox
            | Control::Group(_)
            | Control::List(_)
    );
    let holder = el(if is_group { "fieldset" } else { "div" })
        .class("field")
        .class(&field.class)
        .id(&id(path, "field"))
        .attr("data-name", &field.name);
    if matches!(field.control, Control::Hidden) {
        return holder.attr("hidden", "");
    }
    let needs_answer = field.rules.is_required || field.rules.required_message.is_some();
    let label = if is_group {
        el("legend")
    } else {
        el("label").attr("for", &id(path, "control"))
    }
    .html(&field.label);
    if !field.label.is_empty() {
        holder.add(&label);
    }
    for (index, helper) in field.helpers.iter().enumerate() {
        holder.add(
            &el("p")
                .class("help help-block")
                .id(&id(path, &format!("help{index}")))
                .html(helper),
        );
    }
    let described = (0..field.helpers.len())
        .map(|index| id(path, &format!("help{index}")))
        .chain([id(path, "error")])
        .collect::<Vec<_>>()
        .join(" ");
    let dress = |control: El| {
        let control = control
            .id(&id(path, "control"))
            .attr("name", path)
            .attr("aria-describedby", &described)
            .flag("disabled", field.is_disabled);
        let control = if needs_answer {
            control.attr("aria-required", "true")
        } else {
            control
        };
        if field.label.is_empty() {
            control.attr("aria-label", &field.name)
        } else {
            control
        }
    };
    match &field.control {
        Control::Line(kind) => holder.add(&dress(typed(
            survey,
            path,
            el("input")
                .attr("type", kind)
                .attr("placeholder", &field.placeholder),
        ))),
        Control::Paragraphs => holder.add(&dress(typed(
            survey,
            path,
            el("textarea")
                .attr("rows", &field.rows.to_string())
                .attr("placeholder", &field.placeholder),
        ))),
        Control::Number | Control::Integer => {
            let input = el("input")
                .attr("type", "text")
                .attr(
                    "inputmode",
                    if field.control == Control::Integer || field.is_digits_only {
                        "numeric"
                    } else {
                        "decimal"
                    },
                )
                .attr("placeholder", &field.placeholder);
            let input = if field.is_digits_only {
                digits_only(input)
            } else {
                input
            };
            holder.add(&dress(typed(survey, path, input)));
        }
        Control::Date(_) => holder.add(&dress(typed(
            survey,
            path,
            el("input").attr("type", "date"),
        ))),
        Control::Time(_) => holder.add(&dress(typed(
            survey,
            path,
            el("input").attr("type", "time").attr("step", "1"),
        ))),
        Control::DateTime(_) => holder.add(&dress(typed(
            survey,
            path,
            el("input").attr("type", "datetime-local").attr("step", "1"),
        ))),
        Control::Select | Control::SelectMany => holder.add(&dress(select(survey, field, path))),
        Control::Radio | Control::Checkboxes => holder.add(&options(survey, field, path)),
        Control::Checkbox => {
            let (entering, at) = (survey.clone(), path.to_owned());
            let input = dress(el("input").attr("type", "checkbox")).on("change", move |event| {
                entering.enter(
                    &at,
                    Entered::Flag(target(&event).is_some_and(|element| is_checked(&element))),
                )
            });
            let is_on = matches!(survey.filled.borrow().get(path), Some(Entered::Flag(true)));
            set_checked(&input, is_on);
            let words = if field.right_label.is_empty() {
                &field.label
            } else {
                &field.right_label
            };
            holder.add(
                &el("label")
                    .class("choice")
                    .with(&input)
                    .with(&el("span").html(words)),
            );
        }
        Control::Group(children) => draw_fields(survey, children, path, holder.element()),
        Control::List(item) => list(survey, item, path, &holder),
        Control::Hidden => {}
    }
    holder.add(
        &el("p")
            .class("field-error")
            .id(&id(path, "error"))
            .attr("role", "alert")
            .attr("hidden", ""),
    );
    holder
}

fn target(event: &web_sys::Event) -> Option<Element> {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
}

fn set_checked(input: &El, is_on: bool) {
    if let Some(input) = input.element().dyn_ref::<HtmlInputElement>() {
        input.set_checked(is_on);
    }
}

/// A control into which something is typed.
fn typed(survey: &Rc<Survey>, path: &str, control: El) -> El {
    let text = match survey.filled.borrow().get(path) {
        Some(Entered::Text(text)) => text.clone(),
        _ => String::new(),
    };
    if let Some(input) = control.element().dyn_ref::<HtmlInputElement>() {
        input.set_value(&text);
    } else if let Some(area) = control.element().dyn_ref::<web_sys::HtmlTextAreaElement>() {
        area.set_value(&text);
    }
    let (entering, at) = (survey.clone(), path.to_owned());
    control.on("input", move |event| {
        entering.enter(
            &at,
            Entered::Text(
                target(&event)
                    .map(|element| value_of(&element))
                    .unwrap_or_default(),
            ),
        )
    })
}

/// Keeps everything but digits out of an input.
fn digits_only(input: El) -> El {
    input.on("input", |event| {
        if let Some(input) = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        {
            let digits: String = input.value().chars().filter(char::is_ascii_digit).collect();
            if digits != input.value() {
                input.set_value(&digits);
            }
        }
    })
}

fn chosen(survey: &Survey, path: &str) -> Vec<usize> {
    match survey.filled.borrow().get(path) {
        Some(Entered::Chosen(positions)) => positions.clone(),
        _ => Vec::new(),
    }
}

fn select(survey: &Rc<Survey>, field: &Field, path: &str) -> El {
    let is_many = field.control == Control::SelectMany;
    let control = el("select").flag("multiple", is_many);
    let chosen = chosen(survey, path);
    // Without a "none" option an untouched list must not look answered.
    if !is_many {
        control.add(
            &el("option")
                .attr("value", "")
                .text(field.none_label.as_deref().unwrap_or("Please choose")),
        );
    }
    for (position, choice) in field.options.iter().enumerate() {
        control.add(
            &el("option")
                .attr("value", &position.to_string())
                .flag("selected", chosen.contains(&position))
                .html(&choice.label),
        );
    }
    let (entering, at) = (survey.clone(), path.to_owned());
    control.on("change", move |event| {
        let Some(select) = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::HtmlSelectElement>().ok())
        else {
            return;
        };
        let options = select.selected_options();
        let positions = (0..options.length())
            .filter_map(|index| options.item(index)?.get_attribute("value")?.parse().ok())
            .collect();
        entering.enter(&at, Entered::Chosen(positions));
    })
}

fn options(survey: &Rc<Survey>, field: &Field, path: &str) -> El {
    let is_radio = field.control == Control::Radio;
    let group = el("div").class(if field.is_vertical {
        "choice-list"
    } else {
        "choice-list inline"
    });
    let already = chosen(survey, path);
    let positions = field
        .none_label
        .iter()
        .map(|label| (None, label.clone()))
        .chain(
            field
                .options
                .iter()
                .enumerate()
                .map(|(position, choice)| (Some(position), choice.label.clone())),
        );
    for (position, label) in positions {
        let (entering, at) = (survey.clone(), path.to_owned());
        let input = el("input")
            .attr("type", if is_radio { "radio" } else { "checkbox" })
            .attr("name", path)
            .attr("aria-describedby", &id(path, "error"))
            .flag("disabled", field.is_disabled);
        set_checked(
            &input,
            position.is_some_and(|position| already.contains(&position)),
        );
        let input = input.on("change", move |event| {
            let is_on = target(&event).is_some_and(|element| is_checked(&element));
            let positions = match position {
                None => Vec::new(),
                Some(position) if is_radio => vec![position],
                Some(position) => {
                    let mut positions = chosen(&entering, &at);
                    positions.retain(|other| *other != position);
                    if is_on {
                        positions.push(position);
                    }
                    positions
                }
            };
            entering.enter(&at, Entered::Chosen(positions));
        });
        group.add(
            &el("label")
                .class("choice")
                .with(&input)
                .with(&el("span").html(&label)),
        );
    }
    group
}

fn list(survey: &Rc<Survey>, item: &Field, path: &str, holder: &El) {
    let entries = el("div").class("survey-list");
    draw_entries(survey, item, path, entries.element());
    holder.add(&entries);
    let (adding, field, at, inside) = (
        survey.clone(),
        item.clone(),
        path.to_owned(),
        entries.element().clone(),
    );
    holder.add(
        &el("button")
            .attr("type", "button")
            .class("player-button plain small")
            .text("Add another")
            .on("click", move |_| {
                let count = adding.filled.borrow().count(&at);
                adding
                    .filled
                    .borrow_mut()
                    .set(&at, Entered::Count(count + 1));
                draw_entries(&adding, &field, &at, &inside);
                if let Some(control) =
                    document().get_element_by_id(&id(&format!("{at}.{count}"), "control"))
                {
                    focus(&control);
                }
            }),
    );
}

fn draw_entries(survey: &Rc<Survey>, item: &Field, path: &str, parent: &Element) {
    parent.set_inner_html("");
    let count = survey.filled.borrow().count(path);
    for index in 0..count {
        let row = el("div").class("survey-list-entry");
        let mut named = item.clone();
        if named.label.is_empty() {
            named.label = format!("Entry {}", index + 1);
        }
        row.add(&draw(survey, &named, &format!("{path}.{index}")));
        let (removing, field, at, inside) = (
            survey.clone(),
            item.clone(),
            path.to_owned(),
            parent.clone(),
        );
        row.add(
            &el("button")
                .attr("type", "button")
                .class("player-quiet")
                .text("Remove")
                .attr("aria-label", &format!("Remove entry {}", index + 1))
                .on("click", move |_| {
                    removing.filled.borrow_mut().remove_item(&at, index);
                    draw_entries(&removing, &field, &at, &inside);
                }),
        );
        row.put_into(parent);
    }
    survey.show_and_hide();
}
