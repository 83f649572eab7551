//! The dashboard's server.

fn main() {}
