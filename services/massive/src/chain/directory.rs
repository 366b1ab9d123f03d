//! From an option ticker to a number: the only thing that a decoder must know of the chains.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

/// A contract, for as long as the program lives: a number is never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ContractId(u32);

impl ContractId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Who is listed. Never changed: a new set of contracts makes a new one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(HashMap<Arc<str>, ContractId, BuildHasherDefault<Folded>>);

impl Names {
    /// The number of `ticker`; `None` when it is not listed.
    pub(crate) fn id(&self, ticker: &str) -> Option<ContractId> {
        self.0.get(ticker).copied()
    }
}

/// Gives out numbers. Belongs to the writer.
#[derive(Debug, Default)]
pub(crate) struct Register {
    next: u32,
    names: Names,
}

impl Register {
    pub(crate) const fn names(&self) -> &Names {
        &self.names
    }

    /// The number of `ticker`, a new one when it has none.
    pub(crate) fn enter(&mut self, ticker: &Arc<str>) -> ContractId {
        let next = &mut self.next;
        *self.names.0.entry(Arc::clone(ticker)).or_insert_with(|| {
            *next += 1;
            ContractId(*next - 1)
        })
    }

    pub(crate) fn leave(&mut self, ticker: &str) {
        self.names.0.remove(ticker);
    }

    /// Numbers that were ever given out.
    pub(crate) const fn len(&self) -> usize {
        self.next as usize
    }
}

/// Eight bytes at a time. Tickers are the vendor's, so nobody can choose them to collide.
#[derive(Debug, Default)]
pub(crate) struct Folded(u64);

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Folded {
    fn add(&mut self, word: u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let product = u128::from(self.0 ^ word) * u128::from(ODD);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_never_given_twice() {
        let mut register = Register::default();
        let [a, b] = ["O:SPXW251121C06630000", "O:SPXW251121P06630000"].map(Arc::<str>::from);
        let first = register.enter(&a);
        assert_eq!(register.enter(&a), first);
        assert_ne!(register.enter(&b), first);
        register.leave(&a);
        assert_eq!(register.names().id(&a), None);
        assert_ne!(register.enter(&a), first);
        assert_eq!(register.len(), 3);
    }

    #[test]
    fn tickers_that_differ_in_one_place_do_not_collide() {
        let tickers = (0..40_000).map(|n| format!("O:SPXW251121C{:08}", n * 5_000));
        let hashes: std::collections::HashSet<u64> = tickers
            .map(|ticker| {
                let mut hash = Folded::default();
                hash.write(ticker.as_bytes());
                hash.finish()
            })
            .collect();
        assert_eq!(hashes.len(), 40_000);
    }
}
