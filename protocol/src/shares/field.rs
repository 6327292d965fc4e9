//! Arithmetic in GF(256) with the polynomial x^8 + x^4 + x^3 + x + 1. No tables and no branches on what is secret: the
//! time that a product takes says nothing of its factors. Used by [`super`] alone.

/// What x^8 is replaced with.
const REDUCTION: u8 = 0x1b;

/// The product.
pub(super) fn multiply(a: u8, b: u8) -> u8 {
    let (mut a, mut product) = (a, 0);
    for bit in 0..8 {
        let take = 0u8.wrapping_sub(b >> bit & 1);
        product ^= a & take;
        let carry = 0u8.wrapping_sub(a >> 7);
        a = (a << 1) ^ (REDUCTION & carry);
    }
    product
}

/// The quotient; zero where the divisor is zero, which no two different shares give.
pub(super) fn divide(a: u8, b: u8) -> u8 {
    // b^254 is the inverse: the group has 255 members.
    let square = |value: u8| multiply(value, value);
    let (mut power, mut inverse) = (square(b), 1);
    for _ in 0..7 {
        inverse = multiply(inverse, power);
        power = square(power);
    }
    multiply(a, inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quotient_times_its_divisor_is_the_dividend() {
        // The worked example of the AES standard, section 4.2.
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        for a in 0..=255 {
            for b in 1..=255 {
                assert_eq!(multiply(divide(a, b), b), a);
            }
        }
    }
}
