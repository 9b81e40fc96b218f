//! Of a family that is gone only the years of birth stay. Responses keep the rounded ages of their
//! children, so researchers lose nothing.

use chrono::{Datelike, NaiveDate};
use domain::accounts::AccountId;
use domain::families::demographics::Demographics;
use entities::{child, demographic_snapshot};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::act::{Act, Free};
use crate::error::Error;

/// Makes every birthday of a family that is kept the first of January of its year. It is the only
/// change that is ever made to a demographic snapshot.
pub(super) async fn coarsen(act: &Act<'_, Free>, id: AccountId) -> Result<(), Error> {
    let children = child::Entity::find().filter(child::Column::AccountId.eq(id));
    for row in children.all(&act.tx).await? {
        let coarse = child::ActiveModel {
            id: Set(row.id),
            birthday: Set(year_of(row.birthday)),
            ..Default::default()
        };
        child::Entity::update(coarse)
            .exec_without_returning(&act.tx)
            .await?;
    }
    let snapshots =
        demographic_snapshot::Entity::find().filter(demographic_snapshot::Column::AccountId.eq(id));
    for row in snapshots.all(&act.tx).await? {
        let mut answers = Demographics::try_from(&row)?;
        for birthday in &mut answers.child_birthdays {
            *birthday = year_of(*birthday);
        }
        let coarse = demographic_snapshot::ActiveModel {
            id: Set(row.id),
            answers: Set(serde_json::to_string(&answers)?),
            ..Default::default()
        };
        demographic_snapshot::Entity::update(coarse)
            .exec_without_returning(&act.tx)
            .await?;
    }
    Ok(())
}

fn year_of(birthday: NaiveDate) -> NaiveDate {
    birthday.with_ordinal(1).unwrap_or(birthday)
}
