//! The workers that every peer has.

use crate::peer::Peer;
use ockam::{Any, Context, Result, Routed, Worker};
use ockam_core::{async_trait, SecureChannelLocalInfo};

pub fn start(peer: &mut Peer) -> Result<()> {
    peer.node.start_worker("echo", Echo)?;
    peer.node.start_worker("uppercase", Uppercase)?;
    peer.node.start_worker("hop", Hop)?;
    peer.node.start_worker("who", Who)?;
    for service in ["echo", "uppercase", "hop", "who"] {
        peer.offer(&service.into());
    }
    Ok(())
}

/// Answers with the same bytes.
struct Echo;

#[async_trait]
impl Worker for Echo {
    type Context = Context;
    type Message = Vec<u8>;

    async fn handle_message(&mut self, context: &mut Context, message: Routed<Vec<u8>>) -> Result<()> {
        let back = message.return_route().clone();
        context.send(back, message.into_payload()).await
    }
}

/// Answers with the text in upper case.
struct Uppercase;

#[async_trait]
impl Worker for Uppercase {
    type Context = Context;
    type Message = String;

    async fn handle_message(&mut self, context: &mut Context, message: Routed<String>) -> Result<()> {
        let back = message.return_route().clone();
        context.send(back, message.into_body()?.to_uppercase()).await
    }
}

/// Answers with the identifier that a channel proved, or with an empty text.
struct Who;

#[async_trait]
impl Worker for Who {
    type Context = Context;
    type Message = Any;

    async fn handle_message(&mut self, context: &mut Context, message: Routed<Any>) -> Result<()> {
        let proved = SecureChannelLocalInfo::find_info(message.local_message());
        let identifier = proved.map(|info| ockam::identity::Identifier::from(info.their_identifier()).to_string());
        context.send(message.return_route().clone(), identifier.unwrap_or_default()).await
    }
}

/// Passes each message on, and is on the way back.
struct Hop;

#[async_trait]
impl Worker for Hop {
    type Context = Context;
    type Message = Any;

    async fn handle_message(&mut self, context: &mut Context, message: Routed<Any>) -> Result<()> {
        let address = context.primary_address().clone();
        context.forward(message.into_local_message().step_forward(address)?).await
    }
}
