#![doc = include_str!("../README.md")]

pub mod align;
pub mod browser;
pub mod capture;
pub mod filter;
pub mod judge;
pub mod process;
pub mod recording;
pub mod relay;
pub mod score;
pub mod span;
pub mod timing;
pub mod visit;
