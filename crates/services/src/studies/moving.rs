//! Moving a study to another lab.

use domain::audit::AuditAction;
use domain::labs::LabId;
use domain::permissions::Action;
use domain::studies::StudyRole;
use entities::{lab, study, study_member};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

use super::peers;
use super::saving::{SaveOptions, lose_approval};
use crate::act::{Act, OfStudy};
use crate::audit::Event;
use crate::error::{Error, Noun};
use crate::permissions::lab_role;

/// Moves the study. Whoever works on it and does not belong to the other lab stops doing so.
pub(super) async fn move_to(
    act: &mut Act<'_, OfStudy<'_>>,
    lab: LabId,
    how: &SaveOptions,
) -> Result<(), Error> {
    act.also(Action::ChangeStudyLab).await?;
    act.also_in_lab(Action::CreateLabAssociatedStudy, lab)
        .await?;
    let new = lab::Entity::find_by_id(lab)
        .one(&act.tx)
        .await?
        .ok_or(Error::NotFound(Noun::Lab))?;
    if !keep_members_of(act, lab).await? {
        return Err(Error::field(
            "lab",
            "no_admin",
            "None of this study's admins belongs to that lab. Please make somebody from that lab \
             an admin of the study first.",
        ));
    }
    let detail = format!("moved to the lab {}", new.name);
    act.audit(Event::of(AuditAction::StudySaved).lab(lab).detail(detail))
        .await?;
    let mut changed: study::ActiveModel = act.study.clone().into();
    changed.lab_id = Set(lab);
    act.study = changed.update(&act.tx).await?;
    peers::end(&act.tx, act.study.id).await?;
    // Another lab answers for it now, so staff must agree again.
    lose_approval(act, "Lab", how).await
}

/// Removes from the study whoever does not belong to the lab; tells whether an admin is left.
async fn keep_members_of(act: &Act<'_, OfStudy<'_>>, lab: LabId) -> Result<bool, Error> {
    let members = study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(act.study.id))
        .all(&act.tx)
        .await?;
    let mut has_admin = false;
    for member in members {
        if lab_role(&act.tx, lab, member.account_id).await?.is_some() {
            has_admin |= member.role == StudyRole::Admin;
        } else {
            study_member::Entity::delete_by_id(member.id)
                .exec(&act.tx)
                .await?;
        }
    }
    Ok(has_admin)
}
