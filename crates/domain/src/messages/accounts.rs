//! Emails about an account: its address, how its owner signs in, and its end.

use super::content::Content;
use super::{Email, EmailContext};

const NOT_YOU: &str = "If this was not you, please change your password now, and check where your \
                       account is signed in.";

pub(super) fn about_addresses(email: &Email, frame: &EmailContext) -> Option<Content> {
    let content = match email {
        Email::SignUpCode => Content::new("Your code for signing up")
            .paragraph(
                "Somebody, hopefully you, is signing up for Lookit with this address. To create \
                 the account, enter this code on the page where you signed up:",
            )
            .code(&frame.code)
            .paragraph(
                "The code works for an hour. If you did not sign up, there is nothing you need to \
                 do: without the code no account is created.",
            ),
        Email::AddressTaken => Content::new("You already have an account")
            .paragraph(
                "Somebody, perhaps you, has just signed up for Lookit with this address. It \
                 already has an account, and nothing about that account was changed.",
            )
            .button("Sign in", frame.page("/login"))
            .paragraph(
                "If you have forgotten your password, you can ask for a new one on the sign-in \
                 page. If it was not you, there is nothing you need to do.",
            ),
        Email::AgreeToChange { new } => Content::new("Do you want to change your email address?")
            .paragraph(format!(
                "Your Lookit account asked to use {new} instead of this address. \
                 It changes once both addresses have agreed."
            ))
            .button("I agree", &frame.link)
            .paragraph(format!("The link works for two days. {NOT_YOU}")),
        Email::ConfirmNewAddress => Content::new("Please confirm your new email address")
            .paragraph(
                "Somebody, hopefully you, asked to use this address for their Lookit account \
                 from now on. It changes once both addresses have agreed.",
            )
            .button("Confirm this address", &frame.link)
            .paragraph(
                "The link works for two days. \
                 If you know nothing about this, there is nothing you need to do.",
            ),
        Email::AddressChanged { new } => Content::new("Your email address was changed")
            .paragraph(format!(
                "Your Lookit account now uses {new}. \
                 This is the last email to the old address."
            ))
            .paragraph(
                "Both addresses agreed to this. If it was not you, please reply to this email.",
            ),
        _ => return None,
    };
    Some(content)
}

pub(super) fn about_signing_in(email: &Email, frame: &EmailContext) -> Option<Content> {
    let content = match email {
        Email::ResetPassword => Content::new("A new password")
            .paragraph("Somebody, hopefully you, asked for a new password for your Lookit account.")
            .button("Choose a new password", &frame.link)
            .paragraph(
                "The link works once, within two hours. If you did not ask for it, there is \
                 nothing you need to do: your password stays as it is.",
            ),
        Email::PasswordChanged => Content::new("Your password was changed")
            .paragraph(
                "The password of your Lookit account has just been changed. \
                 Everybody who was signed in with the old one has been signed out.",
            )
            .button("Go to my account", frame.page("/account"))
            .paragraph(
                "If this was not you, please ask for a new password on the sign-in page right \
                 away.",
            ),
        Email::FactorChanged { what } => Content::new("Your sign-in was changed")
            .paragraph(format!("On your Lookit account, {what}."))
            .button("Check my sign-in", frame.page("/account/security"))
            .paragraph(NOT_YOU),
        Email::FactorReset => Content::new("Your second factor was reset")
            .paragraph(
                "Our staff removed the second factor of your Lookit account, and all recovery \
                 codes and personal tokens with it. You have been signed out everywhere.",
            )
            .button(
                "Sign in and set up a new one",
                frame.page("/account/security"),
            )
            .paragraph("If you did not ask for this, please reply to this email right away."),
        Email::DeletionRequested { on } => Content::new("Your account will be deleted")
            .paragraph(format!(
                "You asked us to delete your Lookit account. It will happen on {on}. \
                 Until then you can change your mind."
            ))
            .button("Keep my account", &frame.link)
            .paragraph(
                "Answers that you agreed to share stay with the researchers, \
                 without your name and your children's names.",
            )
            .paragraph(NOT_YOU),
        Email::Deleted => Content::new("Your account is deleted").paragraph(
            "Your Lookit account and what you told us about your family have been deleted. \
             Thank you for everything that you and your children did for science.",
        ),
        _ => return None,
    };
    Some(content)
}
