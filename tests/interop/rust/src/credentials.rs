//! Credentials: what an authority says about somebody, in hexadecimal digits wherever a line of text carries them.

use crate::peer::Peer;
use crate::shown::Shown;
use ockam::identity::models::{CredentialAndPurposeKey, CredentialSchemaIdentifier};
use ockam::identity::utils::AttributesBuilder;
use ockam::identity::{Attributes, Identifier};
use ockam::Result;
use std::time::Duration;

const PROJECT_MEMBER: CredentialSchemaIdentifier = CredentialSchemaIdentifier(1);
const A_DAY: Duration = Duration::from_secs(24 * 3600);

fn parse(digits: &str) -> Result<CredentialAndPurposeKey> {
    Ok(minicbor::decode(&crate::commands::bytes(digits)?)?)
}

impl Peer {
    /// A credential of this node's identity about somebody whose history it knows.
    pub async fn issue(&self, subject: &Identifier, pairs: &[&str]) -> Result<String> {
        let attributes = pairs.iter().filter_map(|pair| pair.split_once('='));
        let attributes = attributes
            .fold(AttributesBuilder::with_schema(PROJECT_MEMBER), |so_far, (name, value)| {
                so_far.with_attribute(name, value)
            })
            .build();
        let creation = self.node.credentials().credentials_creation();
        let credential = creation.issue_credential(&self.identifier, subject, attributes, A_DAY).await?;
        Ok(hex::encode(ockam_core::cbor_encode_preallocate(credential)?))
    }

    /// The attributes in a credential of the authority's about the subject, once it has been verified.
    pub async fn verify(&self, subject: &Identifier, authority: Identifier, digits: &str) -> Result<String> {
        let verification = self.node.credentials().credentials_verification();
        let verified = verification.verify_credential(Some(subject), &[authority], &parse(digits)?).await?;
        Ok(text(&verified.credential_data.subject_attributes))
    }

    /// Shows a credential in channels: those to come, and those in which one was shown before.
    pub async fn show(&mut self, digits: &str) -> Result<()> {
        let credential = parse(digits)?;
        match &self.shown {
            Some(shown) => shown.replace(self.node.context(), credential).await?,
            None => self.shown = Some(Shown::new(credential)),
        }
        Ok(())
    }

    /// What the subject has proved of itself in a channel, by a credential of the authority that is trusted.
    pub async fn proved(&self, subject: &Identifier) -> Result<String> {
        let Some(authority) = &self.authority else { return Ok(String::new()) };
        let entry = self.node.identities_attributes().get_attributes(subject, authority).await?;
        let pairs = entry.map(|entry| entry.string_attributes()).unwrap_or_default();
        Ok(joined(pairs.into_iter()))
    }
}

fn text(attributes: &Attributes) -> String {
    let pairs = attributes.map.iter();
    joined(pairs.map(|(name, value)| (String::from_utf8_lossy(name), String::from_utf8_lossy(value))))
}

fn joined<T: AsRef<str>>(pairs: impl Iterator<Item = (T, T)>) -> String {
    let words: Vec<String> = pairs.map(|(name, value)| format!("{}={}", name.as_ref(), value.as_ref())).collect();
    words.join(" ")
}
