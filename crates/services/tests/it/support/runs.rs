//! Runs as families have them, and a look at what they leave.

use adapters::Token;
use domain::families::child::ChildId;
use domain::responses::{ResponseId, RunDocument, RunSessionId};
use domain::studies::StudyId;
use entities::response;
use futures::StreamExt;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use services::responses::{self, RunTicket, StartRun};
use services::{Actor, Error};

use super::{TestApp, started};

impl TestApp {
    /// A run that a family has entered.
    pub async fn run(&self, family: &Actor, study: StudyId, child: ChildId) -> (RunTicket, Actor) {
        let started = started(
            responses::start(
                &self.ctx,
                family,
                StartRun {
                    study,
                    child,
                    starts_over: false,
                },
            )
            .await
            .unwrap(),
        );
        let run = self.enter(&started).await;
        (started, run)
    }

    /// Exchanges a ticket and recognises the run.
    pub async fn enter(&self, started: &RunTicket) -> Actor {
        let entered = responses::enter(&self.ctx, &started.ticket).await.unwrap();
        self.recognise(entered.session, entered.token.expose())
            .await
    }

    /// Who holds out this key to a run: a visitor, if it opens nothing.
    pub async fn recognise(&self, session: RunSessionId, token: &str) -> Actor {
        let run = Actor::playing(session, &Token::from_text(token));
        match self.try_document(&run).await {
            Ok(_) => run,
            Err(Error::SignIn) => Actor::Visitor,
            Err(error) => panic!("{error}"),
        }
    }

    /// What the player is given.
    pub async fn document(&self, run: &Actor) -> RunDocument {
        self.try_document(run).await.unwrap()
    }

    pub async fn try_document(&self, run: &Actor) -> Result<RunDocument, Error> {
        let pieces = responses::document(&self.ctx, run).await?;
        let pieces: Vec<String> = pieces.map(Result::unwrap).collect().await;
        Ok(serde_json::from_str(&pieces.concat()).unwrap())
    }

    /// Changes the row of a response where no verb does.
    pub async fn change_response(
        &self,
        id: ResponseId,
        change: impl FnOnce(&mut response::ActiveModel),
    ) {
        let mut row = response::ActiveModel {
            id: Set(id),
            ..Default::default()
        };
        change(&mut row);
        row.update(&self.db).await.unwrap();
    }

    pub async fn response_row(&self, id: ResponseId) -> response::Model {
        let row = response::Entity::find_by_id(id).one(&self.db).await;
        row.unwrap().unwrap()
    }
}
