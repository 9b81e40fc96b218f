//! How a study is run: what each kind of study needs from its researcher (`domain.md` §2.8).

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

/// A link to another site. Members that are stored are named as in the classic tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct External {
    /// The address.
    pub url: String,
    /// Whether families make an appointment (`true`) or take part at once.
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
    pub structure: String,
    /// Whether the generator makes the protocol. Switching it loses neither text (D33).
    pub uses_generator: bool,
    /// A function in JavaScript that makes a protocol.
    pub generator: String,
    /// The experiment in JavaScript.
    pub experiment: String,
    /// The link to another site.
    pub external: External,
    /// Where the runner comes from.
    pub runner: RunnerSource,
}

/// A design as it was posted. Each kind reads its own fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are those of Design, External and RunnerSource, as texts"
)]
pub struct DesignForm {
    pub structure: String,
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
}

/// The protocol of a new study.
pub const EMPTY_STRUCTURE: &str = "{\n    \"frames\": {},\n    \"sequence\": []\n}";

/// What an empty generator becomes, as a place to begin.
pub const EMPTY_GENERATOR: &str = "function generateProtocol(child, pastSessions) {\n    // child.get(\"givenName\"), child.get(\"birthday\"), child.get(\"languageList\"), ...\n    // pastSessions lists this child's visits to this study, the latest first.\n    return {\n        frames: {},\n        sequence: []\n    };\n}\n";

impl Design {
    /// The design of a new study.
    pub fn new(kind: StudyKind) -> Self {
        let plays = matches!(kind, StudyKind::FramePlayer | StudyKind::CustomRunner);
        Self {
            structure: if plays {
                EMPTY_STRUCTURE.to_owned()
            } else {
                String::new()
            },
            ..Self::default()
        }
    }

    /// The members that the table keeps for a kind, as an object.
    pub fn metadata(&self, kind: StudyKind) -> serde_json::Value {
        let value = match kind {
            StudyKind::FramePlayer => Ok(serde_json::json!({})),
            StudyKind::JsPsych => Ok(serde_json::json!({ "experiment": self.experiment })),
            StudyKind::External => serde_json::to_value(&self.external),
            StudyKind::CustomRunner => serde_json::to_value(&self.runner),
        };
        value.unwrap_or_default()
    }

    /// A design from the columns of the table.
    pub fn of(
        kind: StudyKind,
        structure: String,
        uses_generator: bool,
        generator: String,
        metadata: &str,
    ) -> Result<Self, serde_json::Error> {
        let metadata = if metadata.trim().is_empty() {
            "{}"
        } else {
            metadata
        };
        let mut design = Self {
            structure,
            uses_generator,
            generator,
            ..Self::default()
        };
        match kind {
            StudyKind::FramePlayer => {}
            StudyKind::JsPsych => {
                let value: serde_json::Value = serde_json::from_str(metadata)?;
                value
                    .get("experiment")
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
                    .clone_into(&mut design.experiment);
            }
            StudyKind::External => design.external = serde_json::from_str(metadata)?,
            StudyKind::CustomRunner => design.runner = serde_json::from_str(metadata)?,
        }
        Ok(design)
    }

    /// The design after a form was posted; what other kinds need is kept as it is. Texts that are
    /// no protocol yet are taken, so that nothing typed is lost; a submission refuses them.
    pub fn changed(&self, kind: StudyKind, form: &DesignForm) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let mut design = self.clone();
        if matches!(kind, StudyKind::FramePlayer | StudyKind::CustomRunner) {
            design.structure = code(
                "structure",
                "the protocol",
                &form.structure,
                &mut violations,
            );
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
    let text = raw.replace("\r\n", "\n");
    if text.len() > LARGEST_TEXT {
        violations.add(field, "too_long", format!("{label} has {} bytes, {LARGEST_TEXT} are the most. Move long texts and media to files.", text.len()).replacen(label, &capital(label), 1));
    }
    if text.contains('\0') {
        violations.add(
            field,
            "control",
            format!("Please remove the NUL characters from {label}."),
        );
    }
    text
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next()
        .map(|first| first.to_uppercase().chain(rest).collect())
        .unwrap_or_default()
}

fn external(form: &DesignForm, violations: &mut Violations) -> External {
    let url = text::line("url", "the address", &form.url, 2000, violations);
    if url.is_empty() {
        violations.add("url", "required", "Please enter the address of the study.");
    } else if web_address(&url).is_none() {
        violations.add(
            "url",
            "no_url",
            "Please enter the whole address, beginning with https://.",
        );
    }
    let scheduled = match form.scheduled.as_str() {
        "Scheduled" => true,
        "Unmoderated" => false,
        _ => {
            violations.add(
                "scheduled",
                "required",
                "Please say whether families make an appointment or take part at once.",
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
/// reached through this field (D8).
fn repository(raw: &str, violations: &mut Violations) -> String {
    let address = text::line("player_repo_url", "the address", raw, 300, violations);
    if address.is_empty() {
        return address;
    }
    let refused = |violations: &mut Violations, code: &str| {
        violations.add("player_repo_url", code, format!("Please enter the address of a repository at one of {}, such as https://github.com/lab/runner.", SOURCE_HOSTS.join(", ")));
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
        violations.add("last_known_player_sha", "no_commit", "Please enter the whole commit: 40 digits and letters a to f. A branch can move; a commit can't.");
    }
    commit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_come_from_known_hosts_only() {
        let fault = |url: &str| {
            let form = DesignForm {
                player_repo_url: url.into(),
                last_known_player_sha: "A".repeat(40),
                ..DesignForm::default()
            };
            Design::new(StudyKind::CustomRunner)
                .changed(StudyKind::CustomRunner, &form)
                .err()
                .map(|violations| violations.entries()[0].code.clone())
        };
        assert_eq!(fault("https://github.com/lab/runner.git"), None);
        for (url, code) in [
            ("http://github.com/lab/runner", "host"),
            ("https://127.0.0.1/lab/runner", "host"),
            ("https://10.0.0.8/lab/runner", "host"),
            ("https://[::1]/lab/runner", "host"),
            ("https://169.254.169.254/latest/meta-data", "host"),
            ("https://2130706433/lab/runner", "host"),
            ("https://github.com.evil.example/lab/runner", "host"),
            ("https://github.com:8443/lab/runner", "host"),
            ("https://localhost/lab/runner", "host"),
            ("https://user@github.com/lab/runner", "no_url"),
            ("file:///etc/passwd", "no_url"),
            ("git@github.com:lab/runner", "no_url"),
            ("https://github.com/lab", "path"),
            ("https://github.com/lab/runner?x=1", "path"),
        ] {
            assert_eq!(fault(url).as_deref(), Some(code), "{url}");
        }
    }

    #[test]
    fn a_commit_is_whole() {
        let form = |sha: &str| DesignForm {
            player_repo_url: "https://github.com/lab/runner".into(),
            last_known_player_sha: sha.into(),
            ..DesignForm::default()
        };
        let design = Design::new(StudyKind::CustomRunner);
        assert_eq!(
            design
                .changed(StudyKind::CustomRunner, &form(&"A".repeat(40)))
                .unwrap()
                .runner
                .last_known_player_sha,
            "a".repeat(40)
        );
        for sha in ["", "main", "abc123", &"g".repeat(40)] {
            assert!(
                design.changed(StudyKind::CustomRunner, &form(sha)).is_err(),
                "{sha}"
            );
        }
    }

    #[test]
    fn an_external_study_needs_an_address_and_a_choice() {
        let design = Design::new(StudyKind::External);
        let fields = |form: DesignForm| {
            design
                .changed(StudyKind::External, &form)
                .err()
                .map(|all| {
                    all.entries()
                        .iter()
                        .map(|one| one.field.clone())
                        .collect::<Vec<_>>()
                })
                .unwrap_or_default()
        };
        assert_eq!(fields(DesignForm::default()), ["url", "scheduled"]);
        assert_eq!(
            fields(DesignForm {
                url: "javascript:alert(1)".into(),
                scheduled: "Scheduled".into(),
                ..DesignForm::default()
            }),
            ["url"]
        );
        let form = DesignForm {
            url: "https://survey.example/x?y=".into(),
            scheduled: "Scheduled".into(),
            scheduling: "Other".into(),
            other_scheduling: "by phone".into(),
            study_platform: "Qualtrics".into(),
            other_study_platform: "ignored".into(),
            ..DesignForm::default()
        };
        let external = design.changed(StudyKind::External, &form).unwrap().external;
        assert_eq!(
            (
                external.other_scheduling.as_str(),
                external.other_study_platform.as_str()
            ),
            ("by phone", "")
        );
        assert_eq!(
            serde_json::to_value(&external).unwrap()["study_platform"],
            "Qualtrics"
        );
    }

    #[test]
    fn switching_the_generator_keeps_both_texts() {
        let design = Design {
            structure: "{\"frames\": {}}".into(),
            ..Design::default()
        };
        let form = DesignForm {
            structure: design.structure.clone(),
            uses_generator: true,
            ..DesignForm::default()
        };
        let with = design.changed(StudyKind::FramePlayer, &form).unwrap();
        assert_eq!(
            (with.structure.as_str(), with.generator.as_str()),
            (design.structure.as_str(), EMPTY_GENERATOR),
            "D33"
        );
    }

    #[test]
    fn texts_are_bounded_and_may_be_broken() {
        let design = Design::default();
        let form = |structure: String| DesignForm {
            structure,
            ..DesignForm::default()
        };
        assert_eq!(
            design
                .changed(StudyKind::FramePlayer, &form("{ broken".into()))
                .unwrap()
                .structure,
            "{ broken"
        );
        let violations = design
            .changed(StudyKind::FramePlayer, &form("x".repeat(5_000_000)))
            .unwrap_err();
        assert!(
            violations
                .message("structure")
                .unwrap()
                .starts_with("The protocol has 5000000 bytes")
        );
    }

    #[test]
    fn tables_keep_what_each_kind_needs() {
        let design = Design {
            experiment: "jsPsych.run([])".into(),
            ..Design::default()
        };
        let kept = design.metadata(StudyKind::JsPsych).to_string();
        assert_eq!(
            Design::of(
                StudyKind::JsPsych,
                String::new(),
                false,
                String::new(),
                &kept
            )
            .unwrap(),
            design
        );
        assert!(
            !Design::of(StudyKind::External, String::new(), false, String::new(), "")
                .unwrap()
                .external
                .scheduled,
            "D38: a design that was never saved"
        );
    }
}
