use std::collections::HashSet;

use super::*;

fn name() -> String {
    "O'Brien & <b>Sons</b>".to_owned()
}

fn id() -> String {
    "018f0000-0000-7000-8000-000000000000".to_owned()
}

fn ada() -> String {
    "Ada".to_owned()
}

/// One of each, with names that try to break out, in the order of the snapshot.
fn all() -> Vec<Email> {
    let mut all = about_accounts();
    all.extend(about_labs());
    all.extend(about_studies());
    all.push(Email::DeletionRequested {
        on: "8 December 2026".into(),
    });
    all.push(Email::Deleted);
    all
}

fn about_accounts() -> Vec<Email> {
    let new = || "new@example.org".to_owned();
    vec![
        Email::SignUpCode,
        Email::AddressTaken,
        Email::ResetPassword,
        Email::PasswordChanged,
        Email::AgreeToChange { new: new() },
        Email::ConfirmNewAddress,
        Email::AddressChanged { new: new() },
        Email::FactorChanged {
            what: "a passkey was added".into(),
        },
        Email::FactorReset,
    ]
}

fn about_labs() -> Vec<Email> {
    vec![
        Email::LabInvitation {
            lab: name(),
            role: LabRole::Member,
            by: ada(),
            is_approved: true,
        },
        Email::LabJoinRequest {
            lab: name(),
            lab_id: id(),
            person: ada(),
        },
        Email::LabRole {
            lab: name(),
            lab_id: id(),
            role: LabRole::Guest,
        },
        Email::LabRemoved { lab: name() },
        Email::LabCreated {
            lab: name(),
            lab_id: id(),
            person: ada(),
        },
        Email::LabApproved {
            lab: name(),
            lab_id: id(),
        },
        Email::LabUnapproved {
            lab: name(),
            lab_id: id(),
            paused: vec!["Cats".into(), "Moons".into()],
        },
    ]
}

fn about_studies() -> Vec<Email> {
    let (study, study_id, lab, person) = (name, id, || "Lab".to_owned(), ada);
    vec![
        Email::StudyRole {
            study: study(),
            study_id: study_id(),
            lab: name(),
            role: StudyRole::Analysis,
        },
        Email::StudySubmitted {
            study: study(),
            study_id: study_id(),
            lab: lab(),
            person: person(),
            comment: "First version.".into(),
        },
        Email::StudyMoved {
            study: study(),
            study_id: study_id(),
            lab: lab(),
            person: person(),
            state: StudyState::Paused,
        },
        Email::StudyApproved {
            study: study(),
            study_id: study_id(),
            comment: String::new(),
        },
        Email::StudyChangesRequested {
            study: study(),
            study_id: study_id(),
            comment: "Please say <b>who</b> to ask.".into(),
        },
        Email::StudyApprovalRescinded {
            study: study(),
            study_id: study_id(),
            comment: "A complaint.".into(),
        },
        Email::StudyEdited {
            study: study(),
            study_id: study_id(),
            person: person(),
            fields: "Protocol".into(),
            state: StudyState::Rejected,
        },
        Email::StudyPeer {
            study: study(),
            study_id: study_id(),
            lab: lab(),
            person: person(),
        },
        Email::StudyRemoved {
            study: "line\nbreak".into(),
        },
    ]
}

/// How many emails there are. A new one stops this from compiling: give it an example in `all`,
/// which then fails until some writer knows it.
fn number_of_emails(any: &Email) -> usize {
    match any {
        Email::SignUpCode
        | Email::AddressTaken
        | Email::ResetPassword
        | Email::PasswordChanged
        | Email::AgreeToChange { .. }
        | Email::ConfirmNewAddress
        | Email::AddressChanged { .. }
        | Email::FactorChanged { .. }
        | Email::FactorReset
        | Email::LabInvitation { .. }
        | Email::LabJoinRequest { .. }
        | Email::LabRole { .. }
        | Email::LabRemoved { .. }
        | Email::LabCreated { .. }
        | Email::LabApproved { .. }
        | Email::LabUnapproved { .. }
        | Email::StudyRole { .. }
        | Email::StudySubmitted { .. }
        | Email::StudyMoved { .. }
        | Email::StudyApproved { .. }
        | Email::StudyChangesRequested { .. }
        | Email::StudyApprovalRescinded { .. }
        | Email::StudyEdited { .. }
        | Email::StudyPeer { .. }
        | Email::StudyRemoved { .. }
        | Email::DeletionRequested { .. }
        | Email::Deleted => 27,
    }
}

#[test]
fn every_email_is_written_by_exactly_one_writer() {
    let kinds: HashSet<_> = all().iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), number_of_emails(&Email::Deleted));
    let frame = EmailContext::default();
    for email in all() {
        let written = WRITERS.iter().filter_map(|write| write(&email, &frame));
        assert_eq!(written.count(), 1, "{email:?}");
    }
}

#[test]
fn emails_read_as_recorded() {
    let frame = EmailContext {
        origin: "https://lookit.example.org".into(),
        name: "Zoë".into(),
        link: "https://lookit.example.org/link/abc".into(),
        code: "012345".into(),
    };
    let texts: Vec<String> = all()
        .iter()
        .map(|email| email.render(&frame))
        .map(|email| format!("Subject: {}\n\n{}", email.subject, email.text))
        .collect();
    insta::assert_snapshot!("emails", texts.join("\n=======\n"));
    insta::assert_snapshot!(
        "email_html",
        Email::LabInvitation {
            lab: "O'Brien & <b>Sons</b>".into(),
            role: LabRole::Member,
            by: "Ada".into(),
            is_approved: true,
        }
        .render(&frame)
        .html
    );
}

#[test]
fn names_stay_text_and_subjects_stay_one_line() {
    for email in all() {
        let rendered = email.render(&EmailContext {
            origin: "https://x.example".into(),
            name: "<script>".into(),
            link: "https://x.example/link/abc".into(),
            code: "012345".into(),
        });
        assert!(
            !rendered.html.contains("<script>") && !rendered.html.contains("<b>"),
            "{email:?}"
        );
        assert!(!rendered.subject.contains('\n'));
        assert_eq!(
            email.link().is_some(),
            rendered.text.contains("/link/abc"),
            "{email:?}"
        );
    }
}

#[test]
fn invitations_of_labs_that_nobody_approved_carry_no_words_of_theirs() {
    let invitation = Email::LabInvitation {
        lab: "Buy now at spam.example".into(),
        role: LabRole::Member,
        by: "Spam Seller".into(),
        is_approved: false,
    };
    let email = invitation.render(&EmailContext {
        link: "https://x.example/link/abc".into(),
        ..EmailContext::default()
    });
    let whole = format!("{} {} {}", email.subject, email.text, email.html);
    assert!(!whole.to_lowercase().contains("spam"), "{whole}");
    assert!(email.text.contains("/link/abc"));
    let before = r#"{"email":"lab_invitation","lab":"L","role":"member","by":"B"}"#;
    let before: Email = serde_json::from_str(before).unwrap();
    assert!(matches!(
        before,
        Email::LabInvitation {
            is_approved: true,
            ..
        }
    ));
}

#[test]
fn lines_that_somebody_wrote_stay_lines() {
    let rejected = Email::StudyChangesRequested {
        study: "Cats".into(),
        study_id: id(),
        comment: "First <b>line</b>\nsecond line\n\nnew paragraph".into(),
    };
    let html = rejected.render(&EmailContext::default()).html;
    let words = "First &lt;b&gt;line&lt;/b&gt;<br>second line</p><p>new paragraph</p>";
    assert!(html.contains(words), "{html}");
}
