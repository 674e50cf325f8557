//! A bare program: one thread consumes the same topics and decodes every record into typed structs with `serde_json`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use memchr::memmem;
use rdkafka::message::Message;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Rate;
use super::process::thread_cpu_seconds;
use super::topics::{STREAMS, Topics};

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoding them is what is measured")]
struct Envelope<T> {
    event_id: String,
    r#type: String,
    source: String,
    occurred_at: String,
    recorded_at: Option<String>,
    revision: Option<u64>,
    data: T,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoding them is what is measured")]
struct Order {
    order_id: String,
    buyer: Option<String>,
    supplier: Option<String>,
    incoterm: Option<String>,
    currency: Option<String>,
    ordered_on: Option<String>,
    status: Option<String>,
    #[serde(default)]
    lines: Vec<OrderLine>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoding them is what is measured")]
struct OrderLine {
    line_no: Option<u32>,
    sku: Option<String>,
    hs_code: Option<String>,
    quantity: Option<String>,
    unit: Option<String>,
    unit_price: Option<String>,
    #[serde(default)]
    estimates: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoding them is what is measured")]
struct Milestone {
    shipment: Option<Reference>,
    milestone: Option<String>,
    classifier: Option<String>,
    at: Option<String>,
    location: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoding them is what is measured")]
struct Reference {
    r#type: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoding them is what is measured")]
struct Invoice {
    issuer: Option<String>,
    invoice_no: Option<String>,
    currency: Option<String>,
    issued_on: Option<String>,
    #[serde(default)]
    lines: Vec<InvoiceLine>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoding them is what is measured")]
struct InvoiceLine {
    line_no: Option<u32>,
    charge: Option<String>,
    amount: Option<String>,
}

fn decoded<T: DeserializeOwned>(value: &[u8]) -> bool {
    black_box(serde_json::from_slice::<Envelope<T>>(value)).is_ok()
}

/// Consumes and decodes everything once.
pub fn bare(topics: &Topics) -> Rate {
    let names: Vec<String> = STREAMS.iter().map(|stream| topics.name(stream)).collect();
    let consumer = topics.consumer(&names);
    let kind_of = memmem::Finder::new(b"\"type\":\"");
    let (mut records, mut typed) = (0, 0);
    let mut started: Option<(Instant, f64)> = None;
    while records < topics.records {
        let Some(message) = consumer.poll(Duration::from_millis(100)) else {
            continue;
        };
        let message = message.unwrap();
        started.get_or_insert_with(|| (Instant::now(), thread_cpu_seconds()));
        records += 1;
        let value = message.payload().unwrap_or_default();
        let kind = kind_of.find(value).map_or(&b""[..], |at| &value[at + 8..]);
        typed += u64::from(match kind {
            _ if kind.starts_with(b"order\"") => decoded::<Order>(value),
            _ if kind.starts_with(b"milestone\"") => decoded::<Milestone>(value),
            _ if kind.starts_with(b"invoice\"") => decoded::<Invoice>(value),
            _ => decoded::<serde_json::Map<String, serde_json::Value>>(value),
        });
    }
    let (from, cpu) = started.unwrap();
    println!("{typed} of {records} decoded");
    Rate {
        name: "ceiling: consume and decode",
        records,
        seconds: from.elapsed().as_secs_f64(),
        cpu_seconds: thread_cpu_seconds() - cpu,
    }
}
