//! Ids that were sent lately, so that what a bus delivers twice is sent once.

use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// Ids remembered of one user.
const PER_USER: usize = 256;
/// Users remembered; the one who was silent longest leaves first.
const USERS: usize = 4096;

/// The last ids of each user.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Users>);

#[derive(Debug, Default)]
struct Users {
    by_user: HashMap<Option<u64>, Ids>,
    turn: u64,
}

#[derive(Debug, Default)]
struct Ids {
    /// The first half of each id's digest, oldest first.
    order: VecDeque<[u8; 16]>,
    touched: u64,
}

impl Recent {
    /// True when `id` was not seen of `user` (`None`: everyone) before; from now on it was.
    pub(crate) fn is_new(&self, user: Option<u64>, id: &str) -> bool {
        let digest = Sha256::digest(id.as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.turn += 1;
        let turn = users.turn;
        let ids = users.by_user.entry(user).or_default();
        ids.touched = turn;
        if ids.order.contains(&short) {
            return false;
        }
        if ids.order.len() == PER_USER {
            ids.order.pop_front();
        }
        ids.order.push_back(short);
        users.make_room();
        true
    }
}

impl Users {
    fn make_room(&mut self) {
        if self.by_user.len() <= USERS {
            return;
        }
        let silent = self.by_user.iter().min_by_key(|(_, ids)| ids.touched).map(|(&user, _)| user);
        if let Some(user) = silent {
            self.by_user.remove(&user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_for_each_user() {
        let recent = Recent::default();
        assert!(recent.is_new(Some(57), "a") && recent.is_new(Some(58), "a") && recent.is_new(None, "a"));
        assert!(!recent.is_new(Some(57), "a") && !recent.is_new(None, "a"));
        for n in 0..PER_USER - 1 {
            assert!(recent.is_new(Some(57), &n.to_string()));
        }
        assert!(!recent.is_new(Some(57), "a"), "the 256th from the end");
        assert!(recent.is_new(Some(57), "b"));
        assert!(recent.is_new(Some(57), "a"), "the 257th is forgotten");
    }

    #[test]
    fn who_was_silent_longest_is_forgotten_when_there_are_too_many() {
        let recent = Recent::default();
        recent.is_new(Some(0), "a");
        (1..=USERS as u64).for_each(|user| assert!(recent.is_new(Some(user), "a")));
        assert!(recent.is_new(Some(0), "a"), "forgotten");
        assert!(!recent.is_new(Some(USERS as u64), "a"));
        assert!(recent.0.lock().unwrap().by_user.len() <= USERS);
    }
}
