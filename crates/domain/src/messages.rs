//! Letters: what the house writes to people. Rendering is pure; sending is a job.
//!
//! A letter holds what it needs to be written, and no secret: the link in it is made when it is
//! rendered.

use serde::{Deserialize, Serialize};

use crate::accounts::LinkPurpose;
use crate::labs::LabRole;
use crate::studies::{StudyRole, StudyState};

crate::id!(
    /// A letter to one person.
    LetterId
);

crate::text_enum!(
    /// How a letter stands.
    LetterState {
        /// To be sent.
        Waiting = "waiting",
        /// Taken by the mail server.
        Sent = "sent",
        /// Not sent, because nobody has confirmed the address.
        Withheld = "withheld",
        /// Given up; the reason is kept.
        Failed = "failed",
    }
);

/// Every letter of the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
#[expect(missing_docs, reason = "fields are the names that the letter mentions")]
pub enum Letter {
    /// To a new account: please confirm the address.
    ConfirmAddress,
    /// To the owner of an address with which somebody signed up again.
    AddressTaken,
    /// A link for a new password.
    ResetPassword,
    /// The password was changed.
    PasswordChanged,
    /// To the old address: do you agree to the new one?
    AgreeToChange { new: String },
    /// To the new address: is it yours? It names nobody, since it may have been mistyped.
    ConfirmNewAddress,
    /// To the old address: it was changed.
    AddressChanged { new: String },
    /// A second factor was added or removed by the owner.
    FactorChanged { what: String },
    /// Staff removed all second factors.
    FactorReset,
    /// An invitation to a lab.
    LabInvitation {
        lab: String,
        role: LabRole,
        by: String,
    },
    /// To a lab's admins: somebody asks to join.
    LabJoinRequest {
        lab: String,
        lab_id: String,
        person: String,
    },
    /// A role in a lab.
    LabRole {
        lab: String,
        lab_id: String,
        role: LabRole,
    },
    /// No longer in a lab.
    LabRemoved { lab: String },
    /// To staff: a lab waits for approval.
    LabCreated {
        lab: String,
        lab_id: String,
        person: String,
    },
    /// To a lab's admins.
    LabApproved { lab: String, lab_id: String },
    /// A role in a study.
    StudyRole {
        study: String,
        study_id: String,
        lab: String,
        role: StudyRole,
    },
    /// No longer in a study.
    StudyRemoved { study: String },
    /// To staff: a study waits for review.
    StudySubmitted {
        study: String,
        study_id: String,
        lab: String,
        person: String,
        comment: String,
    },
    /// To staff: a study came into another state by its own people.
    StudyMoved {
        study: String,
        study_id: String,
        lab: String,
        person: String,
        state: StudyState,
    },
    /// To a study's people: it was approved.
    StudyApproved {
        study: String,
        study_id: String,
        comment: String,
    },
    /// To a study's people: it needs changes.
    StudyChangesRequested {
        study: String,
        study_id: String,
        comment: String,
    },
    /// To a study's people: an approval was taken back.
    StudyApprovalRescinded {
        study: String,
        study_id: String,
        comment: String,
    },
    /// To a study's people and staff: an edit took the approval, or the place in the queue, away.
    StudyEdited {
        study: String,
        study_id: String,
        person: String,
        fields: String,
        state: StudyState,
    },
    /// To a colleague of another lab: please look at a study.
    StudyPeer {
        study: String,
        study_id: String,
        lab: String,
        person: String,
    },
    /// The account will be deleted.
    DeletionRequested { on: String },
    /// The account is gone.
    Deleted,
}

/// What a letter needs from outside to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetterFrame {
    /// Origin of the site.
    pub origin: String,
    /// What to call the person; may be empty.
    pub name: String,
    /// The signed link, for letters that have one.
    pub link: String,
}

/// A letter as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Subject, without line breaks.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

struct Sheet {
    subject: String,
    before: Vec<String>,
    button: Option<(&'static str, String)>,
    after: Vec<String>,
}

impl Letter {
    /// What the link in it is for.
    pub const fn link(&self) -> Option<LinkPurpose> {
        match self {
            Self::ConfirmAddress => Some(LinkPurpose::ConfirmAddress),
            Self::ResetPassword => Some(LinkPurpose::ResetPassword),
            Self::AgreeToChange { .. } => Some(LinkPurpose::AgreeToChange),
            Self::ConfirmNewAddress => Some(LinkPurpose::ConfirmNewAddress),
            Self::LabInvitation { .. } => Some(LinkPurpose::AcceptInvitation),
            Self::DeletionRequested { .. } => Some(LinkPurpose::KeepAccount),
            _ => None,
        }
    }

    /// Whether it may go to an address that nobody has confirmed: only what proves the address, or
    /// tells its owner that somebody else used it.
    pub const fn may_go_unconfirmed(&self) -> bool {
        matches!(
            self,
            Self::ConfirmAddress
                | Self::AddressTaken
                | Self::ResetPassword
                | Self::ConfirmNewAddress
                | Self::LabInvitation { .. }
        )
    }

    #[expect(clippy::too_many_lines, reason = "one letter after the other")]
    fn sheet(&self, frame: &LetterFrame) -> Sheet {
        let link = || frame.link.clone();
        let at = |path: &str| format!("{}{path}", frame.origin);
        let not_you = "If this was not you, please change your password now, and look at where your account is signed in.".to_owned();
        let (subject, before, button, after) = match self {
            Self::ConfirmAddress => (
                "Please confirm your e-mail address".to_owned(),
                vec!["Thank you for joining Lookit. Please confirm that this address is yours, so that we can write to you about studies for your child.".to_owned()],
                Some(("Confirm my address", link())),
                vec!["The link works for 14 days. If you did not sign up, you need not do anything: we will not write to this address again.".to_owned()],
            ),
            Self::AddressTaken => (
                "You have an account already".to_owned(),
                vec!["Somebody, perhaps you, has just signed up at Lookit with this address. It has an account already, and nothing about that account was changed.".to_owned()],
                Some(("Sign in", at("/login"))),
                vec!["If you have forgotten your password, you can ask for a new one on the sign-in page. If it was not you, you need not do anything.".to_owned()],
            ),
            Self::ResetPassword => (
                "A new password".to_owned(),
                vec!["Somebody, hopefully you, asked for a new password for your Lookit account.".to_owned()],
                Some(("Choose a new password", link())),
                vec!["The link works once, within two hours. If you did not ask for it, you need not do anything: your password stays as it is.".to_owned()],
            ),
            Self::PasswordChanged => (
                "Your password was changed".to_owned(),
                vec!["The password of your Lookit account has just been changed. Everybody who was signed in with the old one has been signed out.".to_owned()],
                Some(("Go to my account", at("/account"))),
                vec!["If this was not you, please ask for a new password on the sign-in page at once.".to_owned()],
            ),
            Self::AgreeToChange { new } => (
                "Do you want to change your e-mail address?".to_owned(),
                vec![format!("Your Lookit account asked to use {new} instead of this address. It changes once both addresses have agreed.")],
                Some(("I agree", link())),
                vec![format!("The link works for two days. {not_you}")],
            ),
            Self::ConfirmNewAddress => (
                "Please confirm your new e-mail address".to_owned(),
                vec!["Somebody, hopefully you, asked to use this address for their Lookit account from now on. It changes once both addresses have agreed.".to_owned()],
                Some(("Confirm this address", link())),
                vec!["The link works for two days. If you know nothing of this, you need not do anything.".to_owned()],
            ),
            Self::AddressChanged { new } => (
                "Your e-mail address was changed".to_owned(),
                vec![format!("Your Lookit account now uses {new}. This is the last letter to the old address.")],
                None,
                vec!["Both addresses agreed to this. If it was not you, please answer this letter.".to_owned()],
            ),
            Self::FactorChanged { what } => ("Your sign-in was changed".to_owned(), vec![format!("On your Lookit account, {what}.")], Some(("Look at my sign-in", at("/account/security"))), vec![not_you]),
            Self::FactorReset => (
                "Your second factor was reset".to_owned(),
                vec!["Our staff removed the second factor of your Lookit account, and all recovery codes and personal tokens with it. You have been signed out everywhere.".to_owned()],
                Some(("Sign in and set up a new one", at("/account/security"))),
                vec!["If you did not ask for this, please answer this letter at once.".to_owned()],
            ),
            Self::LabInvitation { lab, role, by } => (
                format!("You are invited to {lab}"),
                vec![format!("{by} invites you to join {lab} on Lookit. Your role would be \u{201c}{}\u{201d}.", role.label())],
                Some(("Look at the invitation", link())),
                vec!["The link works for 14 days. You need a researcher's account with this address; the page helps you to make one.".to_owned()],
            ),
            Self::LabJoinRequest { lab, lab_id, person } => (
                format!("{person} asks to join {lab}"),
                vec![format!("{person} asks to join {lab} on Lookit. You can accept or decline.")],
                Some(("Look at the request", at(&format!("/exp/labs/{lab_id}/members")))),
                vec![],
            ),
            Self::LabRole { lab, lab_id, role } => (
                format!("Your role in {lab}: {}", role.label()),
                vec![format!("Your role in {lab} is now \u{201c}{}\u{201d}. {}", role.label(), crate::permissions::in_words(|action| role.grants(action)))],
                Some(("Go to the lab", at(&format!("/exp/labs/{lab_id}")))),
                vec![],
            ),
            Self::LabRemoved { lab } => {
                (format!("You are no longer in {lab}"), vec![format!("You no longer belong to {lab}, and to none of its studies.")], None, vec!["If this surprises you, please ask the people who run the lab.".to_owned()])
            }
            Self::LabCreated { lab, lab_id, person } => (
                format!("{lab} waits for approval"),
                vec![format!("{person} made the lab {lab}. Until it is approved, its studies can be written and tried, but not submitted.")],
                Some(("Look at the lab", at(&format!("/exp/labs/{lab_id}")))),
                vec![],
            ),
            Self::LabApproved { lab, lab_id } => (format!("{lab} is approved"), vec![format!("{lab} may now submit studies.")], Some(("Go to the lab", at(&format!("/exp/labs/{lab_id}")))), vec![]),
            Self::StudyRole { study, study_id, lab, role } => (
                format!("Your role in \u{201c}{study}\u{201d}: {}", role.label()),
                vec![format!("Your role in the study \u{201c}{study}\u{201d} of {lab} is now \u{201c}{}\u{201d}. {}", role.label(), crate::permissions::in_words(|action| role.grants(action)))],
                Some(("Go to the study", at(&format!("/exp/studies/{study_id}")))),
                vec![],
            ),
            Self::StudyRemoved { study } => (format!("You no longer work on \u{201c}{study}\u{201d}"), vec![format!("Your role in \u{201c}{study}\u{201d} has ended.")], None, vec![]),
            Self::StudySubmitted { study, study_id, lab, person, comment } => (
                format!("\u{201c}{study}\u{201d} waits for review"),
                [vec![format!("{person} of {lab} submitted the study \u{201c}{study}\u{201d} for review.")], words(comment)].concat(),
                Some(("Review the study", at(&format!("/exp/studies/{study_id}/review")))),
                vec![],
            ),
            Self::StudyMoved { study, study_id, lab, person, state } => (
                format!("\u{201c}{study}\u{201d}: {}", state.label().to_lowercase()),
                vec![format!("{person} changed the study \u{201c}{study}\u{201d} of {lab}. It is now: {}. {}", state.label().to_lowercase(), state.explanation())],
                Some(("Look at the study", at(&format!("/exp/studies/{study_id}")))),
                vec![],
            ),
            Self::StudyApproved { study, study_id, comment } => (
                format!("\u{201c}{study}\u{201d} is approved"),
                [vec![format!("The study \u{201c}{study}\u{201d} may collect data now. It does not begin by itself: start it when you are ready.")], words(comment)].concat(),
                Some(("Go to the study", at(&format!("/exp/studies/{study_id}")))),
                vec![],
            ),
            Self::StudyChangesRequested { study, study_id, comment } => (
                format!("\u{201c}{study}\u{201d} needs changes"),
                [vec![format!("The reviewers ask for changes to the study \u{201c}{study}\u{201d}. Submit it again when they are made.")], words(comment)].concat(),
                Some(("Read the remarks", at(&format!("/exp/studies/{study_id}/review")))),
                vec![],
            ),
            Self::StudyApprovalRescinded { study, study_id, comment } => (
                format!("The approval of \u{201c}{study}\u{201d} was taken back"),
                [vec![format!("The study \u{201c}{study}\u{201d} was approved, and is not any more. It needs changes and another review before it can collect data.")], words(comment)].concat(),
                Some(("Read the remarks", at(&format!("/exp/studies/{study_id}/review")))),
                vec![],
            ),
            Self::StudyEdited { study, study_id, person, fields, state } => (
                format!("\u{201c}{study}\u{201d} was changed and must be submitted again"),
                vec![format!("{person} changed the study \u{201c}{study}\u{201d}: {fields}. Changes like these need a review, so it is now: {}. {}", state.label().to_lowercase(), state.explanation())],
                Some(("See what changed", at(&format!("/exp/studies/{study_id}/versions")))),
                vec!["To go back to the approved version, restore it on that page and submit it.".to_owned()],
            ),
            Self::StudyPeer { study, study_id, lab, person } => (
                format!("{person} asks what you think of \u{201c}{study}\u{201d}"),
                vec![format!("{person} of {lab} asks you to look at the study \u{201c}{study}\u{201d} before it is reviewed. You can read it, try it, and leave remarks.")],
                Some(("Look at the study", at(&format!("/exp/studies/{study_id}/review")))),
                vec![],
            ),
            Self::DeletionRequested { on } => (
                "Your account will be deleted".to_owned(),
                vec![format!("You asked us to delete your Lookit account. It will happen on {on}. Until then you can change your mind.")],
                Some(("Keep my account", link())),
                vec!["Answers that you agreed to share stay with the researchers, without your name and your children's names.".to_owned(), not_you],
            ),
            Self::Deleted => (
                "Your account is deleted".to_owned(),
                vec!["Your Lookit account and what you told us about your family are gone. Thank you for everything that you and your children did for science.".to_owned()],
                None,
                vec![],
            ),
        };
        Sheet {
            subject: subject.chars().filter(|c| !c.is_control()).collect(),
            before,
            button,
            after,
        }
    }

    /// Writes the letter.
    pub fn render(&self, frame: &LetterFrame) -> Rendered {
        let sheet = self.sheet(frame);
        let greeting = if frame.name.is_empty() {
            "Hello,".to_owned()
        } else {
            format!("Hello {},", frame.name)
        };
        let farewell = "Lookit: families and researchers find out together how children think.";
        let mut text = vec![greeting.clone()];
        let mut html = vec![format!("<p>{}</p>", escape(&greeting))];
        for paragraph in &sheet.before {
            text.push(paragraph.clone());
            html.push(format!("<p>{}</p>", escape(paragraph)));
        }
        if let Some((label, address)) = &sheet.button {
            text.push(format!("{label}:\n{address}"));
            html.push(format!("<p><a href=\"{0}\" style=\"display:inline-block;padding:12px 20px;border-radius:6px;background:#0f6f77;color:#ffffff;text-decoration:none\">{1}</a></p><p style=\"font-size:14px\">If the button does not work, copy this address into your browser:<br>{0}</p>", escape(address), escape(label)));
        }
        for paragraph in &sheet.after {
            text.push(paragraph.clone());
            html.push(format!("<p>{}</p>", escape(paragraph)));
        }
        text.push(format!("-- \n{farewell}\n{}", frame.origin));
        let body = html.concat();
        let html = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{}</title></head><body style=\"margin:0;padding:24px;font-family:sans-serif;font-size:17px;line-height:1.5;color:#20232c;background:#fdfbf7\"><div style=\"max-width:560px;margin:0 auto\">{body}<hr style=\"border:0;border-top:1px solid #ddd8cf\"><p style=\"font-size:14px;color:#5d6270\">{}<br><a href=\"{2}\" style=\"color:#0f6f77\">{2}</a></p></div></body></html>\n",
            escape(&sheet.subject),
            escape(farewell),
            escape(&frame.origin)
        );
        Rendered {
            subject: sheet.subject,
            text: format!("{}\n", text.join("\n\n")),
            html,
        }
    }
}

/// What somebody wrote along, as a paragraph; nothing where nobody wrote anything.
fn words(comment: &str) -> Vec<String> {
    if comment.is_empty() {
        Vec::new()
    } else {
        vec![format!("They write: {comment}")]
    }
}

fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut escaped, c| {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                other => escaped.push(other),
            }
            escaped
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each, with names that try to break out.
    fn all() -> Vec<Letter> {
        let (name, id) = (
            || "O'Brien & <b>Sons</b>".to_owned(),
            || "018f0000-0000-7000-8000-000000000000".to_owned(),
        );
        vec![
            Letter::ConfirmAddress,
            Letter::AddressTaken,
            Letter::ResetPassword,
            Letter::PasswordChanged,
            Letter::AgreeToChange {
                new: "new@example.org".into(),
            },
            Letter::ConfirmNewAddress,
            Letter::AddressChanged {
                new: "new@example.org".into(),
            },
            Letter::FactorChanged {
                what: "a passkey was added".into(),
            },
            Letter::FactorReset,
            Letter::LabInvitation {
                lab: name(),
                role: LabRole::Member,
                by: "Ada".into(),
            },
            Letter::LabJoinRequest {
                lab: name(),
                lab_id: id(),
                person: "Ada".into(),
            },
            Letter::LabRole {
                lab: name(),
                lab_id: id(),
                role: LabRole::Guest,
            },
            Letter::LabRemoved { lab: name() },
            Letter::LabCreated {
                lab: name(),
                lab_id: id(),
                person: "Ada".into(),
            },
            Letter::LabApproved {
                lab: name(),
                lab_id: id(),
            },
            Letter::StudyRole {
                study: name(),
                study_id: id(),
                lab: name(),
                role: StudyRole::Analysis,
            },
            Letter::StudySubmitted {
                study: name(),
                study_id: id(),
                lab: "Lab".into(),
                person: "Ada".into(),
                comment: "First version.".into(),
            },
            Letter::StudyMoved {
                study: name(),
                study_id: id(),
                lab: "Lab".into(),
                person: "Ada".into(),
                state: StudyState::Paused,
            },
            Letter::StudyApproved {
                study: name(),
                study_id: id(),
                comment: String::new(),
            },
            Letter::StudyChangesRequested {
                study: name(),
                study_id: id(),
                comment: "Please say <b>who</b> to ask.".into(),
            },
            Letter::StudyApprovalRescinded {
                study: name(),
                study_id: id(),
                comment: "A complaint.".into(),
            },
            Letter::StudyEdited {
                study: name(),
                study_id: id(),
                person: "Ada".into(),
                fields: "Protocol".into(),
                state: StudyState::Rejected,
            },
            Letter::StudyPeer {
                study: name(),
                study_id: id(),
                lab: "Lab".into(),
                person: "Ada".into(),
            },
            Letter::StudyRemoved {
                study: "line\nbreak".into(),
            },
            Letter::DeletionRequested {
                on: "8 December 2026".into(),
            },
            Letter::Deleted,
        ]
    }

    #[test]
    fn letters_read_as_recorded() {
        let frame = LetterFrame {
            origin: "https://lookit.example.org".into(),
            name: "Zoë".into(),
            link: "https://lookit.example.org/link/abc".into(),
        };
        let texts: Vec<String> = all()
            .iter()
            .map(|letter| letter.render(&frame))
            .map(|letter| format!("Subject: {}\n\n{}", letter.subject, letter.text))
            .collect();
        insta::assert_snapshot!("letters", texts.join("\n=======\n"));
        insta::assert_snapshot!(
            "letter_html",
            Letter::LabInvitation {
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
        for letter in all() {
            let rendered = letter.render(&LetterFrame {
                origin: "https://x.example".into(),
                name: "<script>".into(),
                link: "https://x.example/link/abc".into(),
            });
            assert!(
                !rendered.html.contains("<script>") && !rendered.html.contains("<b>"),
                "{letter:?}"
            );
            assert!(!rendered.subject.contains('\n'));
            assert_eq!(
                letter.link().is_some(),
                rendered.text.contains("/link/abc"),
                "{letter:?}"
            );
        }
    }

    #[test]
    fn only_links_go_to_an_address_that_nobody_confirmed() {
        let free: Vec<Letter> = all()
            .into_iter()
            .filter(Letter::may_go_unconfirmed)
            .collect();
        assert_eq!(free.len(), 5);
    }
}
