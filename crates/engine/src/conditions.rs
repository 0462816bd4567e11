//! Whether something can be seen to hold, and what became of a call whose answer never came. Pure.
