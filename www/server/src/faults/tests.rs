//! Which streams a fault hits, and for how long.
