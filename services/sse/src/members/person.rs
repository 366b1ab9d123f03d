//! A user as a token or the configuration describes it, cut to what the table holds.

use crate::{config::Config, session};
use auth::{Member, Tier};

const ISSUER: usize = 32;
const ID: usize = 64;
const TEXT: usize = 255;
const SUBSCRIPTION: usize = 128;

/// Everything about a user that a sign-in decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) issuer: String,
    pub(crate) wp_user_id: String,
    /// Empty: not told.
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) is_admin: bool,
    pub(crate) subscription_tier: Option<String>,
    pub(crate) tier: Tier,
}

impl Person {
    pub(crate) fn of(member: &Member) -> Self {
        Self {
            issuer: shortened(&member.issuer, ISSUER),
            wp_user_id: shortened(&member.id, ID),
            email: shortened(&member.email, TEXT),
            display_name: shortened(&member.name, TEXT),
            roles: member.roles.clone(),
            is_admin: member.is_admin,
            subscription_tier: member.subscription_tier.as_deref().map(|text| shortened(text, SUBSCRIPTION)),
            tier: member.tier(),
        }
    }

    /// Whom everybody is in public mode.
    pub(crate) fn dev(config: &Config) -> Self {
        let dev = session::dev(config);
        let tier = dev.tier();
        Self {
            issuer: dev.issuer,
            wp_user_id: dev.id,
            email: dev.email,
            display_name: dev.name,
            roles: dev.roles,
            is_admin: dev.is_admin,
            subscription_tier: dev.subscription_tier,
            tier,
        }
    }
}

/// The first `chars` characters of `text`.
pub(crate) fn shortened(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
