//! Partitions on their way into ticks.

use std::sync::Arc;

use landfall::checkpoint::PartitionId;
use landfall::source::feed::{Bell, Deliverer, Feed, Taken, feed, take_oldest};
use landfall_schemas::format::{Decoder, Outcome, Record, json};

/// Most records say nothing, like acknowledgements of a partner.
struct Acknowledgements;

impl Decoder for Acknowledgements {
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) {
        if record.offset < 10 {
            outcomes.push(json::decode(record.value));
        }
    }
}

fn acknowledgements() -> (Deliverer, Feed) {
    let id = PartitionId { origin: "acknowledgements".to_owned(), partition: 0 };
    feed(id, 0, Arc::new(Acknowledgements), Bell::default())
}

fn acknowledgement(offset: u64) -> Record<'static> {
    Record { value: b"{}", key: None, origin: "acknowledgements", partition: 0, offset, headers: &[] }
}

#[test]
fn small_deliveries_are_put_together_while_nobody_takes_them() {
    let (mut deliverer, mut partition) = acknowledgements();
    // One delivery each: were they not joined, the deliverer would wait for room.
    for offset in 0..7_000 {
        deliverer.record(&acknowledgement(offset)).unwrap();
        deliverer.caught_up(offset + 1).unwrap();
    }
    let mut taken = Taken::default();
    assert!(partition.has_records().unwrap() && !partition.is_caught_up());
    while partition.has_records().unwrap() {
        partition.take(usize::MAX, None, &mut taken);
    }
    assert!(partition.is_caught_up());
    assert_eq!((taken.records, partition.next_offset()), (7_000, 7_000));
}

#[test]
fn one_who_waits_for_room_ends_when_nobody_takes_any_more() {
    let (mut deliverer, partition) = acknowledgements();
    let delivering =
        std::thread::spawn(move || (0..20_000).all(|offset| deliverer.record(&acknowledgement(offset)).is_ok()));
    drop(partition);
    assert!(!delivering.join().unwrap());
}

#[test]
fn records_that_say_nothing_are_passed_however_few_a_tick_may_take() {
    let (mut deliverer, mut partition) = acknowledgements();
    for offset in 0..1_500 {
        deliverer.record(&acknowledgement(offset)).unwrap();
    }
    deliverer.caught_up(1_500).unwrap();
    let mut taken = Taken::default();
    for _ in 0..100 {
        partition.has_records().unwrap();
        partition.take(5, None, &mut taken);
    }
    assert_eq!((taken.records, partition.next_offset()), (1_500, 1_500));
    assert_eq!((taken.arrivals.len(), taken.bytes), (10, 3_000));
}

/// A partition with one record for each of the times.
fn partition_written_at(number: u32, times: impl Iterator<Item = i64>) -> Feed {
    let id = PartitionId { origin: "times".to_owned(), partition: number };
    let (mut deliverer, partition) = feed(id, 0, Arc::new(Acknowledgements), Bell::default());
    for (time, offset) in times.zip(0..) {
        deliverer.written_at(Some(time));
        deliverer.record(&acknowledgement(offset)).unwrap();
    }
    deliverer.flush().unwrap();
    partition
}

#[test]
fn of_what_waits_the_records_that_were_written_first_are_taken_first() {
    // Both speak of the same time, one with ten times as many records.
    let mut feeds = [partition_written_at(0, (0..10_000).step_by(10)), partition_written_at(1, 0..10_000)];
    let (mut taken, mut told) = (Taken::default(), 0);
    take_oldest(&mut feeds, 5_500, &mut taken, |_, records, _| told += records).unwrap();
    assert_eq!((taken.records, told), (5_500, 5_500));
    // By halves, within a chunk of 250 records.
    assert_eq!((feeds[0].next_offset(), feeds[1].next_offset()), (500, 5_000));
    take_oldest(&mut feeds, usize::MAX, &mut taken, |_, _, _| ()).unwrap();
    assert_eq!((feeds[0].next_offset(), feeds[1].next_offset()), (1_000, 10_000));
}
