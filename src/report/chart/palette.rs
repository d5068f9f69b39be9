//! Colours that people with any colour vision tell apart: Okabe–Ito, without its yellow on white.

use crate::model::fleet::StandbyMode;
use crate::model::record::{Phase, RecoveryPath};
use plotters::style::RGBColor;
use plotters::style::colors::colormaps::ViridisRGB;

/// A colour.
pub type Colour = RGBColor;

/// Text and axes.
pub const INK: Colour = RGBColor(0x1b, 0x1f, 0x24);
/// Text of less weight.
pub const MUTED: Colour = RGBColor(0x57, 0x60, 0x6a);
/// Lines behind the data.
pub const GRID: Colour = RGBColor(0xe1, 0xe4, 0xe8);
/// The page.
pub const PAPER: Colour = RGBColor(0xff, 0xff, 0xff);

/// Orange.
pub const ORANGE: Colour = RGBColor(0xe6, 0x9f, 0x00);
/// Sky blue.
pub const SKY: Colour = RGBColor(0x56, 0xb4, 0xe9);
/// Bluish green.
pub const GREEN: Colour = RGBColor(0x00, 0x9e, 0x73);
/// Blue.
pub const BLUE: Colour = RGBColor(0x00, 0x72, 0xb2);
/// Vermilion.
pub const VERMILION: Colour = RGBColor(0xd5, 0x5e, 0x00);
/// Reddish purple.
pub const PURPLE: Colour = RGBColor(0xcc, 0x79, 0xa7);
/// A grey for what is left.
pub const GREY: Colour = RGBColor(0x9a, 0xa2, 0xab);
/// Darker companions, for sets that six do not cover.
const NIGHT: Colour = RGBColor(0x33, 0x22, 0x88);
const OLIVE: Colour = RGBColor(0x6b, 0x6b, 0x1e);
const WINE: Colour = RGBColor(0x88, 0x22, 0x55);
const SLATE: Colour = RGBColor(0x4a, 0x52, 0x5c);

/// Colours of series without a meaning of their own.
pub const SERIES: [Colour; 8] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, NIGHT, OLIVE];

/// A standby mode's colour.
pub fn standby(mode: StandbyMode) -> Colour {
    match mode {
        StandbyMode::None => VERMILION,
        StandbyMode::SameZone => GREEN,
        StandbyMode::ZoneRedundant => BLUE,
    }
}

/// A phase's colour, the same in every picture.
pub fn phase(phase: Phase) -> Colour {
    match phase {
        Phase::Detection => ORANGE,
        Phase::Decision => OLIVE,
        Phase::Fencing => WINE,
        Phase::Replay => PURPLE,
        Phase::Promotion => BLUE,
        Phase::Redirection => SKY,
        Phase::Restart => GREEN,
        Phase::Relocation => NIGHT,
        Phase::Waiting => GREY,
        Phase::Restore => VERMILION,
        Phase::Reconfiguration => SLATE,
    }
}

/// A recovery path's colour.
pub fn path(path: RecoveryPath) -> Colour {
    match path {
        RecoveryPath::Restart => GREEN,
        RecoveryPath::Relocate => NIGHT,
        RecoveryPath::Failover => BLUE,
        RecoveryPath::Switchover => SKY,
        RecoveryPath::Wait => GREY,
        RecoveryPath::Restore => VERMILION,
        RecoveryPath::GeoRestore => WINE,
        RecoveryPath::Revive => ORANGE,
        RecoveryPath::Lost => SLATE,
    }
}

/// Viridis, from dark to bright: the same order for any colour vision and in grey.
pub fn viridis(share: f64) -> Colour {
    ViridisRGB::get_color(share.clamp(0.0, 1.0) as f32)
}

/// Text on a bright colour, and on a dark one. Not quite [`INK`] and [`PAPER`]: a dark page turns
/// those over, and leaves text that stands on a colour as it is.
const ON_BRIGHT: Colour = RGBColor(0x1b, 0x1f, 0x25);
const ON_DARK: Colour = RGBColor(0xff, 0xff, 0xfe);

/// Black or white, whichever reads better on a colour: by relative luminance.
pub fn on(colour: Colour) -> Colour {
    let RGBColor(r, g, b) = colour;
    let linear = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
    };
    let luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    if luminance > 0.25 { ON_BRIGHT } else { ON_DARK }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_read_on_every_colour() {
        assert_eq!(on(SKY), ON_BRIGHT);
        assert_eq!(on(BLUE), ON_DARK);
        assert_eq!(on(NIGHT), ON_DARK);
        assert_eq!(on(ORANGE), ON_BRIGHT);
        assert_eq!((on(viridis(0.0)), on(viridis(1.0))), (ON_DARK, ON_BRIGHT));
    }

    #[test]
    fn no_two_phases_or_paths_share_a_colour() {
        let distinct = |colours: Vec<Colour>| {
            let mut seen: Vec<(u8, u8, u8)> = colours.iter().map(|c| (c.0, c.1, c.2)).collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), colours.len());
        };
        distinct(Phase::ALL.iter().map(|&p| phase(p)).collect());
        distinct(RecoveryPath::ALL.iter().map(|&p| path(p)).collect());
    }
}
