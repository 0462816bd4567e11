//! Lifeboat's ports on a simulated account: seeded, in virtual time
