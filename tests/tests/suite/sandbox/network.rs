//! There is no network.

use super::{check, inhabited};
use serde_json::json;
use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};

#[tokio::test]
async fn no_connection_is_made() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    listener.set_nonblocking(true).expect("a listener that does not block");
    let address = listener.local_addr().expect("its address").to_string();
    check(&inhabited(), "connect_tcp", json!({ "address": address }), super::DENIED).await;
    assert_eq!(listener.accept().expect_err("nobody came").kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn no_port_is_opened() {
    check(&inhabited(), "listen_tcp", json!({ "address": "127.0.0.1:0" }), super::DENIED).await;
}

#[tokio::test]
async fn no_datagram_is_sent() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_nonblocking(true).expect("a socket that does not block");
    let address = socket.local_addr().expect("its address").to_string();
    check(&inhabited(), "send_udp", json!({ "address": address }), super::DENIED).await;
    assert_eq!(socket.recv(&mut [0; 8]).expect_err("nothing came").kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn no_name_is_looked_up() {
    let refused = "failed: failed to lookup address information: Non-recoverable error";
    for address in ["localhost:80", "example.org:80"] {
        check(&inhabited(), "look_up", json!({ "address": address }), refused).await;
    }
}
