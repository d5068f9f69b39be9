//! Tests of the charts as files: well-formed, complete, harmless, the same bytes twice.

mod compare;
mod sweep;

use super::*;
use crate::report::tests::{HOSTILE, played, scenario};
use roxmltree::{Document, Node};
use std::fmt::Write as _;

fn drawn(text: &str, threads: usize) -> Vec<Chart> {
    let scenario = scenario(text);
    charts(&scenario, &played(&scenario, threads))
}

/// Forty groups with long names, one of them without a letter of the typeface.
fn large() -> String {
    let mut text = String::from(
        "name = 'a name that is long enough to be cut where it is shown, as everything is that does not fit'\n\
         profile = 'azure-flexible-2026'\nseed = 5\nduration = '200d'\n[replications]\ncount = 4\n\
         [[region]]\nname = 'swedencentral'\n",
    );
    for i in 0..40 {
        let name = match i {
            3 => "受注データベース".repeat(5),
            _ => format!("team {i} orders and payments in production, primary"),
        };
        let standby = ["none", "same-zone", "zone-redundant"][i % 3];
        let _ = write!(
            text,
            "[[servers]]\ngroup = '{name}'\ncount = {}\nsku = 'Standard_D2ds_v5'\n\
             high_availability = '{standby}'\nobjectives = {{ rto = '{}s', availability = '99.9%' }}\n",
            1 + i,
            60 + i,
        );
    }
    text
}

/// Left, top, right, bottom of a text that stands upright.
fn extent(node: &Node<'_, '_>) -> Option<(f64, f64, f64, f64)> {
    let number = |name| node.attribute(name).and_then(|v| v.parse::<f64>().ok());
    let (x, y, size) = (number("x")?, number("y")?, number("font-size")?);
    let text: String = node.children().filter(|c| c.is_text()).filter_map(|c| c.text()).collect();
    let wide = font::width(&text, size, node.has_attribute("font-weight"));
    let left = match node.attribute("text-anchor") {
        Some("middle") => x - wide / 2.0,
        Some("end") => x - wide,
        _ => x,
    };
    Some((left, y - size * 0.72, left + wide, y + size * 0.2))
}

fn check(chart: &Chart, name: &str) {
    let Chart { svg, name: which, .. } = chart;
    for word in ["NaN", "inf\"", "inf,", "<script", "onload"] {
        assert!(!svg.contains(word), "{which}: {word}");
    }
    let document = Document::parse(svg).unwrap_or_else(|e| panic!("{which}: {e}"));
    let said = document.root_element().attribute("aria-label").unwrap();
    let height = document.root_element().attribute("height").unwrap().parse::<f64>().unwrap();
    for part in [name, "· seed", "n = ", "replications"] {
        assert!(said.contains(part), "{which}: {part} is missing in {said}");
    }
    let texts = || document.descendants().filter(|n| n.has_tag_name("text"));
    let extents: Vec<_> = texts().filter_map(|n| Some((extent(&n)?, n))).collect();
    assert!(extents.len() > 5, "{which}");
    for (i, (a, node)) in extents.iter().enumerate() {
        let inside = a.0 >= 0.0 && a.1 >= 0.0 && a.2 <= 1600.0 && a.3 <= height;
        assert!(inside, "{which}: {:?} sticks out: {a:?}", node.text());
        for (b, other) in &extents[i + 1..] {
            let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
            assert!(apart, "{which}: {:?} and {:?} overlap", node.text(), other.text());
        }
    }
    for node in document.descendants().filter(|n| n.is_element()) {
        for attribute in ["width", "height", "r"] {
            if let Some(size) = node.attribute(attribute) {
                assert!(size.parse::<f64>().is_ok_and(|s| s >= 0.0), "{which}: {node:?}");
            }
        }
    }
}

#[test]
fn names_do_no_harm_and_every_caption_is_whole() {
    let charts = drawn(HOSTILE, 1);
    let names: Vec<&str> = charts.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(
        names,
        ["availability", "recovery", "causes", "paths", "worst-month", "over-time"],
        "capacity is unbounded"
    );
    for chart in &charts {
        check(chart, "=cmd()");
    }
    assert!(charts[0].svg.contains("&lt;script&gt;"), "the name is shown as it is");
}

#[test]
fn many_groups_with_long_names_fit() {
    let charts = drawn(&large(), 2);
    assert_eq!(charts.len(), 7);
    for chart in &charts {
        check(chart, "a name that is long");
    }
    assert!(charts[0].svg.contains("more groups are better"), "it says what is left out");
    assert!(charts[0].svg.contains("<title>team "), "the whole name on hover");
}

/// Nothing was ever available: in the one whole month of a region, or in all that was played.
#[test]
fn what_never_served_is_drawn_at_nothing() {
    let text = |more: &str| {
        format!(
            "name = 'never'\nduration = '40d'\n[replications]\ncount = 3\n\
             [[region]]\nname = 'north'\n[[servers]]\ngroup = 'shop'\ncount = 4\nregion = 'north'\n\
             [[inject]]\nfault = 'region_outage'\nregion = 'north'\n{more}"
        )
    };
    let whole_month = "at = '20d'\nlasts = '45d'\n[[region]]\nname = 'south'\n\
        [[servers]]\ngroup = 'web'\ncount = 4\nregion = 'south'\n";
    let whole_month = text(whole_month).replace("40d", "1y");
    for (text, which) in
        [(whole_month, "worst-month"), (text("at = '0s'\nlasts = '60d'\n"), "availability")]
    {
        let charts = drawn(&text, 1);
        let chart = charts.iter().find(|c| c.name == which).expect("it is drawn");
        for tick in ["90 %", "0 %"] {
            assert!(chart.svg.contains(&format!(">{tick}<")), "{which}: {tick}");
        }
        charts.iter().for_each(|chart| check(chart, "never"));
    }
}

#[test]
fn what_should_never_fail_is_marked_beyond_the_axis() {
    let text = "name = 'never'\nprofile = 'azure-flexible-2026'\nduration = '90d'\n[replications]\ncount = 3\n\
        [[region]]\nname = 'r'\n[[servers]]\ngroup = 'g'\ncount = 3\nsku = 'Standard_D2ds_v5'\n\
        objectives = { availability = '100%' }\n[sla.targets]\nnone = '100%'\n\
        [fault.process_crash]\nrate = '300/y'\n[compute]\nprocess_restart = '20h'\n";
    let charts = drawn(text, 1);
    for (name, words) in [
        ("availability", "your objective (with an arrow: 100 %)"),
        ("availability", "target of the SLA (with an arrow: 100 %)"),
        ("worst-month", "100 % of servers below 100 % (at the arrow)"),
    ] {
        let chart = charts.iter().find(|c| c.name == name).expect("it is drawn");
        assert!(chart.svg.contains(words), "{name}: {words}");
        assert!(chart.svg.contains("<polygon"), "{name}: an arrow");
        check(chart, "never");
    }
    // Fewer replications than an interval needs: nothing is said to be 0 %.
    let once = drawn(&HOSTILE.replace("count = 6", "count = 1"), 1);
    assert!(once.iter().all(|chart| !chart.svg.contains(" 0 % of servers")));
    let safe = text
        .replace("300/y", "0.1/y")
        .replace("20h", "1s")
        .replace("none = '100%'", "none = '99%'");
    let safe = drawn(&safe, 1);
    let month = safe.iter().find(|c| c.name == "worst-month").expect("it is drawn");
    assert!(month.svg.contains("no server seen below 99 %"));
}

/// A drill in a zone with a standby group, one that waits, and names that would do harm.
const DRILL: &str = r#"
name = "drill & co"
profile = "azure-flexible-2026"
start = 2026-03-08T09:00:00Z
duration = "12h"
faults = "none"
maintenance = "off"
[replications]
count = 3
[[region]]
name = "eastus2"
[[servers]]
group = "<b>\"protected\""
count = COUNT
sku = "Standard_D2ds_v5"
high_availability = "zone-redundant"
[[servers]]
group = "受注データベース受注データベース受注データベース"
count = 9
sku = "Standard_D2ds_v5"
[[inject]]
at = "2026-03-08T10:00:00Z"
fault = "zone_outage"
region = "eastus2"
zone = 2
lasts = "4h"
share = "100%"
"#;

#[test]
fn a_drill_has_a_row_a_server_or_an_even_choice_of_them() {
    for count in ["9", "600"] {
        let charts = drawn(&DRILL.replace("COUNT", count), 2);
        for chart in &charts {
            check(chart, "drill &");
        }
        let drill = charts.iter().find(|c| c.name == "drill").expect("a drill");
        assert!(drill.svg.contains("zone outage, eastus2/2"), "the strike has its name");
        assert!(drill.svg.contains("2026-03-08 10:00:00 UTC"), "and its time");
        assert!(drill.svg.contains("&lt;b&gt;"), "names are data");
        let chosen = drill.svg.contains("of each group in even steps");
        assert_eq!(chosen, count == "600", "it says what is left out");
    }
    assert!(drawn(HOSTILE, 1).iter().all(|c| c.name != "drill"), "none without a strike");
}

#[test]
fn any_number_of_threads_draws_the_same_bytes() {
    assert!(drawn(HOSTILE, 1) == drawn(HOSTILE, 2));
}

#[test]
fn a_fleet_to_which_nothing_happens_has_no_empty_chart() {
    let quiet = "name = 'quiet'\nduration = '30d'\n[replications]\ncount = 2\n[[region]]\nname = 'r'\n\
                 [[servers]]\ngroup = 'g'\ncount = 3\n";
    let charts = drawn(quiet, 1);
    let names: Vec<&str> = charts.iter().map(|c| c.name.as_str()).collect();
    for chart in &charts {
        check(chart, "quiet");
    }
    assert!(!names.contains(&"recovery") && !names.contains(&"causes"), "{names:?}");
}

fn height(chart: &Chart) -> f64 {
    let document = Document::parse(&chart.svg).unwrap();
    document.root_element().attribute("height").unwrap().parse().unwrap()
}

/// One bar leaves no empty page below it; many fill a slide.
#[test]
fn a_picture_is_as_high_as_what_it_shows() {
    let one = "name = 'one'\nprofile = 'azure-flexible-2026'\nduration = '90d'\nfaults = 'listed'\n\
        maintenance = 'off'\n[replications]\ncount = 3\n[[region]]\nname = 'r'\n\
        [[servers]]\ngroup = 'g'\ncount = 3\nsku = 'Standard_D2ds_v5'\n\
        [fault.process_crash]\nrate = '300/y'\n";
    let height = |text: &str, which: &str| {
        let charts = drawn(text, 1);
        charts.iter().for_each(|chart| check(chart, ""));
        charts.iter().find(|c| c.name == which).map(height).expect("it is drawn")
    };
    for which in ["availability", "causes", "paths"] {
        assert!((350.0..600.0).contains(&height(one, which)), "{which}: {}", height(one, which));
    }
    assert_eq!(height(&large(), "availability"), 900.0);
}

#[test]
fn a_long_note_goes_on_in_a_second_line_and_is_not_cut() {
    let mut picture = picture::Picture::default();
    let note = "how an interval was made; ".repeat(14);
    frame::foot(&mut picture, "a · seed 1", note.trim_end());
    assert_eq!(picture.height, 922.0);
    assert!(!picture.svg("a").contains('…'), "nothing is cut");
}

#[test]
fn a_png_has_the_size_of_the_picture() {
    let charts = drawn(HOSTILE, 1);
    for chart in &charts {
        let bytes = chart.png().unwrap();
        assert!(bytes == chart.png().unwrap(), "{}: the same bytes", chart.name);
        let mut reader = ::png::Decoder::new(&bytes[..]).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(f64::from(info.width), 1600.0);
        assert_eq!(f64::from(info.height), height(chart), "{}", chart.name);
        assert_eq!(&pixels[..3], [255, 255, 255], "the page is white");
        let dark = pixels.chunks_exact(3).filter(|p| p.iter().all(|c| *c < 80)).count();
        assert!(dark > 3_000, "{}: text is drawn ({dark})", chart.name);
    }
}

#[test]
fn a_file_brings_its_typeface() {
    let charts = drawn(HOSTILE, 1);
    let file = charts[0].file();
    assert!(Document::parse(&file).is_ok());
    assert_eq!(file.matches("@font-face").count(), 2);
    assert!(!file.contains("http://") || file.matches("http").count() == 1, "nothing is loaded");
    assert!(style_sheet().len() < 40_000);
}
