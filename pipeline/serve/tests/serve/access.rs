//! Access: who may do what, from where.

use landfall_serve::{Role, ServeError, Settings, Token};
use landfall_snapshot::Window;
use sha2::{Digest, Sha256};

use crate::support::{Served, get, local_settings, request};

fn token(name: &str, role: Role) -> Token {
    let sha256 = Sha256::digest(format!("secret-{name}").as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Token { name: name.to_owned(), sha256, role }
}

fn with_tokens() -> Settings {
    let tokens = vec![token("ana", Role::Viewer), token("otto", Role::Operator), token("ada", Role::Admin)];
    Settings { tokens, ..local_settings() }
}

#[test]
fn who_may_do_what() {
    let served = Served::start(with_tokens(), Window::default());
    let bearer = |name: &str| format!("Bearer secret-{name}");
    for (who, reads, pushes) in [
        (Some(bearer("ana")), 200, 403),
        (Some(bearer("otto")), 200, 200),
        (Some(bearer("ada")), 200, 200),
        (Some(bearer("nobody")), 401, 401),
        (Some("Basic YTpi".to_owned()), 401, 401),
        (Some("Bearer".to_owned()), 401, 401),
        (None, 401, 401),
    ] {
        let headers: Vec<(&str, &str)> = who.iter().map(|value| ("Authorization", value.as_str())).collect();
        let read = get(served.address, "/api/v1/status", &headers);
        assert_eq!(read.status, reads, "{who:?}");
        let pushed = request(served.address, "POST", "/ingest/orders", &headers, b"{}");
        assert_eq!(pushed.status, pushes, "{who:?}");
        if reads == 401 {
            assert_eq!(read.headers["www-authenticate"], "Bearer realm=\"landfall\"");
            read.problem(401);
        }
    }
    for open in ["/", "/health/live", "/openapi.json"] {
        assert_eq!(get(served.address, open, &[]).status, 200, "{open}");
    }
    for closed in ["/metrics", "/api/v1/views", "/nothing"] {
        get(served.address, closed, &[]).problem(401);
    }
}

#[test]
fn an_address_that_others_reach_demands_tokens() {
    let open = Settings { listen: "0.0.0.0:0".to_owned(), ..Settings::default() };
    let refused = Served::try_start(open, Window::default()).err().unwrap();
    assert!(matches!(refused, ServeError::Open { .. }) && refused.hint().is_some());
    let closed = Settings { listen: "0.0.0.0:0".to_owned(), ..with_tokens() };
    assert!(Served::try_start(closed, Window::default()).is_ok());
    for listen in ["here", "127.0.0.1", ":8080", "127.0.0.1:99999"] {
        let nowhere = Settings { listen: listen.to_owned(), ..Settings::default() };
        assert!(nowhere.check().is_err(), "{listen}");
    }
    assert!(Settings { listen: "localhost:8080".to_owned(), ..Settings::default() }.check().is_ok());
    let typo =
        Settings { tokens: vec![Token { sha256: "abc".to_owned(), ..token("ana", Role::Viewer) }], ..local_settings() };
    assert!(matches!(Served::try_start(typo, Window::default()).err(), Some(ServeError::Token { .. })));
    let files = landfall_serve::Tls { certificate_file: "/none.pem".to_owned(), key_file: "/none.key".to_owned() };
    let tls = Settings { tls: Some(files), ..local_settings() };
    assert!(matches!(Served::try_start(tls, Window::default()).err(), Some(ServeError::Tls { .. })));
}

#[test]
fn pages_of_others_see_nothing_unless_they_are_listed() {
    let served = Served::local();
    let answer = get(served.address, "/api/v1/status", &[("Origin", "https://elsewhere.example")]);
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    get(served.address, "/api/v1/status", &[("Host", "rebound.example")]).problem(421);
    let pushed = request(served.address, "POST", "/ingest/orders", &[("Origin", "https://elsewhere.example")], b"{}");
    pushed.problem(403);
    let listed = Settings { cors_origins: vec!["https://bi.example".to_owned()], ..local_settings() };
    let served = Served::start(listed, Window::default());
    let answer = get(served.address, "/api/v1/status", &[("Origin", "https://bi.example")]);
    assert_eq!(answer.headers["access-control-allow-origin"], "https://bi.example");
    let asked = [("Origin", "https://bi.example"), ("Access-Control-Request-Method", "GET")];
    assert_eq!(request(served.address, "OPTIONS", "/api/v1/status", &asked, b"").status, 204);
}

/// The command of `docs/http.md` that makes a hash gives the hash that lets its token in.
#[test]
fn a_hash_is_made_by_the_command_of_the_page() {
    let page = include_str!("../../../../docs/http.md");
    let commands = page.lines().filter(|line| line.contains("sha256sum")).filter_map(|line| line.strip_prefix("    "));
    let commands: Vec<&str> = commands.collect();
    let [make] = commands.as_slice() else { panic!("{commands:?}") };
    let script = format!("{make}\ncat token.txt");
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("sh").args(["-ec", &script]).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let said = String::from_utf8(made.stdout).unwrap();
    let (hash, secret) = said.trim().split_once('\n').unwrap();
    let tokens = vec![Token { name: "bi".to_owned(), sha256: hash.trim().to_owned(), role: Role::Viewer }];
    let served = Served::start(Settings { tokens, ..local_settings() }, Window::default());
    let bearer = format!("Bearer {}", secret.trim());
    assert_eq!(get(served.address, "/api/v1/status", &[("Authorization", &bearer)]).status, 200);
    assert_eq!(get(served.address, "/api/v1/status", &[("Authorization", "Bearer x")]).status, 401);
}

/// Made and asked by programs that are nearly everywhere; skipped where they are not.
#[test]
fn connections_are_encrypted_where_that_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (certificate, key) = (file("certificate.pem"), file("key.pem"));
    let run = |program: &str, arguments: &[&str]| std::process::Command::new(program).args(arguments).output();
    let subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", &key, "-out", &certificate];
    let made = run("openssl", &[&make[..], &subject[..]].concat());
    if !made.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no openssl");
        return;
    }
    let tls = landfall_serve::Tls { certificate_file: certificate.clone(), key_file: key };
    let served = Served::start(Settings { tls: Some(tls), ..with_tokens() }, Window::default());
    let url = format!("https://localhost:{}/api/v1/status", served.address.port());
    let bearer = ["-H", "Authorization: Bearer secret-ana"];
    match run("curl", &[&["-sS", "-4", "--cacert", &certificate, &url][..], &bearer[..]].concat()) {
        Err(_) => eprintln!("skipped: there is no curl"),
        Ok(output) => assert!(
            String::from_utf8_lossy(&output.stdout).contains("base_currency"),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        ),
    }
    // Whoever speaks in the clear hears nothing.
    assert_eq!(crate::support::raw(served.address, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 0);
}
