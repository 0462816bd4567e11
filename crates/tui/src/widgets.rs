//! Pieces that screens are drawn with. Each draws only what it is given, inside the area it is given.

pub(crate) mod carve;
pub(crate) mod chart;
pub(crate) mod pane;
pub(crate) mod sparkline;
pub(crate) mod table;
