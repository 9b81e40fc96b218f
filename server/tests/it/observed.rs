//! Compared with what was observed of the classic site.

use std::path::Path;

use crate::access::{CAST, recorded};

/// What the classic site lets through, role by role, where its routes and ours mean the same. Ours
/// may be stricter; each place where it is stands in `docs/decisions/0006-access.md`.
const SAME: &[(&str, &str, &str, &str)] = &[
    ("GET", "/exp/labs/{lab.a.pk}/", "GET", "/exp/labs/{lab}"),
    (
        "GET",
        "/exp/labs/{lab.a.pk}/edit/",
        "GET",
        "/exp/labs/{lab}/edit",
    ),
    (
        "GET",
        "/exp/labs/{lab.a.pk}/members/",
        "GET",
        "/exp/labs/{lab}/members",
    ),
    ("GET", "/exp/labs/create/", "GET", "/exp/labs/create"),
    ("GET", "/exp/labs/", "GET", "/exp/labs"),
    ("GET", "/exp/participants/", "GET", "/exp/participants"),
    (
        "GET",
        "/exp/studies/{study.efp.pk}/",
        "GET",
        "/exp/studies/{study}",
    ),
    (
        "GET",
        "/exp/studies/{study.efp.pk}/responses/",
        "GET",
        "/exp/studies/{study}/responses",
    ),
    ("GET", "/account/children/", "GET", "/account/children"),
    ("GET", "/account/manage/", "GET", "/account/settings"),
];

/// Column of the classic site's table for each of our kinds of people.
const COLUMNS: &[(&str, &str)] = &[
    ("visitor", "anon"),
    ("family", "fam1"),
    ("no_factor", "r_admin_no2fa"),
    ("nobody", "nolab"),
    ("guest", "l_guest"),
    ("read_only", "l_readonly"),
    ("member", "l_member"),
    ("lab_admin", "l_admin"),
    ("preview", "r_preview"),
    ("design", "r_design"),
    ("analysis", "r_analysis"),
    ("submission_processor", "r_subproc"),
    ("researcher", "r_researcher"),
    ("manager", "r_manager"),
    ("study_admin", "r_admin"),
    ("other_admin", "other"),
    ("site_admin", "siteadmin"),
    ("superuser", "super"),
];

/// Where ours lets somebody in whom the classic site does not, and why that is right.
const WIDER: &[(&str, &str)] = &[
    // The classic site's admins could not open the studies that they must approve.
    ("/exp/studies/{study}", "site_admin"),
];

/// Needs what was observed of the classic site, which is not part of this repository.
#[test]
fn nobody_gets_in_whom_the_classic_site_keeps_out() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/observed/server/access.csv");
    let observed = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = observed.lines();
    let heads: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let recorded = recorded();
    for (method, theirs, our_method, ours) in SAME {
        let row = rows
            .iter()
            .find(|row| row[0] == *method && row[1] == *theirs && row[2].is_empty())
            .unwrap_or_else(|| panic!("{theirs} was not observed"));
        let own = &recorded[&((*our_method).to_owned(), (*ours).to_owned())];
        for (who, column) in COLUMNS {
            let status = row[heads.iter().position(|head| head == column).unwrap()];
            let is_let_in_there = status.starts_with("200");
            let is_let_in_here = own[CAST.iter().position(|known| known == who).unwrap()] == 200;
            assert!(
                !is_let_in_here || is_let_in_there || WIDER.contains(&(*ours, *who)),
                "{ours} lets {who} in, the classic site does not ({status})"
            );
        }
    }
}
