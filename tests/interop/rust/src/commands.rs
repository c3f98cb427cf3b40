//! What the node can be told, a line each. Routes are written `a=>b`; TERMS are pairs of words, see `Terms`.
//!
//! ```text
//! history                           its change history, in hexadecimal digits
//! rotate                            a new key for its identity
//! import HISTORY                    the identifier of a history, which it keeps
//! connect HOST:PORT                 the first hop of routes through a new TCP connection
//! ask MILLISECONDS ROUTE TEXT       the answer, a text, to a text
//! repeat COUNT ROUTE                ask an echo so often, one after the other; the number of right answers
//! together COUNT ROUTE              the same with all of them under way at once
//! disconnect HOP                    the end of a TCP connection
//! listen ADDRESS TERMS              a listener for secure channels
//! channel ROUTE TERMS               a new channel: ENCRYPTOR IDENTIFIER
//! channels                          those there are: ENCRYPTOR IDENTIFIER, each
//! close ENCRYPTOR                   the end of a channel
//! reroute ENCRYPTOR ROUTE           lead a channel that was begun here along another route to the same node
//! gone ENCRYPTOR                    waits until a channel has been closed from the other side
//! relays                            a relay service; a trusted authority, if there is one, says whose name is which
//! relay MILLISECONDS ROUTE ALIAS    the address at which the relay service behind the route forwards to here
//! issue SUBJECT NAME=VALUE...       a credential
//! verify SUBJECT AUTHORITY HEX      the attributes of a credential
//! trust AUTHORITY                   whose credentials count in channels from now on
//! show HEX                          a credential that it shows in channels, also where it has shown another before
//! proved SUBJECT                    the attributes that the subject proved in a channel
//! ```

use crate::peer::Peer;
use ockam::errcode::{Kind, Origin};
use ockam::identity::{Identifier, SecureChannelListenerOptions, SecureChannelOptions, TrustMultiIdentifiersPolicy};
use ockam::{Address, Error, MessageSendReceiveOptions, Result, Route};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const A_WHILE: Duration = Duration::from_secs(20); // what takes longer fails its test
const A_MOMENT: Duration = Duration::from_millis(5);

pub async fn run(peer: &mut Peer, line: &str) -> Result<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["history"] => history(peer).await,
        ["rotate"] => rotate(peer).await,
        ["import", digits] => import(peer, digits).await,
        ["connect", to] => Ok(peer.connect(to).await?.address().to_string()),
        ["ask", milliseconds, to, text] => ask(peer, number(milliseconds)?, route(to)?, text).await,
        ["repeat", count, to] => repeat(peer, number(count)?, route(to)?).await,
        ["together", count, to] => together(peer, number(count)?, route(to)?).await,
        ["disconnect", hop] => peer.disconnect(&Address::from(*hop)).map(nothing),
        ["listen", address, terms @ ..] => listen(peer, address, Terms::parse(terms)?),
        ["channel", to, terms @ ..] => channel(peer, route(to)?, Terms::parse(terms)?).await,
        ["channels"] => Ok(channels(peer)),
        ["close", encryptor] => close(peer, &Address::from(*encryptor)),
        ["reroute", encryptor, to] => reroute(peer, encryptor, route(to)?),
        ["gone", encryptor] => gone(peer, &Address::from(*encryptor)).await,
        ["relays"] => peer.start_relays().map(nothing),
        ["relay", milliseconds, to, alias] => relay(peer, number(milliseconds)?, route(to)?, alias).await,
        ["issue", subject, pairs @ ..] => peer.issue(&identifier(subject)?, pairs).await,
        ["verify", subject, authority, digits] => {
            peer.verify(&identifier(subject)?, identifier(authority)?, digits).await
        }
        ["trust", authority] => trust(peer, identifier(authority)?),
        ["show", digits] => peer.show(digits).await.map(nothing),
        ["proved", subject] => peer.proved(&identifier(subject)?).await,
        _ => Err(invalid("no such command")),
    }
}

/// What a listener or a channel demands: `identifier ID` (of the other side, any number of them; anyone without), and
/// `within MILLISECONDS` for a channel.
#[derive(Default)]
struct Terms {
    identifiers: Vec<Identifier>,
    within: Option<Duration>,
}

impl Terms {
    fn parse(words: &[&str]) -> Result<Terms> {
        let mut terms = Terms::default();
        for pair in words.chunks(2) {
            match pair {
                ["identifier", id] => terms.identifiers.push(identifier(id)?),
                ["within", milliseconds] => terms.within = Some(Duration::from_millis(number(milliseconds)?)),
                _ => return Err(invalid("no such term")),
            }
        }
        Ok(terms)
    }
}

/// The options of a listener and those of a channel have these methods in common, but no trait.
macro_rules! options {
    ($kind:ident, $peer:expr, $terms:expr) => {{
        let mut options = $kind::new();
        if !$terms.identifiers.is_empty() {
            options = options.with_trust_policy(TrustMultiIdentifiersPolicy::new($terms.identifiers));
        }
        if let Some(authority) = &$peer.authority {
            options = options.with_authority(authority.clone());
        }
        if let Some(shown) = &$peer.shown {
            options = options.with_credential_retriever_creator(Arc::new(shown.clone()))?;
        }
        options
    }};
}

async fn history(peer: &Peer) -> Result<String> {
    let identities = peer.node.identities_verification();
    identities.get_change_history(&peer.identifier).await?.export_as_string()
}

async fn rotate(peer: &Peer) -> Result<String> {
    peer.node.identities_creation().rotate_identity(&peer.identifier).await.map(nothing)
}

async fn import(peer: &Peer, digits: &str) -> Result<String> {
    Ok(peer.node.identities_verification().import(None, &bytes(digits)?).await?.to_string())
}

async fn ask(peer: &Peer, milliseconds: u64, to: Route, text: &str) -> Result<String> {
    let options = MessageSendReceiveOptions::new().with_timeout(Duration::from_millis(milliseconds));
    peer.node.send_and_receive_extended::<String>(to, text.to_string(), options).await?.into_body()
}

async fn repeat(peer: &Peer, count: u64, to: Route) -> Result<String> {
    let mut right = 0;
    for turn in 0..count {
        let text = format!("message {turn}");
        let answer: String = peer.node.send_and_receive(to.clone(), text.clone()).await?;
        right += u64::from(answer == text);
    }
    Ok(right.to_string())
}

async fn together(peer: &Peer, count: u64, to: Route) -> Result<String> {
    let mut sender = peer.sender(to.next()?)?;
    for turn in 0..count {
        sender.send(to.clone(), format!("message {turn}")).await?;
    }
    let mut right = 0;
    for turn in 0..count {
        right += u64::from(sender.receive::<String>().await?.into_body()? == format!("message {turn}"));
    }
    Ok(right.to_string())
}

fn listen(peer: &mut Peer, address: &str, terms: Terms) -> Result<String> {
    let options = options!(SecureChannelListenerOptions, peer, terms);
    peer.open(&options.spawner_flow_control_id());
    peer.node.create_secure_channel_listener(&peer.identifier, address, options)?;
    peer.offer(&address.into());
    Ok(address.to_string())
}

async fn channel(peer: &mut Peer, to: Route, terms: Terms) -> Result<String> {
    let within = terms.within.unwrap_or(A_WHILE);
    let options = options!(SecureChannelOptions, peer, terms).with_timeout(within);
    peer.open(&options.producer_flow_control_id());
    let channel = peer.node.create_secure_channel(&peer.identifier, to, options).await?;
    let encryptor = channel.encryptor_address().address().to_string();
    let answer = format!("{} {}", encryptor, channel.their_identifier());
    peer.begun.insert(encryptor, channel);
    Ok(answer)
}

fn channels(peer: &Peer) -> String {
    let all = peer.node.secure_channels().secure_channel_registry().get_channel_list();
    let all =
        all.iter().map(|channel| format!("{} {}", channel.encryptor_messaging_address().address(), channel.their_id()));
    all.collect::<Vec<_>>().join(" ")
}

fn close(peer: &Peer, encryptor: &Address) -> Result<String> {
    peer.node.secure_channels().stop_secure_channel(peer.node.context(), encryptor).map(nothing)
}

fn reroute(peer: &Peer, encryptor: &str, to: Route) -> Result<String> {
    let channel = peer.begun.get(encryptor).ok_or_else(|| invalid("no channel that was begun here"))?;
    channel.update_remote_node_route(to).map(nothing)
}

async fn gone(peer: &Peer, encryptor: &Address) -> Result<String> {
    let registry = peer.node.secure_channels().secure_channel_registry();
    let gone = async {
        while registry.get_channel_by_encryptor_address(encryptor).is_some() {
            sleep(A_MOMENT).await;
        }
    };
    timeout(A_WHILE, gone).await.map(nothing).map_err(|_| invalid("the channel is still there"))
}

async fn relay(peer: &Peer, milliseconds: u64, to: Route, alias: &str) -> Result<String> {
    let made = timeout(Duration::from_millis(milliseconds), peer.create_relay(to, alias)).await;
    made.map_err(|_| invalid("no relay, by a timeout"))?
}

fn trust(peer: &mut Peer, authority: Identifier) -> Result<String> {
    peer.authority = Some(authority);
    Ok(String::new())
}

fn nothing(_: ()) -> String {
    String::new()
}

fn route(text: &str) -> Result<Route> {
    Route::parse(text).ok_or_else(|| invalid("no route"))
}

fn identifier(text: &str) -> Result<Identifier> {
    Identifier::try_from(text)
}

fn number(text: &str) -> Result<u64> {
    text.parse().map_err(|_| invalid("no number"))
}

pub fn bytes(digits: &str) -> Result<Vec<u8>> {
    hex::decode(digits).map_err(|_| invalid("no hexadecimal digits"))
}

fn invalid(reason: &'static str) -> Error {
    Error::new(Origin::Application, Kind::Invalid, reason)
}
