//! Families: their children, and the answers that describe the household.

pub mod ages;
pub mod child;
pub mod demographics;
mod flags;
mod gender;
mod gestation;
mod languages;

pub use child::{Child, ChildDetails, ChildForm, ChildId};
pub use demographics::{Demographics, DemographicsForm, SnapshotId};
pub use flags::{Conditions, Languages};
pub use gender::Gender;
pub use gestation::GestationalAge;
