//! When runs are due and when they may not be: cron expressions in time zones.
