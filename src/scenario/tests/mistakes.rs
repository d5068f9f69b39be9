//! Every kind of mistake: its text, its place, and that all of them are reported at once.

use super::*;

/// The complaints of every case below, one a line, cases apart.
const EXPECTED: &str = include_str!("mistakes.txt");

#[test]
fn a_list_of_azure_is_told_of_the_import() {
    for text in ["{ \"value\": [{ \"name\": \"a\" }] }", "{ \"data\": [], \"count\": 0 }", "[]"] {
        let said = parse("list.json", text, None, &[]).expect_err(text).lines();
        assert!(said.lines().count() == 1 && said.contains("fleetsim import az FILE"), "{said}");
    }
    let scenario = parse("s.json", "{ \"name\": \"x\", \"value\": [] }", None, &[]);
    let said = scenario.expect_err("no scenario").lines();
    assert!(said.contains("`value`: unknown key") && !said.contains("import az"), "{said}");
}

#[test]
fn a_sweep_file_is_told_of_its_command() {
    let text = "scenario = 's.toml'\n[[axis]]\nkey = 'seed'\nvalues = [1, 2]\n";
    let said = wrong(text, &[]);
    assert!(said.lines().count() == 1 && said.contains("`fleetsim sweep FILE`"), "{said}");
    let said = wrong(&format!("scenario = 's.toml'\n{SMALL}"), &[]);
    assert!(said.contains("`scenario`: unknown key"), "{said}");
}

#[test]
fn every_mistake_has_its_text_and_its_place() {
    let mut found = String::new();
    let p = "profile = 'azure-flexible-2026'\n";
    for text in [
        "",
        "name = 'a/b'\n[[servers]]\ngroup=''\n",
        "name = 3\nseeds = 1\nduration = 'x'\n",
        &format!("duration = '0s'\nstart = 2026-01-01\nseed=-1\n{SMALL}"),
        &format!("duration = '101y'\nstart = 'x'\ntimeline_step='1us'\n{SMALL}"),
        &format!(
            "{SMALL}[standby]\ndetection = 45\npromotion = {{ unifrom = ['1s','2s'] }}\ndecision = {{ uniform = ['9s','2s'] }}\nfencing={{uniform=['1s']}}\nredirection={{lognormal={{median='1s'}}}}\ndrop={{}}\nprovisioning={{lognormal={{median='1s',sgma=2}}}}\n"
        ),
        &format!(
            "{SMALL}[standby]\ndetction = '45s'\npromotion_success=0.99\nreplay_rate='40MB'\nwal_quorum='yes'\npromote_stale='4h'\n"
        ),
        &format!(
            "{SMALL}[storage]\nmin_copies=4\nplacement='randm'\nrebuild='1h'\nrebuild_bandwidth='1GB/s'\n[fault.zone_otage]\n[fault.vm_crash]\nrate='1/y'\nevery='1y'\n[fault.process_crash]\nevery='1s'\n[fault.host_failure]\nrate='1e7/y'\n[restore]\narchive_period='101y'\n"
        ),
        &format!(
            "{SMALL}[maintenance]\nfreeze=[{{from='2026-12-01',to='2026-11-01'}}]\nsystem_window={{from='23:00'}}\n[sla]\nexcluded_causes=['zone_outag']\ncounts='conect'\ncredits=[{{below='targt',credit='10%'}}]\n[sla.targets]\nsame-zone='99.9%'\nsame_zone='99%'\n"
        ),
        &format!(
            "{SMALL}zone = 4\nstorage=512\nused=0.5\nwal_rate='1MB/s'\nvcores=0\nhigh_availability='zone_redundnt'\nmaintenance_window={{day='sonntag',start='25:00'}}\nbackup={{retention=7,redundancy='geos'}}\nobjectives={{rto='2m',rtp='1s'}}\n[compute]\nreplay_rate='500kB/s'\n"
        ),
        "name='x'\n[[region]]\nname='r'\nzones=1\nhalls=2\nracks=5\nstamps=3\nstorage_nodes=2\nutc_offset='x'\nspare='100%'\nvcores_per_host=4\n[[region]]\nname='r'\nzones=9\n[[servers]]\ngroup='g'\ncount=0\nregion='q'\n[[servers]]\ngroup='g'\ncount=1\nregion='r'\nvcores=8\nhigh_availability='zone-redundant'\n",
        &format!(
            "{p}{SMALL}sku='Standard_D4dsv5'\n[[servers]]\ngroup='b'\ncount=1\nsku='Standard_B2s'\nhigh_availability='same-zone'\nstorage='100GiB'\nbackup={{retention='5d',redundancy='zone'}}\n"
        ),
        &format!("profile='azure-flexible-2025'\n{SMALL}"),
        &format!(
            "{SMALL}[servers.maintenance]\nconcurrency=5\n[servers.storage]\nsize='1GB'\nrebuild_bandwidth='1GB/s'\n[servers.control]\nring_limit=1\n[servers.fault.zone_outage]\nrate='1/y'\n"
        ),
        &format!(
            "{SMALL}[[inject]]\nat='2027-06-01'\nfault='zone_otage'\n[[inject]]\nat='1d'\nfault='zone_outage'\ngroup='g'\n[[inject]]\nat='1d'\nfault='vm_crash'\ngroup='g'\nserver=4\nlasts='1h'\n[[inject]]\nfault='bad_release'\nat='1h'\n[[inject]]\nat='1h'\nfault='zone_outage'\nhall=1\n[[inject]]\nat='1h'\nfault='region_outage'\nzone=1\n[[inject]]\nat='1h'\nfault='region_outage'\nserver=1\n"
        ),
        &format!(
            "{SMALL}[[service]]\nname='s'\nneeds=[{{all='h'}},{{at_least=4,of='g'}},{{all='g',of='g'}}]\n[[expect]]\nthat='availabilty of g >= 99%'\n[[expect]]\nthat='availability of h >= 99%'\n[[expect]]\nthat='availability of g >= 0.99'\n[[expect]]\nthat='P(worst_month of g >= 99%) >= 0.9'\n[[expect]]\nthat='loss_window <= 99s'\n[[expect]]\nthat='recovery_time_p99 of zone r/4 <= 120'\njudge='points'\n[[expect]]\nthat='availability'\n[[expect]]\nthat='P(availability >= 99%'\n"
        ),
        &format!(
            "{SMALL}[replications]\ncount=0\nprecision={{metric='worst_month',half_width='x',max=1}}\nenvironment='x'\n"
        ),
        &format!(
            "faults='some'\nmaintenance='of'\nstart_age=1\n{SMALL}[fault]\nvm_crash='on'\n[fault.bad_release]\neffect='crashes'\nprobability='1%'\n"
        ),
        "name='x'\nservers=3\nregion={name='r'}\n",
        &format!(
            "{SMALL}wal_rate={{hourly=['1MB/s']}}\n[compute]\nvm_reboot={{mixture=[{{weight=1}},{{law='x',weight=-1}}]}}\nrelocation={{pareto={{shape=0.5,minimum='1s'}}}}\nprocess_restart='exponential'\n"
        ),
        "name='x'\n[[region]]\nname='r'\n[[servers]]\ngroup='g'\ncount=30000000\n[[servers]]\ngroup='h'\ncount=30000000\n",
        // A cure that would be refused is left out.
        &format!(
            "duration=nan\n{SMALL}used=-0.5\n[maintenance]\nfreeze=[{{from='2026-12-01T00:00:00Z',to='2026-13-01'}}]\n"
        ),
        "name='x'\n[[region]]\nname='r'\nzones=1\nhalls=64\nracks=65535\n[[servers]]\ngroup='g'\ncount=1\n",
    ] {
        found.push_str(&format!("{}\n", wrong(text, &[])));
    }
    for text in [
        "[[expect]]\nthat='peak_failovers of g <= 3'\n[[expect]]\nthat='availability of cause vm_crash >= 99%'\n\
         [[expect]]\nthat='recovery_time of g <= 2m'\n[[expect]]\nthat='P(recovery_time of g) >= 9%'\n",
        "[replications]\nprecision={metric='availability',relative_half_width='1%'}\n",
        "[[region]]\nname='big'\nracks=60000\nstamps=200\nstorage_nodes=200\n",
    ] {
        found.push_str(&format!("{}\n", wrong(&format!("{SMALL}{text}"), &[])));
    }
    let long = "x".repeat(101);
    let named = |name: &str| SMALL.replace("'small'", &format!("\"{name}\""));
    let wide = "é".repeat(100) + "x";
    let bytes = "€".repeat(99);
    for name in ["", "..", ".x", "a\\u001bb", " a", "NUL.txt", "a:b", &long, &wide, &bytes] {
        found.push_str(&format!("{}\n", wrong(&named(name), &[])));
    }
    for change in ["servers.h.count=1", "standby.detection=5", "nope.x=1", "profile=x", "seed=x"] {
        found.push_str(&format!("{}\n", wrong(SMALL, &[change])));
    }
    // Numbers and switches in quotes, rates in words, and the beginning of a metric.
    found.push_str(&format!(
        "{}\n",
        wrong(
            &format!(
                "seed='7'\n{SMALL}[fault.vm_crash]\nrate='3 per year'\n[fault.zone_outage]\nrate='3 per century'\n\
                 [standby]\nwal_quorum='True'\n[[expect]]\nthat='recov of g <= 2m'\n\
                 [[expect]]\nthat='avail of payments >= 99%'\n"
            ),
            &[]
        )
    ));
    // What is no TOML does not hide the rest; only where nobody can go on it stands alone.
    for text in [
        "name='x'\nstart=2026-13-01T00:00:00Z\nseed=18446744073709551615\nduration=1y\n\
         [[servers]]\ngroup='g'\ncount=1_\nregion=r\n[fault.vm_crash]\nrate=0.5/y\n[standby]\n\
         detection={uniform=[10s,'x']}\ndrop=5s\n",
        "name='x'\nsed=1\n[[servers]]\ncount=5 h\n",
    ] {
        found.push_str(&format!("{}\n", wrong(text, &[])));
    }
    for (i, (line, expected)) in found.lines().zip(EXPECTED.lines()).enumerate() {
        assert_eq!(line, expected, "line {} of mistakes.txt; all of it is now:\n{found}", i + 1);
    }
    assert_eq!(found, EXPECTED);
}

#[test]
fn a_doubled_key_hides_nothing() {
    let lines = |name: &str, text: &str| {
        let said = parse(name, text, None, &[]).expect_err(text).lines();
        said.lines().map(|l| l.split(" (").next().unwrap_or("").to_string()).collect::<Vec<_>>()
    };
    let toml = "name='x'\nname='y'\nfoo=1\nseed=5s\n[[region]]\nname='r'\nzones='x'\n\
                [fault.vm_crash]\nrate='1/y'\n[fault.vm_crash]\nrate='2/y'\nrte='2/y'\n";
    assert_eq!(
        lines("s.toml", toml),
        [
            "s.toml:1:1: `servers`: expected at least one group: [[servers]] with `group` and `count`, \
             found nothing",
            "s.toml:2:1: `name`: duplicate key",
            "s.toml:3:1: `foo`: unknown key",
            "s.toml:4:6: `seed`: expected a whole number from 0 to 9223372036854775807, found 5s",
            "s.toml:7:7: `region.r.zones`: expected a whole number from 1 to 8, found \"x\"",
            "s.toml:10:8: `fault.vm_crash`: duplicate key",
            "s.toml:12:1: `fault.vm_crash.rte`: unknown key",
        ]
    );
    let json = "{\"name\": \"x\", \"name\": \"y\", \"foo\": 1, \"foo\": 2,\n\
                \"region\": [{\"name\": \"r\", \"zones\": \"x\"}]}";
    let said = lines("s.json", json);
    assert_eq!(said.len(), 5, "{said:#?}");
    assert_eq!(said.iter().filter(|l| l.contains("duplicate key")).count(), 2, "{said:#?}");
    // The first value counts, but a doubled key is never valid by itself.
    assert_eq!(
        lines("s.toml", &format!("seed=1\nseed=2\n{SMALL}")),
        ["s.toml:2:1: `seed`: duplicate key"]
    );
}

#[test]
fn a_key_with_null_is_absent_but_must_be_known() {
    let json = |top: &str, group: &str| {
        format!(
            "{{\"name\": \"x\", {top}: null, \"region\": [{{\"name\": \"r\"}}],\n\
             \"servers\": [{{\"group\": \"g\", \"count\": 1, {group}: null}}]}}"
        )
    };
    assert!(parse("s.json", &json("\"title\"", "\"zone\""), None, &[]).is_ok());
    let said = parse("s.json", &json("\"nonsense\"", "\"zon\""), None, &[]).expect_err("two");
    let said = said.lines();
    assert!(said.contains("s.json:1:15: `nonsense`: unknown key (keys here"), "{said}");
    assert!(
        said.contains("s.json:2:40: `servers.g.zon`: unknown key (did you mean `zone`?"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn complaints_are_drawn_where_they_stand() {
    let text = format!("{SMALL}[standby]\ndetection = 45\n");
    let complaints = parse("s.toml", &text, None, &[]).expect_err("a bare number");
    assert_eq!(
        complaints.to_string(),
        "error: `standby.detection`: expected a duration such as \"45s\", \"4h\" or \"30d\"\n \
         --> s.toml:8:13\n  |\n8 | detection = 45\n  |             ^^ found 45\n  |\n  \
         = help: a unit is missing: write \"45s\", \"45m\", \"45h\" or \"45d\"\n\n1 mistake\n"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = load(Path::new("no/such.toml"), &[]).expect_err("no file").lines();
    assert!(error.starts_with("no/such.toml: expected a scenario file, found "), "{error}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.toml");
    std::fs::write(&path, b"name = '\xff'").expect("written");
    let error = load(&path, &[]).expect_err("no text").lines();
    assert!(error.contains("found bytes in line 1 that are no UTF-8 text"), "{error}");
    // What has no end is not read to its end.
    #[cfg(unix)]
    for endless in ["s.toml", "w.toml"] {
        let path = folder.path().join(endless);
        let _ = std::fs::remove_file(&path);
        std::os::unix::fs::symlink("/dev/zero", &path).expect("a link");
        let error = match endless {
            "s.toml" => load(&path, &[]).expect_err("no end"),
            _ => crate::scenario::SweepFile::read(&path, &[]).expect_err("no end"),
        };
        assert!(error.lines().contains("found more than 64 MiB"), "{}", error.lines());
    }
}

/// What a shell of Windows writes of `fleetsim init > s.toml`.
#[test]
fn a_file_of_utf_16_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.toml");
    let text = format!("\u{feff}{SMALL}title = 'é'");
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        std::fs::write(&path, text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>())
            .expect("written");
        let error = load(&path, &[]).map(|_| ()).expect_err("a title in a group").lines();
        assert!(error.contains("`servers.g.title`: unknown key"), "{error}");
    }
}

/// A value that is not read has no consequences of its own.
#[test]
fn a_mistake_is_told_once() {
    let text = "name = 's'\nprofile = 'azure-flexible-2026'\n[[region]]\nname = 'westeurope'\n\
                [[servers]]\ngroup = 'g'\ncount = 1\nsku = 'Standard_D4ds_v5'\n";
    for wrong in [
        "storage = 64",
        "storage = '64gib'",
        "storage = { size = '-1GiB' }",
        "[fault.bad_release]\neffect = { crash_rate = '1e9/s' }",
    ] {
        let said =
            parse("s.toml", &format!("{text}{wrong}\n"), None, &[]).expect_err(wrong).lines();
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let both = format!("{text}storage = {{ size = '33GB', seal = 5 }}\n");
    let said = parse("s.toml", &both, None, &[]).expect_err("two").lines();
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn of_very_many_names_the_first_ones_are_told() {
    let regions: String = (0..200).map(|i| format!("[[region]]\nname = 'r{i}'\n")).collect();
    let text = format!("name = 's'\n{regions}[[servers]]\ngroup = 'g'\ncount = 1\n");
    let said = parse("s.toml", &text, None, &[]).expect_err("no region").lines();
    assert!(said.contains("`r0`, `r1`, ") && said.contains("`r59` or 140 more, found"), "{said}");
}

#[test]
fn a_doubled_key_says_where_the_other_one_is() {
    let said = |text: &str| parse("s.toml", text, None, &[]).expect_err(text).lines();
    for (more, cure) in [
        (
            "zone = 1\nzone = 2\n",
            "`servers.1.zone`: duplicate key (line 7 has it already: leave one",
        ),
        (
            "[compute]\nvm_reboot = '1s'\n[standby]\n[compute]\n",
            "`compute`: duplicate key (it begins in line 7 already: join the two sections)",
        ),
    ] {
        let lines = said(&format!("{SMALL}{more}"));
        assert!(lines.contains(cure), "{lines}");
    }
}

/// What no result has is a mistake of the file, told before anything is played.
#[test]
fn an_expectation_of_what_is_not_there_is_a_mistake() {
    let text = "name = 's'\nfaults = 'listed'\n[[region]]\nname = 'r'\n[[region]]\nname = 'q'\n\
                [[servers]]\ngroup = 'g'\ncount = 2\nregion = 'r'\n[fault.vm_crash]\nrate = '1/y'\n";
    let cases = [
        ("unavailability", "region r", "region q", "a region with servers"),
        ("P(worst_month", "zone r/2", "zone r/3", "a zone in which servers start"),
        ("worst_month", "standby none", "standby same-zone", "a standby that a group has"),
        ("P(recovery_time", "cause vm_crash", "cause rack_outage", "a cause of something: "),
        ("unavailability", "cause vm_crash", "cause maintenance", "a cause of something: "),
    ];
    for (metric, there, missing, expected) in cases {
        let value = if metric.contains("time") { "1m" } else { "50%" };
        let close = if metric.starts_with('P') { ") >= 5%" } else { "" };
        let that =
            |of: &str| format!("{text}[[expect]]\nthat = '{metric} of {of} >= {value}{close}'\n");
        valid(&that(there), &[]);
        let said = wrong(&that(missing), &[]);
        let expected = format!("`expect.1.that`: expected {expected}");
        assert!(said.contains(&expected) && said.contains(missing), "{said}");
    }
    let precise = |keys: &str| {
        format!("{text}[replications.precision]\nrelative_half_width = '9%'\n{keys}\n")
    };
    valid(&precise("metric = 'unavailability'\nscope = 'cause vm_crash'"), &[]);
    wrong(&precise("metric = 'unavailability of cause rack_outage'"), &[]);
    wrong(&precise("metric = 'unavailability'\nscope = 'standby same-zone'"), &[]);
    // A drill makes a cause of its mode.
    let drill = "[[inject]]\nat = '1d'\nfault = 'rack_outage'\nregion = 'r'\nlasts = '1h'\n";
    valid(&format!("{text}{drill}[[expect]]\nthat = 'mtbf of cause rack_outage >= 1d'\n"), &[]);
}

#[test]
fn what_others_call_it_is_told_its_name_here() {
    let said = |text: &str| wrong(&format!("{SMALL}{text}"), &[]);
    for (text, cure) in [
        ("name = 'x'\n", "did you mean `group`?"),
        ("ha = 'none'\n", "did you mean `high_availability`?"),
        ("seed = 5\n", "`seed` is a key of the whole file: it stands above the first [section]"),
        ("zone = 1\n[[servers]]\ngroup = 'b'\ncount = '40'\n", "(write 40, without quotes)"),
        ("zone = 1\n[[servers]]\ngroup = 'b'\ncount = 1e3\n", "(write 1000)"),
        (
            "[[expect]]\nthat = 'RTO <= 2m'\n",
            "did you mean `recovery_time_p95` or `rto_met_share`?",
        ),
        ("[[expect]]\nthat = 'uptime >= 99%'\n", "did you mean `availability`?"),
        ("[[expect]]\nthat = 'downtim <= 1h'\n", "a metric: `availability`"),
    ] {
        assert!(said(text).contains(cure), "{text}: {}", said(text));
    }
}
