//! What a frame sees of the run: a stage on which it is shown, and which it leaves.

use std::rc::Rc;

use domain::responses::RunStudy;
use protocol::Frame;
use serde_json::{Map, Value};

/// The run as a frame sees it. `members` are always what the kind of frame stores of its own;
/// events, type and duration are added by whoever plays the run.
pub trait Stage {
    fn study(&self) -> &RunStudy;

    /// Whether a researcher tries the study out, and may read what families may not.
    fn is_preview(&self) -> bool;

    /// Data of the latest showing of this frame that holds an object called `member`, for filling a
    /// form again.
    fn earlier(&self, frame: &Frame, member: &str) -> Option<Map<String, Value>>;

    /// What the frame on the screen stored when it was submitted, where only its second page is
    /// left to show.
    fn submitted(&self) -> Option<Map<String, Value>>;

    /// Saves the frame without leaving it; the response is complete.
    fn submit(&self, members: Map<String, Value>);

    /// Saves the frame and shows the next one. `completes` says that the response is complete.
    fn go_on(self: Rc<Self>, members: Map<String, Value>, completes: bool);

    /// Saves the frame and shows the one before. The first frame is saved and stays.
    fn go_back(self: Rc<Self>, members: Map<String, Value>);
}

#[cfg(test)]
pub mod tests {
    use std::cell::RefCell;

    use serde_json::json;

    use super::*;

    /// What a frame did on a [`FakeStage`].
    #[derive(Clone, Debug, PartialEq)]
    pub enum Call {
        Submit(Value),
        GoOn(Value, bool),
        GoBack(Value),
    }

    /// A stage that remembers what a frame did.
    pub struct FakeStage {
        study: RunStudy,
        earlier: Option<Map<String, Value>>,
        calls: RefCell<Vec<Call>>,
    }

    impl FakeStage {
        pub fn new() -> Rc<Self> {
            Self::answered(None)
        }

        /// A stage on which every frame was shown before and stored an object.
        pub fn answered(earlier: Option<Value>) -> Rc<Self> {
            let study = json!({
                "id": "00000000-0000-4000-8000-000000000001", "name": "Moon", "duration": "",
                "contact_info": "Ada", "structure": {}, "exit_url": "", "share_url": "",
            });
            Rc::new(Self {
                study: serde_json::from_value(study).unwrap(),
                earlier: earlier.map(object),
                calls: RefCell::new(Vec::new()),
            })
        }

        pub fn calls(&self) -> Vec<Call> {
            self.calls.borrow().clone()
        }
    }

    impl Stage for FakeStage {
        fn study(&self) -> &RunStudy {
            &self.study
        }

        fn is_preview(&self) -> bool {
            false
        }

        fn earlier(&self, _: &Frame, member: &str) -> Option<Map<String, Value>> {
            self.earlier.as_ref()?.get(member)?.as_object().cloned()
        }

        fn submitted(&self) -> Option<Map<String, Value>> {
            None
        }

        fn submit(&self, members: Map<String, Value>) {
            self.calls.borrow_mut().push(Call::Submit(members.into()));
        }

        fn go_on(self: Rc<Self>, members: Map<String, Value>, completes: bool) {
            let call = Call::GoOn(members.into(), completes);
            self.calls.borrow_mut().push(call);
        }

        fn go_back(self: Rc<Self>, members: Map<String, Value>) {
            self.calls.borrow_mut().push(Call::GoBack(members.into()));
        }
    }

    pub fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is not an object"),
        }
    }

    /// A frame with the given definition.
    pub fn frame(members: Value) -> Frame {
        let members = object(members);
        Frame {
            id: "0-frame".to_owned(),
            kind: members
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            members,
            path: "frames.frame".to_owned(),
        }
    }
}
