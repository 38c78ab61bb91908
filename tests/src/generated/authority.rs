//! Accounts that sign authorizations (EIP-7702).
//!
//! Invariant: the same number gives the same key, and the same authorization the same signature.

use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, Signature, U256, keccak256};
use k256::ecdsa::SigningKey;

/// An account whose key is known here.
#[derive(Debug, Clone)]
pub struct Authority {
    key: SigningKey,
}

impl Authority {
    /// Authority number `number`.
    ///
    /// # Panics
    /// When a hash is no key, which none is known to be.
    pub fn new(number: usize) -> Self {
        let secret = keccak256(format!("blocklight authority {number}"));
        Self {
            key: SigningKey::from_slice(secret.as_slice()).expect("a key"),
        }
    }

    /// The account.
    pub fn address(&self) -> Address {
        Address::from_public_key(self.key.verifying_key())
    }

    /// The account's word, good for one `nonce` of it, that it is to have the code of `to`; or none, where that is zero.
    ///
    /// # Panics
    /// When signing fails, which it does for no hash known.
    pub fn delegate(&self, to: Address, nonce: u64) -> SignedAuthorization {
        let authorization = Authorization {
            // For any chain.
            chain_id: U256::ZERO,
            address: to,
            nonce,
        };
        let hash = authorization.signature_hash();
        let signature = self.key.sign_prehash_recoverable(hash.as_slice());
        authorization.into_signed(Signature::from(signature.expect("a signature")))
    }
}
