//! What geth asks of a chain's configuration before it takes it (`CheckConfigForkOrder` in its `params/config.go`).
//!
//! Invariant: a configuration under which geth would not start is refused, so that forks come about in their order and
//! no block is held to half a fork's rules.

use crate::chain::ChainSpecError;
use alloy_genesis::ChainConfig;
use alloy_primitives::U256;

/// When a fork comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Block(Option<u64>),
    Time(Option<u64>),
}

impl When {
    const fn value(self) -> Option<u64> {
        match self {
            Self::Block(value) | Self::Time(value) => value,
        }
    }
}

/// A fork of a configuration, by its field's name.
#[derive(Debug, Clone, Copy)]
struct Fork {
    name: &'static str,
    when: When,
    /// Whether later forks may be there without it.
    optional: bool,
}

/// Holds a configuration to geth's rules on the order of forks, on EIP-155 and EIP-158, and on blob schedules.
///
/// # Errors
/// [`ChainSpecError`] naming the first rule broken.
pub(crate) fn check(config: &ChainConfig) -> Result<(), ChainSpecError> {
    // One fork, Spurious Dragon, which geth gives two fields.
    if config.eip155_block != config.eip158_block {
        return Err(ChainSpecError::SpuriousDragon {
            eip155: config.eip155_block,
            eip158: config.eip158_block,
        });
    }
    check_order(&forks(config))?;
    // On the public networks the two came together, for Petersburg takes back what was wrong with the other.
    if let (Some(constantinople), Some(petersburg)) = (config.constantinople_block, config.petersburg_block)
        && constantinople != petersburg
    {
        return Err(ChainSpecError::Constantinople {
            constantinople,
            petersburg,
        });
    }
    // A merge before London would have blocks that are after the one and before the other, which no chain had.
    if config.terminal_total_difficulty == Some(U256::ZERO)
        && let Some(london) = config.london_block.filter(|london| *london > 0)
    {
        return Err(ChainSpecError::MergeBeforeLondon { london });
    }
    for (name, time) in blob_forks(config) {
        if time.is_some() && !config.blob_schedule.contains_key(name) {
            return Err(ChainSpecError::NoBlobSchedule { fork: name });
        }
    }
    Ok(())
}

fn check_order(forks: &[Fork]) -> Result<(), ChainSpecError> {
    let mut last: Option<Fork> = None;
    for &fork in forks {
        if let (Some(before), Some(at)) = (last, fork.when.value()) {
            match before.when.value() {
                None => {
                    return Err(ChainSpecError::ForkLeftOut {
                        missing: before.name,
                        fork: fork.name,
                    });
                }
                Some(earliest)
                    if core::mem::discriminant(&before.when) == core::mem::discriminant(&fork.when)
                        && at < earliest =>
                {
                    return Err(ChainSpecError::ForkOrder {
                        fork: fork.name,
                        at,
                        before: before.name,
                        earliest,
                    });
                }
                Some(_) => {}
            }
        }
        if !fork.optional || fork.when.value().is_some() {
            last = Some(fork);
        }
    }
    Ok(())
}

/// The forks in their order.
fn forks(config: &ChainConfig) -> [Fork; 25] {
    let block = |name, value| Fork {
        name,
        when: When::Block(value),
        optional: false,
    };
    let time = |name, value| Fork {
        name,
        when: When::Time(value),
        optional: false,
    };
    let optional = |fork| Fork {
        optional: true,
        ..fork
    };
    [
        block("homesteadBlock", config.homestead_block),
        optional(block("daoForkBlock", config.dao_fork_block)),
        block("eip150Block", config.eip150_block),
        block("eip155Block", config.eip155_block),
        block("eip158Block", config.eip158_block),
        block("byzantiumBlock", config.byzantium_block),
        block("constantinopleBlock", config.constantinople_block),
        // Left out, it comes with Constantinople.
        block(
            "petersburgBlock",
            config.petersburg_block.or(config.constantinople_block),
        ),
        block("istanbulBlock", config.istanbul_block),
        optional(block("muirGlacierBlock", config.muir_glacier_block)),
        block("berlinBlock", config.berlin_block),
        block("londonBlock", config.london_block),
        optional(block("arrowGlacierBlock", config.arrow_glacier_block)),
        optional(block("grayGlacierBlock", config.gray_glacier_block)),
        optional(block("mergeNetsplitBlock", config.merge_netsplit_block)),
        time("shanghaiTime", config.shanghai_time),
        time("cancunTime", config.cancun_time),
        time("pragueTime", config.prague_time),
        time("osakaTime", config.osaka_time),
        optional(time("bpo1Time", config.bpo1_time)),
        optional(time("bpo2Time", config.bpo2_time)),
        optional(time("bpo3Time", config.bpo3_time)),
        optional(time("bpo4Time", config.bpo4_time)),
        optional(time("bpo5Time", config.bpo5_time)),
        time("amsterdamTime", config.amsterdam_time),
    ]
}

/// The forks that set blob limits, by their names in the schedule (EIP-7840, EIP-7892).
const fn blob_forks(config: &ChainConfig) -> [(&'static str, Option<u64>); 8] {
    [
        ("cancun", config.cancun_time),
        ("prague", config.prague_time),
        ("osaka", config.osaka_time),
        ("bpo1", config.bpo1_time),
        ("bpo2", config.bpo2_time),
        ("bpo3", config.bpo3_time),
        ("bpo4", config.bpo4_time),
        ("bpo5", config.bpo5_time),
    ]
}

#[cfg(test)]
mod tests {
    use crate::{ChainSpec, chain::ChainSpecError};
    use serde_json::{Value, json};

    /// Every fork up to London at block 0, the merge at genesis, and these fields besides or instead.
    fn config(fields: Value) -> Result<ChainSpec, ChainSpecError> {
        let mut json = json!({
            "chainId": 7, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
            "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
            "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0,
        });
        if let (Value::Object(json), Value::Object(fields)) = (&mut json, fields) {
            json.extend(fields);
        }
        ChainSpec::from_json(json.to_string().as_bytes())
    }

    #[test]
    fn forks_out_of_order_are_refused() {
        assert!(matches!(
            config(
                json!({"byzantiumBlock": 5, "constantinopleBlock": 4, "petersburgBlock": 5, "istanbulBlock": 5,
                "berlinBlock": 5, "londonBlock": 5})
            ),
            Err(ChainSpecError::ForkOrder {
                fork: "constantinopleBlock",
                at: 4,
                before: "byzantiumBlock",
                earliest: 5
            })
        ));
        let schedule = json!({"target": 3, "max": 6, "baseFeeUpdateFraction": 3_338_477});
        assert!(matches!(
            config(json!({"shanghaiTime": 10, "cancunTime": 9, "blobSchedule": {"cancun": schedule}})),
            Err(ChainSpecError::ForkOrder {
                fork: "cancunTime",
                ..
            })
        ));
        // A time may follow a number, whatever their values.
        let merged_later = json!({"londonBlock": 100, "shanghaiTime": 10, "terminalTotalDifficulty": 1});
        assert!(config(merged_later).is_ok());
    }

    #[test]
    fn a_fork_left_out_before_another_is_refused_unless_it_changes_no_rule_of_others() {
        assert!(matches!(
            config(json!({"berlinBlock": null})),
            Err(ChainSpecError::ForkLeftOut {
                missing: "berlinBlock",
                fork: "londonBlock"
            })
        ));
        assert!(matches!(
            config(json!({"cancunTime": 0, "blobSchedule": {"cancun":
                {"target": 3, "max": 6, "baseFeeUpdateFraction": 3_338_477}}})),
            Err(ChainSpecError::ForkLeftOut {
                missing: "shanghaiTime",
                fork: "cancunTime"
            })
        ));
        assert!(config(json!({"petersburgBlock": null})).is_ok());
        assert!(config(json!({"muirGlacierBlock": 0, "grayGlacierBlock": 0})).is_ok());
    }

    #[test]
    fn a_merge_at_genesis_has_london_there_too() {
        assert!(matches!(
            config(json!({"londonBlock": 100})),
            Err(ChainSpecError::MergeBeforeLondon { london: 100 })
        ));
    }

    #[test]
    fn constantinople_without_petersburg_is_refused() {
        assert!(matches!(
            config(json!({"petersburgBlock": 10, "istanbulBlock": 10, "berlinBlock": 10, "londonBlock": 10})),
            Err(ChainSpecError::Constantinople {
                constantinople: 0,
                petersburg: 10
            })
        ));
    }

    #[test]
    fn the_two_fields_of_spurious_dragon_say_the_same() {
        assert!(matches!(
            config(
                json!({"eip155Block": 3, "byzantiumBlock": 4, "constantinopleBlock": 4, "petersburgBlock": 4,
                "istanbulBlock": 4, "berlinBlock": 4, "londonBlock": 4})
            ),
            Err(ChainSpecError::SpuriousDragon {
                eip155: Some(3),
                eip158: Some(0)
            })
        ));
    }

    #[test]
    fn a_fork_with_blobs_has_its_entry_in_the_schedule() {
        let entry = json!({"target": 3, "max": 6, "baseFeeUpdateFraction": 3_338_477});
        assert!(matches!(
            config(json!({"shanghaiTime": 0, "cancunTime": 0})),
            Err(ChainSpecError::NoBlobSchedule { fork: "cancun" })
        ));
        let blobs = json!({"cancun": entry, "prague": entry, "osaka": entry});
        let times = |bpo1: Value| {
            json!({"shanghaiTime": 0, "cancunTime": 0, "pragueTime": 0, "osakaTime": 0, "bpo1Time": bpo1,
                "blobSchedule": blobs})
        };
        assert!(config(times(Value::Null)).is_ok());
        assert!(matches!(
            config(times(json!(9))),
            Err(ChainSpecError::NoBlobSchedule { fork: "bpo1" })
        ));
    }
}
