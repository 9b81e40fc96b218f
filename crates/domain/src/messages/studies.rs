//! Emails about a study: who works on it, and its review.

use super::content::Content;
use super::{Email, EmailContext};
use crate::permissions;

/// The address of a study's page for researchers.
fn home(frame: &EmailContext, study_id: &str) -> String {
    frame.page(&format!("/exp/studies/{study_id}"))
}

fn review(frame: &EmailContext, study_id: &str) -> String {
    format!("{}/review", home(frame, study_id))
}

pub(super) fn about_members(email: &Email, frame: &EmailContext) -> Option<Content> {
    let content = match email {
        Email::StudyRole {
            study,
            study_id,
            lab,
            role,
        } => Content::new(format!(
            "Your role in \u{201c}{study}\u{201d}: {}",
            role.label()
        ))
        .paragraph(format!(
            "Your role in the study \u{201c}{study}\u{201d} of {lab} is now \u{201c}{}\u{201d}. \
             With it you {}.",
            role.label(),
            permissions::in_words(|action| role.grants(action))
        ))
        .button("Go to the study", home(frame, study_id)),
        Email::StudyRemoved { study } => {
            Content::new(format!("You no longer work on \u{201c}{study}\u{201d}"))
                .paragraph(format!("Your role in \u{201c}{study}\u{201d} has ended."))
        }
        Email::StudyPeer {
            study,
            study_id,
            lab,
            person,
        } => Content::new(format!(
            "{person} asks what you think of \u{201c}{study}\u{201d}"
        ))
        .paragraph(format!(
            "{person} of {lab} asks you to look at the study \u{201c}{study}\u{201d} before it is \
             reviewed. You can read it, try it out, and leave comments."
        ))
        .button("Look at the study", review(frame, study_id)),
        _ => return None,
    };
    Some(content)
}

pub(super) fn about_review(email: &Email, frame: &EmailContext) -> Option<Content> {
    let content = match email {
        Email::StudySubmitted {
            study,
            study_id,
            lab,
            person,
            comment,
        } => Content::new(format!("\u{201c}{study}\u{201d} is waiting for review"))
            .paragraph(format!(
                "{person} of {lab} submitted the study \u{201c}{study}\u{201d} for review."
            ))
            .comment(comment)
            .button("Review the study", review(frame, study_id)),
        Email::StudyApproved {
            study,
            study_id,
            comment,
        } => Content::new(format!("\u{201c}{study}\u{201d} is approved"))
            .paragraph(format!(
                "The study \u{201c}{study}\u{201d} may collect data now. \
                 It does not begin by itself: start it when you are ready."
            ))
            .comment(comment)
            .button("Go to the study", home(frame, study_id)),
        Email::StudyChangesRequested {
            study,
            study_id,
            comment,
        } => Content::new(format!("\u{201c}{study}\u{201d} needs changes"))
            .paragraph(format!(
                "The reviewers ask for changes to the study \u{201c}{study}\u{201d}. \
                 Please submit it again once they are made."
            ))
            .comment(comment)
            .button("Read the comments", review(frame, study_id)),
        Email::StudyApprovalRescinded {
            study,
            study_id,
            comment,
        } => Content::new(format!(
            "The approval of \u{201c}{study}\u{201d} was withdrawn"
        ))
        .paragraph(format!(
            "The study \u{201c}{study}\u{201d} is no longer approved. It needs changes and \
             another review before it can collect data."
        ))
        .comment(comment)
        .button("Read the comments", review(frame, study_id)),
        _ => return None,
    };
    Some(content)
}

/// What staff, or the study's people, are told when it changes its state on the way.
pub(super) fn about_changes(email: &Email, frame: &EmailContext) -> Option<Content> {
    let content = match email {
        Email::StudyMoved {
            study,
            study_id,
            lab,
            person,
            state,
        } => {
            let now = state.label().to_lowercase();
            Content::new(format!("\u{201c}{study}\u{201d}: {now}"))
                .paragraph(format!(
                    "{person} changed the study \u{201c}{study}\u{201d} of {lab}. \
                     It is now: {now}. {}",
                    state.explanation()
                ))
                .button("Look at the study", home(frame, study_id))
        }
        Email::StudyEdited {
            study,
            study_id,
            person,
            fields,
            state,
        } => Content::new(format!(
            "\u{201c}{study}\u{201d} was changed and must be submitted again"
        ))
        .paragraph(format!(
            "{person} changed the study \u{201c}{study}\u{201d}: {fields}. \
             Changes like these need a review, so it is now: {}. {}",
            state.label().to_lowercase(),
            state.explanation()
        ))
        .button(
            "See what changed",
            format!("{}/versions", home(frame, study_id)),
        )
        .paragraph("To go back to the approved version, restore it on that page and submit it."),
        _ => return None,
    };
    Some(content)
}
