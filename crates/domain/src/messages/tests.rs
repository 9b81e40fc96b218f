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
        Email::ConfirmAddress,
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
        Email::ConfirmAddress
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
            by: "Ada".into()
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
fn only_links_go_to_an_address_that_nobody_confirmed() {
    let free: Vec<Email> = all()
        .into_iter()
        .filter(Email::may_go_unconfirmed)
        .collect();
    assert_eq!(free.len(), 5);
}
