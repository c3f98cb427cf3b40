//! The node, and who may reach what on it: every service here, over every connection and channel.

use crate::services;
use crate::shown::Shown;
use ockam::access_control::AllowAll;
use ockam::flow_control::FlowControlId;
use ockam::identity::{Identifier, SecureChannel};
use ockam::remote::RemoteRelayOptions;
use ockam::tcp::{TcpConnectionOptions, TcpListenerOptions, TcpTransport};
use ockam::{Address, Context, Node, RelayServiceOptions, Result, Route};
use std::collections::HashMap;
use std::sync::Arc;

pub struct Peer {
    pub node: Node,
    pub identifier: Identifier,
    pub port: u16,
    pub authority: Option<Identifier>,
    pub shown: Option<Shown>,
    pub begun: HashMap<String, SecureChannel>,
    tcp: Arc<TcpTransport>,
    doors: Vec<FlowControlId>,
    services: Vec<Address>,
}

impl Peer {
    pub async fn start(context: Context) -> Result<Peer> {
        let tcp = TcpTransport::get_or_create(&context)?;
        let node = ockam::node(context).await?;
        let listener = tcp.listen("127.0.0.1:0", TcpListenerOptions::new()).await?;
        let mut peer = Peer {
            identifier: node.create_identity().await?,
            port: listener.socket_address().port(),
            authority: None,
            shown: None,
            begun: HashMap::new(),
            node,
            tcp,
            doors: vec![],
            services: vec![],
        };
        peer.open(listener.flow_control_id());
        services::start(&mut peer)?;
        Ok(peer)
    }

    /// Lets those who come in there reach every service.
    pub fn open(&mut self, door: &FlowControlId) {
        for service in &self.services {
            self.node.flow_controls().add_consumer(service, door);
        }
        self.doors.push(door.clone());
    }

    /// Lets everyone who comes in reach this service.
    pub fn offer(&mut self, service: &Address) {
        for door in &self.doors {
            self.node.flow_controls().add_consumer(service, door);
        }
        self.services.push(service.clone());
    }

    /// The first hop of routes through a new TCP connection to `HOST:PORT`.
    pub async fn connect(&mut self, to: &str) -> Result<Address> {
        let connection = self.tcp.connect(to, TcpConnectionOptions::new()).await?;
        self.open(connection.flow_control_id());
        Ok(connection.sender_address().clone())
    }

    pub fn disconnect(&self, hop: &Address) -> Result<()> {
        self.tcp.disconnect(hop)
    }

    /// Who sends through this hop, and gets the answers.
    pub fn sender(&self, hop: &Address) -> Result<Context> {
        let address = Address::random_local();
        let flows = self.node.flow_controls();
        if let Some(door) = flows.find_flow_control_with_producer_address(hop) {
            flows.add_consumer(&address, door.flow_control_id());
        }
        self.node.context().new_detached(address, AllowAll, AllowAll)
    }

    /// Starts a relay service, for everyone who can come in by now; an authority, if there is one, says whose is which.
    pub fn start_relays(&self) -> Result<()> {
        let mut options = RelayServiceOptions::new().prefix("forward_to_").alias("static_forwarding_service");
        for door in &self.doors {
            options = options.service_as_consumer(door).relay_as_consumer(door);
        }
        if let Some(authority) = &self.authority {
            options = options.authority(authority.clone(), self.node.identities_attributes());
        }
        ockam::RelayService::create(self.node.context(), "forwarding_service", options)
    }

    /// The address at which the relay service behind the route forwards to this node.
    pub async fn create_relay(&self, route: Route, alias: &str) -> Result<String> {
        let relay = self.node.create_static_relay(route, alias, RemoteRelayOptions::new()).await?;
        Ok(relay.remote_address().to_string())
    }
}
