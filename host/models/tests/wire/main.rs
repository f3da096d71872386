//! Both wire formats against a real HTTP server on this machine.

mod answers;
mod bodies;
mod cuts;
mod failures;
mod gateway;
mod replay;
mod support;
mod timeouts;
