//! Events to measure and to test Landfall with: a seeded generator of a freight business over time, and of small
//! hostile populations in which everything collides.

pub mod generator;
