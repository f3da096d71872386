//! `cowork:host/tools`: tools that are found for an agent. It is shown them when the call is done.

use crate::bindings::catalogue::{Error, Found, Host};
use crate::context::CallContext;
use cowork_domain::call::HostEffect;
use cowork_domain::discovery;

/// Tools that one call finds at once.
const MOST: u32 = 20;

impl Host for CallContext {
    fn find(&mut self, query: String, limit: u32) -> wasmtime::Result<Result<Vec<Found>, Error>> {
        self.may_use("cowork:host/tools")?;
        let Some(tools) = self.task.as_ref().and_then(|task| task.tools.clone()) else {
            return Ok(Err(Error::NoTask));
        };
        let limit = usize::try_from(limit.clamp(1, MOST)).unwrap_or(1);
        let found: Vec<Found> = discovery::fitting(&query, &tools)
            .into_iter()
            .take(limit)
            .map(|tool| Found { name: tool.name.clone(), description: tool.description.clone() })
            .collect();
        if !found.is_empty() {
            self.add(HostEffect::OfferTools { names: found.iter().map(|tool| tool.name.clone()).collect() })?;
        }
        Ok(Ok(found))
    }
}
