//! The sampler `random-parameter-set`: one set of parameters for a whole list of frames.

use serde_json::{Map, Value, json};

use super::super::members::{list_member, nested};
use super::super::substitute::{Place, Substituter};
use super::super::{Resolved, Resolver};
use crate::fault::Fault;

/// Which set a child gets that has taken part before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// The same one.
    Persist,
    /// The next one.
    Rotate,
}

impl Resolver<'_> {
    pub(super) fn random_parameter_set(
        &mut self,
        definition: &mut Map<String, Value>,
        nickname: Option<&str>,
        path: &str,
    ) -> Result<Resolved, Fault> {
        let count = list_member(definition, "parameterSets", path)?.len();
        if count == 0 {
            return Err(Fault::new(
                format!("{path}.parameterSets"),
                "there is no parameter set to choose from",
                "List at least one set of parameters.",
            ));
        }
        let index = match self.earlier_condition(definition, nickname, count, path)? {
            Some(index) => index,
            None => self.weighted_index(definition, count, path)?,
        };
        let set_path = format!("{path}.parameterSets[{index}]");
        let sets = list_member(definition, "parameterSets", path)?;
        let Some(Value::Object(set)) = sets.get(index) else {
            return Err(Fault::new(
                set_path,
                "this parameter set is not an object",
                "Write an object that gives each parameter a value.",
            ));
        };
        let common = self.object_member(definition, "commonFrameProperties", path)?;
        let elements = list_member(definition, "frameList", path)?;
        let mut substituter = Substituter::default();
        let mut frames = Vec::new();
        for (position, element) in elements.iter().enumerate() {
            let inside = format!("{path}.frameList[{position}]");
            let mut merged = self.merged_deeply(common, nested(element, &inside)?, &inside)?;
            substituter.apply(&mut merged, set, &Place::Root(&inside), &mut self.means)?;
            frames.extend(self.resolve(&mut merged, nickname, &inside)?.frames);
        }
        let set = self.means.budget.copy_members(set, &set_path)?;
        Ok(Resolved {
            frames,
            choice: Some(json!({ "conditionNum": index, "parameterSet": set })),
        })
    }

    /// The set that an earlier response of the same child points to.
    fn earlier_condition(
        &mut self,
        definition: &Map<String, Value>,
        nickname: Option<&str>,
        count: usize,
        path: &str,
    ) -> Result<Option<usize>, Fault> {
        let written = definition.get("conditionForAdditionalSessions");
        let (Some(again), Some(nickname)) = (self.again(written, path), nickname) else {
            return Ok(None);
        };
        let sessions = self.circumstances.past_sessions;
        self.means.budget.look(sessions.len(), 0, &path)?;
        let suffix = format!("-{nickname}");
        let earlier = sessions
            .iter()
            .filter(|session| session.completed_consent_frame)
            .find_map(|session| {
                session
                    .conditions
                    .iter()
                    .find(|(name, _)| name.ends_with(&suffix))?
                    .1
                    .get("conditionNum")?
                    .as_u64()
            })
            .and_then(|number| usize::try_from(number).ok());
        Ok(earlier.map(|number| match again {
            Again::Persist => number.min(count - 1),
            Again::Rotate => number.saturating_add(1) % count,
        }))
    }

    fn again(&mut self, written: Option<&Value>, path: &str) -> Option<Again> {
        let word = match written {
            None | Some(Value::Null) => return None,
            Some(value) => value.as_str().unwrap_or_default().to_lowercase(),
        };
        match word.as_str() {
            "random" => None,
            "persist" => Some(Again::Persist),
            "rotate" => Some(Again::Rotate),
            _ => {
                self.warn(
                    &format!("{path}.conditionForAdditionalSessions"),
                    "this is neither \"random\", \"persist\" nor \"rotate\", so it counts as \
                     \"random\"",
                );
                None
            }
        }
    }
}
