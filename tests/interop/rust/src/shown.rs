//! The credential that the node shows in its channels; one that comes later is shown in those there are.

use ockam::identity::models::CredentialAndPurposeKey;
use ockam::identity::{CredentialRetriever, CredentialRetrieverCreator, Identifier};
use ockam::{Address, Context, Result};
use ockam_core::async_trait;
use std::sync::{Arc, Mutex};

#[derive(Clone)]
pub struct Shown {
    credential: Arc<Mutex<CredentialAndPurposeKey>>,
    channels: Arc<Mutex<Vec<Address>>>,
}

impl Shown {
    pub fn new(credential: CredentialAndPurposeKey) -> Shown {
        Shown { credential: Arc::new(Mutex::new(credential)), channels: Arc::default() }
    }

    pub async fn replace(&self, context: &Context, credential: CredentialAndPurposeKey) -> Result<()> {
        *self.credential.lock().unwrap() = credential;
        let channels = self.channels.lock().unwrap().clone();
        for channel in channels {
            context.send(channel, ()).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl CredentialRetriever for Shown {
    async fn initialize(&self) -> Result<()> {
        Ok(())
    }

    async fn retrieve(&self) -> Result<CredentialAndPurposeKey> {
        Ok(self.credential.lock().unwrap().clone())
    }

    fn subscribe(&self, channel: &Address) -> Result<()> {
        self.channels.lock().unwrap().push(channel.clone());
        Ok(())
    }

    fn unsubscribe(&self, channel: &Address) -> Result<()> {
        self.channels.lock().unwrap().retain(|other| other != channel);
        Ok(())
    }
}

#[async_trait]
impl CredentialRetrieverCreator for Shown {
    async fn create(&self, _subject: &Identifier) -> Result<Arc<dyn CredentialRetriever>> {
        Ok(Arc::new(self.clone()))
    }
}
