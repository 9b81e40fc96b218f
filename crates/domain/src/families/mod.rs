//! Families: children and the answers that describe a household.

pub mod child;
pub mod demographics;

pub use child::{
    Child, ChildDetails, ChildForm, ChildId, Conditions, Gender, GestationalAge, Languages,
};
pub use demographics::{Demographics, DemographicsForm, SnapshotId};
