//! `exp-lookit-survey`: a researcher's form. What is shown, checked and stored is decided in
//! `protocol::survey`; this folder draws it.

mod answering;
mod controls;
mod page;
mod question;
mod screen;

pub use page::show;
