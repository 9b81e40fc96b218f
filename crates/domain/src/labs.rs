//! Labs: what they tell about themselves, and the roles of their members.

use serde::{Deserialize, Serialize};

use crate::accounts::EmailAddress;
use crate::error::Violations;
use crate::text;

crate::id!(
    /// A lab, in addresses of researchers' pages; families' pages use the slug.
    LabId
);
crate::id!(
    /// An invitation to a lab.
    InvitationId
);

crate::text_enum!(
    /// What a member may do in a lab; the table is in [`crate::permissions`].
    LabRole {
        /// Makes studies, and sees those that it was added to.
        Guest = "guest",
        /// Reads what the lab does.
        ReadOnly = "read_only",
        /// Makes and reads the lab's studies.
        Member = "member",
        /// Looks after the lab and its people.
        Admin = "admin",
    }
);

impl LabRole {
    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Guest => "Guest",
            Self::ReadOnly => "Read-only",
            Self::Member => "Member",
            Self::Admin => "Admin",
        }
    }
}

/// What a lab tells about itself: what its form holds as typed, and after [`Self::check`] what is
/// stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LabDetails {
    /// Unique among labs.
    pub name: String,
    /// End of the address of the lab's page for families, unique: small letters, digits, hyphens.
    pub slug: String,
    /// University or other institution; may be empty.
    pub institution: String,
    /// Who leads the lab, by name.
    pub principal_investigator_name: String,
    /// Where families' questions go, unique among labs.
    pub contact_email: String,
    /// As people dial it; its form is not checked.
    pub contact_phone: String,
    /// Whole address of the lab's own site; may be empty.
    pub website: String,
    /// What parents read about the lab.
    pub description: String,
    /// Whom to ask about the review board's approval.
    pub irb_contact_info: String,
}

/// Words that are pages of their own below `/studies/`.
const RESERVED_SLUGS: &[&str] = &["history", "leave", "return", "start", "j"];

impl LabDetails {
    /// The details as they are stored, or everything that is wrong with them. Checking what is
    /// stored changes nothing.
    pub fn check(&self) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let v = &mut violations;
        let details = Self {
            name: text::required_line("name", "the lab's name", &self.name, v),
            slug: slug(&self.slug, v),
            institution: text::line(
                "institution",
                "the institution",
                &self.institution,
                text::LINE,
                v,
            ),
            principal_investigator_name: text::required_line(
                "principal_investigator_name",
                "the name of the principal investigator",
                &self.principal_investigator_name,
                v,
            ),
            contact_email: contact_email(&self.contact_email, v),
            contact_phone: text::required_line(
                "contact_phone",
                "a telephone number",
                &self.contact_phone,
                v,
            ),
            website: website(&self.website, v),
            description: required_paragraphs(
                "description",
                "what parents should know about the lab",
                &self.description,
                v,
            ),
            irb_contact_info: required_paragraphs(
                "irb_contact_info",
                "whom families can ask about the review board's approval",
                &self.irb_contact_info,
                v,
            ),
        };
        violations.or(details)
    }
}

fn contact_email(raw: &str, violations: &mut Violations) -> String {
    match EmailAddress::parse(raw) {
        Some(email) => email.as_str().to_owned(),
        None => {
            violations.add(
                "contact_email",
                "no_address",
                "Please enter the email address that families can write to, such as \
                 lab@example.edu.",
            );
            String::new()
        }
    }
}

fn required_paragraphs(field: &str, label: &str, raw: &str, violations: &mut Violations) -> String {
    let read = text::paragraphs(field, label, raw, violations);
    if read.is_empty() && violations.message(field).is_none() {
        violations.add(field, "required", format!("Please write {label}."));
    }
    read
}

fn slug(raw: &str, violations: &mut Violations) -> String {
    let slug = raw.trim().to_lowercase();
    let is_slug = !slug.is_empty()
        && slug.len() <= 60
        && slug
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !slug.starts_with('-')
        && !slug.ends_with('-');
    if !is_slug {
        violations.add(
            "slug",
            "no_slug",
            "Please write the last part of the web address with at most 60 lower-case letters, \
             digits and hyphens, such as child-lab.",
        );
    } else if RESERVED_SLUGS.contains(&slug.as_str()) || slug.parse::<uuid::Uuid>().is_ok() {
        violations.add(
            "slug",
            "reserved",
            "The site uses this web address itself. Please choose another.",
        );
    }
    slug
}

fn website(raw: &str, violations: &mut Violations) -> String {
    let site = text::line("website", "the website", raw, 200, violations);
    let is_address = site.is_empty()
        || ((site.starts_with("https://") || site.starts_with("http://"))
            && site
                .split("://")
                .nth(1)
                .is_some_and(|rest| rest.contains('.'))
            && !site.contains(char::is_whitespace));
    if !is_address {
        violations.add(
            "website",
            "no_url",
            "Please enter the whole web address of the lab, beginning with https://.",
        );
    }
    site
}

/// What a picture of a lab must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabPicture {
    /// Wide, above the lab's page: at least twice as wide as high.
    Banner,
    /// Square, beside the lab's name.
    Badge,
}

impl LabPicture {
    /// Name of the form field with the file.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Banner => "banner",
            Self::Badge => "badge",
        }
    }

    /// Largest width and height in which it is kept, in pixels.
    pub const fn size(self) -> (u32, u32) {
        match self {
            Self::Banner => (1600, 800),
            Self::Badge => (400, 400),
        }
    }

    /// Checks the shape, in pixels.
    pub fn check(self, width: u32, height: u32) -> Result<(), Violations> {
        match self {
            Self::Banner if u64::from(width) < 2 * u64::from(height) => Err(Violations::one(
                "banner",
                "wrong_shape",
                format!(
                    "A banner must be at least twice as wide as it is high. \
                     This picture is {width} by {height}."
                ),
            )),
            Self::Badge if width != height => Err(Violations::one(
                "badge",
                "wrong_shape",
                format!("A badge must be exactly square. This picture is {width} by {height}."),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> LabDetails {
        LabDetails {
            name: "Child Lab".into(),
            slug: "Child-Lab".into(),
            principal_investigator_name: "A".into(),
            contact_email: "Lab@example.edu".into(),
            contact_phone: "1".into(),
            description: "d".into(),
            irb_contact_info: "i".into(),
            ..LabDetails::default()
        }
    }

    #[test]
    fn a_lab_needs_what_families_will_ask_for() {
        let read = form().check().unwrap();
        assert_eq!(
            (read.slug.as_str(), read.contact_email.as_str()),
            ("child-lab", "lab@example.edu")
        );
        assert_eq!(read.check(), Ok(read.clone()), "what is stored is fine");
        let empty = LabDetails::default().check().unwrap_err();
        let fields: Vec<&str> = empty
            .entries()
            .iter()
            .map(|violation| violation.field.as_str())
            .collect();
        assert_eq!(
            fields,
            [
                "name",
                "slug",
                "principal_investigator_name",
                "contact_email",
                "contact_phone",
                "description",
                "irb_contact_info"
            ]
        );
    }

    #[test]
    fn addresses_are_checked() {
        for slug in [
            "history",
            "a b",
            "-a",
            "é",
            "018f0000-0000-7000-8000-000000000000",
            &"a".repeat(61),
        ] {
            assert!(
                LabDetails {
                    slug: slug.into(),
                    ..form()
                }
                .check()
                .is_err(),
                "{slug}"
            );
        }
        for (website, is_fine) in [
            ("", true),
            ("https://lab.example.edu/a", true),
            ("javascript:alert(1)", false),
            ("lab.example.edu", false),
        ] {
            assert_eq!(
                LabDetails {
                    website: website.into(),
                    ..form()
                }
                .check()
                .is_ok(),
                is_fine,
                "{website}"
            );
        }
    }

    #[test]
    fn pictures_have_a_shape() {
        assert!(
            LabPicture::Banner.check(200, 100).is_ok()
                && LabPicture::Banner.check(199, 100).is_err()
        );
        assert!(
            LabPicture::Badge.check(50, 50).is_ok() && LabPicture::Badge.check(50, 51).is_err()
        );
    }
}
