//! The doors to the outside. Each has a real and a test side; nothing here knows a rule of the house.

pub mod clock;
pub mod secrets;

pub use clock::{Clock, FixedClock, SystemClock};
pub use secrets::{PasswordHasher, Token};
