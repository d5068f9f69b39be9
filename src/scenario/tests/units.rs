//! Quantities: what is read, what is refused, and that whatever is told to be right is read.

use super::super::calendar;
use super::super::units::*;

#[test]
fn accepted_and_refused_durations() {
    for (text, seconds) in [
        ("45s", 45.0),
        ("500ms", 0.5),
        ("11.6h", 41_760.0),
        ("30d", 2_592_000.0),
        ("1y", YEAR),
        ("2w", 1_209_600.0),
        ("1m 30s", 90.0),
        ("1h30m", 5_400.0),
        (" 1 h ", 3_600.0),
        ("1e3s", 1_000.0),
        ("90 min", 5_400.0),
        ("250us", 250e-6),
    ] {
        assert!((duration(text).expect(text) - seconds).abs() < 1e-6, "{text}");
    }
    for text in ["", "45", "h", "-1s", "1 fortnight", "NaNs", "infs", "1e999s", "1e30y", "--1s"] {
        assert!(duration(text).is_err(), "{text}");
    }
    assert_eq!(
        duration("45").unwrap_err().hint.as_deref(),
        Some("a unit is missing: write \"45s\", \"45m\", \"45h\" or \"45d\"")
    );
    assert!(duration("6mo").unwrap_err().hint.is_some_and(|h| h.contains("30d")));
}

#[test]
fn accepted_and_refused_rates_shares_sizes_and_speeds() {
    assert!((rate("0.5/y").expect("rate") * YEAR - 0.5).abs() < 1e-12);
    assert!((rate("2/d").expect("rate") * 86_400.0 - 2.0).abs() < 1e-12);
    assert!((rate("1/30d").expect("rate") * 2_592_000.0 - 1.0).abs() < 1e-12);
    for text in ["0.5", "0.5y", "/y", "1/", "-1/y", "1/0s", "1e9/y", "1/x", "1/0y", "NaN/y"] {
        assert!(rate(text).is_err(), "{text}");
    }
    assert_eq!(share("0.7 %"), Ok(0.006_999_999_999_999_999));
    assert_eq!(share("100%"), Ok(1.0));
    for text in ["0.05", "5", "120%", "-1%", "%", "NaN%"] {
        assert!(share(text).is_err(), "{text}");
    }
    assert_eq!(share("0.05").unwrap_err().hint.as_deref(), Some("write \"5%\""));
    assert_eq!(size("512GiB"), Ok(512 << 30));
    assert_eq!(size("100GB"), Ok(100_000_000_000));
    assert_eq!(size("2TiB"), Ok(2 << 40));
    assert_eq!(size("512gb").unwrap_err().hint.as_deref(), Some("write \"512GB\""));
    for text in ["512", "GiB", "-1GiB", "1e30PB"] {
        assert!(size(text).is_err(), "{text}");
    }
    assert_eq!(speed("200MB/s"), Ok(2e8));
    assert_eq!(speed("40MiB/s"), Ok(41_943_040.0));
    assert_eq!(speed("200MB").unwrap_err().hint.as_deref(), Some("write \"200MB/s\""));
    assert!(speed("200Mbps").unwrap_err().hint.is_some_and(|h| h.contains("bytes")));
    for text in ["", "200", "1/s", "-5MB/s", "5MB/x"] {
        assert!(speed(text).is_err(), "{text}");
    }
}

/// What a hint quotes.
fn quoted(wrong: &Wrong) -> Vec<String> {
    let parts = wrong.hint.iter().flat_map(|hint| hint.split('"').skip(1).step_by(2));
    parts.map(String::from).collect()
}

#[test]
fn whatever_is_told_to_be_right_is_read() {
    let numbers = [
        "0", "-0", "5", "-1", "0.5", "-0.5", "1.5", "150", ".5", "5.", "+5", "+.5", "1e30",
        "1e308", "-1e308", "1e-9", "NaN", "inf", "--1", "1_000", "",
    ];
    let units = [
        "",
        "s",
        "ms",
        "mo",
        "M",
        "y",
        "/y",
        "/us",
        "/0s",
        "/",
        "%",
        " %",
        "GiB",
        "gib",
        "PB",
        "B",
        "MB/s",
        "mb/s",
        "MB",
        "Mbps",
        "kb",
        "/s",
        "B/us",
        "5s",
        "h 5",
        "Z",
        "T00:00:00",
    ];
    let dates =
        ["0001-01-01T00:00:00", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-12-01Z"];
    let texts = numbers.iter().flat_map(|n| units.iter().map(move |unit| format!("{n}{unit}")));
    type Read = fn(&str) -> Result<(), Wrong>;
    let kinds: [Read; 8] = [
        |t| duration(t).map(drop),
        |t| rate(t).map(drop),
        |t| share(t).map(drop),
        |t| size(t).map(drop),
        |t| speed(t).map(drop),
        |t| calendar::offset(t).map(drop),
        |t| calendar::instant(t).map(drop),
        |t| calendar::date(t).map(drop),
    ];
    for text in texts.chain(dates.map(String::from)) {
        for (kind, read) in kinds.iter().enumerate() {
            let Err(wrong) = read(&text) else { continue };
            for cure in quoted(&wrong) {
                assert!(read(&cure).is_ok(), "{kind}: {text:?} gets {cure:?}");
            }
        }
    }
    let floats = [0.0, -0.0, 5.0, -1.0, 0.5, -0.5, 1.5, 150.0, 1e30, -1e308, 1e-9];
    for n in floats.into_iter().chain([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX]) {
        let wrongs: [(Wrong, Read); 5] = [
            (bare_duration(&n.to_string()), kinds[0]),
            (bare_rate(n), kinds[1]),
            (bare_share(n), kinds[2]),
            (bare_size(n), kinds[3]),
            (bare_speed(n), kinds[4]),
        ];
        for (wrong, read) in wrongs {
            for cure in quoted(&wrong) {
                assert!(read(&cure).is_ok(), "{n} gets {cure:?}");
            }
        }
    }
    assert_eq!(bare_share(-0.5).hint, None);
    assert_eq!(bare_duration("NaN").hint, None);
    assert_eq!(rate("1e308/us").unwrap_err().expected, "a rate of at most 1000000/y");
}

#[test]
fn odd_spellings_of_numbers_are_refused_with_the_usual_one() {
    for (text, right) in [(".5s", "0.5s"), ("5.s", "5s"), ("+5h", "5h"), ("1m +.5s", "1m 0.5s")] {
        let hint = duration(text).unwrap_err().hint;
        assert_eq!(hint, Some(format!("write \"{right}\"")), "{text}");
    }
    assert!(duration("1e+3s").is_ok());
    assert!(rate("+.5/y").unwrap_err().hint.is_some_and(|h| h.contains("0.5/y")));
    assert!(rate("1/.5d").unwrap_err().hint.is_some_and(|h| h.contains("1/0.5d")));
    assert!(share(".5%").unwrap_err().hint.is_some_and(|h| h.contains("0.5%")));
    assert!(size("+1GiB").unwrap_err().hint.is_some_and(|h| h.contains("1GiB")));
    assert!(speed("5.MB/s").unwrap_err().hint.is_some_and(|h| h.contains("5MB/s")));
    assert!(duration(".").is_err() && duration("+").is_err());
}

#[test]
fn what_is_printed_is_read_back() {
    for text in ["45s", "11.6h", "30d", "1y", "500ms", "1.5m", "0s", "7.25d"] {
        assert_eq!(print_duration(duration(text).expect(text)), text);
    }
    for text in ["0.03/y", "0.5/y", "730/y"] {
        assert_eq!(print_rate(rate(text).expect(text)), text);
    }
    for micros in (1..60_000_000_000_000_u64).step_by(987_654_321_017) {
        let seconds = micros as f64 / 1e6;
        let back = duration(&print_duration(seconds)).expect("printed");
        assert!((back * 1e6).round() as u64 == micros, "{seconds}: {back}");
    }
    for text in ["5%", "0.7%", "99.99%", "99.995%", "100%", "0%"] {
        assert_eq!(print_share(share(text).expect(text)), text);
    }
    for text in ["512GiB", "100GB", "0B", "1TiB", "1500B"] {
        assert_eq!(print_size(size(text).expect(text)), text);
    }
    for text in ["200MB/s", "41.944MB/s", "1GB/s", "900B/s"] {
        assert_eq!(print_speed(speed(text).expect(text)), text);
    }
}
