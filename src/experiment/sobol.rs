//! The Sobol' sequence: points that fill a cube evenly, by the direction numbers of Joe and Kuo.
//!
//! S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM
//! J. Sci. Comput. 30 (2008), the set new-joe-kuo-6.21201. Points come in Gray-code order (Antonov and
//! Saleev), from the origin on, unscrambled: the first 2^k points are balanced in every axis.

/// Bits of a coordinate.
const BITS: usize = 32;

/// Degree, coefficients and first direction numbers of the primitive polynomials, from the second
/// dimension on.
const JOE_KUO: [(usize, u32, &[u32]); 20] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
    (6, 19, &[1, 1, 1, 15, 7, 5]),
    (6, 22, &[1, 3, 1, 15, 13, 25]),
    (6, 25, &[1, 1, 5, 5, 19, 61]),
    (7, 1, &[1, 3, 7, 11, 23, 15, 103]),
    (7, 4, &[1, 3, 7, 13, 13, 15, 69]),
];

/// Most dimensions.
pub const DIMENSIONS: usize = JOE_KUO.len() + 1;

/// The direction numbers of a dimension, from 0.
fn directions(dimension: usize) -> [u32; BITS] {
    let mut v = [0; BITS];
    let Some(&(degree, coefficients, first)) =
        dimension.checked_sub(1).and_then(|d| JOE_KUO.get(d))
    else {
        v.iter_mut().enumerate().for_each(|(i, v)| *v = 1 << (BITS - 1 - i));
        return v;
    };
    for i in 0..BITS {
        v[i] = match first.get(i) {
            Some(m) => m << (BITS - 1 - i),
            None => {
                let mut next = v[i - degree] ^ (v[i - degree] >> degree);
                for k in 1..degree {
                    if coefficients >> (degree - 1 - k) & 1 == 1 {
                        next ^= v[i - k];
                    }
                }
                next
            }
        };
    }
    v
}

/// The first points in so many dimensions (at most [`DIMENSIONS`]); each coordinate from 0 to below 1.
pub fn points(count: u32, dimensions: usize) -> Vec<Vec<f64>> {
    shifted(count, &vec![0; dimensions])
}

/// The same with the bits of each coordinate shifted: as even as the sequence, and without the origin
/// where the shifts are random.
pub fn shifted(count: u32, shift: &[u32]) -> Vec<Vec<f64>> {
    let dimensions = shift.len();
    assert!(dimensions <= DIMENSIONS, "at most {DIMENSIONS} dimensions");
    let directions: Vec<[u32; BITS]> = (0..dimensions).map(directions).collect();
    let mut at = vec![0u32; dimensions];
    let mut all = Vec::with_capacity(count as usize);
    for n in 0..count {
        let share = |(&x, &s): (&u32, &u32)| f64::from(x ^ s) / 4_294_967_296.0;
        all.push(at.iter().zip(shift).map(share).collect());
        let bit = (!n).trailing_zeros() as usize;
        at.iter_mut().zip(&directions).for_each(|(x, v)| *x ^= v[bit.min(BITS - 1)]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first ten points in ten dimensions, as printed with the published generator.
    #[test]
    fn the_first_points_are_the_published_ones() {
        let published = [
            [0.0; 10],
            [0.5; 10],
            [0.75, 0.25, 0.25, 0.25, 0.75, 0.75, 0.25, 0.75, 0.75, 0.75],
            [0.25, 0.75, 0.75, 0.75, 0.25, 0.25, 0.75, 0.25, 0.25, 0.25],
            [0.375, 0.375, 0.625, 0.875, 0.375, 0.125, 0.375, 0.875, 0.875, 0.625],
            [0.875, 0.875, 0.125, 0.375, 0.875, 0.625, 0.875, 0.375, 0.375, 0.125],
            [0.625, 0.125, 0.875, 0.625, 0.625, 0.875, 0.125, 0.125, 0.125, 0.375],
            [0.125, 0.625, 0.375, 0.125, 0.125, 0.375, 0.625, 0.625, 0.625, 0.875],
            [0.1875, 0.3125, 0.9375, 0.4375, 0.5625, 0.3125, 0.4375, 0.9375, 0.9375, 0.3125],
            [0.6875, 0.8125, 0.4375, 0.9375, 0.0625, 0.8125, 0.9375, 0.4375, 0.4375, 0.8125],
        ];
        assert_eq!(points(10, 10), published);
    }

    /// Points 3, 5, 17, 37 and 63 in all dimensions, in 64ths, as another implementation of the published
    /// table prints them (SciPy 1.17, `qmc.Sobol` without scrambling).
    #[test]
    fn all_dimensions_agree_with_another_implementation() {
        let published: [(usize, [u32; DIMENSIONS]); 5] = [
            (
                3,
                [
                    16, 48, 48, 48, 16, 16, 48, 16, 16, 16, 16, 16, 48, 48, 16, 48, 16, 48, 16, 48,
                    48,
                ],
            ),
            (5, [56, 56, 8, 24, 56, 40, 56, 24, 24, 8, 24, 56, 56, 8, 56, 24, 56, 24, 24, 40, 40]),
            (
                17,
                [38, 62, 62, 10, 50, 30, 2, 22, 62, 42, 38, 58, 10, 10, 54, 34, 18, 6, 18, 34, 14],
            ),
            (37, [59, 41, 37, 59, 49, 19, 11, 51, 39, 11, 1, 5, 37, 55, 7, 31, 51, 27, 3, 9, 61]),
            (63, [1, 51, 23, 29, 55, 9, 37, 9, 53, 37, 27, 43, 35, 49, 21, 49, 5, 25, 61, 15, 15]),
        ];
        let all = points(64, DIMENSIONS);
        for (n, golden) in published {
            let found: Vec<u32> = all[n].iter().map(|x| (x * 64.0) as u32).collect();
            assert_eq!(found, golden, "point {n}");
        }
        // Fine digits as well: a checksum over the bits of 4,096 points, by dimension.
        let sums: Vec<u64> = (0..DIMENSIONS)
            .map(|d| {
                let bits = |p: &Vec<f64>| (p[d] * 4_294_967_296.0) as u64;
                let fold = |sum: u64, x: u64| (sum * 31 + x) % 1_000_000_007;
                points(4_096, DIMENSIONS).iter().map(bits).fold(0, fold)
            })
            .collect();
        assert_eq!(
            sums,
            [
                289845986, 812453428, 705540051, 979534468, 457432261, 381510432, 185486277,
                222054469, 69364248, 945527515, 949499819, 330137554, 286978883, 780228541,
                741595614, 480037056, 825054311, 780806184, 177525018, 421676093, 293857120
            ]
        );
    }

    #[test]
    fn each_axis_is_filled_evenly() {
        for (dimension, count) in (0..DIMENSIONS).map(|d| (d, 256u32)) {
            let mut slices = vec![0; count as usize];
            for point in points(count, DIMENSIONS) {
                slices[(point[dimension] * f64::from(count)) as usize] += 1;
            }
            assert!(slices.iter().all(|&n| n == 1), "dimension {dimension}");
        }
    }
}
