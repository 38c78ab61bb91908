//! Senders, recovered from signatures (Yellow Paper, appendix F).
//!
//! Invariant: a sender is what the signature says, never what a server says; each is recovered once, by whichever
//! thread comes to it first.

use crate::Transaction;
use alloy_primitives::{Address, B256, Signature};
use blocklight_executor::Senders;
use k256::{
    AffinePoint, FieldBytes, NonZeroScalar, ProjectivePoint, Scalar, U256 as CurveInteger,
    elliptic_curve::{
        ops::{LinearCombination, Reduce},
        point::DecompressPoint,
        sec1::ToEncodedPoint,
        subtle::Choice,
    },
};
use std::{
    borrow::Cow,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// The senders of a block's transactions, recovered ahead or when asked for.
pub(crate) struct SenderRecovery<'a> {
    transactions: Cow<'a, [Transaction]>,
    senders: Vec<OnceLock<Option<Address>>>,
    /// The next transaction that nobody has taken up yet.
    next: AtomicUsize,
    /// Told of each that was taken up, by whoever took it up.
    recovered: Option<&'a (dyn Fn() + Sync)>,
}

impl<'a> SenderRecovery<'a> {
    pub(crate) fn new(transactions: impl Into<Cow<'a, [Transaction]>>) -> Self {
        let transactions = transactions.into();
        Self {
            senders: transactions.iter().map(|_| OnceLock::new()).collect(),
            transactions,
            next: AtomicUsize::new(0),
            recovered: None,
        }
    }

    /// The same, telling `recovered` once of each transaction, from any thread.
    pub(crate) fn telling(mut self, recovered: &'a (dyn Fn() + Sync)) -> Self {
        self.recovered = Some(recovered);
        self
    }

    /// A guard that ends recovery ahead when it is dropped: a verification that has come to its end waits for nothing
    /// nobody needs any more.
    pub(crate) const fn until_dropped(&self) -> Ahead<'_> {
        Ahead(&self.next)
    }

    /// Recovers in block order what nobody has taken up. Any number of threads may call this at once.
    pub(crate) fn recover_ahead(&self) {
        while self.recover_next() {}
    }

    /// The same for as long as `wanted` is set: whoever clears it waits for one recovery at most.
    pub(crate) fn recover_while(&self, wanted: &AtomicBool) {
        while wanted.load(Ordering::Relaxed) && self.recover_next() {}
    }

    /// Recovers the first sender that nobody has taken up: whether there was one.
    fn recover_next(&self) -> bool {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let (Some(slot), Some(transaction)) = (self.senders.get(index), self.transactions.get(index)) else {
            return false;
        };
        slot.get_or_init(|| recover(transaction.signature(), transaction.signature_hash()));
        if let Some(recovered) = self.recovered {
            recovered();
        }
        true
    }
}

/// See [`SenderRecovery::until_dropped`].
#[derive(Debug)]
pub(crate) struct Ahead<'a>(&'a AtomicUsize);

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        // Past every transaction, and far from wrapping.
        self.0.store(usize::MAX / 2, Ordering::Relaxed);
    }
}

impl Senders for SenderRecovery<'_> {
    fn outstanding(&self) -> usize {
        let taken_up = self.next.load(Ordering::Relaxed);
        self.transactions.len().saturating_sub(taken_up)
    }

    fn sender(&self, index: usize) -> Option<Address> {
        let slot = self.senders.get(index)?;
        // While another thread is at this one, the next ones are better use of this thread than waiting.
        loop {
            if let Some(sender) = slot.get() {
                return *sender;
            }
            if !self.recover_next() {
                let transaction = self.transactions.get(index)?;
                return *slot.get_or_init(|| recover(transaction.signature(), transaction.signature_hash()));
            }
        }
    }
}

/// The address whose key made `signature` over `hash`; `None` when there is none.
///
/// Q = r⁻¹(sR − zG), which verifies by construction whenever it is a point: the second half of ECDSA recovery
/// as libraries offer it, verifying the signature with the key just recovered, would double the cost and can
/// tell nothing new.
pub(crate) fn recover(signature: &Signature, hash: B256) -> Option<Address> {
    let r_bytes = FieldBytes::from(signature.r().to_be_bytes::<32>());
    let s_bytes = FieldBytes::from(signature.s().to_be_bytes::<32>());
    let r: NonZeroScalar = Option::from(NonZeroScalar::from_repr(r_bytes))?;
    let s: NonZeroScalar = Option::from(NonZeroScalar::from_repr(s_bytes))?;
    let odd = Choice::from(u8::from(signature.v()));
    let point: AffinePoint = Option::from(AffinePoint::decompress(&r_bytes, odd))?;

    let z = <Scalar as Reduce<CurveInteger>>::reduce_bytes(&FieldBytes::from(hash.0));
    let r_inverse: Scalar = Option::from(r.invert())?;
    let (u1, u2) = (-(r_inverse * z), r_inverse * *s);
    let key = ProjectivePoint::lincomb(
        &ProjectivePoint::GENERATOR,
        &u1,
        &ProjectivePoint::from(point),
        &u2,
    )
    .to_affine();
    if key == AffinePoint::IDENTITY {
        return None;
    }
    let encoded = key.to_encoded_point(false);
    // Uncompressed SEC1: a tag byte, then x and y.
    let coordinates = encoded.as_bytes().get(1..)?;
    Some(Address::from_slice(
        blocklight_keccak::keccak256(coordinates).get(12..)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::crypto::secp256k1::recover_signer_unchecked;
    use alloy_primitives::{U256, keccak256};
    use proptest::prelude::*;

    fn signed(key: u64, message: u64) -> (Signature, B256, Address) {
        let key =
            k256::ecdsa::SigningKey::from_slice(keccak256(key.to_be_bytes()).as_slice()).expect("in range");
        let hash = keccak256(message.to_be_bytes());
        let (signature, recovery) = key.sign_prehash_recoverable(hash.as_slice()).expect("signs");
        let address = Address::from_public_key(key.verifying_key());
        (Signature::from((signature, recovery)), hash, address)
    }

    proptest! {
        #[test]
        fn a_signature_recovers_to_its_signer(key: u64, message: u64) {
            let (signature, hash, address) = signed(key, message);
            prop_assert_eq!(recover(&signature, hash), Some(address));
        }

        #[test]
        fn any_signature_recovers_as_alloy_recovers_it(r: [u8; 32], s: [u8; 32], hash: [u8; 32], odd: bool) {
            let signature = Signature::new(U256::from_be_bytes(r), U256::from_be_bytes(s), odd);
            let hash = B256::from(hash);
            prop_assert_eq!(recover(&signature, hash), recover_signer_unchecked(&signature, hash).ok());
        }

        #[test]
        fn a_high_s_recovers_as_alloy_recovers_it(key: u64, message: u64) {
            let order = U256::from_be_bytes(k256_order());
            let (signature, hash, address) = signed(key, message);
            let high = Signature::new(signature.r(), order - signature.s(), !signature.v());
            prop_assert_eq!(recover(&high, hash), Some(address));
            prop_assert_eq!(recover_signer_unchecked(&high, hash).ok(), Some(address));
        }
    }

    fn k256_order() -> [u8; 32] {
        use k256::elliptic_curve::Curve;
        use k256::elliptic_curve::bigint::ArrayEncoding;
        k256::Secp256k1::ORDER.to_be_byte_array().into()
    }

    #[test]
    fn zero_and_overlarge_scalars_recover_to_nobody() {
        let order = U256::from_be_bytes(k256_order());
        let hash = keccak256(b"x");
        for (r, s) in [
            (U256::ZERO, U256::from(1)),
            (U256::from(1), U256::ZERO),
            (order, U256::from(1)),
            (U256::from(1), order),
        ] {
            assert_eq!(recover(&Signature::new(r, s, false), hash), None);
        }
    }

    #[test]
    fn a_verification_that_has_ended_recovers_no_more_ahead() {
        let signature = Signature::new(U256::from(1), U256::from(1), false);
        let transaction =
            alloy_consensus::Signed::new_unhashed(alloy_consensus::TxLegacy::default(), signature);
        let transactions: Vec<Transaction> = vec![transaction.into(); 3];
        let recovered = AtomicUsize::new(0);
        let count = || {
            recovered.fetch_add(1, Ordering::Relaxed);
        };
        let senders = SenderRecovery::new(&transactions).telling(&count);
        drop(senders.until_dropped());
        senders.recover_ahead();
        assert_eq!(recovered.load(Ordering::Relaxed), 0);
        assert_eq!(senders.sender(2), senders.sender(0), "who asks is still answered");
        assert!(senders.sender(2).is_some());
    }

    #[test]
    fn each_recovery_is_told_of_once_whoever_makes_it() {
        let (signature, _, _) = signed(3, 4);
        let transaction =
            alloy_consensus::Signed::new_unhashed(alloy_consensus::TxLegacy::default(), signature);
        let transactions: Vec<Transaction> = vec![transaction.into(); 5];
        let recovered = AtomicUsize::new(0);
        let count = || {
            recovered.fetch_add(1, Ordering::Relaxed);
        };
        let senders = SenderRecovery::new(&transactions).telling(&count);
        // Those before it are better use of the time than waiting.
        senders.sender(2);
        assert_eq!(recovered.load(Ordering::Relaxed), 3);
        assert_eq!(senders.outstanding(), 2);
        senders.sender(2);
        senders.recover_ahead();
        senders.sender(4);
        assert_eq!(recovered.load(Ordering::Relaxed), 5);
        assert_eq!(senders.outstanding(), 0);
    }
}
