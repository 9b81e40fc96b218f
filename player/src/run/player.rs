//! The player of a protocol: shows its frames one after the other, and is their [`Stage`].

mod ending;
mod leaving;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use domain::responses::{EntryContent, RunDocument, RunStudy};
use protocol::Frame;
use serde_json::{Map, Value};
use web_sys::Element;

use super::data::{event, frame_data};
use super::delivery::Delivery;
use super::layout::{self, Layout};
use super::state::RunState;
use crate::frames;
use crate::kit::browser::{random, seconds, timestamp, window};
use crate::kit::element::{el, focus};
use crate::stage::Stage;

/// A run on the screen.
pub struct Player {
    run: RunDocument,
    state: RefCell<RunState>,
    delivery: Rc<Delivery>,
    current: RefCell<CurrentFrame>,
    layout: Layout,
    /// Whether the page is left because the run is over.
    is_leaving: Cell<bool>,
}

/// What is known of the frame on the screen until it is saved.
#[derive(Clone, Debug, Default)]
struct CurrentFrame {
    id: String,
    kind: String,
    frame_type: String,
    position: usize,
    /// In seconds since the page was opened.
    began_at: f64,
    events: Vec<Value>,
}

impl Player {
    /// Shows the frame at which the run stands. `conditions` are what randomizers chose; they are
    /// stored once for each run.
    pub fn start(
        run: RunDocument,
        state: RunState,
        delivery: Rc<Delivery>,
        conditions: Map<String, Value>,
    ) {
        let has_conditions = state.has_conditions;
        let player = Rc::new(Self {
            layout: Layout::build(&run),
            run,
            state: RefCell::new(state),
            delivery,
            current: RefCell::new(CurrentFrame::default()),
            is_leaving: Cell::new(false),
        });
        player.delivery.watch(Rc::new(layout::show_saving));
        player.listen_for_leaving();
        if !has_conditions {
            player.record(EntryContent::Conditions { conditions });
        }
        player.show();
    }

    /// Makes an entry, applies it to the run and has it delivered.
    fn record(&self, content: EntryContent) {
        let entry = self.state.borrow_mut().record(content, random());
        self.delivery.add(entry);
    }

    /// Shows the frame at the run's index, or its end.
    fn show(self: &Rc<Self>) {
        self.layout.show_progress(self.state.borrow().progress());
        self.layout.area.set_inner_html("");
        layout::show_stop_button(self.may_leave_early());
        let (frame, current) = {
            let state = self.state.borrow();
            let Some(frame) = state.frame().cloned() else {
                drop(state);
                return self.end();
            };
            let current = CurrentFrame {
                id: state.frame_id(),
                kind: frame.kind.clone(),
                frame_type: type_of(&frame),
                position: state.index,
                began_at: seconds(),
                events: Vec::new(),
            };
            (frame, current)
        };
        *self.current.borrow_mut() = current;
        let holder = el("div")
            .class("lookit-frame")
            .attr("data-kind", &frame.kind);
        holder.append_to(&self.layout.area);
        let stage: Rc<dyn Stage> = self.clone();
        frames::show(&stage, &frame, holder.element());
        self.lead_to(holder.element());
    }

    /// Lets a screen reader begin at the new page, not where the old button was.
    fn lead_to(&self, page: &Element) {
        let heading = page
            .query_selector("h1, h2, .text-block")
            .ok()
            .flatten()
            .unwrap_or_else(|| page.clone());
        let _ = heading.set_attribute("tabindex", "-1");
        // In the editor's pane the first page must not take the cursor out of the text.
        let is_pane = self.run.response.is_none();
        let has_moved = !self.state.borrow().sequence.is_empty();
        if !is_pane || has_moved {
            focus(&heading);
        }
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    /// Notes an event in the frame on the screen.
    fn note(&self, name: &str) {
        let mut current = self.current.borrow_mut();
        let noted = event(&current.kind, name, &timestamp());
        web_sys::console::debug_1(&noted.to_string().into());
        current.events.push(noted);
    }

    /// Saves the frame on the screen. The run then stands at `next`.
    fn save(&self, members: Map<String, Value>, next: usize, completes: bool) {
        let content = {
            let current = self.current.borrow();
            let duration = seconds() - current.began_at;
            EntryContent::Frame {
                frame_id: current.id.clone(),
                position: index_of(current.position),
                next: index_of(next),
                data: frame_data(members, &current.events, &current.frame_type, duration),
                completes,
                consents: false,
            }
        };
        self.record(content);
    }
}

impl Stage for Player {
    fn study(&self) -> &RunStudy {
        &self.run.study
    }

    fn is_preview(&self) -> bool {
        self.run.is_preview
    }

    fn earlier(&self, frame: &Frame, member: &str) -> Option<Map<String, Value>> {
        self.state.borrow().earlier(frame, member).cloned()
    }

    fn submitted(&self) -> Option<Map<String, Value>> {
        self.state.borrow().submitted()
    }

    fn submit(&self, members: Map<String, Value>) {
        let index = self.state.borrow().index;
        self.save(members, index, true);
    }

    fn go_on(self: Rc<Self>, members: Map<String, Value>, completes: bool) {
        self.note("nextFrame");
        let index = self.state.borrow().index;
        self.save(members, index + 1, completes);
        self.show();
    }

    fn go_back(self: Rc<Self>, members: Map<String, Value>) {
        self.note("previousFrame");
        let index = self.state.borrow().index;
        self.save(members, index.saturating_sub(1), false);
        if index > 0 {
            self.show();
        }
    }
}

/// What a frame is to those who read the data: `EXIT` marks the family's last decisions.
fn type_of(frame: &Frame) -> String {
    let own = frame.members.get("frameType").and_then(Value::as_str);
    own.unwrap_or(if frame.kind == "exp-lookit-exit-survey" {
        "EXIT"
    } else {
        "DEFAULT"
    })
    .to_owned()
}

/// An index as entries have it.
fn index_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
