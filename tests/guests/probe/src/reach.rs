//! What lies outside the coworkspace: the network and the host's process.

use crate::excess::Nothing;
use cowork_tool::{Deserialize, Error, JsonSchema};
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};

#[derive(Deserialize, JsonSchema)]
pub struct Address {
    /// Such as `127.0.0.1:80` or `example.org:80`.
    address: String,
}

pub fn connect_tcp(args: Address) -> Result<String, Error> {
    let stream = TcpStream::connect(args.address)?;
    Ok(format!("connected to {}", stream.peer_addr()?))
}

pub fn listen_tcp(args: Address) -> Result<String, Error> {
    let listener = TcpListener::bind(args.address)?;
    Ok(format!("listening at {}", listener.local_addr()?))
}

pub fn send_udp(args: Address) -> Result<String, Error> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    Ok(format!("sent {} bytes", socket.send_to(b"hello", args.address)?))
}

pub fn look_up(args: Address) -> Result<String, Error> {
    let addresses: Vec<_> = args.address.to_socket_addrs()?.map(|address| address.to_string()).collect();
    Ok(addresses.join(", "))
}

pub fn environment(_: Nothing) -> Result<String, Error> {
    let variables: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
    let arguments: Vec<_> = std::env::args_os().collect();
    Ok(format!("variables {variables:?}, arguments {arguments:?}"))
}
