//! The whole-program tests, in one binary: linking the AWS SDK once is slow enough.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and tests stand outside the program: they own real time and real processes"
)]

mod it {
    mod acting;
    mod application;
    mod blueprints;
    mod config;
    mod console;
    mod contract;
    mod emulated;
    mod faults;
    mod filled;
    mod golden;
    mod harness;
    mod iam;
    mod live;
    mod observer;
    mod program;
    mod provisioned;
    mod provisioning;
    mod proxy;
    mod recorded;
    mod refresh;
    mod resolver;
    mod samples;
    mod scripts;
    mod tour;
}
