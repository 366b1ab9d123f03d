//! Roles and subscription become a tier.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a member has paid for, low to high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Whoever has nothing else.
    #[default]
    Observer,
    /// First paid tier.
    Activator,
    /// Second paid tier.
    Navigator,
    /// Always admitted, exempt from feature gates.
    Coaching,
    /// Always admitted, exempt from feature gates. Not the same as the right to admin routes.
    Administrator,
}

/// Not the name of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected observer, activator, navigator, coaching or administrator")]
pub struct BadTier;

/// What a subscription's text is searched for, in this order.
const WORDS: [(&str, Tier); 5] = [
    ("admin", Tier::Administrator),
    ("coaching", Tier::Coaching),
    ("navigator", Tier::Navigator),
    ("activator", Tier::Activator),
    ("observer", Tier::Observer),
];

/// Roles that say something of the tier, in order.
const ROLES: [([&str; 2], Tier); 4] = [
    (ADMINS, Tier::Administrator),
    (["coaching", "fotw_coaching"], Tier::Coaching),
    (["navigator", "fotw_navigator"], Tier::Navigator),
    (["activator", "fotw_activator"], Tier::Activator),
];

const ADMINS: [&str; 2] = ["administrator", "admin"];

impl Tier {
    /// All tiers, low to high.
    pub const ALL: [Self; 5] =
        [Self::Observer, Self::Activator, Self::Navigator, Self::Coaching, Self::Administrator];

    /// The tier of somebody with `roles` who has subscribed to `subscription_tier`.
    pub fn of(roles: &[String], subscription_tier: Option<&str>) -> Self {
        let bought = subscription_tier.map(str::to_lowercase).unwrap_or_default();
        let word = WORDS.iter().find(|(word, _)| bought.contains(word)).map(|&(_, tier)| tier);
        let role = || ROLES.iter().find(|(names, _)| has(roles, names)).map(|&(_, tier)| tier);
        word.or_else(role).unwrap_or_default()
    }

    /// The name, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observer => "observer",
            Self::Activator => "activator",
            Self::Navigator => "navigator",
            Self::Coaching => "coaching",
            Self::Administrator => "administrator",
        }
    }

    /// Whether no gate ever applies.
    pub const fn is_exempt(self) -> bool {
        matches!(self, Self::Coaching | Self::Administrator)
    }
}

/// The right to admin routes: an administrator's role, or the claim. A tier never gives it.
pub fn is_admin(roles: &[String], claim: bool) -> bool {
    claim || has(roles, &ADMINS)
}

fn has(roles: &[String], names: &[&str]) -> bool {
    roles.iter().any(|role| names.iter().any(|name| role.trim().eq_ignore_ascii_case(name)))
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tier {
    type Err = BadTier;

    fn from_str(text: &str) -> Result<Self, BadTier> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == text).ok_or(BadTier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Tier::{Activator, Administrator, Coaching, Navigator, Observer};

    fn tier(roles: &[&str], bought: Option<&str>) -> Tier {
        Tier::of(&roles.iter().map(|&role| role.to_owned()).collect::<Vec<_>>(), bought)
    }

    #[test]
    fn a_subscription_is_searched_for_the_first_word_that_it_contains() {
        for (bought, expected) in [
            ("Navigator Membership", Navigator),
            ("fotw ACTIVATOR (monthly)", Activator),
            ("Observer", Observer),
            ("Coaching incl. Navigator", Coaching),
            ("activator, upgraded to navigator", Navigator),
            ("Site Administrators", Administrator),
            ("coaching admin", Administrator),
        ] {
            assert_eq!(tier(&["administrator"], Some(bought)), expected, "{bought}");
        }
    }

    #[test]
    fn without_a_word_the_roles_decide() {
        for bought in [None, Some(""), Some("Gold")] {
            for (roles, expected) in [
                (&["subscriber"][..], Observer),
                (&[], Observer),
                (&["observer"], Observer),
                (&["activator"], Activator),
                (&["fotw_activator", "Navigator"], Navigator),
                (&["FOTW_Navigator"], Navigator),
                (&["fotw_coaching", "navigator"], Coaching),
                (&["coaching", " Admin "], Administrator),
                (&["administrator"], Administrator),
                (&["fotw_admin", "navigators"], Observer),
            ] {
                assert_eq!(tier(roles, bought), expected, "{roles:?} {bought:?}");
            }
        }
    }

    #[test]
    fn a_bought_tier_gives_no_admin_rights() {
        assert_eq!(tier(&["subscriber"], Some("Admin Plan")), Administrator);
        assert!(!is_admin(&["subscriber".into()], false));
        assert!(is_admin(&["ADMIN".into()], false) && is_admin(&["administrator".into()], false));
        assert!(is_admin(&[], true));
    }

    #[test]
    fn tiers_are_ordered_and_named() {
        assert!(Tier::ALL.is_sorted() && Observer < Activator && Coaching < Administrator);
        for tier in Tier::ALL {
            assert_eq!(tier.to_string().parse(), Ok(tier));
            assert_eq!(serde_json::to_value(tier).unwrap(), tier.as_str());
        }
        assert_eq!("Observer".parse::<Tier>(), Err(BadTier));
        assert_eq!(Tier::ALL.map(Tier::is_exempt), [false, false, false, true, true]);
    }
}
