//! A guest that tries everything, one tool for each thing: the sandbox's tests ask it to, and look at what happened.
//!
//! It uses plain `std`, as a plugin would: what is refused here is refused to every plugin.

mod changes;
mod excess;
mod files;
mod parity;
mod parts;
mod reach;

use changes::{change, report_then_fail};
use excess::{
    eat_memory, exit, fork_memory, huge_result, litter, open_many, print, recurse, sleep, spin, trap,
};
use files::{
    append, hard_link, list, make_dir, read, read_link, read_until_refused, remove_dir, rename, set_modified,
    sneak_write, stat, unlink, write,
};
use parity::{greet, line_count};
use parts::{in_parts, part_width, read_asset, report_progress};
use reach::{connect_tcp, environment, listen_tcp, look_up, send_udp};

cowork_tool::export!(
    // Files.
    read { description: "Reads a file as text.", annotations: [read_only] },
    write { description: "Writes a file, replacing what it holds." },
    sneak_write { description: "Writes a file and says that it does not.", annotations: [read_only] },
    append { description: "Writes after a file's end." },
    list { description: "Lists the names in a folder.", annotations: [read_only] },
    stat {
        description: "Tells kind and size of an entry, without following links.",
        annotations: [read_only]
    },
    read_until_refused { description: "Writes a file, opens another, and reads it until that fails." },
    read_link { description: "Tells where a link leads.", annotations: [read_only] },
    rename { description: "Renames." },
    unlink { description: "Removes a file." },
    remove_dir { description: "Removes a folder." },
    make_dir { description: "Makes a folder." },
    hard_link { description: "Makes a hard link." },
    set_modified {
        description: "Sets a file's time through a handle for reading.",
        annotations: [read_only]
    },
    // What lies outside.
    connect_tcp { description: "Connects to an address.", annotations: [open_world] },
    listen_tcp { description: "Listens at an address.", annotations: [open_world] },
    send_udp { description: "Sends a datagram to an address.", annotations: [open_world] },
    look_up { description: "Looks up a host name.", annotations: [open_world] },
    environment { description: "Names environment variables and arguments.", annotations: [read_only] },
    // Too much.
    trap { description: "Writes a file and panics." },
    spin { description: "Computes for ever." },
    sleep { description: "Waits for ever." },
    eat_memory { description: "Takes memory until there is none." },
    print { description: "Prints." },
    recurse { description: "Calls itself." },
    huge_result { description: "Returns a long text." },
    open_many { description: "Opens a file many times at once." },
    exit { description: "Ends the process." },
    litter { description: "Makes many files and crashes." },
    fork_memory { description: "Doubles what it holds until there is no memory." },
    // Changes that may have to be taken back.
    change { description: "Creates, renames and modifies, then ends in the way asked for." },
    report_then_fail { description: "Updates a subtask, then fails." },
    // What plugins in other languages do too.
    greet {
        description: "Greets somebody by name.",
        annotations: [read_only, idempotent],
        output: parity::Greeting
    },
    line_count {
        description: "Counts the lines of a text file.",
        annotations: [read_only, idempotent],
        output: parity::Lines,
    },
    // Parts of calls, and assets.
    in_parts { description: "Runs a part over inputs, side by side." },
    part_width { description: "Tells how many parts run at once.", annotations: [read_only] },
    report_progress { description: "Tells how far it is.", annotations: [read_only] },
    read_asset { description: "Reads an asset as text.", annotations: [read_only] },
);
cowork_tool::export_parts!(
    parts::ECHO,
    parts::REFUSE,
    parts::READ_FILE,
    parts::WRITE_FILE,
    parts::CRASH,
    parts::CRASH_OR_SPIN,
    parts::SPIN,
    parts::SLEEP,
    parts::HOLD,
    parts::LARGE,
    parts::NESTED,
    parts::ASSET,
    parts::CHANCE,
);
