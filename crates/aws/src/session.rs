//! Who Lifeboat is to AWS in one region, as data: found, expired or missing, with the command that mends it.
//! It never asks a person anything and never waits without a bound. Each region finds its credentials by its
//! own STS, so that one region's silence cannot keep another's from answering.

mod chain;
mod login;
mod process;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Provided, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::Region;
use lifeboat_model::time::{Timestamp, after};

pub(crate) use chain::{SdkChain, retries, timeouts};

use crate::error;

/// Where credentials come from. Every call starts afresh and forgets what earlier ones have read, so that a
/// new login is seen.
#[async_trait]
pub trait CredentialSource: fmt::Debug + Send + Sync {
    async fn provider(&self, region: &Region) -> SharedCredentialsProvider;

    /// The command that renews what this source gives. `refused` are the credentials that AWS turned away, if any.
    async fn fix(&self, refused: Option<&Credentials>) -> String;
}

/// How the credentials of a region stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// Nothing was asked yet.
    Unasked,
    /// `None` for credentials that do not expire.
    Good {
        expires_at: Option<Timestamp>,
    },
    /// Good still, but not for long.
    Expiring {
        expires_at: Timestamp,
        fix: String,
    },
    Expired {
        fix: String,
    },
    Missing {
        fix: String,
    },
    /// The provider could not be asked, or refused; a login would not help.
    Unavailable {
        reason: String,
    },
}

/// Before this long, credentials that cannot renew themselves are called expiring.
const EXPIRING_WITHIN: Duration = Duration::from_mins(15);

#[derive(Clone, Debug)]
enum Found {
    Nothing,
    Good(Credentials),
    /// With the credentials that were refused, where some had been found.
    Bad {
        kind: CloudErrorKind,
        reason: String,
        refused: Option<Credentials>,
    },
}

impl Found {
    /// The credentials in hand, or those that were refused last.
    fn credentials(&self) -> Option<&Credentials> {
        match self {
            Self::Good(credentials) => Some(credentials),
            Self::Bad { refused, .. } => refused.as_ref(),
            Self::Nothing => None,
        }
    }
}

#[derive(Debug)]
struct Held {
    provider: Option<SharedCredentialsProvider>,
    found: Found,
    /// Rises with each renewal, so that many failures of one moment renew once.
    generation: u64,
}

/// What came of a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// Other credentials are in hand now: asking again is worth it.
    Changed,
    /// The same, or none.
    Unchanged,
}

/// One region's credentials, found when first needed and dropped when AWS refuses them.
#[derive(Debug)]
pub(crate) struct RegionCredentials {
    region: Region,
    source: Arc<dyn CredentialSource>,
    limit: Duration,
    held: Mutex<Held>,
    cache: RwLock<SharedIdentityCache>,
    renewing: tokio::sync::Mutex<Renewal>,
}

impl RegionCredentials {
    pub(crate) fn new(region: Region, source: Arc<dyn CredentialSource>, limit: Duration) -> Self {
        Self {
            region,
            source,
            limit,
            held: Mutex::new(Held { provider: None, found: Found::Nothing, generation: 0 }),
            cache: RwLock::new(fresh_cache(limit)),
            renewing: tokio::sync::Mutex::new(Renewal::Unchanged),
        }
    }

    /// To be noted before a request and given to [`Self::renew`] after its failure.
    pub(crate) fn generation(&self) -> u64 {
        self.with(|held| held.generation)
    }

    /// When the credentials in use expire; `None` for long-lived ones.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        self.with(|held| match &held.found {
            Found::Good(credentials) => expiry(credentials),
            Found::Nothing | Found::Bad { .. } => None,
        })
    }

    pub(crate) async fn state(&self, now: Timestamp) -> SessionState {
        let found = self.with(|held| held.found.clone());
        match found {
            Found::Nothing => SessionState::Unasked,
            Found::Good(credentials) => match expiry(&credentials) {
                Some(expires_at) if expires_at <= now => {
                    SessionState::Expired { fix: self.source.fix(Some(&credentials)).await }
                }
                Some(expires_at) if expires_at <= after(now, EXPIRING_WITHIN) => {
                    SessionState::Expiring { expires_at, fix: self.source.fix(Some(&credentials)).await }
                }
                expires_at => SessionState::Good { expires_at },
            },
            Found::Bad { kind: CloudErrorKind::ExpiredCredentials, refused, .. } => {
                SessionState::Expired { fix: self.source.fix(refused.as_ref()).await }
            }
            Found::Bad { kind: CloudErrorKind::MissingCredentials, refused, .. } => {
                SessionState::Missing { fix: self.source.fix(refused.as_ref()).await }
            }
            Found::Bad { reason, .. } => SessionState::Unavailable { reason },
        }
    }

    /// Forgets the credentials that AWS refused and looks for others. `seen` is the generation in use when the
    /// refused request began: where somebody has renewed since, their outcome is given.
    pub(crate) async fn renew(&self, seen: u64, refusal: &CloudError) -> Renewal {
        let mut last = self.renewing.lock().await;
        if self.generation() != seen {
            return *last;
        }
        let refused = self.with(|held| match &held.found {
            Found::Good(credentials) => Some(credentials.clone()),
            Found::Nothing | Found::Bad { .. } => None,
        });
        self.forget(refusal, refused.clone());
        // Where no credentials had been found there is nothing to compare with: the next read looks again.
        *last = match refused {
            Some(refused) => self.look_again(&refused, refusal).await,
            None => Renewal::Unchanged,
        };
        *last
    }

    fn forget(&self, refusal: &CloudError, refused: Option<Credentials>) {
        self.with(|held| {
            held.provider = None;
            held.generation += 1;
            held.found = Found::Bad { kind: refusal.kind.clone(), reason: refusal.message.clone(), refused };
        });
        *self.cache.write().unwrap_or_else(PoisonError::into_inner) = fresh_cache(self.limit);
    }

    async fn look_again(&self, refused: &Credentials, refusal: &CloudError) -> Renewal {
        match self.find().await {
            Ok(found) if !same(&found, refused) => Renewal::Changed,
            // The chain gave what AWS has just refused; that it was found does not make it good.
            Ok(_) => {
                self.with(|held| {
                    held.provider = None;
                    held.found = Found::Bad {
                        kind: refusal.kind.clone(),
                        reason: refusal.message.clone(),
                        refused: Some(refused.clone()),
                    };
                });
                Renewal::Unchanged
            }
            Err(_) => Renewal::Unchanged,
        }
    }

    /// Adds the command that mends an error of credentials, unless what mends it is known already.
    pub(crate) async fn explain(&self, mut error: CloudError) -> CloudError {
        if error.kind.is_credentials() && error.fix.is_none() {
            let refused = self.with(|held| held.found.credentials().cloned());
            error.fix = Some(self.source.fix(refused.as_ref()).await);
        }
        error
    }

    async fn find(&self) -> Provided {
        let outcome = match tokio::time::timeout(self.limit, self.ask()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(CredentialsError::provider_timed_out(self.limit)),
        };
        if let Err(failure) = &outcome {
            self.with(|held| {
                // A provider keeps what it read of the profile: it is made anew so that a new login is seen.
                held.provider = None;
                let refused = held.found.credentials().cloned();
                held.found = Found::Bad { kind: error::credentials(failure), reason: error::chain(failure), refused };
            });
        }
        outcome
    }

    async fn ask(&self) -> Provided {
        let known = self.with(|held| held.provider.clone());
        let provider = match known {
            Some(provider) => provider,
            None => self.source.provider(&self.region).await,
        };
        let credentials = provider.provide_credentials().await?;
        self.with(|held| {
            held.provider = Some(provider);
            held.found = Found::Good(credentials.clone());
        });
        Ok(credentials)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Held) -> T) -> T {
        act(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ProvideCredentials for RegionCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.find())
    }
}

/// The SDK's own cache, behind a door by which it can be dropped.
#[derive(Debug)]
pub(crate) struct RenewableCache(pub(crate) Arc<RegionCredentials>);

impl ResolveCachedIdentity for RenewableCache {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        bag: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        let cache = self.0.cache.read().unwrap_or_else(PoisonError::into_inner).clone();
        IdentityFuture::new(async move { cache.resolve_cached_identity(resolver, components, bag).await })
    }
}

fn fresh_cache(limit: Duration) -> SharedIdentityCache {
    // The limit is kept in `find`, where it becomes a credentials error; the cache's own only backs it.
    aws_config::identity::IdentityCache::lazy().load_timeout(limit + Duration::from_secs(1)).build()
}

fn expiry(credentials: &Credentials) -> Option<Timestamp> {
    credentials.expiry().and_then(|at| Timestamp::try_from(at).ok())
}

fn same(one: &Credentials, other: &Credentials) -> bool {
    one.access_key_id() == other.access_key_id()
        && one.secret_access_key() == other.secret_access_key()
        && one.session_token() == other.session_token()
}
