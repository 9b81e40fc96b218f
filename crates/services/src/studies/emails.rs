//! To whom the emails about a study go.

use std::collections::BTreeSet;

use domain::accounts::AccountId;
use domain::messages::Email;
use domain::permissions::Action;
use entities::{account, lab_member, study, study_member};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::act::{Act, OfStudy};
use crate::error::Error;

/// Everybody who may change the study's state, by a role in it or in its lab.
pub(super) async fn people_of(
    db: &impl ConnectionTrait,
    study: &study::Model,
) -> Result<Vec<account::Model>, Error> {
    let of_study = study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(study.id))
        .all(db)
        .await?
        .into_iter()
        .filter(|member| member.role.grants(Action::ChangeStudyStatus))
        .map(|member| member.account_id);
    let of_lab = lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(study.lab_id))
        .all(db)
        .await?
        .into_iter()
        .filter(|member| member.role.grants(Action::ChangeStudyStatus))
        .map(|member| member.account_id);
    let to: BTreeSet<AccountId> = of_study.chain(of_lab).collect();
    Ok(account::Entity::find()
        .filter(account::Column::Id.is_in(to))
        .filter(account::Column::IsActive.eq(true))
        .all(db)
        .await?)
}

/// Writes to them.
pub(super) async fn email_people(act: &Act<'_, OfStudy<'_>>, email: &Email) -> Result<(), Error> {
    for account in people_of(&act.tx, &act.study).await? {
        act.email(&account, email).await?;
    }
    Ok(())
}
