//! What a family tells about itself: its children and its household.

mod add_child;
mod child_fields;
mod children;
mod delete_child;
mod edit_child;
mod household;

pub use add_child::AddChild;
pub use children::Children;
pub use delete_child::DeleteChild;
pub use edit_child::EditChild;
pub use household::Household;
