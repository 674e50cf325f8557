//! Bytes that no client sends: refused or cut off, and nobody else notices.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::client::{Served, hostile, settings};

const PROTOCOL: u32 = 196_608;

fn connection(served: &Served) -> TcpStream {
    let stream = TcpStream::connect(served.running.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// A message with its length.
fn message(kind: Option<u8>, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    kind.into_iter().chain(length).chain(body.iter().copied()).collect()
}

fn startup() -> Vec<u8> {
    message(None, &[&PROTOCOL.to_be_bytes()[..], b"user\0analyst\0database\0landfall\0\0"].concat())
}

/// Reads until the server says that it is ready for a question; what it said until then.
fn until_ready(stream: &mut TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let mut body = vec![0; length - 4];
        stream.read_exact(&mut body).unwrap();
        if head[0] == b'Z' {
            return said;
        }
        said.push(head[0]);
        said.extend(body);
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_refused() {
    let served = Served::new(hostile(), settings());
    for text in [&b"SELECT '\xff\xfe'\0"[..], b"SELECT '\xc3\x28'\0", b"\x80\0"] {
        let mut stream = connection(&served);
        stream.write_all(&startup()).unwrap();
        until_ready(&mut stream);
        stream.write_all(&message(Some(b'Q'), text)).unwrap();
        // An error, or an end: never an answer.
        let mut head = [0; 1];
        if stream.read(&mut head).unwrap_or(0) == 1 {
            assert_eq!(head[0], b'E', "{text:?}");
        }
        assert_eq!(served.line("SELECT 1"), "1");
    }
}

#[test]
fn messages_that_lie_about_their_length_end_their_connection_only() {
    let served = Served::new(hostile(), settings());
    for lie in [0, 1, 3, 8, 0x7fff_ffff_u32, u32::MAX] {
        let mut first = connection(&served);
        first.write_all(&lie.to_be_bytes()).unwrap();
        first.write_all(&PROTOCOL.to_be_bytes()).ok();
        let mut later = connection(&served);
        later.write_all(&startup()).unwrap();
        until_ready(&mut later);
        later.write_all(&[&b"Q"[..], &lie.to_be_bytes(), b"SELECT 1\0"].concat()).ok();
        assert_eq!(served.line("SELECT 1"), "1", "{lie}");
    }
}

#[test]
fn who_says_nothing_keeps_nobody_out() {
    let served = Served::new(hostile(), landfall_sql::Settings { connections_max: 4, ..settings() });
    let silent: Vec<TcpStream> = (0..3).map(|_| connection(&served)).collect();
    let slow: Vec<TcpStream> = silent
        .into_iter()
        .map(|mut stream| {
            stream.write_all(&startup()[..5]).unwrap();
            stream
        })
        .collect();
    assert_eq!(served.line("SELECT 1"), "1");
    drop(slow);
}

#[test]
fn other_protocols_are_no_questions() {
    let served = Served::new(hostile(), settings());
    for bytes in
        [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", &[0; 64]]
    {
        let mut stream = connection(&served);
        stream.write_all(bytes).unwrap();
        // The server may have ended the connection already.
        stream.shutdown(std::net::Shutdown::Write).ok();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).ok();
        assert!(!said.contains(&b'Z'), "{bytes:?}: {said:?}");
    }
    assert_eq!(served.line("SELECT 1"), "1");
}
