//! The pages, by area. Each file is one page, or a piece that several pages of its area share.

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
