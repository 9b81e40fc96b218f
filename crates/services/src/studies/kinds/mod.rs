//! The kinds of study. What a kind does differently from the others is asked of [`of`]; a fifth
//! kind is one more module here, one more fieldset on the design page, and one more member of
//! [`StudyKind`].

mod custom_runner;
mod external;
mod frame_player;
mod jspsych;
mod kind;

pub use kind::{Check, Inspection, Kind, LinkParameters};

use domain::studies::{Design, StudyKind};

use custom_runner::CustomRunner;
use external::External;
use frame_player::FramePlayer;
use jspsych::JsPsych;

/// In the order in which a researcher reads them.
pub const KINDS: [&dyn Kind; 4] = [&FramePlayer, &JsPsych, &External, &CustomRunner];

pub fn of(kind: StudyKind) -> &'static dyn Kind {
    match kind {
        StudyKind::FramePlayer => &FramePlayer,
        StudyKind::JsPsych => &JsPsych,
        StudyKind::External => &External,
        StudyKind::CustomRunner => &CustomRunner,
    }
}

/// The kinds whose families take part on another site.
pub fn elsewhere() -> impl Iterator<Item = StudyKind> {
    KINDS
        .iter()
        .filter(|kind| kind.is_elsewhere())
        .map(|kind| kind.kind())
}

/// Everything that a program can say about a design. It may take a while: ask
/// [`inspected`](super::inspected), which does it in a pool and keeps what it found.
pub(super) fn inspect(kind: StudyKind, design: &Design) -> Inspection {
    let mut found = of(kind).inspect(design);
    found.checks = of(kind).checks(design, &found);
    found
}

#[cfg(test)]
mod tests {
    use domain::studies::Ad;
    use protocol::Severity;

    use super::*;

    #[test]
    fn every_kind_is_there_once() {
        for kind in StudyKind::ALL {
            assert_eq!(of(*kind).kind(), *kind);
            assert_eq!(
                KINDS.iter().filter(|known| known.kind() == *kind).count(),
                1
            );
        }
    }

    #[test]
    fn what_is_played_here_is_not_elsewhere() {
        for kind in KINDS {
            assert_eq!(kind.is_elsewhere(), !kind.kind().is_internal());
        }
    }

    #[test]
    fn an_empty_design_is_not_ready() {
        let design = Design::new(StudyKind::FramePlayer);
        assert!(
            of(StudyKind::FramePlayer)
                .inspect(&design)
                .problems
                .iter()
                .any(|problem| problem.severity == Severity::Fault)
        );
        assert!(
            !of(StudyKind::JsPsych)
                .inspect(&Design::default())
                .needs(&Ad::default())
                .is_empty()
        );
    }
}
