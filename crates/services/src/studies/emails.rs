//! To whom the emails about a study go.

use std::collections::BTreeSet;

use domain::accounts::AccountId;
use domain::messages::Email;
use domain::permissions::Action;
use entities::{account, lab_member, study_member};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::act::{Act, OfStudy};
use crate::error::Error;

/// Writes to everybody who may change the study's state, by a role in it or in its lab.
pub(super) async fn email_people(act: &Act<'_, OfStudy<'_>>, email: &Email) -> Result<(), Error> {
    let of_study = study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(act.study.id))
        .all(&act.tx)
        .await?
        .into_iter()
        .filter(|member| member.role.grants(Action::ChangeStudyStatus))
        .map(|member| member.account_id);
    let of_lab = lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(act.study.lab_id))
        .all(&act.tx)
        .await?
        .into_iter()
        .filter(|member| member.role.grants(Action::ChangeStudyStatus))
        .map(|member| member.account_id);
    let to: BTreeSet<AccountId> = of_study.chain(of_lab).collect();
    let active = account::Entity::find()
        .filter(account::Column::Id.is_in(to))
        .filter(account::Column::IsActive.eq(true));
    for account in active.all(&act.tx).await? {
        act.email(&account, email).await?;
    }
    Ok(())
}
