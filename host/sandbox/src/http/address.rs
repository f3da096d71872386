//! Which addresses are public.
//!
//! A guest speaks to public addresses alone: behind the others are this machine, its network and the
//! services that hand out a cloud's credentials. A name says nothing about where it leads, so each address
//! that it resolves to is to be judged here, and the connection made to the address that was judged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is, so that a refusal can say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anybody's, over the public network: the only kind that a guest may reach.
    Public,
    /// This machine, where services trust whoever can connect.
    Loopback,
    /// A network of its owner's, shared carrier networks and old site-local addresses included.
    Private,
    /// Neighbours on the same wire.
    LinkLocal,
    /// A service of a cloud that gives machines their settings and credentials.
    Metadata,
    /// No address; many systems connect to this machine instead.
    Unspecified,
    /// A group of machines.
    Multicast,
    /// For documentation, benchmarks, protocols, ways from IPv6 to IPv4, or for nothing yet.
    Reserved,
}

impl Kind {
    /// What to call such an address, to be put behind "is".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Public => "a public address",
            Self::Loopback => "a loopback address",
            Self::Private => "an address of a private network",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "the address of a cloud's metadata service",
            Self::Unspecified => "an unspecified address",
            Self::Multicast => "a multicast address",
            Self::Reserved => "a reserved address",
        }
    }
}

/// Where clouds answer for metadata. Most are inside a block that is not public anyway, but not Azure's, and
/// the name of the kind tells a person what the guest was after.
const METADATA_V4: [Ipv4Addr; 9] = [
    Ipv4Addr::new(169, 254, 169, 254), // nearly all
    Ipv4Addr::new(169, 254, 169, 253), // AWS, names
    Ipv4Addr::new(169, 254, 170, 2),   // AWS, containers
    Ipv4Addr::new(169, 254, 170, 23),  // AWS, pods
    Ipv4Addr::new(169, 254, 42, 42),   // Scaleway
    Ipv4Addr::new(169, 254, 0, 23),    // Tencent
    Ipv4Addr::new(100, 100, 100, 200), // Alibaba
    Ipv4Addr::new(168, 63, 129, 16),   // Azure
    Ipv4Addr::new(192, 0, 0, 192),     // Oracle
];

/// The same over IPv6.
const METADATA_V6: [Ipv6Addr; 7] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), // AWS
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),  // AWS, pods
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),  // Google
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),   // Scaleway
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe), // Oracle
    Ipv6Addr::new(0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1), // Akamai
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe), // OpenStack
];

/// The kind of this address. Everything that is not known to be public is something else.
pub(crate) fn kind_of(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_of_v4(address),
        IpAddr::V6(address) => kind_of_v6(address),
    }
}

/// Whether a host of this name is never on the public network, so that it need not be looked up. A name for
/// which this is false may still lead to any address.
pub(crate) fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit_once('.').map_or(name, |(_, last)| last);
    ["localhost", "local", "internal"].iter().any(|end| last.eq_ignore_ascii_case(end))
}

fn kind_of_v4(address: Ipv4Addr) -> Kind {
    if METADATA_V4.contains(&address) {
        return Kind::Metadata;
    }
    match address.octets() {
        [0, ..] => Kind::Unspecified,
        [127, ..] => Kind::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Kind::Private,
        // Shared by the customers of a carrier, and used inside clouds.
        [100, 64..=127, ..] => Kind::Private,
        [169, 254, ..] => Kind::LinkLocal,
        [224..=239, ..] => Kind::Multicast,
        // Protocols; 6to4 relays; benchmarks.
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] => Kind::Reserved,
        // Documentation.
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Kind::Reserved,
        // The future, and broadcast.
        [240..=255, ..] => Kind::Reserved,
        _ => Kind::Public,
    }
}

fn kind_of_v6(address: Ipv6Addr) -> Kind {
    if METADATA_V6.contains(&address) {
        return Kind::Metadata;
    }
    if address == Ipv6Addr::LOCALHOST {
        return Kind::Loopback;
    }
    match carried(address).map(kind_of_v4) {
        // Where it leads is up to a translator or a tunnel, and IPv4 itself leads there without.
        Some(Kind::Public) => Kind::Reserved,
        Some(kind) => kind,
        None => kind_of_native_v6(address),
    }
}

/// The IPv4 address that this one carries, if it is of a form that a system, a translator or a tunnel may
/// take for IPv4. `::` carries 0.0.0.0.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match address.segments() {
        // Compatible, mapped.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => (high, low),
        // Translated.
        [0, 0, 0, 0, 0xffff, 0, high, low] => (high, low),
        // NAT64; its operator may put the address elsewhere in the second block, but here is usual.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, .., high, low] => (high, low),
        // 6to4.
        [0x2002, high, low, ..] => (high, low),
        // Teredo keeps the client's address with all bits turned.
        [0x2001, 0, .., high, low] => (!high, !low),
        _ => return None,
    };
    Some(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)))
}

fn kind_of_native_v6(address: Ipv6Addr) -> Kind {
    match address.segments() {
        // Unique local; site local, as it once was.
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Kind::Private,
        [0xfe80..=0xfebf, ..] => Kind::LinkLocal,
        [0xff00..=0xffff, ..] => Kind::Multicast,
        // Protocols; documentation, twice.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Reserved,
        [0x2000..=0x3fff, ..] => Kind::Public,
        // No other block is given out as public; discard-only and segment routing are here.
        _ => Kind::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use url::{Host, Url};

    /// Hosts that are refused, as they may stand in a URL; the file is there for the suite, too.
    const SPELLINGS: &str = include_str!("../../../../tests/tests/suite/sandbox/ssrf.txt");

    const PUBLIC: &str = "
        1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.0.1 100.63.255.255 100.128.0.0 126.255.255.255
        128.0.0.0 168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.0.1 172.32.0.1
        192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 192.167.1.1 192.169.0.0 198.17.255.255 198.20.0.0
        198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 2000::1 2001:200::1
        2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1 2606:4700:4700::1111 2a00:1450:4001::7f00:1
        3ffe::1 3fff:1000::1";

    const LOOPBACK: &str = "
        127.0.0.0 127.0.0.1 127.255.255.255 ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:0:127.0.0.1
        64:ff9b::127.0.0.1 64:ff9b:1::127.0.0.1 64:ff9b:1:ffff:ffff:ffff:7f00:1 2002:7f00:1::
        2002:7f00:1:ffff::1 2001:0:808:808:0:0:80ff:fffe";

    const PRIVATE: &str = "
        10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 172.16.0.0 172.31.255.255 192.168.0.0
        192.168.255.255 fc00:: fdff:ffff::1 fec0::1 feff::1 ::10.0.0.1 ::ffff:10.0.0.1
        ::ffff:0:192.168.0.1 64:ff9b::172.16.0.1 2002:c0a8:1::1 2001::f5ff:fffe";

    const LINK_LOCAL: &str = "
        169.254.0.0 169.254.169.255 169.254.255.255 fe80:: fe80::1 febf:ffff::1 ::ffff:169.254.1.1
        64:ff9b::169.254.1.1 2002:a9fe:101::";

    const METADATA: &str = "
        169.254.169.254 169.254.169.253 169.254.170.2 169.254.170.23 100.100.100.200 168.63.129.16
        192.0.0.192 fd00:ec2::254 fd20:ce::254 fe80::a9fe:a9fe ::169.254.169.254 ::ffff:169.254.169.254
        ::ffff:168.63.129.16 ::ffff:0:100.100.100.200 64:ff9b::169.254.169.254 2002:a9fe:a9fe::
        2001::5601:5601";

    const UNSPECIFIED: &str = "
        0.0.0.0 0.0.0.1 0.255.255.255 :: ::2 ::ffff:0.0.0.0 64:ff9b:: 2002:: 2001::ffff:ffff";

    const MULTICAST: &str = "
        224.0.0.0 224.0.0.251 239.255.255.255 ff00:: ff02::1 ffff::1 ::ffff:224.0.0.1";

    const RESERVED: &str = "
        192.0.0.0 192.0.0.255 192.0.2.1 192.88.99.1 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.1
        240.0.0.0 255.255.255.255 64::1 100::1 100:0:0:1::1 1fff:ffff::1 2001:1ff:ffff::1 2001:2::1
        2001:20::1 2001:db8::1 2001:db8:ffff::1 3fff::1 3fff:fff:ffff::1 4000::1 5f00::1 fbff::1 fe00::1
        ::8.8.8.8 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8 ::ffff:240.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::8.8.8.8
        64:ff9b:2::127.0.0.1 2002:808:808::1 2001::f7f7:f7f7";

    const KINDS: [(Kind, &str); 8] = [
        (Kind::Public, PUBLIC),
        (Kind::Loopback, LOOPBACK),
        (Kind::Private, PRIVATE),
        (Kind::LinkLocal, LINK_LOCAL),
        (Kind::Metadata, METADATA),
        (Kind::Unspecified, UNSPECIFIED),
        (Kind::Multicast, MULTICAST),
        (Kind::Reserved, RESERVED),
    ];

    fn spellings() -> Vec<&'static str> {
        SPELLINGS.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
    }

    fn url_of(host: &str) -> String {
        format!("http://{host}/path")
    }

    fn refused(url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return true };
        match url.host() {
            None => true,
            Some(Host::Domain(name)) => is_local_name(name),
            Some(Host::Ipv4(address)) => kind_of(address.into()) != Kind::Public,
            Some(Host::Ipv6(address)) => kind_of(address.into()) != Kind::Public,
        }
    }

    #[test]
    fn each_address_is_of_its_kind() {
        for (kind, addresses) in KINDS {
            for address in addresses.split_whitespace() {
                let parsed: IpAddr = address.parse().expect(address);
                assert_eq!(kind_of(parsed), kind, "{address}");
            }
        }
    }

    #[test]
    fn every_listed_service_of_metadata_is_one() {
        let v4 = METADATA_V4.map(IpAddr::from);
        let mapped = METADATA_V4.map(|address| IpAddr::from(address.to_ipv6_mapped()));
        let v6 = METADATA_V6.map(IpAddr::from);
        for address in v4.into_iter().chain(mapped).chain(v6) {
            assert_eq!(kind_of(address), Kind::Metadata, "{address}");
        }
    }

    #[test]
    fn each_kind_has_words_of_its_own() {
        let words: BTreeSet<&str> = KINDS.iter().map(|(kind, _)| kind.words()).collect();
        assert_eq!(words.len(), KINDS.len());
    }

    #[test]
    fn no_spelling_of_a_host_gets_around() {
        for host in spellings() {
            assert!(refused(&url_of(host)), "{host} is let through");
        }
    }

    #[test]
    fn the_spellings_are_many_and_mean_something() {
        let all = spellings();
        let different: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(different.len(), all.len(), "one is there twice");
        // Those that are no URL are refused by the parser, and show nothing about this module.
        let urls = all.iter().filter(|host| Url::parse(&url_of(host)).is_ok()).count();
        assert!(urls >= 70, "only {urls} are URLs");
    }

    #[test]
    fn public_hosts_are_let_through() {
        let names =
            ["example.com", "EXAMPLE.com.", "localhost.example.com", "notlocalhost", "internal.example"];
        let spelled = ["134744072", "0x08080808", "010.8.8.8", "8.8.8.8.", "127.0.0.1@8.8.8.8", "8.526344"];
        for host in names.into_iter().chain(spelled) {
            assert!(!refused(&url_of(host)), "{host} is refused");
        }
        for address in PUBLIC.split_whitespace() {
            let host = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
            assert!(!refused(&url_of(&host)), "{host} is refused");
        }
    }

    #[test]
    fn names_of_this_machine_and_its_network_are_known() {
        let local = [
            "localhost",
            "LocalHost",
            "localhost.",
            "localhost..",
            "a.localhost",
            "a.b.LOCALHOST.",
            "printer.local",
            "db.corp.internal",
            "metadata.google.internal",
            "Metadata.Google.Internal.",
        ];
        for name in local {
            assert!(is_local_name(name), "{name}");
        }
        for name in
            ["", ".", "example.com", "localhost.com", "mylocalhost", "internal.com", "a.locals", "home"]
        {
            assert!(!is_local_name(name), "{name}");
        }
    }
}
