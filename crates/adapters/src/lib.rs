//! Everything outside the program: the clock, chance, the mail server, the queue's tables, files,
//! and the formats that others define. Each has a real and a test side; no rule of the site is
//! decided here.

pub mod archives;
pub mod clock;
pub mod keys;
pub mod mail;
pub mod passkeys;
pub mod pictures;
pub mod pool;
pub mod queue;
pub mod secrets;
pub mod storage;
pub mod totp;

pub use clock::{Clock, FixedClock, SystemClock};
pub use keys::Keys;
pub use mail::{KeptMail, Mail, MailError, Mailer};
pub use passkeys::Passkeys;
pub use pool::{Pool, PoolError};
pub use secrets::{PasswordHasher, Token};
pub use storage::Storage;
pub use totp::TotpSecret;
