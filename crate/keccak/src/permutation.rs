//! Keccak-f[1600] (FIPS 202, section 3.3), over any [`Lane`].
//!
//! Invariant: the state is 25 lanes in the specification's order, lane `5 * y + x` at column `x` and row `y`;
//! some lanes are complemented between the first round and the last, see [`Lane::COMPLEMENTED`].

use crate::lane::Lane;

/// A state of 25 lanes.
pub(crate) type State<L> = [L; 25];

/// Round constants of the step ι (FIPS 202, section 3.2.5).
const ROUND: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// One round: θ, then ρ and π (rotate each lane and move it to its new place), then χ, then ι.
#[inline(always)]
fn round<L: Lane>(s: &State<L>, constant: u64) -> State<L> {
    let c0 = s[0].xor(s[5]).xor(s[10]).xor(s[15]).xor(s[20]);
    let c1 = s[1].xor(s[6]).xor(s[11]).xor(s[16]).xor(s[21]);
    let c2 = s[2].xor(s[7]).xor(s[12]).xor(s[17]).xor(s[22]);
    let c3 = s[3].xor(s[8]).xor(s[13]).xor(s[18]).xor(s[23]);
    let c4 = s[4].xor(s[9]).xor(s[14]).xor(s[19]).xor(s[24]);
    let d0 = c4.xor(c1.rotate::<1, 63>());
    let d1 = c0.xor(c2.rotate::<1, 63>());
    let d2 = c1.xor(c3.rotate::<1, 63>());
    let d3 = c2.xor(c4.rotate::<1, 63>());
    let d4 = c3.xor(c0.rotate::<1, 63>());

    let [mut row0, row1, row2, row3, row4] = L::chi([
        [
            s[0].xor(d0),
            s[6].xor(d1).rotate::<44, 20>(),
            s[12].xor(d2).rotate::<43, 21>(),
            s[18].xor(d3).rotate::<21, 43>(),
            s[24].xor(d4).rotate::<14, 50>(),
        ],
        [
            s[3].xor(d3).rotate::<28, 36>(),
            s[9].xor(d4).rotate::<20, 44>(),
            s[10].xor(d0).rotate::<3, 61>(),
            s[16].xor(d1).rotate::<45, 19>(),
            s[22].xor(d2).rotate::<61, 3>(),
        ],
        [
            s[1].xor(d1).rotate::<1, 63>(),
            s[7].xor(d2).rotate::<6, 58>(),
            s[13].xor(d3).rotate::<25, 39>(),
            s[19].xor(d4).rotate::<8, 56>(),
            s[20].xor(d0).rotate::<18, 46>(),
        ],
        [
            s[4].xor(d4).rotate::<27, 37>(),
            s[5].xor(d0).rotate::<36, 28>(),
            s[11].xor(d1).rotate::<10, 54>(),
            s[17].xor(d2).rotate::<15, 49>(),
            s[23].xor(d3).rotate::<56, 8>(),
        ],
        [
            s[2].xor(d2).rotate::<62, 2>(),
            s[8].xor(d3).rotate::<55, 9>(),
            s[14].xor(d4).rotate::<39, 25>(),
            s[15].xor(d0).rotate::<41, 23>(),
            s[21].xor(d1).rotate::<2, 62>(),
        ],
    ]);
    row0[0] = row0[0].xor(L::splat(constant));
    flatten([row0, row1, row2, row3, row4])
}

/// The rows one after the other.
#[inline(always)]
fn flatten<L: Lane>([r0, r1, r2, r3, r4]: [[L; 5]; 5]) -> State<L> {
    [
        r0[0], r0[1], r0[2], r0[3], r0[4], //
        r1[0], r1[1], r1[2], r1[3], r1[4], //
        r2[0], r2[1], r2[2], r2[3], r2[4], //
        r3[0], r3[1], r3[2], r3[3], r3[4], //
        r4[0], r4[1], r4[2], r4[3], r4[4],
    ]
}

/// The permutation, four rounds a turn: measured in Chromium 156, a state of `v128` took 356 ns so and 560 ns with all 24
/// rounds written out; natively four are as fast as 24, and 6 % faster than two.
#[inline(always)]
pub(crate) fn keccak_f<L: Lane>(state: &mut State<L>) {
    complement(state);
    for constants in ROUND.as_chunks::<4>().0 {
        let mut turned = *state;
        for &constant in constants {
            turned = round(&turned, constant);
        }
        *state = turned;
    }
    complement(state);
}

#[inline(always)]
fn complement<L: Lane>(state: &mut State<L>) {
    for &lane in L::COMPLEMENTED {
        state[lane] = state[lane].xor(L::splat(u64::MAX));
    }
}
