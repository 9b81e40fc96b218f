//! Which edits need a new review. It is a table: the fields of a study, and how much each may
//! change before staff must look again: little where a change could harm a family.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ad, AgeRange, Criteria, Design, Settings};

mod spelling;

pub use spelling::is_spelling;

/// Everything of a study that has versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// What families read.
    pub ad: Ad,
    /// What is run.
    pub design: Design,
    /// How it is listed.
    pub settings: Settings,
}

crate::text_enum!(
    /// A field of a study.
    Field {
        /// Title.
        Name = "name",
        /// Summary on the card.
        PreviewSummary = "preview_summary",
        /// What happens.
        ShortDescription = "short_description",
        /// Why.
        Purpose = "purpose",
        /// Who, in prose.
        Criteria = "criteria",
        /// How long.
        Duration = "duration",
        /// Whom to ask.
        ContactInfo = "contact_info",
        /// Thank-you gift.
        Compensation = "compensation",
        /// Picture.
        Image = "image",
        /// What the picture shows.
        ImageAlt = "image_alt",
        /// Exit address.
        ExitUrl = "exit_url",
        /// Ages.
        Ages = "ages",
        /// Criteria expression.
        CriteriaExpression = "criteria_expression",
        /// Studies that a child must have done.
        MustHaveParticipated = "must",
        /// Studies that a child must not have done.
        MustNotHaveParticipated = "must_not",
        /// Protocol.
        Protocol = "structure",
        /// Whether the generator is used.
        UsesGenerator = "uses_generator",
        /// Generator.
        Generator = "generator",
        /// jsPsych code.
        Experiment = "experiment",
        /// Link to another site.
        External = "external",
        /// Source of a custom runner.
        Runner = "runner",
        /// What the study may know of a child.
        ChildFacts = "child_facts",
        /// Hosts from which it may load.
        Hosts = "hosts",
        /// Place on the lab's page.
        Priority = "priority",
        /// Listed or not.
        IsPublic = "is_public",
        /// Shared preview or not.
        HasSharedPreview = "has_shared_preview",
    }
);

/// How much a field may change without a new review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freedom {
    /// Anything.
    Any,
    /// Slips of the pen, few in the whole study since staff looked at it.
    Spelling,
    /// Whatever makes fewer children fit.
    Narrowing,
    /// Nothing.
    None,
}

/// The table. A field that is not listed needs a review; a test checks that none is missing.
pub const FREEDOMS: &[(Field, Freedom)] = &[
    (Field::Name, Freedom::Spelling),
    (Field::PreviewSummary, Freedom::Spelling),
    (Field::ShortDescription, Freedom::Spelling),
    (Field::Purpose, Freedom::Spelling),
    (Field::Criteria, Freedom::Spelling),
    (Field::Duration, Freedom::Spelling),
    (Field::ContactInfo, Freedom::Any),
    (Field::Compensation, Freedom::Spelling),
    (Field::Image, Freedom::Any),
    (Field::ImageAlt, Freedom::Any),
    (Field::ExitUrl, Freedom::None),
    (Field::Ages, Freedom::Narrowing),
    (Field::CriteriaExpression, Freedom::Narrowing),
    (Field::MustHaveParticipated, Freedom::Narrowing),
    (Field::MustNotHaveParticipated, Freedom::Narrowing),
    (Field::Protocol, Freedom::None),
    (Field::UsesGenerator, Freedom::None),
    (Field::Generator, Freedom::None),
    (Field::Experiment, Freedom::None),
    (Field::External, Freedom::None),
    (Field::Runner, Freedom::None),
    (Field::ChildFacts, Freedom::Narrowing),
    (Field::Hosts, Freedom::Narrowing),
    (Field::Priority, Freedom::Any),
    (Field::IsPublic, Freedom::Any),
    (Field::HasSharedPreview, Freedom::Any),
];

/// A field that differs between two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The field.
    pub field: Field,
    /// Whether staff must look again.
    pub needs_review: bool,
}

impl Field {
    /// How people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::PreviewSummary => "Summary on the card",
            Self::ShortDescription => "What happens",
            Self::Purpose => "Purpose",
            Self::Criteria => "Who can take part",
            Self::Duration => "Duration",
            Self::ContactInfo => "Contact",
            Self::Compensation => "Thank-you gift",
            Self::Image => "Picture",
            Self::ImageAlt => "Description of the picture",
            Self::ExitUrl => "Exit address",
            Self::Ages => "Ages",
            Self::CriteriaExpression => "Criteria expression",
            Self::MustHaveParticipated => "Must have taken part in",
            Self::MustNotHaveParticipated => "Must not have taken part in",
            Self::Protocol => "Protocol",
            Self::UsesGenerator => "Uses the generator",
            Self::Generator => "Generator",
            Self::Experiment => "jsPsych experiment",
            Self::External => "Link to the study",
            Self::Runner => "Source of the runner",
            Self::ChildFacts => "What the study may know of a child",
            Self::Hosts => "Sites it may load from",
            Self::Priority => "Place on the lab's page",
            Self::IsPublic => "Listed",
            Self::HasSharedPreview => "Shared preview",
        }
    }

    /// How much it may change without a new review.
    pub fn freedom(self) -> Freedom {
        FREEDOMS
            .iter()
            .find(|(field, _)| *field == self)
            .map_or(Freedom::None, |(_, freedom)| *freedom)
    }

    /// Whether it is part of the ad (and its settings), rather than of the design.
    pub const fn is_of_ad(self) -> bool {
        !matches!(
            self,
            Self::Protocol
                | Self::UsesGenerator
                | Self::Generator
                | Self::Experiment
                | Self::External
                | Self::Runner
                | Self::ChildFacts
                | Self::Hosts
        )
    }
}

impl Content {
    /// A field as text, for people who compare versions.
    pub fn text(&self, field: Field) -> String {
        let (ad, design, settings) = (&self.ad, &self.design, &self.settings);
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let ids = |list: &BTreeSet<super::StudyId>| {
            list.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        };
        let json = |value: Result<Value, serde_json::Error>| {
            value
                .and_then(|value| serde_json::to_string_pretty(&value))
                .unwrap_or_default()
        };
        match field {
            Field::Name => ad.name.clone(),
            Field::PreviewSummary => ad.preview_summary.clone(),
            Field::ShortDescription => ad.short_description.clone(),
            Field::Purpose => ad.purpose.clone(),
            Field::Criteria => ad.criteria.clone(),
            Field::Duration => ad.duration.clone(),
            Field::ContactInfo => ad.contact_info.clone(),
            Field::Compensation => ad.compensation.clone(),
            Field::Image => ad.image.clone(),
            Field::ImageAlt => ad.image_alt.clone(),
            Field::ExitUrl => ad.exit_url.clone(),
            Field::Ages => ad.ages.from_to(),
            Field::CriteriaExpression => ad.criteria_expression.clone(),
            Field::MustHaveParticipated => ids(&ad.must),
            Field::MustNotHaveParticipated => ids(&ad.must_not),
            Field::Protocol => match serde_json::from_str::<Value>(&design.protocol) {
                Ok(value) => json(Ok(value)),
                Err(_) => design.protocol.clone(),
            },
            Field::UsesGenerator => yes(design.uses_generator),
            Field::Generator => design.generator.clone(),
            Field::Experiment => design.experiment.clone(),
            Field::External => json(serde_json::to_value(&design.external)),
            Field::Runner => json(serde_json::to_value(&design.runner)),
            Field::ChildFacts => {
                let facts = design.child_facts.iter().map(|fact| fact.label());
                facts.collect::<Vec<_>>().join("\n")
            }
            Field::Hosts => design.hosts.iter().cloned().collect::<Vec<_>>().join("\n"),
            Field::Priority => settings.priority.to_string(),
            Field::IsPublic => yes(settings.is_public),
            Field::HasSharedPreview => yes(settings.has_shared_preview),
        }
    }

    fn differs(&self, after: &Self, field: Field) -> bool {
        match field {
            Field::Ages => self.ad.ages != after.ad.ages,
            Field::Protocol => {
                let (before, after) = (&self.design.protocol, &after.design.protocol);
                before != after && meaning(before) != meaning(after)
            }
            _ => self.text(field) != after.text(field),
        }
    }

    /// Fields that differ, each with whether staff must look again: what they know is this content.
    pub fn edits(&self, after: &Self) -> Vec<Edit> {
        self.edits_since(self, after)
    }

    /// Fields that differ from this content in another, each with whether staff must look again:
    /// what they know is `reviewed`, since small steps that nobody looks at must not lead far.
    pub fn edits_since(&self, reviewed: &Self, after: &Self) -> Vec<Edit> {
        let has_drifted = corrections(reviewed, after) > MOST_WORDS_IN_ALL;
        Field::ALL
            .iter()
            .copied()
            .filter(|field| self.differs(after, *field))
            .map(|field| {
                let is_free = match field.freedom() {
                    Freedom::Any => true,
                    Freedom::None => false,
                    Freedom::Spelling => {
                        let (known, new) = (reviewed.text(field), after.text(field));
                        known == new || (!has_drifted && is_spelling(&known, &new))
                    }
                    Freedom::Narrowing => reviewed.is_narrower(after, field),
                };
                Edit {
                    field,
                    needs_review: !is_free,
                }
            })
            .collect()
    }

    fn is_narrower(&self, after: &Self, field: Field) -> bool {
        match field {
            Field::Ages => lies_within(&after.ad.ages, &self.ad.ages),
            Field::MustHaveParticipated => self.ad.must.is_subset(&after.ad.must),
            Field::MustNotHaveParticipated => self.ad.must_not.is_subset(&after.ad.must_not),
            Field::ChildFacts => after.design.child_facts.is_subset(&self.design.child_facts),
            Field::Hosts => after.design.hosts.is_subset(&self.design.hosts),
            Field::CriteriaExpression => match (
                Criteria::parse(&self.ad.criteria_expression),
                Criteria::parse(&after.ad.criteria_expression),
            ) {
                (Ok(before), Ok(after)) => after.is_narrower_than(&before),
                _ => false,
            },
            _ => false,
        }
    }
}

fn lies_within(inner: &AgeRange, outer: &AgeRange) -> bool {
    outer.lowest_days() <= inner.lowest_days() && inner.highest_days() <= outer.highest_days()
}

/// What a protocol means: its frames and sequence. Blanks, and members that have no meaning, are no
/// change.
fn meaning(protocol: &str) -> Value {
    match serde_json::from_str::<Value>(protocol) {
        Ok(Value::Object(members)) => Value::Array(vec![
            members.get("frames").cloned().unwrap_or_default(),
            members.get("sequence").cloned().unwrap_or_default(),
        ]),
        Ok(other) => other,
        Err(_) => Value::String(protocol.to_owned()),
    }
}

/// Most words of a whole study that corrections of spelling may change before staff look again.
const MOST_WORDS_IN_ALL: usize = 5;

/// How many words corrections of spelling have changed in all texts since a version. A text that
/// changed in another way does not count: it needs a review by itself.
fn corrections(reviewed: &Content, after: &Content) -> usize {
    let texts = FREEDOMS.iter();
    let texts = texts.filter(|(_, freedom)| *freedom == Freedom::Spelling);
    texts
        .filter_map(|(field, _)| spelling::corrected(&reviewed.text(*field), &after.text(*field)))
        .sum()
}

#[cfg(test)]
mod tests;
