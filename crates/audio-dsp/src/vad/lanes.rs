//! Vectors of 16-bit pairs: the one operation on which the fast detector stands.
//!
//! Each lane belongs to one output. It multiplies two neighbouring inputs by their two weights and
//! adds both products to a 32-bit sum, which x86 (`pmaddwd`) and wasm (`i32x4.dot_i16x8_s`) do in
//! one instruction. Integer sums have no rounding, so every implementation gives the same numbers.

use std::fmt::Debug;

use bytemuck::cast;
use wide::{f32x4, i16x8, i32x4, u32x4};

/// A vector whose lanes are pairs of `i16` or sums of `i32`, depending on the operation.
///
/// The methods may only be called where the machine has the instructions; whoever builds a
/// network has made sure of that.
pub(super) trait Lanes: Copy + Debug {
    /// Outputs per vector.
    const N: usize;

    /// A vector of pairs, or of sums, lane by lane.
    fn from_words(words: &[u32]) -> Self;

    /// The same word in each lane.
    fn splat(word: u32) -> Self;

    /// `self` as sums, plus the product of `weights` and `inputs` as pairs.
    fn dot_add(self, weights: Self, inputs: Self) -> Self;

    /// Writes the sums as numbers to the first `N` places of `out`.
    fn store(self, out: &mut [f32]);
}

/// Two 16-bit integers in one word, the first in the low half.
pub(super) fn pack([first, second]: [i16; 2]) -> u32 {
    u32::from(first as u16) | u32::from(second as u16) << 16
}

/// Four lanes in plain code: the reference for the others.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain([i32; 4]);

#[cfg(not(target_arch = "wasm32"))]
impl Lanes for Plain {
    const N: usize = 4;

    #[inline(always)]
    fn from_words(words: &[u32]) -> Self {
        Self([0, 1, 2, 3].map(|lane| words[lane] as i32))
    }

    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self([word as i32; 4])
    }

    #[inline(always)]
    fn dot_add(self, weights: Self, inputs: Self) -> Self {
        let mut sums = self.0;
        for ((sum, weights), inputs) in sums.iter_mut().zip(weights.0).zip(inputs.0) {
            let first = i32::from(weights as i16) * i32::from(inputs as i16);
            let second = (weights >> 16) * (inputs >> 16);
            *sum += first + second;
        }
        Self(sums)
    }

    #[inline(always)]
    fn store(self, out: &mut [f32]) {
        for (out, sum) in out.iter_mut().zip(self.0) {
            *out = sum as f32;
        }
    }
}

/// Four lanes with what the target always has: SSE2, NEON or wasm's `simd128`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Four(i32x4);

impl Lanes for Four {
    const N: usize = 4;

    #[inline(always)]
    fn from_words(words: &[u32]) -> Self {
        let words: [u32; 4] = std::array::from_fn(|lane| words[lane]);
        Self(cast(u32x4::from(words)))
    }

    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self(cast(u32x4::splat(word)))
    }

    #[inline(always)]
    fn dot_add(self, weights: Self, inputs: Self) -> Self {
        let (weights, inputs): (i16x8, i16x8) = (cast(weights.0), cast(inputs.0));
        Self(self.0 + weights.dot(inputs))
    }

    #[inline(always)]
    fn store(self, out: &mut [f32]) {
        let sums: f32x4 = self.0.round_float();
        out[..4].copy_from_slice(sums.as_array());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<L: Lanes>() {
        let words = |pairs: [[i16; 2]; 4]| L::from_words(&pairs.map(pack));
        let weights = words([[1, 2], [-3, 4], [32_767, -32_768], [0, -1]]);
        let inputs = L::splat(pack([100, -7]));
        let mut sums = [0.0; 4];
        L::splat(10).dot_add(weights, inputs).store(&mut sums);
        assert_eq!(sums, [96.0, -318.0, 3_506_086.0, 17.0]);
    }

    #[test]
    fn a_lane_adds_both_products_of_its_pair() {
        check::<Plain>();
        check::<Four>();
    }
}
