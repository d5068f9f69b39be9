//! Tries the values of axes on the scenario: what is wrong with one is said where it stands.
//!
//! A value is tried alone. One that is not valid alone may be so together with those of other axes: it is
//! judged by points that occur then, and what only some points are wrong with is told of those points.

use super::axis::Axis;
use super::error::{Complaint, Complaints};
use super::overrides::{self, Override};
use super::source::Source;
use super::sweep_file::Design;

/// Most values of listed axes that are tried before the points are.
pub(super) const MOST_TRIED: usize = 200;

/// Axes with the scenario that they move.
pub(super) struct Tried<'a> {
    /// All axes.
    pub axes: &'a [Axis],
    /// How their values meet; none where each is moved alone.
    pub design: Option<Design>,
    /// The scenario's text.
    pub source: &'a Source,
    /// Changes that all points have in common.
    pub common: &'a [Override],
}

impl Tried<'_> {
    /// Tries each value of each axis.
    pub fn all(&self, complaints: &mut Complaints) {
        for (i, axis) in self.axes.iter().enumerate() {
            let last = axis.tried().len().saturating_sub(1);
            for (nth, (value, span)) in axis.tried().into_iter().take(MOST_TRIED).enumerate() {
                let step = if nth == last { axis.len() - 1 } else { nth };
                for complaint in self.wrong(i, step, &value) {
                    // What is wrong with the key is so with each value.
                    let of_key = overrides::is_of_key(&complaint, &axis.key);
                    let complaint = complaint.at(if of_key { axis.span } else { span });
                    if !of_key || !complaints.iter().any(|c| *c == complaint) {
                        complaints.add(complaint);
                    }
                }
            }
        }
    }

    /// What is wrong with a value of an axis wherever it occurs.
    fn wrong(&self, i: usize, step: usize, value: &str) -> Vec<Complaint> {
        let alone = self.mistakes(self.axes[i].set(value));
        if alone.is_empty() {
            return alone;
        }
        let mut points = self.beside(i, step, value).into_iter().map(|point| self.mistakes(point));
        let Some(mut first) = points.next() else { return alone };
        first.retain(|c| alone.iter().any(|a| a.key == c.key) && !self.is_of_another(i, c));
        for other in points {
            first.retain(|c| other.iter().any(|o| o.key == c.key));
        }
        first
    }

    /// Points that have this value: of a zip the one that there is, else some at the ends of the other axes.
    fn beside(&self, i: usize, step: usize, value: &str) -> Vec<Vec<Override>> {
        let point = |of: &dyn Fn(&Axis) -> String| -> Vec<Override> {
            let axes = self.axes.iter().enumerate();
            axes.flat_map(|(k, a)| if k == i { a.set(value) } else { a.set(&of(a)) }).collect()
        };
        match self.design {
            None => Vec::new(),
            Some(_) if self.axes.len() < 2 => Vec::new(),
            Some(Design::Zip) => vec![point(&|axis| axis.level(step))],
            Some(Design::Product) => vec![point(&|axis| axis.level(0))],
            Some(Design::LatinHypercube | Design::Sobol) => {
                vec![point(&|axis| axis.at(0.0)), point(&|axis| axis.at(1.0))]
            }
        }
    }

    /// Whether a mistake is about what another axis moves.
    fn is_of_another(&self, i: usize, complaint: &Complaint) -> bool {
        let sets = |axis: &Axis| axis.sets(&complaint.key);
        !sets(&self.axes[i]) && self.axes.iter().any(sets)
    }

    fn mistakes(&self, moved: Vec<Override>) -> Vec<Complaint> {
        let changes: Vec<Override> = self.common.iter().cloned().chain(moved).collect();
        match self.source.scenario(&changes) {
            Ok(_) => Vec::new(),
            Err(found) => found.iter().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sweep_file::SweepFile;

    /// What is said of a sweep with these axes; nothing if it is valid.
    fn said(text: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let scenario = "name = 'base'\nduration = '1y'\n[[region]]\nname = 'r'\nzones = 3\n\
            [[servers]]\ngroup = 'y'\ncount = 4\nregion = 'r'\n";
        std::fs::write(folder.path().join("base.toml"), scenario).expect("written");
        let path = folder.path().join("s.toml");
        std::fs::write(&path, format!("scenario = 'base.toml'\n{text}")).expect("written");
        SweepFile::read(&path, &[]).map_or_else(|c| c.lines(), |_| String::new())
    }

    const ZONES: &str = "[[axis]]\nkey = 'region.r.zones'\nvalues = [3, 5]\n\
        [[axis]]\nkey = 'servers.y.zone'\nvalues = [3, 5]\n";

    #[test]
    fn what_is_valid_beside_another_axis_is_no_mistake() {
        assert_eq!(said(&format!("design = 'zip'\n{ZONES}")), "");
        assert_eq!(said(&format!("design = 'zip'\n{}", ZONES.replace("[3, 5]", "[5, 5]"))), "");
        assert_eq!(said(&ZONES.replacen("[3, 5]", "[5, 6]", 1)), "");
        // Every point has an end of the other axis at most.
        assert_eq!(said(&format!("design = 'sobol'\npoints = 2\n{ZONES}")), "");
    }

    #[test]
    fn what_is_wrong_wherever_it_occurs_is_said_at_its_place() {
        let zip = said(&format!("design = 'zip'\n{}", ZONES.replacen("5]", "4]", 1)));
        assert!(
            zip.contains("s.toml:8:14: `servers.y.zone`: expected") && zip.lines().count() == 1,
            "{zip}"
        );
        assert!(zip.contains("from 1 to 4, found 5"), "as it is in its row: {zip}");
        let product = said(ZONES);
        assert!(
            product.contains(":7:14:") && product.contains("from 1 to 3, found 5"),
            "{product}"
        );
        let all = said(&ZONES.replace("5]", "'x']"));
        assert!(
            all.lines().count() == 2 && all.contains(":4:14:") && all.contains(":7:14:"),
            "{all}"
        );
    }
}
