//! Sweep files: a scenario, axes by the path of a key, and how they are combined.
//!
//! Mistakes are reported all at once, each with its place. Every listed value, and both ends of every
//! range, is tried on the scenario: what is wrong with it is said where it stands.

use super::Scenario;
use super::axis::Axis;
use super::bare;
use super::decode::unknown_keys_but;
use super::error::{Complaint, Complaints};
use super::fields::{Kind, TOP};
use super::overlap::{Overlap, overlapping};
use super::overrides::Override;
use super::reader::{Reader, Trail};
use super::source::{Source, read_text};
use super::syntax::{self, Documents, Node, Span, Table, Value};
use super::tried::Tried;
use std::path::{Path, PathBuf};

/// How the values of axes are combined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Design {
    /// Every value of each axis with every value of the others.
    Product,
    /// The first values of all axes, then the second ones, and so on.
    Zip,
    /// So many points: one in each of so many slices of every axis.
    LatinHypercube,
    /// So many points of a Sobol' sequence.
    Sobol,
}

const DESIGNS: [(&str, Design); 4] = [
    ("product", Design::Product),
    ("zip", Design::Zip),
    ("latin-hypercube", Design::LatinHypercube),
    ("sobol", Design::Sobol),
];

impl Design {
    /// The word in files.
    pub fn word(self) -> &'static str {
        DESIGNS.iter().find(|d| d.1 == self).map_or("", |d| d.0)
    }

    /// Whether points are drawn between the ends of axes.
    pub fn sampled(self) -> bool {
        matches!(self, Design::LatinHypercube | Design::Sobol)
    }
}

/// A valid sweep file with its scenario.
#[derive(Clone, Debug)]
pub struct SweepFile {
    /// Name of the sweep and of its result folder.
    pub name: String,
    /// The scenario file as the sweep file names it.
    pub scenario: PathBuf,
    /// How the axes are combined.
    pub design: Design,
    /// How many points a sampled design has.
    pub points: Option<u32>,
    /// What is moved.
    pub axes: Vec<Axis>,
    /// The text of the scenario.
    pub source: Source,
    /// Changes that all points have in common.
    pub common: Vec<Override>,
    /// The scenario without any axis.
    pub base: Scenario,
}

/// Most points of a sweep.
pub const MOST_POINTS: u64 = 100_000;
/// Most axes: as many as the sequence has dimensions.
pub const MOST_AXES: usize = 21;

impl SweepFile {
    /// Reads a sweep file and the scenario that it names.
    pub fn read(path: &Path, common: &[Override]) -> Result<SweepFile, Complaints> {
        SweepFile::read_as(path, common, false)
    }

    fn read_as(path: &Path, common: &[Override], study: bool) -> Result<SweepFile, Complaints> {
        let text = read_text(path, "a sweep file")?;
        let name = path.display().to_string();
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("sweep");
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        SweepFile::parse((&name, stem), &text, folder, common, study)
    }

    /// Reads what a sensitivity analysis takes: a sweep file, of which only the ends of the axes count and
    /// which may have none, or a scenario.
    pub fn read_for_study(path: &Path, common: &[Override]) -> Result<SweepFile, Complaints> {
        let source = Source::read(path)?;
        if source.has("scenario") {
            return SweepFile::read_as(path, common, true);
        }
        let base = source.scenario(common)?;
        let file = path.file_name().map(PathBuf::from);
        Ok(SweepFile {
            name: base.name.clone(),
            scenario: file.unwrap_or_default(),
            design: Design::Product,
            points: None,
            axes: Vec::new(),
            source,
            common: common.to_vec(),
            base,
        })
    }

    /// Reads the text of a sweep file; `name` is shown in complaints and names the result. For a study the
    /// axes are ranges, whatever the design is.
    pub fn parse(
        (name, stem): (&str, &str),
        text: &str,
        folder: &Path,
        common: &[Override],
        study: bool,
    ) -> Result<SweepFile, Complaints> {
        let mut documents = Documents::default();
        let document = documents.add(name, text.strip_prefix('\u{feff}').unwrap_or(text));
        let mut complaints = Complaints::new();
        let mut bare = Vec::new();
        let root = syntax::parse_on(&documents, document, &mut complaints, &mut bare);
        let Some(root) = root else { return Err(complaints.finish(&documents)) };
        let read = read(&root, stem, study, &mut complaints).unwrap_or_default();
        // Its own mistakes do not hide those of the scenario, nor what the axes do to it.
        let base = read.scenario.as_ref().map(|name| {
            let source = Source::read(&folder.join(name))?;
            source.scenario(common).map(|base| (source, base))
        });
        // A server group has a name and a number.
        let named = |key: &str| match &base {
            Some(Ok((source, _))) => source.numbered(key),
            _ => key.to_string(),
        };
        for (i, key) in read.keys.iter().enumerate() {
            overlapping(key, &read.keys[..i], &named).into_iter().for_each(|c| complaints.add(c));
        }
        if let Some(Ok((source, _))) = &base {
            let design = read.design.filter(|_| !study);
            let tried = Tried { axes: &read.axes, design, source, common };
            tried.all(&mut complaints);
            if complaints.is_empty() {
                tried.unheard(&mut complaints);
            }
        }
        bare::settle(&bare, &mut complaints);
        let whole = complaints.is_empty();
        let complaints = complaints.finish(&documents);
        let (source, base) = match base {
            Some(Ok(both)) => both,
            Some(Err(others)) => return Err(complaints.and(others)),
            None => return Err(complaints),
        };
        let Read { name, scenario, design, points, axes, .. } = read;
        match (name, scenario, design) {
            (Some(name), Some(scenario), Some(design)) if whole => {
                let (scenario, common) = (PathBuf::from(scenario), common.to_vec());
                Ok(SweepFile { name, scenario, design, points, axes, source, common, base })
            }
            _ => Err(complaints),
        }
    }

    /// Changes of the command line that no point keeps, each with the axis that sets another value.
    pub fn idle(&self) -> Vec<(&Override, &Axis)> {
        let named = |key: &str| self.source.numbered(key);
        let idle = |change: &Override, axis: &Axis| match Overlap::of(
            &named(&axis.key),
            &named(&change.path),
        ) {
            None => false,
            Some(Overlap::Inside) => change.gives_way(),
            Some(_) => true,
        };
        // A seed says which hypercube is drawn as well.
        let drawn = |change: &Override| {
            self.design == Design::LatinHypercube && named(&change.path) == "seed"
        };
        let changes = self.common.iter().filter(|change| !drawn(change));
        changes.filter_map(|c| Some((c, self.axes.iter().find(|axis| idle(c, axis))?))).collect()
    }

    /// The changes that make a point of the base, in the order of axes. An empty value leaves an axis
    /// where the base has it.
    pub fn overrides(&self, values: &[String]) -> Vec<Override> {
        let axes = self.axes.iter().zip(values).filter(|(_, value)| !value.is_empty());
        let moved = axes.flat_map(|(axis, value)| axis.set(value));
        self.common.iter().cloned().chain(moved).collect()
    }
}

/// What could be read; all of it is there if there were no complaints.
#[derive(Default)]
struct Read {
    name: Option<String>,
    scenario: Option<String>,
    design: Option<Design>,
    points: Option<u32>,
    axes: Vec<Axis>,
    /// The keys of all axes with their places, also of those that could not be read.
    keys: Vec<(String, Span)>,
}

/// What a sweep file has.
const KEYS: [&str; 5] = ["name", "scenario", "design", "points", "axis"];

/// Where a part of a scenario belongs that stands in a sweep file.
fn of_a_scenario(key: &str, node: Option<&Node>) -> Option<String> {
    let part = TOP.iter().find(|field| field.name == key)?;
    let path = match (part.kind, node.map(|node| &node.value)) {
        (Kind::Tables(_), _) if ["inject", "expect"].contains(&key) => format!("{key}.NUMBER.KEY"),
        (Kind::Tables(_), _) => format!("{key}.NAME.KEY"),
        (Kind::Faults(_), _) => format!("{key}.MODE.KEY"),
        (Kind::Table(_), _) | (_, Some(Value::Table(_))) => format!("{key}.KEY"),
        _ => key.to_string(),
    };
    let option = match key {
        "seed" => "--seed N or ",
        "replications" => "--replications N or ",
        _ => "",
    };
    Some(format!(
        "`{key}` is a part of the scenario that the sweep file names: change it there, at all points with \
         {option}--set {path}=VALUE, or from point to point with an [[axis]] of `key = \"{path}\"`"
    ))
}

fn read(root: &Node, stem: &str, study: bool, complaints: &mut Complaints) -> Option<Read> {
    let table = root.as_table()?;
    if table.get("scenario").is_none()
        && let Some(servers) = table.get("servers")
    {
        let expected = "a sweep file: `scenario = \"FILE\"` and one or more [[axis]]";
        let found = Complaint::new(servers.span, "servers", "a scenario", expected);
        complaints
            .add(found.hint("`run` plays a scenario, `sweep --tornado` moves its assumptions"));
        return None;
    }
    let top = Trail::TOP;
    let mut reader = Reader::new(complaints, None);
    unknown_keys_but(&mut reader, &top, table, &KEYS, &of_a_scenario);
    let start = Node { value: Value::Bool(true), span: Span { end: root.span.start, ..root.span } };
    let file = "the path of a scenario, relative to the sweep file";
    let scenario = reader.required(&top, &start, table, "scenario", file);
    let scenario = scenario.and_then(|n| reader.text(&top.to("scenario"), n)).map(String::from);
    let own = Node { value: Value::String(stem.to_string()), span: start.span };
    let name = reader.folder_name(&top.to("name"), table.get("name").unwrap_or(&own));
    let words: Vec<&str> = DESIGNS.iter().map(|d| d.0).collect();
    let design = match table.get("design") {
        None => Some(Design::Product),
        Some(node) => {
            let found = DESIGNS.iter().find(|d| node.as_str() == Some(d.0)).map(|d| d.1);
            if found.is_none() {
                reader.complain_word(&top.to("design"), node, &words);
            }
            found
        }
    };
    let (design, points) = match study {
        true => (Some(Design::Sobol), None),
        false => (design, read_points(&mut reader, table, design, &start)),
    };
    let (axes, keys) = match table.get("axis") {
        None if study => Default::default(),
        _ => read_axes(&mut reader, table, design, &start),
    };
    Some(Read { name, scenario, design, points, axes, keys })
}

fn read_points(
    reader: &mut Reader<'_>,
    table: &Table,
    design: Option<Design>,
    start: &Node,
) -> Option<u32> {
    let trail = Trail::TOP.to("points");
    match (table.get("points"), design?.sampled()) {
        (None, false) => {}
        (Some(node), false) => {
            let expected = "nothing: the axes say how many points there are";
            reader.expected(&trail, node, expected);
        }
        (Some(node), true) => {
            return reader.integer(&trail, node, 1, MOST_POINTS as i64).map(|points| points as u32);
        }
        (None, true) => {
            reader.missing(&Trail::TOP, start, "points", "how many points the design has");
        }
    }
    None
}

fn read_axes(
    reader: &mut Reader<'_>,
    table: &Table,
    design: Option<Design>,
    start: &Node,
) -> (Vec<Axis>, Vec<(String, Span)>) {
    let trail = Trail::TOP.to("axis");
    let expected = "one or more [[axis]]";
    let node = reader.required(&Trail::TOP, start, table, "axis", expected);
    let items = node.and_then(|node| Some((node, reader.array(&trail, node, expected)?)));
    let Some((node, items)) = items else { return Default::default() };
    if items.len() > MOST_AXES {
        reader.expected(&trail, node, &format!("at most {MOST_AXES} axes"));
    }
    // Nobody knows whether a design that there is not needs steps.
    let sampled = design.is_none_or(Design::sampled);
    let (mut axes, mut keys): (Vec<Axis>, Vec<(String, Span)>) = Default::default();
    for item in items.iter().take(MOST_AXES) {
        let Some(table) = reader.table(&trail, item) else { continue };
        let at_top = |key: &str, _: Option<&Node>| {
            let is = KEYS.contains(&key) && key != "axis";
            is.then(|| {
                format!("`{key}` is a key of the whole file: it stands above the first [[axis]]")
            })
        };
        let of_axis = ["key", "values", "from", "to", "steps", "scale"];
        unknown_keys_but(reader, &trail, table, &of_axis, &at_top);
        let path = "the path of a key, as in \"standby.detection\"";
        let at = trail.to("key");
        let key = reader.required(&trail, item, table, "key", path);
        let key = key.and_then(|node| Some((reader.text(&at, node)?, node)));
        let no_path = |text: &str| text.starts_with('-') || text.split('.').any(str::is_empty);
        let named = key.and_then(|(text, key)| {
            if no_path(text) || text == "name" {
                reader.expected(&at, key, path);
                return None;
            }
            Some((text.to_string(), key.span))
        });
        let mut complain = |complaint| reader.complain(complaint);
        let as_named = named.clone().unwrap_or_default();
        let axis = Axis::read(as_named, table, item.span, sampled, &mut complain);
        axes.extend(axis.filter(|_| named.is_some()));
        keys.extend(named);
    }
    let lengths = || axes.iter().map(|a| a.len() as u64);
    let points: u64 = match design {
        Some(Design::Product) => lengths().fold(1, u64::saturating_mul),
        _ => lengths().max().unwrap_or(0),
    };
    if design == Some(Design::Product) && points > MOST_POINTS {
        let found = format!("{points} points");
        reader.complain(Complaint::new(node.span, trail, found, "at most 100000 points"));
    }
    if design == Some(Design::Zip)
        && let Some(axis) = axes.iter().find(|a| a.len() as u64 != points)
    {
        let found = format!("{} values", axis.len());
        let expected = format!("{points} values, as many as the longest axis of a zip");
        reader.complain(Complaint::new(axis.span, &axis.key, found, expected));
    }
    (axes, keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sweep of two groups with these axes, changed by these options.
    fn read(
        design: &str,
        axes: &[(&str, &str)],
        options: &[Override],
    ) -> Result<SweepFile, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let scenario = "name = 'base'\nduration = '1y'\n[[region]]\nname = 'r'\n\
            [[servers]]\ngroup = 'x'\ncount = 4\n[[servers]]\ngroup = 'y'\ncount = 4\n";
        std::fs::write(folder.path().join("base.toml"), scenario).expect("written");
        let path = folder.path().join("s.toml");
        let axis =
            |(key, values): &(&str, &str)| format!("[[axis]]\nkey = '{key}'\nvalues = {values}\n");
        let axes: String = axes.iter().map(axis).collect();
        std::fs::write(&path, format!("scenario = 'base.toml'\n{design}\n{axes}"))
            .expect("written");
        SweepFile::read(&path, options).map_err(|c| c.lines())
    }

    #[test]
    fn axes_that_set_the_same_are_refused() {
        let off = ("fault.process_crash", "['off', { rate = '3/y' }]");
        let rate = ("fault.process_crash.rate", "['1/y', '2/y']");
        for (axes, words) in [
            ([off, rate], "`fault.process_crash` holds it"),
            ([rate, off], "`fault.process_crash.rate` is a part of it"),
            ([rate, rate], "is an axis already"),
            ([rate, ("fault.process_crash.every", "['1y']")], "takes its place"),
            (
                [("servers.y.count", "[1]"), ("servers.2.count", "[2]")],
                "`servers.y.count` is the same key",
            ),
        ] {
            let said = read("", &axes, &[]).expect_err(words);
            assert!(said.contains(words) && said.contains(":7:7: `axis.key`"), "{words}: {said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
        let apart = [
            rate,
            ("servers.x.count", "[1]"),
            ("servers.y.count", "[2]"),
            ("standby.detection", "['1s']"),
        ];
        assert!(read("", &apart, &[]).is_ok());
    }

    #[test]
    fn all_mistakes_of_a_sweep_file_are_told_at_once() {
        let rest = "[[axis]]\nkey = 'standby.detection'\nfrom = '1s'\nto = '9s'\nsteps = 0\nscale = 'cubic'\n\
                    [[axis]]\nvalues = []\nnonsense = 1\n[[axis]]\nkey = 'region.spare'\n\
                    values = ['1%', '2%', '3%']\n[[axis]]\nkey = 'no.such'\nvalues = [1, 2]";
        let axes = [("standby.detection", "[]"), (rest, "")];
        let text = |(key, values): &(&str, &str)| match values.is_empty() {
            true => format!("{key}\n"),
            false => format!("[[axis]]\nkey = '{key}'\nvalues = {values}\n"),
        };
        let folder = tempfile::tempdir().expect("a folder");
        let base = "name='b'\n[[region]]\nname='r'\n[[servers]]\ngroup='x'\ncount=4\n";
        std::fs::write(folder.path().join("b.toml"), base).expect("written");
        let path = folder.path().join("s.toml");
        let body: String = axes.iter().map(text).collect();
        std::fs::write(&path, format!("scenario='b.toml'\ndesign='cubes'\n{body}"))
            .expect("written");
        let said = SweepFile::read(&path, &[]).expect_err("mistakes").lines();
        let places: Vec<&str> = said.lines().filter_map(|l| l.split(": ").nth(1)).collect();
        let lines: Vec<&str> =
            said.lines().filter_map(|l| l.split("s.toml:").nth(1)?.split(':').next()).collect();
        assert_eq!(lines, ["2", "5", "7", "10", "11", "12", "13", "14", "16", "19"], "{said}");
        assert_eq!(places.last(), Some(&"`no`"), "{said}");
    }

    #[test]
    fn parts_of_a_scenario_in_a_sweep_file_are_told_where_they_belong() {
        let axis = [("standby.detection", "['1s']")];
        let said = |part: &str| read(part, &axis, &[]).expect_err(part);
        for (part, cure) in [
            ("seed = 7", "at all points with --seed N or --set seed=VALUE, or"),
            (
                "replications = { count = 9 }",
                "with --replications N or --set replications.KEY=VALUE",
            ),
            (
                "duration = '2y'",
                "with --set duration=VALUE, or from point to point with an [[axis]]",
            ),
            ("standby = { detection = '3s' }", "of `key = \"standby.KEY\"`"),
            ("maintenance = 'off'", "with --set maintenance=VALUE"),
            ("fault = { zone_outage = 'off' }", "with --set fault.MODE.KEY=VALUE"),
            ("servers = [{ group = 'x' }]", "with --set servers.NAME.KEY=VALUE"),
            ("inject = []", "with --set inject.NUMBER.KEY=VALUE"),
        ] {
            let said = said(part);
            assert!(said.contains(cure) && said.contains("unknown key"), "{said}");
        }
        assert!(said("desgin = 'zip'").contains("did you mean `design`?"));
        let below = read("", &[("standby.detection", "['1s']\ndesign = 'zip'")], &[]);
        let below = below.expect_err("design in an axis");
        assert!(below.contains("it stands above the first [[axis]]"), "{below}");
    }

    #[test]
    fn options_that_every_point_overrides_are_known() {
        let option = |text: &str| text.parse::<Override>().expect("an option");
        let idle = |design: &str, key: &str, values: &str, options: Vec<Override>| -> Vec<String> {
            let file = read(design, &[(key, values)], &options).expect("valid");
            file.idle()
                .iter()
                .map(|(change, axis)| format!("{} {}", change.words(), axis.key))
                .collect()
        };
        let (seed, count) = (Override::seed(9), Override::replications(5));
        let both = || vec![seed.clone(), count.clone()];
        assert_eq!(idle("", "seed", "[1, 2]", both()), ["--seed 9 seed"]);
        assert_eq!(
            idle("", "replications.count", "[1]", both()),
            ["--replications 5 replications.count"]
        );
        // Which hypercube it is depends on the seed of the base.
        assert!(
            idle("design = 'latin-hypercube'\npoints = 2", "seed", "[1, 2]", both()).is_empty()
        );
        let detection = || vec![option("standby.detection=9s"), option("servers.1.count=2")];
        assert_eq!(
            idle("", "standby", "[{ decision = '1s' }]", detection()),
            ["--set standby.detection=9s standby"]
        );
        assert_eq!(
            idle("", "servers.x.count", "[1]", detection()),
            ["--set servers.1.count=2 servers.x.count"]
        );
        let fault = |value: &str| vec![option(&format!("fault.zone_outage={value}"))];
        assert_eq!(idle("", "fault.zone_outage.rate", "['1/y']", fault("off")).len(), 1);
        let share = fault("{ rate = '1/y', lasts = '1h', share = '50%' }");
        assert!(
            idle("", "fault.zone_outage.rate", "['1/y']", share).is_empty(),
            "a part of it stays"
        );
    }
}
