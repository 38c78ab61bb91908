//! Many mutants one after the other, counted, measured and replayable.
//!
//! Invariant: mutant `index` of seed `seed` is always the same. Cost counts as a breach only if it is over the bound every
//! time it is measured again, so that a busy machine fails no campaign.

use super::{
    Kind, Mutant, Outcome, TamperedCopy, judge, mutate, original::Original, written::unchanged_bytes,
};
use crate::{PARALLEL, Seeded, sample_input, shared_input};
use std::{
    collections::BTreeMap,
    fmt, io,
    time::{Duration, Instant},
};

/// The real blocks that are mutated beside the sample: small ones of several forks.
const BLOCKS: [&str; 6] = [
    "mainnet-46402-nimbus",
    "mainnet-146675-nimbus",
    "mainnet-1150000-zeth",
    "hoodi-690403-ethrex",
    "mainnet-22615247-keth",
    "mainnet-21688509-keth",
];
/// A mutant may take so many times as long as its original.
const TIMES_AS_LONG: u32 = 10;
/// But never counts as slow below this: small blocks take less than a thread takes to wake.
const NEVER_SLOW: Duration = Duration::from_millis(20);
/// A mutant may take so many times as much memory as its original.
const TIMES_AS_MUCH: usize = 4;
/// But never counts as big below this many bytes. Another code in an account may have the EVM take the memory that the block's gas
/// pays for: 4 MiB for 30,000,000 gas (Yellow Paper, appendix H), and as much again and more while its vector grows.
const NEVER_BIG: usize = 16 << 20;
/// How often a cost over the bound is measured again.
const AGAIN: usize = 4;

/// What tells the memory in use: a counting allocator, which only a program can install.
pub trait Meter {
    /// Bytes in use now.
    fn now(&self) -> usize;
    /// Forgets the peak.
    fn reset(&self);
    /// The most bytes in use since.
    fn peak(&self) -> usize;
}

impl Meter for peak_alloc::PeakAlloc {
    fn now(&self) -> usize {
        self.current_usage()
    }

    fn reset(&self) {
        self.reset_peak_usage();
    }

    fn peak(&self) -> usize {
        self.peak_usage()
    }
}

/// How long a campaign goes on: until either is used up.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Most mutants.
    pub mutants: u64,
    /// Most time.
    pub time: Duration,
}

/// A run over mutants.
#[derive(Debug)]
pub struct Campaign<'a, M> {
    /// The originals.
    pub originals: &'a [Original],
    /// The seed of the whole run.
    pub seed: u64,
    /// What measures memory.
    pub meter: &'a M,
    /// Whether time is held to its bound: in a run by itself, not among tests on a busy machine.
    pub hold_time: bool,
}

/// What a campaign came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many mutants there were.
    pub mutants: u64,
    /// How many of each kind came to what; those of several mutations have no kind.
    pub outcomes: BTreeMap<(Option<Kind>, Outcome), u64>,
    /// Every breach, with what replays it.
    pub breaches: Vec<String>,
    /// The whole time.
    pub time: Duration,
}

/// What an original costs to be judged, by which its mutants are measured.
#[derive(Debug, Clone, Copy)]
struct Honest {
    typed: Cost,
    /// Decoded before.
    encoded: Cost,
}

impl Honest {
    const fn of(self, mutant: &Mutant) -> Cost {
        match mutant.copy {
            TamperedCopy::Typed(_) => self.typed,
            TamperedCopy::Encoded { .. } => self.encoded,
        }
    }
}

/// Time and memory.
#[derive(Debug, Clone, Copy)]
struct Cost {
    time: Duration,
    bytes: usize,
}

/// The sample, tiny blocks made here, one of them with an access list, and the small real blocks where `../shared` is there.
///
/// # Errors
/// When a file cannot be read, or is not valid untampered.
pub fn originals() -> io::Result<Vec<Original>> {
    let (chain, input) = sample_input()?;
    let sample = Original::new("sample", chain, input).map_err(io::Error::other)?;
    let tiny = crate::tiny_original().map_err(io::Error::other)?;
    let listed = crate::tiny_amsterdam_original().map_err(io::Error::other)?;
    let mut originals = vec![sample.with_sample_keys(), tiny, listed];
    for name in BLOCKS {
        let Some((chain, input)) = shared_input(name)? else {
            break;
        };
        originals.push(Original::new(name, chain, input).map_err(io::Error::other)?);
    }
    Ok(originals)
}

impl<M: Meter> Campaign<'_, M> {
    /// Runs mutants from number `first` on until the budget is used up.
    pub fn run(&self, first: u64, budget: Budget) -> Summary {
        let honest: Vec<Honest> = self
            .originals
            .iter()
            .map(|original| self.honest(original))
            .collect();
        let (start, mut summary) = (Instant::now(), Summary::default());
        for index in first..first.saturating_add(budget.mutants) {
            if start.elapsed() > budget.time {
                break;
            }
            let (original, mutant) = self.mutant(index);
            summary.mutants += 1;
            match self.costed(&self.originals[original], &mutant, honest[original].of(&mutant)) {
                Ok(outcome) => *summary.outcomes.entry((mutant.only_kind(), outcome)).or_default() += 1,
                Err(breach) => summary.breaches.push(format!(
                    "{}: {}: {breach} (replay: --seed {} --mutant {index})",
                    self.originals[original].name, mutant.what, self.seed
                )),
            }
        }
        summary.time = start.elapsed();
        summary
    }

    /// Mutant `index`, and which original it is of. Smaller blocks come more often.
    fn mutant(&self, index: u64) -> (usize, Mutant) {
        let mut random = Seeded::new(self.seed ^ index.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let count = self.originals.len();
        // The sample, the first, is the largest and slowest; the tiny blocks after it are the fastest, and the second of them
        // alone comes with an access list.
        let original = match random.below(60) {
            0 => 0,
            1..=15 => 1 % count,
            16..=25 => 2 % count,
            _ => (1 + random.below(count.max(2) - 1)) % count,
        };
        let donor = random.below(count);
        let mutant = mutate(&self.originals[original], &self.originals[donor], random.next());
        (original, mutant)
    }

    fn costed(&self, original: &Original, mutant: &Mutant, honest: Cost) -> Result<Outcome, String> {
        let (longest, most) = (
            (honest.time * TIMES_AS_LONG).max(NEVER_SLOW),
            (honest.bytes * TIMES_AS_MUCH).max(NEVER_BIG),
        );
        let mut over = String::new();
        for _ in 0..AGAIN {
            let (outcome, time, bytes) = self.measure(|| judge(original, mutant));
            let outcome = outcome.map_err(|breach| breach.to_string())?;
            // Another block is verified twice.
            let time = if outcome == Outcome::AnotherBlock {
                time / 2
            } else {
                time
            };
            if (time <= longest || !self.hold_time) && bytes <= most {
                return Ok(outcome);
            }
            over = format!("took {time:?} and {bytes} bytes, where {longest:?} and {most} are allowed");
        }
        Err(over)
    }

    fn honest(&self, original: &Original) -> Honest {
        Honest {
            typed: self.cost(original, &TamperedCopy::Typed(Box::new(original.input.clone()))),
            encoded: self.cost(original, &unchanged_bytes(original)),
        }
    }

    /// The least time and the most memory that the untampered `copy` takes, under either schedule.
    fn cost(&self, original: &Original, copy: &TamperedCopy) -> Cost {
        let untouched = PARALLEL.map(|schedule| Mutant {
            kinds: Vec::new(),
            what: String::new(),
            copy: copy.clone(),
            hint: None,
            schedule,
        });
        let runs = untouched.iter().cycle().take(3 * untouched.len());
        let runs = runs.map(|mutant| self.measure(|| judge(original, mutant)));
        let (times, bytes): (Vec<_>, Vec<_>) = runs.map(|(_, time, bytes)| (time, bytes)).unzip();
        Cost {
            time: times.into_iter().min().unwrap_or_default(),
            bytes: bytes.into_iter().max().unwrap_or_default(),
        }
    }

    fn measure<T>(&self, act: impl FnOnce() -> T) -> (T, Duration, usize) {
        self.meter.reset();
        let (before, start) = (self.meter.now(), Instant::now());
        let result = act();
        (result, start.elapsed(), self.meter.peak().saturating_sub(before))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcomes = [
            Outcome::Same,
            Outcome::AnotherBlock,
            Outcome::Invalid,
            Outcome::Incomplete,
            Outcome::Refused,
            Outcome::Undecodable,
        ];
        writeln!(
            f,
            "{:26} {}",
            "",
            outcomes
                .map(|outcome| format!("{:>13}", format!("{outcome:?}")))
                .concat()
        )?;
        for kind in Kind::ALL.map(Some).into_iter().chain([None]) {
            let counts = outcomes.map(|outcome| self.outcomes.get(&(kind, outcome)).copied().unwrap_or(0));
            let name = kind.map_or_else(|| "several".to_owned(), |kind| format!("{kind:?}"));
            writeln!(
                f,
                "{name:26} {}",
                counts.map(|count| format!("{count:>13}")).concat()
            )?;
        }
        for breach in self.breaches.iter().take(50) {
            writeln!(f, "✗ {breach}")?;
        }
        let seconds = self.time.as_secs().max(1);
        writeln!(
            f,
            "{} mutants in {:.0?}, {} a second",
            self.mutants,
            self.time,
            self.mutants / seconds
        )
    }
}
