//! A connection that can be cut: what is behind it is then unreachable, as when a network fails.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Listens on loopback and passes everything on, while it is open.
pub struct Gate {
    pub address: String,
    is_open: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

impl Gate {
    pub fn to(target: &str) -> Gate {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let gate = Gate {
            address: listener.local_addr().unwrap().to_string(),
            is_open: Arc::new(AtomicBool::new(true)),
            connections: Arc::default(),
        };
        let (is_open, connections, target) =
            (Arc::clone(&gate.is_open), Arc::clone(&gate.connections), target.to_owned());
        std::thread::spawn(move || {
            for from in listener.incoming().map_while(Result::ok) {
                let Some(to) = is_open.load(Ordering::Acquire).then(|| TcpStream::connect(&target).ok()).flatten()
                else {
                    from.shutdown(Shutdown::Both).ok();
                    continue;
                };
                connections.lock().unwrap().extend([from.try_clone().unwrap(), to.try_clone().unwrap()]);
                pass(from.try_clone().unwrap(), to.try_clone().unwrap());
                pass(to, from);
            }
        });
        gate
    }

    /// Cuts every connection and lets no new one through.
    pub fn close(&self) {
        self.is_open.store(false, Ordering::Release);
        for connection in self.connections.lock().unwrap().drain(..) {
            connection.shutdown(Shutdown::Both).ok();
        }
    }

    pub fn open(&self) {
        self.is_open.store(true, Ordering::Release);
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    std::thread::spawn(move || {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Both).ok();
    });
}
