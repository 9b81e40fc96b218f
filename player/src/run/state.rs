//! Where a run stands, and what it has saved, without a browser.

use domain::responses::{Entry, EntryContent, without_repeat};
use protocol::Frame;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A run in progress. Every change is an entry, so the entries that are stored make it again.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// The flat list.
    pub frames: Vec<Frame>,
    /// Index of the frame that is shown; the length of the list when the run is over.
    pub index: usize,
    /// Ids of saved frames, in the order of their first save.
    pub sequence: Vec<String>,
    /// Latest data of each saved frame.
    pub data: Map<String, Value>,
    /// Whether the exit survey was submitted and only its second page is left to show.
    pub is_submitted: bool,
    /// Whether the run has ended.
    pub is_finished: bool,
    /// Whether what randomizers chose is recorded already.
    pub has_conditions: bool,
    last_number: u32,
}

impl RunState {
    /// A run that goes on after the given entries, in any order.
    pub fn resume(frames: Vec<Frame>, entries: &[Entry]) -> Self {
        let mut state = Self {
            frames,
            index: 0,
            sequence: Vec::new(),
            data: Map::new(),
            is_submitted: false,
            is_finished: false,
            has_conditions: false,
            last_number: 0,
        };
        let mut ordered: Vec<&Entry> = entries.iter().collect();
        ordered.sort_by_key(|entry| entry.number);
        for entry in ordered {
            state.apply(entry);
        }
        state
    }

    fn apply(&mut self, entry: &Entry) {
        self.last_number = self.last_number.max(entry.number);
        match &entry.content {
            EntryContent::Conditions { .. } => self.has_conditions = true,
            EntryContent::Frame {
                frame_id,
                position,
                next,
                data,
                completes,
                ..
            } => {
                if !self.sequence.contains(frame_id) {
                    self.sequence.push(frame_id.clone());
                }
                self.data
                    .insert(frame_id.clone(), Value::Object(data.clone()));
                self.is_submitted = *completes && position == next;
                self.move_to(*next);
            }
            EntryContent::Event { next, .. } => {
                if let Some(next) = next {
                    self.is_submitted = false;
                    self.move_to(*next);
                }
            }
            EntryContent::Finish {} => {
                self.is_finished = true;
                self.index = self.frames.len();
            }
        }
    }

    /// Stands at the first frame whose definition has a path or is inside it; at the beginning if
    /// there is none.
    pub fn go_to_definition(&mut self, path: &str) {
        let first = self
            .frames
            .iter()
            .position(|frame| is_inside(&frame.path, path));
        self.index = first.unwrap_or(0);
    }

    fn move_to(&mut self, index: u32) {
        self.index = usize::try_from(index)
            .unwrap_or(usize::MAX)
            .min(self.frames.len());
    }

    /// Makes the next entry and applies it. `random` is what its id is made of.
    pub fn record(&mut self, content: EntryContent, random: [u8; 16]) -> Entry {
        let entry = Entry {
            id: uuid_of(random),
            number: self.last_number + 1,
            content,
        };
        self.apply(&entry);
        entry
    }

    pub fn frame(&self) -> Option<&Frame> {
        self.frames.get(self.index)
    }

    /// Id under which the shown frame is saved: with a repeat mark if it was saved before.
    pub fn frame_id(&self) -> String {
        let Some(frame) = self.frame() else {
            return String::new();
        };
        if self.is_submitted || !self.sequence.contains(&frame.id) {
            return frame.id.clone();
        }
        let stub = without_repeat(&frame.id);
        let last = self
            .sequence
            .iter()
            .filter_map(|saved| repeat_of(saved, stub))
            .max()
            .unwrap_or(0);
        format!("{stub}-repeat-{}", last + 1)
    }

    /// Data of the latest showing of a frame that holds an object called `member`, for filling a
    /// form again.
    pub fn earlier(&self, frame: &Frame, member: &str) -> Option<&Map<String, Value>> {
        let stub = without_repeat(&frame.id);
        self.sequence
            .iter()
            .rev()
            .filter(|saved| *saved == stub || repeat_of(saved, stub).is_some())
            .find_map(|saved| self.data.get(saved)?.get(member)?.as_object())
    }

    /// Data of the shown frame, if it was submitted and only its second page is left to show.
    pub fn submitted(&self) -> Option<Map<String, Value>> {
        let data = || self.data.get(&self.frame_id())?.as_object().cloned();
        self.is_submitted.then(|| data().unwrap_or_default())
    }

    /// Whether the shown frame is the last one, from which there is no leaving early.
    pub fn is_last(&self) -> bool {
        self.index + 1 >= self.frames.len()
    }

    /// Share of the run that is done, from 0 to 1.
    pub fn progress(&self) -> f64 {
        let ratio = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        if self.frames.is_empty() {
            0.0
        } else {
            ratio(self.index) / ratio(self.frames.len())
        }
    }
}

fn is_inside(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The number of the repeat mark, if `saved` is a repetition of the frame.
fn repeat_of(saved: &str, stub: &str) -> Option<u32> {
    saved
        .strip_prefix(stub)?
        .strip_prefix("-repeat-")?
        .parse()
        .ok()
}

fn uuid_of(random: [u8; 16]) -> Uuid {
    uuid::Builder::from_random_bytes(random).into_uuid()
}

#[cfg(test)]
mod tests {
    use protocol::{Chance, ChildContext, Document, resolve};
    use serde_json::json;

    use super::*;

    fn run_of(count: usize) -> RunState {
        let names: Vec<String> = (0..count).map(|index| format!("f{index}")).collect();
        let frames: Map<String, Value> = names
            .iter()
            .map(|name| (name.clone(), json!({"kind": "exp-lookit-text"})))
            .collect();
        let document = Document::from_value(json!({"frames": frames, "sequence": names})).unwrap();
        RunState::resume(
            resolve(&document, ChildContext::default(), &mut Chance::seeded(1))
                .unwrap()
                .frames,
            &[],
        )
    }

    fn save(run: &mut RunState, next: u32, data: Value) -> Entry {
        let content = EntryContent::Frame {
            frame_id: run.frame_id(),
            position: u32::try_from(run.index).unwrap(),
            next,
            data: data.as_object().unwrap().clone(),
            completes: false,
            consents: false,
        };
        run.record(content, [7; 16])
    }

    #[test]
    fn a_run_goes_on_where_it_was_whatever_the_order_of_entries() {
        let mut before = run_of(4);
        let mut entries = vec![
            before.record(
                EntryContent::Conditions {
                    conditions: Map::new(),
                },
                [1; 16],
            ),
            save(&mut before, 1, json!({"a": 1})),
            save(&mut before, 2, json!({"a": 2})),
        ];
        entries.reverse();
        let after = RunState::resume(before.frames.clone(), &entries);
        assert_eq!(after, before);
        assert_eq!(
            (
                after.index,
                after.sequence.join(" ").as_str(),
                after.has_conditions
            ),
            (2, "0-f0 1-f1", true)
        );
    }

    #[test]
    fn frames_shown_again_get_repeat_marks() {
        let mut run = run_of(3);
        save(&mut run, 1, json!({"formData": {"q": 1}}));
        save(&mut run, 0, json!({}));
        assert_eq!(run.frame_id(), "0-f0-repeat-1");
        save(&mut run, 1, json!({}));
        assert_eq!(run.frame_id(), "1-f1-repeat-1");
        save(&mut run, 0, json!({}));
        assert_eq!(run.frame_id(), "0-f0-repeat-2");
        assert_eq!(
            run.sequence,
            ["0-f0", "1-f1", "0-f0-repeat-1", "1-f1-repeat-1"]
        );
        assert_eq!(
            run.earlier(&run.frames[0].clone(), "formData"),
            json!({"q": 1}).as_object(),
            "the latest showing that has answers"
        );
    }

    #[test]
    fn a_submitted_exit_survey_stays_itself() {
        let mut run = run_of(1);
        let submit = EntryContent::Frame {
            frame_id: run.frame_id(),
            position: 0,
            next: 0,
            data: Map::new(),
            completes: true,
            consents: false,
        };
        let entry = run.record(submit, [1; 16]);
        let again = RunState::resume(run.frames.clone(), &[entry]);
        assert!(again.is_submitted && !again.is_finished);
        assert_eq!(again.frame_id(), "0-f0");
        assert_eq!(again.submitted(), Some(Map::new()));
    }

    #[test]
    fn leaving_early_moves_and_finishing_ends() {
        let mut run = run_of(4);
        save(&mut run, 1, json!({}));
        run.record(
            EntryContent::Event {
                event: Map::new(),
                next: Some(3),
            },
            [2; 16],
        );
        assert!(run.is_last());
        assert_eq!(run.frame_id(), "3-f3");
        run.record(
            EntryContent::Event {
                event: Map::new(),
                next: None,
            },
            [3; 16],
        );
        assert_eq!(run.index, 3);
        run.record(EntryContent::Finish {}, [4; 16]);
        assert!(run.is_finished && run.frame().is_none());
    }

    #[test]
    fn numbers_and_ids_are_new_for_every_entry() {
        let mut run = run_of(2);
        let (one, two) = (
            save(&mut run, 1, json!({})),
            run.record(EntryContent::Finish {}, [9; 16]),
        );
        assert_eq!((one.number, two.number), (1, 2));
        assert_ne!(one.id, two.id);
        assert_eq!(two.id.get_version_num(), 4);
    }

    #[test]
    fn a_preview_begins_at_the_definition_that_is_edited() {
        assert!(is_inside("frames.f1", "frames.f1"));
        assert!(is_inside("frames.f1.frameList[0]", "frames.f1"));
        assert!(!is_inside("frames.f10", "frames.f1"));
        let mut run = run_of(3);
        run.go_to_definition("frames.f1");
        assert_eq!(run.index, 1);
        run.go_to_definition("frames.none");
        assert_eq!(run.index, 0);
    }
}
