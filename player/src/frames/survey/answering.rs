//! A form that is being filled in, without a screen.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::Frame;
use protocol::survey::{ControlValue, Form, FormValues};
use serde_json::{Map, Value};

use crate::stage::Stage;

/// What is wrong: the path of a question, and a sentence.
pub type Fault = (String, String);
/// Whether a pattern fits a text.
pub type Matches = dyn Fn(&str, &str) -> bool;

pub struct Answering {
    schema: Value,
    pub form: Form,
    pub filled: RefCell<FormValues>,
}

impl Answering {
    /// The form of a frame, filled again where this frame was answered before.
    pub fn begin(stage: &dyn Stage, frame: &Frame) -> Self {
        let schema = match frame.members.get("formSchema") {
            Some(Value::Object(schema)) => schema.clone(),
            _ => Map::new(),
        };
        let form = Form::read(&schema).0;
        let filled = form.begin(stage.earlier(frame, "formData").as_ref());
        Self {
            schema: Value::Object(schema),
            form,
            filled: RefCell::new(filled),
        }
    }

    pub fn enter(&self, path: &str, entered: ControlValue) {
        self.filled.borrow_mut().set(path, entered);
    }

    pub fn check(&self, matches: &Matches) -> Vec<Fault> {
        self.form.check(&self.filled.borrow(), matches)
    }

    /// Goes on with the answers, unless something is wrong with them.
    pub fn go_on(&self, stage: &Rc<dyn Stage>, matches: &Matches) -> Vec<Fault> {
        let faults = self.check(matches);
        if faults.is_empty() {
            let answers = self.form.answers(&self.filled.borrow());
            let mut members = self.unanswered();
            members.insert("formData".to_owned(), Value::Object(answers));
            stage.clone().go_on(members, false);
        }
        faults
    }

    /// What is stored where the page is left by the way back.
    pub fn unanswered(&self) -> Map<String, Value> {
        Map::from_iter([("formSchema".to_owned(), self.schema.clone())])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stage::tests::{Call, FakeStage, frame};

    fn schema() -> Value {
        json!({"schema": {"type": "object", "properties": {
            "pet": {"type": "string", "title": "Pet", "required": true, "pattern": "^[a-z]+$"}
        }}})
    }

    fn survey() -> Frame {
        frame(json!({"kind": "exp-lookit-survey", "formSchema": schema()}))
    }

    #[test]
    fn answers_go_on_with_the_form_that_asked_for_them() {
        let fake = FakeStage::new();
        let stage: Rc<dyn Stage> = fake.clone();
        let survey = Answering::begin(&*stage, &survey());
        survey.enter("pet", ControlValue::Text("cat".into()));
        assert_eq!(survey.go_on(&stage, &|_, _| true), []);
        let members = json!({"formSchema": schema(), "formData": {"pet": "cat"}});
        assert_eq!(fake.calls(), [Call::GoOn(members, false)]);
    }

    #[test]
    fn a_faulty_form_stays_on_the_stage() {
        let fake = FakeStage::new();
        let stage: Rc<dyn Stage> = fake.clone();
        let survey = Answering::begin(&*stage, &survey());
        let faults = survey.go_on(&stage, &|_, _| true);
        assert_eq!(faults.len(), 1, "an answer is needed: {faults:?}");
        survey.enter("pet", ControlValue::Text("CAT".into()));
        let faults = survey.go_on(&stage, &|pattern, _| pattern != "^[a-z]+$");
        assert_eq!(faults.len(), 1, "it does not fit the pattern: {faults:?}");
        assert_eq!(faults[0].0, "pet");
        assert_eq!(fake.calls(), []);
    }

    #[test]
    fn a_form_shown_again_is_filled_with_what_was_answered() {
        let stage = FakeStage::answered(Some(json!({"formData": {"pet": "owl"}})));
        let survey = Answering::begin(&*stage, &survey());
        let entered = survey.filled.borrow().get("pet").cloned();
        assert_eq!(entered, Some(ControlValue::Text("owl".into())));
    }
}
