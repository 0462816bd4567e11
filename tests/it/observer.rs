//! The program's own AWS layer, pointed at an emulator or at a proxy before one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use lifeboat_aws::{AwsObserver, AwsOperator, AwsSettings, CredentialSource, Timeouts, Transport};
use lifeboat_model::id::Region;
use lifeboat_model::time::Timestamp;

use crate::it::harness::Account;
use crate::it::resolver::Resolver;

/// Keys that a test holds, and may exchange as a new login does.
#[derive(Clone, Debug)]
pub(crate) struct Keys(Arc<Mutex<Credentials>>);

impl Keys {
    pub(crate) fn of(account: &Account) -> Self {
        Self(Arc::new(Mutex::new(credentials(account))))
    }

    /// What a person does in another terminal.
    pub(crate) fn log_in(&self, account: &Account) {
        *self.0.lock().expect("no holder of the lock panics") = credentials(account);
    }
}

fn credentials(account: &Account) -> Credentials {
    Credentials::new(&account.access_key_id, &account.secret_access_key, None, None, "test")
}

#[async_trait]
impl CredentialSource for Keys {
    async fn provider(&self, _region: &Region) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(self.0.lock().expect("no holder of the lock panics").clone())
    }

    async fn fix(&self, _refused: Option<&Credentials>) -> String {
        "log in anew".to_owned()
    }
}

/// Short waits: everything is on this machine, and what does not answer must be seen not to.
pub(crate) fn settings(account: &Account, resolver: &Resolver) -> AwsSettings {
    let regions = ["us-east-1", "us-east-2", "us-west-2"];
    AwsSettings {
        endpoint_urls: regions.map(|region| (Region::from(region), account.endpoint.clone())).into(),
        timeouts: Timeouts {
            connect: Duration::from_secs(2),
            attempt: Duration::from_secs(4),
            operation: Duration::from_secs(5),
            credentials: Duration::from_secs(2),
            probe: Duration::from_secs(2),
            lookup: Duration::from_secs(2),
        },
        max_attempts: 1,
        resolvers: vec![resolver.address()],
        ..AwsSettings::default()
    }
}

pub(crate) fn observer(account: &Account, resolver: &Resolver) -> AwsObserver {
    observer_with(&Keys::of(account), settings(account, resolver))
}

pub(crate) fn observer_with(keys: &Keys, settings: AwsSettings) -> AwsObserver {
    let transport = Transport { credentials: Some(Arc::new(keys.clone())), ..Transport::default() };
    AwsObserver::with_transport(settings, transport)
}

/// The same for somebody who may change what is there.
pub(crate) fn operator(account: &Account, resolver: &Resolver) -> AwsOperator {
    let transport = Transport { credentials: Some(Arc::new(Keys::of(account))), ..Transport::default() };
    AwsOperator::with_transport(settings(account, resolver), transport)
}

/// The machine's time: the emulators live in it.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
