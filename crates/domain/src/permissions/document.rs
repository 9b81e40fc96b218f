//! The table as the document `docs/PERMISSIONS.md`.

use super::{Action, StaffRole, peer_reviewer_grants};
use crate::accounts::TokenScope;
use crate::labs::LabRole;
use crate::studies::StudyRole;

const INTRODUCTION: &str = "\
# Who may do what

Made from `crates/domain/src/permissions.rs`; a test fails when the two differ. A person may do
something where any of their roles allows it. A role in a lab counts in the lab and in each of its
studies. Everything here also needs the person to be a researcher or staff with a second factor in
this session.

Nobody changes their own role or appoints themselves, though everybody may leave. Staff and the
admins of a lab may give any role in it and in its studies; everybody else who may choose people
gives and takes only roles that allow no more than their own. A lab, and a study, is approved by
somebody who does not belong to it, and who neither made nor submitted the study.
";

const PEERS: &str = "
## Peer reviewers

Researchers of other labs who were asked for an opinion on a study may do this in it, and nothing
else:

";

const SCOPES: &str = "
## Scopes of personal tokens

A token allows what its owner may do at that moment, and of that only what its scopes name.

| scope | allows |
|---|---|
";

/// The text of `docs/PERMISSIONS.md`.
pub fn document() -> String {
    let labs = table(LabRole::ALL, LabRole::label, LabRole::grants);
    let studies = table(StudyRole::ALL, StudyRole::label, StudyRole::grants);
    let site = table(StaffRole::ALL, StaffRole::label, StaffRole::grants);
    [
        INTRODUCTION,
        "\n## Roles in a lab\n\n",
        &labs,
        "\n## Roles in a study\n\n",
        &studies,
        "\n## Roles on the site\n\n",
        &site,
        PEERS,
        &peers(),
        SCOPES,
        &scopes(),
    ]
    .concat()
}

/// One column for each role, one row for each action that at least one of them allows.
fn table<R: Copy>(
    roles: &[R],
    label: impl Fn(R) -> &'static str,
    grants: impl Fn(R, Action) -> bool,
) -> String {
    let labels: Vec<&str> = roles.iter().map(|role| label(*role)).collect();
    let mut lines = vec![
        format!("| action | {} |\n", labels.join(" | ")),
        format!("|---|{}\n", ":-:|".repeat(roles.len())),
    ];
    for action in Action::ALL {
        let allows: Vec<bool> = roles.iter().map(|role| grants(*role, *action)).collect();
        if allows.contains(&true) {
            let cells = allows.iter().map(|is| if *is { "yes" } else { "" });
            let cells = cells.collect::<Vec<_>>().join(" | ");
            lines.push(format!("| `{action}`: {} | {cells} |\n", action.words()));
        }
    }
    lines.concat()
}

fn peers() -> String {
    let granted = Action::ALL
        .iter()
        .filter(|action| peer_reviewer_grants(**action));
    let lines: Vec<String> = granted
        .map(|action| format!("- `{action}`: {}\n", action.words()))
        .collect();
    lines.concat()
}

fn scopes() -> String {
    let row = |scope: &TokenScope| {
        let actions = Action::ALL.iter().filter(|action| scope.covers(**action));
        let names: Vec<String> = actions.map(|action| format!("`{action}`")).collect();
        format!("| `{scope}` | {} |\n", names.join(", "))
    };
    let lines: Vec<String> = TokenScope::ALL.iter().map(row).collect();
    lines.concat()
}
