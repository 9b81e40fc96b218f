//! A link to another site, which may tell us when a family is done there.

use domain::studies::{Design, StudyKind};

use super::kind::{Inspection, Kind, LinkParameters, fault};

pub(super) struct External;

impl Kind for External {
    fn kind(&self) -> StudyKind {
        StudyKind::External
    }

    fn about(&self) -> &'static str {
        "Send families to a study on another site, or to a calendar where they make an appointment."
    }

    fn inspect(&self, design: &Design) -> Inspection {
        if !design.external.url.is_empty() {
            return Inspection::default();
        }
        Inspection::of(vec![fault(
            "",
            "the address of the study is missing",
            "Enter it on the design page.",
        )])
    }

    fn recording_method(&self) -> Option<&'static str> {
        None
    }

    fn is_elsewhere(&self) -> bool {
        true
    }

    fn address(&self, design: &Design, about: &LinkParameters<'_>) -> Option<String> {
        address(&design.external.url, about)
    }
}

/// The address with what the other site is told. Parameters that stand there already are kept,
/// empty ones too; those of the same name are replaced.
fn address(url: &str, about: &LinkParameters<'_>) -> Option<String> {
    let mut address = url::Url::parse(url).ok()?;
    let added = [
        ("child", about.child.to_owned()),
        ("response", about.response.to_string()),
        ("lookit_return", about.return_link.to_owned()),
    ];
    let kept: Vec<(String, String)> = address
        .query_pairs()
        .filter(|(name, _)| added.iter().all(|(other, _)| name != other))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    address
        .query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .extend_pairs(added);
    Some(address.into())
}

#[cfg(test)]
mod tests {
    use domain::responses::ResponseId;

    use super::*;

    #[test]
    fn an_address_keeps_its_parameters_and_gets_three() {
        let about = LinkParameters {
            child: "aB3dE9",
            response: ResponseId(uuid::Uuid::nil()),
            return_link: "https://lookit.test/studies/return/x.y",
        };
        let expected = "https://survey.example/x?a=1&empty=&b=%C3%A9&child=aB3dE9\
            &response=00000000-0000-0000-0000-000000000000\
            &lookit_return=https%3A%2F%2Flookit.test%2Fstudies%2Freturn%2Fx.y#part";
        let url = "https://survey.example/x?a=1&child=old&empty=&b=é#part";
        assert_eq!(address(url, &about).as_deref(), Some(expected));
        assert_eq!(address("", &about), None);
    }
}
