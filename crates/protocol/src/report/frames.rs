//! What is wrong with single frames.

use serde_json::{Map, Value};

use super::Problems;
use crate::kinds::{self, COMMON, FrameMember};
use crate::nearest::did_you_mean;
use crate::resolve::Frame;
use crate::survey::Form;
use crate::text::shortened;

/// What families see of a frame that can't be shown.
const NOT_SHOWN: &str = "Families see a page saying that this part can't be shown.";

pub(super) fn check(frame: &Frame, found: &mut Problems) {
    check_functions(frame, found);
    let Some(members) = members_of_kind(frame, found) else {
        return;
    };
    let known = || members.iter().chain(COMMON);
    for member in known() {
        check_member(frame, member, found);
    }
    for (name, value) in &frame.members {
        if !known().any(|member| member.name == name) {
            let names = known().map(|member| member.name);
            let suggestion = did_you_mean(name, names);
            let remedy = if suggestion.is_empty() {
                "Check the spelling, or remove it."
            } else {
                suggestion.trim_end()
            };
            found.warn(
                &frame.id,
                format!(
                    "\u{201c}{}\u{201d} means nothing to this kind of frame",
                    shortened(name)
                ),
                remedy,
            );
        }
        if let Some(text) = value.as_str().filter(|text| is_fetched(text)) {
            found.warn(
                &frame.id,
                format!("\u{201c}{}\u{201d} is not fetched yet", shortened(text)),
                "Write the value itself.",
            );
        }
    }
    if frame.kind == "exp-lookit-survey" {
        check_survey(frame, found);
    }
}

/// Functions of a frame, whether or not its kind can be shown.
fn check_functions(frame: &Frame, found: &mut Problems) {
    for (name, remedy) in [
        (
            "generateProperties",
            "The frame is shown without the members that the function would make.",
        ),
        ("selectNextFrame", "The next frame is always the one below."),
    ] {
        if has(frame, name) {
            found.warn(
                &frame.id,
                format!("\u{201c}{name}\u{201d} is not supported yet"),
                remedy,
            );
        }
    }
}

/// The members that a frame's kind understands, if it can be shown.
fn members_of_kind(frame: &Frame, found: &mut Problems) -> Option<&'static [FrameMember]> {
    if let Some(kind) = kinds::find(&frame.kind) {
        if kind.members.is_none() {
            found.warn(
                &frame.id,
                format!("the kind \u{201c}{}\u{201d} can't be shown yet", kind.name),
                NOT_SHOWN,
            );
        }
        return kind.members;
    }
    let removed = kinds::REMOVED.iter().find(|(name, _)| *name == frame.kind);
    match removed {
        Some((name, instead)) => found.warn(
            &frame.id,
            format!("the kind \u{201c}{name}\u{201d} was removed from the classic runner"),
            instead,
        ),
        None => {
            let known = kinds::KINDS.iter().map(|kind| kind.name);
            found.warn(
                &frame.id,
                format!(
                    "there is no kind \u{201c}{}\u{201d}",
                    shortened(&frame.kind)
                ),
                &format!("{}{NOT_SHOWN}", did_you_mean(&frame.kind, known)),
            );
        }
    }
    None
}

fn has(frame: &Frame, name: &str) -> bool {
    let value = frame.members.get(name);
    value.is_some_and(|value| !value.is_null())
}

fn check_member(frame: &Frame, member: &FrameMember, found: &mut Problems) {
    let FrameMember {
        name,
        shape,
        meaning,
        ..
    } = member;
    match frame.members.get(*name) {
        // A function may make the member when the frame starts.
        None if member.is_required && !has(frame, "generateProperties") => found.warn(
            &frame.id,
            format!("\u{201c}{name}\u{201d} is missing"),
            meaning,
        ),
        Some(value) if !value.is_null() && !shape.fits(value) => found.warn(
            &frame.id,
            format!("\u{201c}{name}\u{201d} should be {}", shape.label()),
            meaning,
        ),
        _ => {}
    }
}

fn check_survey(frame: &Frame, found: &mut Problems) {
    let empty = Map::new();
    let schema = frame.members.get("formSchema").and_then(Value::as_object);
    for problem in Form::read(schema.unwrap_or(&empty)).1 {
        found.warn(
            &frame.id,
            problem,
            "Check the form library's name for this type, or use text, textarea, radio, select, \
             checkbox, number, integer, date or time.",
        );
    }
}

/// Whether a text asks to be replaced by what an address holds.
fn is_fetched(text: &str) -> bool {
    !text.contains('\n')
        && ["URL:", "JSON:"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
}
