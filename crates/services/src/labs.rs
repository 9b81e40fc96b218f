//! Labs: whose studies a researcher sees.

use domain::labs::{LabId, LabRole};
use entities::lab_member;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::actor::Person;
use crate::error::Error;

/// The labs of a person with the person's role in each.
pub(crate) async fn memberships(db: &impl ConnectionTrait, person: &Person) -> Result<Vec<(LabId, LabRole)>, Error> {
    let rows = lab_member::Entity::find().filter(lab_member::Column::AccountId.eq(person.account)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.lab_id, row.role)).collect())
}
