//! Two axes of a sweep as a map: the darker, the worse, with the value in every cell.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale};
use super::palette::{self, INK, MUTED};
use super::picture::{Pen, Picture, Type, WIDTH, plain};
use super::sweep::{Shown, SweepCharts, Value};
use super::sweep_axis::{Axis, ends};
use super::{Chart, font, sweep_line};
use crate::report::lengths::Unit;
use libm::{exp, log, log10, sqrt};

/// Most values of an axis that are drawn.
const MOST: usize = 40;
/// Width of the bar of colours.
const KEY: f64 = 26.0;

/// The map; none where no point has a value.
pub fn chart(sweep: &SweepCharts<'_>, shown: Shown) -> Option<Chart> {
    let whole = sweep.whole()?;
    let values: Vec<Value> = whole.points.iter().map(|p| p[shown as usize]).collect();
    let seen: Vec<f64> = values.iter().filter_map(|v| v.value).filter(|v| *v > 0.0).collect();
    if seen.is_empty() {
        return None;
    }
    // Words are read across: the longer list goes along the bottom.
    let (first, second) = (&sweep.axes[0], &sweep.axes[1]);
    let turned = second.levels.len() > first.levels.len();
    let (across, up) = if turned { (second, first) } else { (first, second) };
    let (name, what) = match shown {
        Shown::Availability => ("sweep-map-availability", "Availability"),
        Shown::Recovery => ("sweep-map-recovery", "p95 of recovery time"),
    };
    let title = format!("{what} of the whole fleet by two settings");
    let mut picture = Picture::default();
    let how = "A cell is a point of the sweep: the estimate and, where there is room, its interval \
        of 95 %. Yellow is best.";
    frame::heading(&mut picture, &title, how);
    let kind = plain(LABEL);
    let wide = |level: &String| kind.width(&up.label(level));
    let names = up.levels.iter().take(MOST).map(wide).fold(60.0, f64::max).min(230.0);
    let plot = Plot {
        left: MARGIN + 34.0 + names + 16.0,
        right: WIDTH - MARGIN - 174.0,
        top: 130.0,
        bottom: 752.0,
    };
    let range = range(ends(&seen), &values);
    // Nothing is down for more than all of the time.
    let most = if shown == Shown::Availability { 1.0 } else { f64::INFINITY };
    let range = (range.0, range.1.min(most.max(ends(&seen).1)));
    let map = Map { sweep, shown, across, up, plot, range, unit: Unit::between(range.0, range.1) };
    map.draw(&mut picture, &values);
    map.names(&mut picture, names);
    map.key(&mut picture);
    if across.levels.len() > MOST || up.levels.len() > MOST {
        let text = format!("the first {MOST} values of an axis: sweep.csv has them all");
        frame::note(&mut picture, &text);
    }
    let said = frame::foot(&mut picture, &sweep.facts(), &sweep.note(shown));
    Some(Chart { name: name.to_string(), svg: picture.svg(&format!("{title}. {said}")), title })
}

/// Ends of the colours: those of the values, but no nearer to one another than the ends of the usual
/// interval, so that what may be chance does not look like a difference.
fn range((low, high): (f64, f64), values: &[Value]) -> (f64, f64) {
    let factor = |(low, high): (f64, f64)| if low > 0.0 { high / low } else { 1.0 };
    let mut factors: Vec<f64> = values.iter().filter_map(|v| v.ends).map(factor).collect();
    factors.sort_by(f64::total_cmp);
    let usual = factors.get(factors.len() / 2).copied().filter(|f| f.is_finite()).unwrap_or(1.0);
    let wider = sqrt((usual.max(1.02) / (high / low)).max(1.0));
    (low / wider, high * wider)
}

struct Map<'a> {
    sweep: &'a SweepCharts<'a>,
    shown: Shown,
    across: &'a Axis,
    up: &'a Axis,
    plot: Plot,
    /// Ends of the colours.
    range: (f64, f64),
    /// The unit of all times; none where they lie too far apart for one.
    unit: Option<Unit>,
}

impl Map<'_> {
    /// How good a value is, from 0 to 1: by its logarithm.
    fn goodness(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        (log(high) - log(value.clamp(low, high))) / (log(high) - log(low))
    }

    /// A value with enough digits to tell it from others that are a twentieth of the range away.
    fn says(&self, value: f64) -> String {
        self.apart(value, (self.range.1 - self.range.0) / 20.0)
    }

    /// A value with enough digits to tell it from others that are so far apart.
    fn apart(&self, value: f64, apart: f64) -> String {
        match self.shown {
            Shown::Availability => {
                // What is not 100 % does not look so.
                let gap = if value > 0.0 { apart.min(value) } else { apart };
                let decimals = (-log10((gap * 100.0).max(1e-12))).ceil().clamp(0.0, 12.0) as usize;
                format!("{:.decimals$} %", (1.0 - value) * 100.0)
            }
            Shown::Recovery => self.unit.unwrap_or_else(|| Unit::of(value)).says(value, apart),
        }
    }

    fn size(&self) -> (f64, f64) {
        let columns = self.across.levels.len().min(MOST) as f64;
        let rows = self.up.levels.len().min(MOST) as f64;
        ((self.plot.right - self.plot.left) / columns, (self.plot.bottom - self.plot.top) / rows)
    }

    fn draw(&self, picture: &mut Picture, values: &[Value]) {
        let (wide, high) = self.size();
        let place = |axis: &Axis, point: usize| {
            let level = axis.levels.iter().position(|l| *l == axis.texts[point])?;
            (level < MOST).then_some(level as f64)
        };
        let gap = if wide.min(high) > 30.0 { 1.5 } else { 0.4 };
        let size = self.letters(values);
        for (point, value) in values.iter().enumerate() {
            let Some((column, row)) = place(self.across, point).zip(place(self.up, point)) else {
                continue;
            };
            let (x, y) = (self.plot.left + wide * column, self.plot.bottom - high * (row + 1.0));
            let from = (x + gap, y + gap);
            let to = (x + wide - gap, y + high - gap);
            let Some(v) = value.value.filter(|v| *v > 0.0) else {
                picture.bar(from, to, palette::GRID, 1.0);
                let kind = Type::new(NOTE, MUTED).middle();
                if kind.width("none seen") < wide - 8.0 && high > NOTE + 4.0 {
                    picture.text((x + wide / 2.0, y + high / 2.0 + 6.0), "none seen", kind);
                }
                continue;
            };
            let colour = palette::viridis(self.goodness(v));
            picture.bar(from, to, colour, 1.0);
            let ink = palette::on(colour);
            let (middle, centre) = (x + wide / 2.0, y + high / 2.0);
            let says = self.says(v);
            let interval = value.ends.map(|(low, high)| self.interval(low, high));
            let small = Type::new(16.0, ink).middle();
            let fits = |i: &String| high > 58.0 && small.width(i) < wide - 12.0;
            let interval = interval.filter(fits);
            let up = if interval.is_some() { -4.0 } else { 7.0 };
            if let Some(size) = size {
                picture.text((middle, centre + up), &says, Type::new(size, ink).middle());
            }
            if let Some(interval) = interval {
                picture.text((middle, centre + 20.0), &interval, small);
            }
            let says = sweep_line::words(self.shown, v, value.ends);
            picture.hover(from, to, &format!("{}: {says}", self.sweep.says(point)));
        }
    }

    /// The largest size in which the values of all cells fit into them; none where there is none.
    fn letters(&self, values: &[Value]) -> Option<f64> {
        let (wide, high) = self.size();
        let texts: Vec<String> =
            values.iter().filter_map(|v| v.value).map(|v| self.says(v)).collect();
        let fits = |size: &f64| {
            let room = |text: &String| plain(*size).width(text) < wide - 8.0;
            high > size + 4.0 && texts.iter().all(room)
        };
        [LABEL, NOTE, 16.0, 14.0].into_iter().find(fits)
    }

    /// An interval with the digits of the value, and more where its ends would look the same.
    fn interval(&self, low: f64, high: f64) -> String {
        let between = (self.range.1 - self.range.0) / 20.0;
        let apart = if high > low { between.min(high - low) } else { between };
        let [low, high] = [low, high].map(|end| self.apart(end, apart));
        match self.shown {
            Shown::Availability => format!("{} – {low}", high.trim_end_matches(" %")),
            Shown::Recovery => format!("{low} – {high}"),
        }
    }

    /// Values beside rows and below columns, and the keys.
    fn names(&self, picture: &mut Picture, names: f64) {
        let (plot, (wide, high)) = (self.plot, self.size());
        let kind = plain(LABEL);
        let every = (26.0 / high).ceil().max(1.0) as usize;
        for (i, level) in self.up.levels.iter().take(MOST).enumerate().step_by(every) {
            let y = plot.bottom - high * (i as f64 + 0.5) + 7.0;
            picture.name((plot.left - 12.0, y), &self.up.label(level), kind.end(), names);
        }
        let shown = || self.across.levels.iter().take(MOST).map(|l| self.across.label(l));
        let widest = shown().map(|l| kind.width(&l)).fold(0.0, f64::max).min(150.0) + 14.0;
        let every = (widest / wide).ceil().max(1.0) as usize;
        let room = wide * every as f64 - 10.0;
        for (i, level) in shown().enumerate().step_by(every) {
            let x = plot.left + wide * (i as f64 + 0.5);
            picture.name((x, plot.bottom + 26.0), &level, kind.middle(), room);
        }
        let title = Type::new(LABEL, MUTED);
        let cut =
            |text: &str, room: f64| font::fit(&super::picture::clean(text), LABEL, false, room);
        let middle = ((plot.left + plot.right) / 2.0, (plot.top + plot.bottom) / 2.0);
        let key = cut(&self.across.key, plot.right - plot.left);
        picture.text((middle.0, plot.bottom + 54.0), &key, title.middle());
        let key = cut(&self.up.key, plot.bottom - plot.top);
        picture.upwards((MARGIN + 14.0, middle.1), &key, title);
    }

    /// What the colours mean.
    fn key(&self, picture: &mut Picture) {
        const STEPS: u32 = 64;
        let x = WIDTH - MARGIN - 136.0;
        let (top, bottom) = (self.plot.top, self.plot.bottom);
        let height = (bottom - top) / f64::from(STEPS);
        for step in 0..STEPS {
            let goodness = 1.0 - (f64::from(step) + 0.5) / f64::from(STEPS);
            let y = top + height * f64::from(step);
            let to = (x + KEY, (y + height + 0.5).min(bottom));
            picture.bar((x, y), to, palette::viridis(goodness), 1.0);
        }
        let scale = Scale::linear(0.0, 1.0, bottom, top);
        let even = [0.0, 0.25, 0.5, 0.75, 1.0];
        for goodness in even {
            let (least, most) = (log(self.range.0), log(self.range.1));
            let value = exp(most - goodness * (most - least));
            let text = self.says(value);
            let y = scale.at(goodness);
            picture.line(vec![(x + KEY, y), (x + KEY + 6.0, y)], Pen::new(INK, 1.5));
            let down = (y + 6.0).clamp(top + 12.0, bottom);
            picture.text((x + KEY + 11.0, down), &text, Type::new(16.0, INK));
        }
    }
}
