//! An outcome as text for people.

use crate::outcome::Outcome;
use anstyle::{AnsiColor, Style};
use blocklight_verifier::{CheckStatus, HashTrust, Report, Verdict};
use std::fmt;

const DIM: Style = Style::new().dimmed();

/// Prints an outcome as a line, with the reason below it where there is one. Styled always: the stream it is
/// printed to takes the styles out where they do not belong.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) outcome: &'a Outcome,
    pub(crate) verbose: bool,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = self.outcome;
        let (mark, colour) = match &outcome.result {
            Ok(Verdict::Valid { .. }) => ('✓', AnsiColor::Green),
            Ok(Verdict::Invalid { .. }) => ('✗', AnsiColor::Red),
            Ok(Verdict::Incomplete { .. }) => ('?', AnsiColor::Yellow),
            Err(_) => ('!', AnsiColor::Magenta),
        };
        let style = Style::new().bold().fg_color(Some(colour.into()));
        let file = printable(&outcome.file);
        match &outcome.result {
            Ok(verdict) => {
                write!(
                    f,
                    "{style}{mark} {} {}{style:#}   ",
                    verdict.report().number,
                    verdict.name()
                )?;
                summary(f, verdict.report())?;
            }
            Err(_) => write!(f, "{style}{mark} {file} error{style:#}")?,
        }
        if let Some(message) = outcome.message() {
            // A verdict that is not valid names its file; an error has named it above.
            let name = if outcome.result.is_ok() {
                format!("{file}: ")
            } else {
                String::new()
            };
            write!(f, "\n    {DIM}{name}{DIM:#}{}", printable(&message))?;
        }
        match &outcome.result {
            Ok(verdict) if self.verbose => details(f, outcome, verdict.report()),
            _ => Ok(()),
        }
    }
}

fn summary(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    let trust = match report.hash_trust {
        HashTrust::GivenByCaller => "hash given by you",
        HashTrust::GivenByFile => "hash given by the file",
        HashTrust::Nothing => "hash compared with nothing",
    };
    let (txs, gas) = (report.transactions, Gas(report.gas_used));
    let (ms, threads) = (Milliseconds(report.timing.total_ms), report.timing.threads);
    let (plural, threads_plural) = (
        if txs == 1 { "" } else { "s" },
        if threads == 1 { "" } else { "s" },
    );
    write!(
        f,
        "{txs} tx{plural}  {gas}  {ms} on {threads} thread{threads_plural}   "
    )?;
    // The first bytes of the root and, as they name the block, of the hash; both whole with -v and in JSON.
    let start = |hash: alloy_primitives::B256| hash.to_string().chars().take(6).collect::<String>();
    write!(
        f,
        "state root {}…  {DIM}({trust}){DIM:#}",
        start(report.post_state_root)
    )
}

fn details(f: &mut fmt::Formatter<'_>, outcome: &Outcome, report: &Report) -> fmt::Result {
    let dialects = report.dialects;
    write!(f, "\n    file        {}", printable(&outcome.file))?;
    write!(f, "\n    chain       {} ({})", report.chain_id, report.fork)?;
    write!(f, "\n    hash        {}", report.hash)?;
    write!(f, "\n    pre-state   {}", report.pre_state_root)?;
    write!(f, "\n    post-state  {}", report.post_state_root)?;
    let facts = report.witness;
    write!(
        f,
        "\n    witness     {} nodes, {} codes, {} headers, {} bytes; {:?}, block {:?}",
        facts.nodes, facts.codes, facts.headers, facts.bytes, dialects.witness, dialects.block
    )?;
    write!(f, "\n    phases      read {}", Milliseconds(outcome.read_ms))?;
    for time in &report.timing.phases {
        write!(f, ", {} {}", time.phase.name(), Milliseconds(time.ms))?;
    }
    for check in &report.checks {
        let rule = check.rule.name();
        match check.status {
            CheckStatus::Passed => write!(f, "\n    ✓ {rule:<22} {DIM}{}{DIM:#}", short(&check.got))?,
            CheckStatus::Unchecked => write!(
                f,
                "\n    – {rule:<22} {DIM}unchecked: {}{DIM:#}",
                short(&check.expected)
            )?,
            CheckStatus::Failed => {
                write!(
                    f,
                    "\n    ✗ {rule:<22} expected {}, got {}",
                    short(&check.expected),
                    short(&check.got)
                )?;
            }
        }
    }
    Ok(())
}

/// Cuts what no terminal has room for, such as blooms.
fn short(text: &str) -> String {
    const MOST: usize = 70;
    if text.chars().count() <= MOST {
        return printable(text);
    }
    printable(&text.chars().take(MOST).chain(['…']).collect::<String>())
}

/// Names and servers' messages may hold control characters, which could rewrite the screen.
fn printable(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

struct Gas(u64);

impl fmt::Display for Gas {
    #[expect(clippy::cast_precision_loss, reason = "shown to one decimal")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            gas @ 0..1_000 => write!(f, "{gas} gas"),
            // From here on it would round up to 1000.0.
            gas @ 1_000..999_950 => write!(f, "{:.1} kgas", gas as f64 / 1e3),
            gas => write!(f, "{:.1} Mgas", gas as f64 / 1e6),
        }
    }
}

struct Milliseconds(f64);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = usize::from(self.0 < 10.0);
        write!(f, "{:.decimals$} ms", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gas_never_shows_a_thousand_of_a_unit() {
        let shown = [0, 999, 1_000, 21_000, 999_949, 999_962, 12_907_474].map(|gas| Gas(gas).to_string());
        let expected = [
            "0 gas",
            "999 gas",
            "1.0 kgas",
            "21.0 kgas",
            "999.9 kgas",
            "1.0 Mgas",
            "12.9 Mgas",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc"), "a\u{fffd}[2Jb\u{fffd}c");
    }
}
