//! What pages are built of: elements, buttons, form fields, text blocks, questions, notices. It
//! knows neither the run nor any kind of frame.

pub mod blocks;
pub mod browser;
pub mod buttons;
pub mod dialog;
pub mod element;
pub mod fields;
pub mod members;
pub mod notice;
