//! The large demo, small: what a benchmark measures must be what verbs make.

use entities::{child, response, response_frame, study_version};
use macro_rules_attribute::apply;
use sea_orm::{EntityTrait, PaginatorTrait};
use services::demo::large::{self, Size};
use services::{Actor, Error};

use crate::support::on_both_databases;

const SMALL: Size = Size {
    families: 20,
    responses: 20,
};

#[apply(on_both_databases!)]
async fn the_large_demo_is_made_once(app: TestApp) {
    let denied = large::seed(&app.ctx, &Actor::Visitor, SMALL).await;
    assert!(matches!(denied, Err(Error::Denied)), "{denied:?}");
    large::seed(&app.ctx, &Actor::System, SMALL).await.unwrap();
    let counts = async || {
        (
            child::Entity::find().count(&app.db).await.unwrap(),
            study_version::Entity::find().count(&app.db).await.unwrap(),
            response::Entity::find().count(&app.db).await.unwrap(),
            response_frame::Entity::find().count(&app.db).await.unwrap(),
        )
    };
    assert_eq!(counts().await, (30, 20, 20, 300));
    let again = large::seed(&app.ctx, &Actor::System, SMALL).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    assert_eq!(counts().await, (30, 20, 20, 300));
}

#[apply(on_both_databases!)]
async fn a_real_site_has_no_demo(app: TestApp) {
    let mut ctx = app.ctx.clone();
    let mut site = (*ctx.site).clone();
    site.is_production = true;
    ctx.site = std::sync::Arc::new(site);
    let refused = large::seed(&ctx, &Actor::System, SMALL).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(child::Entity::find().count(&app.db).await.unwrap(), 0);
}
