//! What every daemon needs: task supervision, signals, telemetry, clock, configuration.
