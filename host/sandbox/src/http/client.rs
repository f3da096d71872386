//! What sends: one client for all calls, so that connections are used again, and a resolver that lets only public
//! addresses through.

use super::address::{Kind, kind_of};
use super::cache::Cache;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Sends requests that have passed the gate. Cheap to clone; clones share connections. Nothing is made before the first
/// request: the system's certificates take long to read.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// To public addresses only.
    public: Arc<OnceLock<reqwest::Client>>,
    /// To any, for hosts whose grant says so.
    any: Arc<OnceLock<reqwest::Client>>,
    pub(super) cache: Cache,
}

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
enum NoAddress {
    #[error("{name} leads to {address}, which is {}", .kind.words())]
    NotPublic { name: String, address: SocketAddr, kind: Kind },
    #[error("{0} has no address")]
    Nowhere(String),
}

/// Looks names up, and refuses a name as soon as one of its addresses is not public. The client connects to exactly the
/// addresses that were judged, so that a name which changes in between is of no use.
struct Public;

struct Any;

impl Client {
    pub(super) fn of(&self, private: bool) -> reqwest::Result<&reqwest::Client> {
        let (client, build): (_, fn() -> _) = match private {
            true => (&self.any, || build(Any)),
            false => (&self.public, || build(Public)),
        };
        match client.get() {
            Some(client) => Ok(client),
            // Two at once may each make one; the first is kept.
            None => build().map(|made| client.get_or_init(|| made)),
        }
    }
}

/// Its certificates are those of the system.
fn build(resolver: impl Resolve + 'static) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        // The guest follows redirects itself: each of them is a request that passes the gate.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(30))
        .dns_resolver(Arc::new(resolver))
        .build()
}

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = look_up(&name).await?;
            for address in &found {
                let kind = kind_of(address.ip());
                if kind != Kind::Public {
                    let (name, address) = (name.as_str().to_owned(), *address);
                    return Err(NoAddress::NotPublic { name, address, kind }.into());
                }
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Resolve for Any {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move { Ok(Box::new(look_up(&name).await?.into_iter()) as Addrs) })
    }
}

async fn look_up(name: &Name) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
    if found.is_empty() { Err(NoAddress::Nowhere(name.as_str().to_owned()).into()) } else { Ok(found) }
}
