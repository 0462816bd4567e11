//! What may forbid a run or a step: each guard a pure function from what is known to a verdict.
