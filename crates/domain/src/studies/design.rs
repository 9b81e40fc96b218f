//! How a study is run: what each kind of study needs from its researcher.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::StudyKind;
use super::ad::web_address;
use crate::error::Violations;
use crate::text;

/// Largest protocol, generator or experiment that is taken, in bytes.
pub const LARGEST_TEXT: usize = 4 << 20;

/// Hosts of sources that a custom runner may come from.
pub const SOURCE_HOSTS: &[&str] = &["github.com", "gitlab.com", "codeberg.org", "bitbucket.org"];

crate::text_enum!(
    /// How families of an external study make an appointment.
    Scheduling {
        /// By Calendly.
        Calendly = "Calendly",
        /// By Google Calendar.
        GoogleCalendar = "Google Calendar",
        /// By a Google form.
        GoogleForm = "Google Form",
        /// By something else.
        Other = "Other",
    }
);

crate::text_enum!(
    /// Where an external study is made.
    Platform {
        /// Qualtrics.
        Qualtrics = "Qualtrics",
        /// Prolific.
        Prolific = "Prolific",
        /// Mechanical Turk.
        MechanicalTurk = "Mechanical Turk",
        /// Something else.
        Other = "Other",
    }
);

/// Most hosts that a study may load from.
pub const MOST_HOSTS: usize = 20;

crate::text_enum!(
    /// What a study may know of a child beyond its age and an id of its own.
    ChildFact {
        /// What the family calls the child.
        GivenName = "given_name",
        /// The day of birth.
        Birthday = "birthday",
        /// The gender.
        Gender = "gender",
        /// How long the pregnancy was.
        AgeAtBirth = "age_at_birth",
        /// What the family wrote about the child.
        AdditionalInformation = "additional_information",
        /// The languages at home.
        Languages = "language_list",
        /// Conditions such as being deaf.
        Conditions = "condition_list",
    }
);

impl ChildFact {
    /// How people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::GivenName => "First name or nickname",
            Self::Birthday => "Birthday",
            Self::Gender => "Gender",
            Self::AgeAtBirth => "Gestational age at birth",
            Self::AdditionalInformation => "What the family wrote about the child",
            Self::Languages => "Languages",
            Self::Conditions => "Characteristics and conditions",
        }
    }
}

/// A link to another site. Members that are stored are named as in the classic tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct External {
    /// The address.
    pub url: String,
    /// Whether families make an appointment (`true`) or take part whenever they like.
    pub scheduled: bool,
    /// How they make it.
    pub scheduling: Option<Scheduling>,
    /// How, where it is none of those.
    pub other_scheduling: String,
    /// Where it is made.
    pub study_platform: Option<Platform>,
    /// Where, if it is none of those.
    pub other_study_platform: String,
}

/// Where a custom runner comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunnerSource {
    /// Address of a repository; empty when an archive was sent.
    pub player_repo_url: String,
    /// The commit, 40 hexadecimal digits.
    pub last_known_player_sha: String,
    /// Name of an archive that was sent, by its content; empty when there is none.
    pub archive: String,
}

/// What is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Design {
    /// The protocol, exactly as it was written.
    #[serde(rename = "structure")]
    pub protocol: String,
    /// Whether the generator makes the protocol. Switching it loses neither text.
    pub uses_generator: bool,
    /// A function in JavaScript that makes a protocol.
    pub generator: String,
    /// The experiment in JavaScript.
    pub experiment: String,
    /// The link to another site.
    pub external: External,
    /// Where the runner comes from.
    pub runner: RunnerSource,
    /// What it may know of a child.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub child_facts: BTreeSet<ChildFact>,
    /// Hosts from which it may load pictures, sounds, films, fonts and data, besides our own.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub hosts: BTreeSet<String>,
}

/// A design as it was posted. Each kind reads its own fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are those of Design, External and RunnerSource, as texts"
)]
pub struct DesignForm {
    pub protocol: String,
    pub uses_generator: bool,
    pub generator: String,
    pub experiment: String,
    pub url: String,
    pub scheduled: String,
    pub scheduling: String,
    pub other_scheduling: String,
    pub study_platform: String,
    pub other_study_platform: String,
    pub player_repo_url: String,
    pub last_known_player_sha: String,
    pub child_facts: Vec<String>,
    pub hosts: String,
}

/// The protocol of a new study.
pub const EMPTY_PROTOCOL: &str = "{\n    \"frames\": {},\n    \"sequence\": []\n}";

/// What an empty generator becomes, as a place to begin.
pub const EMPTY_GENERATOR: &str = "function generateProtocol(child, pastSessions) {\n    // \
    child.get(\"ageInDays\"), and what is ticked below: child.get(\"languageList\"), ...\n    // \
    pastSessions lists this child's responses to this study, the latest first.\n    return {\n \
                                   frames: {},\n        sequence: []\n    };\n}\n";

impl Design {
    /// The design of a new study.
    pub fn new(kind: StudyKind) -> Self {
        let plays = matches!(kind, StudyKind::FramePlayer | StudyKind::CustomRunner);
        Self {
            protocol: if plays {
                EMPTY_PROTOCOL.to_owned()
            } else {
                String::new()
            },
            ..Self::default()
        }
    }

    /// The design after a form was posted; what other kinds need is kept as it is. Texts that are
    /// no protocol yet are taken, so that nothing typed is lost; a submission refuses them.
    pub fn changed(&self, kind: StudyKind, form: &DesignForm) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let mut design = self.clone();
        if matches!(kind, StudyKind::FramePlayer | StudyKind::CustomRunner) {
            design.protocol = code("structure", "the protocol", &form.protocol, &mut violations);
            design.generator = code(
                "generator",
                "the generator",
                &form.generator,
                &mut violations,
            );
            design.uses_generator = form.uses_generator;
            if design.uses_generator && design.generator.trim().is_empty() {
                EMPTY_GENERATOR.clone_into(&mut design.generator);
            }
        }
        if kind.is_internal() {
            design.child_facts = child_facts(&form.child_facts, &mut violations);
            design.hosts = hosts(&form.hosts, &mut violations);
        }
        match kind {
            StudyKind::FramePlayer => {}
            StudyKind::JsPsych => {
                design.experiment = code(
                    "experiment",
                    "the experiment",
                    &form.experiment,
                    &mut violations,
                );
            }
            StudyKind::External => design.external = external(form, &mut violations),
            StudyKind::CustomRunner => {
                design.runner.player_repo_url = repository(&form.player_repo_url, &mut violations);
                design.runner.last_known_player_sha = commit(
                    &form.last_known_player_sha,
                    !design.runner.player_repo_url.is_empty() || !design.runner.archive.is_empty(),
                    &mut violations,
                );
            }
        }
        violations.or(design)
    }
}

fn code(field: &str, label: &str, raw: &str, violations: &mut Violations) -> String {
    let code = raw.replace("\r\n", "\n");
    if code.len() > LARGEST_TEXT {
        violations.add(
            field,
            "too_long",
            format!(
                "{} has {} bytes, and at most {LARGEST_TEXT} are allowed. Please move long texts \
                 and media to files.",
                text::capitalised(label),
                code.len()
            ),
        );
    }
    if code.contains('\0') {
        violations.add(
            field,
            "control",
            format!("Please remove the NUL characters from {label}."),
        );
    }
    code
}

fn child_facts(chosen: &[String], violations: &mut Violations) -> BTreeSet<ChildFact> {
    let facts: Result<_, _> = chosen.iter().map(|fact| fact.parse()).collect();
    facts.unwrap_or_else(|_| {
        let words = "Please choose from the list.";
        violations.add("child_facts", "unknown", words);
        BTreeSet::new()
    })
}

/// Hosts, one a line or separated by blanks. Of a whole address its host is taken.
fn hosts(raw: &str, violations: &mut Violations) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    for word in words(raw) {
        match host(word) {
            Some(host) => {
                hosts.insert(host);
            }
            None => violations.add(
                "hosts",
                "no_host",
                format!(
                    "\u{201c}{}\u{201d} is not the name of a site, such as cdn.example.org. It \
                     must be reached by https.",
                    word.chars().take(60).collect::<String>()
                ),
            ),
        }
    }
    if hosts.len() > MOST_HOSTS {
        let words = format!("Please name at most {MOST_HOSTS} sites.");
        violations.add("hosts", "too_many", words);
    }
    hosts
}

fn words(raw: &str) -> impl Iterator<Item = &str> {
    let words = raw.split(|c: char| c.is_whitespace() || c == ',');
    words.filter(|word| !word.is_empty())
}

/// The hosts among what somebody is typing; what is none yet is left out.
pub fn hosts_in(raw: &str) -> impl Iterator<Item = String> {
    words(raw).filter_map(host).take(MOST_HOSTS)
}

/// The name of a public site, by itself or in an address: with a dot, without a port, no number.
fn host(word: &str) -> Option<String> {
    let whole = if word.contains("://") {
        word.to_owned()
    } else {
        format!("https://{word}")
    };
    let address = web_address(&whole)?;
    let is_plain = address.scheme() == "https" && address.port().is_none();
    match address.host() {
        Some(url::Host::Domain(host)) if is_plain && host.contains('.') => {
            let is_name = host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
            is_name.then(|| host.to_owned())
        }
        _ => None,
    }
}

fn external(form: &DesignForm, violations: &mut Violations) -> External {
    let url = text::line("url", "the address", &form.url, 2000, violations);
    if url.is_empty() {
        violations.add("url", "required", "Please enter the address of the study.");
    } else if web_address(&url).is_none() {
        violations.add(
            "url",
            "no_url",
            "Please enter the whole address of the study, beginning with https://.",
        );
    }
    let scheduled = match form.scheduled.as_str() {
        "Scheduled" => true,
        "Unmoderated" => false,
        _ => {
            violations.add(
                "scheduled",
                "required",
                "Please say whether families make an appointment or take part whenever they like.",
            );
            false
        }
    };
    let scheduling = form.scheduling.parse().ok().filter(|_| scheduled);
    let study_platform = form.study_platform.parse().ok();
    External {
        other_scheduling: if scheduling == Some(Scheduling::Other) {
            text::line(
                "other_scheduling",
                "how families make an appointment",
                &form.other_scheduling,
                text::LINE,
                violations,
            )
        } else {
            String::new()
        },
        other_study_platform: if study_platform == Some(Platform::Other) {
            text::line(
                "other_study_platform",
                "where the study is made",
                &form.other_study_platform,
                text::LINE,
                violations,
            )
        } else {
            String::new()
        },
        url,
        scheduled,
        scheduling,
        study_platform,
    }
}

/// Address of a repository: https, one of the known hosts by name, no port, no account, a path of
/// an owner and a name. The server never asks any other address, so none of its own network can be
/// reached through this field.
fn repository(raw: &str, violations: &mut Violations) -> String {
    let address = text::line("player_repo_url", "the address", raw, 300, violations);
    if address.is_empty() {
        return address;
    }
    let refused = |violations: &mut Violations, code: &str| {
        violations.add(
            "player_repo_url",
            code,
            format!(
                "Please enter the address of a repository \
                 at one of {}, such as https://github.com/lab/runner.",
                SOURCE_HOSTS.join(", ")
            ),
        );
    };
    let Some(parsed) = web_address(&address) else {
        refused(violations, "no_url");
        return address;
    };
    let is_known =
        matches!(parsed.host(), Some(url::Host::Domain(host)) if SOURCE_HOSTS.contains(&host));
    let parts = parsed
        .path_segments()
        .map(|parts| parts.filter(|part| !part.is_empty()).count())
        .unwrap_or_default();
    if parsed.scheme() != "https" || parsed.port().is_some() || !is_known {
        refused(violations, "host");
    } else if parts < 2 || parsed.query().is_some() || parsed.fragment().is_some() {
        refused(violations, "path");
    }
    parsed
        .as_str()
        .trim_end_matches('/')
        .trim_end_matches(".git")
        .to_owned()
}

fn commit(raw: &str, is_required: bool, violations: &mut Violations) -> String {
    let commit = raw.trim().to_lowercase();
    let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_commit && (is_required || !commit.is_empty()) {
        violations.add(
            "last_known_player_sha",
            "no_commit",
            "Please enter the whole commit: 40 digits and letters a to f. A branch can move; a \
             commit can't.",
        );
    }
    commit
}

#[cfg(test)]
mod tests;
