//! The AWS ports against answers of our own making: recordings of what no emulator serves, refusals, silence, lost
//! answers, and credentials that expire. Nothing here leaves the machine.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod canaries;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod names;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod probes;
#[cfg(test)]
mod provisioning;
#[cfg(test)]
mod provisioning_reads;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tour;
