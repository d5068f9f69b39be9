//! Texts that many rows of incidents share, made once.

use super::digits::Digits;
use super::field::{Name, date};
use super::line::{Line, Room, Text};
use crate::kernel::time::MICROS;
use crate::model::fault::Cause;
use crate::model::fleet;
use crate::model::record::{Phase, RecoveryPath};

/// A group as rows need it.
#[derive(Clone, Debug)]
pub struct Group {
    /// What the field of a server begins with.
    pub server: Text,
    /// Zone of all its servers; none is round-robin.
    pub zone: Option<u32>,
    /// By zone: what follows a server's number, up to the zone and a comma.
    pub place: Vec<Text>,
}

impl Group {
    /// Of a region with so many zones.
    pub fn new(group: &fleet::Group, region: &str, zones: u32) -> Group {
        let (name, region) = (Name::new(&group.name), Name::new(region));
        let place = |zone: u32| {
            let mut text = Vec::new();
            name.close(&mut text);
            text.push(b',');
            name.field(&mut text);
            text.push(b',');
            region.field(&mut text);
            text.extend_from_slice(format!(",{},", zone + 1).as_bytes());
            Text::new(text)
        };
        let zones = zones.max(group.zone.map_or(1, |zone| zone + 1));
        let server = Text::new([name.start(), b"/"].concat());
        Group { server, zone: group.zone, place: (0..zones).map(place).collect() }
    }

    /// Most bytes that it takes in a line.
    pub fn most(&self) -> usize {
        self.server.most() + self.place.iter().map(Text::most).max().unwrap_or(0)
    }
}

/// What rows say of an incident of one stretch that is over, with no redundancy gone before it and
/// nothing lost, around the three or four places of its duration.
#[derive(Clone, Debug)]
pub struct PlainTexts {
    /// By cause, up to the first charged cause.
    causes: Vec<Text>,
    /// By path and phase: from the path to the phase.
    paths: Vec<Text>,
    /// By phase: from after it to the loss.
    ends: Vec<Text>,
}

impl PlainTexts {
    /// All of them.
    pub fn new() -> PlainTexts {
        let mut causes = vec![Text::new(Vec::new()); Cause::COUNT];
        for cause in Cause::all() {
            let text = format!(",false,{0},{0}:", cause.name());
            causes[usize::from(cause.0)] = Text::new(text.into_bytes());
        }
        let phases = Phase::ALL.len();
        let paths = RecoveryPath::ALL.iter().flat_map(|path| {
            (0..phases).map(|phase| {
                Text::new(format!(",{}{},", path.word(), ",0".repeat(phase)).into_bytes())
            })
        });
        let ends = (0..phases)
            .map(|phase| Text::new(format!("{},0,", ",0".repeat(phases - 1 - phase)).into_bytes()));
        PlainTexts { causes, paths: paths.collect(), ends: ends.collect() }
    }

    /// Before the charged duration.
    #[inline]
    pub fn cause(&self, cause: Cause) -> &Text {
        &self.causes[usize::from(cause.0)]
    }

    /// Before the duration of its phase.
    #[inline]
    pub fn path(&self, path: RecoveryPath, phase: Phase) -> &Text {
        &self.paths[path as usize * Phase::ALL.len() + phase as usize]
    }

    /// Before the minutes.
    #[inline]
    pub fn end(&self, phase: Phase) -> &Text {
        &self.ends[phase as usize]
    }
}

/// Instants in order: the text of a day serves for many.
#[derive(Debug)]
pub struct Days {
    day: i64,
    text: Text,
}

impl Days {
    /// Before the first instant.
    pub fn new() -> Days {
        Days { day: i64::MIN, text: Text::new(Vec::new()) }
    }

    /// Puts an instant into a line.
    #[inline]
    pub fn instant(&mut self, line: &mut Line<impl Room>, unix_micros: i64) {
        let micros_of_day = 86_400 * MICROS as i64;
        let day = unix_micros.div_euclid(micros_of_day);
        if day != self.day {
            let mut text = Vec::new();
            date(&mut text, day);
            text.push(b'T');
            *self = Days { day, text: Text::new(text) };
        }
        let rest = unix_micros.rem_euclid(micros_of_day) as u64;
        line.text(&self.text);
        line.digits(Digits::clock((rest / MICROS) as u32));
        line.digits(Digits::fraction((rest % MICROS) as u32));
        line.byte(b'Z');
    }
}
