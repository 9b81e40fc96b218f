//! A lab as families see it.

use domain::labs::{LabDetails, LabId};
use entities::lab;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::details;
use crate::context::Context;
use crate::error::{Error, Noun};

/// A lab as families see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicLab {
    pub id: LabId,
    /// What it tells about itself.
    pub details: LabDetails,
    /// Name of the banner, if there is one.
    pub banner: String,
    /// Name of the badge, if there is one.
    pub badge: String,
}

/// The lab of an address below `/studies/`. Anybody can make a lab, so families see those that
/// staff have approved.
pub async fn find_by_slug(ctx: &Context, slug: &str) -> Result<PublicLab, Error> {
    let row = lab::Entity::find()
        .filter(lab::Column::Slug.eq(slug.to_lowercase()))
        .one(&ctx.db)
        .await?
        .filter(|row| row.is_approved)
        .ok_or(Error::NotFound(Noun::Lab))?;
    Ok(PublicLab {
        id: row.id,
        banner: row.banner.clone(),
        badge: row.badge.clone(),
        details: details(row),
    })
}
