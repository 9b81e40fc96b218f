//! The people of the demo, with passwords and codes that everybody may know.

use adapters::TotpSecret;
use domain::accounts::{AccountId, EmailAddress, Powers};
use entities::{account, totp};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

use crate::accounts::{self, NewAccount};
use crate::act::{Act, Free};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::labs::join_sandbox;
use crate::people;

/// An account of the demo, as `make run` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    pub role: &'static str,
    /// Address to sign in with.
    pub email: &'static str,
    /// It is public, which is why these accounts are refused on a real site.
    pub password: &'static str,
}

pub const FAMILY: DemoAccount = DemoAccount {
    role: "family",
    email: "family@demo.example",
    password: "otters nap on rivers",
};

pub const RESEARCHER: DemoAccount = DemoAccount {
    role: "researcher",
    email: "researcher@demo.example",
    password: "lanterns hum past midnight",
};

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
    if ctx.site.is_production || !people::find(&ctx.db, person.account).await?.is_demo {
        return Ok(None);
    }
    let secret = TotpSecret::from_bytes(TOTP_SECRET.to_vec());
    Ok(Some(secret.code_at(ctx.now())?))
}

/// Hashes of the passwords of family, researcher and staff.
pub(super) struct Passwords {
    family: String,
    researcher: String,
    staff: String,
}

pub(super) async fn hash_passwords(ctx: &Context) -> Result<Passwords, Error> {
    let hash = async |demo: DemoAccount| ctx.passwords.hash(demo.password.to_owned().into()).await;
    Ok(Passwords {
        family: hash(FAMILY).await?,
        researcher: hash(RESEARCHER).await?,
        staff: hash(STAFF).await?,
    })
}

pub(super) struct FoundOrMadeAccount {
    pub id: AccountId,
    /// Whether it was made just now.
    pub is_new: bool,
}

pub(super) struct Accounts {
    pub family: FoundOrMadeAccount,
    pub researcher: FoundOrMadeAccount,
    pub staff: FoundOrMadeAccount,
}

pub(super) async fn make(act: &Act<'_, Free>, passwords: Passwords) -> Result<Accounts, Error> {
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
    let dana = NewAccount {
        nickname: "Dana".into(),
        given_name: "Dana".into(),
        family_name: "Demo".into(),
        powers: Powers {
            is_researcher: true,
            ..Powers::default()
        },
        is_demo: true,
    };
    let family = NewAccount {
        nickname: "Demo family".into(),
        is_demo: true,
        ..NewAccount::default()
    };
    Ok(Accounts {
        staff: find_or_make(act, STAFF, passwords.staff, sam).await?,
        researcher: find_or_make(act, RESEARCHER, passwords.researcher, dana).await?,
        family: find_or_make(act, FAMILY, passwords.family, family).await?,
    })
}

pub(super) async fn find_or_make(
    act: &Act<'_, Free>,
    demo: DemoAccount,
    password_hash: String,
    new: NewAccount,
) -> Result<FoundOrMadeAccount, Error> {
    let found = account::Entity::find().filter(account::Column::Email.eq(demo.email));
    if let Some(row) = found.one(&act.tx).await? {
        return Ok(FoundOrMadeAccount {
            id: row.id,
            is_new: false,
        });
    }
    let email = EmailAddress::parse(demo.email)
        .ok_or_else(|| Error::internal("the demo's address is not an address"))?;
    let is_researcher = new.powers.is_researcher;
    let has_second_factor = is_researcher || new.powers.is_staff;
    let id = accounts::insert(act.ctx, &act.tx, &email, password_hash, new)
        .await?
        .ok_or_else(|| Error::internal("the demo's account exists"))?;
    account::ActiveModel {
        id: Set(id),
        has_second_factor: Set(has_second_factor),
        ..Default::default()
    }
    .update(&act.tx)
    .await?;
    if has_second_factor {
        add_second_factor(act, id).await?;
    }
    if is_researcher {
        join_sandbox(act, id).await?;
    }
    Ok(FoundOrMadeAccount { id, is_new: true })
}

async fn add_second_factor(act: &Act<'_, Free>, account: AccountId) -> Result<(), Error> {
    let row = totp::ActiveModel {
        id: Set(act.ctx.uuid()?),
        account_id: Set(account),
        sealed_secret: Set(act.ctx.keys.seal("totp", TOTP_SECRET)?),
        last_step: Set(0),
        created_at: Set(act.ctx.now()),
        activated_at: Set(Some(act.ctx.now())),
    };
    totp::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    Ok(())
}
