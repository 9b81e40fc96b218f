//! A data set that is large enough to measure with: one lab, twenty studies, two thousand families
//! and twenty thousand responses to the first study. It is the same each time, so that figures can
//! be compared; identifiers are UUIDs of version 5 of a kind and a number.

mod frames;

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use domain::accounts::{AccountId, Powers};
use domain::families::child::{ChildId, Gender, Languages, rounded_age};
use domain::families::demographics::{Demographics, SnapshotId};
use domain::labs::{LabId, LabRole};
use domain::responses::EntryKind;
use domain::responses::{ConsentRuling, ResponseFrameId, ResponseId};
use domain::studies::age::age_in_days;
use domain::studies::{
    Ad, AgeRange, Content, Design, Settings, StudyId, StudyKind, StudyLogId, StudyRole, StudyState,
};
use entities::{
    account, child, demographic_snapshot, lab, lab_member, response, response_frame, study,
    study_count, study_log, study_member,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait};
use serde_json::json;
use sha1::{Digest, Sha1};
use uuid::Uuid;

use super::accounts::{DemoAccount, find_or_make};
use crate::accounts::NewAccount;
use crate::act::{Act, Free};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::studies::create_with;

/// Rows that are inserted at a time: SQLite takes 32,766 values in one statement.
const BATCH: usize = 500;
const STUDIES: u32 = 20;

/// How much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub families: u32,
    pub responses: u32,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            families: 2000,
            responses: 20_000,
        }
    }
}

impl Size {
    /// Families have one child and two in turn.
    fn children(self) -> u32 {
        self.families / 2 * 3 + self.families % 2
    }
}

/// Whoever made all studies, and may do everything with them.
pub const RESEARCHER: DemoAccount = DemoAccount {
    role: "researcher",
    email: "researcher@bench.example",
    password: "bench password of a researcher",
};
/// The password of all families, whose addresses are `p0000@bench.example` and so on.
pub const FAMILY_PASSWORD: &str = "bench-password-2026";

/// Makes it all, or nothing. Refused on a real site, and where it is already.
pub async fn seed(ctx: &Context, actor: &Actor, size: Size) -> Result<(), Error> {
    let Actor::System = actor else {
        return Err(Error::Denied);
    };
    if ctx.site.is_production {
        return Err(conflict(
            "Its accounts have public passwords, so a real site can't have it.",
        ));
    }
    if size.families == 0 {
        return Err(conflict("It needs families."));
    }
    let researcher_hash = ctx
        .passwords
        .hash(RESEARCHER.password.to_owned().into())
        .await?;
    let family_hash = ctx
        .passwords
        .hash(FAMILY_PASSWORD.to_owned().into())
        .await?;
    let act = Act::system(ctx, actor).await?;
    let tx = &act.tx;
    let lab = LabId(id("lab", 0));
    if lab::Entity::find_by_id(lab).one(tx).await?.is_some() {
        return Err(conflict("The large data set is there already."));
    }
    let researcher = researcher(&act, researcher_hash).await?;
    insert_lab(tx, lab, researcher).await?;
    insert_families(tx, size, &family_hash).await?;
    insert_children(tx, size).await?;
    for number in 0..STUDIES {
        insert_study(ctx, tx, lab, researcher, number).await?;
    }
    insert_responses(tx, size).await?;
    insert_counts(tx, size).await?;
    act.commit(()).await
}

fn conflict(sentence: &str) -> Error {
    Error::Conflict(sentence.to_owned())
}

/// The identifier of the thing of a kind with a number, counted from 0.
fn id(kind: &str, number: u32) -> Uuid {
    let namespace = Uuid::from_u128(0x0000_0000_0000_5000_8000_0000_0000_beef);
    let name = format!("{kind}-{number}");
    let digest = Sha1::new()
        .chain_update(namespace.as_bytes())
        .chain_update(name)
        .finalize();
    let [first @ .., _, _, _, _]: [u8; 20] = digest.into();
    uuid::Builder::from_sha1_bytes(first).into_uuid()
}

/// When all of it was made; responses came in the two hundred days before.
fn made_at() -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or_default();
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// When a response was begun.
fn begun_at(response: u32) -> DateTime<Utc> {
    made_at() - Duration::days(200) + Duration::seconds(864 * i64::from(response))
}

/// The family of a child: the first of each two has one child, the second two.
fn family_of(child: u32) -> u32 {
    child / 3 * 2 + u32::from(!child.is_multiple_of(3))
}

/// Inserts any number of rows.
async fn insert<A>(
    db: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = A>,
) -> Result<(), Error>
where
    A: ActiveModelTrait + Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let batch: Vec<A> = rows.by_ref().take(BATCH).collect();
        A::Entity::insert_many(batch)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

async fn researcher(act: &Act<'_, Free>, password_hash: String) -> Result<AccountId, Error> {
    let new = NewAccount {
        nickname: "Ben".into(),
        given_name: "Ben".into(),
        family_name: "Bench".into(),
        powers: Powers {
            is_researcher: true,
            ..Powers::default()
        },
        is_demo: true,
    };
    Ok(find_or_make(act, RESEARCHER, password_hash, new).await?.id)
}

async fn insert_lab(
    db: &impl ConnectionTrait,
    lab: LabId,
    researcher: AccountId,
) -> Result<(), Error> {
    let row = lab::ActiveModel {
        id: Set(lab),
        name: Set("Bench Lab".to_owned()),
        contact_email: Set("lab@bench.example".to_owned()),
        is_approved: Set(true),
        created_at: Set(made_at()),
        ..Default::default()
    };
    insert(db, [row]).await?;
    let member = lab_member::ActiveModel {
        id: Set(id("member", 0)),
        lab_id: Set(lab),
        account_id: Set(researcher),
        role: Set(LabRole::Admin),
        created_at: Set(made_at()),
    };
    insert(db, [member]).await
}

async fn insert_families(
    db: &impl ConnectionTrait,
    size: Size,
    password_hash: &str,
) -> Result<(), Error> {
    let accounts = (0..size.families).map(|number| account::ActiveModel {
        id: Set(AccountId(id("user", number))),
        email: Set(format!("p{number:04}@bench.example")),
        password_hash: Set(password_hash.to_owned()),
        nickname: Set(format!("Family {number}")),
        is_demo: Set(true),
        created_at: Set(made_at()),
        ..Default::default()
    });
    insert(db, accounts).await?;
    let answers = serde_json::to_string(&Demographics {
        country: "US".into(),
        state: "MA".into(),
        density: "urban".into(),
        number_of_children: "1".into(),
        number_of_guardians: "2".into(),
        age: "30-34".into(),
        gender: "f".into(),
        education_level: "bach".into(),
        annual_income: "60000".into(),
        ..Demographics::default()
    })?;
    let snapshots = (0..size.families).map(|number| demographic_snapshot::ActiveModel {
        id: Set(SnapshotId(id("demo", number))),
        account_id: Set(AccountId(id("user", number))),
        previous_id: Set(None),
        answers: Set(answers.clone()),
        extra: Set(String::new()),
        created_at: Set(made_at()),
    });
    insert(db, snapshots).await
}

fn birthday_of(child: u32) -> NaiveDate {
    let newest = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap_or_default();
    newest - Days::new(90 + (37 * u64::from(child)) % 3300)
}

async fn insert_children(db: &impl ConnectionTrait, size: Size) -> Result<(), Error> {
    let english = Languages::from_codes(["en"])
        .map_err(Error::internal)?
        .bits();
    let children = (0..size.children()).map(|number| child::ActiveModel {
        id: Set(ChildId(id("child", number))),
        account_id: Set(AccountId(id("user", family_of(number)))),
        given_name: Set(format!("Child {number}")),
        birthday: Set(birthday_of(number)),
        gender: Set(match number {
            number if number % 50 == 49 => Gender::Unspecified,
            number if number % 3 == 0 => Gender::Male,
            number if number % 3 == 1 => Gender::Female,
            _ => Gender::Open,
        }),
        gestational_age: Set(i32::try_from(number % 18).ok()),
        languages: Set(english),
        conditions: Set(0),
        additional_information: Set(match number % 5 {
            0 => "Born two weeks early.".to_owned(),
            _ => String::new(),
        }),
        created_at: Set(made_at()),
        updated_at: Set(made_at()),
        ..Default::default()
    });
    insert(db, children).await
}

fn state_of(study: u32) -> StudyState {
    match study {
        0..10 => StudyState::Active,
        10..14 => StudyState::Created,
        14..16 => StudyState::Submitted,
        16..18 => StudyState::Paused,
        _ => StudyState::Deactivated,
    }
}

async fn insert_study(
    ctx: &Context,
    db: &impl ConnectionTrait,
    lab: LabId,
    researcher: AccountId,
    number: u32,
) -> Result<(), Error> {
    // A hundred and thirty characters, more or less.
    let text = "A description of one hundred and thirty characters, more or less, which says what \
                happens and why it is done at all, in plain words. ";
    let (study, state) = (StudyId(id("study", number)), state_of(number));
    let content = Content {
        ad: Ad {
            name: format!("Study number {number}"),
            preview_summary: text.to_owned(),
            short_description: text.repeat(4),
            purpose: text.to_owned(),
            criteria: text.to_owned(),
            duration: "10 minutes".to_owned(),
            contact_info: "Dr. Bench".to_owned(),
            ages: AgeRange {
                max_years: 10,
                ..AgeRange::default()
            },
            ..Ad::default()
        },
        design: Design {
            protocol: frames::protocol()?,
            ..Design::default()
        },
        settings: Settings {
            is_public: state == StudyState::Active,
            ..Settings::default()
        },
    };
    let row = study::ActiveModel {
        id: Set(study),
        lab_id: Set(lab),
        creator_id: Set(Some(researcher)),
        salt: Set(id("salt", number)),
        kind: Set(StudyKind::FramePlayer),
        state: Set(state),
        approved_version: Set(state.is_approved().then_some(1)),
        reviewed_version: Set(state.is_approved().then_some(1)),
        submitted_version: Set((state == StudyState::Submitted).then_some(1)),
        created_at: Set(made_at()),
        updated_at: Set(made_at()),
        ..Default::default()
    };
    create_with(ctx, db, row, &content).await?;
    let admin = study_member::ActiveModel {
        id: Set(id("collaborator", number)),
        study_id: Set(study),
        account_id: Set(researcher),
        role: Set(StudyRole::Admin),
        created_at: Set(made_at()),
    };
    insert(db, [admin]).await?;
    let happened: &[&str] = match state {
        StudyState::Active => &["created", "submitted", "approved", "active"],
        _ => &["created"],
    };
    let log = happened
        .iter()
        .zip(0_u32..)
        .map(|(action, step)| study_log::ActiveModel {
            id: Set(StudyLogId(id("log", number * 4 + step))),
            study_id: Set(study),
            account_id: Set(Some(researcher)),
            action: Set((*action).to_owned()),
            extra: Set(String::new()),
            created_at: Set(made_at() + Duration::microseconds(i64::from(step))),
        });
    insert(db, log).await
}

fn is_completed(response: u32) -> bool {
    response % 10 != 9
}

async fn insert_responses(db: &impl ConnectionTrait, size: Size) -> Result<(), Error> {
    let study = StudyId(id("study", 0));
    let frames = i32::try_from(frames::NAMES.len()).unwrap_or_default();
    let rows = (0..size.responses).map(|number| {
        let child = number % size.children();
        let family = family_of(child);
        let order = json!({ "conditionNum": number % 4, "parameterSet": { "order": number % 2 } });
        response::ActiveModel {
            id: Set(ResponseId(id("response", number))),
            study_id: Set(study),
            child_id: Set(ChildId(id("child", child))),
            account_id: Set(AccountId(id("user", family))),
            study_kind: Set(StudyKind::FramePlayer),
            demographic_snapshot_id: Set(Some(SnapshotId(id("demo", family)))),
            is_completed: Set(is_completed(number)),
            is_consent_completed: Set(true),
            consent_ruling: Set(ConsentRuling::Accepted),
            byte_count: Set(bytes_of(number)),
            age_rounded: Set(age_of(child, number)),
            recording_method: Set(Some("recordrtc".to_owned())),
            conditions: Set(Some(json!({ "order-randomizer": order }).to_string())),
            eligibility: Set("Eligible".to_owned()),
            frame_count: Set(frames),
            entry_count: Set(frames),
            created_at: Set(begun_at(number)),
            updated_at: Set(begun_at(number)),
            ended_at: Set(Some(begun_at(number))),
            study_version: Set(Some(1)),
            ..Default::default()
        }
    });
    insert(db, rows).await?;
    insert(db, (0..size.responses).flat_map(entries)).await
}

/// The age of a child when a response was begun, in days, rounded.
fn age_of(child: u32, response: u32) -> i32 {
    let began = begun_at(response).date_naive();
    let days = rounded_age(age_in_days(birthday_of(child), began));
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// Bytes of what the player told about a response.
fn bytes_of(response: u32) -> i64 {
    let (study, of) = (id("study", 0), id("response", response));
    let data = frames::of_response(response, study, of, begun_at(response));
    let bytes: usize = data.into_iter().map(|data| data.to_string().len()).sum();
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// What the player told about a response.
fn entries(response: u32) -> impl Iterator<Item = response_frame::ActiveModel> {
    let (study, of) = (id("study", 0), id("response", response));
    let data = frames::of_response(response, study, of, begun_at(response));
    frames::NAMES
        .iter()
        .zip(data)
        .zip(0_u32..)
        .map(move |((frame, data), position)| {
            let key = Uuid::from_u128((u128::from(response) << 8) | u128::from(position));
            let position = i32::try_from(position).unwrap_or_default();
            response_frame::ActiveModel {
                id: Set(ResponseFrameId(key)),
                response_id: Set(ResponseId(of)),
                entry_id: Set(key),
                number: Set(position + 1),
                kind: Set(EntryKind::Frame),
                frame_id: Set((*frame).to_owned()),
                position: Set(Some(position)),
                next_position: Set(Some(position + 1)),
                data: Set(data.to_string()),
                is_completing: Set(false),
                is_consenting: Set(false),
                received_at: Set(begun_at(response)),
            }
        })
}

async fn insert_counts(db: &impl ConnectionTrait, size: Size) -> Result<(), Error> {
    let all = i32::try_from(size.responses).unwrap_or(i32::MAX);
    let completed = (0..size.responses)
        .filter(|number| is_completed(*number))
        .count();
    let completed = i32::try_from(completed).unwrap_or(i32::MAX);
    let counts = (0..STUDIES).map(|number| {
        let of = |count: i32| if number == 0 { count } else { 0 };
        study_count::ActiveModel {
            id: Set(id("study", number)),
            study_id: Set(StudyId(id("study", number))),
            responses: Set(of(all)),
            completed: Set(of(completed)),
            consented: Set(of(all)),
            previews: Set(0),
        }
    });
    insert(db, counts).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_stay_what_they_are() {
        assert_eq!(
            id("study", 0).to_string(),
            "625f33f6-c75c-5af7-84ec-8adc5fb70c90"
        );
        // The first child of the second family.
        assert_eq!(
            id("child", 1).to_string(),
            "5467a432-3e7e-5e5b-a27a-053503aa36b6"
        );
        assert_eq!([0, 1, 2, 3, 4, 5, 6].map(family_of), [0, 1, 1, 2, 3, 3, 4]);
        assert_eq!(Size::default().children(), 3000);
    }
}
