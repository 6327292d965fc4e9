//! The deterministic state machine of the centre: apply commands, return effects.
