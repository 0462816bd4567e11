//! Templates read and evaluated.
