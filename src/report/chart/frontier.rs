//! Availability against resources: what each point of a sweep pays in vCores, and which ones are
//! better than all that cost no more.

use super::frame::{self, MARGIN, NOTE, Plot, Scale, Swatch};
use super::palette::{BLUE, GREY, MUTED, PAPER};
use super::picture::{At, Pen, Picture, Type, WIDTH, plain};
use super::sweep::{Shown, SweepCharts, Value};
use super::sweep_axis::ends;
use super::ticks::{self, Tick};
use super::{Chart, font, sweep_line};

/// Most points that have a number.
const NAMED: usize = 12;
/// Most lines of the keys above the list.
const KEYS: usize = 3;
/// Size of a dot with a number.
const RADIUS: f64 = 12.0;

/// A point with a place.
struct Dot {
    /// Index of the point, from 0.
    point: usize,
    vcores: f64,
    /// Unavailability.
    value: f64,
    ends: Option<(f64, f64)>,
    /// Whether no other one is at least as good for no more.
    best: bool,
}

/// The chart; none where all points cost the same.
pub fn chart(sweep: &SweepCharts<'_>) -> Option<Chart> {
    let dots = dots(sweep);
    let (least, most) = ends(&dots.iter().map(|d| d.vcores).collect::<Vec<_>>());
    if dots.len() < 2 || most - least < 1e-9 * most {
        return None;
    }
    let title = "What resources buy: availability against vCores";
    let mut picture = Picture::default();
    let how = "A dot is a point of the sweep, its bar the interval of 95 %. Up is better, left is \
        cheaper.";
    frame::heading(&mut picture, title, how);
    let entries = [
        (Swatch::Dot(BLUE), "no other point is better for the same or less".to_string()),
        (Swatch::Dot(GREY), "another one is".to_string()),
    ];
    frame::legend(&mut picture, (MARGIN, 136.0), &entries);

    let plot = Plot { left: 200.0, right: 1_050.0, top: 172.0, bottom: 745.0 };
    let pad = (most - least) * 0.08;
    let x = Scale::linear(least - pad, most + pad, plot.left, plot.right);
    let all = dots.iter().flat_map(|d| Value { value: Some(d.value), ends: d.ends }.positive());
    let (low, high) = ends(&all.collect::<Vec<_>>());
    let best = dots.iter().map(|d| d.value).fold(f64::INFINITY, f64::min);
    let (y, nines) = sweep_line::vertical(
        Shown::Availability,
        low.max(best / 30.0),
        high,
        (plot.top, plot.bottom),
    );
    frame::left(&mut picture, plot, &y, &nines, "availability of the whole fleet");
    let axis = "vCores per server, those of standbys included";
    frame::bottom(&mut picture, plot, &x, &between(least - pad, most + pad), axis);
    draw(&mut picture, sweep, &dots, &x, &y);
    list(&mut picture, sweep, &dots, plot.right + 40.0);
    let note = sweep.note(Shown::Availability)
        + "; that a point is better may be chance where bars overlap";
    let said = frame::foot(&mut picture, &sweep.facts(), &note);
    Some(Chart {
        name: "sweep-frontier".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

/// Points that have a value, cheapest first; of equally cheap ones the best first.
fn dots(sweep: &SweepCharts<'_>) -> Vec<Dot> {
    let Some(whole) = sweep.whole() else { return Vec::new() };
    let values = whole.points.iter().zip(&sweep.vcores).enumerate();
    let mut dots: Vec<Dot> = values
        .filter_map(|(point, (values, &vcores))| {
            let Value { value, ends } = values[Shown::Availability as usize];
            let value = value.filter(|v| *v > 0.0)?;
            Some(Dot { point, vcores, value, ends, best: false })
        })
        .collect();
    dots.sort_by(|a, b| {
        a.vcores.total_cmp(&b.vcores).then(a.value.total_cmp(&b.value)).then(a.point.cmp(&b.point))
    });
    let mut best = f64::INFINITY;
    for dot in &mut dots {
        dot.best = dot.value < best;
        best = best.min(dot.value);
    }
    dots
}

/// Ticks of an axis that does not begin at 0.
fn between(low: f64, high: f64) -> Vec<Tick> {
    let step = ticks::linear(high - low).get(1).map_or(1.0, |t| t.at);
    let (from, to) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    let tick = |i: i64| {
        let at = i as f64 * step;
        Tick { at, text: ticks::exact(at), below: String::new() }
    };
    (from..=to).map(tick).collect()
}

fn draw(picture: &mut Picture, sweep: &SweepCharts<'_>, dots: &[Dot], x: &Scale, y: &Scale) {
    let at = |dot: &Dot| (x.at(dot.vcores), y.at(dot.value));
    let mut step: Vec<At> = Vec::new();
    for dot in dots.iter().filter(|d| d.best) {
        let (x, y) = at(dot);
        if let Some(last) = step.last().copied() {
            step.push((x, last.1));
        }
        step.push((x, y));
    }
    picture.line(step, Pen::new(BLUE, 2.0).alpha(0.5));
    // The best ones last: on top.
    for best in [false, true] {
        for dot in dots.iter().filter(|d| d.best == best) {
            let ((x, centre), colour) = (at(dot), if best { BLUE } else { GREY });
            if let Some((low, high)) = dot.ends {
                let pen = Pen::new(colour, 5.0).alpha(0.35);
                picture.line(vec![(x, y.at(low)), (x, y.at(high))], pen);
            }
            picture.dot((x, centre), if best { RADIUS } else { 7.0 }, colour);
            let says = sweep_line::words(Shown::Availability, dot.value, dot.ends);
            let vcores = ticks::exact(dot.vcores);
            let title = format!("{}: {vcores} vCores, {says}", sweep.says(dot.point));
            picture.hover((x - 10.0, centre - 10.0), (x + 10.0, centre + 10.0), &title);
        }
    }
    for (number, dot) in dots.iter().filter(|d| d.best).take(NAMED).enumerate() {
        let (x, y) = at(dot);
        let text = (number + 1).to_string();
        picture.text((x, y + 5.5), &text, Type::new(16.0, PAPER).bold().middle());
    }
}

/// What the best points are, by their numbers, with what they pay and get.
fn list(picture: &mut Picture, sweep: &SweepCharts<'_>, dots: &[Dot], left: f64) {
    let room = WIDTH - MARGIN - left - 36.0;
    let keys: Vec<&str> = sweep.axes.iter().map(|a| a.key.as_str()).collect();
    // The values below are told by the order of their keys.
    let (small, mut y) = (Type::new(16.0, MUTED), 186.0);
    for line in font::lines(&keys.join(", "), small.size, room + 34.0, KEYS) {
        picture.cut((left, y), &line, small, room + 34.0);
        y += 20.0;
    }
    y += 16.0;
    for (number, dot) in dots.iter().filter(|d| d.best).take(NAMED).enumerate() {
        picture.dot((left + 12.0, y - 6.0), RADIUS, BLUE);
        let kind = Type::new(16.0, PAPER).bold().middle();
        picture.text((left + 12.0, y - 0.5), &(number + 1).to_string(), kind);
        picture.cut((left + 34.0, y), &sweep.says(dot.point), plain(NOTE), room);
        let (vcores, words) = (ticks::exact(libm::round(dot.vcores * 100.0) / 100.0), |ends| {
            sweep_line::words(Shown::Availability, dot.value, ends)
        });
        let text = format!("{vcores} vCores, {}", words(dot.ends));
        let fits = small.width(&text) <= room;
        let text = if fits { text } else { format!("{vcores} vCores, {}", words(None)) };
        picture.cut((left + 34.0, y + 21.0), &text, small, room);
        y += 46.0;
    }
    let best = dots.iter().filter(|d| d.best).count();
    if best > NAMED {
        let text = format!("and {} more", best - NAMED);
        picture.text((left + 34.0, y), &text, Type::new(NOTE, MUTED));
    }
}
