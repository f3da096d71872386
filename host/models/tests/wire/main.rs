//! Both wire formats against a real HTTP server on this machine.

mod answers;
mod bodies;
mod failures;
mod replay;
mod support;
