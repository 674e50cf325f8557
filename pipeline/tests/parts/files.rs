//! Files become records: compression, lines, order, damage.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use landfall::source::{FileInput, FileReader, RECORD_BYTES_MAX, SourceError, origin_name};
use landfall_engine::Arrival;
use landfall_schemas::ErrorCode;

/// Line numbers of the records of a file with this name and content, and the codes of their errors.
fn read(name: &str, content: &[u8], decoders: usize) -> Result<Vec<(u64, ErrorCode)>, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let reader = FileReader::start(vec![FileInput::named(&path)?], decoders)?;
    let batches: Vec<Vec<Arrival>> = reader.collect::<Result<_, _>>()?;
    let arrivals = batches.into_iter().flatten();
    Ok(arrivals.map(|arrival| (arrival.record.offset, arrival.outcome.unwrap_err().code)).collect())
}

fn offsets(content: &[u8]) -> Vec<u64> {
    read("f", content, 1).unwrap().into_iter().map(|(offset, _)| offset).collect()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 1).unwrap()
}

#[test]
fn content_decides_whatever_the_name_says() {
    let expected = vec![(1, ErrorCode::NotJson), (2, ErrorCode::NotUtf8)];
    let content = b"one\n\xff\n";
    for name in ["f", "f.gz", "f.zst"] {
        for bytes in [content.to_vec(), gzip(content), zstd(content)] {
            assert_eq!(read(name, &bytes, 1).unwrap(), expected, "{name}");
        }
    }
}

#[test]
fn content_shorter_than_a_magic_number_is_plain() {
    assert_eq!(offsets(b"1"), [1]);
    assert_eq!(offsets(b""), Vec::<u64>::new());
}

#[test]
fn several_members_or_frames_are_one_file() {
    assert_eq!(offsets(&[gzip(b"one\n"), gzip(b"two\n")].concat()), [1, 2]);
    assert_eq!(offsets(&[zstd(b"one\n"), zstd(b"two\n")].concat()), [1, 2]);
}

#[test]
fn a_compressed_file_cut_short_or_empty_is_an_error() {
    let content = "some text that is long enough\n".repeat(100);
    let (gzipped, zstandard) = (gzip(content.as_bytes()), zstd(content.as_bytes()));
    for (name, bytes) in [
        ("f", &gzipped[..gzipped.len() - 10]),
        ("f", &zstandard[..zstandard.len() - 2]),
        ("f.gz", b"".as_slice()),
        ("f.zst", b"".as_slice()),
    ] {
        assert!(matches!(read(name, bytes, 1), Err(SourceError::Read { .. })), "{name} of {} bytes", bytes.len());
    }
}

#[test]
fn blank_lines_count_but_are_no_records() {
    assert_eq!(offsets("first\n\n \t\r\n\u{a0}\u{2003}\nfifth\n".as_bytes()), [1, 5]);
    assert_eq!(offsets(b"\xff\n \xff \n"), [1, 2], "bytes that are no text are no blank line");
}

#[test]
fn a_last_line_without_line_feed_counts() {
    assert_eq!(offsets(b"one\ntwo"), [1, 2]);
    assert_eq!(offsets(b"one\ntwo\n"), [1, 2]);
}

#[test]
fn a_record_over_the_limit_is_too_large_and_the_next_one_is_read() {
    for (length, code) in [
        (RECORD_BYTES_MAX, ErrorCode::NotJson),
        (RECORD_BYTES_MAX + 1, ErrorCode::TooLarge),
        (3 * RECORD_BYTES_MAX, ErrorCode::TooLarge),
    ] {
        for filler in [b'x', b' '] {
            let content = [vec![b'"', filler], vec![filler; length - 2], b"\nnext".to_vec()].concat();
            assert_eq!(read("f", &content, 2).unwrap(), [(1, code), (2, ErrorCode::NotJson)]);
        }
    }
}

#[test]
fn records_keep_their_order_whatever_the_number_of_decoders() {
    let count = 10_247;
    let content = "no event\n".repeat(count as usize);
    for decoders in [1, 2, 3, 7] {
        let offsets: Vec<u64> =
            read("f", content.as_bytes(), decoders).unwrap().into_iter().map(|(offset, _)| offset).collect();
        assert_eq!(offsets, (1..=count).collect::<Vec<_>>());
    }
}

#[test]
fn a_damaged_file_gives_its_good_batches_and_then_an_error_with_the_line() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all("no event\n".repeat(100_000).as_bytes()).unwrap();
    let mut content = encoder.finish().unwrap();
    content.truncate(content.len() / 2);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&content).unwrap();
    let mut batches: Vec<_> = FileReader::start(vec![FileInput::named(file.path()).unwrap()], 3).unwrap().collect();
    let Some(Err(SourceError::Read { line, .. })) = batches.pop() else { panic!("reads a damaged file") };
    assert!((40_000..60_000).contains(&line), "{line}");
    assert!(batches.len() > 10 && batches.iter().all(Result::is_ok));
}

#[test]
fn dropping_the_reader_ends_its_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let mut reader = FileReader::start(vec![FileInput::named(&path).unwrap()], 2).unwrap();
    let mut pipe = OpenOptions::new().write(true).open(&path).unwrap();
    let lines = "no event\n".repeat(10_000);
    pipe.write_all(lines.as_bytes()).unwrap();
    assert!(reader.next().unwrap().is_ok());
    drop(reader);
    // When the reading thread ends, nobody is left at the other end of the pipe.
    let gone = (0..1_000).find_map(|_| pipe.write_all(lines.as_bytes()).err());
    assert_eq!(gone.map(|error| error.kind()), Some(io::ErrorKind::BrokenPipe));
}

#[test]
fn an_origin_has_no_folders_and_no_compression_suffix() {
    for (path, origin) in [
        ("events.jsonl", "events.jsonl"),
        ("a/b/events.jsonl.gz", "events.jsonl"),
        ("/events.jsonl.zst", "events.jsonl"),
        ("events.gz.zst", "events.gz"),
        ("a/.gz", ".gz"),
    ] {
        assert_eq!(origin_name(Path::new(path)), origin);
    }
}

#[test]
fn a_minus_is_standard_input() {
    let input = FileInput::named(Path::new("-")).unwrap();
    assert_eq!((input.origin().name(), input.bytes()), ("stdin", None));
}

#[test]
fn folders_and_missing_files_are_refused() {
    assert!(matches!(FileInput::named(Path::new("/")), Err(SourceError::Folder { .. })));
    assert!(matches!(FileInput::named(Path::new("/no/such/file")), Err(SourceError::Open { .. })));
}
