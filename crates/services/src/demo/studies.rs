//! The demo's studies: three protocols that anybody may play, as if staff had approved them.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use domain::accounts::AccountId;
use domain::labs::LabId;
use domain::studies::{
    Ad, AgeRange, Content, Design, Settings, StudyId, StudyKind, StudyLogId, StudyRole, StudyState,
};
use entities::{study, study_log, study_member};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::act::{Act, Free};
use crate::context::secret_uuid;
use crate::error::Error;

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
    protocol: &'static str,
}

fn all() -> Vec<DemoStudy> {
    let years = |low: u16, high: u16| AgeRange {
        min_years: low,
        max_years: high,
        ..AgeRange::default()
    };
    vec![
        DemoStudy {
            name: "Animals, real and invented",
            summary: "A few questions for you about the animals in your child's life, including \
                the ones that nobody else can see.",
            description: "You answer two short pages of questions about real animals and \
                imaginary ones. Your child may sit with you and help: they know the answers best.",
            purpose: "Many children invent animals. We would like to know whether living with \
                real ones changes what they invent.",
            criteria: "Children up to their eighth birthday, with or without pets.",
            duration: "4 minutes",
            compensation: "",
            image: (
                "/demo/ad-pets.svg",
                "A cat and a green creature with three eyes sit side by side.",
            ),
            ages: years(0, 8),
            protocol: include_str!("pets.json"),
        },
        DemoStudy {
            name: "The cat who wanted the moon",
            summary: "Read a picture story together, then ask your child one question about it.",
            description: "A cat wants to pat the moon. You read the story aloud, page by page, \
                and at the end you ask your child where the cat found a moon that she could \
                reach.",
            purpose: "We study what helps children remember the end of a story.",
            criteria: "Children from two to six years.",
            duration: "6 minutes",
            compensation: "A picture of Mika the cat to colour in, by email.",
            image: (
                "/demo/ad-moon.svg",
                "A small orange cat looks at a big yellow moon.",
            ),
            ages: years(2, 6),
            protocol: include_str!("moon.json"),
        },
        DemoStudy {
            name: "The snack machine puzzle",
            summary: "A machine, two buttons, and a question that your child can puzzle out.",
            description: "Your child sees what each of two buttons does, and guesses what happens \
                when somebody presses both.",
            purpose: "We study how children put two causes together.",
            criteria: "Children from three to eight years.",
            duration: "3 minutes",
            compensation: "",
            image: (
                "/demo/ad-machine.svg",
                "A friendly machine with a blue button and a red button.",
            ),
            ages: years(3, 8),
            protocol: include_str!("machine.json"),
        },
    ]
}

pub(super) async fn make(
    act: &Act<'_, Free>,
    lab: LabId,
    creator: AccountId,
    approver: AccountId,
) -> Result<(), Error> {
    let known: Vec<String> = study::Entity::find()
        .select_only()
        .column(study::Column::Name)
        .filter(study::Column::LabId.eq(lab))
        .into_tuple()
        .all(&act.tx)
        .await?;
    let known: HashSet<String> = known.into_iter().collect();
    // A moment apart, so that lists by age have an order.
    let mut now = act.ctx.now();
    for new in all() {
        if !known.contains(new.name) {
            let id = insert(act, lab, creator, new, now).await?;
            insert_admin(act, id, creator, now).await?;
            insert_log(act, id, creator, approver, now).await?;
        }
        now += Duration::microseconds(1);
    }
    Ok(())
}

async fn insert(
    act: &Act<'_, Free>,
    lab: LabId,
    creator: AccountId,
    new: DemoStudy,
    now: DateTime<Utc>,
) -> Result<StudyId, Error> {
    let id = act.ctx.id(StudyId::from_parts)?;
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
            protocol: new.protocol.to_owned(),
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
        reviewed_version: Set(Some(1)),
        created_at: Set(now),
        updated_at: Set(now),
        state_changed_at: Set(Some(now)),
        ..Default::default()
    };
    crate::studies::create_with(act.ctx, &act.tx, row, &content).await?;
    Ok(id)
}

async fn insert_admin(
    act: &Act<'_, Free>,
    study: StudyId,
    creator: AccountId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let admin = study_member::ActiveModel {
        id: Set(act.ctx.uuid()?),
        study_id: Set(study),
        account_id: Set(creator),
        role: Set(StudyRole::Admin),
        created_at: Set(now),
    };
    study_member::Entity::insert(admin)
        .exec_without_returning(&act.tx)
        .await?;
    Ok(())
}

/// The log of a study that went straight from its creation to families.
async fn insert_log(
    act: &Act<'_, Free>,
    study: StudyId,
    creator: AccountId,
    approver: AccountId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut at = now;
    for (action, by) in [
        ("created", creator),
        ("submitted", creator),
        ("approved", approver),
        ("active", creator),
    ] {
        study_log::ActiveModel {
            id: Set(act.ctx.id(StudyLogId::from_parts)?),
            study_id: Set(study),
            account_id: Set(Some(by)),
            action: Set(action.to_owned()),
            extra: Set(String::new()),
            created_at: Set(at),
        }
        .insert(&act.tx)
        .await?;
        at += Duration::microseconds(1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_protocols_have_no_problem_but_the_missing_consent() {
        for new in all() {
            let report = protocol::report(new.protocol);
            let messages: Vec<_> = report
                .problems
                .iter()
                .map(|problem| problem.message.as_str())
                .collect();
            assert_eq!(messages, ["no frame asks for consent"], "{}", new.name);
        }
    }
}
