//! What a sweep is, apart from what it found: what its files say in front, and what tells it from others.

use super::About;
use super::manifest::{FORMAT, MADE_BY, json_digest, scenario_digest};
use crate::experiment::{Plan, Sweep};
use crate::scenario::plain;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a sweep is, apart from what it found: complete enough to finish it elsewhere.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SweepAbout {
    /// Name of the sweep.
    pub name: String,
    /// The command that repeats it.
    pub command: String,
    /// How a point alone is played: the same without its axes.
    pub point_command: String,
    /// Seed of all points.
    pub seed: u64,
    /// Profile of the base.
    pub profile: Option<String>,
    /// The sweep as it was read.
    pub sweep: Value,
    /// Keys of the axes.
    pub axes: Vec<String>,
    /// Values of each point, in the order of axes, as TOML.
    pub points: Vec<Vec<String>>,
    /// Digest of the base scenario.
    pub scenario_digest: String,
    /// The base scenario.
    pub scenario: Value,
    /// Whether every point has a folder of its own.
    pub folders: bool,
    /// What the points are for, if they are those of a sensitivity analysis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

impl SweepAbout {
    /// About this sweep.
    pub fn of(
        sweep: &Sweep,
        plan: Option<Plan>,
        command: String,
        point_command: String,
        folders: bool,
    ) -> SweepAbout {
        let (file, base) = (&sweep.file, &sweep.file.base);
        SweepAbout {
            name: file.name.clone(),
            command,
            point_command,
            seed: base.fleet.seed,
            profile: base.profile.map(str::to_string),
            sweep: json!({
                "scenario": file.scenario.display().to_string(),
                "design": file.design.word(),
                "points": file.points,
                "axis": file.axes.iter().map(|a| a.effective()).collect::<Vec<_>>(),
            }),
            axes: file.axes.iter().map(|a| a.key.clone()).collect(),
            points: sweep.points.iter().map(|p| p.values.clone()).collect(),
            scenario_digest: scenario_digest(base),
            scenario: base.effective.clone(),
            folders,
            plan,
        }
    }

    /// Digest of all that decides about the results: points, base scenario, what is written.
    pub fn digest(&self) -> String {
        let mut facts =
            json!([self.name, self.axes, self.points, self.scenario_digest, self.folders]);
        if let (Some(plan), Some(list)) = (&self.plan, facts.as_array_mut()) {
            list.push(json!(plan));
        }
        json_digest(&facts)
    }

    /// The seeds of its points, in words: `seed 7`, `seeds 1 to 5`.
    pub fn seeds(&self) -> String {
        let axis = self.axes.iter().position(|key| key == "seed");
        let seeds = axis.into_iter().flat_map(|i| self.points.iter().filter_map(move |p| p.get(i)));
        // An axis of a study that is not moved is where the base has it.
        let seed = |text: &String| match text.as_str() {
            "" => Some(self.seed),
            text => plain(text).parse().ok(),
        };
        seeds_in_words(self.seed, seeds.filter_map(seed))
    }

    /// The manifest: what the sweep is, around what was found.
    pub(super) fn manifest(&self, found: Map<String, Value>) -> Vec<u8> {
        let mut all = json!({
            "made_by": MADE_BY,
            "format": FORMAT,
            "version": env!("CARGO_PKG_VERSION"),
            "command": self.command,
            "name": self.name,
            "profile": self.profile,
            "seed": self.seed,
            "sweep_digest": self.digest(),
        });
        let last = json!({ "scenario_digest": self.scenario_digest, "scenario": self.scenario });
        if let (Some(all), Value::Object(last)) = (all.as_object_mut(), last) {
            all.extend(found);
            all.extend(last);
        }
        super::json_bytes(&all)
    }

    /// What two parts of one sweep have in common, in words.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("sweep", self.name.clone()),
            ("seed", self.seed.to_string()),
            ("base scenario's digest", self.scenario_digest.clone()),
            ("sweep digest", self.digest()),
        ]
    }

    /// What the files of a point say about it.
    pub fn point(&self, index: usize) -> About {
        let mut command = self.point_command.clone();
        for (key, value) in self.axes.iter().zip(&self.points[index]) {
            let word = format!("{key}={}", plain(value)).replace('\'', "'\\''");
            command += &format!(" --set '{word}'");
        }
        About::this(command)
    }
}

/// Seeds of points in words, where some of them set one: `seed 7`, `seeds 1 to 5`.
pub(super) fn seeds_in_words(base: u64, seeds: impl Iterator<Item = u64>) -> String {
    match seeds.fold(None, |ends: Option<(u64, u64)>, seed| {
        Some(ends.map_or((seed, seed), |(least, most)| (least.min(seed), most.max(seed))))
    }) {
        Some((least, most)) if least < most => format!("seeds {least} to {most}"),
        ends => format!("seed {}", ends.map_or(base, |e| e.0)),
    }
}

/// Name of the folder of a point, by its index from 0.
pub fn point_folder(index: usize, points: usize) -> String {
    let width = points.to_string().len().max(4);
    format!("point={:0width$}", index + 1)
}
