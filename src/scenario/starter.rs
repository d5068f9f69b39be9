//! The scenario that `fleetsim init` writes: small, complete, every line explained.

/// Its text.
pub fn starter() -> String {
    TEXT.to_string()
}

const TEXT: &str = r#"#:schema fleetsim.schema.json
# A fleet of managed PostgreSQL servers, played for a year, many times.
#   fleetsim check FILE    what would be simulated, in plain words
#   fleetsim run FILE      play it; results go to results/my-fleet/
# Every quantity carries its unit: "45s", "4h", "30d", "1y", "5%", "0.5/y", "512GiB", "200MB/s".

name     = "my-fleet"
profile  = "azure-flexible-2026"   # what the service is known to be; each value has its source
seed     = 1                       # the same seed gives the same bytes, on any machine
start    = 2026-01-01T00:00:00Z
duration = "1y"

[replications]
count = 200                        # more of them make intervals narrower

[[region]]
name = "eastus2"
zones = 3
utc_offset = "-5h"

[[servers]]
group = "orders"
count = 100
region = "eastus2"
sku = "Standard_D4ds_v5"
storage = "512GiB"
high_availability = "zone-redundant"   # or "same-zone", "none"
maintenance_window = { day = "sunday", start = "02:00" }   # or "system"
backup = { retention = "14d", redundancy = "zone" }
objectives = { rto = "120s", rpo = "0s", availability = "99.99%" }

[[servers]]
group = "reports"
count = 20
region = "eastus2"
sku = "Standard_E4ds_v5"
storage = "1TiB"
high_availability = "none"

# Your own figures replace the profile's, key by key.
[fault.zone_outage]
rate = "0.03/y"                        # per zone
# [fault.process_crash]
# rate = "0.2/y"                       # per node
# [standby]
# detection = { uniform = ["5s", "15s"] }

# A drill happens in every replication, at exactly this time.
# [[inject]]
# at = 2026-03-08T10:00:00Z
# fault = "zone_outage"
# region = "eastus2"
# zone = 2
# lasts = "4h"

# What the result is held against: it holds, fails (exit code 4), or is undecided (exit code 5).
[[expect]]
that = "recovery_time_p95 of orders <= 150s"
[[expect]]
that = "P(worst_month of orders >= 99.9%) >= 95%"
"#;
