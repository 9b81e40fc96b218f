//! `exp-lookit-instructions`: text, sounds, films, and the family's own picture (`frames.md` §3.9).

use std::cell::Cell;
use std::rc::Rc;

use protocol::Frame;
use serde_json::{Map, Value};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, HtmlMediaElement};

use super::{buttons, flag, next_label, plain_previous};
use crate::dom::{El, el, focus, window};
use crate::player::Player;
use crate::text::{blocks, formatted, plain};

/// A sound or film that must be played to its end.
struct Needed {
    has_ended: Rc<Cell<bool>>,
    warning: El,
}

/// Shows the page.
pub fn show(player: &Rc<Player>, frame: &Frame, root: &Element) {
    let has_webcam = flag(frame, "showWebcam", false);
    let page = el("div").class(if has_webcam {
        "exp-lookit-instructions player-page player-columns"
    } else {
        "exp-lookit-instructions player-page exp-text"
    });
    let words = el("div");
    let mut needed = Vec::new();
    blocks(
        words.element(),
        frame.members.get("blocks"),
        &mut |index, block, holder| {
            if let Some(media) = block.get("mediaBlock").and_then(Value::as_object) {
                needed.extend(media_block(index, media, holder));
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
    let next = player.clone();
    let go_on = move || {
        let mut first = None;
        for item in &needed {
            let is_missing = !item.has_ended.get();
            let _ = if is_missing {
                item.warning.element().remove_attribute("hidden")
            } else {
                item.warning.element().set_attribute("hidden", "")
            };
            if is_missing && first.is_none() {
                first = Some(item.warning.element().clone());
            }
        }
        match first {
            Some(warning) => focus(&warning),
            None => next.next(Map::new(), false),
        }
    };
    page.add(&buttons(
        &next_label(frame),
        go_on,
        plain_previous(player, frame),
    ));
    page.put_into(root);
}

fn media_block(index: usize, media: &Map<String, Value>, holder: &Element) -> Option<Needed> {
    let wrapper = el("div")
        .class("media-wrapper")
        .id(&format!("media-{index}"));
    let title = plain(media, "title");
    if !title.is_empty() {
        wrapper.add(&el("h3").text(title));
    }
    let is_video = media
        .get("isVideo")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let player = el(if is_video { "video" } else { "audio" })
        .class("player-media")
        .attr("controls", "")
        .attr("preload", "auto");
    for source in media
        .get("sources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
    {
        player.add(
            &el("source")
                .attr("src", plain(source, "src"))
                .attr("type", plain(source, "type")),
        );
    }
    let has_ended = Rc::new(Cell::new(false));
    let ended = has_ended.clone();
    wrapper.add(&player.on("ended", move |_| ended.set(true)));
    wrapper.add(&el("p").html(&formatted(media.get("text"))));
    let warning = el("p")
        .class("media-warning field-error")
        .attr("hidden", "")
        .attr("tabindex", "-1")
        .attr("role", "alert")
        .text(&format!("* {}", plain(media, "warningText")));
    wrapper.add(&warning);
    wrapper.put_into(holder);
    media
        .get("mustPlay")
        .and_then(Value::as_bool)
        .unwrap_or(false)
        .then_some(Needed { has_ended, warning })
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
        let shown = match camera().await {
            Ok(stream) => {
                let _ = js_sys::Reflect::set(video.element(), &"srcObject".into(), &stream);
                if let Some(media) = video.element().dyn_ref::<HtmlMediaElement>() {
                    media.set_muted(true);
                }
                "This is how the camera sees you. Nothing is recorded on this page."
            }
            Err(_) => {
                "We can\u{2019}t see a camera. You can go on; if a later part needs one, it will tell you what to do."
            }
        };
        words.text(shown);
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
