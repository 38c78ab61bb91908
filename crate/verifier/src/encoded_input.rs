//! From bytes to a verdict in one go: what can be begun with the block alone is, while its witness is still being decoded.
//!
//! Invariant: the senders recovered meanwhile are those of the block that is judged, which nobody can change in between.

use crate::{
    Block, Error, Host, Input, Limits, Phase, Verdict, Verifier,
    input::{decode_file, decode_pair},
    phases::Phases,
    senders::SenderRecovery,
    verifier::Begun,
};
use std::{
    cell::OnceCell,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// A block and its witness as they came, each in any dialect, not compressed ([`crate::input`]).
///
/// `B` holds the bytes and is dropped once they are decoded, before anything is made of them.
#[derive(Debug, Clone, Copy)]
pub enum EncodedInput<B> {
    /// One file with both.
    File(B),
    /// The two apart.
    Pair {
        /// The block.
        block: B,
        /// Its witness.
        witness: B,
    },
}

/// Clears a flag when it is dropped, whatever the way out.
struct Until<'a>(&'a AtomicBool);

impl Drop for Until<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl<B: AsRef<[u8]> + Send> EncodedInput<B> {
    /// Decodes the input within `limits` and has it checked by the verifier that `choose` returns for it, all on the current
    /// rayon pool, with `host`'s clock, randomness and progress sink. The report's times begin with [`Phase::Decode`],
    /// counted in bytes of the input as it lies there.
    ///
    /// # Errors
    /// [`Error::Input`] when the bytes are in no dialect we know, [`Error::Limit`] when they pass a limit, then what `choose`
    /// fails with, then as [`Verifier::verify_input`].
    pub fn verify<E: From<Error> + Send>(
        self,
        limits: &Limits,
        host: &dyn Host,
        choose: impl FnOnce(&Input) -> Result<Verifier, E> + Send,
    ) -> Result<Verdict, E> {
        let phases = Phases::start(host);
        let recovered = || phases.advance(Phase::Senders, 1);
        let (senders, decoding) = (&OnceLock::new(), &AtomicBool::new(true));
        let mut verdict = rayon::scope(|scope| {
            let others = rayon::current_num_threads() - 1;
            let recovering = OnceCell::new();
            // Decoding is one thread's work, so the others recover senders meanwhile. They leave that for hashing the witness,
            // which has to be done first, and come back to it after (`Verifier::run`).
            let block_read = |block: &Block| {
                let transactions = block.body.transactions.clone();
                let total = transactions.len();
                let senders = senders.get_or_init(|| SenderRecovery::new(transactions).telling(&recovered));
                if others > 0 {
                    recovering.get_or_init(|| phases.begin(Phase::Senders, total));
                }
                for _ in 0..others {
                    scope.spawn(move |_| senders.recover_while(decoding));
                }
            };
            let decoded = Until(decoding);
            let input = phases.run(Phase::Decode, self.len(), || {
                self.decode(limits, host, &block_read)
            })?;
            drop(decoded);
            let verifier = choose(&input)?;
            let transactions = &input.block.body.transactions;
            let begun = Begun {
                phases: &phases,
                senders: senders
                    .get_or_init(|| SenderRecovery::new(transactions.clone()).telling(&recovered)),
                recovering: recovering.into_inner(),
                seed: host.hash_seed(),
            };
            verifier.judge(&input, begun).map_err(E::from)
        })?;
        verdict.report_mut().timing = phases.finish();
        Ok(verdict)
    }

    /// Bytes of the whole.
    fn len(&self) -> usize {
        match self {
            Self::File(file) => file.as_ref().len(),
            Self::Pair { block, witness } => block.as_ref().len().saturating_add(witness.as_ref().len()),
        }
    }

    fn decode(self, limits: &Limits, host: &dyn Host, block_read: &dyn Fn(&Block)) -> Result<Input, Error> {
        match self {
            Self::File(file) => decode_file(file.as_ref(), limits, host, block_read),
            Self::Pair { block, witness } => {
                decode_pair(block.as_ref(), witness.as_ref(), limits, host, block_read)
            }
        }
    }
}
