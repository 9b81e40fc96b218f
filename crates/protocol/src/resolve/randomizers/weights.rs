//! How likely each parameter set is.

use serde_json::{Map, Value};

use super::super::Resolver;
use super::super::members::number_member;
use crate::fault::Fault;

/// What to do about weights that can't be used.
const REMEDY: &str = "Write one number for each parameter set.";

impl Resolver<'_> {
    /// The set that is drawn: the first at which the weights, added up, reach a random part of
    /// their sum.
    pub(super) fn weighted_index(
        &mut self,
        definition: &mut Map<String, Value>,
        count: usize,
        path: &str,
    ) -> Result<usize, Fault> {
        let inside = format!("{path}.parameterSetWeights");
        let weights = match self.written_weights(definition, count, &inside)? {
            Some(weights) => weights,
            None => vec![1.0; count],
        };
        let draw = self.means.chance.unit() * weights.iter().sum::<f64>();
        let mut reached = 0.0;
        let index = weights.iter().position(|weight| {
            reached += weight;
            reached >= draw
        });
        Ok(index.unwrap_or(count - 1))
    }

    /// The weights that count for this child, at most one for each set; `None` where all sets are
    /// equally likely.
    fn written_weights(
        &mut self,
        definition: &mut Map<String, Value>,
        count: usize,
        path: &str,
    ) -> Result<Option<Vec<f64>>, Fault> {
        self.means.budget.look(count, 0, &path)?;
        let list = match definition.get("parameterSetWeights") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) if list.is_empty() => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(Fault::new(path, "the weights are not a list", REMEDY)),
        };
        self.means.budget.look(list.len(), 0, &path)?;
        if !list.first().is_some_and(Value::is_object) {
            return self.numbers(list, count, path).map(Some);
        }
        let Some((chosen, inside)) = self.weights_by_age(list, path) else {
            return Ok(None);
        };
        self.means.budget.look(chosen.len(), 0, &path)?;
        let weights = self.numbers(chosen, count, &inside)?;
        // A nickname used twice keeps the list that was chosen the first time.
        let chosen = chosen.to_vec();
        definition.insert("parameterSetWeights".to_owned(), Value::Array(chosen));
        Ok(Some(weights))
    }

    /// The weights of the first age range (in days, both ends included) that the child's age is in,
    /// and their path. A range that can't be read fits no child: a family must not be shut out by
    /// a slip in a range that is not even theirs.
    fn weights_by_age<'d>(
        &mut self,
        ranges: &'d [Value],
        path: &str,
    ) -> Option<(&'d [Value], String)> {
        let age = self.circumstances.age_days.unwrap_or_else(|| {
            self.warn(
                path,
                "the child's age is not known here, so it counts as 0 days",
            );
            0.0
        });
        for (position, range) in ranges.iter().enumerate() {
            let inside = format!("{path}[{position}]");
            let bound = |name: &str| range.get(name).and_then(Value::as_f64);
            let (Some(lowest), Some(highest)) = (bound("minAge"), bound("maxAge")) else {
                self.warn(
                    &inside,
                    "\"minAge\" and \"maxAge\" are not both numbers of days, \
                     so this range fits no child",
                );
                continue;
            };
            if age < lowest || age > highest {
                continue;
            }
            let weights = range.get("weights").and_then(Value::as_array);
            let Some(weights) = weights.filter(|weights| !weights.is_empty()) else {
                self.warn(
                    &inside,
                    "this range has no list \"weights\", so all sets are equally likely",
                );
                return None;
            };
            return Some((weights, format!("{inside}.weights")));
        }
        self.warn(
            path,
            "no range fits the child's age, so all sets are equally likely",
        );
        None
    }

    /// Checked before anything is drawn, so that every run of a protocol finds the same fault.
    fn numbers(&mut self, list: &[Value], count: usize, path: &str) -> Result<Vec<f64>, Fault> {
        let mut weights = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let place = || format!("{path}[{index}]");
            let Some(number) = number_member(value) else {
                return Err(Fault::new(place(), "this weight is not a number", REMEDY));
            };
            if number < 0.0 {
                self.warn(&place(), "this weight is negative, so it counts as 0");
            }
            weights.push(number.max(0.0));
        }
        if weights.iter().skip(count).any(|weight| *weight > 0.0) {
            return Err(Fault::new(
                path,
                "there are more weights than parameter sets",
                REMEDY,
            ));
        }
        if weights.len() != count {
            self.warn(
                path,
                "there is not one weight for each parameter set; sets without one are never chosen",
            );
            weights.truncate(count);
        }
        Ok(weights)
    }
}
