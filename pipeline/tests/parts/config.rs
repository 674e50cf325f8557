//! The configuration: where values come from, what is refused and how it is said, the reference page, the example.

use std::collections::BTreeMap;
use std::path::Path;

use landfall::config::{Clock, Config, Plan, Scalar, Surroundings, Views, load_text, reference};
use landfall_operators::rows::View;

#[derive(Default)]
struct Given {
    variables: BTreeMap<&'static str, &'static str>,
}

impl Surroundings for Given {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(ToString::to_string)
    }

    fn file(&self, path: &Path) -> Result<String, String> {
        match path.to_str() {
            Some("/run/secrets/kafka") => Ok("secret\n".to_owned()),
            _ => Err("there is no such file".to_owned()),
        }
    }
}

fn read(text: &str) -> Result<Config, String> {
    let given = Given { variables: BTreeMap::from([("BROKERS", "kafka:9092"), ("EMPTY", ""), ("WORKERS", "3")]) };
    load_text(text, &[], &[], &given).map_err(|error| error.to_string())
}

#[test]
fn values_come_from_file_then_environment_then_flags() {
    let text = "engine: {workers: 1, tick_interval_ms: 50}\nsources: [{name: a, kafka: {brokers: x}}]";
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let environment = [pair("LANDFALL__ENGINE__WORKERS", "2"), pair("LANDFALL__SOURCES__0__KAFKA__BROKERS", "y")];
    let flags = [pair("engine.workers", "4")];
    let config = load_text(text, &environment, &flags, &Given::default()).unwrap();
    assert_eq!((config.engine.workers, config.engine.tick_interval_ms), (4, 50));
    assert_eq!(config.sources[0].kafka.as_ref().unwrap().brokers, "y");
    assert_eq!(config.engine.tick_records_max, Config::default().engine.tick_records_max);
}

#[test]
fn variables_and_files_are_replaced_after_parsing() {
    let config = read(
        "engine: {workers: \"${WORKERS}\"}\n\
         state: {url: \"file:///${EMPTY:-tmp}/x\"}\n\
         sources: [{name: \"$${kept}\", kafka: {brokers: \"${BROKERS}\", security: {sasl: {password: \"${file:/run/secrets/kafka}\"}}}}]",
    )
    .unwrap();
    assert_eq!(config.engine.workers, 3);
    assert_eq!(config.state.url, "file:///tmp/x");
    assert_eq!(config.sources[0].name, "${kept}");
    let kafka = config.sources[0].kafka.as_ref().unwrap();
    assert_eq!(kafka.brokers, "kafka:9092");
    assert_eq!(kafka.security.sasl.as_ref().unwrap().password.as_deref(), Some("secret"));
    let missing = read("state:\n  url: ${NOWHERE}\n").unwrap_err();
    assert!(missing.contains("line 2") && missing.contains("NOWHERE"), "{missing}");
    let file = read("state:\n  url: ${file:/nowhere}\n").unwrap_err();
    assert!(file.contains("/nowhere"), "{file}");
}

#[test]
fn unknown_keys_are_refused_with_the_line_and_the_nearest_known_one() {
    let error = read("engine:\n  workerz: 2\n").unwrap_err();
    assert!(error.contains("line 2") && error.contains("`engine.workerz`"), "{error}");
    assert!(error.contains("did you mean `workers`?"), "{error}");
    let deep = read("sources:\n  - name: a\n    kafka:\n      brokers: x\n      topic: [a]\n").unwrap_err();
    assert!(deep.contains("line 5") && deep.contains("did you mean `topics`?"), "{deep}");
    let wrong = read("engine:\n  workers: many\n").unwrap_err();
    assert!(wrong.contains("line 2") && wrong.contains("engine.workers"), "{wrong}");
    let broken = read("engine: [\n").unwrap_err();
    assert!(broken.contains("line"), "{broken}");
}

#[test]
fn both_ways_to_write_the_clock_and_the_views_are_read() {
    assert_eq!(read("clock: wall").unwrap().clock, Clock::Wall);
    let fixed = read("clock: {fixed: \"2026-03-20T00:00:00Z\"}").unwrap();
    assert_eq!(fixed.clock, Clock::Fixed("2026-03-20T00:00:00Z".to_owned()));
    assert_eq!(read("served_views: all").unwrap().served_views, Views::All);
    let named = read("served_views: [exceptions]").unwrap().served_views;
    assert_eq!(named, Views::Named(vec!["exceptions".to_owned()]));
    assert_eq!(read("settings: {include_tax: true}").unwrap().settings["include_tax"], Scalar::Bool(true));
}

#[test]
fn views_are_kept_where_somebody_can_read_them() {
    let served = |servers: &str| {
        let text = format!("served_views: [exceptions]\nsources: [{{name: a, stdin: {{}}}}]\n{servers}");
        Plan::new(read(&text).unwrap()).unwrap().served
    };
    assert_eq!(served(""), []);
    assert_eq!(served("http: {listen: \"127.0.0.1:0\"}"), [View::Exceptions]);
    assert_eq!(served("sql: {listen: \"127.0.0.1:0\"}"), [View::Exceptions]);
}

#[test]
fn what_makes_no_sense_is_refused_by_its_place() {
    let refused = |text: &str| Plan::new(read(text).unwrap()).unwrap_err().to_string();
    assert!(refused("base_currency: EUR").contains("sources"));
    let two = "sources: [{name: a, kafka: {brokers: x, topics: [t]}}, {name: b, kafka: {brokers: x, topics: [t]}}]";
    assert!(refused(two).contains("t is read twice"), "{}", refused(two));
    assert!(refused("sources: [{name: a}]").contains("exactly one of"));
    let view = "sources: [{name: a, stdin: {}}]\nsinks: [{name: s, kafka: {brokers: x, views: [exception]}}]";
    assert!(refused(view).contains("exceptions"), "{}", refused(view));
    assert!(refused("base_currency: XXQ\nsources: [{name: a, stdin: {}}]").contains("base_currency"));
    assert!(refused("sources: [{name: a, http: {}}]").contains("http"));
    // What the servers would refuse when they start.
    let serving = |section: &str| refused(&format!("sources: [{{name: a, stdin: {{}}}}]\n{section}"));
    for (section, place, reason) in [
        ("http: {listen: \"0.0.0.0:8080\"}", "http", "no token is configured"),
        ("http: {listen: everywhere}", "http", "an address and a port"),
        ("http: {tokens: [{name: bi, sha256: abc}]}", "http", "64 hexadecimal digits"),
        ("sql: {listen: \"0.0.0.0:5433\"}", "sql.users", "demands authentication"),
        ("sql: {listen: here}", "sql.listen", "no address with a port"),
        ("sql: {threads: 0}", "sql.threads", "above 0"),
        ("sql: {users: [{name: a}]}", "sql.users", "one of scram_verifier and password"),
    ] {
        let told = serving(section);
        assert!(told.contains(place) && told.contains(reason), "{section}: {told}");
    }
}

#[test]
fn how_tokens_are_got_is_checked() {
    let plan = |sasl: &str| {
        let kafka = format!("{{brokers: x, topics: [t], security: {{sasl: {{{sasl}}}}}}}");
        Plan::new(read(&format!("sources: [{{name: a, kafka: {kafka}}}]")).unwrap()).map_err(|error| error.to_string())
    };
    let tokens = |rest: &str| plan(&format!("mechanism: OAUTHBEARER, {rest}"));
    let credentials = "client_id: landfall, client_secret: hush";
    for good in
        ["https://login.example/token", "http://127.0.0.1:8081/token", "http://[::1]/token", "http://localhost/token"]
    {
        assert!(tokens(&format!("token_url: \"{good}\", {credentials}")).is_ok(), "{good}");
    }
    // Where `properties` say where tokens come from.
    assert!(plan("mechanism: OAUTHBEARER").is_ok());
    for (url, reason) in [
        ("http://login.example/token", "use https"),
        ("ftp://login.example/token", "neither https nor http"),
        ("login.example/token", "no URL"),
        ("https://landfall:hush@login.example/token", "`client_id` and `client_secret`"),
    ] {
        let told = tokens(&format!("token_url: \"{url}\", {credentials}")).unwrap_err();
        assert!(told.contains("sources[0].kafka.security.sasl.token_url") && told.contains(reason), "{url}: {told}");
    }
    for (sasl, place, reason) in [
        ("mechanism: OAUTHBEARER, client_secret: hush", "sasl.client_secret", "without `token_url`"),
        ("mechanism: OAUTHBEARER, token_url: \"https://a/\", client_id: b", "sasl.client_secret", "is missing"),
        ("mechanism: OAUTHBEARER, token_url: \"https://a/\", client_secret: hush", "sasl.client_id", "is missing"),
        ("mechanism: PLAIN, token_url: \"https://a/\"", "sasl.token_url", "`mechanism` is `PLAIN`"),
    ] {
        let told = plan(sasl).unwrap_err();
        assert!(told.contains(place) && told.contains(reason) && !told.contains("hush"), "{sasl}: {told}");
    }
}

#[test]
fn the_processes_of_a_cluster_are_checked() {
    let plan = |engine: &str| {
        Plan::new(read(&format!("engine: {engine}\nsources: [{{name: a, stdin: {{}}}}]")).unwrap())
            .map_err(|error| error.to_string())
    };
    let hosts = |engine: &str| plan(engine).unwrap().cluster.map(|cluster| (cluster.hosts, cluster.process));
    let two = vec!["a:1".to_owned(), "b:2".to_owned()];
    assert_eq!(hosts("{workers: 1}"), None);
    assert_eq!(hosts("{hosts: \"a:1\"}"), None);
    assert_eq!(hosts("{hosts: [a:1, b:2], process: 1}"), Some((two.clone(), 1)));
    assert_eq!(hosts("{hosts: \"a:1, b:2\"}"), Some((two.clone(), 0)));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hosts");
    std::fs::write(&file, "# two\na:1\n\nb:2\n").unwrap();
    assert_eq!(hosts(&format!("{{hosts: \"{}\"}}", file.display())), Some((two, 0)));
    for (engine, reason) in [
        ("{hosts: [a:1, b:2], process: 2}", "there is no process 2: engine.hosts names 2: they count from 0 to 1"),
        ("{process: 1}", "engine.hosts names no process but this one"),
        ("{hosts: [a:1, a:1]}", "`a:1` stands there twice"),
        ("{hosts: [a:1, b]}", "`b` is not host:port"),
        ("{hosts: [a:1, \":2\"]}", "no host before the port"),
        ("{hosts: [a:1, b:0]}", "no port from 1 to 65535"),
        ("{hosts: /nowhere}", "`/nowhere` is no list host:port,host:port, and as a file"),
        ("{hosts: [a:1, b:2], join_timeout_seconds: 0}", "engine.join_timeout_seconds"),
    ] {
        let refused = plan(engine).unwrap_err();
        assert!(refused.contains(reason), "{engine}: {refused}");
    }
}

#[test]
fn the_example_is_valid() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/landfall.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let plan = Plan::new(read(&text).unwrap()).unwrap();
    assert_eq!(plan.sources.len(), 2);
    assert_eq!(plan.config.sinks.len(), 1);
}

#[test]
fn the_reference_page_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(page == reference(), "write it anew: landfall config-reference > docs/configuration.md");
}
