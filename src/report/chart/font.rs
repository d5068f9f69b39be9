//! The typeface of the charts, compiled in: how wide a text is, and what fits where.
//!
//! Inter, regular and semibold, cut down to Latin, Greek and punctuation (`font/OFL.txt`). Widths
//! are sums of advances; the kerning that a viewer adds only makes text narrower.

use std::sync::LazyLock;
use ttf_parser::Face;
use unicode_width::UnicodeWidthChar;

/// The typeface's name.
pub const FAMILY: &str = "Inter";
/// Regular and semibold, for the PNG and for widths.
pub const FILES: [&[u8]; 2] =
    [include_bytes!("font/Inter-Regular.ttf"), include_bytes!("font/Inter-SemiBold.ttf")];
/// The same as WOFF2 in Base64, for SVG files that stand alone.
const WEB: [(u32, &str); 2] = [
    (400, include_str!("font/Inter-Regular.woff2.base64")),
    (600, include_str!("font/Inter-SemiBold.woff2.base64")),
];
/// Advance of a character that the typeface lacks, at least: wide, so that nothing overlaps.
const MISSING: f64 = 1.0;
/// A word in which names differ is shown from its start, if that is not farther away.
const LONGEST_WORD: usize = 8;

/// Advances of the first characters, in ems.
struct Widths {
    faces: [Option<Face<'static>>; 2],
}

static WIDTHS: LazyLock<Widths> =
    LazyLock::new(|| Widths { faces: FILES.map(|bytes| Face::parse(bytes, 0).ok()) });

fn advance(face: Option<&Face<'static>>, c: char) -> f64 {
    let Some(face) = face else { return MISSING };
    let own = |c| {
        let units = face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph))?;
        Some(f64::from(units) / f64::from(face.units_per_em()))
    };
    match own(c) {
        Some(advance) => advance,
        None if c.width() == Some(0) => 0.0,
        None => latin(c).chars().filter_map(own).sum::<f64>().max(MISSING),
    }
}

/// What is written for a character that the typeface lacks where there is no other one: how it
/// sounds in Latin letters; nothing for what has no width of its own.
fn latin(c: char) -> &'static str {
    match c.width() {
        Some(0) => "",
        _ => deunicode::deunicode_char(c).unwrap_or("?"),
    }
}

/// The same SVG in characters that the typeface has.
pub fn in_latin(svg: &str) -> String {
    let face = WIDTHS.faces[0].as_ref();
    let mut out = String::with_capacity(svg.len());
    for c in svg.chars() {
        if c.is_ascii() || face.is_some_and(|f| f.glyph_index(c).is_some()) {
            out.push(c);
        } else {
            out.push_str(&super::picture::xml(latin(c)));
        }
    }
    out
}

/// How wide a text is at a size.
pub fn width(text: &str, size: f64, bold: bool) -> f64 {
    let face = WIDTHS.faces[usize::from(bold)].as_ref();
    text.chars().map(|c| advance(face, c)).sum::<f64>() * size
}

/// The text, or as much of it as fits and an ellipsis.
pub fn fit(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_string();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size, bold) + width("…", size, bold) > room {
            kept.pop();
            break;
        }
    }
    kept.truncate(kept.trim_end().len());
    kept + "…"
}

/// A text in lines that fit, broken between words; what is left for the last of so many stays in it, whole.
pub fn lines(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let count = lines.len();
        let line = &mut lines[count - 1];
        let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if line.is_empty() || count == most || width(&longer, size, false) <= room {
            *line = longer;
        } else {
            lines.push(word.to_string());
        }
    }
    lines
}

/// A name cut to what fits in its middle: names that begin alike are told by their ends.
pub fn fit_name(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_string();
    }
    let all: Vec<char> = text.chars().collect();
    // Three in front for two behind.
    let cut = |kept: usize| {
        let behind = kept * 2 / 5;
        let ends = (&all[..kept - behind], &all[all.len() - behind..]);
        let [front, back] = [ends.0, ends.1].map(|part| part.iter().collect::<String>());
        format!("{}…{}", front.trim_end(), back.trim_start())
    };
    let fits = (1..all.len()).rev().map(cut).find(|short| width(short, size, bold) <= room);
    fits.unwrap_or_else(|| "…".to_string())
}

/// The same among other names: of one that others would be cut to the same text as, that word stands
/// behind the ellipsis in which they differ.
pub fn fit_name_among(text: &str, others: &[String], size: f64, bold: bool, room: f64) -> String {
    let alone = |text: &str| fit_name(text, size, bold, room);
    let short = alone(text);
    let same = others.iter().filter(|o| short != text && *o != text && alone(o) == short);
    let common =
        |other: &String| text.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let Some(apart) = same.map(common).max() else { return short };
    let all: Vec<char> = text.chars().collect();
    let word = all[..apart].iter().rposition(|c| !c.is_alphanumeric()).map_or(0, |i| i + 1);
    let from = if apart - word <= LONGEST_WORD { word } else { apart };
    let rest: String = all[from..].iter().collect();
    let behind = fit(&format!("…{rest}"), size, bold, room * 0.6);
    let whole = |front: usize| {
        let front: String = all[..front].iter().collect();
        format!("{}{behind}", front.trim_end())
    };
    let fits = (0..=from).rev().map(whole).find(|cut| width(cut, size, bold) <= room);
    fits.unwrap_or(short)
}

/// A style sheet that brings the typeface along.
pub fn style_sheet() -> String {
    let face = |(weight, data): (u32, &str)| {
        format!(
            "@font-face{{font-family:{FAMILY};font-weight:{weight};\
             src:url(data:font/woff2;base64,{}) format(\"woff2\")}}",
            data.trim()
        )
    };
    WEB.map(face).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_typeface() {
        assert!(width("iiii", 20.0, false) < width("WWWW", 20.0, false) / 3.0);
        assert!(width("fleet", 20.0, true) > width("fleet", 20.0, false));
        assert!(width("\u{65e5}", 20.0, false) >= 20.0, "a missing one is an em wide at least");
        assert_eq!(width("e\u{301}", 20.0, false), width("e", 20.0, false));
        assert_eq!(width("", 20.0, false), 0.0);
        for c in "µ–…≥≤×·−%".chars() {
            assert!(WIDTHS.faces.iter().flatten().all(|f| f.glyph_index(c).is_some()), "{c}");
        }
    }

    #[test]
    fn what_the_typeface_lacks_is_written_in_latin() {
        let name = "受注 Ω \u{1f680}\u{fe0f}＜";
        let latin = in_latin(name);
        assert!(latin.starts_with("Shou Zhu") && latin.contains('Ω'), "{latin}");
        assert!(latin.contains("rocket") && latin.ends_with("&lt;"), "{latin}");
        assert!(width(&latin.replace("&lt;", "<"), 20.0, false) <= width(name, 20.0, false));
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        let long = "a group with a very long name";
        let cut = fit(long, 20.0, false, 150.0);
        assert!(cut.ends_with('…') && width(&cut, 20.0, false) <= 150.0, "{cut}");
        assert_eq!(fit("shop", 20.0, false, 150.0), "shop");
    }

    #[test]
    fn names_that_differ_in_their_middle_are_told_apart() {
        let name = |n: &str| format!("orders of the shop in region {n} of the whole company");
        let names = ["one", "two", "three"].map(name);
        let cut = |name: &String| fit_name(name, 20.0, false, 200.0);
        assert_eq!(cut(&names[0]), cut(&names[1]));
        let among = |name: &String| fit_name_among(name, &names, 20.0, false, 200.0);
        let [one, two, three] = [0, 1, 2].map(|i| among(&names[i]));
        assert!(
            one.contains("…one") && two.contains("…two") && three.contains("…three"),
            "{one} {two}"
        );
        assert!(width(&one, 20.0, false) <= 200.0 && one.starts_with("orders"), "{one}");
        let alone = fit_name_among(&names[0], &names[..1], 20.0, false, 200.0);
        assert_eq!(alone, cut(&names[0]));
    }
}
