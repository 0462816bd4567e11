//! A plan in execution: intent before act, probe before redo, verify after.
