//! Parameters that describe themselves: one declaration gives the struct, its neutral values, its
//! documentation and a walk over its keys.
//!
//! The walk is what reads a section from text, writes the schema and the reference, applies a typed
//! override by path, and lists every value used. So a key exists in all of these or in none. Text
//! itself is not known here.

use super::law::Law;
use super::quantity::{Bytes, Rate, Share, Speed};
use super::time::Span;

/// A key of a section as a person meets it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// The key's name in files.
    pub name: &'static str,
    /// What it means, with unit, range and neutral value; lines joined by the declaration.
    pub doc: &'static str,
}

/// A place for one value, by the kind of value that it takes.
pub enum Slot<'a> {
    /// A law of durations (seconds).
    Law(&'a mut Law),
    /// A law of durations, absent unless given.
    MaybeLaw(&'a mut Option<Law>),
    /// A law of counts (1, 2, ...).
    Counts(&'a mut CountLaw),
    /// A length of time.
    Span(&'a mut Span),
    /// A length of time, or never (the key is absent).
    MaybeSpan(&'a mut Option<Span>),
    /// `"wait"` (none) or `{ after = "4h" }`.
    Policy(&'a mut Policy),
    /// Events per time, absent unless given.
    MaybeRate(&'a mut Option<Rate>),
    /// A probability or share.
    Share(&'a mut Share),
    /// Bytes per second; absent is unbounded.
    Speed(&'a mut Speed),
    /// A number of bytes.
    Bytes(&'a mut Bytes),
    /// A whole number; `u32::MAX` is unbounded.
    Count(&'a mut u32),
    /// Yes or no.
    Flag(&'a mut bool),
    /// One of a few words.
    Choice(&'a mut dyn Choice),
    /// A nested table.
    Section(&'a mut dyn Parameters),
    /// A nested table that may be absent.
    MaybeSection(&'a mut dyn MaybeParameters),
    /// A part of the day, local time: minutes from midnight, from and to (may pass midnight).
    DayWindow(&'a mut DayWindow),
    /// Calendar intervals.
    Dates(&'a mut Vec<DateRange>),
    /// Names of causes.
    Names(&'a mut Vec<String>),
    /// Service credits: below this availability, this share of the bill.
    Credits(&'a mut Vec<Credit>),
}

/// A section whose keys can be walked.
pub trait Parameters {
    /// Shows every key, in the order of the declaration.
    fn visit(&mut self, visitor: &mut dyn Visitor);
}

/// A section that is absent until somebody gives it.
pub trait MaybeParameters {
    /// Whether it is there.
    fn is_present(&self) -> bool;
    /// The section, made with neutral values if absent.
    fn insert(&mut self) -> &mut dyn Parameters;
    /// Takes it away.
    fn remove(&mut self);
}

impl<P: Parameters + Default> MaybeParameters for Option<P> {
    fn is_present(&self) -> bool {
        self.is_some()
    }
    fn insert(&mut self) -> &mut dyn Parameters {
        self.get_or_insert_with(P::default)
    }
    fn remove(&mut self) {
        *self = None;
    }
}

/// What walks over keys.
pub trait Visitor {
    /// One key and its place.
    fn slot(&mut self, key: Key, slot: Slot<'_>);
}

/// A type that is a value of one kind.
pub trait Parameter {
    /// The place that this value is.
    fn slot(&mut self) -> Slot<'_>;
}

/// One of a few words.
pub trait Choice {
    /// The words, in the order in which help shows them.
    fn words(&self) -> &'static [&'static str];
    /// The word chosen.
    fn word(&self) -> &'static str;
    /// Chooses by word; false if there is no such word.
    fn choose(&mut self, word: &str) -> bool;
}

/// A law of counts, from 1.
#[derive(Clone, PartialEq, Debug)]
pub struct CountLaw(pub Law);

impl Default for CountLaw {
    fn default() -> CountLaw {
        CountLaw(Law::fixed(1.0))
    }
}

/// Wait for the end, or act after a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Policy {
    /// Act when the trouble has lasted this long; `None` waits.
    pub after: Option<Span>,
}

/// A part of the day in local time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DayWindow {
    /// Minutes from midnight, 0 to 1439.
    pub from: u32,
    /// Minutes from midnight; at or before `from` means the next day.
    pub to: u32,
}

impl DayWindow {
    /// Length in minutes; a whole day if both ends are equal.
    pub fn minutes(self) -> u32 {
        if self.to > self.from { self.to - self.from } else { self.to + 1440 - self.from }
    }
}

/// From one instant to another, Unix microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DateRange {
    /// First instant inside.
    pub from: i64,
    /// First instant outside.
    pub to: i64,
}

/// A service credit of a contract.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Credit {
    /// Applies below this monthly availability (0 stands for "below the target").
    pub below: Share,
    /// Share of the month's bill.
    pub credit: Share,
}

macro_rules! parameter {
    ($($type:ty => $kind:ident),* $(,)?) => {$(
        impl Parameter for $type {
            fn slot(&mut self) -> Slot<'_> {
                Slot::$kind(self)
            }
        }
    )*};
}

parameter! {
    Law => Law, Option<Law> => MaybeLaw, CountLaw => Counts, Span => Span, Option<Span> => MaybeSpan,
    Policy => Policy, Option<Rate> => MaybeRate, Share => Share, Speed => Speed, Bytes => Bytes,
    u32 => Count, bool => Flag, DayWindow => DayWindow, Vec<DateRange> => Dates,
    Vec<String> => Names, Vec<Credit> => Credits,
}

/// Declares a section: a struct with public fields, its neutral values and its walk.
#[macro_export]
macro_rules! parameters {
    (
        $(#[doc = $about:expr])*
        pub struct $name:ident {
            $( $(#[doc = $doc:expr])* $field:ident : $type:ty = $neutral:expr, )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, PartialEq, Debug)]
        pub struct $name {
            $( $(#[doc = $doc])* pub $field: $type, )*
        }

        impl Default for $name {
            /// The neutral values.
            fn default() -> Self {
                $name { $( $field: $neutral, )* }
            }
        }

        impl $crate::kernel::param::Parameters for $name {
            fn visit(&mut self, visitor: &mut dyn $crate::kernel::param::Visitor) {
                #[allow(unused_imports)]
                use $crate::kernel::param::{Key, Parameter};
                $(
                    let key = Key { name: stringify!($field), doc: concat!($($doc,)* "") };
                    let key = Key { name: key.name.trim_start_matches("r#"), ..key };
                    visitor.slot(key, self.$field.slot());
                )*
            }
        }

        impl $crate::kernel::param::Parameter for $name {
            fn slot(&mut self) -> $crate::kernel::param::Slot<'_> {
                $crate::kernel::param::Slot::Section(self)
            }
        }

        impl $crate::kernel::param::Parameter for Option<$name> {
            fn slot(&mut self) -> $crate::kernel::param::Slot<'_> {
                $crate::kernel::param::Slot::MaybeSection(self)
            }
        }
    };
}

/// Declares a closed set of words as an enum that is a parameter.
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $about:expr])*
        pub enum $name:ident {
            $( $(#[doc = $doc:expr])* $variant:ident = $word:literal, )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name {
            $( $(#[doc = $doc])* $variant, )*
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word for it in files and tables.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl $crate::kernel::param::Choice for $name {
            fn words(&self) -> &'static [&'static str] {
                &[$($word,)*]
            }
            fn word(&self) -> &'static str {
                (*self).word()
            }
            fn choose(&mut self, word: &str) -> bool {
                match word {
                    $($word => { *self = $name::$variant; true })*
                    _ => false,
                }
            }
        }

        impl $crate::kernel::param::Parameter for $name {
            fn slot(&mut self) -> $crate::kernel::param::Slot<'_> {
                $crate::kernel::param::Slot::Choice(self)
            }
        }
    };
}
