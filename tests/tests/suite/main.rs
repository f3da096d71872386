//! The tests of the whole system, over real components. One module for each area.

mod api;
mod crash_matrix;
mod demo;
mod engine;
mod fuzz;
mod kill;
mod kill_speaking;
mod sandbox;
mod staged;
mod tidy;
mod tools;
