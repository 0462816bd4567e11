//! What a run was, from its journal alone. Pure.
