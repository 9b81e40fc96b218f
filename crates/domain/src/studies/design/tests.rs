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
        protocol: "{\"frames\": {}}".into(),
        ..Design::default()
    };
    let form = DesignForm {
        protocol: design.protocol.clone(),
        uses_generator: true,
        ..DesignForm::default()
    };
    let with = design.changed(StudyKind::FramePlayer, &form).unwrap();
    assert_eq!(
        (with.protocol.as_str(), with.generator.as_str()),
        (design.protocol.as_str(), EMPTY_GENERATOR)
    );
}

#[test]
fn texts_are_bounded_and_may_be_broken() {
    let design = Design::default();
    let form = |protocol: String| DesignForm {
        protocol,
        ..DesignForm::default()
    };
    assert_eq!(
        design
            .changed(StudyKind::FramePlayer, &form("{ broken".into()))
            .unwrap()
            .protocol,
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
fn what_each_kind_needs_is_kept_as_json() {
    let design = Design {
        experiment: "jsPsych.run([])".into(),
        protocol: "{ \"zeta\": 1,  \"alpha\": 2 }".into(),
        ..Design::default()
    };
    let kept = serde_json::to_string(&design).unwrap();
    assert_eq!(serde_json::from_str::<Design>(&kept).unwrap(), design);
    let never_saved: Design = serde_json::from_str("{}").unwrap();
    assert!(!never_saved.external.scheduled);
}

#[test]
fn hosts_are_names_of_public_sites() {
    let read = |raw: &str| {
        let form = DesignForm {
            hosts: raw.into(),
            ..DesignForm::default()
        };
        Design::default().changed(StudyKind::FramePlayer, &form)
    };
    let design = read("Cdn.Example.org\nhttps://x.test/a/b.mp4, cdn.example.org").unwrap();
    assert_eq!(
        design.hosts.iter().collect::<Vec<_>>(),
        ["cdn.example.org", "x.test"]
    );
    for bad in [
        "localhost",
        "10.0.0.1",
        "[::1]",
        "http://x.test",
        "x.test:8443",
        "*.x.test",
        "a;b.test",
        "data:",
        "me@x.test",
    ] {
        let refused = read(bad).unwrap_err();
        assert!(refused.message("hosts").is_some(), "{bad}");
        assert_eq!(hosts_in(bad).count(), 0, "{bad}");
    }
    let many: Vec<String> = (0..=MOST_HOSTS).map(|n| format!("h{n}.test")).collect();
    assert!(read(&many.join(" ")).is_err());
    let external = Design {
        hosts: ["x.test".to_owned()].into(),
        ..Design::default()
    };
    let text = serde_json::to_string(&external).unwrap();
    assert_eq!(serde_json::from_str::<Design>(&text).unwrap(), external);
}

#[test]
fn a_design_declares_facts_from_the_list() {
    let read = |facts: &[&str]| {
        let form = DesignForm {
            child_facts: facts.iter().map(|fact| (*fact).to_owned()).collect(),
            ..DesignForm::default()
        };
        Design::default().changed(StudyKind::JsPsych, &form)
    };
    let design = read(&["gender", "given_name"]).unwrap();
    assert_eq!(
        design.child_facts,
        [ChildFact::GivenName, ChildFact::Gender].into()
    );
    assert!(read(&["address"]).is_err());
    let plain = serde_json::to_string(&Design::default()).unwrap();
    assert!(
        !plain.contains("child_facts") && !plain.contains("hosts"),
        "designs from before keep their digest"
    );
}
