//! The TypeScript names of what crosses.
//!
//! Invariant: every type named in a signature is declared: here, or by `Tsify` on the Rust type of that name.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const PRIMITIVES: &str = r"
/** Bytes as 0x-hex, lower case. Of numbers above 64 bits: without leading zeros. */
export type Hex = `0x${string}`;
/** 20 bytes. */
export type Address = Hex;
/** 8 bytes. */
export type B64 = Hex;
/** 32 bytes. */
export type B256 = Hex;
/** 256 bytes. */
export type Bloom = Hex;
/** Any number of bytes. */
export type Bytes = Hex;
/** A number of up to 256 bits. */
export type U256 = Hex;
";

#[wasm_bindgen]
extern "C" {
    /// A [`Verdict`](blocklight_verifier::Verdict) as a JavaScript object.
    #[wasm_bindgen(typescript_type = "Verdict")]
    #[derive(Debug, Clone)]
    pub type VerdictValue;

    /// A failure as a JavaScript object: what is thrown instead of a verdict.
    #[wasm_bindgen(typescript_type = "Failure")]
    #[derive(Debug, Clone)]
    pub type FailureValue;

    /// The options of a verification as a JavaScript object.
    #[wasm_bindgen(typescript_type = "Options | undefined")]
    #[derive(Debug, Clone)]
    pub type OptionsValue;

    /// A [`SharedTable`](crate::SharedTable) as a JavaScript object.
    #[wasm_bindgen(typescript_type = "SharedTable")]
    #[derive(Debug, Clone)]
    pub type SharedTableValue;
}
