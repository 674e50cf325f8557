//! The records of a sample file.

/// Bytes of the largest sample file, unpacked.
pub(super) const FILE_BYTES_MAX: usize = 64 << 20;

/// What of a file is a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Splitting {
    /// The file: one message, or one table.
    Whole,
    /// Every line that is not blank.
    Lines,
}

impl Splitting {
    /// A file of JSON lines has a record a line; any other is one record.
    pub fn of_name(name: &str) -> Splitting {
        let is_lines = [".jsonl", ".ndjson"].iter().any(|ending| name.ends_with(ending));
        if is_lines { Splitting::Lines } else { Splitting::Whole }
    }
}

/// The records of a file with their offsets: line numbers, or 1.
pub(super) fn records_of(content: &[u8], splitting: Splitting) -> Vec<(u64, &[u8])> {
    match splitting {
        Splitting::Whole => vec![(1, content)],
        Splitting::Lines => {
            let lines = content.split(|byte| *byte == b'\n').zip(1..);
            let is_blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
            lines.filter(|(line, _)| !is_blank(line)).map(|(line, number)| (number, line)).collect()
        }
    }
}
