//! Who may connect, and how.

use landfall_sql::{Server, Settings, Tls, User};

use crate::client::{Served, hostile, settings};

/// What PostgreSQL 15 keeps of the password `freight & duty`.
const VERIFIER: &str = "SCRAM-SHA-256$4096:bGFuZGZhbGwtc2FsdC0xNg==$PvFeTraffAhulV49gcFcr4oHMHUdg4m92IvLTRQF3w8=:C7+Sac3mWmx1rPF402caCBDWe4CvnR4ddhCpOrcTo7U=";

fn user(name: &str, scram_verifier: Option<&str>, password: Option<&str>) -> User {
    User {
        name: name.to_owned(),
        scram_verifier: scram_verifier.map(str::to_owned),
        password: password.map(str::to_owned),
    }
}

/// What `psql` says to this user and password.
fn said(served: &Served, name: &str, password: &str, options: &str) -> String {
    let address = served.running.address();
    let connection = format!("host={} port={} dbname=landfall user={name} {options}", address.ip(), address.port());
    let output = std::process::Command::new("psql")
        .args(["-X", "-t", "-q", "-A", "-c", "SELECT 'let in'", &connection])
        .env("PGPASSWORD", password)
        .output()
        .unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn passwords_are_checked() {
    let users = vec![user("analyst", Some(VERIFIER), None), user("controller", None, Some("pässword"))];
    let served = Served::new(hostile(), Settings { users, ..settings() });
    assert!(said(&served, "analyst", "freight & duty", "").contains("let in"));
    assert!(said(&served, "controller", "pässword", "").contains("let in"));
    for (name, password) in [("analyst", "wrong"), ("controller", "freight & duty"), ("nobody", "x"), ("analyst", " ")]
    {
        let said = said(&served, name, password, "");
        assert!(said.contains("password authentication failed for user"), "{name}: {said}");
    }
}

/// What the script of `docs/sql.md` makes of a password lets it in, and no other.
#[test]
fn a_verifier_is_made_by_the_script() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/scram_verifier.py");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password.txt");
    std::fs::write(&file, "freight & duty\n").unwrap();
    let input = std::fs::File::open(&file).unwrap();
    let made = std::process::Command::new("python3").arg(script).stdin(input).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let verifier = String::from_utf8(made.stdout).unwrap();
    let users = vec![user("analyst", Some(verifier.trim()), None)];
    let served = Served::new(hostile(), Settings { users, ..settings() });
    assert!(said(&served, "analyst", "freight & duty", "").contains("let in"));
    assert!(said(&served, "analyst", "freight and duty", "").contains("password authentication failed"));
}

#[test]
fn an_address_for_everybody_demands_users() {
    let world = hostile();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let refused = |settings: Settings| Server::start(settings, world.store.clone(), runtime.handle()).err().unwrap();
    let open = refused(Settings { listen: "0.0.0.0:0".to_owned(), ..Settings::default() });
    assert!(open.to_string().contains("demands authentication"), "{open}");
    let both = refused(Settings { users: vec![user("a", Some(VERIFIER), Some("b"))], ..settings() });
    assert!(both.to_string().contains("one of scram_verifier and password"), "{both}");
    let broken = refused(Settings { users: vec![user("a", Some("md5abc"), None)], ..settings() });
    assert!(broken.to_string().contains("must have the form"), "{broken}");
    assert!(!format!("{:?}", user("a", None, Some("geheim"))).contains("geheim"));
}

#[test]
fn connections_are_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", &path("key.pem"), "-out", &path("cert.pem")])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let tls = Some(Tls { certificate_file: path("cert.pem"), key_file: path("key.pem") });
    let users = vec![user("analyst", Some(VERIFIER), None)];
    let served = Served::new(hostile(), Settings { tls, users, ..settings() });
    let verified = format!("sslmode=verify-full sslrootcert={}", path("cert.pem"));
    assert!(said(&served, "analyst", "freight & duty", &verified).contains("let in"));
    let plain = said(&served, "analyst", "freight & duty", "sslmode=disable");
    assert!(plain.contains("the connection is not encrypted"), "{plain}");
}
