//! Writes the table of real blocks that the browser tests embed: `tests/*.rs` include `$OUT_DIR/blocks.rs`.
//!
//! The blocks are not part of the repository. They are read in place from `../shared/blocks` beside it (or from the
//! folder that `BLOCKLIGHT_SHARED` names); when that is missing the table is empty, and the tests say so.

use std::{env, fmt::Write, fs, path::PathBuf};

/// File name without `.json.gz`, and the verdict that the block must get. Those before Byzantium come first; they are always
/// executed sequentially, for their receipts hold state roots.
const BLOCKS: [(&str, &str); 11] = [
    ("mainnet-49439-nimbus", "valid"),
    ("mainnet-1920000-nimbus", "valid"),
    ("mainnet-2675000-nimbus", "valid"),
    ("mainnet-15050000-zeth", "incomplete"),
    ("mainnet-20852412-rsp", "valid"),
    ("mainnet-21688509-keth", "valid"),
    ("mainnet-21740136-rsp", "valid"),
    ("mainnet-22615247-keth", "valid"),
    ("mainnet-23879620-rsp", "valid"),
    ("mainnet-24628608-zisk", "valid"),
    ("hoodi-1219705-ethrex", "valid"),
];

fn main() {
    println!("cargo::rerun-if-env-changed=BLOCKLIGHT_SHARED");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let shared = env::var_os("BLOCKLIGHT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let sample = root.join("tests/fixtures/sample-block.json.gz");
    let mut table = String::from(
        "/// Name, expected verdict and gzip-compressed bytes of each real block; empty when ../shared is not here.\n\
         pub const BLOCKS: &[(&str, &str, &[u8])] = &[\n",
    );
    for (name, expected) in BLOCKS {
        let path = shared.join("blocks").join(format!("{name}.json.gz"));
        println!("cargo::rerun-if-changed={}", path.display());
        if let Ok(path) = fs::canonicalize(path) {
            let path = path.to_string_lossy();
            writeln!(table, "    ({name:?}, {expected:?}, include_bytes!({path:?})),").expect("a string");
        }
    }
    table.push_str("];\n\n/// The embedded sample block, gzip-compressed; absent before it is made.\n");
    println!("cargo::rerun-if-changed={}", sample.display());
    match fs::canonicalize(sample) {
        Ok(path) => writeln!(
            table,
            "pub const SAMPLE: Option<&[u8]> = Some(include_bytes!({:?}));",
            path.to_string_lossy()
        ),
        Err(_) => writeln!(table, "pub const SAMPLE: Option<&[u8]> = None;"),
    }
    .expect("a string");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("blocks.rs"), table).expect("OUT_DIR is writable");
}
