//! `landfall`: the command line.

fn main() {}
