//! Element-wise functions in forms that vectorise: no calls, no branches, no tables.

/// The logistic function.
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent, by the logistic function: its error near zero is absolute, not
/// relative, about 1e-7.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    2.0 / (1.0 + exp(-2.0 * x)) - 1.0
}

/// `e^x` to about two units in the last place, for results that are normal numbers; beyond them
/// it saturates.
///
/// Cephes' scheme (S. L. Moshier, `expf`): split off the nearest power of two, then a degree-5
/// polynomial on the rest.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest integer in the low mantissa bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first with few enough bits for exact products.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;

    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    let r = x - power * LN_2_HIGH - power * LN_2_LOW;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_2e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let mantissa = p * r * r + r + 1.0;
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    mantissa * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_and_tanh_follow_double_precision() {
        for step in -40_000..=40_000 {
            let x = step as f32 * 1e-3;
            let exact = f64::from(x);
            let sigmoid_error = f64::from(sigmoid(x)) - 1.0 / (1.0 + (-exact).exp());
            let tanh_error = f64::from(tanh(x)) - exact.tanh();
            assert!(
                sigmoid_error.abs() < 2e-7,
                "sigmoid({x}) is off by {sigmoid_error}"
            );
            assert!(tanh_error.abs() < 4e-7, "tanh({x}) is off by {tanh_error}");
        }
    }

    #[test]
    fn extremes_saturate_and_stay_finite() {
        for x in [f32::MAX, 1e9, 200.0] {
            assert_eq!(sigmoid(x), 1.0);
            assert_eq!(tanh(x), 1.0);
            assert!(sigmoid(-x) >= 0.0 && sigmoid(-x) < 1e-30);
            assert_eq!(tanh(-x), -1.0);
        }
    }
}
