//! How much work one protocol may cause.
//!
//! A short text can ask for a long run: lists that repeat a large frame, tables of parameters that
//! insert each other. So everything that is copied or looked at is paid for first.

use std::fmt::Display;

use serde_json::{Map, Value};

use crate::fault::Fault;

/// What a copied value costs beside its text, in bytes.
const VALUE: usize = 64;
/// What it costs to look at a value without copying it.
const LOOK: usize = 16;
/// Deepest nesting of a value that is copied. JSON itself is read to a depth of 127; parameters
/// that insert each other could nest without end, and every walk over a value needs stack.
const DEEPEST: usize = 160;

/// What resolving may still use up. Whoever resolves one protocol several times shares one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    frames: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            frames: Self::FRAMES,
            bytes: Self::BYTES,
        }
    }
}

/// Why a value can't be copied.
enum Excess {
    Size,
    Depth,
}

impl Budget {
    /// Most frames of one run: hours of play, far above any study.
    pub const FRAMES: usize = 5_000;
    /// Most bytes that are copied while a protocol is resolved; looking at a value counts a little.
    pub const BYTES: usize = 32 << 20;

    /// Whether nothing is left, so that whatever comes next fails.
    pub fn is_spent(&self) -> bool {
        self.frames == 0 || self.bytes == 0
    }

    /// Pays for one more frame.
    pub(super) fn frame(&mut self, place: &dyn Display) -> Result<(), Fault> {
        let rest = self.frames.checked_sub(1);
        self.frames = rest.unwrap_or_default();
        rest.map(|_| ()).ok_or_else(|| {
            Fault::new(
                place.to_string(),
                format!("this is more than {} frames", Self::FRAMES),
                "Check for lists that repeat each other; use fewer frames.",
            )
        })
    }

    /// Pays for looking at `count` values and for making a text of `length` bytes.
    pub(super) fn look(
        &mut self,
        count: usize,
        length: usize,
        place: &dyn Display,
    ) -> Result<(), Fault> {
        let cost = count.saturating_mul(LOOK).saturating_add(length);
        self.spend(cost).map_err(|excess| fault(&excess, place))
    }

    /// A copy that was paid for.
    pub(super) fn copy(&mut self, value: &Value, place: &dyn Display) -> Result<Value, Fault> {
        self.weigh(value, 0)
            .map_err(|excess| fault(&excess, place))?;
        Ok(value.clone())
    }

    /// A copy of members that was paid for.
    pub(super) fn copy_members(
        &mut self,
        members: &Map<String, Value>,
        place: &dyn Display,
    ) -> Result<Map<String, Value>, Fault> {
        self.weigh_members(members, 0)
            .map_err(|excess| fault(&excess, place))?;
        Ok(members.clone())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Excess> {
        let rest = self.bytes.checked_sub(bytes);
        self.bytes = rest.unwrap_or_default();
        rest.map(|_| ()).ok_or(Excess::Size)
    }

    /// Stops as soon as nothing is left, so that weighing costs no more than what is paid for.
    fn weigh(&mut self, value: &Value, depth: usize) -> Result<(), Excess> {
        match value {
            Value::String(text) => self.spend(VALUE.saturating_add(text.len())),
            Value::Array(list) => {
                self.enter(depth)?;
                list.iter()
                    .try_for_each(|value| self.weigh(value, depth + 1))
            }
            Value::Object(members) => self.weigh_members(members, depth),
            _ => self.spend(VALUE),
        }
    }

    fn weigh_members(&mut self, members: &Map<String, Value>, depth: usize) -> Result<(), Excess> {
        self.enter(depth)?;
        members.iter().try_for_each(|(name, value)| {
            self.spend(name.len())?;
            self.weigh(value, depth + 1)
        })
    }

    fn enter(&mut self, depth: usize) -> Result<(), Excess> {
        self.spend(VALUE)?;
        if depth < DEEPEST {
            Ok(())
        } else {
            Err(Excess::Depth)
        }
    }
}

fn fault(excess: &Excess, place: &dyn Display) -> Fault {
    let message = match excess {
        Excess::Size => {
            "lists or parameters insert the same things again and again, \
             until the run is too large"
        }
        Excess::Depth => {
            "parameters insert each other again and again, until they are nested too deep"
        }
    };
    Fault::new(
        place.to_string(),
        message,
        "Check for parameters that contain one another's names, and for long lists that repeat \
         something large.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn copies_are_paid_for_and_never_made_on_credit() {
        let value = json!({"a": ["xy", 1]});
        let mut budget = Budget::default();
        assert_eq!(budget.copy(&value, &"here"), Ok(value.clone()));
        assert_eq!(Budget::BYTES - budget.bytes, 4 * VALUE + 1 + 2);
        budget.bytes = 4 * VALUE + 2;
        assert_eq!(budget.copy(&value, &"here").unwrap_err().path, "here");
        assert!(budget.is_spent());
        assert!(budget.look(1, 0, &"").is_err(), "what is spent stays spent");
    }

    #[test]
    fn frames_are_counted() {
        let mut budget = Budget {
            frames: 1,
            ..Budget::default()
        };
        assert_eq!(budget.frame(&"a"), Ok(()));
        assert!(budget.is_spent());
        assert!(budget.frame(&"b").unwrap_err().message.contains("frames"));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| (1..depth).fold(json!([]), |inner, _| json!([inner]));
        let mut budget = Budget::default();
        assert!(budget.copy(&nested(DEEPEST), &"").is_ok());
        let fault = budget.copy(&nested(DEEPEST + 1), &"").unwrap_err();
        assert!(fault.message.contains("deep"));
    }
}
