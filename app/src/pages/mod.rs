//! The pages, by area.

pub mod accounts;
pub mod audit;
pub mod families;
pub mod home;
pub mod labs;
pub mod messages;
pub mod participants;
pub mod responses;
pub mod studies;
pub mod style;
