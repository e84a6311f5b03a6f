//! Vectors of 16-bit pairs: the one operation on which the fast detector stands.
//!
//! Each lane belongs to one output. It multiplies two neighbouring inputs by their two weights and
//! adds both products to a 32-bit sum, which x86 (`pmaddwd`) and wasm (`i32x4.dot_i16x8_s`) do in
//! one instruction. Integer sums have no rounding, so every implementation gives the same numbers.

use std::fmt::Debug;

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

/// Four lanes in plain code: the reference, and what machines without a faster form use.
#[cfg_attr(
    all(target_arch = "wasm32", target_feature = "simd128"),
    expect(dead_code, reason = "the build with vectors uses them")
)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Portable([i32; 4]);

impl Lanes for Portable {
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

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128 {
    use std::arch::wasm32::{
        f32x4_convert_i32x4, f32x4_extract_lane, i32x4_add, i32x4_dot_i16x8, u32x4, u32x4_splat,
        v128,
    };

    /// Four lanes of wasm's fixed-width vectors.
    #[derive(Clone, Copy, Debug)]
    pub(in crate::vad) struct Simd128(v128);

    impl super::Lanes for Simd128 {
        const N: usize = 4;

        #[inline(always)]
        fn from_words(words: &[u32]) -> Self {
            Self(u32x4(words[0], words[1], words[2], words[3]))
        }

        #[inline(always)]
        fn splat(word: u32) -> Self {
            Self(u32x4_splat(word))
        }

        #[inline(always)]
        fn dot_add(self, weights: Self, inputs: Self) -> Self {
            Self(i32x4_add(self.0, i32x4_dot_i16x8(weights.0, inputs.0)))
        }

        #[inline(always)]
        fn store(self, out: &mut [f32]) {
            let sums = f32x4_convert_i32x4(self.0);
            out[..4].copy_from_slice(&[
                f32x4_extract_lane::<0>(sums),
                f32x4_extract_lane::<1>(sums),
                f32x4_extract_lane::<2>(sums),
                f32x4_extract_lane::<3>(sums),
            ]);
        }
    }
}
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use simd128::Simd128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_adds_both_products_of_its_pair() {
        let words = |pairs: [[i16; 2]; 4]| Portable::from_words(&pairs.map(pack));
        let weights = words([[1, 2], [-3, 4], [32_767, -32_768], [0, -1]]);
        let inputs = Portable::splat(pack([100, -7]));
        let mut sums = [0.0; 4];
        Portable::splat(10)
            .dot_add(weights, inputs)
            .store(&mut sums);
        assert_eq!(sums, [96.0, -318.0, 3_506_086.0, 17.0]);
    }
}
