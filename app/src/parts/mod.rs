//! Pieces that pages are made of. They know nothing of studies, labs or families.

mod button;
mod fact;
mod faults;
mod field;
mod filter;
mod links;
mod notice;
mod pager;
mod people;
mod table;
mod text;
mod time;

pub use button::button_form;
pub use fact::{fact, fact_bullets, fact_list, long_fact};
pub use faults::FormFaults;
pub use field::{
    ChoiceField, FieldError, FileField, SelectField, TextArea, TextField, next_field, pairs,
};
pub use filter::{filter_form, kept_value, search_filter, search_form, select_filter};
pub use links::{crumbs, tabs};
pub use notice::{Notice, done};
pub use pager::pager;
pub use people::{PersonWithRole, RoleTable, role_select, role_table};
pub use table::{Column, nothing, table};
pub use text::{escaped, paragraphs, textarea_text};
pub use time::{When, day, or_never};
