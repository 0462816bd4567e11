//! The one append-only, hash-chained log of every run: durable before each act.
