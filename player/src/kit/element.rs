//! Building elements, listening to them, reading what was entered.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    Element, Event, EventTarget, HtmlElement, HtmlInputElement, HtmlSelectElement,
    HtmlTextAreaElement,
};

use super::browser::document;

/// An element that is being built.
#[derive(Clone, Debug)]
pub struct El(Element);

/// A new element with the given tag.
#[expect(
    clippy::expect_used,
    reason = "names of elements are written in this crate and are valid"
)]
pub fn el(name: &str) -> El {
    El(document().create_element(name).expect("a valid name"))
}

impl El {
    /// Adds classes, separated by blanks.
    pub fn class(self, names: &str) -> Self {
        for name in names.split_whitespace() {
            let _ = self.0.class_list().add_1(name);
        }
        self
    }

    pub fn attr(self, name: &str, value: &str) -> Self {
        let _ = self.0.set_attribute(name, value);
        self
    }

    /// Sets an attribute without a value, if asked.
    pub fn flag(self, name: &str, is_set: bool) -> Self {
        if is_set { self.attr(name, "") } else { self }
    }

    pub fn id(self, id: &str) -> Self {
        self.0.set_id(id);
        self
    }

    pub fn text(self, text: &str) -> Self {
        self.0.set_text_content(Some(text));
        self
    }

    /// Sets a researcher's HTML, which is trusted: the page's policy keeps it from running scripts.
    pub fn html(self, html: &str) -> Self {
        self.0.set_inner_html(html);
        self
    }

    pub fn add(&self, child: &Self) {
        let _ = self.0.append_child(&child.0);
    }

    /// Appends a child while building.
    pub fn with(self, child: &Self) -> Self {
        self.add(child);
        self
    }

    pub fn append_to(&self, parent: &Element) {
        let _ = parent.append_child(&self.0);
    }

    /// Calls `action` on an event, for as long as the element lives.
    pub fn on(self, event: &str, action: impl FnMut(Event) + 'static) -> Self {
        listen(&self.0, event, action);
        self
    }

    pub fn element(&self) -> &Element {
        &self.0
    }
}

/// Calls `action` on an event of a target. The browser keeps the closure; frames are few, and their
/// elements are dropped with them.
pub fn listen(target: &EventTarget, event: &str, action: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(action);
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Moves the keyboard's focus.
pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// Sets or removes an attribute without a value.
pub fn set_flag(element: &Element, name: &str, is_set: bool) {
    let _ = element.toggle_attribute_with_force(name, is_set);
}

/// The element on which an event happened.
pub fn target_of(event: &Event) -> Option<Element> {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
}

/// What stands in the form control on which an event happened.
pub fn value_of(event: &Event) -> Option<String> {
    let element = target_of(event)?;
    let value = if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        input.value()
    } else if let Some(area) = element.dyn_ref::<HtmlTextAreaElement>() {
        area.value()
    } else if let Some(select) = element.dyn_ref::<HtmlSelectElement>() {
        select.value()
    } else {
        String::new()
    };
    Some(value)
}

/// Whether the check box or radio button on which an event happened is on.
pub fn is_checked(event: &Event) -> bool {
    target_of(event).is_some_and(|element| {
        element
            .dyn_ref::<HtmlInputElement>()
            .is_some_and(HtmlInputElement::checked)
    })
}

pub fn set_checked(element: &Element, is_on: bool) {
    if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        input.set_checked(is_on);
    }
}
