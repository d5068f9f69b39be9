//! Designs: which values of the axes meet in which point of a sweep.

use super::sobol;
use crate::kernel::chance::{Bits, Key};
use crate::scenario::{Design, SweepFile};

/// Names the draws of Latin hypercubes among all draws of a seed.
const HYPERCUBE: u64 = 0x6c68_7063;

/// The values of every point as TOML, in the order of axes. Of a product the last axis moves fastest.
pub fn points(file: &SweepFile) -> Vec<Vec<String>> {
    let count = file.points.unwrap_or(0);
    let at = |shares: Vec<Vec<f64>>| {
        let values = |point: Vec<f64>| {
            file.axes.iter().zip(point).map(|(axis, share)| axis.at(share)).collect()
        };
        shares.into_iter().map(values).collect()
    };
    match file.design {
        Design::Product => product(&file.axes.iter().map(|a| a.len()).collect::<Vec<_>>())
            .into_iter()
            .map(|steps| file.axes.iter().zip(steps).map(|(a, step)| a.level(step)).collect())
            .collect(),
        Design::Zip => {
            let steps = 0..file.axes.first().map_or(0, |a| a.len());
            steps.map(|step| file.axes.iter().map(|a| a.level(step)).collect()).collect()
        }
        Design::LatinHypercube => at(latin_hypercube(count, file.axes.len(), file.base.fleet.seed)),
        Design::Sobol => at(sobol::points(count, file.axes.len())),
    }
}

/// Every combination of steps; the last axis moves fastest.
fn product(lengths: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for &length in lengths {
        all = all
            .into_iter()
            .flat_map(|head| {
                (0..length).map(move |step| head.iter().copied().chain([step]).collect())
            })
            .collect();
    }
    all
}

/// Points of which each slice `1/count` of each axis holds exactly one, anywhere in it.
pub fn latin_hypercube(count: u32, axes: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut all = vec![Vec::with_capacity(axes); count as usize];
    for axis in 0..axes {
        let mut draw = Key::new(seed).with(HYPERCUBE).with(axis as u64).draw();
        let mut slices: Vec<u32> = (0..count).collect();
        for i in (1..slices.len()).rev() {
            slices.swap(i, draw.below(i as u64 + 1) as usize);
        }
        for (point, slice) in all.iter_mut().zip(slices) {
            point.push((f64::from(slice) + draw.unit()) / f64::from(count));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_has_every_combination_once() {
        assert_eq!(
            product(&[2, 3]),
            [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]].map(Vec::from)
        );
        assert_eq!(product(&[2, 0]).len(), 0);
    }

    #[test]
    fn each_slice_of_each_axis_holds_one_point_of_a_hypercube() {
        for (count, axes) in [(1, 1), (7, 3), (100, 10)] {
            let points = latin_hypercube(count, axes, 7);
            for axis in 0..axes {
                let mut slices: Vec<u32> =
                    points.iter().map(|p| (p[axis] * f64::from(count)) as u32).collect();
                slices.sort_unstable();
                assert_eq!(slices, (0..count).collect::<Vec<_>>());
            }
        }
        assert_eq!(latin_hypercube(9, 2, 7), latin_hypercube(9, 2, 7));
        assert_ne!(latin_hypercube(9, 2, 7), latin_hypercube(9, 2, 8));
    }
}
