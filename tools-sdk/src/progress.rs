//! What people see of a call while it takes long. A plugin that uses this imports `cowork:host/progress`, which has to be
//! granted.

/// Says how far the call is: so many of a total, and of what, such as `pages`. It may be said often; the host shows some
/// of it. Outside of a host nobody is told.
pub fn report(done: usize, total: usize, what: &str) {
    let (done, total) = (u32::try_from(done).unwrap_or(u32::MAX), u32::try_from(total).unwrap_or(u32::MAX));
    tell(done, total, what);
}

#[cfg(target_family = "wasm")]
fn tell(done: u32, total: u32, what: &str) {
    crate::bindings::cowork::host::progress::report(done, total, what);
}

#[cfg(not(target_family = "wasm"))]
fn tell(_: u32, _: u32, _: &str) {}
