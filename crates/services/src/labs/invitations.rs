//! Inviting people to a lab by email.

use chrono::{DateTime, Utc};
use domain::accounts::{EmailAddress, LinkPurpose};
use domain::audit::AuditAction;
use domain::labs::{InvitationId, LabId, LabRole};
use domain::messages::Email;
use domain::permissions::Action;
use entities::{account, lab, lab_invitation, lab_member};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, Select,
};

use super::{EMAILS, load, requests, store_role};
use crate::act::{Act, OfLab, lock_lab};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::links::{self, Link};
use crate::people::name_of;
use crate::permissions::{ActionTarget, lab_role, refuse_own, require};
use crate::{people, throttle};

/// Invitations of one lab that can be open at a time.
const MOST_INVITATIONS: u64 = 50;
/// Invitations that a lab can ever send before it is approved: anybody can make a lab, and must not
/// write to the world in its name.
const MOST_OF_UNAPPROVED: u64 = 5;
/// Invitations that one person can send for all labs that are not approved.
const MOST_TO_UNAPPROVED: u64 = 10;

/// An invitation that was not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub email: String,
    pub role: LabRole,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Invitations that were not answered yet, in the order in which they were sent.
pub(super) async fn open(ctx: &Context, id: LabId) -> Result<Vec<Invitation>, Error> {
    Ok(open_of(ctx, id)
        .order_by_asc(lab_invitation::Column::CreatedAt)
        .all(&ctx.db)
        .await?
        .into_iter()
        .map(|row| Invitation {
            id: row.id,
            email: row.email,
            role: row.role,
            expires_at: row.expires_at,
        })
        .collect())
}

fn open_of(ctx: &Context, lab: LabId) -> Select<lab_invitation::Entity> {
    lab_invitation::Entity::find()
        .filter(lab_invitation::Column::LabId.eq(lab))
        .filter(lab_invitation::Column::EndedAt.is_null())
        .filter(lab_invitation::Column::ExpiresAt.gt(ctx.now()))
}

/// Invites somebody by an address, whether or not it has an account.
pub async fn invite(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    email: &str,
    role: LabRole,
) -> Result<(), Error> {
    load(&ctx.db, id).await?;
    let person = actor.researcher_in_person()?;
    require(
        ctx,
        actor,
        Action::ManageLabResearchers,
        ActionTarget::Lab(id),
    )
    .await?;
    let address = EmailAddress::parse(email).ok_or_else(|| {
        Error::field(
            "email",
            "no_address",
            "Please enter the person's email address.",
        )
    })?;
    throttle::count_or_refuse(ctx, "labs", person.account, EMAILS).await?;
    let act = Act::lab(ctx, actor, id, Action::ManageLabResearchers).await?;
    if person.email == address.as_str() {
        refuse_own(person, person.account)?;
    }
    refuse_needless(&act, &address).await?;
    let invitation = ctx.id(InvitationId::from_parts)?;
    let new = lab_invitation::ActiveModel {
        id: Set(invitation),
        lab_id: Set(id),
        email: Set(address.as_str().to_owned()),
        role: Set(role),
        invited_by: Set(Some(person.account)),
        created_at: Set(ctx.now()),
        expires_at: Set(ctx.now() + LinkPurpose::AcceptInvitation.lifetime()),
        ended_at: Set(None),
    };
    lab_invitation::Entity::insert(new)
        .exec_without_returning(&act.tx)
        .await?;
    let email = Email::LabInvitation {
        lab: act.lab.name.clone(),
        role,
        by: name_of(&people::find(&act.tx, person.account).await?),
        is_approved: act.lab.is_approved,
    };
    act.email_address(None, address.as_str(), Some(invitation.0), &email)
        .await?;
    act.audit(Event::of(AuditAction::LabInvited).detail(role.as_str()))
        .await?;
    act.commit(()).await
}

/// Refuses to invite whoever belongs to the lab or was invited, and more people than a lab may.
async fn refuse_needless(act: &Act<'_, OfLab<'_>>, email: &EmailAddress) -> Result<(), Error> {
    let members = lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(act.lab.id))
        .find_also_related(account::Entity)
        .filter(account::Column::Email.eq(email.as_str()));
    if members.count(&act.tx).await? > 0 {
        return Err(Error::field(
            "email",
            "member",
            "This person already belongs to the lab.",
        ));
    }
    let open = open_of(act.ctx, act.lab.id);
    let to_same = open
        .clone()
        .filter(lab_invitation::Column::Email.eq(email.as_str()));
    if to_same.count(&act.tx).await? > 0 {
        return Err(Error::field(
            "email",
            "invited",
            "There is already an open invitation to this address. Revoke it first to send another.",
        ));
    }
    if !act.lab.is_approved {
        return refuse_many_of_unapproved(act).await;
    }
    if open.count(&act.tx).await? >= MOST_INVITATIONS {
        return Err(Error::Conflict(format!(
            "There are {MOST_INVITATIONS} open invitations. Please revoke some first."
        )));
    }
    Ok(())
}

/// Revoked and answered invitations count too: each was an email to somebody.
async fn refuse_many_of_unapproved(act: &Act<'_, OfLab<'_>>) -> Result<(), Error> {
    let ever = lab_invitation::Entity::find();
    let of_lab = ever
        .clone()
        .filter(lab_invitation::Column::LabId.eq(act.lab.id))
        .count(&act.tx)
        .await?;
    let by_person = ever
        .find_also_related(lab::Entity)
        .filter(lab_invitation::Column::InvitedBy.eq(act.person.account))
        .filter(lab::Column::IsApproved.eq(false))
        .count(&act.tx)
        .await?;
    if of_lab < MOST_OF_UNAPPROVED && by_person < MOST_TO_UNAPPROVED {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "A lab that is not approved yet can send {MOST_OF_UNAPPROVED} invitations, and one person \
         {MOST_TO_UNAPPROVED} for all such labs together. Please wait until it is approved."
    )))
}

/// Takes an invitation back.
pub async fn revoke_invitation(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    invitation: InvitationId,
) -> Result<(), Error> {
    let act = Act::lab(ctx, actor, id, Action::ManageLabResearchers).await?;
    let ended = lab_invitation::Entity::update_many()
        .col_expr(lab_invitation::Column::EndedAt, Expr::value(ctx.now()))
        .filter(lab_invitation::Column::Id.eq(invitation))
        .filter(lab_invitation::Column::LabId.eq(id))
        .filter(lab_invitation::Column::EndedAt.is_null())
        .exec(&act.tx)
        .await?;
    if ended.rows_affected == 0 {
        return act.unchanged(()).await;
    }
    act.audit(Event::of(AuditAction::LabInvitationRevoked))
        .await?;
    act.commit(()).await
}

/// What an invitation's page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationPage {
    pub lab: LabId,
    pub lab_name: String,
    pub role: LabRole,
    pub email: String,
}

/// The invitation of a link, for whoever holds it.
pub async fn invitation(ctx: &Context, link: &Link) -> Result<InvitationPage, Error> {
    if link.purpose != LinkPurpose::AcceptInvitation {
        return Err(Error::NotFound(Noun::Invitation));
    }
    links::check(ctx, link).await?;
    let row = lab_invitation::Entity::find_by_id(InvitationId(link.target))
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Invitation))?;
    let lab = load(&ctx.db, row.lab_id).await?;
    Ok(InvitationPage {
        lab: lab.id,
        lab_name: lab.name,
        role: row.role,
        email: row.email,
    })
}

/// Joins a lab by an invitation. The account must have the address that was invited.
pub async fn accept_invitation(ctx: &Context, actor: &Actor, link: &Link) -> Result<LabId, Error> {
    let found = invitation(ctx, link).await?;
    let person = actor.researcher_in_person()?;
    if person.email != found.email {
        return Err(Error::Conflict(format!(
            "This invitation is for {}. You are signed in as {}.",
            found.email, person.email
        )));
    }
    let act = Act::researcher(ctx, actor).await?;
    lock_lab(&act.tx, found.lab).await?;
    links::check_within(ctx, &act.tx, link).await?;
    let by_others = lab_invitation::Column::InvitedBy.ne(person.account);
    let ended = lab_invitation::Entity::update_many()
        .col_expr(lab_invitation::Column::EndedAt, Expr::value(ctx.now()))
        .filter(lab_invitation::Column::Id.eq(InvitationId(link.target)))
        .filter(by_others.or(lab_invitation::Column::InvitedBy.is_null()))
        .exec(&act.tx)
        .await?;
    if ended.rows_affected == 0 {
        // Their address was another one when they invited it.
        refuse_own(person, person.account)?;
    }
    requests::delete(&act, found.lab, person.account).await?;
    if lab_role(&act.tx, found.lab, person.account)
        .await?
        .is_none()
    {
        store_role(&act, found.lab, person.account, found.role).await?;
        let event = Event::of(AuditAction::LabRoleSet).to(person.account);
        let event = event.lab(found.lab);
        act.audit(event.detail(format!("{} by invitation", found.role)))
            .await?;
    }
    act.commit(found.lab).await
}
