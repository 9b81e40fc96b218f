//! A thin hand on the document: building elements, listening to them.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Element, Event, HtmlElement, Window};

/// The window. There always is one: the module runs in a page.
#[expect(
    clippy::expect_used,
    reason = "the module runs in a page and nowhere else"
)]
pub fn window() -> Window {
    web_sys::window().expect("the player runs in a page")
}

/// The document.
#[expect(
    clippy::expect_used,
    reason = "the module runs in a page and nowhere else"
)]
pub fn document() -> Document {
    window().document().expect("the player runs in a page")
}

/// An element that is being built.
#[derive(Clone, Debug)]
pub struct El(Element);

/// A new element.
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

    /// Sets an attribute.
    pub fn attr(self, name: &str, value: &str) -> Self {
        let _ = self.0.set_attribute(name, value);
        self
    }

    /// Sets an attribute without a value, if asked.
    pub fn flag(self, name: &str, is_set: bool) -> Self {
        if is_set { self.attr(name, "") } else { self }
    }

    /// Sets the id.
    pub fn id(self, id: &str) -> Self {
        self.0.set_id(id);
        self
    }

    /// Sets plain text.
    pub fn text(self, text: &str) -> Self {
        self.0.set_text_content(Some(text));
        self
    }

    /// Sets trusted HTML of a researcher.
    pub fn html(self, html: &str) -> Self {
        self.0.set_inner_html(html);
        self
    }

    /// Appends a child.
    pub fn add(&self, child: &Self) {
        let _ = self.0.append_child(&child.0);
    }

    /// Appends a child while building.
    pub fn with(self, child: &Self) -> Self {
        self.add(child);
        self
    }

    /// Appends itself to an element.
    pub fn put_into(&self, parent: &Element) {
        let _ = parent.append_child(&self.0);
    }

    /// Calls `action` on an event, for as long as the element lives.
    pub fn on(self, event: &str, action: impl FnMut(Event) + 'static) -> Self {
        listen(&self.0, event, action);
        self
    }

    /// The element.
    pub fn element(&self) -> &Element {
        &self.0
    }
}

/// Calls `action` on an event of a target. The browser keeps the closure; frames are few, and their
/// elements are dropped with them.
pub fn listen(target: &web_sys::EventTarget, event: &str, action: impl FnMut(Event) + 'static) {
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

/// The value of a form control.
pub fn value_of(element: &Element) -> String {
    if let Some(input) = element.dyn_ref::<web_sys::HtmlInputElement>() {
        input.value()
    } else if let Some(area) = element.dyn_ref::<web_sys::HtmlTextAreaElement>() {
        area.value()
    } else if let Some(select) = element.dyn_ref::<web_sys::HtmlSelectElement>() {
        select.value()
    } else {
        String::new()
    }
}

/// Whether a check box or radio button is on.
pub fn is_checked(element: &Element) -> bool {
    element
        .dyn_ref::<web_sys::HtmlInputElement>()
        .is_some_and(web_sys::HtmlInputElement::checked)
}

/// Now, as events store it.
pub fn timestamp() -> String {
    js_sys::Date::new_0().to_iso_string().into()
}

/// Seconds since the page was opened.
pub fn seconds() -> f64 {
    js_sys::Reflect::get(&window(), &"performance".into())
        .ok()
        .and_then(|performance| {
            let now = js_sys::Reflect::get(&performance, &"now".into())
                .ok()?
                .dyn_into::<js_sys::Function>()
                .ok()?;
            now.call0(&performance).ok()?.as_f64()
        })
        .unwrap_or_default()
        / 1000.0
}

/// Random bytes.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// Waits.
pub async fn sleep(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let _ =
            window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}
