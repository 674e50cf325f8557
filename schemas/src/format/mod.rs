//! Wire formats: each turns bytes into canonical events or errors.

pub mod json;
