//! Merges runs: every key once, with what the newest run says of it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::entry;
use super::manifest::{Run, SegmentMeta};
use super::recovery::RecoveryError;
use super::segment::{RawEntry, Reader};
use super::store::Objects;

/// The entries of several runs in the order of their keys, each key once. One segment of each run is in memory.
pub(super) struct Merge {
    runs: Vec<RunReader>,
    /// The next entry of each run: by key, then the newest run first.
    heads: BinaryHeap<Reverse<(Vec<u8>, Reverse<usize>, Vec<u8>)>>,
}

impl Merge {
    /// Opens runs, oldest first.
    pub(super) fn open(objects: &Objects, runs: &[Run]) -> Result<Merge, RecoveryError> {
        let runs = runs
            .iter()
            .map(|run| RunReader {
                objects: objects.clone(),
                segments: run.segments.clone().into_iter(),
                current: None,
            })
            .collect();
        let mut merge = Merge { runs, heads: BinaryHeap::new() };
        for index in 0..merge.runs.len() {
            merge.advance(index)?;
        }
        Ok(merge)
    }

    /// The next key's entry.
    pub(super) fn next(&mut self) -> Result<Option<RawEntry>, RecoveryError> {
        let Some(Reverse((key, Reverse(run), value))) = self.heads.pop() else {
            return Ok(None);
        };
        self.advance(run)?;
        let mut entry = (key, value);
        while let Some(Reverse((key, ..))) = self.heads.peek() {
            if *key != entry.0 {
                break;
            }
            if let Some(Reverse((key, Reverse(run), value))) = self.heads.pop() {
                self.advance(run)?;
                entry = entry::merged(entry, (key, value))?;
            }
        }
        Ok(Some(entry))
    }

    /// Hands out what is still there, so many entries at a time, until the receiver wants no more.
    pub(super) fn for_each_chunk(
        &mut self,
        entries: usize,
        mut receive: impl FnMut(Vec<RawEntry>) -> bool,
    ) -> Result<(), RecoveryError> {
        let mut chunk = Vec::with_capacity(entries);
        while let Some(raw) = self.next()? {
            if entry::is_gone(&raw) {
                continue;
            }
            chunk.push(raw);
            if chunk.len() == entries && !receive(std::mem::replace(&mut chunk, Vec::with_capacity(entries))) {
                return Ok(());
            }
        }
        receive(chunk);
        Ok(())
    }

    fn advance(&mut self, run: usize) -> Result<(), RecoveryError> {
        if let Some((key, value)) = self.runs[run].next()? {
            self.heads.push(Reverse((key, Reverse(run), value)));
        }
        Ok(())
    }
}

struct RunReader {
    objects: Objects,
    segments: std::vec::IntoIter<SegmentMeta>,
    current: Option<(String, Reader)>,
}

impl RunReader {
    fn next(&mut self) -> Result<Option<RawEntry>, RecoveryError> {
        loop {
            if let Some((name, reader)) = &mut self.current {
                let entry = reader
                    .next()
                    .map_err(|reason| RecoveryError::Segment { name: name.clone(), reason: reason.to_string() })?;
                if entry.is_some() {
                    return Ok(entry);
                }
            }
            let Some(segment) = self.segments.next() else {
                return Ok(None);
            };
            self.current = Some((segment.name.clone(), open(&self.objects, &segment)?));
        }
    }
}

/// Opens a segment after checking that it is what the manifest names.
pub(super) fn open(objects: &Objects, segment: &SegmentMeta) -> Result<Reader, RecoveryError> {
    let refused = |reason: String| RecoveryError::Segment { name: segment.name.clone(), reason };
    let bytes = objects.get(&segment.name)?.ok_or_else(|| refused("it is not there".to_owned()))?;
    Reader::open(bytes, &segment.checksum).map_err(|reason| refused(reason.to_string()))
}
