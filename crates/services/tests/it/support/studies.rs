//! Studies that are made without the way there, and a look at what they hold.

use domain::accounts::AccountId;
use domain::labs::LabId;
use domain::studies::{
    Ad, AgeRange, Content, Design, Settings, StudyDesignId, StudyId, StudyKind, StudyRole,
    StudyState, StudyVersionId,
};
use entities::{convert, study, study_design, study_member, study_version};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use services::Actor;

use super::{PROTOCOL, TestApp, start};

/// A study that is made without the way there.
pub struct NewStudy {
    pub creator: Option<AccountId>,
    pub kind: StudyKind,
    pub state: StudyState,
    pub content: Content,
}

impl NewStudy {
    fn called(name: &str) -> Self {
        let ages = AgeRange {
            min_years: 2,
            max_years: 4,
            ..AgeRange::default()
        };
        let ad = Ad {
            name: name.into(),
            ages,
            ..Ad::default()
        };
        let design = Design {
            protocol: PROTOCOL.into(),
            ..Design::default()
        };
        let settings = Settings {
            is_public: true,
            ..Settings::default()
        };
        Self {
            creator: None,
            kind: StudyKind::FramePlayer,
            state: StudyState::Active,
            content: Content {
                ad,
                design,
                settings,
            },
        }
    }
}

impl TestApp {
    /// An active, listed study for two to four years, changed as wished.
    pub async fn study(
        &self,
        lab: LabId,
        name: &str,
        change: impl FnOnce(&mut NewStudy),
    ) -> StudyId {
        let mut new = NewStudy::called(name);
        change(&mut new);
        let id = self.ctx.id(StudyId::from_parts).unwrap();
        let mut row = study::ActiveModel {
            id: Set(id),
            lab_id: Set(lab),
            creator_id: Set(new.creator),
            salt: Set(self.ctx.uuid().unwrap()),
            kind: Set(new.kind),
            state: Set(new.state),
            version: Set(1),
            approved_version: Set(new.state.is_approved().then_some(1)),
            reviewed_version: Set(new.state.is_approved().then_some(1)),
            created_at: Set(start()),
            updated_at: Set(start()),
            ..Default::default()
        };
        let Content {
            ad,
            settings,
            design,
        } = new.content;
        convert::fill(&mut row, &ad, &settings);
        row.insert(&self.db).await.unwrap();
        let design_id = StudyDesignId(self.ctx.uuid().unwrap());
        let row = study_design::ActiveModel {
            id: Set(design_id),
            study_id: Set(id),
            digest: Set("of a test".into()),
            content: Set(serde_json::to_string(&design).unwrap()),
            ..Default::default()
        };
        row.insert(&self.db).await.unwrap();
        let row = study_version::ActiveModel {
            id: Set(StudyVersionId(self.ctx.uuid().unwrap())),
            study_id: Set(id),
            number: Set(1),
            ad: Set(serde_json::to_string(&ad).unwrap()),
            settings: Set(serde_json::to_string(&settings).unwrap()),
            design_id: Set(design_id),
            created_at: Set(start()),
            ..Default::default()
        };
        row.insert(&self.db).await.unwrap();
        id
    }

    /// What the latest version of a study holds.
    pub async fn content(&self, id: StudyId) -> Content {
        let study = study::Entity::find_by_id(id).one(&self.db).await;
        let version = study.unwrap().unwrap().version;
        let (row, design) = study_version::Entity::find()
            .filter(study_version::Column::StudyId.eq(id))
            .filter(study_version::Column::Number.eq(version))
            .find_also_related(study_design::Entity)
            .one(&self.db)
            .await
            .unwrap()
            .unwrap();
        Content {
            ad: convert::ad(id, &row.ad).unwrap(),
            settings: convert::settings(id, &row.settings).unwrap(),
            design: convert::design(id, &design.unwrap().content).unwrap(),
        }
    }

    pub async fn study_role(&self, actor: &Actor, study: StudyId, role: StudyRole) {
        let account = actor.person().unwrap().account;
        study_member::ActiveModel {
            id: Set(self.ctx.uuid().unwrap()),
            study_id: Set(study),
            account_id: Set(account),
            role: Set(role),
            created_at: Set(start()),
        }
        .insert(&self.db)
        .await
        .unwrap();
    }
}
