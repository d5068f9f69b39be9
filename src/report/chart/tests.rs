//! Tests of the charts as files: well-formed, complete, harmless, the same bytes twice.
