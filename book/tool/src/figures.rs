//! The pictures that are drawn while the book is built. They take their colours from the page's theme,
//! need no script, and each has its content as text as well. Where scripts run, a player steps through a timeline.

pub mod bars;
pub mod chart;
pub mod hues;
pub mod layout;
pub mod player;
pub mod questions;
pub mod recording;
pub mod roadmap;
mod stage;
pub mod state;
pub mod timeline;
