//! A node made of the published Ockam crates, for tests to drive.
//!
//! It listens at a free TCP port of 127.0.0.1 and prints `IDENTIFIER PORT`. Then each line of its input is a command,
//! answered by one line: `ok WORD...`, or `error TEXT`. It ends with its input. `commands` says what it can be told.

mod commands;
mod credentials;
mod peer;
mod services;
mod shown;

use ockam::{Context, NodeBuilder, Result};
use peer::Peer;
use tokio::io::{stdin, AsyncBufReadExt, BufReader};

fn main() -> Result<()> {
    let (context, mut executor) = NodeBuilder::new().no_logging().build();
    executor.execute(serve(context))?
}

async fn serve(context: Context) -> Result<()> {
    let mut peer = Peer::start(context).await?;
    println!("{} {}", peer.identifier, peer.port);
    let mut lines = BufReader::new(stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match commands::run(&mut peer, &line).await {
            Ok(answer) => println!("ok {answer}"),
            Err(error) => println!("error {}", error.to_string().replace('\n', " ")),
        }
    }
    std::process::exit(0) // whoever drove it is gone, and waits for nothing
}
