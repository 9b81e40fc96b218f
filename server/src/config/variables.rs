//! What the environment can set.

/// A variable that the process reads, as `lookit doctor` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: &'static str,
    pub meaning: &'static str,
    /// Value where it is not set.
    pub default: &'static str,
    /// Whether production has no use for the default.
    pub is_required_in_production: bool,
}

pub(super) const fn optional(
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Variable {
    Variable {
        name,
        meaning,
        default,
        is_required_in_production: false,
    }
}

pub(super) const fn required(
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Variable {
    Variable {
        name,
        meaning,
        default,
        is_required_in_production: true,
    }
}

/// A variable that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("{name} is not set. A production site needs it: {meaning}.")]
    Missing {
        name: &'static str,
        meaning: &'static str,
    },
    /// The value is "…" where it may be secret.
    #[error("{name} is `{value}`, but {reason}.")]
    Invalid {
        name: &'static str,
        value: String,
        reason: String,
    },
}

/// Where values come from: the environment, or what a test says.
pub(super) struct Source<'a> {
    pub get: &'a dyn Fn(&str) -> Option<String>,
    pub is_production: bool,
}

impl Source<'_> {
    /// The value of a variable, or its default where there may be one.
    pub fn text(&self, variable: &Variable) -> Result<String, ConfigError> {
        match (self.get)(variable.name).filter(|value| !value.is_empty()) {
            Some(value) => Ok(value),
            None if self.is_production && variable.is_required_in_production => {
                Err(ConfigError::Missing {
                    name: variable.name,
                    meaning: variable.meaning,
                })
            }
            None => Ok(variable.default.to_owned()),
        }
    }

    /// A whole number within bounds; `reason` says which.
    pub fn number(
        &self,
        variable: &Variable,
        bounds: std::ops::RangeInclusive<u32>,
        reason: &str,
    ) -> Result<u32, ConfigError> {
        let text = self.text(variable)?;
        text.parse()
            .ok()
            .filter(|number| bounds.contains(number))
            .ok_or_else(|| variable.invalid(&text, reason))
    }

    /// An address that begins with one of these and may hold a password, so that no message shows
    /// it.
    pub fn secret_url(
        &self,
        variable: &Variable,
        schemes: &[&str],
        reason: &str,
    ) -> Result<String, ConfigError> {
        let url = self.text(variable)?;
        if schemes.iter().any(|scheme| url.starts_with(scheme)) {
            return Ok(url);
        }
        Err(variable.invalid("…", reason))
    }
}

impl Variable {
    /// Its name, what it means, and what it is where it is not set.
    pub(super) fn help(&self) -> String {
        let Self {
            name,
            meaning,
            default,
            ..
        } = self;
        let default = match *default {
            "" => String::new(),
            default => format!(" [default: {default}]"),
        };
        let needed = if self.is_required_in_production {
            " [production: must be set]"
        } else {
            ""
        };
        format!("  {name}\n      {meaning}{default}{needed}")
    }

    pub(super) fn invalid(&self, value: &str, reason: &str) -> ConfigError {
        ConfigError::Invalid {
            name: self.name,
            value: value.to_owned(),
            reason: reason.to_owned(),
        }
    }
}
