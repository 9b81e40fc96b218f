//! Accounts: addresses, passwords, and who may be what.

use crate::error::Violations;

crate::id!(
    /// An account of a family, a researcher or a member of staff.
    AccountId
);
crate::id!(
    /// A sign-up whose address is not proven yet. Unlike other ids it must not be guessed.
    PendingAccountId
);
crate::id!(
    /// One signed-in browser.
    SessionId
);

crate::id!(
    /// A passkey (Web Authentication) of an account.
    PasskeyId
);
crate::id!(
    /// A personal token for programs.
    ApiTokenId
);
crate::id!(
    /// A change of email address that waits for both addresses to agree.
    EmailChangeId
);

/// How long the owner of an account can undo its deletion.
pub const DELETION_WAIT: chrono::Duration = chrono::Duration::days(14);

/// Where a session stands with its account's second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// The account has none.
    None,
    /// The account has one, and it was not given in this session: the session may do nothing else.
    Pending,
    /// It was given in this session.
    Given,
}

crate::text_enum!(
    /// What a personal token may be used for.
    TokenScope {
        /// Read studies of which the owner may read the details.
        ReadStudies = "read_studies",
        /// Read responses that the owner may read.
        ReadResponses = "read_responses",
        /// Give families feedback where the owner may.
        WriteFeedback = "write_feedback",
    }
);

impl TokenScope {
    /// What the token's owner reads when choosing scopes.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ReadStudies => "Read studies",
            Self::ReadResponses => "Read and download responses",
            Self::WriteFeedback => "Write feedback to families",
        }
    }
}

crate::text_enum!(
    /// What a signed link in an email is for.
    LinkPurpose {
        /// Whoever follows it may choose a new password.
        ResetPassword = "reset",
        /// The old address agrees that a new one takes its place.
        AgreeToChange = "agree",
        /// The new address exists and belongs to the same person.
        ConfirmNewAddress = "new",
        /// Whoever follows it becomes a member of the lab.
        AcceptInvitation = "join",
        /// Keeping an account that was to be deleted.
        KeepAccount = "keep",
    }
);

impl LinkPurpose {
    /// How long the link works.
    pub fn lifetime(self) -> chrono::Duration {
        match self {
            Self::ResetPassword => chrono::Duration::hours(2),
            Self::AgreeToChange | Self::ConfirmNewAddress => chrono::Duration::days(2),
            Self::AcceptInvitation => chrono::Duration::days(14),
            Self::KeepAccount => DELETION_WAIT,
        }
    }
}

/// An email address in the one form in which it is stored and compared: trimmed and in lower case.
///
/// Two spellings that differ in case are one account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Longest address that mail servers accept, in bytes (RFC 5321).
    pub const LIMIT: usize = 254;

    /// Reads an address; `None` when it cannot be one. Only the shape is checked: whether somebody
    /// reads what goes there, only an email can show. What is legal and nobody has is refused too:
    /// quoted names, numbers for hosts, and hosts without a dot.
    pub fn parse(raw: &str) -> Option<Self> {
        let options = email_address::Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        let text = raw.trim().to_lowercase();
        let is_plain = text.len() <= Self::LIMIT
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || c == '"');
        let is_address =
            is_plain && email_address::EmailAddress::parse_with_options(&text, options).is_ok();
        is_address.then_some(Self(text))
    }

    /// The address as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a password must be, by the kind of account. Every form that sets one asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordPolicy {
    /// Families: ten characters.
    Family,
    /// Researchers and staff, who can see other people's children: sixteen characters.
    Researcher,
}

/// How hard a password is to guess.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PasswordStrength {
    /// 0 (guessed at once) to 4 (very hard), as estimated by zxcvbn.
    pub score: u8,
    /// What would make it better, in plain words; empty when nothing needs saying.
    pub advice: String,
}

impl PasswordPolicy {
    /// Fewest characters that are accepted.
    pub const fn minimum(self) -> usize {
        match self {
            Self::Family => 10,
            Self::Researcher => 16,
        }
    }

    /// Most characters: long enough for any passphrase, short enough that hashing stays cheap.
    pub const MAXIMUM: usize = 256;

    /// Lowest score that is accepted.
    pub const LOWEST_SCORE: u8 = 2;

    /// Checks a new password of which `strength` was estimated.
    pub fn check(
        self,
        field: &str,
        password: &str,
        strength: &PasswordStrength,
        violations: &mut Violations,
    ) {
        let length = password.chars().count();
        let minimum = self.minimum();
        if length == 0 {
            violations.add(field, "required", "Please choose a password.");
        } else if length < minimum {
            violations.add(
                field,
                "too_short",
                format!(
                    "Please make the password longer: it needs at least {minimum} characters and \
                     has \
                     {length}. Three or four words that don't belong together work well."
                ),
            );
        } else if length > Self::MAXIMUM {
            violations.add(
                field,
                "too_long",
                format!(
                    "Please make the password shorter: it can have at most {} characters.",
                    Self::MAXIMUM
                ),
            );
        } else if strength.score < Self::LOWEST_SCORE {
            let advice = if strength.advice.is_empty() {
                "Try three or four words that don't belong together."
            } else {
                &strength.advice
            };
            violations.add(
                field,
                "too_weak",
                format!("This password is easy to guess. {advice}"),
            );
        }
    }
}

/// The rights of an account that reach beyond one lab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Powers {
    /// May work in labs: sees the pages below `/exp`.
    pub is_researcher: bool,
    /// Reviews studies, approves labs, looks after accounts.
    pub is_staff: bool,
    /// May do everything on it.
    #[serde(default)]
    pub is_superuser: bool,
}

impl Powers {
    /// Which passwords are good enough: everybody who can see other people's children needs a long
    /// one.
    pub const fn password_policy(self) -> PasswordPolicy {
        if self.is_researcher || self.is_staff || self.is_superuser {
            PasswordPolicy::Researcher
        } else {
            PasswordPolicy::Family
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case_and_blanks() {
        assert_eq!(
            EmailAddress::parse(" Ada@Example.ORG ").unwrap().as_str(),
            "ada@example.org"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let longest = format!("{}@example.org", "a".repeat(64));
        assert!(EmailAddress::parse(&longest).is_some());
        for raw in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@host",
            "a b@example.org",
            "a@b@example.org",
            "ada@-x.org",
            "ada@ex..org",
            ".a@example.org",
            "a\0@example.org",
            "Ada <ada@example.org>",
            &format!("a{longest}"),
            &format!("a@{}.org", "b.".repeat(130)),
        ] {
            assert_eq!(EmailAddress::parse(raw), None, "{raw}");
        }
    }

    #[test]
    fn a_password_needs_length_and_strength() {
        let strong = PasswordStrength {
            score: 4,
            advice: String::new(),
        };
        let weak = PasswordStrength {
            score: 1,
            advice: "Avoid dates.".into(),
        };
        let code = |policy: PasswordPolicy, password: &str, strength: &PasswordStrength| {
            let mut violations = Violations::new();
            policy.check("password", password, strength, &mut violations);
            violations
                .entries()
                .first()
                .map(|v| v.code.clone())
                .unwrap_or_default()
        };
        assert_eq!(code(PasswordPolicy::Family, "", &strong), "required");
        assert_eq!(
            code(PasswordPolicy::Family, "123456789", &strong),
            "too_short"
        );
        assert_eq!(code(PasswordPolicy::Family, "kind zebra", &strong), "");
        assert_eq!(
            code(PasswordPolicy::Family, "1234567890", &weak),
            "too_weak"
        );
        assert_eq!(
            code(PasswordPolicy::Researcher, "kind zebra sing", &strong),
            "too_short"
        );
        assert_eq!(
            code(PasswordPolicy::Researcher, "kind zebra sings", &strong),
            ""
        );
        assert_eq!(
            code(PasswordPolicy::Family, &"é".repeat(257), &strong),
            "too_long"
        );
    }
}
