//! A picture in the making: shapes drawn by plotters at ten times the size, text and hover on top.
//!
//! plotters rounds to whole pixels, so shapes are drawn ten times as large and scaled down. Text is
//! placed by the embedded typeface's widths and written here: escaped, never by a shape of it.

use super::font::{self, FAMILY};
use super::palette::{Colour, INK, PAPER};
use crate::scenario::error::escape;
use plotters::prelude::*;
use std::fmt::Write as _;

/// Width of every picture.
pub const WIDTH: f64 = 1600.0;
/// Height of a picture, unless what it shows needs less or more.
pub const HEIGHT: f64 = 900.0;
/// How much larger shapes are drawn.
const SCALE: f64 = 10.0;

/// A point.
pub type At = (f64, f64);

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// Its colour.
    pub colour: Colour,
    /// Its width.
    pub width: f64,
    /// From 0, nothing, to 1.
    pub alpha: f64,
}

impl Pen {
    /// An opaque line.
    pub fn new(colour: Colour, width: f64) -> Pen {
        Pen { colour, width, alpha: 1.0 }
    }

    /// The same, see-through.
    pub fn alpha(self, alpha: f64) -> Pen {
        Pen { alpha, ..self }
    }
}

/// Which end of a text stays where it is put.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// Its start.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// Size.
    pub size: f64,
    /// Semibold or regular.
    pub bold: bool,
    /// Colour.
    pub colour: Colour,
    /// Which end is fixed.
    pub anchor: Anchor,
}

impl Type {
    /// Regular, from its start.
    pub fn new(size: f64, colour: Colour) -> Type {
        Type { size, bold: false, colour, anchor: Anchor::Start }
    }

    /// Semibold.
    pub fn bold(self) -> Type {
        Type { bold: true, ..self }
    }

    /// Around its middle.
    pub fn middle(self) -> Type {
        Type { anchor: Anchor::Middle, ..self }
    }

    /// Up to its end.
    pub fn end(self) -> Type {
        Type { anchor: Anchor::End, ..self }
    }

    /// How wide a text is.
    pub fn width(self, text: &str) -> f64 {
        font::width(text, self.size, self.bold)
    }
}

enum Shape {
    Line(Vec<At>, Pen),
    Area(Vec<At>, Colour, f64),
    Bar(At, At, Colour, f64),
    Dot(At, f64, Colour, bool),
}

/// A picture in the making.
pub struct Picture {
    /// How high it is.
    pub height: f64,
    shapes: Vec<Shape>,
    text: String,
    hovers: String,
}

impl Default for Picture {
    fn default() -> Picture {
        let (shapes, text, hovers) = (Vec::new(), String::new(), String::new());
        Picture { height: HEIGHT, shapes, text, hovers }
    }
}

impl Picture {
    /// A line through points.
    pub fn line(&mut self, points: Vec<At>, pen: Pen) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line(points, pen));
        }
    }

    /// A straight line of dashes.
    pub fn dashes(&mut self, from: At, to: At, dash: f64, pen: Pen) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt();
        let mut at = 0.0;
        while at < length {
            let end = (at + dash).min(length);
            let point = |d: f64| (from.0 + dx * d / length, from.1 + dy * d / length);
            self.line(vec![point(at), point(end)], pen);
            at += dash * 1.7;
        }
    }

    /// A filled polygon.
    pub fn area(&mut self, points: Vec<At>, colour: Colour, alpha: f64) {
        if points.len() > 2 {
            self.shapes.push(Shape::Area(points, colour, alpha));
        }
    }

    /// A filled rectangle between two corners.
    pub fn bar(&mut self, from: At, to: At, colour: Colour, alpha: f64) {
        self.shapes.push(Shape::Bar(from, to, colour, alpha));
    }

    /// A filled circle.
    pub fn dot(&mut self, at: At, radius: f64, colour: Colour) {
        self.shapes.push(Shape::Dot(at, radius, colour, true));
    }

    /// A circle with paper inside.
    pub fn ring(&mut self, at: At, radius: f64, colour: Colour) {
        self.shapes.push(Shape::Dot(at, radius, colour, false));
    }

    /// A text, its base line at `at`.
    pub fn text(&mut self, at: At, text: &str, kind: Type) {
        self.write(at, text, kind, None, false);
    }

    /// A text on paper, so that lines behind it do not disturb.
    pub fn on_paper(&mut self, at: At, text: &str, kind: Type) {
        let wide = kind.width(text);
        let from = match kind.anchor {
            Anchor::Start => at.0,
            Anchor::Middle => at.0 - wide / 2.0,
            Anchor::End => at.0 - wide,
        };
        let (top, bottom) = (at.1 - kind.size * 0.95, at.1 + kind.size * 0.35);
        self.bar((from - 5.0, top), (from + wide + 5.0, bottom), PAPER, 0.9);
        self.text(at, text, kind);
    }

    /// A text that is cut to what fits; whole when one hovers over it.
    pub fn cut(&mut self, at: At, text: &str, kind: Type, room: f64) {
        let whole = clean(text);
        let short = font::fit(&whole, kind.size, kind.bold, room);
        let title = (short != whole).then_some(whole.as_str());
        self.write(at, &short, kind, title, false);
    }

    /// A name that is cut in its middle to what fits; whole when one hovers over it.
    pub fn name(&mut self, at: At, name: &str, kind: Type, room: f64) {
        let whole = clean(name);
        let short = font::fit_name(&whole, kind.size, kind.bold, room);
        let title = (short != whole).then_some(whole.as_str());
        self.write(at, &short, kind, title, false);
    }

    /// The same for one of several names, which stay different.
    pub fn name_among<'n>(
        &mut self,
        at: At,
        name: &str,
        others: impl Iterator<Item = &'n str>,
        kind: Type,
        room: f64,
    ) {
        let (whole, others) = (clean(name), others.map(clean).collect::<Vec<_>>());
        let short = font::fit_name_among(&whole, &others, kind.size, kind.bold, room);
        let title = (short != whole).then_some(whole.as_str());
        self.write(at, &short, kind, title, false);
    }

    /// A text that runs upwards around its middle.
    pub fn upwards(&mut self, at: At, text: &str, kind: Type) {
        self.write(at, text, kind.middle(), None, true);
    }

    fn write(&mut self, at: At, text: &str, kind: Type, title: Option<&str>, upwards: bool) {
        let (x, y) = (tenths(at.0), tenths(at.1));
        let out = &mut self.text;
        if upwards {
            let _ = write!(out, "<text transform=\"translate({x} {y}) rotate(-90)\"");
        } else {
            let _ = write!(out, "<text x=\"{x}\" y=\"{y}\"");
        }
        let _ = write!(out, " font-size=\"{}\" fill=\"{}\"", kind.size, hex(kind.colour));
        match kind.anchor {
            Anchor::Start => {}
            Anchor::Middle => out.push_str(" text-anchor=\"middle\""),
            Anchor::End => out.push_str(" text-anchor=\"end\""),
        }
        if kind.bold {
            out.push_str(" font-weight=\"600\"");
        }
        out.push('>');
        if let Some(title) = title {
            let _ = write!(out, "<title>{}</title>", xml(title));
        }
        let _ = writeln!(out, "{}</text>", xml(&clean(text)));
    }

    /// What is said when one hovers over a rectangle.
    pub fn hover(&mut self, from: At, to: At, title: &str) {
        let (x, y) = (from.0.min(to.0), from.1.min(to.1));
        let (w, h) = ((to.0 - from.0).abs().max(4.0), (to.1 - from.1).abs().max(4.0));
        let [x, y, w, h] = [x, y, w, h].map(tenths);
        let title = xml(&clean(title));
        let _ = writeln!(
            self.hovers,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"><title>{title}</title></rect>"
        );
    }

    /// The SVG; `said` is what a screen reader says.
    pub fn svg(&self, said: &str) -> String {
        let mut drawn = String::new();
        self.draw(&mut drawn);
        // What plotters wrote between its own <svg> and </svg>.
        let inner = drawn.split_once('>').map_or("", |(_, rest)| rest);
        let inner = inner.trim_end().trim_end_matches("</svg>").trim();
        let height = self.height.ceil();
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-label=\"{}\" \
             font-family=\"{FAMILY}, 'Helvetica Neue', Arial, sans-serif\">\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <g transform=\"scale({})\" stroke-linejoin=\"round\">\n{inner}\n</g>\n",
            xml(&clean(said)),
            1.0 / SCALE,
        );
        out.push_str(&self.text);
        if !self.hovers.is_empty() {
            let _ = write!(out, "<g fill=\"#ffffff\" fill-opacity=\"0\">\n{}</g>\n", self.hovers);
        }
        out.push_str("</svg>\n");
        out
    }

    /// Draws the shapes. Writing to memory cannot fail, and a shape outside is drawn outside.
    fn draw(&self, out: &mut String) {
        let size = ((WIDTH * SCALE) as u32, (self.height.ceil() * SCALE) as u32);
        let area = SVGBackend::with_string(out, size).into_drawing_area();
        for shape in &self.shapes {
            let drawn = match shape {
                Shape::Line(points, pen) => {
                    let style = ShapeStyle {
                        color: pen.colour.mix(pen.alpha),
                        filled: false,
                        stroke_width: scaled(pen.width).max(1) as u32,
                    };
                    area.draw(&PathElement::new(pixels(points), style))
                }
                Shape::Area(points, colour, alpha) => {
                    area.draw(&Polygon::new(pixels(points), colour.mix(*alpha).filled()))
                }
                Shape::Bar(from, to, colour, alpha) => {
                    let (a, b) = (pixel(*from), pixel(*to));
                    let corners = [(a.0.min(b.0), a.1.min(b.1)), (a.0.max(b.0), a.1.max(b.1))];
                    area.draw(&Rectangle::new(corners, colour.mix(*alpha).filled()))
                }
                Shape::Dot(at, radius, colour, filled) => {
                    let inside = if *filled { *colour } else { PAPER };
                    let outer = Circle::new(pixel(*at), scaled(*radius), colour.filled());
                    let inner = (radius - 2.5).max(0.0);
                    let inner = Circle::new(pixel(*at), scaled(inner), inside.filled());
                    area.draw(&outer).and_then(|()| area.draw(&inner))
                }
            };
            debug_assert!(drawn.is_ok(), "writing to memory cannot fail");
        }
        let _ = area.present();
    }
}

fn scaled(v: f64) -> i32 {
    (v * SCALE).round() as i32
}

fn pixel(at: At) -> (i32, i32) {
    (scaled(at.0), scaled(at.1))
}

/// Points as pixels; those between equal neighbours of one row are left out.
fn pixels(points: &[At]) -> Vec<(i32, i32)> {
    let mut out: Vec<(i32, i32)> = Vec::with_capacity(points.len());
    for next in points.iter().map(|&p| pixel(p)) {
        let n = out.len();
        if n > 1 && out[n - 1].1 == next.1 && out[n - 2].1 == next.1 && out[n - 1].0 <= next.0 {
            out[n - 1] = next;
        } else if n == 0 || out[n - 1] != next {
            out.push(next);
        }
    }
    if out.len() == 1 {
        out.push(out[0]);
    }
    out
}

/// A coordinate with one decimal.
fn tenths(v: f64) -> f64 {
    (v * 10.0).round() / 10.0
}

fn hex(colour: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.0, colour.1, colour.2)
}

/// A name without what a reader cannot see.
pub fn clean(text: &str) -> String {
    escape(text).replace(|c: char| c < ' ' || c == '\u{fffe}' || c == '\u{ffff}', "\u{fffd}")
}

/// A text as XML has it.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text in the usual colour.
pub fn plain(size: f64) -> Type {
    Type::new(size, INK)
}
