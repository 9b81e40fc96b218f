//! `exp-lookit-instructions`: text, sounds, films, and the family's own picture.

use std::cell::Cell;
use std::rc::Rc;

use protocol::Frame;
use serde_json::{Map, Value};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, HtmlMediaElement};

use super::buttons::{go_back, go_on, next_label};
use crate::kit::blocks::{blocks, formatted};
use crate::kit::browser::window;
use crate::kit::buttons::buttons;
use crate::kit::element::{El, el, focus, set_flag};
use crate::kit::members::{flag, object, objects, text};
use crate::stage::Stage;

/// A sound or film that must be played to its end before the page can be left.
struct RequiredMedia {
    has_ended: Rc<Cell<bool>>,
    warning: El,
}

pub fn show(stage: &Rc<dyn Stage>, frame: &Frame, root: &Element) {
    let has_webcam = flag(&frame.members, "showWebcam", false);
    let page = el("div").class(if has_webcam {
        "exp-lookit-instructions player-page player-columns"
    } else {
        "exp-lookit-instructions player-page exp-text"
    });
    let words = el("div");
    let mut required = Vec::new();
    blocks(
        words.element(),
        frame.members.get("blocks"),
        &mut |index, block, holder| {
            if let Some(media) = object(block, "mediaBlock") {
                required.extend(media_block(index, media, holder));
            }
        },
    );
    page.add(&words);
    if has_webcam {
        let column = el("div").class("player-webcam");
        webcam(&column);
        blocks(
            column.element(),
            frame.members.get("webcamBlocks"),
            &mut |_, _, _| {},
        );
        page.add(&column);
    }
    let go_on = go_on(stage);
    let next = move || match show_warnings(&required) {
        Some(warning) => focus(&warning),
        None => go_on(),
    };
    page.add(&buttons(
        &next_label(frame),
        next,
        go_back(stage, frame, Map::new()),
    ));
    page.append_to(root);
}

/// Warns of everything that was not played to its end. The first warning, if there is one.
fn show_warnings(required: &[RequiredMedia]) -> Option<Element> {
    let mut first = None;
    for media in required {
        let has_ended = media.has_ended.get();
        set_flag(media.warning.element(), "hidden", has_ended);
        if !has_ended && first.is_none() {
            first = Some(media.warning.element().clone());
        }
    }
    first
}

fn media_block(
    index: usize,
    media: &Map<String, Value>,
    holder: &Element,
) -> Option<RequiredMedia> {
    let is_on = |name: &str| flag(media, name, false);
    let wrapper = el("div")
        .class("media-wrapper")
        .id(&format!("media-{index}"));
    let title = text(media, "title");
    if !title.is_empty() {
        wrapper.add(&el("h3").text(title));
    }
    let controls = el(if is_on("isVideo") { "video" } else { "audio" })
        .class("player-media")
        .attr("controls", "")
        .attr("preload", "auto");
    for source in objects(media, "sources") {
        controls.add(
            &el("source")
                .attr("src", text(source, "src"))
                .attr("type", text(source, "type")),
        );
    }
    let has_ended = Rc::new(Cell::new(false));
    let ended = has_ended.clone();
    wrapper.add(&controls.on("ended", move |_| ended.set(true)));
    wrapper.add(&el("p").html(&formatted(media.get("text"))));
    let warning = el("p")
        .class("media-warning field-error")
        .attr("hidden", "")
        .attr("tabindex", "-1")
        .attr("role", "alert")
        .text(&format!("* {}", text(media, "warningText")));
    wrapper.add(&warning);
    wrapper.append_to(holder);
    is_on("mustPlay").then_some(RequiredMedia { has_ended, warning })
}

/// The family's own picture. Nothing is recorded; without a camera the page says so and goes on.
fn webcam(column: &El) {
    let video = el("video")
        .attr("playsinline", "")
        .attr("muted", "")
        .attr("autoplay", "")
        .attr("aria-label", "Picture of your webcam");
    let words = el("p")
        .class("help")
        .attr("role", "status")
        .text("Your browser asks whether this page may use your camera.");
    column.add(&video);
    column.add(&words);
    spawn_local(async move {
        let state = match camera().await {
            Ok(stream) => {
                let _ = js_sys::Reflect::set(video.element(), &"srcObject".into(), &stream);
                if let Some(media) = video.element().dyn_ref::<HtmlMediaElement>() {
                    media.set_muted(true);
                }
                "This is how the camera sees you. Nothing is recorded on this page."
            }
            Err(_) => {
                "We can\u{2019}t see a camera. You can continue; if a later part needs one, it \
                 will tell you what to do."
            }
        };
        words.text(state);
    });
}

async fn camera() -> Result<JsValue, JsValue> {
    let get = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &name.into());
    let devices = get(&window().navigator(), "mediaDevices")?;
    let ask = get(&devices, "getUserMedia")?.dyn_into::<js_sys::Function>()?;
    let wanted = js_sys::Object::new();
    js_sys::Reflect::set(&wanted, &"video".into(), &JsValue::TRUE)?;
    let promise = ask
        .call1(&devices, &wanted)?
        .dyn_into::<js_sys::Promise>()?;
    JsFuture::from(promise).await
}
