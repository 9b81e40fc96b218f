//! What a program can check of a submission, so that a reviewer need not.

use domain::studies::Ad;

use super::access::LabFacts;
use super::kinds::{Check, Inspection};

/// The checks of a submission, of which `found` are those of its design.
pub(super) fn checks(ad: &Ad, found: &Inspection, lab: &LabFacts) -> Vec<Check> {
    let mut all = vec![
        Check::of(
            "The lab may run studies",
            lab.is_approved,
            "It is approved.",
            "It is not approved yet.",
        ),
        Check::of(
            "The lab names its review board",
            lab.has_review_board,
            "It does.",
            "Families would have nobody to ask.",
        ),
        ad_is_complete(ad),
        Check::of(
            "The design can be run",
            found.faults().next().is_none(),
            "No fault was found.",
            "It has faults.",
        ),
    ];
    all.extend(found.checks.iter().cloned());
    all
}

fn ad_is_complete(ad: &Ad) -> Check {
    let missing: Vec<&str> = ad.missing().into_iter().map(|(_, words)| words).collect();
    Check::of(
        "The ad is complete",
        missing.is_empty(),
        "Nothing is missing.",
        &format!("Missing: {}.", missing.join(", ")),
    )
}
