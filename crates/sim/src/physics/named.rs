//! Single writes that are told apart from all others, such as canaries: on which side of a store each is, and which
//! are on their way to the other. Each store moves them by the rules by which it moves everybody's writes.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::draw::digest;
use crate::side::{Pair, Side};

/// Beyond this many on one side the older half is forgotten, as an application's own expiry would. At one in five
/// seconds the newer half is of the last fourteen hours.
const KEPT: usize = 20_000;

/// A write's name, hashed once: names are compared often and told to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Nonce(u64);

impl Nonce {
    pub(crate) fn new(text: &str) -> Self {
        Self(digest(text.as_bytes()))
    }

    pub(crate) fn word(self) -> u64 {
        self.0
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Named {
    /// With the second each was written in.
    there: Pair<BTreeMap<Nonce, i64>>,
    /// From each side, in the order of writing.
    sending: Pair<VecDeque<(i64, Nonce)>>,
}

impl Named {
    /// A write on one side, which is to be sent to the other or not.
    pub(crate) fn put(&mut self, side: Side, now: i64, nonce: Nonce, sent: bool) {
        let there = self.there.at_mut(side);
        there.insert(nonce, now);
        if there.len() > KEPT {
            let mut written: Vec<i64> = there.values().copied().collect();
            let (_, middle, _) = written.select_nth_unstable(KEPT / 2);
            let middle = *middle;
            there.retain(|_, written| *written > middle);
        }
        if sent {
            self.sending.at_mut(side).push_back((now, nonce));
        }
    }

    pub(crate) fn has(&self, side: Side, nonce: Nonce) -> bool {
        self.there.at(side).contains_key(&nonce)
    }

    /// Lets those at the head arrive whose second of writing says so.
    pub(crate) fn arrive(&mut self, from: Side, due: impl Fn(i64) -> bool) {
        let queue = self.sending.at_mut(from);
        while let Some((second, nonce)) = queue.front().copied().filter(|(second, _)| due(*second)) {
            queue.pop_front();
            self.there.at_mut(from.other()).insert(nonce, second);
        }
    }

    /// What a side had not sent will never be.
    pub(crate) fn forget_sending(&mut self, from: Side) {
        self.sending.at_mut(from).clear();
    }

    /// One side begins anew with what the other has.
    pub(crate) fn copy_to(&mut self, side: Side) {
        let copy = self.there.at(side.other()).clone();
        *self.there.at_mut(side) = copy;
        self.sending.at_mut(side.other()).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_on_its_side_at_once_and_on_the_other_when_it_arrives() {
        let mut named = Named::default();
        let (sent, kept) = (Nonce::new("sent"), Nonce::new("kept"));
        named.put(Side::Home, 5, sent, true);
        named.put(Side::Home, 6, kept, false);
        assert!(named.has(Side::Home, sent) && named.has(Side::Home, kept));
        named.arrive(Side::Home, |second| second < 5);
        assert!(!named.has(Side::Partner, sent));
        named.arrive(Side::Home, |_| true);
        assert!(named.has(Side::Partner, sent) && !named.has(Side::Partner, kept));
        assert!(!named.has(Side::Home, Nonce::new("another")));
    }

    #[test]
    fn a_side_that_begins_anew_has_what_the_other_had_and_nothing_else() {
        let mut named = Named::default();
        let (deposed, newer) = (Nonce::new("deposed"), Nonce::new("newer"));
        named.put(Side::Home, 5, deposed, true);
        named.forget_sending(Side::Home);
        named.put(Side::Partner, 9, newer, true);
        named.copy_to(Side::Home);
        named.arrive(Side::Partner, |_| true);
        assert!(!named.has(Side::Home, deposed) && named.has(Side::Home, newer));
    }

    #[test]
    fn no_number_of_writes_makes_it_grow_without_end() {
        let mut named = Named::default();
        for second in 0..200_000 {
            named.put(Side::Home, second, Nonce::new(&second.to_string()), false);
        }
        assert!((KEPT / 2..=KEPT).contains(&named.there.home.len()));
        assert!(named.has(Side::Home, Nonce::new("199999")));
    }
}
