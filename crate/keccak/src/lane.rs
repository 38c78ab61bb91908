//! The lanes a permutation works on: one 64-bit word, or one word of each of two states side by side.
//!
//! Invariant: every operation acts on each word of a lane alone, so a permutation of wide lanes is two independent
//! permutations.

/// A lane of one or more Keccak states.
pub(crate) trait Lane: Copy {
    /// The same word in every state.
    fn splat(word: u64) -> Self;
    /// Exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Lanes that stand complemented inside the permutation.
    const COMPLEMENTED: &'static [usize];
    /// The step χ on rows: each lane takes in its right neighbours, `a ^ (!b & c)`.
    fn chi(rows: [[Self; 5]; 5]) -> [[Self; 5]; 5];
    /// Rotation to the left by `LEFT` bits; `RIGHT` is `64 - LEFT` (two parameters, because a shift's count has to be
    /// a constant and stable Rust computes none from another).
    fn rotate<const LEFT: u32, const RIGHT: u32>(self) -> Self;
}

impl Lane for u64 {
    /// With these six lanes complemented χ needs 5 complements a round in place of 25 (the team's implementation
    /// overview, section 2.2, "lane complementing"): 18 % fewer nanoseconds natively, 6 % in V8.
    const COMPLEMENTED: &'static [usize] = &[1, 2, 8, 12, 17, 20];

    #[inline(always)]
    fn chi([r0, r1, r2, r3, r4]: [[Self; 5]; 5]) -> [[Self; 5]; 5] {
        let (not_r2_3, not_r3_3, not_r4_1) = (!r2[3], !r3[3], !r4[1]);
        [
            [
                r0[0] ^ (r0[1] | r0[2]),
                r0[1] ^ (!r0[2] | r0[3]),
                r0[2] ^ (r0[3] & r0[4]),
                r0[3] ^ (r0[4] | r0[0]),
                r0[4] ^ (r0[0] & r0[1]),
            ],
            [
                r1[0] ^ (r1[1] | r1[2]),
                r1[1] ^ (r1[2] & r1[3]),
                r1[2] ^ (r1[3] | !r1[4]),
                r1[3] ^ (r1[4] | r1[0]),
                r1[4] ^ (r1[0] & r1[1]),
            ],
            [
                r2[0] ^ (r2[1] | r2[2]),
                r2[1] ^ (r2[2] & r2[3]),
                r2[2] ^ (not_r2_3 & r2[4]),
                not_r2_3 ^ (r2[4] | r2[0]),
                r2[4] ^ (r2[0] & r2[1]),
            ],
            [
                r3[0] ^ (r3[1] & r3[2]),
                r3[1] ^ (r3[2] | r3[3]),
                r3[2] ^ (not_r3_3 | r3[4]),
                not_r3_3 ^ (r3[4] & r3[0]),
                r3[4] ^ (r3[0] | r3[1]),
            ],
            [
                r4[0] ^ (not_r4_1 & r4[2]),
                not_r4_1 ^ (r4[2] | r4[3]),
                r4[2] ^ (r4[3] & r4[4]),
                r4[3] ^ (r4[4] | r4[0]),
                r4[4] ^ (r4[0] & r4[1]),
            ],
        ]
    }

    #[inline(always)]
    fn splat(word: u64) -> Self {
        word
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }

    #[inline(always)]
    fn rotate<const LEFT: u32, const RIGHT: u32>(self) -> Self {
        self.rotate_left(LEFT)
    }
}

/// Two states side by side.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) trait PairLane: Lane {
    /// Joins a word of the first state with a word of the second.
    fn join(first: u64, second: u64) -> Self;
    /// The words of the first and of the second state.
    fn split(self) -> (u64, u64);
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wide {
    use super::{Lane, PairLane};
    use core::arch::wasm32::{
        u64x2, u64x2_extract_lane, u64x2_shl, u64x2_shr, u64x2_splat, v128, v128_andnot, v128_or, v128_xor,
    };

    /// WebAssembly's 128-bit vector. A pair took 356 ns in Chromium 156, two scalar permutations 500.
    pub(crate) type Wide = v128;

    impl Lane for v128 {
        /// None, since the vector instructions have "and not".
        const COMPLEMENTED: &'static [usize] = &[];

        #[inline(always)]
        fn chi(rows: [[Self; 5]; 5]) -> [[Self; 5]; 5] {
            rows.map(|[x0, x1, x2, x3, x4]| {
                [
                    v128_xor(x0, v128_andnot(x2, x1)),
                    v128_xor(x1, v128_andnot(x3, x2)),
                    v128_xor(x2, v128_andnot(x4, x3)),
                    v128_xor(x3, v128_andnot(x0, x4)),
                    v128_xor(x4, v128_andnot(x1, x0)),
                ]
            })
        }

        #[inline(always)]
        fn splat(word: u64) -> Self {
            u64x2_splat(word)
        }

        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            v128_xor(self, other)
        }

        #[inline(always)]
        fn rotate<const LEFT: u32, const RIGHT: u32>(self) -> Self {
            v128_or(u64x2_shl(self, LEFT), u64x2_shr(self, RIGHT))
        }
    }

    impl PairLane for v128 {
        #[inline(always)]
        fn join(first: u64, second: u64) -> Self {
            u64x2(first, second)
        }

        #[inline(always)]
        fn split(self) -> (u64, u64) {
            (u64x2_extract_lane::<0>(self), u64x2_extract_lane::<1>(self))
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use wide::Wide;
