//! What each blueprint has to meet, row by row of `blueprints/ROWS.md`, on what its templates come to.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod rows {
    mod built;
    mod ecommerce;
    mod global_accelerator;
    mod listed;
    mod payments_aurora;
    mod payments_serverless;
    mod serverless;
    mod sizes;
}
