//! The demo's family: two children, and what it told about itself.

use chrono::{Months, NaiveDate};
use domain::accounts::AccountId;
use domain::families::{
    ChildId, Conditions, Demographics, Gender, GestationalAge, Languages, SnapshotId,
};
use entities::{child, demographic_snapshot};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

use crate::act::{Act, Free};
use crate::error::Error;

struct DemoChild {
    name: &'static str,
    age_months: u32,
    gender: Gender,
    /// Code of the gestational age at birth.
    gestation: u8,
    languages: &'static [&'static str],
}

const CHILDREN: [DemoChild; 2] = [
    DemoChild {
        name: "Robin",
        age_months: 53,
        gender: Gender::Unspecified,
        gestation: 17,
        languages: &["en", "es"],
    },
    DemoChild {
        name: "Juno",
        age_months: 17,
        gender: Gender::Female,
        gestation: 13,
        languages: &["en"],
    },
];

pub(super) async fn make(act: &Act<'_, Free>, family: AccountId) -> Result<(), Error> {
    for child in CHILDREN {
        insert_child(act, family, child).await?;
    }
    insert_answers(act, family).await
}

async fn insert_child(act: &Act<'_, Free>, family: AccountId, new: DemoChild) -> Result<(), Error> {
    let (ctx, now) = (act.ctx, act.ctx.now());
    let gestation = GestationalAge::from_code(new.gestation);
    let languages = Languages::from_codes(new.languages.iter().copied());
    let row = child::ActiveModel {
        id: Set(ctx.id(ChildId::from_parts)?),
        account_id: Set(family),
        given_name: Set(new.name.to_owned()),
        birthday: Set(months_ago(ctx.clock.today(), new.age_months)),
        gender: Set(new.gender),
        gestational_age: Set(gestation.map(|age| i32::from(age.code()))),
        languages: Set(languages.map_err(Error::internal)?.bits()),
        conditions: Set(Conditions::default().bits()),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    child::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    Ok(())
}

fn months_ago(today: NaiveDate, months: u32) -> NaiveDate {
    today
        .checked_sub_months(Months::new(months))
        .unwrap_or(today)
}

async fn insert_answers(act: &Act<'_, Free>, family: AccountId) -> Result<(), Error> {
    let answers = Demographics {
        country: "US".into(),
        state: "MA".into(),
        density: "suburban".into(),
        number_of_children: "2".into(),
        number_of_guardians: "2".into(),
        ..Demographics::default()
    };
    let row = demographic_snapshot::ActiveModel {
        id: Set(act.ctx.id(SnapshotId::from_parts)?),
        account_id: Set(family),
        previous_id: Set(None),
        answers: Set(serde_json::to_string(&answers)?),
        extra: Set(String::new()),
        created_at: Set(act.ctx.now()),
    };
    demographic_snapshot::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    Ok(())
}
