//! Lifeboat's glass: update is pure, view only reads
