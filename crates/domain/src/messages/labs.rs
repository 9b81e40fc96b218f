//! Emails about a lab and its members.

use super::content::Content;
use super::{Email, EmailContext};
use crate::labs::LabRole;
use crate::permissions;

pub(super) fn about_labs(email: &Email, frame: &EmailContext) -> Option<Content> {
    let home = |lab_id: &str| frame.page(&format!("/exp/labs/{lab_id}"));
    let content = match email {
        Email::LabInvitation {
            lab,
            role,
            by,
            is_approved,
        } => invitation(
            is_approved.then_some((lab.as_str(), by.as_str())),
            *role,
            frame,
        ),
        Email::LabJoinRequest {
            lab,
            lab_id,
            person,
        } => Content::new(format!("{person} asks to join {lab}"))
            .paragraph(format!(
                "{person} asks to join {lab} on Lookit. You can accept or decline."
            ))
            .button("Look at the request", format!("{}/members", home(lab_id))),
        Email::LabRole { lab, lab_id, role } => {
            Content::new(format!("Your role in {lab}: {}", role.label()))
                .paragraph(format!(
                    "Your role in {lab} is now \u{201c}{}\u{201d}. With it you {}.",
                    role.label(),
                    permissions::in_words(|action| role.grants(action))
                ))
                .button("Go to the lab", home(lab_id))
        }
        Email::LabRemoved { lab } => Content::new(format!("You are no longer in {lab}"))
            .paragraph(format!(
                "You no longer belong to {lab} or to any of its studies."
            ))
            .paragraph("If this surprises you, please ask the people who run the lab."),
        Email::LabCreated {
            lab,
            lab_id,
            person,
        } => Content::new(format!("{lab} is waiting for approval"))
            .paragraph(format!(
                "{person} created the lab {lab}. Until it is approved, its studies can be written \
                 and tried out, but not submitted."
            ))
            .button("Look at the lab", home(lab_id)),
        Email::LabApproved { lab, lab_id } => Content::new(format!("{lab} is approved"))
            .paragraph(format!("{lab} may now submit studies."))
            .button("Go to the lab", home(lab_id)),
        Email::LabUnapproved {
            lab,
            lab_id,
            paused,
        } => unapproved(lab, paused).button("Go to the lab", home(lab_id)),
        _ => return None,
    };
    Some(content)
}

/// An invitation. Of a lab that nobody approved it names nothing that somebody made up.
fn invitation(by: Option<(&str, &str)>, role: LabRole, frame: &EmailContext) -> Content {
    let content = match by {
        Some((lab, by)) => Content::new(format!("You are invited to {lab}")).paragraph(format!(
            "{by} invites you to join {lab} on Lookit. \
                 Your role would be \u{201c}{}\u{201d}.",
            role.label()
        )),
        None => Content::new("You are invited to a lab").paragraph(
            "Somebody invites you to join a new lab on Lookit, which we have not approved yet. \
             If you did not expect this, there is nothing you need to do.",
        ),
    };
    content
        .button("Look at the invitation", &frame.link)
        .paragraph(
            "The link works for 14 days. You need a researcher account with this address; \
             the page helps you create one.",
        )
}

fn unapproved(lab: &str, paused: &[String]) -> Content {
    let content = Content::new(format!("The approval of {lab} was withdrawn")).paragraph(format!(
        "{lab} is no longer approved. Its studies can be written and tried out, but neither \
         submitted nor run."
    ));
    if paused.is_empty() {
        return content;
    }
    let names = paused.iter().map(|name| format!("\u{201c}{name}\u{201d}"));
    let names: Vec<String> = names.collect();
    content.paragraph(format!(
        "These studies are paused, and can be started again once the lab is approved: {}.",
        names.join(", ")
    ))
}
