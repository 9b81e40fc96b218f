//! The pages, by area.

pub mod accounts;
pub mod families;
pub mod home;
pub mod labs;
pub mod responses;
pub mod studies;
pub mod style;
