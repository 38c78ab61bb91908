//! A fixture's network name into a chain.
//!
//! Invariant: a name is taken apart by the table of forks alone; one that is not in it is an error, never the nearest.

use super::fixture::Config;
use blocklight_verifier::{ChainSpec, chain::ChainSpecError};
use serde_json::{Map, Value, json};

/// How a fork comes about in geth's chain configuration.
#[derive(Debug, Clone, Copy)]
enum Activation {
    /// At a block's number, under these names.
    Block(&'static [&'static str]),
    /// At a total difficulty.
    Merge,
    /// At a timestamp, under this name.
    Time(&'static str),
}

use Activation::{Block, Merge, Time};

/// The forks in order, by the names the fixtures use.
const FORKS: [(&str, Activation); 25] = [
    ("Frontier", Block(&[])),
    ("Homestead", Block(&["homesteadBlock"])),
    ("TangerineWhistle", Block(&["eip150Block"])),
    ("SpuriousDragon", Block(&["eip155Block", "eip158Block"])),
    ("Byzantium", Block(&["byzantiumBlock"])),
    ("Constantinople", Block(&["constantinopleBlock"])),
    ("ConstantinopleFix", Block(&["petersburgBlock"])),
    ("Istanbul", Block(&["istanbulBlock"])),
    ("MuirGlacier", Block(&["muirGlacierBlock"])),
    ("Berlin", Block(&["berlinBlock"])),
    ("London", Block(&["londonBlock"])),
    ("ArrowGlacier", Block(&["arrowGlacierBlock"])),
    ("GrayGlacier", Block(&["grayGlacierBlock"])),
    ("Paris", Merge),
    ("Shanghai", Time("shanghaiTime")),
    ("Cancun", Time("cancunTime")),
    ("Prague", Time("pragueTime")),
    ("Osaka", Time("osakaTime")),
    ("BPO1", Time("bpo1Time")),
    ("BPO2", Time("bpo2Time")),
    ("BPO3", Time("bpo3Time")),
    ("BPO4", Time("bpo4Time")),
    ("BPO5", Time("bpo5Time")),
    ("Amsterdam", Time("amsterdamTime")),
    ("Bogota", Time("bogotaTime")),
];

/// Names that some fixtures have for the same.
const ALIASES: [(&str, &str); 4] = [
    ("EIP150", "TangerineWhistle"),
    ("EIP158", "SpuriousDragon"),
    ("Petersburg", "ConstantinopleFix"),
    ("Merge", "Paris"),
];

/// Why a network's rules are not known.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The table has no such name.
    #[error("network {0} is not in the table")]
    Unknown(String),
    /// A number in the fixture's configuration is none.
    #[error("{0:?} in the fixture's configuration is no hex number")]
    Number(String),
    /// The verifier refuses the configuration made of it.
    #[error(transparent)]
    Chain(#[from] ChainSpecError),
}

/// The chain of a network: `Cancun`, or `ShanghaiToCancunAtTime15k`, or `BerlinToLondonAt5`.
///
/// # Errors
/// [`NetworkError`].
pub fn chain_of(network: &str, config: &Config) -> Result<ChainSpec, NetworkError> {
    let json = configuration_of(network, config)?;
    Ok(ChainSpec::from_json(json.to_string().as_bytes())?)
}

/// Its configuration, as geth has it.
///
/// # Errors
/// [`NetworkError`], but for what only reading it shows.
pub fn configuration_of(network: &str, config: &Config) -> Result<Value, NetworkError> {
    let unknown = || NetworkError::Unknown(network.to_owned());
    let (first, later) = match network.split_once("To") {
        None => (network, None),
        Some((first, rest)) => {
            let (second, at) = rest.split_once("At").ok_or_else(unknown)?;
            let at = at.strip_prefix("Time").unwrap_or(at);
            let (digits, unit) = at.strip_suffix('k').map_or((at, 1), |digits| (digits, 1_000));
            let at = digits.parse::<u64>().map_err(|_| unknown())?.saturating_mul(unit);
            (first, Some((place(second).ok_or_else(unknown)?, at)))
        }
    };
    let first = place(first).ok_or_else(unknown)?;
    let mut json = Map::new();
    for (index, (fork, activation)) in FORKS.iter().enumerate() {
        // A change of blob parameters is one only if the fixture says which.
        let scheduled = |name: &String| name.eq_ignore_ascii_case(fork);
        if fork.starts_with("BPO") && !config.blob_schedule.keys().any(scheduled) {
            continue;
        }
        let at = match later {
            _ if index <= first => 0,
            Some((second, at)) if index <= second => at,
            _ => {
                // geth takes Petersburg to come with Constantinople unless it is told otherwise.
                if matches!(activation, Block(["petersburgBlock"]))
                    && json.contains_key("constantinopleBlock")
                {
                    json.insert("petersburgBlock".to_owned(), json!(u64::MAX));
                }
                continue;
            }
        };
        match *activation {
            Block(names) => json.extend(names.iter().map(|name| ((*name).to_owned(), json!(at)))),
            Merge if at == 0 => drop(json.insert("terminalTotalDifficulty".to_owned(), json!(0))),
            // The fixtures give no such block, and a configuration cannot say it.
            Merge => return Err(unknown()),
            Time(name) => drop(json.insert(name.to_owned(), json!(at))),
        }
    }
    json.insert("chainId".to_owned(), json!(number(&config.chainid)?));
    // The deposit contract stands where mainnet has it (EIP-6110).
    let deposits = "0x00000000219ab540356cbb839cbe05303d7705fa";
    json.insert("depositContractAddress".to_owned(), json!(deposits));
    // The archives that have the fork are of this state of it.
    json.insert("amsterdamRules".to_owned(), json!("bal@v5.7.0"));
    let mut schedule = Map::new();
    for (fork, entry) in &config.blob_schedule {
        let entry = json!({
            "target": number(&entry.target)?,
            "max": number(&entry.max)?,
            "baseFeeUpdateFraction": number(&entry.base_fee_update_fraction)?,
        });
        schedule.insert(fork.to_lowercase(), entry);
    }
    json.insert("blobSchedule".to_owned(), Value::Object(schedule));
    Ok(Value::Object(json))
}

/// A fork's place in the table.
fn place(name: &str) -> Option<usize> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    let name = alias.map_or(name, |(_, name)| name);
    FORKS.iter().position(|(fork, _)| *fork == name)
}

fn number(hex: &str) -> Result<u64, NetworkError> {
    let digits = hex.strip_prefix("0x").unwrap_or_default();
    u64::from_str_radix(digits, 16).map_err(|_| NetworkError::Number(hex.to_owned()))
}
