//! A small world to look around in: a lab, a researcher, a family and three studies. Making it
//! twice changes nothing.

use std::collections::HashSet;

use chrono::{Duration, Months, NaiveDate};
use domain::accounts::{AccountId, Email, Powers};
use domain::families::child::{ChildId, Conditions, Gender, GestationalAge, Languages};
use domain::families::demographics::{Demographics, SnapshotId};
use domain::labs::{LabId, LabRole};
use domain::studies::{
    Ad, AgeRange, Content, Design, Settings, StudyId, StudyKind, StudyLogId, StudyRole, StudyState,
};
use entities::{
    account, child, demographic_snapshot, lab, lab_member, study, study_log, study_member, totp,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::accounts::{self, NewAccount};
use crate::actor::Actor;
use crate::context::{Context, secret_uuid};
use crate::error::Error;

/// An account of the demo, as `make run` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// What it shows.
    pub role: &'static str,
    /// Address to sign in with.
    pub email: &'static str,
    /// Password. It is public, which is why these accounts are refused on a real site.
    pub password: &'static str,
}

/// The family.
pub const FAMILY: DemoAccount = DemoAccount {
    role: "family",
    email: "family@demo.example",
    password: "otters nap on rivers",
};
/// The researcher.
pub const RESEARCHER: DemoAccount = DemoAccount {
    role: "researcher",
    email: "researcher@demo.example",
    password: "lanterns hum past midnight",
};

/// The member of staff.
pub const STAFF: DemoAccount = DemoAccount {
    role: "staff",
    email: "staff@demo.example",
    password: "kettles whisper at noon sharp",
};

/// The secret from which the codes of the demo's researcher and staff are made. It is as public as
/// their passwords.
pub const TOTP_SECRET: &[u8; 20] = b"lookit demo, public!";

/// The code that an app would show now for a demo account that has one. Nothing on a real site, and
/// for nobody else.
pub async fn code(ctx: &Context, actor: &Actor) -> Result<Option<String>, Error> {
    let (person, _) = actor.half_signed_in()?;
    if ctx.site.is_production || !accounts::find(&ctx.db, person.account).await?.is_demo {
        return Ok(None);
    }
    Ok(Some(
        adapters::TotpSecret::from_bytes(TOTP_SECRET.to_vec()).code_at(ctx.now())?,
    ))
}

const LAB: &str = "Demo Lab for Small Questions";

/// Makes what is missing. Refused on a real site.
pub async fn seed(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let Actor::System = actor else {
        return Err(Error::Denied);
    };
    if ctx.site.is_production {
        return Err(Error::Conflict(
            "Demo accounts have public passwords, so they can't be made on a production site."
                .to_owned(),
        ));
    }
    let researcher_hash = ctx
        .passwords
        .hash(RESEARCHER.password.to_owned().into())
        .await?;
    let family_hash = ctx
        .passwords
        .hash(FAMILY.password.to_owned().into())
        .await?;
    let staff_hash = ctx.passwords.hash(STAFF.password.to_owned().into()).await?;
    let tx = ctx.begin().await?;
    let sam = NewAccount {
        nickname: "Sam".into(),
        given_name: "Sam".into(),
        family_name: "Staff".into(),
        powers: Powers {
            is_staff: true,
            ..Powers::default()
        },
        is_demo: true,
    };
    let staff = person(ctx, &tx, STAFF, staff_hash, sam).await?;
    let researcher = person(
        ctx,
        &tx,
        RESEARCHER,
        researcher_hash,
        NewAccount {
            nickname: "Dana".into(),
            given_name: "Dana".into(),
            family_name: "Demo".into(),
            powers: Powers {
                is_researcher: true,
                ..Powers::default()
            },
            is_demo: true,
        },
    )
    .await?;
    let family = person(
        ctx,
        &tx,
        FAMILY,
        family_hash,
        NewAccount {
            nickname: "Demo family".into(),
            is_demo: true,
            ..NewAccount::default()
        },
    )
    .await?;
    if let Some(family) = family.new {
        household(ctx, &tx, family).await?;
    }
    let lab = lab(ctx, &tx, researcher.id).await?;
    let known: HashSet<String> = study::Entity::find()
        .filter(study::Column::LabId.eq(lab))
        .all(&tx)
        .await?
        .into_iter()
        .map(|row| row.name)
        .collect();
    for (order, new) in studies().into_iter().enumerate() {
        if !known.contains(new.name) {
            insert_study(
                ctx,
                &tx,
                lab,
                [researcher.id, staff.id],
                i32::try_from(order).unwrap_or_default(),
                new,
            )
            .await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

struct Found {
    id: AccountId,
    new: Option<AccountId>,
}

async fn person(
    ctx: &Context,
    db: &impl ConnectionTrait,
    demo: DemoAccount,
    password_hash: String,
    new: NewAccount,
) -> Result<Found, Error> {
    if let Some(row) = account::Entity::find()
        .filter(account::Column::Email.eq(demo.email))
        .one(db)
        .await?
    {
        return Ok(Found {
            id: row.id,
            new: None,
        });
    }
    let email = Email::parse(demo.email)
        .ok_or_else(|| Error::internal("the demo's address is no address"))?;
    let is_researcher = new.powers.is_researcher;
    let has_second_factor = is_researcher || new.powers.is_staff;
    let id = accounts::insert(ctx, db, &email, password_hash, new)
        .await?
        .ok_or_else(|| Error::internal("the demo's account exists"))?;
    account::ActiveModel {
        id: Set(id),
        email_confirmed_at: Set(Some(ctx.now())),
        has_second_factor: Set(has_second_factor),
        ..Default::default()
    }
    .update(db)
    .await?;
    if has_second_factor {
        let sealed = ctx.keys.seal("totp", TOTP_SECRET)?;
        let row = totp::ActiveModel {
            id: Set(ctx.uuid()?),
            account_id: Set(id),
            sealed_secret: Set(sealed),
            last_step: Set(0),
            created_at: Set(ctx.now()),
            activated_at: Set(Some(ctx.now())),
        };
        totp::Entity::insert(row).exec_without_returning(db).await?;
    }
    if is_researcher {
        crate::compat::join_sandbox(ctx, db, id).await?;
    }
    Ok(Found { id, new: Some(id) })
}

async fn household(
    ctx: &Context,
    db: &impl ConnectionTrait,
    family: AccountId,
) -> Result<(), Error> {
    let now = ctx.now();
    for (name, months, gender, weeks, languages) in [
        ("Robin", 53, Gender::Unspecified, 17, vec!["en", "es"]),
        ("Juno", 17, Gender::Female, 13, vec!["en"]),
    ] {
        let row = child::ActiveModel {
            id: Set(ctx.id(ChildId::from_parts)?),
            account_id: Set(family),
            given_name: Set(name.to_owned()),
            birthday: Set(months_ago(ctx.clock.today(), months)),
            gender: Set(gender),
            gestational_age: Set(GestationalAge::from_code(weeks).map(|age| i32::from(age.code()))),
            languages: Set(Languages::from_codes(languages)
                .map_err(Error::internal)?
                .bits()),
            conditions: Set(Conditions::default().bits()),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        child::Entity::insert(row)
            .exec_without_returning(db)
            .await?;
    }
    let answers = Demographics {
        country: "US".into(),
        state: "MA".into(),
        density: "suburban".into(),
        number_of_children: "2".into(),
        number_of_guardians: "2".into(),
        ..Demographics::default()
    };
    let row = demographic_snapshot::ActiveModel {
        id: Set(ctx.id(SnapshotId::from_parts)?),
        account_id: Set(family),
        previous_id: Set(None),
        answers: Set(serde_json::to_string(&answers)?),
        extra: Set(String::new()),
        created_at: Set(now),
    };
    demographic_snapshot::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

fn months_ago(today: NaiveDate, months: u32) -> NaiveDate {
    today
        .checked_sub_months(Months::new(months))
        .unwrap_or(today)
}

async fn lab(
    ctx: &Context,
    db: &impl ConnectionTrait,
    researcher: AccountId,
) -> Result<LabId, Error> {
    if let Some(row) = lab::Entity::find()
        .filter(lab::Column::Name.eq(LAB))
        .one(db)
        .await?
    {
        return Ok(row.id);
    }
    let (id, now) = (ctx.id(LabId::from_parts)?, ctx.now());
    lab::ActiveModel {
        id: Set(id),
        name: Set(LAB.to_owned()),
        slug: Set(Some("demo".to_owned())),
        institution: Set("Example University".to_owned()),
        principal_investigator: Set("Dana Demo".to_owned()),
        contact_email: Set("lab@demo.example".to_owned()),
        contact_phone: Set("+1 555 0100".to_owned()),
        description: Set(
            "We ask small questions about how children imagine, remember and explain.".to_owned(),
        ),
        irb_contact_info: Set("This lab exists for show only.".to_owned()),
        is_approved: Set(true),
        created_at: Set(now),
        ..Default::default()
    }
    .insert(db)
    .await?;
    lab_member::ActiveModel {
        id: Set(ctx.uuid()?),
        lab_id: Set(id),
        account_id: Set(researcher),
        role: Set(LabRole::Admin),
        created_at: Set(now),
    }
    .insert(db)
    .await?;
    Ok(id)
}

struct DemoStudy {
    name: &'static str,
    summary: &'static str,
    description: &'static str,
    purpose: &'static str,
    criteria: &'static str,
    duration: &'static str,
    compensation: &'static str,
    image: (&'static str, &'static str),
    ages: AgeRange,
    structure: &'static str,
}

fn studies() -> Vec<DemoStudy> {
    let years = |low: u16, high: u16| AgeRange {
        min_years: low,
        max_years: high,
        ..AgeRange::default()
    };
    vec![
        DemoStudy {
            name: "Animals, real and invented",
            summary: "A few questions for you about the animals in your child's life, including the ones that nobody else can see.",
            description: "You answer two short pages of questions about real animals and imaginary ones. Your child may sit with you and help: they know the answers best.",
            purpose: "Many children invent animals. We would like to know whether living with real ones changes what they invent.",
            criteria: "Children up to their eighth birthday, with or without pets.",
            duration: "4 minutes",
            compensation: "",
            image: (
                "/demo/ad-pets.svg",
                "A cat and a green creature with three eyes sit side by side.",
            ),
            ages: years(0, 8),
            structure: include_str!("demo/pets.json"),
        },
        DemoStudy {
            name: "The cat who wanted the moon",
            summary: "Read a picture story together, then ask your child one question about it.",
            description: "A cat wants to pat the moon. You read the story aloud, page by page, and at the end you ask your child where the cat found a moon that she could reach.",
            purpose: "We study what helps children remember the end of a story.",
            criteria: "Children from two to six years.",
            duration: "6 minutes",
            compensation: "A picture of Mika the cat to colour in, by e-mail.",
            image: (
                "/demo/ad-moon.svg",
                "A small orange cat looks at a big yellow moon.",
            ),
            ages: years(2, 6),
            structure: include_str!("demo/moon.json"),
        },
        DemoStudy {
            name: "The snack machine puzzle",
            summary: "A machine, two buttons, and a question that your child can puzzle out.",
            description: "Your child sees what each of two buttons does, and guesses what happens when somebody presses both.",
            purpose: "We study how children put two causes together.",
            criteria: "Children from three to eight years.",
            duration: "3 minutes",
            compensation: "",
            image: (
                "/demo/ad-machine.svg",
                "A friendly machine with a blue button and a red button.",
            ),
            ages: years(3, 8),
            structure: include_str!("demo/machine.json"),
        },
    ]
}

async fn insert_study(
    ctx: &Context,
    db: &impl ConnectionTrait,
    lab: LabId,
    [creator, approver]: [AccountId; 2],
    order: i32,
    new: DemoStudy,
) -> Result<(), Error> {
    let (id, now) = (
        ctx.id(StudyId::from_parts)?,
        ctx.now() + Duration::microseconds(i64::from(order)),
    );
    let content = Content {
        ad: Ad {
            name: new.name.to_owned(),
            preview_summary: new.summary.to_owned(),
            short_description: new.description.to_owned(),
            purpose: new.purpose.to_owned(),
            criteria: new.criteria.to_owned(),
            duration: new.duration.to_owned(),
            contact_info: "Dana Demo (lab@demo.example)".to_owned(),
            compensation: new.compensation.to_owned(),
            image: new.image.0.to_owned(),
            image_alt: new.image.1.to_owned(),
            ages: new.ages,
            ..Ad::default()
        },
        design: Design {
            structure: new.structure.to_owned(),
            ..Design::default()
        },
        settings: Settings {
            is_public: true,
            ..Settings::default()
        },
    };
    let row = study::ActiveModel {
        id: Set(id),
        lab_id: Set(lab),
        creator_id: Set(Some(creator)),
        salt: Set(secret_uuid()?),
        kind: Set(StudyKind::FramePlayer),
        state: Set(StudyState::Active),
        approved_version: Set(Some(1)),
        created_at: Set(now),
        updated_at: Set(now),
        state_changed_at: Set(Some(now)),
        ..Default::default()
    };
    crate::studies::create_with(ctx, db, row, &content).await?;
    let admin = study_member::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(id),
        account_id: Set(creator),
        role: Set(StudyRole::Admin),
        created_at: Set(now),
    };
    study_member::Entity::insert(admin)
        .exec_without_returning(db)
        .await?;
    for (step, action) in ["created", "submitted", "approved", "active"]
        .into_iter()
        .enumerate()
    {
        let at = now + Duration::microseconds(i64::try_from(step).unwrap_or_default());
        study_log::ActiveModel {
            id: Set(ctx.id(StudyLogId::from_parts)?),
            study_id: Set(id),
            account_id: Set(Some(if action == "approved" {
                approver
            } else {
                creator
            })),
            action: Set(action.to_owned()),
            extra: Set(String::new()),
            created_at: Set(at),
        }
        .insert(db)
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_protocols_have_no_problem_but_the_missing_consent() {
        for new in studies() {
            let report = protocol::report(new.structure);
            let messages: Vec<_> = report
                .problems
                .iter()
                .map(|problem| problem.message.as_str())
                .collect();
            assert_eq!(messages, ["no frame asks for consent"], "{}", new.name);
        }
    }
}
